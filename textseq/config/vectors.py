"""Options of word vectors: how they are read, indexed, written, trained and compared.

In: nothing. Out: VectorFileConfig, IndexConfig, VectorChangeConfig, TextVectorConfig,
Word2VecConfig, CompareConfig. Nothing here reads files or computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textseq.config.base import LARGEST_SEED, Config, option
from textseq.config.machine import Device
from textseq.config.text import Errors

DuplicateWords = Literal["error", "first"]
TextVectorMethod = Literal["mean", "sif"]
Mode = Literal["skipgram", "cbow"]
CbowGradient = Literal["exact", "classic"]
ChangeMeasure = Literal["aligned", "neighbours"]
Quantisation = Literal["none", "float16", "int8"]
UnknownWords = Literal["skip", "wrong", "common"]


@dataclass(frozen=True)
class VectorFileConfig(Config):
    """Reading word vectors."""

    errors: Errors = option("strict", "What to do with words that are not UTF-8.")
    duplicates: DuplicateWords = option("error", "What to do with words that stand twice.")
    limit: int | None = option(None, "Read the first N words only.", low=1)
    only_words: str | None = option(
        None, "Only the words in this file, one a line (unknown ones too, if n-grams make them)."
    )


@dataclass(frozen=True)
class IndexConfig(Config):
    """An index of word vectors, which finds most of the nearest in less time."""

    links: int = option(
        16, "Links of a word to near ones (more: finds more, larger).", low=4, high=128
    )
    effort: int = option(
        80, "Near words that each is linked among (more: slower).", low=8, high=2000
    )
    candidates: int = option(
        256, "Words that a question looks at (more: finds more, slower).", low=16, high=100_000
    )


@dataclass(frozen=True)
class VectorChangeConfig(Config):
    """What becomes of word vectors when they are written, in this order."""

    spaces: str | None = option(
        None, "Write this for spaces inside words, such as _ (default: they are an error)."
    )
    reduce: int | None = option(
        None, "Keep so many dimensions (a truncated SVD: PCA without centering).", low=1
    )
    normalise: bool = option(False, "Scale vectors to length 1 (after --reduce).")
    quantise: Quantisation = option(
        "none",
        "Numbers of two bytes, or of one and a scale for each word: half, or a quarter of the size "
        "(numpy, safetensors, parquet, hub).",
    )
    language: str | None = option(
        None, "The language, such as en or ko, that a folder for spaCy or the hub names."
    )


@dataclass(frozen=True)
class TextVectorConfig(Config):
    """One vector for a text, made of those of its words."""

    method: TextVectorMethod = option(
        "mean", "The mean of the words, or SIF: rare ones weigh more, what all have is removed."
    )
    smoothing: float = option(
        1e-3, "SIF: a word of this share of the corpus weighs half.", low=1e-9, high=1.0
    )


@dataclass(frozen=True)
class Word2VecConfig(Config):
    """Training word vectors."""

    mode: Mode = option("skipgram", "Predict the context from a word, or a word from its context.")
    dim: int = option(100, "Length of a word vector.", low=1, high=4096)
    window: int = option(5, "Words of context on each side, at most.", low=1, high=64)
    negatives: int = option(5, "Noise words for each true pair.", low=1, high=64)
    subsample: float = option(
        1e-3, "Words above this share of the text are thinned out (0: keep all).", low=0.0, high=1.0
    )
    noise_exponent: float = option(
        0.75, "Noise words are drawn by count to this power.", low=-2.0, high=2.0
    )
    lr: float | None = option(
        None,
        "Learning rate at the start (default: skipgram 0.035, cbow 0.07, exact cbow 0.2).",
        low=0.0,
        high=10.0,
    )
    min_lr: float = option(1e-4, "Learning rate at the end.", low=0.0, high=10.0)
    epochs: int = option(5, "Passes over the corpus.", low=1)
    cbow_gradient: CbowGradient = option(
        "classic", "CBOW: the whole gradient to each context word (word2vec.c), or its exact share."
    )
    tile: int | None = option(
        None, "Words trained from one snapshot (1: exact; default: by mode).", low=1, high=64
    )
    tile_negatives: int | None = option(
        None, "Noise words shared by a tile (default: by tile).", low=1, high=256
    )
    dynamic_window: bool = option(True, "Draw each word's window from 1..window.")
    device: Device = option("auto", "Where to train; auto takes a GPU if one works.")
    threads: int = option(0, "CPU threads (0: all of them).", low=0, high=1024)
    sync_words: int = option(
        1_000_000, "Under torchrun: words of each process between two averages, at most.", low=1
    )
    checkpoint_seconds: float = option(
        60.0,
        "Seconds between two checkpoints, which a killed training resumes from (0: none).",
        low=0.0,
    )
    seed: int = option(1, "Seed of every random draw.", low=0, high=LARGEST_SEED)


@dataclass(frozen=True)
class CompareConfig(Config):
    """Comparing the words of two sets of vectors."""

    measure: ChangeMeasure = option(
        "aligned", "How far a word moved: itself after alignment, or relative to its neighbours."
    )
    min_count: int = option(50, "Compare words that both sides have seen so often.", low=0)
    restrict: int | None = option(
        None,
        "Compare the N most frequent words of both only (default: all; without counts, 10,000).",
        low=1,
    )
    neighbours: int = option(25, "Neighbours of each side that the measure looks at.", low=1)
