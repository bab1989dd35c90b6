"""How fast are word vectors trained, and how good are they? Ours beside gensim and word2vec.c.

In: a text file and evaluation files. Out: raw words a second (corpus tokens times epochs, before
subsampling, over the training's wall-clock time) with the quality beside it. All systems get the
same file, cut into lines of 1,000 words because gensim and word2vec.c cut longer ones, and the
same settings: dim 100, window 5, 5 negatives, subsample 1e-4, min_count 5. Learning rates are
named: 0.025 is the usual one for skip-gram and 0.05 for CBOW, and each system gets it; ours also
runs at its own defaults, and gensim's CBOW at ours. Systems take turns within one run. word2vec.c
is timed only, on fewer epochs.

    python benchmarks/word2vec.py CORPUS --pairs WS353 MEN --analogies FILE [--word2vec-c BINARY]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import quality
import report

from textseq.config import Mode, TextConfig, Word2VecConfig
from textseq.text.encode import encode_files
from textseq.text.encoded import EncodedCorpus
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec.objectives import choose_lr
from textseq.word2vec.train import Word2VecProgress, train_word2vec

Trainer = Callable[[int], tuple[float, WordVectors | None]]  # seed -> raw words/s, vectors
MODES = get_args(Mode)
SETTINGS = {"dim": 100, "window": 5, "negatives": 5, "subsample": 1e-4}


def cut_lines(corpus: Path, target: Path) -> int:
    """Write the corpus as lines of 1,000 words; return its number of words."""
    words = corpus.read_text(encoding="utf-8").split()
    with target.open("w", encoding="utf-8") as file:
        for start in range(0, len(words), 1000):
            file.write(" ".join(words[start : start + 1000]) + "\n")
    return len(words)


def textseq_trainer(corpus: EncodedCorpus, epochs: int, threads: int, **options: object) -> Trainer:
    def train(seed: int) -> tuple[float, WordVectors]:
        fixed = SETTINGS | {"epochs": epochs, "threads": threads, "seed": seed}
        config = Word2VecConfig(**fixed | options)  # type: ignore[arg-type]
        last: list[Word2VecProgress] = []
        vectors = train_word2vec(corpus, config, progress=lambda now: last.append(now))
        return last[-1].words_per_second, vectors

    return train


def gensim_trainer(
    lines: Path,
    n_words: int,
    epochs: int,
    threads: int,
    mode: Mode,
    lr: float,
    negatives: int = 5,
    subsample: float = 1e-4,
) -> Trainer:
    def train(seed: int) -> tuple[float, WordVectors]:
        from gensim.models import Word2Vec

        model = Word2Vec(
            vector_size=100, window=5, negative=negatives, sample=subsample, min_count=5,
            sg=int(mode == "skipgram"), workers=threads, alpha=lr, seed=seed,
        )  # fmt: skip
        model.build_vocab(corpus_file=str(lines))
        start = time.perf_counter()
        model.train(
            corpus_file=str(lines), total_words=model.corpus_total_words,
            total_examples=model.corpus_count, epochs=epochs,
        )  # fmt: skip
        seconds = time.perf_counter() - start
        return n_words * epochs / seconds, quality.of_words(model.wv.index_to_key, model.wv.vectors)

    return train


def word2vec_c_trainer(
    binary: Path, lines: Path, n_words: int, epochs: int, threads: int, mode: Mode, folder: Path
) -> Trainer:
    """The C program; its vocabulary is counted before the clock starts."""

    def train(seed: int) -> tuple[float, None]:
        vocab = folder / "vocab.txt"
        common = [str(binary), "-train", str(lines), "-min-count", "5", "-size", "100"]
        subprocess.run([*common, "-save-vocab", str(vocab)], check=True, capture_output=True)
        start = time.perf_counter()
        subprocess.run(
            [*common, "-read-vocab", str(vocab), "-output", str(folder / "c.bin"), "-binary", "1",
             "-cbow", str(int(mode == "cbow")), "-window", "5", "-negative", "5", "-hs", "0",
             "-sample", "1e-4", "-threads", str(threads), "-iter", str(epochs)],
            check=True, capture_output=True,
        )  # fmt: skip
        return n_words * epochs / (time.perf_counter() - start), None

    return train


def systems(
    options: argparse.Namespace, mode: Mode, corpus: EncodedCorpus, lines: Path, folder: Path
) -> list[tuple[str, list[int], Trainer]]:
    """Name, seeds and trainer of each system, in the order of their turns."""
    n_words, epochs, threads = corpus.n_tokens, options.epochs, options.threads
    few = options.peer_epochs
    rates = [0.025] if mode == "skipgram" else [0.05, choose_lr(Word2VecConfig(mode=mode))]
    rows: list[tuple[str, list[int], Trainer]] = [
        (f"gensim corpus_file, lr {lr}", options.seeds,
         gensim_trainer(lines, n_words, epochs, threads, mode, lr))
        for lr in rates
    ]  # fmt: skip
    ours: list[dict[str, object]] = [{"lr": 0.025}, {}]
    if mode == "cbow":
        ours = [{"lr": 0.05}, {}, {"cbow_gradient": "exact"}]
    for choice in ours:
        config = Word2VecConfig(mode=mode, **choice)  # type: ignore[arg-type]
        gradient = f" {config.cbow_gradient}" if mode == "cbow" else ""
        rows.append(
            (f"textseq{gradient}, lr {choose_lr(config)}", options.seeds,
             textseq_trainer(corpus, epochs, threads, mode=mode, **choice))
        )  # fmt: skip
    first = options.seeds[:1]
    if options.word2vec_c:
        binary = options.word2vec_c.resolve()
        rows.append(
            (f"word2vec.c, {few} epoch", first,
             word2vec_c_trainer(binary, lines, n_words, few, threads, mode, folder))
        )  # fmt: skip
    return rows


def table(
    mode: Mode, rows: list[tuple[str, list[int], Trainer]], judge: quality.Quality
) -> list[str]:
    """Train all systems, seed by seed in turn; a line for each."""
    speeds: dict[str, list[float]] = {name: [] for name, _, _ in rows}
    scores: dict[str, list[list[float]]] = {name: [] for name, _, _ in rows}
    for turn in range(max(len(seeds) for _, seeds, _ in rows)):
        for name, seeds, train in rows:
            if turn < len(seeds):
                speed, vectors = train(seeds[turn])
                speeds[name].append(speed)
                if vectors is not None:
                    scores[name].append(judge.score(vectors))
                print(f"  {mode} {name} seed {seeds[turn]}: {speed:,.0f} words/s", flush=True)
    gensim = statistics.median(speeds[rows[0][0]])
    columns = "".join(f"{name:>22}" for name in judge.names)
    lines = [f"{mode:28}{'raw words/s':>12}{'x gensim':>10}{columns}"]
    for name, _, _ in rows:
        speed = statistics.median(speeds[name])
        cells = "".join(
            f"{statistics.mean(each):>13.3f} +-{statistics.pstdev(each):5.3f} "
            for each in zip(*scores[name], strict=True)
        )
        lines.append(f"{name:28}{speed:12,.0f}{speed / gensim:10.2f}{cells}")
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed and quality of word2vec training.")
    quality.add_options(parser)
    parser.add_argument("--peer-epochs", type=int, default=1, help="for word2vec.c")
    parser.add_argument("--word2vec-c", type=Path, help="a compiled word2vec.c")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    report.add_write_option(parser, "word2vec-MODE.txt")
    options = parser.parse_args()
    report.require_green("tests/word2vec/test_kernels.py")
    judge = quality.Quality(options.pairs, options.analogies)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = folder / "lines.txt"
        n_words = cut_lines(options.corpus, text)
        corpus = encode_files(text, TextConfig(clean=()), folder / "encoded")
        train_word2vec(corpus, Word2VecConfig(epochs=1))  # compiles, warms
        for mode in options.modes:
            lines = [report.head(["gensim", "numpy", "numba"]), ""]
            lines.append(
                f"corpus: {options.corpus.name}, {n_words:,} words, {len(corpus.vocab):,} kept; "
                f"{options.epochs} epochs, {options.threads} threads, {len(options.seeds)} seeds"
            )
            lines += ["speed: median over seeds; quality: mean +- standard deviation over seeds"]
            lines += ["", *table(mode, systems(options, mode, corpus, text, folder), judge)]
            lines += judge.counted.values()
            report.publish("\n".join(lines), f"word2vec-{mode}.txt", write=options.write)


if __name__ == "__main__":
    main()
