"""Counts beside vectors: a file with a word and its count a line, as other tools write it.

In: what word2vec.c writes with -save-vocab, and gensim as fvocab. Out: the same vectors with counts
in their Vocab; or such a file. The order of the vectors stays as it is.
"""

from __future__ import annotations

import os
from copy import copy
from pathlib import Path
from typing import IO

import numpy as np

from textseq.advice import advise
from textseq.config import Errors, VectorFileConfig
from textseq.text.vocab import Vocab
from textseq.vectors.files.vector_file import BOM, VectorFile
from textseq.vectors.word_vectors import WordVectors

_LARGEST = 2**63 - 1
_WORDS_AT_ONCE = 1 << 14


def read_counts(path: str | os.PathLike[str], *, errors: Errors = "strict") -> dict[str, int]:
    """The count of each word in a file, packed or not; ValueError names the line that is wrong."""
    counts: dict[str, int] = {}
    number = 0
    with VectorFile(Path(path), VectorFileConfig(errors=errors)) as source:
        for lines in source.line_blocks():
            for line in lines:
                number += 1
                line = line.removeprefix(BOM) if number == 1 else line
                if not line.strip():
                    continue
                word, *count = line.rsplit(None, 1)
                if not count or not count[0].isdigit() or int(count[0]) > _LARGEST:
                    raise source.failure(
                        f"line {number:,} is {line[:60]!r}, not a word and its count"
                    )
                try:
                    text = str(word, "utf-8", errors)
                except UnicodeDecodeError:
                    raise source.failure(
                        f"line {number:,}: the word {word!r} is not UTF-8; "
                        + advise("errors", "replace")
                        + " reads it nevertheless"
                    ) from None
                counts.setdefault(text, int(count[0]))
    return counts


def add_counts(
    vectors: WordVectors, path: str | os.PathLike[str], *, errors: Errors = "strict"
) -> WordVectors:
    """The vectors with the counts of a file; ValueError where a word has none there."""
    counts = read_counts(path, errors=errors)
    words = vectors.vocab.tokens
    missing = [word for word in words if word not in counts]
    if missing:
        raise ValueError(
            f"{path} has no count of {len(missing):,} of the {len(words):,} words, the first is "
            f"{missing[0]!r}; it belongs to other vectors"
        )
    counted = copy(vectors)  # with n-grams, where there are any
    counted.vocab = Vocab(words, np.array([counts[word] for word in words], np.int64), specials=())
    return counted


def write_counts(vectors: WordVectors, handle: IO[bytes]) -> None:
    """Write the words and their counts; ValueError where there are none, or a word would not come
    back."""
    words, counts = vectors.vocab.tokens, vectors.vocab.counts
    if not counts.any():
        raise ValueError("the vectors have no counts of words to write")
    for start in range(0, len(words), _WORDS_AT_ONCE):
        rows = zip(words[start:], counts[start : start + _WORDS_AT_ONCE].tolist(), strict=False)
        lines = []
        for word, count in rows:
            if word.split() != [word]:
                raise ValueError(f"{word!r} cannot stand in a file of counts: it holds white space")
            lines.append(f"{word} {count}\n")
        handle.write("".join(lines).encode())
