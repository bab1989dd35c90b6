"""Tensor files: headers are compared, and what is damaged is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from textseq.rnn.models.tensor_file import read_shapes, read_tensors


@pytest.fixture
def file(tmp_path: Path) -> Path:
    save_file({"a": torch.ones(2, 3), "b": torch.arange(4)}, tmp_path / "t.safetensors")
    return tmp_path / "t.safetensors"


def test_what_is_wanted_is_there(file: Path):
    assert read_shapes(file) == {"a": (2, 3), "b": (4,)}
    found = read_tensors(file, {"a": (2, 3), "b": (4,)})
    assert torch.equal(found["a"], torch.ones(2, 3))
    assert torch.equal(found["b"], torch.arange(4))


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ({"a": (2, 3)}, "nothing asks for its b"),
        ({"a": (2, 3), "b": (4,), "c": ()}, "it has no c"),
        ({"a": (3, 2), "b": (4,)}, r"a has the shape \(2, 3\), not \(3, 2\)"),
    ],
)
def test_what_does_not_fit(file: Path, shapes: dict[str, tuple[int, ...]], message: str):
    with pytest.raises(ValueError, match=rf"t\.safetensors is damaged: {message}"):
        read_tensors(file, shapes)


@pytest.mark.parametrize("n_bytes", [0, 7, 8, 50, -1])
def test_a_file_that_is_cut(file: Path, n_bytes: int):
    file.write_bytes(file.read_bytes()[:n_bytes])
    with pytest.raises(ValueError, match=r"t\.safetensors is damaged: "):
        read_shapes(file)
    file.unlink()
    with pytest.raises(ValueError, match=r"t\.safetensors is missing"):
        read_shapes(file)


@pytest.mark.parametrize("length", [0, 1, 2**31, 2**63])
def test_a_header_whose_length_is_a_lie(file: Path, length: int):
    file.write_bytes(length.to_bytes(8, "little") + file.read_bytes()[8:])
    with pytest.raises(ValueError, match=r"t\.safetensors is damaged: "):
        read_shapes(file)
