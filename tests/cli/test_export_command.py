"""The command export, with the library's part replaced."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from textseq.cli import app

Run = Callable[..., Any]  # `run` of conftest.py


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []

    def export_onnx(model: Any, path: Path, *, overwrite: bool) -> None:
        calls.append((model.name, path, overwrite))
        path.write_bytes(b"onnx")

    def load(path: Path) -> Any:
        return types.SimpleNamespace(name=str(path), sides={"source": None, "labels": None})

    model = types.SimpleNamespace(SequenceModel=types.SimpleNamespace(load=load))
    monkeypatch.setitem(app.COMMANDS, "export", "export_command")
    monkeypatch.setitem(
        sys.modules, "textseq.rnn.show.export", types.SimpleNamespace(export_onnx=export_onnx)
    )
    monkeypatch.setitem(sys.modules, "textseq.rnn.models.model", model)
    return calls


def test_export(run: Run, exported: list[tuple[Any, ...]]):
    result = run("export")
    assert (result.status, result.out) == (0, "")
    assert result.err == (
        "textseq-classifier.onnx; its ids are lines of textseq-classifier/source/vocab.txt and "
        "textseq-classifier/labels/vocab.txt\n"
    )
    assert exported == [("textseq-classifier", Path("textseq-classifier.onnx"), False)]
    assert "exists already; --force replaces it" in run("export").message
    assert run("export", "mine", "--out", "textseq-classifier.onnx", "--force", "-q").err == ""
    assert exported[1:] == [("mine", Path("textseq-classifier.onnx"), True)]


def test_the_model_that_is_here(run: Run, exported: list[tuple[Any, ...]], tmp_path: Path):
    (tmp_path / "textseq-lm").mkdir()
    assert run("export", "--quiet").status == 0
    assert exported == [("textseq-lm", Path("textseq-lm.onnx"), False)]


def test_another_name(run: Run, exported: list[tuple[Any, ...]]):
    result = run("export", "--out", "model.pt")
    assert result.status == 2
    assert "--out model.pt does not end in .onnx" in result.message
    assert not exported


def test_help(run: Run, exported: list[tuple[Any, ...]]):
    result = run("export", "--help")
    assert result.status == 0
    assert "textseq export ./my-tagger" in result.out
