"""First layer: the recurrent layer of a trained model that reads its embeddings, and what it reads.

In: a sequence model and texts, as its own `predict` takes them. Out: the torch layers of the first
level, or the reservoirs of an echo state network, forward and perhaps backward, and the vectors
that come into them. Nothing is computed of these here (gradient_flow.py), and what lies above the
layer, the readout too, plays no part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn

from textseq.rnn.echo.echo_encoder import EchoEncoder, EchoLayer
from textseq.rnn.echo.reservoir import Matrix, Reservoir
from textseq.rnn.gradients.gradient_flow import Flow, gradient_flow
from textseq.rnn.layers.encoder import Encoder
from textseq.rnn.layers.recurrent import Recurrent
from textseq.rnn.models.model import SequenceModel

LONGEST_TEXT = 1000  # tokens of a text that are read
DIRECTIONS = ("forward", "backward")


class LayerInputs(NamedTuple):
    """What one direction reads: a (1, T, D) for each text, in its own order, and with which cell.

    The backward direction reads the last token first.
    """

    layer: nn.Module | Reservoir
    inputs: list[Tensor]


def find_first_layer(model: SequenceModel) -> Recurrent | EchoLayer:
    """The recurrent layers that read a model's texts; ValueError for a model without."""
    encoder = getattr(model, "encoder", None)
    if isinstance(encoder, Encoder) and encoder.recurrent.cells():
        return encoder.recurrent
    if isinstance(encoder, EchoEncoder):
        return encoder.layer
    article = "an" if model.task[0] in "aeiou" else "a"
    raise ValueError(
        f"{article} {model.task} has no recurrent layer that reads text; a classifier, tagger, "
        "language-model, translator, echo-classifier or echo-tagger has"
    )


def cell_of(model: SequenceModel) -> str:
    """The cell of the first layer, one of config.Cell or esn; ValueError for a model without."""
    layer = find_first_layer(model)
    return "esn" if isinstance(layer, EchoLayer) else layer.cell


def collect_inputs(
    model: SequenceModel, items: Iterable[Any], n_texts: int
) -> dict[str, LayerInputs]:
    """What the first layer reads of the first `n_texts` texts that have tokens, by direction.

    `items` are what the model's `predict` takes. Of a text of more than LONGEST_TEXT tokens the
    first ones are kept. ValueError for no text with tokens, and as `find_first_layer` raises it.
    """
    layer = find_first_layer(model)
    cells: Sequence[nn.Module | Reservoir] = (
        [_reservoir(layer, number) for number in range(layer.n_directions)]
        if isinstance(layer, EchoLayer)
        else layer.cells()[: layer.n_directions]
    )
    found = {name: LayerInputs(cell, []) for name, cell in zip(DIRECTIONS, cells, strict=False)}
    for item in items:
        if not item or (isinstance(item, str) and not item.strip()):
            continue  # a model has an answer to that too, but there is nothing to read
        for name, vectors in _read(model, layer, item, found).items():
            if vectors.shape[1]:
                found[name].inputs.append(vectors)
        if len(found["forward"].inputs) >= n_texts:
            break
    if not found["forward"].inputs:
        raise ValueError("there is no text with tokens; one is the least")
    return found


def _reservoir(layer: EchoLayer, number: int) -> Reservoir:
    """The weights of one direction, in double precision."""
    w_in, bias, recurrent, sources = (
        cast("Tensor", getattr(layer, name))[number].detach().cpu().numpy()
        for name in ("w_in", "bias", "recurrent", "sources")
    )
    matrix = Matrix(recurrent.T.astype(np.float64), sources.T)
    leak = cast("float", layer.config.leak)
    return Reservoir(w_in.astype(np.float64), bias.astype(np.float64), matrix, leak)


def _read(
    model: SequenceModel, layer: Recurrent | EchoLayer, item: Any, found: dict[str, LayerInputs]
) -> dict[str, Tensor]:
    """One text as the cells get it while the model predicts; (1, T, D) for each direction."""
    seen: dict[str, list[Tensor]] = {name: [] for name in found}
    hooks = []
    for name, reading in found.items():
        # One module has the reservoirs of both directions; it gets a text as it stands.
        module = layer if isinstance(reading.layer, Reservoir) else reading.layer
        turned = module is layer and name == "backward"

        def keep(
            _: nn.Module, given: tuple[Any, ...], name: str = name, turned: bool = turned
        ) -> None:
            seen[name].append(given[0].detach().flip(1) if turned else given[0].detach())

        hooks.append(module.register_forward_pre_hook(keep))
    try:
        _predict(model, item)
    finally:
        for hook in hooks:
            hook.remove()
    # A language model reads a long text in parts, each from the state where the one before ended.
    return {
        name: torch.cat(parts, dim=1)[:, :LONGEST_TEXT] for name, parts in seen.items() if parts
    }


def _predict(model: Any, item: Any) -> None:
    # Of a model that writes, the shortest answer: its source is read before that.
    search = {"beam": 1, "max_tokens": 1} if hasattr(model, "search") else {}
    for _ in model.predict([item], 1, **search):
        pass


def model_flow(
    model: SequenceModel, items: Iterable[Any], n_texts: int = 10, max_lag: int | None = None
) -> dict[str, Flow]:
    """The flow through the first layer of a model on texts, by direction.

    Lags are tokens: forward from the last token of a text to those before it, backward from the
    first to those behind it.
    """
    found = collect_inputs(model, items, n_texts)
    return {
        name: gradient_flow(reading.layer, reading.inputs, max_lag)
        for name, reading in found.items()
    }
