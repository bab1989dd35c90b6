"""What a folder or file given to a command holds, and which folder a training makes.

In: a path. Out: WordVectors; or whether textseq wrote the folder. No folder is looked for: the
commands say which one. Vocabularies are the business of text/encoded/vocab_folder.py.
"""

from __future__ import annotations

import os
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING

from textseq.advice import Advice, Message
from textseq.cli.display import say
from textseq.config import RECIPES, VectorFileConfig
from textseq.unfinished import is_whole

if TYPE_CHECKING:
    from textseq.vectors.word_vectors import WordVectors

# What the commands are called whose tasks have longer names: train-lm trains a language-model.
_SHORT = {"language-model": "lm", "echo-state": "esn"}
TRAINED = [_SHORT.get(task, task) for task in RECIPES]
FOLDER_FORMAT = "textseq"  # our folder, beside the names in VECTOR_FORMATS


def load_vectors(
    path: Path,
    file: VectorFileConfig | None = None,
    format: str | None = None,
) -> WordVectors:
    """The vectors of a folder of ours, or of a file (a pipe, too) in a format of others.

    `file`: None where the command has no options for it; errors then name the command that has.
    """
    from textseq.vectors.files.open_folder import open_folder
    from textseq.vectors.word_vectors import WordVectors

    if format != FOLDER_FORMAT and path.exists() and not path.is_dir():
        from textseq.vectors.files.formats import read_vectors

        try:
            vectors = read_vectors(path, format, **asdict(file or VectorFileConfig()))
        except ValueError as error:
            if file is None:
                raise ValueError(_with_command(str(error))) from None
            raise
    else:
        if not path.exists() and os.environ.get("TEXTSEQ_VECTORS") == str(path):
            raise FileNotFoundError(f"there is no {path}, which TEXTSEQ_VECTORS names")
        vectors = open_folder(path)
        if file is not None and file.limit is not None:
            vectors = vectors.first(file.limit)
        if file is not None and file.only_words is not None:
            from textseq.vectors.files.chosen_words import choose_words, read_words

            vectors = choose_words(vectors, read_words(file.only_words))
    if type(vectors) is not WordVectors:
        _say_what_is_made(vectors)
    return vectors


def _say_what_is_made(vectors: WordVectors) -> None:
    from textseq.vectors.subword_vectors import SubwordVectors

    if isinstance(vectors, SubwordVectors):
        vectors.notify = lambda word: say(
            f"{word!r} is not among the words; its vector is made of its n-grams"
        )


def _with_command(message: str) -> str:
    """What `read_vectors` says, with the command that has the options of a VectorFileConfig."""
    known = {field.name for field in fields(VectorFileConfig)}

    def say(advice: Advice) -> str:
        said = advice.in_a_shell
        return f"`textseq convert {said}`" if advice.option in known else said

    return message.in_a_shell(say) if isinstance(message, Message) else message


def is_ours(path: str | Path) -> bool:
    """Whether this is a folder that textseq wrote, and not one that it has begun to remove."""
    return is_whole(path)


def default_folder(name: str) -> Path:
    """Where train-NAME puts its model, unless said otherwise."""
    return Path(f"textseq-{name}")
