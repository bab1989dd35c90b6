"""Characters: what a word looks like, as a vector.

In: the ids of the characters of words. Out: a vector for each word, by a convolution or a recurrent
layer. Which characters are read is the business of spelling.py, which words stand in a batch that
of words.py, what the vectors are for that of the models.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from textseq.config import CharacterModel, RNNConfig
from textseq.rnn.data.batch import mask_of
from textseq.rnn.layers.recurrent import Recurrent
from textseq.text.vocab import Vocab

_WIDTH = 3  # characters that a convolution sees at once


class CharacterEncoder(nn.Module):
    """The characters of words to a vector each; `size` is its length.

    "cnn": the highest answer of each filter to any three neighbours (Ma and Hovy, 2016). "lstm":
    the last states of both directions (Lample et al., 2016), with the cell of `rnn`.
    """

    def __init__(
        self, vocab: Vocab, kind: CharacterModel, dim: int, size: int, rnn: RNNConfig
    ) -> None:
        """`dim`: length of a character's embedding. `size`: of the result; even for "lstm"."""
        super().__init__()
        self.size, self.kind = size, kind
        self.table = nn.Embedding(len(vocab), dim, padding_idx=vocab.pad_id)
        if not self.table.weight.is_meta:  # else a sketch, whose numbers come from a file
            with torch.no_grad():
                self.table.weight.normal_(std=0.5)
                self.table.weight[vocab.pad_id or 0] = 0.0
        self.filters: nn.Conv1d | None = None
        self.recurrent: Recurrent | None = None
        if kind == "cnn":
            self.filters = nn.Conv1d(dim, size, _WIDTH, padding=_WIDTH // 2)
        else:
            if size % 2:
                raise ValueError(f"the characters' size is {size}; two directions need an even one")
            config = rnn.replace(hidden=size // 2, layers=1, dropout=0.0)
            self.recurrent = Recurrent(dim, config, bidirectional=True)

    def forward(self, characters: Tensor, lengths: Tensor) -> Tensor:
        """(F, L) and lengths (F,) of 1 and more -> (F, size)."""
        outside = ~mask_of(characters, lengths)[:, :, None]  # (F, L, 1)
        # To a filter, padding is what lies beyond the edges: nothing.
        vectors = self.table(characters).masked_fill(outside, 0.0)
        if self.recurrent is not None:
            last: Tensor = self.recurrent(vectors, lengths)[1][-1]
            return last
        assert self.filters is not None
        answers: Tensor = self.filters(vectors.transpose(1, 2)).transpose(1, 2)  # (F, L, size)
        return answers.masked_fill(outside, -torch.inf).amax(dim=1)
