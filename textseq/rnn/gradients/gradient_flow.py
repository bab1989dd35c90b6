"""Gradient flow: how much of a gradient is left after so many steps back through time.

In: a layer of recurrent cells or a reservoir and what it reads, or the options of one that is yet
to be made. Out: the norms of dh_T/dh_t over the lag T - t, as products of exact step Jacobians
(jacobians.py), and beside them the line of the spectral radius. No loss is involved: this is what
the layer does to any gradient that enters at its last step. Pictures are gradient_picture.py's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from textseq.config import EchoStateConfig, RNNConfig
from textseq.rnn.echo.reservoir import Reservoir
from textseq.rnn.gradients.jacobians import make_jacobians
from textseq.rnn.layers.cells import find_cell
from textseq.rnn.layers.recurrent import Recurrent

BAND = (0.1, 0.9)  # between which shares of the sequences the band lies
LINEAR = "(1 - leak) I + leak W"  # what a reservoir is where its tanh is linear
_LEVEL = 1e-6  # what the rounding of weights makes of a slope of 0
Array = NDArray[np.float64]


class Curve(NamedTuple):
    """Over the lags (L + 1,), natural logarithms: the geometric mean of a norm, and its band."""

    mean: Array
    low: Array
    high: Array


class Norms(NamedTuple):
    """Natural logarithms of norms (N, L + 1), a row a sequence, a column a lag from 0.

    NaN where a sequence has no such lag, -inf for a norm of exactly 0.
    """

    spectral: Array
    frobenius: Array


@dataclass(frozen=True)
class Flow:
    """What N sequences do to a gradient, by lag 0..L.

    `hidden`: the norms of dh_T/dh_t; of an LSTM that is the total derivative by h alone, with c
    held. `state`: those of the whole state where that is more than h, (h, c) of an LSTM, else the
    same. `radius`: the spectral radius of `radius_of`, whose powers are what a linear network would
    do.
    """

    hidden: Norms
    state: Norms
    radius: float
    radius_of: str

    @property
    def lags(self) -> NDArray[np.int64]:
        """(L + 1,) from 0."""
        return np.arange(self.hidden.spectral.shape[1], dtype=np.int64)

    @property
    def n(self) -> NDArray[np.int64]:
        """(L + 1,): how many sequences are that long."""
        found: NDArray[np.int64] = (~np.isnan(self.hidden.spectral)).sum(axis=0)
        return found

    @property
    def has_memory(self) -> bool:
        """Whether the state is more than h."""
        return self.state is not self.hidden

    def to_json(self) -> dict[str, Any]:
        """All numbers, as logarithms to the base 10; None for that of 0."""

        def rows(norms: Norms) -> dict[str, Any]:
            found: dict[str, Any] = {}
            for name, values in norms._asdict().items():
                curve = curve_of(values)
                found[name] = {part: log10(logs) for part, logs in curve._asdict().items()}
            return found | {"half_life": half_life(curve_of(norms.spectral))}

        return {
            "lags": self.lags.tolist(),
            "n": self.n.tolist(),
            "log10_hidden": rows(self.hidden),
            "log10_state": rows(self.state),
            "radius": self.radius,
            "radius_of": self.radius_of,
        }


def curve_of(norms: Array) -> Curve:
    """The geometric mean of norms (N, L + 1) at each lag, and the band of 10 % to 90 %."""
    columns = [column[~np.isnan(column)] for column in norms.T]
    means = [column.mean() for column in columns]
    # Nearest ranks: between -inf and -inf nothing can be interpolated.
    bands = [
        [np.sort(column)[round(share * (len(column) - 1))] for column in columns] for share in BAND
    ]
    return Curve(np.array(means), np.array(bands[0]), np.array(bands[1]))


def half_life(curve: Curve) -> float | None:
    """In how many steps the norm halves: of the line nearest to its logarithm from lag 1 on.

    0 where a norm is exactly 0; None for a norm that does not fall, and for fewer than two lags.
    """
    logs = curve.mean[1:]
    if len(logs) < 2:
        return None
    if np.isneginf(logs).any():
        return 0.0
    lags = np.arange(len(logs)) - (len(logs) - 1) / 2
    slope = float(lags @ logs / (lags @ lags))
    return math.log(2) / -slope if slope < -_LEVEL else None


def log10(logs: Array) -> list[float | None]:
    """Natural logarithms to those of base 10, as JSON can hold them."""
    return [value / math.log(10) if math.isfinite(value) else None for value in logs.tolist()]


@contextmanager
def one_thread() -> Iterator[None]:
    """Several threads would only wait for each other: the matrices here are small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


# ---- of any layer


