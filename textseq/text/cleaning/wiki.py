"""Wiki pages, turned into their text by a real parser.

In: a line, or a whole page where it is one unit. Out: what a reader would see as running text:
links as they are shown, headings and lists as their words, no boxes, tables and references.
White space is not tidied (the step `whitespace` does). A line alone says nothing of a table or
template that began on an earlier one: give pages as a whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from textseq.text.cleaning.markup import INLINE_TAGS, Shown
from textseq.text.cleaning.wiki_templates import find_shown_parts

if TYPE_CHECKING:
    from mwparserfromhell import nodes
    from mwparserfromhell.wikicode import Wikicode

# Whatever the parser may take for markup.
WIKI_NEEDS = re.compile(
    r"\[\[|\{\{|\{\||''|__[A-Z]|<[A-Za-z/!]|&[#A-Za-z]|\[(?:[A-Za-z]+:|//)|^(?:[=*#:;]|----)",
    re.MULTILINE,
)

# --- what is shown

_DROPPED = (
    "ref references gallery math chem ce timeline score imagemap inputbox section graph hiero "
    "categorytree templatedata table script style includeonly"
)
_VERBATIM = "nowiki pre source syntaxhighlight"
_BLOCKS = (
    "br hr p div li ul ol dl dd dt tr td th caption center blockquote h1 h2 h3 h4 h5 h6 poem "
    "noinclude onlyinclude doc"
)
_DROPPED_TAGS = frozenset(_DROPPED.split())
_VERBATIM_TAGS = frozenset(_VERBATIM.split())
_TAGS = "|".join(sorted({*INLINE_TAGS, *_BLOCKS.split(), *_DROPPED_TAGS, *_VERBATIM_TAGS}))
_STRAY_TAG = re.compile(
    rf"[<\ufdd2]/?({_TAGS})\b[^<>]*>", re.IGNORECASE
)  # its other half is missing
_QUOTES = re.compile("'{2,}")
_MAGIC_WORD = re.compile("__[A-Z]+__")
# Links to files and categories show no text; their names in the larger Wikipedias.
_HIDDEN_LINK = re.compile(
    "(?:file|image|category|media|datei|bild|kategorie|fichier|catégorie|archivo|imagen|categoría"
    "|ficheiro|imagem|categoria|immagine|bestand|afbeelding|categorie|plik|kategoria|файл"
    "|изображение|категория|зображення|категорія|fil|kategori|dosya|tập tin|thể loại|ファイル|画像"
    "|カテゴリ|文件|檔案|图像|圖像|分类|分類|파일|그림|분류|ملف|صورة|تصنيف|चित्र|श्रेणी)\\s*:",
    re.IGNORECASE,
)
_OTHER_LANGUAGE = re.compile("(?:[a-z]{2,3}(?:-[a-z-]{2,12})?|simple):")


def wiki(text: str) -> str:
    """The text of a wiki page: links to what they show, headings and lists to their words.

    Tables, references, formulas, comments, files and categories are dropped, with a space left
    between two words, and so are templates, but for those that show their text in place
    (wiki_templates.py). Nowiki and source code stay.
    """
    if not WIKI_NEEDS.search(text):
        return text
    import mwparserfromhell

    shown = Shown()
    for kind, part in _parts(text):
        if kind == "drop":
            shown.gap()
        elif kind == "keep":
            shown.add(part)
        else:
            # Quotes by hand: a bold text may reach over several parts.
            _show(mwparserfromhell.parse(part, skip_style_tags=True), shown)
    return _shown_openers(shown.text(text))


def _show(code: Wikicode, shown: Shown) -> None:
    """Add what a reader would see of these nodes; the parser bounds how deep they are nested."""
    from mwparserfromhell import nodes

    for node in code.nodes:
        if isinstance(node, nodes.Text):
            shown.add(_plain(node.value))
        elif isinstance(node, nodes.HTMLEntity):
            shown.add(unescape(str(node)))
        elif isinstance(node, nodes.Wikilink):
            _show_link(node, shown)
        elif isinstance(node, nodes.ExternalLink) and not node.brackets:
            shown.add(str(node.url))
        elif isinstance(node, nodes.ExternalLink | nodes.Heading) and node.title is not None:
            _show(node.title, shown)
        elif isinstance(node, nodes.Tag):
            _show_tag(node, shown)
        elif isinstance(node, nodes.Template):
            _show_template(node, shown)
        else:  # argument, comment, link without a text
            shown.gap()


def _show_template(template: nodes.Template, shown: Shown) -> None:
    parts = list(find_shown_parts(template))
    if not parts:
        shown.gap()
    for part in parts:
        if part == " ":
            shown.part()
        elif isinstance(part, str):
            shown.add(part)
        else:
            _show(part, shown)


def _show_link(link: nodes.Wikilink, shown: Shown) -> None:
    title = str(link.title).strip()
    if _HIDDEN_LINK.match(title) or (link.text is None and _OTHER_LANGUAGE.match(title)):
        shown.gap()
    elif link.text:
        _show(link.text, shown)
    else:
        shown.add(_plain(title.removeprefix(":")))


def _show_tag(tag: nodes.Tag, shown: Shown) -> None:
    name = str(tag.tag).strip().lower()
    if name in _DROPPED_TAGS:
        shown.gap()
        return
    apart = name not in INLINE_TAGS
    if apart:
        shown.part()
    if tag.contents is not None and name in _VERBATIM_TAGS:
        shown.add(str(tag.contents))
    elif tag.contents is not None:
        _show(tag.contents, shown)
    if apart:
        shown.part()


def _plain(text: str) -> str:
    """Text without what the parser leaves in it: '' and ''', lone tags, __NOTOC__."""
    text = _STRAY_TAG.sub(lambda tag: "" if tag[1].lower() in INLINE_TAGS else " ", text)
    return _MAGIC_WORD.sub("", _QUOTES.sub(lambda run: "'" * _n_apostrophes(len(run[0])), text))


def _n_apostrophes(n_quotes: int) -> int:
    """How many of a run of quotes are text: 2, 3 and 5 are italic, bold and both."""
    return 1 if n_quotes == 4 else max(n_quotes - 5, 0)


# --- parts of bounded size

# The parser looks for the end of whatever begins, in vain up to the end of the text, and again
# for each nesting: 20,000 characters of "{{a|" take it 10 seconds, 200,000 a quarter of an hour.
# So it gets only what closes, in parts of at most about twice this many characters.
_PART = 2000
_DEEPEST = 30

# Openers and closers; the tags are those whose content does not count.
_OPEN_OR_CLOSE = re.compile(
    r"<!--|-->|\{\{+|\}\}+|\[\[|\]\]|^[ \t:]*\{\||^[ \t]*\|\}(?!\})"
    rf"|<(/?)({'|'.join(sorted(_DROPPED_TAGS | _VERBATIM_TAGS))})\b"
    r"[^<>]*>",
    re.IGNORECASE | re.MULTILINE,
)
_NO_TAG = re.compile(r"<(?=[^<>]*(?:<|\Z))(?!!--)")
# What stands for the characters of openers that nothing closes, until the parser has run.
_LONE = str.maketrans("{[<", "\ufdd0\ufdd1\ufdd2")
_RESERVED = re.compile("[\ufdd0-\ufdd2]")  # noncharacters: no text holds them
_LONE_BACK = str.maketrans("\ufdd0\ufdd1\ufdd2", "{[<")


class _Unit(NamedTuple):
    """text[start:stop] is one thing of this kind, from its opener to its closer."""

    kind: str
    start: int
    stop: int


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """("parse", wikitext), ("drop", "") for a long template and its like, ("keep", long code)."""
    text = _RESERVED.sub("\ufffd", text)
    units, lone = _units(text)
    text = _NO_TAG.sub("\ufdd2", _hide(text, lone))
    start = free = 0  # of the part; of the text behind the last unit
    for unit in [*units, _Unit("", len(text), len(text))]:
        while unit.start - start > _PART:
            cut = _cut(text, max(free, start + 1), start + _PART)
            yield "parse", text[start:cut]
            start = cut
        if unit.stop - unit.start > _PART:
            yield "parse", text[start : unit.start]
            if unit.kind in _VERBATIM_TAGS:
                yield "keep", text[text.index(">", unit.start) + 1 : text.rindex("<", 0, unit.stop)]
            else:
                yield "drop", ""
            start = unit.stop
        free = unit.stop
    yield "parse", text[start:]


def _cut(text: str, low: int, high: int) -> int:
    """A position to cut at between these, before a line end or a space if there is one."""
    places = (text.rfind(sign, low, high) for sign in "\n ")
    place = next((place for place in places if place >= 0), max(low, high))
    for opener, closer in ("<>", "[]"):  # not within a tag, or a link to another site
        within = text.rfind(opener, low, place)
        if within > max(low, text.rfind(closer, low, place)):
            place = within
    return place


def _hide(text: str, spans: list[tuple[int, int]]) -> str:
    parts, done = [], 0
    for start, stop in sorted(spans):
        parts += [text[done:start], text[start:stop].translate(_LONE)]
        done = stop
    return "".join([*parts, text[done:]])


def _shown_openers(text: str) -> str:
    return text.translate(_LONE_BACK)


def _units(text: str) -> tuple[list[_Unit], list[tuple[int, int]]]:
    """Everything that opens and closes, the outermost only; and the openers that do not close."""
    found = [(match, _kind(match)) for match in _OPEN_OR_CLOSE.finditer(text)]
    last_close = {kind: match.start() for match, (kind, closes) in found if closes}
    units: list[_Unit] = []
    lone: list[tuple[int, int]] = []
    stack: list[tuple[str, int, int]] = []  # kind, start, how many characters
    n_open: Counter[str] = Counter()
    verbatim = ""  # in a comment or nowiki nothing else counts
    for match, (kind, closes) in found:
        if (verbatim and not (closes and kind == verbatim)) or match[0].endswith("/>"):
            continue
        size = len(match[0])
        if not closes:
            if last_close.get(kind, -1) < match.start() or len(stack) >= _DEEPEST:
                lone.append(match.span())
                continue
            stack.append((kind, match.start(), size))
            n_open[kind] += 1
            verbatim = kind if kind in _VERBATIM_TAGS or kind == "<!--" else ""
        verbatim = verbatim if not closes else ""
        least = 2 if kind == "{{" else 1
        while closes and size >= least and n_open[kind]:
            top, start, n_chars = stack.pop()
            n_open[top] -= 1
            if top != kind:  # crossed: [[ {{ ]]
                lone.append((start, start + n_chars))
                continue
            used = min(size, n_chars) if kind == "{{" else n_chars  # of the opener
            if n_chars - used >= 2:  # {{{{a}} b}}
                stack.append((kind, start, n_chars - used))
                n_open[kind] += 1
            size = size - used if kind == "{{" else 0  # left of the closer
            start, stop = start + n_chars - used, match.end() - size
            if kind == "[[" and stop - start > _PART:  # hardly a link
                lone.append((start, start + 2))
                continue
            while units and units[-1].start >= start:
                units.pop()
            units.append(_Unit(kind, start, stop))
    lone += [(start, start + size) for _, start, size in stack]
    return units, lone


def _kind(match: re.Match[str]) -> tuple[str, bool]:
    """What opens here, by its opener; or closes."""
    sign = match[0].strip(" \t:")
    if match[2]:
        return match[2].lower(), bool(match[1])
    if sign[0] == "{" or sign[0] == "}":
        return ("{|" if sign == "{|" else "{{"), sign[0] == "}"
    return {"-->": "<!--", "]]": "[[", "|}": "{|"}.get(sign, sign), sign not in ("<!--", "[[")
