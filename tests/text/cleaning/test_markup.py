import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.text.cleaning.markup import HTML_NEEDS, html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>Hello <b>wor</b>ld</p><p>x</p>", "Hello world x"),
        ("a<br>b a<br/>b<hr>c", "a b a b c"),
        ("a <br> b", "a  b"),
        ("<td>a</td><td>b</td> <li>c<li>d", "a b c d"),
        ("H<sub>2</sub>O <i>a</i><span>b</span>", "H2O ab"),
        ("&amp;&lt;b&gt; AT&T &copy;&nbsp;&#8364;&#x20ac; R&D a&b", "&<b> AT&T ©\u00a0€€ R&D a&b"),
        ("<script>if (a<b) {}</script>x<style>p {}</style><!-- c > d -->y", "xy"),
        ("<!DOCTYPE html><?xml version='1'?>z", "z"),
        ("<a href='x>y' title=\"<b>\">z</a>", "z"),
        ("<A HREF=x>z</A> <DIV>w</DIV>v", "z w v"),
        ('<doc id="1" url="x">', ""),
        ("</doc>", ""),
        ("<html><head><title>A</title></head><body>b</body></html>", "A b"),
        ("<table>foo<tr><td>bar</table>", "foo bar"),
        ("<b><i>a</b></i><p>b", "a b"),
        ("  a &amp; b\t", "  a & b\t"),
        ("<textarea><b>x</b></textarea>y<select><option>a<option>b</select>", "x y a b"),
        ("<p>한글</p><p>हिन्दी 👩🏽\u200d🚀</p>", "한글 हिन्दी 👩🏽\u200d🚀"),
        ("<script>x", ""),
        ("", ""),
    ],
)
def test_known_answers(text: str, expected: str):
    assert html(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a < b > c", "<3 you", "i <3 u & me", "x <y", "a<b and no end", "if (a <= b && c)",
        "->, <-, <>", "<http://a.b/c>", "mail <me@a.b> now", "<url> <email> <number> <user>",
        "a & b &", "\r\0x",
    ],
)  # fmt: skip
def test_what_is_no_markup_stays(text: str):
    assert html(text) == text


def test_a_document_keeps_its_lines():
    page = "<h1>A</h1>\n<p>b\nc</p>\n\n<!-- x\ny -->\n<p>d &#10; e</p>\n"
    assert html(page) == "A\nb\nc\n\n\nd \n e\n"
    assert html("a&#10;b&#13;c<br>d") == "a b c d"
    assert html("a\r<b>c</b>\0d\ud800<i>") == "a cd\ufffd"


def test_neither_depth_nor_open_tags_are_a_trap():
    n = 30_000
    assert html("<div>" * n + "x" + "</div>" * n) == "x"
    assert (
        html("".join(f"<b id={number}>" for number in range(n)) + "<p>x</p>" * n).split()
        == ["x"] * n
    )
    assert html("<a><p>x" * n).split() == ["x"] * n


names = st.sampled_from(
    ["p", "b", "br", "div", "i", "td", "x-y", "svg", "title", "template", "body"]
)
tags = st.builds("<{}{}>".format, st.sampled_from(["", "/"]), names)


@given(
    words=st.lists(st.text("abc가é1.", min_size=1, max_size=3), min_size=1, max_size=10),
    between=st.lists(st.lists(tags, min_size=1, max_size=4).map("".join), min_size=11, max_size=11),
)
@settings(max_examples=300, derandomize=True, deadline=None)
def test_all_words_are_kept_in_order(words: list[str], between: list[str]):
    page = between[0] + "".join(word + tag for word, tag in zip(words, between[1:], strict=False))
    assert html(page).replace(" ", "") == "".join(words)
    assert html(page.replace("<", " <").replace(">", "> ")).split() == words


@given(
    text=st.lists(st.sampled_from([*"<>&;/!?-='\" a#1\n\r\0", "<b>", "&amp", "<!--", "<p"])).map(
        "".join
    )
)
@settings(max_examples=500, derandomize=True, deadline=None)
def test_only_what_needs_it_is_changed(text: str):
    if not HTML_NEEDS.search(text):
        assert html(text) == text
    assert html(text).count("\n") <= text.count("\n")


def test_real_pages(data):
    with zipfile.ZipFile(data / "messy" / "spamassassin_spam-1.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(".txt")]
        mails = [archive.read(name).decode("latin-1") for name in names]
    pages = [mail[mail.lower().index("<html") :] for mail in mails if "<html" in mail.lower()]
    assert len(pages) > 20
    for page in pages:
        text = html(page)
        assert len(text) < len(page)
        for tag in ("<td", "<br", "<font", "</p>", "<table"):
            assert tag not in text.lower()
