"""The kernels: the reference against finite differences, the fast ones against the reference."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from textseq.config import Word2VecConfig
from textseq.word2vec.job import Job
from textseq.word2vec.kernels import cpu, reference
from textseq.word2vec.objectives import OBJECTIVES
from textseq.word2vec.sampling import BLOCK

FAST_KERNELS = [cpu]
FAST = [name for name, row in OBJECTIVES.items() if "cpu" in row.kernels]
# Without shares, CBOW moves context words by what is the gradient of no loss.
GRADIENTS = [name for name, row in OBJECTIVES.items() if row.shares or not row.averages]


def make_job(
    config: Word2VecConfig,
    *,
    n_words: int = 40,
    lengths: tuple[int, ...] = (57,),
    dtype: Any = np.float32,
    seed: int = 0,
    ids: list[int] | None = None,
) -> Job:
    """A job on random sequences, with both tables at random so that every gradient matters."""
    rng = np.random.default_rng(seed)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    stream = (2 + np.minimum(rng.zipf(1.3, offsets[-1]) - 1, n_words - 1)).astype(np.int32)
    stream[rng.random(len(stream)) < 0.05] = 1  # some <unk>
    if ids is not None:
        stream[:] = ids
    counts = np.bincount(stream, minlength=n_words + 2).astype(np.int64)
    counts[2:] += 1
    job = Job.create(stream, offsets, counts, 2, config, dtype)
    for table in (job.w_in, job.w_out):
        table[2:, : config.dim] = rng.normal(0, 0.4, (n_words, config.dim))
    return job


def config_of(**options: Any) -> Word2VecConfig:
    return Word2VecConfig(**{"dim": 12, "subsample": 0.1, "lr": 0.05} | options)


@pytest.mark.parametrize("objective", GRADIENTS)
@pytest.mark.parametrize("tile", [1, 5])
def test_reference_moves_down_the_gradient(objective: str, tile: int) -> None:
    options = OBJECTIVES[objective].options
    config = config_of(**options, tile=tile, tile_negatives=7, dim=5, window=3)
    job = make_job(config, n_words=6, lengths=(9, 4), dtype=np.float64)
    for data in list(reference.tiles(job, 0, 0, len(job.ids)))[:4]:
        _, change_in, change_out = reference.gradient(job, data)
        downhill = {"w_in": np.zeros_like(job.w_in), "w_out": np.zeros_like(job.w_out)}
        np.add.at(downhill["w_in"], data.context_ids, change_in)
        np.add.at(downhill["w_out"], data.output_ids, change_out)
        for name, table in (("w_in", job.w_in), ("w_out", job.w_out)):
            numeric = finite_differences(job, data, table)
            np.testing.assert_allclose(downhill[name], -numeric, atol=1e-7)


def finite_differences(
    job: Job, data: reference.TileData, table: NDArray[np.floating], step: float = 1e-5
) -> NDArray[np.floating]:
    """d loss / d table, two-sided."""
    result = np.zeros_like(table)
    for at in np.ndindex(table.shape):
        old = table[at]
        table[at] = old + step
        above = reference.gradient(job, data)[0]
        table[at] = old - step
        below = reference.gradient(job, data)[0]
        table[at] = old
        result[at] = (above - below) / (2 * step)
    return result


def test_known_answer_by_hand() -> None:
    # Two words, one sequence "a b", everything kept, one noise word that can only be a or b.
    config = Word2VecConfig(dim=1, window=1, negatives=1, subsample=0, lr=1.0, min_lr=1.0, tile=1)
    job = make_job(config, n_words=2, lengths=(2,), dtype=np.float64, ids=[2, 3])
    job.w_in[2:4, 0] = [1.0, -1.0]
    job.w_out[2:4, 0] = [0.5, 2.0]
    first = next(reference.tiles(job, 0, 0, 2))
    loss, change_in, change_out = reference.gradient(job, first)
    # Center a, context b: score -1 * 0.5, sigmoid(0.5) = 0.62246, sigmoid(-0.5) = 0.37754.
    noise = int(first.output_ids[1])
    expected = 0.974077  # -log sigmoid(-0.5)
    moved = 0.622459 * 0.5
    if noise == 3:  # noise b: score -2, sigmoid(-2) = 0.11920, -log sigmoid(2) = 0.126928
        expected += 0.126928
        moved -= 0.119203 * 2.0
    context = list(first.context_ids).index(3)
    assert loss == pytest.approx(expected, abs=1e-5)
    assert change_in[context, 0] == pytest.approx(moved, abs=1e-5)
    assert change_out[0, 0] == pytest.approx(-0.622459, abs=1e-5)


SHAPES: list[dict[str, Any]] = [
    {},
    {"dim": 1},
    {"dim": 31, "window": 1},
    {"dim": 100, "window": 10},
    {"dim": 128, "window": 2, "negatives": 1},
    {"dim": 300, "window": 4, "negatives": 20},
    {"tile": 1, "tile_negatives": 5},
    {"tile": 1},
    {"tile": 3, "tile_negatives": 1},
    {"tile": 17, "tile_negatives": 33},
    {"dynamic_window": False},
    {"subsample": 0.0},
    {"subsample": 1e-4},
    {"cbow_gradient": "exact"},
    {"window": 64},
]
LENGTHS = [(200,), (1,), (2, 1, 3), (0, 0, 7, 0, 1, 0, 90, 0), (BLOCK - 1, 5), (BLOCK, BLOCK + 3)]


def run(kernel: ModuleType, config: Word2VecConfig, **job: Any) -> tuple[Job, float, int]:
    made = make_job(config, **job)
    loss, pairs = kernel.train_span(made, 0, 0, len(made.ids))
    return made, loss, pairs


def assert_same(fast: tuple[Job, float, int], plain: tuple[Job, float, int]) -> None:
    """float32 against float64: rounding grows with the number of updates of a row."""
    assert fast[2] == plain[2]
    assert fast[1] == pytest.approx(plain[1], rel=1e-4, abs=1e-6)
    np.testing.assert_allclose(fast[0].w_in, plain[0].w_in, rtol=2e-3, atol=2e-4)
    np.testing.assert_allclose(fast[0].w_out, plain[0].w_out, rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("kernel", FAST_KERNELS, ids=lambda k: k.__name__.split(".")[-1])
@pytest.mark.parametrize("objective", FAST)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_equals_the_reference_on_awkward_shapes(
    kernel: ModuleType, objective: str, shape: dict[str, Any]
) -> None:
    config = config_of(**OBJECTIVES[objective].options | shape)
    job = {"lengths": (70, 1, 30)}
    assert_same(run(kernel, config, **job), run(reference, config, **job, dtype=np.float64))


@pytest.mark.parametrize("kernel", FAST_KERNELS, ids=lambda k: k.__name__.split(".")[-1])
@pytest.mark.parametrize("objective", FAST)
@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_equals_the_reference_on_awkward_sequences(
    kernel: ModuleType, objective: str, lengths: tuple[int, ...]
) -> None:
    config = config_of(**OBJECTIVES[objective].options, lr=0.01)
    assert_same(
        run(kernel, config, lengths=lengths),
        run(reference, config, lengths=lengths, dtype=np.float64),
    )


@pytest.mark.parametrize("kernel", FAST_KERNELS, ids=lambda k: k.__name__.split(".")[-1])
@pytest.mark.parametrize("objective", FAST)
def test_a_vocabulary_of_two(kernel: ModuleType, objective: str) -> None:
    config = config_of(**OBJECTIVES[objective].options, subsample=0.0)
    job = {"n_words": 2, "lengths": (40,)}
    assert_same(run(kernel, config, **job), run(reference, config, **job, dtype=np.float64))


@pytest.mark.parametrize("kernel", [reference, *FAST_KERNELS], ids=lambda k: k.__name__[-9:])
def test_cutting_the_stream_changes_only_the_order(kernel: ModuleType) -> None:
    config = config_of(mode="skipgram", lr=0.0, min_lr=0.0)
    lengths = (BLOCK - 3, 2 * BLOCK, 10)
    whole = make_job(config, lengths=lengths)
    loss, pairs = kernel.train_span(whole, 0, 0, len(whole.ids))
    cut = [
        kernel.train_span(whole, 0, start, min(start + BLOCK, len(whole.ids)))
        for start in range(0, len(whole.ids), BLOCK)
    ]
    # With a learning rate of 0 the order cannot matter, so the sums must agree.
    assert sum(part[1] for part in cut) == pairs
    assert sum(part[0] for part in cut) == pytest.approx(loss, rel=1e-9)


@pytest.mark.parametrize("objective", FAST)
def test_padding_stays_zero(objective: str) -> None:
    job, _, _ = run(cpu, config_of(**OBJECTIVES[objective].options, dim=13), lengths=(500,))
    for table in (job.w_in, job.w_out):
        assert not table[:2].any(), "special tokens were trained"
        assert not table[:, 13:].any(), "the padding of the rows was trained"


@pytest.mark.parametrize("objective", FAST)
def test_same_seed_same_bytes(objective: str) -> None:
    first, second = (
        run(cpu, config_of(**OBJECTIVES[objective].options), lengths=(900,))[0] for _ in range(2)
    )
    assert first.w_in.tobytes() == second.w_in.tobytes()
    other = run(cpu, config_of(**OBJECTIVES[objective].options, seed=2), lengths=(900,))[0]
    assert first.w_out.tobytes() != other.w_out.tobytes()


@pytest.mark.parametrize("kernel", FAST_KERNELS, ids=lambda k: k.__name__.split(".")[-1])
def test_same_door(kernel: ModuleType) -> None:
    assert inspect.signature(kernel.train_span) == inspect.signature(reference.train_span)
