"""Batch: examples of different lengths side by side in tensors.

In: lines of an encoded corpus. Out: a tensor padded to the longest of them and no further, with
the true lengths beside it, and a `Batch` to hold both sides. What an example is, is known in
examples.py; which of them meet in a batch is decided in batching.py.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from textseq.text.encoded import EncodedCorpus

IGNORE = -100  # the target that torch's cross entropy leaves out


@dataclass(frozen=True)
class Batch:
    """B examples, padded behind their ends; rows padded in front come in by `from_rows`.

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
        """The batch with inputs and targets on a device; itself if they are there."""
        if self.inputs.device == torch.device(device):
            return self

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


def pad_lines(
    corpus: EncodedCorpus, numbers: NDArray[np.int64], pad_id: int, *, width: int = 0
) -> tuple[Tensor, Tensor]:
    """Lines of a corpus as a (B, T) int64 tensor, T the longest or `width`, and their lengths."""
    starts = corpus.offsets[numbers]
    lengths = corpus.offsets[numbers + 1] - starts
    columns = np.arange(max(width, int(lengths.max())))
    padded = np.full((len(numbers), len(columns)), pad_id, np.int64)
    if corpus.n_tokens and columns.size:
        # All positions at once; those behind the end of a line, read or not, become padding.
        found = corpus.ids.take(starts[:, None] + columns, mode="clip")
        np.copyto(padded, found, where=columns < lengths[:, None])
    return torch.from_numpy(padded), torch.from_numpy(lengths)
