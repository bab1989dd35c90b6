"""Recipe: all options of a training in one value, and in one TOML file.

In: a task with options of its text, its network, its training and its own. Out: the same as a
frozen value, from which `for_dataset`, `fit` and the command line take theirs, and as TOML to be
kept, changed by hand and given back. The recipes that have names stand in recipes.py.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from types import NoneType
from typing import Any, Generic, Self, TypeVar, get_args, get_origin, get_type_hints

from textseq.advice import in_python, with_article
from textseq.config.base import Config
from textseq.config.networks import DataConfig, EchoStateConfig, RNNConfig, TrainConfig
from textseq.config.text import TextConfig
from textseq.keywords import refuse_unknown

Options = TypeVar("Options", bound=Config)  # those of a task

_NONE, _NEVER = "none", "never"  # TOML has no null
_OF_RESERVOIRS = ("dim", "input")  # what of a network counts where a reservoir takes its place


@dataclass(frozen=True)
class Recipe(Generic[Options]):
    """The options of a task ("classifier", "tagger" ...) in parts, as the sections of its TOML.

    `options` are those of the task itself (tasks.py). `echo` is there instead of a training where
    a reservoir is solved and not trained. `data`: what the model is validated on.
    """

    task: str
    text: TextConfig
    network: RNNConfig
    training: TrainConfig
    options: Options
    echo: EchoStateConfig | None = None
    data: DataConfig = DataConfig()

    def __post_init__(self) -> None:
        kinds = {
            "text": TextConfig, "network": RNNConfig, "training": TrainConfig, "data": DataConfig,
        }  # fmt: skip
        for name, kind in {**kinds, "options": Config}.items():
            if not isinstance(part := getattr(self, name), kind):
                raise TypeError(_wrong_part(name, part, kind))
        if not isinstance(self.echo, EchoStateConfig | None):
            raise TypeError(_wrong_part("echo", self.echo, EchoStateConfig) + " or None")

    @property
    def sections(self) -> dict[str, str]:
        """The sections of the TOML, and which part each is."""
        middle = ("training", "training") if self.echo is None else ("reservoir", "echo")
        named = [(name, name) for name in ("text", "network")]
        return dict([*named, middle, (self.task, "options"), ("data", "data")])

    @property
    def seed(self) -> int:
        """That of the training, or of the reservoir."""
        return self.training.seed if self.echo is None else self.echo.seed

    def seed_or(self, given: int | None) -> int:
        """The seed that a caller gives, checked as those of configs, or that of the recipe."""
        return self.seed if given is None else self.replace(seed=given).seed

    @property
    def parts(self) -> dict[str, Config]:
        """The configs by the names of their sections."""
        return {section: getattr(self, name) for section, name in self.sections.items()}

    @property
    def option_names(self) -> set[str]:
        """What `replace` takes: the names of the parts, and those of their options."""
        names = {field.name for field in dataclasses.fields(self)}
        for part in self.parts.values():
            names |= part.option_names
        return names

    def replace(self, **changes: Any) -> Self:
        """A copy with other options, each by its own name: `recipe.replace(dropout=0.2, lr=0.01)`.

        A name that two parts share goes to both. `text=`, `network=`, `training=`, `options=`,
        `echo=` and `data=` put a whole part in place. TypeError for a name that no part has, and
        for a part of another task; ValueError for an option without effect on a reservoir.
        """
        refuse_unknown(changes, self.option_names, f"a recipe of {with_article(self.task)}")
        fields = [field.name for field in dataclasses.fields(self)]
        parts = {name: changes.pop(name) for name in fields if name in changes}
        whole = dataclasses.replace(self, **parts)
        self._check_kinds(whole)
        for name in whole.sections.values():
            part = getattr(whole, name)
            own = part.option_names & changes.keys()
            parts[name] = part.replace(**{key: changes[key] for key in own})
        if whole.echo is not None:  # what it has under the same name has an effect there
            _check_has_effect(parts["network"], whole.network, whole.echo.option_names)
        return dataclasses.replace(self, **parts)

    def with_part(self, kind: type[Config], changes: dict[str, Any]) -> Self:
        """A copy with other options in the part that is a `kind`."""
        for name in self.sections.values():
            part = getattr(self, name)
            if type(part) is kind:
                new: dict[str, Any] = {name: part.replace(**changes)}
                return dataclasses.replace(self, **new)
        raise TypeError(f"a recipe of {with_article(self.task)} has no {kind.__name__}")

    def with_given(
        self, given: Recipe[Options] | RNNConfig | None, options: dict[str, Any]
    ) -> Recipe[Options]:
        """What a caller means: a recipe, a network for this one, or None, and single options.

        TypeError for anything else, ValueError for a recipe of another task.
        """
        if isinstance(given, RNNConfig):
            given = self.replace(network=given)
        recipe = self if given is None else given
        if not isinstance(recipe, Recipe):
            kind = with_article(type(recipe).__name__)
            raise TypeError(f"{kind} was given; a Recipe works, an RNNConfig, or options by name")
        recipe.check_task(self.task)
        self._check_kinds(recipe)
        return recipe.replace(**options) if options else recipe

    def check_task(self, task: str) -> None:
        """ValueError for a recipe of another task than this."""
        if self.task != task:
            raise ValueError(f"this recipe is for the task {self.task}; one for {task} works")

    def _check_kinds(self, other: Recipe[Any]) -> None:
        """ValueError for a recipe of another task; TypeError for one with parts of another."""
        if other.task != self.task:
            raise ValueError(
                f"task is {other.task!r}; a recipe of {with_article(self.task)} keeps its task, "
                "find_recipe has those of others"
            )
        for name in ("options", "echo"):
            kind, part = type(getattr(self, name)), getattr(other, name)
            if type(part) is not kind:
                of = f" in a recipe of {with_article(self.task)}"
                raise TypeError(_wrong_part(name, part, kind) + of)

    # ---- TOML

    def to_toml(self) -> str:
        """The recipe as TOML: a section for each part, every option with its value."""
        lines = [f"task = {_value(self.task)}"]
        for name, part in self.parts.items():
            lines += ["", f"[{name}]"]
            lines += [f"{key} = {_value(value)}" for key, value in part.to_json().items()]
        return "\n".join(lines) + "\n"

    def with_toml(self, text: str, source: str | os.PathLike[str] = "the TOML given") -> Self:
        """This recipe with the options that a TOML text sets; ValueError names `source`.

        The text may leave out sections and options, which stay as they are here.
        """
        where = os.fspath(source)
        try:
            given = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"{where} is no TOML: {error}") from None
        task = given.pop("task", self.task)
        if task != self.task:
            raise ValueError(f"{where} is for the task {task!r}, and {self.task} is asked for")
        names = self.sections
        changes: dict[str, Any] = {}
        for section, options in given.items():
            if section not in names or not isinstance(options, dict):
                raise ValueError(
                    f"{where} has {section!r}; its sections are {', '.join(names)}, beside task"
                )
            part: Config = getattr(self, names[section])
            values = part.to_json() | _read(part, options)
            try:
                new = changes[names[section]] = type(part).from_json(values)
                if part is self.network and self.echo is not None:
                    _check_has_effect(new, part)
            except ValueError as error:  # in a file options have the names that they have in Python
                raise ValueError(f"{where}, [{section}]: {in_python(str(error))}") from None
        return dataclasses.replace(self, **changes)


def _value(value: Any) -> str:
    """A value of JSON as TOML, whose strings, numbers and lists are written alike, but for U+007F;
    ValueError for a lone surrogate, which TOML cannot have."""
    if isinstance(value, dict):
        pairs = [f"{_value(key)} = {_value(of)}" for key, of in value.items()]
        return f"{{{', '.join(pairs)}}}"
    written = json.dumps(_NONE if value is None else value, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{value!r} has a lone surrogate, which TOML cannot hold") from None
    return written.replace("\x7f", "\\u007F")


def _wrong_part(name: str, part: Any, kind: type) -> str:
    """What is said of a part of another kind."""
    given, takes = (
        "None" if each is NoneType else with_article(each.__name__) for each in (type(part), kind)
    )
    return f"{name} is {given}; it takes {takes}"


def _check_has_effect(new: Config, usual: Config, shared: Collection[str] = ()) -> None:
    """ValueError for an option of a network that a reservoir does not have."""
    for name in sorted(new.option_names.difference(_OF_RESERVOIRS, shared)):
        if getattr(new, name) != getattr(usual, name):
            raise ValueError(
                f"{name} has no effect on a reservoir; here {' and '.join(_OF_RESERVOIRS)} have, "
                "the rest is in [reservoir]"
            )


def _read(part: Config, options: dict[str, Any]) -> dict[str, Any]:
    """Options as JSON has them: "none" is None where an option can be that, and no step or the like
    where it is a list; "never", as on the command line, is None where that is not the default."""
    hints = get_type_hints(type(part))
    usual = {field.name: field.default for field in dataclasses.fields(part)}  # type: ignore[arg-type]
    read = dict(options)
    for key, value in options.items():
        hint = hints.get(key)
        is_none = value == _NONE or (value == _NEVER and usual.get(key) is not None)
        if is_none and NoneType in get_args(hint):
            read[key] = None
        elif value == _NONE and get_origin(hint) is tuple:
            read[key] = []
    return read
