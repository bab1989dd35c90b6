from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from textseq.rnn.models.translator import Alignment
from textseq.rnn.show.attention_picture import draw_attention

pytest.importorskip("matplotlib")


def alignment(n_rows: int, source: list[str]) -> Alignment:
    weights = np.full((n_rows, len(source)), 1 / len(source), np.float32)
    return Alignment(source, [f"w{row}" for row in range(n_rows)], weights)


@pytest.mark.filterwarnings("ignore:no font on this machine")
@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_picture_is_written(tmp_path: Path, suffix: str):
    path = tmp_path / f"a{suffix}"
    # No glyph in the font, formulas, control characters: none of them is an error or a warning.
    draw_attention(alignment(3, ["▁the", "$x^$", "안녕", "a\x00\n", "👨‍👩‍👧", "नमस्ते"]), path)
    assert path.stat().st_size > 1000
    assert not list(tmp_path.glob(".*"))


def test_labels_are_tokens(tmp_path: Path):
    draw_attention(alignment(2, ["cat", "dog"]), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"


def test_too_many_tokens(tmp_path: Path):
    with pytest.raises(ValueError, match="101 source and 2 target tokens; up to 100"):
        draw_attention(alignment(2, ["a"] * 101), tmp_path / "a.png")


def test_another_name(tmp_path: Path):
    with pytest.raises(ValueError, match=r"\.png"):
        draw_attention(alignment(2, ["a"]), tmp_path / "a.txt")
