"""`predict` and `evaluate` on folders of models: line for line, as JSON, with reasons."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from textseq.config import RNNConfig, TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.language_data import stream_of
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.language_model import LanguageModel
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.models.tagger import Tagger
from textseq.rnn.models.translator import Translator
from textseq.rnn.tasks.table import pipeline_of
from textseq.text.encode import encode_lines
from textseq.text.notices import TextNotice

Run = Callable[..., Any]  # `run` of conftest.py


@pytest.fixture
def model(tmp_path: Path) -> Classifier:
    """A classifier in ./textseq-classifier that learnt from the columns review and verdict."""
    config = TextConfig(min_count=1, tokenizer="word", lowercase=True)
    texts, labels = ["good film", "bad film", "so so"], ["yes", "no", "maybe"]
    data = SequenceDataset.from_texts(texts, labels, config=config)
    model = Classifier.for_dataset(data, RNNConfig(hidden=4, dim=4)).eval()
    model.info["columns"] = {"text": "review", "label": "verdict"}
    model.save(tmp_path / "textseq-classifier")
    return model


def wanted(model: Classifier, texts: list[str]) -> str:
    return "".join(f"{p.label}\t{p.probability:.4f}\n" for p in model.predict(texts))


def test_line_for_line(run: Run, model: Classifier, tmp_path: Path):
    texts = ["good film", "", "zzz", "bad\u2028film", "서울 🙂"]
    result = run("predict", stdin="\n".join(texts).encode())
    assert (result.status, result.err) == (0, "")
    assert result.out == wanted(model, texts)
    (tmp_path / "a.txt").write_text("good\n")
    (tmp_path / "b.txt").write_text("\nbad\n")
    assert run("predict", "a.txt", "b.txt").out == wanted(model, ["good", "", "bad"])
    assert run("predict", "-", stdin=b"").out == ""
    assert run("predict", "--batch-size", "1", "a.txt").out == wanted(model, ["good"])


def test_json(run: Run, model: Classifier):
    result = run("predict", "--json", stdin=b"good film\nbad\n")
    rows = [json.loads(line) for line in result.out.strip().split("\n")]
    for row, prediction in zip(rows, model.predict(["good film", "bad"]), strict=True):
        assert row["label"] == prediction.label
        assert row["probabilities"] == pytest.approx(prediction.probabilities)


def test_columns_of_tables(run: Run, model: Classifier, tmp_path: Path):
    (tmp_path / "new.csv").write_text('n,review,other\n1,"good, film",bad\n2,bad,good\n')
    assert run("predict", "new.csv").out == wanted(model, ["good, film", "bad"])
    assert run("predict", "new.csv", "--text", "other").out == wanted(model, ["bad", "good"])
    (tmp_path / "new.jsonl").write_text('{"review": "good"}\n')
    assert run("predict", "new.jsonl").out == wanted(model, ["good"])
    (tmp_path / "ragged.csv").write_text("n,review\n1\n")
    result = run("predict", "ragged.csv")
    assert "line 2: 1 cells" in result.message
    assert result.status == 1
    (tmp_path / "n.tsv").write_text("x\tbad\n")
    assert run("predict", "n.tsv", "--text", "1").out == wanted(model, ["bad"])


TABLE = 'text,other\n"good, film",bad\nnaïve,good film\n'


def reader_of_lines(task: str) -> Any:
    """A model of this task, as it is before training."""
    config, rnn = TextConfig(min_count=1), RNNConfig(hidden=4, dim=4)
    if task == "tagger":
        tagged = [(["good", "film"], ["ADJ", "NOUN"]), (["bad"], ["ADJ"])]
        return Tagger.for_dataset(SequenceDataset.from_sentences(tagged, config=config), rnn)
    if task == "translator":
        pairs = SequenceDataset.from_texts(["good film", "bad"], pairs=["a b", "c"], config=config)
        return Translator.for_dataset(pairs, rnn)
    return LanguageModel.for_dataset(stream_of(encode_lines(["good film", "bad"], config)), rnn)


@pytest.mark.parametrize("task", ["tagger", "translator", "language-model"])
def test_every_model_of_text_reads_a_column(run: Run, tmp_path: Path, task: str):
    model = reader_of_lines(task).eval()
    model.save(tmp_path / "m")

    def predicted(*arguments: str, stdin: bytes = b"") -> str:
        result = run("predict", *arguments, "-m", "m", stdin=stdin)
        assert result.status == 0, result.err
        return result.out

    first = predicted(stdin="good, film\nnaïve\n".encode())
    other = predicted(stdin=b"bad\ngood film\n")
    assert first != other
    (tmp_path / "q.csv").write_text(TABLE, encoding="utf-8")
    assert predicted("q.csv") == first
    assert predicted("q.csv", "--text", "other") == other
    assert predicted("q.csv", "--text", "-1") == predicted(stdin=b"other\nbad\ngood film\n")
    (tmp_path / "q.tsv").write_text('text\tn\n"good, film"\t1\nnaïve\t2\n', encoding="latin-1")
    assert predicted("q.tsv", "--quoted", "--encoding", "latin-1") == first
    (tmp_path / "q.jsonl").write_text('{"x": "bad"}\n{"x": "good film"}\n')
    assert predicted("q.jsonl", "--text", "x") == other
    (tmp_path / "q.txt").write_text("bad\ngood film\n")
    assert predicted("q.txt") == other
    result = run("predict", "q.jsonl", "-m", "m")
    assert (result.status, result.out) == (1, "")
    assert "q.jsonl, line 1, has no 'text'; it has x" in result.message
    result = run("predict", "q.csv", "q.txt", "-m", "m")
    assert "tables and plain text cannot be read together" in result.message


def test_a_language_model_is_scored_on_a_column(run: Run, tmp_path: Path):
    reader_of_lines("language-model").save(tmp_path / "m")
    (tmp_path / "q.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "q.txt").write_text("bad\ngood film\n")
    wanted = run("evaluate", "q.txt", "-m", "m", "--json")
    assert run("evaluate", "q.csv", "--text", "other", "-m", "m", "--json") == wanted
    assert run("evaluate", "q.csv", "-m", "m", "--json").out != wanted.out
    found = json.loads(wanted.out)
    assert found["intervals"] == {}  # of a handful
    (tmp_path / "more.txt").write_text("bad\ngood film\n" * 20)
    found = json.loads(run("evaluate", "more.txt", "-m", "m", "--json").out)
    low, high = found["intervals"]["perplexity"]
    assert low <= found["scores"]["perplexity"] <= high
    assert found["signatures"]["perplexity"] == "per word (whitespace, <eos> too)"
    shown = run("evaluate", "q.txt", "-m", "m").out.split("\n")
    assert shown[1].startswith("perplexity")
    assert shown[1].endswith("per word (whitespace, <eos> too)")


@pytest.mark.parametrize("command", ["predict", "evaluate"])
@pytest.mark.parametrize("given", ["nan", "inf", "-1"])
def test_length_penalties_that_are_none(run: Run, model: Classifier, command: str, given: str):
    result = run(command, "-", "--length-penalty", given)
    assert result.status == 2
    assert f"'--length-penalty': {given} was given" in result.message


def test_other_encodings(run: Run, model: Classifier):
    assert "not utf-8" in run("predict", stdin="naïve\n".encode("latin-1")).message
    result = run("predict", "--encoding", "latin-1", stdin="naïve\n".encode("latin-1"))
    assert result.out == wanted(model, ["naïve"])


def test_reasons(run: Run, model: Classifier, monkeypatch: pytest.MonkeyPatch):
    result = run("predict", "--explain", stdin=b"Good, film\n\n")
    first, second = result.out.strip("\n").split("\n")
    label, probability, words = first.split("\t")
    assert f"{label}\t{probability}\n" == wanted(model, ["Good, film"])
    assert [word.rpartition(":")[0] for word in words.split(" ")] == ["good", ",", "film"]
    assert second.split("\t")[2] == ""
    row = json.loads(run("predict", "--explain", "--json", stdin=b"Good, film\n").out)
    assert [token["token"] for token in row["tokens"]] == ["good", ",", "film"]
    assert (row["tokens"][2]["start"], row["tokens"][2]["stop"]) == (6, 10)
    assert "\x1b" not in result.out


def test_colours_on_a_terminal():
    from textseq.cli.label_display import colored_words, numbered_words
    from textseq.rnn.show.saliency import Saliency

    found = Saliency("yes", "so \x1bgood bad x", ["so", "good", "bad", "x"],
                     [(0, 2), (4, 8), (9, 12), (13, 14)], [0.01, 2.0, -0.5, -2.0])  # fmt: skip
    assert colored_words(found) == (
        "so  \x1b[1m\x1b[32mgood\x1b[0m \x1b[31mbad\x1b[0m \x1b[1m\x1b[31mx\x1b[0m"
    )
    assert numbered_words(found) == "so:+0.01 good:+2.00 bad:-0.50 x:-2.00"
    shared = Saliency("yes", "갔다", ["가", "었", "다"], [(0, 1), (0, 1), (1, 2)], [1.0, 1.0, 0.0])
    assert colored_words(shared) == "\x1b[1m\x1b[32m갔\x1b[0m다"
    assert colored_words(Saliency("yes", "", [], [], [])) == ""


def test_options_of_other_models(run: Run, model: Classifier, tmp_path: Path):
    for option in (["--beam", "3"], ["--max-tokens", "3"], ["--token", "0"], ["--images", "x"]):
        result = run("predict", *option, stdin=b"good\n")
        assert result.status == 2
        assert f"{option[0]} is nothing for a classifier" in result.message
    result = run("predict", "--attention", "a.png", stdin=b"good\n")
    assert result.status == 2
    assert "--attention is for translators; this is a classifier" in result.message
    (tmp_path / "new.tsv").write_text("review\tverdict\ngood\tyes\n")
    for option in (["--beam", "3"], ["--format", "conll"], ["--token", "0"]):
        result = run("evaluate", "new.tsv", *option)
        assert result.status == 2
        assert f"{option[0]} is nothing for a classifier" in result.message


def test_each_line_of_a_terminal_is_answered_at_once(monkeypatch: pytest.MonkeyPatch):
    from textseq.cli import predict_command

    taken: list[str] = []

    def typed():
        for text in ("one", "two"):
            taken.append(text)
            yield text

    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    parts = iter(predict_command._parts(typed()))
    assert next(parts) == ["one"]
    assert taken == ["one"]


def test_the_header_that_training_read(run: Run, tmp_path: Path):
    (tmp_path / "t.tsv").write_text("text\tlabel\n" + "good film\tyes\nbad\tno\n" * 20)
    tiny = ["--hidden", "4", "--dim", "4", "--epochs", "1", "--min-count", "1", "--quiet"]
    columns = ["--text", "0", "--label", "label"]
    train = ["train-classifier", "t.tsv", "--valid", "t.tsv", *columns, *tiny]
    result = run(*train, "--out", "m")
    assert result.status == 0, result.err
    assert run("predict", "t.tsv", "-m", "m").out.count("\n") == 40
    assert json.loads(run("evaluate", "t.tsv", "-m", "m", "--json").out)["n"] == 40
    # Other columns than those of training are as they are given here.
    assert run("predict", "t.tsv", "-m", "m", "--text", "0").out.count("\n") == 41
    assert run("predict", "t.tsv", "-m", "m", "--text", "0", "--header").out.count("\n") == 40
    assert run("predict", "t.tsv", "-m", "m", "--no-header").out.count("\n") == 41


def test_columns_of_what_is_no_table(run: Run, model: Classifier, tmp_path: Path):
    (tmp_path / "lines").write_text("good\n")
    for given in (["lines", "--text", "0"], ["--text", "0"], ["lines", "--header"]):
        result = run("predict", *given, stdin=b"good\n")
        assert result.status == 2
        assert f"{given[-1] if given[-1] != '0' else '--text'} is for tables" in result.message
    assert run("predict", stdin=b"good\n").status == 0


def test_evaluating(run: Run, model: Classifier, tmp_path: Path):
    (tmp_path / "test.csv").write_text("review,verdict\ngood film,yes\nbad,no\n,maybe\n")
    result = run("evaluate", "test.csv")
    assert result.status == 0, result.err
    names = [line.split()[0] for line in result.out.split("\n")[:4]]
    assert names == ["loss", "accuracy", "macro_f1", "calibration_error"]
    assert "gold \\ predicted  maybe  no  yes" in result.out
    assert result.err.startswith("textseq: 1 text is empty or null; ")
    assert result.err.endswith("\nclassifier, 3 examples\n")
    found = json.loads(run("evaluate", "test.csv", "--json").out)
    assert (found["task"], found["n"]) == ("classifier", 3)
    columns = {"text": "review", "label": "verdict"}
    with pytest.warns(TextNotice, match="^1 text is empty or null; "):
        data = pipeline_of(model).read_labelled([str(tmp_path / "test.csv")], **columns)
    assert found["scores"] == pytest.approx(model.evaluate(data), nan_ok=True)
    assert found["confusion"] == model.report(data).confusion.tolist()  # type: ignore[union-attr]
    assert found["intervals"] == {}  # of a handful
    (tmp_path / "more.csv").write_text("review,verdict\n" + "good film,yes\nbad,no\n" * 10)
    found = json.loads(run("evaluate", "more.csv", "--json").out)
    low, high = found["intervals"]["accuracy"]
    assert low <= found["scores"]["accuracy"] <= high
    assert "classifier, 3" not in run("evaluate", "test.csv", "--quiet").err


def test_the_help_of_evaluate_says_what_micro_f1_is(run: Run):
    text = " ".join(run("evaluate", "--help").out.split())
    assert "no micro F1: where each text has one label, it is the accuracy" in text


def test_evaluating_what_does_not_fit(run: Run, model: Classifier, tmp_path: Path):
    (tmp_path / "test.csv").write_text("review,verdict\ngood,perhaps\n")
    assert "label 'perhaps'" in run("evaluate", "test.csv").message
    (tmp_path / "test.csv").write_text("review,verdict\n")
    assert run("evaluate", "test.csv").status == 1
    result = run("evaluate", "test.csv", "--tags", "upos")
    assert result.status == 2
    assert "--tags is nothing for a classifier; it takes --text, --label" in result.message
    assert "no file or folder 'nowhere.csv'" in run("evaluate", "nowhere.csv").message


def test_which_model(run: Run, model: Classifier, tmp_path: Path, vectors: Path):
    model.save(tmp_path / "textseq-tagger")
    assert "which --model? Here are textseq-classifier, textseq-tagger" in run("predict").message
    assert run("predict", "-m", "textseq-tagger", stdin=b"x\n").status == 0
    result = run("predict", "--model", vectors)
    assert "not sequence-model" in result.message
    assert "there is no nowhere" in run("predict", "--model", "nowhere").message
    assert "--device is 'tpu'" in run("predict", "-m", "textseq-tagger", "--device", "tpu").message


def test_no_model(run: Run):
    assert "there is no textseq-classifier; `textseq train-" in run("predict").message


def test_reasons_of_a_model_without_labels(run: Run, monkeypatch: pytest.MonkeyPatch):
    class Other:
        task = "captioner"
        image = None

        def __init__(self) -> None:
            self.info: dict[str, Any] = {}

        def to(self, device):
            return self

        def predict(self, items, batch_size=64):
            return iter(())

    monkeypatch.setattr(SequenceModel, "load", lambda *_: Other())
    assert (
        "--explain is for classifiers; this is a captioner" in run("predict", "--explain").message
    )
    result = run("predict", "--text", "review")
    assert "--text is nothing for a captioner; it takes --separator, --features" in result.message
    assert run("predict").status == 0
