"""A heat map: the cosines of some words with each other, a panel for each model.

In: WordVectors and words. Out: a matrix of cosines; a matplotlib Figure with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.pictures.figure import labels_of, new_figure
from textseq.pictures.fonts import font_families
from textseq.vectors.word_vectors import WordVectors

_INCHES_A_WORD, _MARGIN = 0.34, 2.2
_MOST = 100  # words; more could not be read
_MOST_NUMBERS = 25  # words up to which the cosines are written into their cells


def similarities(vectors: WordVectors, words: Sequence[str]) -> NDArray[np.float32]:
    """The cosines of words with each other, (n, n), -1..1; UnknownWordError for one without."""
    units = vectors.units([vectors.word_id(word) for word in words]).astype(np.float64)
    return np.clip(units @ units.T, -1, 1).astype(np.float32)


def draw_similarities(
    models: Sequence[WordVectors], words: Sequence[str], titles: Sequence[str] = ()
) -> Any:
    """The figure: dark red is 1, white 0, dark blue -1. ValueError for more than 100 words."""
    if len(words) > _MOST:
        raise ValueError(f"{len(words):,} words; a heat map has room for {_MOST}")
    side = _MARGIN + _INCHES_A_WORD * len(words)
    figure = new_figure(side * len(models), side)
    family = font_families([*words, *titles])
    labels = labels_of(words)
    panels = figure.subplots(1, len(models), squeeze=False)[0]
    for number, (panel, model) in enumerate(zip(panels, models, strict=True)):
        cosines = similarities(model, words)
        image = panel.imshow(cosines, cmap="RdBu_r", vmin=-1, vmax=1)
        panel.set_xticks(range(len(words)), labels, rotation=60, ha="right", family=family)
        panel.set_yticks(range(len(words)), labels, family=family)
        panel.tick_params(length=0)
        if number < len(titles):
            panel.set_title(labels_of([titles[number]])[0], family=family)
        if len(words) <= _MOST_NUMBERS:
            for (row, column), cosine in np.ndenumerate(cosines):
                color = "white" if abs(cosine) > 0.6 else "black"
                shown = f"{cosine:.2f}".replace("0.", ".", 1)
                panel.text(column, row, shown, ha="center", va="center", fontsize=6, color=color)
    figure.colorbar(image, ax=panels, label="cosine", shrink=0.6)
    return figure
