"""Model options: whether what a folder says of a model are options that its class takes.

In: a class of models, and keyword arguments from JSON. Out: nothing, or an error that names the
option. Names and types come from the signatures, so that there is no second list of them. Ranges
are checked by the classes themselves.
"""

from __future__ import annotations

import collections.abc
import inspect
import math
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from textseq.artifact import short
from textseq.keywords import keyword_names

_NEVER = ("self", "sides", "rnn", "vectors", "target_vectors")  # these are no JSON


def check_model_options(model: type, options: Any) -> None:
    """ValueError for an option that the class does not take, or of another type than it takes."""
    if not isinstance(options, Mapping):
        raise ValueError(f"the options of the model are {short(options)}, no object")
    hints = _hints(model)
    for name, value in options.items():
        if name not in hints:
            raise ValueError(f"a {model.__name__} has no option {short(name)}")
        if not _fits(value, hints[name]):
            raise ValueError(f"{name} is {short(value)}; a {model.__name__} takes no such")


def option_names(model: type) -> set[str]:
    """The keyword arguments of a class and of those that it is made of, `vectors` among them."""
    return {name for init in _inits(model) for name in keyword_names(init)} - {"self", "sides"}


def _hints(model: type) -> dict[str, Any]:
    """The types of the keyword arguments of a class and of those that it is made of."""
    found: dict[str, Any] = {}
    for init in _inits(model):
        hints = get_type_hints(init)
        for parameter in inspect.signature(init).parameters.values():
            if parameter.name not in _NEVER and parameter.kind is parameter.KEYWORD_ONLY:
                found.setdefault(parameter.name, hints[parameter.name])
    return found


def _inits(model: type) -> Iterator[Callable[..., None]]:
    """The constructors through which keyword arguments go, that of the class first."""
    for cls in model.__mro__:
        init = cls.__dict__.get("__init__")
        if init is None:
            continue
        if cls.__module__.startswith("torch."):
            return
        yield init
        parameters = inspect.signature(init).parameters.values()
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
            return  # nothing goes on to the classes below


def _fits(value: Any, hint: Any) -> bool:
    """Whether JSON can be what a type hint says; numbers are finite."""
    if hint is Any:
        return True
    if hint is None or hint is type(None):
        return value is None
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if origin is Literal:
        return any(value == part and type(value) is type(part) for part in get_args(hint))
    if origin in (collections.abc.Sequence, list, tuple):
        parts = [part for part in get_args(hint) if part is not ...]
        return isinstance(value, list) and all(_fits(item, parts[0]) for item in value)
    if hint is float:
        return type(value) in (int, float) and math.isfinite(value)
    if hint is int:
        return type(value) is int
    return isinstance(value, typing.cast("type", hint))
