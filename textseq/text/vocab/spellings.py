"""Spellings: the tokens that are spelled much like a word.

In: lists of tokens and a word. Out: those that a few slips of the fingers make of it, whatever
their case. Hangul is taken apart into the keys that one presses for it (korean_keys.py), so that a
wrong letter in a syllable is one slip.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.text.vocab.korean_keys import MOST_KEYS, all_keys, number_of

_LONGEST = 100  # keys of a word that is looked for
_N_CODES = 0x110000


def find_spellings(lists: Iterable[Sequence[str]], word: str, n: int) -> list[str]:
    """Up to `n` other tokens that 0 to 3 slips make of `word`, by their number and then in order.

    A slip is a key too much, one too few, another one, or two in the wrong order (optimal string
    alignment). The shorter the word, the fewer there may be; another case is none. The tokens come
    in lists, of which one is looked at after the other, so that not all need be in memory.
    """
    found: list[tuple[int, str]] = []
    for tokens in lists:
        near = _near(tokens, word)
        found += [(slips, token) for slips, token in near if token != word][:n]
        found = sorted(found, key=lambda each: each[0])[:n]
    return [token for _, token in found]


def _near(tokens: Sequence[str], word: str) -> list[tuple[int, str]]:
    """The tokens that a few slips make of `word`, with how many, the fewest first."""
    wanted, sizes = _codes_of([word])
    hangul = bool((number_of(wanted) >= 0).any())
    if hangul:
        wanted = _keys_of(wanted)
    n_keys = len(wanted)
    if not 0 < n_keys <= _LONGEST:
        return []
    slips = 0 if n_keys < 2 else 1 if n_keys < 6 else 2 if n_keys < 12 else 3
    low, high = n_keys - slips, n_keys + slips
    n_chars = np.fromiter(map(len, tokens), np.int64, len(tokens))
    ids = np.flatnonzero((n_chars >= (-(-low // MOST_KEYS) if hangul else low)) & (n_chars <= high))
    codes, sizes = _codes_of([tokens[i] for i in ids.tolist()])
    lengths = _sums(_key_counts()[codes], sizes) if hangul else sizes
    ids, codes, lengths = _select((lengths >= low) & (lengths <= high), ids, codes, sizes, lengths)
    if hangul:
        codes = _keys_of(codes)
    # Most words are told apart by how many of their keys `word` has; a wrong order hides none.
    is_wanted = np.zeros(_N_CODES, np.bool_)
    is_wanted[wanted] = True
    likely = _sums(is_wanted[codes], lengths) >= lengths - slips
    ids, codes, lengths = _select(likely, ids, codes, lengths, lengths)
    distances = _distances(wanted, _rows(codes, lengths, high), lengths, slips)
    order = np.argsort(distances, kind="stable")[: np.count_nonzero(distances <= slips)]
    return [
        (distance, tokens[i])
        for distance, i in zip(distances[order].tolist(), ids[order].tolist(), strict=True)
    ]


def _codes_of(words: list[str]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The code points of all words end to end, in small letters, and how many each has."""
    text = "".join(words).lower()
    sizes = np.fromiter(map(len, words), np.int64, len(words))
    if len(text) != sizes.sum():  # the small form of a few letters is two
        sizes = np.fromiter((len(word.lower()) for word in words), np.int64, len(words))
    if text.isascii():
        return np.frombuffer(text.encode(), np.uint8), sizes
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32), sizes


def _sums(values: NDArray[Any], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sum of the values of each word; `sizes` says how many are whose."""
    ends = np.cumsum(sizes)
    before = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=before[1:])
    sums: NDArray[np.int64] = before[ends] - before[ends - sizes]
    return sums


def _select(
    chosen: NDArray[np.bool_], ids: NDArray[np.int64], codes: NDArray[Any],
    sizes: NDArray[np.int64], lengths: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[np.int64]]:  # fmt: skip
    """The ids, codes and lengths of the words that are chosen."""
    return ids[chosen], codes[np.repeat(chosen, sizes)], lengths[chosen]


@functools.cache
def _key_counts() -> NDArray[np.uint8]:
    """How many keys each code point takes."""
    counts = np.ones(_N_CODES, np.uint8)
    numbers = number_of(np.arange(_N_CODES, dtype=np.uint32))
    sizes = np.array([len(keys) for keys in all_keys()], np.uint8)
    counts[numbers >= 0] = sizes[numbers[numbers >= 0]]
    return counts


def _keys_of(codes: NDArray[Any]) -> NDArray[np.uint32]:
    """The keys of code points, without regard to shift."""
    counts = _key_counts()[codes].astype(np.int64)
    keys = np.repeat(codes.astype(np.uint32), counts)
    numbers = number_of(codes)
    korean = np.flatnonzero(numbers >= 0)
    padded = "".join(keys.ljust(MOST_KEYS) for keys in all_keys()).lower()
    table = np.frombuffer(padded.encode(), np.uint8).reshape(-1, MOST_KEYS)
    starts = (np.cumsum(counts) - counts)[korean]
    for place in range(MOST_KEYS):
        has = counts[korean] > place
        keys[starts[has] + place] = table[numbers[korean[has]], place]
    return keys


def _rows(codes: NDArray[Any], lengths: NDArray[np.int64], width: int) -> NDArray[Any]:
    """Words as rows of one length, (n, width); what stands behind a word means nothing."""
    starts = np.cumsum(lengths) - lengths
    rows: NDArray[Any] = codes[np.minimum(starts[:, None] + np.arange(width), len(codes) - 1)]
    return rows


def _distances(
    word: NDArray[Any], rows: NDArray[Any], lengths: NDArray[np.int64], most: int
) -> NDArray[np.int16]:
    """Optimal string alignment between a word and each row, (n,); exact up to `most`.

    All tables at once, a line of them after the other; cells further than `most` from the diagonal
    stay large.
    """
    width, large = rows.shape[1], np.int16(len(word) + rows.shape[1])
    before = now = np.zeros((0, 0), np.int16)
    after = np.full((width + 1, len(rows)), large)
    after[: most + 1] = np.arange(most + 1)[:, None]
    for i in range(1, len(word) + 1):
        before, now, after = now, after, np.full((width + 1, len(rows)), large)
        if i <= most:
            after[0] = i
        for j in range(max(1, i - most), min(width, i + most) + 1):
            other = rows[:, j - 1] != word[i - 1]
            cell = np.minimum(now[j - 1] + other, np.minimum(now[j], after[j - 1]) + 1)
            if i > 1 and j > 1:
                crossed = (rows[:, j - 1] == word[i - 2]) & (rows[:, j - 2] == word[i - 1])
                cell = np.where(crossed, np.minimum(cell, before[j - 2] + 1), cell)
            after[j] = cell
    return after[lengths, np.arange(len(rows))]
