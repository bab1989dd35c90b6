"""The GPU kernel: whole stretches of the stream, thousands of tiles at once (torch and Triton).

In: a span of the id stream. Out: the two tables on the device, updated in place, and the loss. The
mathematics is `reference.py`'s and so are the draws. `on_device` moves a job's tables there,
`fetch_tables` brings them back. Which words are kept is found by `gpu_words.py`, the products are
`gpu_tiles.py`'s. Under TRITON_INTERPRET=1 the same code runs on the CPU, slowly, for tests.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
import triton
from numpy.typing import NDArray
from torch import Tensor

from textseq.config import Word2VecConfig
from textseq.word2vec.job import Job
from textseq.word2vec.kernels.gpu_tiles import train_tiles
from textseq.word2vec.kernels.gpu_words import Stretch, StretchWords, find_words, halo_of
from textseq.word2vec.sampling import BLOCK, stream_key

Precision = Literal["tf32", "tf32x3", "ieee"]

# Positions whose words are found at once: some 100 bytes each, and enough tiles for any GPU.
STRETCH = 512 * BLOCK
_train_tiles: Any = train_tiles  # called with plain numbers, which Triton makes its own
_cuda: Any = torch.cuda
_LEAST = 16  # the smallest side of a matrix that tl.dot takes
_WIDEST = 128  # numbers of a row that are held at once
_STEPS = 2000  # so many times at least, tiles are read and moved one after another
_WORKSPACE = 192 * STRETCH  # bytes beside the tables and the ids


class Launch(NamedTuple):
    """How tiles are launched; `programs` is how many are trained at once.

    `precision` of the products: "ieee" is float32 throughout, "tf32" has 10 bits of mantissa. The
    sums and the tables are float32 in any case. `part`: numbers of a row that are held at once.
    `together`: how many tiles at once may move a row by all of their change; see `damp_parts`.
    `run`: so many neighbouring tiles at least are one program's, however few there are, since
    neighbours that are in flight together move the same rows. `stages`: how far loads go ahead.
    """

    programs: int
    part: int
    warps: int = 8
    precision: Precision = "tf32"
    together: float = 4.0
    run: int = 32
    stages: int = 3

    @classmethod
    def choose(cls, job: Job, device: torch.device) -> Launch:
        """For a job on a device: all processors, unless the text is too short to share out.

        One program a processor: its eight warps take most of the registers (gpu_compile.py).
        """
        programs, dim = 1, job.w_in.shape[1]
        if device.type == "cuda":
            processors = torch.cuda.get_device_properties(device).multi_processor_count
            n_tiles = len(job.ids) * job.config.epochs // job.tile.centers
            programs = max(1, min(processors, n_tiles // _STEPS))
        return cls(programs, part_of(dim), stages=stages_of(dim))


def damp_parts(job: Job, launch: Launch) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(V,) for each table: by what part of its change a row is moved.

    Each tile works on rows as they were when it read them, while the others in flight move them
    too. The rows of rare words are in one of them; that of a frequent word, in all, would go as
    many times too far. So what goes beyond `together` tiles, on average, becomes a mean. Frequent
    words have changes enough. (Emulated in benchmarks/tiles_in_flight.py.) The parts of one tile
    alone are the job's.
    """
    tile, sampler = job.tile, job.sampler
    n_context = tile.centers + 2 * job.config.window
    in_flight = 0 if launch.programs == 1 else launch.programs
    often_in = in_flight * n_context * sampler.kept
    often_out = in_flight * (tile.centers * sampler.kept + tile.negatives * sampler.noise)
    part_in, part_out = (
        part / np.maximum(1.0, often / launch.together)
        for part, often in ((job.part_in, often_in), (job.part_out, often_out))
    )
    return part_in.astype(np.float32), part_out.astype(np.float32)


