"""Tables: chosen columns of files of rows, row by row, however the file is written.

In: files (packed ones too) and the columns wanted, by name or by number. Out: for each row the
cells of these columns, as str. Cells are neither cleaned nor cut, and no row is repaired: one
with another number of cells is an error, since a shifted label is worse than none. How the rows of
a format are found is the business of delimited.py, json_table.py, arrow_table.py and
fasttext_lines.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import PurePath
from typing import Any, Literal, NamedTuple, TypedDict, Unpack, get_args

from textseq.advice import advise, either
from textseq.config import TextConfig
from textseq.keywords import only_options
from textseq.packing import without_packing
from textseq.text.notices import notify
from textseq.text.reading.arrow_table import read_arrow_names, read_arrow_rows
from textseq.text.reading.bad_rows import BadRows, BadRowsRule, as_bad_rows
from textseq.text.reading.corpus import Inputs, TextSource, find_sources, read_lines_of
from textseq.text.reading.delimited import CellRow, read_delimited_rows
from textseq.text.reading.fasttext_lines import NAMES, begins_with_label, read_fasttext_rows
from textseq.text.reading.headers import (
    BY_NUMBER,
    are_names,
    describe_header,
    describe_other_header,
    looks_like_row,
    shares_names,
)
from textseq.text.reading.json_table import read_json_names, read_json_rows
from textseq.text.reading.sources import STANDARD_INPUT
from textseq.text.reading.table_columns import (
    Column,
    Columns,
    NoColumn,
    is_named,
    list_parts,
    locate_columns,
    make_picker,
)

__all__ = [
    "BadRows",
    "Column",
    "Columns",
    "TableFormat",
    "TableOptions",
    "TableRow",
    "find_format",
    "is_table",
    "read_column_names",
    "read_table",
    "read_table_rows",
    "reads_as_table",
]

TableFormat = Literal["tsv", "csv", "jsonl", "json", "parquet", "arrow", "fasttext"]

_SUFFIXES: dict[str, TableFormat] = {
    ".tsv": "tsv",
    ".tab": "tsv",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
_NAMES_KEPT = 100  # of a header
_SPREADSHEETS = {".xlsx", ".xls", ".xlsm", ".ods"}


class TableOptions(TypedDict, total=False):
    """How tables are read.

    `table`: the format (default: by the file's suffix; fastText's files also by their first line);
    `unnamed`: that of files whose suffix says none.
    `header`: whether the first line of each file names the columns (default: if a name is asked
    for). `quoted`: whether "..." may hold separators and newlines (default: CSV yes, TSV no).
    `separator`: what stands between cells (default: a comma or a tab, as the format says, or what
    the first lines show; one that is said is for files that have it). `bad_rows`: "error", or
    "skip" for rows that cannot be read; a notice counts them. `seen`: gets those of these options
    that the first file itself has shown, so that others are read like it, and how many `cells` its
    rows have. `names`: the header that files have; a notice says so where a first row has none of
    them. `lists`: what the items of a list in JSON are joined with (default: a list is no cell).
    """

    table: TableFormat | None
    unnamed: TableFormat | None
    header: bool | None
    quoted: bool | None
    separator: str | None
    bad_rows: BadRowsRule | BadRows | None
    seen: dict[str, Any] | None
    names: Sequence[str] | None
    lists: str | None


@only_options(TableOptions)
def read_table(
    inputs: Inputs, columns: Sequence[Columns], config: TextConfig, **how: Unpack[TableOptions]
) -> Iterator[list[str]]:
    """The cells of `columns`, row by row, through all files in order.

    A column is a name or a number (from 0; -1 is the last; in JSON, whose columns have no order, it
    is a name, and "a.b" is the b of an a), or several of them, which are joined with a space.
    `how`: see TableOptions. Empty lines are no rows. Raises ValueError, with file and line, for a
    row that does not fit the first one.
    """
    return (row.cells for row in read_table_rows(inputs, columns, config, **how))


class Written(NamedTuple):
    """How a table is written: what stands between cells ("" for none), whether it has a header,
    and on which line that or the first row is, with how many cells (0: not known)."""

    separator: str
    header: bool
    line: int = 1
    n_cells: int = 0


class TableRow(NamedTuple):
    """The cells of a row, its file, the line on which it begins and its number, both from 1."""

    name: str
    line: int
    number: int
    cells: list[str]
    written: Written = Written("", True)
    noticed: bool = False  # whether a notice has called it one that looks like a header


@only_options(TableOptions)
def read_table_rows(
    inputs: Inputs, columns: Sequence[Columns], config: TextConfig, **how: Unpack[TableOptions]
) -> Iterator[TableRow]:
    """`read_table`, where each row says where it stands; the header is no row."""
    sources = find_sources(inputs)
    said, unnamed, separator = how.get("table"), how.get("unnamed"), how.get("separator")
    for given in (said, unnamed):
        if given is not None and given not in get_args(TableFormat):
            known = ", ".join(get_args(TableFormat))
            raise ValueError(f"table is {given!r}; it can be {known}")
    if separator is not None and (not isinstance(separator, str) or len(separator) != 1):
        raise ValueError(f"separator is {separator!r}; it is one character")
    formats = [said or _format_of(source.name) or unnamed for source in sources]
    return _all_rows(sources, formats, columns, config, how)


def _all_rows(
    sources: Sequence[TextSource],
    formats: Sequence[TableFormat | None],
    columns: Sequence[Columns],
    config: TextConfig,
    how: TableOptions,
) -> Iterator[TableRow]:
    given = how.get("bad_rows")
    bad = as_bad_rows(given)
    how = how.copy()
    if how.get("seen") is None:
        how["seen"] = {}  # the first file, for the next ones
    some_left = False
    for source, kind in zip(sources, formats, strict=True):
        rows = _rows(source, kind, columns, config, how, bad)
        for first in islice(rows, 1):
            some_left = True
            yield first
        yield from rows
    if bad is not given:  # else whoever counts further rows gives notice
        bad.notify_skipped(some_left=some_left)


def find_format(name: str) -> TableFormat:
    """The format that a file name ends in, packed or not; ValueError for an unknown ending."""
    suffix = _suffix(name)
    if suffix not in _SUFFIXES:
        if suffix in _SPREADSHEETS:
            raise ValueError(f"{name} is a spreadsheet; save it as CSV there")
        ends = f" Its name ends in none of {', '.join(_SUFFIXES)};"
        if name == STANDARD_INPUT:
            ends = either(ends, "")
        formats = " or ".join(map(repr, get_args(TableFormat)))
        advice = either(f" say table={formats}", " --table tsv, csv, jsonl ... says it")
        raise ValueError(f"what table is {name}?" + ends + advice)
    return _SUFFIXES[suffix]


def _format_of(name: str) -> TableFormat | None:
    """The format that a name ends in; None where the first line decides."""
    return find_format(name) if is_table(name) or _suffix(name) in _SPREADSHEETS else None


def _suffix(name: str) -> str:
    """What a name ends in, packed or not."""
    return PurePath(without_packing(name)).suffix.lower()


def reads_as_table(name: str, how: TableOptions) -> bool:
    """Whether a file is a table by its name, or by how it is to be read."""
    return is_table(name) or (how.get("table") or how.get("unnamed")) is not None


def is_table(name: str) -> bool:
    """Whether a file's name says that it is a table."""
    try:
        find_format(name)
    except ValueError:
        return False
    return True


