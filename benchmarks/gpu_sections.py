"""How fast does the GPU kernel train, on text and on a large synthetic corpus, and what bounds it?

In: arrays of a corpus and the results to add lines to. Out: for `gpu.py`, sections of lines: raw
words a second with the share of the memory bound (the bytes that must move over the bandwidth that
a copy reaches), a large corpus as a whole, and what tiles in flight, tile size and shared noise
words change. Each speed has the loss beside it: one of a training that diverged says nothing.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
import time
from typing import Any, NamedTuple, get_args

import numpy as np
import torch
from quality import Quality
from report import Results

from textseq.config import Mode, Word2VecConfig
from textseq.text.encoded import EncodedCorpus
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec.job import Job
from textseq.word2vec.kernels import gpu
from textseq.word2vec.objectives import choose_lr
from textseq.word2vec.sampling import BLOCK, LearningRate
from textseq.word2vec.tile import Tile, choose_parts

MODES: tuple[Mode, ...] = get_args(Mode)
SETTINGS: dict[str, Any] = {"window": 5, "negatives": 5, "subsample": 1e-4}
UNTRAINED = (1 + SETTINGS["negatives"]) * math.log(2)  # the loss of vectors that know nothing
DIMS = (128, 100, 300)
V_SYNTHETIC = 500_000
PART = 1 << 27  # words of the synthetic corpus for the table of speeds
IN_FLIGHT = (8, 16, 33, 66, 132)
FLIGHT_WORDS = 2 * gpu.STRETCH
OTHER_LAUNCHES: tuple[dict[str, Any], ...] = (
    {"together": 1.0}, {"together": 16.0}, {"warps": 4}, {"warps": 4, "programs": 264},
    {"stages": 1}, {"stages": 2}, {"part": 64}, {"precision": "ieee"},
)  # fmt: skip
TILES = ((22, 16), (22, 64), (6, 32), (54, 32), (6, 16), (54, 64))
WHOLE_SECONDS = 60.0  # the longest that one pass over the synthetic corpus may take
GIB = 1 << 30


class Arrays(NamedTuple):
    """What a job is made of: ids (N,) int32, offsets (S+1,) int64, counts (V,) int64."""

    ids: Any
    offsets: Any
    counts: Any

    def first(self, n_words: int) -> Arrays:
        """The corpus of its first words, with the counts of the whole."""
        n_sequences = int(np.searchsorted(self.offsets, n_words))
        offsets = np.append(self.offsets[:n_sequences], min(n_words, len(self.ids)))
        return Arrays(self.ids[:n_words], offsets, self.counts)


def arrays_of(corpus: EncodedCorpus) -> Arrays:
    return Arrays(corpus.ids, corpus.offsets, corpus.vocab.counts)


class Speed(NamedTuple):
    """Raw words a second, bytes a second that must move for them, and the last loss."""

    rate: float
    moved: float
    loss: float


# ---- one measurement


def job_of(arrays: Arrays, **options: Any) -> Job:
    return Job.create(*arrays, 2, Word2VecConfig(**SETTINGS | {"dim": 128} | options))


def in_mode(job: Job, mode: Mode) -> Job:
    """The same job, whose tables take seconds to draw, in another mode."""
    config = job.config.replace(mode=mode)
    rate = LearningRate(choose_lr(config), config.min_lr, len(job.ids), config.epochs)
    tile = Tile.choose(config, job.sampler)
    part_in, part_out = choose_parts(config, job.sampler, tile)
    return dataclasses.replace(
        job, config=config, tile=tile, part_in=part_in, part_out=part_out, rate=rate
    )


def on_gpu(job: Job, launch: dict[str, Any] | None = None) -> gpu.DeviceJob:
    """The job on the GPU, its kernel compiled; `launch` changes how tiles are launched."""
    torch.cuda.empty_cache()  # what earlier jobs left counts as taken
    chosen = gpu.Launch.choose(job, torch.device("cuda"))._replace(**launch or {})
    return gpu.warm_up(gpu.on_device(job, "cuda", chosen))


def timed(there: gpu.DeviceJob, n_words: int, epochs: int = 1) -> tuple[float, float]:
    """Seconds of training on the first words from fresh tables, and the last epoch's mean loss."""
    there.w_in.copy_(torch.from_numpy(there.job.w_in))
    there.w_out.zero_()  # as it begins
    torch.cuda.synchronize()
    start = time.perf_counter()
    for epoch in range(epochs):
        loss, pairs = gpu.train_span(there, epoch, 0, n_words)  # waits for the device
    return time.perf_counter() - start, loss / max(1, pairs)


