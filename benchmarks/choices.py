"""Why these defaults? Tile shapes and learning rates, each with its speed and quality.

In: a text file and evaluation files. Out: a line for each choice. A tile of T centers shares K
noise words; T=1 with K=5 is word2vec's own form, one window at a time.

    python benchmarks/choices.py CORPUS --pairs WS353 MEN --analogies FILE --seeds 1 2
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import quality
import report
from word2vec import textseq_trainer

from textseq.config import TextConfig, Word2VecConfig
from textseq.text.encode import encode_files
from textseq.word2vec.sampling import Tile
from textseq.word2vec.train import train_word2vec

EXACT = {"mode": "cbow", "cbow_gradient": "exact"}
CLASSIC = {"mode": "cbow", "cbow_gradient": "classic"}
SHAPES = [(1, 5), (6, 16), (14, 16), (14, 32), (22, 32), (22, 48)]
CBOW_SHAPES = [(1, 5), (8, 16), (8, 32), (16, 32), (8, 48)]
CHOICES: list[dict[str, object]] = [
    *({"tile": t, "tile_negatives": k} for t, k in SHAPES),
    *(CLASSIC | {"tile": t, "tile_negatives": k} for t, k in CBOW_SHAPES),
    *({"lr": lr} for lr in (0.0125, 0.025, 0.035, 0.05)),
    *(CLASSIC | {"lr": lr} for lr in (0.025, 0.05, 0.07, 0.1)),
    *(EXACT | {"lr": lr} for lr in (0.07, 0.15, 0.2, 0.3)),
    EXACT | {"tile_negatives": 64},
]


def main() -> None:
    parser = argparse.ArgumentParser(description="Tile shapes and learning rates.")
    quality.add_options(parser)
    report.add_write_option(parser, "choices.txt")
    options = parser.parse_args()
    report.require_green("tests/word2vec/test_kernels.py")
    judge = quality.Quality(options.pairs, options.analogies)
    columns = "".join(f"{name:>20}" for name in judge.names)
    lines = [report.head(["numpy", "numba"]), ""]
    lines += [f"{'mode':17}{'T':>4}{'K':>4}{'lr':>8}{'words/s':>12}{columns}"]
    with tempfile.TemporaryDirectory() as folder:
        corpus = encode_files(options.corpus, TextConfig(clean=()), Path(folder) / "encoded")
        train_word2vec(corpus, Word2VecConfig(epochs=1))  # compiles, warms
        for choice in CHOICES:
            train = textseq_trainer(corpus, options.epochs, options.threads, **choice)
            runs = [train(seed) for seed in options.seeds]
            speed = statistics.median(speed for speed, _ in runs)
            scores = zip(*(judge.score(vectors) for _, vectors in runs if vectors), strict=True)
            cells = "".join(
                f"{statistics.mean(each):>11.3f} +-{statistics.pstdev(each):5.3f} "
                for each in scores
            )
            config = Word2VecConfig(**choice)  # type: ignore[arg-type]
            tile = Tile.choose(config)
            mode = config.mode if config.mode == "skipgram" else f"cbow {config.cbow_gradient}"
            shape = f"{mode:17}{tile.centers:4}{tile.negatives:4}"
            lines.append(f"{shape}{config.start_lr:8}{speed:12,.0f}{cells}")
            print(lines[-1], flush=True)
    report.publish("\n".join(lines), "choices.txt", write=options.write)


if __name__ == "__main__":
    main()
