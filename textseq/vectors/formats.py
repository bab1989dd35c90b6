"""The vector formats of other tools: which there are, and how to tell them apart.

In: a file, packed or not, or WordVectors. Out: WordVectors, or a file. A format is a row of
FORMATS: its reader, its writer, its sentence. These formats hold words and numbers and
(safetensors aside) no counts: the order of the rows is taken for falling frequency.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from textseq.config import Errors
from textseq.vectors.binary_format import read_binary, write_binary
from textseq.vectors.files import BOM, Duplicates, Source, new_file
from textseq.vectors.safetensors_format import read_safetensors, write_safetensors
from textseq.vectors.text_format import is_number, read_text, write_text
from textseq.vectors.word_vectors import WordVectors

_SAMPLE = 1 << 20
_BLANK = re.compile(r"[ \t\n\v\f\r]")  # where the readers of these formats cut

# What people try to read here, by its first bytes, and what to do instead.
_FOREIGN = {
    b"\x80": "a pickle, which can run code when read; in gensim, save_word2vec_format writes a "
    "file that can be read here",
    b"\xba\x16\x4f\x2f": "a fastText model; its word vectors are in the .vec file beside it",
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"\x28\xb5\x2f\xfd": "packed by zstd; unpack it first",
    b"\x93NUMPY": "a NumPy array without words",
}


@dataclass(frozen=True)
class Format:
    """One row of the table of formats."""

    read: Callable[[Source], WordVectors]
    write: Callable[[WordVectors, IO[bytes]], None]
    help: str
    any_word: bool = False  # whether words with spaces come back as they were


_TEXT = partial(read_text, header=True), partial(write_text, header=True)
FORMATS: dict[str, Format] = {
    "word2vec-text": Format(*_TEXT, "Text with a header line, as word2vec writes it."),
    "word2vec-binary": Format(read_binary, write_binary, "word2vec's binary format."),
    "fasttext": Format(*_TEXT, "fastText's .vec file, the same as word2vec-text."),
    "glove": Format(
        partial(read_text, header=False),
        partial(write_text, header=False),
        "Text without a header line, as GloVe writes it.",
    ),
    "safetensors": Format(
        read_safetensors, write_safetensors, "Words, counts and floats in one file.", any_word=True
    ),
}


def read_vectors(
    path: str | os.PathLike[str],
    format: str | None = None,
    *,
    errors: Errors = "strict",
    duplicates: Duplicates = "error",
) -> WordVectors:
    """The vectors of a file in one of FORMATS, told by its content where `format` is None.

    Packed files (gzip, bzip2, xz) are unpacked on the way. `errors` is for words that are not
    UTF-8; a word that stands twice is an error, or the first of the two is kept.
    ValueError names the file, the line or row, and what is wrong with it.
    """
    row = _format(detect_format(path) if format is None else format)
    with Source(Path(path), errors=errors, duplicates=duplicates) as source:
        return row.read(source)


def write_vectors(
    vectors: WordVectors, path: str | os.PathLike[str], format: str, *, overwrite: bool = False
) -> None:
    """Write a file in one of FORMATS, whole or not at all, packed if named .gz, .bz2 or .xz.

    FileExistsError if it is there already; ValueError for a word that would not come back.
    """
    row = _format(format)
    try:
        _check_words(vectors, format, any_word=row.any_word)
    except ValueError as error:
        raise ValueError(f"{error}; {os.fspath(path)} is not written") from None
    with new_file(Path(path), overwrite=overwrite) as handle:
        row.write(vectors, handle)


def detect_format(path: str | os.PathLike[str]) -> str:
    """The name of the format of a file, by its first bytes; ValueError if it is none of FORMATS.

    A first line of two whole numbers is a header, so one-dimensional GloVe needs to be named.
    """
    with Source(Path(path)) as source:
        start = source.read(_SAMPLE)
        if not start:
            raise source.failure("the file is empty")
        # First, since it begins with a length, whose lowest byte may be that of a pickle.
        if start[8:10] == b'{"' and int.from_bytes(start[:8], "little") < 1 << 32:
            return "safetensors"
        for magic, advice in _FOREIGN.items():
            if start.startswith(magic):
                raise source.failure(f"this is {advice}")
        first, _, rest = start.partition(b"\n")
        fields = first.removeprefix(BOM).split()
        if len(fields) == 2 and all(field.isdigit() for field in fields):
            return "word2vec-binary" if _is_binary(rest, int(fields[1])) else "word2vec-text"
        if len(fields) >= 2 and is_number(fields[-1]):
            return "glove"
        raise source.failure(
            f"begins with {start[:40]!r}, as none of the formats {', '.join(FORMATS)} does"
        )


def _is_binary(rest: bytes, dim: int) -> bool:
    """Whether what follows the header is raw floats."""
    fields = rest.partition(b"\n")[0].split()
    if len(fields) > dim and all(is_number(field) for field in fields[-dim:]):
        return False
    sample = rest[:4096]
    if any(byte < 32 and byte not in b"\t\n\r" for byte in sample):
        return True
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start < len(sample) - 3  # else the sample only ends within a character
    return False


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise ValueError(f"there is no format {name!r}; there are {', '.join(FORMATS)}")
    return FORMATS[name]


def _check_words(vectors: WordVectors, format: str, *, any_word: bool) -> None:
    """ValueError that names the first word this format would not give back."""
    for word in vectors.vocab.tokens:
        if not any_word and (not word or _BLANK.search(word)):
            raise ValueError(
                f"{word!r} cannot be written as {format}: it is empty or holds white space and "
                "would not come back; WordVectors.save and safetensors keep any word"
            )
        try:
            word.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{word!r} holds half a surrogate pair; it has no UTF-8") from None
