"""Larger scores: all rows whose score is larger than a number, however many these are.

In: as in candidates.py, a question and cosines with known errors, and the number, which is an exact
score itself. Out: the ids. Only rows so near the number that the error matters are looked at twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.vectors.search.candidates import Candidates, Question, rank, without

_MOST_DOUBTFUL = 1 << 14  # rows, before exact scores decide


class LargerScores(Candidates):
    """Rows of `vectors` with larger scores than `least`."""

    def __init__(self, question: Question, least: np.float32, vectors: NDArray[np.float32]) -> None:
        super().__init__(question, 0, vectors)
        self.least = float(least)
        self._certain: list[NDArray[np.int64]] = []
        self._doubtful: list[NDArray[np.int64]] = []
        self._n_doubtful = 0

    def add(
        self,
        start: int | NDArray[np.int64],
        cosines: NDArray[Any],
        error: NDArray[Any] | float,
    ) -> None:
        """Rows whose cosines (k, m) err by `error` at most: their ids, or the first of them."""
        places = np.flatnonzero(self.question.at_most(cosines, error) > self.least)
        ids = places + start if isinstance(start, int) else start[places]
        free = without(ids, self.question.barred)
        places, ids = places[free], ids[free]
        errors = error[places] if isinstance(error, np.ndarray) else error
        certain = self.question.at_least(cosines[:, places], errors) > self.least
        self._certain.append(ids[certain])
        self._doubtful.append(ids[~certain])
        self._n_doubtful += len(self._doubtful[-1])
        if self._n_doubtful > _MOST_DOUBTFUL:
            self._decide()

    def _decide(self) -> None:
        """Look at the doubtful rows."""
        if not self._doubtful:
            return
        ids = np.sort(np.concatenate(self._doubtful))
        best = rank(self.question, ids, self._vectors, len(ids))
        self._certain.append(best.ids[best.scores > self.least])
        self._doubtful, self._n_doubtful = [], 0

    def ids(self) -> NDArray[np.int64]:
        """Those of all rows that were added, rising."""
        self._decide()
        found: NDArray[np.int64] = np.sort(np.concatenate([np.empty(0, np.int64), *self._certain]))
        return found
