from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from textseq.cli import display


def test_progress_is_plain_lines_away_from_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(display, "SECONDS_A_LINE", 1.0)
    clock = iter(range(100))  # a second goes by at each look
    monkeypatch.setattr(display.time, "monotonic", lambda: float(next(clock)))
    with display.Meter("train") as meter:
        meter.update(1, 4, "epoch 1/5")
        meter.update(5, None, "5 MB")
    with display.Meter("train", quiet=True) as meter:
        meter.update(1, 4, "epoch 1/5")
    assert capsys.readouterr() == ("", "train  25%  epoch 1/5\ntrain  5 MB\n")


def test_bytes_that_move_are_shown_after_a_second(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(display, "SECONDS_A_LINE", 0.5)
    clock = iter(range(100))
    monkeypatch.setattr(display.time, "monotonic", lambda: float(next(clock)) / 2)
    with display.moving_bytes("v.txt") as progress:
        progress(1_000_000, 8_000_000)  # half a second
        assert capsys.readouterr() == ("", "")
        progress(2_000_000, 8_000_000)
        progress(4_000_000, 8_000_000)
        progress(4_500_000, None)
    with display.moving_bytes("v.txt", quiet=True) as progress:
        for done in range(9):
            progress(done, 9)
    first, last = capsys.readouterr().err.splitlines()
    assert first == "v.txt  50%  4.0 of 8.0 MB  2 MB/s  2.5 s left"
    assert last.startswith("v.txt  4.5 MB  1 MB/s")


@pytest.mark.parametrize("no_color", [False, True])
def test_progress_is_a_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, no_color: bool
):
    monkeypatch.setattr(display, "is_terminal", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich's word for "this is a terminal"
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    with display.Meter("train") as meter:
        meter.update(1, 4, "epoch 1/5 [x]")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "epoch 1/5 [x]" in captured.err
    assert ("\x1b[38;5;" in captured.err) is not no_color


def test_duration_rate_and_width():
    assert [display.duration(s) for s in (0.84, 12.3, 185, 3723)] == [
        "0.8 s", "12 s", "3:05", "1:02:03",
    ]  # fmt: skip
    assert display.rate_line(100, 400, 2.0, "words") == "50 words/s  6.0 s left"
    assert display.rate_line(0, None, 0.0, "MB") == "0 MB/s"
    assert [display.width(text) for text in ("ab", "서울", "e\u0301")] == [2, 4, 1]


def test_numbers_of_things():
    assert [display.many(n, "line") for n in (0, 1, 2, 2000)] == [
        "0 lines", "1 line", "2 lines", "2,000 lines",
    ]  # fmt: skip


class Closed(io.StringIO):
    """A terminal that is gone."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


def test_where_nobody_can_read_a_message_is_lost_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(sys, "stderr", Closed())
    display.say("anything")
    display.say_at_once("anything")
    with display.Meter("task") as meter:
        meter._last = -100.0
        meter.update(1, 2, "details")


def test_a_message_at_once_goes_past_the_buffer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with (tmp_path / "err").open("w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        stream.write("half a line")
        display.say_at_once("stopping \udcff")
        assert (tmp_path / "err").read_text() == "stopping \\udcff\n"
