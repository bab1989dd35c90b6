"""Numbers in fewer bytes: how far off they are, and scales that do not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from textseq.config import OptionError
from textseq.text.vocab import Vocab
from textseq.vectors.files.formats import read_vectors, write_vectors
from textseq.vectors.files.small_numbers import StoredRows, restored, stored
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import WordVectors

ROWS = np.random.default_rng(0).standard_normal((50, 20)).astype(np.float32)
ROWS[3] = 0
ROWS[4] *= 1e-6
ROWS[5] *= 1e4


def make(rows: np.ndarray = ROWS) -> WordVectors:
    return WordVectors(Vocab([f"w{n}" for n in range(len(rows))], specials=()), rows)


@pytest.mark.parametrize("n_at_once", [7, 1000])
def test_how_far_off_they_are(monkeypatch: pytest.MonkeyPatch, n_at_once: int):
    monkeypatch.setattr("textseq.vectors.files.small_numbers._ROWS_AT_ONCE", n_at_once)
    halves = StoredRows(ROWS, "float16")[:]
    assert halves.dtype == np.float16
    assert (np.abs(halves.astype(np.float32) - ROWS) <= np.abs(ROWS) / 2048 + 3e-8).all()
    tables = stored("vectors", ROWS, "int8")
    codes = tables["vectors"][:]
    assert (codes.dtype, np.abs(codes).max()) == (np.int8, 127)
    again = restored("vectors", {"vectors": codes, "vectors_scales": tables["vectors_scales"]})
    largest = np.abs(ROWS).max(axis=1, keepdims=True)
    assert (np.abs(again - ROWS) <= largest / 254 * (1 + 1e-5)).all()
    assert not again[3].any()


@pytest.mark.parametrize(
    "format", ["numpy", "safetensors", "hub", pytest.param("parquet", marks=pytest.mark.slow)]
)
def test_formats_hold_them(tmp_path: Path, format: str):
    sizes = {}
    rows = np.random.default_rng(1).standard_normal((400, 100)).astype(np.float32)
    for quantise, off in (("none", 0), ("float16", 5e-4), ("int8", 4e-3)):
        path = tmp_path / quantise
        write_vectors(make(rows), path, format, quantise=quantise)
        found = read_vectors(path)
        assert found.vectors.dtype == np.float32
        assert np.abs(found.vectors - rows).max() <= off * np.abs(rows).max()
        one = path / "model.safetensors" if path.is_dir() else path
        sizes[quantise] = one.stat().st_size
        first = read_vectors(path, limit=7)
        np.testing.assert_array_equal(first.vectors, found.vectors[:7])
    assert sizes["int8"] < 0.4 * sizes["none"] < 0.8 * sizes["float16"]


def test_n_grams_and_output_vectors_of_a_single_file(tmp_path: Path):
    table = NgramTable(NgramHashes("fasttext", 30, 2, 3), ROWS[:30], None)
    words = Vocab(["king", "queen"], specials=())
    vectors = SubwordVectors(words, ROWS[:2], table, output_vectors=ROWS[2:4])
    for quantise, off in (("none", 0), ("int8", 0.01)):
        path = tmp_path / f"{quantise}.safetensors"
        write_vectors(vectors, path, "safetensors", quantise=quantise)
        again = read_vectors(path)
        assert isinstance(again, SubwordVectors)
        assert list(again) == ["king", "queen"]
        np.testing.assert_allclose(again["kings"], vectors["kings"], atol=off * 1e4)
        np.testing.assert_allclose(again["king"], vectors["king"], atol=off * 4)
        np.testing.assert_allclose(again.output_vectors, ROWS[2:4], atol=off * 4)
        assert len(read_vectors(path, limit=1)) == 1
    pruned = NgramTable(table.hashes, ROWS[:4], np.array([1, 5, 7, 20]))
    vectors = SubwordVectors(words, ROWS[:2], pruned)
    write_vectors(vectors, tmp_path / "pruned", "safetensors")
    again = read_vectors(tmp_path / "pruned")
    assert isinstance(again, SubwordVectors)
    assert again.origin("queens") == vectors.origin("queens")
    np.testing.assert_array_equal(again.subwords.buckets, [1, 5, 7, 20])


def test_what_cannot_be(tmp_path: Path):
    with pytest.raises(ValueError, match=r"glove has no numbers of int8; numpy, safetensors, parq"):
        write_vectors(make(), tmp_path / "v", "glove", quantise="int8")
    with pytest.raises(ValueError, match="glove names no language; spacy, hub do"):
        write_vectors(make(), tmp_path / "v", "glove", language="en")
    with pytest.raises(OptionError, match="quantise is 'int4'"):
        write_vectors(make(), tmp_path / "v", "numpy", quantise="int4")  # type: ignore[arg-type]
    large = ROWS.copy()
    large[7, 2] = -70000
    for format in ("numpy", "safetensors", "hub", "parquet"):
        with pytest.raises(ValueError, match="the vector of 'w7' has a number above 65,504") as no:
            write_vectors(make(large), tmp_path / "v", format, quantise="float16")
        assert "quantise='int8'" in str(no.value)
    assert list(tmp_path.iterdir()) == []


def test_scales_that_do_not_fit(tmp_path: Path):
    path = tmp_path / "v.safetensors"
    write_vectors(make(), path, "safetensors", quantise="int8")
    tensors = load_file(path)
    metadata = {"textseq": '{"format": 2, "config": {}}'}
    for change, message in [
        ({"vectors_scales": tensors["vectors_scales"][:-1]}, "has no scale for each row"),
        ({"vectors_scales": tensors["vectors_scales"].astype(np.float16)}, "not float32"),
        ({"vectors": tensors["vectors"].astype(np.int16)}, "is int16 of shape"),
        ({"vectors": tensors["vectors"][0]}, "need one row a word"),
    ]:
        save_file(tensors | change, path, metadata)
        with pytest.raises(ValueError, match=message):
            read_vectors(path)
    del tensors["vectors_scales"]
    save_file(tensors, path, metadata)
    with pytest.raises(ValueError, match="has no scale for each row"):
        read_vectors(path)
    words = np.array(["a", "b"])
    np.savez(tmp_path / "v.npz", words=words, vectors=np.ones((2, 3), np.int8))
    with pytest.raises(ValueError, match="has no scale for each row"):
        read_vectors(tmp_path / "v.npz")


@pytest.mark.parametrize("scale", [np.inf, np.nan, 1e38])
def test_scales_that_are_no_numbers_are_found(tmp_path: Path, scale: float):
    path = tmp_path / "v.safetensors"
    write_vectors(make(), path, "safetensors", quantise="int8")
    tensors = load_file(path)
    tensors["vectors_scales"][7] = scale
    save_file(tensors, path, {"textseq": '{"format": 2, "config": {}}'})
    with pytest.raises(ValueError, match="the first is that of 'w7'"):
        _ = read_vectors(path).norms
