"""Tag schemes: how tags write spans, such as names, and which spans a row of tags draws.

In: tags as str: B-PER, B_PER, PER-B or a bare B, with the letters of one scheme. Out: the scheme,
whether one tag may follow another, and the spans, counted strictly (only what the scheme allows,
as seqeval's strict mode) or leniently (every row has a reading, as the conlleval script's). No
model is known here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Scheme = Literal["bio", "iob1", "bios", "bioes", "bmes", "bilou", "ioe1", "ioe2"]
Span = tuple[str, int, int]  # its kind, where it starts, where it stops
Part = tuple[str, str]  # the letter of a tag (B, I, E, S, O) and its kind

MOST_ILLEGAL = 0.05  # of the steps in and around spans; tags that break more keep to no scheme
_OUTSIDE: Part = ("O", "")


# ---- how a tag is written


class Layout(NamedTuple):
    """What stands between letter and kind ("" for bare letters), and whether the kind is first."""

    separator: str
    kind_first: bool


_LAYOUTS = (Layout("-", False), Layout("_", False), Layout("-", True), Layout("_", True))
_BARE = Layout("", False)
_ALL = (*_LAYOUTS, _BARE)
# M is the I of BMES; L and U are the E and S of BILOU.
_LETTERS = {letter: letter for letter in "BIES"} | {"M": "I", "L": "E", "U": "S"}


def _cut(tag: str, layout: Layout) -> Part | None:
    """The letter as it is written, and the kind; None for a tag of another layout."""
    if not layout.separator:
        return (tag, "") if tag in _LETTERS else None
    if layout.kind_first:
        kind, between, letter = tag.rpartition(layout.separator)
    else:
        letter, between, kind = tag.partition(layout.separator)
    return (letter, kind) if between and kind and letter in _LETTERS else None


def layout_of(tags: Iterable[str]) -> Layout | None:
    """How all these tags but O are written; None where they are not written alike."""
    named = {tag for tag in tags if tag != "O"}
    for layout in _LAYOUTS:
        if named and all(_cut(tag, layout) for tag in named):
            return layout
    # Bare letters may be anything; spans of them begin with B and go on.
    bare = {"B"} < named and named <= set(_LETTERS) and not named.isdisjoint("IMEL")
    return _BARE if bare else None


class Reader:
    """From tags to their parts; a tag that is none of the layout counts as O."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._parts: dict[str, Part] = {"O": _OUTSIDE}

    def parts(self, tags: Iterable[str]) -> list[Part]:
        """The letter, as B, I, E, S or O, and the kind of each tag."""
        known = self._parts
        return [known[tag] if tag in known else self._part(tag) for tag in tags]

    def _part(self, tag: str) -> Part:
        cut = _cut(tag, self.layout)
        part = _OUTSIDE if cut is None else (_LETTERS[cut[0]], cut[1])
        self._parts[tag] = part
        return part


# ---- what a scheme allows


class Rules(NamedTuple):
    """What a scheme allows, in the letters B, I, E, S.

    `on`: pairs that go on with one span, of one kind. `first` begin a span anywhere, `again` only
    right behind one of the same kind; `last` end a span anywhere, `parting` only right before one
    of the same kind.
    """

    on: frozenset[str]
    first: str
    last: str
    again: str = ""
    parting: str = ""

    def goes_on(self, before: Part, after: Part) -> bool:
        """Whether the second is of the span that the first is of."""
        return before[0] + after[0] in self.on and before[1] == after[1]

    def begins(self, before: Part, after: Part) -> bool:
        """Whether the second may begin a span."""
        behind_same = before[0] != "O" and before[1] == after[1]
        return after[0] in self.first or (after[0] in self.again and behind_same)

    def ends(self, before: Part, after: Part) -> bool:
        """Whether the first may end a span."""
        before_same = after[0] != "O" and before[1] == after[1]
        if before[0] in self.again and after[0] in self.again and not before_same:
            return False  # no such step; seqeval does not count the span before it either
        return before[0] in self.last or (before[0] in self.parting and before_same)

    def allows(self, before: Part, after: Part) -> bool:
        """Whether the second may stand behind the first; begin and end of a sentence are like O."""
        if self.goes_on(before, after):
            return True
        ended = before == _OUTSIDE or self.ends(before, after)
        return ended and (after == _OUTSIDE or self.begins(before, after))


