"""Rows and small matrix products of the CPU kernel (numba, float32, plain pointers).

In: pointers and strides. Out: the same, written in place. Row lengths are whole registers
of LANES floats; products take eight rows at a time, which is what hides the latency of a fused
multiply-add. No bounds are checked: the caller's buffers have the sizes that `cpu.Scratch` says.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from textseq.word2vec.kernels.simd import (
    LANES,
    float_of_bits,
    vadd,
    vfill,
    vfma,
    vload,
    vstore,
    vsum,
    vtranspose,
    vzero,
)

fast = njit(fastmath=True, nogil=True, cache=True, error_model="numpy", boundscheck=False)

EIGHT = 8


@fast
def dot8(a, a_at, a_row, a_k, b, b_at, b_k, n_k):
    """Eight rows of sum_k a[row, k] b[k, :], LANES columns wide."""
    c0 = c1 = c2 = c3 = c4 = c5 = c6 = c7 = vzero()
    for _ in range(n_k):
        b_row = vload(b, b_at)
        c0 = vfma(vfill(a[a_at]), b_row, c0)
        c1 = vfma(vfill(a[a_at + a_row]), b_row, c1)
        c2 = vfma(vfill(a[a_at + 2 * a_row]), b_row, c2)
        c3 = vfma(vfill(a[a_at + 3 * a_row]), b_row, c3)
        c4 = vfma(vfill(a[a_at + 4 * a_row]), b_row, c4)
        c5 = vfma(vfill(a[a_at + 5 * a_row]), b_row, c5)
        c6 = vfma(vfill(a[a_at + 6 * a_row]), b_row, c6)
        c7 = vfma(vfill(a[a_at + 7 * a_row]), b_row, c7)
        a_at += a_k
        b_at += b_k
    return c0, c1, c2, c3, c4, c5, c6, c7


@fast
def matmul(a, a_row, a_k, b, b_k, c, c_row, m, n, n_k):
    """c = a b; m rows in eights, n columns in LANES, n_k terms."""
    for i in range(0, m, EIGHT):
        for j in range(0, n, LANES):
            sums = dot8(a, i * a_row, a_row, a_k, b, j, b_k, n_k)
            at = i * c_row + j
            vstore(c, at, sums[0])
            vstore(c, at + c_row, sums[1])
            vstore(c, at + 2 * c_row, sums[2])
            vstore(c, at + 3 * c_row, sums[3])
            vstore(c, at + 4 * c_row, sums[4])
            vstore(c, at + 5 * c_row, sums[5])
            vstore(c, at + 6 * c_row, sums[6])
            vstore(c, at + 7 * c_row, sums[7])


@fast
def add(target, at, value):
    """target[at : at + LANES] += value."""
    vstore(target, at, vadd(vload(target, at), value))


@fast
def matmul_add(a, a_row, a_k, b, b_k, table, row_ids, m, n, n_k):
    """table[row_ids] += a b, row after row, so that an id standing twice gets both."""
    for i in range(0, m, EIGHT):
        for j in range(0, n, LANES):
            sums = dot8(a, i * a_row, a_row, a_k, b, j, b_k, n_k)
            add(table, row_ids[i] * n + j, sums[0])
            add(table, row_ids[i + 1] * n + j, sums[1])
            add(table, row_ids[i + 2] * n + j, sums[2])
            add(table, row_ids[i + 3] * n + j, sums[3])
            add(table, row_ids[i + 4] * n + j, sums[4])
            add(table, row_ids[i + 5] * n + j, sums[5])
            add(table, row_ids[i + 6] * n + j, sums[6])
            add(table, row_ids[i + 7] * n + j, sums[7])


@fast
def fill(data, n, value):
    """data[:n] = value."""
    for i in range(n):
        data[i] = value


@fast
def scale(data, at, n, factor):
    """data[at : at + n] *= factor."""
    for i in range(at, at + n):
        data[i] *= factor


@fast
def gather(table, row_ids, n_rows, dim, target):
    """target[row] = table[row_ids[row]]."""
    for row in range(n_rows):
        source = row_ids[row] * dim
        for j in range(0, dim, LANES):
            vstore(target, row * dim + j, vload(table, source + j))


@fast
def scatter_add(table, row_ids, n_rows, dim, change):
    """table[row_ids[row]] += change[row], row after row."""
    for row in range(n_rows):
        target = row_ids[row] * dim
        for j in range(0, dim, LANES):
            add(table, target + j, vload(change, row * dim + j))


@fast
def transpose(a, m, n, a_t):
    """a_t (n, m) = a (m, n) transposed; both in LANES."""
    for i in range(0, m, LANES):
        for j in range(0, n, LANES):
            vtranspose(a, i * n + j, n, a_t, j * m + i, m)


@fast
def dot_rows(rows, first, end, one, one_at, dim, score, score_at):
    """score[i - first] = rows[i] . one, for first <= i < end; four rows at a time."""
    i = first
    while i + 4 <= end:
        at = i * dim
        s0 = s1 = s2 = s3 = vzero()
        for j in range(0, dim, LANES):
            y = vload(one, one_at + j)
            s0 = vfma(vload(rows, at + j), y, s0)
            s1 = vfma(vload(rows, at + dim + j), y, s1)
            s2 = vfma(vload(rows, at + 2 * dim + j), y, s2)
            s3 = vfma(vload(rows, at + 3 * dim + j), y, s3)
        score[score_at] = vsum(s0)
        score[score_at + 1] = vsum(s1)
        score[score_at + 2] = vsum(s2)
        score[score_at + 3] = vsum(s3)
        score_at += 4
        i += 4
    while i < end:
        s0 = vzero()
        for j in range(0, dim, LANES):
            s0 = vfma(vload(rows, i * dim + j), vload(one, one_at + j), s0)
        score[score_at] = vsum(s0)
        score_at += 1
        i += 1


@fast
def sum_rows(rows, first, end, factor, factor_at, dim, target, target_at):
    """target += sum_i factor[i - first] rows[i], for first <= i < end."""
    for j in range(0, dim, LANES):
        total = vload(target, target_at + j)
        for i in range(first, end):
            part = vfill(factor[factor_at + i - first])
            total = vfma(part, vload(rows, i * dim + j), total)
        vstore(target, target_at + j, total)


@fast
def spread_row(rows, first, end, factor, factor_at, dim, one, one_at):
    """rows[i] += factor[i - first] one, for first <= i < end."""
    for i in range(first, end):
        part = vfill(factor[factor_at + i - first])
        for j in range(0, dim, LANES):
            at = i * dim + j
            vstore(rows, at, vfma(part, vload(one, one_at + j), vload(rows, at)))


# ---------------------------------------------------------------- the logistic loss


@fast
def exp_negative(x):
    """e^x for x <= 0, relative error below 3e-7."""
    y = max(x, np.float32(-87.0)) * np.float32(1.4426950408889634)
    n = np.float32(math.floor(y + np.float32(0.5)))
    f = (y - n) * np.float32(0.6931471805599453)
    p = np.float32(1.0 / 720.0)
    p = p * f + np.float32(1.0 / 120.0)
    p = p * f + np.float32(1.0 / 24.0)
    p = p * f + np.float32(1.0 / 6.0)
    p = p * f + np.float32(0.5)
    p = p * f + np.float32(1.0)
    p = p * f + np.float32(1.0)
    return p * float_of_bits((np.int32(n) + np.int32(127)) << np.int32(23))


@fast
def log1p_positive(t):
    """log(1 + t) for 0 <= t <= 1 by the series of 2 artanh(t / (2 + t)), error below 1e-6."""
    z = t / (np.float32(2.0) + t)
    q = z * z
    p = np.float32(2.0 / 11.0)
    p = p * q + np.float32(2.0 / 9.0)
    p = p * q + np.float32(2.0 / 7.0)
    p = p * q + np.float32(2.0 / 5.0)
    p = p * q + np.float32(2.0 / 3.0)
    p = p * q + np.float32(2.0)
    return z * p


@fast
def step(score, weight, n, label, lr):
    """score = lr weight (label - sigmoid(score)) in place; return the weighted loss.

    The loss of a score s is -log sigmoid(s) for label 1 and -log sigmoid(-s) for label 0.
    """
    sign = np.float32(1.0) - np.float32(2.0) * label
    loss = np.float32(0.0)
    for i in range(n):
        s = score[i]
        w = weight[i]
        t = exp_negative(-abs(s))
        larger = np.float32(1.0) / (np.float32(1.0) + t)
        sigmoid = larger if s >= np.float32(0.0) else t * larger
        loss += w * (max(sign * s, np.float32(0.0)) + log1p_positive(t))
        score[i] = lr * w * (label - sigmoid)
    return np.float64(loss)