def gradient_flow(
    layer: nn.Module | Reservoir, batches: Iterable[Tensor], max_lag: int | None = None
) -> Flow:
    """The flow through a layer that reads these batches (B, T, D); T may differ between them.

    Lags go up to T of the longest, where h_0 is the start of zeros, or to `max_lag`. ValueError for
    no batch, and as jacobians.py raises it.
    """
    if max_lag is not None and max_lag < 1:
        raise ValueError(f"max_lag is {max_lag}; the least that works is 1")
    found: list[tuple[Norms, Norms]] = []
    total, n_steps = torch.zeros((), dtype=torch.float64), 0
    with one_thread():
        for inputs in batches:
            jacobians = make_jacobians(layer, inputs)
            products = _Products(len(inputs), jacobians.size, jacobians.hidden)
            for step in range(len(jacobians))[::-1][:max_lag]:
                jacobian = jacobians[step]
                products.append(jacobian)
                total = total + jacobian.sum(dim=0)
                n_steps += len(jacobian)
            found.append(products.norms())
    if not found:
        raise ValueError("there is nothing for the layer to read; one batch is the least")
    if isinstance(layer, Reservoir):
        matrix, radius_of = torch.from_numpy(layer.linear()), LINEAR
    elif find_cell(layer).linear:
        weight = dict(layer.named_parameters())["weight_hh_l0"]
        matrix, radius_of = weight.detach().to("cpu", torch.float64), "W_hh"
    else:
        matrix, radius_of = total / n_steps, "the mean step Jacobian"
    radius = float(torch.linalg.eigvals(matrix).abs().max())
    hidden = state = _stack([of_h for of_h, _ in found])
    if found[0][0] is not found[0][1]:
        state = _stack([of_state for _, of_state in found])
    return Flow(hidden, state, radius, radius_of)


class _Products:
    """dh_T/dh_t for growing lags: each Jacobian comes in on the right, from the last step back."""

    def __init__(self, n_rows: int, size: int, hidden: int) -> None:
        self.hidden = hidden
        self.product = torch.eye(size, dtype=torch.float64).expand(n_rows, size, size)
        # What was taken out of the product, so that it neither underflows nor overflows.
        self.log_scale = torch.zeros(n_rows, dtype=torch.float64)
        self.kept: list[list[Tensor]] = []
        self._keep()

    def append(self, jacobian: Tensor) -> None:
        """One more step back."""
        self.product = self.product @ jacobian
        largest = self.product.abs().amax(dim=(1, 2))
        factor = torch.where(largest > 0, largest, 1.0)
        self.product = self.product / factor[:, None, None]
        self.log_scale = self.log_scale + factor.log()
        self._keep()

    def _keep(self) -> None:
        hidden = self.product[:, : self.hidden, : self.hidden]
        blocks = [hidden] if hidden.shape == self.product.shape else [hidden, self.product]
        kinds = (2, "fro")
        norms = [torch.linalg.matrix_norm(block, kind) for block in blocks for kind in kinds]
        self.kept.append([norm.log() + self.log_scale for norm in norms])

    def norms(self) -> tuple[Norms, Norms]:
        """Of h, and of the whole state."""
        logs = [torch.stack(of_lags, dim=1).numpy() for of_lags in zip(*self.kept, strict=True)]
        hidden = Norms(*logs[:2])
        return hidden, Norms(*logs[2:]) if logs[2:] else hidden


def _stack(parts: Sequence[Norms]) -> Norms:
    """The rows of all batches, with NaN behind the shorter ones."""
    width = max(part.spectral.shape[1] for part in parts)

    def pad(rows: Array) -> Array:
        behind = width - rows.shape[1]
        return np.pad(rows, ((0, 0), (0, behind)), constant_values=np.nan)

    return Norms(*(np.concatenate([pad(part[kind]) for part in parts]) for kind in (0, 1)))


# ---- of layers as they begin


def initial_flow(
    config: RNNConfig | EchoStateConfig,
    length: int = 100,
    *,
    n_sequences: int = 10,
    n_inputs: int | None = None,
    input_scale: float = 0.1,
    seed: int = 1,
) -> Flow:
    """The flow through a layer with these options before any training.

    It reads `n_sequences` of `length` steps of `n_inputs` (None: as many as it has units) normal
    numbers times `input_scale`, so that with Glorot's weights each gate gets sums of that size.
    The same seed, which counts in place of an EchoStateConfig's, gives the same inputs to all
    initialisations, and the same weights to inputs of any number and length.
    """
    for name, value in (("length", length), ("n_sequences", n_sequences)):
        if value < 1:
            raise ValueError(f"{name} is {value}; the least that works is 1")
    if not math.isfinite(input_scale):
        raise ValueError(f"input_scale is {input_scale}; it is a finite number")
    if n_inputs is None:
        n_inputs = config.hidden if isinstance(config, RNNConfig) else config.units
    own = torch.Generator().manual_seed(seed)
    inputs = torch.randn(n_sequences, length, n_inputs, generator=own) * input_scale
    if isinstance(config, EchoStateConfig):
        return gradient_flow(Reservoir.random(n_inputs, config.replace(seed=seed)), [inputs])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        (layer,) = Recurrent(n_inputs, config.replace(layers=1), bidirectional=False).cells()
    return gradient_flow(layer, [inputs])
