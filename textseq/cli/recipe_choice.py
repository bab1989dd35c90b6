"""The recipe of a training: by its name, from a file, and what the command line changes in it.

In: the options of a command that trains. Out: one Recipe, written as TOML where that is asked for.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import typer

from textseq.artifact import replaced
from textseq.cli.options import bad, was_given
from textseq.cli.train_flags import RecipeFlags
from textseq.config import RECIPES, Recipe, find_recipe
from textseq.config.base import Config


def choose_recipe(
    context: typer.Context,
    task: str,
    flags: RecipeFlags,
    *given: Config,
    bundled: bool = False,
    force: bool = False,
) -> Recipe[Any]:
    """The recipe that is meant: named, or the task's own (for its `bundled` data, if that has one),
    then what the file says, and then what the command line gives (`given`: its configs)."""
    own = "bundled" if bundled and "bundled" in RECIPES[task] else "default"
    try:
        recipe = find_recipe(task, flags.recipe or own)
    except ValueError as error:
        raise bad(f"--recipe: {error}") from None
    if flags.config is not None:
        recipe = recipe.with_toml(flags.config.read_text(encoding="utf-8"), flags.config)
    for config in given:
        fields = dataclasses.fields(config)  # type: ignore[arg-type]
        names = [field.name for field in fields if was_given(context, field.name)]
        try:
            recipe = recipe.with_part(type(config), {n: getattr(config, n) for n in names})
        except ValueError as error:  # beside the options of a file, not by themselves
            raise bad(str(error)) from None
    if flags.save_config is not None:
        _write(flags.save_config, recipe, force=force)
    return recipe


def _write(path: Path, recipe: Recipe[Any], *, force: bool) -> None:
    if path.exists() and not force:
        raise FileExistsError(f"{path} exists already; --force replaces it")
    with replaced(path) as new:
        new.write_text(recipe.to_toml(), encoding="utf-8")
