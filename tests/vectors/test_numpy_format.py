"""Vectors in .npz files: what np.savez writes, what np.load reads, and what is refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.files.formats import detect_format, read_vectors, write_vectors
from textseq.vectors.word_vectors import WordVectors

WORDS = ["king", "서울", "🙂", "a b", ""]
ROWS = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes(tmp_path: Path, save: Any, dtype: str):
    save(tmp_path / "v.npz", vectors=ROWS.astype(dtype), words=np.array(WORDS))
    assert detect_format(tmp_path / "v.npz") == "numpy"
    vectors = read_vectors(tmp_path / "v.npz")
    assert list(vectors) == WORDS
    np.testing.assert_array_equal(vectors.vectors, ROWS.astype(dtype).astype(np.float32))
    assert vectors.vocab.counts.tolist() == [0] * 5


def test_what_numpy_reads(tmp_path: Path):
    vectors = WordVectors(Vocab(WORDS, np.arange(5, 0, -1), specials=()), ROWS)
    write_vectors(vectors, tmp_path / "v.npz", "numpy")
    arrays = np.load(tmp_path / "v.npz", allow_pickle=False)
    assert arrays["words"].tolist() == WORDS
    np.testing.assert_array_equal(arrays["vectors"], ROWS)
    assert read_vectors(tmp_path / "v.npz").vocab == vectors.vocab
    assert read_vectors(tmp_path / "v.npz", limit=2).vocab.counts.tolist() == [5, 4]
    first = (tmp_path / "v.npz").read_bytes()
    write_vectors(vectors, tmp_path / "v.npz", "numpy", overwrite=True)
    assert (tmp_path / "v.npz").read_bytes() == first
    with pytest.raises(ValueError, match="would lose its last character"):
        write_vectors(WordVectors(Vocab(["a\0"], specials=()), ROWS[:1]), tmp_path / "w", "numpy")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"vectors": ROWS}, "has no arrays 'words' and 'vectors', but vectors"),
        ({"words": np.array(WORDS)}, "has no arrays"),
        ({"words": np.array(WORDS[:4]), "vectors": ROWS}, "4 words and vectors of shape"),
        ({"words": np.array(WORDS), "vectors": ROWS[0]}, "vectors of shape"),
        ({"words": np.arange(5), "vectors": ROWS}, "its words are int64"),
        ({"words": np.array(["a"] * 5), "vectors": ROWS}, "'a' stands twice"),
        ({"words": np.array(WORDS), "vectors": ROWS.astype(int)}, "holds int64"),
        ({"words": np.array(WORDS), "vectors": ROWS * np.nan}, "hold NaN"),
        ({"words": np.array(WORDS), "vectors": ROWS, "counts": np.arange(4)}, "its shape is"),
        ({"words": np.array([*WORDS[:4], "\ud800"]), "vectors": ROWS}, "no Unicode"),
    ],
)
def test_bad_arrays_are_refused_by_name(tmp_path: Path, arrays: Any, message: str):
    np.savez(tmp_path / "v.npz", **arrays)
    with pytest.raises(ValueError, match=message) as caught:
        read_vectors(tmp_path / "v.npz")
    assert str(caught.value).startswith(str(tmp_path / "v.npz"))


def test_objects_and_bombs(tmp_path: Path):
    np.savez(tmp_path / "v.npz", words=np.array(WORDS, object), vectors=ROWS)
    with pytest.raises(ValueError, match=r"holds ..O"):
        read_vectors(tmp_path / "v.npz")
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (5, 10**8)}
    )
    with zipfile.ZipFile(tmp_path / "v.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        words = io.BytesIO()
        np.save(words, np.array(WORDS))
        archive.writestr("words.npy", words.getvalue())
        archive.writestr("vectors.npy", header.getvalue() + bytes(10**6))
    with pytest.raises(ValueError, match="in 'vectors', it is"):
        read_vectors(tmp_path / "v.npz")


def test_cut_at_every_byte(tmp_path: Path):
    path = tmp_path / "v.npz"
    write_vectors(WordVectors(Vocab(WORDS, specials=()), ROWS), path, "numpy")
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(ValueError, match=r"v\.npz"):
            read_vectors(path, "numpy")
