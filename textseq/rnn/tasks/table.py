"""Which pipeline serves a task, or a model: a row of PIPELINES (config/tasks.py).

In: the name of a task, or a model. Out: its Pipeline.
"""

from __future__ import annotations

import importlib
from typing import Any

from textseq.config.tasks import PIPELINES
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.tasks.pipeline import Pipeline


def find_pipeline(task: str) -> type[Pipeline[Any]]:
    """The pipeline of a task."""
    module, name = PIPELINES[task].split(":")
    found: type[Pipeline[Any]] = getattr(importlib.import_module(module), name)
    return found


def pipeline_of(model: SequenceModel) -> Pipeline[Any]:
    """The pipeline of the model's task, with the model."""
    return find_pipeline(model.task)(model)
