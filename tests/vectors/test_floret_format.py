"""floret's tables: against floret and spaCy, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.files.formats import detect_format, read_vectors, write_vectors
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import WordVectors

WORDS = ["king", "서울", "naïve", "queen"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A table of floret's, and the model that has it."""
    floret = pytest.importorskip("floret")
    folder = tmp_path_factory.mktemp("floret")
    (folder / "text").write_text((" ".join(WORDS) + "\n") * 50, encoding="utf-8")
    model = floret.train_unsupervised(
        str(folder / "text"), mode="floret", dim=10, bucket=96, minn=2, maxn=4, hashCount=2,
        minCount=1, epoch=1, thread=10, verbose=0,
    )  # fmt: skip
    model.save_floret_vectors(str(folder / "v.floret"))
    (folder / "words").write_text("\n".join([*WORDS, "unknown", WORDS[0], ""]), encoding="utf-8")
    return folder, model


def test_words_have_the_vectors_of_floret(model: tuple[Path, Any], tmp_path: Path):
    folder, theirs = model
    assert detect_format(folder / "v.floret") == "floret"
    vectors = read_vectors(folder / "v.floret", only_words=folder / "words")
    assert isinstance(vectors, SubwordVectors)
    assert list(vectors) == [*WORDS, "unknown"]
    # The first word of a model has a row of its own, which the table lacks.
    for word in [*(set(vectors) - {theirs.words[0]}), "kings", "서"]:
        wanted = theirs.get_word_vector(word)  # which the file has with five digits
        np.testing.assert_allclose(vectors[word], wanted, rtol=1e-3, atol=1e-4)
    assert [each.word for each in vectors.nearest("kings", 1)] == [
        max(vectors, key=lambda word: vectors.similarity(word, "kings"))
    ]
    write_vectors(vectors, tmp_path / "v.floret", "floret")
    again = read_vectors(tmp_path / "v.floret", only_words=folder / "words", limit=2)
    assert list(again) == WORDS[:2]
    np.testing.assert_array_equal(again["kings"], vectors["kings"])


def test_spacy_finds_the_same(model: tuple[Path, Any]):
    spacy = pytest.importorskip("spacy.vectors")
    strings = pytest.importorskip("spacy.strings")
    vectors = read_vectors(model[0] / "v.floret", only_words=model[0] / "words")
    assert isinstance(vectors, SubwordVectors)
    hashes = vectors.subwords.hashes
    theirs = spacy.Vectors(
        strings=strings.StringStore(["kings", *WORDS]), data=np.array(vectors.subwords.rows[:]),
        mode="floret", minn=hashes.minn, maxn=hashes.maxn, hash_count=hashes.hash_count,
        hash_seed=hashes.seed, bow="<", eow=">",
    )  # fmt: skip
    for word in ("kings", *WORDS):
        np.testing.assert_allclose(theirs[word], vectors[word], atol=1e-6)


def small() -> bytes:
    rows = "".join(f"{row} {row} 0.5 \n" for row in range(6))
    return f"6 2 2 3 1 7 < >\n{rows}".encode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data.replace(b"6 2", b"60000 2", 1), "too short for the 60,000 rows"),
        (lambda data: data.replace(b"6 2", b"7 2", 1), "the file ends after row 6 of 7"),
        (lambda data: data.replace(b"6 2", b"5 2", 1), "says 5 rows, but there are more"),
        (lambda data: data.replace(b"6 2", b"0 2", 1), "claims 0 rows"),
        (lambda data: data.replace(b"6 2 2 3", b"6 2 2 999", 1), "have 2 to 999 characters"),
        (lambda data: data.replace(b"2 3 1", b"2 3 9", 1), "does not begin with a header"),
        (lambda data: data.replace(b"\n3 3", b"\n4 3"), "row 3 has the number b'4'"),
        (lambda data: data.replace(b"7 < >", b"99999999999 < >"), "does not begin with a header"),
        (lambda data: data.replace(b"< >", b"\xff >"), "utf-8"),
        (lambda data: data.replace(b"\n3 3", b"\n3 x"), "not a number"),
        (lambda data: data.replace(b"\n3 3", b"\n3"), "line 5 has 1 numbers, not 2"),
    ],
)
def test_bad_tables_are_refused_by_name(tmp_path: Path, change: Any, message: str):
    (tmp_path / "words").write_text("king")
    path = tmp_path / "v.floret"
    path.write_bytes(small())
    assert len(read_vectors(path, only_words=tmp_path / "words")) == 1
    path.write_bytes(change(small()))
    with pytest.raises(ValueError, match=message) as caught:
        read_vectors(path, "floret", only_words=tmp_path / "words")
    assert str(caught.value).startswith(str(path))


def test_cut_at_every_byte(tmp_path: Path):
    (tmp_path / "words").write_text("king")
    path = tmp_path / "v.floret"
    for length in range(small().rindex(b"0.5")):
        path.write_bytes(small()[:length])
        with pytest.raises(ValueError, match=r"v\.floret"):
            read_vectors(path, "floret", only_words=tmp_path / "words")


def test_what_it_needs(tmp_path: Path):
    (tmp_path / "v.floret").write_bytes(small())
    with pytest.raises(ValueError, match="n-grams and no words; only_words='FILE' names the words"):
        read_vectors(tmp_path / "v.floret")
    plain = WordVectors(Vocab(["a"], specials=()), np.eye(1))
    table = NgramTable(NgramHashes("fasttext", 3, 2, 3), np.eye(3))
    others = SubwordVectors(Vocab(["a"], specials=()), np.eye(1, 3), table)
    for vectors in (plain, others):
        with pytest.raises(ValueError, match="only vectors that floret made"):
            write_vectors(vectors, tmp_path / "w.floret", "floret")
