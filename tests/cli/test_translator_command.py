"""`train-translator` from files and from nothing; what it prints, keeps and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from textseq.rnn.models.translator import Translator
from textseq.rnn.tasks.table import pipeline_of

Run = Callable[..., Any]  # `run` of conftest.py
TINY = ["--hidden", "4", "--dim", "4", "--epochs", "2", "--threads", "1", "--min-count", "1"]
WORDS = [*TINY, "--tokenizer", "word"]


@pytest.fixture
def pairs(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "train.de", tmp_path / "train.en"]
    numbers = range(40)
    paths[0].write_text("".join(f"das ist {n} und mehr als das .\n" for n in numbers))
    paths[1].write_text("".join(f"that is {n} and more than that .\n" for n in numbers))
    return paths


@pytest.fixture
def table(pairs: list[Path], tmp_path: Path) -> Path:
    path = tmp_path / "train.tsv"
    rows = zip(*(pair.read_text().splitlines() for pair in pairs), strict=True)
    path.write_text("de\ten\n" + "".join(f"{a}\t{b}\n" for a, b in rows))
    return path


def each(flag: str, files: list[Path]) -> list[str]:
    """An option that is given once for each file."""
    return [part for file in files for part in (flag, str(file))]


def test_from_files(run: Run, pairs: list[Path], tmp_path: Path):
    result = run("train-translator", *pairs, *WORDS, "--out", "model", "--beam", "2")
    assert result.status == 0, result.err
    assert "epoch 2/2" in result.err
    assert "next: echo 'some text' | textseq predict --model model" in result.err
    lines = result.out.split("\n")
    assert lines[0].startswith("2 pairs (validation), beam 2")
    assert [line.split()[0] for line in lines[1:4]] == ["loss", "perplexity", "bleu"]
    assert "tok:13a" in lines[3]
    assert lines[6].split() == ["<unk>", "in", "output", "0.0000"]
    assert "(reference: that is" in lines[9]
    model = Translator.load(tmp_path / "model")
    assert model.sides["source"].text.tokenizer == "word"
    assert type(model.sides["source"].text).__name__ == "TextConfig"
    assert type(model.rnn).__name__ == "RNNConfig"
    assert model.info["data"] == {"train": 38, "valid": 2}
    assert not (tmp_path / "model.checkpoint").exists()

    result = run("predict", "--model", "model", stdin=b"das ist 3 .\n\nnie gesehen\n")
    assert result.status == 0, result.err
    assert result.out.count("\n") == 3
    assert result.out.split("\n")[1] == ""
    result = run("predict", "--model", "model", "--json", stdin=b"das\n")
    assert set(json.loads(result.out)) == {"text", "log_prob"}
    result = run("evaluate", *pairs, "--model", "model", "--json")
    assert result.status == 0, result.err
    scores = json.loads(result.out)
    unknown = {"unk_output", "unk_references"}
    assert set(scores["scores"]) == {"loss", "perplexity", "bleu", "chrf", "exact"} | unknown
    assert set(scores["intervals"]) == {"bleu", "chrf", "exact"}
    assert "tok:13a" in scores["signatures"]["bleu"]


def test_from_a_table(run: Run, pairs: list[Path], table: Path, tmp_path: Path):
    columns = ["--text", "de", "--target", "en"]
    for given, out in (pairs, "lines"), ([table, *columns], "columns"):
        result = run("train-translator", *given, *WORDS, "--out", out, "--quiet")
        assert result.status == 0, result.err
    one, other = (Translator.load(tmp_path / name) for name in ("lines", "columns"))
    for key, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[key])
    columns_read = other.info["columns"]
    assert columns_read.items() >= {"text": "de", "target": "en", "header": True}.items()
    assert {"de", "en"} <= set(columns_read["names"])

    # What training read, predict and evaluate read too; and from lines as well.
    of_lines = run("predict", pairs[0], "-m", "lines").out
    assert run("predict", table, "-m", "columns").out == of_lines
    assert run("predict", pairs[0], "-m", "columns").out == of_lines
    assert run("predict", table, "-m", "lines", "--text", "de").out == of_lines
    scores = run("evaluate", *pairs, "-m", "lines", "--json").out
    assert json.loads(scores)["n"] == 40
    assert run("evaluate", table, "-m", "columns", "--json").out == scores
    assert run("evaluate", table, "-m", "lines", *columns, "--json").out == scores
    result = run("evaluate", table, "-m", "lines")
    assert "train.tsv has no column 'text'; it has de, en" in result.message
    assert result.message.endswith("; options such as --text name the columns")
    result = run("evaluate", pairs[0], "-m", "lines")
    assert "pairs are read from two files" in result.message
    result = run("evaluate", table, "-m", "columns", "--label", "en")
    assert result.status == 2
    assert "--label is nothing for a translator; it takes --text, --target" in result.message

    # A number alone means no header; the model remembers that there was one.
    result = run("train-translator", table, "--text", "0", "--target", "en", *WORDS, "-o", "mixed")
    assert result.status == 0, result.err
    assert Translator.load(tmp_path / "mixed").info["columns"]["header"] is True
    assert run("predict", table, "-m", "mixed").out == of_lines
    assert run("evaluate", table, "-m", "mixed", "--json").out == scores
    numbers = ["--text", "0", "--target", "1"]
    for header, n in ([], 41), (["--no-header"], 41), (["--header"], 40):
        result = run("evaluate", table, "-m", "lines", *numbers, *header, "--json")
        assert json.loads(result.out)["n"] == n
        result = run("predict", table, "-m", "lines", "--text", "0", *header)
        assert result.out.count("\n") == n
    quoted = tmp_path / "quoted.tsv"
    quoted.write_text('de\ten\n"das ist ""3"""\t"that is\t3"\n')
    result = run("evaluate", quoted, "-m", "columns", "--quoted", "--json")
    assert json.loads(result.out)["n"] == 1
    result = run("evaluate", quoted, "-m", "columns")
    assert "3 cells, but line 1 has 2; if its cells are quoted, add --quoted" in result.message
    assert run("predict", quoted, "-m", "columns", "--quoted").status == 0

    unseen = tmp_path / "unseen.csv"
    unseen.write_text("en,de\nthat is 3 .,das ist 3 .\n")
    test = ["--valid", table, "--test", unseen]
    result = run("train-translator", table, *columns, *WORDS, *test, "--json", "--force")
    assert result.status == 0, result.err
    assert (json.loads(result.out)["data"], json.loads(result.out)["n"]) == ("test", 1)


