"""Vocabulary: how a model comes by its words and their first vectors, step by step as in gensim.

In: sentences or counts, at once or with `update=True` in parts. Out: `wv` with keys, counts and
vectors, `syn1neg` with zeros, `raw_vocab` (the counts of all words) until rare words are left out.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterable
from types import GeneratorType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.compat.gensim.models.key_table import REAL
from textseq.compat.gensim.models.keyedvectors import KeyedVectors
from textseq.compat.gensim.models.old_names import warn_of
from textseq.compat.gensim.models.sentences import LineSentence
from textseq.compat.gensim.models.token_stream import (
    TokenStream,
    count_words,
    number_words,
    rows_of,
)
from textseq.compat.gensim.utils import TrimRule, keep_vocab_item

logger = logging.getLogger(__name__)

_WORD_BYTES = 500  # of a word and what is known of it, as gensim estimates it


class VocabularyBuilder:
    """The part of a model that is about its words."""

    wv: KeyedVectors
    syn1neg: NDArray[np.float32]
    vector_size: int
    min_count: int
    max_vocab_size: int | None
    max_final_vocab: int | None
    sample: float
    sorted_vocab: int
    seed: int
    corpus_count: int
    corpus_total_words: int

    raw_vocab: dict[Any, int]
    effective_min_count: int

    def build_vocab(
        self,
        corpus_iterable: Iterable[Iterable[Any]] | None = None,
        corpus_file: str | os.PathLike[str] | None = None,
        update: bool = False,
        progress_per: int = 10_000,
        keep_raw_vocab: bool = False,
        trim_rule: TrimRule | None = None,
        *,
        sentences: Iterable[Iterable[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Count the words of sentences and give them vectors; `update` adds to those there are.

        `options` are those of `prepare_vocab`.
        """
        given = self._sentences(corpus_iterable, corpus_file, sentences, passes=1)
        self._build(given, trim_rule, update=update, keep_raw_vocab=keep_raw_vocab, **options)

    def _build(
        self, sentences: Iterable[Iterable[Any]], trim_rule: TrimRule | None, **options: Any
    ) -> TokenStream | None:
        """The same; the sentences as rows of `wv`, if one look at them was enough for that."""
        self.corpus_total_words, self.corpus_count, stream = self._scan(sentences, trim_rule)
        words = list(self.raw_vocab)
        self.prepare_vocab(trim_rule=trim_rule, **options)
        self._prepare_weights(update=options.get("update", False))
        if stream is None:
            return None
        return stream.renumbered(rows_of(words, self.wv.key_to_index))

    def build_vocab_from_freq(
        self,
        word_freq: dict[Any, int],
        keep_raw_vocab: bool = False,
        corpus_count: int | None = None,
        trim_rule: TrimRule | None = None,
        update: bool = False,
    ) -> None:
        """The same from counts."""
        self.corpus_count = corpus_count or 0
        self.raw_vocab = dict(word_freq)
        self.prepare_vocab(update=update, keep_raw_vocab=keep_raw_vocab, trim_rule=trim_rule)
        self._prepare_weights(update=update)

    def scan_vocab(
        self,
        corpus_iterable: Iterable[Iterable[Any]] | None = None,
        corpus_file: str | os.PathLike[str] | None = None,
        progress_per: int = 10_000,
        workers: int | None = None,
        trim_rule: TrimRule | None = None,
    ) -> tuple[int, int]:
        """Count words into `raw_vocab`; how many words and sentences there are."""
        sentences = self._sentences(corpus_iterable, corpus_file, None, passes=1)
        return self._scan(sentences, trim_rule)[:2]

    def _scan(
        self, sentences: Iterable[Iterable[Any]], trim_rule: TrimRule | None
    ) -> tuple[int, int, TokenStream | None]:
        if self.max_vocab_size:
            counted = count_words(sentences, self.max_vocab_size, trim_rule)
            self.raw_vocab, n_words, n_sentences = counted
            return n_words, n_sentences, None
        self.raw_vocab, stream = number_words(sentences)
        return len(stream.numbers), len(stream.ends), stream

    def prepare_vocab(
        self,
        update: bool = False,
        keep_raw_vocab: bool = False,
        trim_rule: TrimRule | None = None,
        min_count: int | None = None,
        sample: float | None = None,
        dry_run: bool = False,
    ) -> dict[str, int]:
        """Leave rare words out, or in a dry run only say how many words are left and dropped."""
        min_count, sample = min_count or self.min_count, sample or self.sample
        raw = self.raw_vocab
        self.effective_min_count = min_count
        if self.max_final_vocab is not None and self.max_final_vocab < len(raw):
            too_rare = sorted(raw.values(), reverse=True)[self.max_final_vocab]
            self.effective_min_count = max(too_rare + 1, min_count)
        kept = [
            w for w, n in raw.items() if keep_vocab_item(w, n, self.effective_min_count, trim_rule)
        ]
        if not dry_run:
            if not update:
                self.min_count, self.sample = min_count, sample
            self._take(kept, update=update)
        report = self._report(np.array([raw[word] for word in kept], np.int64), sample)
        if not dry_run and not keep_raw_vocab:
            self.raw_vocab = {}
        return report

    def _take(self, words: list[Any], *, update: bool) -> None:
        """Give the words rows and counts."""
        wv = self.wv
        if not update:
            wv.index_to_key, wv.key_to_index = [], {}
            wv.vectors, wv.expandos = np.zeros((0, self.vector_size), REAL), {}
        new = [word for word in words if word not in wv.key_to_index]
        wv.key_to_index.update(zip(new, range(len(wv), len(wv) + len(new)), strict=True))
        wv.index_to_key += new
        wv.next_index = len(wv)
        wv.allocate_vecattrs(["count"], [int])
        counted = [self.raw_vocab.get(word, 0) for word in wv.index_to_key]
        wv.expandos["count"] = wv.expandos["count"] + np.array(counted, np.int64)
        if self.sorted_vocab and not update:
            wv.sort_by_descending_frequency()

    def _report(self, counts: NDArray[np.int64], sample: float) -> dict[str, int]:
        """What `prepare_vocab` says of the words that are left, by their counts just now."""
        total = int(counts.sum())
        share = subsample_share(sample, total)
        ratio = np.full(len(counts), np.inf) if not share else share * total / np.maximum(counts, 1)
        left = np.minimum(1.0, np.sqrt(ratio) + ratio)
        return {
            "drop_unique": len(self.raw_vocab) - len(counts),
            "retain_total": total,
            "downsample_unique": int((left < 1).sum()),
            "downsample_total": int(left @ counts),
            "num_retained_words": len(counts),
        }

    def estimate_memory(
        self, vocab_size: int | None = None, report: dict[str, int] | None = None
    ) -> dict[str, int]:
        """Bytes of words, vectors and output vectors, and of all."""
        n_words = vocab_size or len(self.wv)
        report = report or {}
        report["vocab"] = n_words * _WORD_BYTES
        report["vectors"] = report["syn1neg"] = n_words * self.vector_size * np.dtype(REAL).itemsize
        report["total"] = sum(report.values())
        logger.info("%d words of size %d take %d bytes", n_words, self.vector_size, report["total"])
        return report

    def _prepare_weights(self, *, update: bool) -> None:
        if not update:
            self.init_weights()
            return
        if not len(self.wv._vectors):
            raise RuntimeError(
                "You cannot do an online vocabulary-update of a model which has no prior "
                "vocabulary; build_vocab without update=True first"
            )
        self.wv.resize_vectors(self.seed)
        n_new = len(self.wv) - len(self.syn1neg)
        self.syn1neg = np.vstack([self.syn1neg, np.zeros((n_new, self.vector_size), REAL)])

    def init_weights(self) -> None:
        """Draw all vectors anew, as before a training."""
        self.wv.vectors = np.zeros((0, self.vector_size), REAL)
        self.wv.resize_vectors(self.seed)
        self.syn1neg = np.zeros((len(self.wv), self.vector_size), REAL)

    @staticmethod
    def _sentences(
        corpus_iterable: Iterable[Iterable[Any]] | None,
        corpus_file: str | os.PathLike[str] | None,
        sentences: Iterable[Iterable[Any]] | None,
        passes: int,
    ) -> Iterable[Iterable[Any]]:
        """The sentences given; TypeError unless there are some that can be read so often."""
        if sentences is not None:
            warn_of("sentences=", "corpus_iterable=", stacklevel=4)
            corpus_iterable = sentences
        if corpus_iterable is not None and corpus_file is not None:
            raise TypeError(
                "Both corpus_file and corpus_iterable must not be provided at the same time"
            )
        if corpus_iterable is None and corpus_file is None:
            raise TypeError("Either one of corpus_file or corpus_iterable value must be provided")
        if corpus_file is not None:
            from textseq.packing import PACKED

            if not os.path.isfile(corpus_file):
                raise TypeError(
                    "Parameter corpus_file must be a valid path to a file, got "
                    f"{corpus_file!r} instead"
                )
            if os.path.splitext(corpus_file)[1].lower() in PACKED:
                raise TypeError(
                    "Training from compressed files is not supported with the `corpus_file` "
                    f"argument. Please decompress {corpus_file} or use `corpus_iterable` instead."
                )
            return LineSentence(corpus_file)
        if not isinstance(corpus_iterable, Iterable):
            raise TypeError(
                "The corpus_iterable must be an iterable of lists of strings, got "
                f"{corpus_iterable!r} instead"
            )
        if isinstance(corpus_iterable, GeneratorType) and passes > 1:
            raise TypeError(
                f"Using a generator as corpus_iterable can't support {passes} passes. Try a "
                "re-iterable sequence."
            )
        return corpus_iterable


def subsample_share(sample: float, n_words: int) -> float:
    """`sample` as a share of the words, 0 for none; from 1 on it is a count that is thinned out."""
    if sample < 1:
        return float(sample)
    share = int(sample * (3 + math.sqrt(5)) / 2) / max(n_words, 1)
    return share if share < 1 else 0.0
