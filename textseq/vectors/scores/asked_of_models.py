"""Tests of vectors, and what is left of them where several models should answer the same.

In: analogies, rated pairs, outlier sets and categories; WordVectors by name. Out: the tests less
what one of the models does not know. Nothing is scored here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from textseq.vectors.scores.evaluation import answer_ids
from textseq.vectors.scores.question_files import AnalogySection, Pair
from textseq.vectors.scores.word_groups import OutlierSet
from textseq.vectors.word_vectors import WordVectors, row_of


@dataclass(frozen=True)
class VectorTests:
    """What vectors are scored by, each test by its name."""

    analogies: Mapping[str, Sequence[AnalogySection]]
    pairs: Mapping[str, Sequence[Pair]]
    outliers: Mapping[str, Sequence[OutlierSet]]
    categories: Mapping[str, Mapping[str, Sequence[str]]]


def asked_of_models(
    tests: VectorTests, models: Mapping[str, WordVectors], restrict: int | None, lowercase: bool
) -> VectorTests:
    """The tests, less what has a word that one of the models lacks."""
    is_near = _knower(models, restrict, lowercase)
    is_known = _knower(models, None, lowercase)
    analogies = {}
    for name, sections in tests.analogies.items():
        analogies[name] = [
            replace(
                section,
                questions=tuple(
                    question
                    for question in section.questions
                    if all(map(is_near, question[:3]))
                    and any(
                        map(is_near, [question[3]] if isinstance(question[3], str) else question[3])
                    )
                ),
            )
            for section in sections
        ]
    return VectorTests(
        analogies,
        {
            name: [pair for pair in pairs if is_known(pair[0]) and is_known(pair[1])]
            for name, pairs in tests.pairs.items()
        },
        {
            name: [
                replace(
                    group,
                    words=tuple(filter(is_known, group.words)),
                    outliers=tuple(filter(is_known, group.outliers)),
                )
                for group in sets
            ]
            for name, sets in tests.outliers.items()
        },
        {
            name: {key: list(filter(is_known, words)) for key, words in groups.items()}
            for name, groups in tests.categories.items()
        },
    )


def _knower(
    models: Mapping[str, WordVectors], restrict: int | None, lowercase: bool
) -> Callable[[str], bool]:
    """Whether a word is among the words of all models."""
    ids = [answer_ids(vectors, restrict, lowercase) for vectors in models.values()]
    return lambda word: all(
        row_of(word.lower() if lowercase else word, of_one) is not None for of_one in ids
    )


def sizes_of(tests: VectorTests) -> dict[tuple[str, str], int]:
    """How many questions, pairs, outliers or words each test has, by its name and its measure."""
    sizes: dict[tuple[str, str], int] = {}
    for name, sections in tests.analogies.items():
        grammar = sum(len(s.questions) for s in sections if s.name.startswith("gram"))
        total = sum(len(s.questions) for s in sections)
        sizes[name, "accuracy"] = total
        sizes[f"{name} semantic", "accuracy"] = total - grammar
        sizes[f"{name} syntactic", "accuracy"] = grammar
    for name, pairs in tests.pairs.items():
        sizes[name, "Spearman"] = len(pairs)
    for name, sets in tests.outliers.items():
        n_outliers = sum(len(group.outliers) for group in sets)
        sizes[name, "outliers found"] = sizes[name, "outlier position"] = n_outliers
    for name, groups in tests.categories.items():
        sizes[name, "purity"] = sum(map(len, groups.values()))
    return sizes
