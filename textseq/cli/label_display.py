"""What is shown of labels: which are taken for which, and which words decided.

In: a confusion matrix, a Saliency. Out: a table on stdout; a line in colours, or with a number for
each token. What a terminal would obey is left out of texts. Nothing is computed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textseq.cli.display import data, many, table
from textseq.cli.score_display import finite

if TYPE_CHECKING:
    from textseq.rnn.scores.calibration import Bins, Calibration
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


def calibration_line(found: Calibration) -> str:
    """The calibration error, what it was before the temperature, and what chance makes of it."""
    return (
        f"calibration error {found.after.error:.4f} of {many(found.n, 'text')}; exact "
        f"probabilities would have {found.after.by_chance:.4f} by chance; before the temperature "
        f"{found.temperature:.2f} it was {found.before.error:.4f}"
    )


def show_calibration(found: Calibration) -> None:
    """On stdout: the share of right answers beside the mean probability, in each bin with any."""
    data(calibration_line(found))
    head = ["probability", "texts", "said", "right"]
    rows = [[f"{head[0]} (before)", *head[1:]]]
    rows += _bin_rows(found.before)
    table([*rows, [f"{head[0]} (after)", *head[1:]], *_bin_rows(found.after)])


def _bin_rows(bins: Bins) -> list[list[str]]:
    rows = zip(bins.low, bins.counts, bins.sure, bins.right, strict=True)
    return [
        [f"{low:.2f}..", f"{n:,}", f"{sure:.3f}", f"{right:.3f}"] for low, n, sure, right in rows
    ]


def calibration_json(found: Calibration) -> dict[str, Any]:
    """The same for JSON; [lower end, texts, mean probability, share of right ones] of each bin."""

    def whole(bins: Bins) -> dict[str, Any]:
        columns = (column.tolist() for column in bins[:4])
        ends = {"error": finite(bins.error), "by_chance": finite(bins.by_chance)}
        return {**ends, "bins": [list(map(finite, row)) for row in zip(*columns, strict=True)]}

    before, after = whole(found.before), whole(found.after)
    return {
        "calibration": {
            "temperature": found.temperature,
            "n": found.n,
            "before": before,
            "after": after,
        }
    }


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
