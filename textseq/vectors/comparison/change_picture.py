"""Change, drawn: where words went, among their neighbours on both sides.

In: a Comparison of aligned vectors, and words. Out: a PNG, SVG or PDF file with a panel a word: an
arrow from its place on the first side to that on the second, in the plane that shows most of the
neighbours' spread. Drawn by matplotlib, an extra (`pip install "textseq[plot]"`).
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from textseq.artifact import check_free_file
from textseq.pictures.figure import check_picture, labels_of, new_figure, save_figure
from textseq.vectors.comparison.alignment import turn_onto
from textseq.vectors.comparison.change import Comparison

_MOST = 9  # panels
_NEIGHBOURS = 8  # of each side
_INCHES = 4.5  # a panel


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

    A neighbour stands at the mean of its two unit vectors, those of the first side in one colour,
    those of the second in another.
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
    for panel, word in zip(panels, words, strict=False):
        of_a, of_b = (
            [near.word for near in side] for side in comparison.neighbours(word, _NEIGHBOURS)
        )
        names = list(dict.fromkeys([*of_a, *of_b]))
        places = change_plane(comparison, word, names, turn)
        start, end, *others = places
        panel.set_title(labels_of([word])[0])
        panel.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": "black", "lw": 1.5})
        for (x, y), name in zip(others, names, strict=True):
            colour = "C2" if name in of_a and name in of_b else "C0" if name in of_a else "C1"
            panel.text(
                x, y, labels_of([name])[0], color=colour, fontsize=8, ha="center", va="center"
            )
        for (x, y), label, colour in zip(
            (start, end), labels_of(labels), ("C0", "C1"), strict=True
        ):
            panel.plot(x, y, "o", color=colour)
            panel.annotate(
                label, (x, y), xytext=(0, 6), textcoords="offset points", color=colour,
                weight="bold", ha="center",
            )  # fmt: skip
        panel.margins(0.15)
        panel.update_datalim(places)
        panel.autoscale_view()
    save_figure(figure, path, overwrite=overwrite)


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
