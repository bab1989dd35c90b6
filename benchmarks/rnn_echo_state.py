"""The echo state networks: Mackey-Glass beside reservoirpy, labels and tags beside plain baselines.

In: the folder of data (sst2, ud_english_ewt), how many seeds. Out: three tables. The first has the
errors of both with the same weights, which have to be equal, and of reservoirpy with its own; the
second the seconds of both, in rounds in turn (A B C A B C), reservoirpy as its tutorial builds it
and as fast as it goes: its nodes without a model around them, its matrix sparse or full, whichever
takes less. The third: text, each beside its majority baseline, and the time that learning takes.

    python benchmarks/rnn.py DATA --only echo_state
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from reservoirpy.mat_gen import uniform
from reservoirpy.nodes import Reservoir as TheirReservoir
from reservoirpy.nodes import Ridge
from rnn_tagger import EWT, most_frequent
from scipy.sparse import csr_matrix

from textseq.config import EchoStateConfig, RNNConfig, TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.echo.echo_series import EchoSeries
from textseq.rnn.echo.echo_state import EchoClassifier, EchoTagger
from textseq.rnn.echo.reservoir import Reservoir
from textseq.rnn.echo.series import mackey_glass, nrmse

N_LEARNT, N_TEST = 4000, 2000
AHEAD, STARTS, APART = 84, 40, 40  # free-running, from so many places, so many steps apart
SIZES = ((100, 0.1), (500, 0.02), (500, 0.1), (1000, 0.1))  # units, density
RIDGE = 1e-8
ECHO = EchoStateConfig(direct=False, ridge=RIDGE)  # as reservoirpy: the readout sees states only
Floats = Any


class Errors(NamedTuple):
    """NRMSE of one step, and of the 84th step of a free run."""

    ahead: float
    free: float


def normal_series() -> Floats:
    """Mackey-Glass, the part that is learnt at mean 0 and deviation 1."""
    series = mackey_glass(N_LEARNT + N_TEST)
    return (series - series[:N_LEARNT].mean()) / series[:N_LEARNT].std()


# ---- ours


def our_errors(series: Floats, echo: EchoStateConfig) -> Errors:
    """Learn the first part, score the second."""
    model = EchoSeries.for_series(series[:N_LEARNT], echo)
    start = model.follow(series[: N_LEARNT - 1]).state
    ahead = model.scores(series[N_LEARNT - 1 :], start)["nrmse"]
    found, state, pos = [], start, N_LEARNT - 1
    for _ in range(STARTS):
        followed = model.follow(series[pos : pos + APART], state)
        found.append(model.go_on(followed, AHEAD)[-1])
        state, pos = followed.state, pos + APART
    return Errors(ahead, free_error(series, found))


def our_run(series: Floats, echo: EchoStateConfig, reservoir: Reservoir) -> None:
    """States, readout, one-step predictions of the rest."""
    model = EchoSeries({}, RNNConfig(), columns=[0], echo=echo.to_json())
    model._draw(reservoir)
    model._learn(series[:N_LEARNT])
    model.follow(series[N_LEARNT:])


# ---- theirs


def our_weights(echo: EchoStateConfig, *, full: bool = False) -> TheirReservoir:
    """Their reservoir with the weights of ours."""
    ours = Reservoir.random(1, echo)
    dense = ours.recurrent.dense()
    return TheirReservoir(
        W=dense if full else csr_matrix(dense), Win=ours.w_in, bias=ours.bias, lr=ours.leak
    )


def own_weights(echo: EchoStateConfig) -> TheirReservoir:
    """Their reservoir with weights as they draw them, at the same settings."""
    filled = echo.filled()
    return TheirReservoir(
        echo.units, lr=filled.leak, sr=filled.spectral_radius, input_scaling=echo.input_scaling,
        rc_connectivity=echo.density, seed=echo.seed,
        bias=uniform(low=-echo.bias_scaling, high=echo.bias_scaling),
    )  # fmt: skip


def their_errors(series: Floats, echo: EchoStateConfig, reservoir: TheirReservoir) -> Errors:
    """The same with reservoirpy."""
    readout = Ridge(ridge=echo.ridge)
    states = reservoir.run(series[: N_LEARNT - 1])
    readout.fit(states[echo.washout :], series[echo.washout + 1 : N_LEARNT])
    kept = reservoir.state["out"].copy()
    ahead = nrmse(readout.run(reservoir.run(series[N_LEARNT - 1 : -1])), series[N_LEARNT:])
    found, pos = [], N_LEARNT - 1
    for _ in range(STARTS):
        reservoir.state = {"out": kept}
        row = readout.run(reservoir.run(series[pos : pos + APART]))[-1]
        kept, pos = reservoir.state["out"].copy(), pos + APART
        for _ in range(AHEAD - 1):
            row = readout.step(reservoir.step(row))
        found.append(row)
    return Errors(ahead, free_error(series, found))


def free_error(series: Floats, found: list[Floats]) -> float:
    """NRMSE of the rows AHEAD steps behind the last one of each part, by the variance of all."""
    places = [N_LEARNT - 2 + APART * (number + 1) + AHEAD for number in range(STARTS)]
    off = ((np.array(found) - series[places]) ** 2).mean()
    return float(np.sqrt(off / series[N_LEARNT:].var()))


def forget(reservoir: TheirReservoir) -> None:
    """Back to the state 0; it has one only after its first run."""
    if reservoir.initialized:
        reservoir.reset()


def their_run(series: Floats, echo: EchoStateConfig, reservoir: TheirReservoir) -> None:
    """As fast as it goes: the nodes alone."""
    forget(reservoir)
    readout = Ridge(ridge=echo.ridge)
    states = reservoir.run(series[: N_LEARNT - 1])
    readout.fit(states[echo.washout :], series[echo.washout + 1 : N_LEARNT])
    readout.run(reservoir.run(series[N_LEARNT:]))


def their_tutorial(series: Floats, echo: EchoStateConfig, reservoir: TheirReservoir) -> None:
    """As its tutorial has it: a model of both nodes."""
    forget(reservoir)
    model = reservoir >> Ridge(ridge=echo.ridge)
    model.fit(series[: N_LEARNT - 1], series[1:N_LEARNT], warmup=echo.washout)
    model.run(series[N_LEARNT:])


# ---- the tables


def errors(series: Floats, seeds: int) -> list[str]:
    """Medians over the seeds."""
    lines = [f"{'':44} {'1 step':>9} {f'{AHEAD} free':>9}"]
    for units, density in SIZES:
        name = f"{units} units, density {density:g}"
        found: dict[str, list[Errors]] = {}
        apart = []
        for seed in range(1, seeds + 1):
            echo = ECHO.replace(units=units, density=density, seed=seed)
            ours, same = our_errors(series, echo), their_errors(series, echo, our_weights(echo))
            apart.append(max(abs(a / b - 1) for a, b in zip(ours, same, strict=True)))
            rows = {
                "textseq": ours,
                "reservoirpy, same weights": same,
                "reservoirpy, its own weights": their_errors(series, echo, own_weights(echo)),
                "textseq, inputs to the readout too": our_errors(series, echo.replace(direct=True)),
            }
            for who, row in rows.items():
                found.setdefault(who, []).append(row)
        lines.append(f"{name}; same weights: errors differ by {max(apart):.1e} of themselves")
        for who, rows in found.items():
            ahead, free = (statistics.median(column) for column in zip(*rows, strict=True))
            lines.append(f"  {who:42} {ahead:9.2e} {free:9.2e}")
    return lines


def speed(series: Floats, rounds: int) -> list[str]:
    """Medians over the rounds; the first warms up. Drawing weights is not counted."""
    lines = [f"{'':44} {'seconds':>9} {'times':>9}"]
    for units, density in SIZES:
        echo = ECHO.replace(units=units, density=density).filled()
        ours = Reservoir.random(1, echo)
        sparse, full = our_weights(echo), our_weights(echo, full=True)
        runs: dict[str, Callable[[], None]] = {
            "textseq": lambda echo=echo, ours=ours: our_run(series, echo, ours),
            "nodes, sparse": lambda echo=echo, w=sparse: their_run(series, echo, w),
            "nodes, full": lambda echo=echo, w=full: their_run(series, echo, w),
            "model": lambda echo=echo, w=sparse: their_tutorial(series, echo, w),
        }
        seconds: dict[str, list[float]] = {name: [] for name in runs}
        for number in range(rounds + 1):
            for name, run_once in runs.items():
                start = time.perf_counter()
                run_once()
                if number:
                    seconds[name].append(time.perf_counter() - start)
        medians = {name: statistics.median(times) for name, times in seconds.items()}
        best = min(("nodes, sparse", "nodes, full"), key=medians.__getitem__)
        lines.append(f"{units} units, density {density:g}")
        for name, label in {
            "textseq": "textseq", best: f"reservoirpy, {best}",
            "model": "reservoirpy, model as in its tutorial",
        }.items():  # fmt: skip
            times = medians[name] / medians["textseq"]
            lines.append(f"  {label:42} {medians[name]:9.3f} {times:9.2f}")
    return lines


def text(data: Path, seeds: int) -> list[str]:
    """Labels and tags: test accuracy, mean of the seeds, and the seconds of learning."""
    config = TextConfig(min_count=2, tokenizer="word", lowercase=True)
    given: dict[str, Any] = {"header": False, "quoted": False, "config": config}
    train = SequenceDataset.from_table(data / "sst2/train.tsv", 0, 1, **given)
    given |= {"vocab": train.vocab, "label_vocab": train.label_vocab}
    valid, test = (
        SequenceDataset.from_table(data / f"sst2/{part}.tsv", 0, 1, **given)
        for part in ("dev", "test")
    )
    majority = float((test.labels == np.bincount(train.labels).argmax()).mean())
    lines = [f"{'':44} {'test':>9} {'seconds':>9}", "SST-2, labels"]
    lines.append(f"  {'the most frequent label':42} {majority:9.1%}")
    rnn = RNNConfig(dim=300)
    for units in (500, 1000):
        scores, seconds = [], []
        for seed in range(1, seeds + 1):
            start = time.perf_counter()
            echo = EchoStateConfig(units=units, density=10 / units, seed=seed)
            classifier = EchoClassifier.for_dataset(train, rnn, echo=echo)
            classifier.learn(train, valid)
            seconds.append(time.perf_counter() - start)
            scores.append(classifier.evaluate(test)["accuracy"])
        name = f"echo state, 2 x {units} units"
        lines.append(
            f"  {name:42} {statistics.mean(scores):9.1%} {statistics.median(seconds):9.1f}"
        )
    parts = EWT.read(data)
    lines += ["EWT, universal parts of speech"]
    lines.append(f"  {'the most frequent tag of each word':42} {most_frequent(EWT, parts):9.1%}")
    for units in (500, 1000):
        scores, seconds = [], []
        for seed in range(1, seeds + 1):
            start = time.perf_counter()
            echo = EchoStateConfig(units=units, density=10 / units, seed=seed)
            tagger = EchoTagger.for_dataset(parts[0], rnn, echo=echo, lower=True)
            tagger.learn(parts[0], parts[1])
            seconds.append(time.perf_counter() - start)
            scores.append(tagger.evaluate(parts[2])["accuracy"])
        name = f"echo state, 2 x {units} units, spelling"
        lines.append(
            f"  {name:42} {statistics.mean(scores):9.1%} {statistics.median(seconds):9.1f}"
        )
    return lines


def run(data: Path, seeds: int) -> str:
    """The tables."""
    series = normal_series()
    echo = ECHO.filled()
    lines = [
        f"Mackey-Glass, tau 17: {N_LEARNT:,} steps learnt, {N_TEST:,} scored; spectral radius "
        f"{echo.spectral_radius:g}, leak {echo.leak:g}, input scaling {echo.input_scaling:g}, "
        f"ridge {RIDGE:g}; {seeds} seeds",
        "",
        "NRMSE one step ahead, and of the 84th step of a free run from 40 places",
        *errors(series, seeds),
        "",
        "states, ridge and one-step predictions, without drawing the weights",
        *speed(series, rounds=max(3, seeds)),
        "",
        f"text, {seeds} seeds",
        *text(data, seeds),
    ]
    return "\n".join(lines)
