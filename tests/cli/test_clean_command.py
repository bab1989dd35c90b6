from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from textseq.cli import clean_command, display
from textseq.cli.app import COMMANDS
from textseq.text.cleaning.steps import STEPS
from textseq.text.reading import corpus

Run = Callable[..., Any]  # `run` of conftest.py
TWICE = b"One line\nanother  one\n\none line\nOne line\n\n"


def test_the_command_is_registered():
    assert COMMANDS["clean"] == "clean_command"


# ---- text in, text out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a b\nc \xff d\n", "byte 6 (line 2) is not utf-8: ff; give the right encoding (--enc"),
        (b"\xff\xfea\0", "--encoding utf-16"),
        (b"PK\x03\x04" + bytes(20), "is a zip archive; pipe it in with `unzip -p` and `-`"),
        (gzip.compress(b"a b\n" * 99)[:-9], "is cut off or damaged"),
    ],
)
def test_text_that_cannot_be_read(run: Run, content: bytes, message: str):
    Path("text").write_bytes(content)
    for options in ([], ["--report"], ["--diff"], ["--out", "new"], ["--report-json", "new"]):
        result = run("clean", "text", *options)
        assert result.status == 1
        assert "text" in result.message
        assert message in result.message
        assert [path.name for path in Path().iterdir()] == ["text"]


def test_bad_bytes_can_be_replaced_and_other_encodings_read(run: Run):
    assert run("clean", "--errors", "replace", stdin=b"a\xff\n").out == "a�\n"
    assert run("clean", "--encoding", "cp1252", stdin=b"caf\xe9\n").out == "café\n"
    assert "no encoding 'utf-9'" in run("clean", "--encoding", "utf-9", stdin=b"a\n").message


def test_clean_keeps_lines(run: Run):
    text = "\ufeffＡ  b\r\n\n\x00c\nlast".encode()
    result = run("clean", "--clean", "nfkc,whitespace,control", "--lowercase", stdin=text)
    assert result == (0, "a b\n\nc\nlast\n", "")
    assert run("clean", "--clean", "none", "-", stdin=b"A\x00\n").out == "A\x00\n"
    assert run("clean", stdin=b"") == (0, "", "")


def test_lines_end_at_newlines_only(run: Run):
    text = "a\u2028b\x85c\x0bd\re\n".encode()
    assert run("clean", "--clean", "none", stdin=text).out.encode() == text


def test_json_is_one_string_a_line(run: Run):
    result = run("clean", "--json", stdin='한 "x"\n\n'.encode())
    assert result == (0, '"한 \\"x\\""\n""\n', "")


def test_a_file_is_one_line(run: Run):
    Path("one").write_bytes(b"a\n b\r\n\nc\n")
    Path("two").write_bytes(b"d")
    assert run("clean", "--unit", "file", "one", "two", "-", stdin=b"e\nf").out == (
        "a  b  c\nd\ne f\n"
    )
    result = run("clean", "--unit", "file", "--clean", "whitespace", "one", "two")
    assert result.out == "a b c\nd\n"
    result = run("clean", "--unit", "file", "--min-words", "2", "one", "two")
    assert result.out == "a  b  c\n"


# ---- filters


