"""Reservoir: fixed random recurrent weights, and the states that they make of a series.

    x(t) = (1 - a) x(t - 1) + a tanh(W_in [1; u(t)] + W x(t - 1))        (Jaeger, 2001)

In: sizes, an EchoStateConfig and a generator; then numbers (T, D). Out: states (T, N). Weights are
never trained. Batches of padded texts are the business of echo_encoder.py, which reads the same
weights; what is learnt from the states that of readout.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from textseq.config import EchoStateConfig
from textseq.rnn.echo.readout import Floats

_DENSE = 0.25  # density from which a full matrix is faster than its weights one by one
_SMALL = 300  # units up to which all eigenvalues are found faster than the largest ones
_LARGEST = 12  # eigenvalues that ARPACK looks for: they lie close together, on a circle


class Matrix(NamedTuple):
    """The recurrent weights W (N, N), unit by unit; every unit has up to K of them.

    `values` (K, N) float64: values[k, n] goes from the unit columns[k, n] to the unit n.
    `columns` (K, N) int32. A unit with fewer than K has zeros behind. This way round, one step is
    K additions of N numbers, which the processor does several at a time.
    """

    values: Floats
    columns: NDArray[np.int32]

    def dense(self) -> Floats:
        """(N, N)."""
        n_units = self.values.shape[1]
        full = np.zeros((n_units, n_units))
        np.add.at(full, (np.arange(n_units)[None, :], self.columns), self.values)
        return full


def n_weights(units: int, density: float) -> int:
    """How many of the N x N weights are not 0; ValueError where that is none."""
    number = round(density * units**2)
    if not number:
        raise ValueError(
            f"density is {density}; of {units} x {units} recurrent weights none is left, "
            f"{math.ceil(1e4 / units) / 1e4:g} gives each unit one"
        )
    return number


def shape_of(units: int, density: float) -> tuple[int, int]:
    """(K, N) of the Matrix that `draw` makes."""
    return -(-n_weights(units, density) // units), units


def draw(units: int, density: float, spectral_radius: float, rng: np.random.Generator) -> Matrix:
    """A random matrix: weights from -1..1, as many at each unit (or one more), then scaled.

    ValueError where no scale can give it a spectral radius: where no weights close a circle, what
    is put in runs through and is gone.
    """
    number, (most, _) = n_weights(units, density), shape_of(units, density)
    values, columns = np.zeros((most, units)), np.zeros((most, units), np.int32)
    more = rng.permutation(units)[: number % units]  # the units that have one more
    n_of_unit = np.full(units, number // units)
    n_of_unit[more] += 1
    for unit, n_here in enumerate(n_of_unit.tolist()):
        columns[:n_here, unit] = np.sort(rng.choice(units, n_here, replace=False))
        values[:n_here, unit] = rng.uniform(-1.0, 1.0, n_here)
    matrix = Matrix(values, columns)
    radius = spectral_radius_of(matrix)
    if radius == 0.0:
        raise ValueError(
            f"the reservoir has no circle ({number} weights among {units} units): its spectral "
            f"radius is 0 and cannot be made {spectral_radius}; a higher density works, "
            "or another seed"
        )
    return Matrix(values * (spectral_radius / radius), columns)


def spectral_radius_of(matrix: Matrix) -> float:
    """The largest modulus of the eigenvalues; exactly 0 where no weights close a circle.

    They are those of the strongly connected parts: between these, nothing comes back. Large
    parts go to ARPACK, and where it does not converge to the dense method.
    """
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    most, units = matrix.values.shape
    rows = np.tile(np.arange(units), most)
    scipy_sparse: Any = sparse
    cells = (matrix.values.ravel(), (rows, matrix.columns.ravel()))
    whole = scipy_sparse.csr_matrix(cells, shape=(units, units))
    whole.eliminate_zeros()
    radius = float(np.abs(whole.diagonal()).max())  # parts of one unit
    n_parts, part_of = connected_components(whole, connection="strong")
    for part in np.flatnonzero(np.bincount(part_of, minlength=n_parts) > 1):
        here = np.flatnonzero(part_of == part)
        radius = max(radius, _radius(whole[here][:, here]))
    return radius


def _radius(weights: Any) -> float:
    from scipy.sparse import linalg

    arpack: Any = linalg
    n_units = weights.shape[0]
    if n_units > _SMALL:
        start = np.random.default_rng(1).standard_normal(n_units)  # ARPACK's own differs each time
        try:
            found = arpack.eigs(weights, k=_LARGEST, v0=start, return_eigenvectors=False)
            return float(np.abs(found).max())
        except arpack.ArpackError:  # not converged
            pass
    return float(np.abs(np.linalg.eigvals(weights.toarray())).max())


@dataclass(frozen=True)
class Reservoir:
    """The weights, float64: `w_in` (N, D), `bias` (N,), `recurrent`; `leak` above 0, up to 1."""

    w_in: Floats
    bias: Floats
    recurrent: Matrix
    leak: float

    @classmethod
    def random(cls, n_inputs: int, config: EchoStateConfig, *, number: int = 0) -> Self:
        """The reservoir of the config's seed; `number` tells apart those of one model.

        What the config leaves open is as for series.
        ValueError for a density that leaves no weights, or none that close a circle.
        """
        config = config.filled()
        assert config.spectral_radius is not None
        assert config.leak is not None
        rng = np.random.default_rng([config.seed, number])
        matrix = draw(config.units, config.density, config.spectral_radius, rng)
        w_in = rng.uniform(-1.0, 1.0, (config.units, n_inputs)) * config.input_scaling
        bias = rng.uniform(-1.0, 1.0, config.units) * config.bias_scaling
        return cls(w_in, bias, matrix, config.leak)

    def states(self, inputs: Floats, state: Floats | None = None) -> Floats:
        """(T, D) -> (T, N): the state at each step, from `state` (N,) on (None: from zeros)."""
        drive = np.ascontiguousarray(inputs @ self.w_in.T + self.bias)
        found = np.empty_like(drive)
        first = np.zeros(len(self.bias)) if state is None else np.array(state, np.float64)
        most, units = self.recurrent.values.shape
        if most > _DENSE * units:
            _compiled(_run_dense)(self._transposed(), self.leak, drive, first, found)
        else:
            _compiled(_run)(*self.recurrent, self.leak, drive, first, found)
        return found

    def plain_states(self, inputs: Floats, state: Floats | None = None) -> Floats:
        """The same by NumPy, as the equation is written; `states` is tested against it."""
        weights = self.recurrent.dense()
        here = np.zeros(len(self.bias)) if state is None else state
        found = np.empty((len(inputs), len(self.bias)))
        for step, given in enumerate(inputs):
            new = np.tanh(self.w_in @ given + self.bias + weights @ here)
            found[step] = here = (1 - self.leak) * here + self.leak * new
        return found

    def linear(self) -> Floats:
        """(N, N): (1 - a) I + a W, what a step makes of a small state where tanh is linear."""
        return (1 - self.leak) * np.eye(len(self.bias)) + self.leak * self.recurrent.dense()

    def _transposed(self) -> Floats:
        return np.ascontiguousarray(self.recurrent.dense().T)


# --- compiled


@cache
def _compiled(function: Callable[..., None]) -> Callable[..., None]:
    from numba import njit

    found: Callable[..., None] = njit(nogil=True, cache=True, error_model="numpy")(function)
    return found


def _run(
    values: Floats,  # (K, N)
    columns: NDArray[np.int32],  # (K, N)
    leak: float,
    drive: Floats,  # (T, N): W_in [1; u]
    state: Floats,  # (N,): before the first step; overwritten
    states: Floats,  # (T, N): filled
) -> None:
    most, units = values.shape
    for step in range(len(drive)):
        sums = states[step]
        for unit in range(units):
            sums[unit] = drive[step, unit]
        for k in range(most):
            for unit in range(units):
                sums[unit] += values[k, unit] * state[columns[k, unit]]
        for unit in range(units):
            state[unit] += leak * (math.tanh(sums[unit]) - state[unit])
            sums[unit] = state[unit]


def _run_dense(
    weights: Floats,  # (N, N): weights[m, n] goes from the unit m to the unit n
    leak: float,
    drive: Floats,
    state: Floats,
    states: Floats,
) -> None:
    units = len(weights)
    for step in range(len(drive)):
        sums = states[step]
        for unit in range(units):
            sums[unit] = drive[step, unit]
        for source in range(units):
            strength = state[source]
            for unit in range(units):
                sums[unit] += weights[source, unit] * strength
        for unit in range(units):
            state[unit] += leak * (math.tanh(sums[unit]) - state[unit])
            sums[unit] = state[unit]
