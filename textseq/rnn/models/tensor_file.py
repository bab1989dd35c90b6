"""Tensor files: safetensors whose header is compared before there is a tensor.

In: the path of a file and the shapes that are wanted. Out: tensors that are mapped from it, not
read. What they are the weights of is the business of model.py and checkpoint.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import Tensor

from textseq.artifact import check_part

Shape = tuple[int, ...]


def read_shapes(path: Path) -> dict[str, Shape]:
    """The shape of each tensor, by the header alone; ValueError that names the file."""
    with _open(path) as file:
        return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118


def read_tensors(path: Path, shapes: Mapping[str, Shape]) -> dict[str, Tensor]:
    """The tensors of a file, mapped from it; they have to be those of `shapes`.

    ValueError that names the file and the first tensor that is missing, is one too many or has
    another shape.
    """
    held = read_shapes(path)
    with _open(path) as file:
        for name in (*shapes, *held):
            if name not in held:
                raise ValueError(f"it has no {name}")
            if name not in shapes:
                raise ValueError(f"nothing asks for its {name[:60]}")
            if held[name] != shapes[name]:
                raise ValueError(f"{name} has the shape {held[name]}, not {shapes[name]}")
        return {name: file.get_tensor(name) for name in shapes}


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    from safetensors import SafetensorError, safe_open

    check_part(path)
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, RuntimeError, OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged: {' '.join(str(error).split())[:300]}") from None
