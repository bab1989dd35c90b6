"""torchtext.data.functional: generators over texts, and data sets that can be indexed.

In: iterables of lines or of token lists. Out: generators, which read no further than they are
asked. A SentencePiece model is a file, and needs textseq[sentencepiece].
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Generic, TypeVar

from torch.utils.data import Dataset

from textseq.compat.torchtext.data.sentence_piece import SentencePiece, train

__all__ = [
    "custom_replace",
    "filter_wikipedia_xml",
    "generate_sp_model",
    "load_sp_model",
    "numericalize_tokens_from_iterator",
    "sentencepiece_numericalizer",
    "sentencepiece_tokenizer",
    "simple_space_split",
    "to_map_style_dataset",
]

T = TypeVar("T", covariant=True)

# ---- SentencePiece


def generate_sp_model(
    filename: str,
    vocab_size: int = 20000,
    model_type: str = "unigram",
    model_prefix: str = "m_user",
) -> None:
    """Train a SentencePiece model on a file of lines: PREFIX.model and PREFIX.vocab.

    `model_type`: unigram, bpe, char or word. RuntimeError for what SentencePiece refuses.
    """
    train(filename, vocab_size, model_type, model_prefix)


def load_sp_model(spm: Any) -> SentencePiece:
    """The SentencePiece model of a path or of an open binary file; TypeError for anything else.

    RuntimeError for a file that is no model, or is not there.
    """
    if isinstance(spm, str):
        try:
            return SentencePiece(Path(spm).read_bytes(), spm)
        except OSError as error:
            raise RuntimeError(f"Failed to open file :{spm}: {error.strerror}") from None
    if isinstance(spm, io.BufferedReader):
        return SentencePiece(spm.read(), str(spm.name))
    raise TypeError(
        f"Unsupported type for spm argument: {type(spm).__name__}. "
        "Supported types are: str, io.BufferedReader"
    )


def sentencepiece_numericalizer(
    sp_model: SentencePiece,
) -> Callable[[Iterable[str]], Iterator[list[int]]]:
    """What makes of lines the ids of their pieces."""

    def ids_of(txt_iter: Iterable[str]) -> Iterator[list[int]]:
        return (sp_model.EncodeAsIds(line) for line in txt_iter)

    return ids_of


def sentencepiece_tokenizer(
    sp_model: SentencePiece,
) -> Callable[[Iterable[str]], Iterator[list[str]]]:
    """What makes of lines their pieces."""

    def pieces_of(txt_iter: Iterable[str]) -> Iterator[list[str]]:
        return (sp_model.EncodeAsPieces(line) for line in txt_iter)

    return pieces_of


# ---- lines and tokens


def custom_replace(
    replace_pattern: Iterable[tuple[str, str]],
) -> Callable[[Iterable[str]], Iterator[str]]:
    """What replaces by Python's `re`, one (pattern, replacement) after another, in each line."""
    pairs = [(re.compile(pattern), replacement) for pattern, replacement in replace_pattern]

    def replaced(txt_iter: Iterable[str]) -> Iterator[str]:
        for line in txt_iter:
            for pattern, replacement in pairs:
                line = pattern.sub(replacement, line)
            yield line

    return replaced


def simple_space_split(iterator: Iterable[str]) -> Iterator[list[str]]:
    """The lines cut at white space."""
    return (line.split() for line in iterator)


def numericalize_tokens_from_iterator(
    vocab: Any, iterator: Iterable[Iterable[str]], removed_tokens: Iterable[str] | None = None
) -> Iterator[Iterator[int]]:
    """For each list of tokens an iterator of `vocab[token]`, without `removed_tokens`."""
    removed = frozenset(removed_tokens or ())
    for tokens in iterator:
        yield (vocab[token] for token in tokens if token not in removed)


# ---- Wikipedia

# What Matt Mahoney's wikifil.pl does to the XML of a dump. There a category keeps its name; in
# torchtext the name becomes "one", since $1 means nothing to Python.
_MARKUP = (
    ("<.*>", ""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"),
    (r"<ref[^<]*</ref>", ""), ("<[^>]*>", ""),
    (r"\[http:[^] ]*", "["), (r"\|thumb", ""), (r"\|left", ""), (r"\|right", ""),
    (r"\|\d+px", ""), (r"\[\[image:[^\[\]]*\|", ""),
    (r"\[\[category:([^|\]]*)[^]]*\]\]", r"[[\1]]"),
    (r"\[\[[a-z\-]*:[^\]]*\]\]", ""), (r"\[\[[^|\]]*\|", "[["),
    (r"\{\{[^}]*\}\}", ""), (r"\{[^}]*\}", ""), (r"[\[\]]", ""), ("&[^;]*;", " "),
)  # fmt: skip
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPELLED = str.maketrans(
    dict(zip(ascii_uppercase, ascii_lowercase, strict=True))
    | {str(digit): f" {name} " for digit, name in enumerate(_DIGITS)}
)
_TO_LETTERS = (("[^a-z\n]+", " "), ("\n ", ""), (r"\s+", " "), (r"\n\s*\n", "\n"))


def filter_wikipedia_xml(text_iterator: Iterable[str]) -> Iterator[str]:
    """Lines of a dump of Wikipedia as words of a-z, without markup, redirects and empty lines."""
    without_markup, to_letters = custom_replace(_MARKUP), custom_replace(_TO_LETTERS)
    kept = (line for line in text_iterator if "#redirect" not in line and "#REDIRECT" not in line)
    spelled = (line.translate(_SPELLED) for line in without_markup(kept))
    return (line.strip() for line in to_letters(spelled) if line.strip())


# ---- data sets


class MapStyleDataset(Dataset[T], Generic[T]):
    """All that an iterable gives, in memory, by number."""

    def __init__(self, iter_data: Iterable[T]) -> None:
        self._data = list(iter_data)

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, idx: int) -> T:
        return self._data[idx]


def to_map_style_dataset(iter_data: Iterable[T]) -> MapStyleDataset[T]:
    """A data set with a length and numbers, of one that can only be gone through."""
    return MapStyleDataset(iter_data)
