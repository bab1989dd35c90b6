"""Token lines: a large token file of which only what is asked for becomes strings.

In: the path of a file that token_file.py wrote. Out: the token of an id, the id of a token, or all
tokens. Opening it finds the line ends and checks that all is UTF-8, some ten times as fast as
making a list of strings, let alone a dict. For many tokens the dict of a Vocab is the better way.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.text.vocab.token_file import escape, unescape

_BYTES_AT_ONCE = 1 << 22
_LINES_AT_ONCE = 1 << 16
_NEWLINE = 0x0A


class TokenLines:
    """The tokens of a file by their ids, 0..len-1."""

    def __init__(self, path: Path) -> None:
        """ValueError that names the file where it is empty, cut off or not UTF-8."""
        if not path.stat().st_size:
            raise ValueError(f"{path} is cut off: it is empty")
        self._path = path
        # asarray drops the memmap class, whose every slice costs microseconds; the map stays.
        self._text: NDArray[np.uint8] = np.asarray(np.memmap(path, np.uint8, "r"))
        if self._text[-1] != _NEWLINE:
            raise ValueError(f"{path} is cut off: no newline at its end")
        self._starts = _line_starts(self._text)
        self._check()

    def _check(self) -> None:
        for first in range(0, len(self), _LINES_AT_ONCE):
            start, stop = self._span(first, min(first + _LINES_AT_ONCE, len(self)))
            if self._text[start:stop].max() >= 0x80:
                try:
                    self._text[start:stop].tobytes().decode("utf-8")
                except UnicodeDecodeError as error:
                    raise ValueError(
                        f"{self._path} is damaged: at byte {start + error.start:,} it is no utf-8, "
                        f"{error.reason}"
                    ) from None

    def __len__(self) -> int:
        return len(self._starts) - 1

    def token(self, token_id: int) -> str:
        """The token of an id; IndexError where there is none."""
        if not 0 <= token_id < len(self):
            raise IndexError(f"id {token_id} given; they are 0..{len(self) - 1}")
        return self.tokens(token_id, token_id + 1)[0]

    def tokens(self, first: int, stop: int) -> list[str]:
        """The tokens of the ids from `first` up to `stop`."""
        if first >= stop:
            return []
        start, end = self._span(first, stop)
        text = self._text[start : end - 1].tobytes().decode("utf-8")
        lines = text.split("\n")
        return list(map(unescape, lines)) if "\\" in text else lines

    def find(self, token: str) -> int | None:
        """The id of a token, None where it has none; ValueError if it stands twice."""
        line = escape(token).encode("utf-8", "surrogatepass")
        lengths = self._starts[1:] - self._starts[:-1] - 1
        found = np.flatnonzero(lengths == len(line))
        for place, byte in enumerate(line):
            if not found.size:
                return None
            found = found[self._text[self._starts[found] + place] == byte]
        if len(found) > 1:
            raise ValueError(f"{token!r} stands twice in {self._path}")
        return int(found[0]) if found.size else None

    def _span(self, first: int, stop: int) -> tuple[int, int]:
        """Where the lines from `first` up to `stop` begin and end."""
        return int(self._starts[first]), int(self._starts[stop])


def _line_starts(text: NDArray[np.uint8]) -> NDArray[np.int64] | NDArray[np.uint32]:
    """Where each line begins, and where the text ends; text ends with a newline."""
    n_lines = sum(
        int(np.count_nonzero(text[start : start + _BYTES_AT_ONCE] == _NEWLINE))
        for start in range(0, len(text), _BYTES_AT_ONCE)
    )
    starts: NDArray[Any] = np.zeros(n_lines + 1, np.uint32 if len(text) < 2**32 else np.int64)
    at = 1
    for start in range(0, len(text), _BYTES_AT_ONCE):
        ends = np.flatnonzero(text[start : start + _BYTES_AT_ONCE] == _NEWLINE)
        starts[at : at + len(ends)] = ends + (start + 1)
        at += len(ends)
    return starts
