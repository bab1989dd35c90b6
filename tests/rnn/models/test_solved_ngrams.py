"""Solved n-grams: as scikit-learn solves them, and beside a network never worse for long."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from textseq.config import OptionError, Recipe, RNNConfig, TextConfig, TrainConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.echo.echo_state import EchoClassifier
from textseq.rnn.layers.ngrams import ngram_keys
from textseq.rnn.models import solved_ngrams
from textseq.rnn.models.bag_of_vectors import BagOfVectors
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.models.solved_ngrams import solve_ngrams
from textseq.rnn.show.export import export_onnx
from textseq.rnn.show.saliency import explain
from textseq.rnn.training.fit import fit

SMALL = RNNConfig(hidden=4, dim=4)
CONFIG = TextConfig(min_count=1)
WORDS = ["a", "film", "서울", "the", "plot", "and"]


def texts_of(n: int, seed: int, of: int = 3) -> tuple[list[str], list[str]]:
    """Texts whose label is how "good" and "not" stand to each other: only pairs know it."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(n):
        label = int(rng.integers(of))
        pair = [["not", "good"], ["good", "not"], ["good"]][label]
        words = rng.choice(WORDS, rng.integers(1, 6)).tolist()
        place = int(rng.integers(len(words) + 1))
        texts.append(" ".join(words[:place] + pair + words[place:]))
        labels.append(["no", "maybe", "yes"][label])
    return texts, labels


def data(n: int = 200, n_valid: int = 80, of: int = 3) -> tuple[SequenceDataset, SequenceDataset]:
    train = SequenceDataset.from_texts(*texts_of(n, 1, of), config=CONFIG)
    known = {"vocab": train.vocab, "label_vocab": train.label_vocab}
    return train, SequenceDataset.from_texts(*texts_of(n_valid, 2, of), config=CONFIG, **known)


def scores_of(layer, dataset: SequenceDataset) -> np.ndarray:
    batch = dataset.batch(range(len(dataset)))
    return layer(batch.inputs, batch.lengths).numpy()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_features_are_those_that_are_counted_by_hand(n: int):
    train, _ = data(30)
    lines = [train[row].inputs.tolist() for row in range(len(train))]
    base = len(train.vocab) + 1
    keys, idf = solved_ngrams._known(train, n, len(train.vocab), 1000, 1 << 20)

    def grams(line: list[int]) -> list[int]:
        return [
            int(ngram_keys(torch.tensor(line[start : start + size]), size, base)[0])
            for size in range(1, n + 1) for start in range(len(line) - size + 1)
        ]  # fmt: skip

    texts = Counter(key for line in lines for key in set(grams(line)))
    assert keys.tolist() == sorted(key for key, count in texts.items() if count >= 2)
    expected = [1 + np.log((1 + len(lines)) / (1 + texts[key])) for key in keys.tolist()]
    np.testing.assert_allclose(idf, expected)
    features = solved_ngrams._features(train, n, len(train.vocab), 1000, keys, idf).toarray()
    place = {key: column for column, key in enumerate(keys.tolist())}
    for line, row in zip(lines, features, strict=True):
        here = Counter(place[key] for key in grams(line) if key in place)
        length = np.sqrt(sum(count * idf[column] ** 2 for column, count in here.items()))
        for column, count in here.items():
            assert row[column] == pytest.approx(count * idf[column] / length)
        assert np.count_nonzero(row) == len(here)


def test_the_layer_scores_as_the_solver_does():
    train, valid = data()
    layer = solve_ngrams(train, valid, n=2, n_labels=3, max_length=4)
    keys, idf = layer.keys.numpy(), layer.idf.numpy().astype(float)
    features = solved_ngrams._features(valid, 2, len(valid.vocab), 4, keys, idf)
    batch = valid.batch(range(len(valid)))
    found = layer(batch.inputs[:, :4], batch.lengths.clamp(max=4)).numpy()
    np.testing.assert_allclose(
        found, features @ layer.weight.numpy() + layer.bias.numpy(), atol=1e-5
    )


def test_scikit_learn_finds_the_same_weights():
    linear_model = pytest.importorskip("sklearn.linear_model")
    train, valid = data()
    keys, idf = solved_ngrams._known(train, 2, len(train.vocab), 1000, 1 << 20)
    features = solved_ngrams._features(train, 2, len(train.vocab), 1000, keys, idf)
    start = np.zeros((len(keys) + 1, 3))
    weights = np.where(train.labels == 1, 2.0, 1.0)
    found = solved_ngrams._solve(features, train.labels, weights, 0.5, start)
    theirs = linear_model.LogisticRegression(C=2.0, max_iter=2000, tol=1e-8)
    theirs.fit(features, train.labels, sample_weight=weights)
    unseen = solved_ngrams._features(valid, 2, len(train.vocab), 1000, keys, idf)
    scores = unseen @ found[:-1] + found[-1]
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, theirs.predict_proba(unseen), atol=5e-3)


