"""The CPU kernel's draws: which words stay, who is whose context, which words are noise (numba).

In: the id stream and the sampler's tables. Out: the kept words of a block with their contexts,
and noise words. The draws are those of `sampling.py`, one counter at a time; nothing is trained.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.word2vec.kernels.cpu_rows import fast
from textseq.word2vec.sampling import GOLDEN, HALO, MIX_1, MIX_2

_LOW_32 = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


@fast
def _draw(key, counter):
    """`sampling.draw_bits` for one counter."""
    x = key + GOLDEN * np.uint64(counter)
    x = (x ^ (x >> np.uint64(30))) * MIX_1
    x = (x ^ (x >> np.uint64(27))) * MIX_2
    return x ^ (x >> np.uint64(31))


@fast
def _below(bits, n):
    """A whole number in 0..n-1 from 32 random bits, without a division (Lemire 2019)."""
    return np.int64((bits * np.uint64(n)) >> _32)


@fast
def draw_noise(key, counter, noise, n_words, n, column_ids):
    """Fill column_ids[:n] with noise words."""
    for k in range(n):
        bits = _draw(key, counter + k)
        column = _below(bits >> _32, n_words)
        column_ids[k] = (
            column if (bits & _LOW_32) < noise.threshold[column] else noise.alias[column]
        )


class Noise(NamedTuple):
    """The alias table."""

    threshold: NDArray[np.uint64]
    alias: NDArray[np.int32]


class Kept(NamedTuple):
    """The kept words of a block and its halo, and where the context of each begins and ends."""

    word_id: NDArray[np.int64]
    pos: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]  # one past the last


@fast
def compact(ids, offsets, start, stop, key, keep, window, dynamic, kept):
    """Subsample a block and its halo; return how many words stay and which are centers."""
    first = max(0, start - HALO * window)
    end = min(len(ids), stop + HALO * window)
    sequence = np.searchsorted(offsets, first, side="right") - 1
    sequence_end = offsets[sequence + 1]
    sequence_first = 0  # of the kept words, the first one in the current sequence
    n = 0
    center_first = 0
    center_end = 0
    for pos in range(first, end):
        while pos >= sequence_end:
            for c in range(max(sequence_first, n - window), n):
                kept.high[c] = min(kept.high[c], n)
            sequence += 1
            sequence_end = offsets[sequence + 1]
            sequence_first = n
        if pos == start:
            center_first = n
        bits = _draw(key, pos)
        if (bits >> _32) < keep[ids[pos]]:
            reach = 1 + _below(bits & _LOW_32, window) if dynamic else window
            kept.word_id[n] = ids[pos]
            kept.pos[n] = pos
            kept.low[n] = max(sequence_first, n - reach)
            kept.high[n] = n + reach + 1
            n += 1
        if pos == stop - 1:
            center_end = n
    for c in range(max(sequence_first, n - window), n):
        kept.high[c] = min(kept.high[c], n)
    return n, center_first, center_end
