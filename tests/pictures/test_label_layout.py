"""Labels cover neither each other nor points."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.pictures.label_layout import lay_out_labels


def covers(a: np.ndarray, size_a: np.ndarray, b: np.ndarray, size_b: np.ndarray) -> bool:
    return bool(np.all((a < b + size_b) & (a + size_a > b)))


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_covered(seed: int):
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 300, (80, 2))
    sizes = np.stack([rng.uniform(10, 60, 80), np.full(80, 12.0)], axis=1)
    corners = lay_out_labels(points, sizes, bounds=(300, 300))
    placed = np.flatnonzero(~np.isnan(corners[:, 0]))
    assert len(placed) > 20
    for a in placed:
        assert (corners[a] >= 0).all()
        assert (corners[a] + sizes[a] <= 300).all()
        for b in placed[placed > a]:
            assert not covers(corners[a], sizes[a], corners[b], sizes[b])
        for point in points:
            assert not covers(corners[a], sizes[a], point - 2, np.array([4, 4]))


def test_a_lonely_label_stands_to_the_right():
    corner = lay_out_labels(np.array([[50.0, 50.0]]), np.array([[20.0, 10.0]]), bounds=(100, 100))
    assert np.allclose(corner, [[56, 45]])


def test_points_on_one_spot_and_labels_wider_than_the_picture():
    points = np.full((3, 2), 50.0)
    corners = lay_out_labels(points, np.array([[20, 9], [200, 9], [20, 9]]), bounds=(100, 100))
    assert np.isnan(corners[:, 0]).tolist() == [False, True, False]
    assert lay_out_labels(np.empty((0, 2)), np.empty((0, 2)), bounds=(9, 9)).shape == (0, 2)


def test_what_is_to_be_clear_has_no_label_on_it():
    point, size = np.array([[50.0, 50.0]]), np.array([[20.0, 10.0]])
    corner = lay_out_labels(point, size, bounds=(100, 100), clear=np.array([[60.0, 50.0]]))
    assert np.allclose(corner, [[24, 45]])  # to the left: the place to the right is taken
