"""The neighbour graph: the k nearest of each of n words, exact.

In: unit vectors. Out: for each row the k rows of largest cosine, and the cosines. All pairs are
looked at, so time grows with n squared: 50,000 words of dim 200 take some 20 seconds on two cores.
It knows rows, not words, and answers no single question (`word_vectors.py`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.config import thread_count

_ROWS_AT_ONCE = 256
_GROUP = 32  # columns whose largest is looked at first
_NOBODY = np.float32(-2)  # below any cosine


class NeighbourGraph(NamedTuple):
    """`ids` (n, k) int32, nearest first, and `cosines` (n, k) float32, -1..1."""

    ids: NDArray[np.int32]
    cosines: NDArray[np.float32]


def neighbour_graph(units: NDArray[np.float32], k: int) -> NeighbourGraph:
    """The `k` nearest of each of n unit vectors, n - 1 where there are fewer; never the row itself.

    ValueError for k < 1 and for fewer than two rows.
    """
    n = len(units)
    if n < 2:
        raise ValueError(f"{n} word has no neighbours; two words or more do")
    if k < 1:
        raise ValueError(f"k is {k}; it is a number of neighbours, 1 or more")
    k = min(k, n - 1)
    graph = NeighbourGraph(np.empty((n, k), np.int32), np.empty((n, k), np.float32))
    n_groups = -(-n // _GROUP)
    columns = np.zeros((units.shape[1], n_groups * _GROUP), np.float32)
    columns[:, :n] = units.T

    def search(start: int) -> None:
        stop = min(start + _ROWS_AT_ONCE, n)
        cosines = units[start:stop] @ columns
        cosines[:, n:] = _NOBODY
        cosines[np.arange(stop - start), np.arange(start, stop)] = _NOBODY
        graph.ids[start:stop], graph.cosines[start:stop] = _largest(cosines, k)

    with ThreadPoolExecutor(thread_count(0)) as pool:
        list(pool.map(search, range(0, n, _ROWS_AT_ONCE)))
    return graph


def _largest(cosines: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Places and values of the `k` largest of each row, largest first.

    Column c belongs to group c mod n_groups. The k largest lie in the k groups of largest maxima,
    so that all but these are passed once.
    """
    maxima = cosines.reshape(len(cosines), _GROUP, -1).max(axis=1)
    n_groups = maxima.shape[1]
    groups = np.argpartition(maxima, max(0, n_groups - k), axis=1)[:, -k:]
    places = np.arange(0, n_groups * _GROUP, n_groups)[:, None] + groups[:, None, :]
    places = places.reshape(len(cosines), -1)
    found = np.take_along_axis(cosines, places, 1)
    best = np.argpartition(found, -k, axis=1)[:, -k:]
    places, found = np.take_along_axis(places, best, 1), np.take_along_axis(found, best, 1)
    order = np.lexsort((places, -found), axis=1)
    return np.take_along_axis(places, order, 1), np.clip(
        np.take_along_axis(found, order, 1), -1.0, 1.0
    )
