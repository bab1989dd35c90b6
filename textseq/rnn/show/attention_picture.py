"""Attention, drawn: a grid of source tokens and written tokens, dark where much was looked at.

In: an Alignment. Out: a PNG, SVG or PDF file. Drawn by matplotlib, which pictures/ imports.
"""

from __future__ import annotations

import os

from textseq.pictures.figure import labels_of, new_figure, save_figure
from textseq.pictures.fonts import font_families
from textseq.rnn.models.translator import Alignment

_INCHES_A_TOKEN, _MARGIN = 0.34, 1.6
_MOST = 100  # tokens a side; more could not be read


def draw_attention(alignment: Alignment, path: str | os.PathLike[str]) -> None:
    """Draw which source token (columns) each written token (rows) was made from.

    ValueError for a file name that is none of a picture, and for more than 100 tokens a side.
    """
    n_rows, n_columns = alignment.weights.shape
    if max(n_rows, n_columns) > _MOST:
        raise ValueError(
            f"{n_columns} source and {n_rows} target tokens; up to {_MOST} of each can be drawn"
        )
    figure = new_figure(_MARGIN + _INCHES_A_TOKEN * n_columns, _MARGIN + _INCHES_A_TOKEN * n_rows)
    panel = figure.subplots()
    panel.imshow(alignment.weights, cmap="Greys", vmin=0.0, vmax=1.0, aspect="auto")
    panel.xaxis.tick_top()
    family = font_families([*alignment.source, *alignment.target])
    source, target = labels_of(alignment.source), labels_of(alignment.target)
    panel.set_xticks(range(n_columns), source, rotation=60, ha="left", family=family)
    panel.set_yticks(range(n_rows), target, family=family)
    panel.tick_params(length=0)
    save_figure(figure, path, overwrite=True)
