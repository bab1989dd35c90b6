"""`train-esn`: a series, labels, tags; what it prints, keeps and refuses; `predict` on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.rnn.echo.echo_series import EchoSeries
from textseq.rnn.models.model import SequenceModel

Run = Callable[..., Any]  # `run` of conftest.py
SMALL = ["--units", "40", "--density", "0.1"]
WORDS = [*SMALL, "--dim", "16", "--min-count", "1"]


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Two columns, and one that does not change."""
    path = tmp_path / "weather.csv"
    steps = np.arange(300) / 7
    rows = np.stack([np.sin(steps), 5 + np.cos(steps), np.full(300, 0.1)], axis=1)
    text = "\n".join(",".join(f"{value:.9f}" for value in row) for row in rows)
    path.write_text(f"a,b,flat\n{text}\n")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.csv"
    rows = [f'"good, film {n}",yes\nbad film {n},no\n' for n in range(30)]
    path.write_text("review,verdict\n" + "".join(rows) + ",no\n")
    return path


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    path = tmp_path / "a.conll"
    path.write_text("I P\nrun V\n\na D\nrun N\n\n" * 30)
    return path


# --- series


def test_alone(run: Run):
    result = run("train-esn", "--units", "100", "--density", "0.05")
    assert result.status == 0, result.err
    lines = result.out.split("\n")
    assert lines[0].split() == ["1,200", "rows", "(held", "out)", "NRMSE"]
    assert float(lines[1].split()[-1]) < 0.01 < float(lines[2].split()[-1])
    assert lines[3].startswith("free-running, 84 steps")
    assert "textseq-esn: 4,800 rows learnt in " in result.err
    again = run("train-esn", *SMALL)
    assert again.status == 1
    assert "textseq-esn exists already; --force replaces it" in again.message


def test_a_table(run: Run, series: Path):
    result = run("train-esn", series, "--series", "b,a", *SMALL, "--json", "-q", "--free-run", "2")
    assert (result.status, result.err) == (0, "")
    found = json.loads(result.out)
    assert (found["data"], found["n"]) == ("held out", 60)
    assert found["scores"]["nrmse"] < 0.05 < found["scores"]["nrmse_last_value"]
    assert found["scores"]["nrmse_free_60"] < 0.5
    assert [sorted(row) for row in found["continuation"]] == [["a", "b"], ["a", "b"]]
    assert found["continuation"][0]["a"] == pytest.approx(np.sin(300 / 7), abs=0.1)
    assert found["seconds"] > 0
    model = SequenceModel.load("textseq-esn")
    assert isinstance(model, EchoSeries)
    assert model.columns == ["b", "a"]
    assert model.info["data"] == {"train": 240, "held_out": 60}


def test_going_on_goes_to_stdout(run: Run, series: Path):
    result = run("train-esn", series, "--series", "0", "--free-run", "3", *SMALL)
    assert result.status == 1  # the header is a row, where columns are numbers
    assert "row 1, column 0: 'a' is not a finite number" in result.message
    result = run("train-esn", series, "--series", "a", "--free-run", "3", *SMALL)
    assert result.status == 0, result.err
    values = [float(line) for line in result.out.split("\n")[:-1]]
    np.testing.assert_allclose(values, np.sin(np.arange(300, 303) / 7), atol=0.1)
    assert "one step ahead" in result.err


def test_predict_and_evaluate_a_series(run: Run, series: Path):
    assert run("train-esn", series, "--series", "a,b", *SMALL, "-o", "m", "-q").status == 0
    lines = run("predict", series, "--model", "m").out.split("\n")[:-1]
    assert len(lines) == 300
    found = np.array([[float(cell) for cell in line.split(",")] for line in lines])
    np.testing.assert_allclose(found[200:, 0], np.sin(np.arange(201, 301) / 7), atol=0.05)
    piped = run("predict", "--model", "m", "--json", stdin=series.read_bytes())
    assert json.loads(piped.out.split("\n")[250])["b"] == pytest.approx(found[250, 1], rel=1e-6)
    scores = run("evaluate", series, "--model", "m")
    assert scores.status == 0, scores.err
    assert scores.out.startswith("loss")
    assert "echo-series, 300 examples" in scores.err
    assert (
        "is nothing for an echo-series" in run("predict", series, "-m", "m", "--text", "x").message
    )


