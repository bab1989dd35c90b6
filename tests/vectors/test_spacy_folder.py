"""spaCy's folders: what its package writes and reads, and what is refused with which words."""

from __future__ import annotations

import json
import pkgutil
import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.text.notices import TextNotice
from textseq.text.vocab import Vocab
from textseq.vectors.files import spacy_folder
from textseq.vectors.files.formats import read_vectors, write_vectors
from textseq.vectors.files.spacy_keys import NAMES, keys_of, read_map, write_map
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import WordVectors

WORDS = ["king", "number", "한국어", "LAW", "new york", "\n", "a" * 40]
ROWS = np.random.default_rng(0).standard_normal((len(WORDS), 5)).astype(np.float32)


def make(words: list[str] = WORDS, rows: np.ndarray = ROWS) -> WordVectors:
    return WordVectors(Vocab(words, specials=()), rows)


def folder_of(
    path: Path, words: list[str], row_of: list[int], rows: np.ndarray, **config: Any
) -> Path:
    """A bare `vocab` as spaCy writes it."""
    path.mkdir()
    np.save(path / "vectors.npy", rows)
    (path / "vectors.npy").rename(path / "vectors")
    (path / "key2row").write_bytes(write_map(keys_of(words), row_of))
    (path / "strings.json").write_text(json.dumps(sorted(set(words) | {"nothing"})))
    (path / "vectors.cfg").write_text(json.dumps({"mode": "default"} | config))
    return path


# ---- keys


def test_keys_are_those_of_spacy():
    assert keys_of(["king", "", "number", "LAW"]).tolist() == [
        7464393751932445219, 0, NAMES.index("number"), NAMES.index("LAW")
    ]  # fmt: skip
    assert (len(NAMES), NAMES[-1], NAMES.index("ORTH")) == (457, "_", 65)


@pytest.mark.slow
def test_keys_against_spacy():
    strings = pytest.importorskip("spacy.strings")
    symbols = pytest.importorskip("spacy.symbols")
    assert {name: key for key, name in enumerate(NAMES)} == symbols.IDS
    rng = np.random.default_rng(0)
    letters = list("abc é한🙂")
    words = ["".join(rng.choice(letters, n)) for n in rng.integers(0, 40, 500)] + NAMES
    assert keys_of(words).tolist() == [strings.get_string_id(word) for word in words]


def test_maps_of_all_widths_of_numbers():
    numbers = [0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**64 - 1]
    written = [
        b"\x00", b"\x7f", b"\xcc\x80", b"\xcc\xff", b"\xcd\x01\x00", b"\xcd\xff\xff",
        b"\xce\x00\x01\x00\x00", b"\xce\xff\xff\xff\xff", b"\xcf\x00\x00\x00\x01\x00\x00\x00\x00",
        b"\xcf" + b"\xff" * 8,
    ]  # fmt: skip
    entries = b"".join(key + b"\x05" for key in written)
    for head in (b"\x8a", b"\xde\x00\x0a", b"\xdf\x00\x00\x00\x0a"):
        keys, values = read_map(head + entries)
        assert (keys.tolist(), values.tolist()) == (numbers, [5] * 10)
        for length in range(len(head + entries)):
            with pytest.raises(ValueError, match=r"is empty|claims|is cut off"):
                read_map((head + entries)[:length])
    keys, values = read_map(write_map(np.array(numbers, np.uint64), np.arange(10)))
    assert (keys.tolist(), values.tolist()) == (numbers, list(range(10)))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x91\x01", "is no map"),
        (b"\xdf\xff\xff\xff\xff\x01\x01", "claims 4,294,967,295 keys in 7 bytes"),
        (b"\x81\x01\xff", "entry 1 of 1 is cut off, or no whole number"),
        (b"\x81\xa1a\x01", "entry 1 of 1"),
        (b"\x82\x01\x01\x01\x02", "stands twice"),
        (b"\x81\x01\x01\x01", "1 bytes behind"),
    ],
)
def test_maps_that_are_none(data: bytes, message: str):
    with pytest.raises(ValueError, match=message):
        read_map(data)


# ---- there and back


def test_round_trip(tmp_path: Path):
    write_vectors(make(), tmp_path / "v", "spacy")
    for place in (tmp_path / "v", tmp_path / "v" / "vocab"):
        again = read_vectors(place)
        assert list(again) == WORDS
        np.testing.assert_array_equal(again.vectors, ROWS)
    assert again.config == {"read_from": "vocab"}
    with pytest.raises(FileExistsError):
        write_vectors(make(), tmp_path / "v", "spacy")
    write_vectors(make(), tmp_path / "v", "spacy", overwrite=True, reduce=2)
    assert read_vectors(tmp_path / "v").dim == 2
    for language in ("English", "zzz", "EN", "a b: c", ""):
        with pytest.raises(ValueError, match=f"language is '{language}'; spaCy has en, ko .* xx "):
            write_vectors(make(), tmp_path / "w", "spacy", language=language)
    with pytest.raises(ValueError, match="the empty word cannot be written as spacy"):
        write_vectors(make(["", "a"], ROWS[:2]), tmp_path / "w", "spacy")
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("name", ["vectors", "key2row", "strings.json", "whole"])
def test_a_file_that_is_missing(tmp_path: Path, name: str):
    write_vectors(make(), tmp_path / "v", "spacy")
    vocab = tmp_path / "v" / "vocab"
    shutil.rmtree(vocab) if name == "whole" else (vocab / name).unlink()
    missing = vocab / ("vectors" if name == "whole" else name)
    with pytest.raises(ValueError, match=re.escape(f"{missing} is missing; the folder is damaged")):
        read_vectors(tmp_path / "v")


