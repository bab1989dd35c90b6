"""Options of pictures of word vectors: how many dimensions become two, and what a page holds.

In: nothing. Out: ProjectionConfig, ExplorerConfig. Nothing here computes or draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textseq.config.base import Config, option

Projection = Literal["pca", "tsne", "umap"]


@dataclass(frozen=True)
class ProjectionConfig(Config):
    """Bringing vectors to two dimensions."""

    method: Projection = option("pca", "How many dimensions become two.")
    perplexity: float = option(10.0, "Neighbours of a word that count (tsne).", low=1.0, high=100.0)
    umap_neighbours: int = option(15, "Neighbours of a word (umap).", low=2, high=200)
    seed: int = option(1, "Seed of the random draws of tsne and umap.", low=0, high=2**32 - 1)


@dataclass(frozen=True)
class ExplorerConfig(Config):
    """A page to explore."""

    words: int = option(50_000, "The most frequent words that are on it.", low=2, high=200_000)
    neighbours: int = option(10, "Nearest words that each word has.", low=1, high=50)
    clusters: int = option(24, "Groups of words, each with a colour and a name.", low=1, high=40)
    analogies: bool = option(
        True, "Put vectors into it (8 or 4 bits a number) that answer analogies."
    )
