"""Command-line options, made from the config classes so that the two cannot drift apart.

In: a command, a function whose parameter `text: TextConfig` stands for a whole config.
Out: the same command with one option for each field, --kebab-case, as typer reads it from a
signature. The options that many commands share are here too. Nothing is parsed here.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import typer

from textseq.config import choice
from textseq.text.notices import TextNotice

Config = TypeVar("Config")

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


def was_given(context: typer.Context, name: str) -> bool:
    """Whether the command line says what a parameter is, or its default does."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def bad(message: str) -> typer.BadParameter:
    """A usage error; one raised while an option is parsed gets the name of the option."""
    return typer.BadParameter(message)


def _without_notices(quiet: bool) -> bool:
    """The option --quiet as it is given; main() puts the filters of warnings back."""
    if quiet:
        warnings.simplefilter("ignore", TextNotice)
    return quiet


Force = Annotated[bool, typer.Option("--force", help="Replace what is there already.")]
Json = Annotated[bool, typer.Option("--json", help="JSON for machines, one value a line.")]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", callback=_without_notices, help="No progress, notices or summary."
    ),
]
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
        help="A folder of word vectors, or a file in a format that `convert` knows.",
    ),
]
Method = Annotated[
    str,
    typer.Option(
        parser=one_of("3cosadd", "3cosmul"),
        metavar="3cosadd|3cosmul",
        help="How an answer is scored.",
        autocompletion=lambda: ["3cosadd", "3cosmul"],
    ),
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


def other_default(config: type, name: str, default: Any) -> Any:
    """The field of a config with another default, for a command that knows a better one."""
    fields = {field.name: field for field in dataclasses.fields(config)}
    return dataclasses.field(default=default, metadata=fields[name].metadata)


def plain(config: type[Config], given: Config) -> Config:
    """A command's own version of a config as the config itself, which is what is kept."""
    names = [field.name for field in dataclasses.fields(config)]  # type: ignore[arg-type]
    return config(**{name: getattr(given, name) for name in names})


def unfold(command: Callable[..., None]) -> Callable[..., None]:
    """The command with one option for each field of its config parameters.

    The function given is then called with whole configs; a value they refuse is a usage error.
    """
    parameters: list[inspect.Parameter] = []
    configs: dict[str, tuple[type, list[str]]] = {}
    hints = get_type_hints(command, include_extras=True)
    for parameter in inspect.signature(command).parameters.values():
        hint = hints[parameter.name]
        config, extras = _unwrapped(hint)
        if dataclasses.is_dataclass(config) and isinstance(config, type):
            only = next((extra.names for extra in extras if isinstance(extra, Only)), None)
            options = list(options_of(config, only))
            configs[parameter.name] = config, [option.name for option in options]
            parameters += options
        else:
            parameters.append(
                parameter.replace(annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY)
            )

    def run(**values: Any) -> None:
        for name, (config, fields) in configs.items():
            values[name] = make(config, {field: values.pop(field) for field in fields})
        command(**values)

    run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, __name__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def _unwrapped(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type and the notes of Annotated[type, *notes]."""
    if get_origin(hint) is Annotated:
        kind, *notes = get_args(hint)
        return kind, tuple(notes)
    return hint, ()


def options_of(config: type, only: tuple[str, ...] | None = None) -> Iterator[inspect.Parameter]:
    """One keyword parameter for each field, annotated as typer wants it."""
    hints = get_type_hints(config)
    for field in dataclasses.fields(config):
        if only is None or field.name in only:
            yield _option(field, hints[field.name])


def _option(field: dataclasses.Field[Any], hint: Any) -> inspect.Parameter:
    flag = kebab(field.name)
    help = field.metadata["help"]
    default: Any = field.default
    kind: Any
    if hint is bool:
        kind = bool
        option = typer.Option(f"{flag}/--no-{flag[2:]}", help=help)
    elif get_origin(hint) is Literal:
        # A string that the config checks: its message is better, and any typer can do it.
        kind, choices = str, [str(choice) for choice in get_args(hint)]
        option = typer.Option(
            flag, help=help, metavar="|".join(choices), autocompletion=lambda: choices
        )
    elif get_origin(hint) is tuple:
        kind, default = str, ",".join(default) or NONE
        option = typer.Option(flag, help=help, metavar="A,B,...")
    else:
        plain = [part for part in get_args(hint) if part is not NoneType]
        base = plain[0] if plain else hint
        kind = base if base is hint else base | None
        metavar = {int: "N", float: "X", str: "NAME", Path: "PATH"}[base]
        # Left out, most options are None; one with another default needs a word for it.
        none = NEVER if plain and default is not None else None
        metavar += f"|{none}" if none else ""
        parser = number(base, none=none) if base in (int, float) else None
        option = typer.Option(flag, help=help, metavar=metavar, parser=parser)
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, option],
    )


def make(config: type, values: dict[str, Any]) -> Any:
    """The config from the values of its options; BadParameter, exit 2, where it refuses one."""
    hints = get_type_hints(config)
    for name, value in values.items():
        if get_origin(hints[name]) is tuple:
            parts = [part.strip() for part in value.split(",")]
            values[name] = () if parts == [NONE] else tuple(part for part in parts if part)
    try:
        return config(**values)
    except ValueError as error:
        # The config says "min_count is 0; ..."; what was given is --min-count.
        name, is_, rest = str(error).partition(" is ")
        raise bad(f"{kebab(name)} is {rest}" if is_ and name in values else str(error)) from None
