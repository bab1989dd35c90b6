"""Korean morphemes, found by kiwipiepy.

In: lines of text. Out: the dictionary forms of their morphemes (했다 -> 하 었 다), with places.
Other scripts, numbers, emoji and web addresses pass through as they are. Kiwi begins some endings
with a final consonant (U+11AB), which no keyboard types and no normal form makes of what it does
type (U+3134), and has names with a space inside: both are spelled as one types them, unless the
options say "kiwi". This is the only file
that knows kiwipiepy, an extra of its own (`pip install "textseq[ko]"`). It makes no text of
morphemes again: `join` puts spaces between them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, get_args

from textseq.config import KoreanForms
from textseq.extras import comes_with
from textseq.text.tokens.tokenizer import Span, Tokenizer, without_surrogates
from textseq.text.tokens.word_pattern import MASKS

_MASK = re.compile("|".join(MASKS))
_SPACES = re.compile(r"(?<=\S)\s+(?=\S)")
# Final consonants, U+11A8 to U+11C2, and what a keyboard types for them.
_LETTERS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_TYPED = dict(zip(map(chr, range(0x11A8, 0x11C3)), _LETTERS, strict=True))
_KIWI = {typed: final for final, typed in _TYPED.items()}


def korean_tokenizer(forms: KoreanForms = "typed") -> Tokenizer:
    """The tokenizer; ModuleNotFoundError, with the command that helps, without kiwipiepy."""
    _kiwi()
    return _TOKENIZERS[forms]


def split_morphemes(text: str, forms: KoreanForms = "typed") -> list[str]:
    """The form of each morpheme; contracted ones are taken apart (갔다 -> 가 었 다)."""
    return _forms_of(_analyse(without_surrogates(text)), forms)


def split_all_morphemes(lines: Sequence[str], forms: KoreanForms = "typed") -> list[list[str]]:
    """`split_morphemes` for many lines, in several threads."""
    found = _analyse([without_surrogates(line) for line in lines])
    return [_forms_of(tokens, forms) for tokens in found]


def _forms_of(tokens: Iterable[Any], forms: KoreanForms) -> list[str]:
    if forms == "kiwi":
        return [token.form for token in tokens]
    return [_as_typed(token.form) for token in tokens]


def _as_typed(form: str) -> str:
    """A form without white space inside, and without a final consonant in front.

    Kiwi's own option, compatible_jamo, takes text in NFD apart as well.
    """
    first = _TYPED.get(form[:1])
    form = form if first is None else first + form[1:]
    return _SPACES.sub("_", form)


def other_spelling(form: str) -> str:
    """A form spelled the other way: with the other kind of consonant in front, with _ or spaces.

    The form itself where there is no other way.
    """
    first = form[:1]
    turned = _TYPED.get(first) or _KIWI.get(first) or first
    rest = form[1:]
    if turned == first:
        return form.replace(" ", "_") if " " in form else form.replace("_", " ")
    return turned + rest


def morpheme_spans(text: str) -> list[Span]:
    """(start, stop) of what each morpheme stands in; contracted ones share a syllable.

    Starts never fall, and no span leaves the text.
    """
    spans, last = [], 0
    for token in _analyse(without_surrogates(text)):
        start = max(last, min(token.start, len(text)))
        spans.append((start, max(start, min(token.end, len(text)))))
        last = start
    return spans


@functools.cache
def _kiwi() -> Any:
    """The analyser; loading its model takes a second or two."""
    with comes_with("ko", "kiwipiepy", "Korean morphemes need kiwipiepy"):
        from kiwipiepy import Kiwi
    return Kiwi()


def _analyse(text: str | list[str]) -> Any:
    """The morphemes of a line, or of each line."""
    return _kiwi().tokenize(text, pretokenized=_masks)


def _masks(text: str) -> list[tuple[int, int, str]]:
    """Where <url>, <unk> and the like stand; they are kept whole, as foreign words."""
    return [(*match.span(), "SL") for match in _MASK.finditer(text)] if "<" in text else []


_TOKENIZERS = {
    forms: Tokenizer(
        partial(split_morphemes, forms=forms),
        morpheme_spans,
        per_word=False,  # what stands beside a word decides how it is read
        help="Korean morphemes in their dictionary forms (needs kiwipiepy).",
        split_all=partial(split_all_morphemes, forms=forms),
    )
    for forms in get_args(KoreanForms)
}
