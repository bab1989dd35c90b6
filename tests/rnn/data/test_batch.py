"""Batch: what stands where, by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_padded_sequence

from textseq.config import TextConfig
from textseq.rnn.data.batch import IGNORE, Batch, pad_lines
from textseq.rnn.data.examples import Examples
from textseq.text.encoded import EncodedCorpus
from textseq.text.vocab import Vocab

VOCAB = Vocab(["<pad>", "<unk>", *(f"w{number}" for number in range(2, 51))])


def corpus(*rows: list[int]) -> EncodedCorpus:
    """Lines of these ids."""
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    ids = np.array([word_id for row in rows for word_id in row], np.int32)
    return EncodedCorpus(ids, offsets, VOCAB, {"text": TextConfig().to_json()})


def whole(examples: Examples) -> Batch:
    return examples.batch(range(len(examples)))


def test_padded_to_the_longest_by_hand():
    batch = Examples(corpus([9, 9, 9], [], [5, 6], [7] * 8)).batch([2, 1, 0])
    assert batch.inputs.tolist() == [[5, 6, 0], [1, 0, 0], [9, 9, 9]]
    assert batch.lengths.tolist() == [2, 1, 3]
    assert batch.rows.tolist() == [2, 1, 0]
    assert batch.mask.tolist() == [[True, True, False], [True, False, False], [True] * 3]
    assert batch.targets is batch.target_lengths is None
    assert len(batch) == 3
    assert {batch.inputs.dtype, batch.lengths.dtype, batch.rows.dtype} == {torch.int64}


def test_all_empty_is_a_batch_too():
    batch = whole(Examples(corpus([], [])))
    assert batch.inputs.tolist() == [[1], [1]]
    packed = pack_padded_sequence(
        batch.inputs[..., None].float(), batch.lengths, batch_first=True, enforce_sorted=False
    )
    assert len(packed.data) == 2
    with pytest.raises(ValueError, match="at least one example"):
        Examples(corpus([])).batch([])


def test_every_kind_of_target():
    inputs = corpus([5, 6], [])
    labels = whole(Examples(inputs, np.array([2, 0], np.int32)))
    assert labels.targets.tolist() == [2, 0]
    assert labels.targets.dtype == torch.int64
    values = whole(Examples(inputs, np.array([0.5, 2])))
    assert values.targets.tolist() == [0.5, 2.0]
    assert values.targets.dtype == torch.float32
    assert whole(Examples(inputs, np.ones((2, 3)))).targets.shape == (2, 3)
    tags = whole(Examples(inputs, corpus([3, 0], []), aligned=True))
    assert tags.targets.tolist() == [[3, 0], [IGNORE, IGNORE]]
    assert tags.target_lengths is None
    texts = whole(Examples(inputs, corpus([], [4, 5, 6])))
    assert texts.targets.tolist() == [[0, 0, 0], [4, 5, 6]]
    assert texts.target_lengths.tolist() == [0, 3]
    assert texts.target_mask.tolist() == [[False] * 3, [True] * 3]
    assert whole(Examples(inputs, corpus([], []))).targets.shape == (2, 0)
    with pytest.raises(ValueError, match="no sequences of their own"):
        _ = labels.target_mask


def test_tags_of_an_only_empty_sentence_are_as_wide_as_its_input():
    batch = whole(Examples(corpus([]), corpus([]), aligned=True))
    assert batch.inputs.shape == batch.targets.shape == (1, 1)
    assert batch.targets.tolist() == [[IGNORE]]


def test_features():
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    batch = Examples(rows).batch([1, 0])
    assert batch.inputs.tolist() == rows[::-1].tolist()
    assert batch.inputs.dtype == torch.float32
    assert batch.lengths.tolist() == [1, 1]


def test_a_batch_owns_its_memory():
    """Whoever changes a batch does not change the data set."""
    features, labels, lines = np.ones((2, 3), np.float32), np.array([1, 0]), corpus([4, 5], [6])
    for examples in (Examples(features, labels), Examples(lines, labels)):
        batch = whole(examples)
        batch.inputs.zero_()
        batch.targets.fill_(7)
    assert features.all()
    assert labels.tolist() == [1, 0]
    assert lines.ids.tolist() == [4, 5, 6]


@given(
    st.lists(st.lists(st.integers(2, 50), max_size=9), min_size=1, max_size=6), st.integers(0, 12)
)
@settings(derandomize=True, deadline=None)
def test_nothing_is_lost_in_padding(rows, width):
    batch = whole(Examples(corpus(*rows)))
    assert [r[m].tolist() for r, m in zip(batch.inputs, batch.mask, strict=True)] == [
        row or [1] for row in rows
    ]
    assert batch.inputs.shape[1] == batch.lengths.max() == max(1, *map(len, rows), 1)
    assert not batch.inputs[~batch.mask].any()
    order = np.arange(len(rows))[::-1].copy()
    padded, lengths = pad_lines(corpus(*rows), order, IGNORE, width=width)
    assert padded.shape == (len(rows), max(width, *map(len, rows), 0))
    for line, length, row in zip(padded.tolist(), lengths.tolist(), rows[::-1], strict=True):
        assert line == row + [IGNORE] * (len(line) - length)


def test_moving_keeps_lengths_on_the_cpu():
    batch = Batch(
        torch.ones(2, 3),
        torch.tensor([3, 1]),
        torch.arange(2),
        torch.ones(2, 3),
        torch.tensor([3, 0]),
    )
    moved = batch.to("meta")
    assert moved.inputs.device.type == moved.targets.device.type == "meta"
    assert moved.mask.device.type == moved.target_mask.device.type == "meta"
    for tensor in (moved.lengths, moved.target_lengths, moved.rows):
        assert tensor.device.type == "cpu"
    assert Batch(batch.inputs, batch.lengths, batch.rows).to("meta").targets is None
    assert batch.to("cpu") is batch


@pytest.mark.skipif(not torch.cuda.is_available(), reason="pinned memory needs a GPU")
def test_pinned_memory():
    batch = whole(Examples(corpus([5, 6]))).pin_memory()
    assert batch.inputs.is_pinned()
    assert batch.to("cuda", non_blocking=True).inputs.tolist() == [[5, 6]]
