"""Options of text: cleaning, tokens, the vocabulary, filters of lines, rows of one length.

In: nothing. Out: TextConfig, FilterConfig, PadConfig. Nothing here reads files.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal, Self

from textseq.advice import advise
from textseq.config.base import Config, OptionError, option

Errors = Literal["strict", "replace", "ignore"]
TokenizerName = Literal[
    "whitespace", "word", "char", "bpe", "wordpiece", "unigram", "korean", "json"
]
TRAINED_SUBWORD = ("bpe", "wordpiece", "unigram")
SUBWORD = (*TRAINED_SUBWORD, "json")  # the tokenizers that a tokenizer.json holds
KoreanForms = Literal["typed", "kiwi"]
Unit = Literal["line", "file"]
Duplicates = Literal["keep", "exact", "near"]
PadSide = Literal["right", "left"]


@dataclass(frozen=True)
class TextConfig(Config):
    """From raw bytes to token ids."""

    clean: tuple[str, ...] = option(
        ("nfc", "control", "invisible"),
        "Cleaning steps in order, comma-separated ('none' for no step).",
    )
    lowercase: bool = option(False, "Lowercase the text after the cleaning steps.")
    unit: Unit = option("line", "What one sequence is: a line, or a whole file.")
    tokenizer: TokenizerName = option("whitespace", "How a line is cut into tokens.")
    tokenizer_file: str | None = option(
        None, "A tokenizer.json for bpe, wordpiece, unigram or json (default: trained on the text)."
    )
    subword_vocab: int = option(
        8000, "Subwords to train for bpe, wordpiece and unigram.", low=16, high=1_000_000
    )
    subword_sample: int = option(
        100, "Train subwords on a sample of the text of at most this many MB.", low=1
    )
    korean_forms: KoreanForms = option(
        "typed",
        "Morphemes as a keyboard types them, a space inside as _; or as Kiwi spells them.",
    )
    min_count: int = option(5, "Words seen fewer times than this become <unk>.", low=1)
    max_vocab: int | None = option(
        None, "Keep at most this many words, the most frequent first.", low=1
    )
    encoding: str = option("utf-8", "Encoding of the input text.")
    errors: Errors = option("strict", "What to do with bytes that are not valid text.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tokenizer == "json" and self.tokenizer_file is None:
            needed = advise("tokenizer_file")
            raise OptionError("tokenizer", "is 'json'; it needs " + needed + ", a tokenizer.json")
        if self.tokenizer_file is not None and self.tokenizer not in SUBWORD:
            raise OptionError(
                "tokenizer_file",
                f"is {self.tokenizer_file!r}; it goes with the tokenizers "
                f"{', '.join(SUBWORD)}, not with {self.tokenizer}",
            )

    @classmethod
    def from_json(cls, options: Any, source: str | os.PathLike[str] | None = None) -> Self:
        """As of every config; Korean morphemes of a folder that does not say how are Kiwi's.

        So what was made before there was a choice goes on with its own vocabulary.
        """
        if isinstance(options, dict) and options.get("tokenizer") == "korean":
            options = {"korean_forms": "kiwi"} | options
        return super().from_json(options, source)

    @property
    def steps(self) -> tuple[str, ...]:
        """The cleaning steps in force, `lowercase` included."""
        return (*self.clean, "lowercase") if self.lowercase else self.clean


@dataclass(frozen=True)
class FilterConfig(Config):
    """Which lines of a corpus are kept, decided after cleaning; the default keeps all."""

    min_words: int = option(0, "Drop lines of fewer words (between white space).", low=0)
    max_words: int | None = option(None, "Drop lines of more words.", low=0)
    min_chars: int = option(0, "Drop lines of fewer characters.", low=0)
    max_chars: int | None = option(None, "Drop lines of more characters.", low=0)
    duplicates: Duplicates = option(
        "keep", "Drop lines seen before: exact, or near ones too (MinHash)."
    )
    near_threshold: float = option(
        0.8, "Jaccard similarity from which two lines are near duplicates.", low=0.1, high=1.0
    )

    @property
    def keeps_all(self) -> bool:
        """Whether no line can be dropped."""
        return self == FilterConfig(near_threshold=self.near_threshold)


@dataclass(frozen=True)
class PadConfig(Config):
    """From sequences of any length to rows of one length."""

    max_length: int | None = option(
        None, "Length of every row (default: by --percentile).", low=1, high=1_000_000
    )
    percentile: float = option(
        100.0, "Length that this share of the sequences does not exceed, in %.", low=0.0, high=100.0
    )
    pad_side: PadSide = option("right", "Where <pad> goes in a short sequence.")
    truncate_side: PadSide = option("right", "Where a long sequence is cut off.")
    overlap: int | None = option(
        None, "Cut long sequences into windows that share so many tokens (default: cut off).", low=0
    )
