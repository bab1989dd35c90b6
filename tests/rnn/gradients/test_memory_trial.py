"""Trainings on synthetic tasks: solved, not solved, diverged, and the same for the same seed."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
import torch

from textseq.config import RNNConfig, TrialConfig
from textseq.rnn.gradients import memory_trial
from textseq.rnn.gradients.memory_trial import MemoryNet, run_trial
from textseq.rnn.gradients.synthetic_tasks import SYNTHETIC_TASKS
from textseq.rnn.layers.cells import RECURRENT_CELLS

SMALL = RNNConfig(cell="lstm", hidden=12)
SHORT = TrialConfig(steps=20, batch_size=8)


def test_a_short_task_is_solved():
    told: list[tuple[int, float]] = []
    config = TrialConfig(steps=2000, batch_size=32, lr=0.02)
    trial = run_trial("adding", 2, SMALL, config, progress=lambda *step: told.append(step))
    assert trial.solved
    assert trial.error <= 0.01 < trial.baseline
    assert trial.solved_at is not None
    assert trial.solved_at < trial.steps < config.steps  # it ends when it is solved for sure
    assert trial.checks == told
    assert [step for step, _ in told] == list(range(100, trial.steps + 1, 100))
    assert trial.checks[-1][1] <= 0.005
    assert 0 < trial.grad_norm_max < math.inf
    assert not trial.diverged


@pytest.mark.parametrize("task", SYNTHETIC_TASKS)
@pytest.mark.parametrize("cell", RECURRENT_CELLS)
def test_too_few_steps(task: str, cell: str):
    trial = run_trial(task, 10, SMALL.replace(cell=cell), SHORT)
    assert not trial.solved
    assert trial.solved_at is None
    assert trial.steps == 20
    assert len(trial.checks) == 1  # after the last step
    assert trial.error > trial.solved_below
    assert trial.error < 3 * trial.baseline
    assert (trial.task, trial.cell, trial.length) == (task, cell, 10)


def test_the_same_seed_is_the_same_training():
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    one, same = (run_trial("order", 8, SMALL, SHORT) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    assert dataclasses.replace(one, seconds=0.0) == dataclasses.replace(same, seconds=0.0)
    other = run_trial("order", 8, SMALL, SHORT.replace(seed=2))
    assert other.grad_norm_max != one.grad_norm_max


def test_clipping():
    free, cut = (
        run_trial("adding", 10, SMALL, SHORT.replace(clip_norm=norm)) for norm in (0.0, 1e-3)
    )
    assert (free.clipped, cut.clipped) == (0.0, 1.0)
    assert cut.grad_norm_max > 1e-3  # the norm before the cut
    assert free.error != cut.error


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite(monkeypatch: pytest.MonkeyPatch, value: float):
    steps = []

    def loss(self: object, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        steps.append(1)
        return outputs.sum() * (value if len(steps) == 5 else 1.0)

    monkeypatch.setattr(memory_trial.SyntheticTask, "loss", loss)
    trial = run_trial("adding", 4, SMALL, SHORT)
    assert trial.diverged
    assert not trial.solved
    assert trial.steps == len(steps) == 5
    assert math.isnan(trial.error)
    assert trial.grad_norm_max == math.inf
    found = json.loads(json.dumps(trial.to_json(), allow_nan=False))
    assert found["error"] is found["grad_norm_max"] is None
    assert found["diverged"] is True
    assert found["baseline"] == pytest.approx(1 / 6)


def test_weights_that_run_away_are_no_crash():
    """Whatever the largest lr does, there is a result."""
    trial = run_trial("copy", 5, SMALL.replace(cell="rnn"), SHORT.replace(lr=10.0, clip_norm=0.0))
    assert not trial.solved
    json.dumps(trial.to_json(), allow_nan=False)


@pytest.mark.parametrize(("task", "shape"), [("adding", (3, 1)), ("copy", (3, 7, 9)),
                                             ("order", (3, 4))])  # fmt: skip
def test_outputs(task: str, shape: tuple[int, ...]):
    net = MemoryNet(SYNTHETIC_TASKS[task], RNNConfig(hidden=1, layers=2, cell="gru"))
    inputs = torch.randn(3, 7, SYNTHETIC_TASKS[task].n_inputs)
    assert net.eval()(inputs).shape == shape
    whole, _ = net.recurrent(inputs, torch.full((3,), 7))
    want = net.output(whole if task == "copy" else whole[:, -1])
    torch.testing.assert_close(net(inputs), want)


def test_errors():
    with pytest.raises(ValueError, match="task is 'x'; it can be adding"):
        run_trial("x", 5, SMALL, SHORT)
    with pytest.raises(ValueError, match="length of adding is 1; the least that works is 2"):
        run_trial("adding", 1, SMALL, SHORT)
    with pytest.raises(ValueError, match="steps is 0; the least that works is 1"):
        TrialConfig(steps=0)
    with pytest.raises(ValueError, match="clip_norm is nan"):
        TrialConfig(clip_norm=math.nan)
