"""SeriesSums: both things a readout is drawn to, by hand, and the choice among ridges."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.rnn.echo.readout import RidgeSums
from textseq.rnn.echo.shrinkage import SERIES_RIDGES, SeriesSums, Shrinkage

RNG = np.random.default_rng(0)
STATES, ROWS = RNG.normal(size=(80, 5)), RNG.normal(size=(81, 2)).cumsum(axis=0)
FEATURES, FOLLOWING = np.hstack([STATES, ROWS[:-1]]), ROWS[1:]
ITSELF = slice(5, None)


def sums_of(n: int, itself: slice | None = ITSELF) -> SeriesSums:
    sums = SeriesSums(7, 2, itself)
    sums.add(FEATURES[:n], FOLLOWING[:n])
    return sums


def test_a_large_ridge_gives_what_it_draws_to():
    found = sums_of(80).solve(1e12)
    mean, last = found["mean"](FEATURES), found["last value"](FEATURES)
    np.testing.assert_allclose(mean, np.tile(FOLLOWING.mean(axis=0), (80, 1)), atol=1e-6)
    drift = (FOLLOWING - ROWS[:-1]).mean(axis=0)
    np.testing.assert_allclose(last, ROWS[:-1] + drift, atol=1e-6)


def test_without_a_ridge_it_draws_to_nothing():
    found = sums_of(80).solve(1e-10)
    np.testing.assert_allclose(found["mean"].weights, found["last value"].weights, atol=1e-9)
    assert list(sums_of(80, None).solve(1.0)) == ["mean"]


def test_the_choice_is_that_of_the_least_error():
    held_out = slice(40, 80)
    best = min(
        (float(((readout(FEATURES[held_out]) - FOLLOWING[held_out]) ** 2).sum()), ridge, toward)
        for ridge in SERIES_RIDGES
        for toward, readout in sums_of(40).solve(ridge).items()
    )
    sums = sums_of(40)
    blocks = ((FEATURES[part], FOLLOWING[part]) for part in (slice(40, 47), slice(47, 80)))
    assert sums.choose(blocks) == Shrinkage(best[1], best[2])  # type: ignore[arg-type]
    # And the rows that it was chosen on are learnt from.
    plain = RidgeSums(7, 2)
    plain.add(FEATURES, FOLLOWING)
    np.testing.assert_allclose(sums.solve(0.5)["mean"].weights, plain.solve(0.5).weights, rtol=1e-9)


def test_ridges_that_are_too_small_are_left_out():
    twice = np.hstack([STATES, STATES])
    sums = SeriesSums(10, 2, None)
    sums.add(twice[:40], FOLLOWING[:40])
    held_out = [(twice[40:], FOLLOWING[40:])]
    assert sums.choose(held_out, (0.0, 1.0)) == Shrinkage(1.0, "mean")
    with pytest.raises(ValueError, match="a larger one works"):
        sums.choose(held_out, (0.0,))