def test_words_that_share_a_row(tmp_path: Path):
    words = ["a", "b", "c", "d"]
    place = folder_of(tmp_path / "v", words, [1, 0, 1, 1], ROWS[:2])
    vectors = read_vectors(place)
    assert list(vectors) == words
    np.testing.assert_array_equal(vectors.vectors, ROWS[[1, 0, 1, 1]])
    assert list(read_vectors(place, limit=2)) == ["a", "b"]
    (tmp_path / "list").write_text("d\nzebra\nb\n")
    chosen = read_vectors(place, only_words=tmp_path / "list")
    assert list(chosen) == ["d", "b"]
    np.testing.assert_array_equal(chosen.vectors, ROWS[[1, 0]])


def test_keys_without_a_string_are_left_out(tmp_path: Path):
    place = folder_of(tmp_path / "v", ["a", "b", "c"], [0, 1, 2], ROWS[:3])
    (place / "strings.json").write_text('["a", "c"]')
    with pytest.warns(TextNotice, match=r"1 of 3 vectors are of words that strings\.json does not"):
        vectors = read_vectors(place)
    assert list(vectors) == ["a", "c"]
    np.testing.assert_array_equal(vectors.vectors, ROWS[[0, 2]])
    (place / "strings.json").write_text("[]")
    with (
        pytest.warns(TextNotice),
        pytest.raises(ValueError, match="v: none of the words has a vector"),
    ):
        read_vectors(place)


def floret_vectors(minn: int = 2) -> SubwordVectors:
    hashes = NgramHashes("floret", 30, minn, 4, 2, 7)
    table = NgramTable(hashes, np.random.default_rng(1).standard_normal((30, 5)).astype(np.float32))
    words = ["king", "서울", "number"]
    return SubwordVectors(Vocab(words, specials=()), table.means(words)[0], table)


def test_a_table_of_n_grams(tmp_path: Path):
    vectors = floret_vectors()
    write_vectors(vectors, tmp_path / "v", "spacy")
    again = read_vectors(tmp_path / "v")
    assert isinstance(again, SubwordVectors)
    assert sorted(again) == ["king", "서울"]  # what is a name of spaCy's is no string
    for word in (*vectors, "kings"):
        np.testing.assert_allclose(again[word], vectors[word], rtol=1e-6)
    (tmp_path / "list").write_text("unknown\nking\n")
    assert list(read_vectors(tmp_path / "v", only_words=tmp_path / "list")) == ["unknown", "king"]
    # n-grams that spaCy would hash otherwise are left at home
    write_vectors(floret_vectors(1), tmp_path / "w", "spacy")
    assert list(read_vectors(tmp_path / "w")) == list(vectors)


# ---- what is damaged


def test_cut_at_every_byte(tmp_path: Path):
    place = folder_of(tmp_path / "v", ["a", "b", "c"], [1, 0, 1], ROWS[:2])
    for name in ("vectors", "key2row", "strings.json", "vectors.cfg"):
        whole = (place / name).read_bytes()
        for length in range(len(whole)):
            (place / name).write_bytes(whole[:length])
            with pytest.raises(ValueError, match=name):
                read_vectors(place, "spacy")
        (place / name).write_bytes(whole)
    assert len(read_vectors(place)) == 3


def _array(array: np.ndarray) -> Callable[[Path], object]:
    def write(place: Path) -> None:
        with (place / "vectors").open("wb") as file:
            np.save(file, array)

    return write


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_array(ROWS[:1]), "key2row is damaged: row 1 of 1 is named"),
        (_array(ROWS[0]), "vectors holds float32 of shape"),
        (_array(ROWS[:, :0]), "vectors holds float32 of shape"),
        (_array(np.arange(6).reshape(2, 3)), "vectors holds int64"),
        (lambda place: (place / "strings.json").write_text('{"a": 1}'), "is no list of strings"),
        (lambda place: (place / "strings.json").write_text('["a", 1]'), "is no list of strings"),
        (lambda place: (place / "strings.json").write_text('["\\ud800"]'), "surrogate"),
        (lambda place: (place / "vectors.cfg").write_text('{"mode": "x"}'), "has the mode 'x'"),
        (lambda place: (place / "vectors.cfg").write_text("[]"), "has the mode 'None'"),
        (lambda place: (place / "vectors.cfg").write_text('{"mode": "floret"}'), "of its n-grams"),
        (lambda place: (place / "key2row").write_bytes(b"\xdf\xff\xff\xff\xff"), "claims 4,294"),
    ],
)
def test_what_is_refused(tmp_path: Path, change: Callable[[Path], object], message: str):
    place = folder_of(tmp_path / "v", ["a", "b"], [1, 0], ROWS[:2])
    change(place)
    with pytest.raises(ValueError, match=message) as caught:
        read_vectors(place)
    assert str(place) in str(caught.value)


