"""word2vec's binary format: a header line, then word, space, raw little-endian floats.

word2vec.c ends each row with a newline, gensim does not; both are read. Unlike in text, a row is
found by its length, not by its line end.
"""

from __future__ import annotations

from typing import IO

import numpy as np

from textseq.vectors.files.text_rows import is_float
from textseq.vectors.files.vector_file import BYTES_AT_ONCE, GrowingRows, VectorFile, find_header
from textseq.vectors.word_vectors import WordVectors

_LONGEST_WORD = 1 << 16
_ROWS_AT_ONCE = 1024


def matches(start: bytes) -> bool:
    """Whether there is a header, and what follows it are raw floats."""
    header = find_header(start)
    if header is None:
        return False
    rest, dim = start.partition(b"\n")[2], header[1]
    fields = rest.partition(b"\n")[0].split()
    if len(fields) > dim and all(is_float(field) for field in fields[-dim:]):
        return False
    sample = rest[:4096]
    if any(byte < 32 and byte not in b"\t\n\r" for byte in sample):
        return True
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start < len(sample) - 3  # else the sample only ends within a character
    return False


def read(source: VectorFile) -> WordVectors:
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
        more = source.read(max(BYTES_AT_ONCE, 4 * dim))
        if not more:
            raise source.failure(f"the file ends after row {len(words):,} of {n_claimed:,}")
        settle()
        buffer, pos = buffer[pos:] + more, 0
    settle()
    if n_wanted == n_claimed and (buffer[pos:] + source.read(16)).strip():
        raise source.failure(f"its header says {n_claimed:,} rows, but there are more")
    return source.finish(words, rows.array)


def write(vectors: WordVectors, handle: IO[bytes]) -> None:
    """Write all words, each row ended by a newline as word2vec.c does."""
    handle.write(b"%d %d\n" % vectors.vectors.shape)
    tokens = vectors.vocab.tokens
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        stop = start + _ROWS_AT_ONCE
        rows = vectors.vectors[start:stop].astype("<f4", copy=False)
        pairs = zip(tokens[start:stop], rows, strict=True)
        handle.write(b"".join(w.encode() + b" " + row.tobytes() + b"\n" for w, row in pairs))
