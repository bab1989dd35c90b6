"""Vector files: round trips, files of other tools, and what is refused with which words."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import re
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import save as safetensors_save

from textseq.text.vocab import Vocab
from textseq.vectors.files import text_rows, vector_file
from textseq.vectors.files.format_table import VECTOR_FORMATS
from textseq.vectors.files.formats import detect_format, read_vectors, write_vectors
from textseq.vectors.files.vector_file import VectorFile
from textseq.vectors.word_vectors import WordVectors

WORDS = ["the", "\u00a0", "🙂", "한국어", "ö", "\x85", "\u2028", "\ufeff", "</s>", "1", "nan", "-"]
PLAIN = [name for name, row in VECTOR_FORMATS.items() if not (row.needs or row.beside)]
# Each file of Parquet is read by a process of its own.
FORMATS = [pytest.param(n, marks=pytest.mark.slow) if n == "parquet" else n for n in PLAIN]
BLANKS = " \t\n\v\f\r"


def make(words: list[str], rows: np.ndarray | list[list[float]]) -> WordVectors:
    return WordVectors(Vocab(words, specials=()), np.array(rows, np.float32))


def some_vectors(dim: int = 4) -> WordVectors:
    return make(WORDS, np.random.default_rng(0).standard_normal((len(WORDS), dim)))


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    return np.array_equal(a.view(np.uint32), b.view(np.uint32))


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        (tmp_path / "vectors").write_bytes(data)
        return tmp_path / "vectors"

    return write


# ---- the table


def _module_of(format: str) -> str:
    return VECTOR_FORMATS[format].module


@pytest.mark.parametrize("format", FORMATS)
def test_a_row_matches_what_it_writes_and_no_other_does(tmp_path: Path, format: str) -> None:
    write_vectors(some_vectors(), tmp_path / "v", format)
    start = (tmp_path / "v").read_bytes()
    rows = [row for row in VECTOR_FORMATS.values() if row.matches(start)]
    matching = {row.module for row in rows if row.certain} or {row.module for row in rows}
    assert matching == {_module_of(format)}
    for other in (b"", b"\n", b"It was a dark night.\n", b"PK\x03\x04....", b"\x80\x04\x95"):
        assert not VECTOR_FORMATS[format].matches(other)


def test_endings_of_names_are_of_one_format() -> None:
    endings = [row.suffix for row in VECTOR_FORMATS.values() if row.suffix is not None]
    assert len(set(endings)) == len(endings)
    assert all(ending.startswith(".") for ending in endings)


def test_a_header_of_thousands_of_digits_is_none(file: Callable[[bytes], Path]) -> None:
    path = file(b"1 " + b"9" * 5000 + b"\nthe 1\n")
    with pytest.raises(ValueError, match="claims 1 rows of dim 9") as caught:
        read_vectors(path)
    assert str(caught.value).startswith(str(path))


# ---- round trips


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("dim", [1, 4, 300])
def test_round_trip(tmp_path: Path, format: str, dim: int) -> None:
    vectors = some_vectors(dim)
    write_vectors(vectors, tmp_path / "v", format)
    again = read_vectors(tmp_path / "v", format)
    assert list(again) == WORDS
    assert same_bits(again.vectors, vectors.vectors)
    assert [path.name for path in tmp_path.iterdir()] == ["v"]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("dim", [2, 4, 300])
def test_content_tells_the_format(tmp_path: Path, format: str, dim: int) -> None:
    write_vectors(some_vectors(dim), tmp_path / "misleading.bin", format)
    # Of two names of one format it is the first.
    same = [name for name, row in VECTOR_FORMATS.items() if row.module == _module_of(format)]
    assert detect_format(tmp_path / "misleading.bin") == same[0]
    assert list(read_vectors(tmp_path / "misleading.bin")) == WORDS


printable = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=BLANKS), min_size=1, max_size=8
)
finite = st.floats(-(2.0**126), 2.0**126, width=32)  # so that no vector is too long for float32


@settings(max_examples=40, deadline=None)
@given(
    format=st.sampled_from(sorted({*PLAIN} - {"parquet"})),
    words=st.lists(printable, min_size=1, max_size=8, unique=True),
    rows=hnp.arrays(np.float32, (8, 3), elements=finite),
)
def test_any_words_and_floats_come_back(
    tmp_path_factory: pytest.TempPathFactory, format: str, words: list[str], rows: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("round") / "trip"
    assume(format not in ("fasttext-bin", "numpy") or not any("\0" in word for word in words))
    write_vectors(make(words, rows[: len(words)]), path, format)
    again = read_vectors(path, format)
    assert list(again) == words
    assert same_bits(again.vectors, rows[: len(words)])


def test_text_keeps_every_bit_of_a_float32(tmp_path: Path) -> None:
    bits = np.random.default_rng(1).integers(0, 1 << 32, (3000, 10), dtype=np.uint32)
    rows = bits.view(np.float32)
    rows = np.where(np.isfinite(rows) & (np.abs(rows) < 1e38), rows, np.float32(1.1754942e-38))
    write_vectors(make([f"w{k}" for k in range(3000)], rows), tmp_path / "v", "glove")
    assert same_bits(read_vectors(tmp_path / "v").vectors, rows)


def test_safetensors_keeps_what_the_others_lose(tmp_path: Path) -> None:
    vocab = Vocab(["a b", "", "\n"], np.array([9, 5, 0]), specials=())
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    vectors = WordVectors(vocab, rows, config={"mode": "cbow"}, output_vectors=rows + 1)
    write_vectors(vectors, tmp_path / "v", "safetensors")
    again = read_vectors(tmp_path / "v")
    assert again.vocab == vocab
    assert again.config == {"mode": "cbow"}
    np.testing.assert_array_equal(again.output_vectors, rows + 1)


# ---- what the files look like


def test_bytes_of_each_format(tmp_path: Path) -> None:
    vectors = make(["a", "한"], [[1, -0.5], [0.1, 1e-10]])
    expected = {
        "word2vec-text": "2 2\na 1 -0.5\n한 0.1 1e-10\n".encode(),
        "glove": "a 1 -0.5\n한 0.1 1e-10\n".encode(),
        "word2vec-binary": b"2 2\na "
        + struct.pack("<2f", 1, -0.5)
        + "\n한 ".encode()
        + struct.pack("<2f", 0.1, 1e-10)
        + b"\n",
    }
    for format, data in expected.items():
        write_vectors(vectors, tmp_path / format, format)
        assert (tmp_path / format).read_bytes() == data


def zstd(data: bytes) -> bytes:
    return bytes(pyarrow.compress(data, codec="zstd", asbytes=True))


TEXT = b"2 3\nthe 1 2 3\nof 4 5 6\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        TEXT[:-1],
        TEXT.replace(b"\n", b"\r\n"),
        TEXT.replace(b"\n", b" \n"),  # word2vec.c and fastText
        TEXT.replace(b"1 2 3", b"1  2\t3"),
        TEXT.replace(b"the ", b"the\t"),
        TEXT.replace(b"1 2 3", b"+1.0 .2e1 3.E+0"),
        TEXT + b"\n\n",
        b"\xef\xbb\xbf" + TEXT,
        gzip.compress(TEXT),
        bz2.compress(TEXT),
        lzma.compress(TEXT),
        gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:]),
        bz2.compress(TEXT[:9]) + bz2.compress(TEXT[9:]),
        lzma.compress(TEXT[:9]) + lzma.compress(TEXT[9:]),
        zstd(TEXT),
        zstd(TEXT[:9]) + zstd(TEXT[9:]),
    ],
)
def test_text_as_others_write_it(file: Callable[[bytes], Path], data: bytes) -> None:
    vectors = read_vectors(file(data))
    assert list(vectors) == ["the", "of"]
    np.testing.assert_array_equal(vectors.vectors, [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(vectors.vocab.counts, [0, 0])
    assert vectors.config == {"read_from": "vectors"}


@pytest.mark.parametrize("newline", [b"", b"\n"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_binary_as_others_write_it(
    file: Callable[[bytes], Path], newline: bytes, pack: Callable[[bytes], bytes]
) -> None:
    # 0x0a0a0a0a and 0x20202020 as numbers: newlines and spaces that are neither.
    rows = np.array([[0x0A0A0A0A, 0x20202020], [0x3F800000, 0x20202020]], np.uint32)
    body = b"".join(
        word + b" " + row.tobytes() + newline for word, row in zip([b"a", b"b"], rows, strict=True)
    )
    vectors = read_vectors(file(pack(b"2 2\n" + body)), "word2vec-binary")
    assert list(vectors) == ["a", "b"]
    assert same_bits(vectors.vectors, rows.view(np.float32))


def test_glove_words_with_spaces(file: Callable[[bytes], Path]) -> None:
    data = b"the 0.5 1\n. . . 2 3\nat name@domain.com 4 5\n1 6 7\n"
    vectors = read_vectors(file(data))
    assert list(vectors) == ["the", ". . .", "at name@domain.com", "1"]
    np.testing.assert_array_equal(vectors.vectors[1:], [[2, 3], [4, 5], [6, 7]])


def test_one_dimensional_glove_needs_its_name(file: Callable[[bytes], Path]) -> None:
    path = file(b"5 3\nx 4\n")
    assert detect_format(path) != "glove"
    np.testing.assert_array_equal(read_vectors(path, "glove")["5"], [3])


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst", ".zstd", ".GZ"])
def test_packed_by_name_when_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"v.txt{suffix}"
    write_vectors(some_vectors(), path, "glove")
    first = path.read_bytes()
    assert first[:2] in (b"\x1f\x8b", b"BZ", b"\xfd7", b"\x28\xb5")
    assert list(read_vectors(path)) == WORDS
    write_vectors(some_vectors(), path, "glove", overwrite=True)
    assert path.read_bytes() == first


def test_many_blocks_equal_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(2).standard_normal((2500, 7))
    vectors = make([f"{'long' * (k % 9)}{k}" for k in range(2500)], rows)
    monkeypatch.setattr(vector_file, "BYTES_AT_ONCE", 1000)
    monkeypatch.setattr("textseq.vectors.files.word2vec_binary_format.BYTES_AT_ONCE", 1000)
    for format in ("word2vec-text", "glove", "word2vec-binary"):
        for name in (format, format + ".gz"):
            write_vectors(vectors, tmp_path / name, format)
            again = read_vectors(tmp_path / name)
            assert list(again) == list(vectors)
            assert same_bits(again.vectors, vectors.vectors)


def test_fast_parser_equals_the_slow_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_vectors(some_vectors(), tmp_path / "v", "word2vec-text")
    fast = read_vectors(tmp_path / "v")
    monkeypatch.setattr(text_rows, "_parse_fast", lambda lines, dim: None)
    slow = read_vectors(tmp_path / "v")
    assert fast.vocab == slow.vocab
    assert same_bits(fast.vectors, slow.vectors)


def test_against_gensim(tmp_path: Path) -> None:
    keyedvectors = pytest.importorskip("gensim.models.keyedvectors")
    rows = np.random.default_rng(0).standard_normal((3, 5)).astype(np.float32)
    for binary, format in [(False, "word2vec-text"), (True, "word2vec-binary")]:
        theirs = keyedvectors.KeyedVectors(5)
        theirs.add_vectors(["the", "\u00a0", "한국어"], rows)
        theirs.save_word2vec_format(str(tmp_path / format), binary=binary)
        ours = read_vectors(tmp_path / format)
        assert list(ours) == theirs.index_to_key
        assert same_bits(ours.vectors, rows)
        write_vectors(ours, tmp_path / "back", format, overwrite=True)
        again = keyedvectors.KeyedVectors.load_word2vec_format(tmp_path / "back", binary=binary)
        assert again.index_to_key == list(ours)
        assert same_bits(again.vectors, rows)


REAL = {
    "EN.1-10.cbow1_wind5_hs0_neg10_size300_smpl1e-05.txt": ("word2vec-text", 20, 300, "one"),
    "crime-and-punishment.vec": ("word2vec-text", 291, 5, "и"),
    "euclidean_vectors.bin": ("word2vec-binary", 2747, 10, "the"),
    "high_precision.kv.bin": ("word2vec-binary", 2, 2, "kangaroo.n.01"),
    "high_precision.kv.txt": ("word2vec-text", 2, 2, "kangaroo.n.01"),
    "lee_fasttext.vec": ("word2vec-text", 1762, 10, "the"),
    "test_glove.txt": ("glove", 76, 50, "the"),
    "word2vec_pre_kv_c": ("word2vec-text", 1750, 10, "the"),
}


@pytest.mark.parametrize("name", REAL)
def test_real_files(data: Path, name: str) -> None:
    path = data / "vectors" / name
    format, n_words, dim, first = REAL[name]
    assert detect_format(path) == format
    vectors = read_vectors(path)
    assert (len(vectors), vectors.dim, vectors.vocab.tokens[0]) == (n_words, dim, first)
    for query in vectors.vocab.tokens[:3]:
        assert -1 <= vectors.nearest(query, 1)[0].similarity <= 1


# ---- what is refused

BINARY = b"2 3\nthe " + struct.pack("<3f", 1, 2, 3) + b"\nof " + struct.pack("<3f", 4, 5, 6)
NAN = struct.pack("<f", float("nan"))
REFUSED = {
    "empty": (b"", "the file is empty"),
    "header only": (b"2 3\n", "room for row 0 of 2"),
    "no rows": (b"0 3\n", "claims 0 rows of dim 3"),
    "no dim": (b"2 0\nthe\nof\n", "claims 2 rows of dim 0"),
    "negative dim": (b"2 -3\nthe 1 2 3\n", "line 2 has 3 numbers, not 1"),
    "10^12 rows": (b"1000000000000 3\nthe 1 2 3\n", "claims 1,000,000,000,000 rows of dim 3, but"),
    "10^12 rows packed": (
        gzip.compress(b"1000000000000 3\nthe 1 2 3\n"),
        "the file ends after row 1 of 1,000,000,000,000",
    ),
    "10^12 dim": (b"2 1000000000000\nthe 1 2 3\n", "claims 2 rows of dim 1,000,000,000,000"),
    "10^6 dim packed": (
        gzip.compress(b"2 1000000\nthe 1 2\n"),
        "line 2 has 2 numbers, not 1,000,0",
    ),
    "prose": (b"It was a dark night.\n", "begins with .* none of the formats word2vec-text"),
    "cut between rows": (TEXT[:14] + b"\n" * 9, "the file ends after row 1 of 2"),
    "cut in a row": (TEXT[:-3], "line 3 has 2 numbers, not 3"),
    "more rows": (TEXT + b"and 7 8 9\n", "header says 2 rows, but there are more"),
    "one number less": (TEXT.replace(b"1 2 3", b"1 2"), "line 2 has 2 numbers, not 3"),
    "one number more": (TEXT.replace(b"4 5 6", b"4 5 6 7"), "line 3 has 4 numbers, not 3"),
    "more here, less there": (
        TEXT.replace(b"4 5 6", b"4 5").replace(b"1 2 3", b"1 2 3 4"),
        "line 2 has 4 numbers, not 3",
    ),
    "hidden by tab and space": (
        TEXT.replace(b"1 2 3", b"1\t2 3 4").replace(b"4 5 6", b"4  5"),
        "line 2 has 4 numbers, not 3",
    ),
    "no number": (TEXT.replace(b"5", b"x"), "line 3: b'x' is not a number"),
    "half a number": (TEXT.replace(b"5", b"5e"), "line 3: b'5e' is not a number"),
    "two numbers in one": (TEXT.replace(b"5", b"5-5"), "line 3: b'5-5' is not a number"),
    "nan": (TEXT.replace(b"5", b"nan"), "1 of 2 vectors hold NaN, .* that of 'of'"),
    "inf": (TEXT.replace(b"2 3\nof", b"-inf 3\nof"), "1 of 2 vectors hold .* that of 'the'"),
    "too large": (TEXT.replace(b"5", b"1e39"), "too large for float32; .* that of 'of'"),
    "far too large": (TEXT.replace(b"5", b"1e400"), "too large for float32; .* that of 'of'"),
    "no word": (TEXT.replace(b"of", b""), "row 2 has no word"),
    "twice": (TEXT.replace(b"of", b"the"), "'the' stands twice, in row 1 and row 2; duplicates="),
    "not UTF-8": (
        TEXT.replace(b"of", b"\xed\x95"),
        r"word of row 2, b'.xed.x95', is not UTF-8; err",
    ),
    "binary cut": (BINARY[:-3], "the file ends after row 1 of 2"),
    "binary cut short": (BINARY[:-9], "room for row 1 of 2"),
    "binary more": (BINARY + b"and ", "header says 2 rows, but there are more"),
    "binary 10^12 rows": (BINARY.replace(b"2 3", b"1" + b"0" * 12 + b" 3", 1), "room for row 2 of"),
    "binary packed cut": (gzip.compress(BINARY[:-3]), "the file ends after row 1 of 2"),
    "binary packed 10^12": (
        gzip.compress(BINARY.replace(b"2 3", b"1" + b"0" * 12 + b" 3", 1)),
        "the file ends after row 2 of 1,000,000,000,000",
    ),
    "binary nan": (BINARY[:-4] + NAN, "1 of 2 vectors hold NaN, .* that of 'of'"),
    "binary twice": (BINARY.replace(b"of", b"the"), "'the' stands twice, in row 1 and row 2"),
    "binary not UTF-8": (BINARY.replace(b"of", b"\xed\x95"), "word of row 2.* is not UTF-8; err"),
    "binary no word": (BINARY.replace(b"of", b""), "row 2 has no word"),
    "binary endless word": (b"1 1\n\x00" + b"x" * 100_000, "row 1 has no end of its word"),
    "gzip cut": (gzip.compress(TEXT)[:-12], "is cut off or damaged"),
    "gzip damaged": (gzip.compress(TEXT)[:-6] + b"......", "is cut off or damaged"),
    "xz cut": (lzma.compress(TEXT)[:-20], "is cut off or damaged"),
    "bz2 damaged": (bz2.compress(TEXT)[:20] + b"." * 40, "is cut off or damaged"),
    "pickle": (b"\x80\x04\x95", "a pickle, which can run code .* save_word2vec_format"),
    "zip": (b"PK\x03\x04....", "a zip archive; unpack it first"),
    "zstd damaged": (b"\x28\xb5\x2f\xfd....", "is cut off or damaged"),
    "gzip, second member cut": (gzip.compress(TEXT) + gzip.compress(TEXT)[:-9], "cut off or dam"),
    "bz2, second member cut": (bz2.compress(TEXT) + bz2.compress(TEXT)[:-9], "cut off or damaged"),
    "bz2, second member damaged": (bz2.compress(TEXT) + b"BZh9" + b"." * 60, "cut off or damaged"),
    "xz, second member cut": (lzma.compress(TEXT) + lzma.compress(TEXT)[:-9], "cut off or damaged"),
    "xz, second member damaged": (lzma.compress(TEXT) + b"." * 60, "cut off or damaged"),
    "zstd, second frame cut": (zstd(TEXT) + zstd(TEXT)[:-9], "is cut off or damaged"),
    "npy": (b"\x93NUMPY\x01\x00", "a NumPy array without words"),
    "safetensors cut": (struct.pack("<Q", 999) + b'{"vectors":{', "is damaged"),
    "safetensors of others": (struct.pack("<Q", 8) + b'{"a":{} ', "is damaged"),
    "safetensors without words": (
        struct.pack("<Q", 64)
        + b'{"vectors":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}  '
        + b"\x00" * 4,
        "has no tensor 'vectors' with its list of words",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_files_are_refused_by_name(file: Callable[[bytes], Path], case: str) -> None:
    data, message = REFUSED[case]
    path = file(data)
    with pytest.raises(ValueError, match=message) as caught:
        read_vectors(path)
    assert str(caught.value).startswith(str(path))


def test_named_format_that_does_not_fit(file: Callable[[bytes], Path]) -> None:
    with pytest.raises(
        ValueError, match=r"begins with b'the 1 2 3.*not with a line of rows and dim"
    ):
        read_vectors(file(TEXT[4:]), "word2vec-text")
    with pytest.raises(ValueError, match="line 1 is b'a line', not a word and numbers"):
        read_vectors(file(b"a line\n"), "glove")
    with pytest.raises(ValueError, match="no format 'w2v'; there are word2vec-text, word2vec-bin"):
        read_vectors(file(TEXT), "w2v")
    with pytest.raises(ValueError, match="packed safetensors"):
        read_vectors(file(gzip.compress(b"")), "safetensors")
    with pytest.raises(ValueError, match="there are no vectors in it"):
        read_vectors(file(gzip.compress(b"")), "glove")


def test_a_line_without_end_is_not_collected(
    file: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_file, "LONGEST_ROW", 10_000)
    monkeypatch.setattr(vector_file, "BYTES_AT_ONCE", 1_000)
    with pytest.raises(ValueError, match="a line is longer than 10,000 bytes: not text"):
        read_vectors(file(gzip.compress(b"1 " * 100_000)), "glove")


def test_folders_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"is a folder, not a file; WordVectors\.load opens"):
        read_vectors(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_vectors(tmp_path / "none")


def test_options_that_let_bad_files_in(file: Callable[[bytes], Path]) -> None:
    cut = file(TEXT.replace(b"of", b"of\xed\x95"))
    assert list(read_vectors(cut, errors="replace")) == ["the", "of\ufffd"]
    assert list(read_vectors(cut, errors="ignore")) == ["the", "of"]
    twice = file(b"3 1\na 1\nb 2\na 3\n")
    kept = read_vectors(twice, duplicates="first")
    assert list(kept) == ["a", "b"]
    np.testing.assert_array_equal(kept.vectors, [[1], [2]])


# ---- writing


@pytest.mark.parametrize("format", [n for n in PLAIN if not VECTOR_FORMATS[n].any_word])
@pytest.mark.parametrize("word", ["", *(f"a{blank}b" for blank in BLANKS)])
def test_words_that_would_not_come_back(tmp_path: Path, format: str, word: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be written as .*WordVectors\.save") as caught:
        write_vectors(make(["ok", word], [[1], [2]]), tmp_path / "v", format)
    assert str(caught.value).startswith(repr(word))
    assert list(tmp_path.iterdir()) == []


def test_half_a_surrogate_pair(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="half a surrogate pair"):
        write_vectors(make(["\ud83d"], [[1]]), tmp_path / "v", "glove")


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="exists already"):
        write_vectors(some_vectors(), path, "glove")
    assert path.read_text() == "mine"
    write_vectors(some_vectors(), path, "glove", overwrite=True)
    assert list(read_vectors(path)) == WORDS
    with pytest.raises(FileExistsError, match="is a folder"):
        write_vectors(some_vectors(), tmp_path, "glove", overwrite=True)


def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "v"
    path.write_text("mine")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_vectors(some_vectors(), path, "glove", overwrite=True)
    assert path.read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["v"]


def test_a_packed_file_that_unpacks_to_more_than_any_vectors_do(
    file: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory follows the size of the file, whatever is packed in it."""
    monkeypatch.setattr(vector_file, "_UNPACKED_ROOM", 1000)
    line = b"w" + b" 0" * 500_000 + b"\n"
    for pack in (gzip.compress, bz2.compress, lzma.compress):
        packed = file(pack(b"1 500000\n" + line))
        with pytest.raises(ValueError, match="unpacks to more than 10 times its size"):
            read_vectors(packed)
    vectors = some_vectors(50)
    write_vectors(vectors, packed.parent / "v.txt.gz", "word2vec-text")
    assert same_bits(read_vectors(packed.parent / "v.txt.gz").vectors, vectors.vectors)


