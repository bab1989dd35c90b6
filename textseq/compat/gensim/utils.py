"""gensim.utils, as far as scripts around word2vec use it: text to tokens, rules for rare words.

In: texts, counted words. Out: tokens, smaller counts. Files are unpacked as everywhere in textseq.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

RULE_DEFAULT, RULE_DISCARD, RULE_KEEP = 0, 1, 2
TrimRule = Callable[[str, int, int], int]  # word, count, min_count: one of the rules

_ALPHABETIC = re.compile(r"((?!\d)\w)+")


def to_unicode(text: str | bytes, encoding: str = "utf8", errors: str = "strict") -> str:
    """The text as str."""
    return text if isinstance(text, str) else str(text, encoding, errors)


any2unicode = to_unicode


def deaccent(text: str | bytes) -> str:
    """The text without accents: Šéf becomes Sef."""
    parts = unicodedata.normalize("NFD", to_unicode(text))
    bare = "".join(char for char in parts if unicodedata.category(char) != "Mn")
    return unicodedata.normalize("NFC", bare)


def tokenize(
    text: str | bytes,
    lowercase: bool = False,
    deacc: bool = False,
    encoding: str = "utf8",
    errors: str = "strict",
    to_lower: bool = False,
    lower: bool = False,
) -> Iterator[str]:
    """Runs of letters and underscores."""
    text = to_unicode(text, encoding, errors)
    if lowercase or to_lower or lower:
        text = text.lower()
    if deacc:
        text = deaccent(text)
    return (found.group() for found in _ALPHABETIC.finditer(text))


def simple_preprocess(
    doc: str | bytes, deacc: bool = False, min_len: int = 2, max_len: int = 15
) -> list[str]:
    """Lower-case tokens of so many characters; those that begin with _ are left out."""
    return [
        token
        for token in tokenize(doc, lower=True, deacc=deacc, errors="ignore")
        if min_len <= len(token) <= max_len and not token.startswith("_")
    ]


def keep_vocab_item(
    word: str, count: int, min_count: int, trim_rule: TrimRule | None = None
) -> bool:
    """Whether a word stays: by the rule, and by its count where that says neither."""
    rule = RULE_DEFAULT if trim_rule is None else trim_rule(word, count, min_count)
    return rule == RULE_KEEP or (rule != RULE_DISCARD and count >= min_count)


def prune_vocab(vocab: dict[str, int], min_reduce: int, trim_rule: TrimRule | None = None) -> None:
    """Remove the words that are rarer than `min_reduce` from the dict."""
    for word in list(vocab):
        if not keep_vocab_item(word, vocab[word], min_reduce, trim_rule):
            del vocab[word]


def save_as_line_sentence(
    corpus: Iterable[Iterable[str]], filename: str | os.PathLike[str]
) -> None:
    """Write sentences for LineSentence: one a line, tokens between spaces."""
    with Path(filename).open("wb") as file:
        file.writelines((" ".join(sentence) + "\n").encode() for sentence in corpus)


def open_unpacked(path: str | os.PathLike[str]) -> BinaryIO:
    """A file to read, unpacked where its content is packed."""
    from textseq.packing import as_file, read_chunks, unpacked

    file = Path(path).open("rb")  # noqa: SIM115 - closed with what is returned
    return as_file(unpacked(os.fspath(path), read_chunks(file)), file)
