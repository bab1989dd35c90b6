"""The table of recurrent cells: tanh RNN, GRU and LSTM, and all that differs between them.

In: the name of a cell, or a layer of one. Out: its row, which everything that depends on the cell
asks: how layers are made, run and started, what their state is, how they are exported and
differentiated. A new cell is a row here, a name in config.Cell, and, where torch has no module
for it, a file with the module and its Jacobian.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from textseq.config import Cell
from textseq.rnn.layers.cell_jacobians import (
    Steps,
    differentiate_gru,
    differentiate_lstm,
    differentiate_rnn,
)

State = tuple[Tensor, ...]  # a tensor (layers, B, H) for each part of the state


@dataclass(frozen=True)
class RecurrentCell:
    """One row of the table of cells.

    `module` makes and runs one layer in one direction, as torch's do: `module(D, H, batch_first=
    True)`, with the weights weight_ih_l0 (gates H, D), weight_hh_l0 (gates H, H), bias_ih_l0 and
    bias_hh_l0, these two unless `bias=False`; called with inputs and a state (a tensor, or a tuple
    of several) it gives the h of all steps and the state behind the last. `gates`: blocks of H rows
    in these. `parts`: what a state is made of, h first. `differentiate`: states and Jacobians of a
    layer in double precision, batch first (cell_jacobians.py). `onnx`: its operator, None without.
    `forget_gate`: the block whose bias is `forget_bias` at the start. `linear`: for small states a
    step is h = W h', so that the spectral radius of W says what becomes of a gradient.
    """

    module: type[nn.Module]
    gates: int
    parts: tuple[str, ...]
    differentiate: Callable[[nn.Module, Tensor, Tensor], Steps]
    onnx: str | None = None
    forget_gate: int | None = None
    linear: bool = False

    def run(self, layer: nn.Module, inputs: Tensor, state: State | None) -> tuple[Tensor, State]:
        """(B, T, D) and a state of parts (1, B, H), None for zeros -> states (B, T, H) and the
        state behind the last."""
        if len(self.parts) > 1:
            states, after = layer(inputs, state)
            return states, after
        states, after = layer(inputs, None if state is None else state[0])
        return states, (after,)

    def forget_rows(self, hidden: int) -> slice:
        """Which of the (gates H,) biases are those of the forget gate; none without one."""
        if self.forget_gate is None:
            return slice(0)
        return slice(self.forget_gate * hidden, (self.forget_gate + 1) * hidden)


# Gates in torch's order: GRU r, z, n; LSTM i, f, g, o.
RECURRENT_CELLS: dict[Cell, RecurrentCell] = {
    "rnn": RecurrentCell(nn.RNN, 1, ("h",), differentiate_rnn, "RNN", linear=True),
    "gru": RecurrentCell(nn.GRU, 3, ("h",), differentiate_gru, "GRU"),
    "lstm": RecurrentCell(nn.LSTM, 4, ("h", "c"), differentiate_lstm, "LSTM", forget_gate=1),
}


def find_cell(layer: nn.Module) -> RecurrentCell:
    """The row of a layer; ValueError where it is none of the table's."""
    for cell in RECURRENT_CELLS.values():
        if type(layer) is cell.module:
            return cell
    known = [cell.module for cell in RECURRENT_CELLS.values()]
    names = [("nn." if hasattr(nn, kind.__name__) else "") + kind.__name__ for kind in known]
    raise ValueError(f"{type(layer).__name__} is none of {', '.join(names)}")
