"""Text options in a folder: how text became its ids, so that other text can follow the same way.

In: a TextConfig and the folder of an artifact. Out: what its config.json says of the text, and
back. A trained tokenizer travels along as tokenizer.json; in memory its option holds the whole
path, on disk the bare name. Nothing here reads text or trains a tokenizer.
"""

from __future__ import annotations

import codecs
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textseq.artifact import CONFIG, short
from textseq.config import TextConfig
from textseq.text.tokens.tokenizer import KeptFile

TOKENIZER = "tokenizer.json"


def save_text_options(folder: Path, text: TextConfig) -> dict[str, Any]:
    """The options for config.json; a tokenizer file is copied into the folder."""
    return carry_tokenizer(folder, text.to_json())


def load_text_options(folder: Path, options: Any) -> TextConfig:
    """The options of a folder; ValueError, with its name, for what are none.

    Such as steps of cleaning that there are not, or a tokenizer.json that is missing.
    """
    from textseq.text.cleaning.steps import make_cleaner

    text = TextConfig.from_json(resolve_tokenizer(folder, options), folder / CONFIG)
    try:
        make_cleaner(text.steps)
        codecs.lookup(text.encoding)
    except (ValueError, LookupError) as error:
        raise ValueError(f"{folder / CONFIG} is damaged: {error}") from None
    return text


def carry_tokenizer(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """`save_text_options` for options that are JSON already."""
    file = options.get("tokenizer_file")
    if file is None:
        return options
    if isinstance(file, KeptFile):
        (folder / TOKENIZER).write_bytes(file.content)
    elif Path(file) != folder / TOKENIZER:
        shutil.copyfile(file, folder / TOKENIZER)
    return options | {"tokenizer_file": TOKENIZER}


def resolve_tokenizer(folder: Path, options: Any) -> dict[str, Any]:
    """`load_text_options` that leaves them JSON: a bare tokenizer.json gets its folder.

    And its content: the folder may be replaced before the tokenizer is made of it.
    """
    if not isinstance(options, Mapping):
        raise ValueError(
            f"{folder / CONFIG} is damaged: its text options are {short(options)}, no object"
        )
    file = options.get("tokenizer_file")
    if file is None:
        return dict(options)
    if file != TOKENIZER:  # a folder from elsewhere must not make us read just any file
        raise ValueError(f"{folder} is damaged: its config names the tokenizer file {short(file)}")
    if not (folder / TOKENIZER).is_file():
        raise ValueError(f"{folder} is damaged: it has no {TOKENIZER}")
    return {**options, "tokenizer_file": KeptFile.read(folder / TOKENIZER)}
