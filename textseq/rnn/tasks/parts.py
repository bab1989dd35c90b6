"""Parts: what a model learns from, what it is validated on, and what it is scored on.

In: names of files of each, a recipe, and how a task reads some of them (its pipeline). Out: a data
set of each, under the Vocabs of the first; where no validation data is named, a share of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from textseq.advice import advise
from textseq.bundled import SPLITS, bundled
from textseq.config import Recipe
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.splits import split
from textseq.text.encode import ReadingProgress
from textseq.text.reading.corpus import naming


class PartFiles(NamedTuple):
    """The files of a training; without `valid` a share of `train` is validated on.

    `folder`: an empty one, for text that is encoded; it has to outlive the data.
    """

    train: Sequence[str]
    valid: Sequence[str] = ()
    test: Sequence[str] = ()
    folder: Path | None = None
    progress: ReadingProgress | None = None

    @classmethod
    def bundled(cls, names: Sequence[str]) -> PartFiles:
        """Those that come with textseq; `names` have {} for the part."""
        parts = ([str(bundled(name.format(part))) for name in names] for part in SPLITS)
        train, valid, test = parts
        return cls(train, valid, test)


class Parts(NamedTuple):
    """The data of a training; `columns`: how it was read, as `info` of a model keeps it."""

    train: Examples
    valid: Examples
    test: Examples | None
    columns: dict[str, Any]

    @property
    def scored(self) -> tuple[Examples, str]:
        """What the scores are of, and its name."""
        return (self.valid, "validation") if self.test is None else (self.test, "test")


def read_others(
    first: SequenceDataset,
    files: PartFiles,
    recipe: Recipe[Any],
    read: Callable[[Sequence[str]], SequenceDataset],
    columns: dict[str, Any],
    *,
    stratify: bool = False,
) -> Parts:
    """The parts beside the first, as `read` reads them, or cut off from it (see `split`).

    ValueError for validation or test data without examples: now, not when the model is trained.
    """
    test = _some(files.test, advise("test"), read) if files.test else None
    if files.valid:
        return Parts(first, _some(files.valid, advise("valid"), read), test, columns)
    share = recipe.data.valid_share
    with naming(list(files.train)):
        train, valid = split(first, [1 - share, share], seed=recipe.seed, stratify=stratify)
    return Parts(train, valid, test, columns)


def _some(
    given: Sequence[str], option: str, read: Callable[[Sequence[str]], SequenceDataset]
) -> SequenceDataset:
    found = read(given)
    check_examples(len(found), given, option)
    return found


def check_examples(n_examples: int, given: Sequence[str], option: str) -> None:
    """ValueError for files, which an option names, that hold nothing."""
    if not n_examples:
        raise ValueError(f"no examples in {', '.join(given)}, which " + option + " names")


def as_first(columns: dict[str, Any]) -> dict[str, Any]:
    """How tables are read that come after those of the training, each in the format of its name;
    where that says nothing, in the format of the training."""
    names = (columns.get("seen") or {}).get("names")
    first = {"seen": None, "names": names, "table": None, "unnamed": columns.get("table")}
    return columns | first


def learnt_columns(columns: dict[str, Any], *named: Any) -> dict[str, Any]:
    """The columns as a model keeps them, with what the files have told (`seen`).

    Whether there is a header is settled here, where all columns (`named`) are known: for `predict`,
    which reads one of them by its number, the others may have had names.
    """
    given = {name: value for name, value in columns.items() if name not in ("seen", "bad_rows")}
    header = any(isinstance(name, str) for name in named)
    seen: dict[str, Any] = columns["seen"]
    return {"header": header} | seen | given
