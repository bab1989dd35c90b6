"""Jacobians: how a small change of one state changes the next, for each step of a recurrent layer.

In: one layer of tanh RNN, GRU or LSTM cells in one direction, or a reservoir, and what it reads.
Out: the states, and the exact derivative of each by the one before it, in closed form from the
weights, in double precision. Products of them are gradient_flow.py's; nothing is trained, and the
layer stays as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import overload

import numpy as np
import torch
from torch import Tensor, nn

from textseq.rnn.echo.reservoir import Reservoir


class Jacobians(Sequence[Tensor]):
    """T Jacobians of B sequences: `jacobians[t]` (B, S, S) is d states[:, t + 1] / d states[:, t].

    `states` (B, T + 1, S) float64 begins with `start`; the first `hidden` numbers of a state are h.
    One Jacobian is made when it is asked for: all of them together would seldom fit into memory.
    """

    hidden: int
    size: int
    states: Tensor
    _step: _Step

    def __len__(self) -> int:
        return self.states.shape[1] - 1

    @overload
    def __getitem__(self, step: int) -> Tensor: ...
    @overload
    def __getitem__(self, step: slice) -> list[Tensor]: ...
    def __getitem__(self, step: int | slice) -> Tensor | list[Tensor]:
        if isinstance(step, slice):
            return [self[one] for one in range(*step.indices(len(self)))]
        place = step + len(self) if step < 0 else step
        if not 0 <= place < len(self):
            raise IndexError(f"step {step} of {len(self)}")
        return self._step(place)

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
        self._step = lambda t: kept + _rows(slope[:, t], weight)


class StepJacobians(Jacobians):
    """Those of torch's cells.

    A state is h, S = H; of an LSTM h and behind it c, S = 2 H, so that the block [:H, :H] of a
    product is the total derivative of h by an h before it, through the memory c too.
    """

    def __init__(self, layer: nn.RNNBase, inputs: Tensor, start: Tensor | None = None) -> None:
        """`inputs` (B, T, D) with T at least 1; `start` (B, S), None for zeros.

        ValueError for layers with more than one direction, level or kind of state, for shapes that
        do not fit and for numbers that are not finite.
        """
        self.layer = _checked(layer)
        n_parts = 2 if isinstance(layer, nn.LSTM) else 1
        self.hidden, self.size = layer.hidden_size, n_parts * layer.hidden_size
        inputs, self._start = self._given(inputs, layer.input_size, start)
        make: Callable[[Tensor], tuple[Tensor, _Step]] = {
            nn.RNN: self._rnn, nn.GRU: self._gru, nn.LSTM: self._lstm,
        }[type(layer)]  # fmt: skip
        with torch.no_grad():
            self.states, self._step = make(inputs)

    # ---- the three cells; W is what multiplies the state before, in blocks of H rows, a gate each

    def _rnn(self, inputs: Tensor) -> tuple[Tensor, _Step]:
        """h = tanh(... + W h'): dh/dh' = diag(1 - h^2) W."""
        before = self._start
        hidden, _ = self.layer(inputs, before[None].contiguous())
        slope = 1 - hidden**2
        (weight,) = self._recurrent_weights(1)
        return self._joined(hidden), lambda t: _rows(slope[:, t], weight)

    def _gru(self, inputs: Tensor) -> tuple[Tensor, _Step]:
        """As torch has it, with the reset gate behind the product:

        n = tanh(... + r m), m = W_n h' + b, and h = (1 - z) n + z h'. So
        dh/dh' = diag(z) + diag((h' - n) z (1 - z)) W_z
                 + diag((1 - z) (1 - n^2)) (diag(r) W_n + diag(m r (1 - r)) W_r).
        """
        hidden, _ = self.layer(inputs, self._start[None].contiguous())
        states = self._joined(hidden)
        before = states[:, :-1]
        from_inputs, from_state = self._sums(inputs, before, 3)
        reset = torch.sigmoid(from_inputs[0] + from_state[0])
        update = torch.sigmoid(from_inputs[1] + from_state[1])
        new = torch.tanh(from_inputs[2] + reset * from_state[2])
        w_reset, w_update, w_new = self._recurrent_weights(3)
        by_update = (before - new) * update * (1 - update)
        slope = (1 - update) * (1 - new**2)
        by_reset = slope * from_state[2] * reset * (1 - reset)

        def step(t: int) -> Tensor:
            return (
                torch.diag_embed(update[:, t])
                + _rows(by_update[:, t], w_update)
                + _rows((slope * reset)[:, t], w_new)
                + _rows(by_reset[:, t], w_reset)
            )

        return states, step

    def _lstm(self, inputs: Tensor) -> tuple[Tensor, _Step]:
        """c = f c' + i g and h = o tanh(c), where h' is in all four gates:

        dc/dc' = diag(f),  dc/dh' = diag(c' f (1 - f)) W_f + diag(g i (1 - i)) W_i
                                    + diag(i (1 - g^2)) W_g,
        and with q = o (1 - tanh(c)^2):
        dh/dc' = diag(q f),  dh/dh' = diag(tanh(c) o (1 - o)) W_o + diag(q) dc/dh'.
        """
        h_start, c_start = self._start[:, : self.hidden], self._start[:, self.hidden :]
        h, _ = self.layer(inputs, (h_start[None].contiguous(), c_start[None].contiguous()))
        before = torch.cat([h_start[:, None], h[:, :-1]], dim=1)
        sums = [a + b for a, b in zip(*self._sums(inputs, before, 4), strict=True)]
        write, keep, show = (torch.sigmoid(sums[gate]) for gate in (0, 1, 3))
        new = torch.tanh(sums[2])
        # torch gives h only; c follows from the gates, which h has decided.
        memories = [c_start]
        for t in range(inputs.shape[1]):
            memories.append(keep[:, t] * memories[-1] + write[:, t] * new[:, t])
        c = torch.stack(memories, dim=1)
        squashed = torch.tanh(c[:, 1:])
        w_write, w_keep, w_new, w_show = self._recurrent_weights(4)
        by_keep = c[:, :-1] * keep * (1 - keep)
        by_write, by_new = new * write * (1 - write), write * (1 - new**2)
        by_show, through = squashed * show * (1 - show), show * (1 - squashed**2)

        def step(t: int) -> Tensor:
            c_by_h = (
                _rows(by_keep[:, t], w_keep)
                + _rows(by_write[:, t], w_write)
                + _rows(by_new[:, t], w_new)
            )
            h_by_h = _rows(by_show[:, t], w_show) + through[:, t, :, None] * c_by_h
            h_by_c = torch.diag_embed((through * keep)[:, t])
            c_by_c = torch.diag_embed(keep[:, t])
            above, below = torch.cat([h_by_h, h_by_c], 2), torch.cat([c_by_h, c_by_c], 2)
            return torch.cat([above, below], dim=1)

        states = torch.cat([torch.cat([h_start[:, None], h], dim=1), c], dim=2)
        return states, step

    # ---- parts

    def _joined(self, hidden: Tensor) -> Tensor:
        return torch.cat([self._start[:, None], hidden], dim=1)

    def _recurrent_weights(self, n_gates: int) -> tuple[Tensor, ...]:
        """The blocks (H, H) of the gates, in torch's order."""
        return dict(self.layer.named_parameters())["weight_hh_l0"].detach().chunk(n_gates)

    def _sums(
        self, inputs: Tensor, before: Tensor, n_gates: int
    ) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """For each gate (B, T, H): what the inputs bring, and what the state before does."""
        weights = dict(self.layer.named_parameters())
        linear = nn.functional.linear
        # Without biases there are none in the layer.
        from_inputs = linear(inputs, weights["weight_ih_l0"], weights.get("bias_ih_l0"))
        from_state = linear(before, weights["weight_hh_l0"], weights.get("bias_hh_l0"))
        return from_inputs.chunk(n_gates, dim=2), from_state.chunk(n_gates, dim=2)


_Step = Callable[[int], Tensor]


def _rows(factors: Tensor, weight: Tensor) -> Tensor:
    """diag(factors) W for each sequence: (B, H) and (H, H) -> (B, H, H)."""
    return factors[:, :, None] * weight


def _checked(layer: nn.RNNBase) -> nn.RNNBase:
    """A copy of the layer in double precision on the CPU, batch first."""
    if type(layer) not in (nn.RNN, nn.GRU, nn.LSTM):
        raise ValueError(f"{type(layer).__name__} is none of nn.RNN, nn.GRU, nn.LSTM")
    if layer.num_layers != 1 or layer.bidirectional or layer.proj_size:
        raise ValueError(
            "Jacobians are of one layer in one direction without projection; take the parts of a "
            "larger one"
        )
    if layer.mode == "RNN_RELU":
        raise ValueError("the nonlinearity of this RNN is relu; Jacobians are of tanh")
    for name, weight in layer.named_parameters():
        if not bool(torch.isfinite(weight).all()):
            raise ValueError(f"{name} holds numbers that are not finite")
    twin = copy.deepcopy(layer).to("cpu", torch.float64)
    twin.batch_first = True
    return twin


def jacobians_of(layer: nn.RNNBase | Reservoir, inputs: Tensor) -> Jacobians:
    """Those of either kind, from a start of zeros."""
    if isinstance(layer, Reservoir):
        return ReservoirJacobians(layer, inputs)
    return StepJacobians(layer, inputs)
