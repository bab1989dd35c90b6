"""Alignment: two sets of word vectors in one space, by an orthogonal map.

In: two WordVectors that share words. Out: the second one turned (and perhaps mirrored) into the
space of the first; no cosine among its own words changes. Nothing is measured here (`change.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.text.notices import notify
from textseq.vectors.word_vectors import WordVectors

_ROWS_AT_ONCE = 1 << 14


def procrustes(source: NDArray[Any], target: NDArray[Any]) -> NDArray[np.float64]:
    """The orthogonal matrix W, (dim, dim), for which `source @ W` is nearest to `target`.

    Both are (n, dim), row by row about the same thing. Nearest in the sum of squared differences
    (Schönemann 1966): with the singular value decomposition source.T @ target = U S V.T it is
    U V.T. A mirror image is allowed. ValueError where the shapes disagree.
    """
    if source.shape != target.shape or source.ndim != 2:
        raise ValueError(f"rows of shapes {source.shape} and {target.shape} cannot be aligned")
    product = np.zeros((source.shape[1],) * 2)
    for start in range(0, len(source), _ROWS_AT_ONCE):
        block = slice(start, start + _ROWS_AT_ONCE)
        product += source[block].astype(np.float64).T @ target[block].astype(np.float64)
    left, _, right = np.linalg.svd(product)
    turned: NDArray[np.float64] = left @ right
    return turned


def shared_rows(a: WordVectors, b: WordVectors) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows in `a` and in `b` of the words that both have, in the order of `a`."""
    of_b = b.vocab.ids
    rows = [(row, of_b[word]) for row, word in enumerate(a.vocab.tokens) if word in of_b]
    both = np.array(rows, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def align(a: WordVectors, b: WordVectors) -> WordVectors:
    """The vectors `b` in the space of `a`: turned by `turn_onto`, and output vectors along.

    Lengths and cosines within `b` stay, as do its words that `a` has not.
    """
    turn, n_words = turn_onto(a, b)
    return WordVectors(
        b.vocab, _turned(b.vectors, turn),
        config=b.config | {"aligned": {"words": n_words}},
        output_vectors=None if b.output_vectors is None else _turned(b.output_vectors, turn),
    )  # fmt: skip


def turn_onto(a: WordVectors, b: WordVectors) -> tuple[NDArray[np.float64], int]:
    """The map that brings the words of `b` as near as can be to the same ones of `a`, and how many
    words decided it.

    It is the `procrustes` of the shared words, each at length 1, so that no long vector has more
    say than another; they are not centred, since cosines are measured from the origin. ValueError
    where the dimensions differ or no word is shared; a notice where fewer words are shared than
    there are dimensions, which leaves the map partly undetermined.
    """
    if a.dim != b.dim:
        raise ValueError(
            f"vectors of dim {a.dim} and {b.dim} cannot be aligned: a rotation needs equal ones"
        )
    rows_a, rows_b = rows_with_direction(a, b)
    if len(rows_a) < a.dim:
        notify(
            f"fewer words are shared ({len(rows_a):,}) than there are dimensions ({a.dim}): they "
            "lie nearer to each other than other words would"
        )
    return procrustes(b.units(rows_b), a.units(rows_a)), len(rows_a)


def rows_with_direction(
    a: WordVectors, b: WordVectors
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The `shared_rows` whose vectors are not zero on either side; ValueError where none is."""
    rows_a, rows_b = shared_rows(a, b)
    if not len(rows_a):
        raise ValueError(
            f"no word is shared: one has {_examples(a)}, the other {_examples(b)}; capitals count"
        )
    has_direction = (a.norms[rows_a] > 0) & (b.norms[rows_b] > 0)
    if not has_direction.any():
        raise ValueError(
            f"each of the {len(rows_a):,} shared words has a vector of zeros on one side"
        )
    return rows_a[has_direction], rows_b[has_direction]


def _examples(vectors: WordVectors) -> str:
    return ", ".join(repr(word[:30]) for word in vectors.vocab.tokens[:3])


def _turned(rows: NDArray[np.float32], turn: NDArray[np.float64]) -> NDArray[np.float32]:
    turned = np.empty(rows.shape, np.float32)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = slice(start, start + _ROWS_AT_ONCE)
        turned[block] = rows[block].astype(np.float64) @ turn
    return turned
