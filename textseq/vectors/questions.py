"""Questions: what one asks of words that have vectors.

In: words, sums of words and vectors, and a table of unit vectors (`WordVectors` is one). Out:
neighbours, analogies, similarities, ranks. Words are spelled as the vocabulary has them
(query_words.py finds the spelling), texts are the business of text_vectors.py.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from numbers import Real
from typing import Any, Literal, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from textseq.advice import advise
from textseq.config import choice
from textseq.text.given import as_items
from textseq.text.vocab import Vocab
from textseq.vectors.rows import unit_vector
from textseq.vectors.search.candidates import MUL_EPSILON

AnalogyMethod = Literal["3cosadd", "3cosmul"]
# What sums are made of: a word, a vector (dim,), or one of them with its weight.
Term = str | NDArray[Any] | tuple[str | NDArray[Any], float]

N_ANSWERS = 10
_SCORES_AT_ONCE = 1 << 24  # 64 MB of float32
_FIRST_OF_INDEX = 64  # nearest that an index is asked for first, where a threshold says how many
_ROWS_AT_ONCE = 1 << 16


class Neighbour(NamedTuple):
    """A word and how near it is: the cosine, or the score of the analogy method."""

    word: str
    similarity: float


def cos_mul(
    cos_a: NDArray[np.float32], cos_b: NDArray[np.float32], cos_c: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The 3CosMul score of candidates from their cosines with a, b and c, moved to 0..1."""
    near_a, near_b, near_c = ((cosines + 1) / 2 for cosines in (cos_a, cos_b, cos_c))
    scores: NDArray[Any] = near_b * near_c / (near_a + MUL_EPSILON)
    return scores


def largest(scores: NDArray[np.float32], n: int) -> list[int]:
    """Positions of the `n` largest scores, falling; equal ones in their order, -inf left out."""
    n = min(n, int(np.count_nonzero(scores > -np.inf)))
    if n <= 0:
        return []
    # All that reach the n-th best score, so that a tie at the edge is cut by order, not by luck.
    found = np.flatnonzero(scores >= np.partition(scores, -n)[-n])
    chosen: list[int] = found[np.argsort(-scores[found], kind="stable")][:n].tolist()
    return chosen


