"""Signals become an event while work is done that must end well."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from textseq.stopping import SIGNALS, Stop, Terminated, stopped_by_signals, terminating_raises

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
