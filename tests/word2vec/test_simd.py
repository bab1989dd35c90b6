"""Registers, rows and small products against NumPy; buffers have a margin that must stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from textseq.word2vec.kernels import cpu_rows
from textseq.word2vec.kernels.simd import LANES, pointers, vtranspose

Floats = NDArray[np.float32]
MARGIN = 24  # floats before and behind each buffer: whoever writes there is found out
DIMS = sorted({LANES, 3 * LANES, 48, 112, 304})
IN_EIGHTS = [8, 16, 40]
IN_LANES = sorted({LANES, 2 * LANES, 48})


class Three(NamedTuple):
    """Numba functions cannot take pointers from Python; they can take arrays and make some."""

    a: Floats
    b: Floats
    c: Floats


class Ids(NamedTuple):
    ids: NDArray[np.int64]


class Guarded:
    """A flat copy of an array between margins of a number that no result has."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.shape = values.shape
        self.whole = np.full(values.size + 2 * MARGIN, 1234.5, np.float32)
        self.flat[:] = values.reshape(-1)

    @property
    def flat(self) -> Floats:
        return self.whole[MARGIN:-MARGIN]

    @property
    def values(self) -> Floats:
        """What the buffer holds now; a failure if anything was written outside it."""
        assert (self.whole[:MARGIN] == 1234.5).all()
        assert (self.whole[-MARGIN:] == 1234.5).all()
        return self.flat.reshape(self.shape).copy()


def random(*shape: int) -> Floats:
    return np.random.default_rng(sum(shape)).standard_normal(shape, np.float32)


def nans(*shape: int) -> Floats:
    """What a result is written over: values that were not written show."""
    return np.full(shape, np.nan, np.float32)


def call(function: Callable[..., Any], *values: NDArray[Any], sizes: tuple[int, ...]) -> Any:
    """Run a function of (Three, sizes...) on guarded copies; return what is in them."""
    guarded = [Guarded(value) for value in values]
    function(Three(*(guard.flat for guard in guarded)), *sizes)
    return [guard.values for guard in guarded]


# --- products


@njit
def _matmul(three, a_row, a_k, m, n, n_k):
    three = pointers(three)
    cpu_rows.matmul(three.a, a_row, a_k, three.b, n, three.c, n, m, n, n_k)


@pytest.mark.parametrize("n_k", [1, 7, 16, 100])
@pytest.mark.parametrize("n", IN_LANES)
@pytest.mark.parametrize("m", IN_EIGHTS)
def test_matmul(m: int, n: int, n_k: int):
    a, b = random(m, n_k), random(n_k, n)
    expected = a.astype(np.float64) @ b
    c = call(_matmul, a, b, nans(m, n), sizes=(n_k, 1, m, n, n_k))[2]
    np.testing.assert_allclose(c, expected, atol=2e-5)
    # The same matrix, stored transposed and read by its strides.
    c = call(_matmul, a.T.copy(), b, nans(m, n), sizes=(1, m, m, n, n_k))[2]
    np.testing.assert_allclose(c, expected, atol=2e-5)


@njit
def _matmul_add(three, ids, m, n, n_k):
    three, ids = pointers(three), pointers(ids)
    cpu_rows.matmul_add(three.a, n_k, 1, three.b, n, three.c, ids.ids, m, n, n_k)


@pytest.mark.parametrize("n", IN_LANES)
def test_matmul_add_reaches_a_row_that_stands_twice(n: int):
    ids = np.array([3, 0, 3, 3, 1, 9, 0, 2, 3, 3, 8, 8, 8, 0, 1, 4])
    a, b, table = random(16, 5), random(5, n), random(10, n)
    expected = table.astype(np.float64)
    np.add.at(expected, ids, a.astype(np.float64) @ b)

    def function(three: Three, *sizes: int) -> None:
        _matmul_add(three, Ids(ids), *sizes)

    result = call(function, a, b, table, sizes=(16, n, 5))[2]
    np.testing.assert_allclose(result, expected, atol=2e-5)


# --- rows


@njit
def _vtranspose(three, start, stride, to, to_stride):
    three = pointers(three)
    vtranspose(three.a, start, stride, three.b, to, to_stride)


def test_vtranspose_moves_one_block_and_nothing_else():
    rows, columns = LANES + 3, LANES + 5
    source, target = random(rows, columns), random(columns, rows)
    expected = target.copy()
    expected[4 : 4 + LANES, 1 : 1 + LANES] = source[2 : 2 + LANES, 3 : 3 + LANES].T
    sizes = (2 * columns + 3, columns, 4 * rows + 1, rows)
    _, result, _ = call(_vtranspose, source, target, nans(1), sizes=sizes)
    assert np.array_equal(result, expected)


@njit
def _transpose(three, m, n):
    three = pointers(three)
    cpu_rows.transpose(three.a, m, n, three.b)


@pytest.mark.parametrize("n", DIMS)
@pytest.mark.parametrize("m", IN_LANES)
def test_transpose(m: int, n: int):
    a = random(m, n)
    result = call(_transpose, a, nans(n, m), nans(1), sizes=(m, n))[1]
    assert np.array_equal(result, a.T)


