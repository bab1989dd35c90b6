"""One safetensors file: arrays, words and counts as tensors, the config as metadata.

Unlike the word2vec formats it keeps counts, output vectors, the config and words with spaces;
unlike the artifact folder it is one file. The words are UTF-8 laid end to end, because a header
holds 100,000,000 bytes at most; the metadata is one key, because the library gives several of them
in any order, and equal vectors are equal bytes. Files in which words and counts are metadata, as
they once were written, are read too.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from textseq.artifact import parse_json
from textseq.text.vocab import Vocab
from textseq.vectors.files.vector_file import VectorFile
from textseq.vectors.word_vectors import WordVectors

_KEY = "textseq"  # of the metadata
_DTYPES = {"<f4": "F32", "<i8": "I64", "|u1": "U8"}
_LENGTH_BYTES = 8
_BYTES_AT_ONCE = 1 << 26


def matches(start: bytes) -> bool:
    """Whether the file begins with a length of 8 bytes and JSON."""
    return start[8:10] == b'{"' and int.from_bytes(start[:8], "little") < 1 << 32


def read(source: VectorFile) -> WordVectors:
    """The vectors of a file that `write` made; ValueError for any other.

    They stay on disk until they are used; only then is a number found that is not finite.
    """
    from safetensors import SafetensorError, safe_open

    if source.size is None:
        raise source.failure("a packed safetensors file; unpack it first")
    limit = source.options.limit
    words: list[str] | None
    counts: NDArray[np.int64] | None
    try:
        with safe_open(source.on_disk, framework="numpy") as file:
            metadata = file.metadata() or {}
            names = set(file.keys())
            header = _header(source)
            small = {name: file.get_tensor(name) for name in names & {"words", "ends", "counts"}}
            arrays = {
                name: (
                    _map_array(source, *header[name][1:])
                    if header[name][0] == "F32"
                    else file.get_tensor(name)
                )[:limit]
                for name in names & {"vectors", "output_vectors"}
            }
        if _KEY in metadata:
            words, counts = _words(small["words"], small["ends"], limit), small["counts"][:limit]
            config = parse_json(metadata[_KEY])["config"]
        else:
            words, counts, config = _old(metadata, limit)
    except (
        SafetensorError, ValueError, TypeError, KeyError, OverflowError, RuntimeError
    ) as error:  # fmt: skip
        raise source.failure(f"is damaged: {' '.join(str(error).split())[:300]}") from None
    if words is None or "vectors" not in arrays or not isinstance(config, dict):
        raise source.failure(
            "has no tensor 'vectors' with its list of words: textseq did not write it"
        )
    try:
        vectors = WordVectors(
            Vocab(words, counts, specials=()), arrays["vectors"], config=config,
            output_vectors=arrays.get("output_vectors"), check=False, path=source.path,
        )  # fmt: skip
        _ = vectors.vocab.ids  # no word stands twice
    except (ValueError, OverflowError) as error:
        raise source.failure(str(error)) from None
    return vectors


def _header(source: VectorFile) -> dict[str, tuple[str, list[int], int]]:
    """Of each tensor its type, shape, and where its bytes begin; safe_open has checked them."""
    source.rewind()
    n_bytes = int.from_bytes(source.read(_LENGTH_BYTES), "little")
    header = parse_json(source.read(n_bytes).decode("utf-8"))
    start = _LENGTH_BYTES + n_bytes
    return {
        name: (tensor["dtype"], tensor["shape"], start + tensor["data_offsets"][0])
        for name, tensor in header.items()
        if name != "__metadata__"
    }


def _map_array(source: VectorFile, shape: list[int], start: int) -> NDArray[Any]:
    if 0 in shape:
        return np.empty(shape, np.float32)
    # asarray drops the memmap class, whose every slice costs microseconds; the map stays.
    return np.asarray(np.memmap(source.on_disk, "<f4", "r", start, tuple(shape)))


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


def write(vectors: WordVectors, handle: IO[bytes]) -> None:
    """Write words, counts, config and arrays, piece by piece."""
    config = dict(vectors.config)
    if (config.get("text") or {}).get("tokenizer_file") is not None:
        del config["text"]  # a single file cannot carry the tokenizer that it speaks of
    words = [word.encode() for word in vectors.vocab.tokens]
    ends = np.cumsum(np.fromiter(map(len, words), np.int64, len(words)))
    # As the library writes them: the widest types first, so that each number is well placed.
    tensors: dict[str, NDArray[Any]] = {"counts": vectors.vocab.counts, "ends": ends}
    if vectors.output_vectors is not None:
        tensors["output_vectors"] = vectors.output_vectors
    tensors |= {"vectors": vectors.vectors, "words": np.frombuffer(b"".join(words), np.uint8)}
    header: dict[str, Any] = {
        "__metadata__": {_KEY: json.dumps({"format": 2, "config": config}, ensure_ascii=False)}
    }
    start = 0
    for name, tensor in tensors.items():
        tensors[name] = tensor = tensor.astype(tensor.dtype.newbyteorder("<"), copy=False)
        header[name] = {
            "dtype": _DTYPES[tensor.dtype.str], "shape": list(tensor.shape),
            "data_offsets": [start, start + tensor.nbytes],
        }  # fmt: skip
        start += tensor.nbytes
    data = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    data += b" " * (-len(data) % 8)
    handle.write(len(data).to_bytes(_LENGTH_BYTES, "little") + data)
    for tensor in tensors.values():
        rows_at_once = max(1, _BYTES_AT_ONCE // max(1, tensor[:1].nbytes))
        for row in range(0, len(tensor), rows_at_once):
            handle.write(np.ascontiguousarray(tensor[row : row + rows_at_once]).tobytes())