def whole_blocks(n_words: float, most: int) -> int:
    """So many words in whole blocks, at least one; or all of them."""
    return min(most, max(1, int(n_words) // BLOCK) * BLOCK)


def words_in(seconds: float, there: gpu.DeviceJob) -> int:
    """How many words are trained in so many seconds, by the speed of a first stretch."""
    n_words = len(there.job.ids)
    timed(there, whole_blocks(1, n_words))  # the first launch of anything is slow
    first = whole_blocks(gpu.STRETCH, n_words)
    return whole_blocks(seconds * first / timed(there, first)[0], n_words)


def speed(job: Job) -> Speed:
    """The median of three passes over as many words as take about a second."""
    there = on_gpu(job)
    n_words = words_in(1.0, there)
    passes = [timed(there, n_words) for _ in range(3)]
    seconds = statistics.median(each[0] for each in passes)
    return Speed(n_words / seconds, bytes_moved(there, n_words) / seconds, passes[-1][1])


def bytes_moved(there: gpu.DeviceJob, n_words: int) -> float:
    """The fewest bytes that tiles move: each of their rows read and written; by a first stretch."""
    part, config = min(n_words, gpu.STRETCH), there.job.config
    words = gpu._find_words(there, 0, next(gpu._stretches(there, 0, part)))
    n_tiles, n_centers = len(words.first), int((words.end - words.first).sum())
    rows = n_centers + n_tiles * 2 * config.window  # context rows of w_in
    rows += n_centers + n_tiles * there.job.tile.negatives  # rows of w_out
    return rows * config.dim * 4 * 2 * n_words / part


def shown(rate: float, loss: float) -> str:
    """A speed in million words a second with its loss, marked where that did not fall."""
    # Written so that NaN, which is no less than anything, is marked.
    mark = "" if loss < UNTRAINED else "  DIVERGED: the speed says nothing"
    return f"{rate / 1e6:9.1f} M words/s, loss {loss:6.3f}{mark}"


# ---- speed, and the share of the memory bound


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


def speeds(out: Results, name: str, arrays: Arrays) -> None:
    """A line for each mode and vector length."""
    copy = out.measure("bandwidth of a copy", bandwidth) or math.nan
    out.add(f"speed on {name}, {len(arrays.ids):,} words; a copy moves {copy / 1e12:.2f} TB/s")
    for dim in DIMS:
        job = out.measure(f"dim {dim}", job_of, arrays, dim=dim)
        if job is not None:
            for mode in MODES:
                out.measure_line(f"{mode:8} dim {dim:3}", bounded_speed, job, copy, mode)


def bounded_speed(job: Job, copy: float, mode: Mode) -> str:
    found = speed(in_mode(job, mode))
    return f"{shown(found.rate, found.loss)}, {found.moved / copy:.1%} of the memory bound"


# ---- a large corpus


def synthetic(n_words: int) -> Arrays:
    """A corpus whose words follow Zipf's law, in lines of 1,000 words."""
    shares = 1 / (np.arange(V_SYNTHETIC) + 2.7)
    bounds = torch.from_numpy(np.cumsum(shares / shares.sum())).cuda()
    generator = torch.Generator("cuda").manual_seed(1)
    ids = np.empty(n_words, np.int32)
    counts = torch.zeros(V_SYNTHETIC, dtype=torch.int64, device="cuda")
    for start in range(0, n_words, 1 << 26):
        part = ids[start : start + (1 << 26)]
        draws = torch.rand(len(part), generator=generator, device="cuda", dtype=torch.float64)
        found = torch.searchsorted(bounds, draws).clamp(max=V_SYNTHETIC - 1)
        counts += torch.bincount(found, minlength=V_SYNTHETIC)
        part[:] = (found + 2).int().cpu().numpy()
    offsets = np.append(np.arange(0, n_words, 1000), n_words).astype(np.int64)
    return Arrays(ids, offsets, np.append([0, 0], counts.cpu().numpy() + 1))


def large(out: Results, arrays: Arrays) -> None:
    """One pass of skip-gram over the whole corpus if that is quick, else over a part of it."""
    there, total = on_gpu(job_of(arrays, epochs=1)), len(arrays.ids)
    n_words = words_in(min(WHOLE_SECONDS, out.left / 3), there)
    if n_words < total:
        out.add(f"the whole would take too long: its first {n_words:,} words only")
    out.measure_line(f"{n_words:,} of {total:,} words, ids on the GPU", one_pass, there, n_words)
    # A job without ids on the device sends them a stretch at a time.
    there = dataclasses.replace(there, ids=None)
    out.measure_line(f"{n_words:,} words streamed from pinned memory", one_pass, there, n_words)


def one_pass(there: gpu.DeviceJob, n_words: int) -> str:
    seconds, loss = timed(there, n_words)
    return f"{seconds:.2f} s, {shown(n_words / seconds, loss)}"


# ---- what the choices change


def in_flight(out: Results, arrays: Arrays) -> None:
    """How many tiles are trained at once, and other choices of a launch."""
    n_words = whole_blocks(FLIGHT_WORDS, len(arrays.ids))
    out.add(f"tiles in flight, dim 128: the first {n_words:,} words once")
    job = job_of(arrays, epochs=1)
    for launch in [*({"programs": n} for n in IN_FLIGHT), {}, *OTHER_LAUNCHES]:
        for mode in MODES:
            name = ", ".join(f"{key} {value}" for key, value in launch.items()) or "as chosen"
            out.measure_line(f"{mode:8} {name}", launched, in_mode(job, mode), launch, n_words)


def launched(job: Job, launch: dict[str, Any], n_words: int) -> str:
    there = on_gpu(job, launch)
    seconds, loss = timed(there, n_words)
    return f"{there.launch.programs:5} tiles at once, {shown(n_words / seconds, loss)}"


def tiles(out: Results, corpus: EncodedCorpus, judge: Quality, epochs: int) -> None:
    """Tile size and shared noise words: speed and quality of a whole training."""
    out.add(f"tile size and shared noise words, dim 128, {epochs} epochs: {', '.join(judge.names)}")
    for size, noise in TILES:
        for mode in MODES:
            options = {"mode": mode, "tile": size, "tile_negatives": noise, "epochs": epochs}
            name = f"{mode:8} {size:2} centers, {noise:2} noise words"
            out.measure_line(name, tiled, corpus, judge, options)


def tiled(corpus: EncodedCorpus, judge: Quality, options: dict[str, Any]) -> str:
    job = job_of(arrays_of(corpus), **options)
    there = on_gpu(job)
    seconds, loss = timed(there, len(job.ids), job.config.epochs)
    gpu.fetch(there)
    vocab = Vocab(corpus.vocab.tokens[2:], corpus.vocab.counts[2:], specials=())
    vectors = WordVectors(vocab, np.ascontiguousarray(job.w_in[2:, : job.config.dim]))
    scores = "".join(f" {score:.3f}" for score in judge.score(vectors))
    return f"{shown(job.config.epochs * len(job.ids) / seconds, loss)},{scores}"
