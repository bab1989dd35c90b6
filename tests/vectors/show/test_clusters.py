from __future__ import annotations

import numpy as np
import pytest

from textseq.vectors.show.clusters import cluster


def test_directions_become_groups_the_largest_first():
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], [50, 30, 20])
    rows = np.eye(3)[truth] + 0.05 * rng.standard_normal((100, 3))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    order = rng.permutation(100)
    groups = [cluster(rows[order].astype(np.float32), 3, seed) for seed in range(10)]
    # k-means may start with two rows of one group; most starts do not matter.
    assert sum(np.array_equal(found, truth[order]) for found in groups) >= 4


@pytest.mark.parametrize(("n", "n_clusters"), [(1, 5), (7, 7), (5, 2), (5000, 3)])
def test_all_numbers_are_in_use(n: int, n_clusters: int):
    rows = np.random.default_rng(1).standard_normal((n, 4)).astype(np.float32)
    groups = cluster(rows, n_clusters)
    counts = np.bincount(groups)
    assert len(counts) <= min(n, n_clusters)
    assert (np.diff(counts) <= 0).all()
    assert (counts > 0).all()
    assert np.array_equal(groups, cluster(rows, n_clusters))


def test_zero_and_equal_rows():
    assert cluster(np.zeros((6, 2), np.float32), 3).tolist() == [0] * 6
    assert cluster(np.ones((6, 2), np.float32), 3).tolist() == [0] * 6
