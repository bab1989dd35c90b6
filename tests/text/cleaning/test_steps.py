import json
import random
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import TextConfig
from textseq.text.cleaning.steps import STEPS, clean, is_per_word, make_cleaner
from textseq.text.notices import TextNotice

ASCII_WHITE_SPACE = re.compile("[\t-\r\x1c-\x1f ]+")

# All of Unicode, with the characters that could go wrong far more often than by chance.
SIGNS = (
    "ΣσςİıſßǅÅ\u00a0\u00a8\u0085\u2028\u3000\u200b\u200d\ufeff\u0301\u0307\u0327\u0345\u1161\u11a8"
    "각\u1100ﬁ²ｱﾞ\uff9e\u3099か\ufdfa\u1fbd\u1fef·'.:\u00ad\0\x07\x1b\x1c\x1f\x7f\x9f\t\n\r\v\f  aAé"
    "<>&;[]{}|=@/#_-+,()!?*…–“’«1٣२年가日ーक्षعåйæøÃ©â€™\u2212\u0338👩🏽🇰🇷\u20e3\ufe0f\ufdd0\U000e0067"
)
SNIPPETS = (
    *["http://", "www.", ".com", "a@b.kr", "<br>", "</p>", "<b>", "<a\x0bx='>", "<script>", "<!--"],
    *["-->", "&amp;", "&#10;", "&#x0D", "&lt;", "[[", "]]", "{{", "}}", "{|", "|}", "[http://a "],
    *["''", "'''", "==", "\n*", "<ref>", "</ref>", "<nowiki>", "</nowiki>", "<url>", "__A__"],
    *["[[File:", "3.14", "aaaa", "Ã©", "â€™", "Ã\xa0"],
)
awkward = st.sampled_from([*SIGNS, *SNIPPETS])
texts = st.lists(st.characters(exclude_categories=["Cs"]) | awkward, max_size=30).map("".join)
any_text = st.lists(st.characters() | awkward, max_size=30).map("".join)  # lone surrogates too
any_text |= st.lists(st.sampled_from([*SNIPPETS, "a", " "]), max_size=15).map("".join)


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
        ("mojibake", "schÃ¶n â€œitâ€™sâ€\u009d", "schön “it’s”"),
        ("mojibake", "voilÃ\xa0 le cafÃ©", "voilà le café"),
        ("mojibake", "“ﬁ” &amp; Ａ e\u0301 \x1b[1m <b>\r", "“ﬁ” &amp; Ａ e\u0301 \x1b[1m <b>\r"),
        ("mojibake", "한국어 日本語 हिन्दी", "한국어 日本語 हिन्दी"),
        ("accents", "café naïve Ångström Ελλάς ёлка ế", "cafe naive Angstrom Ελλας елка e"),
        ("accents", "øłßđ 한글 \u1112\u1161\u11ab", "øłßđ 한글 한"),
        ("accents", "हिन्दी नि ガギ か\u3099 ไทย่ عَرَبِي שָׁ ≠", "हिन्दी नि ガギ が ไทย่ عَرَبِي שָׁ ≠"),
        (
            "quotes",
            "“a” ‘b’ „c‟ «d» ‹e› it’s 5′ `f` 「g」",
            '"a" \'b\' "c" "d" \'e\' it\'s 5′ `f` 「g」',
        ),
        ("dashes", "a–b — −1 ‐ … ‥ ~ 〜ー \u00ad", "a-b - -1 - ... .. ~ 〜ー \u00ad"),
        (
            "repeats",
            "soooo cooool!!!!! aaa 10000000 ㅋㅋㅋㅋㅋ",
            "sooo coool!!! aaa 10000000 ㅋㅋㅋ",
        ),
        ("repeats", "a     b\t\t\t\t\t😂😂😂😂😂 ==== ٠٠٠٠٠", "a     b\t\t\t\t\t😂😂😂 === ٠٠٠٠٠"),
        ("digits", "a1b22 ٣٤ २ ² ½ Ⅳ", "a0b00 00 0 ² ½ Ⅳ"),
        ("drop-punctuation", "Hello, (big) world! -- x", "Hello big world  x"),
        ("drop-punctuation", "well-known end.Next a_b", "well known end Next a b"),
        (
            "drop-punctuation",
            "don't l’été 'a' dogs' 1,000.5 3. 정치·경제",
            "don't l’été a dogs 1,000.5 3 정치 경제",
        ),
        ("drop-punctuation", "(<url>), <number>% <unk> <b>", "<url> <number> unk b"),
        (
            "drop-punctuation",
            "a 👩🏽\u200d🚀 b❤\ufe0f $5 C++ #tag 。日本、語「x」",
            "a  b 5 C tag 日本 語 x",
        ),
    ],
)
def test_known_answers(step: str, text: str, expected: str):
    assert clean(text, [step]) == expected
    assert STEPS[step].apply(text) == expected