def test_a_safetensors_file_is_no_pickle_whatever_its_length(tmp_path: Path) -> None:
    """Its first byte is the lowest one of a length: for one header in 32 it is that of a pickle."""
    seen = set()
    for n in range(1, 65):
        vectors = make(["w", "x"], [[1, 2], [3, 4]])
        vectors.config["note"] = "n" * n * 8
        write_vectors(vectors, tmp_path / f"{n}", "safetensors")
        seen.add((tmp_path / f"{n}").read_bytes()[0])
        assert detect_format(tmp_path / f"{n}") == "safetensors"
        assert len(read_vectors(tmp_path / f"{n}", "safetensors")) == 2
    assert 0x80 in seen


def test_numbers_on_disk_that_are_none_name_the_file(tmp_path: Path) -> None:
    from safetensors import safe_open
    from safetensors.numpy import load_file, save_file

    write_vectors(make(["w", "x"], [[1, 2], [3, 4]]), tmp_path / "good.safetensors", "safetensors")
    tensors = load_file(tmp_path / "good.safetensors")
    tensors["vectors"][1, 0] = np.inf
    with safe_open(tmp_path / "good.safetensors", framework="numpy") as file:
        save_file(tensors, tmp_path / "v.safetensors", file.metadata())
    vectors = read_vectors(tmp_path / "v.safetensors")
    for asked in (vectors, vectors.first(2)):
        with pytest.raises(ValueError, match=r"v\.safetensors is damaged: 1 of 2 .* of 'x'"):
            asked.nearest("w")


