"""Character n-grams: of which rows of a hash table the vector of any word is made.

In: words. Out: numbers of rows, as fastText and as floret find them. Both put signs around a word
and hash what lies between `minn` and `maxn` characters of it, fastText by FNV-1a to one row, floret
by MurmurHash3 to one to four and the whole word with it. The table itself is `subwords.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_type_hints

import numpy as np
from numpy.typing import NDArray

from textseq.artifact import short

_FNV_START, _FNV_PRIME = np.uint32(2166136261), np.uint32(16777619)
_C1, _C2 = np.uint64(0x87C37B91114253D5), np.uint64(0x4CF5AD432745937F)
_END_OF_LINE = "</s>"  # fastText's word of its own, which has no n-grams
LONGEST_NGRAM = 100  # characters; of more each word would have thousands


@dataclass(frozen=True)
class NgramHashes:
    """How words become rows of a table of `bucket` rows; maxn 0 makes no n-grams.

    Hughes et al., Bojanowski et al. (2017); `hash_count` and `seed` are floret's alone.
    """

    kind: Literal["fasttext", "floret"]
    bucket: int
    minn: int
    maxn: int
    hash_count: int = 1
    seed: int = 0
    bow: str = "<"
    eow: str = ">"

    def __post_init__(self) -> None:
        """ValueError for what no table can be."""
        if not 0 <= self.minn <= LONGEST_NGRAM or not 0 <= self.maxn <= LONGEST_NGRAM:
            raise ValueError(
                f"its n-grams have {self.minn} to {self.maxn} characters; 0 to {LONGEST_NGRAM} work"
            )
        if not 0 <= self.bucket < 2**31 or (self.bucket == 0 and self.maxn > 0):
            raise ValueError(f"its n-grams are hashed to {self.bucket:,} rows")
        if self.kind not in ("fasttext", "floret") or not 1 <= self.hash_count <= 4:
            raise ValueError(f"n-grams are hashed {self.hash_count} times, as {self.kind} does not")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"the seed of its hashes is {self.seed}")

    @classmethod
    def from_json(cls, options: Any) -> NgramHashes:
        """What a config says; ValueError where that is none."""
        kinds = get_type_hints(cls)
        if not isinstance(options, dict) or options.keys() != kinds.keys():
            raise ValueError("its config does not say how n-grams are hashed")
        for name, kind in kinds.items():
            wanted = int if kind is int else str
            if type(options[name]) is not wanted:
                raise ValueError(f"{name} of its n-grams is {short(options[name])}")
        return cls(**options)

    def rows(self, words: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of the n-grams of all words end to end, and how many each word has, (n_words,)."""
        hashed = self._fasttext(words) if self.kind == "fasttext" else self._floret(words)
        found = list(hashed)
        word_of = np.concatenate([np.zeros(0, np.int64), *(where for where, _ in found)])
        rows = np.concatenate([np.zeros(0, np.int64), *(rows for _, rows in found)])
        order = np.argsort(word_of, kind="stable")
        return rows[order], np.bincount(word_of, minlength=len(words))

    def _fasttext(self, words: Sequence[str]) -> Iterator[tuple[NDArray[np.int64], ...]]:
        """Of each length the words and rows of its n-grams.

        That of n characters has the hash of the one before it, carried on by a character's bytes,
        whose signs fastText extends.
        """
        text = _Characters(
            "" if word == _END_OF_LINE else self.bow + word + self.eow for word in words
        )
        signed = text.data.view(np.int8).astype(np.int32).view(np.uint32)
        hashes = np.full(len(text.word_of), _FNV_START)
        for n in range(1, self.maxn + 1):
            start = text.starts_of(n)
            if not start.size:
                return
            byte, stop = text.bounds[start + n - 1], text.bounds[start + n]
            grown = hashes[start]
            while (left := byte < stop).any():
                grown[left] = (grown[left] ^ signed[byte[left]]) * _FNV_PRIME
                byte += 1
            hashes[start] = grown
            if n < self.minn:
                continue
            kept = text.are_ngrams(start, n)
            yield text.word_of[start][kept], (grown[kept] % np.uint32(self.bucket)).astype(np.int64)

    def _floret(self, words: Sequence[str]) -> Iterator[tuple[NDArray[np.int64], ...]]:
        """The same for whole words and for the n-grams of each length, once for each hash."""
        text = _Characters(self.bow + word + self.eow for word in words)
        first = np.flatnonzero(text.is_first)
        spans = [(first, text.stop_of[first])]
        for n in range(max(1, self.minn), self.maxn + 1):
            start = text.starts_of(n)
            start = start[text.are_ngrams(start, n)]
            spans.append((start, start + n))
        for start, stop in spans:
            hashes = murmur3(text.data, text.bounds[start], text.bounds[stop], self.seed)
            for column in range(self.hash_count):
                rows = hashes[:, column] % np.uint32(self.bucket)
                yield text.word_of[start], rows.astype(np.int64)


