"""What each model answers: a number for each question of each test, before it becomes a score.

In: WordVectors by name, tests. Out: for each model the same tests in the same order, each with its
numbers (NaN where the model was not asked, since it lacks a word) and the units that they are
resampled by. Scores and differences are the business of model_table.py.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from textseq.config import UnknownWords
from textseq.vectors.questions import AnalogyMethod
from textseq.vectors.scores.asked_of_models import VectorTests, asked_of_models
from textseq.vectors.scores.evaluation import answer_analogies, pair_cosines
from textseq.vectors.scores.question_files import AnalogySection
from textseq.vectors.scores.resampling import Floats, Units
from textseq.vectors.scores.word_groups import category_hits, outlier_places
from textseq.vectors.word_vectors import WordVectors


class Answers(NamedTuple):
    """The numbers of one model for one test, (n,): shares are their mean.

    `groups` and `single`: what they are resampled by, see `choose_units`. `ratings`, (n,), where
    the numbers are cosines, whose score is their rank correlation with these. `is_share`: whether
    each is 0 or 1. `vocabulary`: words that took part.
    """

    test: str
    measure: str
    values: Floats
    groups: Units
    single: Units
    vocabulary: int
    is_share: bool = True
    ratings: Floats | None = None


def answers_of(
    models: Mapping[str, WordVectors],
    tests: VectorTests,
    unknown: UnknownWords,
    restrict: int | None,
    lowercase: bool,
    method: AnalogyMethod,
) -> dict[str, list[Answers]]:
    """The answers of each model; with "wrong", what a model was not asked is 0."""
    asked = asked_of_models(tests, models, restrict, lowercase) if unknown == "common" else tests
    found = {
        name: list(_answers(vectors, asked, restrict, lowercase, method))
        for name, vectors in models.items()
    }
    if unknown == "wrong":
        for answers in found.values():
            answers[:] = [a._replace(values=np.nan_to_num(a.values, nan=0.0)) for a in answers]
    return found


def _answers(
    vectors: WordVectors,
    tests: VectorTests,
    restrict: int | None,
    lowercase: bool,
    method: AnalogyMethod,
) -> Iterator[Answers]:
    n_words = len(vectors)
    for name, sections in tests.analogies.items():
        answered = answer_analogies(
            vectors, sections, restrict=restrict, lowercase=lowercase, method=method
        )
        for part, chosen in _parts(name, sections):
            right = [answered.right[number] for number in chosen]
            pairs = _word_pairs([sections[number] for number in chosen])
            groups = _groups("sections", right)
            yield Answers(part, "accuracy", _joined(right), groups, pairs, answered.vocabulary)
    for name, rated in tests.pairs.items():
        cosines, n_known = pair_cosines(vectors, rated, lowercase=lowercase)
        ratings = np.array([rating for *_, rating in rated], np.float64)
        each = Units("pairs", np.arange(len(rated)))
        yield Answers(name, "Spearman", cosines, each, each, n_known, False, ratings)
    for name, sets in tests.outliers.items():
        found = outlier_places(vectors, sets, lowercase=lowercase)
        places, of_sets = _joined(found), _groups("sets", found)
        each = Units("outliers", np.arange(len(places)))
        share = np.where(np.isfinite(places), (places == 1).astype(np.float64), np.nan)
        yield Answers(name, "outliers found", share, of_sets, each, n_words)
        yield Answers(name, "outlier position", places, of_sets, each, n_words, False)
    for name, categories in tests.categories.items():
        hits = category_hits(vectors, categories, lowercase=lowercase)
        purity = _joined(hits)
        if sum(bool(np.isfinite(of_one).any()) for of_one in hits) < 2:
            purity = np.full(len(purity), np.nan)  # one category is no test
        each = Units("words", np.arange(len(purity)))
        yield Answers(name, "purity", purity, _groups("categories", hits), each, n_words)


def _parts(name: str, sections: Sequence[AnalogySection]) -> Iterator[tuple[str, list[int]]]:
    """The sections of each row of the table, by their numbers."""
    numbers = range(len(sections))
    grammar = [number for number in numbers if sections[number].name.startswith("gram")]
    if grammar:
        yield f"{name} semantic", [number for number in numbers if number not in grammar]
        yield f"{name} syntactic", grammar
    yield name, list(numbers)


def _word_pairs(sections: Sequence[AnalogySection]) -> Units:
    """The two pairs of words that each question is made of, (n, 2)."""
    numbers: dict[Hashable, int] = {}
    ids = [
        (
            numbers.setdefault((section, a, b), len(numbers)),
            numbers.setdefault((section, c, d if isinstance(d, str) else d[0]), len(numbers)),
        )
        for section, each in enumerate(sections)
        for a, b, c, d in each.questions
    ]
    return Units("word pairs", np.array(ids, np.int64).reshape(-1, 2))


def _groups(name: str, parts: Sequence[Floats]) -> Units:
    return Units(name, np.repeat(np.arange(len(parts)), [len(part) for part in parts]))


def _joined(parts: Sequence[Floats]) -> Floats:
    return np.concatenate([np.empty(0), *parts])
