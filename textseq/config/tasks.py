"""The table of tasks: what each asks beside its network and its training, and its recipe.

In: nothing. Out: ClassifierConfig, TaggerConfig, LanguageModelConfig, TranslatorConfig,
CaptionerConfig, EchoTextConfig, each with the default recipe of its task; and the names of what
serves a task: its model and its pipeline. Each default was measured beside the plain configs
(benchmarks/results/defaults.txt).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, Self

from textseq.advice import advise
from textseq.config.base import Config, OptionError, option
from textseq.config.networks import DataConfig, EchoStateConfig, RNNConfig, TrainConfig
from textseq.config.recipe import Recipe
from textseq.config.text import TextConfig

Pooling = Literal["max", "mean", "last", "attention"]
EchoPooling = Literal["mean", "last"]
CharacterModel = Literal["cnn", "lstm", "none"]
AttentionKind = Literal["multiplicative", "additive"]
# "auto" is by the script of the references; the others are sacrebleu's, by its names.
BleuTokenizer = Literal[
    "auto", "13a", "intl", "char", "zh", "ja-mecab", "ko-mecab", "flores101", "flores200", "none"
]


def _check_smoothing(share: float) -> None:
    """ValueError unless the true label keeps something."""
    if not share < 1:
        raise OptionError("label_smoothing", f"is {share:g}; it is 0 or more, and below 1")


def _check_even(size: int) -> None:
    if size % 2:
        raise OptionError("character_size", f"is {size}; for two directions it is even")


def is_class_weight(weight: object) -> bool:
    """Whether a loss of 32 bits can be multiplied by it: what lies outside is 0 or inf there."""
    number: Any = weight if isinstance(weight, Real) and not isinstance(weight, bool) else None
    return number is not None and 1e-9 <= number <= 1e9


def check_class_weights(weights: Mapping[str, float]) -> None:
    """OptionError for labels that are no str, and for weights that are none."""
    for label, weight in weights.items():
        if not isinstance(label, str):
            raise OptionError(
                "class_weights", f"has the label {label!r}; a name works, such as {str(label)!r}"
            )
        if not is_class_weight(weight):
            raise OptionError(
                "class_weights", f"has {weight!r} for {label!r}; a number of 1e-9..1e9 works"
            )


@dataclass(frozen=True)
class ClassifierConfig(Config):
    """A text to one label."""

    pooling: Pooling = option("attention", "How the states of a text become one.")
    balanced: bool = option(False, "Let rare labels count as much as frequent ones.")
    class_weights: dict[str, float] | None = option(
        None, "Instead of --balanced: how much an error counts, for each label."
    )
    label_smoothing: float = option(0.0, "Share of the loss that goes to all labels.", low=0.0)
    max_length: int = option(1000, "Tokens read of a text.", low=1)
    ngrams: int | None = option(
        None,
        "Words in the longest n-gram of the linear model beside the network (0: none; default: 2, "
        "of characters 3).",
        low=0,
        high=8,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_smoothing(self.label_smoothing)
        if self.balanced and self.class_weights is not None:
            own = advise("balanced") + " makes weights of its own; give it or "
            raise ValueError(own + advise("class_weights"))
        check_class_weights(self.class_weights or {})

    def replace(self, **changes: Any) -> Self:
        """As of all; `balanced` and `class_weights` drop each other where one alone is given."""
        if changes.get("balanced"):
            changes.setdefault("class_weights", None)
        if changes.get("class_weights") is not None:
            changes.setdefault("balanced", False)
        return super().replace(**changes)


# Labelled texts are few: more is dropped than elsewhere, and steps that become shorter learn less
# of them by heart. As many steps, whether the texts are many or few.
CLASSIFIER = Recipe(
    "classifier",
    TextConfig(lowercase=True, tokenizer="word", min_count=2),
    RNNConfig(dropout=0.5, embedding_dropout=0.3),
    TrainConfig(epochs=None, lr=4e-3, schedule="linear"),
    ClassifierConfig(),
)


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


# Raw text is cut at words and marks, as treebanks are. A thousand sentences, which small treebanks
# have, are 25 steps: 30 epochs of Hindi PUD get 85.8 % of the tags right, 10 get 82.8.
TAGGER = Recipe(
    "tagger",
    TextConfig(tokenizer="word", min_count=2),
    RNNConfig(),
    TrainConfig(epochs=None),
    TaggerConfig(),
)


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
            raise OptionError(
                "back_steps",
                f"is {self.back_steps}; a gradient reaches back over at least the "
                f"{self.steps} tokens between two updates",
            )
        if not self.forget <= 1:
            raise OptionError("forget", f"is {self.forget:g}; it is a share, 0 to 1")


# Every token is a target, so less is dropped.
LANGUAGE_MODEL = Recipe(
    "language-model",
    TextConfig(),
    RNNConfig(dropout=0.1, embedding_dropout=0.05),
    TrainConfig(lr=5e-3, schedule="cosine"),
    LanguageModelConfig(),
    data=DataConfig(valid_share=0.05),
)


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
            raise OptionError("teacher_forcing", f"is {self.teacher_forcing:g}; it is 0..1")


CAPTIONER = Recipe(
    "captioner",
    TextConfig(tokenizer="word", min_count=2),
    RNNConfig(cell="gru", dropout=0.1),
    TrainConfig(epochs=15, lr=2e-3, schedule="cosine", patience=5),
    CaptionerConfig(),
)


@dataclass(frozen=True)
class TranslatorConfig(CaptionerConfig):
    """A text to its translation: what a captioner has, and what looks at the source."""

    label_smoothing: float = option(0.1, "Share of the loss that goes to all words.", low=0.0)
    shared: bool = option(
        False, "One vocabulary and embedding for both sides.", flag="--shared/--separate"
    )
    attention: AttentionKind = option("multiplicative", "How source states are scored.")
    max_length: int = option(200, "Leave out pairs of more tokens.", low=1)


# Subwords, so that any word can be written.
TRANSLATOR = Recipe(
    "translator",
    TextConfig(tokenizer="bpe", subword_vocab=6000, min_count=2),
    RNNConfig(cell="gru", hidden=256, dim=256),
    TrainConfig(epochs=15, batch_size=64, lr=2e-3, schedule="cosine", warmup=0.02, patience=5),
    TranslatorConfig(),
    data=DataConfig(valid_share=0.05),
)


@dataclass(frozen=True)
class EchoTextConfig(Config):
    """Labels or tags from the states of a reservoir."""

    pooling: EchoPooling = option("mean", "Labels: how the states of a text become one.")
    balanced: bool = option(False, "Labels: let rare ones count as much.")
    character_size: int = option(400, "Tags: vector of a word's spelling (0: none).", low=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_even(self.character_size)


# Random embeddings have to be longer than trained ones to tell words apart.
ECHO_STATE = Recipe(
    "echo-state",
    TextConfig(lowercase=True, tokenizer="word", min_count=2),
    RNNConfig(dim=300),
    TrainConfig(),
    EchoTextConfig(),
    EchoStateConfig(),
)


DEFAULTS = (CLASSIFIER, TAGGER, LANGUAGE_MODEL, TRANSLATOR, CAPTIONER, ECHO_STATE)

# Where the code of a task is, imported when it is used: its model, and its pipeline.
TASKS = {
    "classifier": "textseq.rnn.models.classifier:Classifier",
    "bag-of-vectors": "textseq.rnn.models.bag_of_vectors:BagOfVectors",
    "tagger": "textseq.rnn.models.tagger:Tagger",
    "language-model": "textseq.rnn.models.language_model:LanguageModel",
    "translator": "textseq.rnn.models.translator:Translator",
    "captioner": "textseq.rnn.models.captioner:Captioner",
    "echo-classifier": "textseq.rnn.echo.echo_state:EchoClassifier",
    "echo-tagger": "textseq.rnn.echo.echo_state:EchoTagger",
    "echo-series": "textseq.rnn.echo.echo_series:EchoSeries",
}
PIPELINES = {
    "classifier": "textseq.rnn.tasks.labels:LabelPipeline",
    "bag-of-vectors": "textseq.rnn.tasks.labels:LabelPipeline",
    "tagger": "textseq.rnn.tasks.tags:TagPipeline",
    "language-model": "textseq.rnn.tasks.language:LanguagePipeline",
    "translator": "textseq.rnn.tasks.writing:TranslationPipeline",
    "captioner": "textseq.rnn.tasks.writing:CaptionPipeline",
    "echo-classifier": "textseq.rnn.tasks.labels:LabelPipeline",
    "echo-tagger": "textseq.rnn.tasks.tags:TagPipeline",
    "echo-series": "textseq.rnn.tasks.series:SeriesPipeline",
}
