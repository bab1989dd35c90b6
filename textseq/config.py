"""Every option of textseq, once: name, type, default and one sentence of help.

In: nothing. Out: frozen dataclasses that turn into JSON and back.
`cli/options.py` makes the command-line options from these fields, so Python and
the command line cannot drift apart. Nothing here reads files or computes.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import sys
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

Errors = Literal["strict", "replace", "ignore"]
TokenizerName = Literal[
    "whitespace", "word", "char", "bpe", "wordpiece", "unigram", "korean", "json"
]
SUBWORD = ("bpe", "wordpiece", "unigram", "json")  # the tokenizers that a tokenizer.json holds
KoreanForms = Literal["typed", "kiwi"]
Unit = Literal["line", "file"]
Duplicates = Literal["keep", "exact", "near"]
DuplicateWords = Literal["error", "first"]
Side = Literal["right", "left"]
Device = Literal["auto", "cpu", "cuda"]
Cell = Literal["rnn", "lstm", "gru"]
Input = Literal["dense", "one-hot"]
Pooling = Literal["max", "mean", "last", "attention"]
Initialisation = Literal["orthogonal", "identity", "normal"]
Schedule = Literal["constant", "linear", "cosine", "plateau"]
Mode = Literal["skipgram", "cbow"]
# "auto" is by the script of the references; the others are sacrebleu's, by its names.
BleuTokenizer = Literal[
    "auto", "13a", "intl", "char", "zh", "ja-mecab", "ko-mecab", "flores101", "flores200", "none"
]
CbowGradient = Literal["exact", "classic"]


def _option(default: Any, help: str, *, low: float | None = None, high: float | None = None) -> Any:
    """A dataclass field with its help sentence and its allowed range, both ends included."""
    return dataclasses.field(default=default, metadata={"help": help, "low": low, "high": high})


class _Config:
    """What all configs share: a check on creation, JSON in and out."""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = _usual(getattr(self, field.name), hints[field.name])
            object.__setattr__(self, field.name, value)  # frozen from here on
            _check_type(field.name, value, hints[field.name])
            _check_choice(field.name, value, hints[field.name])
            _check_range(field.name, value, field.metadata["low"], field.metadata["high"])

    def to_json(self) -> dict[str, Any]:
        """The options as `json` gives them back."""
        options = dataclasses.asdict(self)  # type: ignore[call-overload]
        return {k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}

    @classmethod
    def from_json(cls, options: Any, source: str | os.PathLike[str] | None = None) -> Self:
        """The config from `to_json`'s dict; ValueError for a name this version does not know.

        `source`: the folder or file that the options come from, which errors then name.
        """
        try:
            if not isinstance(options, dict):
                raise ValueError(f"{cls.__name__} is {_shown(options)}; it takes a dict of options")
            names = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
            unknown = sorted(set(options) - names)
            if unknown:
                raise ValueError(
                    f"{cls.__name__} has no option {_shown(unknown[0])}; it has "
                    f"{', '.join(sorted(names))}"
                )
            # JSON has no tuples: lists come back as the tuples they were.
            return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in options.items()})
        except ValueError as error:
            if source is None:
                raise
            raise ValueError(f"{os.fspath(source)} is damaged: {error}") from None

    def replace(self, **changes: Any) -> Self:
        """A copy with some options changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]


def choice(name: str, given: Any, choices: Any) -> Any:
    """The one of a Literal's choices that is meant: case, and - or _, make no difference.

    ValueError, which names the choices, for any other.
    """
    value = _usual(given, choices)
    _check_choice(name, value, choices)
    return value


def _usual(value: Any, hint: Any) -> Any:
    """The value as it is kept: what means the same in Python is the same in config.json.

    Lists are tuples, numbers of NumPy are Python's, paths are str, and choices are spelled as in
    their Literal.
    """
    value = _plain(value)
    if get_origin(hint) is tuple:
        return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value
    if isinstance(value, os.PathLike) and str in (get_args(hint) or (hint,)):
        return os.fspath(value)
    if get_origin(hint) is Literal and isinstance(value, str):
        same = {_folded(each): each for each in get_args(hint)}
        return same.get(_folded(value), value)
    return value


def _plain(value: Any) -> Any:
    """A scalar of NumPy as Python's; NumPy is not loaded to find out."""
    numpy: Any = sys.modules.get("numpy")
    return value.item() if numpy is not None and isinstance(value, numpy.generic) else value


def _folded(choice: Any) -> str:
    return str(choice).casefold().replace("_", "-")


