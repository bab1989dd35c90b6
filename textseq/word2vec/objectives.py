"""The table of objectives: what predicts a center, and the rates and sizes measured for it.

In: a config. Out: its row, by which the learning rate, the tile and the kernels are chosen. The
mathematics is the kernels' own, in kernels/reference.py for all rows; the names are those of
config.Mode and config.CbowGradient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from textseq.config import Word2VecConfig


@dataclass(frozen=True)
class Objective:
    """One row of the table.

    `options`: of the config, which mean this row. `lr`: the learning rate at the start, if none is
    given. `averages`: the mean of the context words predicts a center, else each of them does.
    `shares`: each context word is moved by its share of what moves their mean, not by the whole.
    `centers`: of a tile at most, beside the words that only stand in a context; `noise`: its noise
    words for each negative, at least. Rates and sizes as measured (benchmarks/results/choices.txt).
    `kernels`: devices with a fast kernel for it; without one on the CPU the reference trains.
    """

    options: Mapping[str, str]
    lr: float
    averages: bool
    shares: bool
    centers: int
    noise: int
    kernels: frozenset[Literal["cpu", "cuda"]] = frozenset(("cpu", "cuda"))

    def fits(self, config: Word2VecConfig) -> bool:
        """Whether a config means this row."""
        return all(getattr(config, name) == value for name, value in self.options.items())


# CBOW with fewer noise words: at 20 negatives it answered 12 % fewer analogies.
OBJECTIVES: dict[str, Objective] = {
    "skipgram": Objective(
        {"mode": "skipgram"}, lr=0.035, averages=False, shares=False, centers=22, noise=1
    ),
    "cbow": Objective(
        {"mode": "cbow", "cbow_gradient": "classic"},
        lr=0.07, averages=True, shares=False, centers=16, noise=4,
    ),
    "exact cbow": Objective(
        {"mode": "cbow", "cbow_gradient": "exact"},
        lr=0.2, averages=True, shares=True, centers=16, noise=4,
    ),
}  # fmt: skip


def find_objective(config: Word2VecConfig) -> Objective:
    """The row that a config means."""
    return next(row for row in OBJECTIVES.values() if row.fits(config))


def choose_lr(config: Word2VecConfig) -> float:
    """The learning rate at the start: the given one, or that of the objective."""
    return find_objective(config).lr if config.lr is None else config.lr
