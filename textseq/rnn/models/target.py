"""Target: what a model of labels says of a text, where that is not one label.

In: logits, and what is true. Out: a loss, scores, predictions, an order of epochs. Each kind is a
file: label_set_target.py (any number of labels), number_target.py (a number); one label is what
LabelModel does itself. How ids become logits is not known here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from textseq.rnn.data.examples import Examples
from textseq.rnn.scores.metrics import Interval


class Target(nn.Module, ABC):
    """A kind of target; its buffers go with the weights of the model.

    `best`: the score that says which epoch is the best, and whether more is better. `output`: the
    name of what an exported network gives.
    """

    best: ClassVar[tuple[str, bool]]
    output: ClassVar[str]

    def learn(self, train: Examples) -> None:
        """Take from the training data what the loss needs."""

    @abstractmethod
    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """(B, C) and the targets of a batch -> the sum of the losses of its texts."""

    @abstractmethod
    def scores(self, logits: NDArray[np.float32], dataset: Examples) -> dict[str, float]:
        """Scores of the logits (N, C) of a data set, "loss" and the one of `best` among them."""

    @abstractmethod
    def intervals(self, logits: NDArray[np.float32], dataset: Examples) -> dict[str, Interval]:
        """Between which values some of them lie in 95 % of data sets like this one."""

    def settle(self, logits: NDArray[np.float32], valid: Examples) -> None:
        """Training ends: take from the validation data what decisions need."""

    @abstractmethod
    def predictions(self, logits: NDArray[np.float32]) -> Iterator[Any]:
        """What is said of each text, a named tuple, by logits (N, C)."""

    @abstractmethod
    def answers(self, logits: Tensor) -> Tensor:
        """(B, C) logits -> (B, C) what an exported network gives."""

    @abstractmethod
    def explained(self, logits: Tensor, label_id: int) -> Tensor:
        """(B, C) -> (B,): what saliency divides among the words."""