def _check_type(name: str, value: Any, hint: Any) -> None:
    """What Python would let through, and what would fail far from here: a str where a number is."""
    kinds = [get_origin(part) or part for part in get_args(hint) or (hint,)]
    if get_origin(hint) in (Literal, tuple):
        kinds = [get_origin(hint)]
    for kind in kinds:
        if kind is Literal or (kind is type(None) and value is None):
            return
        wanted = {int: Integral, float: Real}.get(kind, kind)
        # True is an Integral to Python, but dim=True is a mistake.
        if isinstance(value, wanted) and (kind is bool or not isinstance(value, bool)):
            wrong = (
                [v for v in value if not isinstance(v, get_args(hint)[0])] if kind is tuple else []
            )
            if wrong:
                takes = get_args(hint)[0].__name__
                raise ValueError(f"{name} holds {_shown(wrong[0])}; it takes {takes}")
            return
    if get_origin(hint) is tuple and isinstance(value, str):
        parts = ", ".join(_shown(part.strip()) for part in value.split(","))
        raise ValueError(f"{name} is {_shown(value)}; it takes tuple or list, such as [{parts}]")
    takes = " or ".join("None" if kind is type(None) else kind.__name__ for kind in kinds)
    raise ValueError(f"{name} is {_shown(value)}; it takes {takes}")


def _check_choice(name: str, value: Any, hint: Any) -> None:
    """Only a Literal limits its values; other types are checked where they are used."""
    if get_origin(hint) is Literal and value not in get_args(hint):
        raise ValueError(
            f"{name} is {_shown(value)}; it can be {', '.join(map(str, get_args(hint)))}"
        )


def _check_range(name: str, value: Any, low: float | None, high: float | None) -> None:
    if value is None or isinstance(value, str | tuple):
        return
    # `not (>=)` and not `<`, so that NaN is refused too.
    if low is not None and not value >= low:
        raise ValueError(f"{name} is {value}; the least that works is {low}")
    if high is not None and not value <= high:
        raise ValueError(f"{name} is {value}; the most that works is {high}")
    if not isinstance(value, Integral) and not math.isfinite(value):
        raise ValueError(f"{name} is {value}; a finite number works")