@pytest.mark.parametrize("metadata", ["[" * 9999, '{"a": NaN}', "1" * 5000])
def test_metadata_of_strangers(tmp_path: Path, metadata: str) -> None:
    from safetensors.numpy import save_file

    for name in ("words", "counts", "config"):
        known = {"words": '["a"]', name: metadata}
        save_file({"vectors": np.ones((1, 2), np.float32)}, tmp_path / "v.safetensors", known)
        with pytest.raises(ValueError, match=r"v\.safetensors: is damaged") as caught:
            read_vectors(tmp_path / "v.safetensors")
        assert len(str(caught.value)) < 400


# ---- the first rows


@pytest.mark.parametrize("format", FORMATS)
def test_the_first_rows_of_a_file(tmp_path: Path, format: str) -> None:
    vectors = some_vectors()
    write_vectors(vectors, tmp_path / "v", format)
    for limit in (1, 5, len(WORDS), 100):
        first = read_vectors(tmp_path / "v", format, limit=limit)
        assert list(first) == WORDS[:limit]
        assert same_bits(first.vectors, vectors.vectors[:limit])
    with pytest.raises(ValueError, match="limit is 0; the least that works is 1"):
        read_vectors(tmp_path / "v", format, limit=0)


@pytest.mark.parametrize("format", ["word2vec-text", "word2vec-binary", "glove"])
def test_what_stands_behind_the_first_rows_is_not_read(
    tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.random.default_rng(0).standard_normal((5000, 4))
    write_vectors(make([f"w{number}" for number in range(5000)], rows), tmp_path / "v", format)
    monkeypatch.setattr(vector_file, "BYTES_AT_ONCE", 1000)
    monkeypatch.setattr("textseq.vectors.files.word2vec_binary_format.BYTES_AT_ONCE", 1000)
    n_read = 0
    read = VectorFile.read

    def counting(self: VectorFile, n: int) -> bytes:
        nonlocal n_read
        data = read(self, n)
        n_read += len(data)
        return data

    monkeypatch.setattr(VectorFile, "read", counting)
    assert len(read_vectors(tmp_path / "v", format, limit=10)) == 10
    assert n_read < 5000 + min(1 << 20, (tmp_path / "v").stat().st_size)  # the sample is one look


def test_empty_lines_are_no_rows_of_the_first(file: Callable[[bytes], Path]) -> None:
    assert list(read_vectors(file(b"a 1 2\n\n\nb 3 4\nc 5 6\n"), limit=2)) == ["a", "b"]


# ---- words with spaces


def test_words_with_spaces_where_the_header_gives_the_dim(file: Callable[[bytes], Path]) -> None:
    words = ["New York", "World War 2", "7 11", "to infinity", "not a nan", "a  b", "x"]
    rows = "".join(f"{word} 0.5 1 -2e-3\n" for word in words)
    found = read_vectors(file(f"7 3\n{rows}".encode()))
    assert list(found) == words
    assert found.vectors.tolist() == [pytest.approx([0.5, 1, -2e-3])] * 7


def test_a_number_too_many_is_no_word(file: Callable[[bytes], Path]) -> None:
    for row in (b"of 0.25 0.5 1.5 2.5", b"of 4 5 6 7", b"of -1 0.5 1.5 2.5"):
        with pytest.raises(ValueError, match="line 2 has 4 numbers, not 3"):
            read_vectors(file(b"1 3\n" + row + b"\n"))


# ---- pipes


@pytest.mark.parametrize("format", FORMATS)
def test_vectors_from_a_pipe(tmp_path: Path, format: str) -> None:
    vectors, pipe = some_vectors(), tmp_path / "pipe"
    write_vectors(vectors, tmp_path / "v", format)
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=((tmp_path / "v").read_bytes(),))
    writer.daemon = True
    writer.start()
    again = read_vectors(pipe)
    assert list(again) == WORDS
    assert same_bits(again.vectors, vectors.vectors)
    threading.Thread(target=pipe.write_bytes, args=(b"",), daemon=True).start()
    with pytest.raises(ValueError, match=re.escape(f"{pipe}: the file is empty")):
        read_vectors(pipe)


