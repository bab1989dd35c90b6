"""LabelModel: what models that give a text one label have in common.

In: a data set with labels, texts. Out: a loss, scores, calibrated probabilities. How ids become
logits is what the models differ in: classifier.py with recurrent layers, bag_of_vectors.py without.
Which words have decided is found by saliency.py.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from textseq.config import ClassifierConfig, Recipe, RNNConfig
from textseq.config.tasks import CLASSIFIER, check_class_weights
from textseq.config.unused import unused_options
from textseq.rnn.data.batch import Batch
from textseq.rnn.data.examples import Examples
from textseq.rnn.layers.encoder import Embedding
from textseq.rnn.layers.ngrams import Ngrams
from textseq.rnn.models.class_weights import (
    ClassWeights,
    as_mapping,
    balanced_weights,
    weights_of,
)
from textseq.rnn.models.model import (
    BATCHES_AT_ONCE,
    Loss,
    Report,
    SequenceModel,
    Side,
    is_sketch,
    widened,
)
from textseq.rnn.models.solved_ngrams import MOST_WEIGHTS, solve_ngrams, words_of_ngrams
from textseq.rnn.models.target_table import OF_DATA, TargetName, make_target
from textseq.rnn.scores.calibration import (
    Calibration,
    binned_error,
    bins_of,
    fit_mixture,
    fit_temperature,
    losses_of,
)
from textseq.rnn.scores.confusion import Confusion
from textseq.text.encode import encode_lines
from textseq.text.given import as_items
from textseq.text.notices import notify
from textseq.vectors.word_vectors import WordVectors

Part = Literal["whole", "network", "n-grams"]  # of a model, to be judged alone
_OF_ONE_LABEL = {"balanced", "class_weights", "label_smoothing", "ngrams"}  # by no other target
_LOGITS_AT_ONCE = 1 << 24  # 64 MB of float32, and a few times that on the way to a score


class LabelPrediction(NamedTuple):
    """The most probable label, its probability, and those of all labels, which add up to 1."""

    label: str
    probability: float
    probabilities: dict[str, float]


class LabelModel(SequenceModel):
    """A text to one label, to any number of labels or to a number, as `target` says; the sides are
    "source" and, unless it is a number, "labels".

    Of a text longer than `max_length` tokens the first `max_length` are read. `class_weights`: how
    much an error counts, a number for each label; None: all the same. `label_smoothing`: the share
    of a target that goes to all labels alike. `temperature` is 1 until `calibrate` has set it.
    `ngrams`: words in the longest n-gram of a linear model beside the network (0: none), which
    `finish` solves; what it says is added as far as that makes the validation loss less.
    """

    recipe: Recipe[Any] = CLASSIFIER
    takes: ClassVar[tuple[str, ...]] = ("label_smoothing", "max_length")  # of a ClassifierConfig
    best: ClassVar[tuple[str, bool]] = ("accuracy", True)
    targets: ClassVar[tuple[TargetName, ...]] = ("label", "label-set", "number")
    temperature: Tensor
    class_weights: Tensor | None
    ngrams: Ngrams | None

    def __init__(
        self,
        sides: dict[str, Side],
        rnn: RNNConfig,
        *,
        class_weights: Sequence[float] | None = None,
        label_smoothing: float = ClassifierConfig.label_smoothing,
        max_length: int = ClassifierConfig.max_length,
        target: TargetName = "label",
        ngrams: int = 0,
        n_ngrams: int | None = None,
        **more: Any,
    ) -> None:
        """`more`: options of the subclass, to be kept. ValueError for what does not fit.

        `n_ngrams`: how many the linear model knows; None: it is not solved yet.
        """
        if target not in self.targets:
            raise ValueError(f"the target is {target!r}; {', '.join(self.targets)} can be learnt")
        labels = [] if target == "number" else sides["labels"].vocab.tokens
        n_labels = 1 if target == "number" else len(labels)
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
            target=target,
            ngrams=ngrams,
            n_ngrams=n_ngrams,
            **more,
        )
        self.target = make_target(target, labels)
        n_words = len(sides["source"].vocab)
        if n_ngrams is not None and not (ngrams and 0 <= n_ngrams <= MOST_WEIGHTS):
            raise ValueError(f"n_ngrams is {n_ngrams} with ngrams {ngrams}; 0..{MOST_WEIGHTS:,} go")
        self.ngrams = None
        if n_ngrams is not None:
            self.ngrams = Ngrams(ngrams, n_words, n_ngrams, n_labels)
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
        """A new model for a data set with labels, sets of labels, or numbers (values).

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
        balanced = config.balanced
        if class_weights is None:
            class_weights = config.class_weights
        if train.target_kind != "labels":
            given = replace(config, class_weights=as_mapping(class_weights))
            for sentence in unused_options(given, (), _OF_ONE_LABEL.difference(cls.unused)):
                notify(sentence)
            balanced, class_weights = False, None
        if "ngrams" in made:
            of_labels = train.target_kind == "labels"
            made["ngrams"] = words_of_ngrams(config.ngrams, train) if of_labels else 0
        model = cls.for_labels(
            train, whole.network, vectors=vectors, balanced=balanced,
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
        sides = sides_of(train, cls.targets)
        options["target"] = OF_DATA[train.target_kind]
        torch.manual_seed(seed)
        if balanced and class_weights is not None:
            raise ValueError("balanced makes weights of its own; give it or class_weights")
        if balanced:
            class_weights = balanced_weights(train.labels, len(sides["labels"].vocab))
        elif isinstance(class_weights, Mapping):
            class_weights = weights_of(class_weights, sides["labels"].vocab.tokens)
        options["class_weights"] = class_weights
        if vectors is not None:
            if rnn.input == "one-hot":
                raise ValueError("input is 'one-hot'; word vectors go with 'dense'")
            matrix = train.vocab.embedding_matrix(vectors, "normal", seed=seed, lower=True)
            rnn = rnn.replace(dim=matrix.shape[1])
            options["vectors"] = matrix
        model = cls(sides, rnn, **options)
        if model.target is not None:
            model.target.learn(train)
        return model

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

    def calibrated(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(B, T) and (B,) -> (B, C): the logits of the whole model, network and n-grams."""
        logits: Tensor = self(ids, lengths) / self.temperature
        if self.ngrams is None:
            return logits
        return logits.add(self.ngrams.share * self.of_ngrams(ids, lengths))

    def of_ngrams(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """The same of the n-grams alone, not multiplied by their share; long texts are cut."""
        assert self.ngrams is not None
        scores: Tensor = self.ngrams(ids[:, : self.max_length], lengths.clamp(max=self.max_length))
        return scores

    def loss(self, batch: Batch) -> Loss:
        """Cross entropy with class weights and label smoothing, the mean over the texts; of other
        targets theirs."""
        assert batch.targets is not None
        if self.target is not None:
            of_all = self.target.loss(widened(self(batch.inputs, batch.lengths)), batch.targets)
            return Loss(of_all / len(batch), len(batch))
        # Not torch's mean, which is over the weights of the batch: a text would count more in a
        # batch of texts of little weight, and parts of a batch would not add up to it.
        total = functional.cross_entropy(
            widened(self(batch.inputs, batch.lengths)),
            batch.targets,
            weight=self.class_weights,
            label_smoothing=self.label_smoothing,
            reduction="sum",
        )
        return Loss(total / len(batch), len(batch))

    # --- on a data set

    def logits_of(
        self, dataset: Examples, batch_size: int = 64, part: Part = "whole"
    ) -> NDArray[np.float32]:
        """(N, C) in the order of the examples, calibrated unless it is a part; evaluation mode."""
        parts: dict[Part, Callable[[Tensor, Tensor], Tensor]]
        parts = {"whole": self.calibrated, "network": self, "n-grams": self.of_ngrams}
        logits = np.empty((len(dataset), self.n_labels), np.float32)
        was_training = self.training
        self.eval()
        with torch.inference_mode():
            for batch in dataset.loader(batch_size):
                on_device = batch.to(self.device)
                found = parts[part](on_device.inputs, on_device.lengths)
                logits[batch.rows.numpy()] = found.float().cpu().numpy()
        self.train(was_training)
        return logits

    def evaluate(
        self, dataset: Examples, batch_size: int = 64, part: Part = "whole"
    ) -> dict[str, float]:
        """Loss in nats (not smoothed), accuracy, macro F1, and the calibration error.

        `part`: of a model with n-grams, which part is judged; alone none is calibrated.
        """
        if self.target is not None:
            return self.target.scores(self.logits_of(dataset, batch_size), dataset)
        return self._judged(dataset, batch_size, part)[0]

    def best_on(self, valid: Examples) -> tuple[str, bool]:
        """`best`, or that of the kind of target."""
        return self.best if self.target is None else self.target.best

    def report(self, dataset: Examples, batch_size: int = 64, part: Part = "whole") -> Report:
        """Scores with their intervals, and the confusion matrix; `part` as `evaluate` has it."""
        if self.target is not None:
            logits = self.logits_of(dataset, batch_size)
            scores = self.target.scores(logits, dataset)
            return Report(scores, self.target.intervals(logits, dataset), {})
        scores, confusion, calibration = self._judged(dataset, batch_size, part)
        return Report(scores, confusion.intervals(), {}, confusion, calibration=calibration)

    def _judged(
        self, dataset: Examples, batch_size: int, part: Part
    ) -> tuple[dict[str, float], Confusion, Calibration]:
        gold = dataset.labels
        losses, sure, before = np.empty(len(gold)), np.empty(len(gold)), np.empty(len(gold))
        temperature = float(self.temperature) if part == "whole" else 1.0
        pred = np.empty(len(gold), np.int64)
        for examples, rows in self._parts(dataset):
            logits = self.logits_of(examples, batch_size, part)
            losses[rows], pred[rows] = losses_of(logits, gold[rows]), logits.argmax(axis=1)
            sure[rows] = _softmax(logits).max(axis=1)
            before[rows] = _softmax(logits * np.float32(temperature)).max(axis=1)
        confusion = Confusion(pred, gold, self.n_labels)
        scores = {
            "loss": float(losses.mean()) if len(gold) else math.nan,
            **confusion.scores(),
            "calibration_error": binned_error(sure, pred == gold),
        }
        right = pred == gold
        bins = bins_of(before, right), bins_of(sure, right)
        return scores, confusion, Calibration(temperature, len(gold), *bins)

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
        """Set the temperature that fits this data set best, and return it; so the n-grams' share.

        Of a data set with very many labels, examples evenly spread over it are enough.
        """
        self.temperature.fill_(1.0)
        most = max(1, _LOGITS_AT_ONCE // self.n_labels)
        if len(dataset) > most:
            dataset = dataset.select(np.linspace(0, len(dataset) - 1, most).astype(np.int64))
        logits = self.logits_of(dataset, part="network")
        if self.ngrams is None:
            temperature = fit_temperature(logits, dataset.labels)
        else:
            scores = self.logits_of(dataset, part="n-grams")
            temperature, share = fit_mixture(logits, scores, dataset.labels)
            self.ngrams.share.fill_(share)
        self.temperature.fill_(temperature)
        return temperature

    def start_epoch(self) -> None:
        """While the network is trained it is judged alone."""
        self.temperature.fill_(1.0)
        if self.ngrams is not None:
            self.ngrams.share.fill_(0.0)

    def finish(self, train: Examples, valid: Examples) -> None:
        """Training ends: the n-grams are solved, and probabilities calibrated on `valid`.

        Of other targets than one label `valid` gives the thresholds.
        """
        if self.target is not None:
            self.target.settle(self.logits_of(valid), valid)
            return
        n: int = self.options["ngrams"]
        if n:
            weights = self.class_weights
            self.ngrams = solve_ngrams(
                train, valid, n=n, n_labels=self.n_labels, max_length=self.max_length,
                class_weights=None if weights is None else weights.double().cpu().numpy(),
            ).to(self.device)  # fmt: skip
            self.options["n_ngrams"] = len(self.ngrams.keys)
        self.calibrate(valid)

    # --- on new text

    def predict(self, texts: Iterable[str], batch_size: int = 64) -> Iterator[Any]:
        """A LabelPrediction, LabelSetPrediction or NumberPrediction for each text, in order; texts
        are taken and given in chunks.

        A text that is empty, or has unknown words only, gets a prediction too. TypeError for a str,
        which is one text.
        """
        return self._predictions(as_items(texts, "texts"), batch_size)

    def _predictions(self, texts: Iterable[str], batch_size: int) -> Iterator[Any]:
        labels = [] if self.target is not None else self.sides["labels"].vocab.tokens
        source = iter(texts)
        at_once = min(
            batch_size * BATCHES_AT_ONCE, max(batch_size, _LOGITS_AT_ONCE // self.n_labels)
        )
        while chunk := list(islice(source, at_once)):
            logits = self.logits_of(self.examples_of(chunk), batch_size)
            if self.target is not None:
                yield from self.target.predictions(logits)
                continue
            for shares in _softmax(logits):
                row = shares.tolist()
                best = max(range(len(row)), key=row.__getitem__)
                yield LabelPrediction(labels[best], row[best], dict(zip(labels, row, strict=True)))

    def examples_of(self, texts: Iterable[str]) -> Examples:
        """Texts as the model reads them."""
        # In memory there is no encoding; a lone surrogate is no text and becomes U+FFFD.
        config = self.text_options("source").replace(encoding="utf-8", errors="replace")
        return Examples(encode_lines(texts, config, vocab=self.sides["source"].vocab))


def sides_of(train: Examples, targets: Sequence[TargetName] = ("label",)) -> dict[str, Side]:
    """The vocabularies of a data set with labels, or another of these targets; ValueError for one
    without."""
    if OF_DATA.get(train.target_kind) not in targets:
        raise ValueError(f"the targets are {train.target_kind}; a classifier learns labels")
    if train.target_kind == "values":
        return {"source": Side(train.vocab, train.text_config)}
    if train.label_vocab is None:
        raise ValueError("the labels have no names; give the data set a label_vocab")
    return {"source": Side(train.vocab, train.text_config), "labels": Side(train.label_vocab, None)}


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares
