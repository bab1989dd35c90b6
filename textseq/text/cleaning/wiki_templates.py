"""Templates of wiki pages that show their text in place: {{lang|fr|bonjour}}, {{nowrap|5 km}}.

In: a template as the parser gives it. Out: what stands in its place, as parts of wiki text or plain
text; nothing for all others, such as boxes, notes and references. Names are those of the larger
Wikipedias. No template is expanded: what other pages would make of it is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mwparserfromhell.nodes import Template
    from mwparserfromhell.wikicode import Wikicode

# By the argument that is shown.
_FIRST = (
    "nowrap nobr nobreak j small smaller big larger em strong bold italic italics i b u s sup "
    "sub abbr abbrlink tooltip vanchor sic smallcaps sc allcaps quote blockquote cquote quotation "
    "bquote zitat citation flag flagcountry flagu 국기 plainlist flatlist script kbd code var samp "
    "mono nobold noitalic notatypo"
)
_SECOND = "lang langx langue llang 언어 color colour farbe couleur fgcolor resize"
_LAST = "ipa transl transliteration unicode fontcolor coloredtext wikt-lang"
_ALL_JOINED = "linktext gaps"
_LISTS = "hlist ubl unbulletedlist"
_LINKS = "ill interlanguagelink 仮リンク lienlanguage"
_SIGNS = {
    "ndash": "–", "mdash": "—", "endash": "–", "emdash": "—", "spacedndash": " – ", "snd": " – ",
    "spnd": " – ", "spacedendash": " – ", "snds": " – ", "nbsp": " ", "space": " ", "spaces": " ",
    "thinsp": " ", "hsp": " ", "'": "'", "!": "|", "=": "=", "·": " · ", "dot": " · ",
    "middot": " · ", "bull": " • ", "bullet": " • ", "shy": "", "wbr": "", "zwsp": "", "-": " ",
}  # fmt: skip
_FUNCTIONS = ("formatnum:", "lc:", "uc:", "lcfirst:", "ucfirst:")
_BETWEEN = frozenset(["to", "and", "by", "x", "-", "–", "or", "to(-)", "+/-", "±", "×"])


def find_shown_parts(template: Template) -> Iterator[Wikicode | str]:
    """What a reader sees of a template, part by part; nothing where that is not known."""
    name = str(template.name).strip().lower().replace("_", "").replace(" ", "")
    function = next((begin for begin in _FUNCTIONS if name.startswith(begin)), None)
    if function is not None:
        yield str(template.name).partition(":")[2]
    elif name in _SIGNS:
        yield _SIGNS[name]
    elif name in _RULES:
        yield from _RULES[name](template)
    elif name.startswith("lang-"):
        yield from _nth(template, 1)


def _nth(template: Template, number: int) -> Iterator[Wikicode | str]:
    if template.has(str(number)):
        yield template.get(str(number)).value


def _positional(template: Template) -> list[Wikicode]:
    return [param.value for param in template.params if str(param.name).strip().isdigit()]


def _last(template: Template) -> Iterator[Wikicode | str]:
    yield from _positional(template)[-1:]


def _joined(template: Template) -> Iterator[Wikicode | str]:
    yield from _positional(template)


def _listed(template: Template) -> Iterator[Wikicode | str]:
    for number, value in enumerate(_positional(template)):
        yield ", " if number else ""
        yield value


def _link(template: Template) -> Iterator[Wikicode | str]:
    if template.has("lt"):
        yield template.get("lt").value
    else:
        yield from _nth(template, 1)


def _circa(template: Template) -> Iterator[Wikicode | str]:
    yield "c. "
    yield from _nth(template, 1)


def _as_of(template: Template) -> Iterator[Wikicode | str]:
    yield "as of " if template.has("lc") else "As of "
    yield from _nth(template, 1)


def _fraction(template: Template) -> Iterator[Wikicode | str]:
    values = _positional(template)
    if len(values) == 3:
        yield from (values[0], " ")
    if len(values) == 1:
        yield "1/"
    for number, value in enumerate(values[-2:]):
        yield "/" if number else ""
        yield value


def _quantity(template: Template) -> Iterator[Wikicode | str]:
    """convert: 5 | km, or 5 | to | 10 | km."""
    values = _positional(template)
    for number in range(1, len(values), 2):
        if str(values[number]).strip() not in _BETWEEN:
            values = values[: number + 1]
            break
    for number, value in enumerate(values):
        yield " " if number else ""
        yield value


def _value(template: Template) -> Iterator[Wikicode | str]:
    yield from _nth(template, 1)
    for unit in ("u", "ul"):
        if template.has(unit):
            yield " "
            yield template.get(unit).value


_Rule = Callable[["Template"], "Iterator[Wikicode | str]"]
_RULES: dict[str, _Rule] = {
    **dict.fromkeys(_FIRST.split(), lambda template: _nth(template, 1)),
    **dict.fromkeys(_SECOND.split(), lambda template: _nth(template, 2)),
    **dict.fromkeys(_LAST.split(), _last),
    **dict.fromkeys(_ALL_JOINED.split(), _joined),
    **dict.fromkeys(_LISTS.split(), _listed),
    **dict.fromkeys(_LINKS.split(), _link),
    **dict.fromkeys(["circa", "c.", "ca."], _circa),
    **dict.fromkeys(["frac", "sfrac"], _fraction),
    "asof": _as_of,
    **dict.fromkeys(["convert", "cvt"], _quantity),
    "val": _value,
}
