from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file

from textseq.config import TextConfig
from textseq.rnn.tasks import language
from textseq.text.encode import encode_lines

Run = Callable[..., Any]  # `run` of conftest.py
LINES = ["the king sat on the throne .", "a dog barked at the moon .", "it rained all day ."]
FAST = ("--hidden", "16", "--dim", "16", "--batch-size", "4", "--threads", "1", "--k1", "8")


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("".join(f"{line}\n" for line in LINES * 20), encoding="utf-8")
    return path


@pytest.fixture
def trained(run: Run, text: Path) -> Any:
    result = run("train-lm", text, *FAST, "--epochs", "4", "--lr", "0.03")
    assert result.status == 0, result.err
    return result


@pytest.mark.parametrize("command", ["train-lm", "generate"])
def test_help(run: Run, command: str):
    result = run(command, "--help")
    assert (result.status, result.err) == (0, "")
    sentence = result.out.split("\n\n")[1].strip().split("\n")[0]
    assert len(sentence) <= 60
    assert sentence.endswith(".")
    assert f"textseq {command}" in result.out.split("Examples:")[1]


def test_train_and_generate(run: Run, trained: Any):
    assert trained.out == ""
    lines = [line for line in trained.err.splitlines() if line.startswith(("epoch", "next"))]
    assert lines[0].startswith("epoch 1/4  train loss ")
    assert "perplexity" in lines[0]
    assert "a token (whitespace)" in lines[0]
    assert lines[-1] == "next: textseq generate"
    config = json.loads(Path("textseq-lm/config.json").read_text(encoding="utf-8"))
    assert config["task"] == "language-model"
    made = {"tied": True, "eos": True, "steps": 8, "back_steps": 8, "forget": 0.02}
    assert config["options"] == made
    assert config["info"]["train"]["lr"] == 0.03

    result = run("generate", "--prompt", "the king", "-n", "3")
    assert (result.status, result.err) == (0, "")
    texts = result.out.split("\n")[:-1]
    assert len(texts) == 3
    assert all(text.startswith("the king") for text in texts)
    assert run("generate", "--prompt", "the king", "-n", "3") == result
    assert run("generate", "--prompt", "the king").out == texts[0] + "\n"
    assert run("generate", "--prompt", "the king", "-n", "3", "--seed", "2").out != result.out
    greedy = [
        run("generate", "--prompt", "a", "--temperature", "0", "--seed", seed).out for seed in "12"
    ]
    assert greedy[0] == greedy[1]


def test_generate_goes_on_over_lines(run: Run, trained: Any):
    result = run("generate", "--stop-at", "none", "--max-tokens", "60", "-n", "2")
    first, second = result.out.removesuffix("\n").split("\n\n")[0], result.out
    assert first.count("\n") >= 2
    assert second.count("\n") > first.count("\n")
    n_tokens = len(first.split()) + first.count("\n")
    assert n_tokens <= 60


def test_generate_json_and_prompts_from_stdin(run: Run, trained: Any):
    lines = "the king\n\na 서울\n".encode()
    result = run("generate", "--prompt", "-", "--json", "-n", "2", stdin=lines)
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [(row["prompt"], row["sample"]) for row in rows] == [
        (prompt, sample) for prompt in ("the king", "", "a 서울") for sample in (0, 1)
    ]
    assert all(row["text"].startswith(row["prompt"]) for row in rows)
    assert result.err == "textseq: not in the vocabulary: 서울\n"
    assert run("generate", "--prompt", "서울", "--quiet").err == ""


