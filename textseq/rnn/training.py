"""fit(): the one training loop, for every task.

In: a model, data sets for training and validation, a TrainConfig. Out: the model with the weights
of its best epoch, and a History: losses, scores, gradient norms. A folder keeps what a stopped
training needs to end where an uninterrupted one ends. It knows no task and prints nothing.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from textseq.artifact import check_free
from textseq.config import TrainConfig, thread_count
from textseq.rnn.checkpoint import identity_of, read_checkpoint, write_checkpoint
from textseq.rnn.data.batch import Batch
from textseq.rnn.data.examples import Examples
from textseq.rnn.model import SequenceModel

_REPORT_SECONDS = 0.25
_READ_AHEAD = 64  # batches; made one by one, each would find ids and code out of the cache
_HALF_DEVICES = ("cuda",)  # a CPU would only be slower


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
    whole epoch in it and ends where an uninterrupted training ends. Then `log` gets an entry for
    the epoch. On KeyboardInterrupt or when `stop` is set, FitInterrupted is raised. ValueError
    for an empty data set, and for a loss, a gradient or a score that is not finite: before the
    step that it would spoil. Half precision leaves out a step whose gradient overflows at the
    scale of its loss, and counts it in the entry, as "skipped"; ValueError where that are all.
    """
    if not len(train) or not len(valid):
        raise ValueError(f"{len(train)} examples to train on and {len(valid)} to validate on")
    if checkpoint is not None:
        check_free(checkpoint, overwrite=True)  # now, not after an epoch
    run = _Fit(model, train, valid, config, checkpoint, progress, log, stop or threading.Event())
    if resume:
        run.resume()
    threads = torch.get_num_threads()
    torch.set_num_threads(thread_count(config.threads))
    try:
        run.run()
    except KeyboardInterrupt:
        raise FitInterrupted(run.kept) from None
    finally:
        torch.set_num_threads(threads)
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
        self.parameters = list(model.parameters())
        # fused: one pass over weights, gradients and moments; that counts for large embeddings.
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=config.lr, weight_decay=config.weight_decay, fused=True
        )
        self.half = config.mixed_precision and self.device.type in _HALF_DEVICES
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.half)
        self.history = History()
        self.best: dict[str, Tensor] = {}
        self.n_steps = 0
        self.lr_scale = 1.0  # what the schedule "plateau" has made of it
        self.kept: Path | None = None  # the checkpoint, once it holds an epoch of this training
        self.identity = {} if checkpoint is None else identity_of(model, train, valid, config)
        self._items = self._before = 0
        self._started = self._reported = time.monotonic()

    # ---- the loop

    def run(self) -> None:
        """Epoch by epoch, until the last one or until none has been better for too long."""
        self._before, self._started = self.n_steps, time.monotonic()
        first = len(self.history.epochs) + 1
        for epoch in range(first, self.config.epochs + 1):
            if self._is_done():
                break
            entry = self._epoch(epoch)
            self._judge(entry)
            if self.checkpoint is not None:
                write_checkpoint(self.checkpoint, self)
                self.kept = self.checkpoint
            if self.log is not None:
                self.log(entry)
        self._check_a_step_was_taken()
        self.model.load_state_dict(self.best)
        self.model.eval()
        self.model.finish(self.valid)

    def _is_done(self) -> bool:
        """None of the last epochs was the best so far, by its score or by its loss.

        By both, because a score can stand still, or be luck, while a model begins to learn.
        """
        losses = [_loss(entry["valid"]) for entry in self.history.epochs]
        last = max(self.history.best_epoch, losses.index(min(losses)) + 1) if losses else 0
        return len(losses) - last >= self.config.patience

    def _check_a_step_was_taken(self) -> None:
        """ValueError where half precision has left all steps out, those before a stop too."""
        skipped = sum(entry.get("skipped", 0) for entry in self.history.epochs)
        if 0 < skipped == self.n_steps:
            raise ValueError(
                f"in half precision the gradients of all {skipped} steps overflowed; a new "
                "training with mixed_precision off works, more steps may: each halves the scale"
            )

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
        steps = math.ceil(len(batches) / config.accumulate)
        start, total, n_items, norms = time.monotonic(), 0.0, 0, []
        for step, group in enumerate(_groups(iter(batches), config.accumulate), 1):
            if self.stop.is_set():
                raise KeyboardInterrupt
            self._set_lr(steps)
            model.set_step(self.n_steps)
            try:
                loss, n, norm = self._step(group)
            except FloatingPointError as error:
                raise ValueError(
                    f"{error} in epoch {epoch}, step {step}; a lower lr or clip_norm keeps it "
                    "finite"
                ) from None
            total, n_items = total + loss * n, n_items + n
            norms.append(norm)
            self.n_steps += 1
            self._items += n
            self._report(epoch, step, steps, total / max(1, n_items))
        seconds = time.monotonic() - start
        # In half precision a gradient may overflow; such a step is left out, and so is its norm.
        finite = [norm for norm in norms if math.isfinite(norm)]
        skipped = {"skipped": len(norms) - len(finite)} if self.half else {}
        finite = finite or [0.0]
        clipped = sum(norm > config.clip_norm > 0 for norm in finite)
        entry = {
            "epoch": epoch,
            "train_loss": total / max(1, n_items),
            "lr": self.optimizer.param_groups[0]["lr"],
            "grad_norm": sum(finite) / len(finite),
            "grad_norm_max": max(finite),
            "clipped": clipped / len(finite),
            "seconds": seconds,
            "items": n_items,
        }
        model.eval()
        return entry | skipped | {"valid": self._scores(epoch)}

    def _scores(self, epoch: int) -> dict[str, float]:
        """Of the validation set; ValueError where the one that decides is not finite."""
        scores = {name: float(value) for name, value in self.model.evaluate(self.valid).items()}
        best = self.model.best[0]
        if not math.isfinite(scores[best]):
            raise ValueError(
                f"the validation {best} is {scores[best]} after epoch {epoch}; a lower lr or "
                "clip_norm keeps it finite"
            )
        return {name: value for name, value in scores.items() if math.isfinite(value)}

    def _step(self, group: list[Batch]) -> tuple[float, int, float]:
        """One optimizer step; the mean loss, over how many items, and the norm of the gradient.

        The gradient is that of the mean over all items of the group, as of one larger batch.
        FloatingPointError, before anything has changed, for a loss or a norm that is not finite.
        """
        for parameter in self.parameters:  # zero_grad does no more, in twice the time
            parameter.grad = None
        total, sizes, kind = 0.0, [], self.device.type
        for batch in group:
            batch = batch.to(self.device, non_blocking=True)
            with torch.autocast(kind, torch.float16) if self.half else nullcontext():
                loss = self.model.loss(batch)
            mean, n_items = loss.mean, max(1, loss.n_items)
            value = float(mean.detach())
            if not math.isfinite(value):
                raise FloatingPointError(f"the loss is {value}")
            total += value * n_items
            sizes.append(n_items)
            # Relative to the first batch, so that a single one is taken as it is.
            torch.autograd.backward(self.scaler.scale(mean * (n_items / sizes[0])))
        self.scaler.unscale_(self.optimizer)
        norm = self._clip(sizes[0] / sum(sizes))
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return total / sum(sizes), sum(sizes), norm

    def _clip(self, share: float) -> float:
        """Multiply the gradient by `share`, then cut it to clip_norm; its norm before the cut."""
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        norm = _norm(gradients) * share
        if not math.isfinite(norm) and not self._is_left_out(gradients):
            raise FloatingPointError(f"the norm of the gradient is {norm}")
        longest = self.config.clip_norm
        if norm > longest > 0 and math.isfinite(norm):
            share *= longest / norm
        if share != 1.0:
            for gradient in gradients:
                gradient.mul_(share)
        return norm

    def _is_left_out(self, gradients: list[Tensor]) -> bool:
        """Whether the scaler leaves the step out: it overflowed, and a lower scale may mend it."""
        if not self.half or self.scaler.get_scale() < 1:  # 65,536 at first, halved each time
            return False
        return not all(bool(gradient.isfinite().all()) for gradient in gradients)

    def _set_lr(self, steps: int) -> None:
        """The learning rate of the next step."""
        config, total = self.config, self.config.epochs * steps
        warm = config.warmup * total
        if self.n_steps < warm:
            share = (self.n_steps + 1) / math.ceil(warm)
        else:
            # An epoch may have a few steps more than another: never beyond the end.
            done = min(1.0, (self.n_steps - warm) / max(1.0, total - warm))
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
        if (
            best is None
            or (score > best if more_is_better else score < best)
            or (score == best and _loss(entry["valid"]) < _loss(self.history.best_scores))
        ):
            self.history.best_epoch = entry["epoch"]
            self.best = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        elif self.config.schedule == "plateau":
            self.lr_scale /= 2

    def _report(self, epoch: int, step: int, steps: int, loss: float) -> None:
        now = time.monotonic()
        if self.progress is None or (now - self._reported < _REPORT_SECONDS and step < steps):
            return
        self._reported = now
        self.progress(
            Progress(
                epoch=epoch,
                epochs=self.config.epochs,
                step=step,
                steps=steps,
                loss=loss,
                lr=self.optimizer.param_groups[0]["lr"],
                items=self._items,
                seconds=now - self._started,
                before=self._before,
                scores=dict(self.history.epochs[-1]["valid"]) if self.history.epochs else {},
            )
        )

    # ---- going on

    def resume(self) -> None:
        """Go on behind the last whole epoch of the checkpoint."""
        if self.checkpoint is None:
            raise ValueError("resume needs the name of a checkpoint")
        read_checkpoint(self.checkpoint, self)
        self.kept = self.checkpoint


def _loss(scores: dict[str, float]) -> float:
    return scores.get("loss", math.inf)


def _groups(batches: Iterator[Batch], size: int) -> Iterator[list[Batch]]:
    """The batches of each step."""
    ready = chain.from_iterable(iter(lambda: list(islice(batches, _READ_AHEAD)), []))
    while group := list(islice(ready, size)):
        yield group


def _norm(gradients: list[Tensor]) -> float:
    """Of all of them together."""
    # dot, not vector_norm, which takes twice as long on a CPU; it counts for large embeddings.
    flat = [gradient.reshape(-1) for gradient in gradients]
    squares = [torch.dot(each, each) for each in flat]
    if squares and squares[0].is_cuda:
        squares = [torch.stack(squares).sum()]  # so that the GPU is waited for once
    return math.sqrt(sum(float(square) for square in squares))
