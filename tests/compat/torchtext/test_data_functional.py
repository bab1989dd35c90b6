"""Generators over texts, and data sets by number."""

import pickle

import pytest

from textseq.compat.torchtext.data.functional import (
    custom_replace,
    filter_wikipedia_xml,
    numericalize_tokens_from_iterator,
    simple_space_split,
    to_map_style_dataset,
)
from textseq.compat.torchtext.vocab import vocab


def test_custom_replace_goes_in_order():
    replace = custom_replace([(r"S", "s"), (r"\s+", " "), ("s e", "-")])
    assert list(replace(["aS  eb", "exampleS to   try!"])) == ["a-b", "examples to try!"]
    assert list(replace([])) == []


def test_lines_are_read_as_they_are_asked_for():
    def lines():
        yield "a b"
        raise RuntimeError("read too far")

    for made in (simple_space_split(lines()), custom_replace([])(lines())):
        assert next(made) in (["a", "b"], "a b")
    assert next(filter_wikipedia_xml(lines())) == "a b"


def test_tokens_to_numbers():
    ids = {"Sentencepiece": 0, "encode": 1, "as": 2, "pieces": 3}
    given = simple_space_split(["Sentencepiece as pieces", "as pieces"])
    assert [list(row) for row in numericalize_tokens_from_iterator(ids, given)] == [
        [0, 2, 3],
        [2, 3],
    ]
    rows = numericalize_tokens_from_iterator(ids, [["as", "x", "pieces"]], removed_tokens=["x"])
    assert [list(row) for row in rows] == [[2, 3]]
    rows = numericalize_tokens_from_iterator(vocab(ids | {"as": 1}), [["x"]])
    with pytest.raises(RuntimeError, match="Token x not found"):
        list(next(rows))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("<title>AnArchism</title>", None),
        ("#REDIRECT [[Computer]]", None),
        ("'''Anarchism''' began in 1842.", "anarchism began in one eight four two"),
        ("[[category:Politics|*]] [[category:Old]]", "politics old"),
        ("[[image:a.png|thumb|left|200px|A cat]]", "a cat"),
        ("[[fr:Chat]] [[cat|cats]] {{stub}} {x} &nbsp;", "cats"),
        ("&lt;ref name=a&gt;see&lt;/ref&gt;text &amp;amp; more", "text more"),
        ("[http://a.b The page]", "the page"),
        ("   \n", None),
    ],
)
def test_wikipedia_as_wikifil_has_it(line: str, words: str | None):
    assert list(filter_wikipedia_xml([line])) == ([] if words is None else [words])


def test_what_cannot_be_gone_through_is_refused():
    with pytest.raises(TypeError, match="not iterable"):
        filter_wikipedia_xml(1)


def test_map_style():
    data = to_map_style_dataset(iter(["a", "b", "c"]))
    assert (len(data), data[1], data[-1], list(data)) == (3, "b", "c", ["a", "b", "c"])
    assert list(pickle.loads(pickle.dumps(data))) == ["a", "b", "c"]  # to other processes
