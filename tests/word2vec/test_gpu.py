"""The GPU kernel against the reference; without a GPU, by Triton's interpreter.

Products are exact to float32 here; on a GPU the tests ask for the same ("ieee").
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from textseq.config import TextConfig, Word2VecConfig
from textseq.text.encode import encode_lines
from textseq.word2vec import device as device_module
from textseq.word2vec.device import Chosen, find_kernel_device, kernel_for
from textseq.word2vec.job import Job
from textseq.word2vec.kernels import reference
from textseq.word2vec.objectives import OBJECTIVES, choose_lr
from textseq.word2vec.sampling import BLOCK, draw_bits, stream_key
from textseq.word2vec.tile import Tile
from textseq.word2vec.train import TrainingInterrupted, train_word2vec

pytest.importorskip("triton")

from triton.runtime.errors import OutOfResources

from textseq.word2vec.kernels import gpu, gpu_trial
from textseq.word2vec.kernels.gpu_words import draw_bits_there

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
# float32 against float64: rounding grows with the number of updates of a row.
ROUNDING = {"rtol": 2e-3, "atol": 2e-4}
# Two float32 runs: the interpreter adds in one order, a GPU in any, even within a tile.
ORDER = {"rtol": 1e-5, "atol": 1e-7} if DEVICE == "cpu" else {"rtol": 1e-3, "atol": 2e-5}


def make_job(
    config: Word2VecConfig,
    *,
    lengths: tuple[int, ...] = (57,),
    n_words: int = 40,
    unknown: float = 0.05,
    dtype: Any = np.float32,
) -> Job:
    """A job on random sequences."""
    rng = np.random.default_rng(3)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    stream = (2 + np.minimum(rng.zipf(1.3, offsets[-1]) - 1, n_words - 1)).astype(np.int32)
    stream[rng.random(len(stream)) < unknown] = 1  # <unk>
    counts = np.bincount(stream, minlength=n_words + 2).astype(np.int64)
    counts[2:] += 1
    return filled(Job.create(stream, offsets, counts, 2, config, dtype))


def filled(job: Job) -> Job:
    """The job with both tables at random, so that every gradient matters."""
    rng = np.random.default_rng(4)
    for table in (job.w_in, job.w_out):
        table[2:, : job.config.dim] = rng.normal(0, 0.4, (len(table) - 2, job.config.dim))
    return job


def config_of(**options: Any) -> Word2VecConfig:
    return Word2VecConfig(**{"dim": 12, "subsample": 0.1, "lr": 0.05} | options)


def launch_of(job: Job, programs: int) -> gpu.Launch:
    chosen = gpu.Launch.choose(job, torch.device(DEVICE))
    return chosen._replace(programs=programs, precision="ieee", run=1)


def train(job: Job, epoch: int = 0, programs: int = 1) -> tuple[float, int]:
    """Loss and pairs of one pass on the device, which leaves its tables in the job."""
    there = gpu.warm_up(gpu.on_device(job, DEVICE, launch_of(job, programs)))
    loss, pairs = gpu.train_span(there, epoch, 0, len(job.ids))
    gpu.fetch_tables(there)
    return loss, pairs


def trained(config: Word2VecConfig, epoch: int = 0, **job: Any) -> tuple[Job, float, int]:
    """The job after one pass on the device, loss and pairs."""
    made = make_job(config, **job)
    return made, *train(made, epoch)


def assert_equals_the_reference(config: Word2VecConfig, epoch: int = 0, **job: Any) -> None:
    made, loss, pairs = trained(config, epoch, **job)
    plain = make_job(config, **job, dtype=np.float64)
    wanted, wanted_pairs = reference.train_span(plain, epoch, 0, len(plain.ids))
    assert pairs == wanted_pairs
    assert loss == pytest.approx(wanted, rel=1e-4, abs=1e-6)
    assert_same_tables(made, plain)


def assert_same_tables(made: Job, plain: Job) -> None:
    np.testing.assert_allclose(made.w_in, plain.w_in, **ROUNDING)
    np.testing.assert_allclose(made.w_out, plain.w_out, **ROUNDING)
    for table in (made.w_in, made.w_out):
        assert not table[:2].any(), "special tokens were trained"
        assert not table[:, made.config.dim :].any(), "the padding of the rows was trained"


SHAPES: list[dict[str, Any]] = [
    {},
    {"dim": 1},
    {"dim": 31, "window": 1},
    {"dim": 100, "window": 10},
    {"dim": 128, "window": 2, "negatives": 1},
    {"dim": 300, "window": 4, "negatives": 20},
    {"dim": 129, "tile": 4},
    {"tile": 1, "tile_negatives": 5},
    {"tile": 3, "tile_negatives": 1},
    {"tile": 17, "tile_negatives": 33},
    {"tile": 16, "tile_negatives": 16, "window": 8},
    {"dynamic_window": False},
    {"subsample": 0.0},
    {"subsample": 1e-4},
    {"cbow_gradient": "exact"},
    {"window": 64, "tile": 2},
    {"window": 3, "dim": 8},
    {"window": 6, "dim": 20},
    {"window": 7, "dim": 17, "tile": 10},
    {"window": 9, "dim": 33},
    {"seed": 2**63 - 1},
]


@pytest.mark.slow
@pytest.mark.parametrize("objective", [n for n, row in OBJECTIVES.items() if "cuda" in row.kernels])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_awkward_shapes(objective: str, shape: dict[str, Any]):
    config = config_of(**OBJECTIVES[objective].options | shape)
    assert_equals_the_reference(config, 1, lengths=(70, 1, 30))


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["skipgram", "cbow"])
@pytest.mark.parametrize(
    "lengths",
    [(1,), (2, 1, 3), (0, 0, 7, 0, 1, 0, 90, 0), (BLOCK - 1, 5), (BLOCK, BLOCK + 3)],
    ids=str,
)
def test_awkward_sequences(mode: str, lengths: tuple[int, ...]):
    assert_equals_the_reference(config_of(mode=mode, lr=0.01, subsample=1e-3), lengths=lengths)


@pytest.mark.parametrize(
    ("mode", "tile", "n_centers"),
    [("skipgram", 22, n) for n in range(1, 23)] + [("cbow", 16, n) for n in range(1, 17)],
)
def test_every_remainder_of_the_default_tile(mode: str, tile: int, n_centers: int):
    config = config_of(mode=mode, subsample=0.0, tile=tile)
    assert_equals_the_reference(config, lengths=(tile + n_centers,), unknown=0.0)


@pytest.mark.parametrize("mode", ["skipgram", pytest.param("cbow", marks=pytest.mark.slow)])
@pytest.mark.parametrize("n_centers", range(1, 18))
def test_every_remainder_of_an_odd_tile(mode: str, n_centers: int):
    config = config_of(mode=mode, subsample=0.0, tile=17, tile_negatives=9)
    assert_equals_the_reference(config, lengths=(17 + n_centers,), unknown=0.0)


@pytest.mark.parametrize("mode", ["skipgram", "cbow"])
@pytest.mark.parametrize("programs", [2, 3, 7])
def test_tiles_that_share_no_row_are_trained_in_any_order(mode: str, programs: int):
    config = config_of(mode=mode, subsample=0.0, tile=16)
    tile, n_tiles, n_noise = Tile(16, 32), 5, 1 << 16
    # Each word stands once, each tile is a sequence, and noise is drawn among other words.
    stream = np.arange(2, 2 + n_tiles * tile.centers, dtype=np.int32)
    offsets = np.arange(n_tiles + 1) * tile.centers
    counts = np.concatenate([[0, 0], np.ones(len(stream)), np.full(n_noise, 1e12)]).astype(np.int64)
    made, plain = (
        filled(Job.create(stream, offsets, counts, 2, config, dtype))
        for dtype in (np.float32, np.float64)
    )
    outputs = [np.unique(each.output_ids) for each in reference.tiles(plain, 0, 0, len(stream))]
    assert len(outputs) == n_tiles
    assert len(np.unique(np.concatenate(outputs))) == sum(map(len, outputs)), "tiles share noise"

    loss, pairs = train(made, programs=programs)
    wanted, wanted_pairs = reference.train_span(plain, 0, 0, len(stream))
    assert (loss, pairs) == (pytest.approx(wanted, rel=1e-5), wanted_pairs)
    assert_same_tables(made, plain)


@pytest.mark.slow
@pytest.mark.skipif(DEVICE == "cuda", reason="on a GPU programs run side by side")
@pytest.mark.parametrize("mode", ["skipgram", "cbow"])
@pytest.mark.parametrize("programs", [2, 3, 5])
def test_programs_share_out_all_tiles_and_move_rows_in_parts(mode: str, programs: int):
    config = config_of(mode=mode, subsample=0.0)
    made, plain = (make_job(config, lengths=(150,), dtype=t) for t in (np.float32, np.float64))
    part_in, part_out = gpu.damp_parts(made, launch_of(made, programs))
    assert min(part_in[2:].min(), part_out[2:].min()) < 1
    # The interpreter runs one program after another, and each has a run of neighbouring tiles.
    tiles = list(reference.tiles(plain, 0, 0, len(plain.ids)))
    assert len(tiles) > programs
    wanted = 0.0
    for tile in tiles:
        loss, change_in, change_out = reference.gradient(plain, tile)
        for table, part, ids, change in (
            (plain.w_in, part_in, tile.context_ids, change_in),
            (plain.w_out, part_out, tile.output_ids, change_out),
        ):
            np.add.at(table, ids, choose_lr(config) * part[ids, None] * change)
        wanted += loss
    assert train(made, programs=programs)[0] == pytest.approx(wanted, rel=1e-4)
    assert_same_tables(made, plain)


def test_one_tile_at_a_time_moves_rows_as_the_job_says():
    made = make_job(config_of(subsample=0.0, negatives=64))
    assert (made.part_out < 1).any()
    part_in, part_out = gpu.damp_parts(made, launch_of(made, 1))
    assert part_in.tolist() == made.part_in.tolist()
    assert part_out.tolist() == made.part_out.tolist()


@pytest.mark.parametrize("mode", ["skipgram", "cbow"])
def test_a_dominant_word_moves_by_the_reference_s_part(mode: str):
    config = config_of(mode=mode, subsample=0.0, negatives=64, lr=0.2)
    made, plain = (make_job(config, n_words=2, dtype=t) for t in (np.float32, np.float64))
    assert (made.part_in[2:] < 1).any()
    assert (made.part_out[2:] < 1).all()
    loss, pairs = train(made)
    wanted, wanted_pairs = reference.train_span(plain, 0, 0, len(plain.ids))
    assert (loss, pairs) == (pytest.approx(wanted, rel=1e-4), wanted_pairs)
    assert_same_tables(made, plain)


@pytest.mark.parametrize("mode", ["skipgram", "cbow"])
def test_a_vocabulary_of_two(mode: str):
    assert_equals_the_reference(config_of(mode=mode, subsample=0.0), n_words=2, lengths=(40,))


def test_far_contexts_end_where_the_reference_has_them_end():
    # Nearly all words are dropped, so that contexts would reach beyond the halo of a block.
    config = config_of(subsample=1e-7, window=1, dynamic_window=False)
    assert_equals_the_reference(config, lengths=(3 * BLOCK,), n_words=3)


@pytest.mark.slow
@pytest.mark.parametrize("on_host", [True, False])
def test_cutting_the_stream_changes_nothing(on_host: bool, monkeypatch: pytest.MonkeyPatch):
    config = config_of(subsample=1e-3)
    lengths = (BLOCK - 3, 2 * BLOCK, 10)
    whole = trained(config, lengths=lengths)
    monkeypatch.setattr(gpu, "STRETCH", BLOCK)
    if on_host:
        monkeypatch.setattr(gpu, "_has_room", lambda *_: False)
    made, loss, pairs = trained(config, lengths=lengths)
    assert pairs == whole[2]
    assert loss == pytest.approx(whole[1], rel=1e-6 if DEVICE == "cpu" else 1e-5)
    np.testing.assert_allclose(made.w_in, whole[0].w_in, **ORDER)


def test_the_draws_are_those_of_the_others():
    counters = np.concatenate([np.arange(1000), 2**40 + np.arange(5)])
    for seed in (1, 2**63 - 1):
        key = stream_key(seed, 3, 0)
        found = draw_bits_there(int(key), torch.from_numpy(counters).to(DEVICE)).cpu().numpy()
        np.testing.assert_array_equal(found.view(np.uint64), draw_bits(key, counters))


def test_the_same_door():
    names = [list(inspect.signature(kernel.train_span).parameters) for kernel in (gpu, reference)]
    assert names[0] == names[1]


def test_a_corpus_of_no_words():
    made, loss, pairs = trained(config_of(), lengths=(0,))
    assert (loss, pairs, len(made.ids)) == (0.0, 0, 0)


# ---- from the corpus to vectors


LINES = [f"a{n % 7} b{n % 5} c{n % 3} d{n % 2}" for n in range(150)]


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """The option cuda leads to this kernel, whatever the machine has."""
    monkeypatch.setattr(
        "textseq.word2vec.train.find_kernel_device", lambda config: Chosen("cuda", "a test")
    )
    plain = gpu.on_device
    monkeypatch.setattr(gpu, "on_device", lambda job, device: plain(job, DEVICE))
    if DEVICE == "cpu":
        monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)


@pytest.mark.slow
def test_vectors_of_both_devices_are_alike(cuda: None, monkeypatch: pytest.MonkeyPatch):
    corpus = encode_lines(LINES, TextConfig(min_count=1))
    config = Word2VecConfig(dim=16, epochs=2, threads=1, subsample=0)
    here = train_word2vec(corpus, config)
    assert here.config["word2vec"]["device"] == "cuda"
    monkeypatch.undo()
    there = train_word2vec(corpus, config.replace(device="cpu"))
    assert there.config["word2vec"]["device"] == "cpu"
    assert here.vocab.tokens == there.vocab.tokens
    tolerance = 1e-4 if DEVICE == "cpu" else 0.05  # a GPU trains tiles side by side
    np.testing.assert_allclose(here.vectors, there.vectors, atol=tolerance)
    assert here.config["loss"] == pytest.approx(there.config["loss"], rel=max(tolerance, 1e-4))


@pytest.mark.slow
def test_stopped_it_goes_on_where_it_was(
    cuda: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(gpu, "STRETCH", BLOCK)
    monkeypatch.setattr(device_module, "_GPU_STRETCHES", 1)
    corpus = encode_lines(LINES * 15, TextConfig(min_count=1))
    config = Word2VecConfig(dim=4, epochs=2, subsample=0.01, window=2)
    whole = train_word2vec(corpus, config)
    reports: list[int] = []

    def stop(progress: Any) -> None:
        reports.append(progress.words)
        if len(reports) == 1:
            raise KeyboardInterrupt

    with pytest.raises(TrainingInterrupted) as stopped:
        train_word2vec(corpus, config, checkpoint=tmp_path / "c", progress=stop)
    if stopped.value.checkpoint is not None:
        resumed = train_word2vec(corpus, config, checkpoint=tmp_path / "c", resume=True)
        tolerance = 1e-6 if DEVICE == "cpu" else 0.05
        np.testing.assert_allclose(resumed.vectors, whole.vectors, atol=tolerance)


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch):
    def found(device: Any) -> Chosen:
        return find_kernel_device(Word2VecConfig(device=device))

    def without(driver: bool, **torch_says: Any) -> str:
        device_module._gpu.cache_clear()
        monkeypatch.setattr(device_module, "_loads", lambda library: driver)
        for name, value in torch_says.items():
            monkeypatch.setattr(torch.cuda, name, lambda value=value: value)
        with pytest.raises(ValueError, match="device is 'cuda', but") as error:
            found("cuda")
        assert found("auto").device == "cpu"
        assert found("auto").why in str(error.value)
        return str(error.value)

    try:
        assert "no driver of an NVIDIA GPU" in without(False)
        monkeypatch.setattr(torch.version, "cuda", None)
        assert "a build without CUDA" in without(True)
        monkeypatch.setattr(torch.version, "cuda", "13.0")
        assert "sees no GPU" in without(True, is_available=False)
        old = {"is_available": True, "get_device_name": "Tesla K80"}
        assert "Tesla K80 is too old" in without(True, **old, get_device_capability=(3, 7))
        device_module._gpu.cache_clear()
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (9, 0))

        def broken() -> None:
            raise RuntimeError("\n Failed to find C compiler.\nPlease specify one")

        monkeypatch.setattr(gpu_trial, "try_kernel", broken)
        message = without(True)
        assert "a kernel on Tesla K80 (RuntimeError: Failed to find C compiler.); it" in message
        assert message.endswith("not older than it is; device 'cpu' works")
        device_module._gpu.cache_clear()
        monkeypatch.setattr(gpu_trial, "try_kernel", lambda: None)
        assert found("auto") == Chosen("cuda", "Tesla K80")
        monkeypatch.setattr(device_module.importlib.util, "find_spec", lambda name: None)
        assert "torch is not installed (`pip install torch`" in without(True)
        assert found("cpu") == Chosen("cpu", "as asked for")
    finally:
        device_module._gpu.cache_clear()


def test_a_kernel_is_tried(monkeypatch: pytest.MonkeyPatch):
    gpu_trial.try_kernel(DEVICE)
    # A GPU that does nothing, or something else, does not work.
    monkeypatch.setattr(gpu_trial, "_square", {(1,): lambda *_, **__: None})
    with pytest.raises(RuntimeError, match="of ones was 1 there, not 16"):
        gpu_trial.try_kernel(DEVICE)


def test_few_tiles_are_trained_by_few_programs(monkeypatch: pytest.MonkeyPatch):
    """Else those in flight would be neighbours, which move the same rows."""
    grids: list[int] = []

    class Kernel:
        def __getitem__(self, grid: tuple[int]) -> Any:
            grids.append(*grid)
            return lambda *_, **__: None

    monkeypatch.setattr(gpu, "_train_tiles", Kernel())
    job = make_job(config_of(tile=2, dim=4))
    launch = gpu.Launch.choose(job, torch.device(DEVICE))
    n_tiles = len(gpu._find_words(gpu.on_device(job, DEVICE), 0, stretch_of(job)).first)
    for programs, run in ((5, 1), (1000, 1), (1000, 4), (1000, n_tiles), (1000, n_tiles + 1)):
        there = gpu.on_device(job, DEVICE, launch._replace(programs=programs, run=run))
        gpu.train_span(there, 0, 0, len(job.ids))
        assert grids.pop() == max(1, min(programs, n_tiles // run))


def stretch_of(job: Job) -> Any:
    return next(gpu._stretches(gpu.on_device(job, DEVICE), 0, len(job.ids)))


def test_too_little_memory(monkeypatch: pytest.MonkeyPatch):
    def full(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    job = make_job(config_of())
    there = gpu.on_device(job, DEVICE)
    monkeypatch.setattr(gpu, "find_words", full)
    with pytest.raises(MemoryError, match=r"the two tables of 42 words by 16 need .* GB free"):
        gpu.train_span(there, 0, 0, len(job.ids))
    monkeypatch.setattr(gpu.torch, "tensor", full)
    with pytest.raises(MemoryError, match="A smaller dim or max_vocab needs less"):
        gpu.on_device(job, DEVICE)


def test_a_loss_that_is_not_finite(cuda: None, monkeypatch: pytest.MonkeyPatch):
    corpus = encode_lines(LINES, TextConfig(min_count=1))
    job_of = Job.create

    def broken(*arguments: Any) -> Job:
        job = job_of(*arguments)
        job.w_in[3:] = np.nan
        return job

    monkeypatch.setattr(Job, "create", broken)
    with pytest.raises(ValueError, match="in epoch 1 the mean loss is nan"):
        train_word2vec(corpus, Word2VecConfig(dim=4))


def test_the_cpu_kernel_is_found(monkeypatch: pytest.MonkeyPatch):
    job = make_job(config_of(threads=3))
    kernel = kernel_for(job, "cpu")
    assert (kernel.n_threads, kernel.span) == (3, BLOCK)
    kernel.fetch()


def test_rows_in_smaller_parts_where_shared_memory_is_short(monkeypatch: pytest.MonkeyPatch):
    """And an error where that does not help either."""
    there, room = gpu.on_device(make_job(config_of(dim=100)), DEVICE), [32]

    def train(job: Any, *_: Any) -> None:
        if job.launch.part > room[0]:
            raise OutOfResources(300_000, 232_448, "shared memory")

    monkeypatch.setattr(gpu, "_train", train)
    assert gpu.warm_up(there).launch == there.launch._replace(part=32)
    room[0] = 0
    with pytest.raises(ValueError, match=r"window 5 with tiles of .* too much for this GPU"):
        gpu.warm_up(there)
