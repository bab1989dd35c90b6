"""Several sets of vectors by the same questions: a table with intervals, and which one is better.

In: WordVectors by name; questions, rated pairs, outlier sets and categories by name. Out: a row for
each test and each set of vectors, and one for each test and each two of them. What a model answers
is the business of model_answers.py, how intervals are found that of resampling.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from textseq.config import UnknownWords, choice
from textseq.vectors.questions import AnalogyMethod
from textseq.vectors.scores.asked_of_models import VectorTests, sizes_of
from textseq.vectors.scores.evaluation import RESTRICT, spearman
from textseq.vectors.scores.intervals import spearman_interval
from textseq.vectors.scores.model_answers import Answers, answers_of
from textseq.vectors.scores.resampling import (
    choose_units,
    mean_interval,
    mean_of,
    spearman_difference,
    spread_of,
)
from textseq.vectors.word_vectors import WordVectors

UNKNOWN_RULES: dict[UnknownWords, str] = {
    "skip": "what has a word that these vectors do not know is skipped",
    "wrong": "what has a word that these vectors do not know is wrong; a pair has the cosine 0",
    "common": "what has a word that one of the vectors does not know is skipped for all",
}
DIFFERENCE_RULE = (
    "two vectors are compared by what both were asked; p is for no difference, two-sided, by the "
    "paired bootstrap over the units named, and not corrected for the number of comparisons"
)
SEED = 1
_SURE = 0.05  # p below which one of two is called better


class ModelScore(NamedTuple):
    """One score of one set of vectors.

    `measure`: accuracy, Spearman, outliers found, outlier position, purity. `value` is None where
    nothing counted, `low` and `high`, the ends of its 95 % interval, also where it has none: by
    Fisher's z for Spearman, else by the bootstrap. `skipped` are questions, pairs, outliers or
    words with an unknown word; `vocabulary` is how many words took part.
    """

    test: str
    measure: str
    model: str
    value: float | None
    low: float | None
    high: float | None
    counted: int
    skipped: int
    vocabulary: int


class ModelDifference(NamedTuple):
    """How much better `model` is than `other` in one test, by what both were asked.

    `value` is the score of `model` less that of `other`, None where it is undefined; `low`, `high`
    and `p` (two-sided) are those of the paired bootstrap over so many `units` of this name, None
    for fewer than two. `better` names the one that p < 0.05 tells to be better, or is None.
    `counted` are the questions.
    """

    test: str
    measure: str
    model: str
    other: str
    value: float | None
    low: float | None
    high: float | None
    p: float | None
    better: str | None
    counted: int
    n_units: int
    units: str


class ModelTable(NamedTuple):
    """The scores of several models, tests first, and the differences of each two, tests first."""

    scores: list[ModelScore]
    differences: list[ModelDifference]

    def to_json(self) -> dict[str, Any]:
        """The table as a dict that `json` can write."""
        return {name: [row._asdict() for row in rows] for name, rows in self._asdict().items()}


def compare_models(
    models: Mapping[str, WordVectors],
    tests: VectorTests,
    *,
    unknown: UnknownWords = "skip",
    restrict: int | None = RESTRICT,
    lowercase: bool = True,
    method: AnalogyMethod = "3cosadd",
    seed: int = SEED,
) -> ModelTable:
    """Scores with their intervals, and for each two models which is better, and how surely.

    Analogies have a row for all and, where sections begin with "gram", for the semantic and the
    syntactic ones. `restrict`, `lowercase`, `method`: see `evaluate_analogies`; all other tests
    look among all words. `unknown`: skip what has an unknown word (models then answer different
    questions), count it as wrong (dummy4unknown of gensim), or ask what all models know.

    The bootstrap draws sections, outlier sets and categories where a test has 8 or more of them;
    else the pairs of words that questions are made of, outliers and words. Clusters of categories
    stay as they are. The same `seed` draws the same.
    """
    unknown = choice("unknown", unknown, UnknownWords)
    answers = answers_of(models, tests, unknown, restrict, lowercase, method)
    sizes = sizes_of(tests) if unknown == "common" else {}
    by_test = list(zip(*answers.values(), strict=True))  # each has the same tests in the same order
    return ModelTable(
        [
            _score(name, of_one, seed, sizes.get(of_one[:2]))
            for of_all in by_test
            for name, of_one in zip(answers, of_all, strict=True)
        ],
        [
            _difference(one, other, seed)
            for of_all in by_test
            for one, other in combinations(zip(answers, of_all, strict=True), 2)
        ],
    )


def _score(model: str, answers: Answers, seed: int, size: int | None) -> ModelScore:
    """`size`: questions of the whole test, where the answers are of fewer."""
    known = np.isfinite(answers.values)
    values, counted = answers.values[known], int(known.sum())
    value: float | None
    if answers.ratings is not None:
        value = spearman(values, answers.ratings[known])
        ends = spearman_interval(value, counted)
    else:
        value = float(values.mean()) if counted else None
        units = choose_units(answers.groups, answers.single, known)
        ends = mean_interval(values, units, seed, is_share=answers.is_share)
    low, high = ends or (None, None)
    skipped = (len(known) if size is None else size) - counted
    return ModelScore(
        answers.test, answers.measure, model, value, low, high, counted, skipped, answers.vocabulary
    )


def _difference(one: tuple[str, Answers], other: tuple[str, Answers], seed: int) -> ModelDifference:
    (name, ours), (other_name, theirs) = one, other
    both = np.isfinite(ours.values) & np.isfinite(theirs.values)
    a, b = ours.values[both], theirs.values[both]
    units = choose_units(ours.groups, ours.single, both)
    value: float | None
    if ours.ratings is not None:
        ratings = ours.ratings[both]
        scores = [spearman(values, ratings) for values in (a, b)]
        value = None if scores[0] is None or scores[1] is None else scores[0] - scores[1]
        spread = spread_of(spearman_difference(a, b, ratings), units.n, seed)
    else:
        value = float((a - b).mean()) if len(a) else None
        spread = spread_of(mean_of(a - b, units), units.n, seed)
    low, high, p = (None, None, None) if value is None or spread is None else spread
    better = None
    if value and p is not None and p < _SURE:
        better = name if value > 0 else other_name
    return ModelDifference(
        ours.test, ours.measure, name, other_name, value, low, high, p, better,
        int(both.sum()), units.n, units.name,
    )  # fmt: skip
