"""How fast does word2vec train on a GPU, how good are its vectors, and what bounds it?

In: a text file and evaluation files. Out, after the parity tests have passed on this GPU: raw words
a second for both modes and several vector lengths, on the text and on a synthetic corpus (Zipf) as
large as asked for, with the share of the memory bound: the bytes that must move over the bandwidth
that a copy reaches; vectors' quality beside the CPU kernel's, several seeds; the time from text to
vectors; and how tile size, shared noise words and tiles in flight change speed and quality. Runs
from a plain checkout (PYTHONPATH=.) with torch, triton and what textseq itself imports.

    python benchmarks/gpu.py CORPUS --pairs WS353 MEN --analogies FILE [--write]
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import quality
import report
import torch

from textseq.config import Device, Mode, TextConfig, Word2VecConfig
from textseq.text.encode import encode_files
from textseq.text.encoded import EncodedCorpus
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec.job import Job
from textseq.word2vec.kernels import gpu
from textseq.word2vec.train import train_word2vec

MODES: tuple[Mode, ...] = get_args(Mode)
SETTINGS: dict[str, Any] = {"window": 5, "negatives": 5, "subsample": 1e-4}
DIMS = (100, 128, 300)
V_SYNTHETIC = 500_000
GIB = 1 << 30


# ---- what a copy reaches


def bandwidth() -> float:
    """Bytes a second of a large copy on the device, read and written: the median of several."""
    source = torch.empty(2 * GIB, dtype=torch.uint8, device="cuda").random_()
    target = torch.empty_like(source)
    rates = []
    for _ in range(10):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        target.copy_(source)
        end.record()
        torch.cuda.synchronize()
        rates.append(2 * source.numel() / (start.elapsed_time(end) / 1000))
    return statistics.median(rates)


def bytes_moved(job: Job, words: Any) -> int:
    """The fewest bytes that the tiles of some words move: each row of a tile read and written."""
    centers = (words.end - words.first).sum().item()
    n_tiles = len(words.first)
    rows = centers + n_tiles * 2 * job.config.window  # context rows of w_in
    rows += centers + n_tiles * job.tile.negatives  # rows of w_out
    return int(rows) * job.config.dim * 4 * 2


# ---- speed


def job_of(ids: Any, offsets: Any, counts: Any, **options: Any) -> Job:
    return Job.create(ids, offsets, counts, 2, Word2VecConfig(**SETTINGS | options))


def speed(job: Job, n_words: int, launch: dict[str, Any] | None = None) -> tuple[float, float]:
    """Raw words a second over the first `n_words`, and bytes a second that must move for them."""
    there = gpu.on_device(job)
    if launch:
        there = dataclasses.replace(there, launch=there.launch._replace(**launch))
    gpu.warm_up(there)
    n_words = min(n_words, len(job.ids)) // gpu.BLOCK * gpu.BLOCK
    gpu.train_span(there, 0, 0, gpu.BLOCK)
    times = []
    for _ in range(3):
        torch.cuda.synchronize()
        start = time.perf_counter()
        loss, _ = gpu.train_span(there, 0, 0, n_words)
        times.append(time.perf_counter() - start)
    if not np.isfinite(loss):
        raise SystemExit("the loss is not finite: no numbers")
    part = min(n_words, gpu.STRETCH)
    stretch = next(gpu._stretches(there, 0, part))
    must = bytes_moved(job, gpu._find_words(there, 0, stretch)) * n_words / part
    seconds = statistics.median(times)
    return n_words / seconds, must / seconds


def synthetic(n_words: int) -> tuple[Any, Any, Any]:
    """Ids, offsets and counts of a corpus whose words follow Zipf's law, lines of 1,000."""
    shares = 1 / (np.arange(V_SYNTHETIC) + 2.7)
    edges = np.cumsum(shares / shares.sum())
    ids = np.empty(n_words, np.int32)
    generator = torch.Generator("cuda").manual_seed(1)
    bounds = torch.from_numpy(edges).cuda()
    for start in range(0, n_words, 1 << 26):
        stop = min(start + (1 << 26), n_words)
        draws = torch.rand(stop - start, generator=generator, device="cuda", dtype=torch.float64)
        found = torch.searchsorted(bounds, draws).clamp(max=V_SYNTHETIC - 1)
        ids[start:stop] = (found + 2).int().cpu().numpy()
    offsets = np.append(np.arange(0, n_words, 1000), n_words).astype(np.int64)
    counts = np.bincount(ids, minlength=V_SYNTHETIC + 2).astype(np.int64)
    counts[2:] += 1
    return ids, offsets, counts


def speeds(corpus: EncodedCorpus, n_synthetic: int) -> Iterator[str]:
    """A line for each corpus, mode and vector length."""
    copy = bandwidth()
    yield f"a copy moves {copy / 1e12:.2f} TB/s"
    yield ""
    yield "corpus      mode       dim   million words/s  of the memory bound"
    arrays = {"text": (corpus.ids, corpus.offsets, corpus.vocab.counts)}
    if n_synthetic:
        arrays["synthetic"] = synthetic(n_synthetic)
    for name, (ids, offsets, counts) in arrays.items():
        for mode in MODES:
            for dim in DIMS:
                job = job_of(ids, offsets, counts, mode=mode, dim=dim)
                rate, moved = speed(job, 1 << 27)
                yield f"{name:11} {mode:9} {dim:4} {rate / 1e6:17.1f} {moved / copy:20.1%}"


