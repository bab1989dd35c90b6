"""Label sets: texts with any number of labels each, none too.

In: lists of labels, cells with a separator, or cells of several columns, which are 0 and 1 or name
a label each. Out: the names of each text, and a row of truth values for each, under one Vocab.
What a single label is called is decided in labels.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.arrays import MAX_BYTES, check_bytes
from textseq.rnn.data.labels import is_missing, label_names, spellings
from textseq.rnn.data.vocabs import encode_labels, label_vocab_of
from textseq.text.given import require_order
from textseq.text.vocab import Vocab

_TRUE, _FALSE = {"1", "1.0", "true"}, {"0", "0.0", "false", ""}


def split_labels(cell: str, separator: str) -> list[str]:
    """The labels of a cell; an empty one has none."""
    parts = (part.strip() for part in cell.split(separator))
    return [part for part in parts if not is_missing(part)]


def labels_of_columns(
    rows: Sequence[Sequence[str]], names: Sequence[str], where: Callable[[int], str]
) -> list[list[str]]:
    """The labels of cells, a row for each text and a column for each name.

    Where all cells are 0, 1, true, false or empty, a column is the label that it is called; else
    each cell names a label, and an empty one none. ValueError, by `where`, for a cell of a column
    of 0 and 1 that is neither.
    """
    cells = [[cell.strip() for cell in row] for row in rows]
    kinds = [{cell.lower() for cell in column} - {""} for column in zip(*cells, strict=True)]
    if not any(kind and kind <= _TRUE | _FALSE for kind in kinds):
        return [[cell for cell in row if not is_missing(cell)] for row in cells]
    for number, row in enumerate(cells):
        for name, cell in zip(names, row, strict=True):
            if cell.lower() not in _TRUE | _FALSE:
                raise ValueError(
                    f"{where(number)}: {cell!r} in the column {name!r}; columns of labels hold 0 "
                    "and 1, or all of them names of labels"
                )
    return [
        [name for name, cell in zip(names, row, strict=True) if cell.lower() in _TRUE]
        for row in cells
    ]


def label_set_names(label_sets: Iterable[Iterable[Any]]) -> list[list[str]]:
    """The names of the labels of each text, each once; ValueError for what is no list of labels."""
    found = []
    for number, labels in enumerate(require_order(label_sets, "label sets", "list of labels")):
        if isinstance(labels, str | bytes) or not isinstance(labels, Iterable):
            raise ValueError(
                f"label set number {number} is {labels!r}; it is a list of labels, [] for none"
            )
        given = sorted(labels, key=str) if isinstance(labels, set | frozenset) else list(labels)
        names = label_names(given, lambda _, number=number: f"label set number {number}")  # type: ignore[misc]
        found.append(list(dict.fromkeys(names)))
    other = spellings({name for names in found for name in names})
    return [list(dict.fromkeys(other.get(name, name) for name in names)) for names in found]


def encode_label_sets(
    sets: Sequence[Sequence[str]], vocab: Vocab | None
) -> tuple[NDArray[np.bool_], Vocab]:
    """(N, C) which labels each text has, and their Vocab (None: it is made of them).

    ValueError for a label that the Vocab lacks, and where no text has any.
    """
    every = [name for names in sets for name in names]
    vocab = vocab or label_vocab_of(every)
    shape = (len(sets), len(vocab))
    check_bytes("label sets", shape, np.bool_, MAX_BYTES, instead="fewer labels work")
    array = np.zeros(shape, np.bool_)
    array[np.repeat(np.arange(len(sets)), list(map(len, sets))), encode_labels(every, vocab)] = True
    return array, vocab
