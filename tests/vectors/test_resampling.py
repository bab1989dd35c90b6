"""Resampling: weights by hand, the plain way by repeating questions, and what p-values promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap

from textseq.vectors.scores.evaluation import spearman
from textseq.vectors.scores.intervals import wilson
from textseq.vectors.scores.resampling import (
    RESAMPLES,
    Units,
    choose_units,
    draws,
    mean_interval,
    mean_of,
    spearman_difference,
    spread_of,
)

RNG = np.random.default_rng(0)


def each(n: int) -> Units:
    return Units("questions", np.arange(n))


@pytest.mark.parametrize("n_units", [2, 7, 20_000])
def test_draws(n_units: int):
    n = 40
    drawn = np.concatenate(list(draws(n_units, 3, n)), axis=1)
    assert drawn.shape == (n_units, n)
    assert (drawn.sum(axis=0) == n_units).all()
    same = np.concatenate(list(draws(n_units, 3, n)), axis=1)
    assert (drawn == same).all()
    assert len(np.unique(drawn, axis=1).T) > 2


def test_means_of_groups_by_repeating():
    ids = np.array([0, 0, 1, 2, 2, 2, 3])
    values = RNG.standard_normal(7)
    weights = next(draws(4, 1, 20))
    found = mean_of(values, Units("sets", ids))(weights)
    plain = [np.repeat(values, column[ids].astype(int)).mean() for column in weights.T]
    np.testing.assert_allclose(found, plain)


def test_means_of_pairs_by_hand():
    # Three pairs of words; each question is of two of them.
    units = Units("word pairs", np.array([[0, 1], [1, 0], [0, 2], [2, 1]]))
    values = np.array([1.0, 0.0, 1.0, 0.0])
    weights = np.array([[2.0, 1, 3], [1, 1, 0], [0, 1, 0]])
    # Drawn (2, 1, 0): the first two questions count twice each. (3, 0, 0): there is no question.
    np.testing.assert_allclose(mean_of(values, units)(weights), [0.5, 0.5, np.nan])


@pytest.mark.parametrize("digits", [0, 1, 9])
def test_rank_correlations_by_repeating(digits: int):
    ratings, a, b = RNG.standard_normal((3, 30)).round(digits)
    weights = next(draws(30, 1, 25))
    found = spearman_difference(a, b, ratings)(weights)
    for difference, column in zip(found, weights.T, strict=True):
        gold, x, y = (np.repeat(series, column.astype(int)) for series in (ratings, a, b))
        plain = spearman(x, gold) - spearman(y, gold)  # type: ignore[operator]
        assert difference == pytest.approx(plain, abs=1e-9)


def test_a_constant_series_has_no_difference():
    a = np.arange(10.0)
    assert spread_of(spearman_difference(a, np.ones(10), a), 10, 1) is None


def test_the_interval_is_that_of_scipy():
    values = RNG.exponential(size=60)
    theirs = bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", random_state=RNG
    ).confidence_interval
    ours = mean_interval(values, each(60), 1, is_share=False)
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.02)
    assert ours == mean_interval(values, each(60), 1, is_share=False)
    assert ours != mean_interval(values, each(60), 2, is_share=False)


def test_shares_that_are_whole():
    ids = np.repeat(np.arange(9), 8)
    for right in (0, 1):
        found = mean_interval(np.full(72, float(right)), Units("sets", ids), 1, is_share=True)
        assert found == wilson(9 * right, 9)  # nine sets, and not 72 outliers
    assert mean_interval(np.ones(1), each(1), 1, is_share=False) is None
    assert mean_interval(np.empty(0), each(0), 1, is_share=True) is None


def test_groups_that_agree_say_less_than_their_questions():
    ids = np.repeat(np.arange(10), 50)
    values = (RNG.standard_normal(10)[ids] > 0).astype(float)  # a group is right or wrong as one
    low, high = mean_interval(values, Units("sections", ids), 1, is_share=True)  # type: ignore[misc]
    alone = mean_interval(values, each(500), 1, is_share=True)
    assert high - low > 3 * (alone[1] - alone[0])  # type: ignore[index]


def test_p_values():
    tie = np.array([1.0, -1.0] * 20)
    found = spread_of(mean_of(tie, each(40)), 40, 1)
    assert found is not None
    assert found.p > 0.8
    assert found.low == pytest.approx(-found.high, abs=0.03)
    sure = spread_of(mean_of(np.ones(40), each(40)), 40, 1)
    assert sure == (1.0, 1.0, 2 / (RESAMPLES + 1))
    # Four units that agree: one of eight such throws of a coin does.
    few = spread_of(mean_of(np.ones(4), each(4)), 4, 1)
    assert few == (1.0, 1.0, 0.125)
    assert spread_of(mean_of(np.zeros(9), each(9)), 9, 1) == (0.0, 0.0, 1.0)
    assert spread_of(mean_of(np.ones(1), each(1)), 1, 1) is None


def test_where_there_is_no_difference_one_in_twenty_is_found():
    found = [spread_of(mean_of(row, each(50)), 50, 1) for row in RNG.standard_normal((200, 50))]
    n_found = sum(each.p < 0.05 for each in found if each is not None)
    assert 3 <= n_found <= 20  # 10 expected, and a few more of 50 units


def test_units_of_what_was_asked():
    groups = Units("sections", np.repeat(np.arange(9), 2))
    single = each(18)
    asked = np.ones(18, bool)
    assert choose_units(groups, single, asked).name == "sections"
    asked[:2] = False  # the first section; eight are left
    left = choose_units(groups, single, asked)
    assert (left.name, left.n, left.ids[0]) == ("sections", 8, 0)
    asked[2:4] = False
    assert choose_units(groups, single, asked)[0] == "questions"


def test_units_are_numbered_as_they_appear():
    units = Units("word pairs", np.array([[5, 2], [2, 9]]))
    found = units.of(np.array([True, True]))
    assert found.ids.tolist() == [[0, 1], [1, 2]]
    assert found.n == 3
