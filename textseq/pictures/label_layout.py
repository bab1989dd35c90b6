"""Label layout: where labels stand beside their points so that none covers another.

In: points and sizes of labels in pixels, the most important label first. Out: the lower left corner
of each label, NaN for one that has no room. Greedy: a label that stands is not moved any more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ANGLES = np.radians([0, 180, 45, 135, 315, 225, 90, 270, 22, 158, 338, 202, 68, 112, 292, 248])
_DISTANCES = (3.0, 8.0, 16.0, 28.0, 44.0, 64.0)  # between a point and its label, in points' radii


def lay_out_labels(
    points: NDArray[np.float64],
    sizes: NDArray[np.float64],
    *,
    bounds: tuple[float, float],
    radius: float = 2.0,
    clear: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Corners (n, 2) of n labels of `sizes` (n, 2) for `points` (n, 2), within 0..bounds.

    A label covers no other label and no point, whose discs have the `radius`; nor those of `clear`
    (m, 2), which have no labels. It is at most 64 radii away; labels near their points are tried
    first.
    """
    corners = np.full(points.shape, np.nan)
    low = np.empty((0, 2))  # of the labels that stand
    high = np.empty((0, 2))
    discs = points if clear is None else np.concatenate([points, clear])
    towards = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
    for number, (point, size) in enumerate(zip(points, sizes, strict=True)):
        for distance in _DISTANCES:
            # The label's nearest edge or corner is that far from the point.
            tried = point + towards * (radius * distance + size / 2) - size / 2
            ends = tried + size
            free = np.all((tried >= 0) & (ends <= bounds), axis=1)
            free &= ~_overlaps(tried, ends, low, high).any(axis=1)
            free &= ~_overlaps(tried, ends, discs - radius, discs + radius).any(axis=1)
            if free.any():
                corners[number] = tried[np.argmax(free)]
                low = np.vstack([low, corners[number]])
                high = np.vstack([high, corners[number] + size])
                break
    return corners


def _overlaps(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    other_low: NDArray[np.float64],
    other_high: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Which boxes (A, 2) share an area with which others (B, 2): (A, B)."""
    overlaps: NDArray[np.bool_] = np.all(
        (low[:, None] < other_high) & (high[:, None] > other_low), axis=2
    )
    return overlaps