def test_pairs_know_what_words_do_not():
    train, valid = data()
    accuracy = {}
    for n in (1, 2):
        layer = solve_ngrams(train, valid, n=n, n_labels=3, max_length=1000)
        accuracy[n] = (scores_of(layer, valid).argmax(axis=1) == valid.labels).mean()
    assert accuracy[2] > 0.95 > 0.8 > accuracy[1]


def test_the_frequent_ones_are_kept_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch):
    train, valid = data()
    whole = solved_ngrams._known(train, 2, len(train.vocab), 1000, 1 << 20)[0]
    monkeypatch.setattr(solved_ngrams, "MOST_WEIGHTS", 30)
    layer = solve_ngrams(train, valid, n=2, n_labels=3, max_length=1000)
    assert len(layer.keys) == 10 < len(whole)
    assert (layer.keys[1:] > layer.keys[:-1]).all()
    assert float(layer.idf.max()) < 4


def test_texts_without_words_and_labels_without_texts():
    texts, labels = texts_of(60, 1)
    train = SequenceDataset.from_texts(["", *texts, ""], ["no", *labels, "no"], config=CONFIG)
    layer = solve_ngrams(train, train, n=2, n_labels=4, max_length=1000)  # a label never seen
    assert scores_of(layer, train).shape == (62, 4)
    assert torch.isfinite(layer.weight).all()
    empty = train.select([0, 61])
    layer = solve_ngrams(empty, empty, n=2, n_labels=4, max_length=9)
    assert not len(layer.keys)
    assert scores_of(layer, empty).argmax(axis=1).tolist() == empty.labels.tolist()


def trained(
    ngrams: int | None = None, epochs: int = 1, **options
) -> tuple[Classifier, SequenceDataset]:
    train, valid = data()
    model = Classifier.for_dataset(train, SMALL, ngrams=ngrams, **options)
    assert model.ngrams is None  # while it is trained, the network is alone
    fit(model, train, valid, TrainConfig(epochs=epochs))
    return model, valid


def test_a_classifier_has_them_when_its_training_ends(tmp_path: Path):
    model, valid = trained()
    assert model.ngrams is not None
    assert float(model.ngrams.share) > 0
    scores = model.evaluate(valid)
    parts = {part: model.evaluate(valid, part=part) for part in ("network", "n-grams")}
    assert model.evaluate(valid) == scores  # all is as it was
    assert scores["accuracy"] > 0.95 > parts["network"]["accuracy"]
    assert scores["loss"] <= min(part["loss"] for part in parts.values()) + 1e-6
    model.save(tmp_path / "model")
    again = SequenceModel.load(tmp_path / "model")
    np.testing.assert_array_equal(again.logits_of(valid), model.logits_of(valid))
    assert again.options == model.options


def test_none_are_made_where_none_are_asked_for():
    model, _ = trained(ngrams=0)
    assert model.ngrams is None
    assert model.options["n_ngrams"] is None
    train, valid = data()
    for kind in (BagOfVectors, EchoClassifier):
        other = kind.for_dataset(train, SMALL)
        if kind is BagOfVectors:
            fit(other, train, valid, TrainConfig(epochs=1))
        assert other.ngrams is None


def test_trained_again_it_is_judged_and_solved_anew():
    model, valid = trained()
    first = model.ngrams
    train, _ = data()
    history = fit(model, train, valid, TrainConfig(epochs=1))
    alone = model.evaluate(valid, part="network")
    assert history.best_scores["accuracy"] == alone["accuracy"]
    assert model.ngrams is not first


@pytest.mark.parametrize(("tokenizer", "n"), [("whitespace", 2), ("char", 3)])
def test_how_long_they_are(tokenizer: str, n: int):
    config = TextConfig(min_count=1, tokenizer=tokenizer)
    train = SequenceDataset.from_texts(["a b c", "d e f"], ["yes", "no"], config=config)
    assert Classifier.for_dataset(train, SMALL).options["ngrams"] == n
    assert Classifier.for_dataset(train, SMALL, ngrams=1).options["ngrams"] == 1
    with pytest.raises(OptionError, match="ngrams is 9; the most that works is 8"):
        Classifier.for_dataset(train, SMALL, ngrams=9)


