"""Korean keys: Hangul as one types it, on the keyboard that most people have (Dubeolsik).

In: a text. Out: the Latin letters on the same keys; what the keys of Latin letters are in Hangul;
and the keys of each syllable as a table.
"""

from __future__ import annotations

import functools
import re
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

_INITIALS = list("rRseEfaqQtTdwWczxvg")
_VOWELS = [*"koiOjpuPh", "hk", "ho", "hl", *"yn", "nj", "np", "nl", *"bm", "ml", "l"]
_LIQUID = ["fr", "fa", "fq", "ft", "fx", "fv", "fg"]
_FINALS = ["", *"rR", "rt", "s", "sw", "sg", *"ef", *_LIQUID, *"aq", "qt", *"tTdwczxvg"]
# The letters by themselves, U+3131 to U+3163.
_LETTERS = [*"rR", "rt", "s", "sw", "sg", *"eEf", *_LIQUID, *"aqQ", "qt", *"tTdwWczxvg", *_VOWELS]
MOST_KEYS = 5  # of a syllable: 뷁 is q np fr
N_SYLLABLES = len(_INITIALS) * len(_VOWELS) * len(_FINALS)
FIRST_SYLLABLE, FIRST_LETTER = 0xAC00, 0x3131
_VOWEL = f"(?:{'|'.join(sorted(_VOWELS, key=len, reverse=True))})"
_FINAL = f"(?:{'|'.join(sorted(_FINALS[1:], key=len, reverse=True))})"
# A consonant in front of a vowel begins the next syllable.
_SYLLABLE = re.compile(f"([{''.join(_INITIALS)}])({_VOWEL})({_FINAL}(?![hkoiOjpuPynbml]))?")


@functools.cache
def all_keys() -> list[str]:
    """The keys of each syllable in the order of their code points, and behind them of each letter.

    With shift as capitals.
    """
    return [*map("".join, product(_INITIALS, _VOWELS, _FINALS)), *_LETTERS]


def number_of(codes: NDArray[Any]) -> NDArray[np.int64]:
    """Where code points stand in `all_keys`; -1 for what is no Hangul."""
    exact = codes.astype(np.int64)
    syllable, letter = exact - FIRST_SYLLABLE, exact - FIRST_LETTER
    numbers = np.where((letter >= 0) & (letter < len(_LETTERS)), letter + N_SYLLABLES, -1)
    return np.where((syllable >= 0) & (syllable < N_SYLLABLES), syllable, numbers)


def as_latin(text: str) -> str:
    """What the keys of Hangul are with a Latin layout: 한국 is gksrnr."""
    numbers = number_of(np.array([ord(char) for char in text], np.uint32)).tolist()
    keys = all_keys()
    return "".join(
        char if number < 0 else keys[number] for char, number in zip(text, numbers, strict=True)
    )


def as_hangul(text: str) -> str:
    """What the keys of Latin letters are with a Korean layout: gksrnr is 한국.

    Letters that make no syllable stay.
    """

    def syllable(match: re.Match[str]) -> str:
        initial, vowel, final = match.groups(default="")
        number = _INITIALS.index(initial) * len(_VOWELS) + _VOWELS.index(vowel)
        return chr(FIRST_SYLLABLE + number * len(_FINALS) + _FINALS.index(final))

    return _SYLLABLE.sub(syllable, text)


def other_layout(word: str) -> str:
    """What a word is if the keyboard stands at its other layout."""
    return as_hangul(word) if word.isascii() else as_latin(word)
