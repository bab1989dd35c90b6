"""TokenTable: ids of many tokens at once, several times as fast as a dict (numba).

In: a list of str, an array of fixed-width Unicode (UCS-4), or UTF-8 bytes with offsets. Out: the
id of each token, -1 where it is not in the table. Once built it does not change: word_counter.py
has the table that grows. Unknown tokens, other kinds of arrays and small inputs are lookup.py's
business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from textseq.config import thread_count
from textseq.text.hash_tables.machine import find_first_bit, load8, load64
from textseq.text.hash_tables.word_counter import PackedWords, hash_long_word, same_bytes

_fast = njit(nogil=True, cache=True)

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio, as in word_counter.py
_0, _1, _8, _16, _24, _32, _48, _64 = (np.uint64(n) for n in (0, 1, 8, 16, 24, 32, 48, 64))
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_LOW_32 = np.uint64(0xFFFFFFFF)
_EACH_1 = np.uint64(0x0101010101010101)
_EACH_80 = np.uint64(0x8080808080808080)
_LOW_16 = np.uint64(0xFFFF)
_BIT_63 = np.uint64(1 << 63)
_NOT_ASCII = np.uint64(0xFFFFFF80FFFFFF80)

_BATCH = 1024  # tokens whose keys stay in the first cache until they are looked up
_PART = 1 << 12  # tokens of a list that are joined to one text
_PARTS = 1 << 8  # so many texts are in memory at once
_THREAD = 1 << 17  # tokens for which a thread pays
_LEAST_WIDTH = 8  # of an array of code points
_PADDING = bytes(16)  # so that 8 bytes can be loaded at any token

# --- from tokens to keys: up to 8 bytes are a number, more of them a hash


@_fast
def _first_bytes(address: Any, length: Any) -> Any:
    """Up to 8 bytes as a number, where 8 can be read."""
    if length == 0:
        return _0
    return load64(address) & (_ALL >> (_64 - _8 * np.uint64(length)))


@_fast
def _joined_keys(at: Any, n: Any, keys: Any, lengths: Any, places: Any) -> Any:
    """Keys of `n` tokens from address `at` on, a zero byte behind each; where the next begins."""
    for number in range(n):
        start = at
        while True:
            bytes_8 = load64(at)
            zeros = (bytes_8 - _EACH_1) & ~bytes_8 & _EACH_80  # the lowest bit is a true one
            if zeros:
                break
            at += 8
        at += np.int64(find_first_bit(zeros)) >> 3
        length = at - start
        keys[number] = _first_bytes(start, length) if length <= 8 else hash_long_word(start, length)
        lengths[number] = length
        places[number] = start
        at += 1
    return at


@_fast
def _utf8_keys(text: Any, n_bytes: Any, ends: Any, first: Any, n: Any, keys: Any, lengths: Any,
               places: Any) -> None:  # fmt: skip
    """Keys of `n` tokens from number `first` on; token i is text[ends[i]:ends[i + 1]]."""
    for number in range(n):
        start = ends[first + number]
        length = ends[first + number + 1] - start
        key = _0
        if length > 8:
            key = hash_long_word(text + start, length)
        elif start + 8 <= n_bytes:
            key = _first_bytes(text + start, length)
        else:
            for pos in range(length):
                key |= load8(text + start + pos) << (_8 * np.uint64(pos))
        keys[number] = key
        lengths[number] = length
        places[number] = text + start


@_fast
def _ucs4_keys(rows: Any, width: Any, first: Any, n: Any, keys: Any, lengths: Any, places: Any,
               rest: Any, scratch: Any) -> None:  # fmt: skip
    """Keys of `n` rows of code points, 8 or more a row; zeros at the end of a row are padding."""
    n_rest: Any = 0
    for number in range(n):
        row = rows + 4 * width * (first + number)
        end = row + 4 * width
        # Two code points are one number; those of ASCII move together to one byte each.
        points_01, points_23 = load64(row), load64(row + 8)
        points_45, points_67 = load64(row + 16), load64(row + 24)
        other = (points_01 | points_23 | points_45 | points_67) & _NOT_ASCII
        at = row + 32
        while at + 8 <= end:
            other |= load64(at)
            at += 8
        if at < end:
            other |= load64(at - 4) >> _32
        key = (
            ((points_01 | points_01 >> _24) & _LOW_16)
            | ((points_23 | points_23 >> _24) & _LOW_16) << _16
            | ((points_45 | points_45 >> _24) & _LOW_16) << _32
            | ((points_67 | points_67 >> _24) & _LOW_16) << _48
        )
        zeros = (key - _EACH_1) & ~key & _EACH_80
        length = (np.int64(find_first_bit(zeros | _BIT_63)) >> 3) + np.int64(zeros == _0)
        half = np.uint64(4 * length)  # in two steps, as 64 bits cannot go in one
        other |= (key >> half) >> half  # what stands behind a zero in the middle
        keys[number] = key
        lengths[number] = length
        rest[n_rest] = number
        n_rest += np.int64(other != _0)
    # What is not ASCII of up to 8 letters.
    free = 0
    for number in rest[:n_rest]:
        n_bytes = _write_token(rows + 4 * width * (first + number), width, scratch, free)
        place = scratch.ctypes.data + free
        keys[number] = (
            _first_bytes(place, n_bytes) if n_bytes <= 8 else hash_long_word(place, n_bytes)
        )
        lengths[number] = n_bytes
        places[number] = place
        free += n_bytes


@_fast
def _write_token(row: Any, n_points: Any, out: Any, start: Any) -> Any:
    """Write a row as UTF-8; its length in bytes."""
    while n_points and _point(row, n_points - 1) == _0:
        n_points -= 1
    end = start
    for pos in range(n_points):
        end = _write_utf8(_point(row, pos), out, end)
    return end - start


@_fast
def _point(row: Any, pos: Any) -> Any:
    """A code point; nothing behind its row is touched."""
    return load64(row + 4 * pos - 4) >> _32 if pos else load64(row) & _LOW_32


@_fast
def _write_utf8(point: Any, out: Any, end: Any) -> Any:
    """Write a code point, also half a surrogate pair; where the next one goes."""
    if point < 0x80:
        out[end] = point
        return end + 1
    if point < 0x800:
        out[end] = 0xC0 | point >> 6
        out[end + 1] = 0x80 | point & 0x3F
        return end + 2
    if point < 0x10000:
        out[end] = 0xE0 | point >> 12
        out[end + 1] = 0x80 | point >> 6 & 0x3F
        out[end + 2] = 0x80 | point & 0x3F
        return end + 3
    out[end] = 0xF0 | point >> 18
    out[end + 1] = 0x80 | point >> 12 & 0x3F
    out[end + 2] = 0x80 | point >> 6 & 0x3F
    out[end + 3] = 0x80 | point & 0x3F
    return end + 4


# --- from keys to ids: slot = (key, length << 32 | id + 1), both 0 where it is free


@_fast
def _slot_of(key: Any, length: Any, place: Any, slots: Any, n_bits: Any, ends: Any,
             blob: Any) -> Any:  # fmt: skip
    """The slot that holds the token, or the free one where it belongs."""
    slot = np.int64((key * _SPREAD) >> (_64 - np.uint64(n_bits)))
    while True:
        entry = slots[2 * slot + 1]
        if entry == _0:
            return slot
        if slots[2 * slot] == key and entry >> _32 == np.uint64(length):
            if length <= 8:
                return slot
            if same_bytes(place, blob + ends[np.int64(entry & _LOW_32) - 1], length):
                return slot
        slot = (slot + 1) & ((1 << n_bits) - 1)


@_fast
def _find(n: Any, keys: Any, lengths: Any, places: Any, rest: Any, slots: Any, n_bits: Any,
          ends: Any, blob: Any, ids: Any) -> None:  # fmt: skip
    """Ids of a batch. Most are found at once, without a branch that could be guessed wrongly."""
    n_rest = 0
    shift = _64 - np.uint64(n_bits)
    for number in range(n):
        at = (keys[number] * _SPREAD >> shift) << _1
        entry = slots[at + _1]
        length = np.uint64(lengths[number])
        ids[number] = np.int64(entry & _LOW_32) - 1
        same = (slots[at] == keys[number]) & (entry >> _32 == length)
        rest[n_rest] = number
        n_rest += 1 - (same & (entry != _0) & (length <= _8))
    for number in rest[:n_rest]:
        slot = _slot_of(keys[number], lengths[number], places[number], slots, n_bits, ends, blob)
        ids[number] = np.int64(slots[2 * slot + 1] & _LOW_32) - 1


@_fast
def _find_joined(at: Any, slots: Any, n_bits: Any, ends: Any, blob: Any, keys: Any, lengths: Any,
                 places: Any, rest: Any, ids: Any) -> Any:  # fmt: skip
    for first in range(0, len(ids), len(keys)):
        n = min(len(keys), len(ids) - first)
        at = _joined_keys(at, n, keys, lengths, places)
        _find(n, keys, lengths, places, rest, slots, n_bits, ends, blob, ids[first:])
    return at


@_fast
def _find_utf8(text: Any, n_bytes: Any, text_ends: Any, slots: Any, n_bits: Any, ends: Any,
               blob: Any, keys: Any, lengths: Any, places: Any, rest: Any,
               ids: Any) -> None:  # fmt: skip
    for first in range(0, len(ids), len(keys)):
        n = min(len(keys), len(ids) - first)
        _utf8_keys(text, n_bytes, text_ends, first, n, keys, lengths, places)
        _find(n, keys, lengths, places, rest, slots, n_bits, ends, blob, ids[first:])


@_fast
def _find_ucs4(rows: Any, width: Any, slots: Any, n_bits: Any, ends: Any, blob: Any, keys: Any,
               lengths: Any, places: Any, rest: Any, scratch: Any, ids: Any) -> None:  # fmt: skip
    for first in range(0, len(ids), len(keys)):
        n = min(len(keys), len(ids) - first)
        _ucs4_keys(rows, width, first, n, keys, lengths, places, rest, scratch)
        _find(n, keys, lengths, places, rest, slots, n_bits, ends, blob, ids[first:])


@_fast
def _fill(n_bytes: Any, slots: Any, n_bits: Any, ends: Any, blob: Any, keys: Any, lengths: Any,
          places: Any, rest: Any) -> Any:  # fmt: skip
    """Put all tokens into free slots; False where one stands twice."""
    for first in range(0, len(ends) - 1, len(keys)):
        n = min(len(keys), len(ends) - 1 - first)
        _utf8_keys(blob, n_bytes, ends, first, n, keys, lengths, places)
        for number in range(n):
            slot = _slot_of(
                keys[number], lengths[number], places[number], slots, n_bits, ends, blob
            )
            if slots[2 * slot + 1]:
                return False
            slots[2 * slot] = keys[number]
            slots[2 * slot + 1] = np.uint64(lengths[number]) << _32 | np.uint64(first + number + 1)
    return True


class TokenTable:
    """Tokens by their bytes; a token's id is its number in the list given."""

    def __init__(self, tokens: Sequence[str]) -> None:
        """Distinct tokens, any str; ValueError where one stands twice."""
        self._blob, self._ends = PackedWords.of(
            [t.encode("utf-8", "surrogatepass") for t in tokens]
        )
        self._n_bits = max(4, (len(tokens) * 3 // 2).bit_length())  # a third of the slots is free
        self._slots = np.zeros(2 << self._n_bits, np.uint64)
        if not _fill(len(self._blob), *self._parts, *_batch()):
            raise ValueError("a token stands twice")

    @property
    def _parts(self) -> tuple[NDArray[np.uint64], int, NDArray[np.int64], int]:
        return self._slots, self._n_bits, self._ends, self._blob.ctypes.data

    def of_list(self, tokens: Sequence[str]) -> NDArray[np.int32] | None:
        """Ids of a list or tuple; None where an element is no str or holds a NUL."""
        ids = np.empty(len(tokens), np.int32)
        for first in range(0, len(tokens), _PARTS * _PART):
            if not self._find_list(tokens, first, ids[first : first + _PARTS * _PART]):
                return None
        return ids

    def _find_list(self, tokens: Sequence[str], first: int, ids: NDArray[np.int32]) -> bool:
        """Ids of as many tokens as `ids` holds; False as in `of_list`."""
        # Short pieces: a letter beyond ASCII makes only its own piece wide.
        texts = []
        for start in range(first, first + len(ids), _PART):
            try:
                joined = "\0".join(tokens[start : start + _PART])
            except TypeError:
                return False
            texts.append(joined.encode("utf-8", "surrogatepass") + _PADDING)
        starts = [np.frombuffer(text, np.uint8).ctypes.data for text in texts]
        whole = np.ones(len(texts), np.bool_)

        def find(first: int, stop: int) -> None:
            batch, parts = _batch(), self._parts
            for number in range(first // _PART, -(-stop // _PART)):
                part = ids[number * _PART : (number + 1) * _PART]
                end = _find_joined(starts[number], *parts, *batch, part) - starts[number]
                # Otherwise there is a NUL that ends no token.
                whole[number] = end == len(texts[number]) - len(_PADDING) + 1

        _share(len(ids), find)
        return bool(whole.all())

    def of_utf8(self, address: int, n_bytes: int, ends: NDArray[np.int64]) -> NDArray[np.int32]:
        """Ids of the tokens text[ends[i]:ends[i + 1]], where `text` is UTF-8 at `address`."""
        ids = np.empty(len(ends) - 1, np.int32)

        def find(first: int, stop: int) -> None:
            own_ends, own_ids = ends[first : stop + 1], ids[first:stop]
            _find_utf8(address, n_bytes, own_ends, *self._parts, *_batch(), own_ids)

        _share(len(ids), find)
        return ids

    def of_ucs4(self, rows: NDArray[np.uint32]) -> NDArray[np.int32]:
        """Ids of rows of code points, (n, width); zeros at the end of a row are padding."""
        n_rows, width = rows.shape
        if width < _LEAST_WIDTH:
            wider = np.zeros((n_rows, _LEAST_WIDTH), np.uint32)
            wider[:, :width] = rows
            rows, width = wider, _LEAST_WIDTH
        rows = np.ascontiguousarray(rows)
        ids = np.empty(n_rows, np.int32)

        def find(first: int, stop: int) -> None:
            address = rows[first:stop].ctypes.data
            scratch = np.empty(4 * width * min(_BATCH, stop - first) + len(_PADDING), np.uint8)
            _find_ucs4(address, width, *self._parts, *_batch(), scratch, ids[first:stop])

        _share(n_rows, find)
        return ids


_Batch = tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _batch() -> _Batch:
    """Room for a batch: keys, lengths and addresses, and the numbers of those that take longer."""
    keys, lengths = np.zeros(_BATCH, np.uint64), np.zeros(_BATCH, np.int64)
    return keys, lengths, np.zeros(_BATCH, np.int64), np.zeros(_BATCH, np.int64)


def _share(n_tokens: int, work: Callable[[int, int], None]) -> None:
    """Call `work(first, stop)` for all tokens: shares of whole parts, in threads if they pay."""
    n_parts = -(-n_tokens // _PART)
    n_threads = max(1, min(thread_count(0), n_tokens // _THREAD))
    stops = [min(n_tokens, _PART * (n_parts * (i + 1) // n_threads)) for i in range(n_threads)]
    if n_threads == 1:
        work(0, n_tokens)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        for _ in pool.map(work, [0, *stops[:-1]], stops):
            pass
