"""Changed vectors: of length 1, of fewer dimensions, or with other white space in their words.

In: vectors. Out: others of the same words. Nothing is trained and no word is left out.
"""

from __future__ import annotations

import re

import numpy as np

from textseq.config import VectorChangeConfig
from textseq.text.vocab import Vocab
from textseq.vectors.principal import along, blocks_of, inner_products, principal_axes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import WordVectors

BLANK = re.compile(r"[ \t\n\v\f\r]")  # where the readers of files of text cut
_BLANKS = re.compile(r"[ \t\n\v\f\r]+")


def changed(vectors: WordVectors, options: VectorChangeConfig) -> WordVectors:
    """The vectors as these options want them, but for how their numbers are stored."""
    if options.spaces is not None:
        vectors = replace_spaces(vectors, options.spaces)
    if options.reduce is not None:
        vectors = reduce(vectors, options.reduce)
    return normalise(vectors) if options.normalise else vectors


def replace_spaces(vectors: WordVectors, instead: str) -> WordVectors:
    """The vectors with `instead` for white space inside words; ValueError where two become one."""
    if not instead or BLANK.search(instead):
        raise ValueError(f"spaces is {instead!r}; something without white space works, such as '_'")
    words = vectors.vocab.tokens
    joined = [_BLANKS.sub(instead, word) if BLANK.search(word) else word for word in words]
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


def normalise(vectors: WordVectors) -> WordVectors:
    """The vectors scaled to length 1, zero vectors left zero; without n-grams, which add up."""
    return WordVectors(vectors.vocab, vectors.units(slice(None)), config=vectors.config)


def reduce(vectors: WordVectors, dim: int) -> WordVectors:
    """The vectors on their `dim` directions of largest squared length, and their n-grams with them.

    That is a truncated SVD: PCA without centering, so that the dot products of words stay as they
    are as far as `dim` numbers can tell them (Eckart & Young, 1936). ValueError for more
    dimensions than there are.
    """
    if not 0 < dim <= vectors.dim:
        raise ValueError(f"{vectors.dim} dimensions cannot be reduced to {dim}")
    products = inner_products(blocks_of(vectors.vectors), vectors.dim)
    if not np.isfinite(products).all():
        _ = vectors.norms  # the error that says which word it is
    axes = principal_axes(products, dim)
    rows = along(vectors.vectors, axes)
    if not isinstance(vectors, SubwordVectors):
        return WordVectors(vectors.vocab, rows, config=vectors.config)
    table = vectors.subwords  # the mean of what was moved is what was moved of the mean
    moved = NgramTable(table.hashes, along(table.rows, axes), table.buckets)
    return SubwordVectors(vectors.vocab, rows, moved, config=vectors.config)
