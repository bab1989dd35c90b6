"""Saliency: the numbers add up, and stand for what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from textseq.config import RNNConfig, TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.models.bag_of_vectors import BagOfVectors
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.show.saliency import explain, log_odds

SMALL = RNNConfig(hidden=6, dim=5)
TEXTS = ["good film", "bad film", "so so", "서울 영화 !"]


def data(**options) -> SequenceDataset:
    config = TextConfig(**({"min_count": 1, "tokenizer": "word", "lowercase": True} | options))
    return SequenceDataset.from_texts(TEXTS, ["yes", "no", "maybe", "yes"], config=config)


def odds_without_words(model, n_tokens: int, label: str) -> float:
    hook = model.embedding.register_forward_hook(lambda *a: torch.zeros_like(a[2]))
    with torch.inference_mode():
        logits = model(torch.full((1, n_tokens), 2), torch.tensor([n_tokens])) / model.temperature
    hook.remove()
    return float(log_odds(logits, model.sides["labels"].vocab[label])[0])


@pytest.mark.parametrize("kind", [Classifier, BagOfVectors])
@pytest.mark.parametrize("rnn", [SMALL, SMALL.replace(input="one-hot")], ids=["dense", "one-hot"])
def test_the_numbers_add_up_to_the_change_of_the_log_odds(kind, rnn):
    model = kind.for_dataset(data(), rnn).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(2)  # so that there is something to explain
    model.temperature.fill_(1.5)
    text = "good film so bad"
    for label in ("yes", "no", "maybe"):
        found = explain(model, text, label, steps=200)
        (prediction,) = model.predict([text])
        share = prediction.probabilities[label]
        change = np.log(share / (1 - share)) - odds_without_words(model, 4, label)
        assert sum(found.weights) == pytest.approx(change, abs=2e-3)
        assert found.label == label


def test_a_linear_model_is_explained_exactly():
    model = BagOfVectors.for_dataset(data(), SMALL).eval()
    model.layers = torch.nn.Sequential(torch.nn.Linear(5, 3))
    found = explain(model, "good film", "yes", steps=1)
    assert len(found.weights) == 2
    # Of two logits alone, log odds are linear too.
    two = SequenceDataset.from_texts(["a b", "b"], ["n", "y"], config=TextConfig(min_count=1))
    model = BagOfVectors.for_dataset(two, SMALL).eval()
    model.layers = torch.nn.Sequential(torch.nn.Linear(5, 2))
    found = explain(model, "a b", "y", steps=1)
    weight = (model.layers[0].weight[1] - model.layers[0].weight[0]).detach()
    for token, number in zip(found.tokens, found.weights, strict=True):
        vector = model.embedding.table.weight[two.vocab[token]].detach()
        assert number == pytest.approx(float(vector @ weight) / 2, abs=1e-6)


def test_tokens_and_where_they_stand():
    model = Classifier.for_dataset(data(), SMALL).eval()
    found = explain(model, "Good, FILM!")
    assert found.text == "good, film!"
    assert found.tokens == ["good", ",", "film", "!"]
    assert [found.text[start:stop] for start, stop in found.spans] == found.tokens
    (prediction,) = model.predict(["Good, FILM!"])
    assert found.label == prediction.label


@pytest.mark.parametrize("tokenizer", ["whitespace", "char", "bpe"])
@pytest.mark.filterwarnings("ignore:subword_vocab has no effect")
def test_each_token_has_a_number(tokenizer):
    model = Classifier.for_dataset(data(tokenizer=tokenizer, subword_vocab=300), SMALL).eval()
    found = explain(model, "Good 서울 zzz")
    assert len(found.tokens) == len(found.spans) == len(found.weights) > 2


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800", "zzz", "a\nb", "👩‍👩‍👧"])
def test_awkward_texts(text):
    model = Classifier.for_dataset(data(), SMALL).eval()
    found = explain(model, text)
    assert len(found.tokens) == len(found.weights) == len(found.spans)
    assert np.isfinite(found.weights).all()


def test_a_long_text_is_explained_as_far_as_it_is_read():
    model = Classifier.for_dataset(data(), SMALL, max_length=3).eval()
    found = explain(model, "good " * 50)
    assert len(found.tokens) == len(found.weights) == 3


def test_the_model_is_as_it_was():
    model = Classifier.for_dataset(data(), SMALL).train()
    before = [weight.clone() for weight in model.parameters()]
    explain(model, "good film")
    assert model.training
    assert all(map(torch.equal, before, model.parameters()))
    assert all(weight.grad is None for weight in model.parameters())
    assert not model.embedding._forward_hooks
    with pytest.raises(ValueError, match="'good' is none of maybe, no, yes"):
        explain(model, "good film", "good")


def test_one_label():
    one = SequenceDataset.from_texts(["a", "b"], ["x", "x"], config=TextConfig(min_count=1))
    found = explain(Classifier.for_dataset(one, SMALL).eval(), "a b")
    assert np.isfinite(found.weights).all()
