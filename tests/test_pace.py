"""Work beside the real one takes a small share of the time."""

from __future__ import annotations

import math

import pytest

from textseq import pace
from textseq.pace import Pace


@pytest.mark.parametrize(
    ("seconds", "cost", "wait"), [(60.0, 0.1, 60.0), (60.0, 3.0, 150.0), (0.0, 3.0, math.inf)]
)
def test_it_rests_for_a_while(
    monkeypatch: pytest.MonkeyPatch, seconds: float, cost: float, wait: float
):
    now = [1000.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    each = Pace(seconds)
    assert each.due == 1000.0 + (seconds or math.inf)
    assert not each.is_due
    now[0] = 1060.0
    assert each.is_due == (seconds > 0)

    def work() -> None:
        now[0] += cost

    each.spend(work)
    assert each.due == 1060.0 + cost + wait
    assert cost <= 0.02 * wait
