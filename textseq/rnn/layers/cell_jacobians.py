"""Jacobians of a recurrent cell: the derivative of each state by the one before it, in closed form.

In: one layer of tanh RNN, GRU or LSTM cells in one direction, in double precision, what it reads
and where it starts. Out: its states, and for each step the exact Jacobian, from the weights alone,
without autograd. The table of cells (cells.py) names these functions; what the Jacobians are
multiplied for is decided in gradients/.

W is what multiplies the state before, in blocks of H rows, one for each gate in torch's order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional


class Steps(NamedTuple):
    """T steps of B sequences: `states` (B, T + 1, S) from the start on, and `jacobian`, which
    gives d states[:, t + 1] / d states[:, t] (B, S, S) for each t from 0."""

    states: Tensor
    jacobian: Callable[[int], Tensor]


def differentiate_rnn(layer: nn.Module, inputs: Tensor, start: Tensor) -> Steps:
    """h = tanh(... + W h'): dh/dh' = diag(1 - h^2) W."""
    hidden, _ = layer(inputs, start[None].contiguous())
    slope = 1 - hidden**2
    (weight,) = recurrent_blocks(layer, 1)
    return Steps(prepend(start, hidden), lambda t: scale_rows(slope[:, t], weight))


def differentiate_gru(layer: nn.Module, inputs: Tensor, start: Tensor) -> Steps:
    """As torch has it, with the reset gate behind the product:

    n = tanh(... + r m), m = W_n h' + b, and h = (1 - z) n + z h'. So
    dh/dh' = diag(z) + diag((h' - n) z (1 - z)) W_z
             + diag((1 - z) (1 - n^2)) (diag(r) W_n + diag(m r (1 - r)) W_r).
    """
    hidden, _ = layer(inputs, start[None].contiguous())
    states = prepend(start, hidden)
    before = states[:, :-1]
    from_inputs, from_state = gate_sums(layer, inputs, before, 3)
    reset = torch.sigmoid(from_inputs[0] + from_state[0])
    update = torch.sigmoid(from_inputs[1] + from_state[1])
    new = torch.tanh(from_inputs[2] + reset * from_state[2])
    w_reset, w_update, w_new = recurrent_blocks(layer, 3)
    by_update = (before - new) * update * (1 - update)
    slope = (1 - update) * (1 - new**2)
    by_reset = slope * from_state[2] * reset * (1 - reset)

    def jacobian(t: int) -> Tensor:
        return (
            torch.diag_embed(update[:, t])
            + scale_rows(by_update[:, t], w_update)
            + scale_rows((slope * reset)[:, t], w_new)
            + scale_rows(by_reset[:, t], w_reset)
        )

    return Steps(states, jacobian)


def differentiate_lstm(layer: nn.Module, inputs: Tensor, start: Tensor) -> Steps:
    """c = f c' + i g and h = o tanh(c), where h' is in all four gates:

    dc/dc' = diag(f),  dc/dh' = diag(c' f (1 - f)) W_f + diag(g i (1 - i)) W_i
                                + diag(i (1 - g^2)) W_g,
    and with q = o (1 - tanh(c)^2):
    dh/dc' = diag(q f),  dh/dh' = diag(tanh(c) o (1 - o)) W_o + diag(q) dc/dh'.
    """
    h_start, c_start = start.chunk(2, dim=1)
    h, _ = layer(inputs, (h_start[None].contiguous(), c_start[None].contiguous()))
    before = prepend(h_start, h[:, :-1])
    sums = [a + b for a, b in zip(*gate_sums(layer, inputs, before, 4), strict=True)]
    write, keep, show = (torch.sigmoid(sums[gate]) for gate in (0, 1, 3))
    new = torch.tanh(sums[2])
    # torch gives h only; c follows from the gates, which h has decided.
    memories = [c_start]
    for t in range(inputs.shape[1]):
        memories.append(keep[:, t] * memories[-1] + write[:, t] * new[:, t])
    c = torch.stack(memories, dim=1)
    squashed = torch.tanh(c[:, 1:])
    w_write, w_keep, w_new, w_show = recurrent_blocks(layer, 4)
    by_keep = c[:, :-1] * keep * (1 - keep)
    by_write, by_new = new * write * (1 - write), write * (1 - new**2)
    by_show, through = squashed * show * (1 - show), show * (1 - squashed**2)

    def jacobian(t: int) -> Tensor:
        c_by_h = (
            scale_rows(by_keep[:, t], w_keep)
            + scale_rows(by_write[:, t], w_write)
            + scale_rows(by_new[:, t], w_new)
        )
        h_by_h = scale_rows(by_show[:, t], w_show) + through[:, t, :, None] * c_by_h
        h_by_c = torch.diag_embed((through * keep)[:, t])
        c_by_c = torch.diag_embed(keep[:, t])
        above, below = torch.cat([h_by_h, h_by_c], 2), torch.cat([c_by_h, c_by_c], 2)
        return torch.cat([above, below], dim=1)

    return Steps(torch.cat([prepend(h_start, h), c], dim=2), jacobian)


# ---- parts


def prepend(start: Tensor, states: Tensor) -> Tensor:
    """(B, S) and (B, T, S) -> (B, T + 1, S)."""
    return torch.cat([start[:, None], states], dim=1)


def recurrent_blocks(layer: nn.Module, n_gates: int) -> tuple[Tensor, ...]:
    """The blocks (H, H) of W."""
    return dict(layer.named_parameters())["weight_hh_l0"].detach().chunk(n_gates)


def gate_sums(
    layer: nn.Module, inputs: Tensor, before: Tensor, n_gates: int
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """For each gate (B, T, H): what the inputs bring, and what the state before does."""
    weights = dict(layer.named_parameters())
    # Without biases there are none in the layer.
    from_inputs = functional.linear(inputs, weights["weight_ih_l0"], weights.get("bias_ih_l0"))
    from_state = functional.linear(before, weights["weight_hh_l0"], weights.get("bias_hh_l0"))
    return from_inputs.chunk(n_gates, dim=2), from_state.chunk(n_gates, dim=2)


def scale_rows(factors: Tensor, weight: Tensor) -> Tensor:
    """diag(factors) W for each sequence: (B, H) and (H, H) -> (B, H, H)."""
    return factors[:, :, None] * weight
