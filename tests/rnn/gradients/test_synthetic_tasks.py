"""The synthetic tasks: what the sequences look like, and what is known without a memory."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.rnn.gradients.synthetic_tasks import (
    BEGIN,
    BLANK,
    ORDER_CLASSES,
    ORDER_SYMBOLS,
    SYNTHETIC_TASKS,
    TaskName,
    find_synthetic_task,
)

NAMES = get_args(TaskName)


def draw(name: str, n: int, length: int, seed: int = 1):
    return find_synthetic_task(name).draw(np.random.default_rng(seed), n, length)


@given(length=st.integers(2, 60), seed=st.integers(0, 99))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_adding(length: int, seed: int):
    inputs, targets = draw("adding", 20, length, seed)
    assert inputs.shape == (20, length, 2)
    numbers, marks = inputs[:, :, 0], inputs[:, :, 1]
    assert bool(((numbers >= 0) & (numbers < 1)).all())
    assert set(marks.unique().tolist()) <= {0.0, 1.0}
    half = length // 2
    assert bool((marks[:, :half].sum(1) == 1).all())
    assert bool((marks[:, half:].sum(1) == 1).all())
    torch.testing.assert_close((numbers * marks).sum(1), targets)


def test_every_place_of_adding_is_marked_at_times():
    marks = draw("adding", 5000, 7).inputs[:, :, 1].mean(0)
    np.testing.assert_allclose(marks[:3], 1 / 3, atol=0.03)
    np.testing.assert_allclose(marks[3:], 1 / 4, atol=0.03)


def test_adding_without_a_memory():
    """Always 1 has a squared error of 1/6, and no constant has less."""
    task = find_synthetic_task("adding")
    targets = draw("adding", 100_000, 10).targets
    errors = {
        constant: task.error_of(torch.full((len(targets), 1), constant), targets)
        for constant in (0.9, 1.0, 1.1)
    }
    assert errors[1.0] == pytest.approx(task.baseline(10), abs=0.002)
    assert task.baseline(10) == pytest.approx(1 / 6)
    assert min(errors, key=errors.__getitem__) == 1.0
    assert task.solved(10) == 0.01


@given(length=st.integers(1, 40), seed=st.integers(0, 99))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_copy(length: int, seed: int):
    inputs, targets = draw("copy", 8, length, seed)
    assert inputs.shape == (8, length + 20, 10)
    assert bool((inputs.sum(2) == 1).all())
    ids = inputs.argmax(2)
    assert bool((ids[:, :10] < 8).all())
    assert bool((ids[:, 10 : length + 9] == BLANK).all())
    assert bool((ids[:, length + 9] == BEGIN).all())
    assert bool((ids[:, length + 10 :] == BLANK).all())
    assert bool((targets[:, : length + 10] == BLANK).all())
    assert torch.equal(targets[:, -10:], ids[:, :10])


@pytest.mark.parametrize("length", [1, 10, 100])
def test_copy_without_a_memory(length: int):
    """Blanks for sure, and 1/8 for each symbol at the end: the loss is the baseline, exactly."""
    task, (inputs, targets) = find_synthetic_task("copy"), draw("copy", 6, length)
    chances = torch.zeros(6, length + 20, 9)
    chances[:, : length + 10, BLANK] = 1.0
    chances[:, length + 10 :, :BLANK] = 1 / 8
    loss = task.error_of(chances.log().clamp_min(-1e4), targets)
    assert loss == pytest.approx(task.baseline(length), rel=1e-5)
    assert task.baseline(length) == pytest.approx(10 * math.log(8) / (length + 20))
    assert task.solved(length) == pytest.approx(task.baseline(length) / 10)
    assert inputs.dtype == torch.float32


def test_order_is_task_6a_at_length_100():
    lengths, places = set(), []
    for seed in range(40):
        inputs, targets = draw("order", 25, 100, seed)
        ids = inputs.argmax(2).numpy()
        lengths.add(ids.shape[1])
        letters = np.array(list(ORDER_SYMBOLS))[ids]
        for row, target in zip(letters, targets.tolist(), strict=True):
            line = "".join(row)
            assert line[0] == "E"
            assert line[-1] == "B"
            marks = [(pos, char) for pos, char in enumerate(line) if char in "XY"]
            assert "".join(char for _, char in marks) == ORDER_CLASSES[target]
            places.append([pos for pos, _ in marks])
            assert set(line[1:-1]) <= set("abcdXY")
    assert lengths == set(range(100, 111))
    first, second = np.array(places).T
    assert (first.min(), first.max(), second.min(), second.max()) == (10, 20, 50, 60)


@given(length=st.integers(4, 40), seed=st.integers(0, 99))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_order_of_any_length(length: int, seed: int):
    inputs, targets = draw("order", 30, length, seed)
    assert length <= inputs.shape[1] <= length + length // 10
    ids = inputs.argmax(2)
    assert bool((ids[:, 0] == 0).all())
    assert bool((ids[:, -1] == 1).all())
    assert bool(((ids >= 6).sum(1) == 2).all())
    found = [[int(one) - 6 for one in row if one >= 6] for row in ids]
    assert [2 * first + second for first, second in found] == targets.tolist()


def test_order_without_a_memory():
    task, (_, targets) = find_synthetic_task("order"), draw("order", 20_000, 20)
    shares = torch.bincount(targets) / len(targets)
    np.testing.assert_allclose(shares, 1 / 4, atol=0.02)
    outputs = torch.zeros(len(targets), 4)
    outputs[:, 2] = 1.0
    assert task.error_of(outputs, targets) == pytest.approx(task.baseline(20), abs=0.02)
    assert task.loss(torch.zeros(len(targets), 4), targets) == pytest.approx(math.log(4))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_draws_the_same(name: str):
    one, same, other = (draw(name, 5, 12, seed) for seed in (1, 1, 2))
    assert torch.equal(one.inputs, same.inputs)
    assert torch.equal(one.targets, same.targets)
    assert not torch.equal(one.inputs, other.inputs)


@pytest.mark.parametrize("name", NAMES)
def test_right_answers_are_no_errors(name: str):
    task, (_, targets) = SYNTHETIC_TASKS[name], draw(name, 50, 9)
    if name == "adding":
        outputs = targets[:, None]
    else:
        outputs = 50 * torch.nn.functional.one_hot(targets, task.n_outputs).float()
    assert task.error_of(outputs, targets) == pytest.approx(0, abs=1e-12)
    assert 0 < task.solved(9) < task.baseline(9)


@pytest.mark.parametrize(("name", "shortest"), [("adding", 2), ("copy", 1), ("order", 4)])
def test_lengths_that_are_too_short(name: str, shortest: int):
    assert len(draw(name, 3, shortest).inputs) == 3
    for length in (shortest - 1, 0, -5):
        with pytest.raises(ValueError, match=f"length of {name} is {length}; the least"):
            draw(name, 3, length)


def test_errors():
    with pytest.raises(ValueError, match="task is 'parity'; it can be adding, copy, order"):
        find_synthetic_task("parity")
    with pytest.raises(ValueError, match="0 sequences of copy"):
        draw("copy", 0, 5)
