"""How far do gradients reach, and how far can the cells learn to remember?

In: nothing but a number of seeds; the sequences are made up. Out: tables. The norm of dh_T/dh_t
over the lag, by exact Jacobians, before any training; the adding problem at T = 100, all cells and
all seeds; copy memory and temporal order at one length each; the adding problem over the length,
with gradients that are clipped and that are not. A training takes one core, and as many run at a
time as there are cores.

    python benchmarks/rnn.py DATA --only gradients
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median

from textseq.config import RNNConfig, TrialConfig, thread_count
from textseq.rnn.gradients.gradient_flow import curve_of, half_life, initial_flow
from textseq.rnn.gradients.memory_trial import Trial, run_trial
from textseq.rnn.gradients.synthetic_tasks import find_synthetic_task

HIDDEN = 64
TRAIN = TrialConfig()  # what `textseq grad-flow --task` does by default
LAGS = (1, 10, 50, 100)
# The cells as they begin by default, and the tanh RNN in all three ways.
KINDS = (
    ("rnn", "normal"), ("rnn", "orthogonal"), ("rnn", "identity"),
    ("lstm", "orthogonal"), ("gru", "orthogonal"),
)  # fmt: skip
# The one length of each task but the first, and its steps: what fits into the time.
OTHERS = {"copy": (10, 1500), "order": (50, 1500)}
LENGTHS, CLIPS, LENGTH_STEPS = (50, 100, 200), (1.0, 0.0), 1000
LENGTH_KINDS = (("rnn", "normal"), ("lstm", "orthogonal"), ("gru", "orthogonal"))


@dataclass(frozen=True)
class Run:
    """One training that is to be made."""

    task: str
    length: int
    kind: tuple[str, str]
    config: TrialConfig

    def make(self) -> Trial:
        """Train; in a process of its own."""
        cell, how = self.kind
        rnn = RNNConfig(cell=cell, initialisation=how, hidden=HIDDEN)  # type: ignore[arg-type]
        return run_trial(self.task, self.length, rnn, self.config)


def flows() -> list[str]:
    """The norms of dh_T/dh_t at a few lags, and the half-lives."""
    titles = "".join(f"{f'lag {lag}':>10}" for lag in LAGS)
    lines = [
        f"norm of dh_T/dh_t, hidden {HIDDEN}, inputs of 0.1, geometric mean of 10 sequences; "
        "half-life in steps",
        f"{'cell, beginning':34}{titles}{'half-life':>11}{'radius':>9}",
    ]
    cells = [(cell, how, 1.0) for cell, how in product(
        ("rnn", "lstm", "gru"), ("orthogonal", "identity", "normal")
    )]  # fmt: skip
    for cell, how, bias in [*cells, ("lstm", "orthogonal", 3.0)]:
        rnn = RNNConfig(cell=cell, initialisation=how, hidden=HIDDEN, forget_bias=bias)  # type: ignore[arg-type]
        flow = initial_flow(rnn)
        name = f"{cell}, {how}" + (f", forget bias {bias:g}" if bias != 1 else "")
        parts = [("", flow.hidden), (", whole state", flow.state)][: 1 + flow.has_memory]
        for part, norms in parts:
            curve = curve_of(norms.spectral)
            numbers = "".join(f"{10 ** (curve.mean[lag] / math.log(10)):10.2g}" for lag in LAGS)
            half = half_life(curve)
            shown = "grows" if half is None else f"{half:.1f}"
            lines.append(f"{name + part:34}{numbers}{shown:>11}{flow.radius:9.3f}")
    lines.append("radius: of W_hh (rnn), of the mean step Jacobian (lstm, gru)")
    return lines


def runs(seeds: int) -> dict[str, list[Run]]:
    """All trainings, by the table that they are for; the longest first, so that no core waits."""
    numbers = range(1, seeds + 1)
    tables = {
        "adding": [
            Run("adding", 100, kind, TRAIN.replace(seed=seed))
            for kind, seed in product(KINDS, numbers)
        ]
    }
    for task, (length, steps) in OTHERS.items():
        tables[task] = [
            Run(task, length, kind, TRAIN.replace(seed=seed, steps=steps))
            for kind, seed in product((KINDS[0], KINDS[1], *KINDS[3:]), numbers)
        ]
    tables["length"] = [
        Run("adding", length, kind, TRAIN.replace(clip_norm=clip, steps=LENGTH_STEPS))
        for kind, length, clip in product(LENGTH_KINDS, LENGTHS, CLIPS)
    ]
    return tables


def train(chosen: Iterable[Run]) -> dict[Run, Trial]:
    """Make them, as many at a time as there are cores."""
    order = sorted(chosen, key=lambda run: -run.length * run.config.steps)
    # A fresh process for each worker: torch must not be forked.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(thread_count(0), mp_context=context) as pool:
        return dict(zip(order, pool.map(Run.make, order), strict=True))


def verdict(trial: Trial) -> str:
    """What came of it, in a word or two."""
    if trial.diverged:
        return "diverged"
    return f"at {trial.solved_at:,}" if trial.solved and trial.solved_at else "no"


def table(task: str, chosen: list[Run], trials: dict[Run, Trial]) -> list[str]:
    """A line for each kind: the error of each seed, and from which step on it was solved."""
    first, config = trials[chosen[0]], chosen[0].config
    lines = [
        f"{task}, length {first.length}: {find_synthetic_task(task).error}, without a memory "
        f"{first.baseline:.4f}, solved at {first.solved_below:.3g} or less; "
        f"at most {config.steps:,} steps of {config.batch_size}, lr {config.lr:g}, "
        f"clip {config.clip_norm:g}, hidden {HIDDEN}",
        f"{'cell, beginning':18}{'median':>9}  {'solved':8}{'seeds: error (solved at step)':60}"
        f"{'longest gradient':>17}{'seconds':>9}",
    ]
    for kind in dict.fromkeys(run.kind for run in chosen):
        found = [trials[run] for run in chosen if run.kind == kind]
        errors = [float("inf") if trial.diverged else trial.error for trial in found]
        each = "  ".join(f"{trial.error:.4f} ({verdict(trial)})" for trial in found)
        solved = f"{sum(trial.solved for trial in found)} of {len(found)}"
        longest = max(trial.grad_norm_max for trial in found)
        seconds = sum(trial.seconds for trial in found) / len(found)
        lines.append(
            f"{', '.join(kind):18}{median(errors):9.4f}  {solved:8}{each:60}"
            f"{longest:17.3g}{seconds:9.0f}"
        )
    return lines


def over_length(chosen: list[Run], trials: dict[Run, Trial]) -> list[str]:
    """A line for each cell and clip, a column for each length."""
    titles = "".join(f"{f'T = {length}':>22}" for length in LENGTHS)
    lines = [
        f"adding over the length, at most {LENGTH_STEPS:,} steps, seed 1: error (solved at step), "
        "longest gradient",
        f"{'cell, clip':26}{titles}",
    ]
    for kind, clip in product(LENGTH_KINDS, CLIPS):
        found = [trials[run] for run in chosen if (run.kind, run.config.clip_norm) == (kind, clip)]
        cells = "".join(
            f"{f'{t.error:.4f} ({verdict(t)}) {t.grad_norm_max:.2g}':>22}" for t in found
        )
        name = f"{', '.join(kind)}, {f'clip {clip:g}' if clip else 'no clip'}"
        lines.append(f"{name:26}{cells}")
    return lines


def run(data: Path, seeds: int) -> str:
    """All tables; the data is not read."""
    tables = runs(seeds)
    trials = train({run for chosen in tables.values() for run in chosen})
    parts = [flows()]
    for task in ("adding", *OTHERS):
        parts.append(table(task, tables[task], trials))
    parts.append(over_length(tables["length"], trials))
    return "\n\n".join("\n".join(lines) for lines in parts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    print(run(Path(), parser.parse_args().seeds))
