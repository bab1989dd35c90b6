"""Headers that were read as rows: noticed by what they say, and by a class that only they have.

In: the first row of a table that counts as data, or all its texts and labels. Out: whether that row
looks like names of columns. Nothing is left out here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from textseq.advice import advise, either
from textseq.artifact import parse_json
from textseq.text.reading.fasttext_lines import LABEL
from textseq.text.reading.quotes import parse_simple_row
from textseq.text.reading.table_columns import Column, strip_name

_FEW = 10  # rows, of which nothing can be seen
_BETWEEN = re.compile(r"[ _-]+")  # the words of a name
_MOST_WORDS = 3
_ENDS = (".", "!", "?", "\u3002")  # of sentences
# What columns of text and what is learnt of it are called.
# fmt: off
_NAMES = frozenset((
    "answer", "body", "caption", "categories", "category", "class", "classes", "comment",
    "comments", "content", "corpus", "description", "document", "emotion", "headline", "id",
    "index", "input", "intent", "label", "labels", "language", "message", "messages", "output",
    "polarity", "post", "question", "quote", "rating", "reference", "response", "review",
    "reviews", "score", "sentence", "sentence1", "sentence2", "sentences", "sentiment", "sms",
    "source", "spam", "src", "stars", "summary", "tag", "tags", "target", "text", "texts",
    "tgt", "title", "topic", "translation", "tweet", "tweets", "utterance", "v1", "v2",
))
# fmt: on


def are_names(cells: Sequence[str]) -> bool:
    """Whether each cell of a first row is what columns are called: "text", "Review Text"."""
    return all(map(_is_name, cells))


def _is_name(cell: str) -> bool:
    name = strip_name(cell).casefold()
    words = _BETWEEN.split(name)
    return name in _NAMES or (len(words) <= _MOST_WORDS and _NAMES.issuperset(words))


def looks_like_header(texts: Sequence[str], labels: Sequence[str], n_columns: int = 1) -> bool:
    """Whether the first row has a class of its own, beside a text that is shorter than others.

    `n_columns`: that the texts were joined of.
    """
    counts = Counter(labels)
    first, text = labels[0], strip_name(texts[0])
    n_words = len(text.split())
    if counts[first] > 1 or len(counts) < 2 or len(labels) < 3:
        return False
    if _is_number(first):
        return False
    if all(_is_number(label) for label in counts if label != first):
        return True
    if len(labels) < _FEW or n_words > _MOST_WORDS * n_columns or text[-1:] in _ENDS:
        return False
    # A name or some beside longer texts, and every other class is met again.
    shorter = sum(len(other) <= len(text) for other in texts[1:])
    again = all(count > 1 for label, count in counts.items() if label != first)
    return again and shorter <= len(texts) // (10 if n_words == 1 else 20)


def describe_header(name: str, line: int, cells: Sequence[str]) -> str:
    """What is said of a first row that looks like a header."""
    shown = ", ".join(repr(cell[:30]) for cell in cells[:3])
    looks = f"{name}: line {line} looks like a header ({shown}); "
    return looks + advise("header", True) + " leaves it out"


BY_NUMBER = "; if this is a row and no header, columns can be given by number, from 0" + either(
    "", " (--text 0, or --series 0 of a series)"
)


def looks_like_row(cells: Sequence[str]) -> bool:
    """Whether a first row has cells that no column is called by: numbers, or sentences."""
    return any(
        _is_number(cell) or len(cell.split()) > 3 or strip_name(cell)[-1:] in _ENDS
        for cell in cells
        if strip_name(cell)
    )


def shares_names(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a first row has one of the names of a known header."""
    known = {strip_name(name).casefold() for name in names}
    return any(strip_name(cell).casefold() in known for cell in cells)


def describe_other_header(name: str, line: int, cells: Sequence[str], known: Sequence[str]) -> str:
    """What is said of a first row that was left out as a header and has none of its names."""
    here, there = (", ".join(repr(cell[:30]) for cell in row[:3]) for row in (cells, known))
    return (
        f"{name}: line {line} ({here}) was left out as a header, but the known header is {there}; "
        + advise("header", False)
        + " reads it as a row"
    )


def recognize_table_line(
    line: str,
    names: Sequence[str],
    n_cells: int,
    label: Column | None = None,
    labels: Sequence[str] = (),
    kind: str | None = None,
) -> tuple[str, str] | None:
    """What of a table a line of text is, and the format of that; None for a line of text.

    `kind`: the format of the table, where it was said or seen; of fastText's there is no header.
    `names` and `n_cells`: of the table that is known (none and 0: not known). `label`, `labels`: a
    column of it and what may stand there. Separators in running text have a blank behind them.
    """
    line = line.partition("\n")[0].rstrip("\r")
    if kind == "fasttext":
        return ("a text behind its label", kind) if line.lstrip().startswith(LABEL) else None
    if line[:1] == "{" and _is_object(line):
        return "a JSON object", "jsonl"
    known = {strip_name(name) for name in names}
    for separator, written in ((",", "csv"), ("\t", "tsv"), (";", "csv"), ("|", "csv")):
        cells = parse_simple_row(line, separator) if '"' in line else line.split(separator)
        if cells is None:
            continue
        if known and {strip_name(cell) for cell in cells} <= known:
            return "the header of a table", written
        shared = known.intersection(map(strip_name, cells))
        if len(shared) > 1 and len(cells) > 1:
            return "the header of a table", written
        if len(cells) != n_cells or n_cells < 2 or any(cell[:1] == " " for cell in cells[1:]):
            continue
        if isinstance(label, str):
            label = [strip_name(name) for name in names].index(label) if label in known else None
        at_label = cells[label] if isinstance(label, int) and label < n_cells else None
        has_label = at_label is not None and strip_name(at_label) in labels
        if n_cells > 2 or separator == "\t" or has_label or line[:1] == '"':
            return "a row of a table", written
    return None


def _is_object(line: str) -> bool:
    try:
        return isinstance(parse_json(line, strict=False), dict)
    except ValueError:
        return False


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True