def test_longer_ones_than_a_number_can_hold(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("textseq.rnn.models.solved_ngrams.longest_ngram", lambda n_words: 1)
    train, _ = data()
    assert Classifier.for_dataset(train, SMALL).options["ngrams"] == 1
    with pytest.raises(OptionError, match=r"ngrams is 2; with \d+ words 1 is most"):
        Classifier.for_dataset(train, SMALL, ngrams=2)


def test_what_a_folder_says_of_them_is_checked(tmp_path: Path):
    model, _ = trained()
    folder = tmp_path / "model"
    model.save(folder)
    config = (folder / "config.json").read_text()
    n = model.options["n_ngrams"]
    for wrong in (f'"n_ngrams": {n + 1}', '"n_ngrams": -1', f'"n_ngrams": {1 << 40}'):
        (folder / "config.json").write_text(config.replace(f'"n_ngrams": {n}', wrong))
        with pytest.raises(ValueError, match=r"n_ngrams|ngrams\.keys"):
            SequenceModel.load(folder)
    (folder / "config.json").write_text(config.replace('"ngrams": 2', '"ngrams": 0'))
    with pytest.raises(ValueError, match="n_ngrams"):
        SequenceModel.load(folder)


def test_onnx_has_them_too(tmp_path: Path):
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    model, valid = trained()
    export_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for rows in ([0], range(7), range(80)):
        batch = valid.batch(rows)
        given = {"ids": batch.inputs.numpy(), "lengths": batch.lengths.numpy()}
        (found,) = session.run(["probabilities"], given)
        with torch.inference_mode():
            expected = model.calibrated(batch.inputs, batch.lengths).softmax(1)
        torch.testing.assert_close(torch.from_numpy(found), expected, atol=1e-5, rtol=0)


def test_saliency_knows_what_they_say():
    model, _ = trained(epochs=2)
    text = "the film not good"
    found = explain(model, text, "no", steps=200)
    (prediction,) = model.predict([text])
    share = prediction.probabilities["no"]
    hook = model.embedding.register_forward_hook(lambda *a: torch.zeros_like(a[2]))
    with torch.inference_mode():
        ids, lengths = torch.zeros((1, 4), dtype=torch.int64), torch.tensor([4])
        logits = (model(ids, lengths) / model.temperature + model.ngrams.share * model.ngrams.bias)[
            0
        ]
    hook.remove()
    shares = logits.softmax(0).numpy()
    before = shares[model.sides["labels"].vocab["no"]]
    change = np.log(share / (1 - share)) - np.log(before / (1 - before))
    assert sum(found.weights) == pytest.approx(change, abs=5e-3)
    assert sum(found.weights[2:]) > sum(found.weights[:2])


def test_a_long_text_is_cut_for_them_too():
    train, valid = data()
    long = [text + " film" * 20 for text in texts_of(80, 2)[0]]
    known = {"vocab": train.vocab, "label_vocab": train.label_vocab}
    wide = SequenceDataset.from_texts(long, texts_of(80, 2)[1], config=CONFIG, **known)
    model = Classifier.for_dataset(train, SMALL, max_length=4)
    fit(model, train, valid, TrainConfig(epochs=1))
    short = SequenceDataset.from_texts(
        [" ".join(text.split()[:4]) for text in long], texts_of(80, 2)[1], config=CONFIG, **known
    )
    assert model.calibrate(wide) == pytest.approx(model.calibrate(short))
    for part in ("whole", "network", "n-grams"):
        found, expected = (model.evaluate(each, part=part) for each in (wide, short))
        assert found == pytest.approx(expected)


def test_class_weights_count_for_them():
    train, valid = data(of=2)
    plain = solve_ngrams(train, valid, n=1, n_labels=2, max_length=1000)
    weights = np.array([1.0, 9.0])
    heavy = solve_ngrams(train, valid, n=1, n_labels=2, max_length=1000, class_weights=weights)
    counts = [(scores_of(layer, valid).argmax(axis=1) == 1).sum() for layer in (plain, heavy)]
    assert counts[1] > counts[0]


def test_the_recipe_says_it():
    recipe: Recipe = Classifier.recipe
    assert recipe.options.ngrams is None
    train, _ = data()
    assert Classifier.for_dataset(train, recipe.replace(ngrams=3)).options["ngrams"] == 3