@pytest.mark.parametrize(
    ("options", "out"),
    [
        ([], "One line\nanother  one\n\none line\nOne line\n\n"),
        (["--min-words", "1"], "One line\nanother  one\none line\nOne line\n"),
        (["--min-chars", "9"], "another  one\n"),
        (["--max-chars", "8", "--max-words", "1"], "\n\n"),
        (["--duplicates", "exact"], "One line\nanother  one\n\none line\n\n"),
        (["--duplicates", "exact", "--lowercase"], "one line\nanother  one\n\n\n"),
        (["--duplicates", "near"], "One line\nanother  one\n\n\n"),
        (["--duplicates", "near", "--near-threshold", "1", "--min-words", "1"],
         "One line\nanother  one\n"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_filters_see_the_cleaned_lines(run: Run, options: list[str], out: str):
    assert run("clean", *options, stdin=TWICE) == (0, out, "")
    assert run("clean", *options, "--report", stdin=TWICE).out == out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--duplicates", "some"], "--duplicates is 'some'; it can be keep, exact, near"),
        (["--near-threshold", "2"], "--near-threshold is 2.0; the most that works is 1"),
        (["--min-words", "-1"], "--min-words is -1; the least that works is 0"),
        (["--max-chars", "many"], "'many' is not a whole number"),
        (["--clean", "nfc,lowercsae"], "--clean: no cleaning step 'lowercsae'; did you mean 'low"),
        (["--unit", "page"], "--unit is 'page'; it can be line, file"),
        (["--samples", "-1"], "the least that works is 0"),
        (["--diff", "--out", "new"], "it leaves nothing for --out"),
        (["--out", "new", "--report-json", "./new"], "name the same file"),
        (["--report-json", "-"], "would stand in the text"),
        (["--out", ""], "--out names no file"),
    ],
)
def test_wrong_uses(run: Run, options: list[str], message: str):
    result = run("clean", *options, stdin=b"a\n")
    assert (result.status, result.out) == (2, "")
    assert message in result.message
    assert list(Path().iterdir()) == []


# ---- --list


def test_list_names_all_steps(run: Run):
    result = run("clean", "--list")
    lines = result.out.removesuffix("\n").split("\n")
    assert (result.status, result.err) == (0, "")
    assert [line.split()[0] for line in lines] == list(STEPS)
    assert [line.split(None, 1)[1] for line in lines] == [step.help for step in STEPS.values()]
    result = run("clean", "--list", "--json")
    assert json.loads(result.out.split("\n")[0]) == {"name": "nfc", "help": STEPS["nfc"].help}


# ---- --report


def test_the_report_is_a_table_behind_the_text(run: Run):
    result = run(
        "clean", "--clean", "control,whitespace", "--lowercase", "--duplicates", "exact",
        "--min-words", "1", "--report", stdin=TWICE,
    )  # fmt: skip
    assert result.out == "one line\nanother one\n"
    assert result.err == (
        "step             changed  dropped  chars removed  chars added\n"
        "control                0                       0            0\n"
        "whitespace             1                       1            0\n"
        "lowercase              2                       2            2\n"
        "too few words                   2              0\n"
        "exact duplicate                 2             16\n"
        "6 lines in, 2 out, 2 of them changed\n"
    )


def test_the_report_as_json(run: Run):
    options = ["--duplicates", "near", "--lowercase", "--samples", "1"]
    result = run("clean", *options, "--report", "--json", stdin=TWICE)
    assert result.out == '"one line"\n"another  one"\n""\n""\n'
    assert result.err.count("\n") == 1
    found = json.loads(result.err)
    assert found["filters"]["duplicates"] == "near"
    assert (found["lines_in"], found["lines_out"], found["lines_changed"]) == (6, 4, 1)
    assert [step["name"] for step in found["steps"]] == ["nfc", "control", "lowercase"]
    assert [(drop["reason"], drop["lines"]) for drop in found["dropped"]] == [
        ("exact_duplicate", 2), ("near_duplicate", 0),
    ]  # fmt: skip
    assert found["samples"] == [
        {"line": 1, "before": "One line", "after": "one line", "by": ["lowercase"]}
    ]

    result = run("clean", *options, "--report-json", "made.json", stdin=TWICE)
    assert (result.out, result.err) == ("one line\nanother  one\n\n\n", "")
    assert json.loads(Path("made.json").read_text(encoding="utf-8")) == found
    assert "made.json exists already; --force" in run(
        "clean", *options, "--report-json", "made.json", stdin=TWICE
    ).message  # fmt: skip
    result = run("clean", *options, "--report-json", "-", "--out", "text", stdin=TWICE)
    assert json.loads(result.out) == found


# ---- --diff


def test_diff_shows_lines_before_and_after(run: Run):
    text = "same\na  b\ncafe\u0301\nsame\n".encode()
    options = ["--clean", "nfc,whitespace", "--duplicates", "exact", "--diff"]
    result = run("clean", *options, stdin=text)
    assert result.out == (
        "@@ line 2: whitespace @@\n"
        "- a ␣b\n"
        "+ a b\n"
        "@@ line 3: nfc @@\n"
        "- cafe\\u0301\n"
        "+ caf\\xe9\n"
        "@@ line 4: dropped, exact duplicate @@\n"
        "- same\n"
    )
    assert result.err == "3 of 2 changed and 1 dropped lines; 4 were read\n"
    result = run("clean", *options, "--samples", "1", "--quiet", stdin=text)
    assert result.out.count("@@ line") == 2
    assert result.err == ""
    result = run("clean", *options, "--json", stdin=text)
    assert [json.loads(line) for line in result.out.split("\n")[:3]] == [
        {"line": 2, "before": "a  b", "after": "a b", "by": ["whitespace"]},
        {"line": 3, "before": "cafe\u0301", "after": "café", "by": ["nfc"]},
        {"line": 4, "before": "same", "after": None, "by": ["exact_duplicate"]},
    ]
    result = run("clean", "--diff", "--report", stdin=b"a\n")
    assert result.out == ""
    assert result.err.startswith("0 of 0 changed and 0 dropped lines; 1 were read\nstep ")


@pytest.mark.parametrize(
    ("variable", "value", "colored"),
    [("TERM", "xterm", True), ("NO_COLOR", "1", False), ("TERM", "dumb", False)],
)
def test_diff_is_coloured_on_a_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, colored: bool
):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    out = run("clean", "--diff", "--lowercase", "--quiet", stdin=b"an Old thing\n").out
    assert ("\x1b[" in out) is colored
    assert ("an \x1b[1;31mO\x1b[0mld thing" in out) is colored


