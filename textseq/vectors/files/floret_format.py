"""floret's text format: a table of n-grams, and no words.

A header line (rows, dim, minn, maxn, hashes, seed, the signs around a word), then a line for each
row, its number first. Of which words `nearest` looks for answers, a file of words has to say.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO, Any

import numpy as np

from textseq.advice import advise
from textseq.text.vocab import Vocab
from textseq.vectors.files.chosen_words import read_words
from textseq.vectors.files.text_rows import read_rows, write_rows
from textseq.vectors.files.vector_file import LARGEST_DIM, VectorFile
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import WordVectors

_HEADER = re.compile(
    rb"(\d{1,10}) (\d{1,7}) (\d{1,3}) (\d{1,3}) ([1-4]) (\d{1,10}) ([^\s]+) ([^\s]+) ?\r?\n"
)
_LONGEST_HEADER = 400  # bytes


def matches(start: bytes) -> bool:
    """Whether a file begins with floret's header."""
    return _HEADER.match(start[:_LONGEST_HEADER]) is not None


def read(source: VectorFile) -> WordVectors:
    """The words that the options name, made of the table; ValueError says what is wrong."""
    header = _HEADER.fullmatch(source.readline(_LONGEST_HEADER))
    if header is None:
        raise source.failure("does not begin with a header of floret")
    bucket, dim, minn, maxn, hash_count, seed = map(int, header.groups()[:6])
    if not 0 < dim <= LARGEST_DIM or not bucket:
        raise source.failure(f"its header claims {bucket:,} rows of dim {dim:,}")
    if source.size is not None and bucket * 2 * (dim + 1) > source.size:
        raise source.failure(f"is too short for the {bucket:,} rows that its header claims")
    numbers, rows = read_rows(source, bucket, dim, n_lines=1)
    wrong = next((row for row, number in enumerate(numbers) if number != b"%d" % row), None)
    if wrong is not None:
        raise source.failure(f"row {wrong:,} has the number {numbers[wrong][:40]!r}")
    try:
        bow, eow = (sign.decode() for sign in header.groups()[6:])
        hashes = NgramHashes("floret", bucket, minn, maxn, hash_count, seed, bow, eow)
    except ValueError as error:
        raise source.failure(str(error)) from None
    if source.options.only_words is None:
        raise source.failure(
            "has n-grams and no words; "
            + advise("only_words", "FILE")
            + " names the words to look for"
        )
    words = read_words(source.options.only_words)[: source.options.limit]
    return words_of_table(
        NgramTable(hashes, rows), words, {"read_from": source.path.name}, source.path
    )


def words_of_table(
    table: NgramTable, words: list[str], config: dict[str, Any], path: Path
) -> SubwordVectors:
    """The vectors of these words, made of a table of n-grams that was read from `path`."""
    made = [
        table.means(words[k : k + _WORDS_AT_ONCE])[0] for k in range(0, len(words), _WORDS_AT_ONCE)
    ]
    return SubwordVectors(
        Vocab(words, specials=()), np.concatenate(made), table, config=config, path=path
    )


_WORDS_AT_ONCE = 1 << 12


def write(vectors: WordVectors, handle: IO[bytes]) -> None:
    """Write the table; ValueError for vectors without n-grams hashed as floret does."""
    if not isinstance(vectors, SubwordVectors) or vectors.subwords.hashes.kind != "floret":
        raise ValueError("only vectors that floret made can be written as floret: its n-grams")
    hashes, rows = vectors.subwords.hashes, vectors.subwords.rows
    head = (hashes.bucket, vectors.dim, hashes.minn, hashes.maxn, hashes.hash_count, hashes.seed)
    handle.write(f"{' '.join(map(str, head))} {hashes.bow} {hashes.eow}\n".encode())
    write_rows([str(row) for row in range(hashes.bucket)], rows[:], handle)
