"""First look: what the beginning of a text says that a person should hear.

In: the first bytes of a text, and how it is read. Out: notices of markup that stays or that is cut
apart, and of another encoding. The text is read as the options say, whatever is seen here.
"""

from __future__ import annotations

import re

from textseq.config import TextConfig
from textseq.text.notices import notify
from textseq.text.reading.text_files import guess_wide_codec

_LOOKED_AT = 1 << 16  # bytes of a text
_EXTRACT = re.compile(rb'^<doc id="[^"\n]*" ', re.MULTILINE)  # as WikiExtractor begins a page
# What opens, and what closes it: comments, scripts, tags with attributes; templates and tables.
_HTML = ((b"<!--", b"-->"), (b"<script", b"</script"), (b"<style", b"</style"))
_WIKI = ((b"<!--", b"-->"), (b"{{", b"}}"), (b"\n{|", b"\n|}"), (b"<ref", b"</ref>"))
_TAG_OVER_LINES = re.compile(rb"<[A-Za-z][A-Za-z0-9]*(?:\s+[^<>\n]*)?\n[^<>]{0,2000}>")
_NULS_LOOKED_AT = 4096  # bytes
_FEW_NULS = 3  # as a text may hold by mistake


def look_at(name: str, head: bytes, config: TextConfig) -> None:
    """Give notice of what a text that begins with `head` (UTF-8) holds beside text."""
    _look_for_markup(name, head[:_LOOKED_AT], config)
    head = head[:_NULS_LOOKED_AT]
    many = head.count(b"\0") > max(_FEW_NULS, len(head) // 50)
    if many and (codec := guess_wide_codec(head)) is not None:
        notify(f"{name}: this looks like {codec}; --encoding {codec} reads it so")


def _look_for_markup(name: str, head: bytes, config: TextConfig) -> None:
    if b"<" not in head and b"{" not in head:
        return
    parses = {"html", "wiki"} & set(config.clean)
    if not parses and _EXTRACT.search(head):
        notify(
            f"{name}: lines such as '<doc id=...>' of a wiki extract are read as text; the "
            "cleaning step html drops them"
        )
    if parses and config.unit == "line" and _runs_over_lines(head, wiki="wiki" in parses):
        notify(
            f"{name}: markup runs over several lines, and each line is cleaned by itself; the "
            "unit file (--unit file) parses whole files"
        )


def _runs_over_lines(head: bytes, *, wiki: bool) -> bool:
    pairs = _WIKI if wiki else _HTML
    return any(_spans_lines(head, *pair) for pair in pairs) or bool(_TAG_OVER_LINES.search(head))


def _spans_lines(head: bytes, opener: bytes, closer: bytes) -> bool:
    """Whether a newline stands between an opener and the closer that follows it."""
    at = head.find(opener)
    while at >= 0:
        inside = at + len(opener)
        stop = head.find(closer, inside)
        if stop < 0:
            return False
        if head.find(b"\n", inside, stop) >= 0:
            return True
        at = head.find(opener, stop)
    return False
