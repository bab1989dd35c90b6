"""Intervals: published examples, their edges, and how often they hold what is true."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from textseq.vectors.scores.evaluation import spearman
from textseq.vectors.scores.intervals import spearman_interval, wilson


@pytest.mark.parametrize(("right", "n"), [(0, 1), (1, 1), (0, 20), (7, 20), (20, 20), (81, 263)])
def test_wilson_is_that_of_scipy(right: int, n: int):
    expected = binomtest(right, n).proportion_ci(method="wilson")
    assert wilson(right, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("n", [*range(1, 80), 240])
def test_wilson_holds_the_share_itself(n: int):
    assert wilson(n, n)[1] == 1.0
    assert wilson(0, n)[0] == 0.0


def test_wilson_of_a_published_example():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)  # Newcombe (1998), table I
    assert wilson(0, 0) is None


def test_spearman_by_hand():
    # atanh(.5) = .54931, the half is 1.95996 * sqrt((1 + .125) / 100) = .20788
    assert spearman_interval(0.5, 103) == pytest.approx((0.32875, 0.63942), abs=1e-5)
    assert spearman_interval(1.0, 10) == (1.0, 1.0)
    assert spearman_interval(0.5, 3) is None
    assert spearman_interval(None, 100) is None


def test_nineteen_of_twenty_hold_the_true_correlation():
    rng = np.random.default_rng(0)
    true = 6 / np.pi * np.arcsin(0.6 / 2)  # of ranks, where numbers correlate by .6
    held = 0
    for _ in range(1000):
        x, noise = rng.standard_normal((2, 60))
        low, high = spearman_interval(spearman(x, 0.6 * x + 0.8 * noise), 60)
        held += low < true < high
    assert 930 <= held <= 970
