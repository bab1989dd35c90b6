"""Numbers in cells of tables: with a point, or with the decimal comma of half the world.

In: a cell, and what stands between the cells of its table. Out: a float, NaN for what is none. A
comma is a decimal one only where commas do not stand between cells, and thousands are not read.
"""

from __future__ import annotations

import math
import re

_COMMA = re.compile(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*", re.ASCII)
# One thousand and some, or one and some thousandths: tables of English texts have tabs too.
_DOUBTFUL = re.compile(r"\s*[+-]?[1-9]\d{0,2},\d{3}\s*", re.ASCII)


def read_number(cell: str, separator: str) -> float:
    """The number in a cell; NaN if there is none.

    `separator`: of the table, "" where it has none. "1,5" is 1.5 between semicolons and tabs, but
    "1,234" only between semicolons.
    """
    try:
        return float(cell)
    except ValueError:
        pass
    if separator == ";" or (separator == "\t" and not _DOUBTFUL.fullmatch(cell)):
        return float(cell.replace(",", ".")) if _COMMA.fullmatch(cell) else math.nan
    return math.nan


def explain_comma(cell: str) -> str:
    """What is said of a decimal comma that was not read."""
    if not _COMMA.fullmatch(cell):
        return ""
    return "; a decimal comma is read where ; separates the cells, or a tab if it is in no doubt"
