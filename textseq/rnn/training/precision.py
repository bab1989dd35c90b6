"""half_type, in_half: in which numbers of 16 bits a training computes its products, if in any.

In: the option `precision` and a device. Out: a dtype for torch.autocast, None for float32 alone,
and the block in which it holds.
Weights, losses, gradients of weights and what the optimizer keeps are float32 in either case, and
so is every model that is saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from textseq.config import Precision


def half_type(precision: Precision, device: torch.device) -> torch.dtype | None:
    """bfloat16, float16 (which needs a scaler), or None.

    `auto` takes bfloat16 where the device multiplies in it, else float16 on a GPU and float32 on a
    CPU. `bf16` insists: a CPU without it gets the same numbers slowly. ValueError for a GPU that
    has no bfloat16 at all.
    """
    if precision == "float32":
        return None
    if device.type == "cpu":
        return torch.bfloat16 if precision == "bf16" or cpu_multiplies_bf16() else None
    if precision == "auto":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    if not torch.cuda.is_bf16_supported():
        raise ValueError(
            "precision is 'bf16', which this GPU does not have; 'auto' takes float16, 'float32' "
            "works everywhere"
        )
    return torch.bfloat16


@contextmanager
def in_half(dtype: torch.dtype | None, device: torch.device) -> Iterator[None]:
    """While the block runs, products are of this type; None: of that of their factors."""
    if dtype is None:
        yield
        return
    # oneDNN refuses an LSTM in bfloat16 to a CPU without AVX-512; torch's own one runs anywhere.
    refused = device.type == "cpu" and dtype == torch.bfloat16 and not cpu_multiplies_bf16()
    onednn: Any = torch.backends.mkldnn
    before = onednn.enabled
    # Not mkldnn.flags, which warns of options of GPUs where torch has none.
    onednn.enabled = before and not refused
    try:
        with torch.autocast(device.type, dtype):
            yield
    finally:
        onednn.enabled = before


def cpu_multiplies_bf16() -> bool:
    """Whether the CPU has instructions for it (AVX-512 BF16 or AMX); without, it is slower."""
    # Neither has a public name in torch; a torch without them trains in float32.
    asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, name, lambda: False)()) for name in asked)
