"""push and pull, with a hub that is a folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import numpy as np
import pytest
from huggingface_hub import errors

from textseq.vectors.files.formats import write_vectors
from textseq.vectors.word_vectors import WordVectors

Run = Callable[..., Any]  # `run` of conftest.py


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which repositories are folders, too."""
    root = tmp_path / "hub"

    def model_info(repo: str, revision: str | None = None) -> Any:
        files = [path for path in (root / repo).rglob("*") if path.is_file()]
        names = [path.relative_to(root / repo).as_posix() for path in files]
        return SimpleNamespace(
            siblings=[SimpleNamespace(rfilename=name) for name in names], sha=revision or "new"
        )

    def upload_folder(repo_id: str, folder_path: str, commit_message: str) -> None:
        shutil.copytree(folder_path, root / repo_id)

    api = SimpleNamespace(
        model_info=model_info, upload_folder=upload_folder,
        create_repo=lambda repo, private, exist_ok: f"https://hub/{repo}",
    )  # fmt: skip
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: api)
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download",
        lambda repo_id, revision, allow_patterns: str(root / repo_id),
    )  # fmt: skip
    return root


def test_push_and_pull(run: Run, vectors: Path, hub: Path):
    result = run("push", vectors, "me/v", "--licence", "mit", "--corpus", "seven words")
    assert (result.status, result.out) == (0, "https://hub/me/v\n")
    assert result.err == "7 words of dim 8; `textseq pull me/v` fetches them\n"
    assert "| corpus | seven words |" in (hub / "me/v/README.md").read_text()
    result = run("pull", "me/v")
    assert (result.status, result.out, result.err) == (0, "", "7 words of dim 8 in v\n")
    first, back = WordVectors.load(vectors), WordVectors.load("v")
    assert (back.vocab, back.config) == (first.vocab, first.config)
    np.testing.assert_array_equal(back.vectors, first.vectors)
    assert "v exists already; --force replaces it" in run("pull", "me/v").message
    more = ["--out", "w", "--limit", "2", "--revision", "main", "-q"]
    assert run("pull", "hf://me/v", *more).err == ""
    assert list(WordVectors.load("w")) == ["king", "queen"]
    assert run("pull", "me/v@main", "--force").err == "7 words of dim 8 in v\n"


def test_all_commands_take_addresses(run: Run, vectors: Path, hub: Path):
    run("push", vectors, "me/v", "-q")
    asked = [run("nearest", "king", "--vectors", name).out for name in (vectors, "hf://me/v")]
    assert asked[0] == asked[1] != ""
    assert run("convert", "hf://me/v", "v.vec").status == 0
    write_vectors(WordVectors.load(vectors), hub / "me/w/deep/w.bin", "word2vec-binary")
    assert run("pull", "me/w/deep/w.bin").err == "7 words of dim 8 in w\n"


def test_no_network(run: Run, vectors: Path, hub: Path, monkeypatch: pytest.MonkeyPatch):
    def silence(*given: Any, **named: Any) -> None:
        raise errors.HfHubHTTPError.__mro__[1]("[Errno -2] Name or service not known")

    api = SimpleNamespace(model_info=silence, create_repo=silence)
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: api)
    result = run("push", vectors, "me/v")
    assert (result.status, result.message) == (
        1, "huggingface.co cannot be reached: [Errno -2] Name or service not known",
    )  # fmt: skip


def test_what_is_no_repository(run: Run, vectors: Path, hub: Path):
    result = run("pull", "me")
    assert (result.status, "me names no repository; USER/NAME does" in result.message) == (2, True)
    result = run("push", vectors, "me")
    assert (result.status, "'me' names no repository" in result.message) == (1, True)
    result = run("pull", "me/nothing")
    assert (result.status, "no folder of word vectors" in result.message) == (1, True)
    assert not Path("nothing").exists()
