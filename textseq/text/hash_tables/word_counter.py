"""WordCounter: from bytes of text to ids of words and their counts, many times as fast as a dict.

In: blocks of UTF-8 bytes. Out: for each run of bytes between ASCII white space its id, in the
order of first sight, and where the lines end. A word is bytes here: what it means, how it is
cleaned and cut into tokens is the business of scan/, and so is a table that gets too large.
White space is found 64 bytes at a time; a word of up to 8 bytes is one number, which a hash
table compares in one step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from textseq.text.hash_tables.machine import (
    WINDOW,
    find_first_bit,
    find_newlines,
    find_white_space,
    load8,
    load64,
)

CAPACITY = 1 << 14  # words of a new table; it doubles when full
BATCH_IDS = 1 << 16  # a quarter MiB, which stays in the cache until it is written away
_MARGIN = WINDOW + 8  # a window, and the 8 bytes loaded at its last one

# --- the hash table: slot = (key, length << 32 | id + 1), both 0 where it is free

_fast = njit(nogil=True, cache=True)

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: Fibonacci hashing
_MIX = np.uint64(0xD6E8FEB86659FD93)
_0, _1, _8, _32, _64 = (np.uint64(n) for n in (0, 1, 8, 32, 64))
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_LOW_32 = np.uint64(0xFFFFFFFF)


@_fast
def hash_long_word(address: Any, length: Any) -> Any:
    """A hash of more than 8 bytes; the last 8 may overlap those before."""
    key = np.uint64(length) * _SPREAD
    last = address + length - 8
    while address < last:
        key = (key ^ load64(address)) * _MIX
        key ^= key >> _32
        address += 8
    key = (key ^ load64(last)) * _MIX
    return key ^ (key >> _32)


@_fast
def _key(address: Any, length: Any) -> Any:
    """Up to 8 bytes as they are, more as a hash; nothing behind the word is touched."""
    if length > 8:
        return hash_long_word(address, length)
    key = _0
    for pos in range(length):
        key |= load8(address + pos) << (_8 * np.uint64(pos))
    return key


@_fast
def same_bytes(one: Any, other: Any, length: Any) -> Any:
    """Whether more than 8 bytes are equal."""
    last = one + length - 8
    while one < last:
        if load64(one) != load64(other):
            return False
        one += 8
        other += 8
    # `one` may have gone past `last` by less than 8: step back to the last 8 bytes.
    return load64(last) == load64(other - (one - last))


@_fast
def _slot(
    key: Any, address: Any, length: Any, slots: Any, n_bits: Any, ends: Any, blob: Any
) -> Any:
    """The slot that holds the word, or the free one where it belongs; tables by address."""
    slot = np.int64((key * _SPREAD) >> (_64 - np.uint64(n_bits)))
    while True:
        entry = load64(slots + 16 * slot + 8)
        if entry == _0:
            return slot
        if load64(slots + 16 * slot) == key and entry >> _32 == np.uint64(length):
            if length <= 8:
                return slot
            word_id = np.int64(entry & _LOW_32) - 1
            start = np.int64(load64(ends + 8 * word_id))
            if same_bytes(address, blob + start, length):
                return slot
        slot = (slot + 1) & ((1 << n_bits) - 1)


@_fast
def _insert(text: Any, start: Any, length: Any, key: Any, slot: Any, n_words: Any,
            slots: Any, ends: Any, counts: Any, blob: Any) -> Any:  # fmt: skip
    """Put a new word into its free slot; False where the table or its bytes are full."""
    end = ends[n_words]
    if n_words >= len(counts) or end + length > len(blob):
        return False
    blob[end : end + length] = text[start : start + length]
    slots[2 * slot] = key
    slots[2 * slot + 1] = np.uint64(length) << _32 | np.uint64(n_words + 1)
    ends[n_words + 1] = end + length
    counts[n_words] = 0
    return True


@_fast
def _scan(text: Any, start: Any, n_words: Any, slots: Any, n_bits: Any, ends: Any, counts: Any,
          blob: Any, ids: Any, line_ends: Any) -> Any:  # fmt: skip
    """Scan from `start` until the text ends or something is full.

    Returns where to go on (the start of a word), the numbers of words, ids and line ends, and
    what stopped it: 0 the end, -1 full ids or line ends, else bytes of a word without a slot.
    """
    text_at, slots_at = text.ctypes.data, slots.ctypes.data
    ends_at, blob_at = ends.ctypes.data, blob.ctypes.data
    n_ids: Any = 0
    n_lines: Any = 0
    word = pos = start
    while pos + _MARGIN <= len(text):
        if n_ids + WINDOW > len(ids) or n_lines + WINDOW > len(line_ends):
            return word, n_words, n_ids, n_lines, -1
        stops = find_white_space(text_at + pos)
        line_stops = find_newlines(text_at + pos)
        while stops:
            bit = find_first_bit(stops)
            length = pos + bit - word
            if length > 0:
                address = text_at + word
                if length <= 8:
                    key = load64(address) & (_ALL >> (_64 - _8 * np.uint64(length)))
                else:
                    key = hash_long_word(address, length)
                slot = _slot(key, address, length, slots_at, n_bits, ends_at, blob_at)
                word_id = np.int64(slots[2 * slot + 1] & _LOW_32) - 1
                if word_id < 0:
                    if not _insert(text, word, length, key, slot, n_words,
                                   slots, ends, counts, blob):  # fmt: skip
                        return word, n_words, n_ids, n_lines, length
                    word_id = n_words
                    n_words += 1
                counts[word_id] += 1
                ids[n_ids] = word_id
                n_ids += 1
            # Written at each stop and kept at newlines only: cheaper than a branch.
            line_ends[n_lines] = n_ids
            n_lines += np.int64((line_stops >> np.uint64(bit)) & _1)
            word = pos + bit + 1
            stops &= stops - _1
        pos += WINDOW
    return word, n_words, n_ids, n_lines, 0


@_fast
def _add(text: Any, text_ends: Any, chosen: Any, weights: Any, first: Any, n_words: Any,
         slots: Any, n_bits: Any, ends: Any, counts: Any, blob: Any, ids: Any) -> Any:  # fmt: skip
    """Add words given one by one; returns the next one, the number of words, bytes without a slot.

    `weights` are added to the counts; words not `chosen` get the id -1.
    """
    for number in range(first, len(ids)):
        ids[number] = -1
        if not chosen[number]:
            continue
        start = text_ends[number]
        length = text_ends[number + 1] - start
        address = text.ctypes.data + start
        key = _key(address, length)
        slot = _slot(
            key, address, length, slots.ctypes.data, n_bits, ends.ctypes.data, blob.ctypes.data
        )
        word_id = np.int64(slots[2 * slot + 1] & _LOW_32) - 1
        if word_id < 0:
            if not _insert(text, start, length, key, slot, n_words, slots, ends, counts, blob):
                return number, n_words, length
            word_id = n_words
            n_words += 1
        counts[word_id] += weights[number]
        ids[number] = word_id
    return len(ids), n_words, -1


@_fast
def _find(text: Any, text_ends: Any, slots: Any, n_bits: Any, ends: Any, blob: Any,
          ids: Any) -> None:  # fmt: skip
    for number in range(len(ids)):
        start = text_ends[number]
        length = text_ends[number + 1] - start
        address = text.ctypes.data + start
        slot = _slot(
            _key(address, length), address, length,
            slots.ctypes.data, n_bits, ends.ctypes.data, blob.ctypes.data,
        )  # fmt: skip
        ids[number] = np.int64(slots[2 * slot + 1] & _LOW_32) - 1


@_fast
def _hash(text: Any, text_ends: Any, out: Any) -> None:
    """A byte for each word, made of other bits of its key than those that choose its slot."""
    for number in range(len(out)):
        start = text_ends[number]
        key = _key(text.ctypes.data + start, text_ends[number + 1] - start)
        out[number] = ((key ^ (key >> _32)) * _MIX) >> np.uint64(56)


@_fast
def _move(old: Any, new: Any, n_bits: Any) -> None:
    """Put all words into a larger table."""
    for source in range(0, len(old), 2):
        if old[source + 1]:
            slot = np.int64((old[source] * _SPREAD) >> (_64 - np.uint64(n_bits)))
            while new[2 * slot + 1]:
                slot = (slot + 1) & ((1 << n_bits) - 1)
            new[2 * slot] = old[source]
            new[2 * slot + 1] = old[source + 1]


class PackedWords(NamedTuple):
    """Words laid end to end: word i is blob[ends[i]:ends[i + 1]], and ends[0] is 0."""

    blob: NDArray[np.uint8]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, words: Sequence[bytes]) -> PackedWords:
        """These words."""
        ends = np.zeros(len(words) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, words), np.int64, len(words)), out=ends[1:])
        # A bytearray, because numba compiles once more for read-only arrays.
        return cls(np.frombuffer(bytearray().join(words), np.uint8), ends)

    def to_list(self) -> list[bytes]:
        """Each word as bytes."""
        blob, ends = self.blob.tobytes(), self.ends.tolist()
        return [blob[start:stop] for start, stop in pairwise(ends)]

    def hashes(self) -> NDArray[np.uint8]:
        """A number from 0 to 255 for each word, to share words out evenly."""
        hashes = np.empty(len(self.ends) - 1, np.uint8)
        _hash(self.blob, self.ends, hashes)
        return hashes


class WordCounter:
    """Distinct words (any bytes) with their counts; ids in the order of first sight."""

    def __init__(self) -> None:
        self._n_words = 0
        self._n_bits = CAPACITY.bit_length()  # half of the slots stay free
        self._slots = np.zeros(2 << self._n_bits, np.uint64)
        self._ends = np.zeros(CAPACITY + 1, np.int64)
        self._counts = np.zeros(CAPACITY, np.int64)
        self._blob = np.zeros(8 * CAPACITY, np.uint8)

    def clear(self) -> None:
        """Forget all words but keep the memory, also in the middle of a `scan`."""
        self._n_words = 0
        self._slots.fill(0)

    def __len__(self) -> int:
        return self._n_words

    @property
    def n_bytes(self) -> int:
        """Length of all words together."""
        return int(self._ends[self._n_words])

    @property
    def words(self) -> PackedWords:
        """The words by id, as views."""
        return PackedWords(self._blob[: self.n_bytes], self._ends[: self._n_words + 1])

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each word was seen, as a view."""
        return self._counts[: self._n_words]

    def scan(self, block: bytes) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        """Ids of a block's words in order, in batches, each with the line ends within it.

        A line end is how many of the batch's words came before a newline. The arrays are
        overwritten by the next batch. The end of the block ends its last word, but no line.
        """
        ids, line_ends = np.empty(BATCH_IDS, np.int32), np.empty(BATCH_IDS, np.int32)
        text, pos, at_tail = np.frombuffer(block, np.uint8), 0, False
        while True:
            pos, self._n_words, n_ids, n_lines, stopped_by = _scan(
                text, pos, self._n_words, self._slots, self._n_bits, self._ends, self._counts,
                self._blob, ids, line_ends,
            )  # fmt: skip
            if n_ids or n_lines:
                yield ids[:n_ids], line_ends[:n_lines]
            if stopped_by > 0:
                self._grow(stopped_by)
            elif stopped_by == 0 and at_tail:
                return
            elif stopped_by == 0:
                # The last window would reach behind the block: it is scanned in a longer copy.
                tail = block[pos:] + b" " * (WINDOW + _MARGIN)
                text, pos, at_tail = np.frombuffer(tail, np.uint8), 0, True

    def add(
        self,
        words: PackedWords,
        weights: NDArray[np.int64],
        chosen: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.int32]:
        """Add words, each seen so many times; their ids, -1 for those not `chosen`."""
        ids = np.empty(len(weights), np.int32)
        chosen = np.ones(len(weights), np.bool_) if chosen is None else chosen
        done = 0
        while True:
            done, self._n_words, needed = _add(
                words.blob, words.ends, chosen, weights, done, self._n_words, self._slots,
                self._n_bits, self._ends, self._counts, self._blob, ids,
            )  # fmt: skip
            if needed < 0:
                return ids
            self._grow(needed)

    def find(self, words: PackedWords) -> NDArray[np.int32]:
        """Ids of words, -1 for those that are not here."""
        ids = np.empty(len(words.ends) - 1, np.int32)
        _find(words.blob, words.ends, self._slots, self._n_bits, self._ends, self._blob, ids)
        return ids

    def _grow(self, needed: int) -> None:
        """Make room for one more word of `needed` bytes, and for many like those so far."""
        if self.n_bytes + needed > len(self._blob):
            blob = np.zeros(max(2 * len(self._blob), self.n_bytes + needed), np.uint8)
            blob[: self.n_bytes] = self._blob[: self.n_bytes]
            self._blob = blob
        if self._n_words == len(self._counts):
            self._n_bits += 1
            slots = np.zeros(2 << self._n_bits, np.uint64)
            _move(self._slots, slots, self._n_bits)
            self._slots = slots
            more = np.zeros(self._n_words, np.int64)
            self._counts = np.concatenate([self._counts, more])
            self._ends = np.concatenate([self._ends, more])
