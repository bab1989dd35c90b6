"""Reservoirs: their weights, their spectral radius, and states as the equation has them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import EchoStateConfig
from textseq.rnn.echo.reservoir import (
    Matrix,
    Reservoir,
    draw,
    n_weights,
    shape_of,
    spectral_radius_of,
)


def sparse(dense: np.ndarray) -> Matrix:
    """All weights of a dense matrix, zeros included."""
    n = len(dense)
    return Matrix(dense.T.copy(), np.repeat(np.arange(n, dtype=np.int32)[:, None], n, axis=1))


@pytest.mark.parametrize(("units", "density"), [(1, 1.0), (7, 0.5), (100, 0.05), (400, 0.02)])
def test_draw(units: int, density: float):
    matrix = draw(units, density, 1.25, np.random.default_rng(2))
    dense = matrix.dense()
    assert matrix.values.shape == matrix.columns.shape == shape_of(units, density)
    assert np.count_nonzero(dense) == n_weights(units, density)
    inputs = np.count_nonzero(dense, axis=1)  # of each unit
    assert inputs.max() - inputs.min() <= 1
    assert np.abs(np.linalg.eigvals(dense)).max() == pytest.approx(1.25, rel=1e-9)


def test_the_seed_decides():
    config = EchoStateConfig(units=60, density=0.1)
    one, same = Reservoir.random(2, config), Reservoir.random(2, config)
    np.testing.assert_array_equal(one.recurrent.dense(), same.recurrent.dense())
    np.testing.assert_array_equal(one.w_in, same.w_in)
    for other in (
        Reservoir.random(2, config.replace(seed=2)), Reservoir.random(2, config, number=1),
    ):  # fmt: skip
        assert not np.array_equal(one.w_in, other.w_in)
    assert 0.4 < np.abs(one.w_in).max() <= config.input_scaling
    assert 0.4 < np.abs(one.bias).max() <= config.bias_scaling


@pytest.mark.parametrize(
    ("dense", "radius"),
    [
        ([[0, 2], [0.5, 0]], 1.0),  # eigenvalues 1 and -1
        ([[0, -3], [3, 0]], 3.0),  # 3i and -3i
        ([[0.5, 1], [0, -0.25]], 0.5),  # triangular: its diagonal
        ([[0, 1, 1], [0, 0, 1], [0, 0, 0]], 0.0),  # nilpotent, exactly 0
        ([[0, 0], [0, 0]], 0.0),
    ],
)
def test_spectral_radius(dense, radius):
    assert spectral_radius_of(sparse(np.array(dense, float))) == pytest.approx(radius, abs=1e-12)
    if radius == 0.0:
        assert spectral_radius_of(sparse(np.array(dense, float))) == 0.0


def test_arpack_and_the_dense_method_agree():
    matrix = draw(450, 0.03, 0.7, np.random.default_rng(5))  # large enough for ARPACK
    assert np.abs(np.linalg.eigvals(matrix.dense())).max() == pytest.approx(0.7, rel=1e-10)


def test_arpack_that_does_not_converge(monkeypatch: pytest.MonkeyPatch):
    from scipy.sparse import linalg

    def fails(*_: object, **__: object) -> None:
        raise linalg.ArpackNoConvergence("no", np.zeros(0), np.zeros(0))

    monkeypatch.setattr(linalg, "eigs", fails)
    matrix = draw(310, 0.03, 0.7, np.random.default_rng(5))
    assert np.abs(np.linalg.eigvals(matrix.dense())).max() == pytest.approx(0.7, rel=1e-10)


def test_what_cannot_echo():
    with pytest.raises(ValueError, match=r"density is 0.001; of 20 x 20 .* none is left"):
        draw(20, 0.001, 0.9, np.random.default_rng(1))
    with pytest.raises(ValueError, match=r"no circle \(1 weights among 20 units\).*cannot be made"):
        draw(20, 1 / 400, 0.9, np.random.default_rng(1))
    for name in ("spectral_radius", "density", "leak"):
        with pytest.raises(ValueError, match=f"{name} is 0.0; it is above 0"):
            EchoStateConfig(**{name: 0.0})
    with pytest.raises(ValueError, match=r"leak is 1\.5; the most that works is 1"):
        EchoStateConfig(leak=1.5)


def test_one_unit_by_hand():
    matrix = Matrix(np.array([[0.5]]), np.zeros((1, 1), np.int32))
    one = Reservoir(np.array([[2.0]]), np.array([0.1]), matrix, 0.25)
    first = 0.25 * np.tanh(2.0 * 0.3 + 0.1)
    second = 0.75 * first + 0.25 * np.tanh(2.0 * -1.0 + 0.1 + 0.5 * first)
    found = one.states(np.array([[0.3], [-1.0]]))
    np.testing.assert_allclose(found[:, 0], [first, second], rtol=1e-15)


@settings(derandomize=True, deadline=None, max_examples=30)
@given(
    units=st.integers(2, 40), density=st.sampled_from([0.2, 0.6, 1.0]),
    leak=st.floats(0.01, 1.0), n_steps=st.integers(0, 12), seed=st.integers(0, 5),
)  # fmt: skip
def test_states_are_those_of_the_equation(units, density, leak, n_steps, seed):
    config = EchoStateConfig(units=units, density=density, leak=leak, seed=seed)
    try:
        reservoir = Reservoir.random(3, config)
    except ValueError:  # few units, and no circle among them
        return
    rng = np.random.default_rng(seed)
    inputs, start = rng.normal(size=(n_steps, 3)), rng.normal(size=units)
    for state in (None, start):
        plain = reservoir.plain_states(inputs, state)
        # Sums in another order: a rounding or two.
        np.testing.assert_allclose(reservoir.states(inputs, state), plain, atol=1e-13)


@pytest.mark.parametrize("density", [0.05, 0.5])
def test_states_in_parts(density: float):
    reservoir = Reservoir.random(1, EchoStateConfig(units=50, density=density))
    inputs = np.sin(np.arange(100.0))[:, None]
    whole, first = reservoir.states(inputs), reservoir.states(inputs[:37])
    kept = first[-1].copy()
    rest = reservoir.states(inputs[37:], first[-1])
    np.testing.assert_array_equal(np.vstack([first, rest]), whole)
    np.testing.assert_array_equal(first[-1], kept)  # what is given is not written to


def test_the_linear_part_by_hand():
    matrix = sparse(np.array([[0, 2.0], [0.5, 0]]))
    one = Reservoir(np.zeros((2, 1)), np.zeros(2), matrix, 0.25)
    np.testing.assert_array_equal(one.linear(), [[0.75, 0.5], [0.125, 0.75]])


def test_the_beginning_is_forgotten():
    reservoir = Reservoir.random(1, EchoStateConfig(units=80, density=0.1, spectral_radius=0.8))
    inputs = np.random.default_rng(1).normal(size=(300, 1))
    one, other = reservoir.states(inputs), reservoir.states(inputs, np.full(80, 0.9))
    assert np.abs(one[0] - other[0]).max() > 0.1
    assert np.abs(one[-1] - other[-1]).max() < 1e-8
