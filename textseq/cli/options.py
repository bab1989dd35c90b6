"""Command-line options, made from the config classes so that the two cannot drift apart.

In: a command, a function whose parameter `text: TextConfig` stands for a whole config.
Out: the same command with one option for each field, --kebab-case, as typer reads it from a
signature. The options that many commands share are here too. Nothing is parsed here.
"""

from __future__ import annotations

import csv
import dataclasses
import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints

import typer

from textseq.advice import in_a_shell
from textseq.config import OptionError, choice
from textseq.config.tasks import is_class_weight

Config = TypeVar("Config")

_WIDEST = 60  # characters of the choices of an option, on a line of 80
NONE = "none"  # how an empty list is written
NEVER = "never"  # how None is, where it is not the default
VECTORS = Path("textseq-vectors")  # where vectors go and are looked for, unless said otherwise


def number(
    kind: type[int] | type[float],
    low: float | None = None,
    *,
    finite: bool = False,
    none: str | None = None,
) -> Callable[[Any], Any]:
    """A parser for an option; its message says what was given.

    `finite` refuses nan and inf; `none` is the word that stands for None.
    """

    def parse(given: Any) -> Any:
        if none is not None and str(given) == none:
            return None
        try:
            value = kind(str(given))
        except ValueError:
            what = "a whole number" if kind is int else "a number"
            rest = f" and not {none!r}" if none is not None else ""
            raise bad(f"{given!r} is not {what}{rest}") from None
        if finite and not math.isfinite(value):
            raise bad(f"{given} was given; a finite number works")
        if low is not None and value < low:
            raise bad(f"{given} was given; the least that works is {low:g}")
        return value

    return parse


def one_of(*choices: str) -> Callable[[Any], Any]:
    """A parser for an option that names one of a few things, in capitals or not."""

    def parse(given: Any) -> Any:
        try:
            return choice("", given, Literal[choices])
        except ValueError:
            raise bad(f"{given!r} was given; it can be {', '.join(choices)}") from None

    return parse


def label_weights(given: Any) -> dict[str, float] | None:
    """The parser of a weight for each label, bad=2,good=1; a label with a comma stands in "...".

    The word none stands for None.
    """
    if str(given) == NONE:
        return None
    weights: dict[str, float] = {}
    try:
        parts = next(csv.reader([str(given)], skipinitialspace=True), [])
    except csv.Error as error:
        raise bad(f"{given!r} was given: {error}; bad=2,good=1 works") from None
    for part in parts:
        label, is_, number_given = part.rpartition("=")
        try:
            weight = float(number_given)
        except ValueError:
            weight = math.nan
        if not is_ or not is_class_weight(weight):
            raise bad(f"{part!r} was given; a label and 1e-9..1e9 work, such as bad=2")
        if label in weights:
            raise bad(f"{label!r} was given twice; a label has one weight")
        weights[label] = weight
    return weights


