"""EchoSeries: an echo state network that goes on with a series of numbers.

    numbers (T, D), each column at mean 0 and deviation 1 -> reservoir -> readout -> the next row

In: a series. Out: after each row a prediction of the next one; or n rows beyond the end, each made
of the one that was predicted before it. All in float64: far ahead, small errors grow. Files are
read by series.py, texts are the business of echo_state.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar, NamedTuple, Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from textseq.config import EchoStateConfig, RNNConfig
from textseq.rnn.data.batch import Batch
from textseq.rnn.echo.readout import Floats, Readout
from textseq.rnn.echo.reservoir import Matrix, Reservoir, shape_of
from textseq.rnn.echo.series import nrmse
from textseq.rnn.echo.shrinkage import Block, SeriesSums, Shrinkage
from textseq.rnn.models.model import Loss, SequenceModel, Side
from textseq.text.reading.tables import Column

_STEPS_AT_ONCE = 4096  # rows
_WASHOUT_PART = 10  # the washout is no more than this part of a series
_HELD_OUT_PART = 2  # to choose the ridge; of a third or a fifth, trends and seasons are told less
FEWEST_ROWS = 10  # rows: fewer tell nothing about what comes next
_LARGEST = 1e100  # beyond this, squares overflow
_LEAST_CHANGE = 100 * np.finfo(np.float64).eps  # deviation for 1 of the mean: two digits are told
_WILD = 100.0  # deviations from the mean: a continuation that is so far off only grows
_BATCHES_AT_ONCE = 16  # batches that `predict` takes together


class Followed(NamedTuple):
    """`predictions` (T, D): the row after each row. `state` (N,): that after the last one."""

    predictions: Floats
    state: Floats


class ContinuationIsWild(ValueError):
    """A continuation left its series so far that it only grows, after `n_steps` that did not."""

    def __init__(self, n_steps: int) -> None:
        super().__init__(
            f"after {n_steps} steps the continuation has no end; a larger ridge or a smaller "
            "spectral_radius works"
        )
        self.n_steps = n_steps


class EchoSeries(SequenceModel):
    """A reservoir over a series with D columns; `EchoSeries.for_series` makes and trains one.

    >>> import numpy as np
    >>> series = np.sin(np.arange(400) / 5)[:, None]
    >>> model = EchoSeries.for_series(series[:300], EchoStateConfig(units=100))
    >>> model.scores(series[300:])["nrmse"] < 0.1
    True

    There are no vocabularies.
    """

    task: ClassVar[str] = "echo-series"
    best: ClassVar[tuple[str, bool]] = ("nrmse", False)
    unit: ClassVar[str] = "steps"
    solved_by: ClassVar[str] = "EchoSeries.for_series(series)"

    def __init__(
        self, sides: dict[str, Side], rnn: RNNConfig, *, columns: Sequence[Column], echo: Any
    ) -> None:
        """`echo`: an EchoStateConfig as JSON. All weights are 0 until they are drawn or loaded."""
        super().__init__(sides, rnn, columns=list(columns), echo=dict(echo))
        self.columns, self.echo = list(columns), EchoStateConfig.from_json(dict(echo)).filled()
        n_columns, (most, units) = len(self.columns), shape_of(self.echo.units, self.echo.density)
        n_features = units + (n_columns if self.echo.direct else 0)
        for name, shape in {
            "w_in": (units, n_columns),
            "bias": (units,),
            "recurrent": (most, units),
            "w_out": (n_columns, n_features),
            "bias_out": (n_columns,),
            "mean": (n_columns,),
            "scale": (n_columns,),
        }.items():
            self.register_buffer(name, torch.zeros(shape, dtype=torch.float64))
        self.register_buffer("sources", torch.zeros((most, units), dtype=torch.int32))
        self._reservoir: Reservoir | None = None

    @classmethod
    def for_series(
        cls,
        series: Floats,
        echo: EchoStateConfig = EchoStateConfig(),  # noqa: B008 - frozen
        *,
        columns: Sequence[Column] | None = None,
    ) -> Self:
        """A network whose readout has learnt the series (T, D).

        `columns`: their names, to be found again in other files; None: their numbers. The first
        rows are not learnt from: `washout` of them, but at most a tenth of the series. Where the
        config has no ridge, one is chosen on the second half of what is learnt from; see
        `SeriesSums.choose`, and `info` of the model for what was. ValueError for fewer than 10
        rows, a column that does not change, and numbers that are not finite.
        """
        names = list(range(series.shape[1])) if columns is None else list(columns)
        model = cls({}, RNNConfig(), columns=names, echo=echo.filled().to_json())
        model._draw(Reservoir.random(len(names), echo))
        model._learn(np.asarray(series, np.float64))
        return model.eval()

    def _draw(self, reservoir: Reservoir) -> None:
        self._fill(
            w_in=reservoir.w_in, bias=reservoir.bias,
            recurrent=reservoir.recurrent.values, sources=reservoir.recurrent.columns,
        )  # fmt: skip

    def _learn(self, series: Floats) -> None:
        n_rows = len(series)
        if n_rows < FEWEST_ROWS:
            raise ValueError(f"the series has {n_rows} rows; it needs {FEWEST_ROWS} or more")
        if not (np.abs(series) < _LARGEST).all():
            raise ValueError("the series has numbers that are not finite, or beyond 1e100")
        mean, scale = series.mean(axis=0), series.std(axis=0)
        for column, values, deviation, level in zip(
            self.columns, series.T, scale, mean, strict=True
        ):
            if values.min() == values.max():
                raise ValueError(
                    f"column {column!r} is {values[0]:g} all the way through the {n_rows} rows "
                    "that are learnt from; there is nothing to predict, so leave it out"
                )
            if not deviation > _LEAST_CHANGE * abs(level):
                raise ValueError(
                    f"column {column!r} changes by {deviation:g} about {level:g}, too little "
                    "beside its level for float64; take the level off"
                )
        self._fill(mean=mean, scale=scale)
        rows, start = self._standard(series), self._washout(n_rows)
        inputs, following = rows[start:-1], rows[start + 1 :]
        n_held_out = 0 if self.echo.ridge is not None else max(1, len(inputs) // _HELD_OUT_PART)
        n_first = len(inputs) - n_held_out
        itself = slice(self.echo.units, None) if self.echo.direct else None
        sums = SeriesSums(self._array("w_out").shape[1], len(self.columns), itself)
        _, state = self._features(rows[:start], None)
        for features, after in self._blocks(inputs[:n_first], following[:n_first], state):
            sums.add(features, after)
            state = features[-1, : self.echo.units]
        if self.echo.ridge is not None:
            chosen = Shrinkage(self.echo.ridge, "mean")
        else:
            chosen = sums.choose(self._blocks(inputs[n_first:], following[n_first:], state))
        readout = sums.solve(chosen.ridge)[chosen.toward]
        self._fill(w_out=readout.weights, bias_out=readout.bias)
        self.info |= {"ridge": chosen.ridge, "toward": chosen.toward}

    def _washout(self, n_rows: int) -> int:
        return min(self.echo.washout, n_rows // _WASHOUT_PART)

    def _blocks(self, inputs: Floats, following: Floats, state: Floats) -> Iterator[Block]:
        for start in range(0, len(inputs), _STEPS_AT_ONCE):
            part = slice(start, start + _STEPS_AT_ONCE)
            features, state = self._features(inputs[part], state)
            yield features, following[part]

    # ---- prediction

    def follow(self, series: Floats, state: Floats | None = None) -> Followed:
        """(T, D) -> the prediction of the row after each row, from `state` on (None: zeros)."""
        rows, readout = self._standard(np.asarray(series, np.float64)), self._readout
        found = np.empty_like(rows)
        here = np.zeros(self.echo.units) if state is None else state
        for start in range(0, len(rows), _STEPS_AT_ONCE):
            part = slice(start, start + _STEPS_AT_ONCE)
            features, here = self._features(rows[part], here)
            found[part] = readout(features)
        return Followed(self._back(found), here)

    def go_on(self, followed: Followed, n_steps: int) -> Floats:
        """(n_steps, D): the rows after the last one followed, each predicted from the one before.

        ContinuationIsWild where the numbers grow without end.
        """
        if not len(followed.predictions):
            raise ValueError("there is no row to go on from")
        readout, state = self._readout, followed.state
        found = np.empty((n_steps, len(self.columns)))
        row = self._standard(followed.predictions[-1:])
        for step in range(n_steps):
            if step:
                features, state = self._features(row, state)
                row = readout(features)
            if not (np.abs(row) < _WILD).all():
                raise ContinuationIsWild(step)
            found[step] = row[0]
        return self._back(found)

    def predict(
        self, items: Iterable[Sequence[float]], batch_size: int = 64
    ) -> Iterator[list[float]]:
        """After each row the prediction of the next one; rows are read as they are needed."""
        stream, state = iter(items), None
        while chunk := list(islice(stream, batch_size * _BATCHES_AT_ONCE)):
            found = self.follow(np.array(chunk, np.float64), state)
            state = found.state
            yield from found.predictions.tolist()

    def scores(self, series: Floats, state: Floats | None = None) -> dict[str, float]:
        """Of one-step predictions of rows 1.. of a series, from `state` on; see `evaluate`."""
        found = self.follow(series, state).predictions[:-1]
        true = series[1:]
        loss = float((((found - true) / self._array("scale")) ** 2).mean()) if len(true) else np.nan
        return {
            "loss": loss, "nrmse": nrmse(found, true), "nrmse_last_value": nrmse(series[:-1], true)
        }  # fmt: skip

    def evaluate(self, dataset: Any, batch_size: int = 64) -> dict[str, float]:
        """Scores of a series (T, D), without the washout: at most a tenth of its rows.

        `loss`: mean squared error of one step ahead, in variances of the training series; `nrmse`;
        and `nrmse_last_value`, that of predicting that nothing changes. ValueError for a series
        of fewer than 10 rows.
        """
        series = np.asarray(dataset, np.float64)
        if len(series) < FEWEST_ROWS:
            raise ValueError(
                f"the series has {len(series)} rows; {FEWEST_ROWS} or more can be scored"
            )
        washout = self._washout(len(series))
        state = self.follow(series[:washout]).state
        return self.scores(series[washout:], state)

    def loss(self, batch: Batch) -> Loss:
        """Raises: the readout is solved, not trained by gradients."""
        raise TypeError("an echo state network is trained by for_series, not by fit")

    # ---- inside

    @property
    def device(self) -> torch.device:
        """Where the weights are; it counts on the CPU all the same."""
        return self.w_in.device  # type: ignore[return-value]

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """Take the weights; ValueError for units that there are not, which compiled code would
        look for behind the end of its arrays, and for columns without a scale."""
        done = super().load_state_dict(state_dict, strict, assign)
        sources = self._array("sources")
        if sources.size and not 0 <= sources.min() <= sources.max() < self.echo.units:
            raise ValueError(f"sources name units that are not among 0..{self.echo.units - 1}")
        scale, mean = self._array("scale"), self._array("mean")
        if not (scale > 0).all():
            raise ValueError("scale has a number that is not above 0")
        if not ((scale > 1 / _LARGEST) & (scale < _LARGEST) & (np.abs(mean) < _LARGEST)).all():
            raise ValueError("mean and scale are no numbers of a series")
        self._reservoir = None
        return done

    def _fill(self, **arrays: NDArray[Any]) -> None:
        for name, array in arrays.items():
            buffer: Tensor = getattr(self, name)
            buffer.copy_(torch.from_numpy(np.ascontiguousarray(array)))
        self._reservoir = None

    def _array(self, name: str) -> NDArray[Any]:
        buffer: Tensor = getattr(self, name)
        return buffer.cpu().numpy()

    def _features(self, rows: Floats, state: Floats | None) -> tuple[Floats, Floats]:
        """What the readout sees at each standardised row, and the last state."""
        if self._reservoir is None:
            recurrent = Matrix(self._array("recurrent"), self._array("sources"))
            leak = cast("float", self.echo.leak)
            self._reservoir = Reservoir(self._array("w_in"), self._array("bias"), recurrent, leak)
        states = self._reservoir.states(rows, state)
        if len(states):
            state = states[-1]
        features = np.hstack([states, rows]) if self.echo.direct else states
        return features, np.zeros(self.echo.units) if state is None else state

    @property
    def _readout(self) -> Readout:
        return Readout(self._array("w_out"), self._array("bias_out"))

    def _standard(self, rows: Floats) -> Floats:
        with np.errstate(over="ignore", invalid="ignore"):
            standard: Floats = (rows - self._array("mean")) / self._array("scale")
        if not (np.abs(standard) < _LARGEST).all():
            raise ValueError("the series has numbers far beyond those that were learnt from")
        return standard

    def _back(self, rows: Floats) -> Floats:
        back: Floats = rows * self._array("scale") + self._array("mean")
        return back
