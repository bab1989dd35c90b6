"""LineStage: cut anywhere, by one process or several, it gives what a loop over lines gives."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import FilterConfig, TextConfig
from textseq.text.cleaning.steps import clean
from textseq.text.scan import line_stage
from textseq.text.scan.line_stage import LineStage
from textseq.text.scan.workers import CleaningWorkers

HTML = TextConfig(clean=("nfc", "html", "control"), lowercase=True)


def cut(text: str, size: int) -> Iterator[bytes]:
    data = text.encode()
    return (data[start : start + size] for start in range(0, len(data), size))


def staged(text: str, stage: LineStage, processes: int = 1) -> str:
    # Blocks end between words; here they also end within lines.
    blocks = [piece + b" " for piece in text.encode().split(b" ")]
    blocks[-1] = blocks[-1][:-1]
    return b"".join(stage.run(blocks, processes)).decode()


def test_steps_are_done_up_to_the_last_that_needs_the_line():
    stage = LineStage(HTML)
    assert stage.steps == ("nfc", "html")
    assert stage.rest.steps == ("control", "lowercase")
    assert not stage.is_idle
    plain = LineStage(TextConfig(lowercase=True))
    assert plain.is_idle
    assert plain.rest.steps == ("nfc", "control", "invisible", "lowercase")
    assert LineStage(HTML, FilterConfig(min_words=1)).steps == HTML.steps
    assert LineStage(HTML, FilterConfig()).rest.steps == ("control", "lowercase")
    with pytest.raises(ValueError, match="no cleaning step 'htm'; did you mean 'html'"):
        LineStage(TextConfig(clean=("htm",)))


lines_of = st.lists(st.text(st.sampled_from("aé <b>/&;\r"), max_size=12), min_size=1, max_size=8)


@given(lines=lines_of, pieces=st.integers(1, 40))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_wherever_blocks_are_cut(lines: list[str], pieces: int):
    text = "\n".join(lines) + "\n"
    # One "\r" at the end of a line belongs to the line end.
    bare = [line.removesuffix("\r") for line in lines]
    expected = [clean(line, ["nfc", "html"]) for line in bare]
    size = max(1, len(text.encode()) // pieces)
    found = b"".join(LineStage(HTML).run(cut(text, size))).decode()
    assert [line.removesuffix("\r") for line in found.split("\n")] == [*expected, ""]


def test_a_carriage_return_that_a_step_leaves_at_the_end_is_kept():
    # "&#13;" is one, and the reader takes one away: the block has two.
    for steps, line, cleaned in (
        (("html",), "a\rb&#13;", "a b\r"),
        (("control",), "a\r\x00", "a\r"),
        (("control",), "\x00a\r\r", "a\r"),
    ):
        assert clean(line.removesuffix("\r"), steps) == cleaned
        for unit in ("line", "file"):
            stage = LineStage(TextConfig(clean=steps, unit=unit), whole=True)
            assert b"".join(stage.run([f"{line}\n".encode()])).decode() == cleaned + "\r\n"


def test_small_pieces_give_the_same(monkeypatch: pytest.MonkeyPatch):
    text = "".join(f"<p>line {number}</p> &lt; é\n" for number in range(300))
    whole = staged(text, LineStage(HTML))
    monkeypatch.setattr(line_stage, "_PIECE_BYTES", 64)
    assert staged(text, LineStage(HTML)) == whole
    assert whole.startswith("line 0 < é\nline 1 < é\n")


@pytest.mark.parametrize("unit", ["line", "file"])
def test_several_processes_give_the_same_in_order(unit: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(line_stage, "ALONE_SECONDS", 0.0)
    monkeypatch.setattr(line_stage, "_PIECE_BYTES", 64)
    config = HTML.replace(unit=unit)
    blocks = [f"<i>한 {number}</i>\n&amp; {number}\n".encode() for number in range(200)]
    alone = b"".join(LineStage(config).run(blocks, 1))
    assert b"".join(LineStage(config).run(iter(blocks), 3)) == alone
    between = b"\n" if unit == "line" else b" "
    assert alone.startswith(b"\xed\x95\x9c 0" + between + b"& 0\n")


def test_a_process_that_dies_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(line_stage, "ALONE_SECONDS", 0.0)
    monkeypatch.setattr(line_stage, "_PIECE_BYTES", 16)
    monkeypatch.setattr("textseq.text.scan.workers._PROGRAM", "raise SystemExit(3)")
    blocks = [b"<b>text</b> and more of it\n"] * 100
    with pytest.raises(RuntimeError, match="a cleaning process ended early \\(status 3\\)"):
        list(LineStage(HTML).run(blocks, 2))


def test_processes_import_as_this_one_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(line_stage, "ALONE_SECONDS", 0.0)
    monkeypatch.setattr(line_stage, "_PIECE_BYTES", 16)
    # Whatever lies in the folder of the user, or in the folder of the package.
    (tmp_path / "json.py").write_text("raise SystemExit(4)\n")
    monkeypatch.chdir(tmp_path)
    blocks = [b"<b>text</b> and more of it\n"] * 20
    assert b"".join(LineStage(HTML).run(blocks, 2)) == b"text and more of it\n" * 20
    with CleaningWorkers(["html"], 1, by_file=False) as workers:
        process = workers._processes[0]
        assert os.getpgid(process.pid) != os.getpgrp()  # out of reach of Ctrl-C
        assert json.loads(process.args[-2]) == sys.path  # type: ignore[index,arg-type]
    assert process.poll() is not None


def test_a_reader_that_stops_early_leaves_no_process(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(line_stage, "ALONE_SECONDS", 0.0)
    blocks = (b"<b>text</b>\n" * 200_000 for _ in range(50))
    stage = LineStage(HTML).run(blocks, 2)
    assert next(stage).startswith(b"text\n")
    assert next(stage).startswith(b"text\n")
    stage.close()  # returns: the processes are gone


def test_filters_see_clean_lines_and_count_what_they_drop():
    config = HTML.replace(lowercase=True)
    filters = FilterConfig(min_words=2, duplicates="exact")
    stage = LineStage(config, filters)
    text = "<b>A  b</b>\r\na\nA b c\n<i>a</i> b  c\r\na b c\n\n"
    assert staged(text, stage) == "a  b\na b c\na b  c\n"
    assert stage.dropped == {"too_few_words": 2, "exact_duplicate": 1}
    assert LineStage(config).dropped == {}


def test_a_file_is_one_line():
    stage = LineStage(TextConfig(clean=("html",), unit="file"))
    blocks = [b"<script>\nlet x;\n</script>\r\nsome\ntext\n", b"\n", b"more\r\n"]
    # What is dropped between lines may leave white space, which is one thing to `split`.
    cleaned = b"".join(stage.run(blocks)).decode().split("\n")
    assert [line.split() for line in cleaned] == [["some", "text"], [], ["more"], []]
