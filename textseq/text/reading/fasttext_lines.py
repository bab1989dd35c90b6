"""fastText's files: a line has a text, and before it or in it labels such as __label__good.

In: lines. Out: rows of two cells, the label and the text without labels. A text has one label here;
of several the first can be taken, with the column "first".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from textseq.advice import either
from textseq.text.reading.bad_rows import BadRows
from textseq.text.reading.table_columns import (
    Column,
    Columns,
    NoColumn,
    list_names,
    list_parts,
    strip_name,
)

LABEL = "__label__"
NAMES = ("label", "text", "first")
_FIRST = either("; the column 'first' is the first one", "; --label first takes the first")


# The number of a line, from 1, and its wanted cells.
LabelledLine = tuple[int, list[str]]


def begins_with_label(lines: Iterator[str]) -> tuple[bool, Iterator[str]]:
    """Whether the first line that is not empty begins with a label; and all lines."""
    read: list[str] = []
    for line in lines:
        read.append(line)
        if line.strip():
            break
    return bool(read) and read[-1].lstrip().startswith(LABEL), chain(read, lines)


def read_fasttext_rows(
    name: str, lines: Iterator[str], columns: Sequence[Columns], bad: BadRows
) -> Iterator[LabelledLine]:
    """The cells "label" and "text" (or 0 and 1) of the lines; "first" is the first label.

    A line with several labels is bad if "label" is wanted; without one, the label is empty.
    """
    takers = [[_taker(name, part) for part in list_parts(column)] for column in columns]
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        labels, text = split_labels(line)
        try:
            cells = [" ".join(take(labels, text) for take in several) for several in takers]
        except ValueError as error:
            bad.refuse(f"{name}, line {number}: {error}", more=_FIRST)
            continue
        yield number, cells


def split_labels(line: str) -> tuple[list[str], str]:
    """The labels of a line, and its text without them."""
    labels: list[str] = []
    rest = line.strip()
    while rest.startswith(LABEL):
        label, _, rest = rest.partition(" ") if "\t" not in rest else _parted(rest)
        labels.append(label.removeprefix(LABEL))
        rest = rest.lstrip()
    if LABEL in rest:  # fastText takes those that stand later too
        words = rest.split(" ")
        labels += [word.removeprefix(LABEL) for word in words if word.startswith(LABEL)]
        rest = " ".join(word for word in words if not word.startswith(LABEL))
    return labels, rest


def _parted(text: str) -> tuple[str, str, str]:
    first = text.split(maxsplit=1)
    return first[0], "", first[1] if len(first) > 1 else ""


def _taker(name: str, column: Column) -> Callable[[list[str], str], str]:
    if isinstance(column, int) and -2 <= column < 2:
        column = NAMES[column % 2]
    wanted = strip_name(str(column))
    if wanted == "label":
        return _only
    if wanted == "first":
        return lambda labels, text: labels[0] if labels else ""
    if wanted == "text":
        return lambda labels, text: text
    known = f"{list_names(NAMES)} ({LABEL} lines)"
    message = f"{name} has no column {column!r}; it has {known}"
    raise NoColumn(message, column, listed=True)


def _only(labels: list[str], text: str) -> str:
    if len(labels) > 1:
        raise ValueError(f"{len(labels)} labels, {list_names(labels)}; a text has one")
    return labels[0] if labels else ""
