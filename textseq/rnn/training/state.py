"""TrainingState: what a training is between two of its steps.

In: a model, data sets, a TrainConfig. Out: the weights with what the optimizer remembers, the best
ones so far, the history, and where the epoch stands. fit.py moves it on, checkpoint.py writes it to
a folder and brings it back.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from textseq.config import TrainConfig
from textseq.rnn.data.examples import Examples
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.training.history import EpochSums, History
from textseq.rnn.training.precision import half_type


class TrainingState:
    """The state of one training; `identity` says of which, as JSON."""

    def __init__(
        self,
        model: SequenceModel,
        train: Examples,
        valid: Examples,
        config: TrainConfig,
        device: torch.device,
    ) -> None:
        self.model, self.train, self.valid, self.config = model, train, valid, config
        self.best_score = model.best_on(valid)
        self.device = device
        model.to(self.device)
        self.parameters = list(model.parameters())
        # fused: one pass over weights, gradients and moments; that counts for large embeddings.
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=config.lr, weight_decay=config.weight_decay, fused=True
        )
        self.half = half_type(config.precision, self.device)
        # bfloat16 has the range of float32: only the gradients of float16 have to be scaled.
        self.scaled = self.half == torch.float16
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.scaled)
        self.history = History()
        self.best: dict[str, Tensor] = {}
        self.n_steps = 0
        self.lr_scale = 1.0  # what the schedule "plateau" has made of it
        self.sums: EpochSums | None = None  # of an epoch that is not over
        self.moment: dict[str, Tensor] = {}  # what else such an epoch goes on with, after a resume
        self.identity: dict[str, Any] = {}

    def draws(self) -> dict[str, Tensor]:
        """What an epoch goes on with in the middle: random states, and what the model carries."""
        found = {"random/cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            found["random/cuda"] = torch.cuda.get_rng_state(self.device)
        carried = self.model.carried()
        return found | {f"carried/{name}": value for name, value in carried.items()}

    def go_on_in_epoch(self) -> None:
        """Put back what `draws` has given."""
        torch.set_rng_state(self.moment["random/cpu"])
        if self.device.type == "cuda" and "random/cuda" in self.moment:
            torch.cuda.set_rng_state(self.moment["random/cuda"], self.device)
        self.model.carry_on(
            {
                name.removeprefix("carried/"): value
                for name, value in self.moment.items()
                if name.startswith("carried/")
            }
        )
        self.moment = {}
