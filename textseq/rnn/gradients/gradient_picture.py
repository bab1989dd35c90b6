"""Gradient pictures: how a gradient fades over the lag, and what was learnt over the length.

In: Flows, or Trials. Out: a PNG, SVG or PDF file with a panel for each cell, on logarithmic scales.
Drawn by matplotlib, which is imported in curves.py. What is drawn is computed elsewhere.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.pictures.figure import new_figure, save_figure
from textseq.rnn.gradients.gradient_flow import LINEAR, Flow, curve_of
from textseq.rnn.gradients.memory_trial import Trial

_WIDTH, _HEIGHT = 4.2, 3.8  # inches a panel
_LOWEST = 1e-18  # below that there is nothing to see, however far a norm falls
_LOGS = 500.0  # of the smallest and largest norms that are drawn, with room for margins


def draw_flow(panels: Mapping[str, Mapping[str, Flow]], path: str | os.PathLike[str]) -> None:
    """Draw the norm of dh_T/dh_t over the lag: a panel for each name, a line for each Flow in it.

    The band is where 10 % to 90 % of the sequences lie, the dashed line the spectral radius to the
    power of the lag; dotted is the whole state of an LSTM. ValueError for no panel.
    """
    figure, axes = _panels(list(panels))
    for panel, (name, flows) in zip(axes, panels.items(), strict=True):
        lowest = math.inf
        for number, (label, flow) in enumerate(flows.items()):
            color = f"C{number}"
            curve, lags = curve_of(flow.hidden.spectral), flow.lags
            panel.plot(lags, _to_norms(curve.mean), color=color, label=label)
            panel.fill_between(
                lags,
                _to_norms(curve.low),
                _to_norms(curve.high),
                color=color,
                alpha=0.2,
                linewidth=0,
            )
            lowest = min(lowest, float(_to_norms(curve.low).min()))
            if flow.has_memory:
                whole = curve_of(flow.state.spectral).mean
                panel.plot(lags, _to_norms(whole), ":", color=color)
            power = math.log(max(flow.radius, 1e-300)) * lags.astype(np.float64)
            panel.plot(lags, _to_norms(power), "--", color=color, linewidth=0.8)
        # The rest of the styles, once, in words.
        of = f"\nof {LINEAR}" if any(flow.radius_of == LINEAR for flow in flows.values()) else ""
        panel.plot([], [], "--", color="tab:gray", label=f"spectral radius ^ lag{of}")
        if any(flow.has_memory for flow in flows.values()):
            panel.plot([], [], ":", color="tab:gray", label="whole state (h, c)")
        panel.set_title(name)
        panel.set_yscale("log")
        panel.set_ylim(bottom=max(lowest / 3, _LOWEST))
        panel.set_xlabel("lag T - t")
        panel.legend(fontsize="small")
    axes[0].set_ylabel("norm of dh_T/dh_t")
    save_figure(figure, path, overwrite=True)


def draw_trials(trials: Sequence[Trial], path: str | os.PathLike[str]) -> None:
    """Draw the error over the length: a panel for each cell, a line for each beginning and clip.

    Each seed is a point, and the line joins the medians; a training that diverged is a cross at
    the error of an answer without a memory. ValueError for no trial.
    """
    cells = list(dict.fromkeys(trial.cell for trial in trials))
    figure, axes = _panels(cells)
    ways = list(dict.fromkeys((trial.initialisation, trial.clip_norm) for trial in trials))
    for panel, cell in zip(axes, cells, strict=True):
        of_cell = [trial for trial in trials if trial.cell == cell]
        for number, way in enumerate(ways):
            chosen = [t for t in of_cell if (t.initialisation, t.clip_norm) == way]
            if chosen:
                _draw_way(panel, chosen, f"C{number}")
        levels = sorted({(trial.length, trial.baseline, trial.solved_below) for trial in of_cell})
        lengths, baselines, solved = zip(*levels, strict=True)
        panel.plot(lengths, baselines, "--_", color="tab:gray", label="without a memory")
        panel.plot(lengths, solved, ":_", color="tab:gray", label="solved below")
        panel.set_title(cell)
        panel.set_yscale("log")
        panel.set_xlabel("length")
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.legend(fontsize="small")
    axes[0].set_ylabel(f"error on the task {trials[0].task}")
    save_figure(figure, path, overwrite=True)


def _draw_way(panel: Any, trials: list[Trial], color: str) -> None:
    """The points and the line of one beginning and clip."""
    first = trials[0]
    clip = f"clip {first.clip_norm:g}" if first.clip_norm else "no clip"
    by_length: dict[int, list[float]] = {}
    for trial in trials:
        # Of some tasks the error can be 0, which has no place on this scale.
        shown = trial.baseline if trial.diverged else max(trial.error, trial.solved_below / 100)
        by_length.setdefault(trial.length, []).append(shown)
        marker = "x" if trial.diverged else "o"
        panel.plot([trial.length], [shown], marker, color=color, markersize=4, alpha=0.6)
    lengths = sorted(by_length)
    medians = [median(by_length[length]) for length in lengths]
    panel.plot(lengths, medians, "-", color=color, label=f"{first.initialisation}, {clip}")


def _panels(names: list[str]) -> tuple[Any, list[Any]]:
    if not names:
        raise ValueError("there is nothing to draw")
    figure = new_figure(_WIDTH * len(names), _HEIGHT)
    axes = figure.subplots(1, len(names), squeeze=False, sharey=True)
    return figure, list(axes[0])


def _to_norms(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Norms of natural logarithms, none of them 0 or infinite."""
    norms: NDArray[np.float64] = np.exp(np.clip(logs, -_LOGS, _LOGS))
    return norms
