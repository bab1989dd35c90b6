"""spaCy's keys: the number by which spaCy knows a string, and files that map keys to rows.

In: words; or the bytes of a key2row file, which is MessagePack of one map of whole numbers. Out: a
key for each word; keys and rows as arrays, and back. spaCy itself is not needed. Which words a
folder has and where its rows are is the business of spacy_folder.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

_SEED = 1
_MIX, _SHIFT = np.uint64(0xC6A4A7935BD1E995), np.uint64(47)
_BLOCK = 8  # bytes that are mixed at once
_WORDS_AT_ONCE = 1 << 16

# What is no word to spaCy but a name of its own has a small number for its key, and no hash. Most
# of them nobody writes; but number, agent, mark, root, LAW and DATE are words, too.
_FLAGS = "IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_PUNCT IS_SPACE IS_TITLE IS_UPPER LIKE_URL"
_FLAGS += " LIKE_NUM LIKE_EMAIL IS_STOP IS_OOV_DEPRECATED IS_BRACKET IS_QUOTE IS_LEFT_PUNCT"
_FLAGS += " IS_RIGHT_PUNCT IS_CURRENCY"
_PARTS = "ID ORTH LOWER NORM SHAPE PREFIX SUFFIX LENGTH CLUSTER LEMMA POS TAG DEP ENT_IOB ENT_TYPE"
_PARTS += " HEAD SENT_START SPACY PROB LANG ADJ ADP ADV AUX CONJ CCONJ DET INTJ NOUN NUM PART PRON"
_PARTS += " PROPN PUNCT SCONJ SYM VERB X EOL SPACE"
_LABELS = "PERSON NORP FACILITY ORG GPE LOC PRODUCT EVENT WORK_OF_ART LANGUAGE LAW DATE TIME"
_LABELS += " PERCENT MONEY QUANTITY ORDINAL CARDINAL acomp advcl advmod agent amod appos attr aux"
_LABELS += " auxpass cc ccomp complm conj cop csubj csubjpass dep det dobj expl hmod hyph infmod"
_LABELS += " intj iobj mark meta neg nmod nn npadvmod nsubj nsubjpass num number oprd obj obl"
_LABELS += " parataxis partmod pcomp pobj poss possessive preconj prep prt punct quantmod relcl"
_LABELS += " rcmod root xcomp acl ENT_KB_ID MORPH ENT_ID IDX _"
NAMES = [
    "", *_FLAGS.split(), *(f"FLAG{n}" for n in range(19, 64)), *_PARTS.split(),
    *(f"DEPRECATED{n:03}" for n in range(1, 277)), *_LABELS.split(),
]  # fmt: skip
_KEY_OF_NAME = {name: key for key, name in enumerate(NAMES)}


def keys_of(words: Sequence[str]) -> NDArray[np.uint64]:
    """The key of each word, (n,): MurmurHash64A of its UTF-8, small numbers for spaCy's names."""
    keys = np.empty(len(words), np.uint64)
    for start in range(0, len(words), _WORDS_AT_ONCE):
        part = words[start : start + _WORDS_AT_ONCE]
        keys[start : start + len(part)] = _hashes([word.encode("utf-8") for word in part])
    for place, word in enumerate(words):
        if word in _KEY_OF_NAME:
            keys[place] = _KEY_OF_NAME[word]
    return keys


def _hashes(encoded: Sequence[bytes]) -> NDArray[np.uint64]:
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    ends = np.cumsum(lengths)
    data = np.frombuffer(b"".join(encoded) + bytes(_BLOCK), np.uint8)
    hashes = np.uint64(_SEED) ^ (lengths.astype(np.uint64) * _MIX)
    for block in range(int(lengths.max(initial=0)) // _BLOCK + 1):
        left = lengths - _BLOCK * block
        here = np.flatnonzero(left > 0)
        at = (ends - lengths + _BLOCK * block)[here, None] + np.arange(_BLOCK)
        inside = np.arange(_BLOCK) < left[here, None]
        taken = np.where(inside, data[np.where(inside, at, 0)], 0).astype(np.uint8)
        mixed = taken.view("<u8")[:, 0].astype(np.uint64)
        whole = left[here] >= _BLOCK  # what is left behind the last of these is not scrambled
        scrambled = mixed * _MIX
        scrambled = (scrambled ^ (scrambled >> _SHIFT)) * _MIX
        hashes[here] = (hashes[here] ^ np.where(whole, scrambled, mixed)) * _MIX
    hashes = (hashes ^ (hashes >> _SHIFT)) * _MIX
    return hashes ^ (hashes >> _SHIFT)


# --- MessagePack: of all its kinds only whole numbers that are not negative, in one map

_NUMBER_BYTES = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}  # behind each of these bytes
_SMALL = 0x80  # lower bytes are numbers themselves
_MAPS = {0xDE: 2, 0xDF: 4}
_SMALL_MAP = range(0x80, 0x90)


def read_map(data: bytes) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The keys of a map of whole numbers and what they map to, (n,) each, in the order of the file.

    ValueError for anything else, and where a key stands twice.
    """
    if not data:
        raise ValueError("it is empty")
    kind, start = data[0], 1
    if kind in _SMALL_MAP:
        n = kind - _SMALL_MAP.start
    elif kind in _MAPS:
        start += _MAPS[kind]
        n = int.from_bytes(data[1:start], "big")
    else:
        raise ValueError("it is no map of MessagePack")
    if 2 * n > len(data) - start:  # a number takes a byte at least
        raise ValueError(f"it claims {n:,} keys in {len(data):,} bytes")
    numbers = np.empty(2 * n, np.uint64)
    for place in range(2 * n):
        first = data[start] if start < len(data) else 0xC0
        start += 1
        if first < _SMALL:
            numbers[place] = first
            continue
        width = _NUMBER_BYTES.get(first)
        if width is None or start + width > len(data):
            raise ValueError(f"entry {place // 2 + 1:,} of {n:,} is cut off, or no whole number")
        numbers[place] = int.from_bytes(data[start : start + width], "big")
        start += width
    if start != len(data):
        raise ValueError(f"there are {len(data) - start:,} bytes behind its map")
    keys, values = numbers[::2], numbers[1::2]
    if len(np.unique(keys)) != n:
        raise ValueError("a key stands twice in it")
    return keys, values


def write_map(keys: NDArray[np.uint64], values: Iterable[int] | NDArray[np.int64]) -> bytes:
    """The bytes that `read_map` reads, and every other reader of MessagePack."""
    entries = np.empty(len(keys), [("k", "u1"), ("key", ">u8"), ("v", "u1"), ("value", ">u4")])
    entries["k"], entries["v"] = 0xCF, 0xCE
    entries["key"], entries["value"] = keys, values
    return b"\xdf" + len(keys).to_bytes(4, "big") + entries.tobytes()
