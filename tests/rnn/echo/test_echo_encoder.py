"""Echo layers: the equation in padded batches, both directions; neighbours do not matter."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from textseq.config import EchoStateConfig, RNNConfig
from textseq.rnn.echo.echo_encoder import CharacterReservoir, EchoEncoder, EchoLayer
from textseq.rnn.echo.reservoir import Reservoir
from textseq.text.vocab import Vocab

ECHO = EchoStateConfig(units=30, density=0.15, leak=0.6)
VOCAB = Vocab.from_counts({"a": 3, "b": 2, "서울": 1})


@pytest.fixture(params=[False, True], ids=["forward", "both"])
def layer(request: pytest.FixtureRequest) -> EchoLayer:
    made = EchoLayer(4, ECHO, bidirectional=request.param)
    made.draw()
    return made


def test_the_states_of_the_equation(layer: EchoLayer):
    vectors, lengths = torch.randn(3, 6, 4), torch.tensor([6, 1, 4])
    states, last = layer(vectors, lengths)
    assert states.shape == (3, 6, layer.size)
    assert last.shape == (1, 3, layer.size)
    for row, length in enumerate(lengths.tolist()):
        given = vectors[row, :length].double().numpy()
        config = ECHO.filled(text=True)
        true = [Reservoir.random(4, config).plain_states(given)]
        ends = [true[0][-1]]
        if layer.n_directions == 2:
            backward = Reservoir.random(4, config, number=1).plain_states(given[::-1])[::-1]
            true.append(backward)
            ends.append(backward[0])
        found = states[row, :length].numpy()
        np.testing.assert_allclose(found, np.hstack(true), atol=2e-6)  # float32
        np.testing.assert_allclose(last[0, row].numpy(), np.hstack(ends), atol=2e-6)


def test_padding_and_neighbours_do_not_matter(layer: EchoLayer):
    vectors, lengths = torch.randn(3, 6, 4), torch.tensor([6, 1, 4])
    whole, last = layer(vectors, lengths)
    for row, length in enumerate(lengths.tolist()):
        padded = torch.full((1, 9, 4), 7.0)
        padded[0, :length] = vectors[row, :length]
        alone, end = layer(padded, lengths[row : row + 1])
        torch.testing.assert_close(alone[0, :length], whole[row, :length], atol=1e-6, rtol=0)
        torch.testing.assert_close(end[0, 0], last[0, row], atol=1e-6, rtol=0)


def test_gradients_reach_the_vectors(layer: EchoLayer):
    vectors = torch.randn(1, 3, 4, dtype=torch.float32, requires_grad=True)
    states, _ = layer(vectors, torch.tensor([3]))
    (slope,) = torch.autograd.grad(states[0, 1].sum(), vectors)
    other = vectors.detach().clone()
    other[0, 0, 2] += 1e-2
    below = vectors.detach().clone()
    below[0, 0, 2] -= 1e-2
    numbers = [float(layer(v, torch.tensor([3]))[0][0, 1].sum()) for v in (other, below)]
    assert float(slope[0, 0, 2]) == pytest.approx((numbers[0] - numbers[1]) / 2e-2, abs=2e-3)
    assert not list(layer.parameters())  # nothing to train


def test_encoder():
    echo = EchoEncoder(VOCAB, RNNConfig(dim=5), ECHO, n_more=2).eval()
    echo.draw()
    ids, lengths, more = (
        torch.tensor([[2, 3, 0], [4, 4, 1]]),
        torch.tensor([2, 3]),
        torch.randn(2, 3, 2),
    )
    features, ends = echo(ids, lengths, more)
    assert features.shape == (2, 3, echo.size) == (2, 3, 2 * 30 + 5 + 2)
    torch.testing.assert_close(features[..., 60:65], echo.embedding(ids))
    torch.testing.assert_close(features[..., 65:], more)
    torch.testing.assert_close(ends[0, 60:], features[0, 1, 60:])
    bare = EchoEncoder(VOCAB, RNNConfig(dim=5), ECHO.replace(direct=False, bidirectional=False))
    assert bare(ids, lengths)[0].shape == (2, 3, 30)


def test_units_that_there_are_not(layer: EchoLayer):
    for wrong in (-1, 30):
        state = layer.state_dict()
        state["sources"] = torch.full_like(state["sources"], wrong)
        with pytest.raises(ValueError, match=f"sources has units {wrong}"):
            layer.load_state_dict(state)


def test_characters():
    made = CharacterReservoir(VOCAB, 6, 20, ECHO)
    made.draw()
    words, lengths = torch.tensor([[2, 3, 4], [2, 3, 0], [4, 3, 0]]), torch.tensor([3, 2, 2])
    vectors = made(words, lengths)
    assert vectors.shape == (3, 20)
    alone = made(words[1:2, :2], lengths[1:2])
    torch.testing.assert_close(vectors[1:2], alone)
    assert not torch.allclose(vectors[1], vectors[2])  # another beginning
    with pytest.raises(ValueError, match="an even one"):
        CharacterReservoir(VOCAB, 6, 21, ECHO)
