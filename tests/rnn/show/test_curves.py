"""Learning curves as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from textseq.rnn.show.curves import draw_curves
from textseq.rnn.training.fit import History

pytest.importorskip("matplotlib")

STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def history(n_epochs: int, **more: Any) -> History:
    entry = {
        "train_loss": 0.5, "lr": 0.1, "grad_norm": 1.5, "grad_norm_max": 4.0, "clipped": 0.25,
        "valid": {"loss": 0.6, "accuracy": 0.7},
    } | more  # fmt: skip
    return History([entry | {"epoch": epoch} for epoch in range(1, n_epochs + 1)], 1)


@pytest.mark.parametrize("suffix", STARTS)
@pytest.mark.parametrize("n_epochs", [1, 30])
def test_a_picture(tmp_path: Path, suffix: str, n_epochs: int):
    path = tmp_path / f"curves{suffix}"
    draw_curves(history(n_epochs), "accuracy", path)
    assert path.read_bytes().startswith(STARTS[suffix])
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_what_is_in_it(tmp_path: Path):
    path = tmp_path / "curves.svg"
    draw_curves(history(3), "accuracy", path)
    text = path.read_text()
    for words in ("validation accuracy", "norm of the gradient (25% cut)", "best epoch"):
        assert f"<!-- {words} -->" in text
    assert "Date" not in text


def test_scores_without_a_loss_and_no_gradient(tmp_path: Path):
    entry = {"valid": {"bleu": 30.0}, "grad_norm": 0.0, "grad_norm_max": 0.0}
    draw_curves(history(2, **entry), "bleu", tmp_path / "curves.PNG")
    assert (tmp_path / "curves.PNG").exists()


def test_no_epochs(tmp_path: Path):
    with pytest.raises(ValueError, match="there is no epoch"):
        draw_curves(History(), "accuracy", tmp_path / "curves.png")
