"""Files in word2vec's formats: byte for byte gensim's, and read as gensim reads them."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.compat.gensim.models import KeyedVectors

Both = tuple[Any, KeyedVectors]
SMALL = b"3 2\nking 1 2.5\nqueen -1 1e-3\nman 0.5 0\n"


def equal(theirs: Any, ours: KeyedVectors) -> None:
    assert theirs.index_to_key == ours.index_to_key
    assert theirs.key_to_index == ours.key_to_index
    assert theirs.vectors.dtype == ours.vectors.dtype
    assert np.array_equal(theirs.vectors, ours.vectors)
    assert list(theirs.expandos) == list(ours.expandos)
    assert theirs.expandos["count"].tolist() == ours.expandos["count"].tolist()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"binary": True},
        {"write_header": False},
        {"prefix": "*dt_"},
        {"binary": True, "prefix": "x"},
        {"total_vec": 999},
        {"sort_attr": "weight"},
        {"sort_attr": "no such attribute"},
    ],
    ids=lambda options: "-".join(options) or "defaults",
)
def test_the_same_bytes(both: Both, tmp_path: Path, options: dict[str, Any]):
    written = []
    for name, kv in zip(("theirs", "ours"), both, strict=True):
        kv.expandos["weight"] = np.arange(len(kv)) % 7
        vocab = None if "no such attribute" in options.values() else str(tmp_path / f"{name}.vocab")
        kv.save_word2vec_format(str(tmp_path / name), fvocab=vocab, **options)
        written.append([(tmp_path / name).read_bytes(), vocab and Path(vocab).read_bytes()])
    assert written[0] == written[1]


def test_appending(both: Both, tmp_path: Path):
    for name, kv in zip(("theirs", "ours"), both, strict=True):
        for _ in range(2):
            kv.save_word2vec_format(str(tmp_path / name), append=True)
    assert (tmp_path / "theirs").read_bytes() == (tmp_path / "ours").read_bytes()


def test_counts_that_there_are_none_of(both: Both, tmp_path: Path):
    for kv in both:
        del kv.expandos["count"]
        with pytest.raises(ValueError, match="Cannot store vocabulary with 'count'"):
            kv.save_word2vec_format(tmp_path / "x", fvocab=tmp_path / "y")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("limit", [None, 2, 500])
@pytest.mark.parametrize("binary", [True, False])
def test_reading(both: Both, tmp_path: Path, binary: bool, limit: int | None):
    path, vocab = str(tmp_path / "v"), str(tmp_path / "v.vocab")
    both[0].expandos["count"] *= 3
    both[0].save_word2vec_format(path, fvocab=vocab, binary=binary)
    for options in ({}, {"fvocab": vocab}, {"datatype": np.float16}):
        given = {"binary": binary, "limit": limit} | options
        equal(*(type(kv).load_word2vec_format(path, **given) for kv in both))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # gensim's files
def test_reading_without_a_header(both: Both, tmp_path: Path):
    path = str(tmp_path / "v")
    both[0].save_word2vec_format(path, write_header=False)
    for limit in (None, 3):
        options = {"no_header": True, "limit": limit}
        equal(*(type(kv).load_word2vec_format(path, **options) for kv in both))
    with pytest.raises(NotImplementedError, match="no_header"):
        KeyedVectors.load_word2vec_format(path, no_header=True, binary=True)


@pytest.mark.parametrize(
    ("word", "options"),
    [
        ("café".encode("latin-1"), {"encoding": "latin-1"}),
        ("café".encode("latin-1"), {"unicode_errors": "ignore"}),
        ("café".encode("latin-1"), {"unicode_errors": "replace"}),
        (b"king", {}),  # for the second time
        (b"k\xe9ing", {"unicode_errors": "ignore"}),  # for the second time, once decoded
    ],
)
def test_words_in_other_encodings(both: Both, tmp_path: Path, word: bytes, options: dict[str, Any]):
    path = tmp_path / "v"
    path.write_bytes(b"2 1\nking 1\n" + word + b" 2\n")
    theirs = type(both[0]).load_word2vec_format(str(path), **options)
    ours = KeyedVectors.load_word2vec_format(path, **options)
    assert ours.index_to_key == [key for key in theirs.index_to_key if key is not None]
    assert np.array_equal(ours.vectors, theirs.vectors[: len(ours)])


def test_bytes_that_are_no_utf8(tmp_path: Path):
    (tmp_path / "v").write_bytes(b"1 1\nk\xe9ing 1\n")
    with pytest.raises(UnicodeDecodeError):
        KeyedVectors.load_word2vec_format(tmp_path / "v")


@pytest.mark.parametrize(
    "data",
    [b"", b"king 1 2\n", SMALL[:-12], SMALL[:20], SMALL.replace(b"3 2", b"9 2"), b"3 x\n"],
    ids=["empty", "no header", "cut off", "cut off early", "too few", "no number"],
)
@pytest.mark.parametrize("binary", [True, False])
def test_damaged_files(tmp_path: Path, data: bytes, binary: bool):
    (tmp_path / "v").write_bytes(data)
    for kind in (ValueError, EOFError):
        with pytest.raises(kind, match=str(tmp_path / "v")):
            KeyedVectors.load_word2vec_format(tmp_path / "v", binary=binary)


def test_a_file_that_holds_more_than_it_says(tmp_path: Path):
    """gensim reads two of the three."""
    (tmp_path / "v").write_bytes(SMALL.replace(b"3 2", b"2 2"))
    with pytest.raises(ValueError, match="there are more"):
        KeyedVectors.load_word2vec_format(tmp_path / "v")


def test_counts_of_other_words(tmp_path: Path):
    (tmp_path / "v").write_bytes(SMALL)
    (tmp_path / "v.vocab").write_bytes(b"king 5\nman 3\n")
    with pytest.raises(ValueError, match=r"no count of 1 words; one is 'queen'"):
        KeyedVectors.load_word2vec_format(tmp_path / "v", fvocab=tmp_path / "v.vocab")


def test_packed_files(ours: KeyedVectors, tmp_path: Path):
    ours.save_word2vec_format(tmp_path / "v.gz", binary=True)
    ours.save_word2vec_format(tmp_path / "v", binary=True)
    assert gzip.decompress((tmp_path / "v.gz").read_bytes()) == (tmp_path / "v").read_bytes()
    equal(ours, KeyedVectors.load_word2vec_format(tmp_path / "v.gz", binary=True))


def test_a_failed_write_leaves_what_was_there(ours: KeyedVectors, tmp_path: Path):
    (tmp_path / "v").write_bytes(b"before")
    ours.index_to_key[100] = "\ud800"  # half a pair
    with pytest.raises(UnicodeEncodeError):
        ours.save_word2vec_format(tmp_path / "v")
    assert (tmp_path / "v").read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 1


def test_taking_over_vectors(ours: KeyedVectors, tmp_path: Path):
    before = ours.vectors.copy()
    (tmp_path / "v").write_bytes(b"2 17\nw3" + b" 1" * 17 + b"\nunknown" + b" 2" * 17 + b"\n")
    ours.intersect_word2vec_format(tmp_path / "v", lockf=0.5)
    assert ours["w3"].all()
    assert np.array_equal(np.delete(ours.vectors, 3, 0), np.delete(before, 3, 0))
    assert ours.vectors_lockf.tolist() == [1.0] * 3 + [0.5] + [1.0] * 207
    (tmp_path / "v").write_bytes(b"1 2\nw3 1 1\n")
    with pytest.raises(ValueError, match="incompatible vector size 2"):
        ours.intersect_word2vec_format(tmp_path / "v")
