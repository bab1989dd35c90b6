"""Echo encoder: fixed random weights in the place of recurrent layers that are trained.

In: vectors (B, T, D) or ids (B, T), and the true lengths. Out: states, as recurrent.py and
encoder.py give them, that depend neither on padding nor on the other rows of a batch. Weights are
drawn once, by reservoir.py, and have no gradient; those of the vectors are kept, so that
saliency.py works. What is learnt from the states is the business of readout.py.
"""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from textseq.config import EchoStateConfig, RNNConfig
from textseq.rnn.echo.reservoir import Reservoir, shape_of
from textseq.rnn.layers.encoder import Embedding
from textseq.rnn.layers.recurrent import take_last
from textseq.text.vocab import Vocab

# Of embeddings, on the average: so the input_scaling that suits a series, whose numbers are about
# 1, suits words too.
_LENGTH = 4.0


class EchoLayer(nn.Module):
    """A reservoir in each direction, float32; `size` is the length of its states."""

    def __init__(self, n_inputs: int, config: EchoStateConfig, *, bidirectional: bool) -> None:
        """All weights are 0 until `draw` or a file fills them."""
        super().__init__()
        self.config, self.n_inputs = config.filled(text=True), n_inputs
        self.n_directions = 2 if bidirectional else 1
        self.size = config.units * self.n_directions
        most, units = shape_of(config.units, config.density)
        for name, shape in {
            "w_in": (self.n_directions, units, n_inputs),
            "bias": (self.n_directions, units),
            "recurrent": (self.n_directions, units, most),
        }.items():
            self.register_buffer(name, torch.zeros(shape))
        sources = torch.zeros((self.n_directions, units, most), dtype=torch.int32)
        self.register_buffer("sources", sources)

    def draw(self, first: int = 0) -> None:
        """The weights of the seed; `first`: the number of the reservoir, where there are more."""
        for number in range(self.n_directions):
            drawn = Reservoir.random(self.n_inputs, self.config, number=first + number)
            values, columns = drawn.recurrent
            for name, array in {
                "w_in": drawn.w_in, "bias": drawn.bias, "recurrent": values.T, "sources": columns.T
            }.items():  # fmt: skip
                getattr(self, name)[number].copy_(torch.from_numpy(array))

    def forward(self, vectors: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, D) and lengths (B,) -> states (B, T, H) and the last ones (1, B, H).

        As Recurrent: the last state backward is that of the first token; states at padding mean
        nothing.
        """
        forward = self._read(vectors, 0)
        if self.n_directions == 1:
            return forward, take_last(forward, lengths)[None]
        places = torch.arange(vectors.shape[1], device=vectors.device)
        inside = places < lengths.to(vectors.device)[:, None]
        backward = self._read(vectors, 1, inside)
        last = torch.cat([take_last(forward, lengths), backward[:, 0]], dim=1)
        return torch.cat([forward, backward], dim=2), last[None]

    def _read(self, vectors: Tensor, number: int, inside: Tensor | None = None) -> Tensor:
        """(B, T, N): states from the left; with `inside` (B, T) from the right.

        From the right, padding comes first: there the state stays 0, where each text begins.
        """
        w_in, bias, recurrent, sources = (
            cast("Tensor", getattr(self, name))[number]
            for name in ("w_in", "bias", "recurrent", "sources")
        )
        # A state is (N, B): so W x is a sum of rows, one for each weight of a unit, which takes
        # a tenth of the time of the product with a matrix that is nearly empty.
        drive = (w_in @ vectors.permute(1, 2, 0) + bias[:, None]).unbind()  # T times (N, B)
        state = vectors.new_zeros(len(bias), len(vectors))
        states = [state] * len(drive)
        leak = cast("float", self.config.leak)
        kept = None if inside is None else inside.T.to(state.dtype)
        for step in range(len(drive)) if kept is None else range(len(drive) - 1, -1, -1):
            echo = functional.embedding_bag(
                sources, state, per_sample_weights=recurrent, mode="sum"
            )
            state = torch.lerp(state, torch.tanh(drive[step] + echo), leak)
            if kept is not None:
                state = state * kept[step]
            states[step] = state
        return torch.stack(states).permute(2, 0, 1)

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *more: Any) -> None:
        """Take the weights; units that there are not would be looked for behind the end."""
        sources = state_dict.get(f"{prefix}sources")
        if sources is not None and sources.numel():
            first, last = int(sources.min()), int(sources.max())
            if not 0 <= first <= last < self.config.units:
                units = self.config.units
                raise ValueError(f"{prefix}sources has units {first}..{last} of {units}")
        super()._load_from_state_dict(state_dict, prefix, *more)


class EchoEncoder(nn.Module):
    """Embeddings that stay as they are and an EchoLayer, with the interface of an Encoder.

    `direct`: the states are followed by what the reservoir has read. `size`: length of both.
    """

    def __init__(
        self,
        vocab: Vocab,
        rnn: RNNConfig,
        echo: EchoStateConfig,
        embedding: Embedding | None = None,
        *,
        n_more: int = 0,
    ) -> None:
        """`embedding`: None makes a random one; `n_more`: places of further features a word."""
        super().__init__()
        self.embedding = Embedding(vocab, rnn) if embedding is None else embedding
        self.direct, n_inputs = echo.direct, self.embedding.size + n_more
        self.more_scale = 1.0 / math.sqrt(max(1, n_more))
        self.layer = EchoLayer(n_inputs, echo, bidirectional=echo.bidirectional)
        self.size = self.layer.size + (n_inputs if echo.direct else 0)

    def draw(self) -> None:
        """The weights of the reservoirs, and embeddings of one mean length."""
        self.layer.draw()
        if self.embedding.table is not None:
            weight = self.embedding.table.weight
            with torch.no_grad():
                length = float(weight.norm(dim=1).mean())
                if length > 0:
                    weight *= _LENGTH / length
            weight.requires_grad_(False)

    def forward(
        self, ids: Tensor, lengths: Tensor, more: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """(B, T) and (B,) -> features (B, T, F) and those of the ends (B, F).

        At the end of a text its inputs are those of its last word.
        """
        vectors = self.embedding(ids)
        read = vectors if more is None else torch.cat([vectors, more * self.more_scale], dim=2)
        states, last = self.layer(read, lengths)
        if not self.direct:
            return states, last[0]
        seen = read if more is None else torch.cat([vectors, more], dim=2)
        features = torch.cat([states, seen], dim=2)
        return features, torch.cat([last[0], take_last(seen, lengths)], dim=1)


class CharacterReservoir(nn.Module):
    """The characters of words to a vector each, with the interface of a CharacterEncoder.

    The last states of both directions: what is read last is remembered best, so that they know
    how a word ends and how it begins.
    """

    def __init__(self, vocab: Vocab, dim: int, size: int, echo: EchoStateConfig) -> None:
        """`dim`: length of a character's random vector. `size`: of the result, even."""
        super().__init__()
        if size % 2:
            raise ValueError(f"the characters' size is {size}; two directions need an even one")
        self.size = size
        self.table = nn.Embedding(len(vocab), dim, padding_idx=vocab.pad_id)
        units = size // 2
        # As many weights at each unit as in the large reservoir would leave few or none here.
        density = min(1.0, max(echo.density, 5.0 / units))
        config = echo.replace(units=units, density=density, leak=1.0)
        self.layer = EchoLayer(dim, config, bidirectional=True)

    def draw(self) -> None:
        """The weights, with other numbers than those of the words' reservoirs."""
        self.layer.draw(first=2)
        with torch.no_grad():
            self.table.weight.normal_(std=_LENGTH / math.sqrt(self.table.embedding_dim))
            if self.table.padding_idx is not None:
                self.table.weight[self.table.padding_idx] = 0.0
        self.table.weight.requires_grad_(False)

    def forward(self, characters: Tensor, lengths: Tensor) -> Tensor:
        """(F, L) and lengths (F,) of 1 and more -> (F, size)."""
        last: Tensor = self.layer(self.table(characters), lengths)[1][0]
        return last
