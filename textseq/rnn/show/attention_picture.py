"""Attention, drawn: a grid of source tokens and written tokens, dark where much was looked at.

In: an Alignment. Out: a PNG, SVG or PDF file. Drawn by matplotlib, which is imported in curves.py.
Tokens in scripts that matplotlib's own font lacks need a font that has them on the machine.
"""

from __future__ import annotations

import os
import warnings

from textseq.rnn.models.translator import Alignment
from textseq.rnn.show.curves import new_figure, save_figure

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
    panel.set_xticks(range(n_columns), _plain(alignment.source), rotation=60, ha="left")
    panel.set_yticks(range(n_rows), _plain(alignment.target))
    panel.tick_params(length=0)
    with warnings.catch_warnings():
        # An empty box in the picture says as much.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        save_figure(figure, path)


def _plain(tokens: list[str]) -> list[str]:
    """Tokens as labels: $ is no formula, and control characters are seen."""
    return [
        "".join(char if char.isprintable() else repr(char)[1:-1] for char in token).replace(
            "$", r"\$"
        )
        for token in tokens
    ]