@only_options(TableOptions)
def read_column_names(inputs: Inputs, config: TextConfig, **how: Unpack[TableOptions]) -> list[str]:
    """The first row of the first table, or the keys of its first object; ValueError for an empty
    one. What can be read only once is used up."""
    source = find_sources(inputs)[0]
    kind = how.get("table") or _format_of(source.name) or how.get("unnamed")
    kind = kind or find_format(source.name)
    if kind in ("parquet", "arrow"):
        return read_arrow_names(source, kind)
    if kind == "fasttext":
        return list(NAMES[:2])
    lines = _lines_of(source, config)
    if kind in ("json", "jsonl"):
        return read_json_names(source.name, lines)
    first = next(_cell_rows(source.name, lines, kind, [], how, BadRows())[0], None)
    if first is None:
        raise ValueError(f"{source.name} is empty")
    return first.cells


def _rows(
    source: TextSource,
    kind: TableFormat | None,
    columns: Sequence[Columns],
    config: TextConfig,
    how: TableOptions,
    bad: BadRows,
) -> Iterator[TableRow]:
    name = source.name
    found: Iterator[tuple[int, list[str]]]
    if kind == "parquet" or kind == "arrow":
        _remember_wanted(columns, how)
        found = read_arrow_rows(source, kind, columns, bad)
    elif kind == "json" or kind == "jsonl":
        _remember_wanted(columns, how)
        lines = _lines_of(source, config)
        found = read_json_rows(name, lines, columns, bad, how.get("lists"))
    elif kind is None or kind == "fasttext":
        labelled, lines = begins_with_label(_lines_of(source, config))
        if kind is None and not labelled:
            find_format(name)  # which says what is missing
        if kind is None:
            _remember(how, "table", "fasttext")
        found = read_fasttext_rows(name, lines, columns, bad)
    else:
        lines = _lines_of(source, config)
        rows, separator = _cell_rows(name, lines, kind, columns, how, bad)
        yield from _picked(name, rows, separator, columns, how, bad)
        return
    for number, (line, cells) in enumerate(found, 1):
        yield TableRow(name, line, number, cells)


