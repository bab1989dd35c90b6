"""fit(): the one training loop, for every task.

In: a model, data sets for training and validation, a TrainConfig. Out: the model with the weights
of its best epoch, and a History: losses, scores, gradient norms. A folder keeps what a stopped
training needs to end where an uninterrupted one ends. It knows no task and prints nothing.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from textseq.config import TrainConfig, thread_count
from textseq.rnn.checkpoint import read_checkpoint, write_checkpoint
from textseq.rnn.data.batch import Batch
from textseq.rnn.data.examples import Examples
from textseq.rnn.model import SequenceModel

_REPORT_SECONDS = 0.25


@dataclass(frozen=True)
class Progress:
    """Where a training stands: epoch 1..epochs, steps of this epoch, the mean loss in it so far."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    lr: float
    seconds: float
    scores: dict[str, float]  # of the epoch before, on the validation set


@dataclass
class History:
    """What happened, an entry for each epoch; `best_epoch` counts from 1."""

    epochs: list[dict[str, Any]] = field(default_factory=list)
    best_epoch: int = 0

    @property
    def best_scores(self) -> dict[str, float]:
        """The validation scores of the best epoch."""
        return dict(self.epochs[self.best_epoch - 1]["valid"]) if self.best_epoch else {}


class FitInterrupted(Exception):
    """Training was stopped from outside; `checkpoint` is the folder that resumes it, or None."""

    def __init__(self, checkpoint: Path | None) -> None:
        super().__init__(f"training stopped; checkpoint: {checkpoint}")
        self.checkpoint = checkpoint


def choose_device(device: str) -> torch.device:
    """The device that an option means; ValueError for cuda where there is none."""
    works = torch.cuda.is_available()
    if device == "cuda" and not works:
        raise ValueError(
            "device is 'cuda', but torch sees no GPU; `textseq doctor` says why, 'cpu' works"
        )
    return torch.device("cuda" if works and device != "cpu" else "cpu")


def fit(
    model: SequenceModel,
    train: Examples,
    valid: Examples,
    config: TrainConfig,
    *,
    checkpoint: Path | None = None,
    resume: bool = False,
    progress: Callable[[Progress], None] | None = None,
    log: Callable[[dict[str, Any]], None] | None = None,
    stop: threading.Event | None = None,
) -> History:
    """Train a model in place; it ends with the weights of its best epoch, in evaluation mode.

    After each epoch `checkpoint` (a folder name) is written; `resume=True` goes on behind the last
    whole epoch in it and ends where an uninterrupted training ends. `log` gets an entry for
    each epoch. On KeyboardInterrupt or when `stop` is set, FitInterrupted is raised. ValueError
    for an empty data set or a loss that is not finite.
    """
    if not len(train) or not len(valid):
        raise ValueError(f"{len(train)} examples to train on and {len(valid)} to validate on")
    torch.set_num_threads(thread_count(config.threads))
    run = _Fit(model, train, valid, config, checkpoint, progress, log, stop or threading.Event())
    if resume:
        run.resume()
    try:
        run.run()
    except KeyboardInterrupt:
        run.interrupted()
    return run.history


