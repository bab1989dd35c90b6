"""Tables: chosen columns of TSV, CSV and JSONL files, row by row.

In: files (packed ones too) and the columns wanted, by name or by number. Out: for each row the
cells of these columns, as str. Cells are neither cleaned nor cut, and no row is repaired: one
with another number of cells is an error, since a shifted label is worse than none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import Any, Literal, NamedTuple, get_args

from textseq.artifact import parse_json
from textseq.config import TextConfig
from textseq.packing import without_packing
from textseq.text.reading.corpus import Inputs, Source, find_sources, read_lines_of

Column = str | int
TableFormat = Literal["tsv", "csv", "jsonl"]

_SUFFIXES: dict[str, TableFormat] = {
    ".tsv": "tsv",
    ".tab": "tsv",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}


def read_table(
    inputs: Inputs,
    columns: Sequence[Column],
    config: TextConfig,
    *,
    table: TableFormat | None = None,
    header: bool | None = None,
    quoted: bool | None = None,
) -> Iterator[list[str]]:
    """The cells of `columns`, row by row, through all files in order.

    A column is a name or a number (from 0; -1 is the last; in JSONL, which has no places, it is a
    name). `table`: by the file's suffix.
    `header`: whether the first line of each file names the columns (yes if a name is asked for).
    `quoted`: whether "..." may hold separators and newlines (CSV yes, TSV no). Empty lines are
    no rows. Raises ValueError, with file and line, for a row that does not fit the first one.
    """
    rows = read_table_rows(inputs, columns, config, table=table, header=header, quoted=quoted)
    return (row.cells for row in rows)


class TableRow(NamedTuple):
    """The cells of a row, its file, the line on which it begins and its number, both from 1."""

    name: str
    line: int
    number: int
    cells: list[str]


def read_table_rows(
    inputs: Inputs,
    columns: Sequence[Column],
    config: TextConfig,
    *,
    table: TableFormat | None = None,
    header: bool | None = None,
    quoted: bool | None = None,
) -> Iterator[TableRow]:
    """`read_table`, where each row says where it stands; the header is no row."""
    sources = find_sources(inputs)
    formats = [table or table_format(source.name) for source in sources]
    return (
        row
        for source, kind in zip(sources, formats, strict=True)
        for row in _rows(source, kind, columns, config, header=header, quoted=quoted)
    )


def table_format(name: str) -> TableFormat:
    """The format that a file name ends in, packed or not; ValueError where it tells nothing."""
    path = PurePath(without_packing(name))
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise ValueError(
            f"what table is {name}? Its name ends in none of {', '.join(_SUFFIXES)}; "
            f"say table={' or '.join(map(repr, get_args(TableFormat)))}"
        )
    return _SUFFIXES[suffix]


def is_table(name: str) -> bool:
    """Whether a file's name says that it is a TSV, CSV or JSONL table."""
    try:
        table_format(name)
    except ValueError:
        return False
    return True


class _Row(NamedTuple):
    """All cells of a row and the line on which it begins, from 1."""

    line: int
    cells: list[str]


def _rows(
    source: Source,
    kind: TableFormat,
    columns: Sequence[Column],
    config: TextConfig,
    *,
    header: bool | None,
    quoted: bool | None,
) -> Iterator[TableRow]:
    lines = read_lines_of([source], config)
    if kind == "jsonl":
        yield from _json_rows(source.name, lines, columns)
        return
    separator = "\t" if kind == "tsv" else ","
    has_quotes = kind == "csv" if quoted is None else quoted
    rows = (
        _quoted_rows(source.name, lines, separator)
        if has_quotes
        else (_Row(n, line.split(separator)) for n, line in enumerate(lines, 1) if line)
    )
    first = next(rows, None)
    if first is None:
        return
    if header is not False:
        columns = [_by_name(column, first.cells) for column in columns]
    named = any(isinstance(column, str) for column in columns) if header is None else header
    pick = _picker(source.name, first, columns, named=named)
    if not named:
        yield TableRow(source.name, first.line, 1, pick(first))
    for number, row in enumerate(rows, 1 if named else 2):
        if len(row.cells) != len(first.cells):
            raise ValueError(
                f"{source.name}, line {row.line}: {len(row.cells)} cells, but line {first.line} "
                f"has {len(first.cells)}" + _hint(kind, has_quotes)
            )
        yield TableRow(source.name, row.line, number, pick(row))


