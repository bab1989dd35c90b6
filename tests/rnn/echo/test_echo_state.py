"""Echo state classifier and tagger: what they learn, keep, explain and refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from textseq.config import EchoStateConfig, RNNConfig, TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.tagged_text import read_tagged
from textseq.rnn.echo.echo_model import TEXT_RIDGES, ReadoutRows
from textseq.rnn.echo.echo_state import EchoClassifier, EchoTagger
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.show.saliency import explain
from textseq.rnn.tasks.table import pipeline_of
from textseq.text.encoded import EncodedCorpus
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

ECHO = EchoStateConfig(units=40, density=0.1)
RNN = RNNConfig(dim=16)
AWKWARD = ["", "unknown", "good " * 3000, "서울 🙂", "a\x00b\r\u2028", "\ud800 good"]


@pytest.fixture(scope="module")
def reviews() -> SequenceDataset:
    """Whether "good" comes before "bad": which words there are does not tell."""
    rng = np.random.default_rng(1)
    texts, labels = [], []
    for _ in range(200):
        rest = rng.choice(["a", "film", "서울"], rng.integers(0, 3)).tolist()
        first = bool(rng.integers(2))
        pair = ["good", "bad"] if first else ["bad", "good"]
        texts.append(" ".join([*pair, *rest]))
        labels.append("yes" if first else "no")
    return SequenceDataset.from_texts(texts, labels, config=TextConfig(min_count=1))


@pytest.fixture(scope="module")
def classifier(reviews: SequenceDataset) -> EchoClassifier:
    model = EchoClassifier.for_dataset(reviews, RNN, echo=ECHO)
    model.learn(reviews, reviews)
    return model


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> SequenceDataset:
    """A "run" is a verb behind "I" and a noun behind "a"; each other word has its tag."""
    path = tmp_path_factory.mktemp("tagged") / "a.conll"
    rng, lines = np.random.default_rng(1), []
    for _ in range(120):
        for _ in range(rng.integers(1, 3)):
            pairs = [("I", "P"), ("run", "V")] if rng.integers(2) else [("a", "D"), ("run", "N")]
            lines += [f"{word} {tag}" for word, tag in pairs]
        lines.append("")
    path.write_text("\n".join(lines))
    return read_tagged([str(path)], TextConfig())


@pytest.fixture(scope="module")
def tagger(sentences: SequenceDataset) -> EchoTagger:
    model = EchoTagger.for_dataset(sentences, RNN, echo=ECHO, character_size=20)
    model.learn(sentences, sentences)
    return model


# --- labels


def test_order_is_learnt(classifier: EchoClassifier, reviews: SequenceDataset):
    scores = classifier.evaluate(reviews)
    assert scores["accuracy"] > 0.95
    assert scores["loss"] < 0.3  # calibrated
    assert [p.label for p in classifier.predict(["good bad", "bad good film"])] == ["yes", "no"]


def test_of_texts_without_a_known_word_labels_are_as_probable_as_they_are_frequent(
    reviews: SequenceDataset, tmp_path: Path
):
    rows = np.concatenate(
        [np.flatnonzero(reviews.labels == 0), np.flatnonzero(reviews.labels)[:10]]
    )
    uneven = reviews.select(rows)
    model = EchoClassifier.for_dataset(uneven, RNN, echo=ECHO)
    model.learn(uneven, uneven)
    model.save(tmp_path / "model")
    for known in (model, EchoClassifier.load(tmp_path / "model")):
        found = [p.probabilities for p in known.predict(["", "?", "? ! ?", "good bad"])]
        assert found[0] == found[1] == found[2] != found[3]
        shares = np.bincount(uneven.labels) / len(uneven)
        assert list(found[0].values()) == pytest.approx(shares.tolist(), abs=1e-5)


def test_the_readout_is_the_ridge_solution(reviews: SequenceDataset):
    model = EchoClassifier.for_dataset(reviews, RNN, echo=ECHO.replace(ridge=0.5), pooling="last")
    assert model.learn(reviews, reviews) == 0.5
    batch = reviews.batch(range(len(reviews)))
    x = model.features(batch.inputs, batch.lengths).double().numpy()
    y = 4.0 * np.eye(2)[reviews.labels]
    middle = x - x.mean(axis=0)
    weights = np.linalg.solve(middle.T @ middle + 0.5 * np.eye(x.shape[1]), middle.T @ y).T
    np.testing.assert_allclose(model.output.weight.numpy(), weights, atol=1e-4)


def test_ridge_is_chosen_on_the_validation_data(reviews: SequenceDataset):
    told: list[tuple[int, int]] = []
    flipped = reviews.labels ^ (np.random.default_rng(1).random(200) < 0.2)
    assert reviews.label_vocab is not None
    reviews = SequenceDataset(reviews.inputs, flipped, label_vocab=reviews.label_vocab)
    model = EchoClassifier.for_dataset(reviews, RNN, echo=ECHO)
    one, other = reviews.select(range(100)), reviews.select(range(100, 200))
    chosen = model.learn(one, other, lambda done, total: told.append((done, total)))
    assert told[-1] == (200, 200)

    def error(ridge: float) -> float:
        fixed = EchoClassifier.for_dataset(reviews, RNN, echo=ECHO.replace(ridge=ridge))
        fixed.learn(one, other)
        off = fixed.logits_of(other) * float(fixed.temperature) - 4 * np.eye(2)[other.labels]
        return float((off**2).sum())

    assert TEXT_RIDGES[0] < chosen < TEXT_RIDGES[-1]
    assert error(chosen) < min(error(chosen * 10), error(chosen / 10))


def test_calibrated_twice_it_is_as_calibrated_once(reviews: SequenceDataset):
    """Also where texts have unknown words only, whose logits know the temperature."""
    ids = np.full(reviews.inputs.n_tokens, reviews.vocab.unk_id, np.int32)
    unknown = EncodedCorpus(ids, reviews.inputs.offsets, reviews.vocab, reviews.inputs.config)
    labels = (np.arange(len(reviews)) % 10 < 3).astype(np.int64)
    data = SequenceDataset(unknown, labels, label_vocab=reviews.label_vocab)
    model = EchoClassifier.for_dataset(reviews, RNN, echo=ECHO)
    model.learn(reviews, reviews)
    model.shares.copy_(torch.tensor([0.9, 0.1]))
    expected = np.log(9) / np.log(7 / 3)  # at which .9 and .1 are .7 and .3
    assert model.calibrate(data) == pytest.approx(expected, rel=1e-3)
    assert model.calibrate(data) == pytest.approx(expected, rel=1e-3)


def test_balanced(reviews: SequenceDataset):
    rows = np.flatnonzero(reviews.labels == 0)[:5].tolist()
    rows += np.flatnonzero(reviews.labels == 1).tolist()
    few = reviews.select(rows)
    model = EchoClassifier.for_dataset(few, RNN, echo=ECHO.replace(ridge=3.0), balanced=True)
    parts = [part for _, part in model.parts(few)]
    weights = torch.cat([part.weights for part in parts])
    answers = torch.cat([part.answers for part in parts])
    assert isinstance(parts[0], ReadoutRows)
    assert float(weights[answers == 0].sum()) == pytest.approx(float(weights[answers == 1].sum()))
    model.learn(few, few)
    assert model.report(few).confusion[0, 0] == 5


def test_awkward_texts(classifier: EchoClassifier):
    found = list(classifier.predict(AWKWARD, batch_size=2))
    assert len(found) == len(AWKWARD)
    for text, prediction in zip(AWKWARD, found, strict=True):
        assert sum(prediction.probabilities.values()) == pytest.approx(1.0)
        (alone,) = classifier.predict([text])
        assert alone.probability == pytest.approx(prediction.probability, abs=1e-4)


def test_explain(classifier: EchoClassifier):
    text = "good bad film"
    (prediction,) = classifier.predict([text])
    reasons = explain(classifier, text, prediction.label, steps=64)
    assert reasons.tokens == ["good", "bad", "film"]
    with torch.no_grad():
        batch = classifier.examples_of([text]).batch([0])
        nothing = torch.zeros_like(classifier.embedding(batch.inputs))
        hook = classifier.embedding.register_forward_hook(lambda *_: nothing)
        before = classifier(batch.inputs, batch.lengths) / classifier.temperature
        hook.remove()
        after = classifier(batch.inputs, batch.lengths) / classifier.temperature
    label = classifier.sides["labels"].vocab[prediction.label]
    gain = (after - before)[0]
    assert sum(reasons.weights) == pytest.approx(float(gain[label] - gain[1 - label]), rel=0.02)


def test_the_classifier_on_disk(classifier: EchoClassifier, reviews, tmp_path: Path):
    classifier.save(tmp_path / "m")
    again = SequenceModel.load(tmp_path / "m")
    assert isinstance(again, EchoClassifier)
    assert again.echo.leak == 1.0  # what was left open is kept as it was filled
    np.testing.assert_array_equal(again.logits_of(reviews), classifier.logits_of(reviews))
    path = tmp_path / "m" / "model.safetensors"
    arrays = load_file(path)
    arrays["encoder.layer.sources"].flat[5] = 4000
    save_file(arrays, path)
    with pytest.raises(ValueError, match=r"is damaged: .*units 0\.\.4000 of 40"):
        SequenceModel.load(tmp_path / "m")


def test_with_word_vectors(reviews: SequenceDataset):
    words = WordVectors(Vocab(["good", "bad"], specials=()), 50 * np.eye(2, 7, dtype=np.float32))
    model = EchoClassifier.for_dataset(reviews, RNN, echo=ECHO, vectors=words)
    table = model.embedding.table
    assert table is not None
    assert table.weight.shape[1] == 7
    assert float(table.weight.norm(dim=1).mean()) == pytest.approx(4.0)
    good, bad = (table.weight[reviews.vocab[word]] for word in ("good", "bad"))
    assert float(good @ bad) == pytest.approx(0, abs=1e-6)  # scaled, and not turned
    assert not any(parameter.requires_grad for parameter in model.parameters())
    model.learn(reviews, reviews)
    assert model.evaluate(reviews)["accuracy"] > 0.9


def test_what_a_classifier_refuses(reviews: SequenceDataset):
    with pytest.raises(ValueError, match="pooling is 'max'; it can be mean, last"):
        EchoClassifier.for_dataset(reviews, RNN, echo=ECHO, pooling="max")  # type: ignore[arg-type]
    model = EchoClassifier.for_dataset(reviews, RNN, echo=ECHO)
    with pytest.raises(ValueError, match="0 examples to learn from"):
        model.learn(reviews.select([]), reviews)
    with pytest.raises(ValueError, match="none is left"):
        EchoClassifier.for_dataset(reviews, RNN, echo=ECHO.replace(density=1e-9))


# --- tags


def test_neighbours_decide(tagger: EchoTagger, sentences: SequenceDataset):
    scores = tagger.evaluate(sentences)
    assert scores["accuracy"] > 0.99
    (found,) = tagger.predict(["I run a run"])
    assert found.tags == ["P", "V", "D", "N"]
    assert all(0 <= share <= 1 for share in found.probabilities)
    assert pipeline_of(tagger).show(found) == "I/P run/V a/D run/N"


def test_awkward_sentences(tagger: EchoTagger):
    found = list(tagger.predict([*AWKWARD, ["I", "run"], []], batch_size=2))
    assert found[0].tags == []
    assert found[-1].tags == []
    assert found[-2].tokens == ["I", "run"]
    (alone,) = tagger.predict([["I", "run"]])
    np.testing.assert_allclose(alone.probabilities, found[-2].probabilities, atol=1e-4)


def test_unknown_tags_are_not_learnt(tagger: EchoTagger, tmp_path: Path):
    path = tmp_path / "b.conll"
    path.write_text("I P\nrun X\n\n")
    other = read_tagged([str(path)], TextConfig())
    ((n_examples, part),) = tagger.parts(other)
    assert (n_examples, len(part.answers)) == (1, 1)
    assert tagger.evaluate(other)["accuracy"] == 0.5


@pytest.mark.parametrize("character_size", [0, 10])
def test_the_tagger_on_disk(sentences: SequenceDataset, tmp_path: Path, character_size: int):
    model = EchoTagger.for_dataset(
        sentences, RNN, echo=ECHO, character_size=character_size, lower=True
    )
    model.learn(sentences, sentences)
    model.save(tmp_path / "m")
    again = SequenceModel.load(tmp_path / "m")
    assert isinstance(again, EchoTagger)
    assert again.lower
    assert again.evaluate(sentences) == model.evaluate(sentences)


def test_spans(tmp_path: Path):
    path = tmp_path / "spans.conll"
    path.write_text("in O\nNew B-LOC\nYork I-LOC\n\n" * 20)
    data = read_tagged([str(path)], TextConfig())
    model = EchoTagger.for_dataset(data, RNN, echo=ECHO, character_size=10)
    model.learn(data, data)
    assert model.evaluate(data)["f1"] == 1.0
    (found,) = model.predict(["in New York"])
    assert pipeline_of(model).as_json(found)["spans"][0]["tokens"] == ["New", "York"]
