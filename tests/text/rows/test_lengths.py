"""LengthCounts: the numbers of NumPy, found without keeping every length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from textseq.text.rows import lengths as module
from textseq.text.rows.lengths import LengthCounts

many = st.lists(st.integers(0, 60), min_size=1, max_size=200)
percentiles = st.floats(0, 100) | st.sampled_from([0, 50, 90, 99.9, 100])


def test_a_known_corpus():
    counts = LengthCounts.of([3, 0, 5, 3, 100])
    assert counts.values.tolist() == [0, 3, 5, 100]
    assert counts.counts.tolist() == [1, 2, 1, 1]
    stats = counts.stats()
    assert (stats.n, stats.n_tokens, stats.empty, stats.min, stats.max) == (5, 111, 1, 0, 100)
    assert (stats.mean, stats.median, stats.p90, stats.p99) == (22.2, 3, 100, 100)
    fit = counts.fit(4)
    assert fit.fit == 3 / 5
    assert fit.tokens_cut == (1 + 96) / 111
    assert fit.padding == 1 - (3 + 0 + 4 + 3 + 4) / 20


def test_percentiles_are_counted_as_they_are_written():
    counts = LengthCounts.of(np.arange(1, 1001))
    assert counts.at(99.9) == 999  # 99.9 / 100 * 1000 is 999.0000000000001 to a float
    assert counts.at(np.float32(0.1)) == 2  # which is a little more than a tenth
    assert counts.at(0.1) == 1
    assert counts.at(100) == 1000
    assert counts.at(0) == 1
    assert LengthCounts.of([0, 0]).at(100) == 1  # a row holds something
    for wrong in (-1, 101, float("nan")):
        with pytest.raises(ValueError, match=r"it is 0\.\.100"):
            counts.at(wrong)


@settings(derandomize=True, deadline=None)
@given(lengths=many, percentile=percentiles)
def test_at_is_the_least_length_that_is_enough(lengths: list[int], percentile: float):
    counts = LengthCounts.of(lengths)
    length = counts.at(percentile)
    assert 100 * counts.fit(length).fit >= percentile - 1e-9
    if length > max(1, min(lengths)):
        assert 100 * counts.fit(length - 1).fit < percentile


@settings(derandomize=True, deadline=None)
@given(lengths=many, max_length=st.integers(1, 70))
def test_numbers_are_those_of_the_lengths_one_by_one(lengths: list[int], max_length: int):
    counts, array = LengthCounts.of(lengths), np.array(lengths)
    stats = counts.stats()
    assert (stats.n, stats.n_tokens, stats.empty) == (
        len(lengths),
        sum(lengths),
        lengths.count(0),
    )
    assert stats.mean == pytest.approx(array.mean())
    for percentile, value in ((50, stats.median), (90, stats.p90), (95, stats.p95)):
        assert value == np.percentile(array, percentile, method="inverted_cdf")
    fit, kept = counts.fit(max_length), np.minimum(array, max_length)
    assert fit.fit == (array <= max_length).mean()
    assert fit.tokens_cut == pytest.approx(1 - kept.sum() / array.sum() if array.sum() else 0)
    assert fit.padding == pytest.approx(1 - kept.mean() / max_length)


@settings(derandomize=True, deadline=None)
@given(lengths=many | st.lists(st.integers(0, 10**9), min_size=1), bins=st.integers(1, 30))
@example(lengths=[7], bins=1)
@example(lengths=[0] * 198 + [5, 1000], bins=2)
def test_every_sequence_is_in_one_bin(lengths: list[int], bins: int):
    bounds, numbers = LengthCounts.of(lengths).histogram(bins)
    assert 1 <= len(numbers) <= bins
    assert len(bounds) == len(numbers) + 1
    assert (np.diff(bounds) > 0).all()
    assert len(set(np.diff(bounds)[:-1])) <= 1  # of one width, but for the last
    expected = np.histogram(lengths, np.append(bounds[:-1], bounds[-1] - 0.5))[0]
    assert numbers.tolist() == expected.tolist()
    assert numbers.sum() == len(lengths)


def test_one_huge_sequence_does_not_hide_the_others():
    lengths = [*range(1, 21)] * 50 + [10**6]
    bounds, numbers = LengthCounts.of(lengths).histogram(11)
    assert bounds.tolist() == [*range(1, 23, 2), 10**6 + 1]
    assert numbers.tolist() == [100] * 10 + [1]
    assert LengthCounts.of([4, 4]).histogram(5)[0].tolist() == [4, 5]


@settings(derandomize=True, deadline=None)
@given(lengths=many)
def test_offsets_say_the_same_in_steps(lengths: list[int]):
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_OFFSETS_AT_ONCE", 3)
        between = LengthCounts.between(offsets)
    counts = LengthCounts.of(lengths)
    assert between.values.tolist() == counts.values.tolist()
    assert between.counts.tolist() == counts.counts.tolist()
    assert len(between) == len(lengths)


def test_no_sequences():
    for counts in (LengthCounts.of([]), LengthCounts.between(np.zeros(1, np.int64))):
        assert len(counts) == counts.n_tokens == 0
        assert counts.at(95) == 1
        assert counts.fit(8).fit == 1
        assert [part.tolist() for part in counts.histogram()] == [[0], []]
        with pytest.raises(ValueError, match="no sequences"):
            counts.stats()


def test_what_cannot_be_is_refused():
    for wrong in ([-1], [1.5], ["a"]):
        with pytest.raises(ValueError, match="whole numbers"):
            LengthCounts.of(wrong)
    with pytest.raises(ValueError, match="bins is 0"):
        LengthCounts.of([1]).histogram(0)
    with pytest.raises(ValueError, match="max_length is 0"):
        LengthCounts.of([1]).fit(0)
