"""Feature tables: rows of numbers, and perhaps a caption each, from files.

In: tables (CSV, TSV, JSONL) or a .npy array. Out: features and captions row by row. Every number is
checked where it is read, since one NaN spoils a whole training. What the numbers mean, and images,
are not known here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple, Unpack

import numpy as np
from numpy.typing import NDArray

from textseq.advice import advise
from textseq.arrays import map_array
from textseq.config import TextConfig
from textseq.text.reading.bad_rows import as_bad_rows
from textseq.text.reading.cell_numbers import explain_comma, read_number
from textseq.text.reading.corpus import TextSource
from textseq.text.reading.table_columns import is_named, list_names, strip_name
from textseq.text.reading.tables import (
    Column,
    Columns,
    TableOptions,
    TableRow,
    read_table_rows,
)

_ROWS_AT_ONCE = 4096
_LARGEST = float(np.finfo(np.float32).max)


class Row(NamedTuple):
    """The features of one row, and its caption ("" where none is asked for)."""

    features: list[float]
    caption: str


def is_array(path: str | os.PathLike[str]) -> bool:
    """Whether a file's name says that it is a NumPy array."""
    return Path(path).suffix.lower() == ".npy"


def chosen_columns(
    names: Sequence[str], wanted: Sequence[str] | None, caption: Column | None
) -> list[Column]:
    """Which columns are features: names, patterns ("Block *"), or numbers from 0.

    None: all but the caption's. ValueError for one that is not there.
    """
    if wanted is None:
        place = caption % len(names) if isinstance(caption, int) and names else None
        named = strip_name(caption) if isinstance(caption, str) else None
        found = [
            name
            for pos, name in enumerate(names)
            if strip_name(name) != named and pos != place and strip_name(name)
        ]
        if not found:
            raise ValueError(f"no column is left for features; there are {list_names(names)}")
        return list(found)
    chosen: list[Column] = []
    for pattern in wanted:
        matching = [
            name
            for name in names
            if pattern in (name, strip_name(name)) or fnmatchcase(name, pattern)
        ]
        if not matching and pattern.removeprefix("-").isdecimal():
            chosen.append(int(pattern))
        elif not matching:
            raise ValueError(f"no column is called {pattern!r}; there are {list_names(names)}")
        chosen += matching
    return list(dict.fromkeys(chosen))


def read_feature_table(
    inputs: Sequence[str] | list[TextSource],
    features: Sequence[Column],
    caption: Column | None,
    config: TextConfig,
    **how: Unpack[TableOptions],
) -> Iterator[Row]:
    """The rows of tables; ValueError for a cell that is no finite number, which is a bad row.

    It names the file and the row of it, from 1, the header being none.
    """
    columns: list[Columns] = [*features, *([] if caption is None else [caption])]
    given = how.get("bad_rows")
    how["bad_rows"] = bad = as_bad_rows(given)
    no_header = how.get("header") is None and not is_named(columns)
    some_left = False
    for row in read_table_rows([*inputs], columns, config, **how):
        try:
            numbers = [
                _number(cell, row, column)
                for cell, column in zip(row.cells, features, strict=False)
            ]
        except ValueError as error:
            if no_header and row.number == 1 and not row.written.header:
                raise ValueError(
                    f"{error}; where the first line is a header, "
                    + advise("header", True)
                    + " leaves it out"
                ) from None
            bad.refuse(str(error), some_fit=some_left)
            continue
        some_left = True
        yield Row(numbers, "" if caption is None else row.cells[-1])
    if bad is not given:
        bad.notify_skipped(some_left=some_left)


def is_number(cell: str) -> bool:
    """Whether a cell can be a feature."""
    try:
        return abs(float(cell)) <= _LARGEST
    except ValueError:
        return False


def _number(cell: str, row: TableRow, column: Column) -> float:
    value = read_number(cell, row.written.separator)
    # Nor what float32, in which a model reckons, cannot hold.
    if not abs(value) <= _LARGEST:
        raise _no_feature(row.name, row.number, repr(column), repr(cell), explain_comma(cell))
    return value


def _no_feature(name: str, row: int, column: str, given: str, hint: str = "") -> ValueError:
    return ValueError(
        f"{name}, row {row}: the feature {column} is {given}; features are finite numbers, so fill "
        f"in or leave out what is missing{hint}"
    )


def read_array(path: str | os.PathLike[str]) -> NDArray[np.floating]:
    """A .npy file of features (N, D), mapped from disk; ValueError for anything else.

    For a number that is not finite it names the file and the row, from 1 as in a table.
    """
    try:
        array = map_array(Path(path))
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {os.fspath(path)!r}") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{os.fspath(path)} is no array that can be read: {error}") from None
    if array.ndim != 2 or not array.shape[1] or array.dtype.kind not in "fiu":
        raise ValueError(
            f"{os.fspath(path)} holds {array.dtype} of shape {array.shape}; features are numbers "
            "of shape (rows, features)"
        )
    if array.dtype.kind == "f":
        _check_numbers(array, os.fspath(path))
    return array


def _check_numbers(array: NDArray[np.floating], name: str) -> None:
    for start in range(0, len(array), _ROWS_AT_ONCE):
        with np.errstate(invalid="ignore", over="ignore"):
            block = np.asarray(array[start : start + _ROWS_AT_ONCE], np.float64)
        wrong = np.argwhere(~(np.abs(block) <= _LARGEST))
        if len(wrong):
            row, column = wrong[0].tolist()
            raise _no_feature(name, start + row + 1, str(column), str(block[row, column]))
