"""TensorBoard's projector: vectors.tsv with the numbers, and metadata.tsv with the words.

Both have a line for each word, the metadata of several columns one more, which names them: of those
the first is the word. A column called Count has the counts. It is read by anything that shows
embeddings in a browser, projector.tensorflow.org included.
"""

from __future__ import annotations

from typing import IO

import numpy as np

from textseq.text.vocab import Vocab
from textseq.vectors.files.text_rows import is_float, read_rows, write_rows
from textseq.vectors.files.vector_file import VectorFile
from textseq.vectors.word_vectors import WordVectors

METADATA = "metadata.tsv"
_COUNT = b"count"
_LARGEST = 2**63 - 1


def matches(start: bytes) -> bool:
    """Whether the first line is numbers between tabs and nothing else."""
    fields = start.partition(b"\n")[0].split(b"\t")
    return len(fields) > 1 and all(is_float(field) for field in fields)


def read(source: VectorFile) -> WordVectors:
    """The vectors of a file, and the words of metadata.tsv beside it; ValueError names the line."""
    # As rows of text, with a word that says nothing.
    blocks = (
        b"w " + block.rstrip().replace(b"\t", b" ").replace(b"\n", b"\nw ")
        for block in source.byte_blocks()
    )
    _, rows = read_rows(source, None, 0, n_lines=0, limit=source.options.limit, blocks=blocks)
    with VectorFile(source.path.with_name(METADATA), source.options) as metadata:
        lines = [line.rstrip(b"\r") for block in metadata.line_blocks() for line in block]
        cells = [line.split(b"\t") for line in lines]
        named = bool(cells) and len(cells[0]) > 1
        columns = [cell.strip().lower() for cell in cells[0]] if named else []
        cells = cells[named:]
        n_missing = len(rows) - len(cells)
        if n_missing > 0 or (n_missing and source.options.limit is None):
            raise metadata.failure(f"names {len(cells):,} words, {source.path} has {len(rows):,}")
        cells = cells[: len(rows)]
        words, kept = metadata.words([cell[0] for cell in cells])
        counts = np.zeros(len(cells), np.int64)
        if _COUNT in columns:
            at = columns.index(_COUNT)
            for number, cell in enumerate(cells):
                if len(cell) <= at or not cell[at].isdigit() or int(cell[at]) > _LARGEST:
                    raise metadata.failure(f"line {number + 2:,} has no count, but {cell[1:]!r}")
                counts[number] = int(cell[at])
    try:
        return WordVectors(
            Vocab(words, counts[kept], specials=()), rows[kept],
            config={"read_from": source.path.name},
        )  # fmt: skip
    except ValueError as error:
        raise source.failure(str(error)) from None


def write(vectors: WordVectors, handle: IO[bytes]) -> None:
    """Write the numbers."""
    write_rows(None, vectors.vectors, handle, separator=b"\t")


def write_beside(vectors: WordVectors, handle: IO[bytes]) -> None:
    """Write the words, and their counts if any are known."""
    words, counts = vectors.vocab.tokens, vectors.vocab.counts
    if not counts.any():
        handle.write("".join(f"{word}\n" for word in words).encode())
        return
    pairs = zip(words, counts.tolist(), strict=True)
    handle.write(("Word\tCount\n" + "".join(f"{word}\t{n}\n" for word, n in pairs)).encode())
