"""A kernel that does next to nothing: whether kernels can be compiled and run on a GPU at all.

In: nothing but the GPU that torch has chosen. Out: nothing, or why it does not work. A machine may
have a GPU, its driver, torch and Triton, and still no C compiler, which Triton needs, or a driver
that is too old for the Triton that is installed.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl


@triton.jit
def _add_one(number):
    tl.store(number, tl.load(number) + 1)


def try_kernel(device: str = "cuda") -> None:
    """Run one; whatever Triton or the driver raises, or RuntimeError where the result is wrong."""
    number = torch.full((1,), 41, dtype=torch.int32, device=device)
    launch: Any = _add_one[(1,)]
    launch(number)
    if int(number) != 42:
        raise RuntimeError(f"41 + 1 was {int(number)} there")