def _lines_of(source: TextSource, config: TextConfig) -> Iterator[str]:
    """The lines of a table; ValueError for UTF-16 that was not read as such."""
    lines = read_lines_of([source], config)
    first = list(islice(lines, 1))
    if first and 2 * first[0].count("\0") >= len(first[0]) - 1 > 0:
        order = "be" if first[0][0] == "\0" else "le"
        raise ValueError(
            f"{source.name} looks like UTF-16 without a mark of its order; "
            + advise("encoding", f"utf-16-{order}")
            + " reads it"
        )
    return chain(first, lines)


def _remember(how: TableOptions, option: str, value: Any) -> None:
    """Keep what the first file has shown."""
    if (seen := how.get("seen")) is not None:
        seen.setdefault(option, value)


def _remember_wanted(columns: Sequence[Columns], how: TableOptions) -> None:
    """Keep the wanted names of a table whose columns have no order."""
    _remember(how, "names", [str(part) for column in columns for part in list_parts(column)])


def _cell_rows(
    name: str,
    lines: Iterator[str],
    kind: TableFormat,
    columns: Sequence[Columns],
    how: TableOptions,
    bad: BadRows,
) -> tuple[Iterator[CellRow], str]:
    """The rows of a TSV or CSV file, with all their cells, and what stands between these."""
    usual = "\t" if kind == "tsv" else ","
    found = {"separator": usual}
    quoted = how.get("quoted")

    def fits(first: Sequence[str]) -> bool:
        try:
            found = _places(first, columns, how.get("header"))
        except NoColumn:
            return False
        flat = [place for places in found for place in places]
        return len(set(flat)) == len(flat) and (bool(flat) or len(first) > 1)

    def remember(option: str, value: str) -> None:
        found[option] = value
        _remember(how, option, value)

    rows = read_delimited_rows(
        name,
        lines,
        usual,
        quoted=kind == "csv" if quoted is None else quoted,
        separator=how.get("separator"),
        fits=fits,
        bad=bad,
        named=lambda first: _has_header(first, columns, how.get("header")),
        remember=remember,
    )
    return rows, found["separator"]


def _places(
    first: Sequence[str], columns: Sequence[Columns], header: bool | None
) -> list[list[int]]:
    named = _has_header(first, columns, header)
    return [locate_columns(first, column, named=named) for column in columns]


def _has_header(first: Sequence[str], columns: Sequence[Columns], header: bool | None) -> bool:
    """Whether the first row names the columns: if one is asked for by a name, or by a number that
    is no column but stands in the first row, such as a year."""
    if header is not None:
        return header
    if is_named(columns):
        return True
    try:
        for column in columns:
            locate_columns(first, column, named=False)
    except NoColumn:
        return True
    return False


def _picked(
    name: str,
    rows: Iterator[CellRow],
    separator: str,
    columns: Sequence[Columns],
    how: TableOptions,
    bad: BadRows,
) -> Iterator[TableRow]:
    """The wanted cells of rows; ValueError if the table has no such column."""
    first = next(rows, None)
    if first is None:
        return
    try:
        pick = make_picker(_places(first.cells, columns, how.get("header")))
    except NoColumn as error:
        is_row = looks_like_row(first.cells) and is_named(columns)
        raise error.behind(name, BY_NUMBER if is_row else "") from None
    named = _has_header(first.cells, columns, how.get("header"))
    if named:
        known = how.get("names") or (how.get("seen") or {}).get("names")
        if known and not is_named(columns) and not shares_names(first.cells, known):
            notify(describe_other_header(name, first.line, first.cells, known))
        _remember(how, "names", list(first.cells[:_NAMES_KEPT]))
    _remember(how, "cells", len(first.cells))
    written = Written(separator, named, first.line, len(first.cells))
    if not named:
        row = TableRow(name, first.line, 1, pick(first.cells), written)
        places = _places(first.cells, columns, how.get("header"))
        wanted = [first.cells[place] for column in places for place in column]
        if how.get("header") is None and are_names(wanted):
            notify(describe_header(name, row.line, wanted))
            row = row._replace(noticed=True)
        yield row
    for number, (line, cells) in enumerate(rows, 1 if named else 2):
        yield TableRow(name, line, number, pick(cells), written)