# ---- safetensors


def test_equal_vectors_are_equal_bytes(tmp_path: Path) -> None:
    vocab = Vocab(WORDS, np.arange(len(WORDS)), specials=())
    config = {f"option {number}": number for number in range(20)}
    rows = some_vectors().vectors
    contents = set()
    for number in range(5):
        vectors = WordVectors(vocab, rows, config=config, output_vectors=rows + 1)
        write_vectors(vectors, tmp_path / f"{number}", "safetensors")
        contents.add((tmp_path / f"{number}").read_bytes())
    assert len(contents) == 1
    (data,) = contents
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert list(header["__metadata__"]) == ["textseq"]
    assert "한국어" not in str(header)  # the words are no part of it


def test_files_with_words_as_metadata_are_read(tmp_path: Path) -> None:
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    metadata = {
        "words": json.dumps(["a b", "", "한"]), "counts": "[9, 5, 0]", "config": '{"dim": 2}'
    }  # fmt: skip
    (tmp_path / "v").write_bytes(safetensors_save({"vectors": rows}, metadata))
    again = read_vectors(tmp_path / "v")
    assert again.vocab == Vocab(["a b", "", "한"], np.array([9, 5, 0]), specials=())
    assert (again.vectors.tolist(), again.config) == (rows.tolist(), {"dim": 2})
    assert list(read_vectors(tmp_path / "v", limit=2)) == ["a b", ""]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ends": np.array([1, 0, 3])}, "its words do not end where it says"),
        ({"ends": np.array([1, 2, 4])}, "its words do not end where it says"),
        ({"ends": np.array([1, 2, 3], np.int32)}, "its words are no bytes with their ends"),
        ({"ends": np.array([1, 3])}, "2 tokens but 3 counts"),
        ({"words": np.frombuffer(b"a\xffc", np.uint8)}, "is damaged: 'utf-8' codec"),
        ({"words": np.frombuffer(b"aac", np.uint8)}, "stand twice"),
        ({"counts": np.array([1, 2])}, "3 tokens but 2 counts"),
        ({"counts": np.array([1.5, 2, 3])}, "counts are float64"),
        ({"vectors": np.ones(3, np.float32)}, "need one row a word"),
    ],
)
def test_wrong_tensors_are_refused(
    tmp_path: Path, change: dict[str, np.ndarray], message: str
) -> None:
    tensors = {
        "vectors": np.ones((3, 2), np.float32), "ends": np.array([1, 2, 3]),
        "counts": np.array([3, 2, 1]), "words": np.frombuffer(b"abc", np.uint8),
    }  # fmt: skip
    metadata = {"textseq": '{"format": 2, "config": {}}'}
    (tmp_path / "v").write_bytes(safetensors_save(tensors, metadata))
    assert list(read_vectors(tmp_path / "v")) == ["a", "b", "c"]
    (tmp_path / "v").write_bytes(safetensors_save(tensors | change, metadata))
    with pytest.raises(ValueError, match=f"v: .*{message}"):
        read_vectors(tmp_path / "v")


