"""A trained model, for the commands that use one: its folder, its options, what it reads.

In: the options of a command. Out: the model with its pipeline, and readers with those options that
were given; one that the task does not take is a wrong use. No task is known here: what a model
reads and how its predictions look is the business of its pipeline (rnn/tasks/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, get_args

import typer

from textseq.advice import with_article
from textseq.cli.display import say
from textseq.cli.folders import TRAINED, default_folder
from textseq.cli.options import (
    Only,
    bad,
    choice_option,
    kebab,
    number,
    number_option,
    one_of,
    value_option,
)
from textseq.cli.train_flags import (
    SEPARATORS,
    TAG_FORMATS,
    BadRowsGiven,
    Comment,
    Header,
    Quoted,
    TableKind,
    cell_separator,
    check_tables,
    column,
)
from textseq.config import BleuTokenizer, TextConfig

if TYPE_CHECKING:
    from textseq.rnn.tasks.pipeline import Pipeline


Model = Annotated[
    Path | None,
    value_option(
        "FOLDER", "What a train-... command wrote (default: the one that is here).", "--model", "-m"
    ),
]


def _given(flag: str, metavar: str, help: str, parser: Callable[[Any], Any] | None = None) -> Any:
    return typer.Option(flag, parser=parser, metavar=metavar, help=help, show_default=False)


def _column(flag: str, help: str) -> Any:
    return _given(flag, "COLUMN", help, column)


TextGiven = Annotated[Any, _column("--text", "Tables: the column of the text.")]


@dataclass(frozen=True)
class ColumnFlags:
    """How data is written, where not as training read it; what a task does not take is None."""

    GROUP: ClassVar[str] = "Data"

    text_column: TextGiven = None
    label: Annotated[Any, _column("--label", "Tables: the column of the label.")] = None
    label_separator: Annotated[
        str | None, _given("--label-separator", "TEXT", "Label sets: what stands between labels.")
    ] = None
    value: Annotated[Any, _column("--value", "Tables: the column of the number.")] = None
    target: Annotated[Any, _column("--target", "Tables: the column of the translation.")] = None
    format: Annotated[
        str | None,
        choice_option(
            "--format", TAG_FORMATS, "Tagged text; auto goes by names and content.",
            show_default=False,
        ),
    ] = None  # fmt: skip
    tags: Annotated[str | None, _given("--tags", "COLUMN", "CoNLL-U: upos, xpos ...")] = None
    token: Annotated[Any, _column("--token", "CoNLL columns: that of the token.")] = None
    tag: Annotated[Any, _column("--tag", "CoNLL columns: that of the tag.")] = None
    separator: Annotated[
        str | None,
        _given(
            "--separator", "|".join(SEPARATORS), "CoNLL columns, tables: what stands between.",
            cell_separator,
        ),
    ] = None  # fmt: skip
    strip_prefix: Annotated[
        str | None, _given("--strip-prefix", "TEXT", "CoNLL columns: what begins the tokens.")
    ] = None
    comment: Comment = None
    features: Annotated[
        str | None, _given("--features", "A,B,...", "Tables: the columns of features.")
    ] = None
    images: Annotated[Any, _column("--images", "Tables: the column of image files.")] = None
    caption: Annotated[Any, _column("--caption", "Tables: the column of the caption.")] = None
    header: Header = None
    quoted: Quoted = None
    table_kind: TableKind = None
    bad_rows: BadRowsGiven = None

    def columns(self) -> dict[str, Any]:
        """By the names that readers take."""
        return {_NAMES.get(key, key): given for key, given in vars(self).items()}


# Those of what `predict` takes: all but what the answers are in.
OF_INPUTS = Only(
    *(
        {field.name for field in fields(ColumnFlags)}
        - {"label", "label_separator", "value", "target", "tags", "tag", "caption"}
    )
)


@dataclass(frozen=True)
class SearchFlags:
    """How models that write search for a text."""

    beam: Annotated[
        int | None,
        _given(
            "--beam", "N", "Models that write: width of the beam, 1 is greedy (default: 5).",
            number(int, 1),
        ),
    ] = None  # fmt: skip
    length_penalty: Annotated[
        float | None,
        _given(
            "--length-penalty", "X",
            "Models that write: more than 1 is for longer texts (default: 1).",
            number(float, 0.0, finite=True),
        ),
    ] = None  # fmt: skip


@dataclass(frozen=True)
class DeviceFlags:
    """How a model runs."""

    batch_size: Annotated[int, number_option("Texts at a time.", "--batch-size", low=1)] = 64
    device: Annotated[str, value_option("auto|cpu|cuda", "Where the model runs.", "--device")] = (
        "auto"
    )


BleuName = Annotated[
    str | None,
    _given(
        "--bleu-tokenizer",
        "NAME",
        f"Models that write: {', '.join(get_args(BleuTokenizer))} (default: as in training).",
        one_of(*get_args(BleuTokenizer)),
    ),
]


# ---- the model

_USUAL = [default_folder(name) for name in TRAINED]
# What readers call some of the options.
_NAMES = {"text_column": "text", "images": "image_column", "table_kind": "table"}
_FLAGS = {"image_column": "images"}
# How a column of tables is read.
_TABLES = (
    "text", "header", "quoted", "table", "unnamed", "separator", "bad_rows", "seen",
    "names",
)  # fmt: skip

# Options that only tables have, and those of them that are columns.
_COLUMNS = {"text", "label", "value", "target"}
_OF_TABLES = _COLUMNS | {"header", "quoted", "separator", "bad_rows"}


def usual_model() -> Path:
    """The one folder of a model that stands here under the name that a train-... command gives it.

    Without any it is the classifier's, so that the error says which command makes it.
    """
    found = [folder for folder in _USUAL if folder.exists()]
    if len(found) > 1:
        raise bad(f"which --model? Here are {', '.join(map(str, found))}")
    return found[0] if found else _USUAL[0]


def load_pipeline(folder: Path | None, device: str = "auto") -> Pipeline[Any]:
    """The model of a folder (None: the usual one), with what reads and shows for it."""
    from textseq.rnn.models.model import SequenceModel
    from textseq.rnn.tasks.table import pipeline_of
    from textseq.rnn.training.fit import pick_torch_device

    if device not in ("auto", "cpu", "cuda"):
        raise bad(f"--device is {device!r}; it can be auto, cpu, cuda")
    model: SequenceModel = SequenceModel.load(
        folder or usual_model(), str(pick_torch_device(device))
    )
    return pipeline_of(model)


# ---- its options


def options_given(
    task: str, takes: Sequence[str], given: dict[str, Any], more: Sequence[str] = ()
) -> dict[str, Any]:
    """The options that were given (the others are None); a wrong use for one that the task does not
    take, nor `more`."""
    options = {key: value for key, value in given.items() if value is not None}
    for key in options:
        if key not in takes and key not in more:
            known = [_flag(other) for other in given if other in (*takes, *more)]
            rest = f"; it takes {', '.join(known)}" if known else ""
            raise bad(f"{_flag(key)} is nothing for {with_article(task)}{rest}")
    return options


def input_reader(
    pipeline: Pipeline[Any], given: dict[str, Any], text: TextConfig
) -> Callable[[Sequence[str]], Any]:
    """A reader of what the model predicts, with the options that were given, or else as training
    read its data.

    Where a model reads lines, this reads a column of tables as well, which goes by their names.
    """
    takes = pipeline.input_options
    more = _TABLES if pipeline.reads_lines and "text" not in takes else ()
    options, columns = _columns(pipeline, takes, more, given, text, leave_out=("format",))
    of_tables = {key: columns[key] for key in more if key in columns}
    columns = {key: given for key, given in columns.items() if key in takes or key not in more}

    def read(inputs: Sequence[str]) -> Any:
        from textseq.rnn.data.labelled_text import read_texts
        from textseq.text.reading.tables import is_table

        if list(inputs) == ["-"] and "table" not in options:  # lines, whatever training read
            columns.pop("unnamed", None)
            of_tables.pop("unnamed", None)
        _check_tables(pipeline, options, inputs)
        if not pipeline.reads_lines:
            return pipeline.read_inputs(inputs, **columns)
        tables = any(map(is_table, inputs))
        tables = tables or not {"table", "unnamed"}.isdisjoint(of_tables)
        if more and tables and not _are_tagged(pipeline, inputs, options, columns):
            return read_texts(inputs, text, **of_tables)
        tables = tables or not {"table", "unnamed"}.isdisjoint(columns)
        items = pipeline.read_inputs(inputs, **columns)
        return items if tables else _noticed(pipeline.model, items)

    return read


def example_reader(
    pipeline: Pipeline[Any], given: dict[str, Any], text: TextConfig
) -> Callable[[Sequence[str]], Any]:
    """A reader of what the model is scored on, with the options that were given, or else as
    training read its data."""
    options, columns = _columns(pipeline, pipeline.example_options, (), given, text)

    def read(inputs: Sequence[str]) -> Any:
        if list(inputs) == ["-"] and "table" not in options:  # whatever training read
            columns.pop("unnamed", None)
        _check_tables(pipeline, options, inputs)
        return pipeline.read_labelled(inputs, **columns)

    return read


def _columns(
    pipeline: Pipeline[Any],
    takes: Sequence[str],
    more: Sequence[str],
    given: dict[str, Any],
    text: TextConfig,
    leave_out: Sequence[str] = (),
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options that were given, and those with what training has read (but `leave_out`)."""
    model = pipeline.model
    options = options_given(model.task, takes, given, more)
    if "separator" in options:
        options["separator"] = SEPARATORS[options["separator"]]
    learnt = dict(model.info.get("columns", {}))
    for name in leave_out:
        learnt.pop(name, None)
    if learnt.get("header") is False:
        del learnt["header"]  # which columns with numbers say too, and a header is noticed then
    if "table" in learnt:
        learnt["unnamed"] = learnt.pop("table")
    if not {"label", "value"}.isdisjoint(options):
        learnt = {key: value for key, value in learnt.items() if key not in ("label", "value")}
    if not _COLUMNS.isdisjoint(options):  # of other columns than those that training read
        learnt = {key: value for key, value in learnt.items() if key not in ("header", "names")}
    if "header" in options:
        learnt.pop("names", None)
    columns = {key: learnt[key] for key in (*takes, *more) if key in learnt} | options
    columns |= {"encoding": text.encoding, "errors": text.errors}
    if "bad_rows" in (*takes, *more):
        columns |= {"bad_rows": options.get("bad_rows"), "seen": {}}
    return options, columns


