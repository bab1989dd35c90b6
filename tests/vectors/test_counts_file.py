"""Counts beside vectors: read and written as other tools do."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.files.counts_file import read_counts
from textseq.vectors.files.formats import read_vectors, write_vectors
from textseq.vectors.word_vectors import WordVectors

WORDS = ["the", "한", "of"]
ROWS = np.arange(6, dtype=np.float32).reshape(3, 2)
VECTORS = WordVectors(Vocab(WORDS, np.array([9, 5, 2**40]), specials=()), ROWS)


@pytest.mark.parametrize("name", ["counts", "counts.gz"])
def test_there_and_back(tmp_path: Path, name: str):
    write_vectors(VECTORS, tmp_path / "v", "word2vec-binary", counts=tmp_path / name)
    data = (tmp_path / name).read_bytes()
    if name.endswith(".gz"):
        data = gzip.decompress(data)
    assert data.decode() == f"the 9\n한 5\nof {2**40}\n"
    again = read_vectors(tmp_path / "v", counts=tmp_path / name)
    assert again.vocab == VECTORS.vocab
    assert not read_vectors(tmp_path / "v").vocab.counts.any()
    assert read_vectors(tmp_path / "v", counts=tmp_path / name, limit=2).vocab.count("한") == 5


def test_order_and_more_words_do_not_matter(tmp_path: Path):
    (tmp_path / "counts").write_bytes("</s> 0\r\nof 7\n\nNew York 3\nof 1\n한 5\nthe 9".encode())
    counts = read_counts(tmp_path / "counts")
    assert counts == {"</s>": 0, "of": 7, "New York": 3, "한": 5, "the": 9}
    write_vectors(VECTORS, tmp_path / "v", "glove")
    again = read_vectors(tmp_path / "v", counts=tmp_path / "counts")
    assert again.vocab.counts.tolist() == [9, 5, 7]
    assert again.vectors.tolist() == ROWS.tolist()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"the 9\nof\n", "counts: line 2 is b'of', not a word and its count"),
        (b"the nine\n", "counts: line 1 is b'the nine', not a word and its count"),
        (b"the -9\n", "line 1 .* not a word and its count"),
        (b"the 99999999999999999999\n", "line 1 .* not a word and its count"),
        (b"\xff\xfe 9\n", r"line 1: the word .* is not UTF-8; errors='replace'"),
        (b"the 9\n", r"counts has no count of 2 of the 3 words, the first is '한'"),
    ],
)
def test_wrong_files(tmp_path: Path, data: bytes, message: str):
    (tmp_path / "counts").write_bytes(data)
    write_vectors(VECTORS, tmp_path / "v", "glove")
    with pytest.raises(ValueError, match=message):
        read_vectors(tmp_path / "v", counts=tmp_path / "counts")


def test_what_cannot_be_written_leaves_no_file(tmp_path: Path):
    without = WordVectors(Vocab(WORDS, specials=()), ROWS)
    with pytest.raises(ValueError, match="the vectors have no counts"):
        write_vectors(without, tmp_path / "v", "glove", counts=tmp_path / "counts")
    spaced = WordVectors(Vocab(["New York"], np.array([1]), specials=()), ROWS[:1])
    with pytest.raises(ValueError, match="'New York' cannot stand in a file of counts"):
        write_vectors(spaced, tmp_path / "v", "safetensors", counts=tmp_path / "counts")
    (tmp_path / "counts").write_bytes(b"")
    with pytest.raises(FileExistsError):
        write_vectors(VECTORS, tmp_path / "v", "glove", counts=tmp_path / "counts")
    assert [path.name for path in tmp_path.iterdir()] == ["counts"]
