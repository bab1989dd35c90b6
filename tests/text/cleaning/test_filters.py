from __future__ import annotations

import gzip
import random
import tracemalloc
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import FilterConfig
from textseq.text.cleaning.filters import (
    N_GRAM,
    N_PERMUTATIONS,
    LineFilter,
    NearLines,
    _shingle_hashes,
    choose_bands,
    filter_lines,
)

SENTENCE = "The quick brown fox jumps over the lazy dog and runs into the deep dark forest."
AWKWARD = [
    "", " ", "\u3000\u00a0", "a", "a\0b", "a\rb", "a\u2028b", "\ud800", "x\udfff",
    "한국어", "\u1112\u1161\u11ab", "ﷺ العربية", "हिन्दी", "中文", "👩‍👩‍👧", "ẞßſ",
]  # fmt: skip
lines_of_text = st.lists(
    st.sampled_from([*AWKWARD, "b b", "b  b", "B b", SENTENCE, SENTENCE.upper()])
    | st.text(st.characters(exclude_characters="\n"), max_size=12),
    max_size=12,
)


def shingles(line: str) -> set[str]:
    folded = " ".join(line.casefold().split())
    return {folded[start : start + N_GRAM] for start in range(max(1, len(folded) - N_GRAM + 1))}


def jaccard(one: str, other: str) -> float:
    return len(shingles(one) & shingles(other)) / len(shingles(one) | shingles(other))


# ---- lengths


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, ["", " ", "a", "a b", "a\u3000b\u2028c ", "中文字"]),
        ({"min_words": 1}, ["a", "a b", "a\u3000b\u2028c ", "中文字"]),
        ({"min_words": 2}, ["a b", "a\u3000b\u2028c "]),
        ({"max_words": 0}, ["", " "]),
        ({"max_words": 1}, ["", " ", "a", "中文字"]),
        ({"min_words": 3, "max_words": 3}, ["a\u3000b\u2028c "]),
        ({"min_chars": 3}, ["a b", "a\u3000b\u2028c ", "中文字"]),
        ({"max_chars": 0}, [""]),
        ({"min_chars": 1, "max_chars": 3}, [" ", "a", "a b", "中文字"]),
    ],
    ids=str,
)
def test_limits_include_their_ends(options: dict[str, int], kept: list[str]):
    lines = ["", " ", "a", "a b", "a\u3000b\u2028c ", "中文字"]
    assert list(filter_lines(lines, FilterConfig(**options))) == kept


def test_reasons_are_tested_in_their_order_and_counted():
    everything = FilterConfig(
        min_words=2, max_words=3, min_chars=4, max_chars=20, duplicates="near", near_threshold=0.5
    )
    line_filter = LineFilter(everything)
    assert line_filter.reasons == (
        "too_few_words", "too_many_words", "too_few_chars", "too_many_chars",
        "exact_duplicate", "near_duplicate",
    )  # fmt: skip
    for line, reason in [
        ("a", "too_few_words"),  # and too few characters
        ("a b c d", "too_many_words"),
        ("a b", "too_few_chars"),
        ("abcdefghij klmnopqrstuv", "too_many_chars"),
        ("some words here", None),
        ("some words here", "exact_duplicate"),  # and a near one
        ("Some  words here", "near_duplicate"),
        ("Some  words here", "exact_duplicate"),  # what was dropped was seen too
        ("a", "too_few_words"),
    ]:
        assert line_filter.reason_to_drop(line) == reason, line
    assert list(line_filter.dropped.values()) == [2, 1, 1, 1, 2, 1]


def test_only_what_is_asked_for_is_counted():
    assert LineFilter(FilterConfig()).reasons == ()
    line_filter = LineFilter(FilterConfig(max_chars=5, duplicates="exact"))
    assert line_filter.dropped == {"too_many_chars": 0, "exact_duplicate": 0}
    assert [line_filter.keep(line) for line in ("too long", "too long")] == [False, False]
    assert line_filter.dropped == {"too_many_chars": 2, "exact_duplicate": 0}


