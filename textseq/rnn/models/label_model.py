"""LabelModel: what models that give a text one label have in common.

In: a data set with labels, texts. Out: a loss, scores, calibrated probabilities. How ids become
logits is what the models differ in: classifier.py with recurrent layers, bag_of_vectors.py without.
Which words have decided is found by saliency.py.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from textseq.config import ClassifierConfig, OptionError, Recipe, RNNConfig
from textseq.config.tasks import CLASSIFIER, check_class_weights
from textseq.rnn.data.batch import Batch
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.labels import known_spellings, spelled_as
from textseq.rnn.data.vocabs import some
from textseq.rnn.layers.encoder import Embedding
from textseq.rnn.models.model import BATCHES_AT_ONCE, Loss, Report, SequenceModel, Side, is_sketch
from textseq.rnn.scores.calibration import binned_error, fit_temperature, losses_of
from textseq.rnn.scores.confusion import Confusion
from textseq.text.encode import encode_lines
from textseq.text.given import as_items
from textseq.vectors.word_vectors import WordVectors

ClassWeights = Mapping[str, float] | Sequence[float]  # by names, or in the order of the labels
_LOGITS_AT_ONCE = 1 << 24  # 64 MB of float32, and a few times that on the way to a score


class LabelPrediction(NamedTuple):
    """The most probable label, its probability, and those of all labels, which add up to 1."""

    label: str
    probability: float
    probabilities: dict[str, float]


class LabelModel(SequenceModel):
    """A text to one label; the sides are "source" and "labels".

    Of a text longer than `max_length` tokens the first `max_length` are read. `class_weights`: how
    much an error counts, a number for each label; None: all the same. `label_smoothing`: the share
    of a target that goes to all labels alike. `temperature` is 1 until `calibrate` has set it.
    """

    recipe: Recipe[Any] = CLASSIFIER
    takes: ClassVar[tuple[str, ...]] = ("label_smoothing", "max_length")  # of a ClassifierConfig
    best: ClassVar[tuple[str, bool]] = ("accuracy", True)
    temperature: Tensor
    class_weights: Tensor | None

    def __init__(
        self,
        sides: dict[str, Side],
        rnn: RNNConfig,
        *,
        class_weights: Sequence[float] | None = None,
        label_smoothing: float = ClassifierConfig.label_smoothing,
        max_length: int = ClassifierConfig.max_length,
        **more: Any,
    ) -> None:
        """`more`: options of the subclass, to be kept. ValueError for what does not fit."""
        n_labels = len(sides["labels"].vocab)
        weights = None
        if class_weights is not None:
            given = np.asarray(class_weights, object).tolist()  # of arrays and tensors, too
            if len(given) != n_labels:
                raise ValueError(f"{len(given)} class_weights for {n_labels} labels")
            check_class_weights(dict(zip(sides["labels"].vocab.tokens, given, strict=True)))
            weights = list(map(float, given))
        if max_length < 1 or not 0 <= label_smoothing < 1:
            raise ValueError(
                f"max_length is {max_length} and label_smoothing {label_smoothing}; "
                "they are at least 1 and 0..1"
            )
        super().__init__(
            sides,
            rnn,
            class_weights=weights,
            label_smoothing=label_smoothing,
            max_length=max_length,
            **more,
        )
        self.n_labels, self.max_length = n_labels, max_length
        self.label_smoothing = label_smoothing
        self.register_buffer("temperature", torch.ones(()))
        self.register_buffer("class_weights", None, persistent=False)
        self.settle()

    def settle(self) -> None:
        """The class weights, which are options."""
        weights = self.options["class_weights"]
        if weights is not None and not is_sketch():
            self.class_weights = torch.tensor(weights)

    @classmethod
    def for_dataset(
        cls,
        train: Examples,
        recipe: Recipe[Any] | RNNConfig | None = None,
        *,
        vectors: WordVectors | None = None,
        class_weights: ClassWeights | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> Self:
        """A new model for a data set with labels.

        `recipe`: its options (None: `cls.recipe`; an RNNConfig: that one's, with this network), of
        which `options` change some. `vectors`: what the embeddings begin with (their length is then
        that of an embedding); a word without one takes that of its lowercase, or a random one.
        `class_weights`: what an error counts, 1e-9..1e9, by the labels' names or in their order
        (None: those of the options); `balanced` makes them so that all labels weigh the same.
        `seed`: None is that of the recipe's training.
        """
        whole = cls.recipe_for(train, recipe, options)
        config: ClassifierConfig = whole.options
        made = {name: getattr(config, name) for name in cls.takes}
        if class_weights is None:
            class_weights = config.class_weights
        model = cls.for_labels(
            train, whole.network, vectors=vectors, balanced=config.balanced,
            class_weights=class_weights, seed=whole.seed_or(seed), **made,
        )  # fmt: skip
        model.recipe = whole
        return model

    @classmethod
    def for_labels(
        cls,
        train: Examples,
        rnn: RNNConfig,
        *,
        vectors: WordVectors | None,
        balanced: bool,
        class_weights: ClassWeights | None,
        seed: int,
        **options: Any,
    ) -> Self:
        """`for_dataset`, when all options are known; `options` are those of the class."""
        sides = sides_of(train)
        torch.manual_seed(seed)
        if balanced and class_weights is not None:
            raise ValueError("balanced makes weights of its own; give it or class_weights")
        if balanced:
            class_weights = balanced_weights(train.labels, len(sides["labels"].vocab))
        elif isinstance(class_weights, Mapping):
            class_weights = weights_of(class_weights, sides["labels"].vocab.tokens)
        options["class_weights"] = class_weights
        if vectors is None:
            return cls(sides, rnn, **options)
        if rnn.input == "one-hot":
            raise ValueError("input is 'one-hot'; word vectors go with 'dense'")
        matrix = train.vocab.embedding_matrix(vectors, "normal", seed=seed, lower=True)
        return cls(sides, rnn.replace(dim=matrix.shape[1]), vectors=matrix, **options)

    @property
    @abstractmethod
    def embedding(self) -> Embedding:
        """What turns ids into vectors."""

    @abstractmethod
    def logits(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(B, T) and (B,) -> (B, C)."""

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(B, T) and lengths (B,) -> logits (B, C), not calibrated; long texts are cut."""
        if ids.shape[1] > self.max_length:
            ids, lengths = ids[:, : self.max_length], lengths.clamp(max=self.max_length)
        return self.logits(ids, lengths)

    def loss(self, batch: Batch) -> Loss:
        """Cross entropy with class weights and label smoothing, the mean over the texts."""
        assert batch.targets is not None
        # Not torch's mean, which is over the weights of the batch: a text would count more in a
        # batch of texts of little weight, and parts of a batch would not add up to it.
        total = functional.cross_entropy(
            self(batch.inputs, batch.lengths).float(),  # sums in float32, whatever the products
            batch.targets,
            weight=self.class_weights,
            label_smoothing=self.label_smoothing,
            reduction="sum",
        )
        return Loss(total / len(batch), len(batch))

    # --- on a data set

    def logits_of(self, dataset: Examples, batch_size: int = 64) -> NDArray[np.float32]:
        """(N, C) in the order of the examples, divided by the temperature; evaluation mode."""
        logits = np.empty((len(dataset), self.n_labels), np.float32)
        was_training = self.training
        self.eval()
        with torch.inference_mode():
            for batch in dataset.loader(batch_size):
                on_device = batch.to(self.device)
                found = self(on_device.inputs, on_device.lengths) / self.temperature
                logits[batch.rows.numpy()] = found.float().cpu().numpy()
        self.train(was_training)
        return logits

    def evaluate(self, dataset: Examples, batch_size: int = 64) -> dict[str, float]:
        """Loss in nats (not smoothed), accuracy, macro F1, and the calibration error."""
        return self._judged(dataset, batch_size)[0]

    def report(self, dataset: Examples, batch_size: int = 64) -> Report:
        """Scores with their intervals, and the confusion matrix."""
        scores, confusion = self._judged(dataset, batch_size)
        return Report(scores, confusion.intervals(), {}, confusion)

    def _judged(self, dataset: Examples, batch_size: int) -> tuple[dict[str, float], Confusion]:
        gold = dataset.labels
        losses, sure = np.empty(len(gold)), np.empty(len(gold))
        pred = np.empty(len(gold), np.int64)
        for part, rows in self._parts(dataset):
            logits = self.logits_of(part, batch_size)
            losses[rows], pred[rows] = losses_of(logits, gold[rows]), logits.argmax(axis=1)
            sure[rows] = _softmax(logits).max(axis=1)
        confusion = Confusion(pred, gold, self.n_labels)
        scores = {
            "loss": float(losses.mean()) if len(gold) else math.nan,
            **confusion.scores(),
            "calibration_error": binned_error(sure, pred == gold),
        }
        return scores, confusion

    def _parts(self, dataset: Examples) -> Iterator[tuple[Examples, slice]]:
        """A data set in parts whose logits take bounded memory: mostly it is one."""
        n = max(1, _LOGITS_AT_ONCE // self.n_labels)
        if len(dataset) <= n:
            yield dataset, slice(0, len(dataset))
            return
        for start in range(0, len(dataset), n):
            rows = slice(start, min(start + n, len(dataset)))
            yield dataset.select(np.arange(rows.start, rows.stop)), rows

    def calibrate(self, dataset: Examples) -> float:
        """Set the temperature that fits this data set best, and return it.

        Of a data set with very many labels, examples evenly spread over it are enough.
        """
        self.temperature.fill_(1.0)
        most = max(1, _LOGITS_AT_ONCE // self.n_labels)
        if len(dataset) > most:
            dataset = dataset.select(np.linspace(0, len(dataset) - 1, most).astype(np.int64))
        temperature = fit_temperature(self.logits_of(dataset), dataset.labels)
        self.temperature.fill_(temperature)
        return temperature

    def finish(self, valid: Examples) -> None:
        """Training ends: probabilities are calibrated on the validation set."""
        self.calibrate(valid)

    # --- on new text

    def predict(self, texts: Iterable[str], batch_size: int = 64) -> Iterator[LabelPrediction]:
        """A prediction for each text, in order; texts are taken and given in chunks.

        A text that is empty, or has unknown words only, gets a prediction too. TypeError for a str,
        which is one text.
        """
        return self._predictions(as_items(texts, "texts"), batch_size)

    def _predictions(self, texts: Iterable[str], batch_size: int) -> Iterator[LabelPrediction]:
        labels = self.sides["labels"].vocab.tokens
        source = iter(texts)
        at_once = min(
            batch_size * BATCHES_AT_ONCE, max(batch_size, _LOGITS_AT_ONCE // self.n_labels)
        )
        while chunk := list(islice(source, at_once)):
            for shares in _softmax(self.logits_of(self.examples_of(chunk), batch_size)):
                row = shares.tolist()
                best = max(range(len(row)), key=row.__getitem__)
                yield LabelPrediction(labels[best], row[best], dict(zip(labels, row, strict=True)))

    def examples_of(self, texts: Iterable[str]) -> Examples:
        """Texts as the model reads them."""
        # In memory there is no encoding; a lone surrogate is no text and becomes U+FFFD.
        config = self.text_options("source").replace(encoding="utf-8", errors="replace")
        return Examples(encode_lines(texts, config, vocab=self.sides["source"].vocab))


def sides_of(train: Examples) -> dict[str, Side]:
    """The vocabularies of a data set with labels; ValueError for one without."""
    if train.target_kind != "labels":
        raise ValueError(f"the targets are {train.target_kind}; a classifier learns labels")
    if train.label_vocab is None:
        raise ValueError("the labels have no names; give the data set a label_vocab")
    return {"source": Side(train.vocab, train.text_config), "labels": Side(train.label_vocab, None)}


def weights_of(given: Mapping[str, float], labels: Sequence[str]) -> list[float]:
    """Class weights in the order of the labels; OptionError unless they are for all of them."""
    check_class_weights(given)
    spelled = known_spellings(labels)
    given = {
        label if label in labels else spelled_as(label, spelled): weight
        for label, weight in given.items()
    }
    if set(given) != set(labels):
        wrong = [label for label in given if label not in labels]
        missing = [label for label in labels if label not in given]
        what = f"names {some(wrong)}" if wrong else f"has no weight for {some(missing)}"
        known = f"the labels are {some(labels)}, and each has a weight"
        raise OptionError("class_weights", f"{what}; {known}")
    return [given[label] for label in labels]


def balanced_weights(labels: NDArray[np.int64], n_labels: int) -> list[float]:
    """N / (C n_c) for each class c of n_c examples; a class without any counts as if it had one."""
    counts = np.maximum(np.bincount(labels, minlength=n_labels), 1)
    weights: list[float] = (len(labels) / (n_labels * counts)).tolist()
    return weights


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares
