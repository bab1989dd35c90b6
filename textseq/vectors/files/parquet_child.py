"""The reading of a Parquet file in a process of its own, which a damaged file may end.

In: a path, an empty folder, how many rows are wanted and how many bytes may come of them. Out, in
that folder: `words`, `ends`, `rows`, `scales` and `counts`, as plain numbers and bytes, and
`outcome.json`: what they are, or what is wrong. Nothing of textseq is imported here, so that the
process starts in no time; parquet_format.py starts it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_WORDS = ("word", "words", "token", "key", "text", "label", "name")
_VECTORS = ("vector", "vectors", "embedding", "embeddings")
_COUNTS = ("count", "counts", "freq", "frequency")
_SCALES = ("scale", "scales")
_BYTES_AT_ONCE = 1 << 24
_FEWEST_ROWS_AT_ONCE, _MOST_ROWS_AT_ONCE = 64, 1 << 14
_SPARE_BYTES = 1 << 29  # that Arrow reserves, and mostly never touches
_LARGEST_DIM = 1 << 20
_EMPTY = "there are no vectors in it"


class _Fault(Exception):
    """What a person should read."""


def main(path: str, folder: str, limit: int, room: int) -> None:
    """Convert the file; the reason where that cannot be is in outcome.json."""
    place = Path(folder)
    try:
        outcome = _convert(path, place, limit, room)
    except _Fault as fault:
        outcome = {"error": str(fault)}
    except MemoryError:
        outcome = {"error": "is damaged: its pages claim more memory than such a file can need"}
    except Exception as error:  # of Arrow, which raises many kinds
        outcome = {"error": f"is damaged: {' '.join(str(error).split())[:300]}"}
    (place / "outcome.json").write_text(json.dumps(outcome))


def _convert(path: str, folder: Path, limit: int, room: int) -> dict[str, Any]:
    import pyarrow
    import pyarrow.parquet

    arrow: Any = pyarrow
    arrow.set_cpu_count(1)
    _bound(room)
    file = arrow.parquet.ParquetFile(path)
    if not file.metadata.num_rows:  # whose columns may have no type that says what they are
        raise _Fault(_EMPTY)
    columns = _columns(file.schema_arrow)
    dim, dtype, n_rows = 0, "", 0
    names = list(dict.fromkeys(columns.values()))
    with (
        (folder / "words").open("wb") as words, (folder / "ends").open("wb") as ends,
        (folder / "rows").open("wb") as rows, (folder / "scales").open("wb") as scales,
        (folder / "counts").open("wb") as counts,
    ):  # fmt: skip
        end = 0
        for batch in _batches(file, names):
            if limit >= 0:
                batch = batch.slice(0, limit - n_rows)
            if not len(batch):
                break
            encoded = _words(batch.column(columns["words"]), n_rows)
            block = _numbers(batch.column(columns["vectors"]), n_rows, scaled="scales" in columns)
            if dim and (block.shape[1], str(block.dtype)) != (dim, dtype):
                raise _Fault(f"row {n_rows + 1:,} has {block.shape[1]:,} numbers, not {dim:,}")
            dim, dtype = block.shape[1], str(block.dtype)
            for word in encoded:
                end += len(word)
                ends.write(end.to_bytes(8, "little"))
            words.write(b"".join(encoded))
            rows.write(block.tobytes())
            if "scales" in columns:
                scales.write(_column(batch, columns["scales"], "float32").tobytes())
            if "counts" in columns:
                known = _column(batch, columns["counts"], "int64")
                if known.min() < 0:
                    raise _Fault(f"column {columns['counts']!r} has counts below 0")
                counts.write(known.tobytes())
            n_rows += len(batch)
            if words.tell() + rows.tell() > room:
                raise _Fault("unpacks to more than ten times its size, as no vectors do")
    if not n_rows:
        raise _Fault(_EMPTY)
    return {"n_rows": n_rows, "dim": dim, "dtype": dtype, "columns": list(columns)}


def _batches(file: Any, names: list[str]) -> Any:
    """The rows, some at a time: so many that they take megabytes."""
    row_bytes = max(1, _size_of(file) // file.metadata.num_rows)
    n = min(max(_FEWEST_ROWS_AT_ONCE, _BYTES_AT_ONCE // row_bytes), _MOST_ROWS_AT_ONCE)
    return file.iter_batches(batch_size=n, columns=names, use_threads=False)


def _size_of(file: Any) -> int:
    metadata = file.metadata
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    return sum(max(0, group.total_byte_size) for group in groups)


def _columns(schema: Any) -> dict[str, str]:
    """The names of the columns that are words, vectors, counts and scales."""
    import pyarrow.types as types

    def is_text(kind: Any) -> bool:
        kind = kind.value_type if types.is_dictionary(kind) else kind
        return bool(types.is_string(kind) or types.is_large_string(kind))

    def are_numbers(kind: Any) -> bool:
        lists = (types.is_list, types.is_large_list, types.is_fixed_size_list)
        inner = kind.value_type if any(is_(kind) for is_ in lists) else None
        return inner is not None and bool(types.is_floating(inner) or types.is_int8(inner))

    wanted = [
        ("words", _WORDS, is_text, "of words (texts)"),
        ("vectors", _VECTORS, are_numbers, "of vectors (lists of numbers)"),
        ("counts", _COUNTS, types.is_integer, ""),
        ("scales", _SCALES, types.is_floating, ""),
    ]
    found: dict[str, str] = {}
    for role, usual, fits, what in wanted:
        fitting = [field.name for field in schema if fits(field.type)]
        named = [name for word in usual for name in fitting if name.lower() == word]
        if named:
            found[role] = named[0]
        elif what and len(fitting) == 1:
            found[role] = fitting[0]
        elif what:
            held = ", ".join(f"{field.name} ({field.type})" for field in schema)[:200]
            raise _Fault(f"has {len(fitting)} columns {what}, and none is named {usual[0]}: {held}")
    return found


def _words(column: Any, before: int) -> list[bytes]:
    import pyarrow.types as types

    if types.is_dictionary(column.type):
        column.dictionary.validate(full=True)
        column = column.dictionary_decode()
    column.validate(full=True)
    if column.null_count:
        raise _Fault(f"row {before + column.is_null().index(True).as_py() + 1:,} has no word")
    return [word.encode("utf-8") for word in column.to_pylist()]


def _numbers(column: Any, before: int, *, scaled: bool) -> Any:
    """Rows (n, dim) of float32, float16, or of int8 where they have scales."""
    import numpy as np

    column.validate(full=True)
    if column.null_count:
        raise _Fault(f"row {before + column.is_null().index(True).as_py() + 1:,} has no vector")
    lengths = np.asarray(column.value_lengths())
    dim = int(lengths[0])
    odd = np.flatnonzero(lengths != dim)
    if odd.size:
        row = int(odd[0])
        raise _Fault(f"row {before + row + 1:,} has {lengths[row]:,} numbers, not {dim:,}")
    if not 0 < dim <= _LARGEST_DIM:
        raise _Fault(f"its vectors have {dim:,} numbers")
    flat = column.flatten()
    if flat.null_count:
        raise _Fault(f"{flat.null_count:,} numbers are missing")
    numbers = flat.to_numpy(zero_copy_only=False).reshape(len(column), dim)
    if numbers.dtype == np.float16 or (scaled and numbers.dtype == np.int8):
        return numbers
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32)


def _column(batch: Any, name: str, dtype: str) -> Any:
    """The numbers of a column."""
    column = batch.column(name)
    column.validate(full=True)
    if column.null_count:
        raise _Fault(f"column {name!r} has rows without a number")
    return column.cast(dtype, safe=dtype == "int64").to_numpy(zero_copy_only=False)


def _bound(room: int) -> None:
    """Let the system refuse memory and time that no sound file of this size takes."""
    try:
        import resource

        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        most = used + _SPARE_BYTES + room
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        seconds = 60 + room // 1_000_000
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        pass  # a system without such limits, or with stricter ones


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
