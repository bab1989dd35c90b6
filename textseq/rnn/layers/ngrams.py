"""Ngrams: what the n-grams of a text say of its label, a linear model beside a network.

In: ids (B, T) and lengths (B,). Out: scores (B, C), which are sums over the n-grams of a text of
their weights: each n-gram counts as much as it is rare (its idf), and a text as much as another
(its length 1). The weights are solved (models/solved_ngrams.py), not trained: here they are used.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

LARGEST_KEY = (1 << 63) - 1
_TINY = 1e-12  # the squared length of a text without a known n-gram


def ngram_keys(ids: Tensor, n: int, base: int) -> Tensor:
    """(..., T) ids -> (..., T - n + 1): a number for each n-gram of `n` neighbours.

    The ids + 1 are the digits of the number, to the base V + 1 = `base`: n-grams of other lengths
    have other numbers, and the numbers of the shorter ones are the smaller ones.
    """
    keys = torch.zeros_like(ids[..., : ids.shape[-1] - n + 1])
    for place in range(n):
        keys = keys * base + (ids[..., place : ids.shape[-1] - n + 1 + place] + 1)
    return keys


def longest_ngram(n_words: int) -> int:
    """How many words of so large a vocabulary a key can hold."""
    n = 1
    while (n_words + 1) ** (n + 1) <= LARGEST_KEY:
        n += 1
    return n


class Ngrams(nn.Module):
    """A linear layer over the n-grams of a text, of 1 to `n` words.

    `keys` (K,): the n-grams that are known, ascending. `idf` (K,), `weight` (K, C), `bias` (C,).
    `share`: by what the scores are multiplied before they are added to those of a network; at 0
    they are left out.
    """

    keys: Tensor
    idf: Tensor
    weight: Tensor
    bias: Tensor
    share: Tensor

    def __init__(self, n: int, n_words: int, n_ngrams: int, n_labels: int) -> None:
        """ValueError for n-grams longer than a key can hold."""
        super().__init__()
        if n > longest_ngram(n_words):
            raise ValueError(
                f"n-grams of {n} of {n_words:,} words have no number of 64 bits; "
                f"{longest_ngram(n_words)} words have"
            )
        self.n, self.base = n, n_words + 1
        self.register_buffer("keys", torch.zeros(n_ngrams, dtype=torch.int64))
        self.register_buffer("idf", torch.zeros(n_ngrams))
        self.register_buffer("weight", torch.zeros(n_ngrams, n_labels))
        self.register_buffer("bias", torch.zeros(n_labels))
        self.register_buffer("share", torch.zeros(()))

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(B, T) and (B,) -> (B, C), not multiplied by the share."""
        scores = self.bias.expand(ids.shape[0], -1)
        if not (len(self.keys) and ids.shape[1]):
            return scores
        found = [self._found(ids, lengths, n) for n in range(1, self.n + 1)]
        scale = self._scale(found)
        for rows, values in found:
            scores = scores + self._sum(rows, values * scale)
        return scores

    def by_token(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(B, T) and (B,) -> (B, T, C): what each token adds; an n-gram's weight is shared.

        The sum over the tokens and the bias are what `forward` gives.
        """
        added = torch.zeros(*ids.shape, len(self.bias), device=ids.device)
        if not (len(self.keys) and ids.shape[1]):
            return added
        found = [self._found(ids, lengths, n) for n in range(1, self.n + 1)]
        scale = self._scale(found)
        for n, (rows, values) in enumerate(found, start=1):
            each = (values * scale)[..., None] * self.weight[rows] / n
            for place in range(min(n, ids.shape[1])):
                stop = place + each.shape[1]
                added[:, place:stop] += each[:, : added.shape[1] - place]
        return added

    def _found(self, ids: Tensor, lengths: Tensor, n: int) -> tuple[Tensor, Tensor]:
        """Which rows the n-grams of `n` words have (B, T), and their idf; 0 for one not known.

        At the end of a row, where no n-gram begins, there is padding, which is not known.
        """
        if n > 1:
            ids = functional.pad(ids, (0, n - 1))
        keys = ngram_keys(ids, n, self.base)
        rows = self._rows(keys)
        starts = torch.arange(keys.shape[1], device=ids.device) <= (lengths - n)[:, None]
        known = starts & (self.keys[rows] == keys)
        return rows, self.idf[rows] * known

    def _scale(self, found: list[tuple[Tensor, Tensor]]) -> Tensor:
        """(B, 1): what makes the length of each text 1, over all n-grams as they occur."""
        squares = [values.square().sum(dim=1, keepdim=True) for _, values in found]
        return torch.stack(squares).sum(dim=0).clamp(min=_TINY).rsqrt()

    def _sum(self, rows: Tensor, values: Tensor) -> Tensor:
        """(B, T) and (B, T) -> (B, C): the weights of these rows, each by its value, added up."""
        if torch.onnx.is_in_onnx_export():  # which knows no weights in a bag
            return torch.matmul(values[:, None, :], self.weight[rows])[:, 0]
        return functional.embedding_bag(rows, self.weight, per_sample_weights=values, mode="sum")

    def _rows(self, keys: Tensor) -> Tensor:
        """For each key the last row that is not above it (0 if there is none)."""
        if not torch.onnx.is_in_onnx_export():
            return (torch.searchsorted(self.keys, keys, right=True) - 1).clamp(min=0)
        # ONNX has no such operator: halves of the table, as often as it has halves.
        rows = torch.zeros_like(keys)
        step = 1 << max(0, (len(self.keys) - 1).bit_length() - 1)
        while step:
            ahead = rows + step
            inside = ahead < len(self.keys)
            ahead = torch.where(inside, ahead, rows)
            rows = torch.where(self.keys[ahead] <= keys, ahead, rows)
            step //= 2
        return rows
