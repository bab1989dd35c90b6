"""Changed vectors: of length 1, or of fewer dimensions.

In: vectors. Out: others of the same words. Nothing is trained and no word is left out.
"""

from __future__ import annotations

import numpy as np

from textseq.vectors.principal import along, blocks_of, inner_products, principal_axes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import WordVectors


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
