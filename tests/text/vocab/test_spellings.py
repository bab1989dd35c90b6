"""Near spellings: slips of the fingers, keyboards, and the fast way against the plain one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.text.vocab import Vocab
from textseq.text.vocab.korean_keys import as_hangul, as_latin, other_layout
from textseq.text.vocab.spellings import find_spellings

WORDS = ["the", "King", "king", "한국", "queen", "dog", "한국어", "New_York", "ㅋㅋㅋ", "İstanbul"]


def suggest(word: str, n: int = 3) -> list[str]:
    return Vocab(WORDS, specials=()).suggest(word, n)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Kign", ["King", "king"]),  # transposed
        ("KING", ["king", "King"]),
        ("King", ["king"]),  # not the word itself
        ("teh", ["the"]),
        ("quean", ["queen"]),
        ("new_yrok", ["New_York"]),
        ("한굯", ["한국", "한국어"]),  # one letter of a syllable
        ("한구ㄱ", ["한국", "한국어"]),
        ("한극", ["한국"]),
        ("ㅋㅋ", ["ㅋㅋㅋ"]),
        ("gksrnr", ["한국"]),  # the other layout
        ("ㅏㅑㅜㅎ", ["king", "King"]),
        ("ㅙㅎ", ["dog"]),  # "hog" with the other layout, and a slip
        ("istambul", ["İstanbul"]),
        ("x", []),
        ("", []),
        ("zzzzzz", []),
        ("a" * 200, []),
        ("\ud800king", ["King", "king"]),
    ],
)
def test_what_may_have_been_meant(typed: str, meant: list[str]):
    assert suggest(typed)[: max(len(meant), 1)] == meant
    assert suggest(typed, 1) == meant[:1]


def test_the_frequent_ones_come_first_among_equals():
    assert find_spellings([["bat", "cat", "car", "art", "cart"]], "cat", 9) == [
        "bat", "car", "cart",
    ]  # fmt: skip
    assert find_spellings([], "cat", 3) == []
    assert find_spellings([[], ["cat"]], "cat", 3) == []
    assert find_spellings([["caat", "cats", "bat"]], "cat", 0) == []
    assert find_spellings([["bat", "king"], ["cat", "Cat"], ["car"]], "cat", 2) == ["Cat", "bat"]


def test_every_syllable_is_typed_and_read():
    syllables = "".join(map(chr, range(0xAC00, 0xAC00 + 11_172)))
    assert len(set(map(as_latin, syllables))) == 11_172
    assert all(as_hangul(as_latin(each)) == each for each in syllables)
    # U+3131 to U+3163, as Unicode orders them: consonants, then vowels.
    letters = "".join(map(chr, range(0x3131, 0x3164)))
    assert [as_latin(each) for each in "ㄱㄲㄳㅎㅏㅢㅣ"] == ["r", "R", "rt", "g", "k", "ml", "l"]
    assert as_latin("과") == as_latin("ㄱㅘ") == as_latin("ㄱㅗㅏ") == "rhk"
    assert as_latin(letters).isascii()


@pytest.mark.parametrize(
    ("hangul", "keys"),
    [("한국어", "gksrnrdj"), ("값이", "rkqtdl"), ("뷁", "qnpfr"), ("ㅋㅋ", "zz"), ("a한", "agks")],
)
def test_keys_by_hand(hangul: str, keys: str):
    assert as_latin(hangul) == keys
    assert other_layout(hangul) == keys


def test_consonants_go_to_the_next_vowel():
    assert as_hangul("rkqtdl") == "값이"
    assert as_hangul("rktl") == "가시"
    assert as_hangul("Rkrrk") == "깍가"
    assert as_hangul("qwt 1-") == "qwt 1-"
    assert other_layout("dkssud 2") == "안녕 2"


def plain_distance(a: str, b: str) -> int:
    """Optimal string alignment, cell by cell."""
    table = np.zeros((len(a) + 1, len(b) + 1), int)
    table[:, 0], table[0] = range(len(a) + 1), range(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cell = min(
                table[i - 1, j] + 1,
                table[i, j - 1] + 1,
                table[i - 1, j - 1] + (a[i - 1] != b[j - 1]),
            )
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                cell = min(cell, table[i - 2, j - 2] + 1)
            table[i, j] = cell
    return int(table[-1, -1])


LATIN = st.text("abcAé", max_size=14)
KOREAN = st.text("가각갂곽ㄱㅏa까", min_size=1, max_size=5)


@given(
    tokens=st.lists(LATIN | KOREAN, max_size=25, unique=True), word=LATIN | KOREAN,
    at_once=st.integers(1, 30),
)  # fmt: skip
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_fast_way_finds_what_the_plain_way_finds(tokens: list[str], word: str, at_once: int):
    def keys(text: str) -> str:
        is_korean = as_latin(word) != word
        return (as_latin(text) if is_korean else text).lower()

    n_keys = len(keys(word))
    slips = 0 if n_keys < 2 else 1 if n_keys < 6 else 2 if n_keys < 12 else 3
    distances = [plain_distance(keys(word), keys(token)) for token in tokens]
    order = sorted(range(len(tokens)), key=lambda i: (distances[i], i))
    wanted = [tokens[i] for i in order if distances[i] <= slips and tokens[i] != word]
    lists = [tokens[start : start + at_once] for start in range(0, len(tokens), at_once)]
    for n in (99, 2):
        assert find_spellings(lists, word, n) == (wanted[:n] if n_keys else [])
