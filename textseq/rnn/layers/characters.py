"""Characters: what a word looks like, as a vector.

In: words, or the ids of their characters. Out: the Vocab of their characters, and a vector for
each word, by a convolution or a recurrent layer. Which words stand in a batch is the business of
words.py, what the vectors are for that of the models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

import torch
from torch import Tensor, nn

from textseq.config import RNNConfig
from textseq.rnn.data.batch import mask_of
from textseq.rnn.layers.recurrent import Recurrent
from textseq.text.vocab import Vocab

CharacterModel = Literal["cnn", "lstm", "none"]
LONGEST = 32  # characters of a word that are read; of a longer one, the first and the last half
_WIDTH = 3  # characters that a convolution sees at once


def spelling(word: str) -> list[str]:
    """The characters of a word that are read."""
    if len(word) > LONGEST:
        word = word[: LONGEST // 2] + word[-(LONGEST // 2) :]
    return list(word)


def character_vocab(forms: Iterable[str]) -> Vocab:
    """The Vocab of the characters of different words; one that a single word has is <unk>.

    So <unk> is trained, and stands for what is as rare in other text.
    """
    counts: Counter[str] = Counter()
    for form in forms:
        counts.update(set(spelling(form)))
    return Vocab.from_counts(counts, min_count=2)


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
