"""The CPU kernel: a tile of words as a few small matrix products (numba).

In: a span of the id stream. Out: the two tables, updated in place, and the loss. The mathematics
is `reference.py`'s and so are the draws; here rows are gathered into small contiguous buffers,
noise words are matrix products and true pairs, which lie on a narrow band, are not. Threads may
run disjoint spans at once without locks (Hogwild, Recht et al. 2011); this file starts none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.word2vec.job import Job
from textseq.word2vec.kernels.cpu_draws import Kept, Noise, compact, draw_noise
from textseq.word2vec.kernels.cpu_rows import (
    EIGHT,
    dot_rows,
    fast,
    fill,
    gather,
    matmul,
    matmul_add,
    scale,
    scatter_add,
    spread_row,
    step,
    sum_rows,
    transpose,
)
from textseq.word2vec.kernels.simd import LANES, pointers
from textseq.word2vec.sampling import BLOCK, HALO, stream_key

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


def train_span(job: Job, epoch: int, start: int, stop: int) -> tuple[float, int]:
    """Train on positions start..stop of the stream; return the summed loss and the true pairs.

    `start` is a multiple of BLOCK, and so is `stop` unless it is the stream's end.
    """
    config, sampler = job.config, job.sampler
    plan = _plan(job)
    lr_first, lr_slope = job.rate.line(epoch)
    loss, pairs = _train_span(
        job.ids, job.offsets, start, stop,
        stream_key(config.seed, epoch, 0), stream_key(config.seed, epoch, 1), lr_first, lr_slope,
        sampler.keep, Noise(sampler.noise_threshold, sampler.noise_alias),
        Tables(job.w_in.reshape(-1), job.w_out.reshape(-1), job.part_in, job.part_out),
        plan, *_buffers(job, plan),
    )  # fmt: skip
    return float(loss), int(pairs)


class Plan(NamedTuple):
    """Sizes that stay the same throughout: plain numbers that numba takes as they are."""

    cbow: bool
    exact: bool
    dynamic: bool
    window: int
    dim: int  # of the padded rows
    n_words: int
    n_tile: int  # T: centers
    n_rows: int  # R: context rows, T + 2 window in eights
    n_predicting: int  # P: rows of A: R, or for CBOW T in eights
    n_noise: int
    n_columns: int  # K: noise words in whole registers; the surplus is <pad> with weight 0
    share: np.float32  # the draws that one shared noise word stands for
    in_parts: bool  # some rows are moved by a part of their change


def _plan(job: Job) -> Plan:
    config, tile = job.config, job.tile
    cbow = job.objective.averages
    n_rows = _up(tile.centers + 2 * config.window, EIGHT)
    return Plan(
        cbow, job.objective.shares, config.dynamic_window, config.window,
        job.w_in.shape[1], len(job.sampler.keep), tile.centers, n_rows,
        _up(tile.centers, EIGHT) if cbow else n_rows,
        tile.negatives, _up(tile.negatives, max(LANES, EIGHT)),
        np.float32(config.negatives / tile.negatives), job.in_parts,
    )  # fmt: skip


def _up(n: int, step: int) -> int:
    return -(-n // step) * step


class Tables(NamedTuple):
    """The two tables, flat, and by what part of its change each of their rows is moved."""

    w_in: NDArray[np.float32]
    w_out: NDArray[np.float32]
    part_in: NDArray[np.float32]
    part_out: NDArray[np.float32]


class Scratch(NamedTuple):
    """Flat buffers of one tile; letters as in Plan, D dim, W = 2 window + 1."""

    row_ids: NDArray[np.int64]  # (R,)
    center_ids: NDArray[np.int64]  # (T,)
    noise_ids: NDArray[np.int64]  # (K,)
    context: NDArray[np.float32]  # (R, D) rows of w_in
    hidden: NDArray[np.float32]  # (P, D) means of context rows; CBOW only
    center: NDArray[np.float32]  # (T, D) rows of w_out
    noise: NDArray[np.float32]  # (K, D) rows of w_out
    noise_t: NDArray[np.float32]  # (D, K)
    change: NDArray[np.float32]  # (P, D) what the predicting rows will be moved by
    spread: NDArray[np.float32]  # (R, D) what the context rows will be moved by; CBOW only
    true_score: NDArray[np.float32]  # (T, W); CBOW (P,)
    true_weight: NDArray[np.float32]  # the same
    parts: NDArray[np.float32]  # (W,) each context word's part of a mean; CBOW only
    noise_score: NDArray[np.float32]  # (P, K)
    noise_weight: NDArray[np.float32]  # (P, K)


def _buffers(job: Job, plan: Plan) -> tuple[Kept, Scratch]:
    """Buffers full of NaN: memory that is read before it is written shows."""
    width = 2 * plan.window + 1
    n_true = plan.n_predicting if plan.cbow else plan.n_tile * width

    def floats(n: int) -> NDArray[np.float32]:
        return job.aligned((n,), np.nan)

    kept = Kept(*(np.empty(BLOCK + 2 * HALO * plan.window, np.int64) for _ in Kept._fields))
    scratch = Scratch(
        row_ids=np.zeros(plan.n_rows, np.int64),
        center_ids=np.zeros(plan.n_tile, np.int64),
        noise_ids=np.zeros(plan.n_columns, np.int64),
        context=floats(plan.n_rows * plan.dim),
        hidden=floats(plan.n_predicting * plan.dim),
        center=floats(plan.n_tile * plan.dim),
        noise=floats(plan.n_columns * plan.dim),
        noise_t=floats(plan.n_columns * plan.dim),
        change=floats(plan.n_predicting * plan.dim),
        spread=floats(plan.n_rows * plan.dim),
        true_score=floats(n_true),
        true_weight=floats(n_true),
        parts=floats(width),
        noise_score=floats(plan.n_predicting * plan.n_columns),
        noise_weight=floats(plan.n_predicting * plan.n_columns),
    )
    return kept, scratch


@fast
def _train_span(
    ids, offsets, start, stop, position_key, noise_key, lr_first, lr_slope,
    keep, noise, tables, plan, kept, scratch,
):  # fmt: skip
    noise, tables = pointers(noise), pointers(tables)
    kept, scratch = pointers(kept), pointers(scratch)
    loss = 0.0
    pairs = 0
    for block in range(start, stop, BLOCK):
        lr = np.float32(lr_first + lr_slope * block)
        n_kept, center_first, center_end = compact(
            ids, offsets, block, min(block + BLOCK, stop), position_key, keep,
            plan.window, plan.dynamic, kept,
        )  # fmt: skip
        for first in range(center_first, center_end, plan.n_tile):
            n_centers = min(plan.n_tile, center_end - first)
            counter = kept.pos[first] * plan.n_noise
            draw_noise(noise_key, counter, noise, plan.n_words, plan.n_noise, scratch.noise_ids)
            _gather_tile(kept, n_kept, first, n_centers, tables, plan, scratch)
            if plan.cbow:
                tile_loss, tile_pairs = _cbow_tile(
                    kept, first, n_centers, lr, tables, plan, scratch
                )
            else:
                tile_loss, tile_pairs = _skipgram_tile(
                    kept, first, n_centers, lr, tables, plan, scratch
                )
            loss += tile_loss
            pairs += tile_pairs
    return loss, pairs


@fast
def _gather_tile(kept, n_kept, first, n_centers, tables, plan, scratch):
    """Gather the tile's rows; what is absent becomes <pad>, whose weights are 0."""
    for row in range(plan.n_rows):
        c = first - plan.window + row
        inside = 0 <= c < n_kept and row < n_centers + 2 * plan.window
        scratch.row_ids[row] = kept.word_id[c] if inside else 0
    for t in range(plan.n_tile):
        scratch.center_ids[t] = kept.word_id[first + t] if t < n_centers else 0
    gather(tables.w_in, scratch.row_ids, plan.n_rows, plan.dim, scratch.context)
    gather(tables.w_out, scratch.center_ids, plan.n_tile, plan.dim, scratch.center)
    gather(tables.w_out, scratch.noise_ids, plan.n_columns, plan.dim, scratch.noise)
    transpose(scratch.noise, plan.n_columns, plan.dim, scratch.noise_t)


