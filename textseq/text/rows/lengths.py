"""LengthCounts: how long the sequences of a corpus are.

In: lengths, or the offsets between sequences. Out: what a person asks before padding: the usual
statistics, a histogram, the length that most sequences do not exceed, and what a length costs.
Kept is only how many sequences have which length, so that memory does not grow with the corpus:
n tokens make at most sqrt(2 n) different lengths. It draws nothing and pads nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

_OFFSETS_AT_ONCE = 1 << 20  # offsets looked at in one step
_BODY = 99.0  # a histogram shows this share of the sequences, in %, in bins of one width

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LengthStats:
    """Sequences, tokens and lengths; the quantiles are lengths that occur."""

    n: int
    n_tokens: int
    empty: int
    min: int
    mean: float
    median: int
    p90: int
    p95: int
    p99: int
    max: int


@dataclass(frozen=True)
class Fit:
    """What rows of `max_length` tokens mean; the shares are 0..1."""

    max_length: int
    fit: float  # of the sequences that are no longer
    tokens_cut: float  # of the tokens, where long sequences are cut off
    padding: float  # of the cells of all rows


class LengthCounts:
    """`values` (K,) are the different lengths, rising; `counts` (K,) how often each occurs."""

    def __init__(self, values: Ints, counts: Ints) -> None:
        self.values = values
        self.counts = counts

    @classmethod
    def of(cls, lengths: ArrayLike) -> LengthCounts:
        """From the length of each sequence; ValueError unless they are whole numbers from 0."""
        array = np.asarray(lengths)
        if array.size and array.dtype.kind not in "iu":
            raise ValueError(f"lengths are whole numbers, not {array.dtype}")
        if array.size and array.min() < 0:
            raise ValueError(f"lengths are whole numbers from 0, not {array.min()}")
        return cls._merged([array.ravel().astype(np.int64)])

    @classmethod
    def between(cls, offsets: NDArray[np.int64]) -> LengthCounts:
        """From where the sequences begin, and where the last one ends (N + 1,)."""
        starts = range(0, len(offsets) - 1, _OFFSETS_AT_ONCE)
        return cls._merged(
            np.diff(offsets[start : start + _OFFSETS_AT_ONCE + 1]) for start in starts
        )

    @classmethod
    def _merged(cls, parts: Iterable[Ints]) -> LengthCounts:
        counted = [np.unique(part, return_counts=True) for part in parts]
        empty = np.zeros(0, np.int64)
        values = np.unique(np.concatenate([empty, *(part[0] for part in counted)]))
        counts = np.zeros(len(values), np.int64)
        for part_values, part_counts in counted:
            counts[np.searchsorted(values, part_values)] += part_counts
        return cls(values, counts)

    def __len__(self) -> int:
        """The number of sequences."""
        return int(self.counts.sum())

    @property
    def n_tokens(self) -> int:
        """Tokens of all sequences."""
        return int(self.values @ self.counts)

    def at(self, percentile: float) -> int:
        """The least length that this share of the sequences, in %, does not exceed; at least 1.

        It is a length that occurs: for 0 % the shortest. ValueError outside 0..100.
        """
        return max(1, self._quantile(percentile)) if len(self) else 1

    def _quantile(self, percentile: float) -> int:
        if not 0 <= percentile <= 100:
            raise ValueError(f"percentile is {percentile}; it is 0..100")
        # As written in decimals: 99.9 % of 1,000 is 999, to a float it is a little more.
        wanted = Fraction(repr(float(percentile))) * len(self) / 100
        place = np.searchsorted(np.cumsum(self.counts), -(-wanted.numerator // wanted.denominator))
        return int(self.values[place])

    def stats(self) -> LengthStats:
        """All the numbers at once; ValueError where there is no sequence."""
        n = len(self)
        if not n:
            raise ValueError("there are no sequences to measure")
        return LengthStats(
            n=n,
            n_tokens=self.n_tokens,
            empty=int(self.counts[self.values == 0].sum()),
            min=int(self.values[0]),
            mean=self.n_tokens / n,
            median=self._quantile(50),
            p90=self._quantile(90),
            p95=self._quantile(95),
            p99=self._quantile(99),
            max=int(self.values[-1]),
        )

    def fit(self, max_length: int) -> Fit:
        """What it costs to make all sequences this long, without windows."""
        if max_length < 1:
            raise ValueError(f"max_length is {max_length}; the least that works is 1")
        n, n_tokens = len(self), self.n_tokens
        kept = int(np.minimum(self.values, max_length) @ self.counts)
        return Fit(
            max_length=max_length,
            fit=int(self.counts[self.values <= max_length].sum()) / n if n else 1.0,
            tokens_cut=(n_tokens - kept) / n_tokens if n_tokens else 0.0,
            padding=1 - kept / (n * max_length) if n else 0.0,
        )

    def histogram(self, bins: int = 20) -> tuple[Ints, Ints]:
        """Bounds (K + 1,) and numbers of sequences (K,), K <= bins.

        Bin k holds bounds[k] <= length < bounds[k + 1]. The bins are equally wide but for the
        last, which takes all of a long tail: one huge sequence must not hide the others.
        """
        if bins < 1:
            raise ValueError(f"bins is {bins}; the least that works is 1")
        if not len(self):
            return np.zeros(1, np.int64), np.zeros(0, np.int64)
        low, high = int(self.values[0]), int(self.values[-1])
        bounds = _even(low, high, bins)
        if bins > 1:
            body = _even(low, self._quantile(_BODY), bins - 1)
            if body[1] < bounds[1]:
                bounds = np.append(body, high + 1) if body[-1] <= high else body
        counts = np.zeros(len(bounds) - 1, np.int64)
        np.add.at(counts, np.searchsorted(bounds, self.values, "right") - 1, self.counts)
        return bounds, counts


def _even(low: int, high: int, bins: int) -> Ints:
    """Bounds of at most `bins` bins of one whole width that hold low..high."""
    width = -(-(high - low + 1) // bins)
    return np.arange(low, high + width + 1, width, dtype=np.int64)
