"""Every random draw of word2vec, and the learning rate: what all kernels share.

In: word counts and options. Out: keep thresholds (subsampling), an alias table (noise words), the
learning rate, and draws that depend on nothing but (seed, epoch, position, slot), so that
every kernel draws the same and a corpus may be cut anywhere. No training happens here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textseq.config import Word2VecConfig

# The stream is cut into blocks at fixed positions. Tiles never cross a block, so a tile holds
# the same centers however the corpus is divided among threads, spans or machines.
BLOCK = 8192
# A center at a block's edge sees context up to HALO * window positions beyond it. Subsampling
# would have to drop all but `window` of them before any context is lost.
HALO = 32

GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio, the Weyl step of SplitMix64
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)


def mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's output function (Steele, Lea & Flood 2014): 64 well-mixed bits of a counter."""
    x = (x ^ (x >> np.uint64(30))) * MIX_1
    x = (x ^ (x >> np.uint64(27))) * MIX_2
    return x ^ (x >> np.uint64(31))


def stream_key(seed: int, epoch: int, stream: int) -> np.uint64:
    """The starting counter of one stream of draws: 0 for positions, 1 for noise words."""
    state = np.array([seed], np.uint64)
    for number in (epoch, stream):
        state = mix(state + GOLDEN * np.array([number + 1], np.uint64))
    return np.uint64(state[0])


def draw_bits(key: np.uint64, counters: NDArray[np.integer]) -> NDArray[np.uint64]:
    """64 random bits for each counter of a stream."""
    return mix(key + GOLDEN * counters.astype(np.uint64))


@dataclass(frozen=True)
class Sampler:
    """What is drawn for each word id; arrays of shape (V,).

    `keep`: a word at a position stays if the draw's upper 32 bits are below it (uint64, up to
    2^32 = always; 0 for special tokens = never). `noise_threshold`, `noise_alias`: Walker's
    alias table; column c yields c if the draw's lower 32 bits are below the threshold, else the
    alias. `kept` and `noise` are what follows: each word's share of the words that stay, and of
    the noise words; both add up to 1.
    """

    keep: NDArray[np.uint64]
    noise_threshold: NDArray[np.uint64]
    noise_alias: NDArray[np.int32]
    kept: NDArray[np.float64]
    noise: NDArray[np.float64]

    @classmethod
    def from_counts(
        cls, counts: NDArray[np.int64], n_special: int, config: Word2VecConfig
    ) -> Sampler:
        """The tables for words with these counts; the first `n_special` ids are never drawn."""
        words = counts.astype(np.float64)
        words[:n_special] = 0
        if not words.sum() > 0:
            raise ValueError("the vocabulary holds no words; a lower min_count keeps more")
        noise = np.zeros(len(words))
        np.power(words, config.noise_exponent, out=noise, where=words > 0)
        noise /= noise.sum()
        threshold, alias = alias_table(noise)
        keep = keep_threshold(words, config.subsample)
        kept = words * keep.astype(np.float64)
        return cls(keep, threshold, alias, kept / max(1.0, kept.sum()), noise)


def keep_threshold(words: NDArray[np.float64], subsample: float) -> NDArray[np.uint64]:
    """Subsampling as word2vec.c does it: keep with probability sqrt(t/f) + t/f (f: share)."""
    if subsample == 0:
        probability = (words > 0).astype(np.float64)
    else:
        ratio = np.zeros(len(words))
        np.divide(subsample * words.sum(), words, out=ratio, where=words > 0)
        probability = np.minimum(1.0, np.sqrt(ratio) + ratio)
    return np.rint(probability * 2.0**32).astype(np.uint64)


def alias_table(
    probability: NDArray[np.float64],
) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Walker's alias table (Vose 1991): one draw in constant time from any distribution."""
    n = len(probability)
    share = probability * n
    alias = np.arange(n, dtype=np.int32)
    small = [i for i in range(n) if share[i] < 1.0]
    large = [i for i in range(n) if share[i] >= 1.0]
    while small and large:
        poor, rich = small.pop(), large[-1]
        alias[poor] = rich
        share[rich] -= 1.0 - share[poor]
        if share[rich] < 1.0:
            small.append(large.pop())
    # Rounding leaves a few columns just off 1: they keep themselves. A column of an impossible
    # word must not, so those always had an alias above.
    for column in (*small, *large):
        share[column] = 1.0 if probability[column] > 0 else 0.0
    return np.rint(share * 2.0**32).astype(np.uint64), alias


@dataclass(frozen=True)
class LearningRate:
    """A straight line over the whole training, from `lr` to `min_lr`, by position."""

    lr: float
    min_lr: float
    n_positions: int
    epochs: int

    def line(self, epoch: int) -> tuple[float, float]:
        """Rate at the first position of an epoch, and its change per position."""
        slope = (self.min_lr - self.lr) / max(1, self.n_positions * self.epochs)
        return self.lr + slope * self.n_positions * epoch, slope
