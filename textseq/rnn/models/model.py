"""SequenceModel: what all models have in common, in memory and as a folder.

In: vocabularies, options, batches. Out: a loss for training, scores for a data set, predictions;
a folder of kind "sequence-model" with config.json, the vocabularies and model.safetensors. Loading
executes nothing: the task in the config names a row of TASKS, and weights are plain arrays.
"""

from __future__ import annotations

import importlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import torch
from torch import Tensor, nn

from textseq.advice import with_article
from textseq.artifact import CONFIG, new_folder, of_one_folder, read_config, short, write_config
from textseq.config import Recipe, RNNConfig, TextConfig
from textseq.config.tasks import TASKS
from textseq.config.unused import unused_of_recipe
from textseq.keywords import keyword_names, refuse_unknown
from textseq.rnn.data.batch import Batch
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.one_pass import shuffled
from textseq.rnn.layers.encoder import Embedding
from textseq.rnn.models.model_options import check_model_options, option_names
from textseq.rnn.models.tensors import load_weights, save_tensors
from textseq.rnn.scores.calibration import Calibration
from textseq.rnn.scores.confusion import Confusion
from textseq.rnn.scores.metrics import Interval
from textseq.text.notices import notify
from textseq.text.text_options import load_text_options, save_text_options
from textseq.text.vocab import Vocab

MODEL_KIND = "sequence-model"
MADE_BY = "textseq train-..."
WEIGHTS = "model.safetensors"
BATCHES_AT_ONCE = 32  # of a stream that `predict` sorts by length together


class Side(NamedTuple):
    """A vocabulary of a model, and how text becomes its tokens (None: no text does)."""

    vocab: Vocab
    text: TextConfig | None


class Loss(NamedTuple):
    """The mean loss of a batch (a scalar), and over how many items it is the mean."""

    mean: Tensor
    n_items: int


class Report(NamedTuple):
    """All that is said of a model on some data, from one pass over it.

    `intervals`: between which values a score lies in 95 % of data sets like this one, where there
    are more than a handful of examples.
    `signatures`: how a score is computed, where there are several ways. `confusion`: how
    often a gold label is called what; None where there are no labels. `notes`: why a score is NaN,
    by its name. `calibration`: whether probabilities of labels are what they say.
    """

    scores: dict[str, float]
    intervals: dict[str, Interval]
    signatures: dict[str, str]
    confusion: Confusion | None = None
    notes: dict[str, str] | None = None
    calibration: Calibration | None = None


