"""LabelSetTarget: any number of labels for a text, each decided by a threshold of its own.

In: a logit for each label, sets of labels. Out: binary cross entropy, probabilities by the sigmoid,
the labels whose probability reaches their threshold. Thresholds are .5 until validation data has
set them, each so that the F1 of its label is best there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from textseq.rnn.data.examples import Examples
from textseq.rnn.models.target import Target
from textseq.rnn.scores.label_sets import best_thresholds, ranking_scores, set_scores
from textseq.rnn.scores.metrics import Interval, bootstrap
from textseq.rnn.scores.share_intervals import enough, share_interval


class LabelSetPrediction(NamedTuple):
    """The labels that reach their thresholds, most probable first, and all labels' probabilities,
    which do not add up to 1."""

    labels: list[str]
    probabilities: dict[str, float]

    @property
    def label(self) -> str:
        """The most probable label, whether or not it reaches its threshold."""
        return max(self.probabilities, key=self.probabilities.__getitem__)


class LabelSetTarget(Target):
    """`thresholds` (C,): from which probability on a label is predicted."""

    best: ClassVar[tuple[str, bool]] = ("ranking_precision", True)
    output: ClassVar[str] = "probabilities"
    thresholds: Tensor

    def __init__(self, labels: list[str]) -> None:
        super().__init__()
        self._labels = labels
        self.register_buffer("thresholds", torch.full((len(labels),), 0.5))

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Binary cross entropy, the mean over the labels of a text."""
        total = functional.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
        return total / len(self._labels)

    def scores(self, logits: NDArray[np.float32], dataset: Examples) -> dict[str, float]:
        """Loss in nats, scores of the sets, scores of the order."""
        gold, wide = dataset.label_sets, logits.astype(np.float64)
        loss = math.nan
        if len(gold):
            loss = float((np.logaddexp(0, wide) - wide * gold).mean())
        return {
            "loss": loss,
            **set_scores(self._called(logits), gold),
            **ranking_scores(logits, gold),
        }

    def intervals(self, logits: NDArray[np.float32], dataset: Examples) -> dict[str, Interval]:
        """Of micro F1 (bootstrap over the texts) and exact matches (Wilson)."""
        gold, called = dataset.label_sets, self._called(logits)
        sizes = np.stack(
            [2 * (gold & called).sum(axis=1), gold.sum(axis=1) + called.sum(axis=1)], 1
        )
        if not len(gold):
            return {}
        found = {
            "micro_f1": bootstrap(sizes, lambda totals: float(totals[0] / max(1, totals[1]))),
            "exact_match": share_interval(int((gold == called).all(axis=1).sum()), len(gold)),
        }
        if (gold == called).all():  # all draws are the same
            found["micro_f1"] = found["exact_match"]
        return enough(found, len(gold))

    def settle(self, logits: NDArray[np.float32], valid: Examples) -> None:
        """Choose the thresholds on validation data."""
        found = best_thresholds(_sigmoid(logits), valid.label_sets)
        self.thresholds.copy_(torch.from_numpy(found))

    def predictions(self, logits: NDArray[np.float32]) -> Iterator[LabelSetPrediction]:
        """The labels of each text."""
        for shares, called in zip(_sigmoid(logits), self._called(logits), strict=True):
            row = shares.tolist()
            chosen = sorted(np.flatnonzero(called).tolist(), key=lambda number: -row[number])
            names = [self._labels[number] for number in chosen]
            yield LabelSetPrediction(names, dict(zip(self._labels, row, strict=True)))

    def answers(self, logits: Tensor) -> Tensor:
        """Probabilities."""
        return logits.sigmoid()

    def explained(self, logits: Tensor, label_id: int) -> Tensor:
        """The log odds of the label."""
        return logits[:, label_id]

    def _called(self, logits: NDArray[np.float32]) -> NDArray[np.bool_]:
        called: NDArray[Any] = _sigmoid(logits) >= self.thresholds.cpu().numpy()
        return called


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = np.exp(-np.logaddexp(0, -logits.astype(np.float64)))
    return shares
