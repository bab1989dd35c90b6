"""Intervals: how far a score may be from what more questions would give.

In: a share of right answers, or a rank correlation, with their numbers. Out: two ends of an
interval, of 95 % unless it is said. Questions are taken for independent, which those that share
words are not quite.
"""

from __future__ import annotations

import math
from statistics import NormalDist

_Z = 1.959963984540054  # 97.5 % of a normal distribution lie below


def wilson(right: float, n: float, confidence: float = 0.95) -> tuple[float, float] | None:
    """The interval of the share `right / n` (Wilson 1927), within 0..1; None for no question."""
    if not n:
        return None
    z = _Z if confidence == 0.95 else NormalDist().inv_cdf((1 + confidence) / 2)
    share, z2 = right / n, z * z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = z * math.sqrt(max(0.0, share * (1 - share)) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # Rounding must not shut out what all answers say.
    low = middle - half if right > 0 else 0.0
    return max(0.0, low), min(1.0, middle + half) if right < n else 1.0


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
