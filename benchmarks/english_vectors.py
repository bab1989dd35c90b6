"""Word vectors for the sequence models: trained by textseq on English Wikipedia and the novels.

In: the folder of real data. Out: a folder of WordVectors, about 28 million words read ten times;
the benchmarks train it once a run unless they are given one.

    python benchmarks/english_vectors.py DATA FOLDER
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from textseq.config import TextConfig, Word2VecConfig
from textseq.text.encode import encode_lines
from textseq.text.reading.corpus import read_lines
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec.train import train_word2vec


def english_text(data: Path) -> Iterator[str]:
    """English Wikipedia without its <doc> lines, and the novels."""
    lines = chain(
        read_lines(str(data / "enwiki" / "*.gz"), TextConfig()),
        read_lines(str(data / "novels_en" / "*.gz"), TextConfig()),
    )
    return (line for line in lines if not line.startswith(("<doc ", "</doc")))


@functools.cache
def english_vectors(data: Path) -> WordVectors:
    """Vectors of textseq: skip-gram, dim 200, ten epochs."""
    text = TextConfig(lowercase=True, tokenizer="word")
    config = Word2VecConfig(dim=200, epochs=10, subsample=1e-4)
    return train_word2vec(encode_lines(english_text(data), text), config)


def main() -> None:
    """Train them and save them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    english_vectors(given.data).save(given.folder)


if __name__ == "__main__":
    main()
