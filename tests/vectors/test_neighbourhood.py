"""The local neighbourhood measure: a change by hand, the plain way beside the batch."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.vectors.comparison import neighbourhood
from textseq.vectors.comparison.neighbourhood import neighbourhood_distances


def units(rows: list[list[float]]) -> np.ndarray:
    found = np.array(rows, np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def plain(a: np.ndarray, b: np.ndarray, k: int) -> list[float]:
    """Word by word, with sets."""
    distances = []
    for word in range(len(a)):
        near: set[int] = set()
        for side in (a, b):
            others = [other for other in range(len(side)) if other != word]
            near |= set(sorted(others, key=lambda o, s=side: -float(s[o] @ s[word]))[:k])
        to_a, to_b = ([float(s[o] @ s[word]) for o in sorted(near)] for s in (a, b))
        cosine = np.dot(to_a, to_b) / (np.linalg.norm(to_a) * np.linalg.norm(to_b))
        distances.append(1 - cosine)
    return distances


def test_by_hand():
    # Seen from the first word: 1 and 0 to the two others, then 0 and 1. From the second: 1 and 0 to
    # the first and third, then 0 and 0; a vector of zeros has no direction.
    a = units([[1, 0], [1, 0], [0, 1]])
    b = units([[1, 0, 0], [0, 1, 0], [1, 0, 0]])
    assert neighbourhood_distances(a, b) == pytest.approx([1.0, 1.0, 1.0])


def test_a_turned_space_has_the_same_neighbourhoods():
    a = units(np.random.default_rng(0).standard_normal((60, 5)))
    turn, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((5, 5)))
    wider = np.hstack([a @ turn, np.zeros((60, 3))]).astype(np.float32)
    assert neighbourhood_distances(a, wider, 7) == pytest.approx(np.zeros(60), abs=1e-5)


@pytest.mark.parametrize("k", [1, 5, 39, 100])
def test_the_plain_way(monkeypatch: pytest.MonkeyPatch, k: int):
    monkeypatch.setattr(neighbourhood, "_SCORES_AT_ONCE", 7 * 40)  # blocks of 7, the last of 5
    rng = np.random.default_rng(k)
    a, b = (units(rng.standard_normal((40, dim))) for dim in (6, 4))
    found = neighbourhood_distances(a, b, k)
    assert found == pytest.approx(plain(a, b, k), abs=1e-5)
    assert neighbourhood_distances(a, b, k, only=slice(38, None)) == pytest.approx(found[38:])


def test_one_word_has_none():
    one = np.ones((1, 1), np.float32)
    with pytest.raises(ValueError, match="two words or more"):
        neighbourhood_distances(one, one)
    with pytest.raises(ValueError, match="k is 0"):
        neighbourhood_distances(np.ones((2, 1), np.float32), np.ones((2, 1), np.float32), 0)
