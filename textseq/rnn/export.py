"""Export: a classifier as an ONNX file, for programs without torch.

In: a model that gives a text one label. Out: a .onnx file, which is a protocol buffer and no
pickle, with inputs `ids` (B, T) and `lengths` (B,), int64, and the output `probabilities` (B, C),
calibrated as `predict` has them. Ids and labels are lines of the vocab.txt files in the model's
folder. torch needs onnx for it (`pip install "textseq[onnx]"`). Taggers and generators are not
exported: what they search with is more than a network.
"""

from __future__ import annotations

import importlib.util
import os
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from textseq.artifact import replaced
from textseq.rnn.label_model import LabelModel
from textseq.rnn.model import SequenceModel

OPSET = 17  # ONNX Runtime 1.12 and later; it has LSTM, GRU and RNN as operators


class _Probabilities(nn.Module):
    """What is exported: ids and lengths to probabilities."""

    def __init__(self, model: LabelModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(B, T) and (B,) -> (B, C)."""
        logits = self.model.logits(ids, lengths) / self.model.temperature
        return logits.softmax(dim=1)


def export_onnx(
    model: SequenceModel, path: str | os.PathLike[str], *, overwrite: bool = False
) -> None:
    """Write the model as an ONNX file, whole or not at all.

    Texts are cut to the model's `max_length` by whoever asks it; a length is at least 1. ValueError
    for a task that cannot be exported, FileExistsError if the file is there already,
    ModuleNotFoundError without onnx.
    """
    if not isinstance(model, LabelModel):
        raise ValueError(f"a {model.task} cannot be exported; classifier and bag-of-vectors can")
    if importlib.util.find_spec("onnx") is None:
        # The command line makes `pip install NAME` of the name.
        raise ModuleNotFoundError(
            'the export needs onnx; `pip install "textseq[onnx]"` brings it',
            name='"textseq[onnx]"',
        )
    target = Path(path)
    if target.exists() and not overwrite:
        raise FileExistsError(f"{target} exists already; choose another name or overwrite it")
    was_training, device = model.training, model.device
    # Two rows, of which one has padding: a trace of one row would take B for a constant.
    example = torch.tensor([[0, 0, 0], [0, 0, 0]]), torch.tensor([3, 2])
    try:
        # The exporter for torch.export would unroll the layers to one length; this one has the
        # operators of ONNX. It warns of that, and of checks of shapes that a trace leaves out.
        with replaced(target) as part, warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _Probabilities(model.cpu().eval()),
                example,
                str(part),
                dynamo=False,
                opset_version=OPSET,
                input_names=["ids", "lengths"],
                output_names=["probabilities"],
                dynamic_axes={
                    "ids": {0: "B", 1: "T"},
                    "lengths": {0: "B"},
                    "probabilities": {0: "B"},
                },
            )
    finally:
        model.to(device).train(was_training)
