"""The tables of word vectors by name: their rows, output rows and n-grams, whole or quantised.

In: word vectors; or arrays that came by these names, with a Vocab and a config. Out: the same as
the other. In which file they are is the business of safetensors_format.py and hub_folder.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.config import Quantisation
from textseq.text.vocab import Vocab
from textseq.vectors.files.small_numbers import SCALES, restored, stored
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import WordVectors

_ROWS, _OUTPUT, _NGRAMS, _BUCKETS = "vectors", "output_vectors", "ngrams", "ngram_buckets"
_NUMBERS = (_ROWS, _OUTPUT, _NGRAMS)
TABLES = (*_NUMBERS, *(name + SCALES for name in _NUMBERS), _BUCKETS)
_SUBWORDS = "subwords"  # of the config: how n-grams are hashed
_DTYPES = ("<f4", "<f2", "|i1")


def tables_of(
    vectors: WordVectors, quantise: Quantisation, *, output: bool = True
) -> dict[str, Any]:
    """What is written, by name; ValueError for numbers that float16 cannot hold.

    `output`: output vectors too, if there are any.
    """
    tables = stored(_ROWS, vectors.vectors, quantise)
    tables[_ROWS].check(vectors.vocab.token_of)
    if output and vectors.output_vectors is not None:
        tables |= stored(_OUTPUT, vectors.output_vectors, quantise)
        tables[_OUTPUT].check(vectors.vocab.token_of)
    if isinstance(vectors, SubwordVectors):
        tables |= stored(_NGRAMS, vectors.subwords.rows, quantise)
        tables[_NGRAMS].check(lambda row: f"n-gram {row:,}")
        if vectors.subwords.buckets is not None:
            tables[_BUCKETS] = vectors.subwords.buckets
    return tables


def vectors_of(
    found: dict[str, NDArray[Any]],
    vocab: Vocab,
    config: dict[str, Any],
    path: Path,
    *,
    limit: int | None = None,
) -> WordVectors:
    """The vectors that these tables are, of the first `limit` rows; ValueError says what is wrong.

    What is float32 is not looked at before it is used.
    """
    for name in _NUMBERS:
        if name in found and (found[name].dtype.str not in _DTYPES or found[name].ndim != 2):
            raise ValueError(f"{name!r} is {_shown(found[name])}; vectors need one row a word")
    for name in TABLES:
        if name.endswith(SCALES) and name in found and found[name].dtype != np.float32:
            raise ValueError(f"{name!r} is {_shown(found[name])}, not float32")
    first = {
        name: table[:limit] if name.startswith((_ROWS, _OUTPUT)) else table
        for name, table in found.items()
    }
    rows = restored(_ROWS, first)
    output = restored(_OUTPUT, first) if _OUTPUT in first else None
    if _NGRAMS not in first:
        return WordVectors(
            vocab, rows, config=config, output_vectors=output, check=False, path=path
        )
    buckets = first.get(_BUCKETS)
    if buckets is not None and (buckets.dtype != np.int64 or buckets.ndim != 1):
        raise ValueError(f"{_BUCKETS!r} is {_shown(buckets)}, not int64")
    hashes = NgramHashes.from_json(config.get(_SUBWORDS))
    table = NgramTable(hashes, restored(_NGRAMS, first), buckets)
    return SubwordVectors(vocab, rows, table, config=config, output_vectors=output, path=path)


def _shown(array: NDArray[Any]) -> str:
    return f"{array.dtype} of shape {array.shape}"
