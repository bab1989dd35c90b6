"""Parquet: what others write, and files that end the process that reads them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.files import parquet_format
from textseq.vectors.files.formats import read_vectors, write_vectors
from textseq.vectors.word_vectors import WordVectors

WORDS = ["the", "한국어", "new york", "", "a\nb"]
ROWS = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
LISTS = pa.list_(pa.float32())


def make() -> WordVectors:
    return WordVectors(Vocab(WORDS, np.arange(5, 0, -1), specials=()), ROWS)


def small(path: Path) -> bytes:
    write_vectors(make(), path, "parquet", overwrite=True)
    return path.read_bytes()


def save(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_words_counts_and_vectors_come_back(tmp_path: Path):
    path = tmp_path / "v.parquet"
    assert small(path) == small(tmp_path / "again.parquet")
    again = read_vectors(path)
    assert list(again) == WORDS
    assert again.vocab.counts.tolist() == [5, 4, 3, 2, 1]
    np.testing.assert_array_equal(again.vectors, ROWS)
    table = pq.read_table(path)
    assert table.column_names == ["word", "vector", "count"]
    assert table.schema.field("vector").type == pa.list_(pa.float32(), 3)
    assert list(read_vectors(path, limit=2)) == WORDS[:2]


@pytest.mark.parametrize(
    "vectors",
    [
        pa.array(ROWS.tolist(), LISTS),
        pa.array(ROWS.tolist(), pa.large_list(pa.float64())),
        pa.array(ROWS.tolist(), pa.list_(pa.float32(), 3)),
        pa.chunked_array([pa.array(ROWS[:2].tolist(), LISTS), pa.array(ROWS[2:].tolist(), LISTS)]),
    ],
)
@pytest.mark.slow
def test_columns_as_others_have_them(tmp_path: Path, vectors: Any):
    words = pa.array(WORDS).dictionary_encode()
    path = save(
        tmp_path / "v.parquet", id=pa.array(range(5)), token=words, vector=vectors,
        other=pa.array(["x"] * 5), freq=pa.array([1, 2, 3, 4, 5], pa.int32()),
    )  # fmt: skip
    found = read_vectors(path)
    assert list(found) == WORDS
    assert found.vocab.counts.tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_allclose(found.vectors, ROWS, rtol=1e-6)


WORD, VECTOR = pa.array(["a", "b"]), pa.array([[1.0, 2.0], [3.0, 4.0]], LISTS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"word": WORD}, "has 0 columns of vectors (lists of numbers), and none is named vector"),
        ({"x": VECTOR}, "has 0 columns of words (texts)"),
        ({"x": WORD, "y": WORD, "v": VECTOR}, "has 2 columns of words (texts)"),
        ({"word": pa.array(["a", None]), "v": VECTOR}, "row 2 has no word"),
        ({"word": WORD, "v": pa.array([[1.0], None], LISTS)}, "row 2 has no vector"),
        ({"word": WORD, "v": pa.array([[1.0], [1.0, 2.0]], LISTS)}, "row 2 has 2 numbers, not 1"),
        ({"word": WORD, "v": pa.array([[], []], LISTS)}, "its vectors have 0 numbers"),
        ({"word": WORD, "v": pa.array([[1.0], [None]], LISTS)}, "1 numbers are missing"),
        ({"word": WORD, "v": pa.array([[1.0], [np.nan]], LISTS)}, "the first is that of 'b'"),
        ({"word": pa.array(["a", "a"]), "v": VECTOR}, "'a' stands twice, in row 1 and row 2"),
        ({"word": WORD, "v": VECTOR, "count": pa.array([1, -1])}, "'count' has counts below 0"),
        ({"word": WORD, "v": VECTOR, "count": pa.array([1, None])}, "'count' has rows without a"),
        ({"word": WORD[:0], "v": VECTOR[:0]}, "there are no vectors in it"),
        ({"word": pa.nulls(0), "vector": pa.nulls(0)}, "there are no vectors in it"),
    ],
)
def test_what_is_refused(tmp_path: Path, columns: dict[str, Any], message: str):
    path = save(tmp_path / "v.parquet", **columns)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_vectors(path)
    assert str(caught.value).startswith(str(path))


def test_cut_at_every_byte(tmp_path: Path):
    path = tmp_path / "v.parquet"
    whole = small(path)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"v\.parquet: (is cut off|the file is empty)"):
            read_vectors(path, "parquet")
    for length in (2**32 - 1, len(whole), len(whole) - 11):
        path.write_bytes(whole[:-8] + length.to_bytes(4, "little") + b"PAR1")
        with pytest.raises(ValueError, match="is cut off"):
            read_vectors(path)


@pytest.mark.slow
def test_other_bytes_are_an_error_or_vectors(tmp_path: Path):
    path = tmp_path / "v.parquet"
    whole = small(path)
    rng = np.random.default_rng(3)
    verdicts = {"read": 0, "refused": 0}
    for _ in range(60):
        data = bytearray(whole)
        for place in rng.integers(4, len(whole) - 8, rng.integers(1, 6)):
            data[place] = rng.integers(256)
        path.write_bytes(data)
        try:
            read_vectors(path)
            verdict = "read"
        except ValueError as error:
            verdict = "refused" if str(error).startswith(str(path)) else "unclear"
        verdicts[verdict] += 1
    assert min(verdicts.values()) > 3, verdicts


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import os; os.abort()", "Arrow gave up on it (signal 6)"),
        ("import sys; sys.exit(3)", "Arrow gave up on it (status 3)"),
        ("import sys; open(sys.argv[2] + '/outcome.json', 'w').write('{')", "gave up on it"),
    ],
)
def test_the_end_of_the_child_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, message: str
):
    small(tmp_path / "v.parquet")
    (tmp_path / "child.py").write_text(program)
    monkeypatch.setattr(parquet_format, "_CHILD", tmp_path / "child.py")
    with pytest.raises(ValueError, match=re.escape(message)):
        read_vectors(tmp_path / "v.parquet")


@pytest.mark.slow
def test_little_that_unpacks_to_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    words = pa.array([f"w{number}" for number in range(2000)])
    zeros = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(2_000_000, np.float32)), 1000)
    path = save(tmp_path / "v.parquet", word=words, vector=zeros)
    assert path.stat().st_size < 100_000
    assert len(read_vectors(path)) == 2000
    monkeypatch.setattr(parquet_format, "_ROOM_BYTES", 1_000_000)
    with pytest.raises(ValueError, match="unpacks to more than ten times its size"):
        read_vectors(path)
