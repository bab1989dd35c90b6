"""Parquet, Arrow and Feather: chosen columns of files that hold columns, row by row.

In: the bytes of a file, and the names or numbers of columns. Out: for each row these cells, as str,
spelled as in JSON. The class labels of a Hugging Face data set are given by name. A name with dots
reads structs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, Literal

from textseq.text.reading.bad_rows import BadRows
from textseq.text.reading.json_table import find_value, spell_value
from textseq.text.reading.sources import TextSource
from textseq.text.reading.table_columns import (
    Columns,
    NoColumn,
    list_parts,
    locate_columns,
    split_name,
)

_ROWS_AT_ONCE = 1024  # rows
ArrowFormat = Literal["parquet", "arrow"]


# The number of a row, from 1, and its wanted cells.
ArrowRow = tuple[int, list[str]]


def read_arrow_names(source: TextSource, kind: ArrowFormat) -> list[str]:
    """The names of the columns."""
    with _opened(source, kind) as (names, _, _):
        return names


def read_arrow_rows(
    source: TextSource, kind: ArrowFormat, columns: Sequence[Columns], bad: BadRows
) -> Iterator[ArrowRow]:
    """The rows; ValueError, with the file, for a column that is not there and a damaged file."""
    with _opened(source, kind) as (names, batches, labels):
        wanted = [_paths(source.name, names, column) for column in columns]
        roots = list(dict.fromkeys(root for paths in wanted for root, _ in paths))
        number = 0
        for batch in batches(roots):
            values = {}
            for root in roots:
                cells = batch.column(batch.schema.names.index(root)).to_pylist()
                if root in labels:
                    cells = [_label(labels[root], cell) for cell in cells]
                values[root] = cells
            for row in range(batch.num_rows):
                number += 1
                try:
                    cells = [
                        " ".join([_cell(values[root][row], root, rest) for root, rest in paths])
                        for paths in wanted
                    ]
                except ValueError as error:
                    bad.refuse(f"{source.name}, row {number}" + str(error))
                    continue
                yield number, cells


Path = tuple[str, str]  # a column, and what is wanted within it, or ""


def _paths(name: str, names: Sequence[str], column: Columns) -> list[Path]:
    found: list[Path] = []
    for part in list_parts(column):
        try:
            found += [(names[place], "") for place in locate_columns(names, part, named=True)]
            continue
        except NoColumn as error:
            missing = error
        for each in split_name(part) or [part]:
            root, _, rest = str(each).partition(".")
            while rest and root not in names:
                more, _, rest = rest.partition(".")
                root = f"{root}.{more}"
            if root not in names:
                raise missing.behind(name)
            found.append((root, rest))
    return found


def _cell(value: Any, root: str, rest: str) -> str:
    if rest:
        try:
            value = find_value(value, rest)
        except LookupError:
            raise ValueError(f", has no {root}.{rest!r}") from None
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if value is None or isinstance(value, str | int | float | dict | list):
        return spell_value(value, root)
    return str(value)  # dates, decimals


def _label(names: Sequence[str], value: Any) -> Any:
    """The name of a class; as it is where there is none."""
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value


def _class_names(schema: Any) -> dict[str, list[str]]:
    """The names of class labels, as `datasets` keeps them in a file."""
    try:
        told = json.loads((schema.metadata or {})[b"huggingface"])
        features = told["info"]["features"]
        return {
            name: [str(each) for each in feature["names"]]
            for name, feature in features.items()
            if feature.get("_type") == "ClassLabel"
        }
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


# --- files

_Opened = tuple[list[str], Callable[[list[str]], Iterator[Any]], dict[str, list[str]]]


@contextmanager
def _opened(source: TextSource, kind: ArrowFormat) -> Iterator[_Opened]:
    """The names of a file's columns, its record batches, and its class labels."""
    import pyarrow

    arrow: Any = pyarrow
    with source.open() as stream:
        try:
            file = _seekable(source, stream)
            yield _parquet(file) if kind == "parquet" else _arrow(file)
        except (arrow.ArrowException, OSError, EOFError, UnicodeDecodeError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            reason = str(error).split("\n", 1)[0]
            message = f"{source.name} is no {kind} file that can be read: {reason}"
            raise ValueError(message) from None


def _seekable(source: TextSource, stream: BinaryIO) -> Any:
    """The file itself, or what is in a packed one or a pipe, in memory."""
    import pyarrow

    arrow: Any = pyarrow
    if source.path is not None and not source.once:
        with open(source.path, "rb") as file:
            head = file.read(8)
        if head[:4] in (b"PAR1", b"ARRO", b"FEA1", b"\xff\xff\xff\xff"):
            return arrow.OSFile(source.path)
    return arrow.BufferReader(stream.read())


def _parquet(file: Any) -> _Opened:
    import pyarrow.parquet

    parquet: Any = pyarrow.parquet
    opened = parquet.ParquetFile(file)
    schema = opened.schema_arrow

    def batches(columns: list[str]) -> Iterator[Any]:
        yield from opened.iter_batches(batch_size=_ROWS_AT_ONCE, columns=columns)

    return list(schema.names), batches, _class_names(schema)


def _arrow(file: Any) -> _Opened:
    import pyarrow.feather
    import pyarrow.ipc

    arrow: Any = pyarrow
    ipc, feather = arrow.ipc, arrow.feather
    head = bytes(file.read(6))
    file.seek(0)
    if head[:4] == b"FEA1":
        table = feather.read_table(file)
        table.validate(full=True)
        return list(table.schema.names), lambda _: table.to_batches(_ROWS_AT_ONCE), {}
    opened = ipc.open_file(file) if head == b"ARROW1" else ipc.open_stream(file)

    def batches(_: list[str]) -> Iterator[Any]:
        if head == b"ARROW1":
            found = (opened.get_batch(n) for n in range(opened.num_record_batches))
        else:
            found = iter(opened)
        for batch in found:
            batch.validate(full=True)  # offsets are taken as they are, wherever they lead
            for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
                yield batch.slice(start, _ROWS_AT_ONCE)

    return list(opened.schema.names), batches, _class_names(opened.schema)
