from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.cli import clean_command, display
from textseq.cli.app import COMMANDS
from textseq.config import FilterConfig, TextConfig
from textseq.text.cleaning.report import clean_lines
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


def test_a_file_keeps_its_lines(run: Run):
    Path("one").write_bytes(b"a\n b\r\n\nc\n")
    Path("two").write_bytes(b"d")
    assert run("clean", "--unit", "file", "one", "two", "-", stdin=b"e\nf").out == (
        "a\n b\n\nc\nd\ne\nf\n"
    )
    result = run("clean", "--unit", "file", "--clean", "whitespace", "one", "two")
    assert result.out == "a b c\nd\n"  # the step that makes one line of it
    result = run("clean", "--unit", "file", "--min-words", "2", "one", "two")
    assert result.out == "a\n b\n\nc\n"
    result = run("clean", "--unit", "file", "--json", "one", "two")
    assert result.out == '"a\\n b\\n\\nc"\n"d"\n'


PAGE = """<p>One <b
 class="x">bold</b> word.
<!-- no
text -->
<p>Two</p>
"""


@pytest.mark.parametrize("source", ["file", "stdin", "report"])
def test_markup_over_lines_is_parsed_in_whole_files(run: Run, source: str):
    Path("page").write_text(PAGE)
    given = ["-"] if source == "stdin" else ["page"]
    more = ["--report"] if source == "report" else []
    arguments = ["clean", "--clean", "html", *given, *more]
    whole = run(*arguments, "--unit", "file", stdin=PAGE.encode())
    assert whole.out == "One bold word.\n\nTwo\n"
    assert "markup" not in whole.err
    by_line = run(*arguments, stdin=PAGE.encode())
    assert "markup runs over several lines" in by_line.err
    assert "--unit file" in by_line.err


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
    assert [step["name"] for step in found["steps"]] == [
        "nfc", "control", "invisible", "lowercase",
    ]  # fmt: skip
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
            if not self._quiet:
                seen.append((done, total, details))

    monkeypatch.setattr(clean_command, "Meter", Recorder)
    monkeypatch.setattr("textseq.cli.reading.Meter", Recorder)
    monkeypatch.setattr(clean_command, "is_terminal", lambda: True)
    monkeypatch.setattr(clean_command, "_LINES_A_LOOK", 2)
    monkeypatch.setattr(clean_command, "_BLOCK_BYTES", 4)
    Path("text").write_bytes(b"1\n2\n3\n")
    assert run("clean", "text").out == "1\n2\n3\n"
    assert [(done, total) for done, total, _ in seen] == [(4, 4), (6, 6)]  # read, of all bytes
    assert " MB/s" in seen[1][2]

    seen.clear()
    run("clean", stdin=b"1\n2\n3\n")  # of unknown length
    assert [total for _, total, _ in seen] == [None] * 2
    assert seen[1][2].startswith("2 lines  ")
    assert " lines/s" in seen[1][2]

    seen.clear()
    assert run("clean", "text", "--quiet").out == "1\n2\n3\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    run("clean", "text")
    assert seen == []
    run("clean", "text", "--diff")
    assert [(done, total) for done, total, _ in seen] == [(6e-6, 6e-6)] * 2
    run("clean", "text", "--out", "cleaned")
    assert len(seen) == 4


# ---- files, in blocks

SIGNS = "aé 한ﬁ\u0301\u0085\u2028\u3000\t\v\r\n\0\ufeff"
SNIPPETS = ["\r\n", "\r\r\n", "&#13;", "&#10;", "<p>", "&lt;", "{{", "}}", "[[", "''", "Ã©"]
awkward = st.sampled_from([*SIGNS, *SNIPPETS, "http://a.b ", "👩\u200d🚀"])
contents = st.lists(awkward, max_size=30).map("".join)


