"""Export: a trained network as an ONNX file, for programs without torch.

In: a model that labels, tags, or says what comes next. Out: a .onnx file, which is a protocol
buffer and no pickle. Ids are lines of the vocab.txt files in the model's folder. Translators and
captioners are not exported, since they search with several networks, nor are reservoirs, for which
ONNX has no operator. torch needs onnx for it (`pip install "textseq[onnx]"`). What goes in and what
comes out (B texts of T tokens, C labels, V tokens):

- classifiers: `ids` (B, T) and `lengths` (B,) to `probabilities` (B, C), calibrated as `predict`
  has them; where they say a number, to `values` (B, 1);
- taggers: these, and where they read characters `forms` (B, T), which of F different words stands
  where, `characters` (F, L) and `character_lengths` (F,), to `probabilities` (B, T, C); with a CRF
  to `scores` (B, T, C) and the `steps` (C + 1, C + 1) from tag to tag, begin and end as the last
  row and column, through which the best path is the answer;
- language models: `ids` (B, T) and a state (layers, B, H), `h` and for LSTM `c`, zeros at the
  start, to `log_probs` (B, T, V) of the next token and the state to go on from, `h_after` and
  `c_after`.

Whole numbers are int64, all else float32.
"""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from textseq.advice import with_article
from textseq.artifact import replaced
from textseq.rnn.data.words import WordBatch
from textseq.rnn.layers.cells import RECURRENT_CELLS, RecurrentCell
from textseq.rnn.layers.recurrent import Recurrent
from textseq.rnn.models.label_model import LabelModel
from textseq.rnn.models.language_model import LanguageModel
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.models.tagger import Tagger

OPSET = 17  # ONNX Runtime 1.12 and later; it has LSTM, GRU and RNN as operators


class _Network(NamedTuple):
    """What is exported, an example of what goes in, and the names of what goes in and comes out.

    Each name has a letter for each side of its array whose length is open, a blank for one whose
    length is not; sides behind these are not open either.
    """

    module: nn.Module
    example: tuple[Tensor, ...]
    inputs: dict[str, str]
    outputs: dict[str, str]


def export_onnx(
    model: SequenceModel, path: str | os.PathLike[str], *, overwrite: bool = False
) -> None:
    """Write the model as an ONNX file, whole or not at all.

    Texts are cut to a classifier's `max_length` by whoever asks it; a length is at least 1.
    ValueError for a task that cannot be exported, FileExistsError if the file is there already,
    ModuleNotFoundError without onnx.
    """
    was_training, device = model.training, model.device
    target = Path(path)
    _check(model, target, overwrite=overwrite)
    try:
        made = _NETWORKS[model.task](model.cpu().eval())
        # The exporter for torch.export cannot leave the length open for a plain RNN, which it would
        # unroll (torch 2.13; LSTM and GRU it can); this one has the operators of ONNX for all
        # three. It warns that there is another, and of checks of shapes that a trace leaves out.
        with replaced(target) as part, warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                made.module,
                made.example,
                str(part),
                dynamo=False,
                opset_version=OPSET,
                input_names=list(made.inputs),
                output_names=list(made.outputs),
                dynamic_axes={
                    name: {n: side for n, side in enumerate(sides) if side != " "}
                    for name, sides in (made.inputs | made.outputs).items()
                },
            )
    finally:
        model.to(device).train(was_training)


def _check(model: SequenceModel, target: Path, *, overwrite: bool) -> None:
    if model.task not in _NETWORKS:
        *names, last = _NETWORKS
        raise ValueError(
            f"the model is {with_article(model.task)}, which cannot be exported; "
            f"{', '.join(names)} and {last} can"
        )
    if _cell_of(model).onnx is None and any(isinstance(m, Recurrent) for m in model.modules()):
        exported = [name for name, cell in RECURRENT_CELLS.items() if cell.onnx is not None]
        raise ValueError(
            f"the model's cell is {model.rnn.cell}, for which ONNX has no operator; "
            f"{', '.join(exported)} can be exported"
        )
    if importlib.util.find_spec("onnx") is None:
        # The command line makes `pip install NAME` of the name.
        raise ModuleNotFoundError(
            'the export needs onnx; `pip install "textseq[onnx]"` brings it',
            name='"textseq[onnx]"',
        )
    if target.exists() and not overwrite:
        raise FileExistsError(f"{target} exists already; choose another name or overwrite it")


