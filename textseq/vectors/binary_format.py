"""Vectors in word2vec's binary format: a header line, then word, space, raw little-endian floats.

Reader and writer. word2vec.c ends each row with a newline, gensim does not; both are read. It
differs from `text_format.py` in that a row is found by its length, not by its line end.
"""

from __future__ import annotations

from typing import IO

import numpy as np

from textseq.vectors.files import BLOCK_BYTES, GrowingRows, Source
from textseq.vectors.word_vectors import WordVectors

_LONGEST_WORD = 1 << 16
_ROWS_AT_ONCE = 1024


def read_binary(source: Source) -> WordVectors:
    """The vectors of a binary file; ValueError names the row that is wrong."""
    n_claimed, dim = source.header(number_bytes=4)
    n_wanted = min(n_claimed, source.options.limit or n_claimed)
    rows = GrowingRows(dim, n_wanted if source.size is not None else 0)
    words: list[bytes] = []
    numbers: list[bytes] = []
    buffer, pos = b"", 0

    def settle() -> None:
        flat = np.frombuffer(b"".join(numbers), "<f4")
        rows.add(flat.reshape(-1, dim))
        numbers.clear()

    while len(words) < n_wanted:
        space = buffer.find(b" ", pos, pos + _LONGEST_WORD)
        stop = space + 1 + 4 * dim
        if space >= 0 and stop <= len(buffer):
            words.append(buffer[pos:space].lstrip(b"\n"))
            numbers.append(buffer[space + 1 : stop])
            pos = stop
            continue
        if space < 0 and len(buffer) - pos >= _LONGEST_WORD:
            raise source.failure(f"row {len(words) + 1:,} has no end of its word")
        more = source.read(max(BLOCK_BYTES, 4 * dim))
        if not more:
            raise source.failure(f"the file ends after row {len(words):,} of {n_claimed:,}")
        settle()
        buffer, pos = buffer[pos:] + more, 0
    settle()
    if n_wanted == n_claimed and (buffer[pos:] + source.read(16)).strip():
        raise source.failure(f"its header says {n_claimed:,} rows, but there are more")
    return source.finish(words, rows.array)


def write_binary(vectors: WordVectors, handle: IO[bytes]) -> None:
    """Write all words, each row ended by a newline as word2vec.c does."""
    handle.write(b"%d %d\n" % vectors.vectors.shape)
    tokens = vectors.vocab.tokens
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        stop = start + _ROWS_AT_ONCE
        rows = vectors.vectors[start:stop].astype("<f4", copy=False)
        pairs = zip(tokens[start:stop], rows, strict=True)
        handle.write(b"".join(w.encode() + b" " + row.tobytes() + b"\n" for w, row in pairs))
