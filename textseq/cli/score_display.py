"""Scores with their 95 % intervals and what they are of, as a table and as JSON.

In: a model's Report. Out: a table on stdout, or an object for JSON.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from textseq.cli.display import json_line, many, table

if TYPE_CHECKING:
    from textseq.rnn.models.model import Report

_SHOWN = {"unk_output": "<unk> in output", "unk_references": "<unk> in references"}


def show_report(
    found: Report, name: str, n: int, unit: str, *, json: bool, how: str = "", **more: Any
) -> None:
    """All scores of the part `name` of the data, which has `n` of a `unit`.

    `how` it was scored stands in the head of the table, `more` in JSON.
    """
    if json:
        json_line({"data": name, "n": n, **report_json(found), **more})
    else:
        table([[f"{many(n, unit)} ({name}){how}", "score", "95 %", ""], *report_rows(found)])


def report_rows(found: Report) -> list[list[str]]:
    """A row for each score: its name, value, interval and signature, empty where there is none.

    A score that is none has "-", and why in front of its signature.
    """
    rows = []
    for name, value in found.scores.items():
        remarks = (found.notes or {}).get(name, ""), found.signatures.get(name, "")
        shown = "-" if math.isnan(value) else f"{value:.4f}"
        remark = "; ".join(filter(None, remarks))
        rows.append([_SHOWN.get(name, name), shown, interval_of(found, name), remark])
    return rows


def interval_of(found: Report, name: str, digits: int = 4) -> str:
    """The interval of a score; "" where there is none, as of a handful of examples."""
    ends = found.intervals.get(name)
    return "" if ends is None else f"{ends[0]:.{digits}f}..{ends[1]:.{digits}f}"


def report_json(found: Report) -> dict[str, Any]:
    """The same as JSON has it; signatures where there are any."""
    parts: dict[str, Any] = {
        "scores": {name: finite(value) for name, value in found.scores.items()},
        "intervals": {name: list(map(finite, ends)) for name, ends in found.intervals.items()},
    }
    if found.signatures:
        parts["signatures"] = dict(found.signatures)
    return parts | ({"notes": found.notes} if found.notes else {})


def finite(value: float) -> float | None:
    """JSON has no NaN."""
    return value if math.isfinite(value) else None
