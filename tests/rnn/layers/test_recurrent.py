"""Recurrent layers beside torch's own packed ones, and how weights begin."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from textseq.config import RNNConfig
from textseq.rnn.layers.cells import RECURRENT_CELLS
from textseq.rnn.layers.recurrent import LockedDropout, Recurrent, take_last

OF_TORCH = [name for name, row in RECURRENT_CELLS.items() if issubclass(row.module, nn.RNNBase)]
LENGTHS = torch.tensor([7, 1, 13, 4, 13])


def recurrent(
    cell: str, *, layers: int = 1, both: bool = False, n_inputs: int = 3, hidden: int = 5
):
    torch.manual_seed(0)
    config = RNNConfig(cell=cell, hidden=hidden, layers=layers, dropout=0.0)
    return Recurrent(n_inputs, config, bidirectional=both).double()


def torch_twin(ours: Recurrent, n_inputs: int) -> nn.RNNBase:
    """nn.LSTM and the like with the same weights."""
    layers = len(ours.layers)
    both = ours.n_directions == 2
    twin = (
        RECURRENT_CELLS[ours.cell]
        .module(n_inputs, ours.hidden, layers, batch_first=True, bidirectional=both)
        .double()
    )
    ends = ["", "_reverse"] if both else [""]
    places = product(range(layers), ends)
    with torch.no_grad():
        for cell, (layer, end) in zip(ours.cells(), places, strict=True):
            for name, weight in cell.named_parameters():
                getattr(twin, name.replace("_l0", f"_l{layer}{end}")).copy_(weight)
    return twin


def packed(twin: nn.RNNBase, vectors: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    rows = nn.utils.rnn.pack_padded_sequence(
        vectors, lengths, batch_first=True, enforce_sorted=False
    )
    states, last = twin(rows)
    last = last[0] if isinstance(last, tuple) else last
    states, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
    n_directions = 2 if twin.bidirectional else 1
    ends = last.view(twin.num_layers, n_directions, len(vectors), -1)
    return states, torch.cat([ends[:, way] for way in range(n_directions)], dim=2)


@pytest.mark.parametrize(("cell", "layers", "both"), list(product(OF_TORCH, (1, 3), (False, True))))
def test_equals_torch_on_packed_sequences(cell: str, layers: int, both: bool):
    ours = recurrent(cell, layers=layers, both=both)
    vectors = torch.randn(len(LENGTHS), 13, 3, dtype=torch.float64, requires_grad=True)
    states, last = ours(vectors, LENGTHS)
    twin = torch_twin(ours, 3)
    expected, expected_last = packed(twin, vectors, LENGTHS)
    mask = torch.arange(13) < LENGTHS[:, None]
    torch.testing.assert_close(states[mask], expected[mask], atol=1e-12, rtol=0)
    torch.testing.assert_close(last, expected_last, atol=1e-12, rtol=0)
    # The gradient too: of the inputs, and of every weight.
    weights = torch.randn_like(expected) * mask[:, :, None]
    (got,) = torch.autograd.grad((states * weights).sum() + last.sum(), vectors, retain_graph=True)
    (want,) = torch.autograd.grad((expected * weights).sum() + expected_last.sum(), vectors)
    torch.testing.assert_close(got, want, atol=1e-12, rtol=0)
    assert (got[~mask] == 0).all()


@pytest.mark.parametrize("cell", RECURRENT_CELLS)
@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6), extra=st.integers(0, 4))
@settings(derandomize=True, deadline=None, max_examples=25)
def test_neither_padding_nor_batch_mates_matter(cell: str, lengths: list[int], extra: int):
    ours = recurrent(cell, layers=2, both=True, hidden=3)
    longest = max(lengths) + extra
    vectors = torch.randn(len(lengths), longest, 3, dtype=torch.float64)
    states, last = ours(vectors, torch.tensor(lengths))
    for row, length in enumerate(lengths):
        alone, end = ours(vectors[row : row + 1, :length], torch.tensor([length]))
        torch.testing.assert_close(states[row, :length], alone[0], atol=1e-12, rtol=0)
        torch.testing.assert_close(last[:, row], end[:, 0], atol=1e-12, rtol=0)
    noise = vectors.clone()
    noise[torch.arange(longest) >= torch.tensor(lengths)[:, None]] = 1e6
    torch.testing.assert_close(ours(noise, torch.tensor(lengths))[1], last, atol=1e-12, rtol=0)


@pytest.mark.parametrize("cell", RECURRENT_CELLS)
def test_carrying_a_state_is_one_long_forward(cell: str):
    ours = recurrent(cell, layers=2)
    vectors = torch.randn(4, 11, 3, dtype=torch.float64)
    whole, _ = ours(vectors, torch.full((4,), 11))
    state, parts = None, []
    for part in vectors.split([1, 6, 4], dim=1):
        states, state = ours.carry(part, state)
        parts.append(states)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=1e-12, rtol=0)
    assert len(state) == len(RECURRENT_CELLS[cell].parts)
    assert all(part.shape == (2, 4, 5) for part in state)
    with pytest.raises(ValueError, match="both directions"):
        recurrent(cell, both=True).carry(vectors, None)


def test_last_of():
    states = torch.arange(12.0).view(2, 3, 2)
    assert take_last(states, torch.tensor([3, 1])).tolist() == [[4, 5], [6, 7]]


# ---- how weights begin


def gates(cell: nn.RNNBase, kind: str) -> list[Tensor]:
    weight = cell.weight_hh_l0.detach()
    return list(weight.view(RECURRENT_CELLS[kind].gates, weight.shape[1], -1))


@pytest.mark.parametrize("kind", RECURRENT_CELLS)
def test_each_gate_is_orthogonal(kind: str):
    for cell in recurrent(kind, layers=2, both=True, hidden=7).cells():
        eye = torch.eye(7)
        for gate in gates(cell.float(), kind):
            torch.testing.assert_close(gate @ gate.T, eye, atol=1e-5, rtol=0)
        blocks = gates(cell, kind)
        assert all(not torch.equal(blocks[0], block) for block in blocks[1:])


@pytest.mark.parametrize("kind", RECURRENT_CELLS)
def test_other_beginnings(kind: str):
    config = RNNConfig(cell=kind, hidden=60, initialisation="identity")
    (cell,) = Recurrent(3, config, bidirectional=False).cells()
    assert all(torch.equal(gate, torch.eye(60)) for gate in gates(cell, kind))
    torch.manual_seed(0)
    (cell,) = Recurrent(3, config.replace(initialisation="normal"), bidirectional=False).cells()
    assert all(0.9 < float(gate.std()) * 60**0.5 < 1.1 for gate in gates(cell, kind))


@pytest.mark.parametrize("kind", RECURRENT_CELLS)
def test_inputs_are_glorot_by_gate_and_biases_zero(kind: str):
    torch.manual_seed(0)
    config = RNNConfig(cell=kind, hidden=40, forget_bias=1.5)
    (cell,) = Recurrent(20, config, bidirectional=False).cells()
    bound = (6 / (20 + 40)) ** 0.5
    for block in cell.weight_ih_l0.detach().view(RECURRENT_CELLS[kind].gates, 40, 20):
        assert 0.9 * bound < float(block.abs().max()) <= bound
    assert not cell.bias_hh_l0.any()
    # torch adds its two biases: the forget bias of 1.5 is in one of them.
    wanted = torch.zeros(RECURRENT_CELLS[kind].gates, 40)
    if (forget := RECURRENT_CELLS[kind].forget_gate) is not None:
        wanted[forget] = 1.5
    assert torch.equal(cell.bias_ih_l0.detach(), wanted.flatten())


def test_the_forget_gate_is_the_one_with_the_bias():
    (cell,) = recurrent("lstm").cells()
    with torch.no_grad():
        for weight in cell.parameters():
            weight.zero_()
        cell.bias_ih_l0[5:10] = 100.0  # forget nothing
    before = torch.randn(1, 1, 5, dtype=torch.float64)
    _, (_, after) = cell(torch.zeros(1, 9, 3, dtype=torch.float64), (before * 0, before))
    torch.testing.assert_close(after, before)


# ---- dropout


def test_locked_dropout_is_one_mask_for_all_places():
    torch.manual_seed(0)
    dropout = LockedDropout(0.25)
    ones = torch.ones(40, 6, 50)
    dropped = dropout(ones)
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    torch.testing.assert_close(dropped.unique(), torch.tensor([0.0, 1 / 0.75]))
    assert 0.2 < float((dropped == 0).float().mean()) < 0.3
    assert not torch.equal(dropped[0], dropped[1])  # a mask for each sequence
    assert torch.equal(ones, torch.ones_like(ones))
    assert dropout.eval()(ones) is ones
    assert LockedDropout(0.0)(ones) is ones


def test_dropout_lies_between_layers_only():
    """One layer: nothing is dropped here. Two: the first one's states, the same at all places."""
    config = RNNConfig(cell="gru", hidden=6, dropout=0.5)
    vectors, lengths = torch.randn(2, 4, 3), torch.tensor([4, 4])
    one = Recurrent(3, config, bidirectional=False)
    assert torch.equal(one(vectors, lengths)[0], one(vectors, lengths)[0])
    two = Recurrent(3, config.replace(layers=2), bidirectional=False)
    assert not torch.equal(two(vectors, lengths)[0], two(vectors, lengths)[0])
    two.eval()
    assert torch.equal(two(vectors, lengths)[0], two(vectors, lengths)[0])