@njit
def _dot_rows(three, first, end, one_at, dim, score_at):
    three = pointers(three)
    cpu_rows.dot_rows(three.a, first, end, three.b, one_at, dim, three.c, score_at)


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize(("first", "end"), [(0, 0), (3, 4), (0, 4), (2, 7), (1, 9), (0, 11)])
def test_dot_rows(dim: int, first: int, end: int):
    rows, ones, score = random(11, dim), random(2, dim), random(14)
    expected = score.astype(np.float64)
    expected[2 : 2 + end - first] = rows[first:end].astype(np.float64) @ ones[1]
    result = call(_dot_rows, rows, ones, score, sizes=(first, end, dim, dim, 2))[2]
    np.testing.assert_allclose(result, expected, atol=5e-5)


@njit
def _sum_rows(three, first, end, dim):
    three = pointers(three)
    cpu_rows.sum_rows(three.a, first, end, three.b, 1, dim, three.c, dim)


@njit
def _spread_row(three, first, end, dim):
    three = pointers(three)
    cpu_rows.spread_row(three.a, first, end, three.b, 1, dim, three.c, dim)


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize(("first", "end"), [(0, 0), (2, 3), (0, 6), (1, 6)])
def test_sum_rows_and_spread_row(dim: int, first: int, end: int):
    rows, factor, target = random(6, dim), random(8), random(2, dim)
    part = factor[1 : 1 + end - first, None].astype(np.float64)
    summed, spread = target.astype(np.float64), rows.astype(np.float64)
    summed[1] += (part * rows[first:end]).sum(axis=0)
    spread[first:end] += part * target[1]
    result = call(_sum_rows, rows, factor, target, sizes=(first, end, dim))
    np.testing.assert_allclose(result[2], summed, atol=1e-5)
    result = call(_spread_row, rows, factor, target, sizes=(first, end, dim))
    np.testing.assert_allclose(result[0], spread, atol=1e-5)


@njit
def _gather_and_scatter(three, ids, n_rows, dim):
    three, ids = pointers(three), pointers(ids)
    cpu_rows.gather(three.a, ids.ids, n_rows, dim, three.b)
    cpu_rows.scatter_add(three.c, ids.ids, n_rows, dim, three.b)


@pytest.mark.parametrize("dim", DIMS)
def test_gather_and_scatter_add(dim: int):
    ids = np.array([4, 0, 4, 4, 2])
    table, other = random(5, dim), random(5, dim)
    expected = other.astype(np.float64)
    np.add.at(expected, ids, table[ids])

    def function(three: Three, *sizes: int) -> None:
        _gather_and_scatter(three, Ids(ids), *sizes)

    _, gathered, added = call(function, table, nans(5, dim), other, sizes=(5, dim))
    assert np.array_equal(gathered, table[ids])
    np.testing.assert_allclose(added, expected, atol=1e-5)


# --- the logistic loss


@njit
def _each(x, exp_of_x, log_of_x):
    for i in range(len(x)):
        exp_of_x[i] = cpu_rows.exp_negative(-x[i])
        log_of_x[i] = cpu_rows.log1p_positive(min(x[i], np.float32(1.0)))


def test_exp_negative_and_log1p_positive():
    x = np.concatenate([np.linspace(0, 1, 20_001), np.geomspace(1e-30, 87, 20_001), [0.0, 87.0]])
    x = x.astype(np.float32)
    exp_of_x, log_of_x = np.empty_like(x), np.empty_like(x)
    _each(x, exp_of_x, log_of_x)
    exact = x.astype(np.float64)
    # Near -87 the product with log2 e itself is off by some 2^-18 of a binary place.
    np.testing.assert_allclose(exp_of_x[x <= 1], np.exp(-exact[x <= 1]), rtol=3e-7)
    np.testing.assert_allclose(exp_of_x, np.exp(-exact), rtol=1e-5)
    np.testing.assert_allclose(log_of_x, np.log1p(np.minimum(exact, 1.0)), atol=1e-6, rtol=0)
    assert exp_of_x[x == 0].tolist() == [1.0] * 2


def test_exp_negative_far_out_is_tiny_and_finite():
    x = np.array([87.5, 1e3, 3e38, np.inf], np.float32)
    result, unused = np.empty_like(x), np.empty_like(x)
    _each(x, result, unused)
    assert ((result >= 0) & (result < 2e-38)).all()


@njit
def _step(three, n, label, lr):
    three = pointers(three)
    three.c[0] = cpu_rows.step(three.a, three.b, n, label, lr)


@pytest.mark.parametrize("label", [0.0, 1.0])
@pytest.mark.parametrize("n", [0, 1, 7, 16, 33, 256])
def test_step(n: int, label: float):
    score, weight = 6 * random(n + 3), np.abs(random(n + 3))
    score[: min(n, 3)] = [0.0, -80.0, 200.0][: min(n, 3)]
    s, w = score[:n].astype(np.float64), weight[:n]
    loss = float(np.sum(w * np.logaddexp(0, -s if label else s)))
    sizes: Any = (n, np.float32(label), np.float32(0.25))
    moved, kept, total = call(_step, score, weight, nans(1), sizes=sizes)
    assert total[0] == pytest.approx(loss, rel=2e-6, abs=1e-6)
    sigmoid = 1 / (1 + np.exp(-s))
    np.testing.assert_allclose(moved[:n], 0.25 * w * (label - sigmoid), atol=2e-7)
    assert np.array_equal(moved[n:], score[n:])
    assert np.array_equal(kept, weight)


def test_step_of_weight_0_does_nothing():
    sizes: Any = (20, np.float32(1), np.float32(0.5))
    moved, _, total = call(_step, 9 * random(20), np.zeros(20), nans(1), sizes=sizes)
    assert not moved.any()
    assert total[0] == 0
