"""The recipe of a training: by its name, from a file, and what the command line changes in it.

In: the options of a command that trains. Out: one Recipe, and the same as TOML.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from textseq.artifact import replaced
from textseq.cli.display import data
from textseq.cli.options import Given, bad, naming_options, was_given
from textseq.cli.train_flags import RecipeFlags
from textseq.config import RECIPES, Recipe, find_recipe


def choose_recipe(
    context: typer.Context,
    task: str,
    flags: RecipeFlags,
    *given: Given[Any],
    bundled: bool = False,
) -> Recipe[Any]:
    """The recipe that is meant: named, or the task's own (for its `bundled` data, if that has one),
    then what the file says, and then what the command line gives (`given`)."""
    own = "bundled" if bundled and "bundled" in RECIPES[task] else "default"
    try:
        recipe = find_recipe(task, own if flags.recipe is None else flags.recipe)
    except ValueError as error:
        raise bad(f"--recipe: {error}") from None
    if flags.config is not None:
        from textseq.text.cleaning.steps import make_cleaner
        from textseq.text.reading.corpus import codec_of

        try:
            text = flags.config.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(f"{flags.config} is no TOML: {error}") from None
        recipe = recipe.with_toml(text, flags.config)
        try:
            make_cleaner(recipe.text.steps)
            codec_of(recipe.text.encoding)
        except ValueError as error:
            raise ValueError(f"{flags.config}, [text]: {error}") from None
    for part in given:
        names = [name for name in part.values if was_given(context, name)]
        with naming_options(part.kind, names):
            recipe = recipe.with_part(part.kind, {name: part.values[name] for name in names})
    return recipe


def save_recipe(recipe: Recipe[Any], path: Path | None) -> None:
    """Write the recipe as TOML, if that is asked for; - is stdout."""
    if path is None:
        return
    if str(path) == "-":
        data(recipe.to_toml().rstrip())
        return
    with replaced(path) as new:
        new.write_text(recipe.to_toml(), encoding="utf-8")