class SequenceModel(nn.Module, ABC):
    """A model of one task. `sides` are its vocabularies by name: "source", "target", "labels" ...

    >>> train = SequenceDataset.from_texts(["a good day", "a bad day"] * 8, ["+", "-"] * 8)
    >>> Classifier.for_dataset(train, hidden=8).save("my-model")
    >>> model = SequenceModel.load("my-model")
    >>> model.task, model.evaluate(train)["accuracy"] >= 0
    ('classifier', True)

    `options` are the keyword arguments that make the same model again, as JSON. `info` says how it
    was trained. Subclasses set `task`, `recipe` (their options where none are given) and `best`
    (the score that says which epoch is the best, and whether more is better), take `sides` and
    their options, and have the methods below. `unit` is what a loss is the mean of.
    """

    task: ClassVar[str]
    recipe: Recipe[Any]
    best: ClassVar[tuple[str, bool]]
    unit: ClassVar[str] = "examples"
    takes_of_text: ClassVar[tuple[str, ...]] = ()  # options of text with an effect on a data set
    unused: ClassVar[tuple[str, ...]] = ()  # options of its recipe that mean nothing to it
    solved_by: ClassVar[str] = ""  # the call that learns what fit() cannot, which has no gradients

    def __init__(self, sides: dict[str, Side], rnn: RNNConfig, **options: Any) -> None:
        """TypeError for an option that the class does not take."""
        refuse_unknown(options, option_names(type(self)), type(self).__name__)
        super().__init__()
        self.sides = sides
        self.rnn = rnn
        self.options = options
        self.info: dict[str, Any] = {}

    @classmethod
    def restore(cls, sides: dict[str, Side], rnn: RNNConfig, **options: Any) -> Self:
        """The model with these options, its weights without memory (`is_sketch`).

        `load` compares their shapes with the file of weights, and puts these in their place.
        """
        with torch.device("meta"):
            return cls(sides, rnn, **options)

    @classmethod
    def recipe_for(
        cls, train: object, given: Recipe[Any] | RNNConfig | None, options: dict[str, Any]
    ) -> Recipe[Any]:
        """What a caller of `for_dataset` means; a notice tells which options have no effect.

        TypeError for an option that no part has, for one of text, since the data set holds ids, and
        for what is no data set.
        """
        recipe = given if isinstance(given, Recipe) else cls.recipe
        taker = f"{cls.__name__}.for_dataset"
        own = keyword_names(cls.for_dataset)  # type: ignore[attr-defined] # all that have a recipe
        refuse_unknown(options, recipe.option_names | own, taker)
        parts = recipe.parts
        of_text = parts.pop("text").option_names.difference(
            cls.takes_of_text, own, *(part.option_names for part in parts.values())
        )
        for name in options:
            if name in of_text:
                near = [option for option in recipe.option_names if option not in of_text]
                hint = get_close_matches(name, near, n=1)
                raise TypeError(
                    f"{taker} takes no {name!r}: it is an option of text, which this data set has "
                    "as ids already; config=TextConfig(...) says it where the text is read"
                    + (f" (or did you mean {hint[0]!r}?)" if hint else "")
                )
        if not isinstance(train, Examples):
            kind = with_article(type(train).__name__)
            raise TypeError(
                f"train is {kind}; {cls.__name__}.for_dataset takes a SequenceDataset, such as "
                "one of SequenceDataset.from_texts"
            )
        meant = cls.recipe.with_given(given, options)
        # What a whole recipe says is for other models too, which this one is compared with.
        named = [name for name in cls.unused if name in options]
        for sentence in unused_of_recipe(meant, named):
            notify(sentence)
        return meant

    def settle(self) -> None:
        """Make what follows from the options alone; called when weights of a file are in place."""

    @abstractmethod
    def loss(self, batch: Batch) -> Loss:
        """The loss that training minimises."""

    @abstractmethod
    def evaluate(self, dataset: Examples, batch_size: int = 64) -> dict[str, float]:
        """Scores of a data set, "loss" and the one of `best` among them; in evaluation mode."""

    def report(self, dataset: Examples, batch_size: int = 64) -> Report:
        """The scores of `evaluate` and what else is known of them."""
        return Report(self.evaluate(dataset, batch_size), {}, {})

    def best_on(self, valid: Examples) -> tuple[str, bool]:
        """`best`, or another score where this validation set does not give that one."""
        return self.best

    def batches(
        self, dataset: Examples, batch_size: int, seed: int, epoch: int, *, pin_memory: bool
    ) -> Iterable[Batch]:
        """The batches of one epoch of training, sized; by default length buckets, shuffled."""
        return shuffled(dataset, batch_size, seed, epoch, pin_memory=pin_memory)

    def start_epoch(self) -> None:
        """Reset the state that goes from batch to batch, if there is one."""

    def carried(self) -> dict[str, Tensor]:
        """The state that goes from batch to batch, by name, for a checkpoint within an epoch."""
        return {}

    def carry_on(self, carried: dict[str, Tensor]) -> None:
        """Take what `carried` has given; called after `start_epoch`."""

    def finish(self, train: Examples, valid: Examples) -> None:
        """Called once when training ends, with the best weights in place and in evaluation mode."""

    def set_step(self, n_steps: int) -> None:
        """Called before each optimizer step with the number of steps made so far."""
        for embedding in self._embeddings:
            embedding.set_step(n_steps)

    @cached_property
    def _embeddings(self) -> list[Embedding]:
        return [module for module in self.modules() if isinstance(module, Embedding)]

    @property
    def device(self) -> torch.device:
        """The device that the weights are on."""
        return next(self.parameters()).device

    def text_options(self, side: str) -> TextConfig:
        """How the text of a side becomes ids; ValueError for a model that was made without."""
        text = self.sides[side].text
        if text is None:
            raise ValueError("this model was made without text options; give it data sets of ids")
        return text

    # ---- on disk

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the folder as a whole or not at all; FileExistsError if it is there already."""
        with new_folder(folder, overwrite=overwrite) as fresh:
            self.write(fresh)

    def write(self, folder: Path) -> None:
        """Fill an empty folder."""
        sides: dict[str, Any] = {}
        for name, side in self.sides.items():
            (folder / name).mkdir()
            side.vocab.save(folder / name)
            text = None if side.text is None else save_text_options(folder / name, side.text)
            sides[name] = {**side.vocab.options, "text": text}
        options = {
            "task": self.task,
            "sides": sides,
            "rnn": self.rnn.to_json(),
            "options": self.options,
            "info": self.info,
        }
        write_config(folder, MODEL_KIND, options)
        save_tensors(folder / WEIGHTS, self.state_dict())

    @classmethod
    @of_one_folder
    def load(cls, folder: str | os.PathLike[str], device: str = "cpu") -> Self:
        """The model of a folder, in evaluation mode; ValueError where it holds another task.

        `SequenceModel.load` opens any task.
        """
        path = Path(folder)
        config = read_config(path, MODEL_KIND, made_by=MADE_BY)
        task = str(config.get("task"))
        if task not in TASKS:
            raise ValueError(f"{path} holds the task {config.get('task')!r}; textseq has no such")
        found = find_model(task)
        if not issubclass(found, cls):
            held, wanted = with_article(config["task"]), with_article(cls.task)
            raise ValueError(f"{path} holds {held}, not {wanted}")
        try:
            sides = {side: _side(path, side, given) for side, given in config["sides"].items()}
            rnn = RNNConfig.from_json(config["rnn"], path / CONFIG)
            check_model_options(found, config["options"])
            model = found.restore(sides, rnn, **config["options"])
        except _NO_MODEL as error:
            # RuntimeError: torch cannot make tensors of the sizes that a wrong number asks for.
            raise ValueError(f"{path / CONFIG} is damaged: {_reason(error)}") from None
        except ValueError as error:
            named = str(path) in str(error)
            raise ValueError(str(error) if named else f"{path} is damaged: {error}") from None
        load_weights(model, path / WEIGHTS, assign=True)
        model.settle()
        assert not any(tensor.is_meta for tensor in chain(model.parameters(), model.buffers()))
        model.info = _checked_info(path, config.get("info"))
        return model.to(device).eval()  # type: ignore[no-any-return]


def find_model(task: str) -> Any:
    """The class of a task."""
    module, name = TASKS[task].split(":")
    return getattr(importlib.import_module(module), name)


def widened(values: Tensor) -> Tensor:
    """float32 where they are of 16 bits, as products may be: sums over many are made of these."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


