"""Models that learn any number of labels of a text, or a number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from textseq.config import TextConfig, TrainConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.echo.echo_state import EchoClassifier
from textseq.rnn.models.bag_of_vectors import BagOfVectors
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.label_model import LabelModel
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.show.export import export_onnx
from textseq.rnn.show.saliency import explain
from textseq.rnn.training.fit import fit

TEXTS = ["a good day", "a bad day", "a good bad day", "a day"] * 6
SETS = [["+"], ["-"], ["-", "+"], []] * 6
VALUES = [1100.0, 950.0, 1030.0, 1020.0] * 6
ONCE = TextConfig(min_count=1)
TRAIN = TrainConfig(epochs=12, lr=0.05)


def trained(kind: type[LabelModel], **targets: object) -> tuple[LabelModel, SequenceDataset]:
    data = SequenceDataset.from_texts(TEXTS, **targets)  # type: ignore[arg-type]
    model = kind.for_dataset(data, hidden=8)
    fit(model, data, data, TRAIN)
    return model, data


@pytest.mark.parametrize("kind", [Classifier, BagOfVectors])
def test_sets_of_labels(kind: type[LabelModel], tmp_path: Path):
    model, data = trained(kind, label_sets=SETS)
    assert [set(found.labels) for found in model.predict(TEXTS)] == list(map(set, SETS))
    report = model.report(data)
    assert report.scores["micro_f1"] == report.scores["exact_match"] == 1
    assert report.scores == model.evaluate(data)
    assert model.target is not None
    assert model.target.thresholds.tolist() != [0.5, 0.5]  # type: ignore[operator,union-attr]
    model.save(tmp_path / "m")
    again = SequenceModel.load(tmp_path / "m")
    assert list(again.predict(TEXTS[:4])) == list(model.predict(TEXTS[:4]))  # type: ignore[operator]
    reasons = explain(model, TEXTS[2], "-")
    assert max(zip(reasons.weights, reasons.tokens, strict=True))[1] == "bad"


@pytest.mark.parametrize("kind", [Classifier, BagOfVectors])
def test_numbers_come_in_their_unit(kind: type[LabelModel], tmp_path: Path):
    model, data = trained(kind, values=VALUES)
    found = [prediction.value for prediction in model.predict(TEXTS[:4])]
    assert found == pytest.approx(VALUES[:4], abs=25)
    scores = model.evaluate(data)
    assert scores["rmse"] == pytest.approx(np.sqrt(np.mean((np.array(found) - VALUES[:4]) ** 2)))
    assert scores["loss"] == pytest.approx(scores["rmse"] ** 2 / np.var(VALUES), rel=1e-4)
    model.save(tmp_path / "m")
    again = SequenceModel.load(tmp_path / "m")
    assert list(again.predict(TEXTS[:4])) == list(model.predict(TEXTS[:4]))  # type: ignore[operator]
    assert explain(model, TEXTS[0]).label == "value"


def test_the_losses_by_hand():
    data = SequenceDataset.from_texts(["a b", "b a"], label_sets=[["x"], []], config=ONCE)
    model = BagOfVectors.for_dataset(data, hidden=4, dropout=0)
    last = model.layers[-1]
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.constant_(last.bias, 1.0)
    sigmoid = 1 / (1 + np.exp(-1))
    wanted = -(np.log(sigmoid) + np.log(1 - sigmoid)) / 2
    assert model.loss(data.batch([0, 1])).mean.item() == pytest.approx(wanted)
    assert model.evaluate(data)["loss"] == pytest.approx(wanted)
    numbers = SequenceDataset.from_texts(
        ["a b", "b a"], values=[1.0, 3.0], config=ONCE
    )  # mean 2, deviation 1
    model = BagOfVectors.for_dataset(numbers, hidden=4, dropout=0)
    torch.nn.init.zeros_(model.layers[-1].weight)
    torch.nn.init.constant_(model.layers[-1].bias, 1.0)
    assert model.loss(numbers.batch([0, 1])).mean.item() == pytest.approx((2**2 + 0) / 2)


@pytest.mark.parametrize("targets", [{"label_sets": SETS}, {"values": VALUES}])
def test_exported_as_predicted(targets: dict[str, object], tmp_path: Path):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    model, _ = trained(Classifier, **targets)
    export_onnx(model, tmp_path / "m.onnx")
    batch = model.examples_of(TEXTS[:4]).batch(range(4))
    inputs = {"ids": batch.inputs.numpy(), "lengths": batch.lengths.numpy()}
    (found,) = runtime.InferenceSession(str(tmp_path / "m.onnx")).run(None, inputs)
    said = list(model.predict(TEXTS[:4]))
    if "values" in targets:
        assert found[:, 0].tolist() == pytest.approx([each.value for each in said], rel=1e-5)
    else:
        shares = [list(each.probabilities.values()) for each in said]
        assert found == pytest.approx(np.array(shares), abs=1e-5)


def test_options_of_one_label_have_no_effect():
    data = SequenceDataset.from_texts(TEXTS, label_sets=SETS)
    with pytest.warns(UserWarning, match="balanced has no effect on this model"):
        Classifier.for_dataset(data, hidden=4, balanced=True)


def test_what_cannot_be_learnt():
    data = SequenceDataset.from_texts(TEXTS, label_sets=SETS)
    with pytest.raises(ValueError, match="the targets are label-sets"):
        EchoClassifier.for_dataset(data)
    with pytest.raises(ValueError, match="a text has one number"):
        Classifier.for_dataset(SequenceDataset.from_texts(["a", "b"] * 5, values=[[1.0, 2.0]] * 10))


def test_sets_from_tables(tmp_path: Path):
    config = TextConfig(min_count=1)
    (tmp_path / "a.csv").write_text("text,label\nx y,b; a\nz,\n")
    read = SequenceDataset.from_table(tmp_path / "a.csv", label_separator=";", config=config)
    assert (read.label_vocab.tokens, read.label_sets.tolist()) == (  # type: ignore[union-attr]
        ["a", "b"], [[True, True], [False, False]],
    )  # fmt: skip
    (tmp_path / "b.csv").write_text("text,p,q\nx,1,0\ny,,1\n")
    read = SequenceDataset.from_table(tmp_path / "b.csv", label="p,q", config=config)
    assert read.label_sets.tolist() == [[True, False], [False, True]]
    (tmp_path / "c.csv").write_text("text,p,q\nx,red,\ny,blue,red\n")
    read = SequenceDataset.from_table(tmp_path / "c.csv", label=["p", "q"], config=config)
    assert read.label_sets.tolist() == [[False, True], [True, True]]
    (tmp_path / "d.jsonl").write_text(
        '{"text": "x", "label": ["a", 2]}\n{"text": "y", "label": []}\n'
    )
    read = SequenceDataset.from_table(tmp_path / "d.jsonl", label_separator="|", config=config)
    assert read.label_sets.tolist() == [[True, True], [False, False]]
    (tmp_path / "e.csv").write_text("text,p,q\nx,1,0\ny,2,1\n")
    with pytest.raises(ValueError, match=r"e\.csv, line 3: '2' in the column 'p'"):
        SequenceDataset.from_table(tmp_path / "e.csv", label="p,q", config=config)
    known = SequenceDataset.from_texts(["x"], label_sets=[["a"]], config=config)
    with pytest.raises(ValueError, match=r"a\.csv, line 2: label 'b' is none of 'a'"):
        SequenceDataset.from_table(
            tmp_path / "a.csv", label_separator=";", config=config, label_vocab=known.label_vocab
        )
    with pytest.raises(ValueError, match="label set number 1 is 'ab'"):
        SequenceDataset.from_texts(["x", "y"], label_sets=[[], "ab"], config=config)
