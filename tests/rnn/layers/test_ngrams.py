"""Ngrams: numbers by hand, rows of any length, and what each token adds."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.rnn.layers.ngrams import Ngrams, longest_ngram, ngram_keys

WORDS = 9


def layer(n: int = 2, known: tuple[tuple[int, ...], ...] = ((3,), (4,), (3, 4))) -> Ngrams:
    """Of three n-grams and two labels."""
    made = Ngrams(n, WORDS, len(known), 2)
    keys = [int(ngram_keys(torch.tensor(gram), len(gram), WORDS + 1)[0]) for gram in known]
    assert keys == sorted(keys)
    made.keys.copy_(torch.tensor(keys))
    made.idf.copy_(torch.tensor([1.0, 2.0, 3.0])[: len(known)])
    made.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [5.0, 7.0]])[: len(known)])
    made.bias.copy_(torch.tensor([0.5, 0.25]))
    return made


def test_keys_are_the_digits_of_the_ids():
    assert ngram_keys(torch.tensor([0, 2, 8]), 1, 10).tolist() == [1, 3, 9]
    assert ngram_keys(torch.tensor([0, 2, 8]), 2, 10).tolist() == [13, 39]
    assert ngram_keys(torch.tensor([0, 2, 8]), 3, 10).tolist() == [139]
    assert ngram_keys(torch.tensor([[0, 2], [8, 0]]), 2, 10).tolist() == [[13], [91]]


def test_no_key_is_larger_than_64_bits():
    for n_words in (1, 2, 9, 3000, 2_000_000, 3_037_000_498):
        n = longest_ngram(n_words)
        assert (n_words + 1) ** n < 1 << 63 <= (n_words + 1) ** (n + 1)
    assert longest_ngram(2_000_000) == 3
    with pytest.raises(ValueError, match=r"n-grams of 4 of 2,000,000 words have no number .* 3 "):
        Ngrams(4, 2_000_000, 1, 2)


def test_scores_by_hand():
    found = layer()(torch.tensor([[3, 4, 1], [4, 3, 1], [1, 1, 1]]), torch.tensor([2, 3, 3]))
    length = math.sqrt(1 + 4 + 9)
    assert found[0].tolist() == pytest.approx(
        [0.5 + (1 + 15) / length, 0.25 + (2 + 21) / length], rel=1e-6
    )
    # 4 3 is another pair than 3 4.
    assert found[1].tolist() == pytest.approx([0.5 + 1 / math.sqrt(5), 0.25 + 2 / math.sqrt(5)])
    assert found[2].tolist() == [0.5, 0.25]


def test_a_word_that_stands_twice_counts_twice():
    found = layer()(torch.tensor([[3, 1, 3, 4]]), torch.tensor([3]))
    assert found[0].tolist() == pytest.approx([0.5 + 2 / math.sqrt(2), 0.25])


def test_rows_without_words_and_layers_without_ngrams():
    nothing = torch.zeros((2, 0), dtype=torch.int64), torch.tensor([0, 0])
    assert layer()(*nothing).tolist() == [[0.5, 0.25]] * 2
    assert layer().by_token(*nothing).shape == (2, 0, 2)
    empty = Ngrams(2, WORDS, 0, 2)
    ids, lengths = torch.tensor([[3, 4]]), torch.tensor([2])
    assert empty(ids, lengths).tolist() == [[0.0, 0.0]]
    assert empty.by_token(ids, lengths).tolist() == [[[0.0, 0.0]] * 2]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, WORDS - 1), max_size=7), min_size=1, max_size=5),
    st.integers(0, 3), st.integers(0, WORDS - 1), st.integers(1, 3),
)  # fmt: skip
def test_a_row_does_not_know_its_batch(rows: list[list[int]], more: int, padding: int, n: int):
    made = layer(n, ((3,), (4,)) if n == 1 else ((3,), (4,), (3, 4)))
    width = max(map(len, rows)) + more
    ids = torch.tensor([row + [padding] * (width - len(row)) for row in rows], dtype=torch.int64)
    ids = ids.reshape(len(rows), width)
    lengths = torch.tensor([len(row) for row in rows])
    together = made(ids, lengths)
    for number, row in enumerate(rows):
        alone = made(torch.tensor([row], dtype=torch.int64), torch.tensor([len(row)]))
        torch.testing.assert_close(together[number], alone[0], atol=1e-6, rtol=0)
    # What the tokens add, and the bias, is all that there is; padding adds nothing.
    added = made.by_token(ids, lengths)
    torch.testing.assert_close(added.sum(dim=1) + made.bias, together, atol=1e-5, rtol=0)
    for number, row in enumerate(rows):
        assert not added[number, len(row) :].any()


def test_the_weight_of_a_pair_is_shared_by_its_words():
    made = layer()
    added = made.by_token(torch.tensor([[3, 4]]), torch.tensor([2]))[0]
    length = math.sqrt(14)
    expected = torch.tensor([[1 + 7.5, 10.5], [7.5, 2 + 10.5]]) / length
    torch.testing.assert_close(added, expected)


def test_the_search_that_onnx_can_do_finds_the_same(monkeypatch: pytest.MonkeyPatch):
    for n_keys in (1, 2, 3, 4, 5, 7, 8, 9, 31, 33):
        made = Ngrams(1, 100, n_keys, 2)
        made.keys.copy_(torch.arange(n_keys) * 3 + 2)
        keys = torch.arange(0, 3 * n_keys + 5)[None]
        expected = made._rows(keys)
        monkeypatch.setattr(torch.onnx, "is_in_onnx_export", lambda: True)
        assert made._rows(keys).tolist() == expected.tolist()
        monkeypatch.undo()
