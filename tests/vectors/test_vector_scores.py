"""All that question files say of vectors in one call; the scores themselves: test_evaluation.py."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from textseq import evaluate_analogies, evaluate_vectors
from textseq.text.vocab import Vocab
from textseq.vectors.scores.question_files import AnalogySection, RatedPairs, read_analogies
from textseq.vectors.word_vectors import WordVectors

WORDS = ["man", "woman", "king", "queen"]
ROWS = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1]], np.float32)


@pytest.fixture
def vectors() -> WordVectors:
    """A queen is a king less a man and a woman more."""
    return WordVectors(Vocab(WORDS, specials=()), ROWS)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.txt"
    path.write_text(": royal\nman king woman queen\nman king woman x\n")
    return path


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    path = tmp_path / "ratings.tsv"
    path.write_text("man\tking\t9\nman\tqueen\t1\nqueen\tking\t5\nman\tx\t3\n")
    return path


def test_files_of_both_kinds(vectors: WordVectors, questions: Path, ratings: Path):
    scores = evaluate_vectors(vectors, analogies=questions, pairs=[str(ratings)])
    assert scores.analogies[str(questions)].total.accuracy == 1.0
    assert scores.analogies[str(questions)].total.skipped == 1
    assert scores.pairs[str(ratings)].spearman == pytest.approx(1.0)  # 1/2^.5 > 1/2 > 0
    assert (scores.pairs[str(ratings)].counted, scores.empty) == (3, ())
    assert scores.to_json()["pairs"][str(ratings)]["skipped"] == 1
    by_hand = evaluate_analogies(vectors, read_analogies(questions))
    assert scores.analogies == {str(questions): by_hand}
    assert evaluate_vectors(vectors, pairs=ratings).analogies == {}


def test_what_was_read_or_made_already(vectors: WordVectors):
    section = AnalogySection("mine", (("man", "king", "woman", "queen"),))
    lines: list[str] = []
    scores = evaluate_vectors(
        vectors,
        analogies={"made": [section]},
        pairs={"rated": RatedPairs([("man", "king", 9.0)], ["a note"])},
        notify=lines.append,
    )
    assert scores.analogies["made"].sections[0].correct == 1
    assert lines[0] == "a note"
    assert lines[1].startswith("rated: one pair counted, and one pair has no rank correlation")


def test_without_files_those_of_the_bundled_corpus(vectors: WordVectors):
    lines: list[str] = []
    scores = evaluate_vectors(vectors, notify=lines.append)
    assert "not known to be of the bundled corpus" in lines[0]
    assert "analogies=FILE and pairs=FILE score by others" in lines[0]
    assert [Path(name).name for name in scores.analogies] == ["miniworld.analogies.txt"]
    assert [Path(name).name for name in scores.pairs] == ["miniworld.pairs.tsv"]


def test_why_nothing_counts(vectors: WordVectors, tmp_path: Path):
    for text, options, why in (
        ("man king woman queen\n", {"restrict": 2}, "restrict=None counts 1: their words are be"),
        ("Man King Woman Queen\n", {"lowercase": False}, "with lowercase=True 1 count: their wor"),
        ("a b c d\n", {}, "none of its words ('a', 'b', 'c' ...) is in the vocabulary ('man', "),
        ("man king c d\n", {}, "2 of its 4 words ('man', 'king', 'c' ...) are in the vocabulary, "),
    ):
        path = tmp_path / "q.txt"
        path.write_text(text)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            scores = evaluate_vectors(vectors, analogies=path, **options)  # type: ignore[arg-type]
        assert scores.analogies[str(path)].total.accuracy is None
        assert scores.empty[0].startswith(f"{path}: no question counts; {why}")


def test_a_wrong_line(vectors: WordVectors, tmp_path: Path):
    (tmp_path / "q.txt").write_text("man king\n")
    with pytest.raises(ValueError, match="line 1 has 2 words"):
        evaluate_vectors(vectors, analogies=tmp_path / "q.txt")
