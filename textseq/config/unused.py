"""Options without effect: those that were set, and that others among them make meaningless.

In: a config, or a whole recipe. Out: a sentence for each option that has a value of its own and no
effect beside the others; nobody is told here. An option has a value of its own if no recipe of the
task has it, nor the config by default.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from textseq.advice import Message, advise
from textseq.config.base import Config
from textseq.config.networks import RNNConfig
from textseq.config.recipe import Recipe
from textseq.config.recipes import RECIPES
from textseq.config.tasks import TaggerConfig
from textseq.config.text import TRAINED_SUBWORD, TextConfig


class _Rule(NamedTuple):
    """Options of a kind of config have an effect only where another has one of some values."""

    kind: type[Config]
    options: tuple[str, ...]
    other: str
    values: tuple[Any, ...]


# Not the length of embeddings beside one-hot input, which is there for comparison of the same rest.
_RULES = (
    _Rule(TextConfig, ("subword_vocab", "subword_sample"), "tokenizer", TRAINED_SUBWORD),
    _Rule(TextConfig, ("korean_forms",), "tokenizer", ("korean",)),
    _Rule(RNNConfig, ("forget_bias",), "cell", ("lstm",)),
    _Rule(TaggerConfig, ("character_dim", "character_size"), "characters", ("cnn", "lstm")),
)


def unused_options(
    config: Config, usual: Sequence[Config] | None = None, without: Iterable[str] = ()
) -> list[str]:
    """A sentence for each option of a config that was set and has no effect beside the others.

    `usual`: the configs whose values are not taken for set, beside its defaults (None: those of all
    recipes). `without`: options that mean nothing to the model that is to be made.
    """
    default = type(config)()

    def is_set(option: str) -> bool:
        value = getattr(config, option)
        if value == getattr(default, option):
            return False
        known = _of_recipes(type(config)) if usual is None else usual
        return all(getattr(each, option) != value for each in known)

    gone = config.option_names.intersection(without)
    found: list[str] = [
        advise(option) + " has no effect on this model" for option in sorted(filter(is_set, gone))
    ]
    for rule in _RULES:
        if type(config) is rule.kind and getattr(config, rule.other) not in rule.values:
            found += [
                advise(option) + " has no effect here; it goes with " + _any_of(rule)
                for option in rule.options
                if option not in gone and is_set(option)
            ]
    return found


def unused_of_recipe(recipe: Recipe[Any], without: Iterable[str] = ()) -> list[str]:
    """The same for what a recipe says of its model; its text is read before there is one."""
    recipes = RECIPES.get(recipe.task, {}).values()
    found: list[str] = []
    for section in ("network", "options", "echo"):
        part: Config | None = getattr(recipe, section)
        if part is not None:
            usual = (getattr(each, section) for each in recipes)
            same = [each for each in usual if type(each) is type(part)]
            found += unused_options(part, same, without)
    return found


def _of_recipes(kind: type[Config]) -> tuple[Config, ...]:
    """The parts of all recipes that are of this kind."""
    recipes = (recipe for of_task in RECIPES.values() for recipe in of_task.values())
    return tuple(part for each in recipes for part in each.parts.values() if type(part) is kind)


def _any_of(rule: _Rule) -> Message:
    first, *others = (advise(rule.other, value) for value in rule.values)
    for number, other in enumerate(others, start=1):
        first = first + (" or " if number == len(others) else ", ") + other
    return first
