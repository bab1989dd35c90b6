"""Signals become an event while work is done that must end well."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from textseq.artifact import new_folder, replaced
from textseq.cli.app import main
from textseq.stopping import (
    SIGNALS,
    Stop,
    Terminated,
    answered,
    raise_what_was_lost,
    stopped_by_signals,
    terminating_raises,
)
from textseq.text.vocab import Vocab
from textseq.vectors.files import transforms
from textseq.vectors.word_vectors import WordVectors

pytestmark = pytest.mark.usefixtures("usual_signals")


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_sets_the_event_however_often_it_comes(number: int) -> None:
    stop, before = Stop(), signal.getsignal(number)
    with stopped_by_signals(stop):
        for other in (number, *SIGNALS):
            os.kill(os.getpid(), other)
    assert stop.is_set()
    assert stop.signal == number
    assert signal.getsignal(number) is before


def test_the_innermost_event_is_set() -> None:
    outer, inner = Stop(), threading.Event()
    with stopped_by_signals(outer):
        with stopped_by_signals(inner):
            os.kill(os.getpid(), signal.SIGTERM)
        assert inner.is_set()
        assert not outer.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
    assert outer.signal == signal.SIGTERM


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda number, frame: None])
def test_what_is_ignored_or_anothers_is_left(handler: object) -> None:
    before = signal.signal(signal.SIGINT, handler)  # type: ignore[arg-type]
    try:
        stop = Stop()
        with stopped_by_signals(stop):
            assert signal.getsignal(signal.SIGINT) is handler
            os.kill(os.getpid(), signal.SIGINT)
        assert not stop.is_set()
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_change_no_handler() -> None:
    seen: list[object] = []

    def work() -> None:
        with stopped_by_signals(Stop()):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]


def test_elsewhere_a_termination_is_raised() -> None:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    with terminating_raises():
        with pytest.raises(Terminated, match="SIGTERM") as raised:
            os.kill(os.getpid(), signal.SIGTERM)
        assert raised.value.signal == signal.SIGTERM
        with stopped_by_signals(stop := Stop()):
            os.kill(os.getpid(), signal.SIGTERM)
        assert stop.signal == signal.SIGTERM
    assert {number: signal.getsignal(number) for number in SIGNALS} == before


@pytest.mark.parametrize(("number", "status"), [(2, 130), (15, 143), (1, 129)])
def test_the_first_signal_is_told_at_once_and_is_the_status(number: int, status: int) -> None:
    told: list[int] = []
    with stopped_by_signals(stop := Stop(told.append)):
        for other in (number, signal.SIGTERM, signal.SIGINT):
            os.kill(os.getpid(), other)
    assert told == [number]
    assert stop.status == status


def test_an_end_that_no_signal_asked_for_is_that_of_ctrl_c() -> None:
    (stop := Stop()).set()
    assert (stop.signal, stop.status) == (None, 130)


# ---- what is raised within a callback of C, as numba's are while it loads what it compiled


def lose(number: int) -> None:
    """A signal that comes where Python drops what its handler raises."""
    ctypes.CFUNCTYPE(None)(lambda: os.kill(os.getpid(), number))()


def raised_by(work: Callable[[], object]) -> int:
    """The signal whose error this raises."""
    with pytest.raises((KeyboardInterrupt, Terminated)) as raised:
        work()
    return getattr(raised.value, "signal", signal.SIGINT)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_that_was_lost_is_raised_before_anything_is_replaced(
    number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = tmp_path / "file", tmp_path / "folder"
    file.write_text("old")
    with new_folder(folder) as fresh:
        (fresh / "config.json").write_text("old")

    def replace_file() -> None:
        with replaced(file) as new:
            new.write_text("new")

    def replace_folder() -> None:
        with new_folder(folder, overwrite=True) as fresh:
            (fresh / "config.json").write_text("new")

    with terminating_raises():
        raise_what_was_lost()  # nothing yet
        lose(number)
        for work in (raise_what_was_lost, replace_file, replace_folder):
            assert raised_by(work) == number
        with stopped_by_signals(stop := Stop()):
            assert stop.signal == number
            replace_file()  # such as a checkpoint
        lose(number)
        answered()
        replace_file()
    assert (file.read_text(), (folder / "config.json").read_text()) == ("new", "old")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
    assert capsys.readouterr().err == ""
    raise_what_was_lost()  # the next command line begins anew


def test_what_is_on_its_way_may_write_what_it_leaves(tmp_path: Path) -> None:
    def prompt() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            with replaced(tmp_path / "history") as new:
                new.write_text("kept")

    with terminating_raises():
        assert raised_by(prompt) == signal.SIGTERM
    assert (tmp_path / "history").read_text() == "kept"


@pytest.mark.parametrize(("number", "status"), [(2, 130), (15, 143)])
@pytest.mark.parametrize("name", ["vectors.txt", "folder"])
def test_a_command_ends_by_a_signal_that_was_lost(
    number: int, status: int, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    source, target = tmp_path / "source", tmp_path / name
    words = Vocab(["king", "queen"], np.array([2, 1]), specials=())
    WordVectors(words, np.eye(2, dtype=np.float32)).save(source)
    to = "glove" if name == "vectors.txt" else "textseq"
    line = ["convert", str(source), str(target), "--to", to, "--force", "--quiet"]
    assert main(line) == 0

    def contents() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in (target, *target.rglob("*"))}

    before = contents()
    changed = transforms.changed

    def lost(*given: object) -> WordVectors:
        lose(number)
        return changed(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(transforms, "changed", lost)
    monkeypatch.setattr("textseq.vectors.files.formats.changed", lost)
    assert main(line) == status
    assert contents() == before
    said = capsys.readouterr().err
    assert said == ("textseq: stopped\n" if number == 2 else "textseq: stopped by SIGTERM\n")
