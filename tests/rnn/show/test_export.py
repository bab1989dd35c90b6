"""ONNX files: there whole or not at all; the same probabilities where a runtime is installed."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from textseq.advice import with_article
from textseq.config import EchoStateConfig, RNNConfig, TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.language_data import stream_of
from textseq.rnn.data.words import WordTable, word_batches
from textseq.rnn.echo.echo_state import EchoClassifier
from textseq.rnn.layers.cells import RECURRENT_CELLS
from textseq.rnn.layers.crf import CRF
from textseq.rnn.models.bag_of_vectors import BagOfVectors
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.language_model import LanguageModel
from textseq.rnn.models.tagger import Tagger
from textseq.rnn.show.export import export_onnx
from textseq.text.encode import encode_lines

RNN = RNNConfig(hidden=4, dim=3)
EXPORTED = [name for name, cell in RECURRENT_CELLS.items() if cell.onnx is not None]


@pytest.mark.parametrize("cell", EXPORTED)
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


SENTENCES = [(["the", "old", "cat"], 0), (["a", "dog"], 1), (["king"], 2), (["it", "is", "cat"], 3)]
TAGS = {
    "words": [["D", "A", "N"], ["D", "N"], ["N"], ["P", "V", "N"]],
    "spans": [["O", "B-X", "I-X"], ["O", "B-X"], ["O"], ["O", "O", "B-X"]],
}


@pytest.mark.parametrize("tags", TAGS)
@pytest.mark.parametrize("characters", ["cnn", "lstm", "none"])
@pytest.mark.parametrize("cell", EXPORTED)
def test_the_same_tags(tmp_path: Path, tags: str, characters: Any, cell: Any):
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    config = TextConfig(min_count=1)
    rows = [(words, TAGS[tags][row]) for words, row in SENTENCES]
    data = SequenceDataset.from_sentences(rows, config=config)
    rnn = RNN.replace(cell=cell, layers=2)
    model = Tagger.for_dataset(data, rnn, characters=characters, min_count=1).eval()
    assert (model.crf is not None) == (tags == "spans")
    export_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for chosen in ([0], [2], [1, 2], [0, 1, 2, 3]):
        part = data.select(chosen)
        table = WordTable(
            part, model.sides["source"].vocab,
            None if characters == "none" else model.sides["characters"].vocab, model.tags,
            lower=False,
        )  # fmt: skip
        (batch,) = word_batches(part, table, 8)
        given = {name.name: getattr(batch, FIELDS.get(name.name, name.name)).numpy()
                 for name in session.get_inputs()}  # fmt: skip
        found, *steps = map(torch.from_numpy, session.run(None, given))
        with torch.inference_mode():
            scores = model.emissions(batch)
            wanted = scores.softmax(2) if model.crf is None else scores
            torch.testing.assert_close(found[batch.mask], wanted[batch.mask], atol=1e-5, rtol=0)
            if model.crf is not None:
                # With the steps alone one finds the answer of the CRF.
                again = CRF(np.ones(tuple(steps[0].shape), np.bool_))
                again.steps.copy_(steps[0])
                paths = [crf.decode(scores, batch.lengths) for crf in (again, model.crf)]
                assert torch.equal(*(path[batch.mask] for path in paths))


FIELDS = {"ids": "inputs"}


@pytest.mark.parametrize("cell", EXPORTED)
@pytest.mark.parametrize("tied", [True, False])
def test_the_same_next_tokens(tmp_path: Path, cell: Any, tied: bool):
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    data = stream_of(encode_lines(["the old king sat", "a dog"], TextConfig(min_count=1)))
    model = LanguageModel.for_dataset(data, RNN.replace(cell=cell, layers=2), tied=tied).eval()
    export_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    parts = RECURRENT_CELLS[cell].parts
    for n_rows, n_places in ((1, 1), (3, 5)):
        ids = torch.arange(n_rows * n_places).view(n_rows, n_places) % len(model.vocab)
        given = {"ids": ids.numpy()}
        given |= {part: np.zeros((2, n_rows, RNN.hidden), np.float32) for part in parts}
        # All at once, and half of it after the other half.
        whole, *end = session.run(None, given)
        with torch.inference_mode():
            logits, after = model.logits(ids, None)
        np.testing.assert_allclose(whole, logits.log_softmax(2).numpy(), atol=1e-5)
        for one, other in zip(end, after, strict=True):
            np.testing.assert_allclose(one, other.numpy(), atol=1e-5)
        half = n_places // 2
        if half:
            _, *state = session.run(None, given | {"ids": ids[:, :half].numpy()})
            rest = dict(zip(parts, state, strict=True)) | {"ids": ids[:, half:].numpy()}
            np.testing.assert_allclose(session.run(None, rest)[0], whole[:, half:], atol=1e-5)


def test_the_names_of_sides(tmp_path: Path):
    onnx = pytest.importorskip("onnx")
    rows = [(words, TAGS["spans"][row]) for words, row in SENTENCES]
    data = SequenceDataset.from_sentences(rows, config=TextConfig(min_count=1))
    model = Tagger.for_dataset(data, RNN, min_count=1)
    export_onnx(model, tmp_path / "model.onnx")
    graph = onnx.load(tmp_path / "model.onnx").graph
    sides = {
        value.name: [side.dim_param or side.dim_value for side in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
    n_tags = len(model.tags)
    assert sides == {
        "ids": ["B", "T"], "lengths": ["B"], "forms": ["B", "T"], "characters": ["F", "L"],
        "character_lengths": ["F"], "scores": ["B", "T", n_tags], "steps": [n_tags + 1] * 2,
    }  # fmt: skip


def test_a_cell_that_onnx_does_not_have(tiny_data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("onnx")
    without = dataclasses.replace(RECURRENT_CELLS["gru"], onnx=None)
    monkeypatch.setitem(RECURRENT_CELLS, "gru", without)
    rnn = RNN.replace(cell="gru")
    with pytest.raises(ValueError, match=r"is gru, for which ONNX .*; rnn, lstm can be exp"):
        export_onnx(Classifier.for_dataset(tiny_data, rnn), tmp_path / "model.onnx")
    export_onnx(BagOfVectors.for_dataset(tiny_data, rnn), tmp_path / "model.onnx")  # without cells


def test_other_tasks(tiny, tiny_data, kinds: dict[str, Any], six_texts: Any, tmp_path: Path):
    echo = EchoClassifier.for_dataset(tiny_data, echo=EchoStateConfig(units=20, density=0.3))
    translator = kinds["translator"].make(kinds["translator"].examples(six_texts))
    for model in (tiny.for_dataset(tiny_data), echo, translator):
        with pytest.raises(
            ValueError, match=f"is {with_article(model.task)}, which cannot be exported; class"
        ):
            export_onnx(model, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_without_onnx(tiny_data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    model = BagOfVectors.for_dataset(tiny_data, RNN)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "textseq\[onnx\]"') as error:
        export_onnx(model, tmp_path / "model.onnx")
    assert error.value.name == '"textseq[onnx]"'
