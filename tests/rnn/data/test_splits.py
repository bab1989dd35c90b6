"""Splits: exact sizes, balanced classes, whole groups, and no text in two parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from textseq.config import TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.splits import split, split_rows, without_shared

EVERY_WORD = TextConfig(min_count=1)
SHARES = st.sampled_from(
    [(0.8, 0.1, 0.1), (0.5, 0.5), (1.0,), (0.7, 0.2, 0.05, 0.05), (1 / 3,) * 3]
)


def sizes_by_hand(n_rows: int, shares: tuple[float, ...]) -> list[int]:
    floors = [int(n_rows * share + 1e-9) for share in shares]
    order = sorted(range(len(shares)), key=lambda part: floors[part] - n_rows * shares[part])
    for part in order[: n_rows - sum(floors)]:
        floors[part] += 1
    return floors


@given(st.integers(1, 300), SHARES, st.integers(0, 5))
@settings(derandomize=True, deadline=None)
def test_sizes_are_exact_and_all_rows_are_used(n_rows, shares, seed):
    assume(min(sizes_by_hand(n_rows, shares)) > 0)
    parts = split_rows(n_rows, shares, seed=seed)
    sizes = [len(part) for part in parts]
    assert max(abs(size - n_rows * share) for size, share in zip(sizes, shares, strict=True)) < 1
    assert sorted(sizes) == sorted(sizes_by_hand(n_rows, shares))
    assert sorted(np.concatenate(parts).tolist()) == list(range(n_rows))
    again = split_rows(n_rows, shares, seed=seed)
    assert all(np.array_equal(a, b) for a, b in zip(parts, again, strict=True))


@given(st.lists(st.integers(0, 5), min_size=30, max_size=200), SHARES)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_classes_are_balanced_to_within_one(classes, shares):
    n_rows = len(classes)
    parts = split_rows(n_rows, shares, stratify=classes)
    counts = np.bincount(classes, minlength=6)
    for part, share in zip(parts, shares, strict=True):
        assert abs(len(part) - n_rows * share) < 1
        inside = np.bincount(np.array(classes)[part], minlength=6)
        assert np.abs(inside - counts * share).max() < 1


@given(st.lists(st.integers(0, 8), min_size=20, max_size=100), st.booleans())
@settings(derandomize=True, deadline=None)
def test_groups_stay_whole(groups, stratify):
    assume(len(set(groups)) >= 6)
    classes = np.arange(len(groups)) % 2 if stratify else None
    parts = split_rows(len(groups), (0.6, 0.4), groups=groups, stratify=classes)
    found = [set(np.array(groups)[part].tolist()) for part in parts]
    assert not found[0] & found[1]
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(groups)))
    largest = np.bincount(groups).max()
    assert abs(len(parts[0]) - 0.6 * len(groups)) <= largest


def test_many_small_groups_keep_the_sizes():
    groups = np.arange(1000) // 2
    assert [len(part) for part in split_rows(1000, groups=groups)] == [800, 100, 100]
    mixed = np.concatenate([np.zeros(50, int), np.arange(1, 951)])
    parts = split_rows(1000, groups=mixed, stratify=np.arange(1000) % 4)
    assert [len(part) for part in parts] == [800, 100, 100]


def test_the_seed_decides():
    one, other = split_rows(100, seed=1), split_rows(100, seed=2)
    assert one[1].tolist() != other[1].tolist()
    assert all((np.diff(part) > 0).all() for part in one)


def test_words_and_numbers_are_classes():
    parts = split_rows(8, (0.5, 0.5), stratify=["a", "b"] * 4)
    assert [sum(row % 2 for row in part.tolist()) for part in parts] == [2, 2]


@pytest.mark.parametrize(
    ("n_rows", "options", "message"),
    [
        (10, {"shares": (0.5, 0.4)}, "add up to 1"),
        (10, {"shares": (1.2, -0.2)}, "above 0"),
        (10, {"shares": ()}, "add up to 1"),
        (10, {"stratify": [1]}, r"stratify has the shape \(1,\); it is \(10,\)"),
        (3, {}, "a share of 0.1 of 3 rows is none; there are too few rows; a larger share works"),
        (3, {"groups": [0, 1, 2]}, "there are too few rows; a larger share works"),
        (0, {"shares": (1.0,)}, "too few rows"),
        (10, {"groups": [0] * 10}, "too few groups, 1: rows of one group stay together; a larger"),
    ],
)
def test_splits_that_cannot_be(n_rows: int, options, message: str):
    with pytest.raises(ValueError, match=message):
        split_rows(n_rows, **options)


# --- of data sets


def texts_of(dataset: SequenceDataset) -> list[tuple[int, ...]]:
    return [tuple(example.inputs.tolist()) for example in dataset]


@pytest.fixture
def repeated() -> SequenceDataset:
    texts = [f"w{n % 40} x" for n in range(100)]
    return SequenceDataset.from_texts(texts, [n % 2 for n in range(100)], config=EVERY_WORD)


def test_equal_texts_stay_together(repeated: SequenceDataset):
    parts = split(repeated, (0.6, 0.2, 0.2), stratify=True)
    assert sum(map(len, parts)) == 100
    found = [set(texts_of(part)) for part in parts]
    assert len(set.union(*found)) == sum(map(len, found)) == 40


def test_duplicates_dropped_or_kept(repeated: SequenceDataset):
    dropped = split(repeated, (0.5, 0.5), duplicates="drop")
    assert [len(part) for part in dropped] == [20, 20]
    assert len(set(texts_of(dropped[0]) + texts_of(dropped[1]))) == 40
    # The first of each is the one that is left.
    assert max(row for part in dropped for row in part.rows.tolist()) == 39
    kept = split(repeated, (0.5, 0.5), duplicates="keep", stratify=True)
    assert [np.bincount(part.labels).tolist() for part in kept] == [[25, 25], [25, 25]]


def test_groups_and_texts_chain():
    texts = ["a", "a", "b", "b", *(f"w{n}" for n in range(16))]
    groups = [0, 1, 1, 2, *range(3, 19)]
    dataset = SequenceDataset.from_texts(texts, groups=groups, config=EVERY_WORD)
    for seed in range(5):
        parts = split(dataset, (0.5, 0.5), seed=seed)
        inside = [len({0, 1, 2, 3} & set(part.rows.tolist())) for part in parts]
        assert sorted(inside) == [0, 4]
        assert [len(part) for part in parts] == [10, 10]


def test_why_there_are_few_groups():
    alike = SequenceDataset.from_texts(["a b"] * 30, config=EVERY_WORD)
    message = (
        "of 30 rows is none; there are too few groups, 1: rows with equal inputs, in which all"
    )
    with pytest.raises(ValueError, match=f"a share of 0.1 {message} rare words are <unk>, stay"):
        split(alike, (0.9, 0.1))
    with pytest.raises(ValueError, match="too few rows; a larger share works, or data of its own"):
        split(alike, (0.9, 0.1), duplicates="drop")
    grouped = SequenceDataset.from_texts(["a b"] * 30, groups=range(30), config=EVERY_WORD)
    with pytest.raises(ValueError, match="1: rows of one group or with equal inputs"):
        split(grouped, (0.9, 0.1))
    assert [len(part) for part in split(alike, (0.9, 0.1), duplicates="keep")] == [27, 3]


def test_a_part_can_be_split_again(repeated: SequenceDataset):
    train, _ = split(repeated, (0.5, 0.5), duplicates="keep")
    first, second = split(train, (0.5, 0.5), duplicates="keep")
    assert set(first.rows.tolist()) | set(second.rows.tolist()) == set(train.rows.tolist())


def test_what_a_test_set_shares_goes():
    train = SequenceDataset.from_texts(["a b", "c"], config=EVERY_WORD)
    test = SequenceDataset.from_texts(
        ["c", "b a", "a b", "a"], config=EVERY_WORD, vocab=train.vocab
    )
    assert without_shared(test, train).rows.tolist() == [1, 3]
    assert len(without_shared(test)) == 4
    other = SequenceDataset.from_texts(["c"], config=EVERY_WORD)
    with pytest.raises(ValueError, match="different Vocabs"):
        without_shared(other, train)


@pytest.mark.slow
def test_real_reviews_in_both_parts(data: Path):
    def read(name: str) -> SequenceDataset:
        path = data / "nsmc" / f"nsmc_{name}.tsv.gz"
        config = TextConfig(tokenizer="char", min_count=1, clean=())
        vocab = None if name == "train" else train.vocab
        return SequenceDataset.from_table(path, "document", config=config, vocab=vocab)

    train = read("train")
    test = read("test")
    assert (len(train), len(test)) == (100_000, 20_000)
    clean = without_shared(test, train)
    assert len(test) - len(clean) == 576
    parts = split(train, stratify=True)
    assert sum(map(len, parts)) == 100_000
    assert len(without_shared(parts[1], parts[0], parts[2])) == len(parts[1])
