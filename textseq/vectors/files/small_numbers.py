"""Numbers in fewer bytes: float16, or int8 with a scale for each row.

In: rows of float32, or what was stored of them. Out: the same as the other, block by block. Of
float16 a number is off by 1/2048 of itself at most (and by 3e-8 where it is tiny), of int8 by 1/254
of the largest number of its row. Codes of many numbers at once are in quantised_rows.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.advice import advise
from textseq.config import Quantisation
from textseq.vectors.principal import Rows

SCALES = "_scales"  # behind the name of an array of int8: that of its scales
_DTYPES: dict[str, str] = {"none": "<f4", "float16": "<f2", "int8": "|i1"}
_LEVELS = 127
_LARGEST_HALF = 65504.0
_ROWS_AT_ONCE = 1 << 13


class StoredRows:
    """Rows (n, dim) as they are stored: read by slices, each in numbers of `dtype`.

    `scales` (n,) float32 are there for int8 alone: a number is its own times that of its row.
    """

    def __init__(self, rows: Rows, quantise: Quantisation = "none") -> None:
        self._rows = rows
        self.dtype = np.dtype(_DTYPES[quantise])
        self.shape = rows.shape
        self.scales: NDArray[np.float32] | None = None
        if quantise == "int8":
            largest = [np.abs(block).max(axis=1) for block in self._blocks()]
            scales: NDArray[np.float32] = np.concatenate(largest) * np.float32(1 / _LEVELS)
            self.scales = scales

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, chosen: slice) -> NDArray[Any]:
        rows = self._rows[chosen]
        if self.scales is not None:
            scales = self.scales[chosen][:, None]
            rows = np.rint(rows / np.where(scales == 0, 1, scales))
        return rows.astype(self.dtype, copy=False)

    def _blocks(self) -> Iterator[NDArray[np.float32]]:
        for start in range(0, len(self), _ROWS_AT_ONCE):
            yield self._rows[start : start + _ROWS_AT_ONCE]

    def check(self, word_of: Callable[[int], str]) -> None:
        """ValueError where a number is too large for float16; it names the word."""
        if self.dtype != np.float16:
            return
        first = 0
        for block in self._blocks():
            bad = np.flatnonzero(np.abs(block).max(axis=1) > _LARGEST_HALF)
            if bad.size:
                raise ValueError(
                    f"the vector of {word_of(first + int(bad[0]))!r} has a number above "
                    f"{_LARGEST_HALF:,.0f}, the largest of float16; "
                    + advise("quantise", "int8")
                    + " has no largest"
                )
            first += len(block)


def stored(name: str, rows: Rows, quantise: Quantisation) -> dict[str, Any]:
    """The rows by this name, and their scales where there are any."""
    kept = StoredRows(rows, quantise)
    return {name: kept} if kept.scales is None else {name: kept, name + SCALES: kept.scales}


def restored(name: str, arrays: dict[str, NDArray[Any]]) -> NDArray[Any]:
    """The rows that were stored by this name; ValueError for int8 whose scales do not fit."""
    rows = arrays[name]
    if rows.dtype != np.int8:
        return rows
    scales = arrays.get(name + SCALES)
    if scales is None or rows.ndim != 2 or scales.shape != rows.shape[:1]:
        raise ValueError(f"{name!r} is int8 and has no scale for each row")
    whole = np.empty(rows.shape, np.float32)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = slice(start, start + _ROWS_AT_ONCE)
        with np.errstate(over="ignore", invalid="ignore"):  # of damaged scales; norms say it
            np.multiply(rows[block], scales[block, None], out=whole[block], casting="same_kind")
    return whole
