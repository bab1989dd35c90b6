"""Options of models: by the signatures of their classes."""

from __future__ import annotations

from typing import Any

import pytest

from textseq.rnn.echo.echo_series import EchoSeries
from textseq.rnn.echo.echo_state import EchoTagger
from textseq.rnn.models.bag_of_vectors import BagOfVectors
from textseq.rnn.models.captioner import Captioner
from textseq.rnn.models.language_model import LanguageModel
from textseq.rnn.models.model import as_json
from textseq.rnn.models.model_options import check_model_options
from textseq.rnn.models.tagger import Tagger


@pytest.mark.parametrize(
    ("cls", "options"),
    [
        (BagOfVectors, {"class_weights": None, "label_smoothing": 0, "max_length": 7}),
        (BagOfVectors, {"class_weights": [1, 2.5]}),
        (Captioner, {"n_features": 4, "image": [1, 2, 2], "tied": True}),
        (LanguageModel, {"back_steps": None, "forget": 0.5, "eos": False}),
        (Tagger, {"scheme": "bio", "characters": "none"}),
        (EchoTagger, {"echo": {"units": 3}, "character_size": 8, "scheme": None, "lower": True}),
        (EchoSeries, {"columns": ["x", 1], "echo": {}}),
    ],
)
def test_options_that_are_taken(cls: type, options: dict[str, Any]):
    check_model_options(cls, options)


@pytest.mark.parametrize(
    ("cls", "options"),
    [
        (BagOfVectors, {"pooling": "max"}),
        (BagOfVectors, {"max_length": 7.0}),
        (BagOfVectors, {"label_smoothing": float("nan")}),
        (BagOfVectors, {"label_smoothing": False}),
        (Captioner, {"image": [1, 2.5, 2]}),
        (Captioner, {"image": "12"}),
        (Captioner, {"tied": 1}),
        (LanguageModel, {"back_steps": "7"}),
        (Tagger, {"scheme": "iob"}),
        (Tagger, {"vectors": None}),
        (EchoSeries, {"columns": [None]}),
        (EchoSeries, {"self": 1}),
        (EchoSeries, []),
        (EchoSeries, None),
    ],
)
def test_options_that_are_not(cls: type, options: Any):
    with pytest.raises(ValueError, match=r"no option|takes no such|no object"):
        check_model_options(cls, options)


def test_all_models_take_their_own_options(kind: Any, six_texts: Any):
    made = kind.make(kind.examples(six_texts))
    check_model_options(type(made), as_json(made.options))