_WITH_ENDS = Rules(frozenset(("BI", "BE", "II", "IE")), first="BS", last="ES")
RULES: dict[Scheme, Rules] = {
    "bio": Rules(frozenset(("BI", "II")), first="B", last="BI"),  # also IOB2
    "iob1": Rules(frozenset(("BI", "II")), first="I", last="BI", again="B"),
    "bios": Rules(frozenset(("BI", "II")), first="BS", last="BIS"),
    "bioes": _WITH_ENDS,
    "bmes": _WITH_ENDS,
    "bilou": _WITH_ENDS,
    "ioe1": Rules(frozenset(("II", "IE")), first="IE", last="I", parting="E"),
    "ioe2": Rules(frozenset(("II", "IE")), first="IE", last="E"),
}


def _candidates(letters: set[str]) -> list[Scheme]:
    """The schemes that have these letters, the likeliest first."""
    if letters <= set("BI"):
        return ["bio", "iob1"] if "B" in letters else ["iob1"]
    if letters <= set("IE"):
        return ["ioe2", "ioe1"]
    if letters <= set("BIES"):
        return ["bioes", "bios"] if "E" not in letters else ["bioes"]
    if letters <= set("BMES"):
        return ["bmes"]
    return ["bilou"] if letters <= set("BILU") else []


def scheme_of(tags: Sequence[str]) -> Scheme | None:
    """The scheme whose letters these tags have; None for tags of words (NOUN, VERB), or O alone.

    IOB1 has the letters of BIO: `kept_scheme` tells them apart.
    """
    layout = layout_of(tags)
    found = [] if layout is None else _candidates(_letters(tags, layout))
    return found[0] if found else None


def _letters(tags: Iterable[str], layout: Layout) -> set[str]:
    return {cut[0] for cut in (_cut(tag, layout) for tag in tags) if cut is not None}


def legal_steps(tags: Sequence[str], scheme: Scheme | None) -> NDArray[np.bool_]:
    """(K + 1, K + 1): whether a tag (row) may stand before another (column).

    The last row is the begin of a sentence, the last column its end. Without a scheme all may.
    """
    if scheme is None:
        return np.ones((len(tags) + 1, len(tags) + 1), np.bool_)
    allows = RULES[scheme].allows
    parts = [*_reader(tags).parts(tags), _OUTSIDE]
    return np.array([[allows(before, after) for after in parts] for before in parts], np.bool_)


def _reader(tags: Sequence[str]) -> Reader:
    """A reader of these tags; where they are not written alike, as most of them are."""
    layout = layout_of(tags)
    if layout is None:
        fits = {one: sum(_cut(tag, one) is not None for tag in tags) for one in _ALL}
        layout = max(_ALL, key=lambda one: fits[one])
    return Reader(layout)


def kept_scheme(
    tags: Sequence[str], rows: Iterable[Sequence[int]], *, without: Iterable[int] = ()
) -> Scheme | None:
    """The scheme that these tags look like, if the sentences (rows of tag ids) keep to it.

    `without`: ids that stand where no tag is known; nothing is said of the steps around them.
    """
    ignored = set(without)
    named = [tag for number, tag in enumerate(tags) if number not in ignored]
    first = scheme_of(named)
    if first is None:
        return None
    broken = _broken(tags, rows, ignored)
    kept = [pair for pair in broken.items() if pair[1].share <= MOST_ILLEGAL]
    return min(kept, key=lambda pair: pair[1].share)[0] if kept else None


def scheme_to_read(
    tags: Sequence[str],
    rows: Iterable[Sequence[int]],
    expected: Scheme,
    *,
    without: Iterable[int] = (),
) -> Scheme:
    """The scheme by which to read the spans of a data set: the `expected` one if it keeps to that.

    Else the one that it keeps to, if it does to any; arguments as in `kept_scheme`.
    """
    ignored = set(without)
    broken = _broken(tags, rows, ignored, expected)
    if broken[expected].share <= MOST_ILLEGAL:
        return expected
    named = [tag for number, tag in enumerate(tags) if number not in ignored]
    if scheme_of(named) is None:
        return expected
    found = min(broken, key=lambda scheme: broken[scheme].share)
    return found if broken[found].share <= MOST_ILLEGAL else expected


class _Broken(NamedTuple):
    """The share of steps in and around spans that break the rules of a scheme, and the commonest
    of them."""

    share: float
    step: tuple[str, str]


