import gzip
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.text.cleaning.alignment import SourceMap, align
from textseq.text.cleaning.steps import STEPS, make_cleaner
from textseq.text.tokens.tokenizer import find_whitespace_spans, find_word_spans

CHAINS = [
    *([name] for name in STEPS),
    ["nfc", "control", "lowercase"],
    ["nfkc", "casefold", "accents", "whitespace"],
    ["html", "mask-urls", "nfc", "drop-punctuation", "whitespace", "lowercase"],
    ["wiki", "quotes", "dashes", "mask-numbers", "whitespace"],
    ["mojibake", "repeats", "digits", "drop-users", "casefold"],
]


def tokens_and_sources(source: str, steps: list[str]) -> list[tuple[str, str]]:
    clean = make_cleaner(steps)
    cleaned = clean(source)
    alignment = align(source, cleaned, clean)
    spans = find_whitespace_spans(cleaned)
    found = alignment.spans(spans)
    return [
        (cleaned[slice(*span)], source[slice(*place)])
        for span, place in zip(spans, found, strict=True)
    ]


@pytest.mark.parametrize(
    ("steps", "source", "expected"),
    [
        (["whitespace", "lowercase"], "  Hello \t World", [("hello", "Hello"), ("world", "World")]),
        (["nfc"], "e\u0301a \u1112\u1161", [("éa", "e\u0301a"), ("하", "\u1112\u1161")]),
        (["nfkc", "casefold"], "ﬁne ß ㈜가", [("fine", "ﬁne"), ("ss", "ß"), ("(주)가", "㈜가")]),
        (["mask-urls"], "(http://a.b). x", [("(<url>).", "(http://a.b)."), ("x", "x")]),
        (["drop-urls"], "a http://a.b/c b", [("a", "a"), ("b", "b")]),
        (["repeats"], "soooooo good", [("sooo", "soooooo"), ("good", "good")]),
        (["html"], "<p>a<br> <b>b</b>c &amp;", [("a", "a"), ("bc", "b</b>c"), ("&", "&amp;")]),
        (["wiki"], "a [[b|c]]s {{x|y}} '''d'''", [("a", "a"), ("cs", "[[b|c]]s"), ("d", "d")]),
        (["drop-punctuation", "whitespace"], "- a, b-c!", [("a", "a"), ("b", "b"), ("c", "c")]),
        (["mojibake"], "schÃ¶n und gut", [("schön", "schÃ¶n"), ("und", "und"), ("gut", "gut")]),
        (["control"], "a\0b\0 c", [("ab", "a\0b"), ("c", "c")]),
        (["html"], "<b></b>", []),
        (["nfc"], "", []),
    ],
)  # fmt: skip
def test_known_answers(steps: list[str], source: str, expected: list[tuple[str, str]]):
    assert tokens_and_sources(source, steps) == expected


def test_a_span_inside_a_mask_is_the_whole_of_it():
    source = "x http://a.b/c y"
    clean = make_cleaner(["mask-urls"])
    alignment = align(source, clean(source), clean)
    for start, stop in find_word_spans("x <url> y")[1:-1]:
        assert alignment.span(start, stop) == (2, 14)
    assert alignment.span(0, 9) == (0, 16)


@pytest.mark.parametrize("span", [(2, 1), (-1, 1), (0, 4), (3, 4), (4, 4), (-1, -1)])
def test_what_is_no_span(span: tuple[int, int]):
    with pytest.raises(ValueError, match="is no span of a text of 3 characters"):
        align("abc", "abc", str).span(*span)


def test_an_empty_span_is_an_empty_place():
    """As the morphemes have that a contraction has swallowed."""
    clean = make_cleaner(["html"])
    alignment = align("<b>ab</b>c", "abc", clean)
    places = [alignment.span(pos, pos) for pos in range(4)]
    assert places == [(3, 3), (4, 4), (9, 9), (10, 10)]
    assert align("", "", clean).spans([(0, 0)]) == [(0, 0)]


WORDS = (
    *[
        "a",
        "The",
        "é",
        "e\u0301",
        "ﬁx",
        "한글",
        "\u1112\u1161\u11ab",
        "<b>x</b>",
        "&amp;",
        "[[a|b]]s",
    ],
    *[
        "{{x}}",
        "http://a.b/c.",
        "me@a.kr",
        "@me",
        "1,000",
        "soooo",
        "!!!!!",
        "“it’s”",
        "a—b",
        "…",
        "b-c",
    ],
    *["Ã©t", "\0", "\u200d", "👩🏽\u200d🚀", "हिन्दी", "ΑΣ", "İ", "<br>", "'''c'''", "\u0301", "\r"],
)
words = st.sampled_from(WORDS)
between = st.sampled_from([" ", " ", "  ", "", "\t", "\u3000", "\n"])
lines = st.lists(st.tuples(words, between), max_size=12).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)


