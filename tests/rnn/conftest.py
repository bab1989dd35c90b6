"""Small models and data for them: one of a task of its own, and one of each kind there is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Self, get_args

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from textseq.config import Pooling, RNNConfig, TextConfig, TrainConfig
from textseq.rnn.data.batch import Batch
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.vocabs import label_vocab_of, with_specials
from textseq.rnn.layers.cells import RECURRENT_CELLS
from textseq.rnn.layers.encoder import Encoder
from textseq.rnn.models import model as model_module
from textseq.rnn.models.bag_of_vectors import BagOfVectors
from textseq.rnn.models.captioner import Captioner
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.language_model import LanguageModel
from textseq.rnn.models.model import Loss, SequenceModel, Side
from textseq.rnn.models.tagger import Tagger
from textseq.rnn.models.translator import Translator
from textseq.rnn.training.fit import fit
from textseq.text.encode import encode_lines
from textseq.text.encoded import EncodedCorpus

SMALL = RNNConfig(hidden=5, dim=4, dropout=0.2, embedding_dropout=0.2, word_dropout=0.1)


class Tiny(SequenceModel):
    """The last state, and a linear layer to the labels."""

    task = "tiny"
    best = ("accuracy", True)

    def __init__(
        self, sides: dict[str, Side], rnn: RNNConfig, *, vectors: Any = None, scale: float = 1.0
    ) -> None:
        super().__init__(sides, rnn, scale=scale)
        self.scale = scale
        self.encoder = Encoder(sides["source"].vocab, rnn, vectors)
        self.out = nn.Linear(self.encoder.size, len(sides["labels"].vocab))

    @classmethod
    def for_dataset(cls, train: SequenceDataset, rnn: RNNConfig = SMALL, **options: Any) -> Self:
        torch.manual_seed(1)
        assert train.label_vocab is not None
        source = Side(train.vocab, train.text_config)
        return cls({"source": source, "labels": Side(train.label_vocab, None)}, rnn, **options)

    @classmethod
    def restore(cls, sides: dict[str, Side], rnn: RNNConfig, **options: Any) -> Self:
        return cls(sides, rnn, **options)

    def forward(self, batch: Batch) -> torch.Tensor:
        return self.scale * self.out(self.encoder(batch.inputs, batch.lengths)[1])

    def loss(self, batch: Batch) -> Loss:
        return Loss(functional.cross_entropy(self(batch), batch.targets), len(batch))

    def evaluate(self, dataset: Examples, batch_size: int = 64) -> dict[str, float]:
        self.eval()
        loss = right = 0.0
        with torch.inference_mode():
            for batch in dataset.loader(batch_size):
                scores = self(batch.to(self.device))
                loss += float(functional.cross_entropy(scores, batch.targets, reduction="sum"))
                right += float((scores.argmax(1) == batch.targets).sum())
        return {"loss": loss / len(dataset), "accuracy": right / len(dataset)}


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> type[Tiny]:
    """The class, with a row in TASKS, on one thread."""
    monkeypatch.setitem(model_module.TASKS, "tiny", f"{__name__}:Tiny")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield Tiny
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny_data() -> SequenceDataset:
    """60 texts of 1 to 9 words; the label is whether a "good" is among them."""
    rng = np.random.default_rng(1)
    words = ["good", "a", "film", "서울", "bad", "🙂"]
    texts = [" ".join(rng.choice(words, rng.integers(1, 10))) for _ in range(60)]
    return SequenceDataset.from_texts(texts, ["good" in text for text in texts])


@pytest.fixture
def ends_as_uninterrupted(tmp_path: Path) -> Callable[..., None]:
    """Asserts that training goes on from a checkpoint to where it ends without one."""

    def check(
        make: Callable[[], SequenceModel],
        other: Callable[[], SequenceModel],
        train: Examples,
        valid: Examples,
        config: TrainConfig,
    ) -> None:
        """`other`: the same model with other weights, which the checkpoint of epoch 2 replaces."""
        whole, first, second = make(), make(), other()
        expected = fit(whole, train, valid, config)
        fit(first, train, valid, config.replace(epochs=2), checkpoint=tmp_path / "c")
        again = fit(second, train, valid, config, checkpoint=tmp_path / "c", resume=True)
        assert expected.best_epoch > 2  # or the checkpoint alone would do
        for name in ("train_loss", "valid"):
            assert [entry[name] for entry in again.epochs] == [e[name] for e in expected.epochs]
        for name, value in whole.state_dict().items():
            assert torch.equal(value, second.state_dict()[name]), name

    return check


# --- all kinds of models, small ones of six texts

TEXTS = ["a b c", "b", "", "c c a b a", "d d", "a"]
LABELS = ["good", "bad", "bad", "good", "bad", "good"]


class Kind(NamedTuple):
    """A kind of model: its examples, of the corpus `six_texts`, and a model for such examples.

    `make(examples, **rnn)`: always the same weights; `rnn` options in the place of its own.
    """

    examples: Callable[[EncodedCorpus], Examples]
    make: Callable[..., SequenceModel]


@pytest.fixture
def six_texts() -> EncodedCorpus:
    return with_specials(encode_lines(TEXTS, TextConfig(min_count=1)))


def _labelled(corpus: EncodedCorpus) -> Examples:
    names = label_vocab_of(LABELS)
    return SequenceDataset(corpus, names.encode(LABELS), label_vocab=names)


def _paired(corpus: EncodedCorpus) -> Examples:
    return SequenceDataset(corpus, corpus)


def _captioned(corpus: EncodedCorpus) -> Examples:
    return SequenceDataset(np.eye(len(TEXTS), dtype=np.float32), corpus)


def _tagged(corpus: EncodedCorpus) -> Examples:
    tags = [[token.upper() for token in text.split()] for text in TEXTS]
    sentences = [(text.split(), found) for text, found in zip(TEXTS, tags, strict=True)]
    made = SequenceDataset.from_sentences(sentences, config=TextConfig(min_count=1))
    return SequenceDataset(corpus, made.targets, aligned=True)


def _kinds() -> dict[str, Kind]:
    def of(kind: Any, cell: str = "lstm", **options: Any) -> Callable[..., SequenceModel]:
        def make(data: Examples, **rnn: Any) -> SequenceModel:
            torch.manual_seed(1)
            config = RNNConfig(**{"cell": cell, "hidden": 5, "dim": 4, **rnn})
            made: SequenceModel = kind.for_dataset(data, config, **options)
            return made

        return make

    found = {
        f"{cell} {pooling}": Kind(_labelled, of(Classifier, cell, pooling=pooling))
        for cell in RECURRENT_CELLS
        for pooling in get_args(Pooling)
    }
    return found | {
        "bag": Kind(_labelled, of(BagOfVectors)),
        "tagger": Kind(_tagged, of(Tagger)),
        "tagger, CRF": Kind(_tagged, of(Tagger, crf=True)),
        "translator": Kind(_paired, of(Translator)),
        "translator, additive": Kind(_paired, of(Translator, attention="additive")),
        "captioner": Kind(_captioned, of(Captioner)),
        "language model": Kind(Examples, of(LanguageModel)),
    }


@pytest.fixture
def kinds() -> dict[str, Kind]:
    """Each kind of model by its name."""
    return _kinds()


@pytest.fixture(params=_kinds())
def kind(request: pytest.FixtureRequest) -> Kind:
    """One kind after the other."""
    return _kinds()[request.param]
