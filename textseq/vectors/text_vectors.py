"""TextVectors: one vector for a text, made of those of its words.

In: WordVectors, and texts as strings (cut as the corpus was) or as tokens. Out: a row for each
text, the similarity of two, the words near one. The methods are the mean and SIF, smooth inverse
frequency (Arora, Liang & Ma 2017). Word mover's distance, which has no vectors of texts, is in
word_movers.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Self

import numpy as np
from numpy.typing import NDArray

from textseq.advice import either
from textseq.config import TextVectorConfig
from textseq.text.given import as_items
from textseq.vectors.preparation import Preparation
from textseq.vectors.principal import inner_products, principal_axes
from textseq.vectors.questions import Neighbour
from textseq.vectors.rows import unit_vector
from textseq.vectors.word_vectors import WordVectors

Text = str | Sequence[str]
_TEXTS_AT_ONCE = 512
_TOKENS_AT_ONCE = 1 << 14


class TextVectors:
    """Vectors of texts, (dim,) each; zeros for a text without a word that has a vector.

    "mean" is the mean of the vectors of the words. "sif" weighs each word by a / (a + p), where p
    is its share of the corpus and a `smoothing`; and less their part along the direction that many
    texts have in common, once `fit` has found it.
    """

    def __init__(self, vectors: WordVectors, config: TextVectorConfig | None = None) -> None:
        """ValueError for SIF of vectors without counts."""
        self.words = vectors
        self.config = TextVectorConfig() if config is None else config
        self.preparation = Preparation(vectors)
        self.common: NDArray[np.float64] | None = None  # (dim,), of length 1
        self._weights: NDArray[np.float64] | None = None
        if self.config.method == "sif":
            if not vectors.vocab.counts.any():
                raise ValueError(
                    "SIF weighs words by their counts, and these vectors come without; "
                    + either("add_counts", "`textseq convert --counts FILE`")
                    + " adds them"
                )
            a = self.config.smoothing
            self._weights = a / (a + vectors.vocab.frequencies())

    def fit(self, texts: Iterable[Text]) -> Self:
        """Find what the vectors of texts have in common: their first principal component.

        As in the paper, about the origin and not about their mean.
        """
        self.common = None
        products = inner_products(self.stream(texts), self.words.dim)
        if products.any():
            self.common = principal_axes(products, 1)[:, 0]
        return self

    def vectors(self, texts: Iterable[Text]) -> NDArray[np.float32]:
        """The vectors of texts, (n, dim); a text's does not depend on the others."""
        blocks = list(self.stream(texts))
        return np.concatenate(blocks) if blocks else np.zeros((0, self.words.dim), np.float32)

    def stream(self, texts: Iterable[Text]) -> Iterator[NDArray[np.float32]]:
        """`vectors` in blocks of some hundred texts, for more than memory holds."""
        rest = iter(as_items(texts, "texts"))
        while block := list(islice(rest, _TEXTS_AT_ONCE)):
            yield np.array([self._vector(text) for text in block], np.float32)

    def _vector(self, text: Text) -> NDArray[np.float64]:
        return self._mean(self.preparation.rows(text))

    def _mean(self, rows: list[int]) -> NDArray[np.float64]:
        """The vector of a text of these words, (dim,); ValueError for NaN in those of its words."""
        total = np.zeros(self.words.dim)
        for start in range(0, len(rows), _TOKENS_AT_ONCE):
            some = rows[start : start + _TOKENS_AT_ONCE]
            weights = np.ones(len(some)) if self._weights is None else self._weights[some]
            total += weights @ self.words.vectors[some].astype(np.float64)
        if not np.isfinite(total).all():
            self.words.units(list(rows))  # which names the word whose vector holds no numbers
        total /= max(len(rows), 1)
        return total if self.common is None else total - total @ self.common * self.common

    def similarity(self, a: Text, b: Text) -> float:
        """Cosine of two texts, -1..1; 0 where one has no word with a vector."""
        dim = self.words.dim
        unit_a, unit_b = (unit_vector(self._vector(t), dim).astype(np.float64) for t in (a, b))
        return float(np.clip(unit_a @ unit_b, -1.0, 1.0))

    def nearest(
        self,
        texts: Iterable[Text],
        n: int | None = None,
        *,
        exclude: Iterable[str] = (),
        restrict: int | None = None,
        threshold: float | None = None,
        pattern: str | re.Pattern[str] | None = None,
        approximate: bool = False,
    ) -> list[list[Neighbour]]:
        """For each text, the words nearest to it, without its own; see `WordVectors.nearest`."""
        cut = [self.preparation.rows(text) for text in as_items(texts, "texts")]
        units = [unit_vector(self._mean(rows), self.words.dim) for rows in cut]
        return self.words.neighbours_of(
            np.array(units, np.float32).reshape(-1, self.words.dim), [set(rows) for rows in cut],
            n, exclude, restrict, threshold, pattern, approximate,
        )  # fmt: skip
