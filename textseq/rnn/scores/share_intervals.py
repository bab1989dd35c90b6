"""Intervals of shares: between which values an accuracy lies, also near 1 and of few examples.

In: how many of how many are right, over independent examples or over sentences whose words are
not. Out: the ends of an interval, or none for a handful of examples. A bootstrap (metrics.py) is
no help here: 50 right answers of 50 are the same in every resample, and of 50 examples with a true
share of .99 its interval holds the truth in 38 of 100 cases only.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textseq.rnn.scores.metrics import Interval
from textseq.vectors.scores.intervals import wilson

FEWEST = 10  # examples; of fewer an interval says nothing


def enough(intervals: Mapping[str, Interval], n: int) -> dict[str, Interval]:
    """The intervals of scores of `n` examples; none where they are fewer than FEWEST."""
    return dict(intervals) if n >= FEWEST else {}


def share_interval(right: ArrayLike, n: ArrayLike, share: float = 0.95) -> Interval:
    """The interval of `right` of `n` answers (Wilson 1927), 0..1; NaN of no examples.

    Single numbers are of independent answers. Arrays (N,) are of N sentences, which are what is
    independent: then the answers count as so many as would vary as much (Korn & Graubard 1998), at
    most all of them, and as N where nothing varies.
    """
    rights, sizes = np.atleast_1d(np.asarray(right, float)), np.atleast_1d(np.asarray(n, float))
    if rights.shape != sizes.shape or (rights > sizes).any() or (rights < 0).any():
        raise ValueError("right answers are 0..n, one number for each n")
    total = float(sizes.sum())
    if not total:
        return float("nan"), float("nan")
    mean = float(rights.sum()) / total
    n_alike = total if not np.ndim(n) else min(total, _worth(rights, sizes, mean))
    ends = wilson(mean * n_alike, n_alike, share)
    assert ends is not None
    return ends


def _worth(rights: NDArray[np.float64], sizes: NDArray[np.float64], mean: float) -> float:
    """How many independent answers have as large a variance as the share over these sentences."""
    n = int((sizes > 0).sum())
    off = rights - mean * sizes
    # The variance of a ratio by linearisation (Cochran 1977, 6.12).
    variance = n / max(1, n - 1) * float(off @ off) / float(sizes.sum()) ** 2
    return mean * (1 - mean) / variance if variance > 0 else float(n)