# ---- --out


@pytest.mark.parametrize("name", ["text.txt", "new/text.txt.gz"])
def test_text_goes_to_a_file(run: Run, name: str):
    result = run("clean", "--out", name, stdin=TWICE)
    assert result == (0, "", "")
    content = Path(name).read_bytes()
    assert (gzip.decompress(content) if name.endswith(".gz") else content) == TWICE
    assert f"{name} exists already; --force replaces it" in run(
        "clean", "--out", name, stdin=b"x\n"
    ).message  # fmt: skip
    assert Path(name).read_bytes() == content
    assert run("clean", "--out", name, "--force", "--lowercase", name).status == 0  # onto itself
    assert run("clean", name).out.encode() == TWICE.lower()
    assert len(list(Path(name).parent.iterdir())) == 1
    assert "is a folder" in run("clean", "--out", ".", "--force", stdin=b"x\n").message
    assert run("clean", "--out", "-", stdin=b"x\n").out == "x\n"


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), OSError(28, "No space left on device"), ValueError("damaged")]
)
def test_nothing_half_written_is_left(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException
):
    def some_units(*_: Any) -> Iterator[str]:
        yield "a"
        raise error

    Path("text").write_bytes(b"old\n")
    monkeypatch.setattr(corpus, "read_units_of", some_units)
    status = 130 if isinstance(error, KeyboardInterrupt) else 1
    assert run("clean", "--out", "text", "--force", stdin=b"a\n").status == status
    assert [path.name for path in Path().iterdir()] == ["text"]
    assert Path("text").read_bytes() == b"old\n"


def test_a_reader_may_leave(run: Run, monkeypatch: pytest.MonkeyPatch):
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Closed())
    result = run("clean", "--report", stdin=b"a\n" * 100)
    assert (result.status, result.err) == (0, "")


# ---- progress


def test_progress_on_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch):
    seen: list[tuple[float, float | None, str]] = []

    class Recorder(display.Meter):
        def update(self, done: float, total: float | None, details: str) -> None:
            seen.append((done, total, details))

    monkeypatch.setattr(clean_command, "Meter", Recorder)
    monkeypatch.setattr(clean_command, "is_terminal", lambda: True)
    monkeypatch.setattr(clean_command, "_LINES_A_LOOK", 2)
    Path("text").write_bytes(b"1\n2\n3\n")
    assert run("clean", "text").out == "1\n2\n3\n"
    assert [(done, total) for done, total, _ in seen] == [(6e-6, 6e-6)] * 2
    assert seen[1][2].startswith("2 lines  ")
    assert " MB/s" in seen[1][2]

    seen.clear()
    run("clean", stdin=b"1\n2\n3\n")  # of unknown length
    assert [total for _, total, _ in seen] == [None] * 2
    assert " lines/s" in seen[1][2]

    seen.clear()
    assert run("clean", "text", "--quiet").out == "1\n2\n3\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    run("clean", "text")
    assert seen == []
    run("clean", "text", "--diff")
    run("clean", "text", "--out", "cleaned")
    assert len(seen) == 4


def test_every_option_is_told(run: Run):
    text = run("clean", "--help").out
    for option in ("--report", "--report-json", "--diff", "--samples", "--list", "--out", "--unit"):
        assert f"{option} " in text
    assert "--tokenizer" not in text


def test_real_text_of_many_kinds(run: Run, data: Path):
    files = [data / "kowiki" / "kowiki-AA-00.txt.gz", data / "novels_en"]
    plain = run("clean", *files, "--duplicates", "exact", "--min-words", "1")
    told = run("clean", *files, "--duplicates", "exact", "--min-words", "1", "--report")
    assert plain.status == told.status == 0
    assert plain.out == told.out
    lines = plain.out.removesuffix("\n").split("\n")
    assert len(lines) == len(set(lines)) > 10_000
    assert f", {len(lines):,} out" in told.err
