"""The command `train-esn`: an echo state network for a series, for labels or for tags.

In: a table of numbers (nothing: the Mackey-Glass series), labelled texts or tagged sentences,
options. Out: the model's folder, and on stdout its scores; of a series its continuation, if asked
for. Reading, training and scoring are the library's; scores are shown by echo_display.py.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.bundled import REVIEWS, TAGGED
from textseq.cli.display import Meter, duration, many, rate_line
from textseq.cli.options import (
    Defaults,
    Given,
    Only,
    argument,
    bad,
    choice_option,
    number_option,
    value_option,
)
from textseq.cli.reading import check_options
from textseq.cli.recipe_choice import choose_recipe, save_recipe
from textseq.cli.sequence_data import (
    Parts,
    bundled_data,
    check_valid_share,
    labelled_parts,
    learnt_columns,
    row_options,
    say_why_no_spans,
    tagged_parts,
)
from textseq.cli.sequence_training import (
    ECHO_STATE,
    check_places,
    save_model,
    vectors_to_begin_with,
)
from textseq.cli.train_flags import (
    DataFlags,
    LabelColumn,
    RecipeFlags,
    RunFlags,
    TableFlags,
    TagFlags,
    TextColumn,
    column,
)
from textseq.config import EchoStateConfig, EchoTextConfig, RNNConfig, TextConfig
from textseq.config.recipes import ECHO_STATE as RECIPE

if TYPE_CHECKING:
    from textseq.cli.places import Places
    from textseq.rnn.echo.echo_model import EchoModel
    from textseq.rnn.echo.echo_state import EchoClassifier, EchoTagger

TASKS = ("series", "classifier", "tagger")
GENERATED = 6000  # steps of the Mackey-Glass series


def train_esn(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        argument(
            "FILES", "A table with --series; labelled texts; or tagged sentences (.conllu, .conll)."
        ),
    ] = None,
    *,
    task: Annotated[
        str | None,
        choice_option(
            "--task",
            TASKS,
            "What is learnt (default: by the other options and the names of FILES).",
            show_default=False,
        ),
    ] = None,
    series: Annotated[
        str | None,
        value_option(
            "A,B,...",
            "Columns of numbers, by name or number (from 0), whose next row is predicted.",
        ),
    ] = None,
    held_out: Annotated[
        float, number_option("Series: share at its end to score the model on.", kind=float, low=0.0)
    ] = 0.2,
    free_run: Annotated[
        int | None,
        number_option(
            "Series: write the next N rows; the scores then go to standard error.", low=1
        ),
    ] = None,
    plot: Annotated[
        Path | None, value_option("FILE", "Series: predicted against true rows (PNG, SVG or PDF).")
    ] = None,
    text_column: TextColumn = "text",
    label_column: LabelColumn = "label",
    tables: TableFlags,
    written: TagFlags,
    more: DataFlags,
    run: Annotated[
        RunFlags,
        Defaults(RunFlags(ECHO_STATE)),
        Only("out", "vectors", "save_config", "json", "force", "quiet"),
    ],
    recipe: RecipeFlags,
    options: Given[EchoTextConfig],
    echo: Given[EchoStateConfig],
    network: Annotated[Given[RNNConfig], Defaults(RECIPE.network), Only("dim")],
    text: Annotated[
        Given[TextConfig],
        Defaults(RECIPE.text),
        Only("clean", "lowercase", "tokenizer", "min_count", "max_vocab", "encoding", "errors"),
    ],
) -> None:
    """Train an echo state network: its readout alone.

    A random reservoir stays as it is, and a linear map of its states is learnt in one pass, without
    gradients through time, which takes seconds. It goes on with a series (alone: a generated one),
    or gives labels or tags to text. Stopped before the model is written, it leaves nothing.

    Examples:
      textseq train-esn
      textseq train-esn weather.csv --series temperature --plot weather.png
      textseq train-esn weather.csv --series 1,2 --free-run 24 > tomorrow.csv
      textseq train-esn reviews.tsv --text review --label stars
      textseq train-esn --task tagger
    """
    what = _task(files, task, series)
    if what != "series" and (free_run is not None or plot is not None or series is not None):
        raise bad("--series, --free-run and --plot are for series")
    check_valid_share(more.valid_share)
    if not 0 < held_out < 1:
        raise bad(f"--held-out is {held_out:g}; it is between 0 and 1")
    chosen = choose_recipe(context, "echo-state", recipe, options, echo, network, text)
    assert chosen.echo is not None
    place = check_places(context, run, plot)
    if what == "series":
        if more.valid or more.test or run.vectors is not None:
            raise bad("--valid, --test and --vectors are for text; a series has --held-out")
        if tables.bad_rows is not None:
            raise bad("--bad-rows is for labels; a series without some of its rows is another one")
        save_recipe(chosen, run.save_config)
        _series(
            files, series, tables.columns(), chosen.text, chosen.echo, held_out, free_run, plot,
            place, run,
        )  # fmt: skip
        return
    check_options(chosen.text)
    vectors = vectors_to_begin_with(run)
    if not files:
        files, more = bundled_data(more, REVIEWS if what == "classifier" else TAGGED)
        text_column, label_column = "text", "label"
        tables, written = TableFlags(), dataclasses.replace(written, format="auto")
    seed = chosen.echo.seed
    columns: dict[str, Any]
    model: EchoClassifier | EchoTagger
    if what == "classifier":
        from textseq.rnn.echo.echo_state import EchoClassifier
        from textseq.text.reading.table_columns import NoColumn

        columns = tables.columns(text=text_column, label=label_column)
        rows = row_options(tables.bad_rows)
        try:
            parts = labelled_parts(files, more, chosen.text, columns | rows, seed=seed)
        except NoColumn as error:
            if error.column not in ("text", "label") or not error.listed or task is not None:
                raise
            helps = "; --text and --label name columns of texts, --series those of a series"
            raise error.behind("", helps) from None
        columns = learnt_columns(columns, rows)
        model = EchoClassifier.for_dataset(parts.train, chosen, vectors=vectors)
    else:
        from textseq.rnn.echo.echo_state import EchoTagger

        columns = written.columns()
        # Words are looked up in lower case, no more.
        cased = chosen.text.replace(lowercase=False)
        parts = tagged_parts(files, more, cased, columns, seed=seed)
        model = EchoTagger.for_dataset(
            parts.train, chosen, vectors=vectors, lower=chosen.text.lowercase
        )
        say_why_no_spans(model, parts.train)
    model.info["columns"] = {name: value for name, value in columns.items() if value is not None}
    save_recipe(chosen, run.save_config)
    _learn_and_save(model, parts, place, run)


def _task(files: list[str] | None, task: str | None, series: str | None) -> str:
    """What is to be learnt."""
    if task is not None:
        if task == "series" and files and series is None:
            raise bad("which columns of FILES are the series? --series A,B names them")
        return task
    if series is not None and not files:
        raise bad("--series names columns of FILES; there are none")
    if series is not None or not files:
        return "series"
    from textseq.rnn.data.tagged_text import is_tagged

    plainly = TextConfig(errors="replace")
    return "tagger" if any(is_tagged(name, plainly) for name in files) else "classifier"


def _series(
    files: list[str] | None,
    given: str | None,
    how: dict[str, Any],
    config: TextConfig,
    echo: EchoStateConfig,
    held_out: float,
    free_run: int | None,
    plot: Path | None,
    place: Places,
    run: RunFlags,
) -> None:
    """Learn the first part of a series, score the rest, go on behind its end."""
    from textseq.cli.echo_display import show_series
    from textseq.rnn.echo.echo_series import FEWEST_ROWS, EchoSeries
    from textseq.rnn.echo.series import mackey_glass, read_series

    if plot is not None:
        from textseq.pictures.figure import check_picture

        check_picture(plot)  # now, not behind the training
    if files:
        columns = [column(name.strip()) for name in (given or "").split(",")]
        seen: dict[str, Any] = {}
        series = read_series(files, columns, config, seen=seen, **how)
        how = seen | how
    else:
        columns, series = ["x"], mackey_glass(GENERATED)
    n_learnt = len(series) - round(held_out * len(series))
    if n_learnt < FEWEST_ROWS:
        raise ValueError(
            f"the series has {many(len(series), 'row')}, {n_learnt} of them to learn from "
            f"(--held-out {held_out:g}); {FEWEST_ROWS} or more are needed"
        )
    start = time.perf_counter()
    model = EchoSeries.for_series(series[:n_learnt], echo, columns=columns)
    seconds = time.perf_counter() - start
    model.info["data"] = {"train": n_learnt, "held_out": len(series) - n_learnt}
    model.info["columns"] = how if files else {}
    save_model(model, place, force=run.force)
    show_series(
        model, series, n_learnt, seconds, free_run, plot, place.out, named=bool(files),
        json=run.json, quiet=run.quiet,
    )  # fmt: skip


def _learn_and_save(model: EchoModel, parts: Parts, place: Places, run: RunFlags) -> None:
    from textseq.cli.echo_display import show_scores

    start = time.perf_counter()
    with _progress(quiet=run.quiet) as progress:
        ridge = model.learn(parts.train, parts.valid, progress)
    seconds = time.perf_counter() - start
    model.info |= {"ridge": ridge, "data": {"train": len(parts.train), "valid": len(parts.valid)}}
    save_model(model, place, force=run.force)
    show_scores(model, parts, seconds, place.out, json=run.json, quiet=run.quiet)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Any]:
    with Meter("learn", quiet=quiet) as meter:

        def show(done: int, total: int) -> None:
            speed = rate_line(done, total, meter.seconds, "examples")
            meter.update(done, total, f"{speed}  {duration(meter.seconds)}")

        yield show
