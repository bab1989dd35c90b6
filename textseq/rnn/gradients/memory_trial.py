"""Memory trial: can a cell learn to remember over so many steps? One training on one task.

In: a synthetic task, its length, the options of the cell and of the training. Out: the error on
sequences that were never seen, beside that of an answer without a memory, and the longest
gradient on the way. A loop of its own and not fit(): there is no data set, as each step draws new
sequences, and a training that diverges is a result here, not an error.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from textseq.config import RNNConfig, TrialConfig
from textseq.rnn.gradients.gradient_flow import one_thread
from textseq.rnn.gradients.synthetic_tasks import SyntheticTask, TaskName, find_synthetic_task
from textseq.rnn.layers.recurrent import Recurrent

CHECK_STEPS = 100  # between two checks of the error
_N_CHECK, _N_TEST = 500, 2000  # sequences
_TRIALS_AT_ONCE = 250  # sequences, where no gradient is needed
# A training ends when two checks, one after the other, are so much below what counts as solved: a
# single one may be good by chance.
_MARGIN, _IN_A_ROW = 0.5, 2


@dataclass
class Trial:
    """One training and what came of it.

    `error`: on 2,000 new sequences after the last step, NaN where training diverged; `baseline`:
    of the best answer without a memory. `solved_at`: the step of the first check that was good
    enough. `grad_norm_max`: before clipping; infinite where a gradient overflowed. `checks`: steps
    and errors on the way.
    """

    task: TaskName
    length: int
    cell: str
    initialisation: str
    clip_norm: float
    seed: int
    baseline: float
    solved_below: float
    error: float = math.nan
    solved: bool = False
    solved_at: int | None = None
    diverged: bool = False
    steps: int = 0
    grad_norm_max: float = 0.0
    clipped: float = 0.0
    seconds: float = 0.0
    checks: list[tuple[int, float]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """All of it; None for what is not finite."""
        values = dataclasses.asdict(self)
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in values.items()
        }


class MemoryNet(nn.Module):
    """Recurrent layers from left to right and a linear readout, of the last state or of all."""

    def __init__(self, task: SyntheticTask, rnn: RNNConfig) -> None:
        super().__init__()
        self.everywhere = task.everywhere
        self.recurrent = Recurrent(task.n_inputs, rnn, bidirectional=False)
        self.output = nn.Linear(rnn.hidden, task.n_outputs)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, T, D) -> (B, n_outputs), or (B, T, n_outputs) of a task with answers everywhere."""
        states, _ = self.recurrent.carry(inputs, None)
        outputs: Tensor = self.output(states if self.everywhere else states[:, -1])
        return outputs


def run_trial(
    task_name: str,
    length: int,
    rnn: RNNConfig,
    config: TrialConfig,
    *,
    progress: Callable[[int, float], None] | None = None,
) -> Trial:
    """Train a new network on new sequences at each step, until it is solved or the steps are over.

    Of `rnn` count cell, hidden, layers, initialisation and forget_bias. The same seed draws the
    same sequences for every cell. `progress` gets the step and the last error. A loss or a
    gradient that is not finite ends the training: it has diverged, and the task is not solved.
    """
    task = find_synthetic_task(task_name)
    task.check(length)
    trial = Trial(
        task.name, length, rnn.cell, rnn.initialisation, config.clip_norm, config.seed,
        baseline=task.baseline(length), solved_below=task.solved(length),
    )  # fmt: skip
    start = time.monotonic()
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(config.seed)
        model = MemoryNet(task, rnn.replace(dropout=0.0))
        _train(model, task, config, trial, progress)
        if not trial.diverged:
            trial.error = _error(model, task, length, _N_TEST, [config.seed, 2])
            trial.diverged = not math.isfinite(trial.error)
            trial.solved = trial.error <= trial.solved_below
    trial.seconds = time.monotonic() - start
    return trial


def _train(
    model: MemoryNet,
    task: SyntheticTask,
    config: TrialConfig,
    trial: Trial,
    progress: Callable[[int, float], None] | None,
) -> None:
    parameters = list(model.parameters())
    optimizer = torch.optim.Adam(parameters, lr=config.lr, fused=True)
    longest = config.clip_norm or math.inf
    rng, n_clipped = np.random.default_rng([config.seed, 0]), 0
    for step in range(1, config.steps + 1):
        batch = task.draw(rng, config.batch_size, trial.length)
        optimizer.zero_grad(set_to_none=True)
        loss = task.loss(model(batch.inputs), batch.targets)
        torch.autograd.backward([loss])
        norm = float(nn.utils.clip_grad_norm_(parameters, longest))
        trial.steps = step
        trial.grad_norm_max = max(trial.grad_norm_max, math.inf if math.isnan(norm) else norm)
        n_clipped += norm > longest
        trial.clipped = n_clipped / step
        if not math.isfinite(float(loss.detach())) or not math.isfinite(norm):
            trial.diverged = True
            return
        optimizer.step()
        if step % CHECK_STEPS and step < config.steps:
            continue
        error = _error(model, task, trial.length, _N_CHECK, [config.seed, 1])
        trial.checks.append((step, error))
        if progress is not None:
            progress(step, error)
        if error <= trial.solved_below and trial.solved_at is None:
            trial.solved_at = step
        if all(error <= _MARGIN * trial.solved_below for error in _last(trial.checks)):
            return


def _last(checks: list[tuple[int, float]]) -> list[float]:
    """The errors of the last checks; infinite where there were fewer."""
    errors = [math.inf] * _IN_A_ROW + [error for _, error in checks]
    return errors[-_IN_A_ROW:]


def _error(model: MemoryNet, task: SyntheticTask, length: int, n: int, seed: list[int]) -> float:
    """The mean error on `n` sequences, the same for the same seed."""
    rng, total = np.random.default_rng(seed), 0.0
    with torch.inference_mode():
        for start in range(0, n, _TRIALS_AT_ONCE):
            size = min(_TRIALS_AT_ONCE, n - start)
            batch = task.draw(rng, size, length)
            total += task.error_of(model(batch.inputs), batch.targets) * size
    return total / n
