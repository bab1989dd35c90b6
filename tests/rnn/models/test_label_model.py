"""Models of labels: the classifier in all its forms, and the plain model beside it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from textseq.config import OptionError, RNNConfig, TextConfig, TrainConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.echo.echo_state import EchoClassifier
from textseq.rnn.layers.cells import RECURRENT_CELLS
from textseq.rnn.models.bag_of_vectors import BagOfVectors
from textseq.rnn.models.class_weights import balanced_weights
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.label_model import LabelModel
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.tasks.table import pipeline_of
from textseq.rnn.training.fit import fit
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

SMALL = RNNConfig(hidden=6, dim=5)
CONFIG = TextConfig(min_count=1)
AWKWARD = [
    "good film",
    "",
    "   ",
    "zzz qqq",  # unknown words only
    "서울 영화",
    "서울",  # the same in NFD
    "\x00\r\u2028",
    "a\nb",
    "👩‍👩‍👧 فيلم फिल्म 电影",
    "\ud800 lone",
    "good " * 3000,
    "bad",
]
POOLINGS = ["max", "mean", "last", "attention"]


def data(n: int = 40) -> SequenceDataset:
    """Texts of 1 to 9 words; the label is whether "good" stands before "bad"."""
    rng = np.random.default_rng(1)
    words = ["a", "film", "서울", "🙂", "the"]
    texts, labels = [], []
    for _ in range(n):
        pair = ["good", "bad"] if rng.random() < 0.5 else ["bad", "good"]
        places = np.sort(rng.integers(0, 4, 2))
        text = rng.choice(words, rng.integers(0, 5)).tolist()
        text[int(places[0]) : 0] = [pair[0]]
        text.append(pair[1])
        texts.append(" ".join(text))
        labels.append("yes" if text.index("good") < text.index("bad") else "no")
    return SequenceDataset.from_texts(texts, labels, config=CONFIG)


def models() -> list[tuple[str, type[LabelModel], dict, dict]]:
    """Name, class, options of RNNConfig, options of the model."""
    found: list[tuple[str, type[LabelModel], dict, dict]] = [
        (f"{pooling}-{'both' if both else 'forward'}", Classifier, {"bidirectional": both},
         {"pooling": pooling})
        for pooling in POOLINGS for both in (True, False)
    ]  # fmt: skip
    found += [
        (cell, Classifier, {"cell": cell, "layers": 2}, {"pooling": "last"})
        for cell in RECURRENT_CELLS
    ]
    found.append(("one-hot", Classifier, {"input": "one-hot"}, {}))
    found.append(("bag", BagOfVectors, {}, {}))
    found.append(("bag-one-hot", BagOfVectors, {"input": "one-hot"}, {}))
    return found


@pytest.fixture(params=models(), ids=lambda row: row[0])
def model(request) -> LabelModel:
    _, kind, rnn, options = request.param
    made = kind.for_dataset(data(), SMALL.replace(**rnn), max_length=2000, **options)
    return made.eval()


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def rows(predictions) -> np.ndarray:
    return np.array([list(p.probabilities.values()) for p in predictions])


def test_batch_mates_do_not_change_a_prediction(model: LabelModel):
    together = rows(model.predict(AWKWARD))
    alone = np.concatenate([rows(model.predict([text])) for text in AWKWARD])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(rows(model.predict(AWKWARD, batch_size=2)), alone, atol=1e-5)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-6)
    reversed_ = rows(model.predict(AWKWARD[::-1]))[::-1]
    np.testing.assert_allclose(together, reversed_, atol=1e-5)


def test_where_padding_stands_does_not_change_logits(model: LabelModel):
    ids = torch.tensor([[3, 4, 5]])
    wide = torch.tensor([[3, 4, 5, 0, 0, 0]])
    lengths = torch.tensor([3])
    with torch.inference_mode():
        torch.testing.assert_close(model(ids, lengths), model(wide, lengths), atol=1e-6, rtol=0)
        # What stands at padding is not looked at either.
        wide[0, 3:] = 4
        torch.testing.assert_close(model(ids, lengths), model(wide, lengths), atol=1e-6, rtol=0)


def test_saved_and_loaded_it_says_the_same(model: LabelModel, tmp_path: Path):
    model.temperature.fill_(1.7)
    model.info = {"columns": {"text": 0}}
    model.save(tmp_path / "model")
    for kind in (SequenceModel, type(model)):
        again = kind.load(tmp_path / "model")
        assert type(again) is type(model)
        assert rows(again.predict(AWKWARD)).tolist() == rows(model.predict(AWKWARD)).tolist()
        assert again.info == model.info
        assert again.options == model.options
    other = BagOfVectors if isinstance(model, Classifier) else Classifier
    with pytest.raises(ValueError, match=f"holds a {model.task}, not a {other.task}"):
        other.load(tmp_path / "model")


def test_predicting_is_lazy_and_keeps_the_mode():
    model = Classifier.for_dataset(data(), SMALL).train()

    def endless():
        while True:
            yield "good"

    first = next(model.predict(endless(), batch_size=2))
    assert first.label in ("yes", "no")
    assert first.probability == max(first.probabilities.values())
    assert model.training
    assert list(model.predict([])) == []


@pytest.mark.parametrize("kind", [Classifier, BagOfVectors])
def test_a_text_of_any_length_is_cut(kind):
    model = kind.for_dataset(data(), SMALL, max_length=7).eval()
    head = "good bad a film the the a"
    long = head + " bad" * 100_000
    short, cut = rows(model.predict([head, long]))
    np.testing.assert_allclose(short, cut, atol=1e-6)
    with pytest.raises(ValueError, match="max_length is 0"):
        kind.for_dataset(data(), SMALL, max_length=0)


def test_it_learns_what_the_plain_model_cannot():
    whole = data(360)
    train, valid = whole.select(range(300)), whole.select(range(300, 360))
    rnn = RNNConfig(hidden=16, dim=16, dropout=0.0, embedding_dropout=0.0)
    config = TrainConfig(epochs=12, lr=0.02, batch_size=16, threads=1)
    model = Classifier.for_dataset(train, rnn)
    fit(model, train, valid, config)
    assert model.evaluate(valid)["accuracy"] > 0.95
    plain = BagOfVectors.for_dataset(train, rnn)
    fit(plain, train, valid, config.replace(epochs=3))
    assert plain.evaluate(valid)["accuracy"] < 0.8  # the same words in another order
    assert float(model.temperature) != 1  # fit has calibrated it
    low, high = model.report(valid).intervals["accuracy"]
    assert low <= model.evaluate(valid)["accuracy"] <= high


def test_a_resumed_plain_model_is_an_uninterrupted_one(ends_as_uninterrupted):
    train, valid = data(60).select(range(40)), data(60).select(range(40, 60))
    rnn = SMALL.replace(dropout=0.3, embedding_dropout=0.2, word_dropout=0.1)
    config = TrainConfig(epochs=4, batch_size=8, lr=0.03, threads=1, patience=9)
    ends_as_uninterrupted(
        lambda: BagOfVectors.for_dataset(train, rnn, balanced=True),
        lambda: BagOfVectors.for_dataset(train, rnn, balanced=True, seed=9),
        train, valid, config,
    )  # fmt: skip


def test_scores_by_hand(monkeypatch):
    dataset = SequenceDataset.from_texts(["a", "b", "a b"], ["x", "y", "x"], config=CONFIG)
    model = BagOfVectors.for_dataset(dataset, SMALL)
    logits = np.array([[2.0, 0.0], [1.0, 0.0], [0.0, 3.0]], np.float32)
    monkeypatch.setattr(model, "logits_of", lambda *_: logits)
    scores = model.evaluate(dataset)
    assert scores["accuracy"] == pytest.approx(1 / 3)
    assert scores["macro_f1"] == pytest.approx((2 * 1 / (2 + 2) + 0) / 2)
    wanted = [math.log1p(math.exp(-2)), math.log1p(math.exp(1)), math.log1p(math.exp(3))]
    assert scores["loss"] == pytest.approx(sum(wanted) / 3)
    assert model.report(dataset).confusion.tolist() == [[1, 1], [1, 0]]


def test_logits_come_in_the_order_of_the_examples():
    dataset = data()
    model = Classifier.for_dataset(dataset, SMALL).eval()
    found = model.logits_of(dataset, batch_size=3)
    for row in range(len(dataset)):
        batch = dataset.batch([row])
        with torch.inference_mode():
            wanted = model(batch.inputs, batch.lengths)[0]
        np.testing.assert_allclose(found[row], wanted, atol=1e-5)


def test_calibration_divides_the_logits_and_changes_no_label():
    dataset = data()
    model = Classifier.for_dataset(dataset, SMALL)
    before = model.logits_of(dataset)
    temperature = model.calibrate(dataset)
    assert 0.1 <= temperature <= 10
    np.testing.assert_allclose(model.logits_of(dataset), before / temperature, rtol=1e-4)
    assert model.calibrate(dataset) == pytest.approx(temperature)  # not one on top of the other


def test_class_weights():
    assert balanced_weights(np.array([0, 0, 0, 1]), 2) == pytest.approx([4 / 6, 4 / 2])
    assert balanced_weights(np.array([0, 0]), 3) == pytest.approx([1 / 3, 2 / 3, 2 / 3])
    texts, labels = ["a b"] * 9 + ["a c"], ["often"] * 9 + ["once"]
    dataset = SequenceDataset.from_texts(texts, labels, config=CONFIG)
    model = BagOfVectors.for_dataset(dataset, SMALL, balanced=True)
    assert model.options["class_weights"] == pytest.approx([10 / 18, 10 / 2])
    batch = dataset.batch(range(10))
    weight = torch.tensor(model.options["class_weights"])
    model.eval()
    logits = model(batch.inputs, batch.lengths).detach()
    each = torch.nn.functional.cross_entropy(logits, batch.targets, reduction="none")
    wanted = float((each * weight[batch.targets]).sum() / 10)
    assert float(model.loss(batch).mean.detach()) == pytest.approx(wanted)
    assert model.loss(batch).n_items == 10
    halves = [
        float(model.loss(dataset.batch(rows)).mean.detach()) for rows in (range(5), range(5, 10))
    ]
    assert sum(halves) / 2 == pytest.approx(wanted)  # as gradients are accumulated
    with pytest.raises(ValueError, match="3 class_weights for 2 labels"):
        BagOfVectors.for_dataset(dataset, SMALL, class_weights=[1, 2, 3])


@pytest.mark.parametrize("make", [Classifier, EchoClassifier])
def test_class_weights_by_name_and_in_order(make: type[Any]):
    dataset = SequenceDataset.from_texts(["a b", "a c"], ["+", "-"], config=CONFIG)
    labels = dataset.label_vocab.tokens  # type: ignore[union-attr]
    for weights in ({"+": 1, "-": 2}, {"-": np.float32(2), "+": 1}):
        model = make.for_dataset(dataset, RNNConfig(dim=3), class_weights=weights)
        assert dict(zip(labels, model.options["class_weights"], strict=True)) == {"+": 1, "-": 2}
    for weights in ([2, 3.0], np.array([2, 3], np.int8), torch.tensor([2.0, 3.0]), (2, 3)):
        model = make.for_dataset(dataset, RNNConfig(dim=3), class_weights=weights)
        assert model.options["class_weights"] == [2, 3]
    for weights, message in (
        ([0, -2], "class_weights has 0 for"), ([math.nan, True], "class_weights has nan for"),
        ([1, True], "class_weights has True for"), ([1, 1e39], "class_weights has 1e[+]39 for"),
        ({"+": 1}, "has no weight for '-'"), ({"+": 0, "-": 1}, "class_weights has 0 for '[+]'"),
    ):  # fmt: skip
        with pytest.raises(OptionError, match=message):
            make.for_dataset(dataset, RNNConfig(dim=3), class_weights=weights)
    with pytest.raises(ValueError, match="balanced makes weights of its own; give it or class_w"):
        make.for_dataset(dataset, RNNConfig(dim=3), class_weights=[1, 2], balanced=True)


@pytest.mark.parametrize("given", [None, ["a"]])
def test_what_is_no_data_set(given: Any):
    with pytest.raises(TypeError, match=r"train is a .*; Classifier.for_dataset takes a SequenceD"):
        Classifier.for_dataset(given)


def test_label_smoothing_makes_certainty_costly():
    dataset = data()
    batch = dataset.batch(range(10))
    losses = []
    for smoothing in (0.0, 0.2):
        model = BagOfVectors.for_dataset(dataset, SMALL, label_smoothing=smoothing).eval()
        with torch.no_grad():
            model.layers[-1].weight.mul_(100)
        losses.append(float(model.loss(batch).mean.detach()))
    assert losses[0] != losses[1]
    with pytest.raises(ValueError, match="label_smoothing is 1"):
        BagOfVectors.for_dataset(dataset, SMALL, label_smoothing=1.0)


def test_vectors_are_what_it_begins_with():
    train = SequenceDataset.from_texts(["Good film xyz"] * 2, ["a", "b"], config=CONFIG)
    words = Vocab(["good", "film"], specials=())
    vectors = WordVectors(words, np.array([[1, 2, 3], [4, 5, 6]], np.float32))
    frozen = SMALL.replace(train_vectors_after=None)
    for kind in (Classifier, BagOfVectors):
        model = kind.for_dataset(train, frozen, vectors=vectors)
        assert model.rnn.dim == 3
        table = model.embedding.table.weight
        assert table[train.vocab["Good"]].tolist() == [1, 2, 3]  # of its lowercase
        assert table[train.vocab["film"]].tolist() == [4, 5, 6]
        assert table[train.vocab["xyz"]].abs().sum() > 0
        assert not table.requires_grad
        with pytest.raises(ValueError, match="one-hot"):
            kind.for_dataset(train, SMALL.replace(input="one-hot"), vectors=vectors)


def test_the_same_seed_the_same_model():
    first, second = (Classifier.for_dataset(data(), SMALL, seed=3) for _ in range(2))
    third = Classifier.for_dataset(data(), SMALL, seed=4)
    assert all(map(torch.equal, first.parameters(), second.parameters()))
    assert not all(map(torch.equal, first.parameters(), third.parameters()))


def test_data_without_labels():
    with pytest.raises(ValueError, match="the targets are none; a classifier learns labels"):
        Classifier.for_dataset(SequenceDataset.from_texts(["a"], config=CONFIG), SMALL)
    unnamed = SequenceDataset(data().inputs, np.zeros(40, np.int64))
    with pytest.raises(ValueError, match="have no names"):
        Classifier.for_dataset(unnamed, SMALL)


def test_one_label_only():
    dataset = SequenceDataset.from_texts(["a", "b"], ["x", "x"], config=CONFIG)
    model = Classifier.for_dataset(dataset, SMALL)
    fit(model, dataset, dataset, TrainConfig(epochs=1, threads=1))
    (prediction,) = model.predict([""])
    assert prediction == ("x", 1.0, {"x": 1.0})
    assert model.evaluate(dataset)["accuracy"] == 1


# --- files


def test_reading_new_text(tmp_path: Path):
    model = Classifier.for_dataset(data(), SMALL)
    plain, table = tmp_path / "new.txt", tmp_path / "new.csv"
    plain.write_text("good\n\nbad\n")
    table.write_text('id,review\n1,"good\nfilm"\n2,bad\n')
    assert list(pipeline_of(model).read_inputs([str(plain)])) == ["good", "", "bad"]
    assert list(pipeline_of(model).read_inputs([str(table)], text="review")) == [
        "good\nfilm",
        "bad",
    ]
    assert list(pipeline_of(model).read_inputs([str(table)], text=["id", "review"]))[1] == "2 bad"
    assert (
        len(list(model.predict(pipeline_of(model).read_inputs([str(table)], text="review")))) == 2
    )
    with pytest.raises(ValueError, match="tables and plain text"):
        pipeline_of(model).read_inputs([str(plain), str(table)])


def test_reading_labelled_text(tmp_path: Path):
    model = Classifier.for_dataset(data(), SMALL)
    table = tmp_path / "test.tsv"
    table.write_text("good film\tyes\nbad\tno\n")
    dataset = pipeline_of(model).read_labelled([str(table)], text=0, label=1)
    assert dataset.labels.tolist() == [1, 0]
    assert dataset.vocab is model.sides["source"].vocab
    table.write_text("good film\tperhaps\n")
    with pytest.raises(
        ValueError, match=r"test\.tsv, line 1: label 'perhaps' is none of 'no', 'yes'"
    ):
        pipeline_of(model).read_labelled([str(table)], text=0, label=1)
    for label in ("yes", "no"):
        (tmp_path / "folder" / label).mkdir(parents=True)
        (tmp_path / "folder" / label / "1.txt").write_text("good\nfilm\n")
    assert pipeline_of(model).read_labelled([str(tmp_path / "folder")]).labels.tolist() == [0, 1]
