"""A command that trains: its row, its options, and what all of them do, step by step.

In: a row, which is a class: its attributes say what is trained on what, its fields are the options
that only this command has. Out: the function that typer reads; run, the folder of a model and its
scores. How data is read and how scores are said is the business of the task's pipeline
(rnn/tasks/), what happens around fit() that of sequence_training.py.
"""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from textseq.advice import with_article
from textseq.cli.display import say
from textseq.cli.folders import default_folder, is_ours
from textseq.cli.options import Defaults, Given, Only, argument, bad, kebab, was_given
from textseq.cli.reading import check_options, reading
from textseq.cli.recipe_choice import choose_recipe
from textseq.cli.score_display import show_report
from textseq.cli.sequence_training import check_places, train_and_save, vectors_to_begin_with
from textseq.cli.train_flags import (
    DataFlags,
    RunFlags,
    TableFlags,
    check_tables,
    recipe_flags,
    table_flags,
)
from textseq.config import OptionError, Recipe, RNNConfig, TextConfig
from textseq.unfinished import temporary_folder

if TYPE_CHECKING:
    from textseq.cli.places import Places
    from textseq.rnn.models.model import SequenceModel
    from textseq.rnn.tasks.parts import Parts
    from textseq.rnn.tasks.pipeline import Pipeline

# The options of cells that read in one direction: of all models that write text.
ONE_WAY = Only(
    "cell", "hidden", "layers", "dim", "input", "train_vectors_after", "dropout",
    "embedding_dropout", "word_dropout", "initialisation", "forget_bias",
)  # fmt: skip
# The text options of a line that is read or written by itself.
OF_LINES = Only(
    "clean", "lowercase", "tokenizer", "tokenizer_file", "subword_vocab", "subword_sample",
    "korean_forms", "min_count", "max_vocab", "encoding", "errors",
)  # fmt: skip
OF_WRITERS = {RNNConfig: ONE_WAY, TextConfig: OF_LINES}


@dataclass(frozen=True)
class CommandLine:
    """What a command line says, beside the options of a task's own."""

    context: typer.Context
    files: list[str]
    written: tuple[Any, ...]
    more: DataFlags
    run: RunFlags
    recipe: Recipe[Any]


