"""TextStream: tokens come in one by one, text goes out as soon as it is certain.

In: the tokens of a line, one at a time, and the `join` of their tokenizer. Out: pieces of text
that, put together, are the joined line. A character whose bytes are tokens of their own waits
until it is whole. Nothing is generated or printed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

_HALF = "\ufffd"  # what a joined text ends in where bytes of a character are missing
_MOST_BYTES = 4  # that a character of UTF-8 has; a longer wait is for nothing


class TextStream:
    """The text of one line after another; memory and time for a token do not grow with the line."""

    def __init__(self, join: Callable[[Sequence[str]], str]) -> None:
        self._join = join
        # What went out last, and what waits behind it. Nothing before that is kept: what stands
        # between two tokens depends on the two only, and what went out ended with a character.
        self._tokens: list[str] = []
        self._n_out = 0

    def start(self, tokens: Iterable[str]) -> str:
        """Begin a line with these tokens; their text."""
        self._tokens = list(tokens)
        self._n_out = len(self._tokens)
        return self._join(self._tokens)

    def add(self, token: str) -> str:
        """The text that this token makes certain, "" while its character is not whole."""
        self._tokens.append(token)
        before, after = self._join(self._tokens[: self._n_out]), self._join(self._tokens)
        if after.endswith(_HALF) and len(self._tokens) - self._n_out < _MOST_BYTES:
            return ""
        self._tokens = self._tokens[self._n_out :]
        self._n_out = len(self._tokens)
        return after[len(before) :]

    def end_line(self) -> str:
        """What still waits; the next token begins a line."""
        before, after = self._join(self._tokens[: self._n_out]), self._join(self._tokens)
        self._tokens, self._n_out = [], 0
        return after[len(before) :]