# ---- duplicates


def test_of_exact_duplicates_the_first_stays():
    lines = ["b", "a", "b", "B", "b ", "a", *AWKWARD, *AWKWARD]
    kept = list(filter_lines(lines, FilterConfig(duplicates="exact")))
    blank = [line for line in AWKWARD if not line.strip()]
    assert len(blank) == 3
    assert kept == ["b", "a", "B", "b ", *(x for x in AWKWARD if x != "a"), *blank]


@given(lines=lines_of_text)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_exact_is_what_a_set_of_lines_would_do(lines: list[str]):
    seen: set[str] = set()
    expected = []
    for line in lines:
        if not line.strip() or line not in seen:
            expected.append(line)
        seen.add(line)
    assert list(filter_lines(lines, FilterConfig(duplicates="exact"))) == expected


@pytest.mark.parametrize(
    "line",
    [
        SENTENCE.upper(),
        f"  {SENTENCE.replace(' ', '  ')}\t",
        SENTENCE.replace("fox", "cat"),
        SENTENCE + " Yes.",
    ],
)
def test_near_duplicates_are_dropped(line: str):
    assert jaccard(SENTENCE, line) > 0.75
    near = FilterConfig(duplicates="near", near_threshold=0.7)
    assert list(filter_lines([SENTENCE, line], near)) == [SENTENCE]
    assert list(filter_lines([line, SENTENCE], near)) == [line]
    assert list(filter_lines([SENTENCE, line], FilterConfig(duplicates="exact"))) == [
        SENTENCE,
        line,
    ]


def test_near_duplicates_without_spaces_between_words():
    hanzi = "今天天气很好我们一起去公园散步然后回家吃晚饭看电视"
    kana = "きょうはとてもいいてんきなのでこうえんへさんぽにいきました"
    lines = [hanzi, kana, hanzi + "。", "!" + kana, hanzi[::-1]]
    kept = list(filter_lines(lines, FilterConfig(duplicates="near")))
    assert kept == [hanzi, kana, hanzi[::-1]]


def test_short_lines_are_near_only_if_alike():
    lines = [
        "a",
        "A",
        "b",
        "ab",
        "AB ",
        "no",
        "yes",
        "中",
        "中 ",
        "다",
        "👩‍👩‍👧",
        "👩‍👩‍👦",
        "a\u0301",
        "á",
    ]
    kept = list(filter_lines(lines, FilterConfig(duplicates="near")))
    assert kept == ["a", "b", "ab", "no", "yes", "中", "다", "👩‍👩‍👧", "👩‍👩‍👦", "a\u0301", "á"]


def test_different_sentences_stay():
    rng = random.Random(0)
    words = ["".join(rng.choices("abcdefghijklmnop", k=6)) for _ in range(500)]
    lines = [" ".join(rng.choices(words, k=12)) for _ in range(300)]
    assert list(filter_lines(lines, FilterConfig(duplicates="near", near_threshold=0.5))) == lines


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.8, 1.0])
def test_a_line_of_the_same_shingles_is_always_found(threshold: float):
    rng = random.Random(1)
    lines = ["".join(rng.choices("abcdefgh", k=rng.randrange(1, 60))) for _ in range(100)]
    near = NearLines(threshold)
    for line in lines:
        near.add(line)
    assert all(near.add(line.upper()) for line in lines)


def test_only_the_same_shingles_are_near_at_threshold_1():
    near = FilterConfig(duplicates="near", near_threshold=1.0)
    # The second goes twice around the shingles of the first.
    assert list(filter_lines(["abcdabcd", "abcdabcdabcd", "abcdabce"], near)) == [
        "abcdabcd", "abcdabce",
    ]  # fmt: skip


