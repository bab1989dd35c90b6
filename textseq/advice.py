"""Advice: what a message tells people to do, in Python and at a shell.

In: an option of a function, and its value. Out: a `Message`, a str that says `errors='replace'` and
knows that this is `--errors replace` at a command line. Messages grow with +, which keeps that; an
f-string does not, nor does any other method of str, so advice is put behind it: f"{name}: " + more.
Of a name that nobody knows it says which known one is near.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from shlex import quote
from typing import Any, NamedTuple, ParamSpec, Self, TypeVar

_FLAGS = {("quoted", False): "--not-quoted"}  # that are not --name or --no-name
_SEPARATORS = {"\t": "tab", " ": "space", ",": "comma", ";": "semicolon", "|": "pipe"}
_NO_VALUE = object()
_FEW = 12  # names that a message can list beside the near one

P = ParamSpec("P")
T = TypeVar("T")


class Advice(NamedTuple):
    """Words that differ; `option`: the argument they name, "" where they name none."""

    option: str
    in_python: str
    in_a_shell: str


class Message(str):
    """A text with advice in it; as a str, it is what is said in Python."""

    parts: tuple[str | Advice, ...]

    def __new__(cls, *parts: str | Advice) -> Self:
        said = [part.in_python if isinstance(part, Advice) else part for part in parts]
        message = super().__new__(cls, "".join(said))
        message.parts = parts
        return message

    def __str__(self) -> Self:
        return self  # so that str(error) has the advice too

    def __add__(self, more: str) -> Message:
        return Message(*self.parts, *_parts_of(more))

    def __radd__(self, before: str) -> Message:
        return Message(before, *self.parts)

    def in_a_shell(self, say: Callable[[Advice], str] = lambda advice: advice.in_a_shell) -> str:
        """The text for a command line; `say` has the words of each advice."""
        return "".join(say(part) if isinstance(part, Advice) else part for part in self.parts)


def _parts_of(message: str) -> tuple[str | Advice, ...]:
    return message.parts if isinstance(message, Message) else (message,)


def advise(option: str, value: Any = _NO_VALUE) -> Message:
    """An option with its value, errors='replace' and --errors replace; without one, its name."""
    flag = "--" + option.replace("_", "-")
    if value is _NO_VALUE:
        return Message(Advice(option, option, flag))
    if isinstance(value, bool):
        no_flag = "--no-" + option.replace("_", "-")
        shell = _FLAGS.get((option, value), flag if value else no_flag)
    else:
        word = _SEPARATORS.get(value, value) if option == "separator" else value
        shell = f"{flag} {quote(str(word))}"
    return Message(Advice(option, f"{option}={value!r}", shell))


def either(in_python: str, in_a_shell: str) -> Message:
    """Words that are others at a command line; "" for none."""
    return Message(Advice("", in_python, in_a_shell))


def in_a_shell(message: str) -> str:
    """What a message of the library says at a command line."""
    return message.in_a_shell() if isinstance(message, Message) else message


def in_python(message: str) -> str:
    """What it says in Python, as a plain str."""
    return str.__str__(message)


# ---- names that nobody knows


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
