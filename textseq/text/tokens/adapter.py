"""Adapter: the one type that all ways to cut a line come in.

In: functions from str to list[str], from wherever they are. Out: a `Tokenizer`, which is all that
the rest of textseq knows of them. tokenizer.py says which there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CharSpan = tuple[int, int]  # (start, stop) in a text, in characters


@dataclass(frozen=True)
class Tokenizer:
    """One way to cut a line.

    `spans` gives (start, stop) of each token of `split`, in characters of the text as given;
    tokens that share a character (bytes of it, contracted morphemes) share its span.
    `per_word`: no token reaches over ASCII white space or depends on what is behind it, so
    each distinct piece between white space needs to be cut only once.
    `join` makes text of tokens again, up to white space and what became <unk>.
    `split_all` and `encode_all` take many lines, in several threads; None where there is no
    faster way than `split`, or no vocabulary of the tokenizer's own. Such a vocabulary is
    `tokens` (id i is tokens[i]) with the special tokens `specials`, in the order of their ids.
    """

    split: Callable[[str], list[str]]
    spans: Callable[[str], list[CharSpan]]
    per_word: bool
    help: str
    join: Callable[[Sequence[str]], str] = " ".join
    split_all: Callable[[Sequence[str]], list[list[str]]] | None = None
    encode_all: Callable[[Sequence[str]], list[list[int]]] | None = None
    tokens: tuple[str, ...] | None = None
    specials: tuple[str, ...] = ()


_SURROGATES = re.compile("[\ud800-\udfff]")


def replace_surrogates(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which no UTF-8 can hold; as long as before."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)
