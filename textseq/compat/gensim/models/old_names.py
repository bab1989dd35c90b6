"""Old names: what gensim 3 called things, for vectors and for models.

In: the old name. Out: the same as by the new one, and a DeprecationWarning that says which that is.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from textseq.compat.gensim.models.key_queries import KeyQueries


def warn_of(old: str, new: str, stacklevel: int = 3) -> None:
    """DeprecationWarning, in the name of whoever called the caller."""
    warnings.warn(f"{old} is gensim 3; use {new}", DeprecationWarning, stacklevel=stacklevel)


@dataclass(frozen=True)
class VocabItem:
    """What `wv.vocab` has of a word: how often it was seen, and its row."""

    count: int
    index: int


class VocabView(Mapping[str, VocabItem]):
    """`wv.vocab`: words with count and row, seen through to the vectors."""

    def __init__(self, wv: KeyQueries) -> None:
        self._wv = wv

    def __getitem__(self, word: str) -> VocabItem:
        row = self._wv.key_to_index[word]
        counts = self._wv.expandos.get("count")
        return VocabItem(0 if counts is None else int(counts[row]), row)

    def __iter__(self) -> Iterator[str]:
        return iter(self._wv.key_to_index)

    def __len__(self) -> int:
        return len(self._wv.key_to_index)


class OldKeyNames(KeyQueries):
    """The names of gensim 3 for vectors."""

    @property
    def vocab(self) -> VocabView:
        """`key_to_index`, with counts."""
        warn_of("vocab", "key_to_index and get_vecattr(word, 'count')")
        return VocabView(self)

    @property
    def index2word(self) -> list[Any]:
        """`index_to_key`."""
        warn_of("index2word", "index_to_key")
        return self.index_to_key

    index2entity = index2word

    @property
    def syn0(self) -> NDArray[Any]:
        """`vectors`."""
        warn_of("syn0", "vectors")
        return self.vectors

    @property
    def vectors_norm(self) -> NDArray[Any]:
        """`get_normed_vectors()`."""
        warn_of("vectors_norm", "get_normed_vectors()")
        return self.get_normed_vectors()

    syn0norm = vectors_norm

    def word_vec(self, word: Any, use_norm: bool = False, norm: bool = False) -> NDArray[Any]:
        """`get_vector`."""
        warn_of("word_vec", "get_vector")
        return self.get_vector(word, norm=use_norm or norm)

    def words_closer_than(self, word1: Any, word2: Any) -> list[Any]:
        """`closer_than`."""
        warn_of("words_closer_than", "closer_than")
        return self.closer_than(word1, word2)

    def init_sims(self, replace: bool = False) -> None:
        """`fill_norms`; with `replace`, `unit_normalize_all`."""
        warn_of("init_sims", "fill_norms()")
        if replace:
            self.unit_normalize_all()
        self.fill_norms()


_MOVED = frozenset((
    "most_similar", "most_similar_cosmul", "similar_by_word", "similar_by_vector", "similarity",
    "n_similarity", "doesnt_match", "wmdistance", "evaluate_word_pairs", "init_sims",
))  # fmt: skip


class OldModelNames:
    """The names of gensim 3 for a model: what is asked of `wv` today."""

    wv: Any
    epochs: int

    def __getattr__(self, name: str) -> Any:
        if name in _MOVED:
            warn_of(f"model.{name}", f"model.wv.{name}")
            return getattr(self.wv, name)
        if name == "iter":
            warn_of("model.iter", "model.epochs")
            return self.epochs
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __getitem__(self, words: Any) -> NDArray[Any]:
        warn_of("model[word]", "model.wv[word]")
        found: NDArray[Any] = self.wv[words]
        return found

    def __contains__(self, word: Any) -> bool:
        warn_of("word in model", "word in model.wv")
        return word in self.wv
