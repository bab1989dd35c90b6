"""Search: the best rows of a table of vectors for questions about cosines.

In: the vectors, their lengths when they are needed, and questions. Out: ids and scores. It decides
how the candidates are found; candidates.py decides among them, so that the answers are the same.
Words are the business of word_vectors.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from textseq.vectors.search.candidates import Best, Candidates, Question, rank, without
from textseq.vectors.search.float_scan import scan_floats, scan_floats_for_many
from textseq.vectors.search.int8_rows import (
    Int8Rows,
    NormsOf,
    Stamp,
    int8_copy,
    open_copy,
    write_copy,
)
from textseq.vectors.search.int8_scan import scan_for_many, scan_with_kernel, scan_with_numpy
from textseq.vectors.search.larger_scores import LargerScores
from textseq.vectors.search.many_candidates import MOST, ManyCandidates, TooManyCandidates

if TYPE_CHECKING:
    from textseq.vectors.search.neighbour_index import NeighbourIndex

COPY = "vectors.int8"  # the name of the copy's file, in a folder of ours
_LARGE = 1 << 25  # numbers; reading fewer takes no longer than all else that a command does
_FEW = 8  # questions that are looked for one by one, in one pass
_MANY = 1024  # questions that are looked for together
_KERNEL_PAYS = 1 << 30  # numbers; the kernel saves as long as it takes to load numba


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
        self._copy: Int8Rows | None = None
        self._n_numbers = 0  # that all questions so far were about

    def best(self, questions: Sequence[Question], n: int, limit: int) -> list[Best]:
        """The `n` best among the first `limit` rows for each question, by (-score, id)."""
        if not n:
            return [Candidates(question, n, self._vectors).best() for question in questions]
        self._n_numbers += len(questions) * limit * self._vectors.shape[1]
        if len(questions) <= _FEW or not _are_alike(questions, n):
            return self._best_of_few(questions, n, limit)
        answers: list[Best] = []
        for start in range(0, len(questions), _MANY):
            answers += self._best_of_many(questions[start : start + _MANY], n, limit)
        return answers

    def larger(
        self, questions: Sequence[Question], least: Sequence[np.float32], limit: int
    ) -> list[NDArray[np.int64]]:
        """For each question the rows among the first `limit`, rising, with larger scores."""
        found = [
            LargerScores(question, each, self._vectors)
            for question, each in zip(questions, least, strict=True)
        ]
        self._n_numbers += len(questions) * limit * self._vectors.shape[1]
        self._scan(found, limit)
        return [each.ids() for each in found]

    def near(self, index: NeighbourIndex, questions: Sequence[Question], n: int) -> list[Best]:
        """The `n` best, by their true scores, of what an index finds: most of the best of all."""
        answers: list[Best] = []
        for start in range(0, len(questions), _MANY):
            some = questions[start : start + _MANY]
            units = np.concatenate([question.units for question in some])
            wanted = n + max(len(question.barred) for question in some)
            for question, found in zip(some, index.find(units, wanted), strict=True):
                ids = np.unique(found[found >= 0])
                ids = ids[without(ids, question.barred)]
                answers.append(rank(question, ids, self._vectors, n))
        return answers

    def ranked(self, question: Question, ids: NDArray[np.int64]) -> Best:
        """These rows, whose ids rise, by their scores."""
        return rank(question, ids, self._vectors, len(ids))

    def _best_of_few(self, questions: Sequence[Question], n: int, limit: int) -> list[Best]:
        found = [Candidates(question, n, self._vectors) for question in questions]
        self._scan(found, limit)
        return [each.best() for each in found]

    def _scan(self, found: Sequence[Candidates], limit: int) -> None:
        """Give each of them the rows that it may want among the first `limit`."""
        for start in range(0, len(found), _FEW):
            some = found[start : start + _FEW]
            copy = self._copy_for(limit)
            if copy is None:
                scan_floats(self._vectors[:limit], self._norms_until(limit), some)
            elif self.kernel_pays:
                scan_with_kernel(copy, some, limit)
            else:
                scan_with_numpy(copy, some, limit)

    def _best_of_many(self, questions: Sequence[Question], n: int, limit: int) -> list[Best]:
        found = ManyCandidates(questions, n, self._vectors)
        copy = self._copy_for(limit) if self.kernel_pays else None
        try:
            if copy is None:
                scan_floats_for_many(self._vectors[:limit], self._norms_until(limit), found)
            else:
                scan_for_many(copy, found, self._vectors[:limit])
            return found.best()
        except TooManyCandidates:
            return self._best_of_few(questions, n, limit)

    @property
    def kernel_pays(self) -> bool:
        """Whether enough was asked for to load numba."""
        return "numba" in sys.modules or self._n_numbers > _KERNEL_PAYS

    def _copy_for(self, limit: int) -> Int8Rows | None:
        """The copy, if it pays for so many rows; in memory it does with the kernel only.

        It is of all rows, so it is made when as many numbers have been asked for as there are: by
        the first question about all words, or by some about a part of them.
        """
        if limit * self._vectors.shape[1] < _LARGE:
            return None
        pays = self._n_numbers >= self._vectors.size
        if self._copy is None and self._on_disk is not None:
            self._copy = self._copy_on_disk(self._on_disk, make=pays)
            if self._copy is None and pays:
                self._on_disk = None
        if self._copy is None and pays and self.kernel_pays:
            self._copy = int8_copy(self._vectors, self._norms_of)
        return self._copy

    def _copy_on_disk(self, on_disk: OnDisk, *, make: bool) -> Int8Rows | None:
        """The copy in its file, which is made if need be; None where there is none."""
        path = on_disk.path.with_name(COPY)
        copy = open_copy(path, self._vectors, on_disk.stamp)
        if copy is None and make:
            with suppress(OSError):
                if Stamp.of(on_disk.path) == on_disk.stamp:  # it has not been replaced meanwhile
                    write_copy(path, self._vectors, self._norms_of, on_disk.stamp)
                    copy = open_copy(path, self._vectors, on_disk.stamp)
        return copy


def _are_alike(questions: Sequence[Question], n: int) -> bool:
    """Whether these are questions for a ManyCandidates."""
    return n <= MOST and all(
        question.n_far is None and len(question.barred) <= MOST for question in questions
    )
