"""Spelling: the characters of words, for models that look at them.

In: words. Out: the characters of each that are read, and the Vocab of those of many. What becomes
of them is the business of characters.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from textseq.text.vocab import Vocab

LONGEST = 32  # characters of a word that are read; of a longer one, the first and the last half


def spelling(word: str) -> list[str]:
    """The characters of a word that are read."""
    if len(word) > LONGEST:
        word = word[: LONGEST // 2] + word[-(LONGEST // 2) :]
    return list(word)


def character_vocab(forms: Iterable[str]) -> Vocab:
    """The Vocab of the characters of different words; one that a single word has is <unk>.

    So <unk> is trained, and stands for what is as rare in other text.
    """
    counts: Counter[str] = Counter()
    for form in forms:
        counts.update(set(spelling(form)))
    return Vocab.from_counts(counts, min_count=2)
