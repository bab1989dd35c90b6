import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.text.cleaning import STEPS, clean, is_per_word, make_cleaner

ASCII_WHITE_SPACE = re.compile("[\t-\r\x1c-\x1f ]+")

# All of Unicode, with the characters that could go wrong far more often than by chance.
awkward = st.sampled_from(
    "ΣσςİıſßǅÅ\u00a0\u00a8\u0085\u2028\u3000\u200b\u200d\ufeff\u0301\u0307\u0327\u0345\u1161\u11a8"
    "각\u1100ﬁ²ｱﾞ\uff9e\u3099か\ufdfa\u1fbd\u1fef·'.:\u00ad\0\x07\x1b\x1c\x1f\x7f\x9f\t\n\r\v\f  aAé"
)
texts = st.lists(st.characters(exclude_categories=["Cs"]) | awkward, max_size=30).map("".join)


def test_every_character_of_category_cc_is_white_space_or_dropped():
    for code in range(0x3000):
        char = chr(code)
        gone = unicodedata.category(char) == "Cc" and not char.isspace()
        assert clean(char, ["control"]) == ("" if gone else char)


@pytest.mark.parametrize(
    ("step", "text", "expected"),
    [
        ("nfc", "e\u0301 \u1112\u1161\u11ab\u1100\u1173\u11af", "é 한글"),
        ("nfc", "\u0301e ﬁ", "\u0301e ﬁ"),  # a mark at the start has nothing to join
        ("nfd", "é 한", "e\u0301 \u1112\u1161\u11ab"),
        ("nfkc", "ﬁ Ａ x² ㈜", "fi A x2 (주)"),
        ("nfkc", "a\u00a8b", "a \u0308b"),
        ("control", "a\0b\x07\x7f\x9f c\x1c\x85\td", "ab c\x1c\x85\td"),
        ("whitespace", "\ufeff \t a\u3000\u00a0b\r\n", "\ufeff a b"),
        ("lowercase", "ΟΔΟΣ ΣΑΣ İ", "οδος σας i\u0307"),
        ("casefold", "Straße ΟΔΟΣ", "strasse οδοσ"),
    ],
)
def test_known_answers(step: str, text: str, expected: str):
    assert clean(text, [step]) == expected
    assert STEPS[step].apply(text) == expected


def test_steps_run_in_their_order():
    assert clean("e\0\u0301", ["control", "nfc"]) == "é"
    assert clean("e\0\u0301", ["nfc", "control"]) == "e\u0301"
    assert clean("e\0\u0301", []) == "e\0\u0301"
    assert make_cleaner(["nfc", "control", "lowercase"])("É\0") == "é"


@pytest.mark.parametrize("step", STEPS)
@given(text=texts)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_per_word_steps_do_not_look_past_ascii_white_space(step: str, text: str):
    assert_per_word([step], text)


@given(steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=4), text=texts)
@settings(max_examples=300, derandomize=True, deadline=None)
def test_chains_of_per_word_steps_are_per_word(steps: list[str], text: str):
    assert_per_word(steps, text)


def assert_per_word(steps: list[str], text: str) -> None:
    assert is_per_word(steps) == all(STEPS[step].per_word for step in steps)
    if is_per_word(steps):
        pieces = ASCII_WHITE_SPACE.split(text)
        by_piece = [word for piece in pieces for word in clean(piece, steps).split()]
        assert clean(text, steps).split() == by_piece


def test_every_pair_across_a_space_stays_apart():
    # The property above, once for each character that any rule may touch.
    codes = (*range(0xD800), *range(0xE000, 0x20000), *range(0x2F800, 0x2FA20))
    every = [chr(code) for code in codes]
    line = " ".join(["a", *every, "Σ"])
    for name, step in STEPS.items():
        by_piece = [word for char in line.split(" ") for word in step.apply(char).split()]
        assert step.apply(line).split() == by_piece, name


@given(text=st.text(st.characters(max_codepoint=0x7F)))
@settings(derandomize=True, deadline=None)
def test_short_cuts_for_ascii_change_nothing(text: str):
    for form in ("NFC", "NFD", "NFKC"):
        assert clean(text, [form.lower()]) == unicodedata.normalize(form, text)


def test_an_unknown_step_names_the_steps():
    with pytest.raises(ValueError, match="no cleaning step 'lowercsae'; did you mean 'lowercase'"):
        make_cleaner(["nfc", "lowercsae"])
    with pytest.raises(
        ValueError, match=r"no cleaning step 'x'; the steps are nfc, nfd, .*casefold"
    ):
        clean("text", ["x"])
