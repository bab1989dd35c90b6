"""Many candidates: the rows that may be among the n best of each of very many cosine questions.

In: as in candidates.py, cosines with known errors, but those of all questions mixed. Out: the same
answers. What each question asks for is raised when it is `settle`d, for all of them at once: to
tell a thousand questions of every row would take longer than the products do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.vectors.search.candidates import ROUNDING, Best, Question, rank, rank_reaching

MOST = 1000  # answers a question, and ids barred for it; beyond, one by one is as fast
GROWTH = 4  # `settle` each time that there are so many times the rows
_MOST_KEPT = 1 << 23  # rows of all questions


class TooManyCandidates(Exception):
    """So many rows have nearly the same cosines that one by one takes less memory."""


class ManyCandidates:
    """Rows of `vectors` by their question; `least` (B,) is what a cosine and its error must reach.

    Questions have one unit vector each.
    """

    def __init__(self, questions: Sequence[Question], n: int, vectors: NDArray[np.float32]) -> None:
        self.units = np.concatenate([question.units for question in questions])
        self.least = np.full(len(questions), -np.inf, np.float32)
        self._questions, self._n, self._vectors = questions, n, vectors
        self._n_barred = max(len(question.barred) for question in questions)
        self._barred = np.array(  # numbers of pairs of a question and a row
            [
                number * len(vectors) + barred
                for number, question in enumerate(questions)
                for barred in question.barred
            ],
            np.int64,
        )
        self._parts: list[tuple[NDArray[Any], ...]] = []  # questions, ids, bounds
        self._n_waiting = 0

    def seed(self, cosines: NDArray[np.float32], error: float) -> None:
        """Of some rows the cosines (B, n), with which to begin; they are to be added as well."""
        n = self._n + self._n_barred
        if n <= cosines.shape[1]:
            at_least = np.partition(cosines, cosines.shape[1] - n, axis=1)[:, -n]
            self.least = at_least - np.float32(error + 2 * ROUNDING)

    def add(
        self,
        numbers: NDArray[np.integer],
        ids: NDArray[np.integer],
        cosines: NDArray[np.float32],
        errors: NDArray[np.float32] | np.float32,
    ) -> None:
        """Pairs of a question and a row, and their cosines, all (m,)."""
        off = errors + ROUNDING
        self._parts.append((numbers, ids.astype(np.int64), cosines - off, cosines + off))
        self._n_waiting += len(ids)
        if self._n_waiting > _MOST_KEPT:
            self.settle()

    def settle(self) -> None:
        """Raise `least` to what is known by now; forget who does not reach it."""
        if not self._parts:
            return
        numbers, ids, low, high = map(np.concatenate, zip(*self._parts, strict=True))
        barred = np.isin(numbers.astype(np.int64) * len(self._vectors) + ids, self._barred)
        order = np.lexsort((-low, numbers, barred))[: len(ids) - int(barred.sum())]
        numbers, ids, low, high = numbers[order], ids[order], low[order], high[order]
        starts = np.searchsorted(numbers, np.arange(len(self.least) + 1))
        full = np.flatnonzero(np.diff(starts) >= self._n)
        self.least[full] = np.maximum(self.least[full], low[starts[full] + self._n - 1])
        kept = high >= self.least[numbers]
        self._parts = [(numbers[kept], ids[kept], low[kept], high[kept])]
        self._n_waiting = 0
        if len(self._parts[0][0]) > _MOST_KEPT:
            raise TooManyCandidates

    def best(self) -> list[Best]:
        """The best of all rows that were added, a question each."""
        self.settle()
        if not self._parts:
            return [
                rank(each, np.empty(0, np.int64), self._vectors, self._n)
                for each in self._questions
            ]
        numbers, ids, _, high = self._parts[0]
        ends = np.searchsorted(numbers, np.arange(len(self._questions) + 1))
        return [
            rank_reaching(question, ids[start:stop], high[start:stop], self._vectors, self._n)
            for question, start, stop in zip(self._questions, ends, ends[1:], strict=False)
        ]
