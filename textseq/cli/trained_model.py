"""A trained model, for the commands that use one: its folder, its options, what it reads.

In: the options of a command. Out: the model, and its methods with those options that were given;
one that the model does not know is a wrong use. No task is known here: what a model reads and how
its predictions look is its own business, in the methods of `Predictor`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast, get_args

import typer

from textseq.cli.display import say
from textseq.cli.errors import in_a_shell
from textseq.cli.options import bad, kebab, number, one_of
from textseq.cli.sequence_data import (
    SEPARATORS,
    cell_separator,
    check_tables,
    column,
    row_options,
)
from textseq.cli.sequence_training import (
    CAPTIONER,
    CLASSIFIER,
    ECHO_STATE,
    LANGUAGE_MODEL,
    TAGGER,
    TRANSLATOR,
)
from textseq.config import BleuTokenizer, TextConfig

if TYPE_CHECKING:
    from textseq.rnn.data.examples import Examples
    from textseq.rnn.models.model import SequenceModel


class Predictor(Protocol):
    """What `predict` and `evaluate` ask of a model, beside what SequenceModel has.

    The keyword arguments of the two readers are the options of the commands that were given, by
    their Python names (`text`, `label`, `tags`, `features` ...), and `encoding` and `errors`
    always. A model names those it understands; the others are usage errors. Where `info["columns"]`
    says how the training data was read, the readers get that too, unless an option says otherwise.
    A model with a side "source" reads text: `predict` gives it a column of tables, whether or not
    its `read_inputs` knows them. `predict` of a model that searches takes `beam`, `length_penalty`
    and `max_tokens` as well, and `report` of such a model takes the first two.
    """

    def read_inputs(self, inputs: Sequence[str], **columns: Any) -> Iterable[Any]:
        """What `predict` takes, from files or "-": a stream, so that memory does not grow."""

    def predict(self, items: Iterable[Any], batch_size: int = 64, **search: Any) -> Iterator[Any]:
        """A prediction for each item, in order."""

    def show(self, prediction: Any) -> str:
        """A prediction as one line, without its end."""

    def as_json(self, prediction: Any) -> dict[str, Any]:
        """A prediction as JSON."""

    def read_labelled(self, inputs: Sequence[str], **columns: Any) -> Examples:
        """A data set with targets, for `evaluate`, under the model's own vocabularies."""


Model = Annotated[
    Path | None,
    typer.Option(
        "--model",
        "-m",
        metavar="FOLDER",
        help="What a train-... command wrote (default: the one that is here).",
        show_default=False,
    ),
]
BatchSize = Annotated[
    int, typer.Option("--batch-size", parser=number(int, 1), metavar="N", help="Texts at a time.")
]
Device = Annotated[
    str, typer.Option("--device", metavar="auto|cpu|cuda", help="Where the model runs.")
]


def _given(flag: str, metavar: str, help: str, parser: Callable[[Any], Any] | None = None) -> Any:
    return typer.Option(flag, parser=parser, metavar=metavar, help=help, show_default=False)


Text = Annotated[Any, _given("--text", "COLUMN", "Tables: the column of the text.", column)]
Token = Annotated[Any, _given("--token", "COLUMN", "CoNLL columns: that of the token.", column)]
Prefix = Annotated[
    str | None, _given("--strip-prefix", "TEXT", "CoNLL columns: what begins the tokens.")
]
Separator = Annotated[
    str | None,
    _given(
        "--separator", "|".join(SEPARATORS), "CoNLL columns, tables: what stands between.",
        cell_separator,
    ),
]  # fmt: skip
Features = Annotated[
    str | None, _given("--features", "A,B,...", "Tables: the columns of features.")
]
Images = Annotated[Any, _given("--images", "COLUMN", "Tables: the column of image files.", column)]
Beam = Annotated[
    int | None,
    _given("--beam", "N", "Models that write: width of the beam, 1 is greedy (default: 5).",
           number(int, 1)),
]  # fmt: skip
BleuName = Annotated[
    str | None,
    _given("--bleu-tokenizer", "NAME",
           f"Models that write: {', '.join(get_args(BleuTokenizer))} (default: as in training).",
           one_of(*get_args(BleuTokenizer))),
]  # fmt: skip
LengthPenalty = Annotated[
    float | None,
    _given("--length-penalty", "X",
           "Models that write: more than 1 is for longer texts (default: 1).",
           number(float, 0.0, finite=True)),
]  # fmt: skip


# ---- the model

_USUAL = (CLASSIFIER, TAGGER, LANGUAGE_MODEL, TRANSLATOR, CAPTIONER, ECHO_STATE)
# Options whose Python name is another one.
_FLAGS = {"image_column": "images"}
# How a column of tables is read.
_TABLES = (
    "text", "header", "quoted", "table", "unnamed", "separator", "bad_rows", "told", "seen",
    "names",
)  # fmt: skip

# Options that only tables have, and those of them that are columns.
_COLUMNS = {"text", "label", "target"}
_OF_TABLES = _COLUMNS | {"header", "quoted", "separator", "bad_rows"}


def usual_model() -> Path:
    """The one folder of a model that stands here under the name that a train-... command gives it.

    Without any it is the classifier's, so that the error says which command makes it.
    """
    found = [folder for folder in _USUAL if folder.exists()]
    if len(found) > 1:
        raise bad(f"which --model? Here are {', '.join(map(str, found))}")
    return found[0] if found else CLASSIFIER


