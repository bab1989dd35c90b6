r"""How a table is written, as far as its first lines show: line ends, separator, quotes.

In: lines of a file, and which columns are wanted. Out: the lines between other line ends, the
separator under which rows are of one length and have these columns, and whether cells stand in
single quotes. No row is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

from textseq.text.reading.quotes import QuoteError, Style, parse_row

USUAL_SEPARATORS = ("\t", ",", ";", "|")
SEEN = 50  # lines, by which a separator is chosen

Fits = Callable[[Sequence[str]], bool]


def split_line_ends(lines: Iterator[str], fits: Fits, usual: str, *, quoted: bool) -> Iterator[str]:
    """The lines; of a file whose line ends are "\r" alone those between them."""
    first = next(lines, None)
    if first is None:
        return lines
    if "\r" not in first:
        return chain([first], lines)
    more = list(islice(lines, SEEN))  # of a cell that holds "\n"
    pieces = "\n".join([first, *more]).split("\r", 3)
    head = [piece for piece in pieces if piece][:2]
    alike = False
    if len(head) == 2:
        for separator in (usual, *USUAL_SEPARATORS):
            rows = [_cells(piece, separator, quoted=quoted) for piece in head]
            n_cells = {None if row is None else len(row) for row in rows}
            likely = not more if n_cells == {1} else len(n_cells) == 1
            alike = alike or (likely and fits(rows[0] or []))
    if not alike:
        return chain([first], more, lines)
    return iter("\n".join(chain([first], more, lines)).split("\r"))


def _cells(line: str, separator: str, *, quoted: bool) -> list[str] | None:
    """The cells of a row on one line; None where it is none."""
    if not quoted or '"' not in line:
        return line.split(separator)
    try:
        return parse_row(line, lambda: None, Style(separator, escaped='\\"' in line, blanks=True))
    except QuoteError:
        return None


def choose_separator(
    lines: Sequence[str], said: str | None, usual: str, fits: Fits, *, quoted: bool
) -> str:
    """The separator under which the first lines are rows of one length with the wanted columns.

    That which was said or is usual comes first; a column that is all alone needs none.
    """
    before = [usual] if said is None else [said, usual]
    others = [each for each in USUAL_SEPARATORS if each not in before]
    if not any(each in line for line in lines for each in [*others, *before[:-1]]):
        return usual
    sizes: dict[str, set[int]] = {}
    prose: list[str] = []
    regular: list[str] = []  # also without the wanted columns: then an error shows those there are
    for separator in [*before, *others]:
        rows = parse_first_rows(lines, separator, quoted=quoted)
        if rows and len(rows[0]) > 1 and len(set(map(len, rows))) == 1:
            regular.append(separator)
        if rows and fits(rows[0]):
            sizes[separator] = set(map(len, rows))
            # Of running text a comma is followed by a blank, and the cells are between others.
            if all(cell[:1] == " " for row in rows for cell in row[1:]):
                prose.append(separator)
    alike = [each for each, lengths in sizes.items() if len(lengths) == 1]
    several = [each for each in alike if sizes[each] != {1}]
    alone = [usual] if usual in alike else []
    fitting = [each for each in before if each in sizes]
    first = [each for each in several if each in before]
    if set(first) <= set(prose) and said is None:
        first = [each for each in several if each not in prose] or first
    return [*first, *alone, *several, *fitting, *regular, before[0]][0]


def parse_first_rows(lines: Sequence[str], separator: str, *, quoted: bool) -> list[list[str]]:
    """The rows that the first lines are under this separator, as far as they are whole."""
    rows: list[list[str]] = []
    rest = iter(lines)
    for line in rest:
        if not line:
            continue
        if not quoted or '"' not in line:
            rows.append(line.split(separator))
            continue
        style = Style(separator, escaped='\\"' in line, blanks=True)
        try:
            rows.append(parse_row(line, lambda: next(rest, None), style))
        except QuoteError:
            break
    return rows


def has_row_names(rows: Sequence[Sequence[str]]) -> bool:
    """Whether each row but the header has one cell more in front, its name, as R writes tables.

    Names are all different. One row alone, whose text may have a comma, says nothing, nor do rows
    whose commas have a blank behind them, or that only end with a separator.
    """
    if len(rows) < 3 or {len(row) - len(rows[0]) for row in rows[1:]} != {1}:
        return False
    if len({row[0] for row in rows[1:]}) < len(rows) - 1 or not any(row[-1] for row in rows[1:]):
        return False
    return not any(cell[:1] == " " for row in rows[1:] for cell in row[1:])


def find_single_quotes(lines: Sequence[str], fits: Fits) -> str | None:
    """The separator of rows whose cells stand in single quotes, one inside doubled; else None.

    Each line but a header has such a cell, at whose ends separators or the ends of the line are; or
    some have, and without them the rows would not be of one length.
    """
    for separator in USUAL_SEPARATORS:
        found = [
            (line[:1] == "'" or f"{separator}'" in line)
            and (line[-1:] == "'" or f"'{separator}" in line)
            for line in lines
            if line
        ]
        if len(found) < 2 or not any(found):
            continue
        rows = parse_first_rows([swap_quotes(line) for line in lines], separator, quoted=True)
        regular = len(set(map(len, rows))) == 1 and 2 * len(rows) >= len(found)
        if not regular or len(rows[0]) < 2 or not fits(rows[0]):
            continue
        plain = parse_first_rows(lines, separator, quoted=True)
        if all(found[1:]) or len(set(map(len, plain))) > 1:
            return separator
    return None


_SWAPPED = str.maketrans({"'": '"', '"': "'"})


def swap_quotes(text: str) -> str:
    """The text with single quotes for double ones, and the other way round."""
    return text.translate(_SWAPPED)
