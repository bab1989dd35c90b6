"""Int8 scan: which rows may be among the best, by products of their int8 copy.

In: the copy of the rows and questions. Out: candidates. Products are NumPy's, or those of compiled
kernels for whole numbers (int8_kernel.py, int8_tiles.py for very many questions), which take time
to load; they err by no more than they say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from textseq.arrays import release
from textseq.config import thread_count
from textseq.vectors.rows import norms_of, unit_rows
from textseq.vectors.search.candidates import ROUNDING, Candidates
from textseq.vectors.search.float_scan import add_cosines, rounding_error
from textseq.vectors.search.int8_rows import Int8Rows
from textseq.vectors.search.many_candidates import GROWTH, ManyCandidates

_FIRST_ROWS = 1 << 12  # by which the others are measured
_NUMBERS_A_TASK = 1 << 23  # of the copy: 8 MB
_NUMBERS_A_KERNEL_TASK = 1 << 24
_ROWS_A_TASK = 1 << 11  # for many questions
_NUMBERS_AT_ONCE = 1 << 17  # that become floats: they stay in the cache, and BLAS in its thread


def scan_with_numpy(copy: Int8Rows, found: Sequence[Candidates], limit: int) -> None:
    """Give `found` the rows among the first `limit` that may be among their best."""
    units = _units(found)
    n_rows = max(1, _NUMBERS_AT_ONCE // units.shape[1])
    error = np.float32(rounding_error(units.shape[1]))
    lock = Lock()

    def scan(start: int, stop: int) -> None:
        floats = np.empty((n_rows, units.shape[1]), np.float32)
        cosines = np.empty((len(units), stop - start), np.float32)
        for first in range(start, stop, n_rows):
            last = min(first + n_rows, stop)
            part = floats[: last - first]
            part[:] = copy.codes[first:last]
            np.matmul(units, part.T, out=cosines[:, first - start : last - start])
        release(copy.codes[start:stop])  # who asks once shall not hold all of it
        cosines *= copy.scales[start:stop]
        with lock:
            add_cosines(found, start, cosines, copy.errors[start:stop] + error)

    _in_threads(scan, limit, _NUMBERS_A_TASK // units.shape[1])


def scan_with_kernel(copy: Int8Rows, found: Sequence[Candidates], limit: int) -> None:
    """The same in less time, once the kernel is loaded."""
    from textseq.vectors.search.int8_kernel import dot_rows, quantize_units, reaching_rows

    units = _units(found)
    codes, scales, off = quantize_units(units)
    error = np.float32(2.01 * off + rounding_error(units.shape[1]))  # rows are shorter than 2
    cosines_only = all(each.question.n_far is None for each in found)
    lock = Lock()

    def scan(start: int, stop: int) -> None:
        rows, row_scales = copy.codes[start:stop], copy.scales[start:stop]
        errors = copy.errors[start:stop]
        if not cosines_only:
            cosines = np.empty((len(units), stop - start), np.float32)
            dot_rows(rows, row_scales, codes, scales, cosines)
            with lock:
                add_cosines(found, start, cosines, errors + error)
            return
        least = np.array([each.least for each in found], np.float32) - 2 * ROUNDING
        reached = reaching_rows(rows, row_scales, errors, error, codes, scales, least)
        with lock:
            for each, hopeful in zip(found, reached, strict=True):
                ids = start + hopeful.rows.astype(np.int64)
                each.add(ids, hopeful.products[None], errors[hopeful.rows] + error)

    _in_threads(scan, limit, _NUMBERS_A_KERNEL_TASK // units.shape[1])


def scan_for_many(copy: Int8Rows, found: ManyCandidates, vectors: NDArray[np.float32]) -> None:
    """The same for very many questions; `vectors` are the first rows."""
    from textseq.vectors.search.int8_kernel import quantize_units
    from textseq.vectors.search.int8_tiles import columns_of, find_hits

    limit, dim = vectors.shape
    codes, scales, off = quantize_units(found.units)
    columns = columns_of(codes, scales)
    error = np.float32(2.01 * off + rounding_error(dim))
    # Spread evenly: the first rows are frequent words, which the neighbours of rare ones are not.
    seed = vectors[:: -(-limit // _FIRST_ROWS)]
    cosines = found.units @ unit_rows(seed, norms_of(seed, str)).T
    found.seed(cosines, rounding_error(dim))
    lock = Lock()

    def task(start: int, stop: int) -> None:
        rows, row_scales = copy.codes[start:stop], copy.scales[start:stop]
        errors, first = copy.errors[start:stop], 0
        while first < stop - start:
            least = found.least - 2 * ROUNDING
            hits, first = find_hits(rows, row_scales, errors, error, columns, least, first)
            off = errors[hits.rows] + error
            with lock:
                found.add(hits.columns, start + hits.rows.astype(np.int64), hits.products, off)

    start, stop = 0, _FIRST_ROWS
    while start < limit:
        _in_threads(task, min(stop, limit), _ROWS_A_TASK, start)
        found.settle()
        start, stop = stop, GROWTH * stop


def _units(found: Sequence[Candidates]) -> NDArray[np.float32]:
    return np.concatenate([each.question.units for each in found])


def _in_threads(
    task: Callable[[int, int], None], stop: int, n_rows: int, start: int | None = None
) -> None:
    """Let threads do the task for `n_rows` rows at a time, up to `stop`.

    Without a start some first rows go before all others, by which these are measured.
    """
    from concurrent.futures import ThreadPoolExecutor  # it loads logging

    if start is None:
        start = min(_FIRST_ROWS, stop)
        task(0, start)
    starts = range(start, stop, max(1, n_rows))
    with ThreadPoolExecutor(thread_count(0)) as pool:
        for _ in pool.map(task, starts, (min(first + starts.step, stop) for first in starts)):
            pass
