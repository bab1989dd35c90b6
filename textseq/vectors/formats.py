"""The vector formats of other tools: which there are, and how to tell them apart.

In: a file, packed or not, or WordVectors. Out: WordVectors, or a file. A format is a row of
FORMATS: its reader, its writer, its sentence. These formats hold words and numbers and
(safetensors aside) no counts: the order of the rows is taken for falling frequency, unless a file
beside them has the counts (counts_file.py).
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from textseq.config import Errors, VectorFileConfig
from textseq.text.vocab import Vocab
from textseq.vectors.binary_format import read_binary, write_binary
from textseq.vectors.counts_file import with_counts, write_counts
from textseq.vectors.files import BOM, LARGEST_DIM, Duplicates, Source, new_file
from textseq.vectors.safetensors_format import read_safetensors, write_safetensors
from textseq.vectors.text_format import is_number, read_text, write_text
from textseq.vectors.word_vectors import WordVectors

_SAMPLE = 1 << 20
_BLANK = re.compile(r"[ \t\n\v\f\r]")  # where the readers of these formats cut
_BLANKS = re.compile(r"[ \t\n\v\f\r]+")

# What people try to read here, by its first bytes, and what to do instead.
_FOREIGN = {
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"\x93NUMPY": "a NumPy array without words",
}
_PICKLE = (
    "a pickle, which can run code when read; in gensim, save_word2vec_format writes a file that "
    "can be read here"
)
_FASTTEXT = (
    "a fastText model (.bin){}; its word vectors are in the .vec file beside it, or gensim writes "
    "them: load_facebook_vectors(...).save_word2vec_format(...)"
)
_FASTTEXT_MAGIC = b"\xba\x16\x4f\x2f"  # 0x2F4F16BA, since 2017


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
    limit: int | None = None,
    counts: str | os.PathLike[str] | None = None,
) -> WordVectors:
    """The vectors of a file in one of FORMATS, told by its content where `format` is None.

    Packed files (gzip, bzip2, xz, zstd) are unpacked on the way. `errors` is for words that are not
    UTF-8; a word that stands twice is an error, or the first of the two is kept. `limit`: of the
    first so many rows. `counts`: a file of words and their counts, as word2vec.c (-save-vocab) and
    gensim (fvocab) write it. ValueError names the file, the line or row, and what is wrong with it.
    """
    row = None if format is None else _format(format)
    options = VectorFileConfig(errors=errors, duplicates=duplicates, limit=limit)
    with Source(Path(path), options) as source:
        if row is None:
            row = _format(_detect(source))
        else:
            _refuse_foreign(source, source.read(_SAMPLE))
        source.rewind()
        vectors = row.read(source)
    return vectors if counts is None else with_counts(vectors, counts, errors=errors)


def write_vectors(
    vectors: WordVectors,
    path: str | os.PathLike[str],
    format: str,
    *,
    overwrite: bool = False,
    counts: str | os.PathLike[str] | None = None,
    spaces: str | None = None,
) -> None:
    """Write a file in one of FORMATS, whole or not at all, packed if named .gz, .bz2, .xz or .zst.

    `spaces`: what to write for white space inside a word, such as "_", which most formats cannot
    hold. `counts`: write the words and their counts too, into this file (see `read_vectors`).
    FileExistsError if it is there already; ValueError for a word that would not come back.
    """
    row = _format(format)
    if spaces is not None:
        vectors = without_spaces(vectors, spaces)
    try:
        _check_words(vectors, format, any_word=row.any_word)
    except ValueError as error:
        raise ValueError(f"{error}; {os.fspath(path)} is not written") from None
    with ExitStack() as written:  # both, or none
        handle = written.enter_context(new_file(Path(path), overwrite=overwrite))
        if counts is not None:
            beside = written.enter_context(new_file(Path(counts), overwrite=overwrite))
            write_counts(vectors, beside)
        row.write(vectors, handle)


def without_spaces(vectors: WordVectors, instead: str) -> WordVectors:
    """The vectors with `instead` for white space inside words; ValueError where two become one."""
    if not instead or _BLANK.search(instead):
        raise ValueError(f"spaces is {instead!r}; something without white space works, such as '_'")
    words = vectors.vocab.tokens
    joined = [_BLANKS.sub(instead, word) if _BLANK.search(word) else word for word in words]
    if joined == words:
        return vectors
    seen: dict[str, str] = {}
    for word, new in zip(words, joined, strict=True):
        if seen.setdefault(new, word) != word:
            raise ValueError(
                f"{seen[new]!r} and {word!r} would both be {new!r}; other spaces than {instead!r} "
                "keep them apart"
            )
    vocab = Vocab(joined, vectors.vocab.counts, specials=())
    return WordVectors(
        vocab, vectors.vectors, config=vectors.config, output_vectors=vectors.output_vectors,
        check=False,
    )  # fmt: skip


def detect_format(path: str | os.PathLike[str]) -> str:
    """The name of the format of a file, by its first bytes; ValueError if it is none of FORMATS.

    A first line of two whole numbers is a header, so one-dimensional GloVe needs to be named.
    """
    with Source(Path(path)) as source:
        return _detect(source)


def _detect(source: Source) -> str:
    start = source.read(_SAMPLE)
    if not start:
        raise source.failure("the file is empty")
    # First, since it begins with a length, whose lowest byte may be that of a pickle.
    if start[8:10] == b'{"' and int.from_bytes(start[:8], "little") < 1 << 32:
        return "safetensors"
    _refuse_foreign(source, start)
    first, _, rest = start.partition(b"\n")
    fields = first.removeprefix(BOM).split()
    if len(fields) == 2 and all(field.isdigit() for field in fields):
        return "word2vec-binary" if _is_binary(rest, int(fields[1])) else "word2vec-text"
    if len(fields) >= 2 and is_number(fields[-1]):
        return "glove"
    raise source.failure(
        f"begins with {start[:40]!r}, as none of the formats {', '.join(FORMATS)} does"
    )


def _refuse_foreign(source: Source, start: bytes) -> None:
    """ValueError that says what it is for a file that is known to be of none of FORMATS."""
    foreign = next((advice for magic, advice in _FOREIGN.items() if start.startswith(magic)), None)
    if start[:1] == b"\x80" and start[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        foreign = _PICKLE
    if start.startswith(_FASTTEXT_MAGIC):
        foreign = _FASTTEXT.format("")
    elif _is_old_fasttext(start):
        foreign = _FASTTEXT.format(" of an early version")
    if foreign is not None:
        raise source.failure(f"this is {foreign}")


def _is_old_fasttext(start: bytes) -> bool:
    """Whether a file begins with the arguments of a fastText training, and no number before them.

    dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn, lrUpdateRate; t; the
    size of the dictionary, words and labels in it, and the tokens read.
    """
    if len(start) < 76:
        return False
    *arguments, t, size, n_words, n_labels, n_tokens = struct.unpack_from("<12id3iq", start)
    dim, window, epochs, min_count, negatives, n_grams, loss, model, *rest = arguments
    bucket, shortest, longest, _ = rest
    return bool(
        0 < dim <= LARGEST_DIM
        and 0 < window <= 10_000
        and epochs > 0
        and min_count >= 0
        and negatives >= 0
        and n_grams > 0
        and 1 <= loss <= 4
        and 1 <= model <= 3
        and bucket >= 0
        and 0 <= shortest <= longest <= 1000
        and 0 <= t <= 1
        and size == n_words + n_labels > 0
        and n_tokens >= 0
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
    name = name.casefold().replace("_", "-")  # as config.choice has it
    if name not in FORMATS:
        raise ValueError(f"there is no format {name!r}; there are {', '.join(FORMATS)}")
    return FORMATS[name]


def _check_words(vectors: WordVectors, format: str, *, any_word: bool) -> None:
    """ValueError that names the first word this format would not give back."""
    for word in vectors.vocab.tokens:
        if not any_word and (not word or _BLANK.search(word)):
            raise ValueError(
                f"{word!r} cannot be written as {format}: it is empty or holds white space and "
                "would not come back; spaces='_' writes that in the place of spaces, "
                "WordVectors.save and safetensors keep any word"
            )
        try:
            word.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{word!r} holds half a surrogate pair; it has no UTF-8") from None
