"""What is usual: medians by hand, a few that are far off, and scipy's p- and q-values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from textseq.vectors.comparison.usual import adjust, upper_tail, usual, z_scores


def test_one_band_is_a_median_and_a_spread():
    values = np.array([1.0, 2, 3, 4, 100])
    middle, spread = usual(values, np.arange(5))
    assert middle == pytest.approx([3.0] * 5)
    assert spread == pytest.approx([1.4826] * 5)  # off by 2, 1, 0, 1, 97: the median is 1
    assert z_scores(values, middle, spread)[[0, 2]] == pytest.approx([-2 / 1.4826, 0])


def test_bands_follow_the_order_and_run_into_each_other():
    order = np.random.default_rng(0).permutation(1000)
    values = np.empty(1000)
    values[order] = np.arange(1000) / 10  # rises along the order, by 20 a band
    middle, _ = usual(values, order)
    inner = order[100:900]
    assert middle[inner] == pytest.approx(values[inner])
    assert middle[order[:100]] == pytest.approx(np.full(100, 9.95))  # the centre of the first band


def test_a_few_that_are_far_off_change_little():
    values = np.random.default_rng(0).standard_normal(1000)
    middle, spread = usual(values, np.arange(1000))
    values[::50] += 1e6
    moved, wider = usual(values, np.arange(1000))
    assert moved == pytest.approx(middle, abs=0.2)
    assert wider == pytest.approx(spread, abs=0.2)


def test_where_nothing_spreads_nothing_is_unusual():
    values = np.ones(5)
    assert z_scores(values, *usual(values, np.arange(5))).tolist() == [0.0] * 5


def test_p_values_are_those_of_scipy():
    z = np.array([-3.0, 0, 1, 1.6449, 5, 30])
    assert upper_tail(z) == pytest.approx(stats.norm.sf(z), rel=1e-9)


def test_q_values_by_hand():
    # 3 * .01 / 1 = .03; 3 * .02 / 2 = .03; 3 * .5 / 3 = .5
    assert adjust(np.array([0.5, 0.02, 0.01])) == pytest.approx([0.5, 0.03, 0.03])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_q_values_are_those_of_scipy(p: list[float]):
    assert adjust(np.array(p)) == pytest.approx(stats.false_discovery_control(p), abs=1e-12)
