"""Columns of rated pairs: where in a table the two words stand, and where their rating.

In: the rows of a table, each a list of cells, and the names of its columns where it has some. Out:
their numbers, and a sentence where several columns may be the rating. No file is read here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from math import isfinite
from typing import NamedTuple

_FEW = 20  # values of a column that is a label; and each of them stands for so many rows:
_ROWS_A_VALUE = 5
_ID_NAMES = ("", "id", "index", "no", "num", "nr", "number", "idx")
# What a column of ratings is called, without signs and in lower case; and what it is not, though
# one of those words is in its name.
_RATINGS = frozenset([
    "score", "scores", "rating", "ratings", "rate", "similarity", "sim", "simlex", "simlex999",
    "simlex999score", "mean", "average", "avg", "relatedness", "rel", "human", "humanmean",
    "meanscore", "avgscore", "averagescore", "meanrating", "gold", "goldscore", "humanscore",
    "humanrating", "similarityscore", "relatednessscore", "judgment", "judgement",
])  # fmt: skip
_SPREADS = frozenset([
    "sd", "std", "stdev", "stddev", "dev", "deviation", "var", "variance", "se", "sem", "n", "num",
    "count", "min", "max", "median", "range", "id", "rank", "model", "predicted", "pred",
])  # fmt: skip
_OTHER_NAMES = frozenset([
    "word", "words", "left", "right", "first", "second", "source", "target", "pair", "query",
    "term", "pos", "id", "index", "freq", "frequency", "relation", "stddev", "std",
])  # fmt: skip
_MISSING = frozenset(("", "nan", "na", "n/a", "null", "none", "inf", "-inf", "-", "?", "."))


class PairColumns(NamedTuple):
    """The columns of the two words and of the rating, from 0; `note`: a choice among several."""

    words: tuple[int, int]
    rating: int
    note: str = ""


def parse_number(cells: Sequence[str], index: int) -> float | None:
    """The number in a cell; None where there is no finite one."""
    number = _float(cells[index]) if index < len(cells) else float("nan")
    return number if isfinite(number) else None


def is_pair(cells: Sequence[str]) -> bool:
    """Whether cells hold two words and a number, in this order or the number first."""
    numeric = [isfinite(_float(cell)) for cell in cells]
    if numeric[:3] == [True, False, False] and all(cells[1:3]):
        return True
    return all(cells[:2]) and any(numeric[2:])


def is_index(column: Sequence[str], *, named: bool = False) -> bool:
    """Whether a column numbers its rows; by other numbers than 1, 2, 3 if it is `named` so."""
    if not column or not _are_whole(column):
        return False
    numbers = list(map(int, column))
    steps = {later - sooner for sooner, later in pairwise(numbers)}
    return steps == {1} or (named and len(set(numbers)) == len(numbers))


def is_label(column: Sequence[str]) -> bool:
    """Whether a column has a few values only, each many times."""
    n_values = len(set(column))
    return 0 < n_values <= _FEW and n_values * _ROWS_A_VALUE <= len(column)


def _are_whole(column: Sequence[str]) -> bool:
    return all(cell.isascii() and cell.isdigit() and len(cell) < 10 for cell in column)


# ---- names of columns


def looks_like_names(rows: Sequence[Sequence[str]]) -> tuple[bool, bool]:
    """Whether the first row names the columns of the others, and whether that is sure.

    It has no rating where the others have one; and either a word that columns are called, or text
    in every cell, which is not sure: it may be a pair whose rating is a word.
    """
    names, *rest = rows
    simple = [_simplify(name) for name in names]
    is_named = _word_columns(simple, range(len(simple))) is not None or any(
        name in _RATINGS or name in _OTHER_NAMES for name in simple
    )
    index = 2
    if rest:
        found = find_columns(rest, names if is_named else ())
        index = found.rating
        if parse_number(names, index) is not None:
            return False, False
    cell = names[index].lower() if index < len(names) else ""
    if cell in _MISSING:
        return False, False
    is_text = len(names) > 2 and all(map(_is_text, names)) and len(set(names)) == len(names)
    return is_named or is_text, is_named


def _is_text(name: str) -> bool:
    return name.lower() not in _MISSING and any(map(str.isalpha, name))


def _simplify(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def _word_columns(names: Sequence[str], indices: Sequence[int]) -> tuple[int, int] | None:
    """Which of the columns have names such as word1 and word2, or word_a and word_b."""
    for one, other in ("12", "ab"):
        for first in indices:
            stem = names[first].removesuffix(one)
            if not stem or stem == names[first]:
                continue
            second = next((index for index in indices if names[index] == f"{stem}{other}"), None)
            if second is not None:
                return first, second
    return None


def _named_ratings(header: Sequence[str], indices: Sequence[int]) -> list[int]:
    """Which of the columns are called as ratings are: by the whole name, else by a word of it."""
    whole = [index for index in indices if _simplify(header[index]) in _RATINGS]
    if whole:
        return whole
    words = {index: set(re.findall(r"[^\W_]+", header[index].lower())) for index in indices}
    return [index for index in indices if words[index] & _RATINGS and not words[index] & _SPREADS]


# ---- which column is what


def find_columns(rows: Sequence[Sequence[str]], header: Sequence[str]) -> PairColumns:
    """The columns of two words and their rating in rows, of which a few may lack the rating."""
    n_columns = min(map(len, rows))
    width = max(map(len, rows))
    columns = [[row[index] for row in rows] for index in range(n_columns)]
    numeric = [all(isfinite(_float(cell)) for cell in column) for column in columns]
    names = [_simplify(name) for name in header] if len(header) >= n_columns else []
    texts = [index for index in range(n_columns) if not numeric[index]]
    words = _word_columns(names, texts) if names else None
    behind = list(range(max(words) + 1, width)) if words else []
    if words is None:
        words, behind = _unnamed_words(columns, numeric, names, width)
    elif not any(numeric[max(words) + 1 :]):
        behind += [index for index in range(n_columns) if numeric[index] and index < max(words)]
    n_numbers = {
        index: sum(parse_number(row, index) is not None for row in rows)
        for index in range(width)
        if index not in words
    }
    full = [index for index, n in n_numbers.items() if 2 * n >= len(rows)]
    if names:
        named = _named_ratings(header, [index for index in full if index < len(header)])
        if named:
            note = _note(header, named, named[0]) if len(named) > 1 else ""
            return PairColumns(words, named[0], note)
    usable = [index for index in behind if index in full]
    if not usable:
        return PairColumns(words, max(behind, key=lambda index: n_numbers.get(index, 0), default=2))
    return PairColumns(words, usable[0], _note(header, usable, usable[0]) if usable[1:] else "")


def _unnamed_words(
    columns: Sequence[Sequence[str]], numeric: Sequence[bool], names: Sequence[str], width: int
) -> tuple[tuple[int, int], list[int]]:
    """The columns of the words, and those where a rating may be, in the order of likelihood."""
    start = 0
    if len(columns) >= 4 and numeric[0] and not numeric[1] and not numeric[2] and any(numeric[3:]):
        if not _are_whole(columns[0]):
            return (1, 2), [0, *range(3, width)]
        start = 1  # an id
    elif len(columns) >= 4 and not numeric[1] and not numeric[2]:
        is_id = bool(names) and names[0] in _ID_NAMES and any(numeric[3:])
        if is_id and is_index(columns[0], named=True):
            start = 1
        elif numeric[3] and is_label(columns[0]):
            start = 0 if len(set(columns[2])) <= len(set(columns[0])) else 1
    if start == 0 and list(numeric[:3]) == [True, False, False] and not any(numeric[3:]):
        return (1, 2), [0]
    return (start, start + 1), list(range(start + 2, width))


def _note(header: Sequence[str], indices: Sequence[int], chosen: int) -> str:
    """A sentence: which of several columns of numbers is taken."""
    columns = " and ".join(_column(header, index) for index in indices[:3])
    more = " ..." if indices[3:] else ""
    return (
        f"several columns have numbers, {columns}{more}; the ratings are those of "
        f"{_column(header, chosen)} (a first line that calls a column 'score' chooses it)"
    )


def _column(header: Sequence[str], index: int) -> str:
    name = f" {header[index][:30]!r}" if index < len(header) else ""
    return f"column {index + 1}{name}"


def _float(cell: str) -> float:
    try:
        return float(cell.replace(",", "."))  # among commas, one within a cell stood in quotes
    except ValueError:
        return float("nan")