def test_prompts_from_files(run: Run, trained: Any):
    Path("a.txt").write_text("the king\n\na dog", encoding="utf-8")
    Path("b.txt").write_bytes("it caf\xe9\n".encode("latin-1"))
    options = ["--quiet", "--max-tokens", "6", "--encoding", "latin-1"]

    def prompts(*given: str, stdin: bytes = b"") -> list[str]:
        result = run("generate", *given, *options, "--json", stdin=stdin)
        assert result.status == 0, result.err
        return [json.loads(line)["prompt"] for line in result.out.splitlines()]

    assert prompts("a.txt", "b.txt") == ["the king", "", "a dog", "it caf\xe9"]
    assert prompts("b.txt", "-", stdin=b"\nit\n") == ["it caf\xe9", "", "it"]
    assert prompts("-", stdin=b"a\n") == prompts("--prompt", "-", stdin=b"a\n") == ["a"]
    assert prompts() == prompts("--prompt", "") == [""]
    # Each as it is by itself, with all samples of one before the next prompt.
    twice = [*options, "-n", "2"]
    alone = [run("generate", "--prompt", prompt, *twice).out for prompt in prompts("a.txt")]
    assert run("generate", "a.txt", *twice).out == "".join(alone)
    # Tables: the column that training read ("text"), or another one.
    Path("a.csv").write_text('text,more\n"the ""king""",it\n,a\n', encoding="utf-8")
    Path("b.jsonl").write_text('{"text": "a dog", "more": 1}\n', encoding="utf-8")
    assert prompts("a.csv", "b.jsonl") == ['the "king"', "", "a dog"]
    assert prompts("b.jsonl", "a.csv", "--text", "more") == ["1", "it", "a"]
    assert prompts("a.csv", "--text", "1") == ["more", "it", "a"]
    assert prompts("a.csv", "--text", "1", "--header") == ["it", "a"]
    assert prompts("a.csv", "--not-quoted") == ['"the ""king"""', ""]
    assert "cannot be read together" in run("generate", "a.csv", "a.txt").message
    assert "a.csv has no column 'no'" in run("generate", "a.csv", "--text", "no").message


def test_characters(run: Run, text: Path):
    line = ("train-lm", text, *FAST, "--tokenizer", "char", "--min-count", "1", "--epochs", "1")
    result = run(*line, "--k2", "16", "--out", "chars")
    assert result.status == 0, result.err
    assert "bits a character" in result.err
    assert result.err.splitlines()[-1] == "next: textseq generate --model chars"
    out = run("generate", "--model", "chars", "--prompt", "the k", "--max-tokens", "20").out
    assert out.startswith("the k")
    assert len(out) <= 26
    result = run(*line, "--out", "sp ace")
    assert result.err.splitlines()[-1] == "next: textseq generate --model 'sp ace'"


def test_subwords_and_a_file_to_validate_on(run: Run, text: Path):
    Path("valid.txt").write_text("the king barked .\n", encoding="utf-8")
    result = run(
        "train-lm", text, *FAST, "--tokenizer", "bpe", "--subword-vocab", "300",
        "--valid", "valid.txt", "--epochs", "1", "--quiet",
    )  # fmt: skip
    assert result == (0, "", "")
    text.unlink()  # the folder alone is enough
    assert run("generate", "--prompt", "the king").out.startswith("the king")


def test_what_is_scored_after_training(run: Run, text: Path):
    Path("test.txt").write_text("the king barked .\na zebra rained .\n" * 9, encoding="utf-8")
    line = ("train-lm", text, *FAST, "--epochs", "2", "--lr", "0.03", "--quiet")
    result = run(*line, "--test", "test.txt")
    assert (result.status, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0].split() == ["18", "lines", "(test)", "score", "95", "%"]
    assert lines[2].split("  ")[0] == "perplexity"
    assert lines[2].endswith("per word (whitespace, <eos> too)")
    result = run(*line, "--test", "test.txt", "--json", "--force")
    found = json.loads(result.out)
    assert (found["data"], found["n"]) == ("test", 18)
    assert found["scores"]["unknown"] > 0
    low, high = found["intervals"]["perplexity"]
    assert low < found["scores"]["perplexity"] < high
    again = json.loads(run("evaluate", "test.txt", "-m", "textseq-lm", "--json").out)
    assert again["scores"] == pytest.approx(found["scores"])
    assert again["intervals"]["perplexity"] == pytest.approx([low, high])
    assert again["signatures"] == found["signatures"]
    # Without --test it is the validation text, by the best weights.
    found = json.loads(run(*line, "--json", "--force").out)
    history = json.loads(Path("textseq-lm/config.json").read_text("utf-8"))["info"]["history"]
    assert found["data"] == "validation"
    best = history["epochs"][history["best_epoch"] - 1]["valid"]
    assert found["scores"] == pytest.approx(best)


