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

from textseq.rnn.models.tensor_file import read_tensors

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


def load_weights(model: nn.Module, path: Path, *, assign: bool = False) -> None:
    """Fill the weights; ValueError that names the file unless all are there, fit and are finite.

    `assign`: they take the place of the model's own, which may be a sketch; else they are copied
    into them, which an optimizer knows.
    """
    own = model.state_dict()
    weights = read_tensors(path, {name: tuple(tensor.shape) for name, tensor in own.items()})
    try:
        for name, value in weights.items():
            if value.is_floating_point() != own[name].is_floating_point():
                raise ValueError(f"{name} holds {value.dtype}, not {own[name].dtype}")
            if value.is_floating_point() and not bool(torch.isfinite(value).all()):
                raise ValueError(f"{name} holds numbers that are not finite")
            # Where they stand in the file they are not aligned as torch's own are, and sums over
            # them would differ in their last digits. Nor does a model hang on its file.
            weights[name] = value.to(own[name].dtype, copy=True) if assign else value
        model.load_state_dict(_tied(model, weights) if assign else weights, assign=assign)
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"{path} is damaged: {' '.join(str(error).split())[:300]}") from None


def _tied(model: nn.Module, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights, where names that are of one parameter have one parameter again."""
    first: dict[int, nn.Parameter] = {}
    tied = dict(weights)
    for name, own in model.named_parameters(remove_duplicate=False):
        made = nn.Parameter(weights[name], requires_grad=own.requires_grad)
        tied[name] = first.setdefault(id(own), made)
    return tied
