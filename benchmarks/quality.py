"""How good are word vectors? Rated pairs and analogies, for every system by the same code.

In: words with their vectors, and evaluation files. Out: one number a file. WordSim-353 and MEN
are Spearman's rho; analogies are the share right by 3CosAdd among the 30,000 most frequent words.
Questions and pairs with an unknown word are left out, and counted.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from textseq.text.vocab import Vocab
from textseq.vectors.scores.evaluation import (
    evaluate_analogies,
    evaluate_pairs,
    read_analogies,
    read_word_pairs,
)
from textseq.vectors.word_vectors import WordVectors


class Quality:
    """The evaluation files, read once."""

    def __init__(self, pairs: Sequence[Path], analogies: Path) -> None:
        self.pairs = {path.stem: read_word_pairs(path) for path in pairs}
        self.sections = read_analogies(analogies)
        self.counted: dict[str, str] = {}

    @property
    def names(self) -> list[str]:
        """What `score` measures, in its order."""
        return [*self.pairs, "analogies"]

    def score(self, vectors: WordVectors) -> list[float]:
        """Spearman's rho for each file of pairs, then the share of right analogies."""
        scores = []
        for name, pairs in self.pairs.items():
            result = evaluate_pairs(vectors, pairs)
            self.counted[name] = f"{name}: {result.counted} pairs counted, {result.skipped} skipped"
            scores.append(result.spearman)
        total = evaluate_analogies(vectors, self.sections).total
        self.counted["analogies"] = f"analogies: {total.counted} counted, {total.skipped} skipped"
        return [*scores, total.accuracy]


def of_words(words: Sequence[str], rows: NDArray[np.float32]) -> WordVectors:
    """Another system's words and rows as WordVectors."""
    return WordVectors(Vocab(list(words), specials=()), rows)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The corpus and the evaluation files, as options."""
    parser.add_argument("corpus", type=Path, help="plain text, words apart by white space")
    parser.add_argument("--pairs", type=Path, nargs="+", required=True, help="rated word pairs")
    parser.add_argument("--analogies", type=Path, required=True, help="questions-words format")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
