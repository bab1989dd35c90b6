"""Sentences from files: each of them may be iterated over again and again.

In: a file of one sentence a line, a folder of such files, or text8, one line without end; packed
ones are unpacked. Out: lists of tokens, cut at white space.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from textseq.compat.gensim.utils import open_unpacked, to_unicode

MAX_WORDS_IN_BATCH = 10_000  # of a sentence; longer ones are cut into several
_READ_BYTES = 1 << 20


def _cut_lines(
    lines: Iterable[str | bytes], longest: int, limit: int | None
) -> Iterator[list[str]]:
    """The tokens of each line, in sentences of up to `longest`; none of a blank line."""
    for line in itertools.islice(lines, limit):
        tokens = to_unicode(line).split()
        for start in range(0, len(tokens), longest):
            yield tokens[start : start + longest]


class LineSentence:
    """A file of one sentence a line, by its name or as an open file; the first `limit` lines."""

    def __init__(
        self,
        source: str | os.PathLike[str] | IO[Any],
        max_sentence_length: int = MAX_WORDS_IN_BATCH,
        limit: int | None = None,
    ) -> None:
        self.source = source
        self.max_sentence_length = max_sentence_length
        self.limit = limit

    def __iter__(self) -> Iterator[list[str]]:
        if isinstance(self.source, str | os.PathLike):
            with open_unpacked(self.source) as file:
                yield from _cut_lines(file, self.max_sentence_length, self.limit)
        else:
            self.source.seek(0)
            yield from _cut_lines(self.source, self.max_sentence_length, self.limit)


class PathLineSentences:
    """All files of a folder, by name, each as in LineSentence with the limit; or a single file."""

    def __init__(
        self,
        source: str | os.PathLike[str],
        max_sentence_length: int = MAX_WORDS_IN_BATCH,
        limit: int | None = None,
    ) -> None:
        """ValueError for neither a file nor a folder."""
        self.source = source
        self.max_sentence_length = max_sentence_length
        self.limit = limit
        path = Path(source)
        if not path.exists():
            raise ValueError("input is neither a file nor a path")
        self.input_files = sorted(map(str, path.iterdir())) if path.is_dir() else [str(source)]

    def __iter__(self) -> Iterator[list[str]]:
        for name in self.input_files:
            yield from LineSentence(name, self.max_sentence_length, self.limit)


class Text8Corpus:
    """Text without sentences, such as text8: so many tokens at a time."""

    def __init__(
        self, fname: str | os.PathLike[str], max_sentence_length: int = MAX_WORDS_IN_BATCH
    ) -> None:
        self.fname = fname
        self.max_sentence_length = max_sentence_length

    def __iter__(self) -> Iterator[list[str]]:
        longest = self.max_sentence_length
        tokens: list[str] = []
        rest = b""
        with open_unpacked(self.fname) as file:
            while data := file.read(_READ_BYTES):
                # What stands behind the last space may be half a token.
                whole, space, rest = (rest + data).rpartition(b" ")
                tokens += to_unicode(whole + space).split()
                whole_ones = len(tokens) // longest * longest
                for start in range(0, whole_ones, longest):
                    yield tokens[start : start + longest]
                del tokens[:whole_ones]
        tokens += to_unicode(rest).split()
        for start in range(0, len(tokens), longest):
            yield tokens[start : start + longest]
