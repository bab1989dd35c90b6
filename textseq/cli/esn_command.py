"""The command `train-esn`: an echo state network for a series, for labels or for tags.

In: a table of numbers (nothing: the Mackey-Glass series), labelled texts or tagged sentences,
options. Out: the model's folder, and on stdout its scores; of a series its continuation, if asked
for. Reading, training and scoring are the library's; scores are shown by echo_display.py.
"""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from textseq.cli.display import Meter, duration, many, rate_line, say
from textseq.cli.options import (
    Only,
    bad,
    choice_option,
    kebab,
    number_option,
    value_option,
    was_given,
)
from textseq.cli.recipe_choice import save_recipe
from textseq.cli.sequence_training import check_places, save_model
from textseq.cli.train_command import CommandLine, TrainTask, train_command
from textseq.cli.train_flags import (
    LabelColumn,
    RunFlags,
    TableFlags,
    TagFlags,
    TextColumn,
    column,
)
from textseq.config import Recipe, RNNConfig, TextConfig
from textseq.config.tasks import ECHO_STATE

if TYPE_CHECKING:
    from textseq.cli.places import Places
    from textseq.rnn.tasks.parts import Parts
    from textseq.rnn.tasks.pipeline import Pipeline

TASKS = ("series", "classifier", "tagger")
GENERATED = 6000  # steps of the Mackey-Glass series
_OF_FILES = {"encoding", "errors"}  # the text options that count for a table of numbers too


@dataclass(repr=False, eq=False)
class TrainEsn(TrainTask):
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

    recipe = ECHO_STATE
    name = "esn"
    files = "A table with --series; labelled texts; or tagged sentences (.conllu, .conll)."
    written = (TableFlags, TagFlags)
    only: ClassVar[dict[type, Only]] = {
        RunFlags: Only("out", "vectors", "save_config", "json", "force", "quiet"),
        RNNConfig: Only("dim"),
        TextConfig: Only(
            "clean", "lowercase", "tokenizer", "min_count", "max_vocab", "encoding", "errors"
        ),
    }

    task: Annotated[
        str | None,
        choice_option(
            "--task",
            TASKS,
            "What is learnt (default: by the other options and the names of FILES).",
            show_default=False,
        ),
    ] = None
    series: Annotated[
        str | None,
        value_option(
            "A,B,...",
            "Columns of numbers, by name or number (from 0), whose next row is predicted.",
        ),
    ] = None
    held_out: Annotated[
        float, number_option("Series: share at its end to score the model on.", kind=float, low=0.0)
    ] = 0.2
    free_run: Annotated[
        int | None,
        number_option(
            "Series: write the next N rows; the scores then go to standard error.", low=1
        ),
    ] = None
    plot: Annotated[
        Path | None, value_option("FILE", "Series: predicted against true rows (PNG, SVG or PDF).")
    ] = None
    text_column: TextColumn = "text"
    label_column: LabelColumn = "label"

    def train(self, line: CommandLine) -> None:
        """What is to be learnt decides how."""
        what = self._what(line.files)
        of_series = (self.free_run, self.plot, self.series)
        if what != "series" and any(given is not None for given in of_series):
            raise bad("--series, --free-run and --plot are for series")
        if not 0 < self.held_out < 1:
            raise bad(f"--held-out is {self.held_out:g}; it is between 0 and 1")
        if what == "series":
            self._train_series(line)
        else:
            _OF_TEXT[what](**vars(self)).train(line)

    def _what(self, files: list[str]) -> str:
        """The kind of task."""
        if self.task is not None:
            if self.task == "series" and files and self.series is None:
                raise bad("which columns of FILES are the series? --series A,B names them")
            return self.task
        if self.series is not None and not files:
            raise bad("--series names columns of FILES; there are none")
        if self.series is not None or not files:
            return "series"
        from textseq.rnn.data.tagged_text import is_tagged

        plainly = TextConfig(errors="replace")
        return "tagger" if any(is_tagged(name, plainly) for name in files) else "classifier"

    def _train_series(self, line: CommandLine) -> None:
        """Learn the first part of a series, score the rest, go on behind its end."""
        from textseq.cli.echo_display import show_series
        from textseq.rnn.echo.echo_series import FEWEST_ROWS, EchoSeries
        from textseq.rnn.echo.series import mackey_glass, read_series

        run, recipe, (tables, _) = line.run, line.recipe, line.written
        if line.more.valid or line.more.test or run.vectors is not None:
            raise bad("--valid, --test and --vectors are for text; a series has --held-out")
        if tables.bad_rows is not None:
            raise bad("--bad-rows is for labels; a series without some of its rows is another one")
        parts = (recipe.text, recipe.network, recipe.options, recipe.data)
        of_texts = sorted(set[str]().union(*(part.option_names for part in parts)) - _OF_FILES)
        if given := [kebab(name) for name in of_texts if was_given(line.context, name)]:
            raise bad(f"{', '.join(given)}: without effect on a series; for text alone")
        place = check_places(line.context, run, self.plot)
        save_recipe(recipe, run.save_config)
        how: dict[str, Any] = {}
        if line.files:
            columns = [column(name.strip()) for name in (self.series or "").split(",")]
            series = read_series(line.files, columns, recipe.text, seen=how, **tables.columns())
            how |= tables.columns()
        else:
            columns, series = ["x"], mackey_glass(GENERATED)
        n_learnt = len(series) - round(self.held_out * len(series))
        if n_learnt < FEWEST_ROWS:
            raise ValueError(
                f"the series has {many(len(series), 'row')}, {n_learnt} of them to learn from "
                f"(--held-out {self.held_out:g}); {FEWEST_ROWS} or more are needed"
            )
        assert recipe.echo is not None
        start = time.perf_counter()
        model = EchoSeries.for_series(series[:n_learnt], recipe.echo, columns=columns)
        seconds = time.perf_counter() - start
        model.info["data"] = {"train": n_learnt, "held_out": len(series) - n_learnt}
        model.info["columns"] = how
        save_model(model, place, force=run.force)
        show_series(
            model, series, n_learnt, seconds, self.free_run, self.plot, place.out,
            named=bool(line.files), json=run.json, quiet=run.quiet,
        )  # fmt: skip


