"""A small product of matrices: whether kernels can be compiled and run on a GPU at all.

In: nothing but the GPU that torch has chosen. Out: nothing, or why it does not work. A machine may
have a GPU, its driver, torch and Triton, and still no C compiler, which Triton needs, or a driver
that is too old for the Triton that is installed.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl

_SIZE = 16  # the least that tl.dot takes


@triton.jit
def _square(matrix, N: tl.constexpr):
    place = matrix + tl.arange(0, N)[:, None] * N + tl.arange(0, N)[None, :]
    rows = tl.load(place)
    tl.store(place, tl.dot(rows, rows, input_precision="tf32"))


def try_kernel(device: str = "cuda") -> None:
    """Run one; whatever Triton or the driver raises, or RuntimeError where the result is wrong."""
    ones = torch.ones(_SIZE, _SIZE, device=device)
    launch: Any = _square[(1,)]
    launch(ones, _SIZE, enable_fp_fusion=True)
    if not bool((ones == _SIZE).all()):
        raise RuntimeError(f"a product of matrices of ones was {ones[0, 0]:g} there, not {_SIZE}")
