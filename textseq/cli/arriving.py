"""arriving: the items of an iterator in parts, each of what is there already.

In: items that somebody is still writing, such as the lines of an open pipe. Out: lists of them, so
that whoever answers a list before taking the next keeps nobody waiting, and still answers many
together where many are waiting. The items are taken by a thread of their own.
"""

from __future__ import annotations

import contextvars
import os
import stat
import sys
from collections.abc import Iterator
from queue import Empty, Queue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")
_END = object()


class _Failed:
    """What the items have ended in."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def is_open_pipe() -> bool:
    """Whether standard input may have more to say later: a pipe or a socket, no file."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):  # closed, or made of memory
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def arriving(items: Iterator[T], at_once: int) -> Iterator[list[T]]:
    """Lists of 1 to `at_once` items, in order; an error of the items is raised behind them."""
    waiting: Queue[object] = Queue(maxsize=at_once)

    def take() -> None:
        try:
            for item in items:
                waiting.put(item)
        except BaseException as error:
            waiting.put(_Failed(error))
        waiting.put(_END)

    # With the context of the caller, in which notices are heard.
    Thread(target=contextvars.copy_context().run, args=(take,), daemon=True).start()
    while (item := waiting.get()) is not _END:
        part: list[T] = []
        while item is not _END and not isinstance(item, _Failed):
            part.append(item)  # type: ignore[arg-type] # what the iterator gave
            if len(part) == at_once:
                break
            try:
                item = waiting.get_nowait()
            except Empty:
                break
        if part:
            yield part
        if isinstance(item, _Failed):
            raise item.error
        if item is _END:
            return