@pytest.mark.parametrize("tokenizer", ["whitespace", "bpe"])
def test_a_column_of_tables(run: Run, text: Path, tokenizer: str):
    lines = text.read_text(encoding="utf-8").splitlines()
    Path("text.csv").write_text("id,line\n" + "".join(f"7,{line}\n" for line in lines))
    Path("unseen.jsonl").write_text('{"line": "the dog sat ."}\n')
    options = [*FAST, "--epochs", "1", "--tokenizer", tokenizer, "--quiet"]
    assert run("train-lm", text, *options, "--out", "lines").status == 0
    result = run("train-lm", "text.csv", "--text", "line", *options, "--out", "column")
    assert result.status == 0, result.err
    weights = [load_file(f"{name}/model.safetensors") for name in ("lines", "column")]
    assert weights[0].keys() == weights[1].keys()
    assert all((weights[0][name] == weights[1][name]).all() for name in weights[0])
    # The column that training read is that of `evaluate` and `predict`, too.
    for command in ("evaluate", "predict"):
        found = run(command, "text.csv", "--model", "column", "--json")
        assert found.status == 0, found.err
        assert found.out == run(command, text, "--model", "lines", "--json").out
    test = ["--valid", "text.csv", "--test", "unseen.jsonl", "--json", "--force"]
    result = run("train-lm", "text.csv", "--text", "line", *options, *test)
    assert result.status == 0, result.err
    assert json.loads(result.out)["n"] == 1


@pytest.mark.parametrize(
    ("options", "columns", "n"),
    [
        (["--text", "line"], {"text": "line", "header": True}, 60),
        (["--text", "1", "--header"], {"text": 1, "header": True}, 60),
        (["--text", "-1", "--quoted"], {"text": -1, "header": False, "quoted": True}, 61),
    ],
)
def test_a_header_of_tables(run: Run, text: Path, options: list[str], columns: Any, n: int):
    lines = text.read_text(encoding="utf-8").splitlines()
    Path("text.tsv").write_text("id\tline\n" + "".join(f"7\t{line}\n" for line in lines))
    line = ("train-lm", "text.tsv", *options, *FAST, "--epochs", "1", "--quiet")
    assert run(*line, "--valid", "text.tsv").status == 0
    info = json.loads(Path("textseq-lm/config.json").read_text(encoding="utf-8"))["info"]
    seen = {"cells": 2} | ({"names": ["id", "line"]} if columns["header"] else {})
    assert (info["columns"], info["data"]) == (columns | seen, {"train": n, "valid": n})
    Path("beginnings.tsv").write_text("id\tline\n8\tthe\n", encoding="utf-8")
    rows = run("generate", "beginnings.tsv", "--json", "--quiet").out.splitlines()
    assert [json.loads(row)["prompt"] for row in rows] == ["line", "the"][60 - n - 1 :]


def test_options_of_tables_without_tables(run: Run, text: Path):
    encode_lines(LINES, TextConfig(min_count=1)).save("folder.tsv")
    for given, flags in (
        ([text, "--text", "text"], "--text is"),
        ([text, "--valid", "-", "--test", text, "--no-header"], "--header is"),
        ([text, "--quoted", "--text", "0"], "--text and --quoted are"),
        (["--not-quoted"], "--quoted is"),
        (["folder.tsv", "--header"], "--header is"),
    ):
        result = run("train-lm", *given, *FAST)
        assert result.status == 2
        assert f"{flags} for tables, and no file here is one (.tsv, .csv, .jso" in result.message
    assert not Path("textseq-lm").exists()
    Path("valid.csv").write_text("1,the king sat\n2,it rained all day\n", encoding="utf-8")
    line = ("train-lm", text, *FAST, "--epochs", "1", "--json")
    assert json.loads(run(*line, "--valid", "valid.csv", "--text", "1").out)["n"] == 2


