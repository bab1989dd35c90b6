"""Candidates: the rows that may be among the n best, by bounds of their scores.

In: a question, and for stretches of rows cosines that are right but for a known error. Out: the n
best, by exact scores of the few rows that may be among them. However the cosines were come by, the
answers are the same: the error decides only how many rows are looked at twice.
Where cosines come from is the business of float_scan.py and int8_scan.py.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MUL_EPSILON = 1e-3  # Levy & Goldberg (2014)
_FEW_RANKED = 32  # rows that are looked at without choice among them
_FEW_BARRED = 16  # ids for which np.isin takes longer than a comparison each
_ROWS_AT_ONCE = 2048  # that are looked at twice, in float64
_FIRST = 1 << 12  # rows
_MOST_KEPT = 1 << 14  # rows of a question, before exact scores decide
ROUNDING = np.float32(4 * 2.0**-24)  # of scores that become float32, and of the bounds themselves


@dataclass(frozen=True, eq=False)
class Question:
    """Unit vectors, (k, D), and the ids that are no answers.

    With `n_far` None k is 1 and the score is the cosine. Otherwise it is that of 3CosMul: the
    product of the cosines, moved to 0..1, of all but the last `n_far` vectors, divided by the
    product of those of the last.
    """

    units: NDArray[np.float32]
    barred: Collection[int] = ()
    n_far: int | None = None

    def score(self, cosines: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores (m,) of cosines (k, m)."""
        return self._score(cosines, cosines)

    def at_most(self, cosines: NDArray[Any], error: NDArray[Any] | float) -> NDArray[Any]:
        """What the scores (m,) are at most, if the cosines (k, m) err by `error`."""
        if self.n_far is None:
            high: NDArray[Any] = cosines[0] + (error + ROUNDING)
            return high
        # All factors are positive: scores rise with cosines of near ones, fall with far ones.
        off = error + ROUNDING
        return self._score(cosines + off, cosines - off) * (1 + ROUNDING * len(cosines))

    def at_least(self, cosines: NDArray[Any], error: NDArray[Any] | float) -> NDArray[Any]:
        """What the scores (m,) are at least."""
        if self.n_far is None:
            low: NDArray[Any] = cosines[0] - (error + ROUNDING)
            return low
        off = error + ROUNDING
        return self._score(cosines - off, cosines + off) * (1 - ROUNDING * len(cosines))

    def _score(self, near: NDArray[Any], far: NDArray[Any]) -> NDArray[Any]:
        """The score with these cosines of the near vectors and those of the far ones."""
        if self.n_far is None:
            cosine: NDArray[Any] = np.clip(near[0], -1.0, 1.0)
            return cosine
        n_near = len(near) - self.n_far
        above = np.prod(np.clip(near[:n_near] * 0.5 + 0.5, 0.0, 1.0), axis=0)
        below = np.prod(np.clip(far[n_near:] * 0.5 + 0.5, 0.0, 1.0) + MUL_EPSILON, axis=0)
        scores: NDArray[Any] = above / below
        return scores


