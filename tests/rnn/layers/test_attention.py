"""Attention against sums written out by hand, and against what padding could do to it."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from textseq.rnn.layers.attention import Attention, AttentionKind

KINDS = get_args(AttentionKind)


def some(kind: AttentionKind, *, dtype: torch.dtype = torch.float64):
    torch.manual_seed(3)
    attention = Attention(4, 6, kind).to(dtype)
    queries, states = torch.randn(2, 3, 4, dtype=dtype), torch.randn(2, 5, 6, dtype=dtype)
    mask = torch.tensor([[True, True, True, False, False], [True] * 5])
    return attention, queries, states, mask


@pytest.mark.parametrize("kind", KINDS)
def test_is_the_sum_of_the_papers(kind: AttentionKind):
    attention, queries, states, mask = some(kind)
    contexts, weights = attention(queries, attention.remember(states, mask))
    for row in range(2):
        for step in range(3):
            scores = []
            for state in states[row][mask[row]]:
                mapped = attention.keys.weight @ state
                if kind == "multiplicative":
                    scores.append(queries[row, step] @ mapped)
                else:
                    query = attention.query(queries[row, step])
                    scores.append(attention.energy @ torch.tanh(query + mapped))
            wanted = torch.softmax(torch.stack(scores), 0)
            n_tokens = len(wanted)
            torch.testing.assert_close(weights[row, step, :n_tokens], wanted)
            assert (weights[row, step, n_tokens:] == 0).all()
            torch.testing.assert_close(contexts[row, step], wanted @ states[row][:n_tokens])


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_right(kind: AttentionKind):
    attention, queries, states, mask = some(kind)
    queries.requires_grad_(), states.requires_grad_()

    def both(queries, states, *_):
        return attention(queries, attention.remember(states, mask))

    assert torch.autograd.gradcheck(both, (queries, states, *attention.parameters()))


@pytest.mark.parametrize("kind", KINDS)
def test_padding_may_hold_anything(kind: AttentionKind):
    attention, queries, states, mask = some(kind, dtype=torch.float32)
    wanted = attention(queries, attention.remember(states, mask))
    spoilt = states.clone()
    spoilt[0, 3:] = torch.nan
    for found, plain in zip(
        attention(queries, attention.remember(spoilt, mask)), wanted, strict=True
    ):
        torch.testing.assert_close(found, plain)
    short = attention.remember(states[:1, :3], mask[:1, :3])
    torch.testing.assert_close(attention(queries[:1], short)[0], wanted[0][:1])


def test_one_token_gets_all():
    attention, queries, states, _ = some("multiplicative")
    memory = attention.remember(states[:, :1], torch.ones(2, 1, dtype=torch.bool))
    contexts, weights = attention(queries, memory)
    assert (weights == 1).all()
    torch.testing.assert_close(contexts, states[:, :1].expand(2, 3, 6))


def test_rows_of_a_memory():
    attention, _, states, mask = some("additive")
    memory = attention.remember(states, mask)
    picked = memory.select(torch.tensor([1, 0, 1]))
    assert torch.equal(picked.states, states[[1, 0, 1]])
    assert torch.equal(picked.keys, memory.keys[[1, 0, 1]])
    assert torch.equal(picked.mask, mask[[1, 0, 1]])


def test_another_kind():
    with pytest.raises(ValueError, match="'dot'; it can be multiplicative, additive"):
        Attention(2, 2, "dot")  # type: ignore[arg-type]
