"""torchtext.vocab.vocab_factory: from counts or from token lists to a Vocab.

In: a dict of counts, or an iterable of token lists. Out: a Vocab without a default index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from textseq.compat.torchtext.vocab.vocab import Vocab
from textseq.text.vocab import Vocab as TextVocab


def vocab(
    ordered_dict: Mapping[str, int],
    min_freq: int = 1,
    specials: list[str] | None = None,
    special_first: bool = True,
) -> Vocab:
    """The Vocab of counted tokens in the order of the dict; specials in the order given.

    Specials are kept whatever their count, and stand where `special_first` says only.
    """
    names = list(specials or [])
    words = [t for t, n in ordered_dict.items() if n >= min_freq and t not in names]
    tokens = [*names, *words] if special_first else [*words, *names]
    counts = np.array([int(ordered_dict.get(token, 0)) for token in tokens], np.int64)
    return Vocab(TextVocab(tokens, counts, names))


def build_vocab_from_iterator(
    iterator: Iterable[Iterable[str]],
    min_freq: int = 1,
    specials: list[str] | None = None,
    special_first: bool = True,
    max_tokens: int | None = None,
) -> Vocab:
    """The Vocab of an iterator of token lists: by falling count, ties by token.

    `max_tokens` counts the specials, too: of the words, the `max_tokens - len(specials)` most
    frequent are looked at, specials among them included. AssertionError where none is left.
    """
    counts: Counter[str] = Counter()
    for tokens in iterator:
        counts.update(tokens)
    specials = list(specials or [])
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    if max_tokens is not None:
        if len(specials) >= max_tokens:
            raise AssertionError(
                f"max_tokens is {max_tokens}; the {len(specials)} specials leave no room for words"
            )
        ranked = ranked[: max_tokens - len(specials)]
    return vocab(dict(ranked), min_freq, specials, special_first)