def _broken(
    tags: Sequence[str],
    rows: Iterable[Sequence[int]],
    ignored: set[int],
    expected: Scheme | None = None,
) -> dict[Scheme, _Broken]:
    """How far the sentences keep to each scheme that has the letters of their tags, and to the
    `expected` one."""
    named = [tag for number, tag in enumerate(tags) if number not in ignored]
    reader, edge = _reader(named), len(tags)
    parts = [*reader.parts(tags), _OUTSIDE]
    steps: Counter[tuple[int, int]] = Counter()
    for row in rows:
        steps.update(pairwise([edge, *row, edge]))
    around = {
        step: n
        for step, n in steps.items()
        if ignored.isdisjoint(step) and any(parts[number] != _OUTSIDE for number in step)
    }
    names = [*tags, ""]
    found: dict[Scheme, _Broken] = {}
    candidates = _candidates(_letters(named, reader.layout))
    for scheme in candidates if expected is None else [expected, *candidates]:
        allows = RULES[scheme].allows
        bad = {step: n for step, n in around.items() if not allows(parts[step[0]], parts[step[1]])}
        share = sum(bad.values()) / max(1, sum(around.values()))
        worst = max(bad, key=lambda step: bad[step], default=(edge, edge))
        found[scheme] = _Broken(share, (names[worst[0]], names[worst[1]]))
    return found


def nearly_spans(
    tags: Mapping[str, int], ids: Sequence[str], rows: Iterable[Sequence[int]]
) -> str | None:
    """Why tags that nearly write spans are not read as such; None where they are far from it.

    `tags`: how often each stands there; `rows`: sentences as numbers of `ids`.
    """
    named = {tag: n for tag, n in tags.items() if tag != "O" and n}
    fits = {layout: {tag: n for tag, n in named.items() if _cut(tag, layout)} for layout in _ALL}
    layout = max(fits, key=lambda one: sum(fits[one].values()))
    shaped = fits[layout]
    if 2 * sum(shaped.values()) <= sum(named.values()) or (layout == _BARE and "B" not in shaped):
        return None
    candidates = _candidates(_letters(shaped, layout))
    strays = sorted(set(named) - set(shaped), key=lambda tag: (-named[tag], tag))
    if strays:
        like = _name(candidates[0]) if candidates else "span"
        shown = ", ".join(f"{tag!r} ({_times(named[tag])})" for tag in strays[:5])
        more = f" and {len(strays) - 5} more" if len(strays) > 5 else ""
        verb = "is no" if len(strays) == 1 else "are no"
        kind = "tag" if len(strays) == 1 else "tags"
        return f"{kind} {shown}{more} {verb} {like} {kind}, as the others are"
    if not candidates:
        letters = ", ".join(sorted(_letters(shaped, layout)))
        return f"the letters {letters} of the tags are of no one scheme (BIO, BIOES, BMES, BILOU)"
    broken = _broken(ids, rows, {number for number, tag in enumerate(ids) if tag not in tags})
    scheme, least = min(broken.items(), key=lambda pair: pair[1].share)
    if least.share <= MOST_ILLEGAL:
        return None
    before, after = (f"{tag!r}" if tag else "the edge of a sentence" for tag in least.step)
    return (
        f"the tags look like {_name(scheme)}, and {least.share:.0%} of the steps in and around "
        f"spans break its rules, such as {after} behind {before}"
    )


def _name(scheme: Scheme) -> str:
    return scheme.upper()


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"


# ---- the spans of a row of tags


class SpanReader:
    """The spans that the tags of a model or a data set draw, strictly under a scheme.

    `tags`: all that there are, which say how they are written.
    """

    def __init__(self, tags: Sequence[str], scheme: Scheme) -> None:
        self.scheme = scheme
        self._read = _reader(tags).parts
        self._rules = RULES[scheme]

    def __call__(self, tags: Sequence[str]) -> set[Span]:
        """What the scheme allows of a row of tags; what breaks its rules draws no span."""
        found: set[Span] = set()
        rules, before, start = self._rules, _OUTSIDE, -1
        for pos, part in enumerate([*self._read(tags), _OUTSIDE]):
            if start < 0 and part is _OUTSIDE:  # most of them
                before = part
                continue
            if start < 0 or not rules.goes_on(before, part):
                if start >= 0 and rules.ends(before, part):
                    found.add((before[1], start, pos))
                start = pos if part != _OUTSIDE and rules.begins(before, part) else -1
            before = part
        return found


def spans_of(tags: Sequence[str]) -> set[Span]:
    """The spans that tags in any scheme draw, read leniently: (kind, start, stop).

    As the conlleval script counts: a span begins with B or S, or where an I or E has another kind
    or nothing before it, and ends before what begins; so every sequence of tags has a reading.
    """
    found: set[Span] = set()
    kind, start = "", -1  # of the span that is open; -1: none is
    for pos, (letter, name) in enumerate(_reader(tags).parts(tags)):
        if start >= 0 and (letter not in "IE" or name != kind):
            found.add((kind, start, pos))
            start = -1
        if letter == "O":
            continue
        if start < 0:
            kind, start = name, pos
        if letter in "ES":
            found.add((kind, start, pos + 1))
            start = -1
    if start >= 0:
        found.add((kind, start, len(tags)))
    return found
