"""The wheel: built from this tree without a network, installed elsewhere, used from there."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
NEEDED = ("build", "hatchling", "pip")
missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}"),
]


def run(*arguments: str | Path, cwd: Path, **env: str) -> str:
    """A whole process of this Python; its stdout. A failure shows what it said."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd, env=os.environ | env, capture_output=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree, out = tmp_path_factory.mktemp("tree") / "textseq", tmp_path_factory.mktemp("wheel")
    # A copy, so that nothing is written into the repository and nothing stale is taken from it.
    tree.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(REPOSITORY / name, tree)
    for name in ("textseq", "corpora", "tests", "benchmarks"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / name, tree / name, ignore=ignored)
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", out, tree, cwd=out)
    (built,) = out.glob("textseq-*-py3-none-any.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the installed package, and nothing else of the repository."""
    target = tmp_path_factory.mktemp("installed")
    run("-m", "pip", "install", "--no-deps", "--no-index", "--target", target, wheel, cwd=target)
    return target


def test_what_the_wheel_holds(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entry_points,) = (name for name in names if name.endswith("/entry_points.txt"))
        assert "textseq = textseq.cli.app:main" in archive.read(entry_points).decode()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"textseq"}
    assert "textseq/py.typed" in names
    corpora = {path.name for path in (REPOSITORY / "corpora").iterdir() if path.is_file()}
    assert {f"textseq/corpora/{name}" for name in corpora} <= names
    modules = {str(path.relative_to(REPOSITORY)) for path in REPOSITORY.glob("textseq/**/*.py")}
    assert modules <= names
    assert not [name for name in names if "test" in name or "__pycache__" in name]
    assert wheel.stat().st_size < 10 * 2**20


def test_the_installed_package_trains_and_answers(installed: Path, tmp_path: Path):
    environment = {"PYTHONPATH": str(installed), "NO_COLOR": "1"}
    where = run("-c", "import textseq; print(textseq.__file__)", cwd=tmp_path, **environment)
    assert Path(where.strip()).is_relative_to(installed)
    line = ["-m", "textseq", "train-w2v", "--mode", "cbow", "--epochs", "1", "--out", "X"]
    assert run(*line, cwd=tmp_path, **environment) == ""
    answer = run("-m", "textseq", "nearest", "king", "--vectors", "X", cwd=tmp_path, **environment)
    assert "queen" in answer
    assert [path.name for path in tmp_path.iterdir()] == ["X"]
