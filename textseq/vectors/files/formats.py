"""Vectors from the files of other tools, and back: the formats of format_table.py.

In: a file, packed or not, or WordVectors. Out: WordVectors, or a file. Most of these formats hold
words and numbers and no counts: the order of the rows is taken for falling frequency, unless a file
beside them has the counts (counts_file.py). What a row of a format looks like is in its own file.
"""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from pathlib import Path

from textseq.advice import advise, either
from textseq.config import DuplicateWords, Errors, VectorFileConfig
from textseq.text.vocab import Vocab
from textseq.vectors.files import transforms
from textseq.vectors.files.chosen_words import choose_words, read_words
from textseq.vectors.files.counts_file import add_counts, write_counts
from textseq.vectors.files.foreign_files import describe_foreign
from textseq.vectors.files.format_table import VECTOR_FORMATS, VectorFormat
from textseq.vectors.files.vector_file import VectorFile, new_file
from textseq.vectors.word_vectors import WordVectors

_SAMPLE = 1 << 20
_BLANK = re.compile(r"[ \t\n\v\f\r]")  # where the readers of these formats cut
_BLANKS = re.compile(r"[ \t\n\v\f\r]+")


def read_vectors(
    path: str | os.PathLike[str],
    format: str | None = None,
    *,
    errors: Errors = "strict",
    duplicates: DuplicateWords = "error",
    limit: int | None = None,
    only_words: str | os.PathLike[str] | None = None,
    counts: str | os.PathLike[str] | None = None,
) -> WordVectors:
    """The vectors of a file in one of VECTOR_FORMATS, by its content where `format` is None.

    Packed files (gzip, bzip2, xz, zstd) are unpacked on the way. `errors` is for words that are not
    UTF-8; a word that stands twice is an error, or the first of the two is kept. `limit`: of the
    first so many rows. `only_words`: of those in this file, one a line, in its order; with n-grams
    (fasttext-bin, floret) also of unknown ones. `counts`: a file of words and their counts, as
    word2vec.c (-save-vocab) and gensim (fvocab) write it. ValueError names the file, the line or
    row, and what is wrong with it.
    """
    row = None if format is None else _format(format)
    options = VectorFileConfig(
        errors=errors, duplicates=duplicates, limit=limit,
        only_words=None if only_words is None else os.fspath(only_words),
    )  # fmt: skip
    with VectorFile(Path(path), options) as source:
        if row is None:
            row = _format(_detect(source))
        else:
            _refuse_other(source, source.read(_SAMPLE), row)
        source.rewind()
        vectors = row.read(source)
    if only_words is not None and row.needs is None:
        vectors = choose_words(vectors, read_words(only_words))
    return vectors if counts is None else add_counts(vectors, counts, errors=errors)


def write_vectors(
    vectors: WordVectors,
    path: str | os.PathLike[str],
    format: str,
    *,
    overwrite: bool = False,
    counts: str | os.PathLike[str] | None = None,
    spaces: str | None = None,
    normalise: bool = False,
    reduce: int | None = None,
) -> None:
    """Write a file in one of VECTOR_FORMATS, whole or not at all.

    It is packed if its name ends in .gz, .bz2, .xz or .zst. `spaces`: what to write for white space
    inside a word, such as "_", which most formats cannot hold. `counts`: write the words and their
    counts too, into this file (see `read_vectors`). `reduce` writes so many dimensions (a truncated
    SVD), `normalise` vectors of length 1, of what is left. FileExistsError if it is there already;
    ValueError for a word that would not come back.
    """
    row = _format(format)
    if spaces is not None:
        vectors = replace_spaces(vectors, spaces)
    if reduce is not None:
        vectors = transforms.reduce(vectors, reduce)
    if normalise:
        vectors = transforms.normalise(vectors)
    try:
        _check_words(vectors, format, any_word=row.any_word)
    except ValueError as error:
        raise ValueError(str(error) + f"; {os.fspath(path)} is not written") from None
    with ExitStack() as written:  # both, or none
        handle = written.enter_context(new_file(Path(path), overwrite=overwrite))
        if counts is not None:
            beside = written.enter_context(new_file(Path(counts), overwrite=overwrite))
            write_counts(vectors, beside)
        if row.beside is not None:
            place = Path(path).with_name(row.beside)
            row.write_beside(vectors, written.enter_context(new_file(place, overwrite=overwrite)))
        row.write(vectors, handle)


def replace_spaces(vectors: WordVectors, instead: str) -> WordVectors:
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
    """The name of the format of a file, by its first bytes; ValueError if it has none of the table.

    A first line of two whole numbers is a header, so one-dimensional GloVe needs to be named.
    """
    with VectorFile(Path(path)) as source:
        return _detect(source)


def _detect(source: VectorFile) -> str:
    start = source.read(_SAMPLE)
    if not start:
        raise source.failure("the file is empty")
    _refuse_foreign(source, start)
    matching = [name for name, row in VECTOR_FORMATS.items() if row.matches(start)]
    if not matching:
        raise source.failure(
            f"begins with {start[:40]!r}, as none of the formats {', '.join(VECTOR_FORMATS)} does"
        )
    return next((name for name in matching if VECTOR_FORMATS[name].certain), matching[0])


def _refuse_foreign(source: VectorFile, start: bytes) -> None:
    """ValueError that says what it is for a file that is known to have none of the formats."""
    if any(row.matches(start) for row in VECTOR_FORMATS.values() if row.certain):
        return  # it may begin with a length, whose lowest bytes may be those of a pickle
    foreign = describe_foreign(start)
    if foreign is not None:
        raise source.failure(f"this is {foreign}")


def _refuse_other(source: VectorFile, start: bytes, asked: VectorFormat) -> None:
    """ValueError for a file that is certainly of another format than the one asked for."""
    _refuse_foreign(source, start)
    for name, row in VECTOR_FORMATS.items():
        if row.certain and row.module != asked.module and row.matches(start):
            reads = either(f"format={name!r}", f"--from {name}")
            raise source.failure(f"this is {name}; " + reads + " reads it")


def _format(name: str) -> VectorFormat:
    name = name.casefold().replace("_", "-")  # as config.choice has it
    if name not in VECTOR_FORMATS:
        raise ValueError(f"there is no format {name!r}; there are {', '.join(VECTOR_FORMATS)}")
    return VECTOR_FORMATS[name]


def _check_words(vectors: WordVectors, format: str, *, any_word: bool) -> None:
    """ValueError that names the first word this format would not give back."""
    for word in vectors.vocab.tokens:
        if not any_word and (not word or _BLANK.search(word)):
            raise ValueError(
                f"{word!r} cannot be written as {format}: it is empty or holds white space and "
                "would not come back; "
                + advise("spaces", "_")
                + " writes that in the place of spaces, WordVectors.save and safetensors keep any "
                "word"
            )
        try:
            word.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{word!r} holds half a surrogate pair; it has no UTF-8") from None