class Questions(ABC):
    """The questions; what is asked has a vector for each word of `vocab`, most frequent first."""

    vocab: Vocab
    _matches: tuple[re.Pattern[str], int, NDArray[np.intp]] | None = None  # of the last pattern

    @property
    @abstractmethod
    def dim(self) -> int:
        """Length of a vector."""

    @abstractmethod
    def word_id(self, word: str) -> int:
        """The row of a word; UnknownWordError if it has none."""

    @abstractmethod
    def units(self, word_ids: list[int] | slice | NDArray[np.integer]) -> NDArray[np.float32]:
        """Vectors of these rows scaled to length 1, (n, dim)."""

    @abstractmethod
    def _ids_of(self, words: Iterable[str]) -> set[int]:
        """Rows of the words that have one."""

    @abstractmethod
    def _top(
        self, units: NDArray[np.float32], n: int, limit: int, barred: Sequence[Collection[int]]
    ) -> list[list[Neighbour]]:
        """For each of unit vectors (B, dim), the `n` nearest of the first `limit` words."""

    @abstractmethod
    def _top_by_index(
        self, units: NDArray[np.float32], n: int, barred: Sequence[Collection[int]]
    ) -> list[list[Neighbour]]:
        """For each of unit vectors (B, dim), most of the `n` nearest words."""

    @abstractmethod
    def _nearer(self, pairs: Sequence[tuple[int, int]]) -> list[NDArray[np.int64]]:
        """For each pair of ids the rows, rising, that are nearer to the first than the second."""

    @abstractmethod
    def _by_nearness(self, word_id: int, ids: NDArray[np.int64]) -> list[Neighbour]:
        """The words of these ids, which rise, the nearest to a word first."""

    @abstractmethod
    def _top_mul(
        self,
        near: NDArray[np.float32],
        far: NDArray[np.float32],
        n: int,
        limit: int,
        barred: Sequence[Collection[int]],
    ) -> list[list[Neighbour]]:
        """The same by the 3CosMul score of unit vectors, (B, P, dim) and (B, N, dim)."""

    # ---- pairs of words

    def similarity(self, a: str, b: str) -> float:
        """Cosine of two words, -1..1; 0 where one of them is the zero vector."""
        return float(self.similarities([(a, b)])[0])

    def similarities(self, pairs: Iterable[tuple[str, str]]) -> NDArray[np.float64]:
        """`similarity` of many pairs, (n,)."""
        ids = [[self.word_id(a), self.word_id(b)] for a, b in pairs]
        cosines = np.empty(len(ids), np.float64)
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            units = self._units_of(ids[start : start + _ROWS_AT_ONCE], 2).astype(np.float64)
            cosines[start : start + _ROWS_AT_ONCE] = np.vecdot(units[:, 0], units[:, 1])
        return np.clip(cosines, -1.0, 1.0)

    def rank(self, a: str, b: str) -> int:
        """The position of `b` among the neighbours of `a`, 1 for the nearest; equals share it."""
        return int(self.ranks([(a, b)])[0])

    def ranks(self, pairs: Iterable[tuple[str, str]]) -> NDArray[np.int64]:
        """`rank` of many pairs, (n,)."""
        asked = [(self.word_id(a), self.word_id(b)) for a, b in pairs]
        return np.array([len(ids) + 1 for ids in self._nearer(asked)], np.int64)

    def closer(self, a: str, b: str) -> list[Neighbour]:
        """The words that are nearer to `a` than `b` is, the nearest first, without `a` itself."""
        return self.closer_lists([(a, b)])[0]

    def closer_lists(self, pairs: Iterable[tuple[str, str]]) -> list[list[Neighbour]]:
        """`closer` of many pairs."""
        asked = [(self.word_id(a), self.word_id(b)) for a, b in pairs]
        nearer = self._nearer(asked)
        return [self._by_nearness(a, ids) for (a, _), ids in zip(asked, nearer, strict=True)]

    def odd_one_out(self, words: Sequence[str]) -> str:
        """The word of smallest cosine to the mean direction of all of them; ties to the first."""
        words = [] if isinstance(words, str) else list(as_items(words, "words", "word"))
        if len(words) < 3:
            raise ValueError("the odd one out needs three words or more")
        units = self.units([self.word_id(word) for word in words]).astype(np.float64)
        return words[int(np.argmin(units @ units.mean(axis=0)))]

    # ---- neighbours

    @overload
    def nearest(
        self,
        query: str | NDArray[Any],
        n: int | None = None,
        *,
        exclude: Iterable[str] = (),
        restrict: int | None = None,
        threshold: float | None = None,
        pattern: str | re.Pattern[str] | None = None,
        approximate: bool = False,
    ) -> list[Neighbour]: ...
    @overload
    def nearest(
        self,
        query: list[str] | tuple[str, ...],
        n: int | None = None,
        *,
        exclude: Iterable[str] = (),
        restrict: int | None = None,
        threshold: float | None = None,
        pattern: str | re.Pattern[str] | None = None,
        approximate: bool = False,
    ) -> list[list[Neighbour]]: ...
    def nearest(
        self,
        query: str | NDArray[Any] | list[str] | tuple[str, ...],
        n: int | None = None,
        *,
        exclude: Iterable[str] = (),
        restrict: int | None = None,
        threshold: float | None = None,
        pattern: str | re.Pattern[str] | None = None,
        approximate: bool = False,
    ) -> list[Neighbour] | list[list[Neighbour]]:
        """The `n` words of largest cosine to a word, a vector, or each of several of them.

        A vector is (dim,), several are (B, dim). `n` is 10, or with a `threshold` any number.
        Ties go by frequency. A query word is not its own neighbour, nor is any word of
        `exclude`; `restrict` looks among that many most frequent words only, `threshold` leaves
        out cosines below it, `pattern` words in which this regular expression is not found.
        `approximate` asks the index of the folder (`build_index`), which misses a few of the
        nearest; the cosines of those that it finds are exact.
        """
        own: list[set[int]]
        if isinstance(query, np.ndarray) and query.dtype.kind not in "UTO":
            one = query.ndim == 1
            units = np.array([unit_vector(row, self.dim) for row in np.atleast_2d(query)])
            units, own = units.reshape(-1, self.dim), [set() for _ in units]
        else:
            one = isinstance(query, str)
            words = [query] if isinstance(query, str) else as_items(query, "words", "word")
            word_ids = [self.word_id(word) for word in words]
            units, own = self.units(word_ids), [{word_id} for word_id in word_ids]
        answers = self.neighbours_of(
            units, own, n, exclude, restrict, threshold, pattern, approximate
        )
        return answers[0] if one else answers

    def combine(self, positive: Iterable[Term], negative: Iterable[Term] = ()) -> NDArray[Any]:
        """The sum of `positive` less that of `negative`, (dim,) float64.

        Words count with their vectors scaled to length 1, vectors as they are; (word, 0.5) or
        (vector, 0.5) counts half.
        """
        total, n_terms = np.zeros(self.dim), 0
        for sign, terms in ((1, positive), (-1, negative)):
            for term in _terms(terms):
                what, weight = term if isinstance(term, tuple) else (term, 1.0)
                if not np.isfinite(weight):
                    raise ValueError(f"a weight is {weight}; it is a finite number")
                if isinstance(what, np.ndarray):
                    unit_vector(what, self.dim)  # shape, and numbers that are none
                    row = what.astype(np.float64)
                else:
                    row = self.units([self.word_id(what)])[0].astype(np.float64)
                total += sign * weight * row
                n_terms += 1
        if not n_terms:
            raise ValueError("nothing was given to combine; a word or a vector is due")
        return total

    def nearest_combined(
        self,
        positive: Iterable[Term],
        negative: Iterable[Term] = (),
        n: int | None = None,
        *,
        exclude: Iterable[str] = (),
        restrict: int | None = None,
        threshold: float | None = None,
        pattern: str | re.Pattern[str] | None = None,
        approximate: bool = False,
    ) -> list[Neighbour]:
        """`nearest` of a sum as `combine` makes it; the words in it are not among the answers."""
        positive, negative = _terms(positive), _terms(negative)
        names = [term[0] if isinstance(term, tuple) else term for term in (*positive, *negative)]
        own = self._ids_of(name for name in names if isinstance(name, str))
        total = self.combine(positive, negative)
        unit = unit_vector(total, self.dim)[None]
        return self.neighbours_of(
            unit, [own], n, exclude, restrict, threshold, pattern, approximate
        )[0]

    def neighbours_of(
        self,
        units: NDArray[np.float32],
        own: Sequence[set[int]],
        n: int | None = None,
        exclude: Iterable[str] = (),
        restrict: int | None = None,
        threshold: float | None = None,
        pattern: str | re.Pattern[str] | None = None,
        approximate: bool = False,
    ) -> list[list[Neighbour]]:
        """`nearest` of unit vectors (B, dim); `own`: ids that are no answers, for each."""
        limit = self._limit(n, restrict)
        if threshold is not None and not -1 <= threshold <= 1:
            raise ValueError(f"threshold is {threshold}; it is a cosine, -1 to 1")
        if approximate and not (restrict is None and pattern is None):
            other = advise("restrict") if pattern is None else advise("pattern")
            raise ValueError(
                "an index finds the nearest of all words; " + other
                + " does not go with " + advise("approximate")
            )  # fmt: skip
        if n is None:
            n = N_ANSWERS if threshold is None else limit
        excluded = self._ids_of(exclude)
        barred = [each | excluded for each in own]
        if approximate:
            answers = self._found_by_index(units, min(n, limit), barred, threshold)
        elif pattern is None and n < limit:
            answers = self._top(units, n, limit, barred)
        else:
            ids = np.arange(limit) if pattern is None else self._matching(pattern, limit)
            answers = self._best_among(ids, units, n, barred, threshold)
        if threshold is not None:
            answers = [[each for each in a if each.similarity >= threshold] for a in answers]
        return answers

    def _found_by_index(
        self, units: NDArray[np.float32], n: int, barred: Sequence[Collection[int]],
        threshold: float | None,
    ) -> list[list[Neighbour]]:  # fmt: skip
        """`_top_by_index`; of a threshold, which few reach, it asks for more until one does not."""
        wanted = n if threshold is None else min(n, _FIRST_OF_INDEX)
        answers = self._top_by_index(units, wanted, barred)
        asked = list(range(len(units)))
        while wanted < n and threshold is not None:
            wanted = min(n, 4 * wanted)
            asked = [k for k in asked if answers[k] and answers[k][-1].similarity >= threshold]
            if not asked:
                break
            more = self._top_by_index(units[asked], wanted, [barred[k] for k in asked])
            for k, found in zip(asked, more, strict=True):
                answers[k] = found
        return answers

    def _best_among(
        self, ids: NDArray[np.intp], units: NDArray[np.float32], n: int,
        barred: Sequence[Collection[int]], threshold: float | None = None,
    ) -> list[list[Neighbour]]:  # fmt: skip
        """`_top` among the words with these ids, rising; where all are compared anyway."""
        answers: list[list[Neighbour]] = []
        block = max(1, _SCORES_AT_ONCE // max(1, len(ids)))
        for start in range(0, len(units), block):
            cosines = self._cosines_with(ids, units[start : start + block])
            for row, out in zip(cosines, barred[start : start + block], strict=True):
                row[np.isin(ids, list(out))] = -np.inf
                if threshold is not None:
                    row[row < threshold] = -np.inf
                best = largest(row, n)
                answers.append(self._named(ids[best], row[best]))
        return answers

    def _limit(self, n: int | None, restrict: int | None) -> int:
        """How many rows are looked at."""
        if n is not None and n < 0:
            raise ValueError(f"n is {n}; it cannot be negative")
        if restrict is not None and restrict < 1:
            raise ValueError(f"restrict is {restrict}; it is a number of words, 1 or more")
        n_words = len(self.vocab)
        return n_words if restrict is None else min(restrict, n_words)

    def _matching(self, pattern: str | re.Pattern[str], limit: int) -> NDArray[np.intp]:
        """Rows of the words in which the pattern is found; kept for the next question."""
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise ValueError(f"pattern is {pattern!r}; {error}") from None
        if self._matches is None or self._matches[:2] != (compiled, limit):
            search = compiled.search
            found = [i for i, word in enumerate(self.vocab.tokens[:limit]) if search(word)]
            self._matches = compiled, limit, np.array(found, np.intp)
        return self._matches[2]

    def _cosines_with(
        self, ids: NDArray[np.intp], units: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Cosines of unit vectors (B, dim) with the words of these ids, (B, len(ids))."""
        cosines = np.empty((len(units), len(ids)), np.float32)
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            some = slice(start, start + _ROWS_AT_ONCE)
            cosines[:, some] = units @ self.units(ids[some]).T
        return np.clip(cosines, -1.0, 1.0, out=cosines)

    def _named(self, ids: NDArray[np.intp], scores: NDArray[np.float32]) -> list[Neighbour]:
        """The words of these ids with their scores."""
        token_of = self.vocab.token_of
        return [
            Neighbour(token_of(i), score)
            for i, score in zip(ids.tolist(), scores.tolist(), strict=True)
        ]

    # ---- analogies

    def analogy(
        self,
        a: str,
        b: str,
        c: str,
        n: int = N_ANSWERS,
        *,
        method: AnalogyMethod = "3cosadd",
        restrict: int | None = None,
    ) -> list[Neighbour]:
        """The `n` best answers to "a is to b as c is to ?"; a, b and c are not among them."""
        return self.analogies([(a, b, c)], n, method=method, restrict=restrict)[0]

    def analogies(
        self,
        questions: Iterable[tuple[str, str, str]],
        n: int = N_ANSWERS,
        *,
        method: AnalogyMethod = "3cosadd",
        restrict: int | None = None,
    ) -> list[list[Neighbour]]:
        """`analogy` of many questions (a, b, c)."""
        limit = self._limit(n, restrict)
        method = choice("method", method, AnalogyMethod)
        asked = [[self.word_id(word) for word in question] for question in questions]
        units = self._units_of(asked, 3)
        if method == "3cosadd":
            targets = [unit_vector(b - a + c, self.dim) for a, b, c in units]
            return self._top(np.array(targets).reshape(-1, self.dim), n, limit, asked)
        near, far = units[:, 1:], units[:, :1]
        return self._top_mul(near, far, n, limit, asked)

    def _units_of(self, questions: list[list[int]], n_words: int) -> NDArray[np.float32]:
        """The unit vectors of the words of questions, (B, n_words, dim)."""
        units = self.units([word_id for question in questions for word_id in question])
        return units.reshape(len(questions), n_words, self.dim)


def _terms(terms: Iterable[Term]) -> list[Term]:
    """The terms of a sum; one that is given by itself is a list of one."""
    is_pair = isinstance(terms, tuple) and len(terms) == 2 and isinstance(terms[1], Real)
    is_vector = isinstance(terms, np.ndarray) and terms.ndim == 1 and terms.dtype.kind not in "UTO"
    if isinstance(terms, str) or is_pair or is_vector:
        return [terms]  # type: ignore[list-item]
    return list(terms)
