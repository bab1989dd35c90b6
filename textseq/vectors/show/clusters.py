"""Clusters: groups of rows that point in similar directions, for colours and names.

In: unit vectors, most frequent word first. Out: the number of each row's group. It knows rows, not
words, and judges nothing: how many groups there are is given.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_STEPS = 20
_ROWS_AT_ONCE = 4096


def cluster(units: NDArray[np.float32], n_clusters: int, seed: int = 1) -> NDArray[np.intp]:
    """The group of each row, (n,), 0 the largest; at most `n_clusters`, none of them empty.

    Spherical k-means (Dhillon & Modha 2001), 20 steps from rows drawn at random.
    """
    rng = np.random.default_rng(seed)
    n_clusters = min(n_clusters, len(units))
    centers = units[rng.choice(len(units), n_clusters, replace=False)].copy()
    for _ in range(_STEPS):
        groups = np.concatenate(
            [
                (units[start : start + _ROWS_AT_ONCE] @ centers.T).argmax(axis=1)
                for start in range(0, len(units), _ROWS_AT_ONCE)
            ]
        )
        for group in range(n_clusters):
            total = units[groups == group].sum(axis=0)
            length = np.linalg.norm(total)
            if length > 0:  # a group without rows stays where it is
                centers[group] = total / length
    counts = np.bincount(groups, minlength=n_clusters)
    rank = np.empty(n_clusters, np.intp)
    rank[np.argsort(-counts, kind="stable")] = np.arange(n_clusters)
    ranked: NDArray[np.intp] = rank[groups]
    return ranked