class _Fit:
    """The state of one training."""

    def __init__(
        self,
        model: SequenceModel,
        train: Examples,
        valid: Examples,
        config: TrainConfig,
        checkpoint: Path | None,
        progress: Callable[[Progress], None] | None,
        log: Callable[[dict[str, Any]], None] | None,
        stop: threading.Event,
    ) -> None:
        self.model, self.train, self.valid, self.config = model, train, valid, config
        self.checkpoint, self.progress, self.log, self.stop = checkpoint, progress, log, stop
        self.device = choose_device(config.device)
        model.to(self.device)
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=config.lr, weight_decay=config.weight_decay
        )
        self.half = config.mixed_precision and self.device.type == "cuda"
        self.scaler = torch.amp.GradScaler("cuda", enabled=self.half)
        self.history = History()
        self.best: dict[str, Tensor] = {}
        self.n_steps = 0
        self.lr_scale = 1.0  # what the schedule "plateau" has made of it
        self._started = self._reported = time.monotonic()

    # ---- the loop

    def run(self) -> None:
        """Epoch by epoch, until the last one or until none has been better for too long."""
        first = len(self.history.epochs) + 1
        for epoch in range(first, self.config.epochs + 1):
            if self._is_done():
                break
            entry = self._epoch(epoch)
            self._judge(entry)
            if self.log is not None:
                self.log(entry)
            if self.checkpoint is not None:
                write_checkpoint(self.checkpoint, self)
        self.model.load_state_dict(self.best)
        self.model.eval()

    def _is_done(self) -> bool:
        return len(self.history.epochs) - self.history.best_epoch >= self.config.patience

    def _epoch(self, epoch: int) -> dict[str, Any]:
        config, model = self.config, self.model
        # Each epoch has its own draws, whatever was drawn before it: so resuming changes nothing.
        torch.manual_seed(config.seed * 1_000_003 + epoch)
        model.train()
        model.start_epoch()
        pin = self.device.type == "cuda"
        batches: Any = model.batches(
            self.train, config.batch_size, config.seed, epoch, pin_memory=pin
        )
        n_batches = len(batches)
        steps = math.ceil(n_batches / config.accumulate)
        start, total, n_items, norms = time.monotonic(), 0.0, 0, []
        groups = _groups(iter(batches), config.accumulate)
        for step, group in enumerate(groups, 1):
            if self.stop.is_set():
                raise KeyboardInterrupt
            self._set_lr(steps)
            model.set_step(self.n_steps)
            loss, n, norm = self._step(group)
            if not math.isfinite(loss):
                raise ValueError(
                    f"the loss is {loss} in epoch {epoch}, step {step}; a lower lr or clip_norm "
                    "keeps it finite"
                )
            total, n_items = total + loss * n, n_items + n
            norms.append(norm)
            self.n_steps += 1
            self._report(epoch, step, steps, total / max(1, n_items))
        clipped = sum(norm > config.clip_norm > 0 for norm in norms)
        entry = {
            "epoch": epoch,
            "train_loss": total / max(1, n_items),
            "lr": self.optimizer.param_groups[0]["lr"],
            "grad_norm": sum(norms) / len(norms),
            "grad_norm_max": max(norms),
            "clipped": clipped / len(norms),
            "seconds": time.monotonic() - start,
            "items": n_items,
        }
        model.eval()
        return entry | {"valid": model.evaluate(self.valid)}

    def _step(self, group: list[Batch]) -> tuple[float, int, float]:
        """One optimizer step; the mean loss, over how many items, and the norm of the gradient."""
        self.optimizer.zero_grad(set_to_none=True)
        losses, sizes = [], []
        for batch in group:
            batch = batch.to(self.device, non_blocking=True)
            with torch.autocast("cuda", enabled=True) if self.half else nullcontext():
                loss = self.model.loss(batch)
            losses.append(loss.mean.detach())
            sizes.append(loss.n_items)
            torch.autograd.backward(self.scaler.scale(loss.mean * (1 / len(group))))
        self.scaler.unscale_(self.optimizer)
        longest = self.config.clip_norm or math.inf
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), longest)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        n_items = sum(sizes)
        total = sum(float(loss) * n for loss, n in zip(losses, sizes, strict=True))
        mean = total / max(1, n_items)
        return mean, n_items, float(norm)

    def _set_lr(self, steps: int) -> None:
        """The learning rate of the next step."""
        config, total = self.config, self.config.epochs * steps
        warm = config.warmup * total
        if self.n_steps < warm:
            share = (self.n_steps + 1) / math.ceil(warm)
        else:
            done = (self.n_steps - warm) / max(1.0, total - warm)
            share = {"linear": 1 - done, "cosine": (1 + math.cos(math.pi * done)) / 2}.get(
                config.schedule, 1.0
            )
        for group in self.optimizer.param_groups:
            group["lr"] = config.lr * self.lr_scale * share

    def _judge(self, entry: dict[str, Any]) -> None:
        """Keep the weights if the epoch is the best so far."""
        name, more_is_better = self.model.best
        self.history.epochs.append(entry)
        score, best = entry["valid"][name], self.history.best_scores.get(name)
        if best is None or (score > best if more_is_better else score < best):
            self.history.best_epoch = entry["epoch"]
            self.best = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        elif self.config.schedule == "plateau":
            self.lr_scale /= 2

    def _report(self, epoch: int, step: int, steps: int, loss: float) -> None:
        now = time.monotonic()
        if self.progress is None or (now - self._reported < _REPORT_SECONDS and step < steps):
            return
        self._reported = now
        scores = self.history.epochs[-1]["valid"] if self.history.epochs else {}
        lr, seconds = self.optimizer.param_groups[0]["lr"], now - self._started
        self.progress(Progress(epoch, self.config.epochs, step, steps, loss, lr, seconds, scores))

    # ---- stopping and going on

    def interrupted(self) -> None:
        """Raise FitInterrupted; the last whole epoch is in the checkpoint already."""
        kept = self.checkpoint is not None and self.history.epochs
        raise FitInterrupted(self.checkpoint if kept else None) from None

    def resume(self) -> None:
        """Go on behind the last whole epoch of the checkpoint."""
        if self.checkpoint is None:
            raise ValueError("resume needs the name of a checkpoint")
        read_checkpoint(self.checkpoint, self)

    def identity(self) -> dict[str, Any]:
        """What must be the same for a checkpoint to go on."""
        options = self.config.to_json()
        for name in ("epochs", "patience", "threads", "device", "mixed_precision"):
            del options[name]
        made: dict[str, Any] = {"task": self.model.task, "rnn": self.model.rnn.to_json()}
        made |= {"options": self.model.options, "train": options, "n_train": len(self.train)}
        return json.loads(json.dumps(made))  # type: ignore[no-any-return]


def _groups(batches: Iterator[Batch], size: int) -> Iterator[list[Batch]]:
    while group := list(islice(batches, size)):
        yield group
