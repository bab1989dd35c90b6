"""What an option says of the machine: its device, its threads, the longest line it can hold.

In: options and the environment. Out: numbers. Nothing here starts a thread or asks a GPU.
"""

from __future__ import annotations

import os
from typing import Literal

Device = Literal["auto", "cpu", "cuda"]


def thread_count(threads: int) -> int:
    """How many threads the option `threads` means: 0 is every CPU that this process may use."""
    if threads:
        return threads
    if hasattr(os, "sched_getaffinity"):  # not all that there are, in a container
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


LONGEST_LINE = "TEXTSEQ_LONGEST_LINE"  # a variable, not an option: it is about the machine


def longest_line() -> int:
    """The most bytes of a line that are held in memory where it is needed whole: 256 MB, or as
    many MB as TEXTSEQ_LONGEST_LINE says; ValueError where that is no number."""
    given = os.environ.get(LONGEST_LINE, "256")
    if not (given.isascii() and given.isdigit() and int(given)):
        raise ValueError(f"{LONGEST_LINE} is {given!r}; it takes a whole number of MB, 1 or more")
    return int(given) * 1_000_000