def was_given(context: typer.Context, name: str) -> bool:
    """Whether the command line says what a parameter is, or its default does."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def bad(message: str) -> typer.BadParameter:
    """A usage error; one raised while an option is parsed gets the name of the option."""
    return typer.BadParameter(in_a_shell(message))


def argument(metavar: str, help: str) -> Any:
    """An argument that may be left out."""
    return typer.Argument(metavar=metavar, help=help, show_default=False)


def value_option(
    metavar: str, help: str, *flags: str, parser: Callable[[Any], Any] | None = None
) -> Any:
    """An option with a value; without `flags` it is called as its parameter."""
    return typer.Option(*flags, parser=parser, metavar=metavar, help=help)


def number_option(
    help: str, *flags: str, kind: type[int] | type[float] = int, low: float | None = None,
    finite: bool = False,
) -> Any:  # fmt: skip
    """The same for a number."""
    metavar = "N" if kind is int else "X"
    return value_option(metavar, help, *flags, parser=number(kind, low, finite=finite))


def choice_option(flag: str, choices: Sequence[str], help: str, **how: Any) -> Any:
    """The same for one of a few things."""
    return typer.Option(
        flag, parser=one_of(*choices), metavar="|".join(choices), help=help,
        autocompletion=lambda: list(choices), **how,
    )  # fmt: skip


Force = Annotated[bool, typer.Option("--force", help="Replace what is there already.")]
Json = Annotated[bool, typer.Option("--json", help="JSON for machines, one value a line.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")]
TextFiles = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILES",
        help="Files, folders, patterns; packed ones too; - or nothing: standard input.",
        show_default=False,
    ),
]


Vectors = Annotated[
    Path,
    typer.Option(
        "--vectors",
        envvar="TEXTSEQ_VECTORS",
        metavar="PATH",
        help="A folder of word vectors, or a file in a format that `convert` knows (-: a pipe).",
    ),
]
Method = Annotated[
    str, choice_option("--method", ("3cosadd", "3cosmul"), "How an answer is scored.")
]


def kebab(name: str) -> str:
    """The option of a field: min_count -> --min-count."""
    return "--" + name.replace("_", "-")


@dataclasses.dataclass(frozen=True)
class Only:
    """In `Annotated[TextConfig, Only("clean", "errors")]`: the fields that are options here."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


@dataclasses.dataclass(frozen=True)
class Defaults:
    """In `Annotated[RNNConfig, Defaults(recipe.network)]`: what options are that are left out."""

    values: Any


@dataclasses.dataclass(frozen=True)
class Given(Generic[Config]):
    """The options of a config that the command line gives, where others may come from elsewhere.

    As a parameter, `Given[RNNConfig]` has the same options as an RNNConfig.
    """

    kind: type[Config]
    values: dict[str, Any]


def unfold(command: Callable[..., None]) -> Callable[..., None]:
    """The command with one option for each field of its parameters that are dataclasses.

    The function given is then called with whole values; one that they refuse is a usage error. A
    field that two of them have is one option, which both get.
    """
    parameters: dict[str, inspect.Parameter] = {}
    singles: list[str] = []
    rest: dict[str, dict[str, Any]] = {}  # what fields are that are no options here
    wholes: dict[str, tuple[type, list[str]]] = {}
    hints = hints_of(command)
    for parameter in inspect.signature(command).parameters.values():
        hint = hints[parameter.name]
        kind, notes = dataclass_of(hint)
        if kind is not None:
            options = list(options_of(kind, *notes))
            wholes[parameter.name] = kind, [option.name for option in options]
            rest[parameter.name] = _values_of(*notes)
            for option in options:
                parameters.setdefault(option.name, option)
        else:
            singles.append(parameter.name)
            parameters[parameter.name] = parameter.replace(
                annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY
            )

    def run(**values: Any) -> None:
        given = {name: values[name] for name in singles}
        for name, (kind, fields) in wholes.items():
            whole = {field: values[field] for field in fields}
            if is_given(hints[name]):
                given[name] = Given(kind, _with_tuples(kind, whole))
            else:
                given[name] = make(kind, rest[name] | whole)
        command(**given)

    run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, __name__
    run.__annotations__ = {name: parameter.annotation for name, parameter in parameters.items()}
    run.__signature__ = inspect.Signature(list(parameters.values()))  # type: ignore[attr-defined]
    return run


def hints_of(command: Callable[..., None]) -> dict[str, Any]:
    """The types of a command's parameters, as they are written."""
    return get_type_hints(command, include_extras=True)


def dataclass_of(hint: Any) -> tuple[type | None, tuple[Any, ...]]:
    """The dataclass of a parameter, None for any other type, and the notes beside it."""
    kind, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    kind = get_args(kind)[0] if get_origin(kind) is Given else kind
    known = dataclasses.is_dataclass(kind) and isinstance(kind, type)
    return (kind if known else None), tuple(notes)


def is_given(hint: Any) -> bool:
    """Whether a command wants what was given, and not the whole."""
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return get_origin(kind) is Given


