"""The questions: answers known by hand, properties, and gensim's answers beside ours."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.text.vocab import Vocab
from textseq.vectors.questions import Neighbour, Term, largest
from textseq.vectors.word_vectors import UnknownWordError, WordVectors


def make(rows: dict[str, list[float]]) -> WordVectors:
    return WordVectors(Vocab(list(rows), specials=()), np.array(list(rows.values()), np.float32))


def random_vectors(n_words: int = 60, dim: int = 5, seed: int = 0) -> WordVectors:
    rng = np.random.default_rng(seed)
    words = [f"w{number}" for number in range(n_words)]
    rows = rng.standard_normal((n_words, dim)) * rng.uniform(0.1, 9, (n_words, 1))
    return WordVectors(Vocab(words, specials=()), rows.astype(np.float32))


@pytest.fixture
def compass() -> WordVectors:
    """Directions in the plane, of unequal lengths."""
    return make(
        {"east": [2, 0], "north": [0, 3], "northeast": [5, 5], "west": [-1, 0], "nowhere": [0, 0]}
    )


def words_of(answer: list[Neighbour]) -> list[str]:
    return [each.word for each in answer]


# ---- which are answers


def test_threshold_by_hand(compass: WordVectors):
    assert words_of(compass.nearest("east", threshold=0.5)) == ["northeast"]
    assert words_of(compass.nearest("east", threshold=0)) == ["northeast", "north", "nowhere"]
    assert words_of(compass.nearest("east", 1, threshold=0)) == ["northeast"]
    assert len(compass.nearest("east", threshold=-1)) == 4
    assert compass.nearest("east", threshold=1) == []
    assert words_of(compass.nearest("east", threshold=0, exclude=["northeast"])) == [
        "north",
        "nowhere",
    ]


def test_a_threshold_means_any_number_of_answers():
    vectors = random_vectors()
    assert len(vectors.nearest("w0")) == 10
    assert len(vectors.nearest("w0", threshold=-1)) == 59
    assert len(vectors.nearest("w0", 12, threshold=-1)) == 12


def test_pattern_by_hand(compass: WordVectors):
    assert words_of(compass.nearest("east", pattern="^n")) == ["northeast", "north", "nowhere"]
    assert words_of(compass.nearest("east", pattern="east$")) == ["northeast"]
    assert words_of(compass.nearest("east", pattern=re.compile("EAST", re.I))) == ["northeast"]
    assert words_of(compass.nearest("north", 1, pattern="^.?est")) == ["west"]
    assert compass.nearest("east", pattern="x") == []
    assert words_of(compass.nearest("west", pattern="^n", restrict=2)) == ["north"]


@given(
    seed=st.integers(0, 9),
    n=st.none() | st.integers(0, 70),
    restrict=st.none() | st.integers(1, 80),
    threshold=st.none() | st.floats(-1, 1),
    pattern=st.none() | st.sampled_from(["[13579]$", "^w1", "w", "x"]),
    exclude=st.lists(st.sampled_from(["w1", "w7", "w33", "none"]), max_size=3),
)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_all_that_narrows_answers_is_a_filter_of_the_whole_list(
    seed: int, n: int | None, restrict: int | None, threshold: float | None, pattern: str | None,
    exclude: list[str],
):  # fmt: skip
    vectors = random_vectors(seed=seed)
    options: dict[str, Any] = {
        "restrict": restrict, "threshold": threshold, "pattern": pattern, "exclude": exclude,
    }  # fmt: skip
    asked = ["w7", "w50", "w7", "w33"]
    batch = vectors.nearest(asked, n, **options)
    for word, found in zip(asked, batch, strict=True):
        wanted = [
            each
            for each in vectors.nearest(word, len(vectors))
            if each.word not in exclude
            and (restrict is None or vectors.word_id(each.word) < restrict)
            and (threshold is None or each.similarity >= threshold + 1e-6)
            and (pattern is None or re.search(pattern, each.word))
        ]
        wanted = wanted[: n if n is not None else 10 if threshold is None else None]
        found = [f for f in found if threshold is None or f.similarity >= threshold + 1e-6]
        assert words_of(found) == words_of(wanted)
        np.testing.assert_allclose(
            [f.similarity for f in found], [w.similarity for w in wanted], atol=1e-6
        )


def test_several_vectors_are_asked_at_once():
    vectors = random_vectors()
    some = vectors.vectors[[3, 4, 5]]
    found = vectors.nearest(some, 2)
    assert [words_of(each)[0] for each in found] == ["w3", "w4", "w5"]  # type: ignore[arg-type]
    assert vectors.nearest(np.zeros((0, 5)), 2) == []


def test_largest_cuts_ties_by_order():
    scores = np.float32([1, 3, 2, 3, -np.inf, 3])
    assert largest(scores, 2) == [1, 3]
    assert largest(scores, 9) == [1, 3, 5, 2, 0]
    assert largest(scores, 0) == []


# ---- sums


def test_sums_by_hand(compass: WordVectors):
    np.testing.assert_allclose(compass.combine(["east", "north"]), [1, 1])
    np.testing.assert_allclose(compass.combine("east", "north"), [1, -1])
    np.testing.assert_allclose(compass.combine([("east", 0.5)], [("north", 2)]), [0.5, -2])
    np.testing.assert_allclose(compass.combine([np.array([3, 4]), ("east", -1)]), [2, 4])
    best = compass.nearest_combined(["east", "north"], n=1)
    assert best == [Neighbour("northeast", pytest.approx(1.0))]
    assert words_of(compass.nearest_combined(["northeast"], ["north"], 1)) == ["east"]
    # What is in the sum is no answer; a vector bars nothing.
    assert "east" not in words_of(compass.nearest_combined([("east", 1)], [("north", 0.0)]))
    assert "north" not in words_of(compass.nearest_combined("east", ["north"]))
    assert words_of(compass.nearest_combined(np.array([1, 0]), n=1)) == ["east"]
    assert words_of(compass.nearest_combined("east", n=3, pattern="w")) == ["nowhere", "west"]


@pytest.mark.parametrize("seed", range(5))
def test_a_sum_of_one_word_is_the_word(seed: int):
    vectors = random_vectors(seed=seed)
    for terms in ("w3", ["w3"], [("w3", 2.5)]):
        alone, found = vectors.nearest("w3", 7), vectors.nearest_combined(terms, n=7)
        assert words_of(found) == words_of(alone)
        np.testing.assert_allclose([f[1] for f in found], [a[1] for a in alone], atol=1e-6)


def test_an_analogy_is_a_sum():
    vectors = random_vectors()
    found = vectors.nearest_combined(["w2", "w3"], ["w1"], 5)
    assert words_of(vectors.analogy("w1", "w2", "w3", 5)) == words_of(found)


@pytest.mark.parametrize(
    ("positive", "negative", "message"),
    [
        ([], [], "nothing was given to combine"),
        ([("east", math.nan)], [], "a weight is nan"),
        ([np.array([1, math.inf])], [], "NaN or inf"),
        ([np.ones(3)], [], r"shape \(3,\)"),
        ([np.ones((2, 2))], [], r"shape \(2, 2\)"),
    ],
)
def test_what_is_no_sum(
    compass: WordVectors, positive: list[Term], negative: list[Term], message: str
):
    with pytest.raises(ValueError, match=message):
        compass.nearest_combined(positive, negative)


def test_unknown_words_in_sums(compass: WordVectors):
    with pytest.raises(UnknownWordError, match="'estt' is not among"):
        compass.nearest_combined(["east"], ["estt"])
    with pytest.raises(TypeError, match="a int was given where one word"):
        compass.combine([7])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 1.5}, "threshold is 1.5; it is a cosine"),
        ({"threshold": math.nan}, "threshold is nan"),
        ({"pattern": "("}, r"pattern is '\('; missing \)"),
        ({"n": -1}, "n is -1"),
        ({"restrict": 0}, "restrict is 0"),
    ],
)
def test_options_that_are_none(compass: WordVectors, options: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        compass.nearest("east", **options)
    with pytest.raises(ValueError, match=message):
        compass.nearest_combined(["east"], **options)


# ---- pairs, ranks, analogies


def test_rank_and_closer_by_hand(compass: WordVectors):
    order = ["northeast", "north", "nowhere", "west"]
    assert [compass.rank("east", word) for word in order] == [1, 2, 2, 4]
    assert compass.rank("east", "east") == 1
    assert words_of(compass.closer("east", "west")) == order[:3]
    assert compass.closer("east", "north") == [Neighbour("northeast", pytest.approx(0.70710678))]
    assert compass.closer("east", "northeast") == []


def test_many_pairs_and_many_analogies_are_those_one_by_one(monkeypatch: pytest.MonkeyPatch):
    vectors = random_vectors()
    monkeypatch.setattr("textseq.vectors.questions._SCORES_AT_ONCE", 60 * 2)
    monkeypatch.setattr("textseq.vectors.questions._ROWS_AT_ONCE", 4)
    pairs = [(f"w{k}", f"w{59 - k}") for k in range(9)]
    np.testing.assert_allclose(
        vectors.similarities(pairs), [vectors.similarity(a, b) for a, b in pairs], atol=1e-12
    )
    assert vectors.similarities([]).shape == (0,)
    questions = [(f"w{k}", f"w{k + 9}", f"w{k + 20}") for k in range(7)]
    for method in ("3cosadd", "3cosmul"):
        batch = vectors.analogies(questions, 3, method=method, restrict=50)  # type: ignore[arg-type]
        for question, found in zip(questions, batch, strict=True):
            alone = vectors.analogy(*question, 3, method=method, restrict=50)  # type: ignore[arg-type]
            assert words_of(found) == words_of(alone)
    assert vectors.analogies([]) == []


# ---- beside gensim


@pytest.mark.parametrize("seed", range(4))
def test_gensim_gives_the_same(seed: int):
    gensim = pytest.importorskip("gensim.models")
    vectors = random_vectors(seed=seed)
    words = vectors.vocab.tokens
    theirs = gensim.KeyedVectors(5)
    theirs.add_vectors(words, vectors.vectors)
    rng = np.random.default_rng(seed)

    def same(found: list[Neighbour], wanted: list[tuple[str, float]]) -> None:
        assert words_of(found) == [word for word, _ in wanted]
        np.testing.assert_allclose([f[1] for f in found], [w[1] for w in wanted], atol=1e-5)

    for _ in range(10):
        a, b, c, d = rng.choice(words, 4, replace=False).tolist()
        same(vectors.nearest(a), theirs.most_similar(a))
        same(
            vectors.nearest_combined([a, (b, 0.3)], [c], 8, restrict=40),
            theirs.most_similar([a, (b, 0.3)], [c], topn=8, restrict_vocab=40),
        )
        row = rng.standard_normal(5).astype(np.float32)
        same(vectors.nearest_combined([a, row]), theirs.most_similar([a, row]))
        same(vectors.analogy(a, b, c, 5), theirs.most_similar([b, c], [a], topn=5))
        assert vectors.rank(a, d) == theirs.rank(a, d)
        assert sorted(words_of(vectors.closer(a, d))) == sorted(theirs.closer_than(a, d))
        assert vectors.similarity(a, d) == pytest.approx(theirs.similarity(a, d), abs=1e-6)
