"""Rows of text: one line a word, the word first, then its numbers.

In: an open file, and whether a header line "rows dim" comes first. Out: vectors; or the lines. The
formats of word2vec and GloVe are made of it. A word may hold spaces when read (GloVe's ". . .";
behind a header, which tells how many numbers there are, also "World War 2"), but is refused when
written, because other readers would stumble.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import IO

import numpy as np
from numpy.typing import NDArray

from textseq.config import thread_count
from textseq.vectors.files.vector_file import LARGEST_DIM, GrowingRows, VectorFile
from textseq.vectors.word_vectors import WordVectors

_NUMBER_BYTES = b"0123456789+-.eE "
# For fewer, compiled code takes longer to load than plain code to run.
_MANY_BYTES, _MANY_NUMBERS = 1 << 22, 1 << 17
_ROWS_AT_ONCE = 1024


def read_text_rows(source: VectorFile, *, header: bool) -> WordVectors:
    """The vectors of a text file; ValueError names the line that is wrong."""
    n_claimed, dim = source.header(number_bytes=2) if header else (None, 0)
    words, rows = read_rows(source, n_claimed, dim, n_lines=int(header), limit=source.options.limit)
    return source.finish(words, rows)


def read_rows(
    source: VectorFile,
    n_claimed: int | None,
    dim: int,
    *,
    n_lines: int,
    limit: int | None = None,
    blocks: Iterable[bytes] | None = None,
) -> tuple[list[bytes], NDArray[np.float32]]:
    """Words and rows of what is left of a file, behind `n_lines` lines of a header.

    That has said how many rows there are and of which dim; None and 0: it has not. `blocks`: what
    is left of the file, where it is not read as it is.
    """
    spaced = dim > 0
    room = min(n_claimed or 0, limit or n_claimed or 0)
    # Room for the claimed rows only where the size of the file vouches for them.
    rows = GrowingRows(dim, room if source.size is not None else 0)
    words: list[bytes] = []
    for block in source.byte_blocks() if blocks is None else blocks:
        if limit is not None and rows.n == limit:
            break
        if not dim:
            line = block.partition(b"\n")[0]
            dim = _dim_of(line)
            if not 0 < dim <= LARGEST_DIM:
                raise source.failure(f"line 1 is {line[:40]!r}, not a word and numbers")
            rows = GrowingRows(dim, 0)
        if limit is not None:
            block = _first_rows(block, limit - rows.n)
        parsed = _parse_fast(block, dim)
        if parsed is None:
            parsed = _parse_slow(source, block.split(b"\n"), dim, n_lines + 1, spaced=spaced)
        words += parsed[0]
        rows.add(parsed[1])
        n_lines += block.count(b"\n") + 1
        if n_claimed is not None and rows.n > n_claimed:
            raise source.failure(f"its header says {n_claimed:,} rows, but there are more")
    if not words:
        raise source.failure("there are no vectors in it")
    if n_claimed is not None and rows.n < n_claimed and rows.n != limit:
        raise source.failure(f"the file ends after row {rows.n:,} of {n_claimed:,}")
    return words, rows.array


def _first_rows(block: bytes, n: int) -> bytes:
    """The lines up to the one that is the n-th row; empty ones are none."""
    stop = -1
    while n > 0:
        start, stop = stop + 1, block.find(b"\n", stop + 1)
        if stop < 0:
            return block
        n -= bool(block[start:stop].strip())
    return block[:stop]


def _dim_of(line: bytes) -> int:
    """How many numbers end the line; its first field is a word even if it looks like a number."""
    fields = line.split()
    dim = 0
    while dim < len(fields) - 1 and is_float(fields[-1 - dim]):
        dim += 1
    return dim


def is_float(field: bytes) -> bool:
    """Whether a field of the file reads as a float."""
    try:
        float(field)
    except ValueError:
        return False
    return True


def _parse_fast(block: bytes, dim: int) -> tuple[list[bytes], NDArray[np.float32]] | None:
    """Words and rows (n, dim) of well-formed lines; None if any needs a closer look."""
    if len(block) >= _MANY_BYTES:
        from textseq.vectors.files.number_text import parse_lines

        return parse_lines(block, dim)
    lines = block.split(b"\n")
    words: list[bytes] = []
    numbers: list[bytes] = []
    for line in lines:
        line = line.rstrip()
        if line.count(b" ") != dim:
            return None
        word, _, rest = line.partition(b" ")
        words.append(word)
        numbers.append(rest)
    joined = b" ".join(numbers)
    # Nothing but digits and single spaces, `dim` of them a line: so each line has `dim` numbers.
    if b"  " in joined or joined.translate(None, _NUMBER_BYTES):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # numpy's way to say "1-2"
        try:
            flat: NDArray[np.float32] = np.fromstring(joined, np.float32, sep=" ")
        except (DeprecationWarning, ValueError):
            return None
    return (words, flat.reshape(-1, dim)) if flat.size == len(lines) * dim else None


def _parse_slow(
    source: VectorFile, lines: Sequence[bytes], dim: int, line_number: int, *, spaced: bool
) -> tuple[list[bytes], NDArray[np.float32]]:
    """The same, line by line: words with spaces, tabs, empty lines, and the error if it is one.

    `spaced`: how many numbers there are is known, and a word may end in what reads as one.
    """
    words: list[bytes] = []
    rows: list[NDArray[np.float32]] = []
    for number, line in enumerate(lines, start=line_number):
        if not line.strip():
            continue
        word, *fields = line.rsplit(None, dim) if line[:1].strip() else (b"", *line.split())
        # A word may hold spaces, but a number left of the `dim` last ones is one too many.
        last = word.split()[-1] if b" " in word else b""
        more = is_float(last) and not (spaced and _is_of_word(last, fields))
        if len(fields) != dim or more:
            n_numbers = len(line.split()) - bool(line[:1].strip())
            raise source.failure(f"line {number:,} has {n_numbers:,} numbers, not {dim:,}")
        bad = next((field for field in fields if not is_float(field)), None)
        if bad is not None:
            raise source.failure(f"line {number:,}: {bad[:40]!r} is not a number")
        words.append(word)
        with np.errstate(over="ignore"):
            rows.append(np.array([float(field) for field in fields], np.float32))
    return words, np.array(rows, np.float32).reshape(-1, dim)


def _is_of_word(last: bytes, numbers: Sequence[bytes]) -> bool:
    """Whether what reads as a number ends a word: World War 2, to infinity.

    It is not written as the numbers behind it are, which have points.
    """
    return (last.isdigit() or last.isalpha()) and any(b"." in number for number in numbers)


def write_text_rows(vectors: WordVectors, handle: IO[bytes], *, header: bool) -> None:
    """Write all words; each number in as few digits as float32 needs to come back exactly."""
    if header:
        handle.write(b"%d %d\n" % vectors.vectors.shape)
    write_rows(vectors.vocab.tokens, vectors.vectors, handle)


def write_rows(
    tokens: Sequence[str] | None,
    rows: NDArray[np.float32],
    handle: IO[bytes],
    *,
    separator: bytes = b" ",
) -> None:
    """Write a line for each row: what it is called, if anything, and its numbers."""
    n_threads, format_rows = 1, _format_slow
    if rows.size >= _MANY_NUMBERS:
        from textseq.vectors.files.number_text import format_rows

        n_threads = thread_count(0)
    with ThreadPoolExecutor(n_threads) as pool:
        for start in range(0, len(rows), n_threads * _ROWS_AT_ONCE):
            stop = min(start + n_threads * _ROWS_AT_ONCE, len(rows))
            parts = [
                rows[k : min(k + _ROWS_AT_ONCE, stop)] for k in range(start, stop, _ROWS_AT_ONCE)
            ]
            lines: Iterable[bytes] = chain.from_iterable(pool.map(format_rows, parts))
            if separator != b" ":
                lines = (line.replace(b" ", separator) for line in lines)
            if tokens is not None:
                pairs = zip(tokens[start:stop], lines, strict=True)
                lines = (word.encode() + separator + line for word, line in pairs)
            handle.write(b"".join(line + b"\n" for line in lines))


def _format_slow(rows: NDArray[np.float32]) -> list[bytes]:
    """Each row as text, a space between two numbers."""
    return [b" ".join(_shortest(number) for number in row) for row in rows]


def _shortest(number: np.float32) -> bytes:
    written = np.format_float_scientific(number, trim="-", exp_digits=2)
    if -4 <= int(written.partition("e")[2]) < 9:
        written = np.format_float_positional(number, trim="-")
    return b"0" if written == "0" else written.encode()
