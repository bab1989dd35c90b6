"""word2vec's text format, and fastText's .vec: a header line "rows dim", then rows of text.

How a line is read and written is the business of text_rows.py.
"""

from __future__ import annotations

from typing import IO

from textseq.vectors.files.text_rows import read_text_rows, write_text_rows
from textseq.vectors.files.vector_file import VectorFile, find_header
from textseq.vectors.files.word2vec_binary_format import matches as has_raw_floats
from textseq.vectors.word_vectors import WordVectors


def matches(start: bytes) -> bool:
    """Whether there is a header, and what follows it is text."""
    return find_header(start) is not None and not has_raw_floats(start)


def read(source: VectorFile) -> WordVectors:
    """The vectors of a text file; ValueError names the line that is wrong."""
    return read_text_rows(source, header=True)


def write(vectors: WordVectors, handle: IO[bytes]) -> None:
    """Write all words; float32 comes back exactly."""
    write_text_rows(vectors, handle, header=True)
