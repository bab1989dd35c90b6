"""Search: the best rows of a table of vectors for questions about cosines.

In: the vectors, their lengths when they are needed, and questions. Out: ids and scores. It decides
how the candidates are found; candidates.py decides among them, so that the answers are the same.
Words are the business of word_vectors.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from textseq.vectors.candidates import Best, Candidates, Question
from textseq.vectors.float_scan import scan_floats, scan_floats_for_many
from textseq.vectors.int8_rows import NormsOf, Stamp, int8_copy, open_copy, write_copy
from textseq.vectors.int8_scan import Int8Scan
from textseq.vectors.many_candidates import MOST, ManyCandidates, TooManyCandidates

COPY = "vectors.int8"  # the name of the copy's file, in a folder of ours
_LARGE = 1 << 26  # numbers; reading fewer takes no longer than all else that a command does
_FEW = 8  # questions that are looked for one by one, in one pass
_FEW_TIMES = 3  # that are answered without a copy, where it must be held in memory


class OnDisk(NamedTuple):
    """The file that the vectors are mapped from, and what told it from others then."""

    path: Path
    stamp: Stamp

    @classmethod
    def of(cls, path: Path) -> Self | None:
        """The file as it is now; None where there is none."""
        with suppress(OSError):
            return cls(path, Stamp.of(path))
        return None


class Search:
    """What looks for the best of `vectors`, (n_words, D).

    `norms_of(start, stop)` gives the lengths of rows, `norms_until(limit)` those of the first ones,
    which it keeps. With `on_disk` the copy of large vectors is a file beside them.
    """

    def __init__(
        self,
        vectors: NDArray[np.float32],
        norms_of: NormsOf,
        norms_until: Callable[[int], NDArray[np.float32]],
        on_disk: OnDisk | None = None,
    ) -> None:
        self._vectors = vectors
        self._norms_of, self._norms_until = norms_of, norms_until
        self._on_disk = on_disk
        self._copy: Int8Scan | None = None
        self._n_asked = 0  # times

    def best(self, questions: Sequence[Question], n: int, limit: int) -> list[Best]:
        """The `n` best among the first `limit` rows for each question, by (-score, id)."""
        if not n:
            return [Candidates(question, n, self._vectors).best() for question in questions]
        if len(questions) > _FEW and _are_alike(questions, n):
            with suppress(TooManyCandidates):
                return self._best_of_many(questions, n, limit)
        found = [Candidates(question, n, self._vectors) for question in questions]
        for start in range(0, len(found), _FEW):
            some = found[start : start + _FEW]
            copy = self._copy_for(limit)
            if copy is not None:
                copy.add_to(some, limit)
            else:
                scan_floats(self._vectors[:limit], self._norms_until(limit), some)
        return [each.best() for each in found]

    def _best_of_many(self, questions: Sequence[Question], n: int, limit: int) -> list[Best]:
        found = ManyCandidates(questions, n, self._vectors)
        copy = self._copy_for(limit)
        if copy is not None:
            copy.add_to_many(found, self._vectors[:limit])
        else:
            scan_floats_for_many(self._vectors[:limit], self._norms_until(limit), found)
        return found.best()

    def _copy_for(self, limit: int) -> Int8Scan | None:
        """The copy, if it pays for so many rows."""
        if limit * self._vectors.shape[1] < _LARGE:
            return None
        if self._copy is None and self._on_disk is not None:
            self._copy = self._copy_on_disk(self._on_disk)
            if self._copy is None:
                self._on_disk = None
        if self._copy is None:
            self._n_asked += 1
            if self._n_asked > _FEW_TIMES:
                self._copy = Int8Scan(int8_copy(self._vectors, self._norms_of))
        return self._copy

    def _copy_on_disk(self, on_disk: OnDisk) -> Int8Scan | None:
        """The copy in its file, which is made if need be; None where none can be."""
        path = on_disk.path.with_name(COPY)
        copy = open_copy(path, self._vectors, on_disk.stamp)
        if copy is None:
            with suppress(OSError):
                if Stamp.of(on_disk.path) == on_disk.stamp:  # it has not been replaced meanwhile
                    write_copy(path, self._vectors, self._norms_of, on_disk.stamp)
                    copy = open_copy(path, self._vectors, on_disk.stamp)
        return None if copy is None else Int8Scan(copy)


def _are_alike(questions: Sequence[Question], n: int) -> bool:
    """Whether these are questions for a ManyCandidates."""
    return n <= MOST and all(
        question.n_far is None and len(question.barred) <= MOST for question in questions
    )
