"""Pool: the states of a sequence become one vector.

In: states (B, T, H), the last ones (B, H), and which positions are tokens. Out: (B, H). Padding
takes no part, so that a vector does not depend on the other rows of its batch. What is made of the
vector is decided by the models.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from textseq.config import Pooling


class Pool(nn.Module):
    """`max`, `mean`, the `last` state, or `attention`: a mean with learnt weights."""

    def __init__(self, how: Pooling, size: int) -> None:
        """`size`: H, the length of a state."""
        super().__init__()
        self.how = how
        self.attend: nn.Module | None = None
        if how == "attention":
            self.attend = nn.Sequential(
                nn.Linear(size, size // 2 or 1), nn.Tanh(), nn.Linear(size // 2 or 1, 1, bias=False)
            )

    def forward(self, states: Tensor, last: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H), (B, H) and mask (B, T), True for tokens, at least one a row -> (B, H)."""
        if self.how == "last":
            return last
        if self.how == "max":
            return states.masked_fill(~mask[:, :, None], -torch.inf).amax(dim=1)
        if self.how == "mean":
            return mean_of(states, mask)
        return torch.einsum("bt,bth->bh", self.weights(states, mask), states)

    def weights(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T): how much attention each position gets, 0 at padding; a row adds up to 1."""
        assert self.attend is not None
        scores: Tensor = self.attend(states).squeeze(2)
        return scores.masked_fill(~mask, -torch.inf).softmax(dim=1)


def mean_of(vectors: Tensor, mask: Tensor) -> Tensor:
    """(B, T, D) and mask (B, T) -> (B, D): the mean over the tokens of each row."""
    kept = mask[:, :, None]
    # Not a product with the mask: what stands at padding may be anything, NaN included.
    total = vectors.masked_fill(~kept, 0.0).sum(dim=1)
    return total / mask.sum(dim=1, keepdim=True)
