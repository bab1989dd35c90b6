"""Readers under gensim's names: models, vectors and phrases in folders, files as gensim reads them.

In: nothing. Out: `readers`, a row for each, as in read_vectors.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from harness import Reader
from sample import TEXT

SENTENCES = [line.split() for line in TEXT]


def _model(folder: Path) -> None:
    from textseq.compat.gensim.models import Word2Vec

    model = Word2Vec(vector_size=4, min_count=1)
    model.build_vocab(SENTENCES)
    model.wv.set_vecattr(0, "weight", 0.5)
    model.save(folder / "model")


def _use_model(folder: Path) -> None:
    from textseq.compat.gensim.models import KeyedVectors, Word2Vec

    _ask(KeyedVectors.load(folder / "model", mmap="r"))
    model = Word2Vec.load(folder / "model")
    model.predict_output_word([0, 1])


def _ask(vectors: Any) -> None:
    assert vectors[0].shape == (vectors.vector_size,)
    vectors.get_vecattr(0, "count")


def _phrases(folder: Path) -> None:
    from textseq.compat.gensim.models import Phrases

    Phrases(SENTENCES, min_count=1, threshold=0.1).save(folder / "phrases")


def _use_phrases(folder: Path) -> None:
    from textseq.compat.gensim.models import Phrases

    phrases = Phrases.load(folder / "phrases")
    list(phrases[SENTENCES])


def _vectors(binary: bool, folder: Path) -> None:
    from textseq.compat.gensim.models import KeyedVectors

    vectors = KeyedVectors(3)
    words = sorted({word for sentence in SENTENCES for word in sentence})
    vectors.add_vectors(words, [[n, n / 2, 1] for n in range(len(words))])
    vectors.expandos["count"] = vectors.vectors[:, 0].astype(int)
    vectors.save_word2vec_format(folder / "a", fvocab=folder / "a.vocab", binary=binary)


def _use_vectors(binary: bool, folder: Path) -> None:
    from textseq.compat.gensim.models import KeyedVectors

    given = {"fvocab": folder / "a.vocab", "binary": binary, "unicode_errors": "replace"}
    _ask(KeyedVectors.load_word2vec_format(folder / "a", **given))


def readers() -> Iterator[Reader]:
    """The rows."""
    yield Reader("gensim: model", _model, _use_model, 3)
    yield Reader("gensim: phrases", _phrases, _use_phrases, 3)
    for binary in (True, False):
        name = f"gensim: {'binary' if binary else 'text'}"
        yield Reader(name, partial(_vectors, binary), partial(_use_vectors, binary), 3)
