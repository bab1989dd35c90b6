"""The table of cells: every row keeps what it promises, and the options name the same cells."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from torch import nn

from textseq.config import Cell
from textseq.rnn.layers.cells import RECURRENT_CELLS, find_cell
from textseq.rnn.show.export import OPSET


def test_the_options_name_the_cells_of_the_table():
    assert sorted(RECURRENT_CELLS) == sorted(get_args(Cell))


@pytest.mark.parametrize("cell", RECURRENT_CELLS)
def test_a_row_says_what_its_module_is(cell: str):
    row = RECURRENT_CELLS[cell]
    layer = row.module(3, 5, batch_first=True)
    assert find_cell(layer) is row
    shapes = {name: tuple(weight.shape) for name, weight in layer.named_parameters()}
    rows = 5 * row.gates
    assert shapes == {
        "weight_ih_l0": (rows, 3), "weight_hh_l0": (rows, 5),
        "bias_ih_l0": (rows,), "bias_hh_l0": (rows,),
    }  # fmt: skip
    assert row.parts[0] == "h"
    states, after = row.run(layer, torch.randn(2, 4, 3), None)
    assert states.shape == (2, 4, 5)
    assert [part.shape for part in after] == [(1, 2, 5)] * len(row.parts)
    torch.testing.assert_close(after[0][0], states[:, -1])
    zeros = tuple(torch.zeros(1, 2, 5) for _ in row.parts)
    inputs = torch.randn(2, 4, 3)
    assert torch.equal(row.run(layer, inputs, zeros)[0], row.run(layer, inputs, None)[0])


def test_the_forget_gate():
    assert RECURRENT_CELLS["lstm"].forget_rows(5) == slice(5, 10)
    assert list(range(15))[RECURRENT_CELLS["gru"].forget_rows(5)] == []


@pytest.mark.parametrize("cell", [name for name, row in RECURRENT_CELLS.items() if row.onnx])
def test_the_operators_of_onnx_are_there(cell: str):
    onnx = pytest.importorskip("onnx")
    assert onnx.defs.has(RECURRENT_CELLS[cell].onnx, OPSET)


def test_a_layer_of_no_row():
    with pytest.raises(ValueError, match=r"Linear is none of nn\.RNN"):
        find_cell(nn.Linear(3, 4))