@pytest.mark.parametrize("threshold", [0.6, 0.8, 0.9])
def test_what_is_dropped_follows_the_similarity(threshold: float):
    """Pairs well above the threshold go, pairs well below stay: 4 standard deviations."""
    rng = random.Random(2)
    deviation = (threshold * (1 - threshold) / N_PERMUTATIONS) ** 0.5
    n_far_above = n_far_below = n_dropped = 0
    for _ in range(150):
        line = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=150))
        cut = rng.randrange(110)
        other = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=cut)) + line[cut:]
        similarity = jaccard(line, other)
        near = NearLines(threshold)
        assert not near.add(line)
        dropped = near.add(other)
        if similarity > threshold + 4 * deviation:
            n_far_above += 1
            n_dropped += dropped
        elif similarity < threshold - 4 * deviation:
            n_far_below += 1
            assert not dropped, similarity
    assert n_far_below > 10
    assert n_dropped >= 0.95 * n_far_above


@pytest.mark.slow
def test_near_is_the_same_every_time():
    rng = random.Random(3)
    lines = ["".join(rng.choices("ab ", k=30)) for _ in range(400)]
    near = FilterConfig(duplicates="near", near_threshold=0.6)
    kept = list(filter_lines(lines, near))
    assert 1 < len(kept) < len(lines)
    assert list(filter_lines(lines, near)) == kept
    assert list(filter_lines(kept, near)) == kept  # and once is enough


@given(lines=lines_of_text)
@settings(max_examples=50, derandomize=True, deadline=None)
def test_filters_only_leave_out(lines: list[str]):
    near = list(filter_lines(lines, FilterConfig(duplicates="near")))
    exact = iter(filter_lines(lines, FilterConfig(duplicates="exact")))
    assert all(line in exact for line in near)  # in the same order, too
    assert [line for line in near if not line.strip()] == [x for x in lines if not x.strip()]
    folded = [" ".join(line.casefold().split()) for line in near if line.strip()]
    assert len(set(folded)) == len(folded)


# ---- how it is done


def test_a_shingle_has_one_hash_wherever_it_stands():
    letters = "abcdefghijklmnopqrstuvwxyz가나\ud800\U0001f469"
    line = "".join(random.Random(4).choices(letters, k=9000))  # hardly a shingle comes twice
    whole = np.unique(np.concatenate(list(_shingle_hashes(line))))
    alone = {int(next(_shingle_hashes(shingle))[0]) for shingle in shingles(line)}
    assert set(whole.tolist()) == alone
    assert len(alone) == len(shingles(line))
    assert whole.max() < 2**32


@pytest.mark.slow
def test_a_huge_line_takes_no_huge_memory():
    line = "".join(random.Random(5).choices("abcdefghij ", k=300_000))
    near = NearLines(0.8)
    tracemalloc.start()
    assert not near.add(line)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000  # all shingles at a time would take 150 MB
    assert near.add(line[:290_000])
    assert not near.add(line[:100])


@pytest.mark.parametrize("threshold", [0.1, 0.25, 0.5, 0.8, 0.9, 0.99, 1.0])
def test_bands_find_nine_of_ten_pairs_at_the_threshold(threshold: float):
    n_bands, n_hashes = choose_bands(threshold)
    assert n_bands >= 2
    assert n_bands * n_hashes <= N_PERMUTATIONS
    assert 1 - (1 - threshold**n_hashes) ** n_bands >= 0.9


def test_bands_get_longer_with_the_threshold():
    lengths = [choose_bands(threshold)[1] for threshold in np.linspace(0.1, 1.0, 19)]
    assert all(one <= other for one, other in pairwise(lengths))


def test_reviews_that_are_half_duplicates(data: Path):
    text = gzip.decompress((data / "zh_reviews" / "pos.txt.gz").read_bytes()).decode()
    lines = text.removesuffix("\n").split("\n")[:4000]
    line_filter = LineFilter(FilterConfig(duplicates="near"))
    kept = [line for line in lines if line_filter.keep(line)]
    n_distinct = len({line for line in lines if line.strip()})
    n_blank = sum(not line.strip() for line in lines)
    assert len(lines) - line_filter.dropped["exact_duplicate"] == n_distinct + n_blank
    assert 0 < line_filter.dropped["near_duplicate"] < n_distinct // 20
    assert len(kept) + sum(line_filter.dropped.values()) == len(lines)
