"""Neighbourhoods: how much the surroundings of words differ between two sets of vectors.

In: unit vectors of the same words in two spaces, row by row; the spaces need not be aligned, nor
have the same dimension. Out: a distance for each word. It knows rows, not words.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SCORES_AT_ONCE = 1 << 24  # 64 MB of float32


def neighbourhood_distances(
    units_a: NDArray[np.float32],
    units_b: NDArray[np.float32],
    k: int = 25,
    *,
    only: slice = slice(None),
) -> NDArray[np.float64]:
    """The local neighbourhood measure of each of n words, (n,), 0..2.

    A word's `k` nearest in one space and those in the other make one set; its cosines to that set
    are a vector in each space, and the measure is the cosine distance of the two (Hamilton,
    Leskovec & Jurafsky 2016, "Cultural shift or linguistic drift?", equation 2). Of n words, the
    neighbours are the n - 1 others; `only` measures some of the words.
    """
    n = len(units_a)
    if n < 2:
        raise ValueError(f"{n} word has no neighbours; two words or more do")
    if k < 1:
        raise ValueError(f"k is {k}; it is a number of neighbours, 1 or more")
    k = min(k, n - 1)
    asked = np.arange(n)[only]
    distances = np.empty(len(asked))
    step = max(1, _SCORES_AT_ONCE // n)
    for start in range(0, len(asked), step):
        rows = asked[start : start + step]
        cosines_a, cosines_b = units_a[rows] @ units_a.T, units_b[rows] @ units_b.T
        both = np.concatenate([nearest_of(cosines_a, rows, k), nearest_of(cosines_b, rows, k)], 1)
        both.sort(axis=1)
        is_new = np.ones(both.shape, bool)
        is_new[:, 1:] = both[:, 1:] != both[:, :-1]
        to_a = np.take_along_axis(cosines_a, both, 1).astype(np.float64) * is_new
        to_b = np.take_along_axis(cosines_b, both, 1).astype(np.float64) * is_new
        lengths = np.sqrt(np.vecdot(to_a, to_a) * np.vecdot(to_b, to_b))
        cosines = np.vecdot(to_a, to_b) / np.where(lengths == 0, 1, lengths)
        distances[start : start + step] = 1 - np.clip(cosines, -1, 1)
    return distances


def nearest_of(cosines: NDArray[Any], own: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """The places of the `k` largest cosines of each line, (B, k), in no order; `own` is none."""
    cosines = cosines.copy()
    cosines[np.arange(len(own)), own] = -np.inf
    return np.argpartition(-cosines, k - 1, axis=1)[:, :k]
