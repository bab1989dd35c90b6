"""First look: what is said of a text that is read all the same, and when nothing is."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from textseq.config import TextConfig
from textseq.text.encode import encode_files
from textseq.text.notices import TextNotice
from textseq.text.reading.first_look import look_at

LINES = TextConfig(clean=("html",))
FILES = TextConfig(clean=("html",), unit="file")
WIKI = TextConfig(clean=("wiki",))
PLAIN = TextConfig()


def told(head: str, config: TextConfig) -> list[str]:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        look_at("a.txt", head.encode(), config)
    assert all(issubclass(each.category, TextNotice) for each in seen)
    return [str(each.message) for each in seen]


@pytest.mark.parametrize(
    "head",
    ["<!-- a\nb --> c", "<p\n class=x>", "<a href='x'\n title=y>z</a>", "<script>\nx()\n</script>",
     "x <!-- a --> <!-- b\n-->"],
)  # fmt: skip
def test_html_that_runs_over_lines(head: str):
    (message,) = told(head, LINES)
    assert message.startswith("a.txt: markup runs over several lines")
    assert told(head, FILES) == told(head, PLAIN) == []


@pytest.mark.parametrize(
    "head",
    ["a <b>c</b>\n<p>d</p>\n", "1 < 2\nand 3 > 2", "<!-- never closed\nmore\n", "a <b\nc",
     "<3\n>", "<script>x()</script>\n<!-- a -->\n"],
)  # fmt: skip
def test_html_that_does_not(head: str):
    assert told(head, LINES) == []


@pytest.mark.parametrize(
    ("head", "n"),
    [("{{Box\n| a = b\n}}", 1), ("x\n{| class=y\n| a\n|}", 1), ("{{a}}\n[[b]]\n{{c}}", 0),
     ("<ref>a\nb</ref>", 1), ("{{ open\n", 0)],
)  # fmt: skip
def test_wiki_markup(head: str, n: int):
    assert len(told(head, WIKI)) == n


def test_pages_of_a_wiki_extract():
    head = 'x\n<doc id="12" url="https://a.b?curid=12" title="T">\nT\n'
    (message,) = told(head, PLAIN)
    assert "'<doc id=...>'" in message
    assert "cleaning step html" in message
    assert told(head, LINES) == told(head, WIKI) == []
    assert told("<doc> is a tag\n", PLAIN) == []


def test_who_encodes_hears_of_it(tmp_path: Path):
    (tmp_path / "a.txt").write_text('<doc id="1" url="u" title="T">\nword word\n</doc>\n')
    with pytest.warns(TextNotice, match="'<doc id"):
        encode_files(str(tmp_path / "a.txt"), TextConfig(min_count=1), tmp_path / "c")
