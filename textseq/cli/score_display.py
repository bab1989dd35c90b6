"""Scores with their 95 % intervals and what they are of, as rows of a table and as JSON.

In: what a model's `evaluate`, `intervals` and `signatures` give. Out: rows, or an object for JSON.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def score_rows(
    scores: Mapping[str, float],
    intervals: Mapping[str, tuple[float, float]],
    signatures: Mapping[str, str],
) -> list[list[str]]:
    """A row for each score: its name, value, interval and signature, empty where there is none."""
    rows = []
    for name, value in scores.items():
        low, high = intervals.get(name, (math.nan, math.nan))
        interval = f"{low:.4f}..{high:.4f}" if name in intervals else ""
        rows.append([name, f"{value:.4f}", interval, signatures.get(name, "")])
    return rows


def scores_json(
    scores: Mapping[str, float],
    intervals: Mapping[str, tuple[float, float]],
    signatures: Mapping[str, str],
) -> dict[str, Any]:
    """The same as JSON has it; signatures where there are any."""
    found: dict[str, Any] = {
        "scores": {name: _finite(value) for name, value in scores.items()},
        "intervals": {name: list(map(_finite, ends)) for name, ends in intervals.items()},
    }
    return found | ({"signatures": dict(signatures)} if signatures else {})


def _finite(value: float) -> float | None:
    """JSON has no NaN."""
    return value if math.isfinite(value) else None
