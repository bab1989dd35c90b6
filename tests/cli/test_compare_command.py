"""The commands `compare` and `align`: what they print, write and refuse."""

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
N_WORDS, DIM = 400, 12


def save(name: str, rows: np.ndarray, *, counts: bool = True) -> None:
    words = [f"w{number}" for number in range(len(rows))]
    seen = np.arange(len(rows), 0, -1) + 49 if counts else None
    WordVectors(Vocab(words, seen, specials=()), rows).save(name)


@pytest.fixture
def folders(run: Run) -> None:
    """Vectors a, others b in which w7 and w300 changed places, and another run of a."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((N_WORDS, DIM))
    turn, _ = np.linalg.qr(rng.standard_normal((DIM, DIM)))
    other, run_of_a = (rows + 0.4 * rng.standard_normal(rows.shape) for _ in range(2))
    other[[7, 300]] = other[[300, 7]]
    save("a", rows)
    save("b", other @ turn)
    save("again", run_of_a @ turn)


@pytest.mark.usefixtures("folders")
def test_words_that_moved_most(run: Run):
    result = run("compare", "a", "b", "-n", "2")
    assert (result.status, result.err) == (0, "")
    lines = result.out.split("\n")
    head = "word nearest in a nearest in b count A count B moved usual z q"
    assert lines[0].split() == head.split()
    assert {lines[1].split()[0], lines[2].split()[0]} == {"w7", "w300"}
    assert lines[1].split()[-1] in ("<.001", "0.001")
    assert lines[4].split() == ["count", "moved", "most", "words", "median", "q", "<=", ".05"]
    assert lines[5].startswith("50-99    w")
    assert lines[-3] == (
        "vocabulary: 400 shared words, 400 compared (seen 50 times or more on both sides); 2 moved "
        "at a false discovery rate of .05"
    )
    assert lines[-2] == (
        "rule: moved is the cosine distance after orthogonal Procrustes on all shared words; usual "
        "for the frequency; z in log distance, one-sided"
    )


@pytest.mark.usefixtures("folders")
def test_noise(run: Run):
    result = run("compare", "a", "b", "--noise", "again")
    assert result.status == 0
    assert "moved  by seed  usual" in result.out
    assert "usual for the frequency and by 1 run for noise" in result.out


@pytest.mark.usefixtures("folders")
def test_words_that_were_asked_for(run: Run):
    result = run("compare", "a", "b", "--words", "w300, w1", "--min-count", "200")
    assert result.status == 0
    rows = [line.split() for line in result.out.split("\n")]
    assert rows[1][:3] == ["w300", "149", "149"]
    assert rows[1][-3:] == ["-", "-", "-"]  # below the floor
    assert rows[2][0] == "w1"
    assert "-" not in rows[2]
    assert rows[4:6] == [["w300"], ["a", "b"]]
    assert len(rows[6]) == 4


@pytest.mark.usefixtures("folders")
def test_json(run: Run):
    result = run("compare", "a", "b", "-n", "1", "--json", "--measure", "neighbours")
    found = json.loads(result.out)
    assert (found["shared"], found["compared"], found["counted"]) == (400, 400, True)
    assert found["options"]["measure"] == "neighbours"
    (change,) = found["changes"]
    assert change["word"] in ("w7", "w300")
    assert len(change["nearest_a"]) == len(change["nearest_b"]) == 10
    asked = json.loads(run("compare", "a", "b", "--words", "w5,w7", "--json").out)
    assert [change["word"] for change in asked["changes"]] == ["w5", "w7"]


@pytest.mark.usefixtures("folders")
def test_a_word_that_is_unknown_keeps_none_of_the_others_back(run: Run):
    known = run("compare", "a", "b", "--words", "w5,w7")
    result = run("compare", "a", "b", "--words", "w5,zebra,w7")
    assert (result.status, result.out) == (1, known.out)
    assert result.err == "textseq: a: 'zebra' is not among the 400 words\n"
    rows = json.loads(run("compare", "a", "b", "--words", "w5,zebra,w7", "--json").out)["changes"]
    assert [row["word"] for row in rows] == ["w5", "zebra", "w7"]
    assert rows[1].keys() == rows[0].keys()
    assert set(rows[1].values()) == {"zebra", None}


@pytest.mark.usefixtures("folders")
def test_a_picture(run: Run):
    pytest.importorskip("matplotlib")
    result = run("compare", "a", "b", "--words", "w5", "--plot", "w5.svg")
    assert (result.status, result.err) == (0, "1 word in w5.svg\n")
    assert "<!-- w5 -->" in Path("w5.svg").read_text()
    again = run("compare", "a", "b", "--plot", "w5.svg")
    assert (again.status, again.message) == (
        1, "w5.svg exists already; --force replaces it, or give another name",
    )  # fmt: skip
    assert run("compare", "a", "b", "--plot", "w5.svg", "--force").err == "4 words in w5.svg\n"
    assert run("compare", "a", "b", "--plot", "w5.gif").status == 1
    wrong = run("compare", "a", "b", "--plot", "x.svg", "--measure", "neighbours")
    assert (wrong.status, "goes with --measure aligned" in wrong.message) == (2, True)


@pytest.mark.usefixtures("folders")
def test_what_is_refused(run: Run):
    itself = run("compare", "a", "./a")
    assert (itself.status, "a is A itself" in itself.message) == (2, True)
    assert run("compare", "a", "b", "--noise", "a").status == 2
    unknown = run("compare", "a", "b", "--words", "zebra,gnu")
    assert (unknown.status, unknown.message) == (1, "a: 'zebra' is not among the 400 words")
    assert unknown.out == ""
    few = run("compare", "a", "b", "--min-count", "1000")
    assert few.message.endswith("--min-count 449 or less compares some")
    save("small", np.ones((4, 3)))
    other = run("compare", "a", "small")
    assert (other.status, other.message) == (
        1,
        "vectors of dim 12 and 3 cannot be aligned; --measure neighbours compares them without",
    )


@pytest.mark.usefixtures("folders")
def test_no_counts(run: Run):
    run("convert", "b", "b.txt", "--to", "glove")
    result = run("compare", "a", "b.txt")
    assert result.status == 0
    assert result.err == (
        "textseq: one side or both have no counts of words, so --min-count says nothing; the "
        "10,000 first words of both are compared, by rank\n"
    )
    assert "(of any count on both sides, among the 10,000 first)" in result.out


@pytest.mark.usefixtures("folders")
def test_align(run: Run):
    result = run("align", "a", "again", "--out", "turned")
    assert (result.status, result.out) == (0, "")
    assert result.err == "400 words in turned, aligned with a by 400 shared words\n"
    a, again, turned = (WordVectors.load(name) for name in ("a", "again", "turned"))
    cosines = np.vecdot(a.units(slice(None)), turned.units(slice(None)))
    assert cosines.mean() > 0.9
    assert turned.similarity("w1", "w2") == pytest.approx(again.similarity("w1", "w2"), abs=1e-6)
    before = Path("turned/config.json").read_bytes()
    taken = run("align", "a", "b", "--out", "turned")
    assert (taken.status, taken.message) == (
        1, "turned exists already; --force replaces it, or give another name",
    )  # fmt: skip
    assert Path("turned/config.json").read_bytes() == before
    assert run("align", "a", "b", "--out", "turned", "--force").status == 0
    assert run("align", "a", "b").status == 2  # where to?
