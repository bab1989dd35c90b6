"""Alignment: maps known by hand, scipy's Procrustes, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from textseq.text.vocab import Vocab
from textseq.vectors.comparison.alignment import align, procrustes, shared_rows
from textseq.vectors.word_vectors import WordVectors


def make(rows: dict[str, list[float]], **others: object) -> WordVectors:
    return WordVectors(
        Vocab(list(rows), specials=()), np.array(list(rows.values()), np.float32), **others
    )


def random_vectors(n_words: int, dim: int, seed: int) -> WordVectors:
    rows = np.random.default_rng(seed).standard_normal((n_words, dim))
    counts = np.arange(n_words, 0, -1)
    return WordVectors(Vocab([f"w{n}" for n in range(n_words)], counts, specials=()), rows)


def test_a_quarter_turn():
    east_and_north, north_and_west = np.eye(2), np.array([[0, 1], [-1, 0]])
    assert procrustes(east_and_north, north_and_west) == pytest.approx(north_and_west)


def test_a_mirror_image_is_found():
    rows = np.array([[1.0, 2], [3, -1], [0, 1]])
    assert procrustes(rows, rows * [1, -1]) == pytest.approx(np.diag([1.0, -1]))


@pytest.mark.parametrize("n_rows", [1, 5, 6, 7, 16_384, 16_385])
def test_procrustes_is_that_of_scipy(n_rows: int):
    rng = np.random.default_rng(n_rows)
    source, target = rng.standard_normal((2, n_rows, 6)).astype(np.float32)
    found = procrustes(source, target)
    assert found @ found.T == pytest.approx(np.eye(6), abs=1e-12)
    expected, _ = orthogonal_procrustes(source.astype(np.float64), target.astype(np.float64))
    distances = [np.linalg.norm(source @ turn - target) for turn in (found, expected)]
    assert distances[0] == pytest.approx(distances[1], rel=1e-6)
    if n_rows >= 6:  # else there are several
        assert found == pytest.approx(expected, abs=1e-6)


def test_shapes_that_disagree():
    with pytest.raises(ValueError, match=r"shapes \(2, 3\) and \(2, 2\)"):
        procrustes(np.ones((2, 3)), np.ones((2, 2)))


def test_shared_rows_by_the_first_order():
    a = make({"x": [1], "y": [1], "z": [1]})
    b = make({"z": [1], "other": [1], "x": [1], "Y": [1]})
    rows_a, rows_b = shared_rows(a, b)
    assert (rows_a.tolist(), rows_b.tolist()) == ([0, 2], [2, 0])


def test_a_turned_copy_comes_back():
    a = random_vectors(40, 8, seed=1)
    turn, _ = np.linalg.qr(np.random.default_rng(2).standard_normal((8, 8)))
    b = WordVectors(
        a.vocab, a.vectors @ turn, output_vectors=2 * a.vectors @ turn, config={"dim": 8}
    )
    aligned = align(a, b)
    assert aligned.vectors == pytest.approx(a.vectors, abs=1e-5)
    assert aligned.output_vectors == pytest.approx(2 * a.vectors, abs=1e-5)
    assert aligned.config == {"dim": 8, "aligned": {"words": 40}}
    assert b.config == {"dim": 8}


def test_lengths_cosines_counts_and_other_words_stay():
    a, b = random_vectors(30, 4, seed=1), random_vectors(50, 4, seed=2)
    aligned = align(a, b)
    assert aligned.vocab.tokens == b.vocab.tokens
    assert aligned.vocab.counts.tolist() == b.vocab.counts.tolist()
    assert aligned.norms == pytest.approx(b.norms, rel=1e-5)
    assert aligned.similarity("w3", "w49") == pytest.approx(b.similarity("w3", "w49"), abs=1e-6)


def test_length_gives_no_word_more_say():
    a, b = random_vectors(30, 4, seed=1), random_vectors(30, 4, seed=2)
    longer = WordVectors(b.vocab, b.vectors * np.linspace(1, 100, 30)[:, None])
    same = align(a, longer).vectors / np.linspace(1, 100, 30)[:, None]
    assert same == pytest.approx(align(a, b).vectors, abs=1e-4)


def test_zero_vectors_have_no_say():
    a = make({"x": [1, 0], "y": [0, 1], "zero": [0, 0]})
    b = make({"x": [0, 1], "y": [-1, 0], "zero": [1, 1]})
    aligned = align(a, b)
    assert aligned.vectors[:2] == pytest.approx(a.vectors[:2])
    assert aligned.config["aligned"] == {"words": 2}


def test_few_shared_words(notices: list[str]):
    align(make({"x": [1, 0]}), make({"x": [0, 1]}))
    assert notices == [
        "fewer words are shared (1) than there are dimensions (2): they lie nearer to each other "
        "than other words would"
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"x": [1, 0, 0]}, "dim 2 and 3 cannot be aligned: a rotation needs equal ones"),
        ({"X": [1, 0]}, "no word is shared: one has 'x', the other 'X'; capitals count"),
        ({"x": [0, 0]}, "each of the 1 shared words has a vector of zeros on one side"),
    ],
    ids=["dim", "words", "zeros"],
)
def test_what_cannot_be_aligned(rows: dict[str, list[float]], message: str):
    with pytest.raises(ValueError, match=message):
        align(make({"x": [1, 0]}), make(rows))


def test_numbers_that_are_not_finite():
    rows = np.array([[1, 0], [np.nan, 1]], np.float32)
    b = WordVectors(Vocab(["x", "y"], specials=()), rows, check=False)
    with pytest.raises(ValueError, match="the first is that of 'y'"):
        align(make({"x": [1, 0], "y": [0, 1]}), b)
