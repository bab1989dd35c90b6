"""The table of pipelines: which one serves a model.

In: a model. Out: its Pipeline. A new task is a model, a row in TASKS (models/model.py), a pipeline
in a file beside this one, and a row here.
"""

from __future__ import annotations

import importlib
from typing import Any

from textseq.rnn.models.model import SequenceModel
from textseq.rnn.tasks.pipeline import Pipeline

_PIPELINES = {
    "classifier": "labels:LabelPipeline",
    "bag-of-vectors": "labels:LabelPipeline",
    "echo-classifier": "labels:LabelPipeline",
    "tagger": "tags:TagPipeline",
    "echo-tagger": "tags:TagPipeline",
    "language-model": "language:LanguagePipeline",
    "translator": "writing:TranslationPipeline",
    "captioner": "writing:CaptionPipeline",
    "echo-series": "series:SeriesPipeline",
}


def pipeline_of(model: SequenceModel) -> Pipeline[Any]:
    """The pipeline of the model's task."""
    module, name = _PIPELINES[model.task].split(":")
    kind: type[Pipeline[Any]] = getattr(
        importlib.import_module(f"textseq.rnn.tasks.{module}"), name
    )
    return kind(model)
