"""A word map: which words are drawn, and where each stands in each of some models.

In: one or more WordVectors, and words, pairs, or how many. Out: the words, and their coordinates in
each model. Several models are turned into the space of the first, so that what moved has moved.
Nothing is drawn here (`map_picture.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from textseq.config import ProjectionConfig
from textseq.vectors.comparison.alignment import procrustes
from textseq.vectors.show.projection import project
from textseq.vectors.word_vectors import WordVectors

Pair = tuple[str, str]
_DECIDING = 20_000  # most frequent words by which a model is turned


@dataclass(frozen=True)
class WordMap:
    """`places` has (n_words, 2) float32 for each model, all on one plane; `asked`: how many of the
    words, the first ones, were asked for by name; `pairs` are places in `words`."""

    words: list[str]
    places: list[NDArray[np.float32]]
    pairs: list[tuple[int, int]]
    asked: int
    method: str


def choose_words(
    models: Sequence[WordVectors],
    words: Iterable[str] = (),
    *,
    pairs: Iterable[Pair] = (),
    nearest: int = 0,
    most_frequent: int = 0,
) -> list[str]:
    """The words asked for, those of pairs, the `nearest` of each in each model, and the
    `most_frequent` of the first model, each once; of the last two those that all models know.

    UnknownWordError for a word that a model lacks, ValueError where no word is left.
    """
    asked = list(dict.fromkeys([*words, *(word for pair in pairs for word in pair)]))
    for model in models:
        for word in asked:
            model.word_id(word)
    more = [
        neighbour.word
        for word in asked if nearest
        for model in models
        for neighbour in model.nearest(word, nearest)
    ]  # fmt: skip
    more += [word for word, _ in zip(models[0], range(most_frequent), strict=False)]
    known = [word for word in more if all(word in model for model in models)]
    chosen = list(dict.fromkeys([*asked, *known]))
    if not chosen:
        raise ValueError("no words to draw were given")
    return chosen


def map_words(
    models: WordVectors | Sequence[WordVectors],
    words: Iterable[str] = (),
    config: ProjectionConfig | None = None,
    *,
    pairs: Iterable[Pair] = (),
    nearest: int = 0,
    most_frequent: int = 0,
) -> WordMap:
    """Where the words stand on a plane, by their unit vectors; see `choose_words` for which.

    All models are projected together: the second and later ones turned by the orthogonal matrix
    that brings the words they share with the first nearest to it (Schönemann 1966).
    """
    config = config or ProjectionConfig()
    models = [models] if isinstance(models, WordVectors) else list(models)
    words, pairs = list(words), list(pairs)
    chosen = choose_words(models, words, pairs=pairs, nearest=nearest, most_frequent=most_frequent)
    number = {word: place for place, word in enumerate(chosen)}
    units = [model.units([model.word_id(word) for word in chosen]) for model in models]
    dim = max(model.dim for model in models)
    turned = [_wide(units[0], dim)]
    for model, rows in zip(models[1:], units[1:], strict=True):
        turned.append(_wide(rows, dim) @ _turn(model, models[0], dim))
    places = project(np.concatenate(turned), config)
    return WordMap(
        chosen,
        list(places.reshape(len(models), len(chosen), 2)),
        [(number[a], number[b]) for a, b in pairs],
        len({*words, *(word for pair in pairs for word in pair)}),
        config.method,
    )


def _turn(model: WordVectors, onto: WordVectors, dim: int) -> NDArray[np.float32]:
    """The orthogonal (dim, dim) that brings a model's shared words nearest to another's."""
    shared = [word for word in islice(model, _DECIDING) if word in onto]
    source = _wide(model.units([model.word_id(word) for word in shared]), dim)
    target = _wide(onto.units([onto.word_id(word) for word in shared]), dim)
    return procrustes(source, target).astype(np.float32)


def _wide(rows: NDArray[np.float32], dim: int) -> NDArray[np.float32]:
    """Rows with zeros behind them: models of fewer dimensions lie in a subspace."""
    return np.pad(rows, ((0, 0), (0, dim - rows.shape[1])))