def _shown(value: Any) -> str:
    """A value for a message, cut where it is long."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}..."


@dataclass(frozen=True)
class TextConfig(_Config):
    """From raw bytes to token ids."""

    clean: tuple[str, ...] = _option(
        ("nfc", "control", "invisible"),
        "Cleaning steps in order, comma-separated ('none' for no step).",
    )
    lowercase: bool = _option(False, "Lowercase the text after the cleaning steps.")
    unit: Unit = _option("line", "What one sequence is: a line, or a whole file.")
    tokenizer: TokenizerName = _option("whitespace", "How a line is cut into tokens.")
    tokenizer_file: str | None = _option(
        None, "A tokenizer.json for bpe, wordpiece, unigram or json (default: trained on the text)."
    )
    subword_vocab: int = _option(
        8000, "Subwords to train for bpe, wordpiece and unigram.", low=16, high=1_000_000
    )
    subword_sample: int = _option(
        100, "Train subwords on a sample of the text of at most this many MB.", low=1
    )
    korean_forms: KoreanForms = _option(
        "typed",
        "Morphemes as a keyboard types them, a space inside as _; or as Kiwi spells them.",
    )
    min_count: int = _option(5, "Words seen fewer times than this become <unk>.", low=1)
    max_vocab: int | None = _option(
        None, "Keep at most this many words, the most frequent first.", low=1
    )
    encoding: str = _option("utf-8", "Encoding of the input text.")
    errors: Errors = _option("strict", "What to do with bytes that are not valid text.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tokenizer == "json" and self.tokenizer_file is None:
            raise ValueError("tokenizer is 'json'; it needs tokenizer_file, a tokenizer.json")
        if self.tokenizer_file is not None and self.tokenizer not in SUBWORD:
            raise ValueError(
                f"tokenizer_file is {self.tokenizer_file!r}; it goes with the tokenizers "
                f"{', '.join(SUBWORD)}, not with {self.tokenizer}"
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
class FilterConfig(_Config):
    """Which lines of a corpus are kept, judged after cleaning; the default keeps all."""

    min_words: int = _option(0, "Drop lines of fewer words (between white space).", low=0)
    max_words: int | None = _option(None, "Drop lines of more words.", low=0)
    min_chars: int = _option(0, "Drop lines of fewer characters.", low=0)
    max_chars: int | None = _option(None, "Drop lines of more characters.", low=0)
    duplicates: Duplicates = _option(
        "keep", "Drop lines seen before: exact, or near ones too (MinHash)."
    )
    near_threshold: float = _option(
        0.8, "Jaccard similarity from which two lines are near duplicates.", low=0.1, high=1.0
    )

    @property
    def keeps_all(self) -> bool:
        """Whether no line can be dropped."""
        return self == FilterConfig(near_threshold=self.near_threshold)


@dataclass(frozen=True)
class PadConfig(_Config):
    """From sequences of any length to rows of one length."""

    max_length: int | None = _option(
        None, "Length of every row (default: by --percentile).", low=1, high=1_000_000
    )
    percentile: float = _option(
        100.0, "Length that this share of the sequences does not exceed, in %.", low=0.0, high=100.0
    )
    pad_side: Side = _option("right", "Where <pad> goes in a short sequence.")
    truncate_side: Side = _option("right", "Where a long sequence is cut off.")
    overlap: int | None = _option(
        None, "Cut long sequences into windows that share so many tokens (default: cut off).", low=0
    )


@dataclass(frozen=True)
class VectorFileConfig(_Config):
    """Reading word vectors."""

    errors: Errors = _option("strict", "What to do with words that are not UTF-8.")
    duplicates: DuplicateWords = _option("error", "What to do with words that stand twice.")
    limit: int | None = _option(None, "Read the first N words only.", low=1)


@dataclass(frozen=True)
class Word2VecConfig(_Config):
    """Training word vectors."""

    mode: Mode = _option("skipgram", "Predict the context from a word, or a word from its context.")
    dim: int = _option(100, "Length of a word vector.", low=1, high=4096)
    window: int = _option(5, "Words of context on each side, at most.", low=1, high=64)
    negatives: int = _option(5, "Noise words for each true pair.", low=1, high=64)
    subsample: float = _option(
        1e-3, "Words above this share of the text are thinned out (0: keep all).", low=0.0, high=1.0
    )
    noise_exponent: float = _option(
        0.75, "Noise words are drawn by count to this power.", low=-2.0, high=2.0
    )
    lr: float | None = _option(
        None,
        "Learning rate at the start (default: skipgram 0.035, cbow 0.07, exact cbow 0.2).",
        low=0.0,
        high=10.0,
    )
    min_lr: float = _option(1e-4, "Learning rate at the end.", low=0.0, high=10.0)
    epochs: int = _option(5, "Passes over the corpus.", low=1)
    cbow_gradient: CbowGradient = _option(
        "classic", "CBOW: the whole gradient to each context word (word2vec.c), or its exact share."
    )
    tile: int | None = _option(
        None, "Words trained from one snapshot (1: exact; default: by mode).", low=1, high=64
    )
    tile_negatives: int | None = _option(
        None, "Noise words shared by a tile (default: by tile).", low=1, high=256
    )
    dynamic_window: bool = _option(True, "Draw each word's window from 1..window.")
    device: Device = _option("auto", "Where to train; auto takes a GPU if one works.")
    threads: int = _option(0, "CPU threads (0: all of them).", low=0, high=1024)
    sync_words: int = _option(
        1_000_000, "Under torchrun: words of each process between two averages, at most.", low=1
    )
    checkpoint_seconds: float = _option(
        60.0,
        "Seconds between two checkpoints, which a killed training resumes from (0: none).",
        low=0.0,
    )
    seed: int = _option(1, "Seed of every random draw.", low=0, high=2**63 - 1)


@dataclass(frozen=True)
class RNNConfig(_Config):
    """A recurrent encoder: from ids to a state at each place."""

    cell: Cell = _option("lstm", "The recurrent cell: tanh RNN, LSTM or GRU.")
    hidden: int = _option(128, "Length of a state, in each direction.", low=1, high=65_536)
    layers: int = _option(1, "Recurrent layers, one on top of the other.", low=1, high=64)
    bidirectional: bool = _option(True, "Read from both ends (never where text is generated).")
    dim: int = _option(100, "Length of an embedding (that of the vectors, if given).", low=1)
    input: Input = _option("dense", "Embeddings, or one-hot vectors for comparison.")
    train_vectors_after: int | None = _option(
        0, "Steps after which given vectors are trained too; 'never': they stay as given.", low=0
    )
    dropout: float = _option(
        0.3, "Share of a state's places that are zeroed for a whole sequence.", low=0.0, high=0.99
    )
    embedding_dropout: float = _option(
        0.1, "Share of an embedding's places that are zeroed likewise.", low=0.0, high=0.99
    )
    word_dropout: float = _option(
        0.0, "Share of words that become <unk> in training.", low=0.0, high=0.99
    )
    initialisation: Initialisation = _option(
        "orthogonal", "How recurrent weights begin, gate by gate."
    )
    forget_bias: float = _option(1.0, "LSTM: bias of the forget gate at the start.")


@dataclass(frozen=True)
class EchoStateConfig(_Config):
    """An echo state network: a fixed random reservoir, of which only the readout is learnt."""

    units: int = _option(500, "Units of the reservoir, in each direction.", low=1, high=65_536)
    spectral_radius: float | None = _option(
        None,
        "Largest modulus of the recurrent weights' eigenvalues (default: series 0.9, text 0.5).",
        high=100.0,
    )
    leak: float | None = _option(
        None, "Share of a state that is new at each step (default: series 0.3, text 1).", high=1.0
    )
    input_scaling: float = _option(0.5, "Input weights are drawn from -x..x.", low=0.0, high=1000.0)
    bias_scaling: float = _option(0.5, "Biases are drawn from -x..x.", low=0.0, high=1000.0)
    density: float = _option(0.02, "Share of the recurrent weights that are not 0.", high=1.0)
    washout: int = _option(
        100, "Series: first states not learnt from; a tenth of the series at most.", low=0
    )
    ridge: float | None = _option(
        None,
        "Penalty on the readout (default: by the validation data, or a series' second half).",
        low=0.0,
    )
    direct: bool = _option(True, "Let the readout see the inputs too, beside the states.")
    bidirectional: bool = _option(True, "Text: read from both ends.")
    seed: int = _option(1, "Seed of the random weights.", low=0, high=2**63 - 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, without in (
            ("spectral_radius", "without recurrent weights there is no echo"),
            ("leak", "no state would ever change"),
            ("density", "without recurrent weights there is no echo"),
        ):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} is {value}; it is above 0: {without}")

    def filled(self, *, text: bool = False) -> Self:
        """The config with the defaults of series, or of text, as measured."""
        radius, leak = (0.5, 1.0) if text else (0.9, 0.3)
        return self.replace(
            spectral_radius=radius if self.spectral_radius is None else self.spectral_radius,
            leak=leak if self.leak is None else self.leak,
        )


@dataclass(frozen=True)
class TrainConfig(_Config):
    """Training a sequence model."""

    epochs: int = _option(10, "Passes over the data, at most.", low=1)
    batch_size: int = _option(32, "Examples in a batch.", low=1)
    lr: float = _option(1e-3, "Learning rate of Adam at its highest.", low=0.0, high=10.0)
    schedule: Schedule = _option("constant", "How the learning rate goes on after the warm-up.")
    warmup: float = _option(
        0.0, "Share of the steps in which the learning rate rises.", low=0.0, high=1.0
    )
    weight_decay: float = _option(0.0, "Decoupled weight decay (AdamW).", low=0.0, high=1.0)
    clip_norm: float = _option(
        1.0, "Gradients longer than this are cut to it (0: not cut).", low=0.0
    )
    accumulate: int = _option(1, "Batches whose gradients make one step.", low=1)
    patience: int = _option(3, "Epochs with no better score or loss before training stops.", low=1)
    mixed_precision: bool = _option(False, "Half precision where that is safe; CUDA only.")
    device: Device = _option("auto", "Where to train; auto takes a GPU if one works.")
    threads: int = _option(0, "CPU threads (0: all of them).", low=0, high=1024)
    checkpoint_seconds: float = _option(
        60.0, "Seconds between two checkpoints within an epoch (0: only at its end).", low=0.0
    )
    seed: int = _option(1, "Seed of weights, dropout and the order of batches.", low=0)


@dataclass(frozen=True)
class TrialConfig(_Config):
    """Training on a synthetic task of long memory."""

    steps: int = _option(3000, "Steps at most; it ends when the task is solved.", low=1)
    batch_size: int = _option(64, "New sequences in each step.", low=1)
    lr: float = _option(5e-3, "Learning rate of Adam.", low=0.0, high=10.0)
    clip_norm: float = _option(
        1.0, "Gradients longer than this are cut to it (0: not cut).", low=0.0
    )
    seed: int = _option(1, "Seed of weights and sequences.", low=0)


def thread_count(threads: int) -> int:
    """How many threads the option `threads` means: 0 is every CPU that this process may use."""
    if threads:
        return threads
    if hasattr(os, "sched_getaffinity"):  # not all that there are, in a container
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


LONGEST_LINE = "TEXTSEQ_LONGEST_LINE"  # a variable, not an option: it is about the machine


def longest_line() -> int:
    """The most bytes of a line that are held in memory where it is needed whole: 256 MB, or as
    many MB as TEXTSEQ_LONGEST_LINE says; ValueError where that is no number."""
    given = os.environ.get(LONGEST_LINE, "256")
    if not (given.isascii() and given.isdigit() and int(given)):
        raise ValueError(f"{LONGEST_LINE} is {given!r}; it takes a whole number of MB, 1 or more")
    return int(given) * 1_000_000


def dumps(options: dict[str, Any]) -> str:
    """JSON as textseq writes it: readable, in the given order, no NaN."""
    return json.dumps(options, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
