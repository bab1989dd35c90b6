"""Columns of a table: from what a person calls them to their numbers in a row.

In: the cells of a header, and names or numbers. Out: what takes the wanted cells out of a row.
White space around a name hides no column, and several columns may be wanted as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from textseq.advice import either

Column = str | int
# A column, or several that are joined with a space; a name "a,b" that no column has is the two.
Columns = Column | Sequence[Column]

# White space, and what spreadsheets and editors leave without showing it.
_INVISIBLE = "\ufeff\u200b"


_NAMED = either("", "; options such as --text name the columns")


class NoColumn(ValueError):
    """There is no such `column`; where the table's name is not known yet, `message` goes on behind
    it. `listed`: whether the message ends in the names that there are."""

    def __init__(self, message: str, column: Column, *, listed: bool = False) -> None:
        super().__init__(message, column)
        self.message, self.column, self.listed = message, column, listed

    def __str__(self) -> str:
        return self.message + (_NAMED if self.listed else "")

    def behind(self, name: str, helps: str = "") -> NoColumn:
        """The same with the table's name before it, and with what helps."""
        return NoColumn(name + self.message + helps, self.column, listed=self.listed)


def strip_name(name: str) -> str:
    """A name less the white space at its ends."""
    name = name.strip()
    return name if name.isascii() else name.strip(_INVISIBLE).strip()


def list_parts(column: Columns) -> list[Column]:
    """The columns that are wanted as one."""
    return [column] if isinstance(column, str | int) else list(column)


def is_named(columns: Iterable[Columns]) -> bool:
    """Whether one of the columns is given by its name."""
    return any(isinstance(part, str) for column in columns for part in list_parts(column))


def split_name(column: Column) -> list[Column] | None:
    """The columns of "a,b" or "a,2"; None for what is only one."""
    if not isinstance(column, str) or "," not in column:
        return None
    parts = [strip_name(part) for part in column.split(",")]
    return [int(part) if part.removeprefix("-").isdecimal() else part for part in parts]


def locate_columns(names: Sequence[str], column: Columns, *, named: bool) -> list[int]:
    """Where a column stands in a row, or where those stand that are wanted as one.

    `names`: the first row; `named`: whether it is a header. NoColumn where one is not there.
    """
    found: list[int] = []
    for part in list_parts(column):
        if isinstance(part, int):
            found.append(_by_number(names, part, named=named))
            continue
        if not named:
            raise NoColumn(f": column {part!r} needs a header; give its number", part)
        several = None if _matching(names, part) else split_name(part)
        if several is None:
            found.append(_by_name(names, part))
            continue
        try:
            found += locate_columns(names, several, named=True)
        except NoColumn:
            found.append(_by_name(names, part))  # which says that there is no such name
    return found


def _matching(names: Sequence[str], name: str) -> list[int]:
    places = [place for place, each in enumerate(names) if each == name]
    wanted = strip_name(name)
    return places or [place for place, each in enumerate(names) if strip_name(each) == wanted]


def _by_name(names: Sequence[str], name: str) -> int:
    places = _matching(names, name)
    if len(places) != 1:
        found = "two columns" if places else "no column"
        raise NoColumn(f" has {found} {name!r}; it has {list_names(names)}", name, listed=True)
    return places[0]


def _by_number(names: Sequence[str], number: int, *, named: bool) -> int:
    if -len(names) <= number < len(names):
        return number % len(names)
    if named and len(_matching(names, str(number))) == 1:  # a year
        return _matching(names, str(number))[0]
    raise NoColumn(f" has no column {number}; its rows have {len(names)} cells", number)


def make_picker(places: Sequence[Sequence[int]]) -> Callable[[Sequence[str]], list[str]]:
    """What takes the cells of the wanted columns out of a row, some of them joined."""
    if all(len(column) == 1 for column in places):
        flat = [column[0] for column in places]
        if len(flat) == 1:
            (only,) = flat
            return lambda cells: [cells[only]]
        take: Any = itemgetter(*flat)
        return lambda cells: list(take(cells))
    return lambda cells: [" ".join([cells[place] for place in column]) for column in places]


def _is_seen_as_it_is(name: str) -> bool:
    return name == strip_name(name) != "" and name.isprintable() and "," not in name


def list_names(names: Iterable[object]) -> str:
    """The first names of a table; in quotes where they would not be seen as they are."""
    every = [str(name) for name in names]
    short = [each if len(each) <= 30 else f"{each[:30]}..." for each in every[:20]]
    some = ", ".join(each if _is_seen_as_it_is(each) else repr(each) for each in short)
    return some + (", ..." if len(every) > 20 else "")
