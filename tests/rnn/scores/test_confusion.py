"""Confusion: the numbers of the matrix, without the matrix."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from textseq.config import RNNConfig, TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.echo import echo_model
from textseq.rnn.models import label_model
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.scores.confusion import Confusion
from textseq.rnn.scores.metrics import bootstrap_confusion, confusion_matrix, f1, macro_f1
from textseq.rnn.scores.share_intervals import share_interval

RNG = np.random.default_rng(3)
GOLD = RNG.integers(5, size=300)
PRED = np.where(RNG.random(300) < 0.6, GOLD, RNG.integers(5, size=300))


def test_it_is_the_matrix():
    matrix = confusion_matrix(PRED, GOLD, 6)
    found = Confusion(PRED, GOLD, 6)
    assert found.tolist() == matrix.tolist() == np.asarray(found).tolist()
    assert found[1, 1] == matrix[1, 1]
    assert found.total == 300
    assert found.support.tolist() == matrix.sum(axis=1).tolist()
    assert found.part([4, 2]).tolist() == matrix[np.ix_([4, 2], [4, 2])].tolist()
    assert sum(n for _, _, n in found.cells()) == 300
    assert len(found.cells()) == np.count_nonzero(matrix)
    with pytest.raises(ValueError, match=r"gold label ids are 0\.\.4; they can be 0\.\.3"):
        Confusion(np.zeros(300), GOLD, 4)


def test_scores_and_intervals_are_those_of_the_matrix_to_the_last_digit():
    matrix, found = confusion_matrix(PRED, GOLD, 6), Confusion(PRED, GOLD, 6)

    def accuracies(matrices: np.ndarray) -> np.ndarray:
        return np.trace(matrices, axis1=-2, axis2=-1) / matrices.sum(axis=(-2, -1))

    assert found.scores() == {
        "accuracy": float(accuracies(matrix)), "macro_f1": float(macro_f1(matrix)),
    }  # fmt: skip
    assert found.scores()["macro_f1"] == f1(PRED, GOLD, 6)
    assert found.intervals() == {
        "accuracy": share_interval(int(np.trace(matrix)), 300),
        "macro_f1": bootstrap_confusion(matrix, macro_f1),
    }


def test_of_nothing():
    found = Confusion([], [], 3)
    assert found.total == 0
    assert all(map(math.isnan, found.scores().values()))
    assert found.intervals() == {}


def test_sixty_thousand_labels_need_no_matrix():
    gold = np.arange(0, 60_000, 30)
    tracemalloc.start()
    found = Confusion(np.roll(gold, 1), gold, 60_000)
    found.intervals(n_resamples=20)
    assert found.scores() == {"accuracy": 0.0, "macro_f1": 0.0}
    assert f1(gold, gold, 60_000) == 1.0
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 29  # the matrix has 29 GB
    with pytest.raises(ValueError, match=r"needs 28\.8 GB.*gold, called and counts work"):
        np.asarray(found)


@pytest.fixture
def dataset() -> SequenceDataset:
    texts = [f"w{number % 7} w{number % 3}" for number in range(90)]
    labels = [f"l{number % 30}" for number in range(90)]
    return SequenceDataset.from_texts(texts, labels, config=TextConfig(min_count=1))


def test_logits_of_many_labels_are_made_in_parts(
    dataset: SequenceDataset, monkeypatch: pytest.MonkeyPatch
):
    model = Classifier.for_dataset(dataset, RNNConfig(hidden=4, dim=4))
    model.eval()
    wanted, texts = model.report(dataset), ["w1 w2", "w3"] * 40
    predicted = list(model.predict(texts))
    monkeypatch.setattr(label_model, "_LOGITS_AT_ONCE", 16 * 30)
    rows, logits_of = [], model.logits_of

    def counting(examples: SequenceDataset, batch_size: int = 64, part="whole") -> np.ndarray:
        rows.append(len(examples))
        return logits_of(examples, batch_size, part)

    monkeypatch.setattr(model, "logits_of", counting)
    found = model.report(dataset)
    assert rows == [16, 16, 16, 16, 16, 10]
    assert found.scores == pytest.approx(wanted.scores, rel=1e-6)
    assert found.confusion is not None
    assert found.confusion.tolist() == wanted.confusion.tolist()  # type: ignore[union-attr]
    rows.clear()
    model.calibrate(dataset)
    assert rows == [16]
    rows.clear()
    model.temperature.fill_(1.0)
    again = list(model.predict(texts, batch_size=4))
    assert max(rows) == 16
    assert [each.label for each in again] == [each.label for each in predicted]


def test_readouts_of_many_answers_make_no_square(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise AssertionError("a matrix of all labels by all labels")

    import torch

    monkeypatch.setattr(np, "eye", refuse)
    sums = echo_model.RidgeSums(2, 3)
    part = echo_model.ReadoutRows(torch.ones(4, 2), torch.tensor([0, 2, 2, 1]), None)
    echo_model._add(sums, [part], 3)
    assert sums.mean_target.tolist() == [1.0, 1.0, 2.0]
