"""A word map, drawn: a point and a label for each word, arrows for pairs, a panel for each model.

In: a WordMap. Out: a matplotlib Figure; `pictures/figure.py` makes a file of it. Where the words
stand is decided in `word_map.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from textseq.pictures.figure import labels_of, new_figure
from textseq.pictures.fonts import font_families
from textseq.pictures.labels import Labelled, place_labels
from textseq.vectors.show.word_map import WordMap

_INCHES, _TITLE_INCHES = 7.0, 0.4  # a panel
_MARGIN = 1.25  # the side of a panel, in the longer side of what is on it
_RADIUS = 2.0  # of a point, in points
_MOST = 5_000  # words; more are no picture


def draw_map(words: WordMap, titles: Sequence[str] = ()) -> Any:
    """The figure, 7 inches a model, with `titles` above them.

    Labels do not cover each other; those that have no room are left out, the last of the words
    first, with a notice of how many. ValueError for more than 5,000 words.
    """
    if len(words.words) > _MOST:
        raise ValueError(
            f"{len(words.words):,} words; up to {_MOST:,} can be drawn (`textseq explore` makes a "
            "page of more)"
        )
    n_panels = len(words.places)
    figure = new_figure(_INCHES * n_panels, _INCHES + (_TITLE_INCHES if titles else 0))
    panels = figure.subplots(1, n_panels, squeeze=False)[0]
    low, high = (edge(np.concatenate(words.places), axis=0) for edge in (np.min, np.max))
    reach = _MARGIN * (float((high - low).max()) or 1.0)
    (left, right), (bottom, top) = np.stack([low + high - reach, low + high + reach], axis=1) / 2
    family = font_families([*words.words, *titles])
    for number, panel in enumerate(panels):
        places = words.places[number]
        asked = np.arange(len(places)) < words.asked
        panel.scatter(*places[~asked].T, s=(2 * _RADIUS) ** 2, c="tab:gray", linewidths=0)
        panel.scatter(*places[asked].T, s=(2 * _RADIUS) ** 2, c="tab:blue", linewidths=0)
        for a, b in words.pairs:
            panel.annotate(
                "", places[b], places[a],
                arrowprops={"arrowstyle": "->", "color": "tab:red", "alpha": 0.7},
            )  # fmt: skip
        if number < len(titles):
            panel.set_title(labels_of([titles[number]])[0], family=family)
        panel.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
        if words.method != "pca":  # whose axes alone have a unit
            panel.set_xticks([])
            panel.set_yticks([])
    labelled = [
        Labelled(panel, _texts(panel, words, places, family), places)
        for panel, places in zip(panels, words.places, strict=True)
    ]
    place_labels(figure, labelled, radius=_RADIUS)
    return figure


def _texts(panel: Any, words: WordMap, places: Any, family: list[str]) -> list[Any]:
    """The labels of a panel, each at its point."""
    return [
        panel.annotate(
            label, place, xytext=(0, 0), textcoords="offset points", family=family,
            fontsize=9 if number < words.asked else 7,
            color="black" if number < words.asked else "dimgray",
        )
        for number, (label, place) in enumerate(zip(labels_of(words.words), places, strict=True))
    ]  # fmt: skip
