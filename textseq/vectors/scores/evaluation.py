"""How good vectors are: analogies by section, and agreement with people's ratings of pairs.

In: WordVectors, and questions and pairs as question_files.py reads them. Out: results that carry
their rule: which words could be answers, how many questions counted, what happened to the others.
A score without these cannot be compared with another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textseq.config import choice
from textseq.vectors.questions import AnalogyMethod, cos_mul
from textseq.vectors.scores.question_files import (
    AnalogySection,
    Pair,
    read_analogies,
    read_rated_pairs,
    read_word_pairs,
)
from textseq.vectors.word_vectors import WordVectors, row_of

__all__ = [
    "AnalogyResult", "AnalogyScore", "AnalogySection", "PairsResult", "average_ranks",
    "evaluate_analogies", "evaluate_pairs", "pearson", "read_analogies", "read_rated_pairs",
    "read_word_pairs", "spearman",
]  # fmt: skip

RESTRICT = 30_000  # word2vec.c's cut; gensim's is 300,000
ANALOGY_RULE = "a question with a word outside the vocabulary cut is skipped"
PAIR_RULE = "a pair with a word outside the vocabulary cut is skipped"
_QUESTIONS_AT_ONCE = 256


# ---- analogies


@dataclass(frozen=True)
class AnalogyScore:
    """How many questions of a section, or of several, were answered right."""

    name: str
    correct: int
    counted: int
    skipped: int

    @property
    def accuracy(self) -> float | None:
        """Right answers among the questions counted, 0..1; None if none counted."""
        return self.correct / self.counted if self.counted else None

    def to_json(self) -> dict[str, Any]:
        """The score as a dict that `json` can write."""
        return asdict(self) | {"accuracy": self.accuracy}


@dataclass(frozen=True)
class AnalogyResult:
    """Scores by section and in sum, with all that one must know to compare them."""

    sections: tuple[AnalogyScore, ...]
    total: AnalogyScore
    semantic: AnalogyScore | None  # None where no section's name begins with "gram"
    syntactic: AnalogyScore | None
    vocabulary: int  # words that could be answers
    restrict: int | None
    lowercase: bool
    method: AnalogyMethod
    rule: str = ANALOGY_RULE

    def to_json(self) -> dict[str, Any]:
        """The result as a dict that `json` can write."""
        scores = {
            name: score and score.to_json()
            for name, score in [
                ("total", self.total),
                ("semantic", self.semantic),
                ("syntactic", self.syntactic),
            ]
        }
        return asdict(self) | {"sections": [s.to_json() for s in self.sections]} | scores


def evaluate_analogies(
    vectors: WordVectors,
    sections: Sequence[AnalogySection],
    *,
    restrict: int | None = RESTRICT,
    lowercase: bool = True,
    method: AnalogyMethod = "3cosadd",
) -> AnalogyResult:
    """The share of questions "a is to b as c is to ?" whose best answer is the expected one.

    Only the `restrict` most frequent words ask and answer (None: all); a, b and c are no
    answers. With `lowercase`, words that differ by case only count as the most frequent of them.
    Where several answers are right, one of them has to be known.
    """
    answered = answer_analogies(
        vectors, sections, restrict=restrict, lowercase=lowercase, method=method
    )
    scores: list[AnalogyScore] = []
    for section, right in zip(sections, answered.right, strict=True):
        counted = int(np.isfinite(right).sum())
        correct = int(np.nansum(right))
        scores.append(AnalogyScore(section.name, correct, counted, len(right) - counted))
    grammar = [score for score in scores if score.name.startswith("gram")]
    others = [score for score in scores if not score.name.startswith("gram")]
    return AnalogyResult(
        sections=tuple(scores),
        total=_sum("total", scores),
        semantic=_sum("semantic", others) if grammar else None,
        syntactic=_sum("syntactic", grammar) if grammar else None,
        vocabulary=answered.vocabulary,
        restrict=restrict,
        lowercase=lowercase,
        method=choice("method", method, AnalogyMethod),
    )


class Answered(NamedTuple):
    """What became of each question, by section, (n,): 1 right, 0 wrong, NaN skipped.

    `vocabulary`: words that could be answers.
    """

    right: list[NDArray[np.float64]]
    vocabulary: int


def answer_analogies(
    vectors: WordVectors,
    sections: Sequence[AnalogySection],
    *,
    restrict: int | None = RESTRICT,
    lowercase: bool = True,
    method: AnalogyMethod = "3cosadd",
) -> Answered:
    """`evaluate_analogies`, question by question."""
    method = choice("method", method, AnalogyMethod)
    ids = answer_ids(vectors, restrict, lowercase)
    answers = np.unique(np.fromiter(ids.values(), np.int64))  # rows of the candidates, rising
    places = dict(zip(answers.tolist(), range(len(answers)), strict=True))
    units = vectors.units(answers)
    found: list[NDArray[np.float64]] = []
    for section in sections:
        right = np.full(len(section.questions), np.nan)
        known: list[int] = []
        asked: list[tuple[list[int], list[int]]] = []
        for number, (a, b, c, d) in enumerate(section.questions):
            words = (a, b, c, *((d,) if isinstance(d, str) else d))
            rows = [row_of(word.lower() if lowercase else word, ids) for word in words]
            asks = [places[i] for i in rows[:3] if i is not None]
            answer = [places[i] for i in rows[3:] if i is not None]
            if len(asks) == 3 and answer:
                known.append(number)
                asked.append((asks, answer))
        right[known] = _are_right(units, asked, method)
        found.append(right)
    return Answered(found, len(answers))


def answer_ids(vectors: WordVectors, restrict: int | None, lowercase: bool) -> dict[str, int]:
    """Row of each word that takes part; with `lowercase`, of its most frequent spelling."""
    if restrict is not None and restrict < 1:
        raise ValueError(f"restrict is {restrict}; it is a number of words, 1 or more")
    words = vectors.vocab.tokens[:restrict]
    if lowercase:
        words = [word.lower() for word in words]
    # From the rarest, so that the most frequent spelling is the one that stays.
    return dict(zip(reversed(words), range(len(words) - 1, -1, -1), strict=True))


def _are_right(
    units: NDArray[np.float32],
    questions: Sequence[tuple[list[int], list[int]]],
    method: AnalogyMethod,
) -> list[bool]:
    """Whether each question is answered right: three rows of `units` (V, D), those that are."""
    right: list[bool] = []
    for start in range(0, len(questions), _QUESTIONS_AT_ONCE):
        block = questions[start : start + _QUESTIONS_AT_ONCE]
        asked = np.array([asks for asks, _ in block], np.int64)
        a, b, c = asked.T
        if method == "3cosadd":
            scores = (units[b] - units[a] + units[c]) @ units.T
        else:
            scores = cos_mul(*(units[part] @ units.T for part in (a, b, c)))
        scores[np.arange(len(block))[:, None], asked] = -np.inf
        best = scores.argmax(axis=1).tolist()
        right += [answer in answers for answer, (_, answers) in zip(best, block, strict=True)]
    return right


def _sum(name: str, scores: Sequence[AnalogyScore]) -> AnalogyScore:
    return AnalogyScore(
        name,
        correct=sum(score.correct for score in scores),
        counted=sum(score.counted for score in scores),
        skipped=sum(score.skipped for score in scores),
    )


# ---- rated pairs


@dataclass(frozen=True)
class PairsResult:
    """Agreement of cosines with ratings, -1..1; None where it is undefined (constant values)."""

    spearman: float | None
    pearson: float | None
    counted: int
    skipped: int
    vocabulary: int  # words that took part
    restrict: int | None
    lowercase: bool
    rule: str = PAIR_RULE

    def to_json(self) -> dict[str, Any]:
        """The result as a dict that `json` can write."""
        return asdict(self)


def evaluate_pairs(
    vectors: WordVectors,
    pairs: Sequence[Pair],
    *,
    restrict: int | None = None,
    lowercase: bool = True,
) -> PairsResult:
    """Correlation of the cosines of word pairs with their ratings.

    Words are found as in `evaluate_analogies`, by default in the whole vocabulary.
    """
    cosines, vocabulary = pair_cosines(vectors, pairs, restrict=restrict, lowercase=lowercase)
    known = np.isfinite(cosines)
    ratings = np.array([rating for *_, rating in pairs], np.float64)[known]
    return PairsResult(
        spearman=spearman(cosines[known], ratings),
        pearson=pearson(cosines[known], ratings),
        counted=int(known.sum()),
        skipped=int((~known).sum()),
        vocabulary=vocabulary,
        restrict=restrict,
        lowercase=lowercase,
    )


def pair_cosines(
    vectors: WordVectors,
    pairs: Sequence[Pair],
    *,
    restrict: int | None = None,
    lowercase: bool = True,
) -> tuple[NDArray[np.float64], int]:
    """The cosine of each pair, (n,), NaN where a word is unknown; and how many words took part."""
    ids = answer_ids(vectors, restrict, lowercase)
    rows = np.full((len(pairs), 2), -1, np.int64)
    for number, pair in enumerate(pairs):
        found = [row_of(word.lower() if lowercase else word, ids) for word in pair[:2]]
        rows[number] = [-1 if row is None else row for row in found]
    known = (rows >= 0).all(axis=1)
    cosines = np.full(len(pairs), np.nan)
    units = (vectors.units(column).astype(np.float64) for column in rows[known].T)
    cosines[known] = np.vecdot(*units)
    return cosines, len(set(ids.values()))


def pearson(x: ArrayLike, y: ArrayLike) -> float | None:
    """Correlation of two series; None where one of them is constant."""
    dx, dy = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if len(dx) < 2 or dx.min() == dx.max() or dy.min() == dy.max():
        return None
    # By a power of two, which changes no digit: squares of huge numbers would be infinite.
    dx, dy = (np.ldexp(series, -np.frexp(np.abs(series).max())[1]) for series in (dx, dy))
    dx, dy = dx - dx.mean(), dy - dy.mean()
    return float(np.clip(dx @ dy / (np.linalg.norm(dx) * np.linalg.norm(dy)), -1.0, 1.0))


def spearman(x: ArrayLike, y: ArrayLike) -> float | None:
    """Correlation of the ranks of two series; None where one of them is constant."""
    return pearson(average_ranks(x), average_ranks(y))


def average_ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Rank of each value, from 1; equal values share the mean of their ranks."""
    _, groups, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    ranks: NDArray[np.float64] = (last - (sizes - 1) / 2)[groups]
    return ranks
