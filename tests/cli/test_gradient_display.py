"""Tables and JSON of flows and of trainings."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from textseq.cli.gradient_display import (
    flows_json,
    flows_table,
    power,
    trials_json,
    trials_table,
)
from textseq.rnn.gradients.gradient_flow import Flow, Norms
from textseq.rnn.gradients.memory_trial import Trial


def falling(half: float, n: int = 101, radius: float = 0.5, radius_of: str = "W_hh") -> Flow:
    logs = -np.arange(n)[None] * math.log(2) / half
    norms = Norms(logs, logs + 1)
    return Flow(norms, norms, radius, radius_of)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1, "1"), (0.42112, "0.421"), (0.00123, "0.00123"), (1234, "1.23e+03"), (3.14e-45, "3.1e-45"),
     (9.99e-12, "1.0e-11"), (2.5e17, "2.5e+17")],
)  # fmt: skip
def test_powers(value: float, shown: str):
    assert power(math.log(value)) == shown


def test_powers_beyond_any_float():
    assert power(-1000 * math.log(10) + math.log(2)) == "2.0e-1000"
    assert power(-math.inf) == "0"
    assert power(math.inf) == "inf"


def test_a_table_of_flows(capsys: pytest.CaptureFixture[str]):
    flows_table({"rnn": {"normal": falling(10), "identity": falling(5)}}, "initialisation")
    lines = capsys.readouterr().out.split("\n")
    head = "cell initialisation of lag 1 lag 10 lag 50 lag 100 half-life radius"
    assert " ".join(lines[0].split()) == head
    row = lines[1].split()
    assert row[:5] == ["rnn", "normal", "h", "0.933", "0.5"]
    assert float(row[5]) == pytest.approx(1 / 32, rel=0.01)
    assert row[6:] == ["9.8e-04", "10.0", "0.500"]
    assert lines[2].split()[-2] == "5.0"
    assert lines[3] == "radius (rnn): the spectral radius of W_hh"
    assert lines[4] == ""


def test_a_memory_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]):
    logs = np.log([[1.0, 2.0, 2.0], [1.0, 8.0, math.nan]])
    lstm = Flow(falling(1, 3).hidden, Norms(logs, logs), 0.9, "the mean step Jacobian")
    flows_table({"lstm": {"forward": lstm}, "rnn": {"forward": falling(1, 3)}}, "direction")
    lines = capsys.readouterr().out.split("\n")
    assert lines[0].split()[3:7] == ["lag", "1", "lag", "2"]
    assert lines[2].split() == ["h,", "c", "4", "2", "1.0"]
    assert lines[4:6] == [
        "radius (lstm): the spectral radius of the mean step Jacobian",
        "radius (rnn): the spectral radius of W_hh",
    ]


def test_lengths_that_differ(capsys: pytest.CaptureFixture[str]):
    flows_table({"gru": {"a": falling(10, 4), "b": falling(10, 21)}}, "direction")
    first, second = (line.split() for line in capsys.readouterr().out.split("\n")[1:3])
    assert first == ["gru", "a", "h", "0.933", "10.0", "0.500"]  # nothing at lags 10 and 20
    assert second[3:6] == ["0.933", "0.5", "0.25"]


def test_flows_as_json(capsys: pytest.CaptureFixture[str]):
    flows_json({"rnn": {"normal": falling(10)}}, {"length": 100}, "initialisation")
    found = json.loads(capsys.readouterr().out)
    assert found["length"] == 100
    (row,) = found["flows"]
    assert (row["cell"], row["initialisation"], row["radius"]) == ("rnn", "normal", 0.5)
    assert row["log10_hidden"]["half_life"] == pytest.approx(10)


def trial(**more: object) -> Trial:
    values = {"task": "adding", "length": 100, "cell": "gru", "initialisation": "normal",
              "clip_norm": 1.0, "seed": 2, "baseline": 1 / 6, "solved_below": 0.01, "error": 0.002,
              "solved": True, "solved_at": 1200, "grad_norm_max": 3.75}  # fmt: skip
    return Trial(**values | more)


def test_a_table_of_trials(capsys: pytest.CaptureFixture[str]):
    diverged = {"error": math.nan, "diverged": True, "solved": False, "solved_at": None}
    trials = [trial(), trial(solved=False, solved_at=None, error=0.1),
              trial(**diverged, grad_norm_max=math.inf, clip_norm=0.0)]  # fmt: skip
    trials_table(trials, "mean squared error")
    lines = [line.split() for line in capsys.readouterr().out.split("\n")]
    assert lines[1] == ["gru", "normal", "100", "1", "2", "0.0020", "0.1667", "yes", "1,200",
                        "3.75"]  # fmt: skip
    assert lines[2][-4:] == ["0.1667", "no", "-", "3.75"]
    assert lines[3][3:] == ["0", "2", "nan", "0.1667", "diverged", "-", "inf"]
    assert " ".join(lines[4]) == (
        "adding: mean squared error; solved at 0.01 or less; baseline: the best answer without a "
        "memory"
    )
    trials_table([trial(), trial(solved_below=0.02)], "cross entropy")
    assert "a tenth of the baseline" in capsys.readouterr().out


def test_trials_as_json(capsys: pytest.CaptureFixture[str]):
    trials_json([trial(checks=[(100, 0.1)]), trial(error=math.nan)], {"steps": 5})
    found = json.loads(capsys.readouterr().out)
    assert found["steps"] == 5
    assert found["trials"][0]["checks"] == [[100, 0.1]]
    assert found["trials"][0]["solved_at"] == 1200
    assert found["trials"][1]["error"] is None
