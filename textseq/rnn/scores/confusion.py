"""Confusion: which labels are taken for which, by what occurs and not by what could occur.

In: predicted and gold label ids. Out: how often each pair of them stands there, the scores that
follow from that, and their intervals. There are as many pairs as examples at most, however many
labels there are: 60,000 labels would make a matrix of 29 GB.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textseq.arrays import MAX_BYTES, check_bytes
from textseq.rnn.scores.metrics import RESAMPLES, Interval, checked_labels, macro_f1_of, percentiles
from textseq.rnn.scores.share_intervals import FEWEST, share_interval

_NUMBERS_AT_ONCE = 1 << 22  # of resampled counts: 32 MB


class Confusion:
    """How often a gold label was called what; counts are of the pairs that occur, in order.

    `gold`, `called` and `counts` are (K,), `n_classes` is C. `confusion[gold, called]` is a count,
    and NumPy makes the matrix (C, C) of it, if that is not too large.
    """

    def __init__(self, pred: ArrayLike, gold: ArrayLike, n_classes: int) -> None:
        """Label ids are 0..C-1; ValueError for others, and unless both have one shape."""
        pred, gold = checked_labels(pred, gold, n_classes)
        cells, self.counts = np.unique(gold * n_classes + pred, return_counts=True)
        self.gold, self.called = np.divmod(cells, n_classes)
        self.n_classes = n_classes

    @property
    def total(self) -> int:
        """How many examples there are."""
        return int(self.counts.sum())

    @property
    def support(self) -> NDArray[np.int64]:
        """(C,) how often each label is the gold one."""
        return _sums(self.gold, self.counts[None], self.n_classes).ravel()

    def __getitem__(self, pair: tuple[int, int]) -> int:
        gold, called = pair
        return int(self.counts[(self.gold == gold) & (self.called == called)].sum())

    def part(self, labels: list[int]) -> NDArray[np.int64]:
        """(n, n): the counts among these labels."""
        place = np.full(self.n_classes, -1)
        place[labels] = range(len(labels))
        rows, columns = place[self.gold], place[self.called]
        inside = (rows >= 0) & (columns >= 0)
        matrix = np.zeros((len(labels), len(labels)), np.int64)
        matrix[rows[inside], columns[inside]] = self.counts[inside]
        return matrix

    def toarray(self) -> NDArray[np.int64]:
        """The matrix (C, C), gold labels down; ValueError where that is more than 2 GiB."""
        shape = (self.n_classes, self.n_classes)
        check_bytes(
            "a confusion matrix", shape, np.int64, MAX_BYTES, instead="gold, called and counts work"
        )
        return self.part(list(range(self.n_classes)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self.toarray() if dtype is None else self.toarray().astype(dtype)

    def tolist(self) -> list[list[int]]:
        """The matrix as lists."""
        rows: list[list[int]] = self.toarray().tolist()
        return rows

    def cells(self) -> list[list[int]]:
        """[gold, called, count] of each pair that occurs."""
        cells: list[list[int]] = np.stack([self.gold, self.called, self.counts], axis=1).tolist()
        return cells

    # --- scores

    def scores(self) -> dict[str, float]:
        """Accuracy and macro F1, 0..1; NaN of none."""
        if not self.total:
            return {"accuracy": math.nan, "macro_f1": math.nan}
        return {name: float(each[0]) for name, each in self._scores(self.counts[None]).items()}

    def intervals(
        self, *, share: float = 0.95, n_resamples: int = RESAMPLES, seed: int = 1
    ) -> dict[str, Interval]:
        """Between which values the scores lie in `share` of the data sets like this one.

        Of accuracy it is Wilson's. For macro F1 drawing N examples anew is drawing the counts of
        the pairs anew (bootstrap, percentiles); where no answer is wrong all draws are the same,
        and it takes the interval of accuracy. Nothing for a handful of examples.
        """
        total = self.total
        if total < FEWEST:
            return {}
        n_right = int(self.counts[self.gold == self.called].sum())
        accuracy = share_interval(n_right, total, share)
        if n_right == total:
            return {"accuracy": accuracy, "macro_f1": accuracy}
        rng = np.random.default_rng(seed)
        at_once = max(1, _NUMBERS_AT_ONCE // max(self.n_classes, len(self.counts)))
        found = []
        for start in range(0, n_resamples, at_once):
            n = min(at_once, n_resamples - start)
            drawn = self._scores(rng.multinomial(total, self.counts / total, size=n))
            found.append(drawn["macro_f1"])
        return {"accuracy": accuracy, "macro_f1": percentiles(np.concatenate(found), share)}

    def _scores(self, counts: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
        """Of counts (n, K) of the pairs: scores (n,)."""
        hits = self.gold == self.called
        right = _sums(self.gold[hits], counts[:, hits], self.n_classes)
        called = _sums(self.called, counts, self.n_classes)
        support = _sums(self.gold, counts, self.n_classes)
        return {
            "accuracy": counts[:, hits].sum(axis=1) / counts.sum(axis=1),
            "macro_f1": macro_f1_of(right, called, support),
        }


def _sums(labels: NDArray[np.int64], counts: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Counts (m, K) of pairs with these labels (K,), added up by label: (m, n)."""
    places = (np.arange(len(counts))[:, None] * n + labels).ravel()
    # Sums of float64, which hold whole numbers exactly up to 2^53.
    sums = np.bincount(places, counts.ravel(), minlength=len(counts) * n)
    return sums.reshape(len(counts), n).astype(np.int64)
