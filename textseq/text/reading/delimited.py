r"""Delimited: rows of tables whose cells stand between separators, from the lines of a file.

In: lines, and which columns are wanted. Out: the rows, each with the line on which it begins and as
many cells as the first. How a file is written is seen by its lines: the separator (a line "sep=;"
says it too), \" for a quote, blanks around quotes, line ends that are "\r" alone. What the columns
mean is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from textseq.advice import advise, either
from textseq.text.notices import notify
from textseq.text.reading.bad_rows import BadRows
from textseq.text.reading.quotes import QuoteError, Style, parse_row, parse_simple_row
from textseq.text.reading.table_style import (
    SEEN,
    USUAL_SEPARATORS,
    Fits,
    choose_separator,
    find_single_quotes,
    has_row_names,
    parse_first_rows,
    split_line_ends,
    swap_quotes,
)

_LOOKED_AHEAD = 1000  # lines that a doubtful row may go on over
_JOINED = 100  # lines of a row that is read the fast way
_DOUBTS = 20  # rows with \" that were read without it, before it is a text like any other
_FIRST_LINES = 2  # of which one may stand for all
_SAID = re.compile(r'"?sep=(.)"?', re.IGNORECASE)

Numbered = tuple[int, str]
Named = Callable[[Sequence[str]], bool]  # whether a first row is a header


class CellRow(NamedTuple):
    """All cells of a row and the line on which it begins, from 1."""

    line: int
    cells: list[str]


def read_delimited_rows(
    name: str,
    lines: Iterator[str],
    usual: str,
    *,
    quoted: bool,
    separator: str | None,
    fits: Fits,
    bad: BadRows,
    named: Named = lambda first: False,
    remember: Callable[[str, str], object] = lambda name, value: None,
) -> Iterator[CellRow]:
    """The rows, the first of them as it is; of the others those that fit it.

    `usual`: the separator that the file's name speaks for; `separator`: the one that was said,
    which comes first. `fits`: whether a first row has the wanted columns; `named`: whether it is a
    header, which gets an empty name where rows have one cell more, their name, as R writes them.
    `remember` is called with a separator that is not the usual one.
    """
    numbered: Iterator[Numbered] = enumerate(split_line_ends(lines, fits, usual, quoted=quoted), 1)
    seen = list(islice(numbered, 1))
    if seen and (said := _SAID.fullmatch(seen[0][1])):
        separator, seen = said[1], list(islice(numbered, 1))
    first_line = seen[0][1] if seen else ""
    marks = {"'", *USUAL_SEPARATORS} - {usual}
    if separator is not None or any(mark in first_line for mark in marks):
        seen += islice(numbered, SEEN - 1)
    first_lines = [line for _, line in seen]
    if quoted and (turned := find_single_quotes(first_lines, fits)) is not None:
        numbered = ((number, swap_quotes(line)) for number, line in chain(seen, numbered))
        rows = _quoted_rows(name, numbered, turned, bad, named)
        return (CellRow(number, list(map(swap_quotes, cells))) for number, cells in rows)
    found = choose_separator(first_lines, separator, usual, fits, quoted=quoted)
    if found != usual:
        remember("separator", found)
    seen, has_names = _with_row_names(seen, numbered, found, named, quoted=quoted)
    if has_names:
        notify(
            f"{name}: the header has one name fewer than the rows have cells; the first column is "
            "read as names of rows, as R writes them"
        )
    numbered = chain(seen, numbered)
    if quoted:
        return _quoted_rows(name, numbered, found, bad, named)
    return _plain_rows(name, numbered, found, bad, named)


def _with_row_names(
    seen: list[Numbered],
    numbered: Iterator[Numbered],
    separator: str,
    named: Named,
    *,
    quoted: bool,
) -> tuple[list[Numbered], bool]:
    """The first lines, the header with an empty name in front if the rows have names of their own.

    No more lines are read than tell it: a second one, and those behind it if that has one more.
    """
    first = parse_first_rows([line for _, line in seen if line][:1], separator, quoted=quoted)
    if not first or not named(first[0]):
        return seen, False
    seen = list(seen)
    while sum(1 for _, line in seen if line) < 2 and (more := next(numbered, None)):
        seen.append(more)
    lines = [line for _, line in seen if line]
    two = parse_first_rows(lines[:2], separator, quoted=quoted)
    if len(lines) > 1 and len(two[-1]) > len(first[0]):
        seen += islice(numbered, max(SEEN - len(seen), 0))
        rows = parse_first_rows([line for _, line in seen], separator, quoted=quoted)
        if has_row_names(rows):
            place = next(place for place, (_, line) in enumerate(seen) if line)
            seen[place] = (seen[place][0], separator + seen[place][1])
            return seen, True
    return seen, False


# --- rows


def _plain_rows(
    name: str, numbered: Iterator[Numbered], separator: str, bad: BadRows, named: Named
) -> Iterator[CellRow]:
    """Rows whose quotes are characters like any other."""
    first: CellRow | None = None
    n_cells = n_good = 0
    for number, line in numbered:
        if not line:
            continue
        cells = line.split(separator)
        if first is None:
            first, n_cells = CellRow(number, cells), len(cells)
        elif len(cells) != n_cells:
            mended = _mended(cells, first.cells)
            if mended is None:
                helps = ""
                if '"' in line and _parses(line, numbered, separator, n_cells):
                    kind = "tsv" if separator == "\t" else "csv"
                    helps = (
                        "; if its cells are quoted, "
                        + either("read it with ", "add ")
                        + advise("quoted", True)
                        + either(f" ({kind})", "")
                    )
                message = _other_number(name, number, cells, first)
                some_fit = bad.skips or n_good > 0 or helps != "" or not named(first.cells)
                some_fit = some_fit or _one_fits(numbered, separator, n_cells)
                bad.refuse(message, more=helps, some_fit=some_fit)
                continue
            cells = mended
        else:
            n_good = 1
        yield CellRow(number, cells)


def _one_fits(numbered: Iterator[Numbered], separator: str, n_cells: int) -> bool:
    """Whether one of the next lines is a row of so many cells. Only asked before an error."""
    lines = [line for _, line in islice(numbered, SEEN)]
    return any(len(cells) == n_cells for cells in parse_first_rows(lines, separator, quoted=True))


def _parses(line: str, numbered: Iterator[Numbered], separator: str, n_cells: int) -> bool:
    """Whether a line and what follows is a row of so many cells if quotes are read.

    Only asked before an error, since what follows is used up; not where rows are left out.
    """
    following = (line for _, line in islice(numbered, _LOOKED_AHEAD))
    for escaped in (False, True):
        style = Style(separator, escaped=escaped, blanks=True)
        try:
            if len(parse_row(line, lambda: next(following, None), style)) == n_cells:
                return True
        except QuoteError:
            continue
    return False


def _mended(cells: list[str], first: Sequence[str]) -> list[str] | None:
    """A row that differs from the first by empty cells at the end of one of them; else None.

    Spreadsheets write and leave out separators behind the last cell that is not empty.
    """
    n_cells = len(first)
    if not any(map(str.strip, cells[n_cells:])) and len(cells) > n_cells:
        return cells[:n_cells]
    if len(cells) < n_cells and not any(map(str.strip, first[len(cells) :])):
        return cells + [""] * (n_cells - len(cells))
    return None


def _other_number(name: str, line: int, cells: Sequence[str], first: CellRow) -> str:
    return f"{name}, line {line}: {len(cells)} cells, but line {first.line} has {len(first.cells)}"


def _quoted_rows(
    name: str, numbered: Iterator[Numbered], separator: str, bad: BadRows, named: Named
) -> Iterator[CellRow]:
    """Rows whose cells may stand in quotes.

    Not the csv module, which stops at a lone carriage return and at cells over 128 KiB.
    """
    doubtful = _Doubtful(name, separator, bad, named)
    first: CellRow | None = None
    n_cells = -1
    while True:
        ahead: list[Numbered] = []
        for number, line in numbered:
            if '"' not in line:
                if not line:
                    continue
                found: list[str] | None = line.split(separator)
            elif doubtful.is_usual(line):
                found = parse_simple_row(line, separator)
                if found is None and line.count('"') & 1:
                    found = _joined_row(line, separator, numbered, ahead)
            else:
                found = None
            if found is None or len(found) != n_cells:
                if first is not None or found is None:
                    break
                first, n_cells = CellRow(number, found), len(found)
            if ahead:
                ahead = []
            yield CellRow(number, found)
        else:
            return
        found = doubtful.read(number, line, numbered, ahead, first)
        numbered = chain(ahead, numbered) if ahead else numbered
        if found is not None:
            row = CellRow(number, found)
            if first is None:
                first, n_cells = row, len(found)
            yield row


def _joined_row(
    line: str, separator: str, numbered: Iterator[Numbered], ahead: list[Numbered]
) -> list[str] | None:
    """The cells of a row that goes on in the next lines, the fast way; None for another.

    `ahead` gets the lines that were looked at.
    """
    lines = [line]
    for following in islice(numbered, _JOINED):
        ahead.append(following)
        lines.append(following[1])
        if following[1].count('"') & 1:  # as many are closed as were opened
            return parse_simple_row("\n".join(lines), separator)
    return None


class _Doubtful:
    """Rows that need a second look: of several lines, with other quotes, of another length."""

    def __init__(self, name: str, separator: str, bad: BadRows, named: Named) -> None:
        self._name, self._bad, self._named = name, bad, named
        self._style = Style(separator)
        self._doubts = 0

    def is_usual(self, line: str) -> bool:
        r"""Whether a line is written as RFC 4180 says, as far as \" and blanks tell."""
        return not (self._style.escaped or self._style.blanks) and (
            '\\"' not in line or self._doubts > _DOUBTS
        )

    def read(
        self,
        number: int,
        line: str,
        numbered: Iterator[Numbered],
        ahead: list[Numbered],
        first: CellRow | None,
    ) -> list[str] | None:
        """The cells of the row that begins here, with the style in which it is one; None for a bad
        row, of which only the first line is left out.

        `ahead` gets the lines that were looked at and belong to the next rows.
        """
        n_cells = None if first is None else len(first.cells)
        failed: tuple[Style, list[str] | QuoteError] | None = None
        for style in self._styles(line):
            n_used = 0
            most = None if style is self._style and not self._bad.skips else _LOOKED_AHEAD

            def more(most: int | None = most) -> str | None:
                nonlocal n_used
                if n_used == len(ahead):
                    following = None if n_used == most else next(numbered, None)
                    if following is None:
                        return None
                    ahead.append(following)
                n_used += 1
                return ahead[n_used - 1][1]

            try:
                cells = parse_row(line, more, style)
            except QuoteError as error:
                failed = failed or (style, error)
                continue
            if n_cells is None or len(cells) == n_cells:
                if '\\"' in line and not style.escaped:
                    self._doubts += 1
                self._style = style
                del ahead[:n_used]
                return cells
            failed = failed or (style, cells)
        assert failed is not None
        found = failed[1]
        if isinstance(found, list) and first is not None:
            mended = _mended(found, first.cells)
            if mended is not None and '"' not in line:
                return mended
        self._refuse(number, line, found, first, chain(ahead, numbered))
        return None

    def _styles(self, line: str) -> list[Style]:
        """The styles that a row may have, the one of the rows before it first."""
        now = self._style
        blanks = now.blanks or f'{now.separator} "' in line or '" ' in line
        styles = [now]
        if blanks and f'{now.separator} "' in line and not now.blanks:
            styles = [now._replace(blanks=True), now]  # a quoted cell, and no cell with quotes
        if not now.escaped and '\\"' in line:
            styles += [now._replace(escaped=True), Style(now.separator, escaped=True, blanks=True)]
        if blanks and not now.blanks:
            styles.append(now._replace(blanks=True))
        return list(dict.fromkeys(styles))

    def _refuse(
        self,
        number: int,
        line: str,
        found: list[str] | QuoteError,
        first: CellRow | None,
        following: Iterator[Numbered],
    ) -> None:
        """Say what is wrong, and what would help if it would."""
        separator, helps = self._style.separator, ""
        n_unquoted = len(line.split(separator))
        if '"' in line and (first is None or n_unquoted == len(first.cells)):
            helps = (
                "; if quotes are ordinary characters here, "
                + either("read it with ", "add ")
                + advise("quoted", False)
            )
        if first is None and separator != " " and len(parse_simple_row(line, " ") or ()) > 1:
            helps = (
                "; its cells stand between blanks, as R writes them: "
                + advise("separator", " ")
                + " cuts there"
            )
        if isinstance(found, QuoteError):
            message = f"{self._name}, line {number}: {found}"
        else:
            assert first is not None
            message = _other_number(self._name, number, found, first)
        some_fit = self._bad.skips or number > _FIRST_LINES or first is None
        if first is not None and not some_fit and self._named(first.cells):
            some_fit = _one_fits(following, separator, len(first.cells))
        else:
            some_fit = True
        self._bad.refuse(message, more=helps, some_fit=some_fit)
