"""torchtext 0.18's Vocab and transforms, for code that was written for it.

In: what torchtext takes. Out: what it gives; order, ties, indices and errors are the same, and
everything is a torch.nn.Module. Below is our Vocab: `v.vocab` of any Vocab made here. New code
does better with that, which looks up arrays and knows its special tokens.

Different on purpose: nothing compiles to TorchScript; `vocab` leaves the dict that it is given
as it was; inserting a token that exists already says so. Data sets, subword tokenizers and
vectors are not here: see textseq.text and textseq.vectors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from textseq.text.vocab import Vocab as TextVocab

__all__ = [
    "AddToken",
    "LabelToIndex",
    "PadTransform",
    "Sequential",
    "StrToIntTransform",
    "ToTensor",
    "Truncate",
    "Vocab",
    "VocabTransform",
    "build_vocab_from_iterator",
    "vocab",
]

# ---- Vocab


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


def vocab(
    ordered_dict: Mapping[str, int],
    min_freq: int = 1,
    specials: list[str] | None = None,
    special_first: bool = True,
) -> Vocab:
    """The Vocab of counted tokens in the order of the dict; specials in the order given.

    Specials are kept whatever their count, and stand where `special_first` says only.
    """
    names = list(specials or [])
    words = [t for t, n in ordered_dict.items() if n >= min_freq and t not in names]
    tokens = [*names, *words] if special_first else [*words, *names]
    counts = np.array([int(ordered_dict.get(token, 0)) for token in tokens], np.int64)
    return Vocab(TextVocab(tokens, counts, names))


def build_vocab_from_iterator(
    iterator: Iterable[Iterable[str]],
    min_freq: int = 1,
    specials: list[str] | None = None,
    special_first: bool = True,
    max_tokens: int | None = None,
) -> Vocab:
    """The Vocab of an iterator of token lists: by falling count, ties by token.

    `max_tokens` counts the specials, too: of the words, the `max_tokens - len(specials)` most
    frequent are looked at, specials among them included. AssertionError where none is left.
    """
    counts: Counter[str] = Counter()
    for tokens in iterator:
        counts.update(tokens)
    specials = list(specials or [])
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    if max_tokens is not None:
        if len(specials) >= max_tokens:
            raise AssertionError(
                f"max_tokens is {max_tokens}; the {len(specials)} specials leave no room for words"
            )
        ranked = ranked[: max_tokens - len(specials)]
    return vocab(dict(ranked), min_freq, specials, special_first)


# ---- transforms: of one sequence, or of a batch of them


def _is_list(value: Any, kind: type) -> bool:
    """Whether this is a list of `kind` only; an empty one is."""
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _is_batch(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(_is_list(item, kind) for item in value)


def _unsupported(input: Any) -> TypeError:
    return TypeError(f"Input type not supported: {type(input).__name__}, or what is in it")


class VocabTransform(nn.Module):
    """From tokens to indices: list[str] or list[list[str]]."""

    def __init__(self, vocab: Vocab) -> None:
        super().__init__()
        if not isinstance(vocab, Vocab):
            raise AssertionError(f"VocabTransform takes the Vocab of this module, not {vocab!r}")
        self.vocab = vocab

    def forward(self, input: Any) -> Any:
        """Indices in the same shape; TypeError for other input."""
        if _is_list(input, str):
            return self.vocab.lookup_indices(input)
        if _is_batch(input, str):
            return [self.vocab.lookup_indices(tokens) for tokens in input]
        raise _unsupported(input)


class ToTensor(nn.Module):
    """From indices to a tensor; a batch is padded with `padding_value`, or must be of one length.

    `dtype` is that of a batch; a single sequence becomes int64 always, as in torchtext.
    """

    def __init__(self, padding_value: int | None = None, dtype: torch.dtype = torch.long) -> None:
        super().__init__()
        self.padding_value = padding_value
        self.dtype = dtype

    def forward(self, input: Any) -> Tensor:
        """(T,) of list[int], (B, T) of list[list[int]]; TypeError for other input."""
        if _is_list(input, int):
            return torch.tensor(input, dtype=torch.long)
        if not _is_batch(input, int):
            raise _unsupported(input)
        if self.padding_value is None:
            return torch.tensor(input, dtype=self.dtype)
        rows = [torch.tensor(ids, dtype=self.dtype) for ids in input]
        return pad_sequence(rows, batch_first=True, padding_value=float(self.padding_value))


class LabelToIndex(nn.Module):
    """From label names to indices: str or list[str]. Unknown ones are RuntimeErrors.

    The names come from a list or from a UTF-8 file of one name a line; blank lines are skipped.
    """

    def __init__(
        self,
        label_names: list[str] | None = None,
        label_path: str | None = None,
        sort_names: bool = False,
    ) -> None:
        """AssertionError unless exactly one of `label_names` and `label_path` is given."""
        super().__init__()
        if bool(label_names) == bool(label_path):
            raise AssertionError("LabelToIndex takes either label_names or label_path")
        if label_path:
            lines = Path(label_path).read_text(encoding="utf-8").split("\n")
            label_names = [line.strip() for line in lines if line.strip()]
        names = list(label_names or [])
        self._labels = Vocab(TextVocab(sorted(names) if sort_names else names, specials=()))

    def forward(self, input: Any) -> Any:
        """An index or a list of them; TypeError for other input."""
        if _is_list(input, str):
            return self._labels.lookup_indices(input)
        if isinstance(input, str):
            return self._labels[input]
        raise _unsupported(input)

    @property
    def label_names(self) -> list[str]:
        """The names by index."""
        return self._labels.get_itos()


class Truncate(nn.Module):
    """Cut off what is behind the first `max_seq_len` items of each sequence."""

    def __init__(self, max_seq_len: int) -> None:
        super().__init__()
        self.max_seq_len = max_seq_len

    def forward(self, input: Any) -> Any:
        """A new list of int or str, or of such lists; TypeError for other input."""
        if _is_list(input, int) or _is_list(input, str):
            return input[: self.max_seq_len]
        if _is_batch(input, int) or _is_batch(input, str):
            return [items[: self.max_seq_len] for items in input]
        raise _unsupported(input)


class AddToken(nn.Module):
    """Put a token (str) or its index (int) before or behind each sequence."""

    def __init__(self, token: int | str, begin: bool = True) -> None:
        super().__init__()
        self.token = token
        self.begin = begin

    def forward(self, input: Any) -> Any:
        """A new list, or list of lists, of the token's kind; TypeError for other input."""
        for kind in (int, str):
            if isinstance(self.token, kind) and _is_list(input, kind):
                return self._added(input)
            if isinstance(self.token, kind) and _is_batch(input, kind):
                return [self._added(items) for items in input]
        raise _unsupported(input)

    def _added(self, items: list[Any]) -> list[Any]:
        return [self.token, *items] if self.begin else [*items, self.token]


class PadTransform(nn.Module):
    """Pad the last axis of a tensor to `max_length`; a longer one stays as it is."""

    def __init__(self, max_length: int, pad_value: int) -> None:
        super().__init__()
        self.max_length = max_length
        self.pad_value = float(pad_value)

    def forward(self, x: Tensor) -> Tensor:
        """(..., T) becomes (..., max(T, max_length))."""
        short = self.max_length - x.size(-1)
        return nn.functional.pad(x, (0, short), value=self.pad_value) if short > 0 else x


class StrToIntTransform(nn.Module):
    """From numbers spelled out to int: list[str] or list[list[str]]."""

    def forward(self, input: Any) -> Any:
        """Numbers in the same shape; ValueError for what is none, TypeError for other input."""
        if _is_list(input, str):
            return [int(item) for item in input]
        if _is_batch(input, str):
            return [[int(item) for item in items] for items in input]
        raise _unsupported(input)


class Sequential(nn.Sequential):
    """Transforms one after another; the first decides what input there can be."""

    def forward(self, input: Any) -> Any:
        """What the last one gives."""
        for module in self:
            input = module(input)
        return input
