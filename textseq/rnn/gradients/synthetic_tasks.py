"""Synthetic tasks: made-up sequences whose answer depends on what was seen long before.

In: the name of a task, a length, a random generator. Out: batches of inputs and answers, the
loss and the error of an answer, what the best answer without a memory reaches, and from where on
a task counts as solved. No text and no file is involved; memory_trial.py trains on them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

TaskName = Literal["adding", "copy", "order"]

# Copy memory: 8 symbols, then the blank and the sign to begin. Order: E, B, four others, X, Y.
N_SYMBOLS, N_COPIED = 8, 10
BLANK, BEGIN = N_SYMBOLS, N_SYMBOLS + 1
ORDER_SYMBOLS = "EBabcdXY"
ORDER_CLASSES = ("XX", "XY", "YX", "YY")

_Float = NDArray[np.float32]
_Int = NDArray[np.int64]


class Drawn(NamedTuple):
    """B sequences: inputs (B, T, D) float32, and answers (B,) float32, or (B,) or (B, T) int64."""

    inputs: Tensor
    targets: Tensor


class SyntheticTask(NamedTuple):
    """One task. `shortest`: the least length. `n_inputs` and `n_outputs`: numbers at each step.

    `everywhere`: an answer at each step, else one after the last. `error`: what is measured;
    `baseline(length)` is that of the best answer without a memory, and a task is solved at
    `solved(length)` or below.
    """

    name: TaskName
    shortest: int
    n_inputs: int
    n_outputs: int
    everywhere: bool
    error: str
    make: Callable[[np.random.Generator, int, int], tuple[_Float, _Float | _Int]]
    baseline: Callable[[int], float]
    solved: Callable[[int], float]

    def draw(self, rng: np.random.Generator, n: int, length: int) -> Drawn:
        """`n` new sequences; ValueError for a length that is too short."""
        self.check(length)
        if n < 1:
            raise ValueError(f"{n} sequences of {self.name}; 1 is the least")
        inputs, targets = self.make(rng, n, length)
        return Drawn(torch.from_numpy(inputs), torch.from_numpy(targets))

    def check(self, length: int) -> None:
        """ValueError for a length that is too short."""
        if length < self.shortest:
            raise ValueError(
                f"the length of {self.name} is {length}; the least that works is {self.shortest}"
            )

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """What training makes small: outputs (B, [T,] n_outputs) -> the mean over all answers."""
        if self.name == "adding":
            return functional.mse_loss(outputs[:, 0], targets)
        return functional.cross_entropy(outputs.flatten(0, -2), targets.flatten())

    def error_of(self, outputs: Tensor, targets: Tensor) -> float:
        """What is measured: the loss, or of classes the share of wrong answers."""
        if self.name == "order":
            return float((outputs.argmax(1) != targets).float().mean())
        return float(self.loss(outputs, targets))


def find_synthetic_task(name: str) -> SyntheticTask:
    """The task of that name; ValueError for another."""
    task = SYNTHETIC_TASKS.get(name)  # type: ignore[call-overload]
    if task is None:
        raise ValueError(f"task is {name!r}; it can be {', '.join(get_args(TaskName))}")
    found: SyntheticTask = task
    return found


# ---- the tasks


def _adding(rng: np.random.Generator, n: int, length: int) -> tuple[_Float, _Float]:
    """Numbers of 0..1, two of them marked, one in each half; the answer is the sum of the two.

    Hochreiter and Schmidhuber (1997), with numbers from 0 and one length as in later work.
    """
    inputs = np.zeros((n, length, 2), np.float32)
    inputs[:, :, 0] = rng.random((n, length), np.float32)
    rows, half = np.arange(n), length // 2
    first, second = rng.integers(0, half, n), rng.integers(half, length, n)
    inputs[rows, first, 1] = inputs[rows, second, 1] = 1.0
    return inputs, inputs[rows, first, 0] + inputs[rows, second, 0]


def _copy(rng: np.random.Generator, n: int, length: int) -> tuple[_Float, _Int]:
    """Ten symbols, a blank `length` - 1 times, the sign to begin, ten blanks; the answer is the
    ten symbols at the end, blanks before. Arjovsky et al. (2016)."""
    symbols = rng.integers(0, N_SYMBOLS, (n, N_COPIED))
    ids = np.full((n, length + 2 * N_COPIED), BLANK)
    ids[:, :N_COPIED] = symbols
    ids[:, -N_COPIED - 1] = BEGIN
    targets = np.full(ids.shape, BLANK)
    targets[:, -N_COPIED:] = symbols
    return _one_hot(ids, N_SYMBOLS + 2), targets


def _order(rng: np.random.Generator, n: int, length: int) -> tuple[_Float, _Int]:
    """E, letters of a to d, B at the end; in between X or Y at two positions, and the answer is
    which came in which order. Task 6a of Hochreiter and Schmidhuber (1997).

    There the length is 100..110, the first position 10..20, the second 50..60; here all of that in
    proportion, and the sequences drawn together are of one length.
    """
    n_positions = int(rng.integers(length, length + length // 10 + 1))
    ids = rng.integers(2, 6, (n, n_positions))
    ids[:, 0], ids[:, -1] = 0, 1
    early, late = max(1, length // 10), max(1, length // 5)
    middle, later = max(late + 1, length // 2), max(late + 1, length * 6 // 10)
    rows = np.arange(n)
    which = rng.integers(0, 2, (n, 2))
    ids[rows, rng.integers(early, late + 1, n)] = 6 + which[:, 0]
    ids[rows, rng.integers(middle, later + 1, n)] = 6 + which[:, 1]
    return _one_hot(ids, len(ORDER_SYMBOLS)), which @ np.array([2, 1])


def _one_hot(ids: _Int, n_symbols: int) -> _Float:
    rows: _Float = np.eye(n_symbols, dtype=np.float32)[ids]
    return rows


def _copy_baseline(length: int) -> float:
    """Blanks for sure, and each of the 8 symbols alike at the ten positions, in nats a position."""
    return N_COPIED * math.log(N_SYMBOLS) / (length + 2 * N_COPIED)


SYNTHETIC_TASKS: dict[TaskName, SyntheticTask] = {
    "adding": SyntheticTask(
        "adding", 2, 2, 1, False, "mean squared error", _adding,
        # Always 1: the variance of a sum of two.
        baseline=lambda length: 1 / 6, solved=lambda length: 0.01,
    ),
    "copy": SyntheticTask(
        "copy", 1, N_SYMBOLS + 2, N_SYMBOLS + 1, True, "cross entropy", _copy,
        # A tenth of it: nine of ten symbols are known, or all of them nearly.
        baseline=_copy_baseline, solved=lambda length: _copy_baseline(length) / 10,
    ),
    "order": SyntheticTask(
        "order", 4, len(ORDER_SYMBOLS), len(ORDER_CLASSES), False, "share of errors", _order,
        baseline=lambda length: 3 / 4, solved=lambda length: 0.01,
    ),
}  # fmt: skip
