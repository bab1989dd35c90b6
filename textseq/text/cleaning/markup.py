"""HTML, turned into its text by a real parser.

In: a line, or a whole document where it is one unit. Out: what a reader would see, without tags,
scripts, style sheets and comments. Line ends stay where they were and white space is not tidied
(the step `whitespace` does). A line alone says nothing of a comment that began on an earlier
one: give such documents as a whole. Wiki pages are the business of wiki.py.
"""

from __future__ import annotations

import re

from textseq.text.cleaning.masking import MASKS

# What a tag or an entity begins with; any other "<" or "&" is text to an HTML parser as well.
HTML_NEEDS = re.compile(r"<[A-Za-z/!?]|&[#A-Za-z]")
_INLINE = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rb rp "
    "rt ruby s samp small span strike strong sub sup time tt u var wbr"
)
INLINE_TAGS = frozenset(_INLINE.split())
_RAW_TAGS = {"script", "style"}  # their content is no text and is not parsed
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
_SURROGATE = re.compile("[\ud800-\udfff]")


def html(text: str) -> str:
    """The text of HTML: entities decoded; tags, comments, scripts and style sheets dropped.

    Blocks and <br> are set apart by a space; <b> and its like are not. "a < b" and "<3" stay,
    and so do <url> and the other masks. Where there is markup, NUL is dropped, a carriage return
    becomes a space and a lone surrogate U+FFFD, as no parser takes them.
    """
    if not HTML_NEEDS.search(text):
        return text
    from selectolax.lexbor import LexborHTMLParser

    shown = Shown()
    body = LexborHTMLParser(f"<body>{_flat(text)}").body
    node = None if body is None else body.first_child
    while node is not None:
        if node.tag == "-text":
            shown.add(node.text_content or "")
        elif node.tag == "br":
            shown.part()
        node = node.next
    return shown.text(text)


def _flat(text: str) -> str:
    """The same document without nesting, which says nothing about its text.

    Each tag becomes <br> or <wbr> and keeps its attributes, so that the parser still decides
    where a tag, a comment or a script ends. A tree 100,000 deep, or tags that the parser would
    have to open again and again, cannot arise.
    """
    text = _SURROGATE.sub("\ufffd", text.replace("\0", "").replace("\r", " "))
    stop = text.rfind(">") + 1  # what begins behind the last ">" is no tag
    return _TAG.sub(_flat_tag, text[:stop]) + text[stop:].replace("<", "&lt;")


def _flat_tag(match: re.Match[str]) -> str:
    name = match[2].lower()
    if name in _RAW_TAGS:
        return match[0]
    is_mask = f"{match[0]}>" in MASKS and match.string.startswith(">", match.end())
    if is_mask or "@" in name or name.endswith(":"):  # <me@a.b> and <http://a.b> are no tags either
        return f"&lt;{match[0][1:]}"
    return "<wbr" if name in INLINE_TAGS else "<br"


class Shown:
    """The text that is shown, put together from parts, some of which must stay apart."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._apart = self._gap = False

    def add(self, text: str) -> None:
        """Text that follows, behind a space if need be."""
        if not text:
            return
        if self._parts:
            before, behind = self._parts[-1][-1], text[0]
            apart = self._apart and not (before.isspace() or behind.isspace())
            if apart or (self._gap and before.isalnum() and behind.isalnum()):
                self._parts.append(" ")
        self._parts.append(text)
        self._apart = self._gap = False

    def part(self) -> None:
        """A block begins or ends here: white space before the next text."""
        self._apart = True

    def gap(self) -> None:
        """Something was dropped here, which must not join two words."""
        self._gap = True

    def text(self, source: str) -> str:
        """All of it, without line ends from entities (&#10;) where the source has none."""
        text = "".join(self._parts)
        for line_end in "\n\r":
            if line_end not in source:
                text = text.replace(line_end, " ")
        return text
