"""fit(): the one training loop, for every task.

In: a model, data sets for training and validation, a TrainConfig. Out: the model with the weights
of its best epoch, and a History: losses, scores, gradient norms. A folder keeps what a stopped
training needs to end where an uninterrupted one ends, from whatever step on. It knows no task and
prints nothing.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from textseq.advice import with_article
from textseq.artifact import check_free
from textseq.config import LARGEST_SEED, Recipe, TrainConfig, thread_count
from textseq.config.networks import planned_epochs
from textseq.rnn.data.batch import Batch
from textseq.rnn.data.examples import Examples
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.training.checkpoint import identity_of, read_checkpoint
from textseq.rnn.training.history import EpochSums, History, Progress
from textseq.rnn.training.keeper import Keeper
from textseq.rnn.training.precision import in_half
from textseq.rnn.training.state import TrainingState
from textseq.stopping import Stop, stopped_by_signals
from textseq.text.notices import Notify

__all__ = ["FitInterrupted", "History", "Progress", "fit", "pick_torch_device"]

_REPORT_SECONDS = 0.25
_READ_AHEAD = 64  # batches; made one by one, each would find ids and code out of the cache


class FitInterrupted(Exception):
    """Training was stopped from outside; `checkpoint` is the folder that resumes it, or None.

    It is another one than was asked for, on another disk, where that had no room for it.
    """

    def __init__(self, checkpoint: Path | None) -> None:
        super().__init__(f"training stopped; checkpoint: {checkpoint}")
        self.checkpoint = checkpoint


class _Stopped(Exception):
    """`stop` is set, and what the training has done so far is consistent."""


def pick_torch_device(device: str) -> torch.device:
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
    config: TrainConfig | Recipe[Any] | None = None,
    *,
    checkpoint: Path | None = None,
    resume: bool = False,
    progress: Callable[[Progress], None] | None = None,
    log: Callable[[dict[str, Any]], None] | None = None,
    notify: Notify | None = None,
    stop: threading.Event | None = None,
) -> History:
    """Train a model in place; it ends with the weights of its best epoch, in evaluation mode.

    >>> data = SequenceDataset.from_texts(["a good day", "a bad day"] * 20, ["+", "-"] * 20)
    >>> train, valid = split(data, (0.8, 0.2), duplicates="keep")
    >>> model = Classifier.for_dataset(train, hidden=8)
    >>> history = fit(model, train, valid, TrainConfig(epochs=3), notify=print)
    >>> len(history.epochs), sorted(history.best_scores)
    (3, ['accuracy', 'calibration_error', 'loss', 'macro_f1'])

    `valid`: by its score the best epoch is known, and when to stop; `split` sets some examples
    aside. `config`: how it is trained, also as a part of a recipe; None: as the recipe says that
    the model was made with, or that of its task.
    After each epoch, and every `checkpoint_seconds` of the config within it (less often where that
    would take more than 2 % of the time), `checkpoint` (a folder name) is written; `resume=True`
    goes on from there and ends where an uninterrupted training ends. Then `log` gets an entry for
    the epoch. While it runs SIGINT, SIGTERM and SIGHUP only set `stop`; when that is set, by them
    or by another thread, the step in hand is ended, the checkpoint written, and FitInterrupted
    raised; once the last epoch is over, nothing is stopped any more. A checkpoint that finds no
    room on the way ends nothing: `notify` gets a line (None: it is a warning); at a stop it goes to
    another disk. ValueError for an empty data set, and for a loss, a gradient or a score that is
    not finite: before the step that it would spoil. float16 leaves out a step whose gradient
    overflows at the scale of its loss, and counts it in the entry, as "skipped"; ValueError where
    that are all. TypeError for a model that is solved and not trained.
    """
    if isinstance(model, type):
        raise TypeError(f"a class was given; {model.__name__}.for_dataset makes a model of it")
    if model.solved_by:
        kind = with_article(type(model).__name__)
        raise TypeError(f"{kind} is solved, not trained by fit; {model.solved_by} learns it")
    if train is None:
        raise TypeError("train is None; a SequenceDataset works, such as the model was made for")
    if valid is None:
        raise TypeError(
            "valid is None; by validation data fit knows its best epoch and when to stop: "
            "train, valid = split(train, (0.9, 0.1)) sets some aside"
        )
    if not isinstance(config, TrainConfig):
        recipe = model.recipe if config is None else config
        if not isinstance(recipe, Recipe):
            kind = with_article(type(recipe).__name__)
            raise TypeError(f"{kind} was given; a TrainConfig or a Recipe works")
        recipe.check_task(model.recipe.task)
        config = recipe.training
    if not len(train) or not len(valid):
        raise ValueError(f"{len(train)} examples to train on and {len(valid)} to validate on")
    if checkpoint is not None:
        check_free(checkpoint, overwrite=True)  # now, not after an epoch
    run = _Fit(model, train, valid, config, checkpoint, progress, log, notify, stop or Stop())
    if resume:
        run.resume()
    threads = torch.get_num_threads()
    torch.set_num_threads(thread_count(config.threads))
    try:
        with stopped_by_signals(run.stop):
            try:
                run.run()
            except _Stopped:
                raise FitInterrupted(run.keeper.keep_at_stop(run)) from None
            except ValueError as error:
                if not resume:
                    raise
                raise ValueError(f"{error} (the training went on from {checkpoint})") from None
    except KeyboardInterrupt:  # raised by whoever handles the signal instead: who knows where
        raise FitInterrupted(run.keeper.kept) from None
    finally:
        torch.set_num_threads(threads)
    return run.history


class _Fit(TrainingState):
    """A training: its state, and who hears of it."""

    def __init__(
        self,
        model: SequenceModel,
        train: Examples,
        valid: Examples,
        config: TrainConfig,
        checkpoint: Path | None,
        progress: Callable[[Progress], None] | None,
        log: Callable[[dict[str, Any]], None] | None,
        notify: Notify | None,
        stop: threading.Event,
    ) -> None:
        super().__init__(model, train, valid, config, pick_torch_device(config.device))
        self.checkpoint, self.progress, self.log, self.stop = checkpoint, progress, log, stop
        self.keeper = Keeper(checkpoint, config.checkpoint_seconds, notify)
        self.identity = {} if checkpoint is None else identity_of(model, train, valid, config)
        self.epochs = config.epochs or planned_epochs(self._steps_of_epoch())
        self._items = self._before = 0
        self._started = self._reported = time.monotonic()

    # ---- the loop

    def run(self) -> None:
        """Epoch by epoch, until the last one or until none has been better for too long."""
        self._before, self._started = self.n_steps, time.monotonic()
        first = len(self.history.epochs) + 1
        for epoch in range(first, self.epochs + 1):
            if self._is_done():
                break
            entry = self._epoch(epoch)
            self._judge(entry)
            self.keeper.keep(self)
            if self.log is not None:
                self.log(entry)
        self._check_a_step_was_taken()
        self.model.load_state_dict(self.best)
        self.model.eval()
        self.model.finish(self.train, self.valid)

    def _steps_of_epoch(self) -> int:
        """Updates in an epoch."""
        config = self.config
        batches: Any = self.model.batches(
            self.train, config.batch_size, config.seed, 1, pin_memory=False
        )
        return math.ceil(len(batches) / config.accumulate)

    def _look(self) -> None:
        if self.stop.is_set():
            raise _Stopped

    def _is_done(self) -> bool:
        """None of the last epochs was the best so far, by its score or by its loss.

        By both, because a score can stand still, or be luck, while a model begins to learn.
        """
        losses = [_loss(entry["valid"]) for entry in self.history.epochs]
        last = max(self.history.best_epoch, losses.index(min(losses)) + 1) if losses else 0
        return len(losses) - last >= self.config.patience

    def _check_a_step_was_taken(self) -> None:
        """ValueError where float16 has left all steps out, those before a stop too."""
        skipped = sum(entry.get("skipped", 0) for entry in self.history.epochs)
        if 0 < skipped == self.n_steps:
            raise ValueError(
                f"in float16 the gradients of all {skipped} steps overflowed; a new "
                "training with precision float32 works, more steps may: each halves the scale"
            )

    def _epoch(self, epoch: int) -> dict[str, Any]:
        config, model = self.config, self.model
        self._look()
        # Each epoch has its own draws, whatever was drawn before it: so resuming changes nothing.
        torch.manual_seed((config.seed * 1_000_003 + epoch) % (LARGEST_SEED + 1))
        model.train()
        model.start_epoch()
        pin = self.device.type == "cuda"
        batches: Any = model.batches(
            self.train, config.batch_size, config.seed, epoch, pin_memory=pin
        )
        steps = math.ceil(len(batches) / config.accumulate)
        groups = _groups(iter(batches), config.accumulate)
        sums = self.sums or EpochSums(epoch)
        if sums.steps:
            for _ in islice(groups, sums.steps):  # they are trained on already
                self._look()
            self.go_on_in_epoch()
        self.sums, start = sums, time.monotonic() - sums.seconds
        for group in groups:
            self._look()
            self._set_lr(steps)
            model.set_step(self.n_steps)
            try:
                loss, n, norm = self._step(group)
            except FloatingPointError as error:
                raise ValueError(
                    f"{error} in epoch {epoch}, step {sums.steps + 1}; a lower lr or clip_norm "
                    "keeps it finite"
                ) from None
            sums.add(loss, n, norm, config.clip_norm, self.optimizer.param_groups[0]["lr"])
            sums.seconds = time.monotonic() - start
            self.n_steps += 1
            self._items += n
            self.keeper.is_kept = False
            if self.keeper.is_due():
                self.keeper.keep(self)
            self._report(epoch, sums.steps, steps, sums.mean_loss)
        model.eval()
        with _looking(model, self._look):
            return sums.entry(scaled=self.scaled) | {"valid": self._scores(epoch)}

    def _scores(self, epoch: int) -> dict[str, float]:
        """Of the validation set; ValueError where the one that decides is not finite."""
        scores = {name: float(value) for name, value in self.model.evaluate(self.valid).items()}
        best = self.best_score[0]
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
        total, sizes = 0.0, []
        for batch in group:
            batch = batch.to(self.device, non_blocking=True)
            with in_half(self.half, self.device):
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
        if not self.scaled or self.scaler.get_scale() < 1:  # 65,536 at first, halved each time
            return False
        return not all(bool(gradient.isfinite().all()) for gradient in gradients)

    def _set_lr(self, steps: int) -> None:
        """The learning rate of the next step."""
        config, total = self.config, self.epochs * steps
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
        name, more_is_better = self.best_score
        self.history.epochs.append(entry)
        self.sums, self.keeper.is_kept = None, False
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
                epochs=self.epochs,
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
        """Go on from the last step in the checkpoint."""
        if self.checkpoint is None:
            raise ValueError("resume needs the name of a checkpoint")
        read_checkpoint(self.checkpoint, self)
        self.keeper.holds_all()


@contextmanager
def _looking(model: SequenceModel, look: Callable[[], None]) -> Iterator[None]:
    """While the block runs, `look` is called before each layer that is used.

    So a validation, whatever it is made of, is left soon when it is to be.
    """
    hooks = [module.register_forward_pre_hook(lambda *_: look()) for module in model.modules()]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


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
