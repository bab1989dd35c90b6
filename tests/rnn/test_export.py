"""ONNX files: there whole or not at all; the same probabilities where a runtime is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

from textseq.config import RNNConfig
from textseq.rnn.bag_of_vectors import BagOfVectors
from textseq.rnn.classifier import Classifier
from textseq.rnn.export import export_onnx

RNN = RNNConfig(hidden=4, dim=3)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("pooling", ["max", "mean", "last", "attention"])
def test_the_same_probabilities(tiny_data, tmp_path: Path, cell: str, pooling: str):
    pytest.importorskip("onnx")
    model = Classifier.for_dataset(tiny_data, RNN.replace(cell=cell, layers=2), pooling=pooling)
    model.temperature.fill_(2.0)
    model.train()
    path = tmp_path / "model.onnx"
    export_onnx(model, path)
    assert model.training
    assert path.read_bytes()[:1] == b"\x08"  # field 1 of a protocol buffer, the version
    assert [file.name for file in tmp_path.iterdir()] == ["model.onnx"]
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(path)
    model.eval()
    for rows in ([0], range(7), range(60)):
        batch = tiny_data.batch(rows)
        given = {"ids": batch.inputs.numpy(), "lengths": batch.lengths.numpy()}
        (found,) = session.run(["probabilities"], given)
        with torch.inference_mode():
            expected = (model(batch.inputs, batch.lengths) / 2).softmax(1)
        torch.testing.assert_close(torch.from_numpy(found), expected, atol=1e-5, rtol=0)


def test_files_that_are_there(tiny_data, tmp_path: Path):
    pytest.importorskip("onnx")
    model, path = BagOfVectors.for_dataset(tiny_data, RNN), tmp_path / "model.onnx"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="exists already"):
        export_onnx(model, path)
    assert path.read_text() == "mine"
    export_onnx(model, path, overwrite=True)
    assert path.read_bytes()[:1] == b"\x08"


def test_other_tasks(tiny, tiny_data, tmp_path: Path):
    with pytest.raises(ValueError, match="a tiny cannot be exported; classifier and"):
        export_onnx(tiny.for_dataset(tiny_data), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_without_onnx(tiny_data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    model = BagOfVectors.for_dataset(tiny_data, RNN)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "textseq\[onnx\]"') as error:
        export_onnx(model, tmp_path / "model.onnx")
    assert error.value.name == '"textseq[onnx]"'
