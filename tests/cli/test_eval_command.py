from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]  # `run` of conftest.py


def test_eval_prints_counts_cut_and_rule(run: Run, vectors: Path):
    Path("questions").write_text(": family\nman king woman queen\nman king x y\n")
    Path("pairs").write_text("man woman 9\nking paris 1\nman x 3\n")
    asked = ["eval-w2v", "--vectors", vectors, "--analogies", "questions", "--pairs", "pairs"]
    result = run(*asked, "--restrict", "5")
    assert (result.status, result.err) == (0, "")
    assert [line.split()[2:4] for line in result.out.splitlines()[1:3]] == [["1", "1"], ["1", "1"]]
    assert "vocabulary: 5 words, cut at the 5 most frequent words; 3cosadd" in result.out
    assert result.out.count("rule: a ") == 2
    found = json.loads(run(*asked, "--json").out)
    assert found["analogies"]["total"]["counted"] == 1
    assert found["pairs"]["skipped"] == 1
    only = run(*asked[:5], "--json")
    assert set(json.loads(only.out)) == {"analogies"}
    bundled_only = run("eval-w2v", "--vectors", vectors)
    assert bundled_only.status == 0
    assert "capital-country" in bundled_only.out
    assert "are not known to be of the bundled corpus" in bundled_only.err
    Path("questions").write_text("man king\n")
    assert "questions: line 1 has 2 words; a question has 4" in run(*asked).message


def test_nothing_counted_is_an_error_that_says_why(run: Run, vectors: Path):
    Path("far").write_text("man woman king naïve\n")
    Path("case").write_text("Man Woman King Queen\n")
    Path("other").write_text("rouge vert bleu jaune\n")
    Path("some").write_text("man woman roi reine\nking queen loup louve\n")
    for options, reason in (
        (
            ["--analogies", "far", "--restrict", "5"],
            "far: no question counts; --restrict 0 co",
        ),
        (["--analogies", "case", "--case"], "case: no question counts; without --case 1 count"),
        (["--analogies", "other"], "none of its words ('rouge', 'vert', 'bleu' ...) is in the voc"),
        (["--analogies", "some"], "4 of its 8 words ('man', 'woman', 'roi' ...) are in the vocab"),
    ):
        result = run("eval-w2v", "--vectors", vectors, *options)
        assert result.status == 1
        assert reason in result.message
        assert "skipped" in result.out
    Path("pairs.csv").write_text("Man,King,1\nWoman,Queen,2\n")
    Path("good.csv").write_text("man,king,1\nwoman,queen,2\n")
    result = run("eval-w2v", "--vectors", vectors, "--pairs", "pairs.csv", "--case")
    assert "pairs.csv: no pair counts; without --case 2 count" in result.message
    asked = ["--pairs", "good.csv", "--pairs", "pairs.csv", "--case"]
    result = run("eval-w2v", "--vectors", vectors, *asked)
    assert "pairs.csv: no pair counts" in result.message
    rows = [line.split()[:3] for line in result.out.splitlines()[1:3]]
    assert rows == [["good.csv", "2", "0"], ["pairs.csv", "0", "2"]]


def test_several_files(run: Run, vectors: Path):
    for name in ("one", "two"):
        Path(name).write_text("man woman 9\nking paris 1\nman queen 3\n")
        Path(f"{name}.questions").write_text("man woman king queen\n")
    asked = ["--pairs", "one", "--pairs", "two", "--analogies", "one.questions"]
    result = run("eval-w2v", "--vectors", vectors, *asked)
    assert (result.status, result.err) == (0, "")
    assert [line.split()[:2] for line in result.out.splitlines()[-4:-2]] == [
        ["one", "3"], ["two", "3"],
    ]  # fmt: skip
    found = json.loads(run("eval-w2v", "--vectors", vectors, *asked, "--json").out)
    assert [each["file"] for each in found["pairs"]] == ["one", "two"]
    assert found["pairs"][0]["counted"] == 3
    assert found["analogies"]["total"]["counted"] == 1  # of one file as ever
    more = ["--analogies", "two.questions"]
    found = json.loads(run("eval-w2v", "--vectors", vectors, *asked, *more, "--json").out)
    assert [each["total"]["counted"] for each in found["analogies"]] == [1, 1]


def test_vectors_of_the_bundled_corpus_need_no_word(run: Run):
    trained = run("train-w2v", "--epochs", "1", "--dim", "8", "--threads", "1", "--out", "v")
    assert trained.status == 0, trained.err
    result = run("eval-w2v", "--vectors", "v")
    assert (result.status, result.err) == (0, "")
    assert run("convert", "v", "v.vec").status == 0
    assert "are not known to be of the bundled corpus" in run("eval-w2v", "--vectors", "v.vec").err


def test_a_choice_among_ratings_is_said(run: Run, vectors: Path):
    Path("named.csv").write_text("word1,word2,n,score\nman,woman,1,9\nking,paris,3,1\n")
    Path("judges.csv").write_text("word1,word2,A,B\nman,woman,1,9\nking,paris,3,1\n")
    result = run("eval-w2v", "--vectors", vectors, "--pairs", "named.csv")
    assert (result.status, result.err) == (0, "")
    result = run("eval-w2v", "--vectors", vectors, "--pairs", "judges.csv", "--json")
    assert json.loads(result.out)["pairs"]["counted"] == 2
    assert "judges.csv: several columns have numbers, column 3 'A' and column 4 'B'" in result.err


def test_the_cut_is_named_where_it_leaves_few_words(run: Run, vectors: Path):
    words = Path(vectors, "vocab.txt").read_text().split()
    Path("far").write_text(f"{words[0]} loup roi {words[6]}\n")
    asked = ["eval-w2v", "--vectors", vectors, "--analogies", "far"]
    result = run(*asked, "--restrict", "5")
    assert "1 of its 4 words" in result.message
    assert "is among the 5 most frequent that --restrict 5 leaves, 2 in the whole" in result.message
    assert "--restrict" not in run(*asked, "--restrict", "0").message
    Path("far").write_text(f"{words[6]} loup roi louve\n")
    assert "0 of its 4 words" in run(*asked, "--restrict", "5").message


def test_a_missing_rank_correlation_says_why(run: Run, vectors: Path):
    for text, reason in (
        ("man woman 9\n", "pairs: one pair counted, and one pair has no rank correlation"),
        ("man woman 9\nking paris 9\n", "pairs: 2 pairs counted, of which all ratings or all"),
    ):
        Path("pairs").write_text(text)
        for json_too in ([], ["--json"]):
            result = run("eval-w2v", "--vectors", vectors, "--pairs", "pairs", *json_too)
            assert result.status == 0
            assert reason in result.err
