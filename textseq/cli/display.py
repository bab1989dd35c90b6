"""Showing: tables and JSON on stdout, messages and progress on stderr.

In: plain values. Out: text. A terminal gets a moving bar (rich, which is loaded for that only),
anything else a line every few seconds. Tables are plain aligned columns, so that they can be
cut and sorted. It computes nothing but rates and widths.
"""

from __future__ import annotations

import json
import os
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import wraps
from types import TracebackType
from typing import Any, Self

from textseq.stopping import raise_what_was_lost
from textseq.text.notices import notices_to

SECONDS_A_LINE = 5.0


def data(line: str) -> None:
    """One line of data, on stdout."""
    sys.stdout.write(line + "\n")


def json_line(value: Any) -> None:
    """One value as one line of JSON, on stdout."""
    data(json.dumps(value, ensure_ascii=False, allow_nan=False))


def say(message: str) -> None:
    """One line for the person, on stderr; where nobody can read it, it is lost and nothing else."""
    with suppress(OSError):  # a terminal that was closed, a pipe that nobody reads any more
        print(message, file=sys.stderr, flush=True)


def say_at_once(message: str) -> None:
    """The same from a signal's handler, which must not touch what may be in use."""
    line = f"{message}\n".encode(errors="backslashreplace")
    try:
        descriptor = sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):  # a stream without a file
        say(message)
        return
    with suppress(OSError):
        os.write(descriptor, line)


def hushed(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose --quiet keeps the notices of the library from stderr, too."""

    @wraps(command)
    def run(*given: Any, quiet: bool = False, **named: Any) -> None:
        with notices_to(_nobody if quiet else None):
            command(*given, quiet=quiet, **named)

    return run


def _nobody(message: str) -> None:
    """Who hears what is not to be said."""


def many(n: int, noun: str) -> str:
    """A number of things: 1 line, 2,000 lines."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def table(rows: Iterable[Sequence[str]], *, left: int = 1, indent: str = "") -> None:
    """Aligned columns, on stdout: the first `left` to the left, the others to the right."""
    rows = list(rows)
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell + " " * (w - width(cell)) if place < left else " " * (w - width(cell)) + cell
            for place, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        data((indent + "  ".join(cells)).rstrip())


def width(text: str) -> int:
    """Columns of a terminal that a text takes: Hangul and Han take two, marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def duration(seconds: float) -> str:
    """Seconds as people write them: 0.8 s, 12 s, 3:05, 1:02:03."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def is_terminal() -> bool:
    """Whether stderr is a terminal that can redraw a line."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


class Meter:
    """The progress of one long job, for `with`; `update` may come from any thread."""

    def __init__(self, task: str, *, quiet: bool = False) -> None:
        self.task = task
        self._quiet = quiet
        self._start = self._last = 0.0
        self._bar: Any = None
        self._row: Any = None

    def __enter__(self) -> Self:
        self._start = time.monotonic()
        self._last = self._start - SECONDS_A_LINE + 1  # the first line after a second
        if not self._quiet and is_terminal():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                TaskProgressColumn(),
                TextColumn("{task.fields[details]}", markup=False),
                console=Console(stderr=True, highlight=False),
                transient=True,
                redirect_stdout=False,
            )
            self._bar.__enter__()
            self._row = self._bar.add_task(self.task, total=None, details="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            with suppress(OSError):
                self._bar.__exit__(kind, error, trace)

    @property
    def seconds(self) -> float:
        """Since the job began."""
        return time.monotonic() - self._start

    def update(self, done: float, total: float | None, details: str) -> None:
        """Show how far it is; `total` None where the end is not known."""
        raise_what_was_lost()
        if self._bar is not None:
            with suppress(OSError):
                self._bar.update(self._row, completed=done, total=total, details=details)
            return
        now = time.monotonic()
        if self._quiet or now - self._last < SECONDS_A_LINE:
            return
        self._last = now
        share = f" {min(1.0, done / total):4.0%}" if total else ""
        say(f"{self.task}{share}  {details}")


def rate_line(done: float, total: float | None, seconds: float, unit: str) -> str:
    """The rate of a job, and how long it still takes."""
    rate = done / seconds if seconds > 0 else 0.0
    left = f"  {duration((total - done) / rate)} left" if total and rate and total > done else ""
    return f"{rate:,.0f} {unit}/s{left}"


@contextmanager
def moving_bytes(task: str, *, quiet: bool = False) -> Iterator[Callable[[int, int | None], None]]:
    """A function that shows how many bytes were read or written, of how many if that is known.

    What takes less than a second shows nothing, and no rich is loaded for it.
    """
    start = time.monotonic()
    shown: list[Meter] = []
    with ExitStack() as stack:

        def progress(done: int, total: int | None) -> None:
            raise_what_was_lost()
            seconds = time.monotonic() - start
            if quiet or seconds < 1:
                return
            if not shown:
                shown.append(stack.enter_context(Meter(task)))
            known = None if total is None else total / 1e6
            of = "" if known is None else f" of {known:,.1f}"
            speed = rate_line(done / 1e6, known, seconds, "MB")
            shown[0].update(done, total, f"{done / 1e6:,.1f}{of} MB  {speed}")

        yield progress
