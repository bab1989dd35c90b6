"""Parquet: a column of words, one of vectors, and their counts where they are known.

A column of lists of numbers is one of vectors, whatever wrote it; the only column of texts is that
of words, or the one called word. Vectors of int8 are multiplied by the column `scale`. Arrow, which
reads such files, can end the whole process where one is damaged: so they are read by a child
(parquet_child.py), whose end is an error here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from textseq.config import Quantisation
from textseq.text.vocab import Vocab
from textseq.vectors.files.small_numbers import SCALES, restored, stored
from textseq.vectors.files.vector_file import VectorFile
from textseq.vectors.word_vectors import WordVectors

_MAGIC = b"PAR1"
_LEAST_BYTES = 12  # the magic twice, and the length of the footer
_EXPANSION, _ROOM_BYTES = 10, 200_000_000  # what may come of a file
_CHILD = Path(__file__).with_name("parquet_child.py")
_DTYPES = ("float32", "float16", "int8")
_ROWS_AT_ONCE = 1 << 14


def matches(start: bytes) -> bool:
    """Whether a file begins as Parquet does."""
    return start.startswith(_MAGIC)


def read(source: VectorFile) -> WordVectors:
    """The vectors of a file; ValueError says what is wrong with it."""
    source.unpack()
    _check_footer(source)
    with tempfile.TemporaryDirectory(prefix="textseq-") as name:
        folder = Path(name)
        raw, counts, tables = _taken(source, folder, _convert(source, folder))
    words, kept = source.words(raw, may_be_empty=True)
    try:
        return WordVectors(
            Vocab(words, None if counts is None else counts[kept], specials=()),
            restored("vectors", tables)[kept], config={"read_from": source.path.name},
        )  # fmt: skip
    except (ValueError, OverflowError) as error:
        raise source.failure(str(error)) from None


def _check_footer(source: VectorFile) -> None:
    """ValueError for a file that is cut off, without a process for it."""
    size = source.size or 0
    with source.on_disk.open("rb") as file:
        file.seek(max(0, size - 8))
        length, magic = int.from_bytes(file.read(4), "little"), file.read(4)
    if size < _LEAST_BYTES or magic != _MAGIC or length > size - _LEAST_BYTES:
        raise source.failure("is cut off: it does not end as Parquet does")


def _convert(source: VectorFile, folder: Path) -> dict[str, Any]:
    """Let the child fill the folder, and return what it says of it."""
    limit = -1 if source.options.limit is None else source.options.limit
    room = _ROOM_BYTES + _EXPANSION * (source.size or 0)
    given = [str(source.on_disk), str(folder), str(limit), str(room)]
    # Where this process finds its packages the child does, and its memory is counted as it comes.
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-P", str(_CHILD), *given], env=environment, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        outcome: dict[str, Any] = json.loads((folder / "outcome.json").read_text())
    except (OSError, ValueError):
        if done.returncode > 0 and b"ModuleNotFoundError" in done.stderr:
            raise ModuleNotFoundError("Parquet is read by pyarrow", name="pyarrow") from None
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"status {done.returncode}"
        raise source.failure(f"is damaged: Arrow gave up on it ({how})") from None
    if "error" in outcome:
        raise source.failure(outcome["error"])
    return outcome


def _taken(
    source: VectorFile, folder: Path, outcome: dict[str, Any]
) -> tuple[list[bytes], NDArray[np.int64] | None, dict[str, NDArray[Any]]]:
    """Words, counts and tables of the folder, which have to be as long as they are said to be."""
    n_rows, dim, columns = outcome["n_rows"], outcome["dim"], outcome["columns"]
    dtype = outcome["dtype"] if outcome["dtype"] in _DTYPES else "float32"
    ends = np.fromfile(folder / "ends", "<i8")
    data = (folder / "words").read_bytes()
    tables: dict[str, NDArray[Any]] = {"vectors": np.fromfile(folder / "rows", dtype)}
    counts = None
    if "scales" in columns:
        tables["vectors" + SCALES] = np.fromfile(folder / "scales", "<f4")
    if "counts" in columns:
        counts = np.fromfile(folder / "counts", "<i8")
    lengths = {len(ends), len(tables["vectors"]) // dim, n_rows if counts is None else len(counts)}
    if lengths != {n_rows}:
        raise source.failure("is damaged: its columns are of different lengths")
    tables["vectors"] = tables["vectors"].reshape(n_rows, dim)
    words = [data[start:stop] for start, stop in pairwise([0, *ends.tolist()])]
    return words, counts, tables


def write(vectors: WordVectors, handle: IO[bytes], quantise: Quantisation = "none") -> None:
    """Write words, vectors (a list of fixed length each) and the counts if any are known."""
    import pyarrow
    import pyarrow.parquet

    arrow: Any = pyarrow
    tables = stored("vectors", vectors.vectors, quantise)
    rows, scales = tables["vectors"], tables.get("vectors" + SCALES)
    rows.check(vectors.vocab.token_of)
    number = arrow.from_numpy_dtype(rows.dtype)
    fields = [("word", arrow.string()), ("vector", arrow.list_(number, vectors.dim))]
    columns: dict[str, Any] = {} if scales is None else {"scale": scales}
    if vectors.vocab.counts.any():
        columns["count"] = vectors.vocab.counts
    fields += [(name, arrow.from_numpy_dtype(column.dtype)) for name, column in columns.items()]
    schema = arrow.schema([arrow.field(*field, nullable=False) for field in fields])
    tokens = vectors.vocab.tokens
    # An int8 takes four bytes here, of which zstd leaves the one that says something.
    with arrow.parquet.ParquetWriter(
        handle, schema, use_dictionary=False, compression="zstd"
    ) as file:
        for start in range(0, len(vectors), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            flat = arrow.array(np.ascontiguousarray(rows[part]).reshape(-1))
            held = [
                arrow.array(tokens[part], arrow.string()),
                arrow.FixedSizeListArray.from_arrays(flat, vectors.dim),
                *(arrow.array(column[part]) for column in columns.values()),
            ]
            file.write_batch(arrow.record_batch(held, schema=schema))
