"""What a folder or file given to a command holds: word vectors, or something else of ours.

In: a path. Out: WordVectors; or whether textseq wrote the folder. No folder is looked for: the
commands say which one. Vocabularies are the business of text/vocab/folder.py.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.unfinished import is_whole

if TYPE_CHECKING:
    from textseq.vectors.word_vectors import WordVectors

FOLDER_FORMAT = "textseq"  # our folder, beside the names in vectors.formats.FORMATS


def load_vectors(path: Path, format: str | None = None, **options: Any) -> WordVectors:
    """The vectors of a folder of ours, or of a file in a format of others."""
    if format != FOLDER_FORMAT and path.is_file():
        from textseq.vectors.formats import read_vectors

        return read_vectors(path, format, **options)
    from textseq.vectors.word_vectors import WordVectors

    if not path.exists() and os.environ.get("TEXTSEQ_VECTORS") == str(path):
        raise FileNotFoundError(f"there is no {path}, which TEXTSEQ_VECTORS names")
    return WordVectors.load(path)


def is_ours(path: str | Path) -> bool:
    """Whether this is a folder that textseq wrote, and not one that it has begun to remove."""
    return is_whole(path)