class _Characters:
    """Where the characters of words laid end to end are; C of them in N bytes.

    `bounds` (C + 1,): the byte at which each begins; `word_of` (C,), and `stop_of` (C,), behind
    the last character of its word; `is_first` (C,).
    """

    def __init__(self, words: Iterator[str]) -> None:
        encoded = [word.encode("utf-8", "surrogatepass") for word in words]
        n_bytes = np.fromiter(map(len, encoded), np.int64, len(encoded))
        self.data = np.frombuffer(b"".join(encoded), np.uint8)
        begins = np.flatnonzero((self.data & 0xC0) != 0x80)
        self.bounds = np.append(begins, len(self.data))
        word_starts = np.cumsum(n_bytes) - n_bytes
        self.word_of = np.searchsorted(word_starts + n_bytes, begins, side="right")
        stops = np.searchsorted(begins, word_starts + n_bytes)
        self.stop_of = stops[self.word_of]
        self.is_first = begins == word_starts[self.word_of]

    def starts_of(self, n: int) -> NDArray[np.int64]:
        """The characters at which an n-gram of `n` characters begins."""
        return np.flatnonzero(np.arange(n, len(self.word_of) + n) <= self.stop_of)

    def are_ngrams(self, start: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
        """Of `n` characters from these on, whether they are more than the sign at an end."""
        if n > 1:
            return np.ones(len(start), bool)
        more: NDArray[np.bool_] = ~(self.is_first[start] | (start + 1 == self.stop_of[start]))
        return more


def murmur3(
    data: NDArray[np.uint8], start: NDArray[np.int64], stop: NDArray[np.int64], seed: int
) -> NDArray[np.uint32]:
    """MurmurHash3 (x64, 128 bits) of spans of bytes, (n, 4); the lowest 32 bits first."""
    length = stop - start
    n_blocks = int(length.max(initial=0)) // 16 + 1
    h1 = np.full(len(start), seed, np.uint64)
    h2 = h1.copy()
    for block in range(n_blocks):
        left = length - 16 * block
        here = np.flatnonzero(left > 0)
        at = (start + 16 * block)[here, None] + np.arange(16)
        inside = np.arange(16) < left[here, None]
        padded = np.where(inside, data[np.where(inside, at, 0)], 0).astype(np.uint8)
        k1, k2 = padded.view("<u8").astype(np.uint64).T
        a, b = h1[here], h2[here]
        a ^= _rotated(k1 * _C1, 31) * _C2
        whole = left[here] >= 16  # the last bytes are mixed in, and that is all
        a = np.where(whole, (_rotated(a, 27) + b) * np.uint64(5) + np.uint64(0x52DCE729), a)
        b ^= _rotated(k2 * _C2, 33) * _C1
        b = np.where(whole, (_rotated(b, 31) + a) * np.uint64(5) + np.uint64(0x38495AB5), b)
        h1[here], h2[here] = a, b
    h1 ^= length.astype(np.uint64)
    h2 ^= length.astype(np.uint64)
    h1 += h2
    h2 += h1
    h1, h2 = _finished(h1), _finished(h2)
    h1 += h2
    h2 += h1
    return np.stack([h1, h2], axis=1).astype("<u8").view("<u4")


def _rotated(numbers: NDArray[np.uint64], n_bits: int) -> NDArray[np.uint64]:
    return (numbers << np.uint64(n_bits)) | (numbers >> np.uint64(64 - n_bits))


def _finished(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        numbers = (numbers ^ (numbers >> np.uint64(33))) * np.uint64(factor)
    return numbers ^ (numbers >> np.uint64(33))
