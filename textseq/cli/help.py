"""Help that fits on a screen: what people set first, the rest in groups behind --help-all.

In: a command's function, whose parameters that are dataclasses say what an option is about. Out: a
command class for typer that shows them so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typer.core import TyperCommand

from textseq.cli.options import dataclass_of, fields_of, hints_of
from textseq.config import (
    RECIPES,
    DataConfig,
    EchoStateConfig,
    FilterConfig,
    PadConfig,
    RNNConfig,
    TextConfig,
    TrainConfig,
    TrialConfig,
    Word2VecConfig,
)

FLAG = "--help-all"
_FEW = 20  # options that are all shown
# What people set, of the commands that have more.
_USUAL = frozenset(
    [
        "text_column", "label_column", "target", "features", "images", "caption", "series", "task",
        "valid", "test", "out", "vectors", "recipe", "config", "save_config", "resume", "json",
        "force", "quiet", "help", "clean", "lowercase", "tokenizer", "min_count", "duplicates",
        "report", "output", "mode", "dim", "window", "negatives", "epochs", "cell", "hidden", "lr",
        "crf", "units", "ridge", "free_run", "model", "cells", "prompt", "n", "max_tokens",
        "temperature", "top_p", "beam", "explain", "format", "label", "length", "minus", "sum",
        "weights", "threshold", "pattern", "exclude", "restrict", "approximate", "input", "texts",
        "numbers", "limit",
    ]
)  # fmt: skip
_GROUPS = {
    TextConfig: "Text", FilterConfig: "Lines that are kept", PadConfig: "Rows",
    DataConfig: "Data",
    RNNConfig: "Network", EchoStateConfig: "Reservoir",
    TrainConfig: "Training", TrialConfig: "Training", Word2VecConfig: "Training",
    **{type(recipes["default"].options): "Model" for recipes in RECIPES.values()},
}  # fmt: skip


def command_class(function: Callable[..., Any], *, whole: bool) -> type[TyperCommand]:
    """A command whose help has groups; all of them if `whole`, else what people set."""
    groups: dict[str, str] = {}
    for hint in hints_of(function).values():
        kind, notes = dataclass_of(hint)
        if kind is not None:
            group = _GROUPS.get(kind) or str(getattr(kind, "GROUP", "Options"))
            for field in fields_of(kind, *notes):
                groups.setdefault(field.name, group)

    class Command(TyperCommand):
        """A command of ours."""

        def format_options(self, ctx: Any, formatter: Any) -> None:
            """The arguments, then the options."""
            arguments: list[tuple[str, str]] = []
            sections: dict[str, list[tuple[str, str]]] = {"Options": []}
            parameters = self.get_params(ctx)
            short = not whole and len(parameters) > _FEW
            n_hidden = 0
            for parameter in parameters:
                record = parameter.get_help_record(ctx)
                if record is None:
                    continue
                if parameter.param_type_name == "argument":
                    arguments.append(record)
                elif short and parameter.name not in _USUAL:
                    n_hidden += 1
                else:
                    group = "Options" if short else groups.get(parameter.name or "", "Options")
                    sections.setdefault(group, []).append(record)
            if n_hidden:
                sections["Options"].append((FLAG, f"Show these and {n_hidden} more, in groups."))
            for title, records in {"Arguments": arguments, **sections}.items():
                if records:
                    with formatter.section(title):
                        formatter.write_dl(records)

    return Command
