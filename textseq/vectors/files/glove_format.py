"""GloVe's format: rows of text without a header line.

How a line is read and written is the business of text_rows.py.
"""

from __future__ import annotations

from typing import IO

from textseq.vectors.files.text_rows import is_float, read_text_rows, write_text_rows
from textseq.vectors.files.vector_file import BOM, VectorFile, find_header
from textseq.vectors.word_vectors import WordVectors


def matches(start: bytes) -> bool:
    """Whether the first line ends in a number, and is no header: in one dimension it may be."""
    fields = start.removeprefix(BOM).partition(b"\n")[0].split()
    return len(fields) >= 2 and is_float(fields[-1]) and find_header(start) is None


def read(source: VectorFile) -> WordVectors:
    """The vectors of a text file; ValueError names the line that is wrong."""
    return read_text_rows(source, header=False)


def write(vectors: WordVectors, handle: IO[bytes]) -> None:
    """Write all words; float32 comes back exactly."""
    write_text_rows(vectors, handle, header=False)
