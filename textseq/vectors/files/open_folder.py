"""Folders of ours opened as what they are: word vectors, with n-grams or without.

In: the path of a folder. Out: WordVectors, or SubwordVectors, which alone load what n-grams need.
"""

from __future__ import annotations

import os
from pathlib import Path

from textseq.vectors.word_vectors import NGRAM_FILE, WordVectors


def open_folder(folder: str | os.PathLike[str]) -> WordVectors:
    """The vectors of a folder of ours; FileNotFoundError, ValueError as WordVectors.load says."""
    if not (Path(folder) / NGRAM_FILE).exists():
        return WordVectors.load(folder)
    from textseq.vectors.subword_vectors import SubwordVectors

    return SubwordVectors.load(folder)
