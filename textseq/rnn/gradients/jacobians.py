"""Jacobians: how a small change of one state changes the next, for each step of a recurrent layer.

In: one layer of recurrent cells in one direction, or a reservoir, and what it reads. Out: the
states, and the exact derivative of each by the one before it, in closed form from the weights
(layers/cell_jacobians.py), in double precision. Products of them are gradient_flow.py's; nothing
is trained, and the layer stays as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np
import torch
from torch import Tensor, nn

from textseq.rnn.echo.reservoir import Reservoir
from textseq.rnn.layers.cell_jacobians import scale_rows
from textseq.rnn.layers.cells import find_cell


class Jacobians(Sequence[Tensor]):
    """T Jacobians of B sequences: `jacobians[t]` (B, S, S) is d states[:, t + 1] / d states[:, t].

    `states` (B, T + 1, S) float64 begins with `start`; the first `hidden` numbers of a state are h.
    One Jacobian is made when it is asked for: all of them together would seldom fit into memory.
    """

    hidden: int
    size: int
    states: Tensor
    _step: Callable[[int], Tensor]

    def __len__(self) -> int:
        return self.states.shape[1] - 1

    @overload
    def __getitem__(self, step: int) -> Tensor: ...
    @overload
    def __getitem__(self, step: slice) -> list[Tensor]: ...
    def __getitem__(self, step: int | slice) -> Tensor | list[Tensor]:
        if isinstance(step, slice):
            return [self[one] for one in range(*step.indices(len(self)))]
        index = step + len(self) if step < 0 else step
        if not 0 <= index < len(self):
            raise IndexError(f"step {step} of {len(self)}")
        return self._step(index)

    def _given(self, inputs: Tensor, n_inputs: int, start: Tensor | None) -> tuple[Tensor, Tensor]:
        """`inputs` and `start` in double precision; ValueError for those that do not fit."""
        if inputs.ndim != 3 or not inputs.numel() or inputs.shape[2] != n_inputs:
            raise ValueError(
                f"inputs {tuple(inputs.shape)} are not (B, T, {n_inputs}) with a B and a T "
                "of at least 1"
            )
        inputs = inputs.detach().to("cpu", torch.float64)
        if not bool(torch.isfinite(inputs).all()):
            raise ValueError("the inputs hold numbers that are not finite")
        start = inputs.new_zeros(len(inputs), self.size) if start is None else start.double()
        if start.shape != (len(inputs), self.size):
            raise ValueError(f"start {tuple(start.shape)} is not {(len(inputs), self.size)}")
        return inputs, start


class ReservoirJacobians(Jacobians):
    """Those of an echo state network, whose h = (1 - a) h' + a tanh(... + W h') with a leak a:

    dh/dh' = (1 - a) I + a diag(1 - tanh(... + W h')^2) W.
    """

    def __init__(self, reservoir: Reservoir, inputs: Tensor, start: Tensor | None = None) -> None:
        """`inputs` (B, T, D) with T at least 1; `start` (B, N), None for zeros."""
        self.hidden = self.size = len(reservoir.bias)
        inputs, start = self._given(inputs, reservoir.w_in.shape[1], start)
        w_in, bias, weight = map(
            torch.from_numpy, (reservoir.w_in, reservoir.bias, reservoir.recurrent.dense())
        )
        for name, numbers in (("w_in", w_in), ("bias", bias), ("recurrent", weight)):
            if not bool(torch.isfinite(numbers).all()):
                raise ValueError(f"{name} holds numbers that are not finite")
        rows = zip(inputs.numpy(), start.numpy(), strict=True)
        states = np.stack([reservoir.states(row, state) for row, state in rows])
        self.states = torch.cat([start[:, None], torch.from_numpy(states)], dim=1)
        new = torch.tanh(inputs @ w_in.T + bias + self.states[:, :-1] @ weight.T)
        slope = reservoir.leak * (1 - new**2)
        kept = (1 - reservoir.leak) * torch.eye(self.size, dtype=torch.float64)
        self._step = lambda t: kept + scale_rows(slope[:, t], weight)


class StepJacobians(Jacobians):
    """Those of the cells in RECURRENT_CELLS, by the functions that their rows name.

    A state is h, S = H, and behind it what else is part of it: of an LSTM c, S = 2 H, so that the
    block [:H, :H] of a product is the total derivative of h by an h before it, through c too.
    """

    def __init__(self, layer: nn.Module, inputs: Tensor, start: Tensor | None = None) -> None:
        """`inputs` (B, T, D) with T at least 1; `start` (B, S), None for zeros.

        ValueError for layers with more than one direction, level or kind of state, for shapes that
        do not fit and for numbers that are not finite.
        """
        cell = find_cell(layer)
        self.layer = _double(layer)
        weights = dict(layer.named_parameters())
        self.hidden = weights["weight_hh_l0"].shape[1]
        self.size = len(cell.parts) * self.hidden
        inputs, start = self._given(inputs, weights["weight_ih_l0"].shape[1], start)
        with torch.no_grad():
            self.states, self._step = cell.differentiate(self.layer, inputs, start)


def _double(layer: nn.Module) -> nn.Module:
    """A copy of the layer in double precision on the CPU, batch first; ValueError for layers whose
    Jacobians are not those of one cell."""
    if isinstance(layer, nn.RNNBase):
        if layer.num_layers != 1 or layer.bidirectional or layer.proj_size:
            raise ValueError(
                "Jacobians are of one layer in one direction without projection; take the parts of "
                "a larger one"
            )
        if layer.mode == "RNN_RELU":
            raise ValueError("the nonlinearity of this RNN is relu; Jacobians are of tanh")
    for name, weight in layer.named_parameters():
        if not bool(torch.isfinite(weight).all()):
            raise ValueError(f"{name} holds numbers that are not finite")
    twin: Any = copy.deepcopy(layer).to("cpu", torch.float64)
    twin.batch_first = True
    made: nn.Module = twin
    return made


def make_jacobians(layer: nn.Module | Reservoir, inputs: Tensor) -> Jacobians:
    """Those of either kind, from a start of zeros."""
    if isinstance(layer, Reservoir):
        return ReservoirJacobians(layer, inputs)
    return StepJacobians(layer, inputs)
