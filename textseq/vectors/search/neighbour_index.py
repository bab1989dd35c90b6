"""Neighbour index: some of the nearest rows in less time than it takes to look at all (faiss).

In: rows of vectors, and a folder for a graph of them (HNSW: Malkov & Yashunin, 2018). Out: those
that may be among the nearest, with few missing; candidates.py ranks them by true cosines. It is
for millions of vectors and many questions: the exact scans need no index, and find all.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.advice import either
from textseq.artifact import CONFIG, check_part, new_folder, read_config, write_config
from textseq.config import IndexConfig, thread_count
from textseq.extras import comes_with
from textseq.text.notices import notify
from textseq.vectors.rows import unit_rows
from textseq.vectors.search.index_file import check_index_file
from textseq.vectors.search.int8_rows import NormsOf, Stamp

FOLDER = "index"  # its name, in a folder of ours
_FILE = "graph.faiss"
_KIND = "word-vector-index"
_MADE_BY = "textseq index"
_ROWS_AT_ONCE = 4096  # so that Ctrl-C is heard
_BYTES_AT_ONCE = 1 << 24

Progress = Callable[[int, int], None]  # rows that are done, and all


def digest_of(vectors: NDArray[np.float32]) -> str:
    """A digest of the numbers; those of a gigabyte take about a second."""
    digest = hashlib.blake2b(digest_size=16)
    rows_at_once = max(1, _BYTES_AT_ONCE // (4 * vectors.shape[1]))
    for start in range(0, len(vectors), rows_at_once):
        digest.update(np.ascontiguousarray(vectors[start : start + rows_at_once]).data)
    return digest.hexdigest()


class NeighbourIndex:
    """An index of rows (n, D) that is open; `recall` is what it found when it was made, 0..1."""

    def __init__(self, index: Any, candidates: int, recall: float) -> None:
        self._index, self._candidates = index, candidates
        self.recall = recall

    def find(self, units: NDArray[np.float32], n: int) -> NDArray[np.int64]:
        """Ids of `n` rows or more for each unit vector (B, D); -1 where it found no more."""
        faiss = _faiss()
        wanted = min(max(n, self._candidates), self._index.ntotal)
        faiss.omp_set_num_threads(thread_count(0))
        how = faiss.SearchParametersHNSW(efSearch=wanted)
        found: NDArray[np.int64] = self._index.search(
            np.ascontiguousarray(units, np.float32), wanted, params=how
        )[1]
        return found


def build_index(
    place: Path,
    vectors: NDArray[np.float32],
    norms_of: NormsOf,
    stamp: Stamp | None,
    config: IndexConfig,
    measure: Callable[[NeighbourIndex], float],
    *,
    overwrite: bool,
    progress: Progress | None,
) -> NeighbourIndex:
    """Make the index of all rows as the folder `place`, whole or not at all.

    `measure` says what share of the nearest it finds. FileExistsError where it is there already;
    rows are in memory once meanwhile, as float32.
    """
    if place.exists() and not overwrite:  # it can have no other name
        raise FileExistsError(
            f"{place} exists already; " + either("overwrite=True", "--force") + " makes it anew"
        )
    faiss = _faiss()
    n, dim = vectors.shape
    with new_folder(place, overwrite=overwrite) as folder:
        index = faiss.IndexHNSWFlat(dim, config.links, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = config.effort
        faiss.omp_set_num_threads(thread_count(0))
        for start in range(0, n, _ROWS_AT_ONCE):
            stop = min(start + _ROWS_AT_ONCE, n)
            index.add(unit_rows(vectors[start:stop], norms_of(start, stop)))
            if progress is not None:
                progress(stop, n)
        made = NeighbourIndex(index, config.candidates, 0.0)
        made.recall = measure(made)
        _write(index, folder / _FILE)
        check_index_file(folder / _FILE, n, dim, config.links)
        of = {"digest": digest_of(vectors), "rows": n, "dim": dim, "dtype": "float32"}
        if stamp is not None:
            of |= stamp._asdict()
        options = {"vectors": of, "index": config.to_json(), "recall": made.recall}
        graph = Stamp.of(folder / _FILE)._asdict()
        options["graph"] = {"digest": _digest_of_file(folder / _FILE)} | graph
        write_config(folder, _KIND, options | {"library": f"faiss {faiss.__version__}"})
    return made


def _write(index: Any, path: Path) -> None:
    try:
        _faiss().write_index(index, str(path))
    except RuntimeError as error:  # of a full disk, with the place in its source
        raise OSError(f"{path} could not be written: {error}") from None


def open_index(place: Path, vectors: NDArray[np.float32], stamp: Stamp | None) -> NeighbourIndex:
    """The index of these rows in the folder `place`, mapped.

    FileNotFoundError where there is none, ValueError for one that is damaged or of other rows.
    """
    config = read_config(place, _KIND, made_by=_MADE_BY)
    try:
        of, recall, graph = (config.get(name) for name in ("vectors", "recall", "graph"))
        options = IndexConfig.from_json(config.get("index"))
        if (
            not (isinstance(of, dict) and isinstance(graph, dict))
            or not isinstance(recall, float)
            or not 0 <= recall <= 1
        ):
            raise ValueError("it does not say what it is of")
    except ValueError as error:
        raise ValueError(f"{place / 'config.json'} is damaged: {error}") from None
    if not _belongs(of, vectors, stamp):
        raise ValueError(
            f"{place} is of other vectors than those beside it, which were changed since; "
            "`textseq index --force` makes it anew"
        )
    path = place / _FILE
    check_part(path)
    check_index_file(path, len(vectors), vectors.shape[1], options.links)
    faiss = _faiss()
    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        what = str(error).rpartition("Error: ")[2]
        raise ValueError(f"{path} is damaged: {what}") from None
    # Last, as it reads the whole file, unless that is as it was written.
    if graph != graph | Stamp.of(path)._asdict() and graph.get("digest") != _digest_of_file(path):
        raise ValueError(f"{path} is damaged: its bytes are not those that were written")
    return NeighbourIndex(index, options.candidates, recall)


def keep_index(before: Path, after: Path, vectors: NDArray[np.float32]) -> None:
    """Take the index in a folder over into the one that replaces it, if it is of these rows.

    Else a `TextNotice` says that it is gone. Its files are linked: nothing writes into them.
    """
    place = before / FOLDER
    if not place.is_dir():
        return
    try:
        of = read_config(place, _KIND, made_by=_MADE_BY).get("vectors")
        fits = isinstance(of, dict) and _belongs(of, vectors, None)
    except (OSError, ValueError):
        fits = False
    if not fits:
        notify(
            f"{place} is gone: it was of the vectors that were there before; `{_MADE_BY}` makes "
            "one of these"
        )
        return
    (after / FOLDER).mkdir()
    for name in (CONFIG, _FILE):
        try:
            os.link(place / name, after / FOLDER / name)
        except OSError:  # a file system without links
            shutil.copy2(place / name, after / FOLDER / name)


def _belongs(of: dict[str, Any], vectors: NDArray[np.float32], stamp: Stamp | None) -> bool:
    """Whether an index is of these rows: the file is as it was, or its numbers are the same."""
    if (of.get("rows"), of.get("dim")) != vectors.shape:
        return False
    if stamp is not None and of == of | stamp._asdict():
        return True
    return bool(of.get("digest") == digest_of(vectors))


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _faiss() -> Any:
    with comes_with("index", "faiss", "an approximate index needs faiss"):
        import faiss
    return faiss
