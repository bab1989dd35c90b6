"""Korean morphemes, found by kiwipiepy.

In: lines of text. Out: the dictionary forms of their morphemes (했다 -> 하 었 다), with places.
Other scripts, numbers, emoji and web addresses pass through as they are. This is the only file
that knows kiwipiepy, an extra of its own (`pip install "textseq[ko]"`). It makes no text of
morphemes again: `join` puts spaces between them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any

from textseq.extras import comes_with
from textseq.text.tokens.tokenizer import Span, Tokenizer, without_surrogates
from textseq.text.tokens.word_pattern import MASKS

_MASK = re.compile("|".join(MASKS))


def korean_tokenizer() -> Tokenizer:
    """The tokenizer; ModuleNotFoundError, with the command that helps, without kiwipiepy."""
    _kiwi()
    return _TOKENIZER


def split_morphemes(text: str) -> list[str]:
    """The form of each morpheme; contracted ones are taken apart (갔다 -> 가 었 다)."""
    return [token.form for token in _analyse(without_surrogates(text))]


def split_all_morphemes(lines: Sequence[str]) -> list[list[str]]:
    """`split_morphemes` for many lines, in several threads."""
    found = _analyse([without_surrogates(line) for line in lines])
    return [[token.form for token in tokens] for tokens in found]


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


_TOKENIZER = Tokenizer(
    split_morphemes,
    morpheme_spans,
    per_word=False,  # what stands beside a word decides how it is read
    help="Korean morphemes in their dictionary forms (needs kiwipiepy).",
    split_all=split_all_morphemes,
)
