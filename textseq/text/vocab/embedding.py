"""Embedding: a matrix of pre-trained vectors in the order of a Vocab.

In: a Vocab and a table of word vectors. Out: the matrix that an embedding layer starts from, and
how much of the text has a vector. It reads no files and trains nothing; any object with
`vocab.ids` and `vectors` will do, so that this room need not know the room of word vectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from textseq.config import choice
from textseq.text.vocab.korean_forms import switch_spelling

OutOfVocabulary = Literal["zeros", "normal", "mean"]
_ROWS_AT_ONCE = 1 << 14  # vectors may be mapped from disk and larger than memory


class _IdOfWord(Protocol):
    @property
    def ids(self) -> Mapping[str, int]: ...


class CountedTokens(Protocol):
    """What is asked of a Vocab, which imports this module."""

    counts: NDArray[np.int64]

    @property
    def tokens(self) -> list[str]: ...
    def __len__(self) -> int: ...
    @property
    def special_ids(self) -> tuple[int, ...]: ...
    @property
    def pad_id(self) -> int | None: ...
    @property
    def unk_id(self) -> int | None: ...


class VectorTable(Protocol):
    """What is asked of a table of vectors: `vocab.ids[token]` is a row of `vectors`, (n, D)."""

    @property
    def vocab(self) -> _IdOfWord: ...

    @property
    def vectors(self) -> NDArray[np.float32]: ...


def build_embedding_matrix(
    vocab: CountedTokens,
    vectors: VectorTable,
    oov: OutOfVocabulary = "zeros",
    *,
    seed: int = 1,
    scale: float | None = None,
    lower: bool = False,
) -> NDArray[np.float32]:
    """As `Vocab.embedding_matrix`; ValueError where a vector holds NaN or inf."""
    oov = choice("oov", oov, OutOfVocabulary)
    if scale is not None and not 0 <= scale < np.inf:
        raise ValueError(f"scale is {scale}; it is a standard deviation, 0 or more")
    rows = find_vector_rows(vocab, vectors, lower=lower)
    known, missing = np.flatnonzero(rows >= 0), np.flatnonzero(rows < 0)
    table = vectors.vectors
    matrix = np.zeros((len(vocab), table.shape[1]), np.float32)
    matrix[known] = table[rows[known]]
    bad = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if bad.size:
        raise ValueError(
            f"{bad.size:,} of {known.size:,} vectors hold NaN or inf; the first is that of "
            f"{vocab.tokens[int(bad[0])]!r}"
        )
    if oov == "mean" and missing.size:
        matrix[missing] = _mean_and_std(table)[0]
    elif oov == "normal" and missing.size:
        scale = _mean_and_std(table)[1] if scale is None else scale
        drawn = np.random.default_rng(seed).standard_normal((missing.size, table.shape[1]))
        matrix[missing] = scale * drawn
    if vocab.pad_id is not None:
        matrix[vocab.pad_id] = 0
    return matrix


def measure_coverage(vocab: CountedTokens, vectors: VectorTable, *, lower: bool = False) -> float:
    """As `Vocab.coverage`."""
    weights = vocab.counts.astype(np.float64)
    special = np.zeros(len(vocab), np.bool_)
    special[list(vocab.special_ids)] = True
    found = (find_vector_rows(vocab, vectors, lower=lower) >= 0) & ~special
    if not weights.any():
        weights = (~special).astype(np.float64)
    # Of the specials only <unk> stands for words.
    if vocab.unk_id is not None:
        special[vocab.unk_id] = False
    total = float(weights[~special].sum())
    return float(weights[found].sum()) / total if total else 0.0


def find_vector_rows(
    vocab: CountedTokens, vectors: VectorTable, *, lower: bool = False
) -> NDArray[np.int64]:
    """The row of `vectors` for each token, (V,); -1 where there is none.

    Korean forms are found in either spelling.
    """
    ids = vectors.vocab.ids
    rows = np.fromiter((ids.get(token, -1) for token in vocab.tokens), np.int64, len(vocab))
    for word_id in np.flatnonzero(rows < 0).tolist():
        token = vocab.tokens[word_id]
        if not token.isascii():
            rows[word_id] = ids.get(switch_spelling(token), -1)
    if lower:
        special = set(vocab.special_ids)
        for word_id in np.flatnonzero(rows < 0).tolist():
            if word_id not in special:
                rows[word_id] = ids.get(vocab.tokens[word_id].lower(), -1)
    return rows


def _mean_and_std(table: NDArray[Any]) -> tuple[NDArray[np.float64], float]:
    """The mean vector, (D,), and the standard deviation of all numbers; in float64."""
    sums, squares = np.zeros(table.shape[1], np.float64), 0.0
    for start in range(0, len(table), _ROWS_AT_ONCE):
        block = np.asarray(table[start : start + _ROWS_AT_ONCE], np.float64)
        sums += block.sum(axis=0)
        squares += float((block**2).sum())
    n = max(len(table), 1)
    mean_of_all = float(sums.sum()) / max(table.size, 1)
    variance = squares / max(table.size, 1) - mean_of_all**2
    return sums / n, float(np.sqrt(max(variance, 0.0)))
