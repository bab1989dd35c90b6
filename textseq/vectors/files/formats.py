"""Vectors from the files and folders of other tools, and back: the formats of format_table.py.

In: a file, packed or not, a folder, or WordVectors. Out: WordVectors, or a file or folder. Most of
these formats hold words and numbers and no counts: the order of the rows is taken for falling
frequency, unless a file beside them has the counts (counts_file.py). What a row of a format looks
like is in its own file.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from textseq.advice import advise, either
from textseq.artifact import new_folder
from textseq.config import (
    DuplicateWords,
    Errors,
    Quantisation,
    VectorChangeConfig,
    VectorFileConfig,
)
from textseq.text.notices import Notify, notifying
from textseq.vectors.files.chosen_words import choose_words, read_words
from textseq.vectors.files.counts_file import add_counts, write_counts
from textseq.vectors.files.foreign_files import describe_foreign
from textseq.vectors.files.format_table import (
    FOLDER_FORMATS,
    VECTOR_FORMATS,
    FolderFormat,
    VectorFormat,
)
from textseq.vectors.files.hub import fetched, is_address
from textseq.vectors.files.transforms import BLANK, changed
from textseq.vectors.files.vector_file import VectorFile, new_file
from textseq.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from textseq.fetch.download import ByteProgress

_SAMPLE = 1 << 20


@notifying
def read_vectors(
    path: str | os.PathLike[str],
    format: str | None = None,
    *,
    errors: Errors = "strict",
    duplicates: DuplicateWords = "error",
    limit: int | None = None,
    only_words: str | os.PathLike[str] | None = None,
    counts: str | os.PathLike[str] | None = None,
    progress: ByteProgress | None = None,
    notify: Notify | None = None,
) -> WordVectors:
    """The vectors of a file or folder in one of the formats, by its content where that is None.

    The formats are those of VECTOR_FORMATS and FOLDER_FORMATS; hf://USER/NAME is a folder of the
    Hugging Face hub, hf://USER/NAME/FILE a file there. Packed files (gzip, bzip2, xz, zstd) are
    unpacked on the way. `errors` is for words that are not UTF-8; a word that stands twice is an
    error, or the first of the two is kept. `limit`: of the first so many rows. `only_words`: of
    those in this file, one a line, in its order; with n-grams (fasttext-bin, floret) also of
    unknown ones. `counts`: a file of words and their counts, as word2vec.c (-save-vocab) and gensim
    (fvocab) write it. `progress` is called with the bytes that were read and those in all, `notify`
    with what a person should hear of them. ValueError names the file, the line or row, and what is
    wrong with it.
    """
    options = VectorFileConfig(
        errors=errors, duplicates=duplicates, limit=limit,
        only_words=None if only_words is None else os.fspath(only_words),
    )  # fmt: skip
    name = None if format is None else _known(format)
    place = fetched(path) if is_address(path) else Path(path)
    folder = _folder_format(place, name)
    if folder is not None:
        vectors = folder.read(place, options)
    else:
        vectors = _read_file(place, name, options, progress)
    return vectors if counts is None else add_counts(vectors, counts, errors=errors)


def _folder_format(path: Path, name: str | None) -> FolderFormat | None:
    """The row of a folder, by its name or its content; None for a file, or a folder of ours."""
    if name in FOLDER_FORMATS:
        if not path.is_dir():
            raise ValueError(f"{path} is no folder, as {name} needs to be")
        return FOLDER_FORMATS[name]
    if name is not None or not path.is_dir():
        return None
    return next((row for row in FOLDER_FORMATS.values() if row.matches(path)), None)


def _read_file(
    path: Path, name: str | None, options: VectorFileConfig, progress: ByteProgress | None
) -> WordVectors:
    with VectorFile(path, options, progress) as source:
        if name is None:
            row = VECTOR_FORMATS[_detect(source)]
        else:
            row = VECTOR_FORMATS[name]
            _refuse_other(source, source.read(_SAMPLE), row)
        source.rewind()
        vectors = row.read(source)
    if options.only_words is not None and row.needs is None:
        return choose_words(vectors, read_words(options.only_words))
    return vectors


@notifying
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
    quantise: Quantisation = "none",
    language: str | None = None,
    progress: ByteProgress | None = None,
    notify: Notify | None = None,
) -> None:
    """Write a file or folder in one of the formats, whole or not at all.

    A file is packed if its name ends in .gz, .bz2, .xz or .zst. `spaces`: what to write for white
    space inside a word, such as "_", which most formats cannot hold. `counts`: write the words and
    their counts too, into this file (see `read_vectors`). `reduce` writes so many dimensions (a
    truncated SVD), `normalise` vectors of length 1, of what is left. `quantise`: numbers of two
    bytes, or of one and a scale for each word. `language`: which one a folder for spaCy or the hub
    names. `progress` is called with the bytes that were written, `notify` with what a person should
    hear. FileExistsError if it is there already; ValueError for a word that would not come back.
    """
    name = _known(format)
    row = VECTOR_FORMATS.get(name) or FOLDER_FORMATS[name]
    options = VectorChangeConfig(
        spaces=spaces, normalise=normalise, reduce=reduce, quantise=quantise, language=language
    )
    check_options(name, options)
    vectors = changed(vectors, options)
    try:
        _check_words(vectors, name, any_word=row.any_word)
    except ValueError as error:
        raise ValueError(str(error) + f"; {os.fspath(path)} is not written") from None
    with ExitStack() as written:  # all, or none
        if isinstance(row, FolderFormat):
            folder = written.enter_context(new_folder(path, overwrite=overwrite))
        else:
            file = new_file(Path(path), overwrite=overwrite, progress=progress)
            handle = written.enter_context(file)
        if counts is not None:
            beside = written.enter_context(new_file(Path(counts), overwrite=overwrite))
            write_counts(vectors, beside)
        if isinstance(row, FolderFormat):
            row.write(vectors, folder, options)
            return
        if row.beside is not None:
            place = Path(path).with_name(row.beside)
            row.write_beside(vectors, written.enter_context(new_file(place, overwrite=overwrite)))
        row.write(vectors, handle, options.quantise)


def check_options(format: str, options: VectorChangeConfig) -> None:
    """ValueError for what a format has no place for; it may be any name."""
    tables = VECTOR_FORMATS | FOLDER_FORMATS
    if options.quantise != "none" and not (format in tables and tables[format].quantises):
        others = ", ".join(name for name, row in tables.items() if row.quantises)
        raise ValueError(f"{format} has no numbers of {options.quantise}; {others} do")
    if options.language is not None:
        if format not in FOLDER_FORMATS:
            raise ValueError(f"{format} names no language; {', '.join(FOLDER_FORMATS)} do")
        FOLDER_FORMATS[format].check_language(options.language)


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


def _known(format: str) -> str:
    """The name of a format as the tables have it."""
    name, names = format.casefold().replace("_", "-"), (*VECTOR_FORMATS, *FOLDER_FORMATS)
    if name not in names:  # as config.choice has it
        raise ValueError(f"there is no format {name!r}; there are {', '.join(names)}")
    return name


def _check_words(vectors: WordVectors, format: str, *, any_word: bool) -> None:
    """ValueError that names the first word this format would not give back."""
    for word in vectors.vocab.tokens:
        if not any_word and (not word or BLANK.search(word)):
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
