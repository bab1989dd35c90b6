"""Encoder: ids to embeddings, and embeddings to recurrent states.

In: ids (B, T) and lengths. Out: a state for each position and the last state of each sequence.
Embeddings are random, or given vectors (frozen, or trained from some step on), or one-hot vectors,
for comparison. What the states are used for is decided by the models.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from textseq.config import RNNConfig
from textseq.rnn.layers.cells import State
from textseq.rnn.layers.recurrent import LockedDropout, Recurrent
from textseq.text.vocab import Vocab


class Embedding(nn.Module):
    """Ids (B, T) to vectors (B, T, D); D is `size`."""

    def __init__(
        self, vocab: Vocab, config: RNNConfig, vectors: NDArray[np.float32] | None = None
    ) -> None:
        """`vectors` (V, D): rows for the words of the Vocab, as `Vocab.embedding_matrix` gives.

        ValueError where they do not have a row for each word.
        """
        super().__init__()
        n_words, self.unk_id, self.pad_id = len(vocab), vocab.unk_id, vocab.pad_id
        self.word_dropout, self.thaw_after = config.word_dropout, config.train_vectors_after
        self.n_words = n_words
        self.dropout = LockedDropout(config.embedding_dropout)
        self.table: nn.Embedding | None = None
        self.given = vectors is not None
        if config.input == "one-hot":
            self.size = n_words
            return
        self.size = config.dim if vectors is None else int(vectors.shape[1])
        self.table = nn.Embedding(n_words, self.size)
        with torch.no_grad():
            if self.table.weight.is_meta:  # a sketch, whose numbers come from a file
                return
            if vectors is None:
                self.table.weight.normal_(std=0.1)
            elif len(vectors) != n_words:
                raise ValueError(f"{len(vectors):,} vectors for a vocabulary of {n_words:,} words")
            else:
                # A copy: torch warns of memory that it may not write, as mapped vectors are.
                self.table.weight.copy_(torch.from_numpy(np.array(vectors, np.float32)))
            if self.pad_id is not None:
                self.table.weight[self.pad_id] = 0.0
        self.set_step(0)

    def set_step(self, n_steps: int) -> None:
        """Freeze or thaw given vectors after so many optimizer steps."""
        if self.given and self.table is not None:
            thaws = self.thaw_after is not None and n_steps >= self.thaw_after
            self.table.weight.requires_grad_(thaws)

    def forward(self, ids: Tensor) -> Tensor:
        """(B, T) int64 -> (B, T, D)."""
        if self.training and self.word_dropout and self.unk_id is not None:
            gone = torch.rand(ids.shape, device=ids.device) < self.word_dropout
            if self.pad_id is not None:
                gone &= ids != self.pad_id
            ids = ids.masked_fill(gone, self.unk_id)
        if self.table is None:
            vectors = functional.one_hot(ids, self.n_words).float()
        else:
            vectors = self.table(ids)
        dropped: Tensor = self.dropout(vectors)
        return dropped


class Encoder(nn.Module):
    """Embedding and recurrent layers; `size` is the length of a state."""

    def __init__(
        self,
        vocab: Vocab,
        config: RNNConfig,
        vectors: NDArray[np.float32] | None = None,
        *,
        bidirectional: bool | None = None,
        n_more: int = 0,
    ) -> None:
        """`bidirectional`: None as the options say. `n_more`: length of the further features of a
        word, which come in beside the embedding (the tagger's characters)."""
        super().__init__()
        both = config.bidirectional if bidirectional is None else bidirectional
        self.embedding = Embedding(vocab, config, vectors)
        self.recurrent = Recurrent(self.embedding.size + n_more, config, bidirectional=both)
        self.dropout = LockedDropout(config.dropout)
        self.size = self.recurrent.size

    def forward(
        self, ids: Tensor, lengths: Tensor, more: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """(B, T) and (B,) -> states (B, T, H) and the last ones (B, H) of the top layer."""
        vectors = self.embedding(ids)
        if more is not None:
            vectors = torch.cat([vectors, more], dim=2)
        states, last = self.recurrent(vectors, lengths)
        return self.dropout(states), last[-1]

    def carry(self, ids: Tensor, state: State | None) -> tuple[Tensor, State]:
        """(B, T) without padding -> states (B, T, H) and the state to go on from."""
        states, after = self.recurrent.carry(self.embedding(ids), state)
        return self.dropout(states), after
