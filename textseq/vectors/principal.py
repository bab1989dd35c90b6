"""Principal axes: the few directions in which rows differ most, or are longest.

In: a table of rows, which need not be in memory. Out: its axes, or the rows along them. It knows
rows and no words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

_ROWS_AT_ONCE = 1 << 14


class Rows(Protocol):
    """A table (n, dim) whose rows need not be in memory; a NumPy array is one."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    def __getitem__(self, chosen: Any, /) -> NDArray[np.float32]: ...


def principal_axes(products: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """The `n` directions of largest square, (dim, n), of rows with these products, (dim, dim).

    The largest first; fewer where there are not so many. The largest weight of each is positive, so
    that equal rows never become mirror images of each other.
    """
    axes: NDArray[np.float64] = np.linalg.eigh(products)[1][:, ::-1][:, :n]
    largest = np.abs(axes).argmax(axis=0)
    axes *= np.sign(axes[largest, np.arange(axes.shape[1])])
    return axes


def inner_products(
    blocks: Iterable[NDArray[np.float32]], dim: int, mean: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """X^T X of rows X in blocks, (dim, dim), less their mean if it is given."""
    products = np.zeros((dim, dim))
    for block in blocks:
        exact = block.astype(np.float64)
        if mean is not None:
            exact -= mean
        products += exact.T @ exact
    return products


def principal_components(rows: Rows, n: int, *, center: bool = True) -> NDArray[np.float32]:
    """The rows along the directions of their largest variance, (n_rows, n).

    Columns that the rows have no dimensions for are 0. Not centered, the inner products of rows
    stay as near to what they were as can be (Eckart & Young 1936).
    """
    n_rows, dim = rows.shape
    mean = None
    if center:
        mean = sum(block.sum(axis=0, dtype=np.float64) for block in blocks_of(rows)) / n_rows
    axes = principal_axes(inner_products(blocks_of(rows), dim, mean), n)
    found = np.zeros((n_rows, n), np.float32)
    found[:, : axes.shape[1]] = along(rows, axes, mean)
    return found


def along(
    rows: Rows, axes: NDArray[np.float64], mean: NDArray[np.float64] | None = None
) -> NDArray[np.float32]:
    """The rows, less their mean if it is given, along some axes (dim, k): (n_rows, k)."""
    less = 0.0 if mean is None else mean
    return np.concatenate([((block - less) @ axes).astype(np.float32) for block in blocks_of(rows)])


def blocks_of(rows: Rows) -> Iterator[NDArray[np.float32]]:
    """The rows, some thousand at a time."""
    for start in range(0, rows.shape[0], _ROWS_AT_ONCE):
        yield rows[start : start + _ROWS_AT_ONCE]