class Best(NamedTuple):
    """Ids and scores (float32), by falling score and rising id."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]


class Candidates:
    """Rows of `vectors` that may be among the `n` best of a question.

    `least` is what a score must reach to be one of these.
    """

    def __init__(self, question: Question, n: int, vectors: NDArray[np.float32]) -> None:
        self.question, self.n = question, n
        self.least = -np.inf
        self._vectors = vectors
        self._parts: list[tuple[NDArray[np.int64], NDArray[Any]]] = []  # with what they may reach
        self._lows: NDArray[Any] = np.empty(0)  # the n largest lower bounds
        self._n_kept = 0

    def add(
        self,
        start: int | NDArray[np.int64],
        cosines: NDArray[Any],
        error: NDArray[Any] | float,
    ) -> None:
        """Rows whose cosines (k, m) err by `error` at most: their ids, or the first of them."""
        if self.least == -np.inf:
            self._begin(cosines[:, :_FIRST], error)
        high = self.question.at_most(cosines, error)
        kept = np.flatnonzero(high >= self.least)
        if not kept.size:
            return
        ids = kept + start if isinstance(start, int) else start[kept]
        free = without(ids, self.question.barred)
        if not free.all():
            kept, ids = kept[free], ids[free]
        if ids.size:
            errors = error[kept] if isinstance(error, np.ndarray) else error
            self._keep(ids, self.question.at_least(cosines[:, kept], errors), high[kept])

    def _begin(self, cosines: NDArray[Any], error: NDArray[Any] | float) -> None:
        """Find by the first rows what most others lack."""
        n_rows = cosines.shape[1]
        place = n_rows - self.n - len(self.question.barred)  # the barred may be the best
        if place >= 0:
            errors = error[:n_rows] if isinstance(error, np.ndarray) else error
            low = self.question.at_least(cosines, errors)
            self.least = float(np.partition(low, place)[place])

    def _keep(self, ids: NDArray[np.int64], low: NDArray[Any], high: NDArray[Any]) -> None:
        lows = np.concatenate([self._lows, low])
        if len(lows) > self.n:
            lows = np.partition(lows, len(lows) - self.n)[-self.n :]
        self._lows = lows
        if len(lows) == self.n:
            self.least = max(self.least, float(lows.min()))
        left = high >= self.least
        self._parts.append((ids[left], high[left]))
        self._n_kept += len(self._parts[-1][0])
        if self._n_kept > _MOST_KEPT + 8 * self.n:  # ties without end
            self._decide()

    def _decide(self) -> None:
        """Keep the `n` best so far, by exact scores."""
        ids, scores = self.best()
        off = _rounding(scores)
        self._parts, self._lows = [(ids, scores + off)], scores - off
        self._n_kept = len(ids)
        if len(ids) == self.n:
            self.least = max(self.least, float(self._lows.min()))

    def best(self) -> Best:
        """The `n` best of all rows that were added."""
        if not self._parts:
            return rank(self.question, np.empty(0, np.int64), self._vectors, self.n)
        ids, high = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        return rank_reaching(self.question, ids, high, self._vectors, self.n)


def without(ids: NDArray[np.int64], barred: Collection[int]) -> NDArray[np.bool_]:
    """Which of the ids are not barred."""
    if len(barred) > _FEW_BARRED:
        return np.isin(ids, np.fromiter(barred, np.int64), invert=True)
    free = np.ones(len(ids), np.bool_)
    for each in barred:
        free &= ids != each
    return free


def rank_reaching(
    question: Question,
    ids: NDArray[np.int64],
    high: NDArray[Any],
    vectors: NDArray[np.float32],
    n: int,
) -> Best:
    """The `n` best of rows whose scores are `high` at most; the likely ones leave few others."""
    if len(ids) > 2 * n + _FEW_RANKED:
        likely = np.argpartition(high, -2 * n)[-2 * n :]
        reached = rank(question, np.sort(ids[likely]), vectors, n).scores[-1]
        ids = ids[high >= reached - _rounding(reached)]
    return rank(question, np.sort(ids), vectors, n)


def _rounding(scores: NDArray[np.float32] | np.float32) -> NDArray[np.float32] | np.float32:
    """Of exact scores; those of 3CosMul may be larger than 1."""
    return ROUNDING * np.maximum(scores, np.float32(1))


def rank(question: Question, ids: NDArray[np.int64], vectors: NDArray[np.float32], n: int) -> Best:
    """The `n` best of the rows `ids`, which rise, by exact scores.

    A score is that of float64, rounded: it depends on its own row alone, not on those beside it.
    """
    units = question.units.astype(np.float64)
    scores = np.empty(len(ids), np.float32)
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        part = ids[start : start + _ROWS_AT_ONCE]
        rows = vectors[part].astype(np.float64)
        norms = np.sqrt(np.vecdot(rows, rows))
        norms[norms == 0] = 1
        cosines = np.vecdot(rows, units[:, None]) / norms
        scores[start : start + _ROWS_AT_ONCE] = question.score(cosines)
    order = np.argsort(-scores, kind="stable")[:n]
    return Best(ids[order], scores[order])
