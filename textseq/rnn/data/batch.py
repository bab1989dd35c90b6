"""Batch: examples of different lengths side by side in tensors.

In: `Example`s, views of what the data set holds. Out: a `Batch`, padded to its longest example
and no further, with the true lengths beside it. Which examples meet in a batch is decided in
batching.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

IGNORE = -100  # the target that torch's cross entropy leaves out
TargetKind = Literal["none", "labels", "values", "tags", "sequences"]


class Example(NamedTuple):
    """One row of a SequenceDataset; the arrays are views.

    `row`: its number in the data set. `inputs`: ids (T,) int32, or features (D,) float32.
    `target`: a label id, a float or floats, tag ids (T,), target ids (T',), or None.
    """

    row: int
    inputs: NDArray[Any]
    target: NDArray[Any] | int | float | None


@dataclass(frozen=True)
class Batch:
    """B examples, padded.

    `inputs`: ids (B, T) int64, or features (B, D) float32. `lengths` (B,) int64, at least 1.
    `rows` (B,) int64: the examples' numbers in the data set. `targets`: label ids (B,) int64,
    values (B,) or (B, K) float32, tag ids (B, T) int64 with IGNORE behind the end, or target ids
    (B, T') int64, padded, with `target_lengths` (B,) int64, 0 for an empty one.
    `lengths`, `target_lengths` and `rows` stay on the CPU, where pack_padded_sequence wants them.
    """

    inputs: Tensor
    lengths: Tensor
    rows: Tensor
    targets: Tensor | None = None
    target_lengths: Tensor | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def mask(self) -> Tensor:
        """(B, T) bool on the device of the inputs: True for tokens, False for padding."""
        return mask_of(self.inputs, self.lengths)

    @property
    def target_mask(self) -> Tensor:
        """(B, T') bool on the device of the targets; ValueError where they are no sequences."""
        if self.targets is None or self.target_lengths is None:
            raise ValueError("the targets of this batch are no sequences of their own")
        return mask_of(self.targets, self.target_lengths)

    def to(self, device: torch.device | str | int, *, non_blocking: bool = False) -> Self:
        """The batch with inputs and targets on a device."""

        def move(tensor: Tensor) -> Tensor:
            return tensor.to(device, non_blocking=non_blocking)

        targets = None if self.targets is None else move(self.targets)
        return dataclasses.replace(self, inputs=move(self.inputs), targets=targets)

    def pin_memory(self) -> Self:
        """The batch in pinned memory; a DataLoader with pin_memory=True calls this."""
        targets = None if self.targets is None else self.targets.pin_memory()
        return dataclasses.replace(self, inputs=self.inputs.pin_memory(), targets=targets)


def mask_of(padded: Tensor, lengths: Tensor) -> Tensor:
    """(B, T, ...) and lengths (B,) -> (B, T) bool: True for what is no padding."""
    columns = torch.arange(padded.shape[1], device=padded.device)
    return columns < lengths.to(padded.device)[:, None]


@dataclass(frozen=True)
class Collate:
    """From a list of Examples to a Batch: the `collate_fn` of a DataLoader.

    `pad_id` fills the inputs, `target_pad_id` the targets that are sequences of their own. An
    empty input becomes the one id `empty_id`, so that no length is 0 and a model has a state.
    """

    pad_id: int
    empty_id: int
    targets: TargetKind
    target_pad_id: int = 0

    def __call__(self, examples: Sequence[Example]) -> Batch:
        """ValueError for no examples."""
        if not examples:
            raise ValueError("a batch has at least one example")
        rows = torch.from_numpy(np.array([example.row for example in examples]))
        inputs, lengths = self._inputs([example.inputs for example in examples])
        targets, target_lengths = self._targets([example.target for example in examples], inputs)
        return Batch(inputs, lengths, rows, targets, target_lengths)

    def _inputs(self, inputs: list[NDArray[Any]]) -> tuple[Tensor, Tensor]:
        if inputs[0].dtype.kind == "f":
            return torch.from_numpy(np.stack(inputs)), torch.ones(len(inputs), dtype=torch.int64)
        empty = np.array([self.empty_id], np.int32)
        return _padded([ids if len(ids) else empty for ids in inputs], self.pad_id)

    def _targets(self, targets: list[Any], inputs: Tensor) -> tuple[Tensor | None, Tensor | None]:
        if self.targets == "none":
            return None, None
        if self.targets == "labels":
            return torch.from_numpy(np.array(targets, np.int64)), None
        if self.targets == "values":
            return torch.from_numpy(np.array(targets, np.float32)), None
        if self.targets == "tags":
            return _padded(targets, IGNORE, width=inputs.shape[1])[0], None
        return _padded(targets, self.target_pad_id)


def _padded(
    rows: Sequence[NDArray[np.int32]], pad_id: int, width: int = 0
) -> tuple[Tensor, Tensor]:
    """Rows of ids in a (B, T) int64 tensor, T the longest row or `width`, and their lengths."""
    lengths = np.array([len(ids) for ids in rows])
    padded = np.full((len(rows), max(width, int(lengths.max()))), pad_id, np.int64)
    padded[np.arange(padded.shape[1]) < lengths[:, None]] = np.concatenate(rows)
    return torch.from_numpy(padded), torch.from_numpy(lengths)