@pytest.mark.slow
def test_a_million_long_words(tmp_path: Path) -> None:
    words = [f"{number:0110d}" for number in range(1_000_000)]  # more than a header holds
    vectors = WordVectors(Vocab(words, specials=()), np.ones((len(words), 1), np.float32))
    write_vectors(vectors, tmp_path / "v", "safetensors")
    assert read_vectors(tmp_path / "v").vocab.tokens == words


# ---- compiled and plain ways


def test_numbers_as_text_and_back() -> None:
    from textseq.vectors.files.number_text import format_rows, parse_lines

    odd = [0, -0.0, 1, -0.5, 0.1, 1e-10, 3.4028235e38, 123456789, 1e-4, 1e-5, 1e8, 1e9, 123456.7]
    rows = np.array([odd, np.random.default_rng(0).standard_normal(len(odd))], np.float32)
    lines = format_rows(rows)
    assert lines == text_rows._format_slow(rows)
    assert lines[0] == (
        b"0 -0 1 -0.5 0.1 1e-10 3.4028235e+38 123456790 0.0001 1e-05 100000000 1e+09 123456.7"
    )
    # Where a number with fewer digits lies half-way to the next one, the plain way takes it.
    rows = np.random.default_rng(2).standard_normal((50, 100)).astype(np.float32) / 10
    assert format_rows(rows) == text_rows._format_slow(rows)
    powers = (2.0 ** np.arange(-149, 128)).astype(np.float32)  # whose neighbours below are nearer
    for row in (powers, np.nextafter(powers, np.float32(0)), -np.nextafter(powers, np.float32(1))):
        (line,) = format_rows(row[None])
        assert same_bits(np.array([float(field) for field in line.split()], "f4"), row)
    bits = np.random.default_rng(1).integers(0, 1 << 32, (3000, 10), dtype=np.uint32)
    bits[:9, 0] = [1, 2, 0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0x3F800000, 0x80000000, 0, 0x3F7FFFFF]
    rows = bits.view(np.float32)
    rows = np.where(np.isfinite(rows), rows, np.float32(1))
    lines = format_rows(rows)
    assert all(same_bits(np.array(row), np.array([float(field) for field in line.split()], "f4"))
               for row, line in zip(rows, lines, strict=True))  # fmt: skip
    assert max(len(field) for line in lines for field in line.split()) <= 15
    found = parse_lines(b"".join(b"w %b \r\n\n" % line for line in lines), 10)
    assert found is not None
    assert found[0] == [b"w"] * len(rows)
    assert same_bits(found[1], rows)


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        (b"w 1 2", [1, 2]),
        (b"w 0.30000000000000004 -1e-45", [0.3, -1e-45]),
        (b"w 12345678901234567890123 1E+5 \r", [12345678901234567890123, 1e5]),
        (b"w .5 5.", [0.5, 5]),
        (b"w 1e400 0e999999", [np.inf, 0]),
        (b"\n\nw 1 2\n\n", [1, 2]),
        (b"w 1", None), (b"w 1 2 3", None), (b"w  1 2", None), (b"w\t1 2", None),
        (b" 1 2", None), (b"w 1 nan", None), (b"w 1 2x", None), (b"w 1 +2", None), (b"w 1 -", None),
        (b"w 1 1e", None), (b"w 1 1e+", None), (b"w 1 1.2.3", None), (b"w 1 1-2", None),
        (b"a b 1 2", None), (b"w", None), (b"w 1 0x1", None), (b"w 1 2e9999999", None),
    ],
)  # fmt: skip
def test_lines_that_the_compiled_way_reads(line: bytes, numbers: list[float] | None) -> None:
    from textseq.vectors.files.number_text import parse_lines

    found = parse_lines(line, 2)
    if numbers is None:
        assert found is None
    else:
        assert found is not None
        assert found[0] == [b"w"]
        assert same_bits(found[1][0], np.array(numbers, np.float64).astype(np.float32))


