"""Advice: what a message tells people to do, in Python and at a shell.

In: an option of a function, and its value. Out: a `Message`, a str that says `errors='replace'` and
knows that this is `--errors replace` at a command line. Messages grow with +, which keeps that; an
f-string does not, nor does any other method of str, so advice is put behind it: f"{name}: " + more.
"""

from __future__ import annotations

from collections.abc import Callable
from shlex import quote
from typing import Any, NamedTuple, Self

_FLAGS = {("quoted", False): "--not-quoted"}  # that are not --name or --no-name
_SEPARATORS = {"\t": "tab", " ": "space", ",": "comma", ";": "semicolon", "|": "pipe"}
_NO_VALUE = object()


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


def with_article(noun: str) -> str:
    """a classifier, an echo-state, an EchoTagger; an RNNConfig, whose letters are spelled."""
    vowels = "AEFHILMNORSX" if noun[:2].isupper() else "aeiouAEIOU"
    return f"{'an' if noun and noun[0] in vowels else 'a'} {noun}"


def in_a_shell(message: str) -> str:
    """What a message of the library says at a command line."""
    return message.in_a_shell() if isinstance(message, Message) else message


def in_python(message: str) -> str:
    """What it says in Python, as a plain str."""
    return str.__str__(message)
