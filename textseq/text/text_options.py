"""Text options in a folder: how text became its ids, so that other text can follow the same way.

In: a TextConfig and the folder of an artifact. Out: what its config.json says of the text, and
back. A trained tokenizer travels along as tokenizer.json; in memory its option holds the whole
path, on disk the bare name. Nothing here reads text or trains a tokenizer.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from textseq.config import TextConfig
from textseq.text.tokens.tokenizer import KeptFile

TOKENIZER = "tokenizer.json"


def save_text_options(folder: Path, text: TextConfig) -> dict[str, Any]:
    """The options for config.json; a tokenizer file is copied into the folder."""
    return carried(folder, text.to_json())


def load_text_options(folder: Path, options: dict[str, Any]) -> TextConfig:
    """The options of a folder; ValueError where its tokenizer.json is missing."""
    return TextConfig.from_json(resolved(folder, options))


def carried(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """`save_text_options` for options that are JSON already."""
    file = options.get("tokenizer_file")
    if file is None:
        return options
    if isinstance(file, KeptFile):
        (folder / TOKENIZER).write_bytes(file.content)
    elif Path(file) != folder / TOKENIZER:
        shutil.copyfile(file, folder / TOKENIZER)
    return options | {"tokenizer_file": TOKENIZER}


def resolved(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """`load_text_options` that leaves them JSON: a bare tokenizer.json gets its folder.

    And its content: the folder may be replaced before the tokenizer is made of it.
    """
    file = options.get("tokenizer_file")
    if file is None:
        return options
    if file != TOKENIZER:  # a folder from elsewhere must not make us read just any file
        raise ValueError(f"{folder} is damaged: its config names the tokenizer file {file!r}")
    if not (folder / TOKENIZER).is_file():
        raise ValueError(f"{folder} is damaged: it has no {TOKENIZER}")
    return options | {"tokenizer_file": KeptFile.read(folder / TOKENIZER)}