def _example() -> tuple[Tensor, Tensor]:
    """Ids and lengths: two rows, of which one has padding; of one row, B would be a constant."""
    return torch.zeros(2, 3, dtype=torch.int64), torch.tensor([3, 2])


def _of_labels(model: LabelModel) -> _Network:
    output = "probabilities" if model.target is None else model.target.output
    return _Network(_Labels(model), _example(), _INPUTS, {output: "B"})


def _of_tags(model: Tagger) -> _Network:
    example: tuple[Tensor, ...] = _example()
    inputs = _INPUTS
    if model.characters is not None:
        forms = torch.tensor([[0, 1, 1], [1, 0, 0]])
        example = (*example, forms, torch.zeros(2, 4, dtype=torch.int64), torch.tensor([4, 3]))
        inputs = _INPUTS | {"forms": "BT", "characters": "FL", "character_lengths": "F"}
    outputs = {"probabilities": "BT"} if model.crf is None else {"scores": "BT", "steps": ""}
    return _Network(_Tags(model), example, inputs, outputs)


def _of_next_tokens(model: LanguageModel) -> _Network:
    parts = _cell_of(model).parts
    state = [torch.zeros(model.rnn.layers, 2, model.rnn.hidden) for _ in parts]
    return _Network(
        _NextTokens(model),
        (_example()[0], *state),
        {"ids": "BT"} | dict.fromkeys(parts, " B"),
        {"log_probs": "BT"} | {f"{part}_after": " B" for part in parts},
    )


_INPUTS = {"ids": "BT", "lengths": "B"}
# By the task. A reservoir is a loop over the positions of a text; ONNX has no operator for it.
_NETWORKS: dict[str, Callable[[Any], _Network]] = {
    "classifier": _of_labels, "bag-of-vectors": _of_labels, "tagger": _of_tags,
    "language-model": _of_next_tokens,
}  # fmt: skip


def _cell_of(model: SequenceModel) -> RecurrentCell:
    return RECURRENT_CELLS[model.rnn.cell]


class _Labels(nn.Module):
    """Ids and lengths to probabilities (B, C)."""

    def __init__(self, model: LabelModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        logits = self.model.calibrated(ids, lengths)
        if self.model.target is not None:
            return self.model.target.answers(logits)
        return logits.softmax(dim=1)


class _Tags(nn.Module):
    """Words to probabilities (B, T, C), or to scores (B, T, C) and steps (C + 1, C + 1)."""

    steps: Tensor

    def __init__(self, model: Tagger) -> None:
        super().__init__()
        self.model = model
        if model.crf is not None:
            self.register_buffer("steps", model.crf.allowed_steps().detach())

    def forward(self, ids: Tensor, lengths: Tensor, *spelled: Tensor) -> tuple[Tensor, ...]:
        forms, characters, character_lengths = spelled or (ids, ids, lengths)
        batch = WordBatch(
            inputs=ids, lengths=lengths, rows=lengths, forms=forms,
            characters=characters, character_lengths=character_lengths,
        )  # fmt: skip
        scores = self.model.emissions(batch)
        if self.model.crf is None:
            return (scores.softmax(dim=2),)
        return scores, self.steps


class _NextTokens(nn.Module):
    """Ids and a state to log p (B, T, V) of what follows each, and the state behind the last."""

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        logits, after = self.model.logits(ids, state)
        return logits.log_softmax(dim=2), *after
