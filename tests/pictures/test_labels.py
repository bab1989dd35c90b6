"""Labels of a figure stand apart, on no line, and are counted where they have no room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from textseq.pictures.figure import new_figure
from textseq.pictures.labels import Labelled, place_labels
from textseq.text.notices import TextNotice

pytest.importorskip("matplotlib")


def figure_of(places: np.ndarray, lines: list[np.ndarray]) -> tuple[Any, Labelled]:
    figure = new_figure(4, 4)
    panel = figure.subplots()
    panel.set_axis_off()
    panel.set(xlim=(0, 1), ylim=(0, 1))
    texts = [
        panel.annotate(f"word {number}", place, xytext=(0, 0), textcoords="offset points")
        for number, place in enumerate(places)
    ]
    return figure, Labelled(panel, texts, places, lines)


def boxes_of(figure: Any, labelled: Labelled) -> list[Any]:
    figure.draw_without_rendering()
    return [text.get_window_extent() for text in labelled.texts if text.figure is not None]


@pytest.mark.parametrize("seed", range(3))
def test_labels_cover_neither_each_other_nor_a_line(seed: int):
    places = 0.5 + np.random.default_rng(seed).uniform(-0.1, 0.1, (14, 2))
    line = np.array([[0.4, 0.4], [0.7, 0.6]])
    figure, labelled = figure_of(places, [line])
    place_labels(figure, [labelled], radius=2)
    boxes = boxes_of(figure, labelled)
    assert len(boxes) == len(places)
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])
        for point in line[0] + np.linspace(0, 1, 200)[:, None] * (line[1] - line[0]):
            assert not box.contains(*labelled.panel.transData.transform(point))


def test_what_has_no_room_is_told():
    figure, labelled = figure_of(np.full((60, 2), 0.5), [])
    with pytest.warns(TextNotice, match=r"^\d+ of the labels have no room and are left out"):
        place_labels(figure, [labelled], radius=2)
    assert 5 < len(boxes_of(figure, labelled)) < 60