def test_the_search_of_predictions_and_scores(run: Run, pairs: list[Path], tmp_path: Path):
    run("train-translator", *pairs, *WORDS, "--out", "model", "--quiet")
    model, texts = Translator.load(tmp_path / "model"), ["das ist 3 .", "mehr als das ."]
    search: dict[str, Any] = {"beam": 3, "length_penalty": 2.0, "max_tokens": 4}
    wanted = "".join(f"{answer.text}\n" for answer in model.predict(texts, **search))
    options = ("--beam", "3", "--length-penalty", "2", "--max-tokens", "4")
    result = run("predict", *options, "-m", "model", stdin="\n".join(texts).encode())
    assert (result.status, result.out) == (0, wanted)
    dataset = pipeline_of(model).read_labelled([str(pair) for pair in pairs])
    for given, beam in (["--beam", "1"], 1), ([], 5):
        result = run("evaluate", *pairs, *given, "-m", "model", "--json")
        assert json.loads(result.out)["scores"] == pytest.approx(model.evaluate(dataset, beam=beam))


def test_the_length_penalty_of_scores(run: Run, pairs: list[Path], monkeypatch: pytest.MonkeyPatch):
    seen: list[tuple[int, float]] = []
    search = Translator.search

    def watched(self: Translator, batch: Any, **options: Any) -> Any:
        seen.append((options["beam"], options["length_penalty"]))
        return search(self, batch, **options)

    monkeypatch.setattr(Translator, "search", watched)
    options = ["--beam", "3", "--length-penalty", "0.5", "--json", "--quiet"]
    result = run("train-translator", *pairs, *WORDS, *options, "--out", "model")
    assert json.loads(result.out)["length_penalty"] == 0.5
    assert set(seen) == {(3, 0.5)}
    seen.clear()
    result = run("evaluate", *pairs, *options, "-m", "model")
    assert result.status == 0, result.err
    assert seen == [(3, 0.5)]  # one search for scores and intervals alike
    result = run("train-translator", *pairs, "--length-penalty", "nan")
    assert result.status == 2
    assert "--length-penalty is nan" in result.message


def test_the_attention_of_a_prediction(run: Run, pairs: list[Path], tmp_path: Path):
    pytest.importorskip("matplotlib")
    run("train-translator", *pairs, *WORDS, "--out", "model", "--quiet")
    texts = b"das ist 3 .\nmehr als das .\n"
    plain = run("predict", "-m", "model", stdin=texts).out
    result = run("predict", "-m", "model", "--attention", "a.svg", stdin=texts)
    assert (result.status, result.out) == (0, plain)
    assert "a.svg shows the attention of the first translation" in result.err
    assert b"<svg" in (tmp_path / "a.svg").read_bytes()
    result = run("predict", "-m", "model", "--attention", "a.svg", stdin=texts)
    assert "a.svg exists already; --force replaces it" in result.message
    assert run("predict", "-m", "model", "--attention", "a.svg", "--force", stdin=texts).status == 0
    for name, stdin, message in (
        ("b.txt", texts, ".png"),
        ("b.png", b"", "there is no text"),
        ("b.png", b"\n", "has no tokens"),
    ):
        result = run("predict", "-m", "model", "--attention", name, stdin=stdin)
        assert result.status == 1
        assert message in result.message
    assert not (tmp_path / "b.png").exists()


