"""The command `weat`: its table, its JSON, and which sets it takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.comparison.published_sets import find_test
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
    assert (both.status, both.message) == (
        1, "'y1' stands twice in more and high; each word is in one",
    )  # fmt: skip


# ---- published tests


@pytest.fixture
def names(run: Run) -> None:
    """All words of WEAT 6 but Bill, in small letters, career to the left and family above."""
    sets = find_test(6).sets
    words = [word.lower() for of_one in sets.values() for word in of_one if word != "Bill"]
    angles = np.radians([*range(1, 8), *range(60, 68), *range(10, 18), *range(80, 88)])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    config = {"text": {"lowercase": True}}
    WordVectors(Vocab(words, specials=()), rows, config=config).save("names")


@pytest.mark.usefixtures("names")
def test_a_published_test(run: Run):
    result = run("weat", "--test", "6", "--vectors", "names")
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("to career, less to family")
    assert "partitions: 3,432, all of them\nunknown in male names: Bill\n" in result.out
    drawn = next(line for line in result.out.splitlines() if line.startswith("left out to"))
    assert drawn.partition(": ")[2] in find_test(6).sets["female names"]
    assert "as many of the larger of X and Y" in result.out
    whole = json.loads(
        run("weat", "--test", "6", "--no-balance", "--vectors", "names", "--json").out
    )
    assert (len(whole["x"]), len(whole["y"]), whole["balanced"]) == (7, 8, [])
    assert whole["sets"] == {
        "x": "male names", "y": "female names", "a": "career", "b": "family",
    }  # fmt: skip


def test_the_list(run: Run):
    result = run("weat", "--list")
    assert (result.status, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "1: flowers and insects, pleasant and unpleasant"
    assert lines[1].startswith("   flowers: aster, clover, ")
    assert len(lines) == 10 * 5 + 1
    assert lines[-1].startswith("source: Caliskan, Bryson & Narayanan (2017)")
    found = json.loads(run("weat", "--list", "--json").out)
    assert found["9"]["physical disease"][0] == "sick"


@pytest.mark.usefixtures("plane")
def test_one_of_the_two(run: Run):
    for arguments in ((), ("sets.txt", "--test", "1")):
        result = run("weat", *arguments, "--vectors", "plane")
        assert (result.status, "give a FILE of sets, or --test N" in result.message) == (2, True)
    unknown = run("weat", "--test", "6", "--vectors", "plane")
    assert (unknown.status, unknown.message) == (
        1, "male names has 8 words, of which 0 have a vector; 2 or more are needed",
    )  # fmt: skip
    result = run("weat", "--test", "11", "--vectors", "plane")
    assert (result.status, result.message) == (1, "there is no WEAT 11; there are 1 to 10")
