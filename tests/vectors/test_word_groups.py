"""Outliers and categories: places and clusters by hand, files, and what is unknown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.scores.word_groups import (
    OutlierSet,
    evaluate_categories,
    evaluate_outliers,
    read_outlier_sets,
)
from textseq.vectors.word_vectors import WordVectors


def at_angles(**degrees: float) -> WordVectors:
    angles = np.radians(list(degrees.values()))
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return WordVectors(Vocab(list(degrees), specials=()), 2 * rows)


FAN = at_angles(a=0, b=10, c=20, far=90, near=10.5, off=33, edge=-1)


def outliers(*words: str, of: tuple[str, ...] = ("a", "b", "c")) -> OutlierSet:
    return OutlierSet("fan", of, words)


def test_places_by_hand():
    # far is last. off stands at 33: it is farther from the others than 0 is from 10, 20 and 33.
    found = evaluate_outliers(FAN, [outliers("far", "off")])
    assert (found.accuracy, found.position, found.found, found.counted) == (1.0, 1.0, 2, 2)
    # near, at 10.5, is between the others and more typical than two of them, but for 10.
    found = evaluate_outliers(FAN, [outliers("near")])
    assert (found.accuracy, found.position) == (0.0, pytest.approx(1 / 3))
    # edge, at -1, is nearer to the others than 20 is.
    assert evaluate_outliers(FAN, [outliers("edge")]).position == pytest.approx(2 / 3)


def plain_place(vectors: WordVectors, words: tuple[str, ...], outlier: str) -> float:
    """By the compactness of what is left without each word, as the paper has it."""
    everyone = [*words, outlier]

    def compactness(without: str) -> float:
        rest = [word for word in everyone if word != without]
        pairs = [(u, v) for u in rest for v in rest if u != v]
        return float(np.mean([vectors.similarity(u, v) for u, v in pairs]))

    mine = compactness(outlier)
    return float(np.mean([compactness(word) < mine for word in words]))


@pytest.mark.parametrize("seed", range(5))
def test_the_plain_way(seed: int):
    rows = np.random.default_rng(seed).standard_normal((12, 4))
    words = [f"w{number}" for number in range(12)]
    vectors = WordVectors(Vocab(words, specials=()), rows)
    group = OutlierSet("some", tuple(words[:8]), tuple(words[8:]))
    places = [plain_place(vectors, group.words, word) for word in group.outliers]
    found = evaluate_outliers(vectors, [group])
    assert found.position == pytest.approx(np.mean(places))
    assert found.accuracy == np.mean([place == 1 for place in places])


def test_unknown_words_and_outliers():
    found = evaluate_outliers(FAN, [outliers("far", "zebra", of=("a", "b", "zzz"))])
    assert (found.found, found.counted, found.skipped) == (1, 1, 1)
    found = evaluate_outliers(FAN, [outliers("far", of=("a", "zzz"))])
    assert (found.accuracy, found.position, found.counted, found.skipped) == (None, None, 0, 1)
    assert evaluate_outliers(FAN, [outliers("FAR")]).counted == 1
    assert evaluate_outliers(FAN, [outliers("FAR")], lowercase=False).counted == 0
    assert evaluate_outliers(FAN, [outliers("far")], restrict=3).counted == 0


def test_a_tie_is_not_found():
    vectors = at_angles(a=0, b=10, other=10, c=0)
    assert evaluate_outliers(vectors, [OutlierSet("", ("a", "b"), ("other", "c"))]).found == 0


def test_outlier_files(tmp_path: Path):
    one = tmp_path / "months.txt"
    one.write_bytes("\ufeffJuly\r\nMay\r\n\r\n\r\nMars\r\nNew York\r\n".encode())
    expected = OutlierSet("months", ("July", "May"), ("Mars", "New York"))
    assert read_outlier_sets(one) == read_outlier_sets(tmp_path) == [expected]
    (tmp_path / "a.txt").write_text("x\ny\n\nz\n")
    assert [group.name for group in read_outlier_sets(tmp_path)] == ["a", "months"]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"a\nb\n", "a.txt has 1 blocks of lines"),
        (b"a\nb\n\nc\n\nd\n", "a.txt has 3 blocks"),
        (b"a\n\nb\n", "a set is two or more words"),
        (b"", "a.txt has 0 blocks"),
        (b"a\n\xff\n", "byte 2 is not UTF-8"),
    ],
)
def test_wrong_outlier_files(tmp_path: Path, raw: bytes, message: str):
    (tmp_path / "a.txt").write_bytes(raw)
    with pytest.raises(ValueError, match=message):
        read_outlier_sets(tmp_path / "a.txt")


def test_a_folder_without_sets(tmp_path: Path):
    with pytest.raises(ValueError, match=r"there is no \.txt"):
        read_outlier_sets(tmp_path)


def test_purity_by_hand():
    # Two clusters: 0, 10, 20 and 90, 100. One of five words is in the wrong one.
    vectors = at_angles(a=0, b=10, c=20, x=90, y=100)
    found = evaluate_categories(vectors, {"low": ["a", "b"], "high": ["c", "x", "y"]})
    assert (found.purity, found.n_clusters, found.counted, found.skipped) == (0.8, 2, 5, 0)
    assert evaluate_categories(vectors, {"low": ["a", "B", "c"], "high": ["x", "y"]}).purity == 1.0


def test_unknown_categories():
    found = evaluate_categories(FAN, {"one": ["a", "zebra"], "two": ["zzz"]})
    assert (found.purity, found.n_clusters, found.counted, found.skipped) == (None, 1, 1, 2)
    assert evaluate_categories(FAN, {"one": ["a"], "two": ["far", "zzz"]}).purity == 1.0


def test_too_many_words():
    words = [f"w{number}" for number in range(10_001)]
    vectors = WordVectors(Vocab(words, specials=()), np.ones((10_001, 1)))
    with pytest.raises(ValueError, match="categories of 10,001 words; up to 10,000"):
        evaluate_categories(vectors, {"one": words[:9], "other": words[9:]})
