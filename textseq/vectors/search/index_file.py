"""Index file: the parts of a file that faiss wrote, looked at before faiss gets it.

In: the path of a file, and what it should hold: a graph of HNSW over float32 rows. Out: nothing, or
ValueError. faiss itself looks whether the ids in a graph are those of rows; what it would take on
trust is how long each part is, and of which kind what follows: it reads many kinds of indexes, some
of which name other files. Here each number before a part is compared with what such an index must
have, so that only this one kind, of this size, is read at all.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO

import numpy as np

GRAPH, FLAT = b"IHNf", b"IxFI"  # what the index and the rows in it begin with
_HEAD = struct.Struct("<iqqqBi")  # dim, rows, two that mean nothing, is trained, metric
_INNER_PRODUCT = 0
_COUNT = struct.Struct("<Q")
_END = struct.Struct("<5i")  # entry point, highest level, candidates (two), width of the beam
_MOST_LEVELS = 64


def check_index_file(path: Path, n_rows: int, dim: int, links: int) -> None:
    """ValueError, which names the file, unless it is an index of so many rows and links."""
    try:
        with path.open("rb") as file:
            _check(_Parts(file, path.stat().st_size), n_rows, dim, links)
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from None


class _Parts:
    """The parts of a file, one after the other."""

    def __init__(self, file: IO[bytes], n_bytes: int) -> None:
        self._file, self._left = file, n_bytes

    def take(self, n_bytes: int, what: str) -> bytes:
        """The next bytes."""
        self.skip(n_bytes, what)
        self._file.seek(-n_bytes, 1)
        return self._file.read(n_bytes)

    def skip(self, n_bytes: int, what: str) -> None:
        """Leave out as many bytes, which there are."""
        if n_bytes > self._left:
            raise ValueError(f"it ends within {what}")
        self._left -= n_bytes
        self._file.seek(n_bytes, 1)

    def head(self, kind: bytes, n_rows: int, dim: int) -> None:
        """What an index begins with."""
        if self.take(4, "its head") != kind:
            raise ValueError("it is no index of the kind that textseq makes")
        has_dim, has_rows, *_, trained, metric = _HEAD.unpack(self.take(_HEAD.size, "its head"))
        if (has_dim, has_rows) != (dim, n_rows):
            raise ValueError(
                f"it has {has_rows:,} rows of {has_dim} numbers, not {n_rows:,} of {dim}"
            )
        if (trained, metric) != (1, _INNER_PRODUCT):
            raise ValueError("it is no index of inner products")

    def count(self, what: str, n_items: int | None = None) -> int:
        """How many items follow; as many as are due."""
        (n,) = _COUNT.unpack(self.take(_COUNT.size, what))
        if n_items is not None and n != n_items:
            raise ValueError(f"{what} has {n:,} items, not {n_items:,}")
        return int(n)

    @property
    def is_empty(self) -> bool:
        return not self._left


def _check(parts: _Parts, n_rows: int, dim: int, links: int) -> None:
    parts.head(GRAPH, n_rows, dim)
    n_levels = parts.count("its table of levels")
    if not 0 < n_levels <= _MOST_LEVELS:
        raise ValueError(f"it has {n_levels:,} levels")
    parts.skip(8 * n_levels, "its table of levels")
    parts.count("its table of links", n_levels + 1)
    table = np.frombuffer(parts.take(4 * (n_levels + 1), "its table of links"), "<i4")
    # A word has twice the links on the lowest level.
    due = [0, *(links * (level + 2) for level in range(n_levels))]
    if table.tolist() != due:
        raise ValueError(f"its words do not have {links} links")
    parts.count("its levels", n_rows)
    levels = np.frombuffer(parts.take(4 * n_rows, "its levels"), "<i4")
    if levels.min() < 1 or levels.max() > n_levels:
        raise ValueError("its levels are none")
    parts.count("its offsets", n_rows + 1)
    parts.skip(8 * (n_rows + 1), "its offsets")
    n_links = int(table[levels].sum(dtype=np.int64))
    parts.count("its links", n_links)
    parts.skip(4 * n_links, "its links")
    entry, highest, _, _, beam = _END.unpack(parts.take(_END.size, "its graph"))
    if not (0 <= entry < n_rows and highest == levels.max() - 1 == levels[entry] - 1):
        raise ValueError(f"its search begins at row {entry:,} on level {highest}")
    if beam != 1:
        raise ValueError(f"its beam is {beam} wide")
    parts.head(FLAT, n_rows, dim)
    parts.count("its rows", n_rows * dim)
    parts.skip(4 * n_rows * dim, "its rows")
    if not parts.is_empty:
        raise ValueError("it goes on behind its rows")