def part_of(dim: int) -> int:
    """How many numbers of rows of this length are held at once: all of a short one."""
    if dim <= _WIDEST:
        return padded(dim)
    # 64 or 128, whichever leaves less of the last part empty.
    return min(_WIDEST, _WIDEST // 2, key=lambda part: (-(-dim // part) * part, -part))


def stages_of(dim: int) -> int:
    """Three, as is usual; one for rows in several parts, which else spill registers."""
    return 3 if part_of(dim) >= dim else 1


def padded(n: int) -> int:
    """The side of a matrix that holds n rows: a power of two, and no less than tl.dot takes."""
    return max(_LEAST, int(triton.next_power_of_2(n)))


@dataclass(frozen=True)
class DeviceJob:
    """A job with its tables and draws on a device; so are the ids, if they leave room enough."""

    job: Job
    device: torch.device
    launch: Launch
    ids: Tensor | None  # (N,) int32
    offsets: Tensor  # (S+1,) int64
    w_in: Tensor  # (V, D) float32
    w_out: Tensor
    part_in: Tensor  # (V,) float32
    part_out: Tensor
    keep: Tensor  # (V,) int64
    noise_threshold: Tensor  # (V,) int64
    noise_alias: Tensor  # (V,) int32
    noise_keys: Tensor  # (epochs, 2) int64: the first of each row, which begins at 16 bytes


def on_device(
    job: Job, device: str | torch.device = "cuda", launch: Launch | None = None
) -> DeviceJob:
    """The job on a device; MemoryError that says how much is wanted where it does not fit."""
    device = torch.device(device)
    sampler, ids = job.sampler, None
    launch = launch or Launch.choose(job, device)

    def moved(array: NDArray[Any]) -> Tensor:
        return torch.tensor(array, device=device)

    try:
        part_in, part_out = damp_parts(job, launch)
        tables = moved(job.w_in), moved(job.w_out), moved(part_in), moved(part_out)
        draws = (
            moved(sampler.keep.astype(np.int64)),
            moved(sampler.noise_threshold.astype(np.int64)),
            moved(sampler.noise_alias),
            moved(_noise_keys(job.config)),
        )
        offsets = moved(job.offsets)
        if _has_room(device, job.ids.nbytes):
            ids = moved(job.ids)
    except torch.OutOfMemoryError:
        raise _too_large(job, device) from None
    return DeviceJob(job, device, launch, ids, offsets, *tables, *draws)


def _noise_keys(config: Word2VecConfig) -> NDArray[np.int64]:
    keys = [[stream_key(config.seed, epoch, 1), 0] for epoch in range(config.epochs)]
    return np.array(keys, np.uint64).view(np.int64)


def fetch_tables(job: DeviceJob) -> None:
    """Copy the tables back into the job that they came from."""
    job.job.w_in[...] = job.w_in.cpu().numpy()
    job.job.w_out[...] = job.w_out.cpu().numpy()


def train_span(job: DeviceJob, epoch: int, start: int, stop: int) -> tuple[float, int]:
    """Train on positions start..stop of the stream; return the summed loss and the true pairs.

    `start` is a multiple of BLOCK, and so is `stop` unless it is the stream's end.
    """
    # Summed on the device: the host waits once, at the end.
    loss = torch.zeros((), dtype=torch.float64, device=job.device)
    pairs = torch.zeros((), dtype=torch.int64, device=job.device)
    try:
        with _on(job.device):
            for stretch in _stretches(job, start, stop):
                losses, counts = _train(job, epoch, _find_words(job, epoch, stretch))
                loss += losses.sum(dtype=torch.float64)
                pairs += counts.sum()
            return float(loss), int(pairs)
    except torch.OutOfMemoryError:
        raise _too_large(job.job, job.device) from None


def _too_large(job: Job, device: torch.device) -> MemoryError:
    n_words, dim = job.w_in.shape
    tables, work = 2 * job.w_in.nbytes / 1e9, (_WORKSPACE + job.offsets.nbytes) / 1e9
    return MemoryError(
        f"the two tables of {n_words:,} words by {dim} need {tables:.1f} GB and the work "
        f"{work:.1f} GB; the GPU has {_free(device) / 1e9:.1f} GB free. A smaller dim or max_vocab "
        "needs less; device 'cpu' works too"
    )


def warm_up(job: DeviceJob) -> DeviceJob:
    """Compile the kernel: it runs on a stretch of no words. The job, as it fits on the GPU.

    Where a tile wants more shared memory than there is, its rows are held in smaller parts;
    ValueError where that does not help.
    """
    nothing = torch.empty(0, dtype=torch.int32, device=job.device)
    while True:
        try:
            with _on(job.device):
                _train(job, 0, _find_words(job, 0, Stretch(nothing, 0, 0, 0)))
            return job
        except triton.runtime.errors.OutOfResources as error:
            if job.launch.part <= _LEAST:
                tile = job.job.tile
                raise ValueError(
                    f"window {job.job.config.window} with tiles of {tile.centers} words and "
                    f"{tile.negatives} noise words is too much for this GPU ({error}); smaller "
                    "ones work, and so does device 'cpu'"
                ) from None
            smaller = job.launch._replace(part=job.launch.part // 2)
            job = dataclasses.replace(job, launch=smaller)


def _on(device: torch.device) -> Any:
    """Work on this device: each thread has a current one of its own, which is number 0 at first."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


def _find_words(job: DeviceJob, epoch: int, stretch: Stretch) -> StretchWords:
    config = job.job.config
    return find_words(
        stretch, job.offsets, job.keep, int(stream_key(config.seed, epoch, 0)),
        job.job.rate.line(epoch), window=config.window, dynamic=config.dynamic_window,
        centers=job.job.tile.centers,
    )  # fmt: skip


def _train(job: DeviceJob, epoch: int, words: StretchWords) -> tuple[Tensor, Tensor]:
    """The loss and the true pairs of each tile."""
    config, tile, launch = job.job.config, job.job.tile, job.launch
    n_tiles = len(words.first)
    losses = torch.empty(n_tiles, device=job.device)
    pairs = torch.empty(n_tiles, dtype=torch.int32, device=job.device)
    _train_tiles[(max(1, min(n_tiles // launch.run, launch.programs)),)](
        job.w_in, job.w_out, job.part_in, job.part_out,
        words.word_id, words.pos, words.low, words.high, words.first, words.end, words.lr,
        len(words.word_id), n_tiles, job.noise_threshold, job.noise_alias, len(job.keep),
        job.noise_keys[epoch], config.negatives / tile.negatives, losses, pairs,
        CBOW=job.job.objective.averages, EXACT=job.job.objective.shares, WINDOW=config.window,
        K=tile.negatives, D=job.w_in.shape[1], RB=padded(tile.centers + 2 * config.window),
        TB=padded(tile.centers), KB=padded(tile.negatives), BD=launch.part,
        PRECISION=launch.precision, num_warps=launch.warps, num_stages=launch.stages,
        enable_fp_fusion=True,  # else Triton warns: its default is going to change
    )  # fmt: skip
    return losses, pairs


# ---- the ids: on the device as a whole, or a stretch at a time


def _stretches(job: DeviceJob, start: int, stop: int) -> Iterator[Stretch]:
    """The stretches of a span; where the ids are on the host, the next one is on its way."""
    edges = [(begin, min(begin + STRETCH, stop)) for begin in range(start, stop, STRETCH)]
    if job.ids is not None:
        for begin, end in edges:
            first, last = halo_of(job.job.config.window, begin, end, len(job.ids))
            yield Stretch(job.ids[first:last], first, begin, end)
        return
    coming = [_send(job, *edges[0])] if edges else []
    for number in range(len(edges)):
        stretch, arrived = coming.pop()
        if number + 1 < len(edges):
            coming.append(_send(job, *edges[number + 1]))
        if arrived is not None:
            arrived.wait()
            stretch.ids.record_stream(torch.cuda.current_stream(job.device))
        yield stretch


def _send(job: DeviceJob, start: int, stop: int) -> tuple[Stretch, Any]:
    """A stretch on its way to the device, and the event of its arrival (None: it is there)."""
    first, last = halo_of(job.job.config.window, start, stop, len(job.job.ids))
    ids = torch.from_numpy(np.array(job.job.ids[first:last]))
    if job.device.type != "cuda":
        return Stretch(ids, first, start, stop), None
    with torch.cuda.stream(_copying(job.device)):
        with suppress(RuntimeError):  # no more memory can be pinned: then it is copied as it is
            ids = ids.pin_memory()
        moved = ids.to(job.device, non_blocking=True)
        arrived = _cuda.Event()
        arrived.record()
    return Stretch(moved, first, start, stop), arrived


_STREAMS: dict[torch.device, Any] = {}


def _copying(device: torch.device) -> Any:
    """The stream of copies, beside that of the kernels."""
    if device not in _STREAMS:
        _STREAMS[device] = _cuda.Stream(device)
    return _STREAMS[device]


def _free(device: torch.device) -> int:
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else 1 << 40


def _has_room(device: torch.device, n_bytes: int) -> bool:
    return n_bytes + _WORKSPACE < _free(device)
