"""torchtext.vocab.vocab: the class Vocab, over textseq's own.

In: a Vocab of textseq.text. Out: torchtext's methods and errors; `v.vocab` is what stands below.
"""

from __future__ import annotations

from collections import Counter
from typing import NoReturn

from torch import nn

from textseq.text.vocab import Vocab as TextVocab


class Vocab(nn.Module):
    """Tokens by index. Without a default index an unknown token is a RuntimeError.

    `insert_token` and `append_token` copy the table: to add many, give `vocab` all of them.
    """

    def __init__(self, vocab: TextVocab) -> None:
        """RuntimeError for a token that stands twice; the default index is not set."""
        super().__init__()
        if len(set(vocab.tokens)) != len(vocab):
            twice = next(t for t, n in Counter(vocab.tokens).items() if n > 1)
            raise RuntimeError(f"Duplicate token found in tokens list: {twice}")
        self.vocab = vocab
        self._default_index: int | None = None

    @property
    def is_jitable(self) -> bool:
        """False: there is no TorchScript here."""
        return False

    def __prepare_scriptable__(self) -> NoReturn:
        raise NotImplementedError("textseq's Vocab does not compile to TorchScript")

    def forward(self, tokens: list[str]) -> list[int]:
        """As `lookup_indices`."""
        return self.lookup_indices(tokens)

    def __len__(self) -> int:
        return len(self.vocab)

    def __contains__(self, token: str) -> bool:
        return token in self.vocab

    def __getitem__(self, token: str) -> int:
        index = self.vocab.ids.get(token, self._default_index)
        if index is None:
            raise RuntimeError(f"Token {token} not found and default index is not set")
        return index

    def set_default_index(self, index: int | None) -> None:
        """The index of unknown tokens, any number; None makes them errors."""
        self._default_index = index

    def get_default_index(self) -> int | None:
        """The index of unknown tokens, or None."""
        return self._default_index

    def insert_token(self, token: str, index: int) -> None:
        """Put a token at an index, those from there on move up; the default index stays.

        RuntimeError for an index outside 0..len or a token that exists.
        """
        if not 0 <= index <= len(self):
            raise RuntimeError(f"Specified index {index} {self._out_of_bounds}")
        if token in self:
            raise RuntimeError(
                f"Token {token} already exists in the Vocab with index: {self.vocab.ids[token]}"
            )
        self.vocab = self.vocab.extended([token], at=index)

    def append_token(self, token: str) -> None:
        """Put a token at the end; RuntimeError for one that exists."""
        self.insert_token(token, len(self))

    def lookup_token(self, index: int) -> str:
        """The token of an index; RuntimeError outside 0..len-1."""
        if not 0 <= index < len(self):
            raise RuntimeError(f"Specified index {index} {self._out_of_bounds}")
        return self.vocab.tokens[index]

    def lookup_tokens(self, indices: list[int]) -> list[str]:
        """The tokens of indices; RuntimeError that names the first outside 0..len-1."""
        for pos, index in enumerate(indices):
            if not 0 <= index < len(self):
                raise RuntimeError(
                    f"Specified index {index} at position {pos} {self._out_of_bounds}"
                )
        return [self.vocab.tokens[index] for index in indices]

    def lookup_indices(self, tokens: list[str]) -> list[int]:
        """The indices of a list of tokens; TypeError for anything but a list."""
        if not isinstance(tokens, list):  # a str would be taken for its characters
            raise TypeError(f"lookup_indices takes a list of str, not {type(tokens).__name__}")
        try:
            return list(map(self.vocab.ids.__getitem__, tokens))
        except KeyError:
            return [self[token] for token in tokens]

    def get_stoi(self) -> dict[str, int]:
        """A new dict from token to index."""
        return dict(self.vocab.ids)

    def get_itos(self) -> list[str]:
        """A new list of the tokens by index."""
        return list(self.vocab.tokens)

    @property
    def _out_of_bounds(self) -> str:
        return f"is out of bounds for vocab of size {len(self)}"
