"""RegexTokenizer: RE2's expressions, by RE2 and by what stands in for it."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.compat.torchtext.transforms import RegexTokenizer
from textseq.compat.torchtext.transforms.regex_tokenizer import _python_twin, re2_replacer

TWINS = [
    (r"\'", " '  "), (r"\"", ""), (r"<br \/>", " "), (r"\s+", " "), (r"[,._+ ]+", r" "),
    (r"[^a-z0-9\s]", " "), (r"(a)(b|c)", r"<\2\0>"), (r"a+?b", r"\\"), (r"\d\w", "9"), ("é|b", "ö"),
    (r"[\w']+", r"[\0]"), (r"b.", "") , ("", "-"), ("x*", "-"), (r"\ba", "A"), ("(a|b)+", r"\1"),
    ("a{2}", "2"), ("^a", "A"), (r"\pL", "L"), (r"(?i)A", "i"),
]  # fmt: skip
BY_PYTHON = 11


def test_a_line():
    patterns = [(r"\'", " '  "), (r"\"", ""), (r"\.", " . "), (r"<br \/>", " "), (r",", " , ")]
    cut = RegexTokenizer(patterns)
    assert cut("'Basic' <br />\"Regex\", a.b") == ["'", "Basic", "'", "Regex", ",", "a", ".", "b"]
    assert RegexTokenizer([(r"[,._+ ]+", " ")])("Basic.Regex,Tokenization_for+a..Line") == [
        "Basic", "Regex", "Tokenization", "for", "a", "Line",
    ]  # fmt: skip
    assert copy.deepcopy(cut)("a,b") == ["a", ",", "b"]


def test_only_spaces_part_tokens():
    assert RegexTokenizer([])(" a\tb  c\n ") == ["a\tb", "c\n"]
    assert RegexTokenizer([])("") == []


@pytest.mark.parametrize(
    "wrong", [("(", ""), ("(?=a)", ""), ("a", r"\1"), (r"a\1", ""), ("a++", "")]
)
def test_what_re2_does_not_take_is_refused(wrong: tuple[str, str]):
    with pytest.raises(ValueError, match="RE2 does not take"):
        RegexTokenizer([wrong])


def test_which_patterns_python_serves():
    served = [pair for pair in TWINS if _python_twin(*pair) is not None]
    assert served == TWINS[:BY_PYTHON]


@given(
    st.sampled_from(TWINS),
    st.lists(st.sampled_from([*"ab'\"<>br /cdxé.,_+-9 \t\n\x0b\x1c\x85\u00a0٣\\"])).map("".join),
)
@settings(max_examples=300, deadline=None)
def test_python_gives_what_re2_gives(pair: tuple[str, str], line: str):
    twin = _python_twin(*pair) or re2_replacer(*pair)
    assert twin(line) == re2_replacer(*pair)(line)
