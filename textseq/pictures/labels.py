"""Labels: texts beside their points in a panel of a figure, where none covers another.

In: a figure whose panels have points; for each panel texts, and where their points are. Out: the
same figure, with texts moved, joined to far points by a line, and removed where there is no room.
Where they go is decided in `label_layout.py`; which fonts have their script, in `fonts.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.pictures.figure import boxes_for_missing_glyphs
from textseq.pictures.label_layout import lay_out_labels
from textseq.text.notices import notify

_NEAR = 6.0  # points between a label and its point up to which no line is needed
_APART = 4.0  # points between two of those that a line is taken for


class Labelled(NamedTuple):
    """A panel, the texts in it, most important first, and their points (n, 2) in its numbers.

    `texts` are annotations at their points. `lines`: from where to where others go, (2, 2) each,
    which no label may cover.
    """

    panel: Any
    texts: Sequence[Any]
    places: NDArray[np.floating[Any]]
    lines: Sequence[NDArray[np.float64]] = ()


def place_labels(figure: Any, panels: Sequence[Labelled], *, radius: float) -> None:
    """Move the labels, with a notice of how many have no room; `radius` of a point, in points.

    All else has to be there already: panels keep the sizes that they have now.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with boxes_for_missing_glyphs():
        figure.draw_without_rendering()  # so that the panels have their sizes
        figure.set_layout_engine("none")
        canvas: Any = FigureCanvasAgg(figure)
        renderer = canvas.get_renderer()
        n_left_out = sum(_place(renderer, each, radius) for each in panels)
    if n_left_out:
        notify(f"{n_left_out:,} of the labels have no room and are left out")


def _place(renderer: Any, labelled: Labelled, radius: float) -> int:
    """Move the labels of one panel; how many have no room."""
    panel, texts, places, lines = labelled
    pixels = panel.figure.dpi / 72  # a point
    boxes = [text.get_window_extent(renderer) for text in texts]
    corner = panel.get_window_extent(renderer)
    origin = np.array([corner.x0, corner.y0])
    points = panel.transData.transform(places) - origin
    clear = [
        _dots(panel.transData.transform(line) - origin, _APART * pixels) for line in lines
    ]  # fmt: skip
    sizes = np.array([(box.width, box.height) for box in boxes]) + 2
    corners = lay_out_labels(
        points, sizes, bounds=(corner.width, corner.height), radius=radius * pixels,
        clear=np.concatenate([np.empty((0, 2)), *clear]),
    )  # fmt: skip
    for text, box, point, label_corner in zip(texts, boxes, points, corners, strict=True):
        if np.isnan(label_corner).any():
            text.remove()
            continue
        # Of the text's anchor: letters below the line reach under it.
        anchor = np.array([box.x0, box.y0]) - origin - point
        text.set_position((label_corner - point - anchor + 1) / pixels)
        gap = np.maximum(0, np.maximum(label_corner - point, point - label_corner - box.size))
        if np.hypot(*gap) > _NEAR * pixels + radius * pixels:
            end = np.clip(point, label_corner, label_corner + box.size)
            panel.annotate(
                "", panel.transData.inverted().transform(point + origin),
                (end - point) / pixels, textcoords="offset points",
                arrowprops={"arrowstyle": "-", "color": "silver", "lw": 0.5, "shrinkA": 0,
                            "shrinkB": 2},
            )  # fmt: skip
    return int(np.isnan(corners[:, 0]).sum())


def _dots(line: NDArray[np.float64], apart: float) -> NDArray[np.float64]:
    """Points on a line (2, 2), no farther from each other than that."""
    start, end = line
    n_steps = max(1, int(np.ceil(np.hypot(*(end - start)) / apart)))
    steps = np.linspace(0, 1, n_steps + 1)[:, None]
    return np.asarray(start + steps * (end - start), np.float64)
