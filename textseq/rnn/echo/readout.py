"""Readout: what an echo state network learns, a linear map from states to targets.

    min over W, b of  sum |y - W x - b|^2 + ridge |W|^2

In: states and targets, block by block. Out: W and b, by the normal equations in float64. What is
kept are sums over the rows seen, so memory does not grow with them. The bias is not penalised.
Where states come from is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Readout(NamedTuple):
    """`weights` (K, F) and `bias` (K,) float64."""

    weights: Floats
    bias: Floats

    def __call__(self, inputs: Floats) -> Floats:
        """(n, F) -> (n, K)."""
        return inputs @ self.weights.T + self.bias


class RidgeSums:
    """Sums over rows of F inputs and K outputs; `add` blocks of them, then `solve`."""

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        self.total = 0.0  # weight of all rows
        self._x = np.zeros(n_inputs)
        self._y = np.zeros(n_outputs)
        self._xx = np.zeros((n_inputs, n_inputs))
        self._xy = np.zeros((n_inputs, n_outputs))
        self._yy = 0.0
        # Rows are counted from the mean of the first block: sums of squares of numbers far from 0
        # would lose their last places when the square of the mean is taken off.
        self._x_zero: Floats | None = None
        self._y_zero = np.zeros(n_outputs)

    def add(self, inputs: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> None:
        """A block (n, F) with its targets (n, K), and how much each row counts (n,), if not 1.

        ValueError for shapes that do not fit, numbers that are not finite, negative weights.
        """
        x, y = np.asarray(inputs, np.float64), np.asarray(targets, np.float64)
        n_inputs, n_outputs = self._xy.shape
        if x.shape != (len(x), n_inputs) or y.shape != (len(x), n_outputs):
            raise ValueError(
                f"a block of {x.shape} with targets {y.shape}; (n, {n_inputs}) and "
                f"(n, {n_outputs}) fit"
            )
        if not len(x):
            return
        counts = np.ones(len(x)) if weights is None else np.asarray(weights, np.float64)
        if counts.shape != (len(x),) or not (counts >= 0).all():
            raise ValueError(f"weights are a number of 0 or more for each of {len(x)} rows")
        if not (np.isfinite(x).all() and np.isfinite(y).all() and np.isfinite(counts).all()):
            raise ValueError("states, targets and weights have to be finite numbers")
        if self._x_zero is None:
            self._x_zero, self._y_zero = x.mean(axis=0), y.mean(axis=0)
        x, y = x - self._x_zero, y - self._y_zero
        if weights is not None:
            root = np.sqrt(counts)[:, None]
            x, y, ones = x * root, y * root, root[:, 0]
        else:
            ones = counts
        self.total += float(counts.sum())
        self._x += ones @ x
        self._y += ones @ y
        self._xx += x.T @ x  # NumPy sees that it is symmetric, and does half the work
        self._xy += x.T @ y
        self._yy += float((y * y).sum())

    @property
    def mean_target(self) -> Floats:
        """(K,): the mean of the targets; ValueError of none."""
        if not self.total:
            raise ValueError("there are no rows to learn from")
        mean: Floats = self._y / self.total + self._y_zero
        return mean

    def solve(self, ridge: float) -> Readout:
        """The weights and biases that make the sum above the least; `ridge` 0 or more.

        ValueError for no rows, and for a ridge that is too small where inputs repeat each other.
        """
        from scipy import linalg

        cholesky: Any = linalg
        if not ridge >= 0:
            raise ValueError(f"ridge is {ridge}; it is 0 or more")
        if not self.total or self._x_zero is None:
            raise ValueError("there are no rows to learn from")
        x, y = self._x / self.total, self._y / self.total
        square = self._xx - self.total * np.outer(x, x)
        square[np.diag_indices_from(square)] += ridge
        try:
            factor = cholesky.cho_factor(square, lower=True, overwrite_a=True, check_finite=False)
        except cholesky.LinAlgError:
            raise ValueError(
                f"ridge is {ridge:g}; that is too little here, since some states follow from "
                "others; a larger one works"
            ) from None
        moments = self._xy - self.total * np.outer(x, y)
        weights = cholesky.cho_solve(factor, moments, check_finite=False).T
        if not np.isfinite(weights).all():
            raise ValueError(f"ridge is {ridge:g}; that is too little here, a larger one works")
        bias = y + self._y_zero - weights @ (x + self._x_zero)
        return Readout(np.ascontiguousarray(weights), bias)

    def error(self, readout: Readout) -> float:
        """The mean of |y - W x - b|^2 over the rows that were added; NaN of none."""
        if not self.total or self._x_zero is None:
            return float("nan")
        weights = readout.weights
        rest = readout.bias - self._y_zero + weights @ self._x_zero
        total = self._yy - 2 * float((weights.T * self._xy).sum())
        total += float((weights @ self._xx * weights).sum())
        total += self.total * float(rest @ rest) - 2 * float(rest @ (self._y - weights @ self._x))
        return max(0.0, total / self.total)  # rounding may leave a little less than nothing


def best_ridge(
    train: RidgeSums, valid: RidgeSums, ridges: Iterable[float]
) -> tuple[float, Readout]:
    """Of these ridges the one with the least error on `valid`, and its readout.

    A ridge that is too small is left out; ValueError where all are.
    """
    best: tuple[float, float, Readout] | None = None
    reason = "there are no ridges to choose from"
    for ridge in ridges:
        try:
            readout = train.solve(ridge)
        except ValueError as error:
            reason = str(error)
            continue
        error_here = valid.error(readout)
        if best is None or error_here < best[0]:
            best = error_here, ridge, readout
    if best is None:
        raise ValueError(reason)
    return best[1], best[2]
