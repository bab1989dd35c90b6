"""Files in word2vec's formats, with all that gensim lets one choose about them.

In: a file of vectors, and perhaps one of counts; or KeyedVectors. Out: words, rows and counts; or
files, byte for byte as gensim writes them. Reading is vectors/'s: words stay bytes in it, so that
any encoding and any way with bad characters is Python's own.
"""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.compat.gensim.models.key_table import REAL, KeyTable

logger = logging.getLogger(__name__)

_AS_BYTES = "surrogateescape"  # a str that gives its bytes back
_ROWS_AT_ONCE = 1024


class VectorFileError(ValueError, EOFError):
    """A file that is no vectors, or cut off: gensim raises the one or the other."""


class WordRows(NamedTuple):
    """Words, their rows (n, D), and how many of each were seen, if a file says so."""

    words: list[str]
    rows: NDArray[np.float32]
    counts: dict[str, int] | None


def read_rows(
    path: str | os.PathLike[str],
    fvocab: str | os.PathLike[str] | None,
    *,
    binary: bool,
    encoding: str,
    unicode_errors: str,
    limit: int | None,
    no_header: bool,
) -> WordRows:
    """The first `limit` words of a file, each with its first row; UnicodeDecodeError for others."""
    from textseq.config import VectorFileConfig
    from textseq.vectors.files.counts_file import read_counts
    from textseq.vectors.files.format_table import VECTOR_FORMATS
    from textseq.vectors.files.vector_file import VectorFile

    if no_header and binary:
        raise NotImplementedError("no_header only available for text-format files")
    kind = "word2vec-binary" if binary else "glove" if no_header else "word2vec-text"
    options = VectorFileConfig(duplicates="first", limit=limit or None)
    object.__setattr__(options, "errors", _AS_BYTES)  # which no command offers
    with VectorFile(Path(path), options) as source:
        try:
            found = VECTOR_FORMATS[kind].read(source)
        except ValueError as error:
            raise VectorFileError(str(error)) from None
    words = [
        token.encode("utf-8", _AS_BYTES).decode(encoding, unicode_errors)
        for token in found.vocab.tokens
    ]
    given: Any = unicode_errors
    counts = None if fvocab is None else read_counts(fvocab, errors=given)
    first = dict(zip(reversed(words), range(len(words) - 1, -1, -1), strict=True))
    if len(first) < len(words):  # by what became of their bytes
        logger.warning(
            "%d words stand twice in %s; the first counts", len(words) - len(first), path
        )
        kept = sorted(first.values())
        return WordRows([words[row] for row in kept], found.vectors[kept], counts)
    return WordRows(words, found.vectors, counts)


def write_rows(
    table: KeyTable,
    path: str | os.PathLike[str],
    fvocab: str | os.PathLike[str] | None,
    *,
    binary: bool,
    total_vec: int | None,
    write_header: bool,
    prefix: str,
    append: bool,
    sort_attr: str,
) -> None:
    """Write all keys by falling `sort_attr`, where there is such an attribute, and their counts.

    A file that is there is replaced when the new one is whole, or appended to. ValueError for
    counts that there are none of.
    """
    ranks = table.expandos.get(sort_attr)
    if ranks is None and fvocab is not None:
        raise ValueError(
            f"Cannot store vocabulary with '{sort_attr}' because that attribute does not exist"
        )
    rows = np.array(list(table.key_to_index.values()), np.int64)
    if ranks is not None:
        rows = rows[np.argsort(-ranks[rows].astype(np.float64), kind="stable")]
    with ExitStack() as written:
        if fvocab is not None:
            assert ranks is not None
            beside = _opened(written, fvocab, append=append)
            for row in rows.tolist():
                beside.write(f"{prefix}{table.index_to_key[row]} {ranks[row]}\n".encode())
        file = _opened(written, path, append=append)
        if write_header:
            total = len(table) if total_vec is None else total_vec
            file.write(f"{total} {table.vector_size}\n".encode())
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            block = rows[start : start + _ROWS_AT_ONCE]
            keys = [f"{prefix}{table.index_to_key[row]} ".encode() for row in block.tolist()]
            file.write(b"".join(_lines(keys, table.vectors[block], binary=binary)))


def _lines(keys: list[bytes], rows: NDArray[Any], *, binary: bool) -> list[bytes]:
    if binary:
        return [key + row.tobytes() for key, row in zip(keys, rows.astype(REAL), strict=True)]
    # NumPy's spelling: the shortest that gives the same float32 back.
    return [
        key + " ".join(map(str, row)).encode() + b"\n" for key, row in zip(keys, rows, strict=True)
    ]


def _opened(written: ExitStack, path: str | os.PathLike[str], *, append: bool) -> IO[bytes]:
    """A file that takes its name when all is written, or one to append to."""
    from textseq.packing import packer
    from textseq.vectors.files.vector_file import new_file

    if not append:
        return written.enter_context(new_file(Path(path), overwrite=True))
    file = written.enter_context(open(path, "ab"))  # noqa: SIM115
    return written.enter_context(packer(Path(path).suffix, file))