class _OfText(TrainEsn):
    """Labels or tags, whose readout is learnt in one pass."""

    def train(self, line: CommandLine) -> None:
        """As all train."""
        TrainTask.train(self, line)

    def fit(
        self, line: CommandLine, place: Places, pipeline: Pipeline[Any], parts: Parts
    ) -> dict[str, Any]:
        """Learn the readout, and write the model's folder."""
        model = pipeline.model
        save_recipe(line.recipe, line.run.save_config)
        start = time.perf_counter()
        with Meter("learn", quiet=line.run.quiet) as meter:

            def show(done: int, total: int) -> None:
                speed = rate_line(done, total, meter.seconds, "examples")
                meter.update(done, total, f"{speed}  {duration(meter.seconds)}")

            ridge = model.learn(parts.train, parts.valid, show)
        seconds = time.perf_counter() - start
        n_examples = {"train": len(parts.train), "valid": len(parts.valid)}
        model.info |= {"ridge": ridge, "data": n_examples}
        save_model(model, place, force=line.run.force)
        if not (line.run.quiet or line.run.json):
            learnt = f"{many(len(parts.train), 'example')} learnt in {duration(seconds)}"
            say(f"{place.out}: {learnt} (ridge {ridge:g})")
        return {"ridge": ridge, "seconds": round(seconds, 3)}


class _Labels(_OfText):
    """Texts to labels."""

    model = "echo-classifier"

    def columns(self, tables: TableFlags, tags: TagFlags) -> dict[str, Any]:
        """A text and its label."""
        return tables.columns(text=self.text_column, label=self.label_column)

    def read(self, line: CommandLine, pipeline: type[Pipeline[Any]]) -> Parts:
        """A table that lacks a column was perhaps one of numbers."""
        from textseq.text.reading.table_columns import NoColumn

        try:
            return super().read(line, pipeline)
        except NoColumn as error:
            asked = self.task is not None
            if error.column not in ("text", "label") or not error.listed or asked:
                raise
            helps = "; --text and --label name columns of texts, --series those of a series"
            raise error.behind("", helps) from None


class _Tags(_OfText):
    """Words to tags; they are looked up in lower case, no more."""

    model = "echo-tagger"

    def columns(self, tables: TableFlags, tags: TagFlags) -> dict[str, Any]:
        """How tagged text is written."""
        return tags.columns()

    def bundled(self, tables: TableFlags, tags: TagFlags) -> tuple[tuple[str, ...], dict[str, Any]]:
        """The file says its format."""
        return (), dataclasses.replace(tags, format="auto").columns()

    def read(self, line: CommandLine, pipeline: type[Pipeline[Any]]) -> Parts:
        """Words as they are written."""
        cased = dataclasses.replace(line, recipe=line.recipe.replace(lowercase=False))
        return super().read(cased, pipeline)

    def of_model(self, recipe: Recipe[Any]) -> dict[str, Any]:
        """Whether words are looked up in lower case."""
        return {"lower": recipe.text.lowercase}


_OF_TEXT = {"classifier": _Labels, "tagger": _Tags}
train_esn = train_command(TrainEsn)
