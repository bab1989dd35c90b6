"""Keywords: names that a function does not know are refused, with the known one that is near.

In: names that were given, and those that are known. Out: a TypeError, or the end of a message.
Python itself does not look at the names behind `**options: Unpack[...]`; type checkers do.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_FEW = 12  # names that a message can list beside the near one


def near_name(name: object, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the near one, and the known ones if few."""
    names = list(known)
    near = difflib.get_close_matches(str(name).lower(), names, n=1)
    if near and len(names) > _FEW:
        return f"; did you mean {near[0]!r}?"
    return (f"; did you mean {near[0]!r}? T" if near else "; t") + f"here are {', '.join(names)}"


def refuse_unknown(given: Iterable[str], known: Iterable[str], taker: str) -> None:
    """TypeError for the first keyword that `taker` does not know."""
    names = set(known)
    for name in given:
        if name not in names:
            raise TypeError(f"{taker} takes no {name!r}{near_name(name, sorted(names))}")


def keyword_names(function: Callable[..., Any]) -> set[str]:
    """The parameters of a function that can be given by name."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(function).parameters.values()
    return {parameter.name for parameter in parameters if parameter.kind in kinds}


def only_options(options: type[Any]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """For a function with `**options: Unpack[...]`: TypeError for a keyword that is neither its own
    nor in this TypedDict, which Python itself does not look at."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        known = keyword_names(function) - {"self", "cls"} | set(options.__annotations__)

        @wraps(function)
        def checked(*given: P.args, **named: P.kwargs) -> T:
            refuse_unknown(named, known, function.__name__)
            return function(*given, **named)

        return checked

    return decorate
