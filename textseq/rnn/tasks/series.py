"""Series: the tables of numbers that echo state networks read, and the rows they predict.

In: tables with the columns of training. Out: rows, or the whole series; numbers with commas between
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from textseq.config import Errors, TextConfig
from textseq.rnn.echo.echo_series import EchoSeries
from textseq.rnn.echo.series import read_rows, read_series
from textseq.rnn.tasks.pipeline import OF_TABLES, Pipeline
from textseq.text.reading.tables import TableOptions


class SeriesPipeline(Pipeline[EchoSeries]):
    """Rows of numbers to the row behind each."""

    input_options = OF_TABLES
    example_options = OF_TABLES
    reads_lines = False

    def read_inputs(
        self,
        inputs: Sequence[str],
        *,
        encoding: str = "utf-8",
        errors: Errors = "strict",
        **how: Unpack[TableOptions],
    ) -> Iterator[list[float]]:
        """The rows of tables, in the columns of training; standard input is CSV."""
        config = TextConfig(encoding=encoding, errors=errors)
        return read_rows(inputs, self.model.columns, config, **how)

    def read_labelled(
        self,
        inputs: Sequence[str],
        *,
        encoding: str = "utf-8",
        errors: Errors = "strict",
        **how: Unpack[TableOptions],
    ) -> NDArray[np.float64]:
        """The series of tables (T, D)."""
        config = TextConfig(encoding=encoding, errors=errors)
        return read_series(inputs, self.model.columns, config, **how)

    def show(self, prediction: Sequence[float]) -> str:
        """The numbers, with commas between them."""
        return ",".join(f"{value:.9g}" for value in prediction)

    def as_json(self, prediction: Sequence[float]) -> dict[str, Any]:
        """The numbers by their columns."""
        return dict(zip(map(str, self.model.columns), prediction, strict=True))
