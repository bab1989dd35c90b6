"""Tensors by name in one safetensors file.

In: a path and the names to look for; or arrays, and rows that are computed block by block. Out:
arrays, of which those of float32 stay on disk; or the bytes of a file, the same for the same
arrays. What the tensors mean is the business of safetensors_format.py and hub_folder.py.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from textseq.artifact import parse_json

_DTYPES = {"<f4": "F32", "<f2": "F16", "|i1": "I8", "<i8": "I64", "|u1": "U8"}
_LENGTH_BYTES = 8
_BYTES_AT_ONCE = 1 << 26


def read_tensors(
    path: Path, names: Collection[str]
) -> tuple[dict[str, str], dict[str, NDArray[Any]]]:
    """The metadata of a file, and those of its tensors that have these names; ValueError.

    What is float32 stays on disk until it is used; only then is a number found that is not finite.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            header = _header(path)
            found = {
                name: (
                    _map_array(path, *header[name][1:])
                    if header[name][0] == "F32"
                    else file.get_tensor(name)
                )
                for name in sorted(set(file.keys()) & set(names))
            }
    except (
        SafetensorError, ValueError, TypeError, KeyError, OverflowError, RuntimeError
    ) as error:  # fmt: skip
        raise ValueError(f"is damaged: {' '.join(str(error).split())[:300]}") from None
    return metadata, found


def _header(path: Path) -> dict[str, tuple[str, list[int], int]]:
    """Of each tensor its type, shape, and where its bytes begin; safe_open has checked them."""
    with path.open("rb") as file:
        n_bytes = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        header = parse_json(file.read(n_bytes).decode("utf-8"))
    start = _LENGTH_BYTES + n_bytes
    return {
        name: (tensor["dtype"], tensor["shape"], start + tensor["data_offsets"][0])
        for name, tensor in header.items()
        if name != "__metadata__"
    }


def _map_array(path: Path, shape: list[int], start: int) -> NDArray[Any]:
    if 0 in shape:
        return np.empty(shape, np.float32)
    # asarray drops the memmap class, whose every slice costs microseconds; the map stays.
    return np.asarray(np.memmap(path, "<f4", "r", start, tuple(shape)))


def write_tensors(tensors: dict[str, Any], metadata: dict[str, str], handle: IO[bytes]) -> None:
    """Write arrays, or what gives them by slices, piece by piece."""
    # As the library writes them: the widest types first, so that each number is well placed.
    order = sorted(tensors, key=lambda name: (-tensors[name].dtype.itemsize, name))
    header: dict[str, Any] = {"__metadata__": metadata}
    start = 0
    for name in order:
        dtype, shape = tensors[name].dtype.newbyteorder("<"), list(tensors[name].shape)
        stop = start + int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        header[name] = {"dtype": _DTYPES[dtype.str], "shape": shape, "data_offsets": [start, stop]}
        start = stop
    data = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    data += b" " * (-len(data) % 8)
    handle.write(len(data).to_bytes(_LENGTH_BYTES, "little") + data)
    for name in order:
        tensor = tensors[name]
        dtype, n_rows = tensor.dtype.newbyteorder("<"), tensor.shape[0]
        row_bytes = max(1, dtype.itemsize * int(np.prod(tensor.shape[1:], dtype=np.int64)))
        rows_at_once = max(1, _BYTES_AT_ONCE // row_bytes)
        for row in range(0, n_rows, rows_at_once):
            block = tensor[row : row + rows_at_once].astype(dtype, copy=False)
            handle.write(np.ascontiguousarray(block).tobytes())
