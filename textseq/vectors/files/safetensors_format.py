"""One safetensors file: arrays, words and counts as tensors, the config as metadata.

Unlike the word2vec formats it keeps counts, output vectors, n-grams, the config and words with
spaces; unlike the artifact folder it is one file. The words are UTF-8 laid end to end, because a
header holds 100,000,000 bytes at most; the metadata is one key, because the library gives several
of them in any order, and equal vectors are equal bytes. Files in which words and counts are
metadata, as they once were written, are read too.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from textseq.artifact import parse_json
from textseq.config import Quantisation
from textseq.text.vocab import Vocab
from textseq.vectors.files.named_tensors import read_tensors, write_tensors
from textseq.vectors.files.vector_file import VectorFile
from textseq.vectors.files.vector_tables import TABLES, tables_of, vectors_of
from textseq.vectors.word_vectors import WordVectors

_KEY = "textseq"  # of the metadata
_WORDS = ("words", "ends", "counts")


def matches(start: bytes) -> bool:
    """Whether the file begins with a length of 8 bytes and JSON."""
    return start[8:10] == b'{"' and int.from_bytes(start[:8], "little") < 1 << 32


def read(source: VectorFile) -> WordVectors:
    """The vectors of a file that `write` made; ValueError for any other.

    They stay on disk until they are used; only then is a number found that is not finite.
    """
    if source.size is None:
        raise source.failure("a packed safetensors file; unpack it first")
    limit = source.options.limit
    words: list[str] | None
    counts: NDArray[np.int64] | None
    try:
        metadata, found = read_tensors(source.on_disk, (*_WORDS, *TABLES))
    except ValueError as error:
        raise source.failure(str(error)) from None
    try:
        if _KEY in metadata:
            words, counts = _words(found["words"], found["ends"], limit), found["counts"][:limit]
            config = parse_json(metadata[_KEY])["config"]
        else:
            words, counts, config = _old(metadata, limit)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise source.failure(f"is damaged: {' '.join(str(error).split())[:300]}") from None
    if words is None or "vectors" not in found or not isinstance(config, dict):
        raise source.failure(
            "has no tensor 'vectors' with its list of words: textseq did not write it"
        )
    try:
        vocab = Vocab(words, counts, specials=())
        vectors = vectors_of(found, vocab, config, source.path, limit=limit)
        _ = vectors.vocab.ids  # no word stands twice
    except (ValueError, OverflowError) as error:
        raise source.failure(str(error)) from None
    return vectors


def _words(blob: NDArray[Any], ends: NDArray[Any], limit: int | None) -> list[str]:
    """The words laid end to end, of which each ends where `ends` (V,) says."""
    if blob.dtype != np.uint8 or ends.dtype != np.int64 or (blob.ndim, ends.ndim) != (1, 1):
        raise ValueError("its words are no bytes with their ends")
    bounds = np.concatenate([np.zeros(1, np.int64), ends])
    if (np.diff(bounds) < 0).any() or bounds[-1] != len(blob):
        raise ValueError("its words do not end where it says")
    data = blob.tobytes()
    chosen = bounds if limit is None else bounds[: limit + 1]
    return [data[start:stop].decode("utf-8") for start, stop in pairwise(chosen.tolist())]


def _old(
    metadata: dict[str, str], limit: int | None
) -> tuple[list[str] | None, NDArray[np.int64] | None, Any]:
    """Words, counts and config of a file in which they are metadata; no words: not one of ours."""
    words = parse_json(metadata.get("words", "null"))
    counts = parse_json(metadata.get("counts", "null"))
    config = parse_json(metadata.get("config", "{}"))
    if not _is_list_of(str, words):
        return None, None, config
    if counts is not None and not _is_list_of(int, counts):
        raise ValueError("its counts are no list of whole numbers")
    given = None if counts is None else np.array(counts[:limit], np.int64)
    return words[:limit], given, config


def _is_list_of(kind: type, values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is kind for value in values)


def write(vectors: WordVectors, handle: IO[bytes], quantise: Quantisation = "none") -> None:
    """Write words, counts, config, arrays and n-grams, piece by piece."""
    config = dict(vectors.config)
    if (config.get("text") or {}).get("tokenizer_file") is not None:
        del config["text"]  # a single file cannot carry the tokenizer that it speaks of
    words = [word.encode() for word in vectors.vocab.tokens]
    ends = np.cumsum(np.fromiter(map(len, words), np.int64, len(words)))
    tensors = {
        "counts": vectors.vocab.counts, "ends": ends,
        "words": np.frombuffer(b"".join(words), np.uint8), **tables_of(vectors, quantise),
    }  # fmt: skip
    about = json.dumps({"format": 2, "config": config}, ensure_ascii=False)
    write_tensors(tensors, {_KEY: about}, handle)
