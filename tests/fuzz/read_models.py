"""Readers of models, checkpoints, and the commands that take them.

In: nothing. Out: `readers`, a row for each: how a small valid input is made, and how it is read and
used. Heavy packages are imported where they run.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from harness import Reader
from read_texts import table
from sample import LABELS, TAGS, TEXT, command, config

# --- models


def _torch() -> Any:
    import torch

    torch.set_num_threads(1)
    return torch


@cache
def _dataset(kind: str = "labels") -> Any:
    import numpy as np

    from textseq.rnn.data.dataset import SequenceDataset
    from textseq.rnn.data.vocabs import with_specials
    from textseq.text.encode import encode_lines

    if kind in ("labels", "n-grams"):
        return SequenceDataset.from_texts(TEXT, LABELS, config=config())
    if kind == "tags":
        pairs = [(line.split(), tags) for line, tags in zip(TEXT, TAGS, strict=True) if line]
        return SequenceDataset.from_sentences(pairs, config=config())
    if kind == "spans":
        spans = ["O", "B-PER", "I-PER", "O", "B-LOC", "O"]
        pairs = [(line.split(), spans[: len(line.split())]) for line in TEXT if line]
        return SequenceDataset.from_sentences(pairs, config=config())
    if kind == "pairs":
        return SequenceDataset.from_texts(TEXT, pairs=TEXT[::-1], config=config())
    if kind == "features":
        rows = np.random.default_rng(1).standard_normal((len(TEXT), 4)).astype(np.float32)
        return SequenceDataset(rows, with_specials(encode_lines(TEXT, config())))
    if kind == "label-sets":
        sets = [["+", "-"][: number % 3] for number in range(len(TEXT))]
        return SequenceDataset.from_texts(TEXT, label_sets=sets, config=config())
    if kind == "number":
        return SequenceDataset.from_texts(TEXT, values=range(len(TEXT)), config=config())
    return SequenceDataset(with_specials(encode_lines(TEXT, config())))


def _rnn(**options: Any) -> Any:
    from textseq.config import RNNConfig

    return RNNConfig(**({"hidden": 3, "dim": 4} | options))


def _model(kind: str) -> Any:
    _torch()
    from textseq.config import EchoStateConfig

    echo = EchoStateConfig(units=12, density=0.3)
    if kind == "classifier":
        from textseq.rnn.models.classifier import Classifier

        return Classifier.for_dataset(_dataset(), _rnn())
    if kind in ("n-grams", "label-sets", "number"):
        from textseq.rnn.models.classifier import Classifier

        data = _dataset(kind)
        whole = Classifier.for_dataset(data, _rnn()).eval()
        whole.finish(data, data)
        return whole
    if kind == "bag":
        from textseq.rnn.models.bag_of_vectors import BagOfVectors

        return BagOfVectors.for_dataset(_dataset(), _rnn())
    if kind == "tagger":
        from textseq.rnn.models.tagger import Tagger

        return Tagger.for_dataset(_dataset("tags"), _rnn(cell="gru"), min_count=1)
    if kind == "crf-tagger":
        from textseq.rnn.models.tagger import Tagger

        return Tagger.for_dataset(
            _dataset("spans"), _rnn(cell="rnn"), characters="lstm", crf=True, min_count=1
        )
    if kind == "language-model":
        from textseq.rnn.models.language_model import LanguageModel

        return LanguageModel.for_dataset(_dataset("text"), _rnn(layers=2))
    if kind == "translator":
        from textseq.rnn.models.translator import Translator

        return Translator.for_dataset(_dataset("pairs"), _rnn(), input_feeding=True)
    if kind == "captioner":
        from textseq.rnn.models.captioner import Captioner

        return Captioner.for_dataset(_dataset("features"), _rnn(cell="gru"))
    if kind == "image-captioner":
        from textseq.rnn.models.captioner import Captioner

        return Captioner.for_dataset(_dataset("features"), _rnn(cell="gru"), image=(1, 2, 2))
    if kind == "echo-classifier":
        from textseq.rnn.echo.echo_state import EchoClassifier

        model = EchoClassifier.for_dataset(_dataset(), _rnn(), echo=echo)
        model.learn(_dataset(), _dataset())
        return model
    if kind == "echo-tagger":
        from textseq.rnn.echo.echo_state import EchoTagger

        data = _dataset("tags")
        tagger = EchoTagger.for_dataset(data, _rnn(), echo=echo, character_size=8, min_count=1)
        tagger.learn(data, data)
        return tagger
    import numpy as np

    from textseq.rnn.echo.echo_series import EchoSeries

    steps = np.arange(60)
    series = np.stack([np.sin(steps / 3), np.cos(steps / 5)], axis=1)
    return EchoSeries.for_series(series, echo.replace(washout=10), columns=["x", "y"])


def _save_model(kind: str, folder: Path) -> None:
    _model(kind).save(folder / "model")


def _use_model(folder: Path) -> None:
    """Open it and let it predict, as the command does."""
    torch = _torch()
    from textseq.rnn.models.model import SequenceModel

    model: Any = SequenceModel.load(folder / "model")
    from textseq.rnn.tasks.table import pipeline_of

    if model.task == "echo-series":
        items: Any = [[0.1] * len(model.columns)] * 3
    elif model.task == "captioner":
        items = torch.zeros(2, model.n_features).numpy()
    else:
        items = ["the cat sat", ""]
    pipeline = pipeline_of(model)
    for prediction in model.predict(items):
        pipeline.show(prediction)


def _checkpoint(folder: Path) -> None:
    from textseq.rnn.training.fit import fit

    data = _dataset()
    fit(_model("classifier"), data, data, _train(), checkpoint=folder / "checkpoint")


def _train() -> Any:
    from textseq.config import TrainConfig

    return TrainConfig(epochs=1, threads=1, device="cpu", patience=1)


def _resume(folder: Path) -> None:
    from textseq.rnn.training.fit import fit

    data = _dataset()
    config = _train().replace(epochs=2)
    fit(_model("classifier"), data, data, config, checkpoint=folder / "checkpoint", resume=True)


@cache
def _w2v_corpus() -> Any:
    from textseq.text.encode import encode_lines

    return encode_lines(TEXT * 10, config())


def _w2v_job() -> Any:
    from textseq.config import Word2VecConfig
    from textseq.word2vec.job import Job

    corpus = _w2v_corpus()
    config = Word2VecConfig(dim=4, epochs=1, threads=1, device="cpu")
    n_special = len(corpus.vocab.specials)
    return Job.create(corpus.ids, corpus.offsets, corpus.vocab.counts, n_special, config)


def _w2v_checkpoint(folder: Path) -> None:
    from textseq.word2vec.checkpoint import save_job
    from textseq.word2vec.run import Done

    save_job(folder / "checkpoint", _w2v_job(), _w2v_corpus(), Done.nothing(epochs=1))


def _w2v_resume(folder: Path) -> None:
    from textseq.word2vec.checkpoint import restore_job

    restore_job(folder / "checkpoint", _w2v_job(), _w2v_corpus())


# --- commands that take a model


def _classifier_and_table(folder: Path) -> None:
    model = _model("classifier")
    model.info = {"columns": {"text": "text", "label": "label", "header": True}}
    model.save(folder / "model")
    table("csv", folder)


def _predict_and_evaluate(folder: Path) -> None:
    _torch()
    given = "--model", str(folder / "model"), "--device", "cpu"
    command("predict", str(folder / "table.csv"), *given, "--explain", "--json")
    command("evaluate", str(folder / "table.csv"), *given)


def _generate(folder: Path) -> None:
    _torch()
    command("generate", "--model", str(folder / "model"), "--device", "cpu", "--prompt", "the cat",
             "--max-tokens", "5")  # fmt: skip


# --- all of them

_MODELS = (
    "classifier", "n-grams", "label-sets", "number", "bag", "tagger", "crf-tagger",
    "language-model", "translator", "captioner", "image-captioner", "echo-classifier",
    "echo-tagger", "echo-series",
)  # fmt: skip


def readers() -> Iterator[Reader]:
    """The rows."""
    for kind in _MODELS:
        yield Reader(f"model: {kind}", partial(_save_model, kind), _use_model, 0.1, least=3000)
    yield Reader("model: predict, evaluate", _classifier_and_table, _predict_and_evaluate, 0.1,
                 least=3000)  # fmt: skip
    make = partial(_save_model, "language-model")
    yield Reader("model: generate", make, _generate, 0.1, least=3000)
    yield Reader("checkpoint: classifier", _checkpoint, _resume, 0.1, least=3000)
    yield Reader("checkpoint: word2vec", _w2v_checkpoint, _w2v_resume)
