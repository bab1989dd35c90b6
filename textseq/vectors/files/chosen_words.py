"""Chosen words: vectors of those that a file names.

In: a file of words, one a line, and vectors. Out: the vectors of these words, unknown ones made of
their n-grams where the vectors have any.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from textseq.text.vocab import Vocab
from textseq.vectors.files.vector_file import BOM, VectorFile
from textseq.vectors.subword_vectors import SubwordVectors
from textseq.vectors.word_vectors import WordVectors


def read_words(path: str | os.PathLike[str]) -> list[str]:
    """The words of a file, packed or not, one a line, each once; ValueError names the file."""
    words: dict[str, None] = {}
    with VectorFile(Path(path)) as source:
        for number, lines in enumerate(source.line_blocks()):
            for line in lines:
                try:
                    word = (line.removeprefix(BOM) if not number else line).decode().strip("\r\n")
                except UnicodeDecodeError:
                    raise source.failure(f"the word {line[:40]!r} is not UTF-8") from None
                if word:
                    words.setdefault(word)
    if not words:
        raise ValueError(f"{path}: there are no words in it")
    return list(words)


def choose_words(vectors: WordVectors, words: Iterable[str]) -> WordVectors:
    """The vectors of these words, in the order given; words without one are left out.

    ValueError where none has a vector.
    """
    chosen = [word for word in dict.fromkeys(words) if word in vectors]
    if not chosen:
        raise ValueError(f"none of the words has a vector among the {len(vectors):,}")
    ids = np.array([vectors.word_id(word) for word in chosen])
    known = ids < len(vectors)
    counts = np.where(known, vectors.vocab.counts[np.where(known, ids, 0)], 0)
    vocab = Vocab(chosen, counts, specials=())
    if isinstance(vectors, SubwordVectors):
        return SubwordVectors(vocab, vectors.rows(ids), vectors.subwords, config=vectors.config)
    return WordVectors(vocab, vectors.vectors[ids], config=vectors.config)
