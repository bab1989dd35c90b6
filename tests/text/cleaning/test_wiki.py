import bz2
import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.text.cleaning.wiki import WIKI_NEEDS, wiki


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[[Baz]] [[bar|Bar]]s [[bus]]es [[a#b|c ''d'']] [[:Category:Y]]",
            "Baz Bars buses c d Category:Y",
        ),
        ("[[File:x.jpg|thumb|A [[cap]] ]]a[[Category:X]][[de:Z]][[파일:x.png]]b", "a b"),
        ("a{{cite|x={{y|[[z]]}}}}. b {{nbsp}}c 1{{nbsp}}km", "a. b c 1 km"),
        ("a<ref name=x>{{cite|[[z]]}} t</ref> b<ref name=x /> c<references/>", "a b c"),
        ("x<!-- c --> <math>x^2</math>y __NOTOC__z", "x y z"),
        ("'''bold''' ''it'' '''''both''''' l''''a'' it's", "bold it both l'a it's"),
        ("[http://a.b a title] http://c.d [http://e.f] [mailto:x]", "a title http://c.d  "),
        ("<nowiki>[[x]] ''y''</nowiki> <code>a</code><br>b", "[[x]] ''y'' a b"),
        ("H<sub>2</sub>O <div>a</div><div>b</div>", "H2O a b"),
        ("&nbsp;&amp;&lt;&euro;&#x41; a & b", "\u00a0&<€A a & b"),
        ("{{{{x}} y}} {{{arg|d}}}z", " z"),
        ("[[한글|한국어]]는 [[日本語]]", "한국어는 日本語"),
    ],
)
def test_known_answers(text: str, expected: str):
    assert wiki(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("said {{lang|fr|''bonjour''}}, {{langx|fr|mot}}", "said bonjour, mot"),
        ("{{Lang|la|[[a|b]] {{nowrap|c d}}}}", "b c d"),
        ("a {{nobr|1 km}} {{convert|5|to|10|km|mi}} {{cvt|3|ft|abbr=on}}",
         "a 1 km 5 to 10 km 3 ft"),
        ("{{val|1.5|u=kg}} {{circa|1900}} {{frac|1|2}} {{frac|3|1|2}} {{frac|4}}",
         "1.5 kg c. 1900 1/2 3 1/2 1/4"),
        ("a{{ndash}}b{{snd}}c {{!}} {{=}}", "a–b – c | ="),
        ("{{formatnum:12345}} {{hlist|a|b}} {{ill|T|de|U}} {{ill|T|de|U|lt=V}}", "12345 a, b T V"),
        ("{{color|red|x}} {{font color|red|blue|y}} {{abbr|Dr|Doctor}} {{국기|미국}}",
         "x y Dr 미국"),
        ("{{lang-el|λόγος}} {{transl|ar|DIN|kitab}} {{linktext|a|b}}", "λόγος kitab ab"),
        ("{{IPA|/a/}} {{IPA|fr|/b/}} {{As of|2020}} {{as of|2021|lc=y}}",
         "/a/ /b/ As of 2020 as of 2021"),
        ("a {{cite web|title=b}} {{Infobox|c}} {{lang}} {{unknown|d}} e", "a     e"),
        ('<doc id="1" url="x" title="T">\nT\n</doc>', "\nT\n"),
    ],
)  # fmt: skip
def test_templates_that_show_their_text(text: str, expected: str):
    assert wiki(text) == expected


def test_a_page():
    page = (
        "{{Infobox\n| a = {{b|c}}\n| d = {|\n|}\n}}\n'''Foo''' is.\n\n== Head ==\n* one\n# two\n"
        "; term: def\n{| class=x\n|-\n| a || b\n|}\n----\nEnd.\n"
    )
    assert wiki(page).split() == ["Foo", "is.", "Head", "one", "two", "term", "def", "End."]
    assert wiki(page).count("\n") <= page.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        "a < b <3 c", "[[foo", "{{foo", "foo]] }}", "[x] {y} it's", "a = b", "a&b", "x_y __x__ [1]",
        "{{[[", "<url>", "", "\r\0\u2028",
    ],
)  # fmt: skip
def test_what_is_no_markup_stays(text: str):
    assert wiki(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<ref>foo", "foo"), ("foo</b> bar", "foo bar"), ("[[a {{b]] c}}", "a {{b c}}"),
        ("'''a", "a"), ("[[a|[[b]]", "[[a|b"), ("a&#10;b", "a b"),
    ],
)  # fmt: skip
def test_half_of_something(text: str, expected: str):
    assert wiki(text).strip() == expected


def test_long_things_are_dropped_or_kept_whole():
    long = "word " * 1000
    assert wiki(f"a {{{{x|{long}}}}} b").split() == ["a", "b"]
    assert wiki(f"a <ref>{long}</ref> b").split() == ["a", "b"]
    assert wiki(f"a\n{{| x\n|{long}\n|}}\nb").split() == ["a", "b"]
    assert wiki(f"a <!--{long}-->b").split() == ["a", "b"]
    assert wiki(f"a <nowiki>{long}[[x]]</nowiki> b").split() == ["a", *long.split(), "[[x]]", "b"]
    assert wiki(f"'''{long}''' [[x|y]] {long}").split() == [*long.split(), "y", *long.split()]
    assert wiki(f"[[x|{long}]]").split()[1:-1] == long.split()[1:]


words = st.sampled_from(["a", "b", "가", "é", "x1"])


@given(
    units=st.lists(
        words
        | st.builds("[[{}|{}]]".format, words, words)
        | st.builds("'''{}'''".format, words)
        | st.builds("{{{{t|{}|[[{}]]}}}}".format, words, words)
        | st.builds("<ref>{}</ref>".format, words),
        max_size=400,
    )
)
@settings(max_examples=60, derandomize=True, deadline=None)
def test_where_the_text_is_cut_into_parts_does_not_show(units: list[str]):
    shown = [re.sub(r"\[\[.*\||[\]']", "", unit) for unit in units if unit[0] not in "{<"]
    # More than one part from about 100 units on.
    assert wiki(" ".join(["''x''", *units * 3])).split() == ["x", *shown * 3]


@given(
    text=st.lists(st.sampled_from([*"<>&;[]{}|='*#:\n a\r", "[[", "}}", "{|", "<ref>", "''"])).map(
        "".join
    )
)
@settings(max_examples=500, derandomize=True, deadline=None)
def test_only_what_needs_it_is_changed(text: str):
    if not WIKI_NEEDS.search(text):
        assert wiki(text) == text
    assert wiki(text).count("\n") <= text.count("\n")


@pytest.mark.slow
def test_real_pages(data):
    name = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
    with bz2.open(data / "messy" / name) as file:
        dump = file.read(2_000_000).decode("utf-8", "ignore")
    pages = [html.unescape(page) for page in re.findall("<text[^>]*>(.*?)</text>", dump, re.DOTALL)]
    assert sum(map(len, pages)) > 300_000
    text = "\n".join(map(wiki, pages))
    assert len(text) > 100_000
    for sign in ("{{", "}}", "[[", "]]", "{|", "<ref", "'''", "Category:", "thumb|"):
        assert text.count(sign) <= 2, sign
