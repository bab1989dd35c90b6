"""Vectors as one safetensors file: the arrays as tensors, words and counts as its metadata.

Reader and writer. Unlike the word2vec formats it keeps counts, output vectors, the config and
words with spaces; unlike the artifact folder it is one file, read as a whole.
"""

from __future__ import annotations

import json
from typing import IO, Any

import numpy as np

from textseq.artifact import parse_json
from textseq.text.vocab import Vocab
from textseq.vectors.files import Source
from textseq.vectors.word_vectors import WordVectors


def read_safetensors(source: Source) -> WordVectors:
    """The vectors of a file that `write_safetensors` made; ValueError for any other."""
    from safetensors import SafetensorError, safe_open

    if source.size is None:
        raise source.failure("a packed safetensors file; unpack it first")
    try:
        with safe_open(source.path, framework="numpy") as file:
            words = parse_json((file.metadata() or {}).get("words", "null"))
            counts = parse_json((file.metadata() or {}).get("counts", "null"))
            config = parse_json((file.metadata() or {}).get("config", "{}"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 no dict
    except (SafetensorError, ValueError, TypeError, RuntimeError) as error:
        raise source.failure(f"is damaged: {' '.join(str(error).split())[:300]}") from None
    if not _is_list_of(str, words) or "vectors" not in arrays or not isinstance(config, dict):
        raise source.failure(
            "has no tensor 'vectors' with its list of words: textseq did not write it"
        )
    if counts is not None and not _is_list_of(int, counts):
        raise source.failure("its counts are no list of whole numbers")
    try:
        vocab = Vocab(words, None if counts is None else np.array(counts, np.int64), specials=())
        return WordVectors(
            vocab, arrays["vectors"], config=config, output_vectors=arrays.get("output_vectors")
        )
    except (ValueError, OverflowError) as error:
        raise source.failure(str(error)) from None


def _is_list_of(kind: type, values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is kind for value in values)


def write_safetensors(vectors: WordVectors, handle: IO[bytes]) -> None:
    """Write words, counts, config and arrays."""
    from safetensors.numpy import save

    tensors = {"vectors": np.ascontiguousarray(vectors.vectors)}
    if vectors.output_vectors is not None:
        tensors["output_vectors"] = np.ascontiguousarray(vectors.output_vectors)
    config = dict(vectors.config)
    if (config.get("text") or {}).get("tokenizer_file") is not None:
        del config["text"]  # a single file cannot carry the tokenizer that it speaks of
    metadata = {
        "words": json.dumps(vectors.vocab.tokens, ensure_ascii=False),
        "counts": json.dumps(vectors.vocab.counts.tolist()),
        "config": json.dumps(config, ensure_ascii=False),
    }
    handle.write(save(tensors, metadata))
