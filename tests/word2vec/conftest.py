"""The GPU kernel runs on the CPU in these tests, by Triton's interpreter, unless a GPU is here."""

from __future__ import annotations

import importlib.util
import os

HAS_TRITON = importlib.util.find_spec("triton") is not None
if HAS_TRITON:
    import torch

    if not torch.cuda.is_available():
        os.environ["TRITON_INTERPRET"] = "1"  # before the kernel is imported