def shapes(corpus: EncodedCorpus, judge: quality.Quality, epochs: int) -> Iterator[str]:
    """Speed and quality over tile sizes, shared noise words, and tiles in flight."""
    header = "".join(f"{name:>12}" for name in judge.names)
    yield f"mode       tile  noise  programs  warps  million words/s{header}"
    choices: list[tuple[dict[str, Any], dict[str, Any]]] = [({}, {})]
    choices += [({"tile": tile, "tile_negatives": noise}, {}) for tile, noise in
                ((6, 16), (6, 32), (22, 16), (22, 64), (54, 32), (54, 64))]  # fmt: skip
    choices += [({}, {"programs": n}) for n in (66, 264, 1056)] + [({}, {"warps": 4})]
    choices += [({}, {"precision": "ieee"}), ({}, {"part": 64})]
    for mode in MODES:
        for options, launch in choices:
            config = Word2VecConfig(
                **SETTINGS | options, mode=mode, dim=128, epochs=epochs, device="cuda"
            )
            job = Job.create(corpus.ids, corpus.offsets, corpus.vocab.counts, 2, config)
            rate, _ = speed(job, len(corpus.ids), launch)
            scores = judge.score(trained(corpus, config, launch)[0])
            shown = "".join(f"{score:12.3f}" for score in scores)
            made = gpu.on_device(job).launch._replace(**launch)
            yield (
                f"{mode:9} {job.tile.centers:5} {job.tile.negatives:6} {made.programs:9} "
                f"{made.warps:6} {rate / 1e6:16.1f}{shown}  {launch or ''}"
            )


# ---- quality


def trained(
    corpus: EncodedCorpus, config: Word2VecConfig, launch: dict[str, Any] | None = None
) -> tuple[WordVectors, float]:
    """The vectors, and the seconds that their training took, compilation left out."""
    plain, seconds = gpu.Launch.choose, [0.0]
    choose = lambda job, device: plain(job, device)._replace(**launch or {})  # noqa: E731
    gpu.Launch.choose = choose  # type: ignore[method-assign]
    try:
        vectors = train_word2vec(corpus, config, progress=lambda now: seconds.append(now.seconds))
    finally:
        gpu.Launch.choose = plain  # type: ignore[method-assign]
    return vectors, seconds[-1]


def qualities(
    corpus: EncodedCorpus, judge: quality.Quality, seeds: list[int], epochs: int
) -> Iterator[str]:
    """Both kernels, seed by seed in turn: means and standard deviations."""
    header = "".join(f"{name:>20}" for name in judge.names)
    yield f"mode      device  seconds{header}"
    for mode in MODES:
        scores: dict[Device, list[list[float]]] = {"cuda": [], "cpu": []}
        times: dict[Device, list[float]] = {"cuda": [], "cpu": []}
        for seed in seeds:
            config = Word2VecConfig(**SETTINGS, mode=mode, dim=100, epochs=epochs, seed=seed)
            for device in scores:
                vectors, seconds = trained(corpus, config.replace(device=device))
                scores[device].append(judge.score(vectors))
                times[device].append(seconds)
        for device, found in scores.items():
            cells = "".join(
                f"{statistics.mean(each):13.3f} ±{statistics.pstdev(each):5.3f}"
                for each in zip(*found, strict=True)
            )
            yield f"{mode:9} {device:6} {statistics.median(times[device]):8.2f}{cells}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    quality.add_options(parser)
    parser.add_argument("--synthetic", type=int, default=1_000_000_000, help="words; 0: none")
    parser.add_argument("--shapes", action="store_true", help="tile shapes too (minutes more)")
    report.add_write_option(parser, "gpu.txt")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("torch sees no GPU: there is nothing to measure")
    report.require_green("tests/word2vec/test_gpu.py", "-p", "no:cacheprovider")
    judge = quality.Quality(options.pairs, options.analogies)
    lines = [
        report.head(["torch", "triton", "numpy"]),
        f"GPU: {torch.cuda.get_device_name()}, CUDA {torch.version.cuda}",
        "window 5, 5 negatives, subsample 1e-4; raw words, before subsampling; without compilation",
        "",
    ]
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        text = TextConfig(clean=(), unit="file")
        corpus = encode_files(options.corpus, text, Path(folder) / "corpus")
        encoded = time.perf_counter() - begin
        config = Word2VecConfig(**SETTINGS, dim=100, epochs=options.epochs, device="cuda")
        trained(corpus, config.replace(epochs=1))  # compiles
        _, seconds = trained(corpus, config)
        lines += [
            f"{options.corpus.name}, {corpus.n_tokens:,} words: text to ids {encoded:.2f} s, "
            f"{options.epochs} epochs of skip-gram {seconds:.2f} s",
            "",
        ]
        parts: list[Iterator[str]] = [
            qualities(corpus, judge, options.seeds, options.epochs),
            speeds(corpus, options.synthetic),
        ]
        if options.shapes:
            parts.append(shapes(corpus, judge, options.epochs))
        for part in parts:
            for line in part:
                print(line, flush=True)
                lines.append(line)
            lines.append("")
    report.publish("\n".join(lines), "gpu.txt", write=options.write)


if __name__ == "__main__":
    main()