def test_many_words_that_claim_one_long_row(tmp_path: Path):
    words = [f"w{number}" for number in range(3000)]
    place = folder_of(tmp_path / "v", words, [0] * 3000, np.ones((1, 1 << 15), np.float32))
    with pytest.raises(ValueError, match="its 3,000 words share 1 rows; a row for each would take"):
        read_vectors(place)
    assert len(read_vectors(place, limit=10)) == 10


def test_a_row_that_is_not_finite_is_found_when_it_is_used(tmp_path: Path):
    rows = ROWS[:2].copy()
    rows[1, 3] = np.nan
    vectors = read_vectors(folder_of(tmp_path / "v", ["a", "b"], [0, 1], rows))
    with pytest.raises(ValueError, match=r"vectors is damaged: .* the first is that of 'b'"):
        vectors.nearest("a")


# ---- against spaCy


@pytest.mark.slow
def test_spacy_opens_what_is_written(tmp_path: Path):
    spacy = pytest.importorskip("spacy")
    vocab = pytest.importorskip("spacy.vocab").Vocab
    write_vectors(make(), tmp_path / "v", "spacy")
    nlp = spacy.load(tmp_path / "v")
    for word, row in zip(WORDS, ROWS, strict=True):
        np.testing.assert_array_equal(nlp.vocab[word].vector, row)
    assert not nlp.vocab.has_vector("zebra")
    assert [token.text for token in nlp('The king, "number"!')] == [
        "The", "king", ",", '"', "number", '"', "!"
    ]  # fmt: skip
    assert nlp("king")[0].similarity(nlp("number")[0]) == pytest.approx(
        make().similarity("king", "number"), abs=1e-6
    )
    bare = vocab().from_disk(tmp_path / "v" / "vocab")
    np.testing.assert_array_equal(bare["한국어"].vector, ROWS[2])
    lang: Any = pytest.importorskip("spacy.lang")
    assert {each.name for each in pkgutil.iter_modules(lang.__path__) if each.ispkg} == set(
        spacy_folder._LANGUAGES.split()
    )
    write_vectors(make(), tmp_path / "de", "spacy", language="de")
    german = spacy.blank("de")
    train = pytest.importorskip("spacy.training.initialize")
    train.load_vectors_into_model(german, str(tmp_path / "de"))
    np.testing.assert_array_equal(german.vocab["number"].vector, ROWS[1])
    write_vectors(floret_vectors(), tmp_path / "f", "spacy")
    nlp = spacy.load(tmp_path / "f")
    assert nlp.vocab.vectors.mode == "floret"
    for word in ("king", "kings", "서울", "number"):
        np.testing.assert_allclose(nlp.vocab[word].vector, floret_vectors()[word], atol=1e-6)


@pytest.mark.slow
def test_what_spacy_writes_is_read(tmp_path: Path):
    spacy = pytest.importorskip("spacy")
    nlp = spacy.blank("en")
    rng = np.random.default_rng(2)
    words = [f"word{number}" for number in range(50)] + ["number", "DATE", "서울"]
    for word in words:
        nlp.vocab.set_vector(word, rng.standard_normal(6).astype(np.float32))
    nlp.to_disk(tmp_path / "whole")
    vectors = read_vectors(tmp_path / "whole")
    assert list(vectors) == words
    for word in words:
        np.testing.assert_array_equal(vectors[word], nlp.vocab[word].vector)
    nlp.vocab.prune_vectors(10)
    nlp.to_disk(tmp_path / "pruned")
    vectors = read_vectors(tmp_path / "pruned")
    assert sorted(vectors) == sorted(words)
    assert len(np.unique(vectors.vectors, axis=0)) == 10
    for word in words:
        np.testing.assert_array_equal(vectors[word], nlp.vocab[word].vector)
    table = floret_vectors().subwords
    nlp.vocab.vectors = spacy.vectors.Vectors(
        strings=nlp.vocab.strings, data=table.rows, mode="floret", minn=2, maxn=4, hash_count=2,
        hash_seed=7,
    )  # fmt: skip
    nlp.to_disk(tmp_path / "floret")
    vectors = read_vectors(tmp_path / "floret")
    for word in ("word7", "서울", "unseen"):
        np.testing.assert_allclose(vectors[word], nlp.vocab[word].vector, atol=1e-6)


def test_struct_of_an_entry():
    """One entry by hand: nine bytes of a key, five of a row."""
    data = write_map(np.array([7], np.uint64), np.array([3]))
    assert data == b"\xdf\x00\x00\x00\x01\xcf" + struct.pack(">Q", 7) + b"\xce\x00\x00\x00\x03"
