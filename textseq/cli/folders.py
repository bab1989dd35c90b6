"""What a folder or file given to a command holds, and which folder a training makes.

In: a path. Out: WordVectors; or whether textseq wrote the folder. No folder is looked for: the
commands say which one. Vocabularies are the business of text/encoded/vocab_folder.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.advice import Advice, Message
from textseq.cli.display import is_terminal, moving_bytes, say
from textseq.config import RECIPES, VectorFileConfig
from textseq.unfinished import is_whole
from textseq.vectors.files.format_table import FOLDER_FORMATS, HUB

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
    *,
    quiet: bool = False,
) -> WordVectors:
    """The vectors of a folder of ours, or of what others have: a file (a pipe, -), a folder, hf:.

    `file`: None where the command has no options for it; errors then name the command that has.
    """
    from textseq.vectors.files.open_folder import open_folder
    from textseq.vectors.word_vectors import WordVectors

    if format != FOLDER_FORMAT and _is_foreign(path, format):
        from textseq.vectors.files.formats import read_vectors

        try:
            bars = hub_bars(quiet=quiet) if path.parts[:1] == (HUB,) else nullcontext()
            with moving_bytes(str(path), quiet=quiet) as progress, bars:
                vectors = read_vectors(
                    path, format, **asdict(file or VectorFileConfig()), progress=progress
                )
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


@contextmanager
def hub_bars(*, quiet: bool = False) -> Iterator[None]:
    """The bars of the hub's library only where they can move, and are wanted."""
    import huggingface_hub.utils

    bars: Any = huggingface_hub.utils
    silence = (quiet or not is_terminal()) and not bars.are_progress_bars_disabled()
    if silence:
        bars.disable_progress_bars()
    try:
        yield
    finally:
        if silence:
            bars.enable_progress_bars()


def _is_foreign(path: Path, format: str | None) -> bool:
    """Whether it is a file, a pipe, a place on the hub, or a folder in a format of others."""
    if str(path) == "-" or path.parts[:1] == (HUB,) or (path.exists() and not path.is_dir()):
        return True
    if format is not None or not path.is_dir():
        return format is not None and path.exists()
    if (path / "vectors.npy").is_file():  # ours: no format has to be loaded for that
        return False
    return any(row.matches(path) for row in FOLDER_FORMATS.values())


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