def options_of(kind: type, *notes: Any) -> Iterator[inspect.Parameter]:
    """One keyword parameter for each field, annotated as typer wants it.

    `notes`: an Only, Defaults. A field that is annotated with an option of typer's is taken as it
    stands.
    """
    values = _values_of(*notes)
    hints = get_type_hints(kind, include_extras=True)
    for field in fields_of(kind, *notes):
        default = values.get(field.name, field.default)
        hint = hints[field.name]
        yield (
            _option(field, hint, default)
            if "help" in field.metadata
            else inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint
            )
        )


def fields_of(kind: type, *notes: Any) -> list[dataclasses.Field[Any]]:
    """The fields that are options here: all, or those of an Only."""
    only = next((note.names for note in notes if isinstance(note, Only)), None)
    return [f for f in dataclasses.fields(kind) if only is None or f.name in only]


def _values_of(*notes: Any) -> dict[str, Any]:
    """What Defaults say of the fields."""
    values = next((note.values for note in notes if isinstance(note, Defaults)), None)
    if values is None:
        return {}
    return {field.name: getattr(values, field.name) for field in dataclasses.fields(values)}


def _option(field: dataclasses.Field[Any], hint: Any, default: Any) -> inspect.Parameter:
    flag = field.metadata["flag"] or kebab(field.name)
    help = field.metadata["help"]
    kind: Any
    if hint is bool or hint == bool | None:
        kind = hint
        both = flag if "/" in flag else f"{flag}/--no-{flag[2:]}"
        option = typer.Option(both, help=help, show_default=default is not None)
    elif get_origin(hint) is Literal:
        # A string that the config checks: its message is better, and any typer can do it.
        kind, choices = str, [str(choice) for choice in get_args(hint)]
        metavar = "|".join(choices)
        if len(metavar) > _WIDEST:
            metavar, help = "NAME", f"{help} {', '.join(choices)}."
        option = typer.Option(flag, help=help, metavar=metavar, autocompletion=lambda: choices)
    elif any(get_origin(part) is dict for part in get_args(hint)):
        kind = Any
        option = typer.Option(flag, help=help, metavar="LABEL=X,...|none", parser=label_weights)
    elif get_origin(hint) is tuple:
        kind, default = str, ",".join(default) or NONE
        option = typer.Option(flag, help=help, metavar="A,B,...")
    else:
        plain = [part for part in get_args(hint) if part is not NoneType]
        base = plain[0] if plain else hint
        kind = base if base is hint else base | None
        metavar = {int: "N", float: "X", str: "NAME", Path: "PATH"}[base]
        # Left out, most options are None; one with another default needs a word for it.
        none = NEVER if plain and field.default is not None else None
        metavar += f"|{none}" if none else ""
        parser = number(base, none=none) if base in (int, float) else None
        option = typer.Option(flag, help=help, metavar=metavar, parser=parser)
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, option],
    )


def make(kind: type, values: dict[str, Any]) -> Any:
    """The whole from the values of its options; BadParameter, exit 2, where it refuses one."""
    with naming_options(kind, values):
        return kind(**_with_tuples(kind, values))


def _with_tuples(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    """The same values; a tuple is written with commas."""
    hints, read = get_type_hints(kind), dict(values)
    for name, value in values.items():
        if get_origin(hints[name]) is tuple and isinstance(value, str):
            parts = [part.strip() for part in value.split(",")]
            read[name] = () if parts == [NONE] else tuple(part for part in parts if part)
    return read


@contextmanager
def naming_options(kind: type, names: Iterable[str]) -> Iterator[None]:
    """What a config refuses as a wrong use, which names the option: "min_count is 0; ..." is about
    --min-count. Another field than those of `names` was not given, and keeps its name."""
    try:
        yield
    except OptionError as error:
        if error.option not in names:
            raise bad(str(error)) from None
        fields = {field.name: field for field in dataclasses.fields(kind)}
        flag: str = fields[error.option].metadata.get("flag") or kebab(error.option)
        raise bad(f"{flag.partition('/')[0]} " + error.problem) from None
    except ValueError as error:
        raise bad(str(error)) from None
