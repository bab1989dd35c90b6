"""Embeddings: random, given, frozen and thawed, one-hot; words that are dropped; encoders."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from textseq.config import RNNConfig
from textseq.rnn.layers.cells import RECURRENT_CELLS
from textseq.rnn.layers.encoder import Embedding, Encoder
from textseq.text.vocab import DEFAULT_SPECIALS, Vocab

VOCAB = Vocab([*DEFAULT_SPECIALS, "a", "b", "서울"], specials=DEFAULT_SPECIALS)
PLAIN = RNNConfig(hidden=4, dim=3, dropout=0.0, embedding_dropout=0.0)
IDS = torch.tensor([[2, 3, 4], [1, 2, 0]])
LENGTHS = torch.tensor([3, 2])


def vectors(n_words: int = len(VOCAB)) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((n_words, 6), np.float32)


def test_random_vectors():
    torch.manual_seed(0)
    embedding = Embedding(VOCAB, PLAIN)
    assert (embedding.size, embedding(IDS).shape) == (3, (2, 3, 3))
    assert not embedding.table.weight[VOCAB.pad_id].any()
    assert embedding.table.weight.requires_grad


def test_given_vectors_decide_the_size():
    rows = vectors()
    embedding = Embedding(VOCAB, PLAIN, rows)
    assert embedding.size == 6
    torch.testing.assert_close(embedding(torch.tensor([[2, 4]]))[0], torch.tensor(rows[[2, 4]]))
    rows[:] = 0  # its own copy
    assert embedding.table.weight.any()
    with pytest.raises(ValueError, match="4 vectors for a vocabulary of 5 words"):
        Embedding(VOCAB, PLAIN, vectors(4))


@pytest.mark.parametrize("order", ["C", "F"])
def test_given_vectors_may_lie_in_any_way(order: str):
    rows = np.array(vectors(), order=order)
    rows.flags.writeable = False
    embedding = Embedding(VOCAB, PLAIN, rows)
    torch.testing.assert_close(embedding.table.weight[3].detach(), torch.tensor(rows[3].copy()))


@pytest.mark.parametrize(
    ("after", "steps", "trains"),
    [(0, 0, True), (None, 0, False), (None, 10**9, False), (5, 4, False), (5, 5, True)],
)
def test_given_vectors_are_frozen_and_thawed(after: int | None, steps: int, trains: bool):
    embedding = Embedding(VOCAB, PLAIN.replace(train_vectors_after=after), vectors())
    embedding.set_step(steps)
    assert embedding.table.weight.requires_grad is trains


def test_random_vectors_are_never_frozen():
    embedding = Embedding(VOCAB, PLAIN.replace(train_vectors_after=None))
    embedding.set_step(0)
    assert embedding.table.weight.requires_grad


def test_one_hot_is_an_embedding_with_identity_rows():
    one_hot = Embedding(VOCAB, PLAIN.replace(input="one-hot"))
    assert one_hot.size == len(VOCAB)
    assert not list(one_hot.parameters())
    dense = Embedding(VOCAB, PLAIN, np.eye(len(VOCAB), dtype=np.float32))
    places = VOCAB.pad_id != IDS  # the row of <pad> is zeros in a table
    torch.testing.assert_close(one_hot(IDS)[places], dense(IDS)[places])


def test_words_are_dropped_in_training_only():
    torch.manual_seed(0)
    config = PLAIN.replace(input="one-hot", word_dropout=0.4)
    embedding = Embedding(VOCAB, config)
    ids = torch.randint(2, 5, (50, 40))
    ids[:, 30:] = VOCAB.pad_id
    seen = embedding(ids).argmax(2)
    gone = seen != ids
    assert (seen[gone] == VOCAB.unk_id).all()
    assert 0.36 < float(gone[:, :30].float().mean()) < 0.44
    assert not gone[:, 30:].any()
    assert torch.equal(embedding.eval()(ids).argmax(2), ids)


def test_a_vocab_without_specials():
    bare = Vocab(["x", "y"], specials=())
    embedding = Embedding(bare, PLAIN.replace(word_dropout=0.9))
    ids = torch.tensor([[0, 1, 1]])
    assert torch.equal(embedding(ids), embedding.table.weight[ids])


@pytest.mark.parametrize(("cell", "both"), list(product(RECURRENT_CELLS, (False, True))))
def test_encoder_gives_states_and_the_last_ones(cell: str, both: bool):
    torch.manual_seed(0)
    encoder = Encoder(VOCAB, PLAIN.replace(cell=cell, bidirectional=both, layers=2)).eval()
    assert encoder.size == (8 if both else 4)
    states, last = encoder(IDS, LENGTHS)
    assert states.shape == (2, 3, encoder.size)
    torch.testing.assert_close(last[:, :4], torch.stack([states[0, 2, :4], states[1, 1, :4]]))
    if both:
        torch.testing.assert_close(last[:, 4:], states[:, 0, 4:])


def test_the_model_decides_over_the_options():
    assert Encoder(VOCAB, PLAIN, bidirectional=False).size == 4
    assert Encoder(VOCAB, PLAIN.replace(bidirectional=False), bidirectional=True).size == 8


def test_more_features_come_in_beside_the_embedding():
    torch.manual_seed(0)
    encoder = Encoder(VOCAB, PLAIN, n_more=2).eval()
    more = torch.randn(2, 3, 2)
    states, _ = encoder(IDS, LENGTHS, more)
    other, _ = encoder(IDS, LENGTHS, more + 1)
    assert states.shape == (2, 3, 8)
    assert not torch.allclose(states, other)


def test_carry_goes_on():
    torch.manual_seed(0)
    encoder = Encoder(VOCAB, PLAIN, bidirectional=False).eval()
    ids = torch.tensor([[2, 3, 4, 2, 1]])
    whole, _ = encoder(ids, torch.tensor([5]))
    first, state = encoder.carry(ids[:, :2], None)
    second, _ = encoder.carry(ids[:, 2:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)


def test_one_and_a_hundred_thousand_words():
    torch.manual_seed(0)
    encoder = Encoder(VOCAB, PLAIN.replace(hidden=2)).eval()
    for length in (1, 100_000):
        with torch.inference_mode():
            states, last = encoder(torch.full((1, length), 3), torch.tensor([length]))
        assert states.shape == (1, length, 4)
        assert torch.isfinite(last).all()
