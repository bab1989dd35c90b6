"""The names of gensim 3: what they are today, and that they say so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from textseq.compat.gensim.models import KeyedVectors, Word2Vec


def test_names_of_vectors(ours: KeyedVectors):
    with pytest.warns(DeprecationWarning, match="key_to_index"):
        vocab = ours.vocab
    assert (vocab["w3"].index, vocab["w3"].count) == (3, 208)
    assert "w3" in vocab
    assert "none" not in vocab
    assert list(vocab) == ours.index_to_key
    assert len(vocab) == 211
    for name, value in (
        ("index2word", ours.index_to_key),
        ("index2entity", ours.index_to_key),
        ("syn0", ours.vectors),
        ("syn0norm", ours.get_normed_vectors()),
        ("vectors_norm", ours.get_normed_vectors()),
    ):
        with pytest.warns(DeprecationWarning, match="gensim 3"):
            assert np.array_equal(getattr(ours, name), value)
    with pytest.warns(DeprecationWarning, match="get_vector"):
        assert np.array_equal(ours.word_vec("w3", use_norm=True), ours.get_vector("w3", norm=True))
    with pytest.warns(DeprecationWarning, match="closer_than"):
        assert ours.words_closer_than("w1", "w2") == ours.closer_than("w1", "w2")
    with pytest.warns(DeprecationWarning, match="fill_norms"):
        ours.init_sims(replace=True)
    np.testing.assert_allclose(np.linalg.norm(ours.vectors, axis=1), 1, rtol=1e-6)


def test_names_of_a_model(sentences: list[list[str]]):
    with pytest.warns(DeprecationWarning, match="gensim 3") as said:
        model = Word2Vec(sentences, size=8, iter=2, workers=1)
    assert [str(each.message) for each in said] == [
        "size= is gensim 3; use vector_size=",
        "iter= is gensim 3; use epochs=",
    ]
    assert all(each.filename == __file__ for each in said)
    assert (model.vector_size, model.epochs) == (8, 2)
    with pytest.warns(DeprecationWarning, match=r"use model\.wv\.most_similar"):
        assert model.most_similar("a1") == model.wv.most_similar("a1")
    with pytest.warns(DeprecationWarning, match=r"model\.wv\[word\]"):
        assert np.array_equal(model["a1"], model.wv["a1"])
    with pytest.warns(DeprecationWarning, match=r"in model\.wv"):
        assert "a1" in model
    with pytest.warns(DeprecationWarning, match="epochs"):
        assert model.iter == 2
    with pytest.warns(DeprecationWarning, match="corpus_iterable") as said:
        model.build_vocab(sentences=sentences, update=True)
    assert said[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="corpus_iterable") as said:
        model.train(sentences=sentences, total_examples=600, epochs=1)
    assert said[0].filename == __file__


def test_names_of_nothing(ours: KeyedVectors):
    for thing in (ours, Word2Vec()):
        with pytest.raises(AttributeError, match="no_such_name"):
            getattr(thing, "no_such_name")  # noqa: B009


@pytest.mark.parametrize("name", ["size", "iter"])
def test_old_options_are_of_the_constructor_only(name: str):
    options: dict[str, Any] = {name: 3, "no_such_option": 1}
    with (
        pytest.warns(DeprecationWarning, match=name),
        pytest.raises(TypeError, match="no_such_option"),
    ):
        Word2Vec(**options)
