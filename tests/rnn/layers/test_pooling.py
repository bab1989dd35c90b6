"""Pool: by hand, and blind to padding."""

from __future__ import annotations

import pytest
import torch

from textseq.rnn.layers.pooling import Pool, mean_of

STATES = torch.tensor([[[1.0, 5.0], [3.0, -2.0], [9.0, 9.0]], [[-4.0, -6.0], [7.0, 7.0], [7, 7]]])
MASK = torch.tensor([[True, True, False], [True, False, False]])
LAST = torch.tensor([[3.0, -2.0], [-4.0, -6.0]])


def test_by_hand():
    assert Pool("max", 2)(STATES, LAST, MASK).tolist() == [[3, 5], [-4, -6]]
    assert Pool("mean", 2)(STATES, LAST, MASK).tolist() == [[2, 1.5], [-4, -6]]
    assert Pool("last", 2)(STATES, LAST, MASK).tolist() == LAST.tolist()


def test_attention_is_a_weighted_mean():
    torch.manual_seed(1)
    pool = Pool("attention", 2)
    weights = pool.weights(STATES, MASK)
    assert weights.sum(dim=1).tolist() == pytest.approx([1, 1])
    assert weights[~MASK].tolist() == [0, 0, 0]
    assert weights[0, 0] != weights[0, 1]
    wanted = (weights[:, :, None] * STATES).sum(dim=1)
    torch.testing.assert_close(pool(STATES, LAST, MASK), wanted)


@pytest.mark.parametrize("how", ["max", "mean", "last", "attention"])
def test_padding_takes_no_part(how):
    torch.manual_seed(1)
    pool = Pool(how, 2)
    other = STATES.masked_fill(~MASK[:, :, None], 1e30)
    wanted = pool(STATES, LAST, MASK)
    torch.testing.assert_close(pool(other, LAST, MASK), wanted)
    alone = pool(STATES[1:, :1], LAST[1:], MASK[1:, :1])
    torch.testing.assert_close(alone, wanted[1:])


def test_a_mean_does_not_see_nan_at_padding():
    spoiled = STATES.masked_fill(~MASK[:, :, None], torch.nan)
    assert mean_of(spoiled, MASK).tolist() == [[2, 1.5], [-4, -6]]


def test_a_state_of_one_place_can_be_attended():
    states = torch.ones(1, 3, 1)
    assert Pool("attention", 1)(states, states[:, 0], MASK[:1]).tolist() == [[1]]
