"""Which words are on a map, and where, in one model and in several."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from textseq.text.vocab import Vocab
from textseq.vectors.show.word_map import choose_words, map_words
from textseq.vectors.word_vectors import UnknownWordError, WordVectors

WORDS = ["the", "king", "queen", "man", "woman", "paris"]


def vectors(words: list[str] = WORDS, rows: NDArray[np.float32] | None = None) -> WordVectors:
    if rows is None:
        rows = np.random.default_rng(0).standard_normal((len(words), 4)).astype(np.float32)
    return WordVectors(Vocab(words, range(len(words), 0, -1), specials=()), rows)


def test_words_come_once_and_in_order():
    model = vectors()
    pairs = [("man", "king"), ("woman", "queen")]
    assert choose_words([model], ["king"], pairs=pairs) == ["king", "man", "woman", "queen"]
    near = [each.word for each in model.nearest("king", 2)]
    assert choose_words([model], ["king"], nearest=2) == ["king", *near]
    assert choose_words([model], ["man"], most_frequent=2) == ["man", "the", "king"]
    assert choose_words([model], most_frequent=99) == WORDS


def test_words_that_another_model_lacks():
    models = [vectors(), vectors(["the", "queen", "rome"])]
    assert choose_words(models, most_frequent=9) == ["the", "queen"]
    with pytest.raises(UnknownWordError, match="'king' is not among the 3 words"):
        choose_words(models, ["king"])
    with pytest.raises(UnknownWordError, match=r"'quen'.*near spellings: queen"):
        choose_words(models, ["quen"])
    with pytest.raises(ValueError, match="no words to draw"):
        choose_words(models)


def test_a_map_of_one_model():
    found = map_words(vectors(), ["king"], pairs=[("man", "king")], nearest=1)
    assert found.words[:2] == ["king", "man"]
    assert found.pairs == [(1, 0)]
    assert (found.asked, found.method) == (2, "pca")
    assert found.places[0].shape == (len(found.words), 2)


@pytest.mark.parametrize("more_dims", [0, 3])
def test_a_turned_model_stands_where_the_first_does(more_dims: int):
    model = vectors()
    turn, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((4 + more_dims,) * 2))
    rows = np.pad(model.vectors, ((0, 0), (0, more_dims))) @ turn.astype(np.float32)
    other = vectors(WORDS[::-1], rows[::-1] * 3)
    first, second = map_words([model, other], WORDS).places
    assert np.allclose(first, second, atol=1e-5)


def test_vectors_that_are_not_finite():
    rows = np.ones((3, 2), np.float32)
    rows[1, 1] = np.nan
    model = WordVectors(Vocab(["a", "b", "c"], specials=()), rows, check=False)
    with pytest.raises(ValueError, match=r"NaN.*that of 'b'"):
        map_words(model, ["a", "b"])
