"""What the first recurrent layer of each kind of model reads, and the flow through it."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch

from textseq.config import RNNConfig, TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.vocabs import with_specials
from textseq.rnn.gradients.first_layer import (
    LONGEST_TEXT,
    collect_inputs,
    find_first_layer,
    model_flow,
)
from textseq.rnn.gradients.gradient_flow import gradient_flow
from textseq.rnn.models.bag_of_vectors import BagOfVectors
from textseq.rnn.models.captioner import Captioner
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.language_model import LanguageModel
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.models.tagger import Tagger
from textseq.rnn.models.translator import Translator
from textseq.text.encode import encode_lines

TEXT = TextConfig(min_count=1)
TEXTS = ["the cat sat on the mat", "서울 is far", "🙂"]
SMALL = RNNConfig(hidden=4, dim=3, dropout=0.5, embedding_dropout=0.5, word_dropout=0.5)


def labelled() -> SequenceDataset:
    return SequenceDataset.from_texts(TEXTS, ["a", "b", "a"], config=TEXT)


def classifier(rnn: RNNConfig = SMALL) -> Classifier:
    return Classifier.for_dataset(labelled(), rnn)


def language_model() -> LanguageModel:
    corpus = with_specials(encode_lines(TEXTS, TEXT))
    return LanguageModel.for_dataset(Examples(corpus), SMALL.replace(layers=2))


def tagger() -> Tagger:
    tags = [["X"] * len(text.split()) for text in TEXTS]
    sentences = [text.split() for text in TEXTS]
    data = SequenceDataset.from_sentences(zip(sentences, tags, strict=True), config=TEXT)
    return Tagger.for_dataset(data, SMALL, characters="lstm", min_count=1)


def translator() -> Translator:
    return Translator.for_dataset(
        SequenceDataset.from_texts(TEXTS, pairs=TEXTS, config=TEXT), SMALL
    )


MODELS = {
    "classifier": classifier, "language-model": language_model, "tagger": tagger,
    "translator": translator,
}  # fmt: skip


@pytest.mark.parametrize("task", MODELS)
def test_the_flow_of_each_model(task: str):
    model = MODELS[task]().eval()
    assert model.task == task
    flows = model_flow(model, iter(["", *TEXTS, " "]), n_texts=10)
    both = model.encoder.recurrent.n_directions == 2
    assert list(flows) == (["forward", "backward"] if both else ["forward"])
    for flow in flows.values():
        # A language model reads <eos> first.
        longest = 7 if task == "language-model" else 6
        assert flow.n[0] == 3
        assert len(flow.lags) == longest + 1
        assert flow.n[-1] == 1
        assert flow.has_memory
        assert np.isfinite(flow.hidden.spectral[0]).all()
    for module in model.modules():
        assert not module._forward_pre_hooks


def test_what_a_classifier_reads():
    model = classifier().eval()
    found = collect_inputs(model, TEXTS, 2)
    with torch.no_grad():
        for row in (0, 1):
            batch = model.examples_of([TEXTS[row]]).batch([0])
            want = model.encoder.embedding(batch.inputs)
            torch.testing.assert_close(found["forward"].inputs[row], want)
            torch.testing.assert_close(found["backward"].inputs[row], want.flip(1))
    assert len(found["forward"].inputs) == 2  # the third is not asked for
    assert found["backward"].layer is model.encoder.recurrent.cells()[1]


def test_dropout_does_not_matter():
    model = classifier().train()
    one, other = (collect_inputs(model, TEXTS, 1)["forward"].inputs[0] for _ in range(2))
    torch.testing.assert_close(one, other)


def test_a_tagger_takes_tokens_too_and_reads_their_characters():
    model = tagger().eval()
    found = collect_inputs(model, [[], TEXTS[0].split()], 3)["forward"].inputs
    assert [one.shape for one in found] == [(1, 6, 3 + 64)]
    torch.testing.assert_close(collect_inputs(model, TEXTS, 1)["forward"].inputs[0], found[0])


def test_only_the_first_layer_counts():
    model = language_model().eval()
    assert find_first_layer(model) is model.encoder.recurrent
    found = collect_inputs(model, TEXTS, 1)["forward"]
    assert found.layer is model.encoder.recurrent.cells()[0]
    assert len(model.encoder.recurrent.cells()) == 2
    (flow,) = model_flow(model, TEXTS, 1).values()
    want = gradient_flow(found.layer, found.inputs)
    np.testing.assert_array_equal(flow.state.frobenius, want.state.frobenius)


def test_a_long_text_and_a_text_in_parts(monkeypatch: pytest.MonkeyPatch):
    model, text = language_model().eval(), " ".join(TEXTS * 3)
    whole = collect_inputs(model, [text], 1)["forward"].inputs[0]
    monkeypatch.setattr("textseq.rnn.models.language_model._LOGITS", 1)  # one token at a time
    torch.testing.assert_close(collect_inputs(model, [text], 1)["forward"].inputs[0], whole)
    long = "cat " * (LONGEST_TEXT + 500)
    monkeypatch.undo()
    assert collect_inputs(model, [long], 1)["forward"].inputs[0].shape[1] == LONGEST_TEXT
    flow = model_flow(model, [long], 1, max_lag=20)["forward"]
    assert len(flow.lags) == 21


def test_texts_are_read_no_further_than_needed():
    texts = iter(TEXTS)
    collect_inputs(classifier().eval(), texts, 1)
    assert list(texts) == TEXTS[1:]
    assert list(islice(texts, 1)) == []


def captioner() -> Captioner:
    captions = with_specials(encode_lines(TEXTS, TEXT))
    data = SequenceDataset(np.eye(3, dtype=np.float32), captions)
    return Captioner.for_dataset(data, SMALL)


@pytest.mark.parametrize("make", [lambda: BagOfVectors.for_dataset(labelled(), SMALL), captioner])
def test_models_without_such_a_layer(make):
    model: SequenceModel = make()
    message = f"a {model.task} has no recurrent layer that reads text; a classifier, tagger"
    with pytest.raises(ValueError, match=message):
        model_flow(model, TEXTS)


@pytest.mark.parametrize("task", MODELS)
def test_no_text_at_all(task: str):
    with pytest.raises(ValueError, match="no text with tokens"):
        model_flow(MODELS[task]().eval(), ["", "  ", "\t"])
