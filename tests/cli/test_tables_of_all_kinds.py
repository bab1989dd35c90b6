"""Tables in the commands: trained from one format, judged and used on others."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Run = Callable[..., Any]  # `run` of conftest.py
TINY = ["--hidden", "4", "--dim", "4", "--epochs", "1", "--threads", "1", "--min-count", "1"]
ROWS = [
    (f"a {word} film, number {n}", label, f"title {word}")
    for n in range(12)
    for word, label in (("good", "pos"), ("bad", "neg"))
]


def written(separator: str, *, header: bool = True, end: str = "\n", quote: str = "") -> str:
    rows = [("text", "label", "title")] * header + ROWS
    return "".join(
        separator.join((f"{quote}{text}{quote}", label, title)) + end for text, label, title in rows
    )


@pytest.fixture
def tables(tmp_path: Path) -> None:
    """The same rows in every format."""
    frame = pd.DataFrame(ROWS, columns=["text", "label", "title"])
    frame.to_json(tmp_path / "a.json", orient="records", indent=1)
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_feather(tmp_path / "a.feather")
    for name, text in {
        "semicolon.csv": written(";"),
        "no-header.csv": written(";", header=False),
        "comma.csv": written(",", quote='"'),
        "cr.csv": written(",", quote='"', end="\r"),
        "tab.txt": written("\t"),
        "tab.tsv": written("\t", header=False),
        "fasttext.txt": "".join(f"__label__{label} {text}\n" for text, label, _ in ROWS),
        "nested.jsonl": "".join(
            json.dumps({"data": {"review": text}, "label": label}) + "\n" for text, label, _ in ROWS
        ),
    }.items():
        (tmp_path / name).write_bytes(text.encode())
    (tmp_path / "utf16.txt").write_bytes(written("\t", end="\r\n").encode("utf-16"))


def columns_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "config.json").read_text())["info"]["columns"]
    return found


def train(run: Run, *given: str) -> Any:
    result = run("train-classifier", *given, *TINY, "--no-baseline", "--out", "model", "--force")
    assert result.status == 0, result.err
    return result


def n_of(run: Run, *given: str) -> int:
    """How many examples `evaluate` and `predict` find; they agree."""
    result = run("evaluate", *given, "--json", "--model", "model")
    assert result.status == 0, result.err
    found = json.loads(result.out)
    predicted = run("predict", *given, "--model", "model")
    assert predicted.status == 0, predicted.err
    assert len(predicted.out.splitlines()) == found["n"]
    return int(found["n"])


@pytest.mark.usefixtures("tables")
def test_other_formats_than_that_of_training(run: Run, tmp_path: Path):
    train(run, "semicolon.csv", "--valid", "a.json", "--test", "a.parquet")
    assert columns_of(tmp_path / "model") == {
        "header": True, "separator": ";", "text": "text", "label": "label",
        "names": ["text", "label", "title"], "cells": 3,
    }  # fmt: skip
    for name in ("semicolon.csv", "comma.csv", "cr.csv", "a.json", "a.parquet", "a.feather"):
        assert n_of(run, name) == 24
    assert n_of(run, "tab.txt", "--table", "tsv") == 24
    assert n_of(run, "utf16.txt", "--table", "tsv", "--encoding", "utf-16") == 24


@pytest.mark.usefixtures("tables")
def test_what_training_read_is_remembered(run: Run, tmp_path: Path):
    train(run, "no-header.csv", "--text", "0", "--label", "1")
    assert columns_of(tmp_path / "model")["separator"] == ";"
    assert n_of(run, "no-header.csv") == 24
    assert n_of(run, "tab.tsv") == 24
    # One column alone is cut as that of training was: the title does not become text.
    first = run("predict", "no-header.csv", "--model", "model").out.splitlines()[0]
    lines = run("predict", "--model", "model", stdin=f"{ROWS[0][0]}\n".encode())
    assert first == lines.out.splitlines()[0]
    train(run, "tab.tsv", "--text", "0,2", "--label", "1")
    assert columns_of(tmp_path / "model") == {
        "header": False, "text": [0, 2], "label": 1, "cells": 3,
    }  # fmt: skip
    joined = run("predict", "tab.tsv", "--model", "model").out.splitlines()[0]
    text = f"{ROWS[0][0]} {ROWS[0][2]}\n".encode()
    assert joined == run("predict", "--model", "model", stdin=text).out.splitlines()[0]
    train(run, "tab.txt", "--table", "tsv", "--text", "text,title")
    assert n_of(run, "tab.txt") == 24
    train(run, "nested.jsonl", "--text", "data.review")
    assert n_of(run, "nested.jsonl") == 24


@pytest.mark.usefixtures("tables")
def test_fasttext(run: Run, tmp_path: Path):
    train(run, "fasttext.txt")
    assert columns_of(tmp_path / "model")["table"] == "fasttext"
    assert n_of(run, "fasttext.txt") == 24
    first = run("predict", "fasttext.txt", "--model", "model").out.splitlines()[0]
    text = f"{ROWS[0][0]}\n".encode()
    assert first == run("predict", "--model", "model", stdin=text).out.splitlines()[0]
    train(run, "comma.csv")
    assert n_of(run, "fasttext.txt") == 24
    first = run("predict", "fasttext.txt", "--model", "model").out.splitlines()[0]
    assert first == run("predict", "--model", "model", stdin=text).out.splitlines()[0]
    (tmp_path / "two.txt").write_text("__label__a __label__b x\n" * 3)
    result = run("train-classifier", "two.txt", *TINY, "--out", "other")
    assert "line 1: 2 labels, a, b; a text has one; --label first takes the first" in result.message


@pytest.mark.usefixtures("tables")
def test_bad_rows_are_counted_on_stderr(run: Run, tmp_path: Path):
    text = (tmp_path / "comma.csv").read_text() + "a,b,c,d\nx,,y\n"
    (tmp_path / "bad.csv").write_text(text)
    refused = run("train-classifier", "bad.csv", *TINY, "--out", "model")
    assert refused.message.endswith(
        "4 cells, but line 1 has 3; --bad-rows skip leaves such rows out"
    )
    result = train(run, "bad.csv", "--bad-rows", "skip")
    assert "textseq: 2 bad rows were left out; the first: bad.csv, line 26: 4 cells" in result.err
    found = run("evaluate", "bad.csv", "--model", "model", "--bad-rows", "skip", "--json")
    assert json.loads(found.out)["n"] == 24
    assert "2 bad rows were left out" in found.err
    assert "bad_rows" not in columns_of(tmp_path / "model")


@pytest.mark.usefixtures("tables")
def test_a_header_as_a_row_is_noticed(run: Run, tmp_path: Path):
    result = train(run, "semicolon.csv", "--text", "0", "--label", "1")
    assert "line 1 looks like a header ('text', 'label'); --header leaves it out" in result.err
    result = train(run, "semicolon.csv", "--text", "0", "--label", "1", "--header")
    assert "looks like a header" not in result.err
    assert columns_of(tmp_path / "model")["header"] is True


@pytest.mark.usefixtures("tables")
def test_language_models_and_translators(run: Run, tmp_path: Path):
    result = run(
        "train-lm", "semicolon.csv", "--text", "text,title", "--test", "a.json", *TINY, "--json",
        "--out", "lm",
    )  # fmt: skip
    assert json.loads(result.out.splitlines()[-1])["n"] == 24
    result = run("generate", "a.parquet", "--model", "lm", "--max-tokens", "1")
    assert len(result.out.splitlines()) == 24
    assert result.out.startswith("a good film, number 0 title good")
    given = ["tab.txt", "--table", "tsv", "--target", "title", "--tokenizer", "word"]
    result = run("train-translator", *given, "--valid", "a.feather", *TINY, "--out", "translator")
    assert result.status == 0, result.err
    assert len(run("predict", "tab.txt", "--model", "translator").out.splitlines()) == 24
    result = run("evaluate", "a.json", "--model", "translator", "--json")
    assert json.loads(result.out)["n"] == 24


def test_captions_read_headers_as_the_others_do(run: Run, tmp_path: Path):
    rows = [f"{n},{n / 2},the {n}\n" for n in range(20)]
    (tmp_path / "header.csv").write_text("x, y , caption\n" + "".join(rows))
    (tmp_path / "plain.csv").write_text("".join(rows))
    (tmp_path / "semicolon.csv").write_text("".join(["x;y;caption\n", *rows]).replace(",", ";"))
    for name, given, features, header in (
        ("header.csv", [], ["x", " y "], True),
        ("header.csv", ["--caption", "2"], ["x", " y "], True),
        ("header.csv", ["--features", "y"], [" y "], True),
        ("plain.csv", ["--caption", "2"], [0, 1], False),
        ("semicolon.csv", [], ["x", "y"], True),
    ):
        result = run("train-captioner", name, *given, *TINY, "--out", "model", "--force")
        assert result.status == 0, result.err
        found = columns_of(tmp_path / "model")
        assert (found["features"], found["header"]) == (features, header)
        assert len(run("predict", name, "--model", "model").out.splitlines()) == 20
        evaluated = run("evaluate", name, "--model", "model", "--json")
        assert json.loads(evaluated.out)["n"] == 20
    given = ["--features", "0,1", "--caption", "2"]
    result = run("train-captioner", "header.csv", *given, *TINY, "--out", "model", "--force")
    assert result.message.endswith("where the first line is a header, --header leaves it out")
    result = run(
        "train-captioner", "header.csv", *given, "--header", *TINY, "--out", "model", "--force"
    )
    assert result.status == 0, result.err


@pytest.mark.usefixtures("tables")
def test_echo_state_networks(run: Run, tmp_path: Path):
    result = run("train-esn", "semicolon.csv", "--units", "50", "--out", "echo")
    assert result.status == 0, result.err
    assert columns_of(tmp_path / "echo")["separator"] == ";"
    result = run("evaluate", "a.json", "--model", "echo", "--json")
    assert json.loads(result.out)["n"] == 24
    numbers = "".join(f"{math.sin(n / 9):.4f};{math.cos(n / 9):.4f}\n" for n in range(200))
    (tmp_path / "series.csv").write_text("a;b\n" + numbers)
    result = run(
        "train-esn", "series.csv", "--series", "a,b", "--units", "50", "--ridge", "1",
        "--out", "series",
    )  # fmt: skip
    assert result.status == 0, result.err
    assert len(run("predict", "series.csv", "--model", "series").out.splitlines()) >= 199
    result = run("train-esn", "series.csv", "--series", "a,b", "--bad-rows", "skip", "--out", "x")
    assert result.status == 2


def test_spreadsheets_and_files_of_no_known_kind(run: Run, tmp_path: Path):
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04")
    result = run("train-classifier", "a.xlsx", *TINY, "--out", "model")
    assert result.message == "a.xlsx is a spreadsheet; save it as CSV there"
    (tmp_path / "a.txt").write_text("text\tlabel\na\tb\n")
    result = run("train-classifier", "a.txt", *TINY, "--out", "model")
    assert result.message.endswith("; --table tsv, csv, jsonl ... says it")
