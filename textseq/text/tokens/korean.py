"""Korean morphemes, found by kiwipiepy.

In: lines of text. Out: the dictionary forms of their morphemes (했다 -> 하 었 다), with positions.
Other scripts, numbers, emoji and web addresses pass through as they are. Forms are spelled as one
types them (vocab/korean_forms.py), unless the options say "kiwi". This is the only file that knows
kiwipiepy, an extra of its own (`pip install "textseq[ko]"`). It makes no text of morphemes again:
`join` puts spaces between them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, get_args

from textseq.config import KoreanForms
from textseq.extras import comes_with
from textseq.text.tokens.adapter import CharSpan, Tokenizer, replace_surrogates
from textseq.text.tokens.word_pattern import WHOLE_TOKENS
from textseq.text.vocab.korean_forms import as_typed

_MASK = re.compile("|".join(WHOLE_TOKENS))


def make_korean_tokenizer(forms: KoreanForms = "typed") -> Tokenizer:
    """The tokenizer; ModuleNotFoundError, with the command that helps, without kiwipiepy."""
    _kiwi()
    return _TOKENIZERS[forms]


def split_morphemes(text: str, forms: KoreanForms = "typed") -> list[str]:
    """The form of each morpheme; contracted ones are taken apart (갔다 -> 가 었 다)."""
    return _forms_of(_analyse(replace_surrogates(text)), forms)


def split_all_morphemes(lines: Sequence[str], forms: KoreanForms = "typed") -> list[list[str]]:
    """`split_morphemes` for many lines, in several threads."""
    found = _analyse([replace_surrogates(line) for line in lines])
    return [_forms_of(tokens, forms) for tokens in found]


def _forms_of(tokens: Iterable[Any], forms: KoreanForms) -> list[str]:
    if forms == "kiwi":
        return [token.form for token in tokens]
    return [as_typed(token.form) for token in tokens]


def find_morpheme_spans(text: str) -> list[CharSpan]:
    """(start, stop) of what each morpheme stands in; contracted ones share a syllable.

    Starts never fall, and no span leaves the text.
    """
    spans, last = [], 0
    for token in _analyse(replace_surrogates(text)):
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
        find_morpheme_spans,
        per_word=False,  # what stands beside a word decides how it is read
        help="Korean morphemes in their dictionary forms (needs kiwipiepy).",
        split_all=partial(split_all_morphemes, forms=forms),
    )
    for forms in get_args(KoreanForms)
}
