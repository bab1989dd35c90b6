"""How good vectors are: analogies by section, and agreement with people's ratings of pairs.

In: WordVectors and a question file. Out: results that carry their rule: which words could be
answers, how many questions counted, what happened to the others. A score without these cannot
be compared with another one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textseq.config import choice
from textseq.vectors.word_vectors import AnalogyMethod, WordVectors, cos_mul

RESTRICT = 30_000  # word2vec.c's cut; gensim's is 300,000
ANALOGY_RULE = "a question with a word outside the vocabulary cut is skipped"
PAIR_RULE = "a pair with a word outside the vocabulary cut is skipped"
_QUESTIONS_AT_ONCE = 256

Question = tuple[str, str, str, str]
Pair = tuple[str, str, float]


# ---- the files


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines with something on them, comments left out."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: byte {error.start:,} is not UTF-8") from None
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.startswith(("#", "//")):
            yield number, line.strip()


@dataclass(frozen=True)
class AnalogySection:
    """Questions of one kind: (a, b, c, d) for "a is to b as c is to d"."""

    name: str
    questions: tuple[Question, ...]


def read_analogies(path: str | os.PathLike[str]) -> list[AnalogySection]:
    """The sections of a file like questions-words.txt: ": name" lines and lines of four words.

    Questions before any ": name" are a section called "questions".
    """
    sections: list[tuple[str, list[Question]]] = []
    for number, line in _lines(Path(path)):
        if line.startswith(":"):
            sections.append((line[1:].strip(), []))
            continue
        words = line.split()
        if len(words) != 4:
            raise ValueError(f"{path}: line {number:,} has {len(words)} words; a question has 4")
        if not sections:
            sections.append(("questions", []))
        sections[-1][1].append((words[0], words[1], words[2], words[3]))
    if not any(questions for _, questions in sections):
        raise ValueError(f"{path}: there are no questions in it")
    return [AnalogySection(name, tuple(questions)) for name, questions in sections]


def read_pairs(path: str | os.PathLike[str]) -> list[Pair]:
    """Rated pairs: two words and a number, parted by tabs, commas or spaces.

    The rating is the first number after the words (SimLex-999 has a column between them).
    One line without a rating may stand first, the header.
    """
    pairs: list[Pair] = []
    for place, (number, line) in enumerate(_lines(Path(path))):
        delimiter = "\t" if "\t" in line else "," if "," in line else None
        fields = [field.strip() for field in line.split(delimiter)]
        rating = next(filter(isfinite, map(_float, fields[2:])), None)
        if rating is not None and all(fields[:2]):
            pairs.append((fields[0], fields[1], rating))
        elif place > 0:
            raise ValueError(
                f"{path}: line {number:,} is {line[:60]!r}, not two words and a number"
            )
    if not pairs:
        raise ValueError(f"{path}: no line has two words and a number")
    return pairs


def _float(field: str) -> float:
    try:
        return float(field)
    except ValueError:
        return float("nan")


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
    """
    method = choice("method", method, AnalogyMethod)
    ids = _answer_ids(vectors, restrict, lowercase)
    answers = np.unique(np.fromiter(ids.values(), np.int64))  # rows of the candidates, rising
    places = dict(zip(answers.tolist(), range(len(answers)), strict=True))
    units = vectors.units(answers)
    scores: list[AnalogyScore] = []
    for section in sections:
        known: list[list[int]] = []
        for question in section.questions:
            found = [ids.get(word.lower() if lowercase else word) for word in question]
            known.append([places[i] for i in found if i is not None])
        asked = np.array([places for places in known if len(places) == 4], np.int64).reshape(-1, 4)
        correct = _count_correct(units, asked, method)
        scores.append(AnalogyScore(section.name, correct, len(asked), len(known) - len(asked)))
    grammar = [score for score in scores if score.name.startswith("gram")]
    others = [score for score in scores if not score.name.startswith("gram")]
    return AnalogyResult(
        sections=tuple(scores),
        total=_sum("total", scores),
        semantic=_sum("semantic", others) if grammar else None,
        syntactic=_sum("syntactic", grammar) if grammar else None,
        vocabulary=len(answers),
        restrict=restrict,
        lowercase=lowercase,
        method=method,
    )


def _answer_ids(vectors: WordVectors, restrict: int | None, lowercase: bool) -> dict[str, int]:
    """Row of each word that takes part; with `lowercase`, of its most frequent spelling."""
    if restrict is not None and restrict < 1:
        raise ValueError(f"restrict is {restrict}; it is a number of words, 1 or more")
    words = vectors.vocab.tokens[:restrict]
    if lowercase:
        words = [word.lower() for word in words]
    # From the rarest, so that the most frequent spelling is the one that stays.
    return dict(zip(reversed(words), range(len(words) - 1, -1, -1), strict=True))


def _count_correct(
    units: NDArray[np.float32], questions: NDArray[np.int64], method: AnalogyMethod
) -> int:
    """Right answers among questions (Q, 4) of rows of `units` (V, D)."""
    correct = 0
    for start in range(0, len(questions), _QUESTIONS_AT_ONCE):
        block = questions[start : start + _QUESTIONS_AT_ONCE]
        a, b, c, expected = block.T
        if method == "3cosadd":
            scores = (units[b] - units[a] + units[c]) @ units.T
        else:
            scores = cos_mul(*(units[part] @ units.T for part in (a, b, c)))
        scores[np.arange(len(block))[:, None], block[:, :3]] = -np.inf
        correct += int(np.count_nonzero(scores.argmax(axis=1) == expected))
    return correct


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
    ids = _answer_ids(vectors, restrict, lowercase)
    known: list[tuple[int, int, float]] = []
    for a, b, rating in pairs:
        a_id, b_id = (ids.get(word.lower() if lowercase else word) for word in (a, b))
        if a_id is not None and b_id is not None:
            known.append((a_id, b_id, rating))
    units_a = vectors.units([a_id for a_id, _, _ in known]).astype(np.float64)
    units_b = vectors.units([b_id for _, b_id, _ in known]).astype(np.float64)
    cosines = np.vecdot(units_a, units_b)
    ratings = [rating for _, _, rating in known]
    return PairsResult(
        spearman=spearman(cosines, ratings),
        pearson=pearson(cosines, ratings),
        counted=len(known),
        skipped=len(pairs) - len(known),
        vocabulary=len(set(ids.values())),
        restrict=restrict,
        lowercase=lowercase,
    )


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
