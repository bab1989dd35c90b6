"""What do several processes cost word2vec in quality? One process beside ranks, in turn.

In: a text file and evaluation files. Out: the quality of vectors by one process with all threads
and by several processes of one thread each (torchrun, gloo), and raw words a second as the command
itself says them. On one machine ranks gain nothing: threads are there.

    python benchmarks/ranks.py CORPUS --pairs WS353 MEN --analogies FILE [--ranks 2 8]
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import quality
import report

from textseq.config import TextConfig
from textseq.text.encode import encode_files
from textseq.vectors.word_vectors import WordVectors

_SPEED = re.compile(r"\(([\d,]+) words/s\)")
RANKS = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]


def trained(before: list[str], corpus: Path, out: Path, options: list[str]) -> float:
    """Run the command with its vectors into `out`; raw words a second."""
    line = [sys.executable, *before, "-m", "textseq", "train-w2v", str(corpus), "--force"]
    done = subprocess.run(
        [*line, "--device", "cpu", "--subsample", "1e-4", "--out", str(out), *options],
        stderr=subprocess.PIPE, text=True, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    found = _SPEED.findall(done.stderr)
    return float(found[-1].replace(",", ""))


def main() -> None:
    """Train each way with each seed, in turn, and judge."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    quality.add_options(parser)
    parser.add_argument("--ranks", type=int, nargs="+", default=[2, 8], help="how many processes")
    report.add_write_option(parser, "ranks.txt")
    options = parser.parse_args()
    report.require_green("tests/word2vec/test_ranks.py")
    judge = quality.Quality(options.pairs, options.analogies)
    n = str(options.threads)
    ways = {f"1 process, {n} threads": ([], ["--threads", n])} | {
        f"{ranks} processes": ([*RANKS, str(ranks)], ["--threads", "1"]) for ranks in options.ranks
    }
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    scores: dict[str, list[list[float]]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as name:
        corpus = Path(name) / "corpus"
        encoded = encode_files(options.corpus, TextConfig(), corpus)
        for seed in options.seeds:
            for way, (before, more) in ways.items():
                more = [*more, "--seed", str(seed), "--epochs", str(options.epochs)]
                folder = Path(name) / "vectors"
                speeds[way].append(trained(before, corpus, folder, more))
                scores[way].append(judge.score(WordVectors.load(folder)))
    columns = "".join(f"{file[:18]:>19}" for file in judge.names)
    lines = [
        report.head(["torch", "numpy", "numba"]),
        "",
        f"corpus: {options.corpus.name}, {encoded.n_tokens:,} words, {len(encoded.vocab):,} kept; "
        f"skip-gram, dim 100, {options.epochs} epochs, {len(options.seeds)} seeds",
        "speed: median; quality: mean +- standard deviation",
        "",
        f"{'':24}{'raw words/s':>12}{columns}",
    ]
    for way in ways:
        cells = "".join(
            f"{statistics.mean(each):>10.3f} +-{statistics.pstdev(each):5.3f} "
            for each in zip(*scores[way], strict=True)
        )
        lines.append(f"{way:24}{statistics.median(speeds[way]):12,.0f}{cells}")
    report.publish(
        "\n".join([*lines, "", *judge.counted.values()]), "ranks.txt", write=options.write
    )


if __name__ == "__main__":
    main()
