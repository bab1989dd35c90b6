"""Intervals of shares: SciPy's, how often they hold the truth, and words that are not alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from textseq.rnn.scores.confusion import Confusion
from textseq.rnn.scores.metrics import bootstrap
from textseq.rnn.scores.share_intervals import FEWEST, enough, share_interval
from textseq.rnn.scores.tag_scores import tag_intervals


@pytest.mark.parametrize(("right", "n"), [(0, 12), (49, 50), (50, 50), (811, 1000)])
@pytest.mark.parametrize("share", [0.9, 0.95])
def test_of_independent_answers_it_is_wilsons(right: int, n: int, share: float):
    expected = binomtest(right, n).proportion_ci(share, method="wilson")
    assert share_interval(right, n, share) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_it_holds_the_truth_where_a_bootstrap_does_not():
    n, true = 50, 0.99
    held = {"wilson": 0.0, "bootstrap": 0.0}
    for right in range(40, n + 1):  # fewer do not occur
        weight = binom.pmf(right, n, true)
        answers = np.repeat([1.0, 0.0], [right, n - right])
        for name, (low, high) in (
            ("wilson", share_interval(right, n)), ("bootstrap", bootstrap(answers)),
        ):  # fmt: skip
            held[name] += weight * (low <= true <= high)
    assert held["wilson"] > 0.9
    assert held["bootstrap"] < 0.5


def test_words_of_a_sentence_count_for_less_the_more_alike_they_are():
    right, n = np.array([10, 0, 10, 0, 10, 10]), np.full(6, 10)
    # All words of a sentence alike: 60 answers vary as 6 would (5 by the variance of a sample).
    low, high = share_interval(right, n)
    expected = binomtest(4, 6).proportion_ci(method="wilson")
    assert low < expected.low < expected.high < high
    rng = np.random.default_rng(1)
    alone = rng.binomial(10, 0.8, 4000)
    low, high = share_interval(alone, np.full(4000, 10))
    expected = binomtest(int(alone.sum()), 40_000).proportion_ci(method="wilson")
    assert high - low == pytest.approx(expected.high - expected.low, rel=0.05)
    assert share_interval(n, n) == share_interval(6, 6)  # nothing varies: six sentences


def test_nineteen_of_twenty_hold_an_accuracy_over_sentences():
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(600):
        chances = rng.beta(18, 2, 80)  # of a word to be right, by sentence: .9 on average
        sizes = rng.integers(1, 30, 80)
        low, high = share_interval(rng.binomial(sizes, chances), sizes)
        held += low <= 0.9 <= high
    assert 550 <= held <= 590


def test_nothing_of_nothing_and_wrong_numbers():
    assert all(map(math.isnan, share_interval(0, 0)))
    assert all(map(math.isnan, share_interval([], [])))
    assert share_interval([0, 3], [0, 4]) == share_interval([3], [4])
    for right, n in ((3, 2), (-1, 2), ([1, 2], [2])):
        with pytest.raises(ValueError, match="right answers are"):
            share_interval(right, n)


def test_a_handful_has_no_interval():
    assert enough({"f1": (0.1, 0.2)}, FEWEST - 1) == {}
    assert enough({"f1": (0.1, 0.2)}, FEWEST) == {"f1": (0.1, 0.2)}
    ids = [0, 1] * 5
    assert Confusion(ids[1:], ids[1:], 2).intervals() == {}
    found = Confusion(ids, ids, 2).intervals()
    assert found["accuracy"] == found["macro_f1"] == share_interval(10, 10)


def test_spans_without_an_error_are_so_many_sentences():
    sentence = [1, 1, 5, 5, 0, 0, 2, 2, 2]
    found = tag_intervals(np.array([sentence] * 40), spans=True)
    assert found == {"accuracy": share_interval(40, 40), "f1": share_interval(40, 40)}
    wrong = [1, 0, 5, 4, 0, 0, 1, 2, 2]
    low, high = tag_intervals(np.array([sentence] * 30 + [wrong] * 10), spans=True)["f1"]
    assert 0.75 < low < 70 / 80 < high < 1
    assert tag_intervals(np.array([sentence] * 9), spans=False) == {}