def test_subwords_json_and_a_picture(run: Run, pairs: list[Path], tmp_path: Path):
    pytest.importorskip("matplotlib")
    result = run(
        "train-translator", *pairs, *TINY, "--subword-vocab", "300", "--shared", "-o", "m",
        "--json", *each("--valid", pairs), *each("--test", pairs), "--picture", "a.png",
        "--quiet", "--attention", "additive", "--input-feeding", "--not-tied",
        "--teacher-forcing", "0.5",
    )  # fmt: skip
    assert (result.status, result.err) == (0, "")
    found = json.loads(result.out)
    assert (found["data"], found["n"], found["beam"]) == ("test", 40, 5)
    assert "version:" in found["signatures"]["bleu"]
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    model = Translator.load(tmp_path / "m")
    assert model.target_embedding is None
    assert model.options["attention"] == "additive"
    assert (model.options["tied"], model.options["input_feeding"]) == (False, True)


def test_pairs_that_are_left_out(run: Run, pairs: list[Path]):
    with pairs[0].open("a") as source, pairs[1].open("a") as target:
        source.write("\n" + "das " * 300 + "\n")
        target.write("leer\nlang\n")
    result = run("train-translator", *pairs, *WORDS, *each("--valid", pairs))
    assert result.status == 0, result.err
    assert "left out: 2 pairs, empty or of more than 200 tokens" in result.err


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["train.de"], 2, "given was train.de; a text and its translation are two files"),
        (["train.de", "train.en", "--valid", "val.de", "val.en"], 2, "before each of its files"),
        (["train.de", "train.en", "--test", "val.de"], 2, "given was val.de; a text and its"),
        (["--valid", "a"], 2, "--valid, --test and columns go with FILES"),
        (["--target", "en"], 2, "--valid, --test and columns go with FILES"),
        (["train.tsv", "--text", "no"], 1, "train.tsv has no column 'no'; it has de, en"),
        (["train.tsv"], 1, "train.tsv has no column 'text'; it has de, en"),
        (["train.de", "train.en", "--text", "0"], 2, "--text is for tables, and no file here is"),
        (["train.de", "train.en", "--quoted", "--header"], 2, "--header and --quoted are for tab"),
        (["-", "-"], 1, "standard input can be one of two texts, not both"),
        (["train.tsv", "train.de"], 1, "tables and plain text cannot be read together"),
        (
            ["train.de", "train.en", "--attention", "dot"],
            2,
            "--attention is 'dot'; it can be",
        ),
        (["train.de", "train.en", "--label-smoothing", "1"], 2, "--label-smoothing is 1"),
        (["train.de", "train.en", "--teacher-forcing", "2"], 2, "--teacher-forcing is 2"),
        (["train.de", "train.en", "--valid-share", "1"], 2, "--valid-share is 1"),
        (["train.de", "train.en", "--input", "one-hot", "--vectors", "v"], 2, "takes no vectors"),
        (["train.de", "train.en", "--shared", "--target-vectors", "v"], 2, "--shared has one"),
        (["train.de", "missing.en"], 1, "there is no file or folder 'missing.en'"),
        (["train.de", "train.en", "--max-length", "2"], 1, "none has 1..2 tokens on both sides"),
        (["train.de", "train.en", "--picture", "a.txt"], 1, ".png"),
    ],
)
def test_wrong_uses(
    run: Run, pairs: list[Path], table: Path, options: list[str], status: int, message: str
):
    assert table.exists()
    result = run("train-translator", *options, *WORDS)
    assert result.status == status
    assert message in result.message


def test_lines_that_do_not_match(run: Run, pairs: list[Path]):
    pairs[1].write_text("one line\n")
    result = run("train-translator", *pairs, *WORDS)
    assert result.status == 1
    assert "40 lines" in result.message
    assert "each line needs its translation" in result.message


def test_nothing_is_replaced(run: Run, pairs: list[Path], tmp_path: Path):
    (tmp_path / "textseq-translator").mkdir()
    (tmp_path / "textseq-translator" / "mine").touch()
    result = run("train-translator", *pairs, *WORDS)
    assert result.status == 1
    assert "textseq-translator" in result.message
