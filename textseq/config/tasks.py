"""Options of tasks: what a kind of sequence model asks beside its network and its training.

In: nothing. Out: ClassifierConfig, TaggerConfig, LanguageModelConfig, TranslatorConfig,
CaptionerConfig, EchoTextConfig. With text, network and training they make a recipe (recipe.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textseq.config.base import Config, option

Pooling = Literal["max", "mean", "last", "attention"]
EchoPooling = Literal["mean", "last"]
CharacterModel = Literal["cnn", "lstm", "none"]
AttentionKind = Literal["multiplicative", "additive"]
# "auto" is by the script of the references; the others are sacrebleu's, by its names.
BleuTokenizer = Literal[
    "auto", "13a", "intl", "char", "zh", "ja-mecab", "ko-mecab", "flores101", "flores200", "none"
]


@dataclass(frozen=True)
class ClassifierConfig(Config):
    """A text to one label."""

    pooling: Pooling = option("attention", "How the states of a text become one.")
    balanced: bool = option(False, "Let rare labels count as much as frequent ones.")
    label_smoothing: float = option(0.0, "Share of the loss that goes to all labels.", low=0.0)
    max_length: int = option(1000, "Tokens read of a text.", low=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_smoothing(self.label_smoothing)


@dataclass(frozen=True)
class TaggerConfig(Config):
    """A tag for each word."""

    crf: bool | None = option(None, "Choose a sentence's tags together (default: for spans).")
    characters: CharacterModel = option("cnn", "How the spelling of words is read.")
    character_dim: int = option(32, "Embedding of a character.", low=1)
    character_size: int = option(64, "Vector of a word's spelling.", low=2)
    lower: bool = option(False, "Look words up in lower case; spelling keeps its case.")
    more_words: int = option(
        20_000, "Words that only the vectors know: so many of them are known too.", low=0
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.characters == "lstm":
            _check_even(self.character_size)


@dataclass(frozen=True)
class LanguageModelConfig(Config):
    """The next token; `steps` and `back_steps` are the k1 and k2 of truncated BPTT."""

    steps: int = option(35, "Tokens between updates.", low=1, flag="--k1")
    back_steps: int | None = option(
        None, "Tokens that a gradient reaches back over (default: as --k1).", low=1, flag="--k2"
    )
    forget: float = option(0.02, "Share of the streams that begin anew before an update.", low=0.0)
    tied: bool = option(True, "Output weights are the embeddings.", flag="--tied/--not-tied")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.back_steps is not None and self.back_steps < self.steps:
            raise ValueError(
                f"back_steps is {self.back_steps}; a gradient reaches back over at least the "
                f"{self.steps} tokens between two updates"
            )
        if not self.forget <= 1:
            raise ValueError(f"forget is {self.forget:g}; it is a share, 0 to 1")


@dataclass(frozen=True)
class CaptionerConfig(Config):
    """Numbers or an image to a text."""

    input_feeding: bool = option(False, "Feed each output to the next step too (slower).")
    tied: bool = option(True, "Output weights are the embeddings.", flag="--tied/--not-tied")
    label_smoothing: float = option(0.0, "Share of the loss that goes to all words.", low=0.0)
    teacher_forcing: float = option(
        1.0,
        "Share of true words that the decoder reads in training; the rest are its own.",
        low=0.0,
    )
    beam: int = option(5, "Width of the beam in scoring.", low=1)
    length_penalty: float = option(1.0, "In scoring: more than 1 is for longer texts.", low=0.0)
    bleu_tokenizer: BleuTokenizer = option(
        "auto", "Tokenizer of BLEU, by sacrebleu's name (auto: by the script of the references)."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_smoothing(self.label_smoothing)
        if not self.teacher_forcing <= 1:
            raise ValueError(f"teacher_forcing is {self.teacher_forcing:g}; it is 0..1")


@dataclass(frozen=True)
class TranslatorConfig(CaptionerConfig):
    """A text to its translation: what a captioner has, and what looks at the source."""

    label_smoothing: float = option(0.1, "Share of the loss that goes to all words.", low=0.0)
    shared: bool = option(
        False, "One vocabulary and embedding for both sides.", flag="--shared/--separate"
    )
    attention: AttentionKind = option("multiplicative", "How source states are scored.")
    max_length: int = option(200, "Leave out pairs of more tokens.", low=1)


@dataclass(frozen=True)
class EchoTextConfig(Config):
    """Labels or tags from the states of a reservoir."""

    pooling: EchoPooling = option("mean", "Labels: how the states of a text become one.")
    balanced: bool = option(False, "Labels: let rare ones count as much.")
    character_size: int = option(400, "Tags: vector of a word's spelling (0: none).", low=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_even(self.character_size)


def _check_smoothing(share: float) -> None:
    """ValueError unless the true label keeps something."""
    if not share < 1:
        raise ValueError(f"label_smoothing is {share:g}; it is 0 or more, and below 1")


def _check_even(size: int) -> None:
    if size % 2:
        raise ValueError(f"character_size is {size}; for two directions it is even")
