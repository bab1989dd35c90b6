"""The table of `eval-w2v`: several models, outliers, categories, and the rule that is printed."""

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


@pytest.fixture
def models(run: Run) -> None:
    """`fan` has all words, `half` lacks `off`."""
    degrees = {"a": 0, "b": 10, "c": 20, "far": 90, "off": 70}
    for name, words in (("fan", list(degrees)), ("half", list(degrees)[:-1])):
        angles = np.radians([degrees[word] for word in words])
        rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        WordVectors(Vocab(words, specials=()), rows).save(name)
    Path("odd").mkdir()
    Path("odd/low.txt").write_text("a\nb\nc\n\nfar\noff\n")
    Path("sets.txt").write_text("low: a b c\nhigh: far off\n")
    Path("pairs.tsv").write_text("a\tb\t9\na\tc\t8\na\toff\t3\na\tfar\t2\nc\toff\t4\n")


@pytest.mark.usefixtures("models")
def test_a_table(run: Run):
    result = run("eval-w2v", "fan", "half", "--pairs", "pairs.tsv", "--outliers", "odd")
    assert (result.status, result.err) == (0, "")
    rows = [line.split() for line in result.out.split("\n")]
    assert rows[1] == "pairs.tsv Spearman fan 1.000 1.000 to 1.000 5 0 5".split()  # noqa: SIM905
    assert rows[2][:1] == ["half"]
    assert rows[3][:5] == ["odd", "outliers", "found", "fan", "100.0"]
    assert rows[4][-3:] == ["1", "1", "4"]
    assert rows[5][1:5] == ["outlier", "position", "fan", "100.0"]
    assert (
        "case: does not count\nrule: what has a word that these vectors do not know is skipped\n"
        "\ntest "
    ) in result.out


@pytest.mark.usefixtures("models")
def test_unknown_words(run: Run):
    def counted(*options: str) -> list[tuple[int, int]]:
        result = run("eval-w2v", "fan", "half", "--categories", "sets.txt", "--json", *options)
        return [(row["counted"], row["skipped"]) for row in json.loads(result.out)["scores"]]

    assert counted() == [(5, 0), (4, 1)]
    assert counted("--unknown", "wrong") == [(5, 0), (5, 0)]
    assert counted("--unknown", "common") == [(4, 1), (4, 1)]
    assert run("eval-w2v", "fan", "half", "--unknown", "guess").status == 2


@pytest.mark.usefixtures("models")
def test_one_model(run: Run):
    result = run("eval-w2v", "--vectors", "fan", "--categories", "sets.txt", "--case")
    assert (result.status, result.err) == (0, "")
    assert (
        "sets.txt  purity  fan      100.0 %  56.6 % to 100.0 %        5        0           5"
        in (result.out)
    )
    assert "case: counts\n" in result.out
    wrong = run("eval-w2v", "--vectors", "half", "--pairs", "pairs.tsv", "--unknown", "wrong")
    assert "is wrong; a pair has the cosine 0" in wrong.out


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("option", ["--pairs", "--analogies", "--outliers", "--categories"])
def test_what_a_shell_put_among_the_vectors(run: Run, option: str):
    text = {
        "--pairs": "# rated\na\tb\t9\na\tc\t8\n", "--analogies": ": plane\na b c far\n",
        "--outliers": "a\nb\nc\n\nfar\noff\n", "--categories": "low: a b c\nhigh: far off\n",
    }[option]  # fmt: skip
    for name in ("one.txt", "two.txt"):
        Path(name).write_text(text)
    result = run("eval-w2v", "fan", option, "one.txt", "two.txt")
    assert result.status == 2
    assert result.message.startswith(
        f"two.txt holds no vectors but what {option} takes, which is one file each time: "
        f"{option} FILE {option} FILE"
    )
    Path("two.txt").write_text("It was a dark night.\n")
    other = run("eval-w2v", "fan", option, "one.txt", "two.txt")
    assert (other.status, "two.txt: begins with" in other.message) == (1, True)


@pytest.mark.usefixtures("models")
def test_the_bundled_sheets(run: Run):
    result = run("eval-w2v", "fan", "half")
    assert result.status == 1
    assert "analogies: cut at the 30,000 most frequent words; 3cosadd\n" in result.out
    assert result.message.startswith("nothing counts: the vectors know none of the words")


@pytest.mark.usefixtures("models")
def test_the_same_name_in_two_folders(run: Run):
    run("convert", "half", "other/fan")
    result = run("eval-w2v", "fan", "other/fan", "--categories", "sets.txt")
    assert "other/fan" in result.out
    twice = run("eval-w2v", "fan", "fan", "--categories", "sets.txt")
    assert (twice.status, twice.message.startswith("fan was given twice")) == (2, True)


@pytest.mark.usefixtures("models")
def test_which_is_better(run: Run):
    degrees = {"a": 0, "b": 90, "c": 30, "far": 22, "off": 10}
    angles = np.radians(list(degrees.values()))
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    WordVectors(Vocab(list(degrees), specials=()), rows).save("mixed")
    result = run("eval-w2v", "fan", "mixed", "--pairs", "pairs.tsv", "--seed", "2")
    assert (result.status, result.err) == (0, "")
    *_, head, row, rule = result.out.splitlines()
    assert head.split() == (
        "test vectors less those of better difference 95 % interval p counted drawn".split()  # noqa: SIM905
    )
    assert row.split()[:6] == ["pairs.tsv", "Spearman", "fan", "mixed", "-", "+1.700"]
    assert row.endswith("5  5 pairs")
    assert rule.startswith("differences: two vectors are compared by what both were asked")
    assert rule.endswith("drawn by seed 2")
    found = json.loads(
        run("eval-w2v", "fan", "mixed", "--pairs", "pairs.tsv", "--json", "--seed", "2").out
    )
    (difference,) = found["differences"]
    assert (difference["model"], difference["other"]) == ("fan", "mixed")
    assert (difference["counted"], found["seed"]) == (5, 2)
    assert difference["value"] == pytest.approx(1.7, abs=1e-6)
    assert "differences" not in run("eval-w2v", "fan", "--pairs", "pairs.tsv").out
