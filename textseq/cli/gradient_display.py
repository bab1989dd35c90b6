"""What is shown of gradients: tables and JSON of flows, and of trainings on synthetic tasks.

In: Flows by panel and line, Trials. Out: on stdout a table for people, or one line of JSON with all
numbers. Norms in tables are written as powers of ten where they are small. Nothing is computed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textseq.cli.display import data, json_line, table

if TYPE_CHECKING:
    from textseq.rnn.gradients.gradient_flow import Flow, Norms
    from textseq.rnn.gradients.memory_trial import Trial

SHOWN_LAGS = (1, 10, 50, 100)


def flows_json(panels: Mapping[str, Mapping[str, Flow]], head: dict[str, Any], line: str) -> None:
    """All numbers of all flows; `line` says what tells those of a cell apart."""
    rows = [
        {"cell": cell, line: name, **flow.to_json()}
        for cell, flows in panels.items()
        for name, flow in flows.items()
    ]
    json_line(head | {"flows": rows})


def flows_table(panels: Mapping[str, Mapping[str, Flow]], line: str) -> None:
    """The norms at a few lags, and in how many steps they halve."""
    longest = max(len(flow.lags) for flows in panels.values() for flow in flows.values()) - 1
    lags = sorted({lag for lag in SHOWN_LAGS if lag <= longest} | {longest})
    rows = [["cell", line, "of", *(f"lag {lag}" for lag in lags), "half-life", "radius"]]
    sources: dict[str, list[str]] = {}
    for cell, flows in panels.items():
        for name, flow in flows.items():
            rows.append([cell, name, "h", *_norms(flow.hidden, lags), f"{flow.radius:.3f}"])
            if flow.has_memory:
                rows.append(["", "", "h, c", *_norms(flow.state, lags), ""])
            named = sources.setdefault(flow.radius_of, [])
            if cell not in named:
                named.append(cell)
    table(rows, left=3)
    for source, cells in sources.items():
        data(f"radius ({', '.join(cells)}): the spectral radius of {source}")


def _norms(norms: Norms, lags: list[int]) -> list[str]:
    from textseq.rnn.gradients.gradient_flow import curve_of, half_life

    curve = curve_of(norms.spectral)
    half = half_life(curve)
    last = len(curve.mean) - 1
    shown = [power(curve.mean[lag]) if lag <= last else "" for lag in lags]
    return [*shown, "-" if half is None else f"{half:.1f}"]


def power(log: float) -> str:
    """A number by its natural logarithm: 0.4211, or 3.1e-45, however small or large."""
    if not math.isfinite(log):
        return "0" if log < 0 else "inf"
    tens = log / math.log(10)
    if -3 <= tens < 4:
        return f"{10**tens:.3g}"
    exponent = math.floor(tens)
    digits = f"{10 ** (tens - exponent):.1f}"
    if digits == "10.0":
        digits, exponent = "1.0", exponent + 1
    return f"{digits}e{exponent:+03d}"


def trials_json(trials: Sequence[Trial], head: dict[str, Any]) -> None:
    """All of all trainings."""
    json_line(head | {"trials": [trial.to_json() for trial in trials]})


def trials_table(trials: Sequence[Trial], error: str) -> None:
    """A line for each training."""
    rows = [["cell", "initialisation", "length", "clip", "seed", "error", "baseline", "solved",
             "at step", "longest gradient"]]  # fmt: skip
    for trial in trials:
        verdict = "diverged" if trial.diverged else "yes" if trial.solved else "no"
        rows.append([
            trial.cell, trial.initialisation, str(trial.length), f"{trial.clip_norm:g}",
            str(trial.seed), f"{trial.error:.4f}", f"{trial.baseline:.4f}", verdict,
            "-" if trial.solved_at is None else f"{trial.solved_at:,}",
            f"{trial.grad_norm_max:.3g}",
        ])  # fmt: skip
    table(rows, left=2)
    task, levels = trials[0].task, {trial.solved_below for trial in trials}
    at = f"{levels.pop():.3g} or less" if len(levels) == 1 else "a tenth of the baseline or less"
    data(f"{task}: {error}; solved at {at}; baseline: the best answer without a memory")
