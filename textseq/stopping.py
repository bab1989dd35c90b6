"""Stopping: the signals that ask a process to end, as an event that long work looks at.

In: SIGINT (Ctrl-C), SIGTERM (a scheduler, a shutdown), SIGHUP (a terminal that closes). Out: an
event. An exception could arise anywhere, between two tables of a checkpoint too; an event is seen
where it can be obeyed. Nothing is stopped here.
"""

from __future__ import annotations

import signal
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
    arrive there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ask = _Ask(stop)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    taken = {number: handler for number, handler in before.items() if _may_be_taken(handler)}
    for number in taken:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in taken.items():
            signal.signal(number, handler)


@contextmanager
def terminating_raises() -> Iterator[None]:
    """While the block runs, SIGTERM and SIGHUP raise Terminated, where they would end the process.

    So what is half written is removed, as it is at KeyboardInterrupt.
    """
    taken = []
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if number != signal.SIGINT and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _raise)
                taken.append(number)
    try:
        yield
    finally:
        for number in taken:
            if signal.getsignal(number) is _raise:  # and not what a library has put there
                signal.signal(number, signal.SIG_DFL)


def _raise(number: int, _frame: object) -> None:
    raise Terminated(number)


def _may_be_taken(handler: Any) -> bool:
    return isinstance(handler, _Ask) or handler in (
        signal.SIG_DFL,
        signal.default_int_handler,
        _raise,
    )
