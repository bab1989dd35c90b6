"""The reference kernel: the mathematics of word2vec in NumPy, and the ground truth of the others.

In: a span of the id stream. Out: the two tables, updated in place, and the loss. It computes in
the tables' own precision (float64 in the gradient checks), one tile at a time, and is slow.

A tile is a few consecutive centers. A holds what predicts: the context rows of `w_in` (skip-gram)
or each center's mean of them (CBOW). B holds what is predicted: the rows of `w_out` of the
centers and of noise words drawn for the tile. With Y = 1 for a center, 0 for a noise word, and W
how often a pair stands in the text (Mikolov et al. 2013, equation 4, summed over the tile):

    loss = - sum W (Y log sigmoid(A B^T) + (1 - Y) log sigmoid(-A B^T))
    G    = lr W (Y - sigmoid(A B^T)) = - lr d loss / d(A B^T)
    A   += G B,    B += G^T A        (both from the old A and B)

For CBOW, A = M X with the context rows X and means M, so X += M^T G B. word2vec.c adds G B whole
to each context row instead (`cbow_gradient="classic"`), which is not the gradient of any loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textseq.word2vec.job import Job
from textseq.word2vec.sampling import BLOCK, HALO, draw_bits, stream_key

_LOW_32 = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)

_Floats = NDArray[np.floating]
_IdArray = NDArray[np.int64]


def train_span(job: Job, epoch: int, start: int, stop: int) -> tuple[float, int]:
    """Train on positions start..stop of the stream; return the summed loss and the true pairs.

    `start` is a multiple of BLOCK, and so is `stop` unless it is the stream's end.
    """
    loss, pairs = 0.0, 0
    lr_first, lr_slope = job.rate.line(epoch)
    for block in range(start, stop, BLOCK):
        lr = job.w_in.dtype.type(lr_first + lr_slope * block)
        for tile in tiles(job, epoch, block, min(block + BLOCK, stop)):
            tile_loss, change_in, change_out = gradient(job, tile)
            part_in, part_out = job.part_in[tile.context_ids], job.part_out[tile.output_ids]
            # add.at, because a word may stand in a tile more than once.
            np.add.at(job.w_in, tile.context_ids, lr * part_in[:, None] * change_in)
            np.add.at(job.w_out, tile.output_ids, lr * part_out[:, None] * change_out)
            loss += tile_loss
            pairs += tile.pairs
    return loss, pairs


@dataclass(frozen=True)
class TileData:
    """One tile: T centers, R context words, K noise words; P = R (skip-gram) or T (CBOW)."""

    context_ids: _IdArray  # (R,)
    output_ids: _IdArray  # (T + K,) the centers, then the noise words
    mean: _Floats | None  # (T, R) M, CBOW only
    label: _Floats  # (T + K,) Y
    weight: _Floats  # (P, T + K) W
    pairs: int  # true pairs


def gradient(job: Job, tile: TileData) -> tuple[float, _Floats, _Floats]:
    """The tile's loss and its downhill direction for the context rows and the output rows."""
    context, output = job.w_in[tile.context_ids], job.w_out[tile.output_ids]
    predicting = context if tile.mean is None else tile.mean @ context
    score = predicting @ output.T
    # -log sigmoid(s) = log(1 + e^-s), written so that no exponential overflows.
    loss = np.sum(tile.weight * np.logaddexp(0, np.where(tile.label == 1, -score, score)))
    toward = tile.weight * (tile.label - np.exp(-np.logaddexp(0, -score)))
    change = toward @ output
    if tile.mean is not None:
        share = tile.mean if job.objective.shares else np.sign(tile.mean)
        change = share.T @ change
    return float(loss), change, toward.T @ predicting


def tiles(job: Job, epoch: int, start: int, stop: int) -> Iterator[TileData]:
    """The tiles of one block, in order."""
    kept = keep_words(job, epoch, start, stop)
    for first in range(kept.center_first, kept.center_end, job.tile.centers):
        yield _tile(job, epoch, kept, first, min(first + job.tile.centers, kept.center_end))


