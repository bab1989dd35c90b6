"""What is shown of labels: which are taken for which, and which words decided.

In: a confusion matrix, a Saliency. Out: a table on stdout; a line in colours, or with a number for
each token. What a terminal would obey is left out of texts. Nothing is computed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textseq.cli.display import data, table

if TYPE_CHECKING:
    from textseq.rnn.scores.confusion import Confusion
    from textseq.rnn.show.saliency import Saliency

_LABELS = 20  # that a screen has room for
_MATRIX_LABELS = 1000  # of a matrix in JSON

_FOR, _AGAINST, _BOLD, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[1m", "\x1b[0m"
_STRONG, _WEAK = 0.5, 0.15  # of the largest weight in a text


def show_confusion(confusion: Confusion, labels: list[str]) -> None:
    """A confusion matrix on stdout, gold labels down, predicted ones across.

    Of many labels the most frequent ones are shown.
    """
    support = confusion.support.tolist()
    by_count = sorted(range(len(labels)), key=lambda label_id: -support[label_id])
    shown = sorted(by_count[:_LABELS])
    rows = [["gold \\ predicted", *(labels[label_id] for label_id in shown)]]
    for gold, counts in zip(shown, confusion.part(shown).tolist(), strict=True):
        rows.append([labels[gold], *map(str, counts)])
    table(rows)
    if len(labels) > _LABELS:
        data(f"the {_LABELS} most frequent of {len(labels)} labels")


def confusion_json(confusion: Confusion, labels: list[str]) -> dict[str, Any]:
    """The labels and the matrix; of many labels [gold, predicted, count] of the pairs that occur,
    by the places of the labels."""
    if len(labels) <= _MATRIX_LABELS:
        return {"labels": labels, "confusion": confusion.tolist()}
    return {"labels": labels, "confusion_cells": confusion.cells()}


def numbered_words(reasons: Saliency) -> str:
    """token:+0.42 for each token."""
    pairs = zip(reasons.tokens, reasons.weights, strict=True)
    return " ".join(f"{_visible(token)}:{weight:+.2f}" for token, weight in pairs)


def colored_words(reasons: Saliency) -> str:
    """The text, its tokens in colours, bold where they matter most."""
    largest = max(map(abs, reasons.weights), default=0.0)
    parts, done = [], 0
    for (start, stop), weight in zip(reasons.spans, reasons.weights, strict=True):
        if stop <= done:
            continue  # a token that shares its characters with the one before
        parts.append(_visible(reasons.text[done:start]))
        word = _visible(reasons.text[max(start, done) : stop])
        strength = abs(weight) / largest if largest else 0.0
        if strength > _WEAK:
            color = _FOR if weight > 0 else _AGAINST
            word = f"{_BOLD if strength > _STRONG else ''}{color}{word}{_PLAIN}"
        parts.append(word)
        done = stop
    return "".join(parts) + _visible(reasons.text[done:])


def _visible(text: str) -> str:
    """The text without what a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in text)