def load_model(folder: Path | None, device: str = "auto") -> Any:
    """The model of a folder (None: the usual one), with the methods of a Predictor."""
    from textseq.rnn.models.model import SequenceModel
    from textseq.rnn.training.fit import choose_device

    if device not in ("auto", "cpu", "cuda"):
        raise bad(f"--device is {device!r}; it can be auto, cpu, cuda")
    model: SequenceModel = SequenceModel.load(folder or usual_model(), str(choose_device(device)))
    return cast("Any", model)


# ---- its methods


def taken(
    model: Any, method: str, given: dict[str, Any], more: Sequence[str] = ()
) -> dict[str, Any]:
    """The options that were given (the others are None); a wrong use if the method has no such, nor
    `more`."""
    takes = [*_parameters(model, method), *more]
    options = {key: value for key, value in given.items() if value is not None}
    for key in options:
        if key not in takes:
            known = [_flag(other) for other in given if other in takes]
            rest = f"; it takes {', '.join(known)}" if known else ""
            raise bad(f"{_flag(key)} is nothing for a {model.task}{rest}")
    return options


def reader(
    model: Any, method: str, given: dict[str, Any], text: TextConfig
) -> Callable[[Sequence[str]], Any]:
    """A reader of the model with the options that were given, or else as training read its data.

    Where a model reads lines to predict, this reads a column of tables as well, which goes by their
    names.
    """
    function = getattr(model, method)
    takes = _parameters(model, method)
    reads_lines = method == "read_inputs" and _reads_text(model) and "text" not in takes
    more = _TABLES if reads_lines else ()
    options = taken(model, method, given, more)
    if "separator" in options:
        options["separator"] = SEPARATORS[options["separator"]]
    learnt = dict(model.info.get("columns", {}))
    if method == "read_inputs":  # text, as likely as what training read
        learnt.pop("format", None)
    if learnt.get("header") is False:
        del learnt["header"]  # which columns with numbers say too, and a header is noticed then
    if "table" in learnt:
        learnt["unnamed"] = learnt.pop("table")
    if not _COLUMNS.isdisjoint(options):  # of other columns than those that training read
        learnt = {key: value for key, value in learnt.items() if key not in ("header", "names")}
    if "header" in options:
        learnt.pop("names", None)
    columns = {key: learnt[key] for key in (*takes, *more) if key in learnt} | options
    columns |= {"encoding": text.encoding, "errors": text.errors}
    if "told" in (*takes, *more):
        columns |= row_options(options.get("bad_rows"))
    of_tables = {key: columns[key] for key in more if key in columns}
    columns = {key: given for key, given in columns.items() if key in takes or key not in more}
    if "tell" in takes:
        columns["tell"] = lambda message: say(in_a_shell(message))

    def read(inputs: Sequence[str]) -> Any:
        from textseq.rnn.data.labelled_text import read_texts
        from textseq.text.reading.tables import is_table

        if list(inputs) == ["-"] and "table" not in options:  # lines, whatever training read
            columns.pop("unnamed", None)
            of_tables.pop("unnamed", None)
        if _reads_text(model) and "table" not in options:
            # Columns of tagged text have separators too.
            of_tables_only = _OF_TABLES - ({"separator"} if hasattr(model, "is_tagged") else set())
            check_tables(sorted(map(_flag, of_tables_only & options.keys())), inputs)
        tables = any(map(is_table, inputs)) or not {"table", "unnamed"}.isdisjoint(of_tables)
        if _reads_text(model) and method == "read_inputs" and not tables:
            tables = not {"table", "unnamed"}.isdisjoint(columns)
        if more and tables and not _is_tagged(model, inputs, options, columns):
            return read_texts(inputs, text, **of_tables)
        items = function(inputs, **columns)
        if _reads_text(model) and method == "read_inputs" and not tables:
            return _noticed(model, items)
        return items

    return read


def _noticed(model: Any, lines: Iterable[Any]) -> Iterator[Any]:
    """The same lines; where the first is one of a table, as training read them, it is said."""
    from textseq.text.reading.headers import table_line

    columns, first = model.info.get("columns", {}), True
    label = columns.get("label")
    labels = model.sides["labels"].vocab.tokens if "labels" in model.sides else ()
    for line in lines:
        if first and isinstance(line, str) and not {"names", "cells", "table"}.isdisjoint(columns):
            names, n_cells = columns.get("names") or [], columns.get("cells") or 0
            found = table_line(line, names, n_cells, label, labels, columns.get("table"))
            if found is not None:
                say(
                    f"textseq: the first line looks like {found[0]}, as training read them, but "
                    f"each line was read whole as text; --table {found[1]} reads it as a table"
                )
        first = False
        yield line


def _is_tagged(
    model: Any, inputs: Sequence[str], options: dict[str, Any], columns: dict[str, Any]
) -> bool:
    """Whether files named like tables have a token a line, as taggers read them too."""
    if not hasattr(model, "is_tagged") or not (_OF_TABLES - {"separator"}).isdisjoint(options):
        return False
    if options.get("format", "auto") != "auto":
        return True
    written = {key: columns[key] for key in ("tag", "separator", "comment") if key in columns}
    return all(model.is_tagged(name, **written) for name in inputs)


def _parameters(model: Any, method: str) -> list[str]:
    """What a method takes, the options of tables one by one."""
    from textseq.text.reading.tables import TableOptions

    names: list[str] = []
    for name, parameter in inspect.signature(getattr(model, method)).parameters.items():
        is_rest = parameter.kind is inspect.Parameter.VAR_KEYWORD
        names += TableOptions.__annotations__ if is_rest and name == "how" else [name]
    return names


def _reads_text(model: Any) -> bool:
    return "source" in getattr(model, "sides", {})


def _flag(name: str) -> str:
    return kebab(_FLAGS.get(name, name))
