"""Cleaning: str -> str, one named step each.

In: a line of text, or one word. Out: the same text with some of its characters changed.
Steps are named in `TextConfig.clean` and applied in that order. A new step is one function
and one row of `STEPS`. Nothing here reads files (corpus.py) or cuts words (tokenizer.py).
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Category Cc without what str.isspace() calls white space: dropping that would join words.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]+")


@dataclass(frozen=True)
class Step:
    """One cleaning step.

    `per_word`: cleaning a line and cutting it with `str.split` gives the same words as cutting
    it at the ASCII white space (str.isspace() below U+0080) first, then cleaning and cutting
    each piece. A piece may become no word or several. Such a step needs to see each distinct
    word only once.
    """

    apply: Callable[[str], str]
    per_word: bool
    help: str


def nfc(text: str) -> str:
    """Compose letters and their marks (e + U+0301 -> é, Hangul jamo -> syllables)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def nfd(text: str) -> str:
    """Take letters and their marks apart (é -> e + U+0301, Hangul syllables -> jamo)."""
    return text if text.isascii() else unicodedata.normalize("NFD", text)


def nfkc(text: str) -> str:
    """Replace look-alike forms by plain ones and compose (ﬁ -> fi, ² -> 2, Ａ -> A)."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def control(text: str) -> str:
    """Drop control characters which are not white space (NUL, BEL, DEL ...)."""
    return text if text.isprintable() else _CONTROL.sub("", text)


def whitespace(text: str) -> str:
    """Turn each run of Unicode white space into one space; none at the ends."""
    return " ".join(text.split())


# All are per word: no rule of Unicode (composition, order of marks, final sigma) looks past
# a character of ASCII white space, and each of these steps leaves white space where it was.
STEPS: dict[str, Step] = {
    "nfc": Step(nfc, True, "Compose letters and marks; Hangul jamo become syllables."),
    "nfd": Step(nfd, True, "Take letters and marks apart."),
    "nfkc": Step(nfkc, True, "Replace compatibility forms (ligatures, full width) and compose."),
    "control": Step(control, True, "Drop control characters which are not white space."),
    "whitespace": Step(whitespace, True, "Turn each run of white space into one space."),
    "lowercase": Step(str.lower, True, "Lowercase every letter."),
    "casefold": Step(str.casefold, True, "Fold case for comparison (ß -> ss)."),
}


def clean(text: str, steps: Sequence[str]) -> str:
    """The text after these steps, in their order; ValueError for an unknown name."""
    return make_cleaner(steps)(text)


def make_cleaner(steps: Sequence[str]) -> Callable[[str], str]:
    """These steps as one function; ValueError for an unknown name."""
    functions = [_step(name).apply for name in steps]
    if len(functions) == 1:
        return functions[0]

    def apply_all(text: str) -> str:
        for function in functions:
            text = function(text)
        return text

    return apply_all


def is_per_word(steps: Sequence[str]) -> bool:
    """Whether all of these steps may be applied to each distinct word once."""
    return all(_step(name).per_word for name in steps)


def _step(name: str) -> Step:
    if name not in STEPS:
        near = difflib.get_close_matches(name.lower(), STEPS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ";"
        raise ValueError(f"no cleaning step {name!r}{hint} the steps are {', '.join(STEPS)}")
    return STEPS[name]
