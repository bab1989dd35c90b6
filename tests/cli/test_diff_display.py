from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.cli.diff_display import diff_lines, heading


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a B c", "a b c", ["- a B c", "+ a b c"]),
        ("dropped\t", None, ["- dropped\\t"]),
        ("", None, ["- "]),
        ("a \0b\x1b[31m", "a b[31m", ["- a \\x00b\\x1b[31m", "+ a b[31m"]),
        ("a\n\u00a0b", "a  b", ["- a\\n\\xa0b", "+ a  b"]),
        ("end ", "end", ["- end␣", "+ end"]),
        ("a   b", "a b", ["- a ␣␣b", "+ a b"]),
        ("\u212b 서울 e", "\xc5 서울 e", ["- \\u212b 서울 e", "+ \\xc5 서울 e"]),
        ("ﬁx", "fix", ["- ﬁx", "+ fix"]),
        ("a\u202eb\u2028c", "abc", ["- a\\u202eb\\u2028c", "+ abc"]),
        ("x\ud800y", "xy", ["- x\\ud800y", "+ xy"]),
        ("same", "same", ["- same", "+ same"]),
    ],
)  # fmt: skip
def test_known_pairs(before: str, after: str | None, lines: list[str]):
    assert diff_lines(before, after) == lines


def test_changed_parts_are_coloured():
    red, green, plain = "\x1b[1;31m", "\x1b[1;32m", "\x1b[0m"
    old, new = diff_lines("see http://a.b now", "see <url> now", colored=True)
    assert old == f"{red}- {plain}see {red}http://a.b{plain} now"
    assert new == f"{green}+ {plain}see {green}<url>{plain} now"
    old, new = diff_lines("ab", "a", colored=True)
    assert (old, new) == (f"{red}- {plain}a{red}b{plain}", f"{green}+ {plain}a")
    assert diff_lines("gone", None, colored=True) == [f"{red}- gone{plain}"]
    assert heading("line 1: nfc") == "@@ line 1: nfc @@"
    assert heading("x", colored=True) == "\x1b[36m@@ x @@\x1b[0m"


@given(
    before=st.text(st.characters(max_codepoint=0x3FF) | st.sampled_from("abc \t\x1b한\ud800")),
    after=st.text(st.sampled_from("abc \x1b한")),
)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_what_is_shown_is_safe_and_whole(before: str, after: str):
    plain = diff_lines(before, after)
    assert all(line.isprintable() for line in plain)
    colored = diff_lines(before, after, colored=True)
    assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in colored] == plain
    # What is no space, and needs no escape, is there in its order.
    for sign, text, line in zip("-+", (before, after), plain, strict=True):
        assert line.startswith(f"{sign} ")
        shown = iter(line[2:])
        assert all(char in shown for char in text if char.isascii() and char.isalnum())