def test_a_picture(run: Run, series: Path, tmp_path: Path):
    arguments = ["train-esn", series, "--series", "a,b", *SMALL, "-q", "--plot"]
    assert "does not end in .png" in run(*arguments, "a.txt").message
    assert run(*arguments, "a.svg").status == 0
    text = (tmp_path / "a.svg").read_text()
    assert text.count("one step ahead") >= 1
    assert "a.svg exists already" in run(*arguments, "a.svg", "-o", "other").message


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        (["--series", "x"], "has no column 'x'; it has a, b, flat", 1),
        (["--series", "a,flat"], "column 'flat' is 0.1 all the way", 1),
        (["--series", "a", "--spectral-radius", "0"], "--spectral-radius is 0", 2),
        (["--series", "a", "--leak", "0"], "--leak is 0", 2),
        (["--series", "a", "--units", "20", "--density", "0.001"], "none is left", 1),
        (["--series", "a", "--units", "20", "--density", "0.0025"], "no circle", 1),
        (["--series", "a", "--held-out", "1"], "--held-out is 1; it is between 0 and 1", 2),
        (["--series", "a", "--valid", "x"], "a series has --held-out", 2),
        (["--series", "a", "--lowercase", "--dim", "9", "--pooling", "last",
          "--valid-share", "0.4"],
         "--dim, --lowercase, --pooling, --valid-share: without effect on a series", 2),
        (["--series", "a", "--task", "tagger"], "are for series", 2),
        (["--task", "series"], "--series A,B names them", 2),
        (["--task", "x"], "it can be series, classifier, tagger", 2),
        (["--free-run", "3"], "are for series", 2),
        (["--series", "a", "--free-run", "0"], "the least that works is 1", 2),
        (["--character-size", "3"], "--character-size is 3", 2),
        ([], "has no column 'text'", 1),
    ],
)  # fmt: skip
def test_what_does_not_work(run: Run, series: Path, tmp_path: Path, arguments, message, status):
    result = run("train-esn", series, *arguments)
    assert message in result.message
    assert result.status == status
    assert not (tmp_path / "textseq-esn").exists()


def test_a_series_that_is_short_wild_or_without_a_header(run: Run, tmp_path: Path):
    rng = np.random.default_rng(1)
    noise = np.sin(np.arange(200) / 6) + rng.normal(0, 0.3, 200)
    (tmp_path / "a.csv").write_text("y\n" + "\n".join(f"{value:.4f}" for value in noise) + "\n")
    found = json.loads(run("train-esn", "a.csv", "--series", "y", "--json").out)
    scores = found["scores"]
    assert scores["nrmse"] < scores["nrmse_last_value"]
    assert scores["nrmse_free_40"] < 2
    wild = run("train-esn", "a.csv", "--series", "y", "--ridge", "1e-8", "--force")
    assert wild.status == 0, wild.err
    line = wild.out.split("\n")[3]
    assert line.startswith("free-running, 40 steps")
    assert "no end from step" in line
    assert (tmp_path / "textseq-esn").exists()
    again = ["train-esn", "a.csv", "--series", "y", "--ridge", "1e-8", "--force", "--json"]
    assert json.loads(run(*again).out)["scores"]["nrmse_free_40"] is None
    asked = run(
        "train-esn", "a.csv", "--series", "y", "--ridge", "1e-8", "--force", "--free-run", "500"
    )
    assert asked.status == 1  # not all rows that were asked for
    assert 0 < len(asked.out.splitlines()) < 500
    assert "the continuation has no end; a larger ridge" in asked.err
    (tmp_path / "short.csv").write_text("y\n1\n2\n")
    assert (
        "has 2 rows, 2 of them to learn from (--held-out 0.2); 10 or more"
        in run("train-esn", "short.csv", "--series", "y", "--force").message
    )
    message = run("train-esn", "a.csv", "--series", "0", "--force").message
    assert "'y' is not a finite number; if its first row holds names, --header" in message
    assert run("train-esn", "a.csv", "--series", "0", "--header", "--force").status == 0


