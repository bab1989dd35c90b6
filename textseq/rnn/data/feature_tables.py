"""Feature tables: rows of numbers, and perhaps a caption each, from files.

In: tables (CSV, TSV, JSONL) or a .npy array. Out: features and captions row by row. Every number is
checked where it is read, since one NaN spoils a whole training. What the numbers mean, and images,
are not known here.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.arrays import map_array
from textseq.artifact import parse_json
from textseq.config import TextConfig
from textseq.text.reading.corpus import Source, find_sources, read_lines_of
from textseq.text.reading.tables import Column, TableRow, read_table_rows, table_format

_ROWS_AT_ONCE = 4096
_LARGEST = float(np.finfo(np.float32).max)


class Row(NamedTuple):
    """The features of one row, and its caption ("" where none is asked for)."""

    features: list[float]
    caption: str


def is_array(path: str | os.PathLike[str]) -> bool:
    """Whether a file's name says that it is a NumPy array."""
    return Path(path).suffix.lower() == ".npy"


def column_names(inputs: Sequence[str] | list[Source], config: TextConfig) -> list[str]:
    """The names of the columns of the first table; ValueError for an empty one."""
    source = find_sources(inputs)[0]
    kind = table_format(source.name)
    lines = (line for line in read_lines_of([source], config) if line.strip())
    first = next(lines, None)
    if first is None:
        raise ValueError(f"{source.name} is empty")
    if kind == "tsv":
        return first.split("\t")
    if kind == "csv":
        return next(csv.reader([first]))
    try:
        row = parse_json(first, strict=False)
    except ValueError as error:
        raise ValueError(f"{source.name}, line 1, is not JSON: {error}") from None
    return list(row) if isinstance(row, dict) else []


def chosen_columns(
    names: Sequence[str], wanted: Sequence[str] | None, caption: Column | None
) -> list[Column]:
    """Which columns are features: names, patterns ("Block *"), or numbers from 0.

    None: all but the caption's. ValueError for one that is not there.
    """
    if wanted is None:
        place = caption % len(names) if isinstance(caption, int) and names else None
        found = [name for pos, name in enumerate(names) if name != caption and pos != place]
        if not found:
            raise ValueError(f"no column is left for features; there are {', '.join(names)}")
        return list(found)
    chosen: list[Column] = []
    for pattern in wanted:
        matching = [name for name in names if name == pattern or fnmatchcase(name, pattern)]
        if not matching and pattern.removeprefix("-").isdecimal():
            chosen.append(int(pattern))
        elif not matching:
            shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
            raise ValueError(f"no column is called {pattern!r}; there are {shown}")
        chosen += matching
    return list(dict.fromkeys(chosen))


def read_feature_table(
    inputs: Sequence[str] | list[Source],
    features: Sequence[Column],
    caption: Column | None,
    config: TextConfig,
    *,
    header: bool | None = None,
    quoted: bool | None = None,
) -> Iterator[Row]:
    """The rows of tables; ValueError for a cell that is no finite number.

    It names the file and the row of it, from 1, the header being none.
    """
    columns = [*features, *([] if caption is None else [caption])]
    for row in read_table_rows([*inputs], columns, config, header=header, quoted=quoted):
        numbers = [
            _number(cell, row, column) for cell, column in zip(row.cells, features, strict=False)
        ]
        yield Row(numbers, "" if caption is None else row.cells[-1])


def _number(cell: str, row: TableRow, column: Column) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    # Nor what float32, in which a model reckons, cannot hold.
    if not abs(value) <= _LARGEST:
        raise _no_feature(row.name, row.number, repr(column), repr(cell))
    return value


def _no_feature(name: str, row: int, column: str, given: str) -> ValueError:
    return ValueError(
        f"{name}, row {row}: the feature {column} is {given}; features are finite numbers, so fill "
        "in or leave out what is missing"
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
