"""Showing what an echo state network has learnt: scores, a continuation, a picture.

In: a trained model and the data to score it on. Out: tables or JSON on stdout; where the rows of a
continuation go there, the scores on stderr. Which data that is, and training, are the business of
esn_command.py.
"""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.cli.display import data, duration, json_line, many, say, table
from textseq.cli.folders import default_folder
from textseq.cli.score_display import finite

if TYPE_CHECKING:
    from textseq.rnn.echo.echo_series import ContinuationIsWild, EchoSeries, Followed

FREE_STEPS = 84  # how far ahead the literature judges the Mackey-Glass series
_DRAWN = 500  # steps of a picture
_PANELS = 6


def show_series(
    model: EchoSeries,
    series: Any,
    n_learnt: int,
    seconds: float,
    free_run: int | None,
    plot: Path | None,
    out: Path,
    *,
    named: bool,
    json: bool,
    quiet: bool,
) -> None:
    """Scores of the rows that were held out, the rows behind the end, and the picture."""
    from textseq.rnn.echo.series import nrmse
    from textseq.rnn.tasks.series import SeriesPipeline

    before = model.follow(series[: n_learnt - 1])
    at_end = model.follow(series[n_learnt - 1 : n_learnt], before.state)
    n_free = min(FREE_STEPS, len(series) - n_learnt)
    scores = model.scores(series[n_learnt - 1 :], before.state)
    free, wild = _continuation(model, at_end, n_free)
    error = nrmse(free, series[n_learnt : n_learnt + n_free]) if wild is None else math.nan
    scores[f"nrmse_free_{n_free}"] = error
    rows, rows_wild = None, None
    if free_run is not None:
        rows, rows_wild = _continuation(model, model.follow(series), free_run)
    if plot is not None:
        _draw(model, series, n_learnt, before.state, free, plot)
    pipeline = SeriesPipeline(model)
    if json:
        found: dict[str, Any] = {"data": "held out", "n": len(series) - n_learnt}
        found["scores"] = {name: finite(value) for name, value in scores.items()}
        found["seconds"] = round(seconds, 3)
        if rows is not None:
            found["continuation"] = [pipeline.as_json(row) for row in rows.tolist()]
        json_line(found)
    else:
        lines = [
            [f"{many(len(series) - n_learnt, 'row')} (held out)", "NRMSE"],
            ["one step ahead", f"{scores['nrmse']:.3g}"],
            ["the last value again", f"{scores['nrmse_last_value']:.3g}"],
            [
                f"free-running, {n_free} steps",
                f"{error:.3g}" if wild is None else f"no end from step {wild.n_steps + 1} on",
            ],
        ]
        if rows is None:
            table(lines)
        else:
            for row in rows.tolist():
                data(pipeline.show(row))
        if not quiet:
            if rows is not None:
                for line in lines[1:]:
                    say(f"NRMSE {line[1]:>8}  {line[0]}")
            how = f"ridge {model.info['ridge']:g}, toward the {model.info['toward']}"
            say(f"{out}: {many(n_learnt, 'row')} learnt in {duration(seconds)} ({how})")
            if named:
                say(f"next: textseq predict{_where(out)} FILE, to predict the row after each row")
    if math.isnan(scores["nrmse"]):
        say("the rows held out do not change, and errors as shares of their changes are no numbers")
    if rows_wild is not None:
        raise rows_wild  # what was asked for is not all there


def _continuation(
    model: EchoSeries, followed: Followed, n_steps: int
) -> tuple[Any, ContinuationIsWild | None]:
    """So many rows, or those before it goes wild and that error."""
    from textseq.rnn.echo.echo_series import ContinuationIsWild

    try:
        return model.go_on(followed, n_steps), None
    except ContinuationIsWild as wild:
        return model.go_on(followed, wild.n_steps), wild


def _where(out: Path) -> str:
    return "" if out == default_folder("esn") else f" --model {shlex.quote(str(out))}"


def _draw(model: EchoSeries, series: Any, n_learnt: int, state: Any, free: Any, path: Path) -> None:
    """The first rows that were held out: the truth, one step ahead, and free-running."""
    from textseq.pictures.figure import new_figure, save_figure

    stop = min(len(series), n_learnt + _DRAWN)
    ahead = model.follow(series[n_learnt - 1 : stop - 1], state).predictions
    names = model.columns[:_PANELS]
    figure = new_figure(9.0, 2.5 * len(names))
    panels = figure.subplots(len(names), 1, squeeze=False)[:, 0]
    steps = range(n_learnt, stop)
    for number, (panel, name) in enumerate(zip(panels, names, strict=True)):
        panel.plot(steps, series[n_learnt:stop, number], color="black", label="true")
        panel.plot(steps, ahead[:, number], "--", color="tab:blue", label="one step ahead")
        panel.plot(steps[: len(free)], free[:, number], color="tab:red", label="free-running")
        panel.set_ylabel(str(name))
    panels[0].legend(loc="upper right")
    panels[-1].set_xlabel("row")
    save_figure(figure, path, overwrite=True)