@given(
    texts=st.lists(contents, min_size=1, max_size=3),
    steps=st.lists(st.sampled_from(list(STEPS)), max_size=4),
    unit=st.sampled_from(["line", "file"]),
    filters=st.builds(
        FilterConfig, min_words=st.integers(0, 2), duplicates=st.sampled_from(["keep", "exact"])
    ),
    block_bytes=st.integers(1, 40),
)
@settings(max_examples=300, derandomize=True, deadline=None)
@pytest.mark.filterwarnings("ignore::textseq.text.notices.TextNotice")
def test_files_give_what_their_lines_give(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[str], steps: list[str], unit: Any, filters: FilterConfig, block_bytes: int,
):  # fmt: skip
    folder = tmp_path_factory.mktemp("texts")
    for number, text in enumerate(texts):
        (folder / f"{number}").write_bytes(text.encode())
    config = TextConfig(clean=tuple(steps), unit=unit)
    sources = corpus.find_sources(folder)
    lines = clean_lines(corpus.read_units_of(sources, config), steps, filters, keep_lines=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clean_command, "_BLOCK_BYTES", block_bytes)
        pieces = clean_command._cleaned_files(sources, config, filters, 1, show=False)
        assert "".join(pieces) == "".join(f"{line}\n" for line in lines)


def test_several_processes_and_shards_give_the_same(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("textseq.text.scan.line_stage.ALONE_SECONDS", 0.0)
    monkeypatch.setattr("textseq.text.scan.line_stage._PIECE_BYTES", 256)
    content = "".join(f"<p>line {number} 한</p>\r\n\n" for number in range(300)).encode()
    Path("one").write_bytes(content)
    Path("two").write_bytes(content[:-20] + b"<i>last")
    options = ["--clean", "html,whitespace", "--duplicates", "exact", "--threads", "3"]
    expected = run("clean", *options, stdin=content + content[:-20] + b"<i>last").out
    assert expected.startswith("line 0 한\n\nline 1 한\n")
    assert run("clean", *options, "one", "two") == (0, expected, "")
    assert run("clean", *options, "--out", "new.gz", "one", "two").status == 0
    assert gzip.decompress(Path("new.gz").read_bytes()).decode() == expected
    options = ["--clean", "html,whitespace", "one", "two"]
    parts = [run("clean", *options, "--shard", f"{part}/5").out for part in range(1, 6)]
    assert "".join(parts) == run("clean", *options).out
    assert max(map(len, parts)) < 0.3 * len("".join(parts))
    told = run("clean", *options, "--shard", "2/5", "--report")
    assert told.out == parts[1]
    assert "has no size" in run("clean", "--shard", "1/2", stdin=content).message


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_leaves_no_process_and_no_traceback(run: Run):
    Path("text").write_bytes(b"<p>one</p> & <b>another</b>\n" * 1_000_000)
    program = (
        "import sys; from textseq.cli.app import main; from textseq.text.scan import line_stage;"
        "line_stage.ALONE_SECONDS = 0; sys.exit(main(['clean', '--clean', 'html', 'text']))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    n_bytes = 0
    while n_bytes < 1 << 19:  # the second piece comes from another process
        n_bytes += len(child.stdout.read(1 << 16))
    os.killpg(child.pid, signal.SIGINT)  # as a terminal does
    _, err = child.communicate(timeout=60)  # also ends only when all that hold the pipe are gone
    assert (child.returncode, err) == (130, b"textseq: stopped\n")


def test_every_option_is_told(run: Run):
    text = run("clean", "--help-all").out
    for option in ("--report", "--report-json", "--diff", "--samples", "--list", "--out", "--unit"):
        assert f"{option} " in text
    assert "--tokenizer" not in text


@pytest.mark.slow
def test_real_text_of_many_kinds(run: Run, data: Path):
    files = [data / "kowiki" / "kowiki-AA-00.txt.gz", data / "novels_en"]
    plain = run("clean", *files, "--duplicates", "exact", "--min-words", "1")
    told = run("clean", *files, "--duplicates", "exact", "--min-words", "1", "--report")
    assert plain.status == told.status == 0
    assert plain.out == told.out
    lines = plain.out.removesuffix("\n").split("\n")
    assert len(lines) == len(set(lines)) > 10_000
    assert f", {len(lines):,} out" in told.err
