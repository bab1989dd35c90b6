"""Projection: vectors of many dimensions become places on a plane.

In: unit vectors, one row a word, and how. Out: two coordinates a word. PCA keeps as much of the
differences as a plane can hold, t-SNE and UMAP keep neighbours together and no distances. The same
rows give the same places. It knows rows, not words, and draws nothing.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from textseq.config import ProjectionConfig, thread_count
from textseq.extras import comes_with
from textseq.vectors.principal import principal_components
from textseq.vectors.show.neighbour_graph import NeighbourGraph, neighbour_graph

_SAME = 1e-6  # unit vectors that differ by less are equal but for rounding
_LEAST = {"pca": 2, "tsne": 4, "umap": 4}  # words that the method needs
_EXAGGERATION = 12.0  # the attraction of neighbours at the beginning of t-SNE
_FEW = 2_000  # rows up to which t-SNE takes more steps, which are quick then


def project(
    units: NDArray[np.float32],
    config: ProjectionConfig | None = None,
    *,
    graph: NeighbourGraph | None = None,
) -> NDArray[np.float32]:
    """Two coordinates for each of n unit vectors, (n, 2) float32, centred.

    t-SNE (van der Maaten & Hinton 2008, by openTSNE) and UMAP (McInnes et al. 2018, by umap-learn)
    begin with PCA. `graph`: the neighbours of these rows, where they are known. ValueError for
    fewer rows than the method needs and for rows that are all equal.
    """
    config = config or ProjectionConfig()
    n = len(units)
    if n < _LEAST[config.method]:
        raise ValueError(
            f"{config.method} needs {_LEAST[config.method]} words or more, and there "
            f"{'is' if n == 1 else 'are'} {n}"
        )
    if np.ptp(units, axis=0).max() < _SAME:
        raise ValueError(f"the vectors of these {n:,} words all point the same way: one spot")
    places = principal_components(units, 2)
    if config.method == "tsne":
        places = _tsne(units, config, graph, places)
    elif config.method == "umap":
        places = _umap(units, config, graph, places)
    places -= places.mean(axis=0)
    return places


def _tsne(
    units: NDArray[np.float32],
    config: ProjectionConfig,
    graph: NeighbourGraph | None,
    start: NDArray[np.float32],
) -> NDArray[np.float32]:
    with comes_with("plot", "openTSNE", "t-SNE needs openTSNE"):
        from openTSNE import TSNEEmbedding
        from openTSNE.affinity import PerplexityBasedNN
        from openTSNE.nearest_neighbors import PrecomputedNeighbors

    n = len(units)
    threads = thread_count(0) if n > _FEW else 1  # that wait for each other longer than they work
    perplexity = min(config.perplexity, (n - 1) / 3)  # each of 3 times as many neighbours counts
    known = _graph_of(units, graph, round(3 * perplexity))
    distances = np.sqrt(2 - 2 * known.cosines.astype(np.float64))  # of unit vectors
    affinities = PerplexityBasedNN(
        knn_index=PrecomputedNeighbors(known.ids.astype(np.int64), distances),
        perplexity=perplexity, n_jobs=threads,
    )  # fmt: skip
    embedding = TSNEEmbedding(
        start * (1e-4 / start[:, 0].std()), affinities, random_state=config.seed, n_jobs=threads,
        negative_gradient_method="fft" if n > _FEW else "bh",
    )  # fmt: skip
    steps = 250 if n > _FEW else 750
    rate = max(float(n), 50.0)  # Belkina et al. 2019
    embedding = embedding.optimize(
        steps // 4, exaggeration=_EXAGGERATION, learning_rate=rate / _EXAGGERATION, momentum=0.5
    )
    embedding = embedding.optimize(steps, learning_rate=rate, momentum=0.8)
    return np.array(embedding, np.float32)


def _umap(
    units: NDArray[np.float32],
    config: ProjectionConfig,
    graph: NeighbourGraph | None,
    start: NDArray[np.float32],
) -> NDArray[np.float32]:
    n = len(units)
    k = min(config.umap_neighbours, n)  # itself among them
    known = _graph_of(units, graph, k - 1)
    ids = np.hstack([np.arange(n, dtype=np.int32)[:, None], known.ids])
    distances = np.hstack([np.zeros((n, 1), np.float32), 1 - known.cosines])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that Tensorflow is missing, that a seed means one thread
        with comes_with("umap", "umap", "UMAP needs umap-learn"):
            from umap import UMAP

        model = UMAP(
            n_neighbors=k, metric="cosine", random_state=config.seed, n_jobs=1,
            init=start * (10 / np.abs(start).max()), precomputed_knn=(ids, distances, None),
            force_approximation_algorithm=True,  # else it looks for the neighbours of few itself
        )  # fmt: skip
        return np.array(model.fit_transform(units), np.float32)


def _graph_of(units: NDArray[np.float32], graph: NeighbourGraph | None, k: int) -> NeighbourGraph:
    """The nearest `k` of a graph that has as many, or a new one."""
    if graph is None or graph.ids.shape[1] < k:
        return neighbour_graph(units, k)
    return NeighbourGraph(graph.ids[:, :k], graph.cosines[:, :k])