@pytest.mark.parametrize("step", STEPS)
@given(text=any_text)
@settings(max_examples=150, derandomize=True, deadline=None)
def test_a_step_takes_any_text_and_makes_no_line_end(step: str, text: str):
    assert isinstance(STEPS[step].apply(text), str)
    assert "\n" not in STEPS[step].apply(text.replace("\n", " "))
    assert STEPS[step].apply("") == ""


@pytest.mark.parametrize("step", STEPS)
@given(text=any_text)
@settings(max_examples=150, derandomize=True, deadline=None)
def test_a_text_without_what_a_step_needs_is_left_alone(step: str, text: str):
    needs = STEPS[step].needs
    for part in (text, *text.split()):
        if needs is not None and not needs.search(part):
            assert STEPS[step].apply(part) == part


@pytest.mark.parametrize("step", STEPS)
def test_needs_hold_for_each_character_alone(step: str):
    if (needs := STEPS[step].needs) is None:
        pytest.skip("it looks at every text")
    for code in range(0x20000):
        char = chr(code)
        if not needs.search(char):
            assert STEPS[step].apply(char) == char


LONG = [
    *"<a@)-é", "[[", "{{", "{{{", "&amp;", "http://", "((", "a.", "a@a.", "1,", "1e", "{{a|", "a-",
    "[[a|", "\n{|\n|", "<ref>", "<b>", "</b>", "<b id=1>", "<div>", "</p>", "'''", "<!--", "Ã©",
    "\u0301", "<script>", "<ref name=", "<a href=", "<nowiki>", "[http://", "www.", "a.com/",
    "\n*", "<b><p>", "</b></p>x", "[[{{", "{{[[<b>]]}}", "&#1;", "><", "-->", "가@", "'a", "â€",
]  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_long_text_of_one_kind_is_no_trap(step: str):
    # Recursion would overflow here, and what grows with the square would take hours.
    for unit in LONG:
        assert isinstance(STEPS[step].apply(unit * (20_000 // len(unit))), str)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_very_long_text_of_one_kind_is_no_trap(step: str):
    for unit in LONG:
        assert isinstance(STEPS[step].apply(unit * (200_000 // len(unit))), str)


def test_steps_are_told_apart_by_what_they_see():
    assert [name for name, step in STEPS.items() if not step.per_word] == [
        "mojibake",
        "html",
        "wiki",
    ]


@given(text=texts)
@settings(max_examples=300, derandomize=True, deadline=None)
def test_accents_never_touch_other_scripts(text: str):
    kept = re.compile("[\uac00-\ud7a3\u0900-\u0dff\u0e00-\u0eff\u3040-\u30ff\u0590-\u06ff]")
    composed = clean(text, ["nfc"])
    assert kept.findall(clean(text, ["accents"])) == kept.findall(composed)


@pytest.mark.parametrize(
    "step", ["accents", "control", "whitespace", "quotes", "dashes", "digits", "repeats"]
)
@given(text=any_text)
@settings(max_examples=150, derandomize=True, deadline=None)
def test_what_is_done_is_done(step: str, text: str):
    once = clean(text, [step])
    assert clean(once, [step]) == once


def test_mojibake_keeps_lines_and_leaves_what_is_right():
    text = "Ã©t\u00e9\nschön\r\n\u2028x\x85\n"
    assert clean(text, ["mojibake"]).count("\n") == 3
    assert clean("naïve café “x” — Ελλάς", ["mojibake"]) == "naïve café “x” — Ελλάς"


def test_masks_live_through_the_steps_that_come_behind():
    steps = [
        "mask-urls",
        "mask-emails",
        "mask-users",
        "mask-numbers",
        "html",
        "wiki",
        "drop-punctuation",
    ]
    text = "See http://a.b/c, @me: 3 mails of x@y.org!"
    masked = "See <url> <user> <number> mails of <email>"
    assert clean(text, steps) == masked
    assert clean(text, [*steps, "lowercase", "whitespace"]) == masked.lower()


def test_an_order_is_kept_in_json():
    steps = ("html", "mask-urls", "nfc", "drop-punctuation", "whitespace")
    config = TextConfig(clean=steps)
    assert TextConfig.from_json(json.loads(json.dumps(config.to_json()))).steps == steps


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
        if not step.per_word:
            continue
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


MARKS = "\u0300\u0316\u0344\u0f73\u0f71\uff9e\u3099\u0345\u05b0"


@given(
    before=st.text(st.sampled_from("aeか가 " + MARKS), max_size=30),
    behind=st.text(st.sampled_from("ae\u1161か가 " + MARKS), max_size=30),
    seed=st.integers(0, 1000),
    n_marks=st.integers(450, 1100),
)
@settings(max_examples=100, derandomize=True, deadline=None)
def test_many_marks_are_normalized_as_ever(before: str, behind: str, seed: int, n_marks: int):
    marks = "".join(random.Random(seed).choices(MARKS, k=n_marks))
    text = f"{before}{marks}{behind}" * 2
    for name in ("nfc", "nfd", "nfkc"):
        assert clean(text, [name]) == unicodedata.normalize(name.upper(), text)


@pytest.mark.parametrize("marks", ["\u0316\u0300", "\u0f73", "\uff9e\u0300"])
def test_very_many_marks_are_no_endless_work(marks: str):
    # Sorted by swaps, as unicodedata does it, these would take minutes.
    text = "e" + marks * 100_000
    for name in ("nfc", "nfd", "nfkc", "accents"):
        assert clean(text, [name])


# ---- what nobody sees


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("co\u00adop\u200ber\u2060ate\ufeff", "cooperate"),
        ("\u200eabc\u200f \u202aאב\u202c\u2066x\u2069", "abc אבx"),
        ("a\u200db\u200c c\u200c\u200dd\u200d", "ab cd"),
        ("می\u200cخواهم کتاب\u200c ها", "می\u200cخواهم کتاب\u200c ها"),  # Persian
        ("ه\u200d \u200dه", "ه\u200d \u200dه"),  # the forms of a letter, shown alone
        ("क्\u200dष क्\u200cष", "क्\u200dष क्\u200cष"),  # Hindi
        ("ශ්\u200dරී", "ශ්\u200dරී"),  # Sinhala
        ("👩\u200d👩\u200d👧 👩🏽\u200d🚀 🏳\ufe0f\u200d🌈 ❤\ufe0f\u200d🔥",
         "👩\u200d👩\u200d👧 👩🏽\u200d🚀 🏳\ufe0f\u200d🌈 ❤\ufe0f\u200d🔥"),
        ("ไทย\u200bคำ ខ្មែរ\u200bពាក្យ a\u200bb", "ไทย\u200bคำ ខ្មែរ\u200bពាក្យ ab"),
        ("ᠠ\u180eᠨ a\u180eb", "ᠠ\u180eᠨ ab"),  # Mongolian
        ("한\u200b국\u00ad어\ufeff 日\u200b本", "한국어 日本"),
        ("\u0301\u034f\ufe0f\u115f\u1160", "\u0301\u034f\ufe0f\u115f\u1160"),
    ],
)  # fmt: skip
def test_invisible(text: str, expected: str):
    assert clean(text, ["invisible"]) == expected
    assert clean(expected, ["invisible"]) == expected
    assert clean(text, TextConfig().clean) == clean(expected, ["nfc"])  # it is a default


# ---- mojibake first


def test_what_comes_before_mojibake_and_spoils_it_is_told():
    """For each step, whether it spoils the repair of some letter is found by trying them all."""
    repair = STEPS["mojibake"].apply
    texts = [f"caf{chr(code)}s {chr(code)} abc" for code in [*range(0xA1, 0x180), 0x201C, 0x2019]]
    wrong = []
    for text in texts:
        for encoding in ("cp1252", "latin-1"):
            try:
                wrong.append(text.encode().decode(encoding))
            except UnicodeDecodeError:
                continue
    wrong = [text for text in wrong if repair(text) in texts]
    assert len(wrong) > 300
    for name, step in STEPS.items():
        spoils = any(repair(step.apply(text)) != step.apply(repair(text)) for text in wrong)
        steps = [name, "mojibake"] if name != "mojibake" else [name]
        if spoils and name != "mojibake":
            with pytest.warns(TextNotice, match=f"comes after {name}, .* put mojibake first"):
                make_cleaner(steps)
            make_cleaner(["mojibake", name])
        else:
            make_cleaner(steps)


@given(
    steps=st.lists(st.sampled_from(list(STEPS)), min_size=2, max_size=5),
    text=st.lists(st.characters(max_codepoint=127) | st.sampled_from(SNIPPETS), max_size=20).map(
        "".join
    ),
)
@settings(max_examples=1000, derandomize=True, deadline=None)
@pytest.mark.filterwarnings("ignore::textseq.text.notices.TextNotice")
def test_a_chain_is_its_steps_one_after_the_other(steps: list[str], text: str):
    """Also where a text of ASCII skips those that leave it, and where it becomes another one."""
    one_by_one = text
    for name in steps:
        one_by_one = STEPS[name].apply(one_by_one)
    assert make_cleaner(steps)(text) == one_by_one
    assert make_cleaner(["html", "nfkc"])("&#xFB01;&eacute;") == "fié"
