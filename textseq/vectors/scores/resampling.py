"""Resampling: how far a score, or the difference of two, may be from what other questions give.

In: a number for each question, and which questions stand or fall together. Out: 95 % intervals and
p-values by the bootstrap (Efron 1979): units are drawn with replacement, as many as there are, and
what all draws give is looked at. Questions of one section, or about one pair of words, are not
independent, so what is drawn is sections, or pairs (as in Owen's pigeonhole bootstrap, 2007: a
question counts as often as both of its pairs are drawn, multiplied). The same seed draws the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.vectors.scores.intervals import wilson

RESAMPLES = 5000
FEWEST_GROUPS = 8  # groups that are worth drawing from; of fewer, what is in them is drawn
_NUMBERS_AT_ONCE = 1 << 17  # 1 MB of float64, a few times, so that they stay in the cache
_ENDS = (2.5, 97.5)

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]  # weights of the units, (U, B), to a number for each column


class Units(NamedTuple):
    """What is drawn, by name ("sections"), and which of it each question is made of, (n,), or (n,
    2) for two of them."""

    name: str
    ids: NDArray[np.int64]

    def of(self, chosen: NDArray[np.bool_]) -> Units:
        """Those of some questions, numbered anew from 0 in the order in which they appear.

        So the same questions get the same draws, whatever others there were.
        """
        kept = self.ids[chosen]
        _, first, number = np.unique(kept, return_index=True, return_inverse=True)
        return Units(self.name, first.argsort().argsort()[number].reshape(kept.shape))

    @property
    def n(self) -> int:
        """How many there are, numbered from 0."""
        return int(self.ids.max()) + 1 if self.ids.size else 0


def choose_units(groups: Units, single: Units, asked: NDArray[np.bool_]) -> Units:
    """What is drawn of the questions that were asked: groups, or what is in them if they are few.

    Of a few groups all draws are much alike, and say that a score is surer than it is.
    """
    found = groups.of(asked)
    return found if found.n >= FEWEST_GROUPS else single.of(asked)


def draws(n_units: int, seed: int, resamples: int = RESAMPLES) -> Iterator[Floats]:
    """How often each unit is drawn, (U, B) a block."""
    rng = np.random.default_rng(seed)
    at_once = max(16, _NUMBERS_AT_ONCE // n_units)
    for start in range(0, resamples, at_once):
        n_here = min(at_once, resamples - start)
        drawn = rng.integers(0, n_units, (n_units, n_here))
        drawn *= n_here
        drawn += np.arange(n_here)
        counts = np.bincount(drawn.ravel(), minlength=n_units * n_here)
        yield counts.reshape(n_units, n_here).astype(np.float64)


def mean_of(values: Floats, units: Units) -> Statistic:
    """The mean of `values`, (n,), under weights of their units; NaN where nothing was drawn."""
    if units.ids.ndim == 1:
        sums = np.bincount(units.ids, values, units.n)
        sizes = np.bincount(units.ids, minlength=units.n).astype(np.float64)

        def of_groups(weights: Floats) -> Floats:
            return (sums @ weights) / (sizes @ weights)

        return of_groups
    from scipy import sparse

    # Of questions as a table of their two units: what both weights give is two products.
    matrices: Any = sparse
    shape = (units.n, units.n)
    total = matrices.coo_array((values, tuple(units.ids.T)), shape).tocsr()
    size = matrices.coo_array((np.ones(len(values)), tuple(units.ids.T)), shape).tocsr()

    def of_pairs(weights: Floats) -> Floats:
        sums = (((table @ weights) * weights).sum(axis=0) for table in (total, size))
        with np.errstate(invalid="ignore"):
            found: Floats = np.divide(*sums)
        return found

    return of_pairs


def spearman_difference(a: Floats, b: Floats, ratings: Floats) -> Statistic:
    """How much better `a` agrees with the ratings than `b`, by rank correlation; each place, (n,),
    is a unit. NaN where one of the series is constant in what was drawn."""
    sides = [_Order(series) for series in (ratings, a, b)]

    def difference(weights: Floats) -> Floats:
        middle = (len(weights) + 1) / 2  # the mean of all ranks
        gold, *others = (side.ranks(weights) - middle for side in sides)
        weighted = weights * gold
        spread = (weighted * gold).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            of_a, of_b = (
                (weighted * x).sum(axis=0) / np.sqrt(spread * (weights * x * x).sum(axis=0))
                for x in others
            )
            found: Floats = of_a - of_b
        return found

    return difference


class _Order:
    """A series in its order, which weights do not change."""

    def __init__(self, values: Floats) -> None:
        self._rows = values.argsort(kind="stable")
        _, self._group, sizes = np.unique(values, return_inverse=True, return_counts=True)
        self._ends = np.cumsum(sizes) - 1

    def ranks(self, weights: Floats) -> Floats:
        """The average rank of each place, (n, B), when it is there as often as its weight says."""
        upto = np.cumsum(weights[self._rows], axis=0)[self._ends]
        middle = upto.copy()
        middle[1:] += upto[:-1]
        middle += 1
        middle /= 2
        ranks: Floats = middle[self._group]
        return ranks


# ---- what they say


class Spread(NamedTuple):
    """The two ends of a 95 % interval, and the p-value of there being no difference (two-sided)."""

    low: float
    high: float
    p: float


def spread_of(statistic: Statistic, n_units: int, seed: int) -> Spread | None:
    """The spread of a statistic; None for fewer than two units, or where it has no value.

    p is never below 2 / 2**n_units: so often do n coins that are fair agree.
    """
    if n_units < 2:
        return None
    found = np.concatenate([statistic(weights) for weights in draws(n_units, seed)])
    found = found[np.isfinite(found)]
    if not len(found):
        return None
    low, high = np.percentile(found, _ENDS).tolist()
    at_least, at_most = int((found >= 0).sum()), int((found <= 0).sum())
    p = 2 * (min(at_least, at_most) + 1) / (len(found) + 1)
    return Spread(low, high, min(1.0, max(p, 2.0 ** (1 - n_units))))


def mean_interval(
    values: Floats, units: Units, seed: int, *, is_share: bool
) -> tuple[float, float] | None:
    """The 95 % interval of a mean, (n,); of a share that is 0 or 1, Wilson's for its units."""
    if is_share and len(values) and values.min() == values.max():
        return wilson(units.n if values[0] else 0, units.n)
    spread = spread_of(mean_of(values, units), units.n, seed)
    return None if spread is None else (spread.low, spread.high)
