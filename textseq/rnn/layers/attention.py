"""Attention: how much each position of the source matters to each step of a decoder.

In: states of the decoder (B, T, Q), of the source (B, S, M), and which of those are no padding.
Out: a weighted mean of the source states for each step, and the weights. Padding has the weight 0
exactly, so that nothing depends on the other rows of a batch. Pictures are attention_picture.py's.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from textseq.config import AttentionKind, choice


class Memory(NamedTuple):
    """What is attended to: `states` (B, S, M), `keys` (B, S, K) made of them once, `mask` (B, S)
    bool, True where there is a token, at least once in each row."""

    states: Tensor
    keys: Tensor
    mask: Tensor

    def select(self, rows: Tensor) -> Memory:
        """The memory of these rows (n,), in this order."""
        return Memory(*(part.index_select(0, rows) for part in self))


class Attention(nn.Module):
    """Scores of every pair of a query and a source state, and their softmax over the source.

    `multiplicative` (Luong et al., 2015, "general"): q . W m. `additive` (Bahdanau et al., 2015):
    v . tanh(U q + W m). In both, W m is a matrix product made once for each source.
    """

    def __init__(self, n_query: int, n_memory: int, kind: AttentionKind = "multiplicative") -> None:
        super().__init__()
        kind = choice("attention", kind, AttentionKind)
        self.keys = nn.Linear(n_memory, n_query, bias=False)
        nn.init.xavier_uniform_(self.keys.weight)
        self.query: nn.Linear | None = None
        if kind == "additive":
            self.query = nn.Linear(n_query, n_query)
            self.energy = nn.Parameter(torch.empty(n_query).normal_(std=1 / math.sqrt(n_query)))

    def remember(self, states: Tensor, mask: Tensor) -> Memory:
        """The memory of source states (B, S, M) with their mask (B, S)."""
        return Memory(states, self.keys(states), mask)

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """(B, T, Q) -> contexts (B, T, M) and weights (B, T, S), which add up to 1 over S."""
        if self.query is None:
            scores = torch.bmm(queries, memory.keys.transpose(1, 2))
        else:
            sums = self.query(queries)[:, :, None] + memory.keys[:, None]  # (B, T, S, Q)
            scores = torch.tanh(sums) @ self.energy
        scores = scores.masked_fill(~memory.mask[:, None], -math.inf)
        weights = torch.softmax(scores, dim=2)
        # States at padding mean nothing and may be anything; 0 times NaN would be NaN.
        states = memory.states.masked_fill(~memory.mask[:, :, None], 0.0)
        return torch.bmm(weights, states), weights
