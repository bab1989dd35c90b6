import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.text.tokens.line_sample import PART, sample_lines


@given(st.lists(st.text(st.characters() | st.sampled_from("\ud800한 "))))
@settings(derandomize=True, deadline=None)
def test_what_fits_is_kept_whole(lines: list[str]):
    sample = sample_lines(iter(lines), 10**6)
    assert sample.lines == lines
    assert sample.is_whole
    assert sample.n_bytes == sample.n_bytes_seen


@given(st.integers(1, 3000), st.integers(100, 5000))
@settings(derandomize=True, deadline=None, max_examples=50)
def test_a_sample_is_small_ordered_and_the_same_each_time(n_lines: int, max_bytes: int):
    lines = [f"{number:05} 가" for number in range(n_lines)]
    sample = sample_lines(lines, max_bytes)
    assert sample == sample_lines(iter(lines), max_bytes)
    assert sample.lines == sorted(set(sample.lines))
    assert set(sample.lines) <= set(lines)
    assert sample.n_bytes == sum(len(f"{line}\n".encode()) for line in sample.lines) <= max_bytes
    assert (sample.n_lines_seen, sample.n_bytes_seen) == (n_lines, 10 * n_lines)


def test_a_sample_is_spread_evenly():
    sample = sample_lines((f"{number:06}" for number in range(100_000)), 70_000)
    assert 4_000 <= len(sample.lines) <= 10_000
    tenths = [sum(line[1] == str(tenth) for line in sample.lines) for tenth in range(10)]
    assert min(tenths) > 0.08 * len(sample.lines)
    assert max(tenths) < 0.12 * len(sample.lines)


@pytest.mark.parametrize("word", ["word ", "한국어 ", "x" * 99_999, "가"])
def test_one_huge_line_is_sampled_too(word: str):
    text = word * (4_000_000 // len(word.encode()))
    sample = sample_lines([text], 10**6)
    assert 0 < sample.n_bytes <= 10**6
    assert max(map(len, sample.lines)) <= PART
    if " " in word:
        assert {word.strip()} == {each for line in sample.lines for each in line.split()}
    assert "".join(sample_lines([text], 10**8).lines) == text


def test_nothing():
    assert sample_lines([], 1).lines == []
