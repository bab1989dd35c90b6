"""Transforms of sequences that are cut already: to indices, to tensors, shorter, longer.

In: a list of tokens or indices, or a batch of such lists. Out: the same shape, or a tensor.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from textseq.compat.torchtext import functional
from textseq.compat.torchtext.functional import each, is_list, unsupported
from textseq.compat.torchtext.local_files import local_path, read_text
from textseq.compat.torchtext.transforms.base import Transform
from textseq.compat.torchtext.vocab import Vocab
from textseq.text.vocab import Vocab as TextVocab


class VocabTransform(Transform):
    """From tokens to indices: list[str] or list[list[str]]."""

    def __init__(self, vocab: Vocab) -> None:
        super().__init__()
        if not isinstance(vocab, Vocab):
            raise AssertionError(f"VocabTransform takes the Vocab of this package, not {vocab!r}")
        self.vocab = vocab

    def forward(self, input: Any) -> Any:
        """Indices in the same shape; TypeError for other input."""
        return each(input, str, self.vocab.lookup_indices)


class ToTensor(Transform):
    """From indices to a tensor: `functional.to_tensor`."""

    def __init__(self, padding_value: int | None = None, dtype: torch.dtype = torch.long) -> None:
        super().__init__()
        self.padding_value = padding_value
        self.dtype = dtype

    def forward(self, input: Any) -> Tensor:
        """(T,) of list[int], (B, T) of list[list[int]]; TypeError for other input."""
        return functional.to_tensor(input, self.padding_value, self.dtype)


class LabelToIndex(Transform):
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
            lines = read_text(local_path(label_path)).split("\n")
            label_names = [line.strip() for line in lines if line.strip()]
        names = list(label_names or [])
        self._labels = Vocab(TextVocab(sorted(names) if sort_names else names, specials=()))

    def forward(self, input: Any) -> Any:
        """An index or a list of them; TypeError for other input."""
        if is_list(input, str):
            return self._labels.lookup_indices(input)
        if isinstance(input, str):
            return self._labels[input]
        raise unsupported(input)

    @property
    def label_names(self) -> list[str]:
        """The names by index."""
        return self._labels.get_itos()


class Truncate(Transform):
    """Cut off what is behind the first `max_seq_len` items of each sequence."""

    def __init__(self, max_seq_len: int) -> None:
        super().__init__()
        self.max_seq_len = max_seq_len

    def forward(self, input: Any) -> Any:
        """A new list of int or str, or of such lists; TypeError for other input."""
        return functional.truncate(input, self.max_seq_len)


class AddToken(Transform):
    """Put a token (str) or its index (int) before or behind each sequence."""

    def __init__(self, token: int | str, begin: bool = True) -> None:
        super().__init__()
        self.token = token
        self.begin = begin

    def forward(self, input: Any) -> Any:
        """A new list, or list of lists, of the token's kind; TypeError for other input."""
        return functional.add_token(input, self.token, self.begin)


class PadTransform(Transform):
    """Pad the last axis of a tensor to `max_length`; a longer one stays as it is."""

    def __init__(self, max_length: int, pad_value: int) -> None:
        super().__init__()
        self.max_length = max_length
        self.pad_value = float(pad_value)

    def forward(self, x: Tensor) -> Tensor:
        """(..., T) becomes (..., max(T, max_length))."""
        short = self.max_length - x.size(-1)
        return nn.functional.pad(x, (0, short), value=self.pad_value) if short > 0 else x


class StrToIntTransform(Transform):
    """From numbers spelled out to int: list[str] or list[list[str]]."""

    def forward(self, input: Any) -> Any:
        """Numbers in the same shape; ValueError for what is none, TypeError for other input."""
        return functional.str_to_int(input)


class Sequential(nn.Sequential):
    """Transforms one after another; the first decides what input there can be."""

    def forward(self, input: Any) -> Any:
        """What the last one gives."""
        for module in self:
            input = module(input)
        return input
