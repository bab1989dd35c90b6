"""What small valid inputs are made of: a few lines with labels and tags, and how they are read."""

from __future__ import annotations

import os
from contextlib import redirect_stdout
from functools import cache
from typing import Any

TEXT = ["the cat sat on the mat", "the dog sat", "", "a cat and a dog", "서울 🙂 the end ."] * 4
LABELS = ["pos", "neg", "neg", "pos", "neg"] * 4
TAGS = [["DET" if word in ("the", "a") else "NOUN" for word in line.split()] for line in TEXT]
ROWS = 16


def config(**options: Any) -> Any:
    from textseq.config import TextConfig

    return TextConfig(**({"min_count": 1} | options))


def command(*arguments: str) -> None:
    """Run a command; what it prints is gone, its errors are exceptions."""
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        _app(arguments[0])(list(arguments), standalone_mode=False)


@cache
def _app(name: str) -> Any:
    from textseq.cli.app import make_app

    return make_app([name])