def test_a_series_that_ends_without_a_change(run: Run, tmp_path: Path):
    rows = [f"{value:.4f}" for value in np.sin(np.arange(80) / 5)] + ["2.0"] * 20
    (tmp_path / "a.csv").write_text("y\n" + "\n".join(rows) + "\n")
    result = run("train-esn", "a.csv", "--series", "y", *SMALL)
    assert result.status == 0
    assert "the rows held out do not change" in result.err


def test_without_files(run: Run):
    assert "there are none" in run("train-esn", "--series", "a").message
    result = run("train-esn", "--task", "tagger", "--test", "x")
    assert "--valid and --test go with FILES" in result.message


# --- text


def test_labels(run: Run, table: Path):
    result = run("train-esn", table, "--text", "review", "--label", "verdict", *WORDS, "-o", "m")
    assert result.status == 0, result.err
    assert result.out.startswith("6 examples (validation)")
    assert "m: 55 examples learnt in " in result.err
    assert "next: echo 'some text' | textseq predict --model m" in result.err
    lines = run("predict", "-m", "m", stdin=b"good film\nbad film\n\nnone of them\n").out.split(
        "\n"
    )
    assert [line.split("\t")[0] for line in lines[:2]] == ["yes", "no"]
    assert len(lines) == 5
    explained = run("predict", "-m", "m", "--explain", stdin=b"good film\n").out
    assert "good:+" in explained
    scores = json.loads(run("evaluate", table, "-m", "m", "--json").out)
    assert scores["task"] == "echo-classifier"
    assert scores["scores"]["accuracy"] > 0.9


def test_labels_as_json(run: Run, table: Path):
    result = run(
        "train-esn", table, "--text", "review", "--label", "verdict", *WORDS, "--test", table,
        "--valid", table, "--balanced", "--pooling", "last", "--ridge", "0.1", "--json", "-q",
    )  # fmt: skip
    assert result.status == 0, result.err
    # Without progress and summary, but with what is wrong with the data.
    empty = f"textseq: 1 text is empty or null; the first: {table}, line 62"
    assert set(result.err.splitlines()) == {empty}
    found = json.loads(result.out)
    assert (found["data"], found["n"], found["ridge"]) == ("test", 61, 0.1)
    low, high = found["intervals"]["accuracy"]
    assert low <= found["scores"]["accuracy"] <= high
    model = SequenceModel.load("textseq-esn")
    assert model.options["pooling"] == "last"
    assert len(model.options["class_weights"]) == 2
    assert model.sides["source"].text.lowercase
    predicted = run("predict", stdin=b"good film\n")  # the folder that is here
    assert predicted.out.startswith("yes")


def test_tags(run: Run, tagged: Path):
    result = run("train-esn", tagged, *WORDS, "--character-size", "10", "--valid", tagged)
    assert result.status == 0, result.err
    assert result.out.startswith("60 examples (validation)")
    assert run("predict", stdin=b"I run a run\n\n").out == "I/P run/V a/D run/N\n\n"
    evaluated = run("evaluate", tagged)
    assert evaluated.status == 0, evaluated.err
    assert "accuracy" in evaluated.out


@pytest.mark.parametrize("task", ["classifier", "tagger"])
def test_bundled_texts(run: Run, task: str):
    small = ["--units", "20", "--density", "0.2", "--dim", "10", "--character-size", "10"]
    result = run("train-esn", "--task", task, *small, "-q")
    assert result.status == 0, result.err
    score = float(result.out.split("accuracy")[1].split()[0])
    assert score > {"classifier": 0.55, "tagger": 0.5}[task]
