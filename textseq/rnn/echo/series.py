"""Series: numbers over time, read from tables or made by the Mackey-Glass equation; their errors.

In: the names of tables and of their columns, or how many steps. Out: rows of numbers, and how far
a prediction of them is off. Nothing is predicted here (echo_series.py does).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from textseq.config import TextConfig
from textseq.keywords import only_options
from textseq.rnn.echo.readout import Floats
from textseq.text.reading.cell_numbers import explain_comma, read_number
from textseq.text.reading.tables import Column, TableOptions, read_table_rows

STDIN = "-"


@only_options(TableOptions)
def read_rows(
    inputs: Sequence[str],
    columns: Sequence[Column],
    config: TextConfig,
    **how: Unpack[TableOptions],
) -> Iterator[list[float]]:
    """The numbers of these columns, row by row; standard input ("-") is read as CSV.

    Columns are names or numbers (from 0), as in `read_table`. ValueError, with file and row, for
    a cell that is no finite number: empty ones too, since a step left out shifts the rest. An empty
    line between the values of a table of one column is such a cell.
    """
    if list(inputs) == [STDIN] and how.get("table") is None:
        how["table"] = "csv"
    before = 0  # the line of the last row or of the header
    for row in read_table_rows(list(inputs), columns, config, **how):
        if row.number == 1:
            before = row.written.line if row.written.header else row.line - 1
        if row.written.n_cells == 1 and row.line > before + 1 and how.get("bad_rows") != "skip":
            raise ValueError(
                f"{row.name}, line {before + 1}: an empty line between values is a missing one; "
                "fill it in"
            )
        before = row.line
        values = []
        for column, cell in zip(columns, row.cells, strict=True):
            value = read_number(cell, row.written.separator)
            if not math.isfinite(value):
                where = f"{row.name}, row {row.number}, column {column!r}"
                advised = row.number == 1 and not row.written.header
                cure = "; if its first row holds names, --header leaves it out"
                raise ValueError(
                    f"{where}: {cell[:40]!r} is not a finite number"
                    f"{explain_comma(cell) or (cure if advised else '')}"
                )
            values.append(value)
        yield values


def read_series(
    inputs: Sequence[str],
    columns: Sequence[Column],
    config: TextConfig,
    **how: Unpack[TableOptions],
) -> Floats:
    """(T, D): all rows of `read_rows`."""
    rows = list(read_rows(inputs, columns, config, **how))
    return np.array(rows, np.float64).reshape(len(rows), len(columns))


def mackey_glass(n_steps: int, *, tau: float = 17.0, start: float = 1.2, parts: int = 10) -> Floats:
    """(n_steps, 1): x(0), x(1) ... of the Mackey-Glass equation (1977), chaotic for tau 17.

        dx/dt = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x

    `start`: x up to the time 0. By the Runge-Kutta method of order 4, in `parts` steps for each
    unit of time; halfway between two steps, what was tau ago is found by a cubic through four.
    ValueError unless tau is some whole number of steps, 2 or more.
    """
    delay = round(tau * parts)
    if delay < 2 or not math.isclose(delay, tau * parts):
        raise ValueError(f"tau is {tau} and parts {parts}; tau * parts is a whole number from 2 on")
    step = 1.0 / parts
    past = [start] * (delay + 2)  # from the time -tau - step on; the last is now

    def slope(x: float, before: float) -> float:
        return 0.2 * before / (1.0 + before**10) - 0.1 * x

    found = np.empty((n_steps, 1))
    for number in range(n_steps):
        found[number] = past[-1]
        for _ in range(parts):
            x = past[-1]
            earlier, first, last, later = past[-delay - 2 : len(past) - delay + 2]
            middle = (9.0 * (first + last) - earlier - later) / 16.0
            one = slope(x, first)
            two = slope(x + step / 2 * one, middle)
            three = slope(x + step / 2 * two, middle)
            four = slope(x + step * three, last)
            past.append(x + step / 6 * (one + 2 * two + 2 * three + four))
        del past[: len(past) - delay - 2]
    return found


def nrmse(pred: ArrayLike, true: ArrayLike) -> float:
    """The root of the mean squared error over the variance of the truth, (n, D) or (n,).

    0 is perfect, 1 as good as the mean; of several columns, ratios are averaged before the root.
    NaN for no rows, and where a column of the truth does not change. ValueError unless both have
    one shape.
    """
    found, gold = np.asarray(pred, np.float64), np.asarray(true, np.float64)
    if found.shape != gold.shape or gold.ndim not in (1, 2):
        raise ValueError(f"{found.shape} predictions for {gold.shape} values; (n, D) or (n,) fit")
    if not len(gold):
        return math.nan
    variance = np.atleast_1d(gold.var(axis=0))
    if not (variance > 0).all():
        return math.nan
    return math.sqrt(float((np.atleast_1d(((found - gold) ** 2).mean(axis=0)) / variance).mean()))
