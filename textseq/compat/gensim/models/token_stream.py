"""Token stream: sentences as one run of word numbers, which training goes through.

In: sentences, each an iterable of words. Out: a number for each word and where each sentence ends;
no second copy of any word is kept. What becomes of rare words is word2vec.py's business.
"""

from __future__ import annotations

import logging
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.compat.gensim.models.word_files import number_files
from textseq.compat.gensim.utils import TrimRule, prune_vocab

logger = logging.getLogger(__name__)


class TokenStream(NamedTuple):
    """`numbers` (N,) int32 of all words, and `ends` (S,) int64, where each sentence ends in it."""

    numbers: NDArray[np.int32]
    ends: NDArray[np.int64]

    def renumbered(self, becomes: NDArray[np.int32]) -> TokenStream:
        """The stream with becomes[n] for each number n."""
        return TokenStream(becomes[self.numbers], self.ends)


def number_words(sentences: Iterable[Iterable[Any]]) -> tuple[dict[Any, int], TokenStream]:
    """The count of each word in the order of first sight, and the stream of their numbers."""
    if (found := number_files(sentences)) is not None:
        counts, ids, ends = found
        return counts, TokenStream(ids, ends)
    numbers: defaultdict[Any, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    stream = _read(sentences, lambda sentence: map(numbers.__getitem__, sentence))
    counts = np.bincount(stream.numbers, minlength=len(numbers)).tolist()
    return dict(zip(numbers, counts, strict=True)), stream


def look_up_words(sentences: Iterable[Iterable[Any]], rows: Mapping[Any, int]) -> TokenStream:
    """The stream of their rows, -1 for words that have none."""
    if (found := number_files(sentences)) is not None:
        words, ids, ends = found
        return TokenStream(ids, ends).renumbered(rows_of(words, rows))
    return _read(sentences, lambda sentence: map(rows.get, sentence, repeat(-1)))


def rows_of(words: Collection[Any], rows: Mapping[Any, int]) -> NDArray[np.int32]:
    """The row of each word, -1 for those that have none."""
    return np.fromiter(map(rows.get, words, repeat(-1)), np.int32, len(words))


def _read(
    sentences: Iterable[Iterable[Any]], number: Callable[[Iterable[Any]], Iterable[int]]
) -> TokenStream:
    numbers, ends = array("i"), array("q")
    for sentence in sentences:
        if not ends and isinstance(sentence, str):
            logger.warning(
                "Each 'sentences' item should be a list of words (usually unicode strings). First "
                "item here is instead plain %s.",
                type(sentence),
            )
        numbers.extend(number(sentence))
        ends.append(len(numbers))
    return TokenStream(np.frombuffer(numbers, np.int32), np.frombuffer(ends, np.int64))


def count_words(
    sentences: Iterable[Iterable[Any]], most_words: int, trim_rule: TrimRule | None
) -> tuple[dict[Any, int], int, int]:
    """Counts, how many words, how many sentences.

    Behind a sentence with which there are more than `most_words`, rare ones are forgotten: those of
    one count, the next time those of two, and so on.
    """
    counts: defaultdict[Any, int] = defaultdict(int)
    n_words, n_sentences, least = 0, 0, 1
    for sentence in sentences:
        for word in sentence:
            counts[word] += 1
            n_words += 1
        n_sentences += 1
        if len(counts) > most_words:
            prune_vocab(counts, least, trim_rule)
            least += 1
    return counts, n_words, n_sentences
