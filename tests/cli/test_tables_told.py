"""What is said where a model that learnt from a table meets lines or a header that do not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]  # `run` of conftest.py
TINY = ["--hidden", "4", "--dim", "4", "--epochs", "1", "--threads", "1", "--min-count", "1"]
ROWS = [
    (f"{n}", f"a {word} film number {n}", label)
    for n in range(12)
    for word, label in (("good", "pos"), ("bad", "neg"))
]
HEADER = "id,text,label\n"
CSV = "".join(",".join(row) + "\n" for row in ROWS)


def train(run: Run, *given: str) -> None:
    result = run("train-classifier", *given, *TINY, "--no-baseline", "--out", "m", "--force")
    assert result.status == 0, result.err


def test_lines_of_a_table_are_noticed(run: Run, tmp_path: Path):
    (tmp_path / "t.csv").write_text(HEADER + CSV)
    train(run, "t.csv")
    (tmp_path / "copy.txt").write_text(HEADER + CSV)
    jsonl = json.dumps({"text": "a good film", "label": "pos"}) + "\n"
    for arguments, stdin, kind in (
        (["-"], HEADER + CSV, "csv"),
        (["copy.txt"], "", "csv"),
        (["-"], CSV, "csv"),
        (["-"], HEADER.replace(",", "\t"), "tsv"),
        (["-"], "id;text\n1;a film\n", "csv"),
        (["-"], "text\na film\n", "csv"),
        (["-"], jsonl, "jsonl"),
    ):
        result = run("predict", *arguments, "--model", "m", stdin=stdin.encode())
        assert result.status == 0, result.err
        assert f"--table {kind} reads it as a table" in result.err
        assert result.err.count("\n") == 1
    assert len(run("predict", "-", "--model", "m", stdin=CSV.encode()).out.splitlines()) == 24
    result = run("predict", "-", "--table", "csv", "-m", "m", stdin=(HEADER + CSV).encode())
    assert (result.status, result.err, len(result.out.splitlines())) == (0, "", 24)


@pytest.mark.parametrize("said", [[], ["--table", "fasttext"]])
def test_labels_before_lines_are_noticed(run: Run, tmp_path: Path, said: list[str]):
    lines = "".join(f"__label__{label} {text}\n" for _, text, label in ROWS)
    (tmp_path / "ft.txt").write_text(lines)
    train(run, "ft.txt", *said)
    result = run("predict", "-", "-m", "m", stdin=lines.encode())
    assert result.err == (
        "textseq: the first line looks like a text behind its label, as training read them, but "
        "each line was read whole as text; --table fasttext reads it as a table\n"
    )
    told = run("predict", "-", "-m", "m", "--table", "fasttext", stdin=lines.encode())
    assert (told.status, told.err, len(told.out.splitlines())) == (0, "", 24)
    plain = "".join(f"{text}, label\n" for _, text, _ in ROWS)
    assert run("predict", "-", "-m", "m", stdin=plain.encode()).err == ""


@pytest.mark.parametrize("name", ["t.jsonl", "t.tsv"])
def test_lines_after_other_tables(run: Run, tmp_path: Path, name: str):
    (tmp_path / "t.jsonl").write_text(
        "".join(json.dumps({"text": text, "label": label}) + "\n" for _, text, label in ROWS)
    )
    (tmp_path / "t.tsv").write_text("".join(f"{text}\t{label}\n" for _, text, label in ROWS))
    train(run, name, *(["--text", "0", "--label", "1"] if name == "t.tsv" else []))
    given = (tmp_path / name).read_bytes()
    kind = name.removeprefix("t.")
    assert f"--table {kind} reads it" in run("predict", "-", "-m", "m", stdin=given).err


@pytest.mark.parametrize("line", ["a good film", "good, bad, film", "a; b; c", "{so} it is", "a,b"])
def test_lines_of_text_are_quiet(run: Run, tmp_path: Path, line: str):
    (tmp_path / "t.csv").write_text(HEADER + CSV)
    train(run, "t.csv")
    result = run("predict", "-", "--model", "m", stdin=f"{line}\n".encode())
    assert (result.status, result.err, len(result.out.splitlines())) == (0, "", 1)


def test_a_row_is_not_silently_taken_for_the_header(run: Run, tmp_path: Path):
    (tmp_path / "t.csv").write_text(HEADER + CSV)
    (tmp_path / "new.csv").write_text(CSV)
    train(run, "t.csv", "--text", "1", "--label", "2", "--header")
    for command in ("predict", "evaluate"):
        result = run(command, "new.csv", "--model", "m")
        assert result.status == 0
        assert "new.csv: line 1 ('0', 'a good film number 0', 'pos') was left out" in result.err
        assert "--no-header reads it as a row" in result.err
        assert "--no-header" not in run(command, "t.csv", "--model", "m").err
    assert len(run("predict", "new.csv", "--no-header", "-m", "m").out.splitlines()) == 24
    result = run("predict", "new.csv", "--header", "-m", "m")
    assert (result.err, len(result.out.splitlines())) == ("", 23)


def test_a_row_of_a_series_is_not_silently_taken_for_the_header(run: Run, tmp_path: Path):
    rows = "".join(f"{n % 7}\n" for n in range(300))
    (tmp_path / "s.csv").write_text("y\n" + rows)
    (tmp_path / "new.csv").write_text(rows)
    result = run("train-esn", "s.csv", "--series", "0", "--header", "--units", "100", "--out", "m")
    assert result.status == 0, result.err
    assert "--no-header reads it as a row" in run("evaluate", "new.csv", "--model", "m").err
    assert "--no-header" not in run("evaluate", "s.csv", "--model", "m").err


def test_a_series_that_is_not_named(run: Run, tmp_path: Path):
    (tmp_path / "noise.csv").write_text("t,y\n1,2\n2,3\n")
    message = run("train-esn", "noise.csv").message
    assert "no column 'text'; it has t, y" in message
    assert "--series" in message


def test_a_first_row_that_is_no_header(run: Run, tmp_path: Path):
    (tmp_path / "p.tsv").write_text("ein Hund rennt .\ta dog runs .\nein Hund .\ta dog .\n")
    message = run("train-translator", "p.tsv").message
    assert "by number, from 0 (--text 0, or --series 0 of a series)" in message
    (tmp_path / "n.tsv").write_text("review\tverdict\na film\tpos\n")
    assert "by number" not in run("train-classifier", "n.tsv").message


@pytest.mark.parametrize("order", ["le", "be"])
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl"])
def test_utf_16_without_a_mark(run: Run, tmp_path: Path, name: str, order: str):
    rows = {"t.csv": "text,label\na,x\n", "t.tsv": "text\tlabel\na\tx\n"}
    written = rows.get(name, '{"text": "a", "label": "x"}\n')
    (tmp_path / name).write_bytes(written.encode(f"utf-16-{order}"))
    message = run("train-classifier", name).message
    assert "looks like UTF-16" in message
    assert f"--encoding utf-16-{order}" in message


@pytest.mark.parametrize(
    "command",
    [
        ("train-classifier", "--no-baseline", *TINY),
        ("train-esn", "--task", "classifier", "--units", "50", "--density", "0.3"),
    ],
)
def test_what_is_wrong_with_the_data_is_said_quietly_too(
    run: Run, tmp_path: Path, command: tuple[str, ...]
):
    rows = "".join(f"{text}\t{label}\n" for _, text, label in ROWS)
    (tmp_path / "a.tsv").write_text("Review Text\tKind of it\n" + rows + "\tpos\nbad\n")
    name, *options = command
    given = ["a.tsv", "--text", "0", "--label", "1", "--bad-rows", "skip", "-o", "m", "-q"]
    result = run(name, *given, *options)
    assert result.status == 0, result.err
    assert "a.tsv: line 1 looks like a header ('Review Text', 'Kind of it'); --header" in result.err
    assert "1 text is empty or null; the first: a.tsv, line 26" in result.err
    assert "1 bad row was left out; the first: a.tsv, line 27" in result.err
    assert result.err.count("\n") == 3