@pytest.mark.parametrize("format", ["word2vec-text", "glove"])
def test_many_rows_are_written_and_read_as_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    rows = np.random.default_rng(2).standard_normal((3000, 9)).astype(np.float32)
    vectors = make([f"w{number}" for number in range(3000)], rows)
    write_vectors(vectors, tmp_path / "few", format)
    monkeypatch.setattr(text_rows, "_MANY_NUMBERS", 100)
    monkeypatch.setattr(text_rows, "_MANY_BYTES", 100)
    write_vectors(vectors, tmp_path / "many", format)
    assert (tmp_path / "many").read_bytes() == (tmp_path / "few").read_bytes()
    again = read_vectors(tmp_path / "few")
    assert list(again) == list(vectors)
    assert same_bits(again.vectors, rows)
    for case, (data, message) in REFUSED.items():
        if not case.startswith(("gzip", "far too")):
            (tmp_path / "bad").write_bytes(data)
            with pytest.raises(ValueError, match=message):
                read_vectors(tmp_path / "bad")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([b"w", b" ", b"\n", b"1", b"-2.5", b"e", b"E-3", b".", b"\r", b"\t",
                              b"+", b"9" * 20, b"nan", b"\xff", b"1 2\nw 3 4\n"]), max_size=30)
)  # fmt: skip
def test_the_compiled_way_reads_nothing_else_than_the_plain_one(parts: list[bytes]) -> None:
    from textseq.vectors.files.number_text import parse_lines

    data = b"w 1 2\n" + b"".join(parts)
    found = parse_lines(data, 2)
    if found is not None:
        with VectorFile(Path(__file__)) as source:
            plain = text_rows._parse_slow(source, data.split(b"\n"), 2, 1, spaced=False)
        assert found[0] == plain[0]
        assert same_bits(found[1], plain[1])
