"""What the commands that train sequence models ask beside a recipe, as dataclasses.

In: nothing. Out: RunFlags, RecipeFlags, DataFlags, TableFlags, TagFlags: `unfold` makes options of
their fields, and a command gets each as one value; and a check of what goes with tables. What
becomes of them is in sequence_training.py, train_command.py and recipe_choice.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from textseq.cli.options import (
    Force,
    Json,
    Quiet,
    bad,
    choice_option,
    number_option,
    one_of,
    value_option,
    was_given,
)
from textseq.config import RECIPES

# How tagged text can be written, and what may stand between the columns of one.
TAG_FORMATS = ("auto", "conllu", "conll")
SEPARATORS = {
    "auto": None, "blank": "blank", "tab": "\t", "space": " ", "comma": ",", "semicolon": ";",
    "pipe": "|",
}  # fmt: skip
# What tables there are: those of textseq.text.reading.tables, which is not loaded for --help.
TABLES = ("tsv", "csv", "jsonl", "json", "parquet", "arrow", "fasttext")


def column(given: Any) -> Any:
    """The parser of a column: a name, or a number from 0 (-1 is the last); of several, with commas
    between them, a list of numbers. Names with a comma are told apart by the table."""
    text = str(given)
    parts = [part.strip() for part in text.split(",")]
    if not all(part.removeprefix("-").isdecimal() for part in parts):
        return text
    numbers = [int(part) for part in parts]
    return numbers if len(numbers) > 1 else numbers[0]


def cell_separator(given: Any) -> Any:
    """The parser of --separator: its name; the character itself works too."""
    by_mark = {mark: name for name, mark in SEPARATORS.items()} | {"\\t": "tab"}
    return by_mark.get(str(given)) or one_of(*SEPARATORS)(given)


TextColumn = Annotated[
    Any,
    value_option(
        "COLUMN",
        "Tables: the column of the text; of several (1,2 or title,body) joined.",
        "--text",
        parser=column,
    ),
]
LabelColumn = Annotated[
    Any,
    value_option(
        "COLUMN",
        "Name or number (from 0); several (a,b,c) hold 0 and 1, or name a label each.",
        "--label",
        parser=column,
    ),
]
LABEL_SEPARATOR_HELP = "A cell has any number of labels, with this between (in JSON: or a list)."
VALUE_HELP = "Instead of --label: the column of a number, which is learnt."
LabelSeparator = Annotated[
    str | None, value_option("TEXT", LABEL_SEPARATOR_HELP, "--label-separator")
]
ValueColumn = Annotated[Any, value_option("COLUMN", VALUE_HELP, "--value", parser=column)]
Out = Annotated[Path, value_option("FOLDER", "Where the model goes.", "--out", "-o")]


@dataclass(frozen=True)
class RunFlags:
    """Where the model goes, what is shown and kept on the way."""

    GROUP: ClassVar[str] = "Files and display"

    out: Out
    vectors: Annotated[
        Path | None,
        value_option(
            "PATH", "Word vectors to begin with: a folder, or a file that `convert` knows."
        ),
    ] = None
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where the training was stopped or killed.")
    ] = False
    log: Annotated[
        Path | None, value_option("FILE", "A line of JSON for each epoch (- is stdout).")
    ] = None
    curves: Annotated[
        Path | None, value_option("FILE", "Loss, score and gradients as PNG, SVG or PDF.")
    ] = None
    tensorboard: Annotated[Path | None, value_option("FOLDER", "The same for TensorBoard.")] = None
    save_config: Annotated[
        Path | None, value_option("FILE", "Write the recipe of the training as TOML (- is stdout).")
    ] = None
    json: Json = False
    force: Force = False
    quiet: Quiet = False


@dataclass(frozen=True)
class RecipeFlags:
    """Where options come from that the command line does not give, and where they go."""

    GROUP: ClassVar[str] = "Recipe"

    recipe: str | None = None
    config: Annotated[
        Path | None, value_option("FILE", "Options from a TOML file; those given here win.")
    ] = None


def recipe_flags(task: str) -> type[RecipeFlags]:
    """RecipeFlags whose --recipe names the recipes of a task."""
    names = list(RECIPES[task])
    help = f"Options with a name, such as those of the README: {', '.join(names)}."
    named = Annotated[
        str | None,
        typer.Option(metavar="NAME", help=help, autocompletion=lambda: names),
    ]
    fields = [("recipe", named, None)]
    return make_dataclass(
        "RecipeFlags", fields, bases=(RecipeFlags,), frozen=True, eq=False, repr=False
    )


@dataclass(frozen=True)
class DataFlags:
    """What a model is validated and scored on."""

    GROUP: ClassVar[str] = "Data"

    valid: Annotated[
        list[str] | None, value_option("FILE", "Data to validate on (default: a share of FILES).")
    ] = None
    test: Annotated[list[str] | None, value_option("FILE", "Data to score the model on.")] = None


Header = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        help="Whether the first row of tables has names (default: if a column is given by one).",
        show_default=False,
    ),
]
Quoted = Annotated[
    bool | None,
    typer.Option(
        "--quoted/--not-quoted",
        help='Whether cells may stand in "..." (default: CSV yes, TSV no).',
        show_default=False,
    ),
]
TableKind = Annotated[
    str | None,
    choice_option(
        "--table",
        TABLES,
        "What tables FILES are (default: by their names, fasttext by the first line).",
        show_default=False,
    ),
]
BadRowsGiven = Annotated[
    str | None,
    choice_option(
        "--bad-rows",
        ("error", "skip"),
        "Tables: stop at rows that cannot be read (the default), or leave them out.",
        show_default=False,
    ),
]


@dataclass(frozen=True)
class TableFlags:
    """How tables are written."""

    GROUP: ClassVar[str] = "Data"

    header: Header = None
    quoted: Quoted = None
    table_kind: TableKind = None
    separator: Annotated[
        str | None,
        value_option(
            "tab|comma|semicolon|pipe",
            "Tables: what stands between cells (default: as the first lines show).",
            parser=cell_separator,
        ),
    ] = None
    bad_rows: BadRowsGiven = None

    def columns(self, **named: Any) -> dict[str, Any]:
        """How tables are read, as the readers take it: `named` are columns, None is left out."""
        mark = None if self.separator is None else SEPARATORS[self.separator]
        columns = named | {
            "header": self.header, "quoted": self.quoted, "table": self.table_kind,
            "separator": mark, "bad_rows": self.bad_rows,
        }  # fmt: skip
        return {name: given for name, given in columns.items() if given is not None}


# The options of tables, by the parameters that they set where something is trained.
_OF_TABLES = {
    "text_column": "--text", "target": "--target", "header": "--header", "quoted": "--quoted",
    "separator": "--separator", "bad_rows": "--bad-rows",
}  # fmt: skip


def table_flags(context: typer.Context) -> list[str]:
    """Which options of tables the command line gives to a command that trains."""
    return [flag for name, flag in _OF_TABLES.items() if was_given(context, name)]


def check_tables(flags: Sequence[str], files: Sequence[str]) -> None:
    """A wrong use for options of tables, where no file is one."""
    from textseq.text.reading.tables import is_table

    if flags and not any(map(is_table, files)):
        raise bad(
            f"{' and '.join(flags)} {'is' if len(flags) == 1 else 'are'} for tables, and no file "
            "here is one (.tsv, .csv, .jsonl ... by their names); --table says what others are"
        )


Comment = Annotated[
    str | None,
    value_option(
        "PREFIX",
        "Columns: begins comments (default: #, where lines do not fit the others; '': none).",
        "--comment",
    ),
]


@dataclass(frozen=True)
class TagFlags:
    """How tagged text is written."""

    GROUP: ClassVar[str] = "Data"

    format: Annotated[
        str, choice_option("--format", TAG_FORMATS, "Tags: auto goes by names and content.")
    ] = "auto"
    tags: Annotated[str, value_option("COLUMN", "CoNLL-U: upos, xpos, deprel, feats ...")] = "upos"
    token: Annotated[int, number_option("Columns: that of the token.")] = 0
    tag: Annotated[int, number_option("Columns: that of the tag (-1: last).")] = -1
    separator: Annotated[
        str | None,
        typer.Option(
            parser=cell_separator,
            metavar="|".join(SEPARATORS),
            show_default=False,
            help="Between columns (default: tabs, where all lines have them; blank: tabs, spaces).",
            autocompletion=lambda: list(SEPARATORS),
        ),
    ] = None
    strip_prefix: Annotated[
        str, value_option("TEXT", "Columns: taken off tokens that begin with it.")
    ] = ""
    comment: Comment = None

    def columns(self, **changes: Any) -> dict[str, Any]:
        """How tagged text is read, as the readers take it."""
        return {
            "format": self.format, "tags": self.tags, "token": self.token, "tag": self.tag,
            "separator": SEPARATORS[self.separator or "auto"], "strip_prefix": self.strip_prefix,
            "comment": self.comment, **changes,
        }  # fmt: skip
