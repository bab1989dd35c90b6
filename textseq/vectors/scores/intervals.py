"""Intervals: how far a score may be from what more questions would give.

In: a share of right answers, or a rank correlation, with their numbers. Out: two ends of a 95 %
interval. Questions are taken for independent, which those that share words are not quite.
"""

from __future__ import annotations

import math

_Z = 1.959963984540054  # 97.5 % of a normal distribution lie below


def wilson(right: int, n: int) -> tuple[float, float] | None:
    """The interval of the share `right / n` (Wilson 1927), within 0..1; None for no question."""
    if not n:
        return None
    share, z2 = right / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def spearman_interval(rho: float | None, n: int) -> tuple[float, float] | None:
    """The interval of a rank correlation of n pairs, by Fisher's z; None for fewer than four pairs.

    With the variance (1 + rho² / 2) / (n - 3) of Bonett & Wright (2000).
    """
    if rho is None or n < 4:
        return None
    if abs(rho) == 1:
        return rho, rho
    half = _Z * math.sqrt((1 + rho * rho / 2) / (n - 3))
    z = math.atanh(rho)
    return math.tanh(z - half), math.tanh(z + half)
