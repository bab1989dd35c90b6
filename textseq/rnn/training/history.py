"""History: what a training has done, epoch by epoch, and what it is doing in the one that runs.

In: the loss and the norm of the gradient of each step, scores. Out: an entry for each epoch, the
best of them, and the sums of an epoch that is not over, as JSON and back. Nothing is trained here.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self


@dataclass(frozen=True)
class Progress:
    """Where a training stands: epoch 1..epochs, steps of this epoch, the mean loss in it so far.

    `items`, `seconds` and `before` (steps) say what this run has done and what was done before
    it, by the training that it resumes. `scores`: of the epoch before, on the validation set.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    lr: float
    items: int
    seconds: float
    before: int
    scores: dict[str, float]

    @property
    def done(self) -> int:
        """Steps of all epochs so far."""
        return (self.epoch - 1) * self.steps + self.step

    @property
    def total(self) -> int:
        """Steps of all epochs, if none is left out."""
        return self.epochs * self.steps

    @property
    def seconds_left(self) -> float:
        """At most: training may stop early."""
        return (self.total - self.done) * self.seconds / max(1, self.done - self.before)


@dataclass
class History:
    """What happened, an entry for each epoch; `best_epoch` counts from 1."""

    epochs: list[dict[str, Any]] = field(default_factory=list)
    best_epoch: int = 0

    @property
    def best_scores(self) -> dict[str, float]:
        """The validation scores of the best epoch."""
        return dict(self.epochs[self.best_epoch - 1]["valid"]) if self.best_epoch else {}

    def without_times(self) -> dict[str, Any]:
        """As JSON for a result, so that equal trainings have equal ones."""
        entries = [{k: v for k, v in entry.items() if k != "seconds"} for entry in self.epochs]
        return {"epochs": entries, "best_epoch": self.best_epoch}


@dataclass
class EpochSums:
    """An epoch that is not over: `steps` are done, `loss` is the sum over `items`.

    Norms of the gradient are those of steps that were not left out; `lr` is that of the last step.
    """

    epoch: int
    steps: int = 0
    loss: float = 0.0
    items: int = 0
    norms: int = 0
    norm_sum: float = 0.0
    norm_max: float = 0.0
    clipped: int = 0
    lr: float = 0.0
    seconds: float = 0.0

    def add(self, loss: float, n_items: int, norm: float, clip_norm: float, lr: float) -> None:
        """A step: its mean loss over `n_items`, and the norm before it was cut to `clip_norm`."""
        self.steps += 1
        self.loss += loss * n_items
        self.items += n_items
        self.lr = lr
        # In float16 a gradient may overflow; such a step is left out, and so is its norm.
        if math.isfinite(norm):
            self.norms += 1
            self.norm_sum += norm
            self.norm_max = max(self.norm_max, norm)
            self.clipped += norm > clip_norm > 0

    @property
    def mean_loss(self) -> float:
        """Over the items so far."""
        return self.loss / max(1, self.items)

    def entry(self, *, scaled: bool) -> dict[str, Any]:
        """What the history says of the epoch; `scaled` counts the steps that were left out."""
        return {
            "epoch": self.epoch,
            "train_loss": self.mean_loss,
            "lr": self.lr,
            "grad_norm": self.norm_sum / max(1, self.norms),
            "grad_norm_max": self.norm_max,
            "clipped": self.clipped / max(1, self.norms),
            "seconds": self.seconds,
            "items": self.items,
        } | ({"skipped": self.steps - self.norms} if scaled else {})

    def to_json(self) -> dict[str, Any]:
        """For a checkpoint."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Self:
        """Back again; TypeError or KeyError where a number is missing or is none."""
        numbers = {each.name: given[each.name] for each in fields(cls)}
        for name, value in numbers.items():
            kinds = (int,) if cls.__annotations__[name] == "int" else (float,)
            # A loss may be any number; what is counted begins at 0.
            if type(value) not in kinds or not math.isfinite(value) or (value < 0 and int in kinds):
                raise TypeError(f"{name} is {value!r} in the epoch that is not over")
        return cls(**numbers)
