"""Characters: spellings, their Vocab, and vectors that padding does not change."""

from __future__ import annotations

import pytest
import torch

from textseq.config import RNNConfig
from textseq.rnn.data.spelling import LONGEST, character_vocab, spelling
from textseq.rnn.layers.characters import CharacterEncoder
from textseq.text.vocab import Vocab

VOCAB = Vocab(["<pad>", "<unk>", *"abcde"])


def made(kind: str, size: int = 6) -> CharacterEncoder:
    torch.manual_seed(0)
    return CharacterEncoder(VOCAB, kind, 5, size, RNNConfig(cell="gru")).eval()


def test_spelling():
    assert spelling("한국") == ["한", "국"]
    assert spelling("") == []
    long = "a" * 50_000 + "ing"
    assert len(spelling(long)) == LONGEST
    assert spelling(long)[-3:] == ["i", "n", "g"]
    assert spelling("x" * LONGEST) == ["x"] * LONGEST


def test_vocab_has_what_two_words_share():
    vocab = character_vocab(["ab", "bc", "zz", "한"])
    assert vocab.tokens == ["<pad>", "<unk>", "b"]  # zz is one word, however many z it has
    assert character_vocab([]).tokens == ["<pad>", "<unk>"]


@pytest.mark.parametrize("kind", ["cnn", "lstm"])
def test_neither_padding_nor_neighbours_matter(kind: str):
    encoder = made(kind)
    rows = [[2], [3, 4, 5, 6, 2], [2, 2, 3]]
    lengths = torch.tensor([1, 5, 3])
    padded = torch.zeros(3, 9, dtype=torch.int64)
    for row, ids in enumerate(rows):
        padded[row, : len(ids)] = torch.tensor(ids)
    together = encoder(padded, lengths)
    assert together.shape == (3, encoder.size)
    for row, ids in enumerate(rows):
        alone = encoder(torch.tensor([ids]), lengths[row : row + 1])
        assert torch.allclose(alone[0], together[row], atol=1e-6)


@pytest.mark.parametrize("kind", ["cnn", "lstm"])
def test_every_character_matters_and_padding_is_not_trained(kind: str):
    encoder = made(kind, 40)
    ids, lengths = torch.tensor([[2, 3, 4, 0]]), torch.tensor([3])
    encoder(ids, lengths).sum().backward()
    gradient = encoder.table.weight.grad
    assert gradient[2:5].abs().sum(dim=1).min() > 0
    assert gradient[0].abs().sum() == 0
    assert encoder.table.weight[0].abs().sum() == 0
    other = torch.tensor([[2, 5, 4, 0]])
    assert not torch.allclose(encoder(ids, lengths), encoder(other, lengths))


def test_convolution_by_hand():
    encoder = made("cnn", 1)
    with torch.no_grad():
        encoder.table.weight.zero_()
        encoder.table.weight[2:, 0] = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0])
        encoder.filters.weight.zero_()
        encoder.filters.weight[0, 0] = torch.tensor([1.0, 10.0, 100.0])  # before, here, behind
        encoder.filters.bias.zero_()
    # a b: at a 10 * 1 + 100 * 2, at b 1 + 10 * 2
    found = encoder(torch.tensor([[2, 3]]), torch.tensor([2]))
    assert found.tolist() == [[210.0]]


def test_an_odd_size():
    with pytest.raises(ValueError, match="even"):
        made("lstm", 7)
