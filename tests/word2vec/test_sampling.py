"""The draws, the tables they are drawn from, and the learning rate."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from textseq.config import Word2VecConfig
from textseq.word2vec.job import Job
from textseq.word2vec.kernels import reference
from textseq.word2vec.sampling import (
    LearningRate,
    Sampler,
    alias_table,
    draw_bits,
    keep_threshold,
    stream_key,
)

ALWAYS = 2**32


def config_of(**options: Any) -> Word2VecConfig:
    return Word2VecConfig(**options)


# --- draws


def test_splitmix64_gives_the_published_numbers():
    # The generator adds the Weyl step before it mixes, so its n-th output is the n-th counter's.
    seed_0 = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert draw_bits(np.uint64(0), np.arange(1, 4)).tolist() == seed_0
    seed_1234567 = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert draw_bits(np.uint64(1234567), np.arange(1, 6)).tolist() == seed_1234567


def test_every_stream_has_a_key_of_its_own():
    numbers = itertools.product([0, 1, 2, 2**63 - 1], range(20), range(2))
    keys = [int(stream_key(*number)) for number in numbers]
    assert len(set(keys)) == len(keys) == 4 * 20 * 2
    assert stream_key(1, 2, 0) == stream_key(1, 2, 0)


def test_draws_depend_on_the_counter_alone():
    key = stream_key(1, 0, 0)
    whole = draw_bits(key, np.arange(1000))
    assert draw_bits(key, np.arange(500, 700)).tolist() == whole[500:700].tolist()
    assert len(np.unique(whole)) == 1000
    # Each bit is set half of the time: 5 standard deviations of 1,000 coins.
    bits = np.unpackbits(whole.view(np.uint8)).reshape(1000, 64)
    assert np.abs(bits.sum(axis=0, dtype=np.int64) - 500).max() < 5 * np.sqrt(250)


# --- subsampling


@given(
    counts=st.lists(st.integers(0, 10**9), min_size=1, max_size=50).filter(any),
    subsample=st.floats(1e-8, 1.0),
)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_keep_threshold_follows_the_formula(counts: list[int], subsample: float):
    words = np.array(counts, np.float64)
    for count, threshold in zip(counts, keep_threshold(words, subsample).tolist(), strict=True):
        if count == 0:
            assert threshold == 0
            continue
        ratio = subsample / (count / sum(counts))
        expected = min(1.0, ratio**0.5 + ratio)
        assert threshold == pytest.approx(expected * ALWAYS, abs=1, rel=1e-12)


def test_a_threshold_worked_by_hand():
    # Shares .96 and .04 at t = .01: sqrt(t/f) + t/f = .112479 and .75.
    thresholds = keep_threshold(np.array([0.0, 96.0, 4.0]), 0.01)
    assert (thresholds / ALWAYS).tolist() == pytest.approx([0, 0.112479, 0.75], abs=1e-6)


def test_subsample_0_keeps_every_word():
    assert keep_threshold(np.array([0.0, 1.0, 1e12]), 0.0).tolist() == [0, ALWAYS, ALWAYS]


# --- noise words


def drawn_from(threshold: NDArray[np.uint64], alias: NDArray[np.int32]) -> NDArray[np.float64]:
    """The distribution that an alias table gives."""
    n, own = len(alias), threshold / ALWAYS
    result = own.copy()
    np.add.at(result, alias, 1.0 - own)
    return result / n


@given(
    weights=st.lists(
        st.just(0.0) | st.floats(1e-12, 1e12) | st.sampled_from([1.0, 1 / 3, 0.1]),
        min_size=1,
        max_size=200,
    ).filter(any)
)
@settings(max_examples=300, derandomize=True, deadline=None)
def test_an_alias_table_gives_its_distribution_back(weights: list[float]):
    probability = np.array(weights) / np.sum(weights)
    threshold, alias = alias_table(probability)
    assert threshold.dtype == np.uint64
    assert alias.dtype == np.int32
    assert int(threshold.max()) <= ALWAYS
    # A threshold is rounded to 2^-32, a share may be lost to the rounding of float64.
    np.testing.assert_allclose(drawn_from(threshold, alias), probability, atol=1e-9)
    impossible = probability == 0
    assert not threshold[impossible].any()
    assert not impossible[alias[threshold < ALWAYS]].any()


def test_an_alias_table_of_many_words():
    counts = np.random.default_rng(0).zipf(1.2, 100_000).astype(np.float64) % 10**9
    counts[:2] = 0
    probability = counts / counts.sum()
    threshold, alias = alias_table(probability)
    np.testing.assert_allclose(drawn_from(threshold, alias), probability, atol=1e-12)
    assert alias[threshold < ALWAYS].min() >= 2


@pytest.mark.parametrize("noise_exponent", [0.75, 0.0, 1.0, -0.5])
def test_noise_words_come_as_often_as_they_should(noise_exponent: float):
    counts = np.array([0, 9, 1000, 400, 100, 30, 10, 5, 1, 1, 0])
    config = config_of(noise_exponent=noise_exponent, tile_negatives=256)
    job = Job.create(np.full(5, 2, np.int32), np.array([0, 5]), counts, 2, config)
    drawn = np.concatenate([reference.draw_noise_ids(job, 0, pos) for pos in range(800)])
    observed = np.bincount(drawn, minlength=len(counts))
    possible = np.arange(2, 10)  # neither a special token nor a word that never occurs
    expected = counts[possible].astype(float) ** noise_exponent
    expected *= len(drawn) / expected.sum()
    assert observed.sum() == observed[possible].sum() == 800 * 256
    chi_square = float(np.sum((observed[possible] - expected) ** 2 / expected))
    assert chi_square < 26.0  # 7 degrees of freedom: one seed in 2,000 gives more


def test_special_tokens_are_never_drawn_nor_kept():
    sampler = Sampler.from_counts(np.array([7, 900, 5, 4]), 2, config_of(subsample=0.0))
    assert sampler.keep.tolist() == [0, 0, ALWAYS, ALWAYS]
    assert not drawn_from(sampler.noise_threshold, sampler.noise_alias)[:2].any()
    # Their counts take no share of the text either.
    other = Sampler.from_counts(np.array([0, 0, 5, 4]), 2, config_of(subsample=0.1))
    same = Sampler.from_counts(np.array([7, 900, 5, 4]), 2, config_of(subsample=0.1))
    assert same.keep.tolist() == other.keep.tolist()


@pytest.mark.parametrize("counts", [[0, 0], [0, 9], [3, 9, 0]])
def test_a_vocabulary_without_words(counts: list[int]):
    given_counts = np.array(counts)
    with pytest.raises(ValueError, match=r"holds no words; a lower min_count keeps more"):
        Sampler.from_counts(given_counts, 2, config_of())
    assert given_counts.tolist() == counts


# --- the learning rate


def test_the_learning_rate_is_one_straight_line():
    rate = LearningRate(lr=0.5, min_lr=0.1, n_positions=100, epochs=4)
    lines = [rate.line(epoch) for epoch in range(4)]
    values = [first + slope * pos for first, slope in lines for pos in range(100)]
    np.testing.assert_allclose(values, np.linspace(0.5, 0.1, 401)[:-1], rtol=1e-12)
    first, slope = lines[-1]
    assert first + slope * 100 == pytest.approx(0.1)


def test_the_learning_rate_may_rise_or_stay_and_needs_no_positions():
    assert LearningRate(0.1, 0.1, 50, 2).line(1) == (0.1, 0.0)
    first, slope = LearningRate(0.0, 1.0, 10, 1).line(0)
    assert (first, slope * 10) == (0.0, pytest.approx(1.0))
    assert LearningRate(0.1, 0.0, 0, 3).line(2)[0] == 0.1
