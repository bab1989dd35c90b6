"""A single str where models predict many texts: said at once, before the first prediction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from textseq import (
    BagOfVectors,
    Captioner,
    Classifier,
    EchoClassifier,
    EchoStateConfig,
    EchoTagger,
    LanguageModel,
    RNNConfig,
    SequenceDataset,
    Tagger,
    TextConfig,
    Translator,
    encode_lines,
    explain,
)
from textseq.rnn.data.language_data import stream_of

SMALL = RNNConfig(hidden=4, dim=4)
CONFIG = TextConfig(min_count=1)
TEXTS = ["the cat sat", "a dog"]


def labelled() -> SequenceDataset:
    return SequenceDataset.from_texts(TEXTS, ["x", "y"], config=CONFIG)


def tagged() -> SequenceDataset:
    return SequenceDataset.from_sentences([(["the", "cat"], ["D", "N"])], config=CONFIG)


def model_of(kind: str) -> Any:
    if kind == "translator":
        pairs = SequenceDataset.from_texts(TEXTS, pairs=TEXTS, config=CONFIG)
        return Translator.for_dataset(pairs, SMALL)
    if kind == "captioner":
        captions = SequenceDataset.from_texts(TEXTS, pairs=TEXTS, config=CONFIG).targets
        return Captioner.for_dataset(SequenceDataset(np.ones((2, 3), np.float32), captions), SMALL)
    if kind == "language model":
        return LanguageModel.for_dataset(stream_of(encode_lines(TEXTS, CONFIG)), SMALL)
    if kind == "tagger":
        return Tagger.for_dataset(tagged(), SMALL)
    if kind == "echo tagger":
        return EchoTagger.for_dataset(tagged(), SMALL, echo=EchoStateConfig(units=50, density=0.5))
    if kind == "echo classifier":
        return EchoClassifier.for_dataset(
            labelled(), SMALL, echo=EchoStateConfig(units=50, density=0.5)
        )
    return {"classifier": Classifier, "bag": BagOfVectors}[kind].for_dataset(labelled(), SMALL)


KINDS = ["classifier", "bag", "tagger", "language model", "translator", "captioner"]
KINDS += ["echo classifier", "echo tagger"]


@pytest.mark.parametrize("kind", KINDS)
def test_one_text_is_no_list_of_texts(kind: str):
    model = model_of(kind).eval()
    with pytest.raises(TypeError, match=r"a str was given where .* are due; \[.*\] makes a list"):
        model.predict("the cat")  # now, not when the first prediction is taken
    with pytest.raises(TypeError, match="choose one of its columns: text"):
        model.predict(pd.DataFrame({"text": TEXTS}))
    if kind != "captioner":
        wanted = list(model.predict(TEXTS))
        for given in (np.array(TEXTS), pd.Series(TEXTS), pa.array(TEXTS), iter(TEXTS)):
            assert list(model.predict(given)) == wanted


def test_explain_takes_one_text():
    with pytest.raises(TypeError, match="a list was given; explain takes one text"):
        explain(model_of("classifier"), ["the cat"])  # type: ignore[arg-type]
