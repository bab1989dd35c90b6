"""Shrinkage: how far the readout of a series is drawn back, and to what.

In: blocks of features with the rows that follow, in the order of time. Out: a readout, its ridge,
and what it becomes as the ridge grows: the mean of the series, or the last value again, which is
the better guess where a series has a trend. Both are chosen on rows after those that were learnt
from, since what is to be predicted comes after them. Features are the business of echo_series.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from textseq.rnn.echo.readout import Floats, Readout, RidgeSums

Toward = Literal["mean", "last value"]
Block = tuple[Floats, Floats]  # as `SeriesSums.add` takes it
SERIES_RIDGES = tuple(10.0**power for power in range(-8, 5))  # tried where none is given


class Shrinkage(NamedTuple):
    """How a readout was learnt: with this `ridge`, drawn to this."""

    ridge: float
    toward: Toward


class SeriesSums:
    """What a readout is solved from, for both things that it may be drawn to.

    `columns`: which features are the row itself; None where it is not among them, so that there
    is no last value to be drawn to.
    """

    def __init__(self, n_features: int, n_columns: int, columns: slice | None) -> None:
        self._last = np.zeros((n_columns, n_features))  # the map that gives the last value again
        if columns is not None:
            self._last[:, columns] = np.eye(n_columns)
        self._towards: tuple[Toward, ...] = ("mean",) if columns is None else ("mean", "last value")
        self._sums = RidgeSums(n_features, n_columns * len(self._towards))

    def add(self, features: Floats, following: Floats) -> None:
        """A block to learn from: features (n, F), and of each the row that follows (n, D)."""
        changes = following - features @ self._last.T
        targets = {"mean": following, "last value": changes}
        self._sums.add(features, np.hstack([targets[toward] for toward in self._towards]))

    def solve(self, ridge: float) -> dict[Toward, Readout]:
        """The readouts of this ridge; ValueError as of `RidgeSums.solve`."""
        solved, size = self._sums.solve(ridge), len(self._last)
        parts = [slice(start, start + size) for start in range(0, len(solved.bias), size)]
        found = {
            toward: Readout(solved.weights[part], solved.bias[part])
            for toward, part in zip(self._towards, parts, strict=True)
        }
        if "last value" in found:
            changes = found["last value"]
            found["last value"] = Readout(changes.weights + self._last, changes.bias)
        return found

    def choose(
        self, held_out: Iterable[Block], ridges: Sequence[float] = SERIES_RIDGES
    ) -> Shrinkage:
        """The ridge, and what it draws to, with the least squared error on `held_out`.

        These rows are learnt from too, after that. ValueError where every ridge is too small.
        """
        candidates: list[Shrinkage] = []
        readouts: list[Readout] = []
        reason = "there are no ridges to choose from"
        for ridge in sorted(ridges):
            try:
                solved = self.solve(ridge)
            except ValueError as error:
                reason = str(error)
                continue
            candidates += [Shrinkage(ridge, toward) for toward in solved]
            readouts += solved.values()
        if not candidates:
            raise ValueError(reason)
        together = Readout(
            np.concatenate([readout.weights for readout in readouts]),
            np.concatenate([readout.bias for readout in readouts]),
        )
        errors = np.zeros(len(readouts))
        for features, following in held_out:
            found = together(features).reshape(len(features), len(readouts), -1)
            errors += ((found - following[:, None]) ** 2).sum(axis=(0, 2))
            self.add(features, following)
        return candidates[int(errors.argmin())]
