"""Batch and Collate: what stands where, by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_padded_sequence

from textseq.rnn.data.batch import IGNORE, Batch, Collate, Example

PLAIN = Collate(pad_id=0, empty_id=1, targets="none")


def ids(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int32)


def test_padded_to_the_longest_by_hand():
    batch = PLAIN(
        [Example(7, ids(5, 6), None), Example(3, ids(), None), Example(0, ids(9, 9, 9), None)]
    )
    assert batch.inputs.tolist() == [[5, 6, 0], [1, 0, 0], [9, 9, 9]]
    assert batch.lengths.tolist() == [2, 1, 3]
    assert batch.rows.tolist() == [7, 3, 0]
    assert batch.mask.tolist() == [[True, True, False], [True, False, False], [True] * 3]
    assert batch.targets is batch.target_lengths is None
    assert len(batch) == 3
    assert {batch.inputs.dtype, batch.lengths.dtype, batch.rows.dtype} == {torch.int64}


def test_all_empty_is_a_batch_too():
    batch = PLAIN([Example(0, ids(), None), Example(1, ids(), None)])
    assert batch.inputs.tolist() == [[1], [1]]
    packed = pack_padded_sequence(
        batch.inputs[..., None].float(), batch.lengths, batch_first=True, enforce_sorted=False
    )
    assert len(packed.data) == 2
    with pytest.raises(ValueError, match="at least one example"):
        PLAIN([])


def test_every_kind_of_target():
    inputs = [ids(5, 6), ids()]

    def targets(kind, *values, **options):
        examples = [Example(n, i, v) for n, (i, v) in enumerate(zip(inputs, values, strict=True))]
        return Collate(0, 1, kind, **options)(examples)

    labels = targets("labels", np.int64(2), np.int64(0))
    assert labels.targets.tolist() == [2, 0]
    assert labels.targets.dtype == torch.int64
    values = targets("values", np.float32(0.5), np.float32(2))
    assert values.targets.tolist() == [0.5, 2.0]
    assert values.targets.dtype == torch.float32
    assert targets("values", np.zeros(3, np.float32), np.ones(3, np.float32)).targets.shape == (
        2,
        3,
    )
    tags = targets("tags", ids(3, 0), ids())
    assert tags.targets.tolist() == [[3, 0], [IGNORE, IGNORE]]
    assert tags.target_lengths is None
    texts = targets("sequences", ids(), ids(4, 5, 6), target_pad_id=9)
    assert texts.targets.tolist() == [[9, 9, 9], [4, 5, 6]]
    assert texts.target_lengths.tolist() == [0, 3]
    assert texts.target_mask.tolist() == [[False] * 3, [True] * 3]
    with pytest.raises(ValueError, match="no sequences of their own"):
        _ = labels.target_mask


def test_tags_of_an_only_empty_sentence_are_as_wide_as_its_input():
    batch = Collate(0, 1, "tags")([Example(0, ids(), ids())])
    assert batch.inputs.shape == batch.targets.shape == (1, 1)
    assert batch.targets.tolist() == [[IGNORE]]


def test_features():
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    batch = Collate(0, 1, "none")([Example(n, rows[n], None) for n in range(2)])
    assert batch.inputs.tolist() == rows.tolist()
    assert batch.inputs.dtype == torch.float32
    assert batch.lengths.tolist() == [1, 1]


@given(st.lists(st.lists(st.integers(2, 50), max_size=9), min_size=1, max_size=6))
@settings(derandomize=True, deadline=None)
def test_nothing_is_lost_in_padding(rows):
    batch = PLAIN([Example(n, ids(*row), None) for n, row in enumerate(rows)])
    assert [r[m].tolist() for r, m in zip(batch.inputs, batch.mask, strict=True)] == [
        row or [1] for row in rows
    ]
    assert batch.inputs.shape[1] == batch.lengths.max() == max(1, *map(len, rows), 1)
    assert not batch.inputs[~batch.mask].any()


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
    assert Batch(batch.inputs, batch.lengths, batch.rows).to("cpu").targets is None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="pinned memory needs a GPU")
def test_pinned_memory():
    batch = PLAIN([Example(0, ids(5, 6), None)]).pin_memory()
    assert batch.inputs.is_pinned()
    assert batch.to("cuda", non_blocking=True).inputs.tolist() == [[5, 6]]
