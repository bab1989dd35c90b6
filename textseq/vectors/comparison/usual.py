"""What is usual: the middle and the spread of a quantity along the frequency of words.

In: a number a word, and the order of the words by frequency. Out: robust middles and spreads,
z-scores and p-values of the one-sided kind, and q-values for many tests at once. It knows no words.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_WORDS_A_BAND = 200
_MAD_TO_SIGMA = 1.4826  # of a normal distribution


def usual(
    values: NDArray[np.float64], order: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The middle and the spread of `values` where each word stands in `order`, both (n,).

    The words are cut, in their order, into bands of about 200; a band's middle is its median, its
    spread 1.4826 times the median absolute deviation from the middles. Between the bands' centres
    both run in straight lines, so that no word sits at an edge. A few that are far off change
    neither.
    """
    n = len(values)
    bands = np.array_split(order, max(1, round(n / _WORDS_A_BAND)))
    pos = np.empty(n)
    pos[order] = np.arange(n)
    centres = [pos[band].mean() for band in bands]
    middle = np.interp(pos, centres, [np.median(values[band]) for band in bands])
    off = np.abs(values - middle)
    spread = np.interp(pos, centres, [_MAD_TO_SIGMA * np.median(off[band]) for band in bands])
    return middle, spread


def z_scores(
    values: NDArray[np.float64], middle: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How many spreads each value is above its middle; 0 where nothing spreads."""
    flat = spread <= 0
    scores: NDArray[np.float64] = (values - middle) / np.where(flat, 1, spread)
    return np.where(flat, 0.0, scores)


def upper_tail(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of a normal distribution above each z: the one-sided p-value."""
    return np.array([math.erfc(each / math.sqrt(2)) / 2 for each in z.tolist()])


def adjust(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """The q-value of each p-value: the least false discovery rate at which it is significant.

    Benjamini & Hochberg (1995): of all tests with q <= .05, 5 % are false in the mean.
    """
    n = len(p)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * n / np.arange(1, n + 1)
    q = np.empty(n)
    q[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return q
