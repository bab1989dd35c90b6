"""Several sets of vectors by the same questions, in one table with intervals.

In: WordVectors by name; questions, rated pairs, outlier sets and categories by name. Out: a row for
each test and each set of vectors. How a score is computed is the business of evaluation.py and
word_groups.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from textseq.config import UnknownWords, choice
from textseq.vectors.questions import AnalogyMethod
from textseq.vectors.scores.asked_of_models import VectorTests, asked_of_models, sizes_of
from textseq.vectors.scores.evaluation import (
    RESTRICT,
    AnalogyScore,
    answer_ids,
    evaluate_analogies,
    evaluate_pairs,
    spearman,
)
from textseq.vectors.scores.intervals import spearman_interval, wilson
from textseq.vectors.scores.question_files import Pair
from textseq.vectors.scores.word_groups import evaluate_categories, evaluate_outliers
from textseq.vectors.word_vectors import WordVectors, row_of

UNKNOWN_RULES: dict[UnknownWords, str] = {
    "skip": "what has a word that these vectors do not know is skipped",
    "wrong": "what has a word that these vectors do not know is wrong; a pair has the cosine 0",
    "common": "what has a word that one of the vectors does not know is skipped for all",
}


class ModelScore(NamedTuple):
    """One score of one set of vectors.

    `measure`: accuracy, Spearman, outliers found, outlier position, purity. `value` is None where
    nothing counted, `low` and `high`, the ends of its 95 % interval, also where it has none.
    `skipped` are questions, pairs, outliers or words with an unknown word; `vocabulary` is how many
    words took part.
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


def score_models(
    models: Mapping[str, WordVectors],
    tests: VectorTests,
    *,
    unknown: UnknownWords = "skip",
    restrict: int | None = RESTRICT,
    lowercase: bool = True,
    method: AnalogyMethod = "3cosadd",
) -> list[ModelScore]:
    """A score with its 95 % interval for each test and each of the models, tests first.

    Analogies have a row for all and, where sections begin with "gram", for the semantic and the
    syntactic ones. `restrict`, `lowercase`, `method`: see `evaluate_analogies`; all other tests
    look among all words. `unknown`: skip what has an unknown word (models then answer different
    questions), count it as wrong (dummy4unknown of gensim), or ask what all models know.
    """
    unknown = choice("unknown", unknown, UnknownWords)
    asked = asked_of_models(tests, models, restrict, lowercase) if unknown == "common" else tests
    rows = [
        row
        for name, vectors in models.items()
        for row in _scores(name, vectors, asked, unknown, restrict, lowercase, method)
    ]
    if unknown == "common":
        sizes = sizes_of(tests)
        rows = [row._replace(skipped=sizes[row.test, row.measure] - row.counted) for row in rows]
    # Each model has the same tests in the same order.
    n_tests = len(rows) // max(1, len(models))
    return [row for test in range(n_tests) for row in rows[test::n_tests]]


def _scores(
    model: str,
    vectors: WordVectors,
    tests: VectorTests,
    unknown: UnknownWords,
    restrict: int | None,
    lowercase: bool,
    method: AnalogyMethod,
) -> Iterator[ModelScore]:
    def of_share(
        test: str, measure: str, right: int, counted: int, skipped: int, n: int
    ) -> ModelScore:
        if unknown == "wrong":
            counted, skipped = counted + skipped, 0
        low, high = wilson(right, counted) or (None, None)
        value = right / counted if counted else None
        return ModelScore(test, measure, model, value, low, high, counted, skipped, n)

    for name, sections in tests.analogies.items():
        answered = evaluate_analogies(
            vectors, sections, restrict=restrict, lowercase=lowercase, method=method
        )
        for test, score in _parts(name, answered.semantic, answered.syntactic, answered.total):
            yield of_share(
                test, "accuracy", score.correct, score.counted, score.skipped, answered.vocabulary
            )
    for name, rated in tests.pairs.items():
        agreement = evaluate_pairs(vectors, rated, lowercase=lowercase)
        rho, counted, skipped = agreement.spearman, agreement.counted, agreement.skipped
        if unknown == "wrong":
            rho = spearman(_cosines(vectors, rated, lowercase), [rating for *_, rating in rated])
            counted, skipped = len(rated), 0
        low, high = spearman_interval(rho, counted) or (None, None)
        yield ModelScore(
            name, "Spearman", model, rho, low, high, counted, skipped, agreement.vocabulary
        )
    for name, sets in tests.outliers.items():
        found = evaluate_outliers(vectors, sets, lowercase=lowercase)
        share = of_share(
            name, "outliers found", found.found, found.counted, found.skipped, len(vectors)
        )
        yield share
        mean = found.position
        if unknown == "wrong" and mean is not None:
            mean *= found.counted / share.counted
        yield share._replace(measure="outlier position", value=mean, low=None, high=None)
    for name, groups in tests.categories.items():
        clusters = evaluate_categories(vectors, groups, lowercase=lowercase)
        right = round((clusters.purity or 0.0) * clusters.counted)
        share = of_share(name, "purity", right, clusters.counted, clusters.skipped, len(vectors))
        # Words that share clusters are not independent: there is no interval.
        value = None if clusters.purity is None else share.value
        yield share._replace(value=value, low=None, high=None)


def _parts(
    name: str, semantic: AnalogyScore | None, syntactic: AnalogyScore | None, total: AnalogyScore
) -> list[tuple[str, AnalogyScore]]:
    parts = [(f"{name} {part.name}", part) for part in (semantic, syntactic) if part is not None]
    return [*parts, (name, total)]


def _cosines(vectors: WordVectors, pairs: Sequence[Pair], lowercase: bool) -> list[float]:
    """The cosine of each pair, 0 where a word is unknown."""
    ids = answer_ids(vectors, None, lowercase)
    cosines = []
    for a, b, _ in pairs:
        rows = [row_of(word.lower() if lowercase else word, ids) for word in (a, b)]
        if None in rows:
            cosines.append(0.0)
            continue
        unit_a, unit_b = vectors.units([row for row in rows if row is not None]).astype(float)
        cosines.append(float(unit_a @ unit_b))
    return cosines
