"""Projections: PCA by hand, neighbours that stay together, the same places each time, errors."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from textseq.config import Projection, ProjectionConfig
from textseq.vectors.principal import principal_components
from textseq.vectors.show.neighbour_graph import neighbour_graph
from textseq.vectors.show.projection import project

METHODS: list[Projection | object] = [
    "pca", "tsne", pytest.param("umap", marks=pytest.mark.slow),
]  # fmt: skip
PACKAGES = {"tsne": "openTSNE", "umap": "umap"}


def two_groups(n: int = 40) -> NDArray[np.float32]:
    """Half around one direction, half around another, of dim 5."""
    rows = 0.1 * np.random.default_rng(0).standard_normal((n, 5))
    rows[: n // 2, 0] += 1
    rows[n // 2 :, 1] += 1
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def needs(method: str) -> None:
    if method in PACKAGES:
        pytest.importorskip(PACKAGES[method], exc_type=ImportError)


def test_principal_components_by_hand():
    rows = np.array([[4, 0, 1], [-4, 0, 1], [0, 1, 1], [0, -1, 1]], np.float32)
    found = principal_components(rows, 2)
    assert np.allclose(found, [[4, 0], [-4, 0], [0, 1], [0, -1]], atol=1e-6)
    assert np.allclose(principal_components(rows, 5)[:, 2:], 0, atol=1e-6)


def test_components_that_are_not_centered_keep_inner_products():
    rows = np.random.default_rng(0).standard_normal((20, 3)) @ np.ones((3, 6))
    rows += np.random.default_rng(1).standard_normal((20, 2)) @ np.eye(2, 6)
    found = principal_components(rows.astype(np.float32), 3, center=False).astype(np.float64)
    assert np.allclose(found @ found.T, rows @ rows.T, atol=1e-3)


@pytest.mark.filterwarnings("ignore::ImportWarning")
@pytest.mark.parametrize("method", METHODS)
def test_groups_stay_together_and_places_are_the_same_each_time(method: Projection):
    needs(method)
    rows, config = two_groups(), ProjectionConfig(method=method)
    places = project(rows, config)
    assert places.shape == (40, 2)
    assert places.dtype == np.float32
    assert np.allclose(places.mean(axis=0), 0, atol=1e-3 * np.abs(places).max())
    assert np.array_equal(places, project(rows, config))
    nearest = neighbour_graph(rows, 30)
    assert np.array_equal(places, project(rows, config, graph=nearest))
    middles = places[:20].mean(axis=0), places[20:].mean(axis=0)
    own = np.linalg.norm(places[:20] - middles[0], axis=1)
    other = np.linalg.norm(places[:20] - middles[1], axis=1)
    assert (own < other).all()


@pytest.mark.filterwarnings("ignore::ImportWarning")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [4, 5, 9])
def test_few_rows(method: Projection, n: int):
    needs(method)
    places = project(two_groups(n), ProjectionConfig(method=method))
    assert places.shape == (n, 2)
    assert np.isfinite(places).all()


@pytest.mark.slow
def test_the_fast_way_of_many_rows():
    needs("tsne")
    rows, config = two_groups(2100), ProjectionConfig(method="tsne", perplexity=3)
    places = project(rows, config)
    assert np.array_equal(places, project(rows, config))
    own = np.linalg.norm(places[:1050] - places[:1050].mean(axis=0), axis=1)
    other = np.linalg.norm(places[:1050] - places[1050:].mean(axis=0), axis=1)
    assert (own < other).mean() > 0.9


def test_one_dimension():
    places = project(np.array([[1], [-1], [1]], np.float32))
    assert np.allclose(places, [[2 / 3, 0], [-4 / 3, 0], [2 / 3, 0]])


@pytest.mark.parametrize(
    ("rows", "method", "message"),
    [
        (np.ones((1, 3)), "pca", "pca needs 2 words or more, and there is 1"),
        (np.eye(3), "tsne", "tsne needs 4 words or more, and there are 3"),
        (np.ones((6, 3)) / np.sqrt(3), "pca", "these 6 words all point the same way"),
        (np.ones((6, 1)), "tsne", "these 6 words all point the same way"),
    ],
)
def test_errors(rows: NDArray[np.float64], method: Projection, message: str):
    with pytest.raises(ValueError, match=message):
        project(rows.astype(np.float32), ProjectionConfig(method=method))
