"""The tile and the parts of rows: their shapes, and that no training diverges by them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from textseq.config import Word2VecConfig
from textseq.word2vec import job as job_file
from textseq.word2vec.job import Job
from textseq.word2vec.kernels import cpu
from textseq.word2vec.objectives import OBJECTIVES
from textseq.word2vec.sampling import Sampler
from textseq.word2vec.tile import Tile, choose_parts

FAST = [name for name, row in OBJECTIVES.items() if "cpu" in row.kernels]
ENGLISH = 1 / np.arange(1, 30_001)  # shares as in English text: those of Zipf's law


def config_of(**options: Any) -> Word2VecConfig:
    return Word2VecConfig(**options)


def sampler_of(config: Word2VecConfig, shares: NDArray[np.float64] = ENGLISH) -> Sampler:
    counts = np.concatenate([[0, 0], np.ceil(shares / shares.sum() * 1e6)]).astype(np.int64)
    return Sampler.from_counts(counts, 2, config)


def tile_of(shares: NDArray[np.float64] = ENGLISH, **options: Any) -> Tile:
    config = config_of(**options)
    return Tile.choose(config, sampler_of(config, shares))


# ---- the shape


@pytest.mark.parametrize("window", [1, 2, 3, 4, 5])
def test_tiles_fill_registers(window: int):
    tile = tile_of(window=window)
    assert 14 <= tile.centers <= 29
    assert (tile.centers + 2 * window) % 8 == 0
    assert tile_of(window=window, mode="cbow") == Tile(16, 32)


def test_the_usual_tiles():
    assert tile_of() == Tile(22, 32)
    assert tile_of(subsample=1e-4) == Tile(22, 32)


def test_a_tile_can_be_given():
    assert tile_of(tile=1, negatives=7) == Tile(1, 7)  # the exact form
    assert tile_of(tile=5) == Tile(5, 32)
    assert tile_of(tile=5, negatives=40) == Tile(5, 48)  # in whole registers
    assert tile_of(tile=5, negatives=40, mode="cbow") == Tile(5, 160)
    assert tile_of(tile=1, tile_negatives=3) == Tile(1, 3)
    assert tile_of(mode="cbow", tile_negatives=9) == Tile(16, 9)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize(
    "more",
    [
        [{"negatives": n} for n in (1, 5, 10, 20, 32, 50, 64)],
        [{"window": n} for n in (5, 10, 20, 64)],
        [{"subsample": s} for s in (1e-5, 1e-3, 1e-1, 0.0)],
        [{"lr": lr} for lr in (0.0, 0.01, 0.05, 0.1, 10.0)],
        [{"shares": np.append(n, np.ones(100))} for n in (1, 10, 100, 1000)],
    ],
    ids=lambda more: next(iter(more[0])),
)
def test_the_more_moves_a_row_the_smaller_the_tile(objective: str, more: list[dict[str, Any]]):
    centers = [tile_of(**options, **OBJECTIVES[objective].options).centers for options in more]
    assert centers == sorted(centers, reverse=True)
    assert centers[-1] >= 1


def test_english_moves_by_its_whole_change_and_a_dominant_word_by_a_part():
    for row in OBJECTIVES.values():
        for negatives in (5, 20):
            config = config_of(**row.options, negatives=negatives, subsample=1e-4)
            sampler = sampler_of(config)
            for part in choose_parts(config, sampler, Tile.choose(config, sampler)):
                assert (part == 1).all()
    config = config_of(negatives=64, subsample=0.0)
    sampler = sampler_of(config, np.array([9.0, 1.0]))
    part_in, part_out = choose_parts(config, sampler, Tile.choose(config, sampler))
    # Hand-checked: one center, 6 context words, each with 64 noise words of which 83.9 % (9^.75
    # to 1) are the frequent word, and it is the center itself in 90 % of the text.
    pairs = 6 * (64 * 9**0.75 / (9**0.75 + 1) + 0.9)
    assert part_out[2] == pytest.approx(0.8 / (0.035 * pairs), rel=1e-3)
    times = 11 * 0.9  # that the frequent word is among the 11 rows of the context
    assert part_in[2] == pytest.approx(0.35 / (0.035 * times * pairs / 6), rel=1e-3)


# ---- no training diverges


def dominated(n: int, share: float) -> NDArray[np.float64]:
    return np.append(share, np.full(n - 1, (1 - share) / (n - 1)))


VOCABULARIES = {
    "2 words": np.ones(2),
    "2 words, one of them 90 %": dominated(2, 0.9),
    "4 words": np.ones(4),
    "27 words, Zipf 1": 1 / np.arange(1, 28),
    "300 words, Zipf 2": 1 / np.arange(1, 301) ** 2,
    "1000 words, one of them 25 %": dominated(1000, 0.25),
    "1000 words, one of them 90 %": dominated(1000, 0.9),
}


def job_of(shares: NDArray[np.float64], n_positions: int = 10_000, **options: Any) -> Job:
    """Words at random, 30 % of which follow from the word before."""
    rng = np.random.default_rng(0)
    ids = rng.choice(len(shares), size=n_positions, p=shares / shares.sum())
    for pos in np.flatnonzero(rng.random(n_positions) < 0.3)[1:]:
        ids[pos] = (ids[pos - 1] * 7 + 1) % len(shares)
    stream = (ids + 2).astype(np.int32)
    counts = np.bincount(stream, minlength=len(shares) + 2).astype(np.int64)
    offsets = np.arange(0, n_positions + 1, 1000, dtype=np.int64)
    return Job.create(stream, offsets, counts, 2, config_of(dim=16, epochs=3, **options))


def train(job: Job) -> float:
    """The last epoch's mean loss as a share of an untrained model's."""
    for epoch in range(job.config.epochs):
        loss, pairs = cpu.train_span(job, epoch, 0, len(job.ids))
    return loss / max(1, pairs) / ((1 + job.config.negatives) * math.log(2))


@pytest.mark.slow
@pytest.mark.parametrize("window", [1, 5, 64])
@pytest.mark.parametrize("objective", FAST)
@pytest.mark.parametrize("name", VOCABULARIES)
def test_few_words_many_negatives_no_subsampling(name: str, objective: str, window: int):
    for negatives in (1, 5, 20, 64):
        for subsample in (0.0, 1e-2):
            job = job_of(
                VOCABULARIES[name], negatives=negatives, subsample=subsample, window=window,
                **OBJECTIVES[objective].options,
            )  # fmt: skip
            loss = train(job)
            largest = max(float(np.abs(table).max()) for table in (job.w_in, job.w_out))
            assert loss < 1.05, (negatives, subsample)
            assert largest < 50, (negatives, subsample)


@pytest.mark.parametrize("objective", FAST)
def test_without_the_parts_a_row_overshoots(monkeypatch: pytest.MonkeyPatch, objective: str):
    def whole(config: Word2VecConfig, sampler: Sampler, tile: Tile) -> Any:
        return (np.ones(len(sampler.keep), np.float32),) * 2

    monkeypatch.setattr(job_file, "choose_parts", whole)
    loss = train(
        job_of(np.ones(2), negatives=64, subsample=0.0, tile=22, **OBJECTIVES[objective].options)
    )
    assert not loss < 2