def _by_name(column: Column, names: Sequence[str]) -> Column:
    """A number that is no place of a row, but a name in the header, is that name: a year."""
    if isinstance(column, int) and not -len(names) <= column < len(names):
        return str(column) if str(column) in names else column
    return column


def _hint(kind: TableFormat, has_quotes: bool) -> str:
    return "" if has_quotes else f"; if its cells are quoted, read it with quoted=True ({kind})"


def _picker(
    name: str, first: _Row, columns: Sequence[Column], *, named: bool
) -> Callable[[_Row], list[str]]:
    """What takes the wanted cells out of a row; ValueError if the table has no such column."""
    n_cells = len(first.cells)
    places = []
    for column in columns:
        if isinstance(column, str):
            if not named:
                raise ValueError(f"{name}: column {column!r} needs a header; give its number")
            if first.cells.count(column) != 1:
                found = "two columns" if column in first.cells else "no column"
                raise ValueError(f"{name} has {found} {column!r}; it has {_shown(first.cells)}")
            places.append(first.cells.index(column))
        elif not -n_cells <= column < n_cells:
            raise ValueError(f"{name} has no column {column}; its rows have {n_cells} cells")
        else:
            places.append(column)
    return lambda row: [row.cells[place] for place in places]


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(name if len(name) <= 30 else f"{name[:30]}..." for name in names[:20])
    return shown + (", ..." if len(names) > 20 else "")


# --- quoted cells


def _quoted_rows(name: str, lines: Iterator[str], separator: str) -> Iterator[_Row]:
    """Rows whose cells may stand in quotes (RFC 4180): a quote inside is doubled.

    Not the csv module, which stops at a lone carriage return and at cells over 128 KiB. As
    there, a quote within an unquoted cell is a character like any other.
    """
    numbered = enumerate(lines, 1)
    for number, line in numbered:
        if '"' not in line:
            if line:
                yield _Row(number, line.split(separator))
            continue
        cells, pos = [], 0
        while pos <= len(line):
            if line.startswith('"', pos):
                start, pos = pos + 1, _closing(line, pos + 1)
                more: list[str] = []
                while pos < 0:  # the cell goes on in the next line
                    more.append(line[start:])
                    following = next(numbered, None)
                    if following is None:
                        raise ValueError(
                            f"{name}, line {number}: a quote opens and never closes; if quotes "
                            "are ordinary characters here, read it with quoted=False"
                        )
                    line, start = following[1], 0
                    pos = _closing(line, 0)
                cells.append("\n".join([*more, line[start:pos]]).replace('""', '"'))
                pos += 1
                if pos < len(line) and not line.startswith(separator, pos):
                    raise ValueError(
                        f"{name}, line {number}: text follows a closing quote; if quotes are "
                        "ordinary characters here, read it with quoted=False"
                    )
            else:
                stop = line.find(separator, pos)
                stop = len(line) if stop < 0 else stop
                cells.append(line[pos:stop])
                pos = stop
            pos += 1
        yield _Row(number, cells)


def _closing(line: str, pos: int) -> int:
    """Where the quote stands that closes a cell, at or behind `pos`; -1 if not in this line."""
    while (pos := line.find('"', pos)) >= 0 and line.startswith('"', pos + 1):
        pos += 2
    return pos


# --- JSON lines


def _json_rows(name: str, lines: Iterator[str], columns: Sequence[Column]) -> Iterator[TableRow]:
    names = [str(column) for column in columns]  # there are no places, and a name may be "0"
    n_rows = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = parse_json(line, strict=False)
        except ValueError as error:
            raise ValueError(f"{name}, line {number}, is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise ValueError(f"{name}, line {number}, is a JSON {type(row).__name__}, no object")
        n_rows += 1
        cells = [_json_cell(name, number, row, column) for column in names]
        yield TableRow(name, number, n_rows, cells)


def _json_cell(name: str, number: int, row: dict[str, Any], column: str) -> str:
    """A value as text: null is empty, numbers and true/false are spelled as in JSON."""
    if column not in row:
        raise ValueError(f"{name}, line {number}, has no {column!r}; it has {_shown(list(row))}")
    value = row[column]
    if isinstance(value, dict | list):
        raise ValueError(
            f"{name}, line {number}: {column!r} is a {type(value).__name__}; text or a number works"
        )
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
