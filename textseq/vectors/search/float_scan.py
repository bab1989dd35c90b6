"""Float scan: which rows may be among the best, by float32 products of all of them.

In: rows of float32, their lengths and questions. Out: candidates. This is the plain way, which
needs no copy of the rows; all rows are read. Many questions share each product, whose results are
compared with what each question has found so far, and thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from textseq.vectors.rows import are_safe, divisors, unit_rows
from textseq.vectors.search.candidates import Candidates
from textseq.vectors.search.many_candidates import GROWTH, ManyCandidates

_SCORES_AT_ONCE = 1 << 22  # 16 MB of float32
_NUMBERS_AT_ONCE = 1 << 24  # of rows: 64 MB


def rounding_error(dim: int) -> float:
    """By how much a cosine of float32 may be wrong, rows and lengths being rounded as well.

    A sum of D products in any order errs by D 2^-24 of the lengths' product (Higham, 2002, 3.1); a
    length by half of that.
    """
    return 1.01 * (2 * dim + 16) * 2.0**-24


def scan_floats(
    vectors: NDArray[np.float32], norms: NDArray[np.float32], found: Sequence[Candidates]
) -> None:
    """Give `found` the rows, (n, D), of lengths `norms`, that may be among their best."""
    units = np.concatenate([each.question.units for each in found])
    error = rounding_error(units.shape[1])
    for start, rows in _stretches(len(vectors), *units.shape):
        add_cosines(found, start, _cosines(units, vectors[rows], norms[rows]), error)


def scan_floats_for_many(
    vectors: NDArray[np.float32], norms: NDArray[np.float32], found: ManyCandidates
) -> None:
    """The same for very many questions."""
    error = np.float32(rounding_error(vectors.shape[1]))
    settle_at = 0
    for start, rows in _stretches(len(vectors), *found.units.shape):
        cosines = _cosines(found.units, vectors[rows], norms[rows])
        if not start:
            found.seed(cosines, float(error))
        elif start >= settle_at:
            found.settle()
            settle_at = GROWTH * start
        places = np.flatnonzero(cosines >= (found.least - error)[:, None])
        numbers, ids = np.divmod(places, cosines.shape[1])
        found.add(numbers, ids + start, cosines.reshape(-1)[places], error)


def add_cosines(
    found: Sequence[Candidates],
    start: int,
    cosines: NDArray[np.float32],
    errors: NDArray[np.float32] | float,
) -> None:
    """Give each question its own of all cosines (k, n), with the rows from `start` on."""
    first = 0
    for each in found:
        stop = first + len(each.question.units)
        each.add(start, cosines[first:stop], errors)
        first = stop


def _stretches(n_rows: int, n_units: int, dim: int) -> Iterator[tuple[int, slice]]:
    """Where each stretch of rows begins, whose products are in memory at once; and the stretch."""
    at_once = min(_SCORES_AT_ONCE // n_units, _NUMBERS_AT_ONCE // dim) or 1
    for start in range(0, n_rows, at_once):
        yield start, slice(start, start + at_once)


def _cosines(
    units: NDArray[np.float32], rows: NDArray[np.float32], norms: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Cosines of unit vectors (B, D) with rows (n, D), (B, n), right but for `rounding_error`."""
    if len(units) <= rows.shape[1] and are_safe(norms):
        cosines: NDArray[np.float32] = units @ rows.T
        cosines /= divisors(norms)
        return cosines
    return units @ unit_rows(rows, norms).T