@dataclass(frozen=True)
class BlockWords:
    """The words of a block and its halo that subsampling keeps, and their contexts."""

    word_id: _IdArray
    pos: _IdArray
    low: _IdArray  # the context of kept word c is low[c] <= i < high[c], i != c
    high: _IdArray
    center_first: int
    center_end: int


def keep_words(job: Job, epoch: int, start: int, stop: int) -> BlockWords:
    """Subsample positions start..stop and the halo around them."""
    config = job.config
    halo = HALO * config.window
    pos = np.arange(max(0, start - halo), min(len(job.ids), stop + halo))
    bits = draw_bits(stream_key(config.seed, epoch, 0), pos)
    stays = (bits >> _32) < job.sampler.keep[job.ids[pos]]
    pos, bits = pos[stays], bits[stays]
    reach = np.full(len(pos), config.window)
    if config.dynamic_window:
        reach = 1 + (((bits & _LOW_32) * np.uint64(config.window)) >> _32).astype(np.int64)
    # A context ends where its sequence ends.
    sequence = np.searchsorted(job.offsets, pos, side="right") - 1
    first = np.searchsorted(pos, job.offsets[sequence])
    end = np.searchsorted(pos, job.offsets[sequence + 1])
    kept = np.arange(len(pos))
    return BlockWords(
        word_id=job.ids[pos].astype(np.int64),
        pos=pos,
        low=np.maximum(first, kept - reach),
        high=np.minimum(end, kept + reach + 1),
        center_first=int(np.searchsorted(pos, start)),
        center_end=int(np.searchsorted(pos, stop)),
    )


def _tile(job: Job, epoch: int, kept: BlockWords, first: int, end: int) -> TileData:
    """The tile of the kept words first..end: who predicts whom, and how often."""
    dtype = job.w_in.dtype
    n_centers, n_noise = end - first, job.tile.negatives
    share = job.config.negatives / n_noise  # what one of the shared noise words stands for
    context = np.arange(
        max(0, first - job.config.window), min(len(kept.pos), end + job.config.window)
    )
    center = np.arange(first, end)
    noise_ids = draw_noise_ids(job, epoch, int(kept.pos[first]))
    output_ids = np.concatenate([kept.word_id[first:end], noise_ids])

    # near[t, r]: context word r is in the context of center t.
    near = (context >= kept.low[center, None]) & (context < kept.high[center, None])
    near &= context != center[:, None]
    # A noise word that is the true word is no noise for that center.
    is_noise = (noise_ids != kept.word_id[first:end, None]) * share
    label = np.repeat(np.array([1, 0], dtype), [n_centers, n_noise])

    if not job.objective.averages:
        weight = np.concatenate([near.T, near.T @ is_noise], axis=1).astype(dtype)
        return TileData(kept.word_id[context], output_ids, None, label, weight, int(near.sum()))

    n_context = near.sum(axis=1, keepdims=True)
    mean = (near / np.maximum(1, n_context)).astype(dtype)
    weight = np.concatenate([np.eye(n_centers), is_noise], axis=1) * (n_context > 0)
    pairs = int(np.count_nonzero(n_context))
    return TileData(kept.word_id[context], output_ids, mean, label, weight.astype(dtype), pairs)


def draw_noise_ids(job: Job, epoch: int, pos: int) -> _IdArray:
    """The noise words of the tile whose first center stands at `pos`, shape (K,)."""
    n_noise, sampler = job.tile.negatives, job.sampler
    counters = pos * n_noise + np.arange(n_noise)
    bits = draw_bits(stream_key(job.config.seed, epoch, 1), counters)
    column = (((bits >> _32) * np.uint64(len(sampler.keep))) >> _32).astype(np.int64)
    stays = (bits & _LOW_32) < sampler.noise_threshold[column]
    return np.where(stays, column, sampler.noise_alias[column])
