"""The decoder: all places at once must be the same as one after the other."""

from __future__ import annotations

import itertools

import pytest
import torch

from textseq.config import RNNConfig
from textseq.rnn.layers.cells import RECURRENT_CELLS
from textseq.rnn.layers.decoder import Decoder, DecoderState, OutputLayer


def make(cell: str = "gru", layers: int = 1, **options) -> Decoder:
    torch.manual_seed(5)
    rnn = RNNConfig(cell=cell, hidden=7, layers=layers, dropout=0.3)
    options = {"n_start": 4, "n_memory": 6} | options
    return Decoder(rnn, 5, **options).eval()


def started(decoder: Decoder, n_rows: int = 3) -> DecoderState:
    generator = torch.Generator().manual_seed(1)
    vector = torch.randn(n_rows, 4, generator=generator)
    states = torch.randn(n_rows, 4, 6, generator=generator)
    mask = torch.arange(4) < torch.tensor([[4], [2], [1]])[:n_rows]
    if decoder.attention is None:
        return decoder.start(vector, constant=vector)
    return decoder.start(vector, states=states, mask=mask)


CASES = [
    pytest.param(
        {"cell": cell, "layers": layers, "input_feeding": feeding}, id=f"{cell}-{layers}-{feeding}"
    )
    for cell, layers, feeding in itertools.product(RECURRENT_CELLS, (1, 2), (False, True))
]
CASES += [
    pytest.param({"n_memory": 0, "n_constant": 4}, id="constant"),
    pytest.param({"n_memory": 0, "n_constant": 4, "input_feeding": True}, id="constant-feeding"),
    pytest.param({"attention": "additive"}, id="additive"),
]


@pytest.mark.parametrize("options", CASES)
def test_all_at_once_is_step_by_step(options: dict):
    decoder = make(**options)
    vectors = torch.randn(3, 6, 5, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        whole, weights = decoder(vectors, started(decoder))
        state = started(decoder)
        for place in range(6):
            output, state, _ = decoder.run(vectors[:, place : place + 1], state)
            torch.testing.assert_close(output[:, 0], whole[:, place], atol=1e-6, rtol=1e-5)
    assert whole.shape == (3, 6, 5)
    if decoder.attention is None:
        assert weights is None
    else:
        torch.testing.assert_close(weights.sum(2), torch.ones(3, 6))


@pytest.mark.parametrize("options", CASES)
def test_rows_do_not_depend_on_each_other(options: dict):
    decoder = make(**options)
    vectors = torch.randn(3, 6, 5, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        whole, _ = decoder(vectors, started(decoder))
        for row in range(3):
            alone = started(decoder).select(torch.tensor([row]))
            torch.testing.assert_close(
                decoder(vectors[row : row + 1], alone)[0][0], whole[row], atol=1e-6, rtol=1e-5
            )


def test_input_feeding_is_seen():
    decoder = make(input_feeding=True)
    vectors = torch.randn(3, 2, 5, generator=torch.Generator().manual_seed(2))
    state = started(decoder)
    assert (state.fed == 0).all()
    _, after, _ = decoder.run(vectors[:, :1], state)
    next_output = decoder.run(vectors[:, 1:], after)[0]
    without = decoder.run(vectors[:, 1:], after._replace(fed=torch.zeros(3, 5)))[0]
    assert not torch.allclose(next_output, without)


def test_the_state_is_picked_by_row():
    decoder = make("lstm", 2, input_feeding=True)
    state = started(decoder)
    assert [cell.shape for cell in state.cells] == [(3, 2, 7)] * 2
    picked = state.select(torch.tensor([2, 2, 0, 1]))
    assert torch.equal(picked.cells[1], state.cells[1][[2, 2, 0, 1]])
    assert picked.memory is not None
    assert torch.equal(picked.memory.mask, state.memory.mask[[2, 2, 0, 1]])


def test_every_weight_learns():
    decoder = make("lstm", 2, input_feeding=True, attention="additive").train()
    vectors = torch.randn(3, 3, 5)
    decoder(vectors, started(decoder))[0].sum().backward()
    for name, weight in decoder.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0, name


def test_words_of_a_table_or_of_their_own():
    table = torch.randn(9, 5)
    outputs = torch.randn(2, 3, 5)
    tied = OutputLayer(9, 5, tied=True)
    torch.testing.assert_close(tied(outputs, table), outputs @ table.T)
    assert [tuple(weight.shape) for weight in tied.parameters()] == [(9,)]
    own = OutputLayer(9, 5, tied=False)
    torch.testing.assert_close(own(outputs, None), outputs @ own.own.T)
