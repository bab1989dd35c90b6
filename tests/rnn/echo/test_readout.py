"""The readout against direct solutions; blocks, weights and errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.rnn.echo.readout import Readout, RidgeSums, best_ridge

RNG = np.random.default_rng(3)


def directly(x: np.ndarray, y: np.ndarray, ridge: float, weights: np.ndarray) -> Readout:
    """Least squares with the penalty as further rows, and the bias as a column without it."""
    root = np.sqrt(weights)[:, None]
    n_inputs = x.shape[1]
    above = np.hstack([x, np.ones((len(x), 1))]) * root
    below = np.hstack([np.sqrt(ridge) * np.eye(n_inputs), np.zeros((n_inputs, 1))])
    rows, right = np.vstack([above, below]), np.vstack([y * root, np.zeros((n_inputs, y.shape[1]))])
    found = np.linalg.lstsq(rows, right, rcond=None)[0]
    return Readout(found[:-1].T, found[-1])


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    n=st.integers(1, 40), n_inputs=st.integers(1, 8), n_outputs=st.integers(1, 3),
    ridge=st.sampled_from([1e-3, 1.0, 100.0]), cut=st.integers(0, 40), weighted=st.booleans(),
    seed=st.integers(0, 9), level=st.sampled_from([0.0, 5.0]),
)  # fmt: skip
def test_the_direct_solution(n, n_inputs, n_outputs, ridge, cut, weighted, seed, level):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, n_inputs)) + level, rng.normal(size=(n, n_outputs)) - level
    counts = rng.uniform(0.5, 3, n) if weighted else np.ones(n)
    sums = RidgeSums(n_inputs, n_outputs)
    for part in (slice(0, cut), slice(cut, None)):
        sums.add(x[part], y[part], counts[part] if weighted else None)
    found, true = sums.solve(ridge), directly(x, y, ridge, counts)
    np.testing.assert_allclose(found.weights, true.weights, atol=1e-8)
    np.testing.assert_allclose(found.bias, true.bias, atol=1e-7)
    squares = ((y - found(x)) ** 2).sum(axis=1)
    assert sums.error(found) == pytest.approx(np.average(squares, weights=counts), abs=1e-8)


def test_a_line_by_hand():
    sums = RidgeSums(1, 1)
    sums.add([[0.0], [1.0], [2.0]], [[1.0], [3.0], [5.0]])
    exact = sums.solve(0.0)
    assert (exact.weights.item(), exact.bias.item()) == pytest.approx((2.0, 1.0))
    # The squares of x around its mean are 2, with y 4: 4 / (2 + 2) is 1; the bias 3 - 1.
    shrunk = sums.solve(2.0)
    assert (shrunk.weights.item(), shrunk.bias.item()) == pytest.approx((1.0, 2.0))


def test_the_bias_is_not_penalised():
    sums = RidgeSums(2, 1)
    sums.add(RNG.normal(size=(50, 2)), np.full((50, 1), 7.0))
    found = sums.solve(1e6)
    assert found.bias.item() == pytest.approx(7.0)
    np.testing.assert_allclose(found.weights, 0, atol=1e-9)


def test_far_from_zero():
    x = RNG.normal(size=(200, 3)) + 1e7  # naive sums of squares would keep two places
    y = (x - 1e7) @ np.array([[1.0], [2.0], [3.0]])
    sums = RidgeSums(3, 1)
    sums.add(x[:100], y[:100])
    sums.add(x[100:], y[100:])
    np.testing.assert_allclose(sums.solve(1e-9).weights, [[1.0, 2.0, 3.0]], atol=1e-6)


def test_a_weight_is_a_repetition():
    x, y = RNG.normal(size=(20, 4)), RNG.normal(size=(20, 2))
    weighted, repeated = RidgeSums(4, 2), RidgeSums(4, 2)
    weighted.add(x, y, np.where(np.arange(20) < 5, 3.0, 1.0))
    repeated.add(np.vstack([x, x[:5], x[:5]]), np.vstack([y, y[:5], y[:5]]))
    np.testing.assert_allclose(weighted.solve(0.5).weights, repeated.solve(0.5).weights, atol=1e-10)


def test_the_best_ridge():
    x = RNG.normal(size=(80, 30))
    y = x[:, :1] + RNG.normal(size=(80, 1))
    sums, valid = RidgeSums(30, 1), RidgeSums(30, 1)
    sums.add(x[:40], y[:40])
    valid.add(x[40:], y[40:])
    ridges = [0.01, 1.0, 10.0, 1000.0]
    ridge, readout = best_ridge(sums, valid, ridges)
    errors = {r: ((y[40:] - sums.solve(r)(x[40:])) ** 2).mean() for r in ridges}
    assert ridge == min(errors, key=errors.__getitem__)
    assert ((y[40:] - readout(x[40:])) ** 2).mean() == pytest.approx(min(errors.values()))


def test_what_does_not_work():
    sums = RidgeSums(2, 1)
    with pytest.raises(ValueError, match="no rows"):
        sums.solve(1.0)
    assert np.isnan(sums.error(Readout(np.zeros((1, 2)), np.zeros(1))))
    with pytest.raises(ValueError, match=r"\(3, 3\) with targets \(3, 1\); \(n, 2\)"):
        sums.add(np.zeros((3, 3)), np.zeros((3, 1)))
    with pytest.raises(ValueError, match="finite"):
        sums.add([[np.nan, 1.0]], [[1.0]])
    with pytest.raises(ValueError, match="0 or more for each of 2 rows"):
        sums.add(np.zeros((2, 2)), np.zeros((2, 1)), [1.0, -1.0])
    sums.add(np.zeros((0, 2)), np.zeros((0, 1)))
    assert sums.total == 0
    sums.add(np.ones((5, 2)), np.zeros((5, 1)))
    with pytest.raises(ValueError, match="ridge is 0; that is too little here"):
        sums.solve(0.0)
    with pytest.raises(ValueError, match="ridge is -1"):
        sums.solve(-1.0)
    with pytest.raises(ValueError, match="too little"):
        best_ridge(sums, sums, [0.0])
    assert best_ridge(sums, sums, [0.0, 1.0])[0] == 1.0
    with pytest.raises(ValueError, match="no ridges"):
        best_ridge(sums, sums, [])
