"""KeyQueries: what one asks of keys and their vectors: similarities, nearest keys, odd ones out.

In: keys, rows or vectors. Out: floats, arrays, keys with their similarity, the nearest first and of
equals the one of the lower row. Scores of whole files of questions are key_evaluation.py's.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.compat.gensim.models.key_table import KEY_TYPES, REAL, KeyTable
from textseq.vectors.questions import largest
from textseq.vectors.rows import divisors

logger = logging.getLogger(__name__)

_MUL_EPSILON = 1e-6  # of 3CosMul


def _as_list(keys: Any) -> list[Any]:
    """A key, a vector, a matrix or several of all kinds as a list."""
    if keys is None:
        return []
    if isinstance(keys, KEY_TYPES) or getattr(keys, "ndim", 0) == 1:
        return [keys]
    return list(keys)


def _unit(vector: NDArray[Any]) -> NDArray[Any]:
    unit: NDArray[Any] = vector / (np.linalg.norm(vector) or 1)
    return unit.astype(vector.dtype if vector.dtype.kind == "f" else float, copy=False)


def _cosine(one: NDArray[Any], other: NDArray[Any]) -> Any:
    """In float64, so that the cosine of a vector with itself is 1, and given in its own type."""
    exact = _unit(one.astype(np.float64)) @ _unit(other.astype(np.float64))
    return np.result_type(one, other).type(exact)


class KeyQueries(KeyTable):
    """Questions about similarity."""

    def get_mean_vector(
        self,
        keys: Sequence[Any],
        weights: Any = None,
        pre_normalize: bool = True,
        post_normalize: bool = False,
        ignore_missing: bool = True,
    ) -> NDArray[Any]:
        """The mean of keys and vectors, (vector_size,), by the sum of the weights' sizes.

        `pre_normalize` scales the vectors of keys to length 1, not those that are given. ValueError
        for none, or another number of weights; KeyError for a missing key that is not ignored.
        """
        if len(keys) == 0:
            raise ValueError("cannot compute mean with no input")
        weights = np.ones(len(keys)) if weights is None else np.asarray(weights)
        if len(weights) != len(keys):
            raise ValueError("keys and weights array must have same number of elements")
        mean, total = np.zeros(self.vector_size, self._vectors.dtype), 0.0
        for key, weight in zip(keys, weights, strict=True):
            if isinstance(key, np.ndarray) or key in self:
                given = isinstance(key, np.ndarray)
                mean += weight * (key if given else self.get_vector(key, norm=pre_normalize))
                total += abs(weight)
            elif not ignore_missing:
                raise KeyError(f"Key '{key}' not present in vocabulary")
        mean /= total or 1
        return _unit(mean).astype(REAL) if post_normalize else mean

    # ---- the nearest

    def most_similar(
        self,
        positive: Any = None,
        negative: Any = None,
        topn: int | None = 10,
        clip_start: int = 0,
        clip_end: int | None = None,
        restrict_vocab: int | None = None,
        indexer: Any = None,
    ) -> Any:
        """The `topn` keys of largest cosine to a weighted mean, as (key, cosine); no key of it.

        `positive` and `negative`: keys, rows or vectors, alone, in lists, or with a weight in place
        of 1 and -1, as (key, weight). Only the rows clip_start..clip_end, or the first
        `restrict_vocab`, are looked at. `topn` None gives the cosines of all of these, an array.
        """
        if isinstance(topn, Integral) and topn < 1:
            return []
        items = [(item, 1.0) for item in _as_list(positive)]
        items += [(item, -1.0) for item in _as_list(negative)]
        pairs = [
            (item, weight) if isinstance(item, (*KEY_TYPES, np.ndarray)) else (item[0], item[1])
            for item, weight in items
        ]
        keys = [key for key, _ in pairs]
        mean = self.get_mean_vector(
            keys, [weight for _, weight in pairs], post_normalize=True, ignore_missing=False
        )
        if indexer is not None and isinstance(topn, int):
            return indexer.most_similar(mean, topn)
        start, stop = (0, restrict_vocab) if restrict_vocab else (clip_start, clip_end or len(self))
        cosines = self._cosines(mean, start, stop)
        if not topn:
            return cosines
        asked = {self.get_index(key) - start for key in keys if isinstance(key, KEY_TYPES)}
        return self._best(cosines, int(topn), asked, start)

    def _cosines(self, unit: NDArray[Any], start: int = 0, stop: int | None = None) -> NDArray[Any]:
        self.fill_norms()
        assert self.norms is not None
        cosines: NDArray[Any] = self._vectors[start:stop] @ unit
        return cosines / divisors(self.norms[start:stop])

    def _best(
        self, scores: NDArray[Any], n: int, barred: Collection[int], start: int = 0
    ) -> list[tuple[Any, float]]:
        """The `n` best keys by (-score, row) without the `barred` rows; row 0 is key `start`."""
        out = [row for row in barred if 0 <= row < len(scores)]
        allowed = scores.copy()
        allowed[out] = -np.inf
        rows = largest(allowed, n)
        return [(self.index_to_key[row + start], float(scores[row])) for row in rows]

    def similar_by_key(
        self, key: Any, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> Any:
        """`most_similar` to one key."""
        return self.most_similar([key], topn=topn, restrict_vocab=restrict_vocab)

    def similar_by_word(
        self, word: Any, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> Any:
        """`similar_by_key`."""
        return self.similar_by_key(word, topn, restrict_vocab)

    def similar_by_vector(
        self, vector: NDArray[Any], topn: int | None = 10, restrict_vocab: int | None = None
    ) -> Any:
        """`most_similar` to a vector."""
        return self.most_similar([vector], topn=topn, restrict_vocab=restrict_vocab)

    def most_similar_cosmul(
        self,
        positive: Any = None,
        negative: Any = None,
        topn: int | None = 10,
        restrict_vocab: int | None = None,
    ) -> Any:
        """As `most_similar`, by 3CosMul (Levy & Goldberg 2014): products in place of the mean.

        Vectors are taken at the length that they have.
        """
        if isinstance(topn, Integral) and topn < 1:
            return []
        near, far = _as_list(positive), _as_list(negative)
        if not near:
            raise ValueError("cannot compute similarity with no input")
        factors = [
            (1 + self._cosines(self._unit_of(key), stop=restrict_vocab)) / 2 for key in near + far
        ]
        scores = np.prod(factors[: len(near)], axis=0)
        scores = scores / (np.prod(factors[len(near) :], axis=0) + _MUL_EPSILON)
        if not topn:
            return scores
        asked = {self.get_index(key) for key in near + far if isinstance(key, KEY_TYPES)}
        return self._best(scores, int(topn), asked)

    def _unit_of(self, key: Any) -> NDArray[Any]:
        return self.get_vector(key, norm=True) if isinstance(key, KEY_TYPES) else key

    # ---- two or a few of them

    def similarity(self, w1: Any, w2: Any) -> Any:
        """The cosine of two keys."""
        return _cosine(self[w1], self[w2])

    def distance(self, w1: Any, w2: Any) -> Any:
        """1 - the cosine of two keys."""
        return 1 - self.similarity(w1, w2)

    def n_similarity(self, ws1: Sequence[Any], ws2: Sequence[Any]) -> Any:
        """The cosine of the means of two lists of keys; ZeroDivisionError for an empty one."""
        if not (len(ws1) and len(ws2)):
            raise ZeroDivisionError("At least one of the passed list is empty.")
        one, other = (self.get_mean_vector(keys, pre_normalize=False) for keys in (ws1, ws2))
        return _cosine(one, other)

    @staticmethod
    def cosine_similarities(vector_1: NDArray[Any], vectors_all: NDArray[Any]) -> NDArray[Any]:
        """The cosines of a vector (D,) and each row of a matrix (n, D)."""
        lengths = divisors(np.linalg.norm(vectors_all, axis=1))
        cosines: NDArray[Any] = vectors_all @ vector_1 / ((np.linalg.norm(vector_1) or 1) * lengths)
        return cosines

    def distances(self, word_or_vector: Any, other_words: Sequence[Any] = ()) -> NDArray[Any]:
        """1 - the cosines of a key or vector and other keys, or all of them."""
        given = isinstance(word_or_vector, KEY_TYPES)
        vector = self.get_vector(word_or_vector) if given else word_or_vector
        rows = [self.get_index(word) for word in other_words] if len(other_words) else slice(None)
        return 1 - self.cosine_similarities(vector, self._vectors[rows])

    def most_similar_to_given(self, key1: Any, keys_list: Sequence[Any]) -> Any:
        """The key of a list that is nearest to `key1`."""
        return keys_list[int(np.argmax([self.similarity(key1, key) for key in keys_list]))]

    def closer_than(self, key1: Any, key2: Any) -> list[Any]:
        """The keys that are nearer to `key1` than `key2` is."""
        distances, own = self.distances(key1), self.get_index(key1)
        rows = np.flatnonzero(distances < distances[self.get_index(key2)])
        return [self.index_to_key[row] for row in rows.tolist() if row != own]

    def rank(self, key1: Any, key2: Any) -> int:
        """The how-manieth nearest key to `key1` is `key2`, from 1."""
        return len(self.closer_than(key1, key2)) + 1

    def rank_by_centrality(
        self, words: Iterable[Any], use_norm: bool = True
    ) -> list[tuple[Any, Any]]:
        """(cosine to the mean of all, key), the nearest first; ValueError for no known key."""
        words = list(words)
        known = [word for word in words if word in self]
        if len(known) < len(words):
            unknown = set(words) - set(known)
            logger.warning("there are no vectors for %s; they are left out", unknown)
        if not known:
            raise ValueError("cannot select a word from an empty list")
        rows = np.vstack([self.get_vector(word, norm=use_norm) for word in known]).astype(REAL)
        mean = self.get_mean_vector(rows, post_normalize=True)  # type: ignore[arg-type]
        return sorted(zip(rows @ mean, known, strict=True), reverse=True)

    def doesnt_match(self, words: Iterable[Any]) -> Any:
        """The key that is farthest from the mean of all."""
        return self.rank_by_centrality(words)[-1][1]

    def relative_cosine_similarity(self, wa: Any, wb: Any, topn: int = 10) -> float:
        """The cosine of two keys over the sum of the `topn` largest ones of the first.

        Leeuwenberg et al. (2016), equation 1.
        """
        nearest = self.similar_by_key(wa, topn)
        if not nearest:
            raise ValueError(
                "Cannot calculate relative cosine similarity without any similar words."
            )
        of_nearest = sum(cosine for _, cosine in nearest)
        return float(self.similarity(wa, wb) / of_nearest)

    def wmdistance(
        self, document1: Iterable[Any], document2: Iterable[Any], norm: bool = True
    ) -> float:
        """Word Mover's Distance of two lists of keys (Kusner et al. 2015); inf for unknown ones."""
        from scipy.spatial.distance import cdist

        from textseq.vectors.word_movers import transport_cost

        known = [[key for key in document if key in self] for document in (document1, document2)]
        if not all(known):
            logger.warning("at least one document has no words that are known")
            return float("inf")
        kinds = [list(dict.fromkeys(document)) for document in known]
        if len(set(kinds[0] + kinds[1])) == 1:
            return 0.0
        one, other = ([self.get_vector(key, norm) for key in keys] for keys in kinds)
        costs = np.asarray(cdist(np.array(one), np.array(other)), np.float64)
        if abs(costs.sum()) < 1e-8:
            return float("inf")  # as gensim has it
        shares = [
            np.array([document.count(key) for key in keys]) / len(document)
            for document, keys in zip(known, kinds, strict=True)
        ]
        return transport_cost(shares[0], shares[1], costs)
