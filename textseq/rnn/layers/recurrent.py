"""Recurrent: layers of one cell over padded sequences, and how their weights begin.

In: vectors (B, T, D) and the true lengths. Out: states (B, T, H) that depend neither on padding
nor on the other rows of a batch, and the last state of each sequence. The backward direction reads
each sequence reversed within its own length, so nothing has to be packed (on a CPU that is
twice as fast as packing). Words and embeddings are not known here.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn

from textseq.config import Initialisation, RNNConfig
from textseq.rnn.layers.cells import RECURRENT_CELLS, State


class LockedDropout(nn.Module):
    """Dropout with one mask for all positions of a sequence (Gal and Ghahramani, 2016)."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, vectors: Tensor) -> Tensor:
        """(B, T, D) -> (B, T, D); in evaluation nothing happens."""
        if not self.training or self.share == 0.0:
            return vectors
        kept = vectors.new_empty(len(vectors), 1, vectors.shape[2]).bernoulli_(1 - self.share)
        return vectors * kept.div_(1 - self.share)


class Recurrent(nn.Module):
    """Layers of one cell, forward or in both directions; `size` is the length of its states."""

    def __init__(self, n_inputs: int, config: RNNConfig, *, bidirectional: bool) -> None:
        super().__init__()
        self.cell, self.hidden = config.cell, config.hidden
        self._row = RECURRENT_CELLS[config.cell]
        self.n_directions = 2 if bidirectional else 1
        self.size = config.hidden * self.n_directions
        self.dropout = LockedDropout(config.dropout)
        # One module a layer and direction: nn.LSTM's own dropout is not the locked one.
        self.layers = nn.ModuleList(
            nn.ModuleList(
                self._row.module(
                    n_inputs if number == 0 else self.size, config.hidden, batch_first=True
                )
                for _ in range(self.n_directions)
            )
            for number in range(config.layers)
        )
        for cell in self.cells():
            initialise(cell, config)

    def cells(self) -> list[nn.Module]:
        """The modules of RECURRENT_CELLS, layer by layer, the forward direction first."""
        return [cell for layer in self._layers() for cell in layer]

    def forward(self, vectors: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, D) and lengths (B,) -> states (B, T, H) and the last ones (layers, B, H).

        The last state of a sequence is that of its last token, backward that of its first.
        States at padding mean nothing.
        """
        turn = _reverse_order(lengths, vectors) if self.n_directions == 2 else None
        last: list[Tensor] = []
        for number, cells in enumerate(self._layers()):
            if number:
                vectors = self.dropout(vectors)
            forward, _ = cells[0](vectors)
            outputs, ends = [forward], [take_last(forward, lengths)]
            if turn is not None:
                backward, _ = cells[1](_take(vectors, turn))
                outputs.append(_take(backward, turn))
                ends.append(take_last(backward, lengths))
            vectors = outputs[0] if turn is None else torch.cat(outputs, dim=2)
            last.append(torch.cat(ends, dim=1))
        return vectors, torch.stack(last)

    def carry(self, vectors: Tensor, state: State | None) -> tuple[Tensor, State]:
        """(B, T, D) without padding -> states (B, T, H) and the state to go on from.

        `state`: where the sequences before these ended, None at the start. ValueError for a
        recurrent in both directions, which have no such state.
        """
        if self.n_directions == 2:
            raise ValueError("layers in both directions cannot go on from a state")
        last: list[State] = []
        for number, (cell,) in enumerate(self._layers()):
            if number:
                vectors = self.dropout(vectors)
            before = None if state is None else tuple(part[number : number + 1] for part in state)
            vectors, after = self._row.run(cell, vectors, before)
            last.append(after)
        return vectors, tuple(torch.cat(parts) for parts in zip(*last, strict=True))

    def _layers(self) -> list[list[nn.Module]]:
        return [list(cast("nn.ModuleList", layer)) for layer in self.layers]


def take_last(states: Tensor, lengths: Tensor) -> Tensor:
    """(B, T, H) -> (B, H): the state of each sequence's last token."""
    rows = torch.arange(states.shape[0], device=states.device)
    return states[rows, lengths.to(states.device) - 1]


def _reverse_order(lengths: Tensor, vectors: Tensor) -> Tensor:
    """(B * T,): which position is read at which, from the end of each sequence; padding stays."""
    n_rows, n_positions = vectors.shape[:2]
    positions = torch.arange(n_positions, device=vectors.device)
    from_end = lengths.to(vectors.device)[:, None] - 1 - positions
    rows = torch.arange(n_rows, device=vectors.device)[:, None] * n_positions
    return (rows + torch.where(from_end >= 0, from_end, positions)).flatten()


def _take(vectors: Tensor, positions: Tensor) -> Tensor:
    # Whole rows: a gather with an index for each number takes several times as long.
    return vectors.flatten(0, 1).index_select(0, positions).view(vectors.shape)


# --- how weights begin


def initialise(cell: nn.Module, config: RNNConfig) -> None:
    """Set the weights of a layer: recurrent ones gate by gate, inputs by Glorot, biases 0.

    `orthogonal` (Saxe et al., 2014), `identity` (Le et al., 2015), `normal` with the standard
    deviation 1/sqrt(H). The forget bias goes into one of torch's two biases, which add up.
    """
    weights = dict(cell.named_parameters())
    if weights["weight_hh_l0"].is_meta:  # a sketch, whose numbers come from a file
        return
    row, hidden = RECURRENT_CELLS[config.cell], config.hidden
    with torch.no_grad():
        for name, weight in weights.items():
            if name.startswith("weight_hh"):
                for gate in weight.view(row.gates, hidden, hidden):
                    _initialise_gate(gate, config.initialisation)
            elif name.startswith("weight_ih"):
                for gate in weight.view(row.gates, hidden, -1):
                    nn.init.xavier_uniform_(gate)
            else:
                weight.zero_()
                if name.startswith("bias_ih"):
                    weight[row.forget_rows(hidden)] = config.forget_bias


def _initialise_gate(gate: Tensor, how: Initialisation) -> None:
    if how == "orthogonal":
        nn.init.orthogonal_(gate)
    elif how == "identity":
        nn.init.eye_(gate)
    else:
        nn.init.normal_(gate, std=1 / math.sqrt(len(gate)))
