"""The neighbour graph against a sort of all cosines."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.vectors.show.neighbour_graph import neighbour_graph


@pytest.mark.parametrize(("n", "k"), [(2, 1), (3, 10), (33, 32), (100, 5), (257, 40), (601, 7)])
def test_it_is_what_a_sort_gives(n: int, k: int):
    rows = np.random.default_rng(n).standard_normal((n, 6)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    graph = neighbour_graph(rows, k)
    cosines = (rows @ rows.T).astype(np.float64)
    np.fill_diagonal(cosines, -np.inf)
    k = min(k, n - 1)
    assert graph.ids.shape == graph.cosines.shape == (n, k)
    assert not (graph.ids == np.arange(n)[:, None]).any()
    assert np.allclose(graph.cosines, -np.sort(-cosines, axis=1)[:, :k], atol=1e-6)
    assert np.allclose(np.take_along_axis(cosines, graph.ids, 1), graph.cosines, atol=1e-6)
    assert all(len(set(row)) == k for row in graph.ids.tolist())


def test_equal_and_zero_vectors():
    rows = np.zeros((50, 3), np.float32)
    rows[:40] = (0, 1, 0)
    graph = neighbour_graph(rows, 45)
    assert (graph.cosines[:40, :39] == 1).all()
    assert (graph.cosines[:40, 39:] == 0).all()
    assert (graph.cosines[40:] == 0).all()
    assert all(len(set(row)) == 45 for row in graph.ids.tolist())


def test_errors():
    with pytest.raises(ValueError, match="1 word has no neighbours"):
        neighbour_graph(np.ones((1, 2), np.float32), 3)
    with pytest.raises(ValueError, match="k is 0"):
        neighbour_graph(np.ones((5, 2), np.float32), 0)
