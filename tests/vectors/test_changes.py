"""Vectors of length 1 and of fewer dimensions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.files.formats import read_vectors, write_vectors
from textseq.vectors.files.transforms import normalise, reduce
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import WordVectors

VOCAB = Vocab([f"w{number}" for number in range(50)], np.arange(50, 0, -1), specials=())
ROWS = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32)


def test_length_one():
    rows = np.array([[3, 4], [0, 0]], np.float32)
    found = normalise(WordVectors(Vocab(["a", "b"], np.array([2, 1]), specials=()), rows))
    np.testing.assert_allclose(found.vectors, [[0.6, 0.8], [0, 0]], rtol=1e-6)
    assert found.vocab.counts.tolist() == [2, 1]


def test_by_hand():
    rows = np.array([[0, 3, 0], [0, -1, 0], [2, 0, 0]], np.float32)  # squares: 4, 10, 0
    found = reduce(WordVectors(Vocab(["a", "b", "c"], specials=()), rows), 2)
    np.testing.assert_allclose(found.vectors, [[3, 0], [-1, 0], [0, 2]], atol=1e-6)


@pytest.mark.parametrize("dim", [1, 3, 8])
def test_no_other_vectors_of_that_dim_keep_more(dim: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("textseq.vectors.principal._ROWS_AT_ONCE", 7)
    found = reduce(WordVectors(VOCAB, ROWS), dim).vectors
    values = np.linalg.svd(ROWS, compute_uv=False)
    np.testing.assert_allclose((found**2).sum(), (values[:dim] ** 2).sum(), rtol=1e-5)
    lost = ROWS @ ROWS.T - found @ found.T
    np.testing.assert_allclose((lost**2).sum(), (values[dim:] ** 4).sum(), rtol=1e-4, atol=1e-6)


def test_n_grams_are_moved_with_their_words():
    rng = np.random.default_rng(1)
    table = NgramTable(NgramHashes("fasttext", 90, 2, 3), rng.standard_normal((90, 8)).astype("f4"))
    vectors = SubwordVectors(VOCAB, ROWS, table, own=True)
    found = reduce(vectors, 8)
    assert isinstance(found, SubwordVectors)
    for word in ("w3", "w3x"):  # turned, and nothing lost
        assert found.similarity(word, "w7") == pytest.approx(
            vectors.similarity(word, "w7"), abs=1e-5
        )
    assert type(normalise(vectors)) is WordVectors


def test_what_cannot_be_reduced(tmp_path: Path):
    for dim in (0, 9):
        with pytest.raises(ValueError, match=f"8 dimensions cannot be reduced to {dim}"):
            reduce(WordVectors(VOCAB, ROWS), dim)
    rows = ROWS.copy()
    rows[4, 4] = np.nan
    with pytest.raises(ValueError, match="the first is that of 'w4'"):
        reduce(WordVectors(VOCAB, rows, check=False), 2)


def test_written_files_are_changed(tmp_path: Path):
    vectors = WordVectors(VOCAB, ROWS)
    write_vectors(vectors, tmp_path / "v", "glove", normalise=True, reduce=3)
    found = read_vectors(tmp_path / "v")
    assert found.dim == 3
    np.testing.assert_allclose(found.norms, 1, rtol=1e-5)
    np.testing.assert_allclose(found.vectors, normalise(reduce(vectors, 3)).vectors, atol=1e-6)
