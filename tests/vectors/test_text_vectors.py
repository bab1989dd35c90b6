"""Texts: words as the corpus has them, vectors by hand, distances; gensim's beside ours."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.config import TextConfig, TextVectorConfig
from textseq.text.encode import count_files, train_tokenizer
from textseq.text.vocab import Vocab
from textseq.vectors.preparation import Preparation, UnknownPhraseError
from textseq.vectors.text_vectors import TextVectors
from textseq.vectors.word_movers import word_movers_distance
from textseq.vectors.word_vectors import UnknownWordError, WordVectors

ROWS = {"king": [2, 0], "queen": [0, 4], "new_york": [1, 1], "the": [3, 3], "King's": [-1, 0]}


def make(
    text: dict[str, Any] | None = None, rows: dict[str, list[float]] = ROWS, counts: Any = None
) -> WordVectors:
    config = {} if text is None else {"text": text}
    matrix = np.array(list(rows.values()), np.float32)
    return WordVectors(Vocab(list(rows), counts, specials=()), matrix, config=config)


def random_vectors(seed: int) -> WordVectors:
    rng = np.random.default_rng(seed)
    words = [f"w{number}" for number in range(30)]
    counts = np.arange(60, 30, -1)
    return WordVectors(Vocab(words, counts, specials=()), rng.standard_normal((30, 6)))


# ---- words as the corpus has them


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("King", "king"),
        (" KING\u200b ", "king"),
        ("new york", "new_york"),
        ("New  York", "new_york"),
        ("King's", "King's"),  # as it stands, it wins over what the corpus would make of it
        ("king", "king"),
    ],
)
def test_a_word_is_prepared_as_the_corpus_was(query: str, found: str, notices: list[str]):
    preparation = Preparation(make({"lowercase": True, "tokenizer": "word"}))
    assert preparation.find_word(query) == found
    told = [f"{query!r} is not among the words; {found!r} is what it becomes"]
    assert notices == ([] if query == found else told)


def test_words_that_are_not_there():
    preparation = Preparation(make({"lowercase": True}))
    with pytest.raises(UnknownWordError, match=r"'Kign' is not among .* spellings: king"):
        preparation.find_word("Kign")
    with pytest.raises(UnknownPhraseError, match="it is cut into 'the', 'king', which nearest_com"):
        preparation.find_word("the King")
    with pytest.raises(
        UnknownPhraseError, match=r"spellings: queen; it is cut into 'que', '.', 'en'"
    ):
        Preparation(make({"tokenizer": "word"})).find_word("que.en")
    with pytest.raises(UnknownWordError, match="'' is not among"):
        preparation.find_word("")
    with pytest.raises(UnknownWordError):  # the corpus was not lower-cased
        Preparation(make({})).find_word("KING")
    with pytest.raises(ValueError, match="no cleaning step 'nfcc'"):
        Preparation(make({"clean": ["nfcc"]}))
    with pytest.raises(ValueError, match="TextConfig has no option 'x'"):
        Preparation(make({"x": 1}))


def test_vectors_that_say_nothing_of_their_text(notices: list[str]):
    preparation = Preparation(make())
    assert preparation.find_word("Queen") == "queen"
    assert preparation.split("The king, the QUEEN") == ["The", "king", ",", "the", "QUEEN"]
    assert preparation.rows("The king, the QUEEN!") == [3, 0, 3, 1]
    assert notices


def test_a_trained_tokenizer_comes_along(tmp_path: Path):
    (tmp_path / "t.txt").write_text("the king and the queen\n" * 30)
    config = TextConfig(tokenizer="wordpiece", subword_vocab=60, min_count=1)
    config = train_tokenizer(tmp_path / "t.txt", config, tmp_path / "tokenizer.json")
    vocab = count_files(tmp_path / "t.txt", config)
    words = [token for token in vocab.tokens if not token.startswith("[") and token[0] != "<"]
    rows = np.random.default_rng(0).standard_normal((len(words), 4))
    vectors = WordVectors(Vocab(words, specials=()), rows, config={"text": config.to_json()})
    vectors.save(tmp_path / "v")
    preparation = Preparation(WordVectors.load(tmp_path / "v"))
    assert "king" in preparation.split("the king")
    assert len(preparation.rows("the king")) == 2


# ---- vectors of texts


def test_means_by_hand():
    texts = TextVectors(make({"lowercase": True}))
    np.testing.assert_allclose(texts.vectors(["The king", "queen zzz", "zzz", ""]),
                               [[2.5, 1.5], [0, 4], [0, 0], [0, 0]])  # fmt: skip
    np.testing.assert_allclose(texts.vectors([["king", "queen"]]), [[1, 2]])
    assert texts.vectors([]).shape == (0, 2)
    assert texts.similarity("king", "queen") == 0
    assert texts.similarity("king the queen", "the") == pytest.approx(12 / math.sqrt(74) / 2**0.5)
    assert texts.similarity("king", "zzz") == 0
    answers = texts.nearest(["king king", "queen"], 2)
    assert [{each.word for each in answer} for answer in answers] == [{"new_york", "the"}] * 2
    assert texts.nearest(["king"], 1, exclude=["new_york"])[0][0].word == "the"
    with pytest.raises(TypeError, match="a str was given where texts are due"):
        texts.vectors("king")


def test_sif_by_hand():
    counts = np.array([90, 9, 1, 0, 0])
    vectors = make({}, counts=counts)
    texts = TextVectors(vectors, TextVectorConfig(method="sif", smoothing=0.1))
    # a / (a + p): .1 / 1.0, .1 / .19
    exact = np.array([0.1 / 1.0 * 2, 0.1 / 0.19 * 4]) / 2
    np.testing.assert_allclose(texts.vectors(["king queen"]), [exact], rtol=1e-6)
    texts.fit(["king", "king king"])  # both along the first axis
    np.testing.assert_allclose(texts.vectors(["king queen"]), [[0, exact[1]]], atol=1e-7)
    assert texts.fit([""]).common is None
    with pytest.raises(ValueError, match="these vectors come without; add_counts adds them"):
        TextVectors(make({}), TextVectorConfig(method="sif"))


def test_what_is_removed_is_the_first_singular_vector():
    vectors = random_vectors(0)
    texts = TextVectors(vectors, TextVectorConfig(method="sif"))
    some = [[f"w{k}", f"w{k + 3}", f"w{k * 2 % 30}"] for k in range(20)]
    before = texts.vectors(some).astype(np.float64)
    component = np.linalg.svd(before)[2][0]
    after = texts.fit(iter(some)).vectors(some)
    np.testing.assert_allclose(after, before - np.outer(before @ component, component), atol=1e-6)


def test_a_text_does_not_depend_on_the_others(monkeypatch: pytest.MonkeyPatch):
    texts = TextVectors(random_vectors(1))
    some = [f"w{k} w{k + 1} w5" for k in range(11)]
    whole = texts.vectors(some)
    monkeypatch.setattr("textseq.vectors.text_vectors._TEXTS_AT_ONCE", 3)
    assert [len(block) for block in texts.stream(iter(some))] == [3, 3, 3, 2]
    np.testing.assert_array_equal(texts.vectors(some), whole)
    np.testing.assert_array_equal(texts.vectors(some[4:5]), whole[4:5])
    monkeypatch.setattr("textseq.vectors.text_vectors._TOKENS_AT_ONCE", 2)
    np.testing.assert_allclose(texts.vectors(some), whole, atol=1e-7)


def test_numbers_that_are_none_name_the_word():
    rows = np.array([[1, 0], [np.nan, 1]], np.float32)
    vectors = WordVectors(Vocab(["king", "queen"], specials=()), rows, check=False)
    texts = TextVectors(vectors)
    assert texts.vectors(["king"]).tolist() == [[1, 0]]
    for ask in (texts.vectors, texts.nearest, texts.fit):
        with pytest.raises(ValueError, match=r"1 of 2 vectors hold NaN.* that of 'queen'"):
            ask(["king queen"])  # type: ignore[operator]


# ---- word mover's distance


def test_distances_by_hand():
    preparation = Preparation(make({}))
    root = math.sqrt(2)

    def distance(a: str | list[str], b: str | list[str]) -> float:
        return word_movers_distance(preparation, a, b)

    assert distance("king", "king") == 0
    assert distance("king queen", "queen king") == 0
    assert distance("king", "queen") == pytest.approx(root)
    assert distance("king king queen queen", "king queen") == 0
    # A quarter of the one has to become the other.
    assert distance("king king king queen", "king queen") == pytest.approx(root / 4)
    assert distance(["king", "queen"], ["the"]) == pytest.approx(math.sqrt(2 - root))
    assert distance("the", "new_york") == pytest.approx(0, abs=1e-6)  # the same direction
    assert distance("king zzz", "queen") == pytest.approx(root)  # unknown words are left out
    assert distance("zzz", "king") == math.inf
    assert distance("", "") == math.inf


@pytest.mark.parametrize("seed", range(6))
def test_distance_is_a_metric(seed: int):
    preparation = Preparation(random_vectors(seed))
    rng = np.random.default_rng(seed)
    a, b, c = ([f"w{k}" for k in rng.integers(0, 30, rng.integers(1, 9))] for _ in range(3))
    ab, bc, ac = (word_movers_distance(preparation, *two) for two in ((a, b), (b, c), (a, c)))
    assert ab == pytest.approx(word_movers_distance(preparation, b, a))
    assert ac <= ab + bc + 1e-9
    assert 0 <= ab <= 2


@pytest.mark.parametrize("seed", range(4))
def test_gensim_gives_the_same(seed: int):
    gensim = pytest.importorskip("gensim.models")
    vectors = random_vectors(seed)
    theirs = gensim.KeyedVectors(6)
    theirs.add_vectors(vectors.vocab.tokens, vectors.vectors)
    texts = TextVectors(vectors)
    rng = np.random.default_rng(seed)
    for _ in range(5):
        a, b = ([f"w{k}" for k in rng.integers(0, 30, rng.integers(1, 12))] for _ in range(2))
        assert texts.similarity(a, b) == pytest.approx(float(theirs.n_similarity(a, b)), abs=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_gensim_finds_the_same_distance():
    gensim = pytest.importorskip("gensim.models")
    pytest.importorskip("ot")
    vectors = random_vectors(7)
    theirs = gensim.KeyedVectors(6)
    theirs.add_vectors(vectors.vocab.tokens, vectors.vectors)
    preparation = Preparation(vectors)
    rng = np.random.default_rng(7)
    for _ in range(10):
        a, b = ([f"w{k}" for k in rng.integers(0, 30, rng.integers(1, 15))] for _ in range(2))
        wanted = theirs.wmdistance(a, b)
        assert word_movers_distance(preparation, a, b) == pytest.approx(wanted, abs=1e-6)
