"""Vectors of unknown words: the three states of a word, what is asked of them, and the folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.files.open_folder import open_folder
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import NGRAM_FILE, UnknownWordError, WordVectors

WORDS = ["king", "queen", "서울", "run"]
HASHES = NgramHashes("fasttext", 50, 2, 3)
RNG = np.random.default_rng(0)
OWN = RNG.standard_normal((len(WORDS), 6)).astype(np.float32)
NGRAMS = RNG.standard_normal((50, 6)).astype(np.float32)


def make(own: bool = True) -> SubwordVectors:
    vocab = Vocab(WORDS, np.array([9, 7, 3, 1]), specials=())
    table = NgramTable(HASHES, NGRAMS)
    if own:
        return SubwordVectors(vocab, OWN, table, own=True, config={"mode": "cbow"})
    rows = np.stack([mean_of(word, OWN[row]) for row, word in enumerate(WORDS)])
    return SubwordVectors(vocab, rows, table, config={"mode": "cbow"})


def mean_of(word: str, *own: np.ndarray) -> np.ndarray:
    rows = HASHES.rows([word])[0]
    return np.concatenate([NGRAMS[rows], *(row[None] for row in own)]).mean(axis=0)


@pytest.fixture(params=[True, False], ids=["own rows", "means"])
def vectors(request: pytest.FixtureRequest) -> SubwordVectors:
    return make(request.param)


def test_three_states_of_a_word(vectors: SubwordVectors):
    assert [vectors.origin(word) for word in ("king", "kin", "</s>")] == ["word", "n-grams", None]
    assert "kin" in vectors
    assert "</s>" not in vectors
    assert 1 not in vectors
    np.testing.assert_allclose(vectors.vector("king"), mean_of("king", OWN[0]), atol=1e-6)
    np.testing.assert_allclose(vectors["kin"], mean_of("kin"), atol=1e-6)
    with pytest.raises(UnknownWordError, match="'</s>' is not among the 4 words"):
        vectors.vector("</s>")
    with pytest.raises(ValueError, match="read-only"):
        vectors["kin"][0] = 1


def test_what_is_asked_of_unknown_words(vectors: SubwordVectors):
    plain = WordVectors(
        Vocab([*WORDS, "kin", "runs"], specials=()),
        [*vectors.vectors, mean_of("kin"), mean_of("runs")],
    )
    assert vectors.similarity("kin", "king") == pytest.approx(plain.similarity("kin", "king"))
    assert vectors.similarity("kin", "runs") == pytest.approx(plain.similarity("kin", "runs"))
    for word in ("kin", "king"):
        found = vectors.nearest(word, 4)
        wanted = plain.nearest(word, 4, exclude=["kin", "runs"])
        assert [each.word for each in found] == [each.word for each in wanted]
        assert [each.similarity for each in found] == pytest.approx(
            [each.similarity for each in wanted], abs=1e-6
        )
    assert vectors.nearest(["kin", "king"], 2) == [
        vectors.nearest("kin", 2),
        vectors.nearest("king", 2),
    ]
    wanted = plain.analogy("kin", "king", "runs", 2)
    assert [each.word for each in vectors.analogy("kin", "king", "runs", 2)] == [
        each.word for each in wanted if each.word in WORDS
    ]  # fmt: skip
    assert vectors.odd_one_out(["kin", "king", "run"]) == plain.odd_one_out(["kin", "king", "run"])


def test_each_made_word_is_notified_once(vectors: SubwordVectors):
    made: list[str] = []
    vectors.notify = made.append
    for word in ("kin", "king", "kin", "runs"):
        vectors.nearest(word, 1)
    assert made == ["kin", "runs"]
    assert len(vectors) == 4
    assert list(vectors) == WORDS


def test_few_words_are_made_without_the_others():
    vectors = make()
    _ = vectors.similarity("king", "queen"), vectors["run"], vectors.dim, repr(vectors)
    assert vectors._own is not None
    np.testing.assert_allclose(vectors.vectors, make(own=False).vectors, atol=1e-6)
    assert vectors._own is None
    with pytest.raises(ValueError, match="read-only"):
        vectors.vectors[0] = 1


def test_many_blocks_equal_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("textseq.vectors.subword_vectors._CHARACTERS_AT_ONCE", 5)
    np.testing.assert_array_equal(make().vectors, make().vectors)
    np.testing.assert_allclose(make().vectors, make(own=False).vectors, atol=1e-6)


def test_the_first_words(vectors: SubwordVectors):
    first = vectors.first(2)
    assert list(first) == WORDS[:2]
    np.testing.assert_allclose(first["서울"], mean_of("서울"), atol=1e-6)
    np.testing.assert_allclose(first["king"], vectors["king"], atol=1e-6)
    assert vectors.first(9) is vectors
    with pytest.raises(ValueError, match="n is 0"):
        vectors.first(0)


def test_rows_of_words_alone(vectors: SubwordVectors):
    np.testing.assert_allclose(vectors.own_rows(slice(1, 4)), OWN[1:4], atol=1e-5)


def test_only_the_n_grams_that_are_left_count(tmp_path: Path):
    buckets = np.unique(HASHES.rows(["king"])[0])[::2]
    table = NgramTable(HASHES, NGRAMS[buckets], buckets)
    pruned = SubwordVectors(Vocab(WORDS, specials=()), OWN, table, own=True)
    rows = [row for row in HASHES.rows(["king"])[0] if row in buckets]
    wanted = np.concatenate([NGRAMS[rows], OWN[:1]]).mean(axis=0)
    np.testing.assert_allclose(pruned["king"], wanted, atol=1e-6)
    gone = next(
        word for word in ("zz", "xx", "yy", "vv")
        if not set(HASHES.rows([word])[0].tolist()) & set(buckets.tolist())
    )  # fmt: skip
    assert pruned.origin(gone) is None
    pruned.save(tmp_path / "v")
    again = open_folder(tmp_path / "v")
    np.testing.assert_allclose(again["kin"], pruned["kin"], atol=1e-6)
    with pytest.raises(ValueError, match="not in ascending order"):
        NgramTable(HASHES, NGRAMS[:2], np.array([3, 3]))


def test_a_folder_keeps_n_grams(tmp_path: Path, vectors: SubwordVectors):
    vectors.save(tmp_path / "v")
    again = open_folder(tmp_path / "v")
    assert isinstance(again, SubwordVectors)
    assert again.vocab == vectors.vocab
    assert again.config == vectors.config
    np.testing.assert_array_equal(again.vectors, vectors.vectors)
    np.testing.assert_array_equal(again["kin"], vectors["kin"])
    np.testing.assert_array_equal(
        SubwordVectors.load(tmp_path / "v", mmap=False)["kin"], again["kin"]
    )
    words = WordVectors.load(tmp_path / "v")  # the words alone
    assert "kin" not in words
    words.save(tmp_path / "words")
    assert type(open_folder(tmp_path / "words")) is WordVectors


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: np.save(folder / NGRAM_FILE, NGRAMS[:9]), "50 rows of n-grams are due"),
        (lambda folder: np.save(folder / NGRAM_FILE, NGRAMS[:, :3]), "its shape is"),
        (lambda folder: np.save(folder / "ngram_buckets.npy", np.arange(3)), "its shape is"),
        (lambda folder: np.save(folder / "ngram_buckets.npy", np.zeros(50, int)), "ascending"),
        (
            lambda folder: (folder / "config.json").write_text(
                (folder / "config.json").read_text().replace('"maxn": 3', '"maxn": 3000')
            ),
            "2 to 3000 characters",
        ),
    ],
)
def test_damaged_folders(tmp_path: Path, damage: object, message: str):
    make().save(tmp_path / "v")
    assert callable(damage)
    damage(tmp_path / "v")
    with pytest.raises(ValueError, match=message) as caught:
        open_folder(tmp_path / "v")
    assert str(tmp_path / "v") in str(caught.value)


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match="words have vectors of dim 6, n-grams of 5"):
        SubwordVectors(Vocab(WORDS, specials=()), OWN, NgramTable(HASHES, NGRAMS[:, :5]), own=True)
    with pytest.raises(ValueError, match="4 words but 3 vectors"):
        SubwordVectors(Vocab(WORDS, specials=()), OWN[:3], NgramTable(HASHES, NGRAMS), own=True)


def test_numbers_that_are_not_finite_are_found_when_used():
    rows = NGRAMS.copy()
    rows[HASHES.rows(["kin"])[0][0]] = np.nan
    vectors = SubwordVectors(Vocab(WORDS, specials=()), OWN, NgramTable(HASHES, rows), own=True)
    with pytest.raises(ValueError, match="the first is that of 'kin'"):
        vectors.nearest("kin")
