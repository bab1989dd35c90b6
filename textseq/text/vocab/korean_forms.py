"""Korean forms: the two spellings of a morpheme, as Kiwi has it and as one types it.

In: a form. Out: the same in the one spelling or in the other. Kiwi begins some endings with a final
consonant (U+11AB), for which a keyboard gives a letter of its own (U+3134) that no normal form
makes of it; and it has names with a space inside, which files of vectors cannot hold. What was made
before there was a choice is spelled as Kiwi has it, so whatever looks for a form looks for both.
"""

from __future__ import annotations

import re

_SPACES = re.compile(r"(?<=\S)\s+(?=\S)")
_LETTERS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_TYPED = dict(zip(map(chr, range(0x11A8, 0x11C3)), _LETTERS, strict=True))
_KIWI = {typed: final for final, typed in _TYPED.items()}


def as_typed(form: str) -> str:
    """A form without white space inside, and without a final consonant in front.

    Kiwi's own option, compatible_jamo, takes text in NFD apart as well.
    """
    first = _TYPED.get(form[:1])
    form = form if first is None else first + form[1:]
    return _SPACES.sub("_", form)


def switch_spelling(form: str) -> str:
    """A form in the other spelling; itself where there is no other."""
    if form.isascii():
        return form
    first = form[0]
    turned = _TYPED.get(first) or _KIWI.get(first)
    if turned is not None:
        return turned + form[1:]
    return form.replace(" ", "_") if " " in form else form.replace("_", " ")
