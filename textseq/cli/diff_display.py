"""A text before and after, as two lines for people, what differs marked.

In: two strings, the second perhaps None. Out: lines to show, with colours if asked for. What a
terminal would not show, or would obey, is written out: text from anywhere is safe to look at.
Nothing is printed here, and which texts are worth a look is not decided here.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator

_LEAST_ALIKE = 3
_RED, _GREEN, _CYAN, _PLAIN = "\x1b[1;31m", "\x1b[1;32m", "\x1b[36m", "\x1b[0m"


def heading(title: str, *, colored: bool = False) -> str:
    """The line above a pair: @@ title @@."""
    return _painted(f"@@ {title} @@", _CYAN, colored)


def diff_lines(before: str, after: str | None, *, colored: bool = False) -> list[str]:
    """ "- before" and "+ after", or the first alone; what differs is coloured.

    What cannot be seen is shown as Python writes it: control characters, joiners, spaces other
    than the plain one. So are two forms of one letter, and plain spaces are shown as U+2423,
    where that is the whole difference.
    """
    if after is None:
        return [_painted("- " + _visible(before), _RED, colored)]
    old, new = _painted("- ", _RED, colored), _painted("+ ", _GREEN, colored)
    for is_same, was, becomes in _parts(before, after):
        if is_same:
            old, new = old + _visible(was), new + _visible(becomes)
            continue
        look_alike = unicodedata.normalize("NFC", was) == unicodedata.normalize("NFC", becomes)
        spaces_only = was.replace(" ", "") == becomes.replace(" ", "")
        for_eyes = [
            _visible(part, ascii_only=look_alike, spaces=spaces_only) for part in (was, becomes)
        ]
        old += _painted(for_eyes[0], _RED, colored)
        new += _painted(for_eyes[1], _GREEN, colored)
    return [old, new]


def _parts(before: str, after: str) -> Iterator[tuple[bool, str, str]]:
    """Both texts side by side, cut into what is the same and what is not."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    was = becomes = ""
    for kind, start, stop, new_start, new_stop in matcher.get_opcodes():
        at_an_end = start == 0 or stop == len(before)
        # A letter or two that happen to be alike between two changes only hide what happened.
        if kind == "equal" and (stop - start >= _LEAST_ALIKE or at_an_end):
            if was or becomes:
                yield False, was, becomes
            yield True, before[start:stop], after[new_start:new_stop]
            was = becomes = ""
        else:
            was += before[start:stop]
            becomes += after[new_start:new_stop]
    if was or becomes:
        yield False, was, becomes


def _visible(text: str, *, ascii_only: bool = False, spaces: bool = False) -> str:
    """The text with escapes for what a terminal would not show, or would obey."""
    shown = "".join(
        char if char.isprintable() and not (ascii_only and char > "~") else _escape(char)
        for char in text
    )
    return shown.replace(" ", "\u2423") if spaces else shown


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def _painted(text: str, color: str, colored: bool) -> str:
    return f"{color}{text}{_PLAIN}" if colored and text else text
