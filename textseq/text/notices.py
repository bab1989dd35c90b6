"""Notices: what a person should hear of a text that is read all the same.

In: a sentence. Out: a warning of the kind `TextNotice`, which Python shows once, and the command
line as one line unless it is to be quiet; or a call of the `notify` that was given to a public
function. What cannot be read at all is an error, where it is read.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Notify = Callable[[str], None]  # takes a notice, which is one line

_listener: ContextVar[Notify | None] = ContextVar("listener", default=None)


class TextNotice(UserWarning):
    """Text was read, though perhaps not as it was meant."""


def notify(message: str) -> None:
    """Give notice, in one line, to whoever asked for the text."""
    listener = _listener.get()
    if listener is None:
        warnings.warn(message, TextNotice, stacklevel=2)
    else:
        listener(message)


@contextmanager
def notices_to(listener: Notify | None) -> Iterator[None]:
    """Within the block notices go to the listener; None: to where they went before."""
    if listener is None:
        yield
        return
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def notifying(function: Callable[P, T]) -> Callable[P, T]:
    """A function whose keyword `notify` gets the notices that are given while it runs."""

    @wraps(function)
    def heard(*given: P.args, **named: P.kwargs) -> T:
        with notices_to(named.get("notify")):  # type: ignore[arg-type]
            return function(*given, **named)

    return heard
