"""Pictures of flows and of trainings, as files."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.config import RNNConfig
from textseq.rnn.gradients.gradient_flow import Flow, Norms, initial_flow
from textseq.rnn.gradients.gradient_picture import draw_flow, draw_trials
from textseq.rnn.gradients.memory_trial import Trial

pytest.importorskip("matplotlib")

STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def flow(cell: str = "lstm", length: int = 4) -> Flow:
    return initial_flow(RNNConfig(cell=cell, hidden=3), length, n_sequences=2)


def trial(**more: Any) -> Trial:
    values: dict[str, Any] = {
        "task": "adding", "length": 10, "cell": "rnn", "initialisation": "normal", "seed": 1,
        "clip_norm": 1.0, "baseline": 1 / 6, "solved_below": 0.01, "error": 0.1,
    }  # fmt: skip
    return Trial(**values | more)


@pytest.mark.parametrize("suffix", STARTS)
def test_files(tmp_path: Path, suffix: str):
    path = tmp_path / f"flow{suffix}"
    draw_flow({"lstm": {"orthogonal": flow()}}, path)
    assert path.read_bytes().startswith(STARTS[suffix])
    draw_trials([trial()], path)
    assert path.read_bytes().startswith(STARTS[suffix])
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_what_is_in_a_flow(tmp_path: Path):
    path = tmp_path / "flow.svg"
    draw_flow(
        {"rnn": {"normal": flow("rnn")}, "lstm": {"normal": flow(), "identity": flow()}}, path
    )
    text = path.read_text()
    for words in ("rnn", "lstm", "normal", "identity", "lag T - t", "norm of dh_T/dh_t",
                  "spectral radius ^ lag", "whole state (h, c)"):  # fmt: skip
        assert f"<!-- {words} -->" in text
    draw_flow({"rnn": {"normal": flow("rnn")}}, path)
    assert "whole state" not in path.read_text()


def test_norms_beyond_any_float(tmp_path: Path):
    """A norm of 0, of 10^-400, of 10^400; one lag only; a radius of 0."""
    logs = np.array([[0.0, -900.0, -math.inf], [0.0, 900.0, math.nan]])
    norms = Norms(logs, logs)
    draw_flow({"rnn": {"x": Flow(norms, norms, 0.0, "W_hh")}}, tmp_path / "far.png")
    draw_flow({"gru": {"x": flow("gru", 1)}}, tmp_path / "one.png")
    assert len(list(tmp_path.iterdir())) == 2


def test_what_is_in_trials(tmp_path: Path):
    path = tmp_path / "trials.svg"
    trials = [trial(length=length, clip_norm=clip, seed=seed, error=error)
              for length in (10, 20) for clip in (0.0, 1.0)
              for seed, error in ((1, 0.2), (2, 0.0))]  # fmt: skip
    diverged = trial(error=math.nan, diverged=True, initialisation="identity")
    draw_trials([*trials, trial(cell="gru"), diverged], path)
    text = path.read_text()
    for words in ("rnn", "gru", "normal, no clip", "normal, clip 1", "identity, clip 1", "length",
                  "without a memory", "solved below", "error on the task adding"):  # fmt: skip
        assert f"<!-- {words} -->" in text


def test_nothing_to_draw(tmp_path: Path):
    for draw in (lambda path: draw_flow({}, path), lambda path: draw_trials([], path)):
        with pytest.raises(ValueError, match="there is nothing to draw"):
            draw(tmp_path / "x.png")
    with pytest.raises(ValueError, match=r"x.jpg does not end in \.png"):
        draw_flow({"rnn": {"x": flow("rnn")}}, tmp_path / "x.jpg")
