"""The two files of TensorBoard's projector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.files.formats import detect_format, read_vectors, write_vectors
from textseq.vectors.word_vectors import WordVectors

WORDS = ["king", "서울", "🙂"]
ROWS = np.array([[1, -0.5], [0.1, 1e-10], [0, 3]], np.float32)


@pytest.mark.parametrize("counts", [None, np.array([3, 2, 1])])
def test_there_and_back(tmp_path: Path, counts: Any):
    vectors = WordVectors(Vocab(WORDS, counts, specials=()), ROWS)
    write_vectors(vectors, tmp_path / "v.tsv", "tensorboard")
    assert (tmp_path / "v.tsv").read_text() == "1\t-0.5\n0.1\t1e-10\n0\t3\n"
    named = "king\n서울\n🙂\n" if counts is None else "Word\tCount\nking\t3\n서울\t2\n🙂\t1\n"
    assert (tmp_path / "metadata.tsv").read_text(encoding="utf-8") == named
    assert detect_format(tmp_path / "v.tsv") == "tensorboard"
    again = read_vectors(tmp_path / "v.tsv")
    assert again.vocab == vectors.vocab
    np.testing.assert_array_equal(again.vectors, ROWS)
    assert list(read_vectors(tmp_path / "v.tsv", limit=2)) == WORDS[:2]
    with pytest.raises(FileExistsError, match="exists already"):
        write_vectors(vectors, tmp_path / "w.tsv", "tensorboard")
    assert not (tmp_path / "w.tsv").exists()  # both, or none


def test_more_columns(tmp_path: Path):
    (tmp_path / "v.tsv").write_text("1\t2\r\n3\t4\r\n")
    (tmp_path / "metadata.tsv").write_text("Title\tYear\tcount\r\na\t2001\t7\r\nb\t\t5\r\n")
    vectors = read_vectors(tmp_path / "v.tsv", "tensorboard")
    assert (list(vectors), vectors.vocab.counts.tolist()) == (["a", "b"], [7, 5])


@pytest.mark.parametrize(
    ("numbers", "words", "message"),
    [
        ("0.1\t2\n0.3\t4\n", "a\n", "metadata.tsv: names 1 words, .*v.tsv has 2"),
        ("0.1\t2\n0.3\t4\n", "a\nb\nc\n", "metadata.tsv: names 3 words"),
        ("0.1\t2\n0.3\t4\n", "", "metadata.tsv: names 0 words"),
        ("0.1\t2\n0.3\n", "a\nb\n", "v.tsv: line 2 has 1 numbers, not 2"),
        ("0.1\t2\n0.3\tx\n", "a\nb\n", "v.tsv: line 2: b'x' is not a number"),
        ("0.1\t2\n0.3\tnan\n", "a\nb\n", "v.tsv: 1 of 2 vectors hold NaN"),
        ("0.1\t2\n\n0.3\t1\n", "a\nb\n", "v.tsv: line 2 has 0 numbers"),
        ("0.1\t2\n0.3\t1\n", "a\na\n", "metadata.tsv: 'a' stands twice"),
        ("0.1\t2\n0.3\t1\n", "a\n\nb", "metadata.tsv: names 3 words"),
        ("0.1\t2\n0.3\t1\n", "a\n\n", "metadata.tsv: row 2 has no word"),
        ("0.1\t2\n0.3\t1\n", "w\tcount\na\t1\nb\tx\n", "metadata.tsv: line 3 has no count"),
        ("0.1\t2\n0.3\t1\n", "w\tcount\na\t1\nb\n", "metadata.tsv: line 3 has no count"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path: Path, numbers: str, words: str, message: str):
    (tmp_path / "v.tsv").write_text(numbers)
    (tmp_path / "metadata.tsv").write_text(words)
    with pytest.raises(ValueError, match=message):
        read_vectors(tmp_path / "v.tsv")


def test_the_words_are_missing(tmp_path: Path):
    (tmp_path / "v.tsv").write_text("0.1\t2\n")
    with pytest.raises(FileNotFoundError, match=r"metadata\.tsv"):
        read_vectors(tmp_path / "v.tsv")
