"""Tile: how many words are trained from one snapshot, and how far a row may move from it.

In: the options and the sampler's shares. Out: the tile's shape, and for each row of the two tables
by what part of its change it is moved. Both follow from one bound. All pairs of a tile that move a
row are computed from the same snapshot; where they pull the same way they add up as one step, and
a step of a logistic loss that is too long overshoots, the next one more, and the tables diverge.
So what moves a row, learning rate times pairs, is bounded: by fewer centers in a tile, and where
one center is too much already (two words, 64 negatives) by a part of the change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textseq.config import Word2VecConfig
from textseq.word2vec.objectives import choose_lr, find_objective
from textseq.word2vec.sampling import Sampler

# Learning rate times pairs that move a row from one snapshot, at most. Tried on vocabularies from
# 2 words, 1 to 64 negatives, windows of 1 to 64 (tests/word2vec/test_tile.py) and on English
# (benchmarks/results/choices.txt), where no row comes near the bound at the default options.
_MOST_OUT = 0.8  # an output row: as a center and as a noise word
_MOST_IN = 0.35  # an input row, of the pairs with one and the same word
# Learning rate times all pairs of one context word with the centers and noise words of a tile:
# beyond it nothing diverges, but skip-gram with 20 negatives answers fewer analogies.
_MOST_APART = 2.5
# A rate beyond what people use is taken as it is, and a divergence is reported as an error.
_USUAL = 3.0  # times the objective's own

_EIGHT = 8  # rows that a matrix product takes at a time
_NOISE = 32  # noise words that a tile shares, at least: two whole registers


@dataclass(frozen=True)
class Tile:
    """`centers` consecutive kept words computed from one snapshot with shared noise words.

    Each noise word stands for `config.negatives / negatives` draws of word2vec.c; a tile of one
    center with as many negatives as the config asks for is the exact per-window form.
    """

    centers: int
    negatives: int

    @classmethod
    def choose(cls, config: Word2VecConfig, sampler: Sampler) -> Tile:
        """As many centers as the bound allows and speed asks for; options that are given win."""
        negatives = config.tile_negatives or _noise(config)
        centers = config.tile or _centers(config, sampler, negatives)
        if centers == 1 and config.tile_negatives is None:
            negatives = config.negatives
        return cls(centers, negatives)


def _noise(config: Word2VecConfig) -> int:
    return max(_NOISE, _up(find_objective(config).noise * config.negatives, 16))


def _centers(config: Word2VecConfig, sampler: Sampler, negatives: int) -> int:
    objective = find_objective(config)
    pairs = _predicting(config) * (
        max(config.negatives / negatives, config.negatives * sampler.noise.max())
        + sampler.kept.max()
    )
    within = int(_MOST_OUT / max(_rate(config) * pairs, 1e-9))
    if not objective.averages:
        predicted = int(_MOST_APART / max(_rate(config) * (1 + config.negatives), 1e-9))
        if predicted < _width(config):  # more centers than a context word predicts add nothing
            within = min(within, predicted)
    halo = 0 if objective.averages else 2 * config.window
    # The rows that predict come in eights: the last eight should not stand empty.
    most = _up(halo + objective.centers, _EIGHT) - halo
    return min(
        range(1, max(1, min(within, most)) + 1),
        key=lambda centers: (_up(centers + halo, _EIGHT) / centers, -centers),
    )


def choose_parts(
    config: Word2VecConfig, sampler: Sampler, tile: Tile
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(V,) for each table: by what part of its change each row is moved; 1 for nearly all."""
    per_center = _predicting(config)
    as_noise = config.negatives * np.maximum(1 / tile.negatives, sampler.noise)
    pairs_out = tile.centers * per_center * (as_noise + sampler.kept)

    n_rows = tile.centers + 2 * config.window
    times = np.maximum(1.0, n_rows * sampler.kept)  # that a word is in the context of a tile
    predicted = min(tile.centers, _width(config))  # centers, each time
    if find_objective(config).shares:
        predicted /= _width(config)
    with_one_word = config.negatives * sampler.noise.max() + sampler.kept.max()
    pairs_in = times * predicted * with_one_word
    return _part(_MOST_IN, config, pairs_in), _part(_MOST_OUT, config, pairs_out)


def _part(most: float, config: Word2VecConfig, pairs: NDArray[np.float64]) -> NDArray[np.float32]:
    return (most / np.maximum(most, _rate(config) * pairs)).astype(np.float32)


def _rate(config: Word2VecConfig) -> float:
    """The learning rate that the bound is for."""
    return min(choose_lr(config), _USUAL * find_objective(config).lr)


def _width(config: Word2VecConfig) -> float:
    """Words in the context of a center, on average."""
    return config.window + 1.0 if config.dynamic_window else 2.0 * config.window


def _predicting(config: Word2VecConfig) -> float:
    """Rows that predict a center: its context words, or the one mean of them."""
    return 1.0 if find_objective(config).averages else _width(config)


def _up(n: int, step: int) -> int:
    return -(-n // step) * step
