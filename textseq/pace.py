"""Pace: when work beside the real one, such as writing a checkpoint, is due again.

In: how many seconds should lie between, and how long it takes each time. Out: whether it is due.
It runs nothing by itself.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

_LEAST = 50  # so many times as long as it took it is left alone: it costs 2 % at most


class Pace:
    """Due every so many `seconds`, but for what it costs; 0: never."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._rest(0.0)

    def _rest(self, cost: float) -> None:
        wait = max(self._seconds, _LEAST * cost) if self._seconds else math.inf
        self.due = time.monotonic() + wait

    @property
    def is_due(self) -> bool:
        """Whether it is time again."""
        return time.monotonic() >= self.due

    def spend(self, work: Callable[[], object]) -> None:
        """Do it now; then it rests for a time against which its cost is small."""
        start = time.monotonic()
        work()
        self._rest(time.monotonic() - start)