@fast
def _push_noise(predicting, lr, plan, scratch):
    """Score predicting rows and noise words; set `change` to what moves those rows (G B)."""
    rows, columns, dim = plan.n_predicting, plan.n_columns, plan.dim
    score = scratch.noise_score
    matmul(predicting, dim, 1, scratch.noise_t, columns, score, columns, rows, columns, dim)
    loss = step(score, scratch.noise_weight, rows * columns, _ZERO, lr)
    matmul(score, columns, 1, scratch.noise, dim, scratch.change, dim, rows, dim, columns)
    return loss


@fast
def _move_noise(predicting, tables, plan, scratch):
    """Move the noise words' output rows (G^T A)."""
    rows, columns, dim = plan.n_predicting, plan.n_columns, plan.dim
    if plan.in_parts:
        for k in range(columns):
            part = tables.part_out[scratch.noise_ids[k]]
            for row in range(rows):
                scratch.noise_score[row * columns + k] *= part
    matmul_add(scratch.noise_score, 1, columns, predicting, dim, tables.w_out, scratch.noise_ids,
               columns, dim, rows)  # fmt: skip


@fast
def _move_context(change, tables, plan, scratch):
    """Move the context words' input rows."""
    if plan.in_parts:
        for row in range(plan.n_rows):
            scale(change, row * plan.dim, plan.dim, tables.part_in[scratch.row_ids[row]])
    scatter_add(tables.w_in, scratch.row_ids, plan.n_rows, plan.dim, change)


