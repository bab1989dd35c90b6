"""JSON tables: chosen values of the objects in a file, one a line or all in a list.

In: lines of JSON, and the names of values. Out: for each object these values, as str. A name with
dots reads objects within objects ("data.review"), unless a key is called so. An object may be the
whole table: with one list of objects, or with a list for each column, as pandas writes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from textseq.artifact import parse_json
from textseq.text.reading.bad_rows import BadRows
from textseq.text.reading.table_columns import (
    Columns,
    NoColumn,
    list_names,
    list_parts,
    split_name,
    strip_name,
)

# A text, or what opens and closes objects and lists.
_MARKS = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)


# The line on which an object begins, from 1, and what is wanted of it.
JsonRow = tuple[int, list[str]]


class _NoCell(NoColumn):
    """An object without a wanted value; the message goes on behind file and line."""


Objects = Iterator[tuple[int, dict[str, Any]]]


def read_json_rows(
    name: str,
    lines: Iterator[str],
    columns: Sequence[Columns],
    bad: BadRows,
    joined: str | None = None,
) -> Iterator[JsonRow]:
    """The rows of a file: of lines with an object each, of a list of objects, or of objects that go
    over several lines. A row that is none is bad. `joined`: what stands between the items of a
    list, which is no cell otherwise."""
    wanted = [_Wanted(column) for column in columns]
    keys = [(column.keys[0] if len(column.keys) == 1 else "", column) for column in wanted]
    n_rows = 0
    for number, row in _objects_of(name, lines, wanted, bad):
        n_rows += 1
        try:
            cells = []
            for key, column in keys:
                value = row.get(key)
                if type(value) is str:
                    cells.append(value)
                elif joined is not None and type(value) is list:
                    cells.append(joined.join(spell_value(item, key) for item in value))
                else:
                    cells.append(str(value) if type(value) is int else column.cell(row))
        except _NoCell as error:
            if n_rows == 1 and not bad.skips:  # which is about all rows
                raise error.behind(f"{name}, line {number}") from None
            bad.refuse(f"{name}, line {number}" + str(error))
            continue
        yield number, cells


def read_json_names(name: str, lines: Iterator[str]) -> list[str]:
    """The keys of the first object of a file; ValueError for none."""
    for _, row in _objects_of(name, lines, [], BadRows()):
        return list(row)
    raise ValueError(f"{name} is empty")


def _objects_of(
    name: str, lines: Iterator[str], wanted: Sequence[_Wanted], bad: BadRows
) -> Objects:
    """The objects, each with the line on which it begins."""
    numbered = enumerate(lines, 1)
    seen: list[tuple[int, str]] = []
    begun = []  # the first lines that are not empty: two of them tell
    for number, line in numbered:
        seen.append((number, line))
        if text := line.strip():
            begun.append(text)
            if len(begun) == 2 or (begun[0][0] == "{" and _is_row(begun[0], wanted)):
                break
    rest = chain(seen, numbered)
    if not begun:
        return iter(())
    if _are_lines(begun, wanted):
        return _of_lines(name, rest, bad)
    return _of_document(name, "\n".join(line for _, line in rest), wanted, bad)


def _are_lines(begun: Sequence[str], wanted: Sequence[_Wanted]) -> bool:
    """Whether each line of a file that begins so is a value of its own."""
    first = begun[0]
    if first[0] == "{":
        if _is_row(first, wanted):
            return True
        return len(begun) > 1 and _parsed(begun[1], dict) is not None
    listed = _parsed(first, list)
    if listed is None:
        return first[0] != "["
    return not (listed and all(isinstance(each, dict) for each in listed))


def _is_row(line: str, wanted: Sequence[_Wanted]) -> bool:
    """Whether a line is an object, and not one that may be a whole table."""
    row = _parsed(line, dict)
    return row is not None and not _may_be_table(row, wanted)


def _parsed(line: str, kind: type) -> Any:
    """What a line holds, if it is of this kind; else None."""
    try:
        value = parse_json(line, strict=False)
    except ValueError:
        return None
    return value if isinstance(value, kind) else None


def _depth_of(mark: str) -> int:
    return 1 if mark in "{[" else -1 if mark in "}]" else 0


def _may_be_table(value: dict[str, Any], wanted: Sequence[_Wanted]) -> bool:
    """Whether an object may be a whole table: all its values are lists or objects, or it has one
    list of objects, and nothing that is wanted of a row."""
    if value and all(isinstance(each, list | dict) for each in value.values()):
        return True
    if not wanted or len(_lists_of_objects(value)) != 1:
        return False
    return not any(_has(value, key) for column in wanted for key in column.keys)


def _lists_of_objects(table: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [
        values
        for values in table.values()
        if isinstance(values, list) and values and all(isinstance(each, dict) for each in values)
    ]


# --- a line each


def _of_lines(name: str, numbered: Iterator[tuple[int, str]], bad: BadRows) -> Objects:
    for number, line in numbered:
        if not line.strip():
            continue
        try:
            row = parse_json(line, strict=False)
        except ValueError as error:
            where = number + line.count("\n", 0, getattr(error, "pos", 0))
            bad.refuse(f"{name}, line {where}, is not JSON: {error}")
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            bad.refuse(f"{name}, line {number}, is a JSON {type(row).__name__}, no object")


# --- one document


def _of_document(name: str, text: str, wanted: Sequence[_Wanted], bad: BadRows) -> Objects:
    single: tuple[int, dict[str, Any]] | None = None
    for n_before, (number, part) in enumerate(_objects(name, text)):
        found = next(_of_lines(name, iter([(number, part)]), bad), None)
        if found is None:
            continue
        row = found[1]
        if not n_before and _may_be_table(row, wanted):
            single = (number, row)  # a row, or the whole table
            continue
        if single is not None:
            yield single
            single = None
        yield number, row
    if single is not None:
        for row in _rows_within(single[1], wanted):
            yield single[0], row


def _objects(name: str, text: str) -> Iterator[tuple[int, str]]:
    """The objects of a list, or those that stand behind each other, each with its line."""
    listed = text.lstrip()[:1] == "["
    depth = 0
    start, at = 0, -1  # where lines were counted up to; where the object begins
    line = 1
    for mark in _MARKS.finditer(text):
        change = _depth_of(mark[0])
        if not change:
            continue
        if change > 0 and depth == listed:
            at = mark.start()
        depth += change
        if change < 0 and depth == listed and at >= 0:
            line += text.count("\n", start, at)
            start = at
            yield line, text[at : mark.end()]
            at = -1
        if listed and not depth:
            return
    if depth > 0:
        raise ValueError(f"{name}, line {line}, is not JSON: a list or an object does not end")


def _rows_within(table: dict[str, Any], wanted: Sequence[_Wanted]) -> list[dict[str, Any]]:
    """The rows of an object that is a table: the one list of objects in it, or lists as columns.

    What is neither is one row.
    """
    if any(column.stands_in(table) for column in wanted):
        columns = [
            list(values.values()) if isinstance(values, dict) else values
            for values in table.values()
        ]
        lengths = {len(values) for values in columns if isinstance(values, list)}
        if (
            len(lengths) == 1
            and lengths != {0}
            and all(isinstance(values, list) for values in columns)
        ):
            return [dict(zip(table, cells, strict=True)) for cells in zip(*columns, strict=True)]
        return [table]
    lists = _lists_of_objects(table)
    return lists[0] if len(lists) == 1 else [table]


# --- values


class _Wanted:
    """A column: the keys that lead to its values, one or several that are joined."""

    def __init__(self, column: Columns) -> None:
        # There are no places, and a name may be "0".
        self.keys = [str(part) for part in list_parts(column)]
        split = split_name(self.keys[0]) if len(self.keys) == 1 else None
        self._split = None if split is None else [str(part) for part in split]

    def stands_in(self, row: dict[str, Any]) -> bool:
        return all(key in row for key in self.keys) or (
            self._split is not None and all(key in row for key in self._split)
        )

    def cell(self, row: dict[str, Any]) -> str:
        """The value as text; _NoCell where there is none."""
        if len(self.keys) == 1:
            (key,) = self.keys
            if key in row:
                return spell_value(row[key], key)
            if self._split is not None and not _has(row, key):
                return " ".join([_cell_at(row, each) for each in self._split])
            return _cell_at(row, key)
        return " ".join([_cell_at(row, key) for key in self.keys])


def _has(row: dict[str, Any], key: str) -> bool:
    try:
        find_value(row, key)
    except LookupError:
        return False
    return True


def _cell_at(row: dict[str, Any], key: str) -> str:
    try:
        value = find_value(row, key)
    except LookupError:
        message = f", has no {key!r}; it has {list_names(row)}"
        raise _NoCell(message, key, listed=True) from None
    return spell_value(value, key)


def find_value(row: Any, key: str) -> Any:
    """The value of a key, or of one within it: "a.b" is row["a"]["b"], "a.0" the first of a list.

    LookupError where there is none.
    """
    if isinstance(row, dict):
        if key in row:
            return row[key]
        wanted = strip_name(key)
        same = [name for name in row if isinstance(name, str) and strip_name(name) == wanted]
        if len(same) == 1:
            return row[same[0]]
    head, dot, rest = key.partition(".")
    while dot:
        if isinstance(row, dict) and head in row:
            try:
                return find_value(row[head], rest)
            except LookupError:
                pass
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"
    if isinstance(row, list):
        head, dot, rest = key.partition(".")
        if head.isdecimal() and int(head) < len(row):
            return find_value(row[int(head)], rest) if dot else row[int(head)]
    raise KeyError(key)


def spell_value(value: Any, key: str) -> str:
    """A value as text: null is empty, numbers and true/false are spelled as in JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, dict | list):
        inner = ""
        if isinstance(value, dict) and value:
            inner = f", or {key}.{next(iter(value))} what is in it"
        elif isinstance(value, list):
            inner = "; a list of labels is read with a label separator"
        message = f": {key!r} is a {type(value).__name__}; text or a number works{inner}"
        raise _NoCell(message, key)
    return json.dumps(value)
