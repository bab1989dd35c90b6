"""One .npz file, as np.load reads it: `words` (V,), `vectors` (V, dim), `counts` (V,).

What `np.savez("v.npz", words=words, vectors=rows)` writes is read, with counts or without. Words
are NumPy's texts, which all take as much room as the longest of them; no pickle is read. Vectors
of int8 are multiplied by `vectors_scales` (V,).
"""

from __future__ import annotations

import zipfile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from textseq.arrays import NpzReader
from textseq.config import Quantisation
from textseq.text.vocab import Vocab
from textseq.vectors.files.small_numbers import SCALES, restored, stored
from textseq.vectors.files.vector_file import VectorFile
from textseq.vectors.word_vectors import WordVectors

_NUMBERS = ("<f4", "<f2", "<f8", "|i1")
_SCALES = "vectors" + SCALES
_ROWS_AT_ONCE = 1 << 14
_NAME_AT = 30  # where the name of the first file in an archive begins
_LONGEST_NAME = 40


def matches(start: bytes) -> bool:
    """Whether a file is an archive that begins with an array."""
    length = int.from_bytes(start[26:28], "little")
    name = start[_NAME_AT : _NAME_AT + length]
    return start.startswith(b"PK\3\4") and length <= _LONGEST_NAME and name.endswith(b".npy")


def read(source: VectorFile) -> WordVectors:
    """The vectors of a file; ValueError says what is wrong with it."""
    if source.size is None:
        raise source.failure("a packed .npz file; unpack it first")
    with source.on_disk.open("rb") as file, NpzReader(source.path, file.fileno()) as arrays:
        if not {"words", "vectors"} <= arrays.names:
            held = ", ".join(sorted(arrays.names)[:10])[:100]
            raise source.failure(f"has no arrays 'words' and 'vectors', but {held or 'none'}")
        named = arrays.header("words")
        if named.dtype.kind != "U" or len(named.shape) != 1:
            raise source.failure(f"its words are {named.dtype} of shape {named.shape}, not texts")
        shape = arrays.header("vectors").shape
        if len(shape) != 2 or shape[0] != named.shape[0]:
            raise source.failure(f"has {named.shape[0]:,} words and vectors of shape {shape}")
        raw = arrays.read("words", [named.dtype], named.shape)
        tables: dict[str, NDArray[Any]] = {"vectors": arrays.read("vectors", _NUMBERS, shape)}
        if _SCALES in arrays.names:
            tables[_SCALES] = arrays.read(_SCALES, ["<f4"], named.shape)
        counts = None
        if "counts" in arrays.names:
            counts = arrays.read("counts", ["<i8"], named.shape)
    try:
        words = raw[: source.options.limit].astype(named.dtype.newbyteorder("=")).tolist()
        encoded = [word.encode() for word in words]
    except (UnicodeError, ValueError) as error:
        raise source.failure(f"its words are no Unicode: {error}") from None
    words, kept = source.words(encoded, may_be_empty=True)
    counts = None if counts is None else counts[: len(encoded)][kept]
    try:
        return WordVectors(
            Vocab(words, counts, specials=()), restored("vectors", tables)[: len(encoded)][kept],
            config={"read_from": source.path.name},
        )  # fmt: skip
    except (ValueError, OverflowError) as error:
        raise source.failure(str(error)) from None


def write(vectors: WordVectors, handle: IO[bytes], quantise: Quantisation = "none") -> None:
    """Write words, vectors and counts; ValueError for a word that NumPy would cut."""
    words = vectors.vocab.tokens
    bad = next((word for word in words if word.endswith("\0")), None)
    if bad is not None:
        raise ValueError(f"{bad!r} cannot be written as numpy: it would lose its last character")
    tables = stored("vectors", vectors.vectors, quantise)
    tables["vectors"].check(vectors.vocab.token_of)
    arrays = {"words": np.array(words), **tables, "counts": vectors.vocab.counts}
    with zipfile.ZipFile(handle, "w") as archive:
        for name, array in arrays.items():  # without dates: equal vectors are equal bytes
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
                header: dict[str, Any] = {
                    "descr": np.lib.format.dtype_to_descr(array.dtype),
                    "fortran_order": False, "shape": array.shape,
                }  # fmt: skip
                np.lib.format.write_array_header_1_0(file, header)
                for start in range(0, len(array), _ROWS_AT_ONCE):
                    file.write(np.ascontiguousarray(array[start : start + _ROWS_AT_ONCE]).tobytes())