class TrainTask:
    """A row: subclasses set `model` (its task), `recipe`, `name` (train-NAME) and `files`.

    `files` is the help of FILES, `written` says how they are written, and `only` which options of a
    config are options here. Fields are the options of its own, the docstring is the help.
    """

    model: ClassVar[str]
    recipe: ClassVar[Recipe[Any]]
    name: ClassVar[str]
    files: ClassVar[str]
    written: ClassVar[tuple[type, ...]] = (TableFlags,)
    only: ClassVar[dict[type, Only]] = {}
    unit: ClassVar[str] = "example"
    encodes: ClassVar[bool] = False  # text of any size, into a temporary folder
    next: ClassVar[str] = "echo 'some text' | textseq predict --model {out}"

    def check(self, line: CommandLine) -> None:
        """Refuse what does not go together."""

    def pictures(self) -> tuple[Path | None, ...]:
        """What is drawn."""
        return ()

    def columns(self, *written: Any) -> dict[str, Any]:
        """How files are read, as the pipeline takes it; `written` are values of those classes."""
        raise NotImplementedError

    def bundled(self, *written: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Which bundled files are read without FILES (none: the pipeline's), and how."""
        return (), type(self)().columns(*(kind() for kind in self.written))

    def of_model(self, recipe: Recipe[Any]) -> dict[str, Any]:
        """What `for_dataset` takes beside the recipe and --vectors."""
        return {}

    # ---- step by step

    def train(self, line: CommandLine) -> None:
        """One training, from files to scores."""
        from textseq.rnn.models.model import find_model
        from textseq.rnn.tasks.table import find_pipeline

        context, run, recipe = line.context, line.run, line.recipe
        self.check(line)
        if run.vectors is not None and recipe.network.input == "one-hot":
            raise bad("--input one-hot takes no --vectors")
        check_options(recipe.text)
        place = check_places(context, run, *self.pictures())
        kind = find_pipeline(self.model)
        parts = self.read(line, kind)
        vectors = vectors_to_begin_with(run)
        make = find_model(self.model).for_dataset
        try:
            model = make(parts.train, recipe, vectors=vectors, **self.of_model(recipe))
        except OptionError as error:
            if not was_given(context, error.option):
                config = context.params.get("config")
                where = "" if config is None else f"{config}, [{recipe.task}]: "
                raise ValueError(where + str(error)) from None
            raise bad(f"{kebab(error.option)} " + error.problem) from None
        model.info["columns"] = parts.columns
        pipeline = kind(model)
        more = self.fit(line, place, pipeline, parts)
        self.show(line, pipeline, parts, **more)
        if not (run.quiet or run.json):
            self.say_next(line, kind)

    def read(self, line: CommandLine, pipeline: type[Pipeline[Any]]) -> Parts:
        """The data: of the files given, or bundled."""
        from textseq.rnn.tasks.parts import PartFiles

        more, columns = line.more, self.columns(*line.written)
        files = PartFiles(line.files, more.valid or (), more.test or ())
        if pipeline.bundled and not line.files:
            if more.valid or more.test:
                raise bad("--valid and --test go with FILES")
            names, columns = self.bundled(*line.written)
            files = PartFiles.bundled(names or pipeline.bundled)
        elif not line.files and not pipeline.bundled_text:
            raise bad(f"FILES are due: no data for {with_article(self.model)} comes with textseq")
        if not self.encodes:
            return pipeline.read_parts(files, line.recipe, **columns)
        folder = line.context.with_resource(temporary_folder())
        with reading("encode", quiet=line.run.quiet) as progress:
            files = files._replace(folder=folder, progress=progress)
            return pipeline.read_parts(files, line.recipe, **columns)

    def fit(
        self, line: CommandLine, place: Places, pipeline: Pipeline[Any], parts: Parts
    ) -> dict[str, Any]:
        """Train the model and write its folder; what else is shown beside the scores, as JSON."""
        model: SequenceModel = pipeline.model
        train_and_save(
            line.context, model, parts.train, parts.valid, line.recipe, place, line.run,
            show=pipeline.score_line,
        )  # fmt: skip
        return {}

    def show(self, line: CommandLine, pipeline: Pipeline[Any], parts: Parts, **more: Any) -> None:
        """The scores, on stdout."""
        scored, name = parts.scored
        report = pipeline.model.report(scored)
        show_report(report, name, len(scored), self.unit, json=line.run.json, **more)

    def say_next(self, line: CommandLine, pipeline: type[Pipeline[Any]]) -> None:
        """What can be done with the model."""
        from textseq.rnn.tasks.parts import PartFiles

        files = line.files or [*PartFiles.bundled(pipeline.bundled).train, ""]
        out, file = shlex.quote(str(line.run.out)), shlex.quote(files[0])
        model = "" if line.run.out == default_folder(self.name) else f" --model {out}"
        say("next: " + self.next.format(out=out, model=model, file=file))

    def check_tables(self, line: CommandLine) -> None:
        """A wrong use for options of tables where a model reads lines, and no file is a table."""
        (tables,) = line.written
        if tables.table_kind is None:
            names = [*line.files, *(line.more.valid or ()), *(line.more.test or ())]
            check_tables(table_flags(line.context), [name for name in names if not is_ours(name)])


# ---- the command of a row

_HELP_ORDER = ("data", "options", "echo", "network", "training", "text")  # parts of a recipe


def train_command(row: type[TrainTask]) -> Callable[..., None]:
    """The function of a row, whose parameters `unfold` and `help.py` read."""
    recipe = row.recipe
    known = recipe.sections.values()
    parts = [name for name in _HELP_ORDER if name in known]
    kinds = {f"written_{number}": kind for number, kind in enumerate(row.written)}
    out = RunFlags(default_folder(row.name))
    hints: dict[str, Any] = {
        "context": typer.Context,
        "files": Annotated[list[str] | None, argument("FILES", row.files)],
        "own": row,
        **kinds,
        "more": DataFlags,
        "run": _annotated(RunFlags, out, row.only),
        "flags": recipe_flags(recipe.task),
        **{name: _annotated(Given, getattr(recipe, name), row.only) for name in parts},
    }

    def command(
        context: typer.Context, files: list[str] | None, own: TrainTask, more: DataFlags,
        run: RunFlags, flags: Any, **given: Any,
    ) -> None:  # fmt: skip
        options = [given[name] for name in parts]
        chosen = choose_recipe(context, recipe.task, flags, *options, bundled=not files)
        written = tuple(given[name] for name in kinds)
        own.train(CommandLine(context, files or [], written, more, run, chosen))

    command.__name__, command.__doc__ = f"train_{row.name}", row.__doc__
    command.__annotations__ = hints
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hint)
            for name, hint in hints.items()
        ]
    )
    return command


def _annotated(kind: Any, value: Any, only: dict[type, Only]) -> Any:
    """The type of a parameter whose options have the fields of `value` as defaults."""
    own = type(value)
    notes = [Defaults(value), *([only[own]] if own in only else [])]
    return Annotated[(kind if kind is own else kind[own], *notes)]
