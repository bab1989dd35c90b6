"""Several models in a table: what is skipped, wrong or common; the evaluators of gensim."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.scores.asked_of_models import VectorTests
from textseq.vectors.scores.evaluation import evaluate_analogies, evaluate_pairs
from textseq.vectors.scores.intervals import spearman_interval
from textseq.vectors.scores.model_table import ModelScore, compare_models
from textseq.vectors.scores.question_files import AnalogySection, read_analogies, read_word_pairs
from textseq.vectors.scores.word_groups import OutlierSet
from textseq.vectors.word_vectors import WordVectors

RNG = np.random.default_rng(0)
N_PAIRS = 40
STEMS, SHIFT = RNG.standard_normal((N_PAIRS, 10)), RNG.standard_normal(10)
ROWS = {
    **{f"s{n}": STEMS[n] for n in range(N_PAIRS)},
    **{f"p{n}": STEMS[n] + SHIFT + 0.4 * RNG.standard_normal(10) for n in range(N_PAIRS)},
}
QUESTIONS = tuple(
    (f"s{a}", f"p{a}", f"s{b}", f"p{b}") for a in range(0, 44, 3) for b in range(44) if a != b
)  # s40 to s43 and p40 to p43 are unknown
PAIRS = [(f"s{n}", f"P{(7 * n) % 42}", float((5 * n) % 9)) for n in range(42)]


def make(words: list[str]) -> WordVectors:
    return WordVectors(Vocab(words, specials=()), np.array([ROWS[word] for word in words]))


WHOLE = make(list(ROWS))
PART = make([word for word in ROWS if word not in ("s3", "p5", "s9")])
TESTS = VectorTests(
    {"q": [AnalogySection("plain", QUESTIONS[:300]), AnalogySection("gram", QUESTIONS[300:])]},
    {"r": PAIRS},
    {"o": [OutlierSet("", ("s1", "s2", "s3"), ("p5", "p6", "zebra"))]},
    {"c": {"stems": [f"s{n}" for n in range(10)], "others": [f"p{n}" for n in range(10)]}},
)


def score_models(
    models: dict[str, WordVectors], tests: VectorTests, **options: Any
) -> list[ModelScore]:
    return compare_models(models, tests, **options).scores


def by_test(rows: list[ModelScore]) -> dict[tuple[str, str, str], ModelScore]:
    return {(row.test, row.measure, row.model): row for row in rows}


def test_tests_come_first_then_models():
    rows = score_models({"whole": WHOLE, "part": PART}, TESTS)
    assert [(row.test, row.measure, row.model) for row in rows[:5]] == [
        ("q semantic", "accuracy", "whole"), ("q semantic", "accuracy", "part"),
        ("q syntactic", "accuracy", "whole"), ("q syntactic", "accuracy", "part"),
        ("q", "accuracy", "whole"),
    ]  # fmt: skip
    assert len(rows) == 2 * 7


def test_skipped_by_each_model():
    rows = by_test(score_models({"whole": WHOLE, "part": PART}, TESTS))
    for name, vectors in (("whole", WHOLE), ("part", PART)):
        row = rows["q", "accuracy", name]
        alone = evaluate_analogies(vectors, TESTS.analogies["q"]).total
        assert (row.value, row.counted, row.skipped) == (
            alone.accuracy, alone.counted, alone.skipped,
        )  # fmt: skip
        assert row.low is not None
        assert row.high is not None
        assert row.low < row.value < row.high
        row, pairs = rows["r", "Spearman", name], evaluate_pairs(vectors, PAIRS)
        assert (row.value, row.counted) == (pairs.spearman, pairs.counted)
        assert (row.low, row.high) == spearman_interval(pairs.spearman, pairs.counted)
    found = rows["o", "outliers found", "part"]
    assert (found.counted, found.skipped, found.vocabulary) == (1, 2, 77)
    assert rows["q", "accuracy", "whole"].counted > rows["q", "accuracy", "part"].counted


def test_wrong_counts_all():
    skip = by_test(score_models({"part": PART}, TESTS))
    wrong = by_test(score_models({"part": PART}, TESTS, unknown="wrong"))
    for key, row in skip.items():
        assert (wrong[key].counted, wrong[key].skipped) == (row.counted + row.skipped, 0)
        if row.measure != "Spearman":
            assert wrong[key].value == pytest.approx(row.value * row.counted / wrong[key].counted)


def test_common_asks_all_models_the_same():
    rows = by_test(score_models({"whole": WHOLE, "part": PART}, TESTS, unknown="common"))
    alone = by_test(score_models({"part": PART}, TESTS))
    for test, measure, _ in rows:
        whole, part = rows[test, measure, "whole"], rows[test, measure, "part"]
        assert (whole.counted, whole.skipped) == (part.counted, part.skipped)
        assert part[3:8] == alone[test, measure, "part"][3:8]  # it knows the least
    assert rows["c", "purity", "whole"].counted == 17
    assert (
        rows["q", "accuracy", "whole"].value
        != by_test(score_models({"whole": WHOLE}, TESTS))["q", "accuracy", "whole"].value
    )


def test_nothing_counts():
    other = WordVectors(Vocab(["zebra"], specials=()), np.ones((1, 3)))
    for unknown in ("skip", "common"):
        for row in score_models({"other": other}, TESTS, unknown=unknown):
            assert (row.value, row.low, row.high) == (None, None, None)


def test_an_answer_of_several_words_is_common_if_one_is():
    section = AnalogySection("", (("s1", "p1", "s2", ("p5", "p2")),))
    tests = VectorTests({"q": [section]}, {}, {}, {})
    rows = score_models({"whole": WHOLE, "part": PART}, tests, unknown="common")
    assert [row.counted for row in rows] == [1, 1]


# ---- gensim


@pytest.fixture
def theirs() -> Any:
    models = pytest.importorskip("gensim.models")
    found = models.KeyedVectors(10)
    found.add_vectors(PART.vocab.tokens, PART.vectors)
    return found


@pytest.mark.parametrize("dummy", [False, True])
@pytest.mark.parametrize("restrict", [300_000, 60])
def test_analogies_of_gensim(theirs: Any, tmp_path: Path, dummy: bool, restrict: int):
    path = tmp_path / "q.txt"
    lines = [": gram1", *(" ".join(q).upper() for q in QUESTIONS)]
    path.write_text("\n".join(lines) + "\n")
    score, sections = theirs.evaluate_word_analogies(
        str(path), restrict_vocab=restrict, dummy4unknown=dummy
    )
    tests = VectorTests({"q": read_analogies(path)}, {}, {}, {})
    *_, row = score_models(
        {"part": PART}, tests, restrict=restrict, unknown="wrong" if dummy else "skip"
    )
    assert row.value == pytest.approx(score)
    assert 0.05 < score < 0.95
    assert row.counted == sum(len(sections[-1][kind]) for kind in ("correct", "incorrect"))


@pytest.mark.parametrize("dummy", [False, True])
@pytest.mark.parametrize("case_insensitive", [False, True])
def test_pairs_of_gensim(theirs: Any, tmp_path: Path, dummy: bool, case_insensitive: bool):
    path = tmp_path / "r.tsv"
    pairs = PAIRS if case_insensitive else [(a, b.lower(), r) for a, b, r in PAIRS]
    path.write_text("".join(f"{a}\t{b}\t{rating}\n" for a, b, rating in pairs))
    _, spearman, unknown_percent = theirs.evaluate_word_pairs(
        str(path), dummy4unknown=dummy, case_insensitive=case_insensitive
    )
    (row,) = score_models(
        {"part": PART}, VectorTests({}, {"r": read_word_pairs(path)}, {}, {}),
        lowercase=case_insensitive, unknown="wrong" if dummy else "skip",
    )  # fmt: skip
    assert row.value == pytest.approx(spearman[0], abs=1e-6)
    n_unknown = 42 - row.counted if not dummy else round(unknown_percent * 42 / 100)
    assert unknown_percent == pytest.approx(100 * n_unknown / 42)


# ---- differences


NOISY = WordVectors(
    WHOLE.vocab, WHOLE.vectors + np.random.default_rng(1).standard_normal(WHOLE.vectors.shape)
)


def test_the_better_of_two():
    table = compare_models({"noisy": NOISY, "whole": WHOLE, "part": PART}, TESTS)
    rows = {(row.test, row.measure, row.model, row.other): row for row in table.differences}
    assert len(rows) == len(table.differences) == 7 * 3
    scores = by_test(table.scores)
    found = rows["q", "accuracy", "noisy", "whole"]
    ours, theirs = (scores["q", "accuracy", name] for name in ("noisy", "whole"))
    assert found.value == pytest.approx(ours.value - theirs.value)
    assert (found.better, found.units, found.counted) == ("whole", "word pairs", ours.counted)
    assert found.low < found.value < found.high < 0
    assert found.p < 0.05
    # What both were asked is what `part` knows, and there it gives the same answers, almost.
    same = rows["r", "Spearman", "whole", "part"]
    assert (same.value, same.low, same.high, same.p, same.better) == (0, 0, 0, 1, None)
    assert same.counted == scores["r", "Spearman", "part"].counted
    other_way = compare_models({"whole": WHOLE, "noisy": NOISY}, TESTS).differences[2]
    assert (other_way.value, other_way.low) == pytest.approx((-found.value, -found.high))
    assert (other_way.p, other_way.better) == (found.p, "whole")


def test_sections_are_drawn_where_there_are_enough():
    sections = [AnalogySection(f"s{n}", QUESTIONS[60 * n : 60 * (n + 1)]) for n in range(9)]
    models = {"noisy": NOISY, "whole": WHOLE}
    (row,) = compare_models(models, VectorTests({"q": sections}, {}, {}, {})).differences
    assert (row.units, row.n_units) == ("sections", 9)
    few = VectorTests({"q": sections[:7]}, {}, {}, {})
    (row,) = compare_models(models, few).differences
    assert row.units == "word pairs"


def test_outliers_have_intervals():
    sets = [
        OutlierSet(f"{n}", (f"s{n}", f"s{n + 1}", f"p{n}"), (f"s{n + 9}", f"p{n + 20}"))
        for n in range(12)
    ]
    table = compare_models(
        {"whole": WHOLE, "noisy": NOISY}, VectorTests({}, {}, {"o": sets}, {}), seed=3
    )
    for row in table.scores:
        assert row.low < row.value < row.high
    assert [row.units for row in table.differences] == ["sets", "sets"]
    again = compare_models(
        {"whole": WHOLE, "noisy": NOISY}, VectorTests({}, {}, {"o": sets}, {}), seed=4
    )
    assert again.scores != table.scores
    assert [row[:4] for row in again.scores] == [row[:4] for row in table.scores]


def test_nothing_in_common_has_no_difference():
    other = WordVectors(Vocab(["zebra"], specials=()), np.ones((1, 10)))
    for row in compare_models({"whole": WHOLE, "other": other}, TESTS).differences:
        assert row[4:9] == (None, None, None, None, None)
        assert (row.counted, row.n_units) == (0, 0)
    one = compare_models({"whole": WHOLE}, TESTS)
    assert one.differences == []
    assert one.to_json()["scores"][0]["test"] == "q semantic"
