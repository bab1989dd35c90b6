"""Stopping: the signals that ask a process to end, as an event that long work looks at.

In: SIGINT (Ctrl-C), SIGTERM (a scheduler, a shutdown), SIGHUP (a terminal that closes). Out: an
event. An exception could arise anywhere, between two tables of a checkpoint too; an event is seen
where it can be obeyed. Elsewhere a signal raises; Python drops that within a callback of C, so it
is remembered, and raised again before anything is replaced. Nothing is stopped here.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Stop(threading.Event):
    """Set when the process is asked to end; `signal` is the number of what asked first, or None.

    `told` is called with that number, once, within the signal's handler: it must not use what the
    interrupted code may be in the middle of, such as a buffered stream.
    """

    def __init__(self, told: Callable[[int], None] | None = None) -> None:
        super().__init__()
        self.signal: int | None = None
        self.told = told

    @property
    def status(self) -> int:
        """The exit status of a process that a signal has ended: 130 for SIGINT, 143 for SIGTERM."""
        return 128 + (self.signal or signal.SIGINT)


class Terminated(BaseException):
    """SIGTERM or SIGHUP where nobody waits for an event; like KeyboardInterrupt, no Exception."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.signal = number


class _Ask:
    """A handler that sets an event; asking again changes nothing."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop

    def __call__(self, number: int, _frame: object) -> None:
        if isinstance(self.stop, Stop) and self.stop.signal is None:
            self.stop.signal = number
            self.stop.set()
            if self.stop.told is not None:
                self.stop.told(number)
        self.stop.set()


@contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """While the block runs, a signal sets `stop` and does nothing else, however often it comes.

    What is ignored (SIGINT in the background, SIGHUP under nohup) stays so, and a handler of
    somebody else is left in its place. Outside the main thread nothing changes: signals do not
    arrive there. One that has raised before and was lost sets `stop` at once.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ask = _Ask(stop)
    if (number := _lost()) is not None:
        answered()
        ask(number, None)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    taken = {number: handler for number, handler in before.items() if _may_be_taken(handler)}
    for number in taken:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in taken.items():
            signal.signal(number, handler)


# ---- signals that raise

_raised: int | None = None  # the last signal that has raised, unless it was answered


@contextmanager
def terminating_raises() -> Iterator[None]:
    """While the block runs, SIGTERM and SIGHUP raise Terminated, where they would end the process.

    So what is half written is removed, as it is at KeyboardInterrupt. Each of the three is
    remembered: `raise_what_was_lost` raises again what Python had to drop, which is not shown.
    """
    global _raised
    taken: dict[int, Any] = {}
    before, _raised = _raised, None
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            handler = signal.getsignal(number)
            if handler in (signal.SIG_DFL, signal.default_int_handler):
                taken[number] = signal.signal(number, _raise)
    shown = sys.unraisablehook

    def show(dropped: Any) -> None:
        if _raised is None or not _is_of_a_signal(dropped.exc_value):
            shown(dropped)

    sys.unraisablehook = show
    try:
        yield
    finally:
        if sys.unraisablehook is show:
            sys.unraisablehook = shown
        for number, handler in taken.items():
            if signal.getsignal(number) is _raise:  # and not what a library has put there
                signal.signal(number, handler)
        _raised = before


def raise_what_was_lost() -> None:
    """Raise what a signal has raised, if that is on its way no more and nobody has answered it.

    For the moment before something is replaced, and wherever long work shows how far it is.
    """
    number = _lost()
    if number is not None:
        raise _error_of(number)


def _lost() -> int | None:
    here = threading.current_thread() is threading.main_thread()
    return _raised if here and not _is_of_a_signal(sys.exception()) else None


def answered() -> None:
    """The signal that has raised was obeyed: the work goes on."""
    global _raised
    _raised = None


def _raise(number: int, _frame: object) -> None:
    global _raised
    _raised = number
    raise _error_of(number)


def _error_of(number: int) -> BaseException:
    return KeyboardInterrupt() if number == signal.SIGINT else Terminated(number)


def _is_of_a_signal(error: BaseException | None) -> bool:
    return isinstance(error, KeyboardInterrupt | Terminated)


def _may_be_taken(handler: Any) -> bool:
    return isinstance(handler, _Ask) or handler in (
        signal.SIG_DFL,
        signal.default_int_handler,
        _raise,
    )
