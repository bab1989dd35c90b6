"""How fast does word2vec train on a GPU, how good are its vectors, and what bounds it?

In: a text file and evaluation files. Out, line by line into results/gpu.txt and the folder that the
variable OUT names: whether the kernel agrees with the reference on this GPU (`gpu_parity.py`); the
time from text to saved vectors; raw words a second with the share of the memory bound, on the text
and on a large synthetic corpus (`gpu_sections.py`); quality beside the CPU kernel's, several seeds,
in two parts; what tiles in flight, tile size and shared noise words change. What `--minutes` leaves
no time for is skipped, and said so. Runs from a plain checkout, with torch, triton and what textseq
imports.

    python benchmarks/gpu.py CORPUS --pairs WS353 MEN --analogies FILE [--minutes 8]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

# textseq need not be installed, here and in other processes.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ["PYTHONPATH"] = os.pathsep.join([sys.path[0], os.getenv("PYTHONPATH") or sys.path[0]])

import gpu_parity
import gpu_sections
import quality
import report
import torch

from textseq.config import Device, Mode, TextConfig, Word2VecConfig
from textseq.text.encode import encode_files
from textseq.text.encoded import EncodedCorpus
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec.train import train_word2vec

NAME = "gpu.txt"
TEXT = TextConfig(clean=(), unit="file")
HEAD = 1 << 20  # bytes of the text on which everything is compiled
FIRST_SEEDS = 2
DEVICES: tuple[Device, ...] = ("cuda", "cpu")


# ---- from text to vectors


def text_to_vectors(
    out: report.Results, text: Path, folder: Path, config: Word2VecConfig
) -> EncodedCorpus:
    """The corpus, and lines of how long it took from opening the text to saved vectors."""
    with text.open("rb") as file:
        start = file.read(HEAD)
    (folder / "head.txt").write_bytes(b" ".join(start.split()[:-1]))  # the last one may be cut
    first = "a first run, on the text's first MB, which compiles"
    out.measure_line(first, first_way, folder / "head.txt", folder / "first", config)
    began = time.perf_counter()
    corpus = encode_files(text, TEXT, folder / "corpus")
    encoded = time.perf_counter() - began
    out.add(f"{text.name}: {corpus.n_tokens:,} words, vocabulary {len(corpus.vocab):,}")
    out.measure_line("text to saved vectors", rest_of_way, corpus, folder, config, encoded)
    return corpus


def first_way(text: Path, folder: Path, config: Word2VecConfig) -> str:
    began = time.perf_counter()
    corpus = encode_files(text, TEXT, folder / "corpus")
    train_word2vec(corpus, config).save(folder / "vectors")
    return f"{time.perf_counter() - began:.2f} s"


def rest_of_way(corpus: EncodedCorpus, folder: Path, config: Word2VecConfig, encoded: float) -> str:
    """The whole time and its parts, once the text has become ids."""
    began = time.perf_counter()
    vectors, training = trained(corpus, config)
    back = time.perf_counter()
    vectors.save(folder / "vectors")
    saved, around = time.perf_counter() - back, back - began - training
    return (
        f"{encoded + training + around + saved:.2f} s ({config.mode}, dim {config.dim}, "
        f"{config.epochs} epochs) = text to ids {encoded:.2f} + tables, upload and fetch "
        f"{around:.2f} + training {training:.2f} + saving {saved:.2f}"
    )


def trained(corpus: EncodedCorpus, config: Word2VecConfig) -> tuple[WordVectors, float]:
    """The vectors, and the seconds that their training took, compilation left out."""
    seconds = [0.0]
    vectors = train_word2vec(corpus, config, progress=lambda now: seconds.append(now.seconds))
    return vectors, seconds[-1]


# ---- quality


class Scored(NamedTuple):
    seconds: float
    scores: list[float]


Found = dict[tuple[Mode, Device], list[Scored]]


def qualities(
    out: report.Results, corpus: EncodedCorpus, judge: quality.Quality, config: Word2VecConfig,
    seeds: list[int], found: Found,
) -> None:  # fmt: skip
    """Both kernels, seed by seed in turn, added to those that were `found` before; then means,
    standard deviations and the verdict of all."""
    out.add(f"quality, dim {config.dim}, {config.epochs} epochs: {', '.join(judge.names)}")
    for seed in seeds:
        if out.left <= 0:
            out.add(f"seed {seed} and later ones: skipped, the time is used up")
            break
        for (mode, device), scored in found.items():
            name = f"{mode:8} {device:4} seed {seed}"
            options = config.replace(mode=mode, device=device, seed=seed)
            one = out.measure(name, score, corpus, judge, options)
            if one is not None:
                scored.append(one)
                values = " ".join(f"{value:.3f}" for value in one.scores)
                out.add(f"{name}: {values}  {one.seconds:.2f} s")
    for mode in gpu_sections.MODES:
        summary(out, mode, judge, {device: found[mode, device] for device in DEVICES})
    out.add(*judge.counted.values())


def score(corpus: EncodedCorpus, judge: quality.Quality, config: Word2VecConfig) -> Scored:
    vectors, seconds = trained(corpus, config)
    return Scored(seconds, judge.score(vectors))


def summary(
    out: report.Results, mode: Mode, judge: quality.Quality, found: dict[Device, list[Scored]]
) -> None:
    """Means and standard deviations of both devices, and whether one is as good as the other."""
    spread: dict[Device, list[tuple[float, float]]] = {}
    for device, runs in found.items():
        if not runs:
            out.add(f"{mode} {device}: no run ended, so there is no verdict")
            return
        columns = list(zip(*(run.scores for run in runs), strict=True))
        spread[device] = [(statistics.mean(each), statistics.pstdev(each)) for each in columns]
        cells = "  ".join(f"{mean:.3f} ±{deviation:.3f}" for mean, deviation in spread[device])
        seconds = statistics.median(run.seconds for run in runs)
        out.add(f"{mode:8} {device:4} mean of {len(runs)}: {cells}  {seconds:.2f} s")
    n_runs = min(map(len, found.values()))
    verdicts = [
        f"{name} {verdict(mean, *wanted, n_runs=n_runs)}"
        for name, (mean, _), wanted in zip(judge.names, spread["cuda"], spread["cpu"], strict=True)
    ]
    out.add(f"{mode}, GPU within one standard deviation of the CPU: {'; '.join(verdicts)}")


def verdict(mean: float, wanted: float, deviation: float, *, n_runs: int) -> str:
    """Whether a mean is within one standard deviation of the one wanted."""
    if n_runs < 2:
        return "unknown, one seed"
    apart = mean - wanted
    said = "yes" if abs(apart) <= deviation else "NO" if apart < 0 else "no, it is better"
    return f"{said} ({apart:+.3f}, deviation {deviation:.3f})"


# ---- all of it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    quality.add_options(parser)
    parser.set_defaults(seeds=[1, 2, 3, 4, 5], threads=0)
    parser.add_argument("--synthetic", type=int, default=1_000_000_000, help="words; 0: none")
    parser.add_argument("--minutes", type=float, default=8, help="nothing begins later")
    parser.add_argument("--results", type=Path, default=report.RESULTS / NAME)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("torch sees no GPU: there is nothing to measure")
    judge = quality.Quality(options.pairs, options.analogies)
    copies = [Path(os.environ["OUT"]) / NAME] if os.getenv("OUT") else []
    out = report.Results([options.results, *copies], options.minutes)
    out.add(
        report.head(["torch", "triton", "numpy"]),
        f"GPU: {torch.cuda.get_device_name()}, CUDA {torch.version.cuda}",
        "window 5, 5 negatives, subsample 1e-4; raw words, before subsampling; loss: mean over the "
        f"true pairs, {gpu_sections.UNTRAINED:.2f} untrained; compilation left out",
    )
    with tempfile.TemporaryDirectory() as folder:
        green = gpu_parity.parity(out, Path(folder))
        measure(out, options, judge, Path(folder))
    out.add("", f"all of it: {time.perf_counter() - out.began:.0f} s")
    if not green:
        sys.exit("the parity tests fail: these are figures of a kernel that is wrong")


def measure(
    out: report.Results, options: argparse.Namespace, judge: quality.Quality, folder: Path
) -> None:
    """The sections, the most important first."""
    config = Word2VecConfig(
        **gpu_sections.SETTINGS, epochs=options.epochs, threads=options.threads, device="cuda"
    )
    out.add("")
    corpus = out.measure("text", text_to_vectors, out, options.corpus, folder, config)
    if corpus is not None:
        arrays = gpu_sections.arrays_of(corpus)
        out.add("")
        out.measure("speed", gpu_sections.speeds, out, options.corpus.name, arrays)
    if options.synthetic:
        out.add("")
        big = out.measure("synthetic corpus", gpu_sections.synthetic, options.synthetic)
        if big is not None:
            out.measure("large corpus", gpu_sections.large, out, big)
            part = big.first(gpu_sections.PART)
            out.measure("speed", gpu_sections.speeds, out, "the synthetic corpus", part)
    if corpus is None:
        return
    # The first seeds before all that only tells how to choose, the others after it.
    found: Found = {(mode, device): [] for mode in gpu_sections.MODES for device in DEVICES}
    first, later = options.seeds[:FIRST_SEEDS], options.seeds[FIRST_SEEDS:]
    out.add("")
    out.measure("quality", qualities, out, corpus, judge, config, first, found)
    out.add("")
    out.measure("tiles in flight", gpu_sections.in_flight, out, arrays)
    if later:
        out.add("")
        out.measure("quality", qualities, out, corpus, judge, config, later, found)
    out.add("")
    out.measure("tile shapes", gpu_sections.tiles, out, corpus, judge, options.epochs)


if __name__ == "__main__":
    main()
