"""Tokenizers: which there are, those that need no file and no package, and how one is loaded.

In: one line of text. Out: its tokens in order, or with `spans` their positions in the line.
`whitespace` trusts the text, `word` finds words and punctuation in running text of any
script, `char` is for models of characters. Subwords (subword.py) and Korean morphemes
(korean.py) are loaded on first use. Nothing here changes a character; cleaning/ does.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from typing import Any, Self

from textseq.advice import advise
from textseq.config import TextConfig, TokenizerName
from textseq.text.tokens.adapter import CharSpan, Tokenizer
from textseq.text.tokens.word_pattern import make_word_pattern

LONG = 1 << 20  # characters of a text that is cut in pieces; a token may take 100 bytes
_WHITE_SPACE = re.compile(r"[ \t\n\r\v\f]")


def cut_long_text(text: str, *, anywhere: bool = False) -> Iterator[str]:
    """The text in pieces of LONG characters or so, cut where ASCII white space ends a word.

    The tokens of a tokenizer that is `per_word` are those of the pieces. `anywhere`: cut between
    any two characters, for the tokenizer `char`.
    """
    start = 0
    while len(text) - start > LONG:
        stop = start + LONG
        if not anywhere:
            found = _WHITE_SPACE.search(text, stop)
            if found is None:
                break
            stop = found.end()
        yield text[start:stop]
        start = stop
    yield text[start:] if start else text


def split_whitespace(text: str) -> list[str]:
    """Whatever stands between Unicode white space (U+00A0 and U+3000 included)."""
    return text.split()


def find_whitespace_spans(text: str) -> list[CharSpan]:
    """(start, stop) of each token of `split_whitespace`."""
    return [match.span() for match in re.finditer(r"\S+", text)]


def split_words(text: str) -> list[str]:
    """Words, numbers and single punctuation marks, after the word boundaries of UAX #29.

    Whole: don't · l'été · 1,000.5 · U.S. · snake_case · हिन्दी with its marks · Hangul words ·
    runs of Kana of one kind · emoji with skin tone, ZWJ sequences and flags · <url> and the
    other masks of cleaning, <unk> and the other special tokens.
    Cut: well-known into 3, end.Next into 3 (UAX #29 keeps it), "..." into 3, Han characters.
    Nothing is lost but white space and U+200B, which is white space in all but name.
    """
    return make_word_pattern(text.isascii()).findall(text)


def find_word_spans(text: str) -> list[CharSpan]:
    """(start, stop) of each token of `split_words`."""
    return [match.span() for match in make_word_pattern(text.isascii()).finditer(text)]


def split_chars(text: str) -> list[str]:
    """Every code point, white space included; é in NFD is two (`nfc` makes it one)."""
    return list(text)


def find_char_spans(text: str) -> list[CharSpan]:
    """(start, stop) of each token of `split_chars`."""
    return [(pos, pos + 1) for pos in range(len(text))]


TOKENIZERS: dict[TokenizerName, Tokenizer] = {
    "whitespace": Tokenizer(
        split_whitespace, find_whitespace_spans, True, "Cut at white space only."
    ),
    "word": Tokenizer(
        split_words, find_word_spans, True, "Words, numbers and single punctuation marks."
    ),
    "char": Tokenizer(
        split_chars, find_char_spans, False, "Every character is a token, spaces included.", "".join
    ),
}  # those that need no file and no package


class KeptFile(str):
    """The name of a tokenizer.json, with what was in it when its folder was opened."""

    content: bytes

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """A file as it is now."""
        kept = cls(path)
        with open(path, "rb") as file:
            kept.content = file.read()
        return kept

    @functools.cached_property
    def _loaded(self) -> dict[TokenizerName, Tokenizer]:
        return {}

    def tokenizer(self, name: TokenizerName) -> Tokenizer:
        """The tokenizer in it, loaded once."""
        if name not in self._loaded:
            from textseq.text.tokens.subword import load_subword

            self._loaded[name] = load_subword(self, name, content=self.content)
        return self._loaded[name]

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: Any) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:  # to other machines, without what is loaded
        return _kept, (str(self), self.content)


def _kept(path: str, content: bytes) -> KeptFile:
    kept = KeptFile(path)
    kept.content = content
    return kept


def load_tokenizer(config: TextConfig) -> Tokenizer:
    """The tokenizer of these options; one that was loaded before and has not changed is reused.

    Raises ValueError for bpe, wordpiece and unigram without their `tokenizer_file` (subword.py
    trains one), and for a file that does not hold such a tokenizer; FileNotFoundError where
    there is no file; ModuleNotFoundError where Korean morphemes lack their package.
    """
    name, file = config.tokenizer, config.tokenizer_file
    if name in TOKENIZERS:
        return TOKENIZERS[name]
    if name == "korean":
        from textseq.text.tokens.korean import make_korean_tokenizer

        return make_korean_tokenizer(config.korean_forms)
    if file is None:
        raise ValueError(
            f"tokenizer is {name!r}, which is trained on text first; "
            + advise("tokenizer_file")
            + " names the tokenizer.json to use"
        )
    if isinstance(file, KeptFile):
        return file.tokenizer(name)
    changed = os.stat(file).st_mtime_ns if os.path.isfile(file) else 0
    return _load_file(name, file, changed)


@functools.lru_cache(maxsize=8)
def _load_file(name: TokenizerName, file: str, changed: int) -> Tokenizer:
    from textseq.text.tokens.subword import load_subword

    return load_subword(file, name)
