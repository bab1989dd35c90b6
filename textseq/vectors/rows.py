"""Rows of floats: their lengths.

In: a matrix with one row a word. Out: lengths that are right for tiny and huge numbers too.
It knows no words beyond naming one in an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROWS_AT_ONCE = 4096  # a block stays in the cache between the two looks at it
_SAFE_LENGTHS = (1e-15, 1e15)  # here the squares neither vanish nor overflow in float32


def read_only_float32(rows: NDArray[Any]) -> NDArray[np.float32]:
    """The rows as float32, a view where they are that already; what does not fit becomes inf."""
    with np.errstate(over="ignore", invalid="ignore"):
        view = np.asarray(rows, np.float32).view()
    view.flags.writeable = False
    return view


def norms_of(rows: NDArray[np.float32], word_of: Callable[[int], str]) -> NDArray[np.float32]:
    """Euclidean length of each row, (n,); ValueError that names the first word without one.

    One pass that also finds NaN and inf: a sum of squares is finite only if its terms are.
    """
    norms = np.empty(len(rows), np.float32)
    low, high = _SAFE_LENGTHS
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            block = rows[start : start + _ROWS_AT_ONCE]
            found = np.sqrt(np.vecdot(block, block))
            odd = np.flatnonzero(~((found > low) & (found < high)))
            if odd.size:
                exact = block[odd].astype(np.float64)
                found[odd] = np.sqrt(np.vecdot(exact, exact))
            norms[start : start + _ROWS_AT_ONCE] = found
    bad = np.flatnonzero(~np.isfinite(norms))
    if bad.size:
        raise ValueError(
            f"{bad.size:,} of {len(rows):,} vectors hold NaN, inf or numbers too large for "
            f"float32; the first is that of {word_of(int(bad[0]))!r}"
        )
    return norms


def divisors(norms: NDArray[np.float32]) -> NDArray[np.float32]:
    """What to divide rows by to make them unit vectors: 1 for zero vectors, which stay zero."""
    return np.where(norms == 0, np.float32(1), norms)


def are_safe(norms: NDArray[np.float32]) -> bool:
    """Whether all lengths are 0 or such that float32 can reckon with the rows and the lengths."""
    low, high = _SAFE_LENGTHS
    if not norms.size or (norms.min() > low and norms.max() < high):
        return True
    return bool(((norms > low) & (norms < high) | (norms == 0)).all())


def unit_rows(rows: NDArray[np.float32], norms: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of these lengths scaled to length 1, a copy; zero vectors stay zero."""
    if are_safe(norms):
        units: NDArray[np.float32] = rows / divisors(norms)[..., None]
        return units
    exact = rows.astype(np.float64)  # a denormal length has few digits
    lengths = np.sqrt(np.vecdot(exact, exact))
    return (exact / np.where(lengths == 0, 1, lengths)[..., None]).astype(np.float32)


def unit_vector(vector: NDArray[Any], dim: int) -> NDArray[np.float32]:
    """The vector scaled to length 1; the zero vector stays zero; ValueError for a wrong one."""
    if vector.shape != (dim,):
        raise ValueError(f"a vector of shape {vector.shape} was given; the words have ({dim},)")
    exact = vector.astype(np.float64)
    if not np.isfinite(exact).all():
        raise ValueError("the vector given holds NaN or inf")
    # By the largest number first, so that the squares cannot overflow.
    exact /= np.abs(exact).max() or 1.0
    exact /= np.linalg.norm(exact) or 1.0
    return exact.astype(np.float32)
