"""MaskTransform: the cloze of BERT, with torchtext's draws in torchtext's order.

In: rows of indices, padded. Out: the rows with gaps, what stood there, and where.
"""

from __future__ import annotations

import torch
from torch import Tensor

from textseq.compat.torchtext.transforms.base import Transform


class MaskTransform(Transform):
    """Choose `int(T * mask_prob)` places of each row, and hide what stands there.

    Of the places chosen, `mask_mask_prob` get `mask_idx`, `rand_mask_prob` any index below
    `vocab_len`, the rest stays. `pad_idx` is never hidden, `bos_idx` only with `mask_bos`. Where
    nothing is left to hide, the first place of the first row is. The draws are those of torch's
    default generator, so that `torch.manual_seed` decides.
    """

    mask_mask_prob = 0.8
    rand_mask_prob = 0.1

    def __init__(
        self,
        vocab_len: int,
        mask_idx: int,
        bos_idx: int,
        pad_idx: int,
        mask_bos: bool = False,
        mask_prob: float = 0.15,
    ) -> None:
        super().__init__()
        self.vocab_len = vocab_len
        self.mask_idx = mask_idx
        self.bos_idx = bos_idx
        self.pad_idx = pad_idx
        self.mask_prob = mask_prob
        self.mask_bos = mask_bos

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, T) indices: those that a model sees, (N,) what is hidden, (B, T) int32 where."""
        # The order of the three kinds of draws is part of what a seed means.
        hidden = self._choose(tokens)
        share = torch.rand_like(tokens, dtype=torch.float)
        random = torch.randint_like(tokens, high=self.vocab_len)

        masked = hidden & (share >= 1 - self.mask_mask_prob)
        replaced = hidden & (share < self.rand_mask_prob)
        # With shares that overlap (more than 1 in all) the random index wins.
        seen = torch.where(replaced, random, tokens.masked_fill(masked, self.mask_idx))
        return seen, tokens[hidden], hidden.int()

    def _choose(self, tokens: Tensor) -> Tensor:
        n_rows, length = tokens.shape
        first = torch.arange(length) < int(length * self.mask_prob)
        rows = [first[torch.randperm(length)] for _ in range(n_rows)]
        hidden = torch.stack(rows).to(tokens.device) & (tokens != self.pad_idx)
        if not self.mask_bos:
            hidden &= tokens != self.bos_idx
        if not hidden.any():
            hidden[0, 0] = True
        return hidden
