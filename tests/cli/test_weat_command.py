"""The command `weat`: its table, its JSON, and which sets it takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

Run = Callable[..., Any]  # `run` of conftest.py

SETS = """\
# angles to the x axis
low: x1 x2 x3
high: y1 y2 y3 y4
right: a
up: b
more: a y1
"""


@pytest.fixture
def plane(run: Run) -> None:
    degrees = {"a": 0, "b": 90, "x1": 10, "x2": 20, "x3": 30, "y1": 60, "y2": 70, "y3": 80}
    angles = np.radians(list(degrees.values()))
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    WordVectors(Vocab(list(degrees), specials=()), rows).save("plane")
    Path("sets.txt").write_text(SETS)


@pytest.mark.usefixtures("plane")
def test_the_first_four(run: Run):
    result = run("weat", "sets.txt", "--vectors", "plane")
    assert (result.status, result.err) == (0, "")
    assert result.out == (
        "to right, less to up        association\n"
        "x1                    low        0.8112\n"
        "x2                    low        0.5977\n"
        "x3                    low        0.3660\n"
        "y1                    high      -0.3660\n"
        "y2                    high      -0.5977\n"
        "y3                    high      -0.8112\n"
        "\n"
        "effect size             1.912\n"
        "p (low more than high)   0.05\n"
        "p (two-sided)             0.1\n"
        "partitions: 20, all of them\n"
        "unknown in high: y4\n"
        "rule: an unknown word is left out of its set; p is the share of partitions of X and Y "
        "together, in sets of their sizes, whose difference is as large or larger\n"
    )


@pytest.mark.usefixtures("plane")
def test_named_sets_and_json(run: Run):
    arguments = ("weat", "sets.txt", "high", "low", "right", "up", "--vectors", "plane")
    found = json.loads(run(*arguments, "--json").out)
    assert found["sets"] == {"x": "high", "y": "low", "a": "right", "b": "up"}
    assert (found["p"], found["exact"], found["left_out"]["x"]) == (1.0, True, ["y4"])
    drawn = run(*arguments, "--partitions", "7", "--seed", "3")
    assert "partitions: 7, drawn by seed 3\n" in drawn.out


@pytest.mark.usefixtures("plane")
def test_what_is_refused(run: Run):
    other = run("weat", "sets.txt", "low", "high", "right", "down", "--vectors", "plane")
    assert (other.status, other.message) == (
        1, "sets.txt has no set 'down'; it has low, high, right, up, more",
    )  # fmt: skip
    three = run("weat", "sets.txt", "low", "high", "right", "--vectors", "plane")
    assert (three.status, "3 sets were given" in three.message) == (2, True)
    both = run("weat", "sets.txt", "more", "high", "right", "up", "--vectors", "plane")
    assert (both.status, both.message) == (1, "'y1' stands twice in x and y; each word is in one")
