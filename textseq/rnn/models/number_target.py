"""NumberTarget: a number for a text, learnt in its distance from the mean of the training data.

In: a logit, numbers. Out: the squared error in standard deviations, scores and predictions in the
unit of the data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from textseq.rnn.data.examples import Examples
from textseq.rnn.models.target import Target
from textseq.rnn.scores.metrics import Interval, bootstrap
from textseq.rnn.scores.numbers import number_scores
from textseq.rnn.scores.share_intervals import enough


class NumberPrediction(NamedTuple):
    """The number of a text, in the unit of the training data."""

    value: float

    @property
    def label(self) -> None:
        """None: there is one output, and it has no name."""


class NumberTarget(Target):
    """`mean` and `deviation` are those of the training data; the deviation of a constant is 1."""

    best: ClassVar[tuple[str, bool]] = ("rmse", False)
    output: ClassVar[str] = "values"
    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("deviation", torch.ones(()))

    def learn(self, train: Examples) -> None:
        """Take mean and deviation; ValueError for rows of several numbers."""
        values = _numbers(train)
        self.mean.fill_(float(values.mean()))
        self.deviation.fill_(float(values.std()) or 1.0)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Squared errors in standard deviations."""
        return ((logits[:, 0] - (targets - self.mean) / self.deviation) ** 2).sum()

    def scores(self, logits: NDArray[np.float32], dataset: Examples) -> dict[str, float]:
        """Loss as in training, RMSE, MAE, R2 and correlations in the unit of the data."""
        found = number_scores(self._values(logits), _numbers(dataset))
        return {"loss": (found["rmse"] / float(self.deviation)) ** 2, **found}

    def intervals(self, logits: NDArray[np.float32], dataset: Examples) -> dict[str, Interval]:
        """Of RMSE and MAE, by bootstrap over the texts."""
        off = self._values(logits) - _numbers(dataset)
        if not len(off):
            return {}
        ones = np.ones(len(off))
        squares, sizes = np.stack([off**2, ones], 1), np.stack([np.abs(off), ones], 1)
        found = {
            "rmse": bootstrap(squares, lambda totals: math.sqrt(totals[0] / totals[1])),
            "mae": bootstrap(sizes, lambda totals: float(totals[0] / totals[1])),
        }
        return enough(found, len(off))

    def predictions(self, logits: NDArray[np.float32]) -> Iterator[NumberPrediction]:
        """The number of each text."""
        return map(NumberPrediction, self._values(logits).tolist())

    def answers(self, logits: Tensor) -> Tensor:
        """The numbers, in their unit."""
        return logits * self.deviation + self.mean

    def explained(self, logits: Tensor, label_id: int) -> Tensor:
        """The number, in its unit."""
        return self.answers(logits)[:, label_id]

    def _values(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        values: NDArray[np.float64] = logits[:, 0].astype(np.float64) * float(self.deviation)
        return values + float(self.mean)


def _numbers(dataset: Examples) -> NDArray[np.float64]:
    values = dataset.values
    if values.ndim != 1:
        raise ValueError(f"the values have shape {values.shape}; a text has one number, (N,)")
    return values.astype(np.float64)