_NO_MODEL = (
    KeyError, TypeError, AttributeError, OSError, RuntimeError, MemoryError, OverflowError,
    IndexError, ZeroDivisionError, AssertionError,
)  # fmt: skip


def is_sketch() -> bool:
    """Whether tensors are made without memory just now: nothing has to be computed for them."""
    return torch.get_default_device().type == "meta"


def _reason(error: BaseException) -> str:
    """An error as part of a line, cut where it is long."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _checked_info(folder: Path, info: Any) -> dict[str, Any]:
    """What a config says of the training; ValueError where `predict` could not read by it."""
    if not isinstance(info, dict):
        return {}
    columns = info.get("columns", {})
    if not (
        isinstance(columns, dict)
        and all(
            isinstance(item, str | int | None)
            for column in columns.values()
            for item in (column if isinstance(column, list) else [column])
        )
    ):
        raise ValueError(f"{folder / CONFIG} is damaged: its columns are {short(columns)}")
    return info


def _side(folder: Path, name: str, options: dict[str, Any]) -> Side:
    if not name.isidentifier() or len(name) > 60:
        raise ValueError(f"{short(name)} is not the name of a side")
    text = options["text"]
    return Side(
        Vocab.of_folder(folder / name, options),
        None if text is None else load_text_options(folder / name, text),
    )


def as_json(value: Any) -> Any:
    """Options as JSON gives them back: lists for tuples."""
    return json.loads(json.dumps(value))