def test_several_files_to_validate_and_test_on(run: Run, text: Path):
    for name, lines in (("a", LINES[:1]), ("b", LINES[1:]), ("ab", LINES)):
        Path(name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    Path("a.csv").write_text(f"text\n{LINES[0]}\n", encoding="utf-8")
    Path("b.jsonl").write_text("".join(json.dumps({"text": line}) + "\n" for line in LINES[1:]))
    (corpus := encode_lines(LINES * 20, TextConfig())).save("corpus")
    encode_lines(LINES, corpus.text_config, vocab=corpus.vocab).save("c")
    found = []
    for given in (["ab"], ["a", "b"], ["a.csv", "b.jsonl"], ["c"]):
        options = [f"--{option}={name}" for option in ("valid", "test") for name in given]
        first = "corpus" if given == ["c"] else text
        result = run("train-lm", first, *options, *FAST, "--epochs", "2", "--json", "--force")
        assert result.status == 0, result.err
        history = json.loads(Path("textseq-lm/config.json").read_text("utf-8"))["info"]["history"]
        found.append((json.loads(result.out), [epoch["valid"] for epoch in history["epochs"]]))
    assert found[0][0]["n"] == 3
    assert found == found[:1] * 4
    for given in (["--valid", "c", "--valid", "a"], ["--test", "a", "--test", "c"], ["c"]):
        result = run("train-lm", text, *given, *FAST, "--out", "new")
        assert result.status == 2
        assert "c is an encoded folder; give it alone" in result.message
    assert not Path("new").exists()


@pytest.mark.parametrize("content", ["", "text\n", "text\n \n"])
def test_nothing_to_validate_or_test_on(run: Run, text: Path, content: str):
    Path("empty.tsv").write_text(content)
    (corpus := encode_lines(LINES, TextConfig(min_count=1))).save("corpus")
    encode_lines([], corpus.text_config, vocab=corpus.vocab).save("nothing")
    for option in ("valid", "test"):
        for first, given in ((text, "empty.tsv"), ("corpus", "nothing")):
            result = run("train-lm", first, *FAST, f"--{option}", given, "--quiet")
            assert result.status == 1
            assert result.message == f"no examples in {given}, which --{option} names"
    Path("empty.tsv").write_text("text\n \n \n")  # two line ends: one is predicted
    line = ("train-lm", text, *FAST, "--epochs", "1", "--json")
    assert json.loads(run(*line, "--test", "empty.tsv").out)["n"] == 2


def test_tables_that_cannot_be_read(run: Run, text: Path):
    Path("a.tsv").write_text("id\tline\n1\t\n")
    for given, message in (
        (["a.tsv"], "a.tsv has no column 'text'; it has id, line"),
        (["a.tsv", text, "--text", "line"], "tables and plain text cannot be read together"),
        (["a.tsv", "--text", "line"], "a.tsv: no words"),
        (["a.tsv", "--text", "line", "--tokenizer", "bpe"], "a.tsv: no words"),
        ([text, "--valid", "a.tsv"], "a.tsv has no column 'text'"),
    ):
        result = run("train-lm", *given, *FAST)
        assert result.status == 1
        assert message in result.message


def test_an_encoded_folder(run: Run, tmp_path: Path):
    config = TextConfig(min_count=1)
    corpus = encode_lines(LINES * 20, config)
    corpus.save("corpus")
    encode_lines(LINES, config, vocab=corpus.vocab).save("valid")
    line = ("train-lm", "corpus", *FAST, "--valid", "valid", "--epochs", "1")
    result = run(*line, "--test", "valid")
    assert result.status == 0
    assert result.out.startswith("3 lines (test)")
    result = run("train-lm", "corpus", "--lowercase", "--force")
    assert "corpus is encoded already; text options" in result.message
    assert result.status == 2


def test_the_bundled_corpus(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(language, "BUNDLED_LINES", 200)
    result = run("train-lm", *FAST)
    assert result.status == 0
    assert "epoch 3/3" in result.err
    assert run("generate").status == 0


def test_a_stopped_training_goes_on(run: Run, text: Path, monkeypatch: pytest.MonkeyPatch):
    from textseq.rnn.models.language_model import LanguageModel

    line = ("train-lm", text.name, *FAST, "--epochs", "3")
    assert run(*line, "--out", "whole").status == 0
    evaluate, calls = LanguageModel.evaluate, []

    def stop(self: LanguageModel, *arguments: Any) -> dict[str, float]:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return evaluate(self, *arguments)

    monkeypatch.setattr(LanguageModel, "evaluate", stop)
    result = run(*line, "--out", "stopped")
    assert result.status == 130
    assert result.err.splitlines()[-1].endswith("--out stopped --resume")
    result = run(*line, "--out", "stopped", "--resume")
    assert result.status == 0, result.err
    whole, again = (Path(name, "model.safetensors").read_bytes() for name in ("whole", "stopped"))
    assert whole == again


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--forget", "1.5"], "--forget is 1.5; it is a share, 0 to 1"),
        (["--k1", "10", "--k2", "5"], "--k2 is 5; a gradient reaches back over at least the 10"),
        (["--k1", "0"], "--k1 is 0; the least that works is 1"),
        (["--valid-share", "1"], "--valid-share is 1; it is between 0 and 1"),
        (["--input", "one-hot"], "add --not-tied"),
        (["--lr", "-1"], "--lr is -1.0; the least that works is 0.0"),
        (["--valid", "nowhere.txt"], "nowhere.txt"),
        (["--test", "nowhere.txt"], "nowhere.txt"),
        (["--vectors", "nowhere"], "nowhere"),
    ],
)
def test_what_does_not_fit_is_told_before_the_work(
    run: Run, text: Path, arguments: list[str], message: str
):
    result = run("train-lm", text, *FAST, *arguments, "--quiet")
    assert result.status in (1, 2)
    assert message in result.message
    assert not Path("textseq-lm").exists()


def test_awkward_text(run: Run):
    Path("empty.txt").write_bytes(b"")
    assert "no words in empty.txt" in run("train-lm", "empty.txt", "--quiet").message
    Path("one.txt").write_text("word\n", encoding="utf-8")
    result = run("train-lm", "one.txt", "--min-count", "1", "--quiet")
    assert result.message == (
        "one.txt: a share of 0.05 of the 1 line leaves a part of fewer than two tokens, and a "
        "prediction needs two; give data of its own with --valid, or more lines"
    )
    Path("two.tsv").write_text("text\na b c\n \n", encoding="utf-8")
    message = run("train-lm", "two.tsv", "--min-count", "1", "--quiet").message
    assert message.startswith("two.tsv: a share of 0.05 of the 2 lines leaves a part of fewer")
    assert message.endswith("data of its own with --valid, or try another --valid-share")
    line = ("train-lm", "one.txt", "--valid", "one.txt", *FAST, "--min-count", "1", "--out", "one")
    assert run(*line, "--epochs", "1").status == 0
    Path("bad.txt").write_bytes(b"a \xff b\n")
    assert "bad.txt" in run("train-lm", "bad.txt", "--quiet").message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--temperature", "-1"], "-1 was given; the least that works is 0"),
        (["--top-k", "0"], "0 was given; the least that works is 1"),
        (["--top-p", "2"], "--top-p is 2.0; it is above 0 and at most 1"),
        (["--stop-at", "dot"], "it can be eos, none"),
        (["--model", "nowhere"], "nowhere"),
        (["a.txt", "--prompt", ""], "--prompt '' and FILES were given; the prompts are one or the"),
        (["a.txt", "--text", "line"], "--text is for tables, and no file here is one"),
        (["--prompt", "-", "--no-header"], "--header is for tables"),
        (["--quoted", "--text", "0"], "--text and --quoted are for tables"),
    ],
)
def test_generate_says_what_would_work(run: Run, arguments: list[str], message: str):
    result = run("generate", *arguments)
    assert result.status in (1, 2)
    assert message in result.message


def test_predict_and_evaluate_take_the_folder(run: Run, trained: Any):
    out = run("predict", "--model", "textseq-lm", stdin=b"the king sat\n\n").out.splitlines()
    assert len(out) == 2
    assert all(len(line.split("\t")) == 2 for line in out)
    Path("test.txt").write_text("the king sat on the throne .\n" * 3, encoding="utf-8")
    scores = json.loads(run("evaluate", "test.txt", "--model", "textseq-lm", "--json").out)
    assert scores["scores"]["perplexity"] > 1
