"""What do vectors lose when their numbers take two bytes, or one, and how small do they get?

In: a folder or file of word vectors. Out: of each way to store them the size of a safetensors file
beside that of float32, how often the ten nearest words stay the same, and how far cosines are off,
over random words. `--write` keeps the table in results/small_numbers.txt.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import get_args

import numpy as np
import report
from numpy.typing import NDArray

from textseq.cli.folders import load_vectors
from textseq.config import Quantisation
from textseq.vectors.files.formats import read_vectors, write_vectors
from textseq.vectors.word_vectors import WordVectors

_N = 10


def nearest(
    vectors: WordVectors, asked: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The nearest words of these, (n, 10), and all cosines, (n, n_words)."""
    units = vectors.units(slice(None))
    cosines = units[asked] @ units.T
    cosines[np.arange(len(asked)), asked] = -2
    return np.argsort(-cosines, axis=1, kind="stable")[:, :_N], cosines


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what is lost in fewer bytes.")
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--queries", type=int, default=1000)
    report.add_write_option(parser, "small_numbers.txt")
    options = parser.parse_args()
    report.require_green("tests/vectors/test_small_numbers.py")
    loaded = load_vectors(options.vectors)
    vectors = WordVectors(loaded.vocab, loaded.vectors)
    asked = np.random.default_rng(0).choice(len(vectors), options.queries, replace=False)
    exact, cosines = nearest(vectors, asked)
    head = f"{'numbers':10}{'size':>8}{'same ten':>10}{'same first':>12}{'cosine off by':>16}"
    lines = [head + f"{'most':>9}"]
    with tempfile.TemporaryDirectory() as folder:
        sizes = {}
        for kind in get_args(Quantisation):
            path = Path(folder, kind)
            write_vectors(vectors, path, "safetensors", quantise=kind)
            sizes[kind] = path.stat().st_size
            found, others = nearest(read_vectors(path), asked)
            same = np.mean([len(set(a) & set(b)) for a, b in zip(exact, found, strict=True)]) / _N
            first, off = np.mean(exact[:, 0] == found[:, 0]), np.abs(cosines - others)
            lines.append(
                f"{'float32' if kind == 'none' else kind:10}{sizes[kind] / sizes['none']:8.0%}"
                f"{same:10.2%}{first:12.2%}{off.mean():16.6f}{off.max():9.4f}"
            )
    about = f"vectors: {len(vectors):,} words of dim {vectors.dim}, {options.queries:,} asked"
    text = [report.head(["numpy"]), about, "", *lines]
    report.publish("\n".join(text), "small_numbers.txt", write=options.write)


if __name__ == "__main__":
    main()