def _check_tables(pipeline: Pipeline[Any], options: dict[str, Any], inputs: Sequence[str]) -> None:
    """A wrong use for options of tables without a table; columns of tagged text have separators
    too."""
    if pipeline.reads_lines and "table" not in options:
        both = {"separator"} if "format" in pipeline.input_options else set()
        check_tables(sorted(map(_flag, (_OF_TABLES - both) & options.keys())), inputs)


def _noticed(model: Any, lines: Iterable[Any]) -> Iterator[Any]:
    """The same lines; where the first is one of a table, as training read them, it is said."""
    from textseq.text.reading.headers import recognize_table_line

    columns, first = model.info.get("columns", {}), True
    label = columns.get("label")
    labels = model.sides["labels"].vocab.tokens if "labels" in model.sides else ()
    for line in lines:
        if first and isinstance(line, str) and not {"names", "cells", "table"}.isdisjoint(columns):
            names, n_cells = columns.get("names") or [], columns.get("cells") or 0
            found = recognize_table_line(line, names, n_cells, label, labels, columns.get("table"))
            if found is not None:
                say(
                    f"textseq: the first line looks like {found[0]}, as training read them, but "
                    f"each line was read whole as text; --table {found[1]} reads it as a table"
                )
        first = False
        yield line


def _are_tagged(
    pipeline: Pipeline[Any],
    inputs: Sequence[str],
    options: dict[str, Any],
    columns: dict[str, Any],
) -> bool:
    """Whether files named like tables have a token a line, as taggers read them too."""
    if not (_OF_TABLES - {"separator"}).isdisjoint(options):
        return False
    if options.get("format", "auto") != "auto":
        return True
    written = {key: columns[key] for key in ("tag", "separator", "comment") if key in columns}
    return all(pipeline.is_tagged(name, **written) for name in inputs)


def _flag(name: str) -> str:
    return kebab(_FLAGS.get(name, name))
