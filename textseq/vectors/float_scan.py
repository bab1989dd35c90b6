"""Float scan: which rows may be among the best, by float32 products of all of them.

In: rows of float32, their lengths and questions. Out: candidates. This is the plain way, which
needs no copy of the rows; all rows are read. Many questions share each product, whose results are
compared with what each question has found so far, and thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from textseq.vectors.candidates import Candidates
from textseq.vectors.rows import are_safe, divisors, unit_rows

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
    hopes = _Hopes(found, error) if len(units) == len(found) > 1 else None
    n_rows = min(_SCORES_AT_ONCE // len(units), _NUMBERS_AT_ONCE // units.shape[1]) or 1
    for start in range(0, len(vectors), n_rows):
        cosines = _cosines(units, vectors[start : start + n_rows], norms[start : start + n_rows])
        if hopes is not None and start:
            hopes.add(start, cosines)
            continue
        first = 0
        for each in found:
            stop = first + len(each.question.units)
            each.add(start, cosines[first:stop], error)
            first = stop
    if hopes is not None:
        hopes.settle()


class _Hopes:
    """Cosines that reach what their question asked for when it was last told of others.

    Questions are told each time that the rows have doubled: a row among the best so far is the
    rarer the more rows there were, and to tell a thousand questions of each costs more than the
    products do.
    """

    def __init__(self, found: Sequence[Candidates], error: float) -> None:
        self._found, self._error = found, error
        self._least = np.empty((0, 1), np.float32)
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]] = []
        self._n, self._settle_at = 0, 0

    def add(self, start: int, cosines: NDArray[np.float32]) -> None:
        """Cosines (B, n) of all questions with the rows from `start` on."""
        n_rows = cosines.shape[1]
        if start >= self._settle_at or self._n > _SCORES_AT_ONCE:
            self.settle()
            least = np.array([each.least for each in self._found]) - 2 * self._error
            self._least = least.astype(np.float32)[:, None]
            self._settle_at = 2 * start
        places = np.flatnonzero(cosines >= self._least)
        numbers, rows = np.divmod(places, n_rows)
        self._parts.append((numbers, rows + start, cosines.reshape(-1)[places]))
        self._n += len(places)

    def settle(self) -> None:
        """Tell each question of its own."""
        if not self._parts:
            return
        numbers, ids, cosines = map(np.concatenate, zip(*self._parts, strict=True))
        order = np.argsort(numbers, kind="stable")
        ends = np.searchsorted(numbers[order], np.arange(len(self._found) + 1)).tolist()
        for each, first, stop in zip(self._found, ends, ends[1:], strict=False):
            if first < stop:
                own = order[first:stop]
                each.add(ids[own], cosines[None, own], self._error)
        self._parts.clear()
        self._n = 0


def _cosines(
    units: NDArray[np.float32], rows: NDArray[np.float32], norms: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Cosines of unit vectors (B, D) with rows (n, D), (B, n), right but for `rounding_error`."""
    if len(units) <= rows.shape[1] and are_safe(norms):
        cosines: NDArray[np.float32] = units @ rows.T
        cosines /= divisors(norms)
        return cosines
    return units @ unit_rows(rows, norms).T
