"""Device: on what a training runs, and why there.

In: the options, a job. Out: a Kernel, which is `kernels/cpu.py` for the threads of a CPU or
`kernels/gpu.py` for one GPU, or `kernels/reference.py` for an objective without a fast one; none is
imported before it is chosen, and torch only where there is a driver of a GPU.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
from collections.abc import Callable
from typing import Any, NamedTuple

from textseq.config import Device, Word2VecConfig, thread_count
from textseq.word2vec.job import Job
from textseq.word2vec.objectives import find_objective
from textseq.word2vec.sampling import BLOCK

_SPAN_BLOCKS = 16  # some 10^5 positions, 10 ms: long against a call, short against a Ctrl-C
_GPU_STRETCHES = 4  # of gpu.STRETCH positions, a tenth of a second
_LEAST_CAPABILITY = (7, 0)  # what Triton compiles for
_DRIVERS = ("libcuda.so.1", "nvcuda.dll")


class Chosen(NamedTuple):
    """A device and what it is, or why it is not the other one."""

    device: Device  # cpu or cuda
    why: str


class Kernel(NamedTuple):
    """What trains a job on a device.

    `train_span(epoch, start, stop)` trains on positions of the stream and gives the summed loss and
    the true pairs; up to `n_threads` threads call it at once, with `span` positions each.
    `tables` are the two that it trains, NumPy or torch; `fetch()` brings them into the job.
    """

    train_span: Callable[[int, int, int], tuple[float, int]]
    n_threads: int
    span: int
    tables: tuple[Any, Any]
    fetch: Callable[[], None]


def find_kernel_device(config: Word2VecConfig) -> Chosen:
    """The device that a config means: `auto` takes a GPU if it works and has a kernel.

    ValueError for `cuda` where that is not so; it says what is missing.
    """
    if config.device == "cpu":
        return Chosen("cpu", "as asked for")
    objective = find_objective(config)
    if "cuda" in objective.kernels:
        name, reason = _gpu()
    else:
        means = ", ".join(f"{option} {value}" for option, value in objective.options.items())
        name, reason = None, f"there is no GPU kernel for {means}"
    if name is not None:
        return Chosen("cuda", name)
    if config.device == "cuda":
        raise ValueError(f"device is 'cuda', but {reason}; device 'cpu' works")
    return Chosen("cpu", reason)


@functools.cache
def _gpu() -> tuple[str | None, str]:
    """The name of a GPU that works, or what is missing."""
    if not any(map(_loads, _DRIVERS)):
        return None, "there is no driver of an NVIDIA GPU here"
    for package in ("torch", "triton"):
        if importlib.util.find_spec(package) is None:
            return None, f"{package} is not installed (`pip install {package}` brings it)"
    import torch

    if torch.version.cuda is None:
        return None, f"torch {torch.__version__} is a build without CUDA (pytorch.org has others)"
    if not torch.cuda.is_available():
        return None, f"torch for CUDA {torch.version.cuda} sees no GPU (is the driver older?)"
    name, capability = torch.cuda.get_device_name(), torch.cuda.get_device_capability()
    if capability < _LEAST_CAPABILITY:
        needed = ".".join(map(str, _LEAST_CAPABILITY))
        return None, f"{name} is too old (compute capability below {needed})"
    from textseq.word2vec.kernels.gpu_trial import try_kernel

    try:
        try_kernel()
    except Exception as error:  # of compilers and drivers it can be any
        said = next((line for line in str(error).splitlines() if line.strip()), "")
        return None, (
            f"Triton cannot run a kernel on {name} ({type(error).__name__}: {said.strip()}); it "
            "needs a C compiler, such as gcc, and a driver that is not older than it is"
        )
    return name, ""


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def kernel_for(job: Job, device: Device) -> Kernel:
    """The kernel for a device, compiled; the reference where there is no fast one for the CPU."""
    if device == "cuda":
        return _gpu_kernel(job)
    return _cpu_kernel(job) if "cpu" in job.objective.kernels else _reference_kernel(job)


def _reference_kernel(job: Job) -> Kernel:
    from textseq.word2vec.kernels import reference

    train_span = functools.partial(reference.train_span, job)
    return Kernel(train_span, 1, BLOCK, (job.w_in, job.w_out), lambda: None)


def _cpu_kernel(job: Job) -> Kernel:
    from textseq.word2vec.kernels import cpu

    cpu.train_span(job, 0, 0, 0)  # compiles
    n_threads = thread_count(job.config.threads)
    # A small corpus too is cut finely enough for all threads to share it.
    n_blocks = -(-len(job.ids) // BLOCK)
    span = BLOCK * max(1, min(_SPAN_BLOCKS, n_blocks // (8 * n_threads)))
    tables = job.w_in, job.w_out
    return Kernel(functools.partial(cpu.train_span, job), n_threads, span, tables, lambda: None)


def _gpu_kernel(job: Job) -> Kernel:
    import torch

    from textseq.word2vec.kernels import gpu

    # By number: of several ranks on a machine each has chosen its own.
    there = gpu.warm_up(gpu.on_device(job, torch.device("cuda", torch.cuda.current_device())))
    return Kernel(
        functools.partial(gpu.train_span, there),
        1,
        _GPU_STRETCHES * gpu.STRETCH,
        (there.w_in, there.w_out),
        functools.partial(gpu.fetch_tables, there),
    )
