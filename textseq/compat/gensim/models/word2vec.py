"""Word2Vec: gensim's model, trained by textseq.

In: sentences, at once or in parts. Out: `wv`, KeyedVectors, and `syn1neg`, the output vectors, in
folders too. How words are counted is vocabulary.py's, training engine.py's.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, Self

import numpy as np

from textseq.compat.gensim.models import saved_folder
from textseq.compat.gensim.models.callbacks import CallbackAny2Vec
from textseq.compat.gensim.models.keyedvectors import KeyedVectors
from textseq.compat.gensim.models.old_names import OldModelNames, warn_of
from textseq.compat.gensim.models.sentences import (
    MAX_WORDS_IN_BATCH,
    LineSentence,
    PathLineSentences,
    Text8Corpus,
)
from textseq.compat.gensim.models.token_stream import TokenStream, look_up_words
from textseq.compat.gensim.models.vocabulary import VocabularyBuilder, subsample_share
from textseq.compat.gensim.utils import TrimRule

__all__ = ["FAST_VERSION", "LineSentence", "PathLineSentences", "Text8Corpus", "Word2Vec"]

logger = logging.getLogger(__name__)

FAST_VERSION = 1  # compiled code trains
_OLD_OPTIONS = {"size": "vector_size", "iter": "epochs"}


class NoModelError(AttributeError, ValueError):
    """A folder of vectors without a model; gensim raises AttributeError."""


class Word2Vec(VocabularyBuilder, OldModelNames):
    """Word vectors by skip-gram or CBOW with negative sampling (Mikolov et al. 2013).

    Options, defaults and errors are gensim's. `batch_words` and `hashfxn` change nothing: there are
    no batches, and vectors are drawn by `seed`. With one worker, a seed gives the same vectors each
    time.
    """

    def __init__(
        self,
        sentences: Iterable[Iterable[Any]] | None = None,
        corpus_file: str | os.PathLike[str] | None = None,
        vector_size: int = 100,
        alpha: float = 0.025,
        window: int = 5,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        sample: float = 1e-3,
        seed: int = 1,
        workers: int = 3,
        min_alpha: float = 0.0001,
        sg: int = 0,
        hs: int = 0,
        negative: int = 5,
        ns_exponent: float = 0.75,
        cbow_mean: int = 1,
        hashfxn: Callable[[str], int] = hash,
        epochs: int = 5,
        null_word: int = 0,
        trim_rule: TrimRule | None = None,
        sorted_vocab: int = 1,
        batch_words: int = MAX_WORDS_IN_BATCH,
        compute_loss: bool = False,
        callbacks: Sequence[CallbackAny2Vec] = (),
        comment: str | None = None,
        max_final_vocab: int | None = None,
        shrink_windows: bool = True,
        **old: Any,
    ) -> None:
        """NotImplementedError for what is not supported: hs, null_word, cbow_mean=0."""
        for name, value in old.items():
            if name not in _OLD_OPTIONS:
                raise TypeError(f"Word2Vec.__init__() got an unexpected keyword argument {name!r}")
            warn_of(f"{name}=", f"{_OLD_OPTIONS[name]}=")
            if name == "size":
                vector_size = value
            else:
                epochs = value
        if hs:
            raise NotImplementedError(
                "hs=1 (hierarchical softmax) is not supported; hs=0 with negative=5 is"
            )
        if null_word:
            raise NotImplementedError("null_word=1 is not supported; null_word=0 is")
        if not (cbow_mean or sg):
            raise NotImplementedError("cbow_mean=0 (a sum) is not supported; cbow_mean=1 is")
        if workers < 1:
            raise ValueError(f"workers is {workers}; it is a number of threads, 1 or more")
        self.vector_size = self.layer1_size = int(vector_size)
        self.alpha, self.min_alpha = float(alpha), float(min_alpha)
        self.window, self.shrink_windows = int(window), bool(shrink_windows)
        self.min_count, self.sample = min_count, sample
        self.max_vocab_size, self.max_final_vocab = max_vocab_size, max_final_vocab
        self.sorted_vocab = int(sorted_vocab)
        self.seed, self.workers, self.epochs = int(seed), int(workers), epochs
        self.sg, self.hs, self.cbow_mean = int(sg), 0, int(cbow_mean)
        self.negative, self.ns_exponent = int(negative), ns_exponent
        self.batch_words, self.hashfxn, self.comment = batch_words, hashfxn, comment
        self.compute_loss, self.running_training_loss = bool(compute_loss), 0.0
        self.min_alpha_yet_reached = self.alpha
        self.corpus_count = self.corpus_total_words = self.train_count = 0
        self.effective_min_count, self.raw_vocab = min_count, {}
        self.wv = KeyedVectors(self.vector_size)
        self.__dict__["load"] = _only_on_the_class
        if sentences is not None or corpus_file is not None:
            given = self._sentences(sentences, corpus_file, None, passes=epochs + 1)
            stream = self._build(given, trim_rule)
            self._check_training(epochs, self.corpus_count)
            if stream is None:
                stream = look_up_words(given, self.wv.key_to_index)
            self._train(stream, callbacks)

    def train(
        self,
        corpus_iterable: Iterable[Iterable[Any]] | None = None,
        corpus_file: str | os.PathLike[str] | None = None,
        total_examples: int | None = None,
        total_words: int | None = None,
        epochs: int | None = None,
        start_alpha: float | None = None,
        end_alpha: float | None = None,
        word_count: int = 0,
        queue_factor: int = 2,
        report_delay: float = 1.0,
        compute_loss: bool = False,
        callbacks: Sequence[CallbackAny2Vec] = (),
        *,
        sentences: Iterable[Iterable[Any]] | None = None,
    ) -> tuple[int, int]:
        """Train on; the words that were trained, as expected behind subsampling, and all words.

        The learning rate falls from `start_alpha` to `end_alpha`, which the model keeps. One of
        `total_examples` and `total_words` has to be given, as in gensim, and is not looked at.
        """
        self._check_training(epochs, total_examples if total_words is None else total_words)
        assert epochs is not None
        given = self._sentences(corpus_iterable, corpus_file, sentences, passes=epochs)
        self.alpha, self.min_alpha = start_alpha or self.alpha, end_alpha or self.min_alpha
        self.epochs, self.compute_loss = epochs, bool(compute_loss)
        return self._train(look_up_words(given, self.wv.key_to_index), callbacks)

    def _check_training(self, epochs: int | None, total: int | None) -> None:
        if not self.negative:
            raise ValueError(
                "You must set either 'hs' or 'negative' to be positive for proper training; "
                "here negative=5, since hs=1 is not supported."
            )
        if not self.wv.key_to_index:
            raise RuntimeError("you must first build vocabulary before training the model")
        if total is None:
            raise ValueError(
                "You must specify either total_examples or total_words; if the vocabulary was just "
                "built from the same corpus, total_examples=model.corpus_count."
            )
        if epochs is None or epochs <= 0:
            raise ValueError(
                "You must specify an explicit epochs count. The usual value is epochs=model.epochs."
            )
        trained = getattr(self, "syn1neg", ())
        if len(trained) != len(self.wv) or "count" not in self.wv.expandos:
            raise RuntimeError("not all words have output vectors to train; build_vocab makes them")

    def _train(self, stream: TokenStream, callbacks: Sequence[CallbackAny2Vec]) -> tuple[int, int]:
        """Train on sentences as rows; each epoch sees the vectors of the whole one before."""
        from textseq.compat.gensim.models.engine import Engine, config_of

        if self.alpha > self.min_alpha_yet_reached:
            logger.warning("Effective 'alpha' higher than previous training cycles")
        counts = self.wv.expandos["count"]
        share = subsample_share(self.sample, int(counts.sum()))
        config = config_of(self, share)
        if not self.wv.vectors.flags.writeable:  # mapped from disk
            self.wv.vectors = np.array(self.wv.vectors)
        if not self.syn1neg.flags.writeable:
            self.syn1neg = np.array(self.syn1neg)
        self.running_training_loss = 0.0
        for callback in callbacks:
            callback.on_train_begin(self)
        engine = Engine(
            stream, counts, self.wv.vectors, self.syn1neg, self.wv.vectors_lockf, config
        )
        for epoch in range(1, self.epochs + 1):
            for callback in callbacks:
                callback.on_epoch_begin(self)
            loss = engine.train_until(epoch)
            if callbacks or epoch == self.epochs:
                engine.fetch()
                self.wv.norms = None
            self.running_training_loss = loss if self.compute_loss else 0.0
            for callback in callbacks:
                callback.on_epoch_end(self)
        self.min_alpha_yet_reached = min(self.alpha, self.min_alpha)
        self.train_count += 1
        for callback in callbacks:
            callback.on_train_end(self)
        return round(engine.words_kept * self.epochs), len(stream.numbers) * self.epochs

    def get_latest_training_loss(self) -> float:
        """The loss summed over the epochs of the last `train`, if that was to compute it."""
        return self.running_training_loss

    def score(self, *_: Any, **__: Any) -> NoReturn:
        """NotImplementedError: gensim scores sentences with hierarchical softmax only."""
        raise NotImplementedError(
            "score needs hs=1, which is not supported; predict_output_word works"
        )

    def predict_output_word(
        self, context_words_list: Iterable[Any], topn: int | None = 10
    ) -> list[tuple[Any, Any]] | None:
        """The `topn` words of largest probability between context words; None for unknown ones."""
        if not self.negative or not hasattr(self, "syn1neg"):
            raise RuntimeError("Parameters required for predicting the output words not found.")
        rows = [self.wv.get_index(word) for word in context_words_list if word in self.wv]
        if not rows:
            logger.warning(
                "All the input context words are out-of-vocabulary for the current model."
            )
            return None
        hidden = self.wv.vectors[rows].sum(axis=0)
        scores = (hidden / len(rows) if self.cbow_mean else hidden) @ self.syn1neg.T
        odds = np.exp(scores - scores.max())
        shares = odds / odds.sum()
        best = np.argsort(-shares, kind="stable")[:topn]
        return [(self.wv.index_to_key[row], shares[row]) for row in best]

    def reset_from(self, other_model: Word2Vec) -> None:
        """Share the words and counts of another model, and draw vectors anew."""
        self.wv = KeyedVectors(self.vector_size)
        for name in ("index_to_key", "key_to_index", "expandos"):
            setattr(self.wv, name, getattr(other_model.wv, name))
        self.corpus_count = other_model.corpus_count
        self.init_weights()

    def __str__(self) -> str:
        return (
            f"{type(self).__name__}<vocab={len(self.wv)}, vector_size={self.wv.vector_size}, "
            f"alpha={self.alpha}>"
        )

    # ---- on disk

    def save(self, fname_or_handle: str | os.PathLike[str], *_: Any, **__: Any) -> None:
        """Write a folder, whole or not at all; one that textseq wrote is replaced.

        Other options are about pickles and change nothing.
        """
        kept = {
            part: {name: _plain(getattr(self, name)) for name in names}
            for part, names in (("options", saved_folder.OPTIONS), ("state", saved_folder.STATE))
        }
        output_vectors = getattr(self, "syn1neg", None)
        saved_folder.save(self.wv, fname_or_handle, output_vectors=output_vectors, model=kept)

    @classmethod
    def load(cls, fname: str | os.PathLike[str], mmap: str | None = None, **_: Any) -> Self:
        """The model of a folder; `mmap='r'` leaves its vectors on disk until it is trained.

        NoModelError for a folder of vectors without a model.
        """
        wv = KeyedVectors(0)
        output_vectors, kept = saved_folder.load_into(wv, fname, mmap)
        if kept is None or output_vectors is None:
            raise NoModelError(f"{fname} holds vectors and no model; KeyedVectors.load opens it")
        try:
            model = cls(**{name: kept["options"][name] for name in saved_folder.OPTIONS})
            model.__dict__.update({name: kept["state"][name] for name in saved_folder.STATE})
        except (KeyError, TypeError, ValueError, NotImplementedError) as error:
            raise ValueError(f"{fname} is damaged: {error} in the options of its model") from None
        model.wv, model.syn1neg = wv, output_vectors
        return model


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _only_on_the_class(*_: Any, **__: Any) -> NoReturn:
    raise AttributeError("load is called on the class: Word2Vec.load(FOLDER)")
