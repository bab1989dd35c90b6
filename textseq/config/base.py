"""What every config shares: fields with help and range, checks, JSON in and out.

In: dataclasses whose fields are made by `option`. Out: frozen values that refuse what no option
takes, in one sentence. What options there are stands in the files beside this one.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import os
import sys
from numbers import Integral, Real
from types import NoneType
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

from textseq.keywords import near_name, refuse_unknown

LARGEST_SEED = 2**63 - 1  # what torch and 64 bits take


def option(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    flag: str | None = None,
) -> Any:
    """A dataclass field with its help sentence and its allowed range, both ends included.

    `flag`: what the command line calls it, where that is not the name of the field.
    """
    metadata = {"help": help, "low": low, "high": high, "flag": flag}
    return dataclasses.field(default=default, metadata=metadata)


_KIND_NAMES: dict[Any, str] = {NoneType: "None", tuple: "a list", dict: "a table (a dict)"}

# Cached, since --help makes all recipes, and asking anew for each is half of that time.
_hints_of = functools.cache(get_type_hints)


class OptionError(ValueError):
    """A value that an option does not take: "`option` `problem`", as in "hidden is 0; ...".

    The command line puts the flag in the place of the option's name.
    """

    def __init__(self, option: str, problem: str) -> None:
        super().__init__(option, problem)
        self.option, self.problem = option, problem

    def __str__(self) -> str:
        return f"{self.option} " + self.problem


class Config:
    """What all configs share: a check on creation, JSON in and out."""

    def __post_init__(self) -> None:
        hints = _hints_of(type(self))  # type: ignore[arg-type]
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = _usual(getattr(self, field.name), hints[field.name])
            object.__setattr__(self, field.name, value)  # frozen from here on
            bounds = field.metadata["low"], field.metadata["high"]
            _check_type(field.name, value, hints[field.name], *bounds)
            _check_choice(field.name, value, hints[field.name])
            _check_range(field.name, value, *bounds)

    @property
    def option_names(self) -> set[str]:
        """The names of its options."""
        return {field.name for field in dataclasses.fields(self)}  # type: ignore[arg-type]

    def to_json(self) -> dict[str, Any]:
        """The options as `json` gives them back."""
        options = dataclasses.asdict(self)  # type: ignore[call-overload]
        return {k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}

    @classmethod
    def from_json(cls, options: Any, source: str | os.PathLike[str] | None = None) -> Self:
        """The config from `to_json`'s dict; ValueError for a name this version does not know.

        `source`: the folder or file that the options come from, which errors then name.
        """
        try:
            if not isinstance(options, dict):
                raise ValueError(f"{cls.__name__} is {_shown(options)}; it takes a dict of options")
            names = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
            unknown = sorted(set(options) - names)
            if unknown:
                near = near_name(unknown[0], sorted(names))
                raise ValueError(f"{cls.__name__} has no option {_shown(unknown[0])}{near}")
            return cls(**options)
        except ValueError as error:
            if source is None:
                raise
            raise ValueError(f"{os.fspath(source)} is damaged: " + str(error)) from None

    def replace(self, **changes: Any) -> Self:
        """A copy with some options changed; TypeError for an option that there is not."""
        refuse_unknown(changes, self.option_names, type(self).__name__)
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]


def choice(name: str, given: Any, choices: Any) -> Any:
    """The one of a Literal's choices that is meant: case, and - or _, make no difference.

    ValueError, which names the choices, for any other.
    """
    value = _usual(given, choices)
    _check_choice(name, value, choices)
    return value


def _usual(value: Any, hint: Any) -> Any:
    """The value as it is kept: what means the same in Python is the same in config.json.

    Lists are tuples, numbers of NumPy are Python's, paths are str, and choices are spelled as in
    their Literal.
    """
    value = _plain(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if get_origin(hint) is tuple:
        return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value
    if isinstance(value, os.PathLike) and str in (get_args(hint) or (hint,)):
        return os.fspath(value)
    if get_origin(hint) is Literal and isinstance(value, str):
        same = {_folded(each): each for each in get_args(hint)}
        return same.get(_folded(value), value)
    return value


def _plain(value: Any) -> Any:
    """A scalar of NumPy as Python's; NumPy is not loaded to find out."""
    numpy: Any = sys.modules.get("numpy")
    return value.item() if numpy is not None and isinstance(value, numpy.generic) else value


def _folded(choice: Any) -> str:
    return str(choice).casefold().replace("_", "-")


def _check_type(name: str, value: Any, hint: Any, low: float | None, high: float | None) -> None:
    """What Python would let through, and what would fail far from here: a str where a number is."""
    kinds = [get_origin(part) or part for part in get_args(hint) or (hint,)]
    if get_origin(hint) in (Literal, tuple):
        kinds = [get_origin(hint)]
    for kind in kinds:
        if kind is Literal or (kind is type(None) and value is None):
            return
        wanted = {int: Integral, float: Real}.get(kind, kind)
        # True is an Integral to Python, but dim=True is a mistake.
        if isinstance(value, wanted) and (kind is bool or not isinstance(value, bool)):
            wrong = (
                [v for v in value if not isinstance(v, get_args(hint)[0])] if kind is tuple else []
            )
            if wrong:
                takes = get_args(hint)[0].__name__
                raise OptionError(name, f"holds {_shown(wrong[0])}; it takes {takes}")
            return
    if get_origin(hint) is tuple and isinstance(value, str):
        parts = ", ".join(_shown(part.strip()) for part in value.split(","))
        raise OptionError(name, f"is {_shown(value)}; it takes a list, such as [{parts}]")
    takes = " or ".join(_KIND_NAMES.get(kind, kind.__name__) for kind in kinds)
    raise OptionError(name, f"is {_shown(value)}; it takes {takes}{_range(low, high)}")


def _range(low: float | None, high: float | None) -> str:
    """The end of a message: which numbers an option takes."""
    if low is None:
        return "" if high is None else f", {high:g} or less"
    return f", {low:g} or more" if high is None else f", {low:g}..{high:g}"


def _check_choice(name: str, value: Any, hint: Any) -> None:
    """Only a Literal limits its values; other types are checked where they are used."""
    if get_origin(hint) is Literal and value not in get_args(hint):
        choices = ", ".join(map(str, get_args(hint)))
        raise OptionError(name, f"is {_shown(value)}; it can be {choices}")


def _check_range(name: str, value: Any, low: float | None, high: float | None) -> None:
    if value is None or isinstance(value, str | tuple | dict):
        return
    # `not (>=)` and not `<`, so that NaN is refused too.
    if low is not None and not value >= low:
        raise OptionError(name, f"is {value}; the least that works is {low}")
    if high is not None and not value <= high:
        raise OptionError(name, f"is {value}; the most that works is {high}")
    if not isinstance(value, Integral) and not math.isfinite(value):
        raise OptionError(name, f"is {value}; a finite number works")


def _shown(value: Any) -> str:
    """A value for a message, cut where it is long."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}..."


def dumps(options: dict[str, Any]) -> str:
    """JSON as textseq writes it: readable, in the given order, no NaN."""
    return json.dumps(options, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