@pytest.mark.parametrize("steps", CHAINS, ids="+".join)
@given(source=lines)
@settings(max_examples=60, derandomize=True, deadline=None)
def test_every_part_is_what_its_source_becomes(steps: list[str], source: str):
    clean = make_cleaner(steps)
    cleaned = clean(source)
    alignment = align(source, cleaned, clean)
    check_shape(alignment, source, cleaned)
    for number, same in enumerate(alignment.same):
        before = source[alignment.source_cuts[number] : alignment.source_cuts[number + 1]]
        after = cleaned[alignment.cleaned_cuts[number] : alignment.cleaned_cuts[number + 1]]
        assert same == (before == after)
        if not re.fullmatch(r"[\W_]+", before):
            assert after in (clean(before), before)
        elif after != clean(before):  # between words, which may depend on both sides
            assert not after.strip() or same
    check_spans(alignment, source, cleaned)


def check_shape(alignment: SourceMap, source: str, cleaned: str) -> None:
    for cuts, text in ((alignment.source_cuts, source), (alignment.cleaned_cuts, cleaned)):
        assert (cuts[0], cuts[-1]) == (0, len(text))
        assert list(cuts) == sorted(cuts)
        assert len(cuts) == len(alignment.same) + 1


def check_spans(alignment: SourceMap, source: str, cleaned: str) -> None:
    tokens = find_word_spans(cleaned)
    before = (0, 0)
    for start, stop in alignment.spans(tokens):
        assert 0 <= start < stop <= len(source)
        assert before[0] <= start
        assert before[1] <= stop
        before = (start, stop)
    if source == cleaned:
        assert alignment.spans(tokens) == tokens


@given(source=lines | st.text())
@settings(max_examples=100, derandomize=True, deadline=None)
def test_without_a_change_places_are_kept(source: str):
    alignment = align(source, source, str)
    assert all(alignment.span(pos, pos + 1) == (pos, pos + 1) for pos in range(len(source)))


def test_nothing_is_cleaned_where_nothing_changed():
    def never(text: str) -> str:
        raise AssertionError(text)

    assert align("a b" * 1000, "a b" * 1000, never).span(5, 9) == (5, 9)


def counted(clean: Callable[[str], str], seen: list[int]) -> Callable[[str], str]:
    def count_and_clean(text: str) -> str:
        seen.append(len(text))
        return clean(text)

    return count_and_clean


@pytest.mark.parametrize(
    ("steps", "source"),
    [
        (["lowercase"], "A" * 20_000),
        (["repeats"], "a" * 20_000),
        (["wiki"], "{{" + "x" * 20_000 + "}} a"),
        (["html"], "<b>" * 3000 + "x"),
        (["whitespace"], " " * 20_000 + "a"),
        (["nfc"], "e" + "\u0301\u0327" * 500),
    ],
)
def test_the_work_is_bounded(steps: list[str], source: str):
    clean = make_cleaner(steps)
    seen: list[int] = []
    cleaned = clean(source)
    check_shape(align(source, cleaned, counted(clean, seen)), source, cleaned)
    assert sum(seen) < 100 * len(source) + 100_000


def test_a_cleaner_that_cannot_be_cut_maps_the_whole():
    alignment = align("abc def" * 50, "x", lambda text: text and "x" + str(len(text)))
    assert alignment.span(0, 1) == (0, 350)


@pytest.mark.parametrize(
    "name",
    ["nsmc/nsmc_test.tsv.gz", "novels_en/Wcollins_Legacy_1889.txt.gz", "multi30k_en_de/val.de.gz"],
)
def test_real_lines(name: str, data):
    steps = ["nfkc", "html", "mask-numbers", "quotes", "drop-punctuation", "whitespace", "casefold"]
    clean = make_cleaner(steps)
    if not (data / name).is_file():
        pytest.skip(f"no {name}")
    with gzip.open(data / name, "rt", encoding="utf-8-sig", newline="\n") as file:
        sample = [line.rstrip("\r\n") for line, _ in zip(file, range(300), strict=False)]
    n_tokens = 0
    for line in sample:
        cleaned = clean(line)
        alignment = align(line, cleaned, clean)
        check_spans(alignment, line, cleaned)
        for start, stop in find_whitespace_spans(cleaned):
            n_tokens += 1
            place = slice(*alignment.span(start, stop))
            assert clean(line[place]) == cleaned[start:stop], (line, line[place])
    assert n_tokens > 500
