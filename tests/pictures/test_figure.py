"""Figures as files: whole, the same for the same numbers, and labels that are no formulas."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from textseq.pictures.figure import check_picture, labels_of, new_figure, save_figure

pytest.importorskip("matplotlib")


@pytest.mark.parametrize("suffix", [".png", ".svg", ".PDF"])
def test_the_same_picture_is_the_same_file(tmp_path: Path, suffix: str):
    for name in ("a", "b"):
        figure = new_figure()
        figure.subplots().plot([1, 3, 2], "o-", clip_on=True)
        save_figure(figure, tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_labels_show_what_is_in_them():
    assert labels_of(["the", "$x^2$", "a\n\x00"]) == ["the", r"\$x^2\$", r"a\n\x00"]


def test_errors(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ValueError, match=r"curves.jpg does not end in \.png, \.svg, \.pdf"):
        check_picture("curves.jpg")
    real = builtins.__import__

    def without(name: str, *given: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ModuleNotFoundError(f"No module named {name!r}", name="matplotlib")
        return real(name, *given)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "textseq\[plot\]"') as error:
        check_picture("curves.png")
    assert error.value.name == '"textseq[plot]"'
