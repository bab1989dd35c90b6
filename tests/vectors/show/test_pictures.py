"""Maps and heat maps as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from textseq.pictures.figure import save_figure
from textseq.text.notices import TextNotice
from textseq.text.vocab import Vocab
from textseq.vectors.show.heat_map import draw_similarities, similarities
from textseq.vectors.show.map_picture import draw_map
from textseq.vectors.show.word_map import WordMap, map_words
from textseq.vectors.word_vectors import WordVectors

pytest.importorskip("matplotlib")
pytestmark = pytest.mark.filterwarnings("ignore:no font on this machine")

WORDS = ["king", "queen", "$x$", "a\nb", "왕", "国王", "ราชินี", "ملكة", "क्षत्रिय"]


@pytest.fixture
def vectors() -> WordVectors:
    rows = np.random.default_rng(0).standard_normal((len(WORDS), 5)).astype(np.float32)
    return WordVectors(Vocab(WORDS, range(9, 0, -1), specials=()), rows)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_map_is_the_same_file_each_time(tmp_path: Path, vectors: WordVectors, suffix: str):
    for name in ("a", "b"):
        found = map_words([vectors, vectors], WORDS, pairs=[("king", "왕")])
        save_figure(draw_map(found, ["one", "two"]), tmp_path / f"{name}{suffix}")
    first, second = (tmp_path / f"{name}{suffix}" for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size > 5000


def test_labels_of_a_map(vectors: WordVectors):
    figure = draw_map(map_words(vectors, WORDS))
    shown = {text.get_text() for text in figure.axes[0].texts}
    assert {"king", r"\$x\$", r"a\nb", "왕"} <= shown
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text()]
    pairs = [(a, b) for number, a in enumerate(boxes) for b in boxes[:number]]
    assert not any(a.overlaps(b) for a, b in pairs)


def test_panels_side_by_side_fit_into_the_figure(vectors: WordVectors):
    figure = draw_map(map_words([vectors, vectors], WORDS), ["one", "two"])
    figure.draw_without_rendering()
    for panel in figure.axes:
        box = panel.get_tightbbox()
        assert min(box.x0, box.y0) >= 0
        assert box.x1 <= figure.bbox.width
        assert box.y1 <= figure.bbox.height
        assert panel.get_xlim() == figure.axes[0].get_xlim()


def test_labels_without_room_are_counted():
    words = [f"word{number}" for number in range(300)]
    with pytest.warns(TextNotice, match=r"\d+ of the labels have no room"):
        draw_map(WordMap(words, [np.zeros((300, 2), np.float32)], [], 0, "pca"))
    with pytest.raises(ValueError, match="5,001 words; up to 5,000"):
        draw_map(WordMap(["a"] * 5001, [np.zeros((5001, 2), np.float32)], [], 0, "pca"))


def test_similarities_by_hand():
    rows = np.array([[1, 0], [0, 2], [3, 3], [0, 0]], np.float32)
    model = WordVectors(Vocab(["a", "b", "c", "d"], specials=()), rows)
    half = np.sqrt(0.5)
    expected = [[1, 0, half], [0, 1, half], [half, half, 1]]
    assert np.allclose(similarities(model, ["a", "b", "c"]), expected)
    assert similarities(model, ["d", "a"]).tolist() == [[0, 0], [0, 1]]


def test_a_heat_map(tmp_path: Path, vectors: WordVectors):
    figure = draw_similarities([vectors, vectors], WORDS, ["one", "two"])
    save_figure(figure, tmp_path / "heat.png")
    assert [axes.get_title() for axes in figure.axes[:2]] == ["one", "two"]
    assert figure.axes[0].texts[0].get_text() == "1.00"
    with pytest.raises(ValueError, match="101 words; a heat map has room for 100"):
        draw_similarities([vectors], ["king"] * 101)
