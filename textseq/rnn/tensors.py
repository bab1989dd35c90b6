"""Tensors in a safetensors file: the one place where this room writes and fills weights.

In: tensors by name, or a model and a file. Out: a file with the rights that the others have, and
an OSError where the disk is full; or a model with the weights of a file. What the names mean is
the business of the callers.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import torch
from torch import Tensor, nn

_SYSTEM = re.compile(r"\(os error (\d+)\)")  # how the library's errors end that are the system's


def save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write a new file; OSError, with its number, where the system takes it not."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    with path.open("xb") as file:
        rights = os.fstat(file.fileno()).st_mode & 0o777
    try:
        save_file(plain_arrays(tensors), path)
        path.chmod(rights)  # the library's file can be read by nobody else
    except SafetensorError as error:
        number = _SYSTEM.search(str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from None


def plain_arrays(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors as safetensors wants them: on the CPU, whole, and no two of the same memory."""
    plain: dict[str, Tensor] = {}
    seen: set[int] = set()
    for name, tensor in tensors.items():
        array = tensor.detach().cpu().contiguous()
        if array.data_ptr() in seen:  # tied weights
            array = array.clone()
        seen.add(array.data_ptr())
        plain[name] = array
    return plain


def load_weights(model: nn.Module, path: Path) -> None:
    """Fill the weights; ValueError that names the file unless all are there, fit and are finite."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise ValueError(f"{path} is missing; the folder is damaged")
    try:
        weights = load_file(path)
        for name, value in weights.items():
            if value.is_floating_point() and not bool(torch.isfinite(value).all()):
                raise ValueError(f"{name} holds numbers that are not finite")
        model.load_state_dict(weights)
    except (SafetensorError, RuntimeError, OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path} is damaged: {reason}") from None
