"""Convert: what gensim saved becomes a folder, where gensim is installed to read its pickles.

In: a Word2Vec, KeyedVectors, Phrases or FrozenPhrases of gensim 4, or the name of a file of one,
which can run code when read. Out: the same of textseq's, or a folder of it.

    python -m textseq.compat.gensim.convert old.model FOLDER
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from textseq.compat.gensim.models import saved_folder, word2vec
from textseq.compat.gensim.models.key_table import REAL
from textseq.compat.gensim.models.keyedvectors import KeyedVectors
from textseq.compat.gensim.models.phrases import FrozenPhrases, Phrases
from textseq.extras import comes_with


def from_gensim(given: Any) -> Any:
    """What a live object of gensim's holds, as one of ours; TypeError for another kind of it."""
    kinds = {kind.__name__ for kind in type(given).__mro__}
    if "FastText" in kinds or "Doc2Vec" in kinds:
        raise TypeError(f"a {type(given).__name__} is not converted; its .wv is")
    if "Word2Vec" in kinds:
        return _model(given)
    if "KeyedVectors" in kinds:
        return _vectors(given)
    if "_PhrasesTransformation" in kinds:
        return _phrases(given)
    raise TypeError(
        f"a {type(given).__name__} is not converted; Word2Vec, KeyedVectors, Phrases are"
    )


def _vectors(given: Any) -> KeyedVectors:
    found = KeyedVectors(given.vector_size)
    found.index_to_key = list(given.index_to_key)
    found.key_to_index = {key: row for row, key in enumerate(given.index_to_key)}
    found.next_index = len(found)
    found.vectors = np.array(given.vectors, REAL)
    numbers = {name: values for name, values in given.expandos.items() if name != "sample_int"}
    found.expandos = {name: np.array(values) for name, values in numbers.items()}
    return found


def _model(given: Any) -> word2vec.Word2Vec:
    options = {name: getattr(given, name) for name in saved_folder.OPTIONS}
    found = word2vec.Word2Vec(hs=given.hs, **options)
    for name in saved_folder.STATE:
        setattr(found, name, getattr(given, name, getattr(found, name)))
    found.wv = _vectors(given.wv)
    found.syn1neg = np.array(given.syn1neg, REAL)
    return found


def _phrases(given: Any) -> Phrases | FrozenPhrases:
    scoring = {"original_scorer": "default", "npmi_scorer": "npmi"}.get(given.scoring.__name__)
    found = Phrases(
        min_count=given.min_count, threshold=given.threshold, delimiter=given.delimiter,
        scoring=scoring or given.scoring, connector_words=given.connector_words,
    )  # fmt: skip
    if hasattr(given, "phrasegrams"):
        frozen = FrozenPhrases(found)
        frozen.phrasegrams = dict(given.phrasegrams)
        return frozen
    found.vocab, found.max_vocab_size = dict(given.vocab), given.max_vocab_size
    found.corpus_word_count, found.min_reduce = given.corpus_word_count, given.min_reduce
    return found


def main() -> None:
    """Read what gensim saved, write a folder."""
    parser = argparse.ArgumentParser(description="What gensim saved becomes a folder of textseq's.")
    parser.add_argument("file", help="a .model or .kv that you trust: reading it can run code")
    parser.add_argument("folder", help="what to write")
    options = parser.parse_args()
    with comes_with("bench", "gensim", "gensim reads what it has saved"):
        from gensim.utils import SaveLoad

    load: Any = SaveLoad.load
    from_gensim(load(options.file)).save(options.folder)


if __name__ == "__main__":
    main()
