r"""Quotes: one row of a table whose cells may stand in quotes, as programs write them.

In: a line, and those behind it. Out: the cells. RFC 4180 doubles a quote that is inside; others
write \" (MySQL, Spark), or put blanks between separator and quote. Which of these a file does is
decided by delimited.py; here it is a `Style`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

_BLANKS = " \u00a0"


class Style(NamedTuple):
    r"""How cells are written. `escaped`: a quote inside is \"; `blanks`: there may be some around
    the quotes of a cell."""

    separator: str
    escaped: bool = False
    blanks: bool = False


class QuoteError(ValueError):
    """A row that cannot be so; the message goes on behind file and line."""


def parse_simple_row(line: str, separator: str) -> list[str] | None:
    """The cells of a row on one line whose quotes are doubled or around cells; None for another.

    The fast way: most rows of most files are so, and here it is C that looks for the quotes.
    """
    parts = line.split('"')
    last = len(parts) - 1
    if last & 1:  # the last cell goes on in the next line
        return None
    outside = parts[0]
    if not outside:
        cells = []
    elif outside[-1] == separator:
        cells = outside[:-1].split(separator)
    else:
        return None
    cell = parts[1]
    for place in range(2, last, 2):
        outside = parts[place]
        if not outside:  # of a doubled quote
            cell = f'{cell}"{parts[place + 1]}'
            continue
        if outside[0] != separator or outside[-1] != separator:
            return None
        cells.append(cell)
        if outside != separator:
            cells += outside[1:-1].split(separator)
        cell = parts[place + 1]
    cells.append(cell)
    outside = parts[last]
    if outside:
        if outside[0] != separator:
            return None
        cells += outside[1:].split(separator)
    return cells


def parse_row(line: str, more: Callable[[], str | None], style: Style) -> list[str]:
    """The cells of the row that begins with this line; `more` gives the next line, or None.

    QuoteError for text behind a closing quote, and for a quote that never closes. As in the csv
    module, a quote within an unquoted cell is a character like any other.
    """
    cells, pos, separator = [], 0, style.separator
    blanks = style.blanks and separator not in _BLANKS  # else they are what stands between cells
    while pos <= len(line):
        start = _quote_at(line, pos) if blanks else pos
        if not line.startswith('"', start):
            stop = line.find(separator, pos)
            stop = len(line) if stop < 0 else stop
            cells.append(line[pos:stop])
            pos = stop + 1
            continue
        start += 1
        pos = find_closing_quote(line, start, escaped=style.escaped)
        begun: list[str] = []
        while pos < 0:  # the cell goes on in the next line
            begun.append(line[start:])
            following = more()
            if following is None:
                raise QuoteError("a quote opens and never closes")
            line, start = following, 0
            pos = find_closing_quote(line, 0, escaped=style.escaped)
        cells.append(_unquoted("\n".join([*begun, line[start:pos]]), escaped=style.escaped))
        pos += 1
        while blanks and pos < len(line) and line[pos] in _BLANKS:
            pos += 1
        if pos < len(line) and not line.startswith(separator, pos):
            raise QuoteError("text follows a closing quote")
        pos += 1
    return cells


def cut_row(line: str, separator: str) -> list[str]:
    """The cells of a row that is one line in any case, blanks around quotes left out.

    Where the quotes are not those of a table, such as one that never closes, they are characters.
    """
    if '"' not in line:
        return line.split(separator)
    cells = parse_simple_row(line, separator)
    if cells is not None:
        return cells
    style = Style(separator, escaped='\\"' in line, blanks=True)
    try:
        return parse_row(line, lambda: None, style)
    except QuoteError:
        return line.split(separator)


def find_closing_quote(line: str, pos: int, *, escaped: bool = False) -> int:
    """Where the quote stands that closes a cell, at or behind `pos`; -1 if not in this line."""
    start = pos
    while (pos := line.find('"', pos)) >= 0:
        if escaped and _n_backslashes(line, pos, start) % 2:
            pos += 1
        elif line.startswith('"', pos + 1):
            pos += 2
        else:
            break
    return pos


def _quote_at(line: str, pos: int) -> int:
    """Behind the blanks from here on, if a quote stands there."""
    at = pos
    while at < len(line) and line[at] in _BLANKS:
        at += 1
    return at if line.startswith('"', at) else pos


def _n_backslashes(line: str, pos: int, start: int) -> int:
    """How many of them stand in a row before `pos`."""
    n = 0
    while pos - n > start and line[pos - n - 1] == "\\":
        n += 1
    return n


def _unquoted(cell: str, *, escaped: bool) -> str:
    cell = cell.replace('""', '"') if not escaped else cell
    if not escaped:
        return cell
    parts = cell.split("\\\\")  # a backslash that stands for itself
    return "\\".join(part.replace('\\"', '"').replace('""', '"') for part in parts)