@fast
def _skipgram_tile(kept, first, n_centers, lr, tables, plan, scratch):
    window, dim, columns = plan.window, plan.dim, plan.n_columns
    width = 2 * window + 1
    row_0 = first - window  # the kept word in context row 0
    pairs = 0

    # Each true pair weighs 1; a noise word weighs `share` for each pair of its row.
    fill(scratch.true_weight, plan.n_tile * width, _ZERO)
    fill(scratch.noise_weight, plan.n_rows * columns, _ZERO)
    for t in range(n_centers):
        c = first + t
        for i in range(kept.low[c], kept.high[c]):
            if i != c:
                scratch.true_weight[t * width + i - (c - window)] = _ONE
                scratch.noise_weight[(i - row_0) * columns] += plan.share
        pairs += kept.high[c] - kept.low[c] - 1
    for row in range(plan.n_rows):
        weight = scratch.noise_weight[row * columns]
        for k in range(1, plan.n_noise):
            scratch.noise_weight[row * columns + k] = weight
    for k in range(plan.n_noise):
        for t in range(n_centers):
            # The true word is no noise to its own context.
            if scratch.noise_ids[k] == scratch.center_ids[t]:
                c = first + t
                for i in range(kept.low[c], kept.high[c]):
                    if i != c:
                        scratch.noise_weight[(i - row_0) * columns + k] -= plan.share

    fill(scratch.true_score, plan.n_tile * width, _ZERO)
    for t in range(n_centers):
        low, high = kept.low[first + t] - row_0, kept.high[first + t] - row_0
        at = t * width + low - t
        dot_rows(scratch.context, low, high, scratch.center, t * dim, dim, scratch.true_score, at)
    loss = step(scratch.true_score, scratch.true_weight, plan.n_tile * width, _ONE, lr)
    loss += _push_noise(scratch.context, lr, plan, scratch)

    # A += G B and B += G^T A, from the same A and B.
    for t in range(n_centers):
        low, high = kept.low[first + t] - row_0, kept.high[first + t] - row_0
        at = t * width + low - t
        spread_row(scratch.change, low, high, scratch.true_score, at, dim, scratch.center, t * dim)
        if plan.in_parts:
            scale(scratch.true_score, at, high - low, tables.part_out[scratch.center_ids[t]])
        sum_rows(scratch.context, low, high, scratch.true_score, at, dim,
                 tables.w_out, scratch.center_ids[t] * dim)  # fmt: skip
    _move_noise(scratch.context, tables, plan, scratch)
    _move_context(scratch.change, tables, plan, scratch)
    return loss, pairs


@fast
def _cbow_tile(kept, first, n_centers, lr, tables, plan, scratch):
    dim, columns, rows = plan.dim, plan.n_columns, plan.n_predicting
    row_0 = first - plan.window
    pairs = 0

    # The mean of its context predicts a center; a word without context is left out.
    fill(scratch.hidden, rows * dim, _ZERO)
    fill(scratch.true_weight, rows, _ZERO)
    fill(scratch.true_score, rows, _ZERO)
    fill(scratch.noise_weight, rows * columns, _ZERO)
    for t in range(n_centers):
        low, high = kept.low[first + t] - row_0, kept.high[first + t] - row_0
        n_context = high - low - 1
        if n_context > 0:
            fill(scratch.parts, n_context + 1, _ONE / np.float32(n_context))
            scratch.parts[t + plan.window - low] = _ZERO
            sum_rows(scratch.context, low, high, scratch.parts, 0, dim, scratch.hidden, t * dim)
            dot_rows(scratch.hidden, t, t + 1, scratch.center, t * dim, dim, scratch.true_score, t)
            scratch.true_weight[t] = _ONE
            for k in range(plan.n_noise):
                same = scratch.noise_ids[k] == scratch.center_ids[t]
                scratch.noise_weight[t * columns + k] = _ZERO if same else plan.share
            pairs += 1

    loss = step(scratch.true_score, scratch.true_weight, rows, _ONE, lr)
    loss += _push_noise(scratch.hidden, lr, plan, scratch)

    fill(scratch.spread, plan.n_rows * dim, _ZERO)
    for t in range(n_centers):
        low, high = kept.low[first + t] - row_0, kept.high[first + t] - row_0
        n_context = high - low - 1
        if n_context > 0:
            spread_row(
                scratch.change, t, t + 1, scratch.true_score, t, dim, scratch.center, t * dim
            )
            if plan.in_parts:
                scale(scratch.true_score, t, 1, tables.part_out[scratch.center_ids[t]])
            sum_rows(scratch.hidden, t, t + 1, scratch.true_score, t, dim,
                     tables.w_out, scratch.center_ids[t] * dim)  # fmt: skip
            # word2vec.c gives each context row the whole; the gradient is a part.
            fill(scratch.parts, n_context + 1, _ONE / np.float32(n_context) if plan.exact else _ONE)
            scratch.parts[t + plan.window - low] = _ZERO
            spread_row(scratch.spread, low, high, scratch.parts, 0, dim, scratch.change, t * dim)
    _move_noise(scratch.hidden, tables, plan, scratch)
    _move_context(scratch.spread, tables, plan, scratch)
    return loss, pairs
