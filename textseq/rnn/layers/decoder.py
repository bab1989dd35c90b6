"""Decoder: from a start vector, and what it may attend to, to states that predict tokens.

In: a vector for each sequence (a source that was read, an image), and the tokens so far as
vectors. Out: for each position a vector as long as an embedding, and from it scores of all words.
With the whole target at hand all positions are computed at once, else one at a time. Which tokens
come next is decided in decoding.py.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from textseq.config import AttentionKind, RNNConfig
from textseq.rnn.layers.attention import Attention, Memory
from textseq.rnn.layers.cells import RECURRENT_CELLS, State
from textseq.rnn.layers.recurrent import LockedDropout, Recurrent


class DecoderState(NamedTuple):
    """Where B sequences stand: `cells`, the parts of the recurrent state, (B, layers, H) each;
    `fed` (B, D), the last output where it is fed back; `memory`, what is attended to; `constant`
    (B, C), what stands beside every token."""

    cells: State
    fed: Tensor | None = None
    memory: Memory | None = None
    constant: Tensor | None = None

    def select(self, rows: Tensor) -> DecoderState:
        """The state of these rows (n,), in this order; a row may come more than once."""

        def of(part: Tensor | None) -> Tensor | None:
            return None if part is None else part.index_select(0, rows)

        cells = tuple(cell.index_select(0, rows) for cell in self.cells)
        memory = None if self.memory is None else self.memory.select(rows)
        return DecoderState(cells, of(self.fed), memory, of(self.constant))


class Decoder(nn.Module):
    """Recurrent layers that read the tokens so far; `size` is the length of what comes out.

    With attention the states are the queries, so that no state waits for a context and a whole
    target takes one call of the cell (Luong et al., 2015). `input_feeding` gives each step the
    output of the one before it as well, as there: then the steps go one by one.
    """

    def __init__(
        self,
        config: RNNConfig,
        size: int,
        *,
        n_start: int,
        n_memory: int = 0,
        n_constant: int = 0,
        attention: AttentionKind = "multiplicative",
        input_feeding: bool = False,
    ) -> None:
        """`size`: the length of an embedding, in and out. `n_start`: of the start vector.
        `n_memory`: of a source state, 0 for no attention. `n_constant`: as in DecoderState."""
        super().__init__()
        self.size, self.input_feeding = size, input_feeding
        n_inputs = size + n_constant + (size if input_feeding else 0)
        self.recurrent = Recurrent(n_inputs, config, bidirectional=False)
        self.dropout = LockedDropout(config.dropout)
        # Each part of each layer's state begins as a learned map of the start vector.
        self.n_parts = config.layers * len(RECURRENT_CELLS[config.cell].parts)
        self.begin = nn.Linear(n_start, self.n_parts * config.hidden)
        self.attention: Attention | None = None
        if n_memory:
            self.attention = Attention(config.hidden, n_memory, attention)
        self.mix = nn.Linear(config.hidden + n_memory, size)
        for linear in (self.begin, self.mix):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)

    def start(
        self,
        vector: Tensor,
        *,
        states: Tensor | None = None,
        mask: Tensor | None = None,
        constant: Tensor | None = None,
    ) -> DecoderState:
        """The state before the first token, from (B, n_start); source `states` (B, S, M) with
        their `mask` where there is attention, and `constant` (B, C) where there is one."""
        hidden = self.recurrent.hidden
        parts = torch.tanh(self.begin(vector)).view(len(vector), self.n_parts, hidden)
        n_layers = len(self.recurrent.layers)
        cells = tuple(parts[:, at : at + n_layers] for at in range(0, self.n_parts, n_layers))
        fed = vector.new_zeros(len(vector), self.size) if self.input_feeding else None
        memory = None
        if self.attention is not None:
            assert states is not None
            assert mask is not None
            memory = self.attention.remember(states, mask)
        return DecoderState(cells, fed, memory, constant)

    def forward(self, vectors: Tensor, state: DecoderState) -> tuple[Tensor, Tensor | None]:
        """Embedded tokens (B, T, D) -> outputs (B, T, D), the whole target given; and the weights
        (B, T, S) of the attention."""
        if not self.input_feeding:
            outputs, _, weights = self.run(vectors, state)
            return outputs, weights
        all_outputs, all_weights = [], []
        for position in range(vectors.shape[1]):
            outputs, state, weights = self.run(vectors[:, position : position + 1], state)
            all_outputs.append(outputs)
            all_weights += [] if weights is None else [weights]
        joined = torch.cat(all_weights, dim=1) if all_weights else None
        return torch.cat(all_outputs, dim=1), joined

    def run(
        self, vectors: Tensor, state: DecoderState
    ) -> tuple[Tensor, DecoderState, Tensor | None]:
        """(B, T, D) -> outputs (B, T, D), the state behind them, attention weights (B, T, S).

        T is 1 where outputs are fed back.
        """
        beside = [vectors]
        for part in (state.constant, state.fed):
            if part is not None:
                beside.append(part[:, None].expand(-1, vectors.shape[1], -1))
        inputs = torch.cat(beside, dim=2) if len(beside) > 1 else vectors
        cells = tuple(cell.transpose(0, 1).contiguous() for cell in state.cells)
        states, after = self.recurrent.carry(inputs, cells)
        mixed, weights = states, None
        if self.attention is not None:
            assert state.memory is not None
            contexts, weights = self.attention(states, state.memory)
            mixed = torch.cat([states, contexts], dim=2)
        outputs = torch.tanh(self.mix(self.dropout(mixed)))
        cells = tuple(cell.transpose(0, 1) for cell in after)
        fed = outputs[:, -1] if self.input_feeding else None
        return outputs, state._replace(cells=cells, fed=fed), weights


class OutputLayer(nn.Module):
    """Scores of all words from an output of the decoder, by the embeddings themselves.

    Output and embedding are one table ("tied": Press and Wolf, 2017), which is not kept here but
    given with each call, so that there is one copy of it; without one the scores have their own.
    """

    def __init__(self, n_words: int, size: int, *, tied: bool) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(n_words))
        self.own: nn.Parameter | None = None
        if not tied:
            self.own = nn.Parameter(torch.empty(n_words, size))
            nn.init.xavier_uniform_(self.own)

    def forward(self, outputs: Tensor, table: Tensor | None) -> Tensor:
        """(..., D) -> (..., V)."""
        weights = self.own if self.own is not None else table
        assert weights is not None
        return functional.linear(outputs, weights, self.bias)
