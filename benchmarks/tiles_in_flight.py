"""What becomes of the loss where many tiles are in flight at once, as on a GPU? Emulated on a CPU.

In: a text file. Out: the loss by sixths of one epoch, for several numbers of tiles in flight. The
reference kernel computes each tile from rows as they are, and adds its changes only when as many
tiles behind it have been computed. Three ways: neighbouring tiles at once; tiles from far apart;
and those with the changes of frequent words as parts (`gpu.damp_parts`), which is what a GPU does.

    python benchmarks/tiles_in_flight.py CORPUS [--words 800000] [--flight 1 33 132]
"""

from __future__ import annotations

import argparse
import math
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import report
from numpy.typing import NDArray

from textseq.config import TextConfig, Word2VecConfig
from textseq.text.encode import encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.reading.corpus import read_lines
from textseq.word2vec.job import Job
from textseq.word2vec.kernels.gpu import Launch, damp_parts, part_of
from textseq.word2vec.kernels.reference import TileData, gradient, tiles
from textseq.word2vec.objectives import choose_lr
from textseq.word2vec.sampling import BLOCK

WAYS = ("neighbours", "far apart", "far apart, in parts")
_REPORTS = 6


def job_of(corpus: EncodedCorpus, config: Word2VecConfig, n_words: int) -> Job:
    """The first words of the corpus, in whole blocks."""
    n = min(len(corpus.ids), n_words) // BLOCK * BLOCK
    offsets = np.append(corpus.offsets[corpus.offsets < n], n)
    n_special = len(corpus.vocab.specials)
    return Job.create(corpus.ids[:n], offsets, corpus.vocab.counts, n_special, config)


def in_order(found: list[TileData], flight: int, way: str) -> list[TileData]:
    """The tiles as the programs of a GPU come to them, each with a run of its own."""
    if way == "neighbours":
        return found
    run = -(-len(found) // flight)
    runs = [range(start, min(start + run, len(found))) for start in range(0, len(found), run)]
    return [found[one[step]] for step in range(run) for one in runs if step < len(one)]


def losses(job: Job, ordered: Iterable[TileData], flight: int, way: str) -> NDArray[np.float64]:
    """The mean loss of a pair in each part of the way."""
    launch = Launch(flight, part_of(job.w_in.shape[1]))
    if way != WAYS[2]:
        launch = launch._replace(together=math.inf)
    part_in, part_out = (part[:, None] for part in damp_parts(job, launch))
    rate = np.float32(choose_lr(job.config))
    flying: deque[tuple[Any, ...]] = deque()
    found = []
    for tile in ordered:
        loss, change_in, change_out = gradient(job, tile)
        found.append((loss, tile.pairs))
        rows_in, rows_out = tile.context_ids, tile.output_ids
        flying.append(
            (rows_in, rate * part_in[rows_in] * change_in,
             rows_out, rate * part_out[rows_out] * change_out)
        )  # fmt: skip
        if len(flying) >= flight:
            rows_in, change_in, rows_out, change_out = flying.popleft()
            np.add.at(job.w_in, rows_in, change_in)
            np.add.at(job.w_out, rows_out, change_out)
    parts = np.array_split(np.array(found), _REPORTS)
    return np.array([part[:, 0].sum() / max(1, part[:, 1].sum()) for part in parts])


def main() -> None:
    """A line for each mode, number and way."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path, help="a text file")
    parser.add_argument("--words", type=int, default=800_000, help="how many are trained on")
    parser.add_argument("--flight", type=int, nargs="+", default=[1, 33, 132, 264])
    report.add_write_option(parser, "tiles-in-flight.txt")
    options = parser.parse_args()
    report.require_green("tests/word2vec/test_kernels.py")
    corpus = encode_lines(read_lines(str(options.corpus), TextConfig()), TextConfig())
    corpus = corpus.with_specials_first()
    lines = [
        report.head(["numpy", "triton"]), "",
        f"{options.corpus.name}: {len(corpus.vocab):,} words in the vocabulary, the first "
        f"{options.words:,} of the text trained on once, dim 64, subsample 1e-4, constant rate;",
        "the loss of a pair in each sixth of the way; emulated on a CPU, no GPU was used", "",
        f"{'':10}{'in flight':>9}  {'':22}" + "".join(f"{n + 1:>9}" for n in range(_REPORTS)),
    ]  # fmt: skip
    for mode in ("skipgram", "cbow"):
        config = Word2VecConfig(mode=mode, dim=64, epochs=1, subsample=1e-4)
        whole = job_of(corpus, config, options.words)
        blocks = range(0, len(whole.ids), BLOCK)
        found = [tile for start in blocks for tile in tiles(whole, 0, start, start + BLOCK)]
        for flight in options.flight:
            for way in WAYS if flight > 1 else WAYS[:1]:
                job = job_of(corpus, config, options.words)
                with np.errstate(all="ignore"):
                    each = losses(job, in_order(found, flight, way), flight, way)
                cells = "".join(f"{x:9.3f}" if x < 100 else f"{'diverged':>9}" for x in each)
                lines.append(f"{mode:10}{flight:>9}  {way if flight > 1 else '':22}{cells}")
    report.publish("\n".join(lines), "tiles-in-flight.txt", write=options.write)


if __name__ == "__main__":
    main()
