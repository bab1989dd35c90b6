"""Change, drawn: where words went, among their neighbours on both sides.

In: a Comparison of aligned vectors, and words. Out: a PNG, SVG or PDF file with a panel a word: an
arrow from its place on the first side to that on the second, in the plane that shows most of the
neighbours' spread. Drawn by matplotlib, an extra (`pip install "textseq[plot]"`).
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.artifact import check_free_file
from textseq.pictures.figure import check_picture, labels_of, new_figure, save_figure
from textseq.pictures.fonts import font_families
from textseq.pictures.labels import Labelled, place_labels
from textseq.vectors.comparison.alignment import turn_onto
from textseq.vectors.comparison.change import Comparison

_MOST = 9  # panels
_NEIGHBOURS = 8  # of each side
_INCHES = 4.5  # a panel
_RADIUS = 2.0  # of a point, in points
_OF_A, _OF_B, _OF_BOTH = "C0", "C1", "C2"  # colours


def draw_change(
    comparison: Comparison,
    words: Sequence[str],
    path: str | os.PathLike[str],
    *,
    labels: tuple[str, str] = ("A", "B"),
    overwrite: bool = False,
) -> None:
    """Draw where each word went; ValueError for none, for more than 9, for unequal dimensions;
    FileExistsError if the file is there already.

    A neighbour stands at the mean of its two unit vectors, and its colour says whether it is one on
    the first side, on the second or on both. Labels do not cover each other, nor the arrow; those
    that have no room are left out, with a notice of how many.
    """
    if not 1 <= len(words) <= _MOST:
        raise ValueError(f"{len(words)} words were given to draw; 1 to {_MOST} have room")
    check_picture(path)
    check_free_file(path, overwrite=overwrite)
    n_columns = math.ceil(math.sqrt(len(words)))
    n_rows = -(-len(words) // n_columns)
    figure = new_figure(_INCHES * n_columns, _INCHES * n_rows)
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for panel in panels:
        panel.set_axis_off()
    turn, _ = turn_onto(comparison.a, comparison.b)
    drawn = [_of_word(comparison, word, turn) for word in words]
    family = font_families([*words, *labels, *(name for each in drawn for name in each.names)])
    labelled = [
        _draw_panel(panel, each, labels, family)
        for panel, each in zip(panels, drawn, strict=False)
    ]  # fmt: skip
    _add_legend(figure, drawn, labels, family)
    place_labels(figure, labelled, radius=_RADIUS)
    save_figure(figure, path, overwrite=overwrite)


class _Drawn(NamedTuple):
    """A word, its neighbours, whose colours say of which side they are, and where all stand."""

    word: str
    names: list[str]
    colours: list[str]
    places: NDArray[np.float64]  # (2 + n, 2): of the word on either side, of the neighbours


def _of_word(comparison: Comparison, word: str, turn: NDArray[np.float64]) -> _Drawn:
    of_a, of_b = ([near.word for near in side] for side in comparison.neighbours(word, _NEIGHBOURS))
    names = list(dict.fromkeys([*of_a, *of_b]))
    colours = [
        _OF_BOTH if name in of_a and name in of_b else _OF_A if name in of_a else _OF_B
        for name in names
    ]
    return _Drawn(word, names, colours, change_plane(comparison, word, names, turn))


def _draw_panel(panel: Any, drawn: _Drawn, labels: tuple[str, str], family: list[str]) -> Labelled:
    """The arrow, the points, and their labels, which still stand on them."""
    start, end = drawn.places[:2]
    panel.set_title(labels_of([drawn.word])[0], family=family)
    panel.scatter(*drawn.places[2:].T, s=(2 * _RADIUS) ** 2, c=drawn.colours, linewidths=0)
    panel.scatter(*drawn.places[:2].T, s=(3 * _RADIUS) ** 2, c=[_OF_A, _OF_B], linewidths=0)
    panel.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": "black", "lw": 1.5})
    panel.margins(0.15)
    panel.autoscale_view()
    texts = [
        panel.annotate(
            label, place, xytext=(0, 0), textcoords="offset points", family=family, color=colour,
            fontsize=9 if number < 2 else 8, weight="bold" if number < 2 else "normal",
        )
        for number, (label, place, colour) in enumerate(
            zip(
                labels_of([*labels, *drawn.names]), drawn.places, [_OF_A, _OF_B, *drawn.colours],
                strict=True,
            )
        )
    ]  # fmt: skip
    return Labelled(panel, texts, drawn.places, [drawn.places[:2]])


def _add_legend(
    figure: Any, drawn: list[_Drawn], labels: tuple[str, str], family: list[str]
) -> None:
    """What the colours say, below the panels."""
    from matplotlib.lines import Line2D

    name_a, name_b = labels_of(labels)
    said = {_OF_A: f"nearest in {name_a}", _OF_B: f"nearest in {name_b}", _OF_BOTH: "in both"}
    seen = {colour for each in drawn for colour in each.colours}
    dots = [
        Line2D([], [], marker="o", linestyle="", markersize=2 * _RADIUS, color=colour, label=text)
        for colour, text in said.items()
        if colour in seen
    ]
    figure.legend(
        handles=dots, loc="outside lower center", ncols=len(dots), frameon=False,
        prop={"family": family, "size": 8},
    )  # fmt: skip


def change_plane(
    comparison: Comparison, word: str, neighbours: Sequence[str], turn: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Places in the plane: of the word on either side, and of its neighbours, (2 + n, 2).

    The plane is that of the two first principal components of these points.
    """
    sides = []
    for vectors, turned in ((comparison.a, np.eye(len(turn))), (comparison.b, turn)):
        rows = [vectors.word_id(each) for each in (word, *neighbours)]
        sides.append(vectors.units(rows).astype(np.float64) @ turned)
    points = np.vstack([sides[0][:1], sides[1][:1], (sides[0][1:] + sides[1][1:]) / 2])
    points -= points.mean(axis=0)
    _, _, axes = np.linalg.svd(points, full_matrices=False)
    flat = points @ axes[:2].T
    # A vector of one number, or two points, span a line only.
    return np.hstack([flat, np.zeros((len(flat), 2 - flat.shape[1]))])
