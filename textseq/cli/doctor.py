"""The command `doctor`: what this machine offers, and what would be in the way.

In: nothing, or a folder to tidy up. Out: a table or JSON. Versions come from the installed
metadata, so that nothing heavy is loaded; torch is asked in a process of its own whether it sees a
GPU. What killed commands have left is found by unfinished.py.
"""

from __future__ import annotations

import json as json_module
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from textseq import __version__
from textseq.arrays import size
from textseq.bundled import (
    ANALOGIES,
    CORPUS,
    PAIRS,
    REVIEWS,
    SCENES,
    SPANS,
    SPLITS,
    TAGGED,
    TRANSLATION,
    bundled,
)
from textseq.cli.display import json_line, say, table
from textseq.cli.options import Json, argument, bad
from textseq.config import thread_count
from textseq.leftovers import leftovers, remove_leftover

PACKAGES = (
    "numpy", "numba", "llvmlite", "torch", "triton", "pyarrow", "tokenizers", "datasets",
    "safetensors", "typer", "rich",
)  # fmt: skip
_ASK_TORCH = """
import json, torch
found = torch.cuda.is_available()
print(json.dumps([found, torch.cuda.get_device_name() if found else torch.version.cuda]))
"""
_SECONDS = 120  # a cold import of torch from a slow disk


def doctor(
    folder: Annotated[Path, argument("FOLDER", "With --clean: where to look.")] = Path("."),
    *,
    clean: Annotated[
        bool,
        typer.Option(
            "--clean",
            help="Remove what killed commands have left in FOLDER, and in the system's folder of "
            "temporary files.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Show versions, CPU, GPU, caches and corpora; or tidy up.

    --clean lists what it finds, with sizes: hidden folders that were being made or removed, encoded
    text of trainings that cannot go on, lock files. What a living process uses stays, and so do
    checkpoints and all that is not ours beyond doubt.

    Examples:
      textseq doctor
      textseq doctor --json | jq .gpu
      textseq doctor --clean ./models
    """
    if clean:
        _clean(folder, json=json)
        return
    if folder != Path("."):
        raise bad(f"{folder}: a folder goes with --clean")
    facts = examine()
    if json:
        json_line(facts)
        return
    versions = facts.pop("packages")
    table([*_rows(facts.items()), *_rows(versions.items())], left=2)


def _clean(folder: Path, *, json: bool) -> None:
    """Remove leftovers, and show what became of each."""
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    found = leftovers(folder)
    temporary = Path(tempfile.gettempdir())
    if temporary.resolve() != folder.resolve():
        found += [each for each in leftovers(temporary) if each.path.name.startswith("textseq-")]
    rows, n_bytes = [], 0
    for each in found:
        gone = not each.held and remove_leftover(each)
        n_bytes += each.n_bytes if gone else 0
        became = "removed" if gone else each.held or "could not be removed"
        if json:
            json_line({"path": str(each.path), "bytes": each.n_bytes, "became": became})
        rows.append((str(each.path), became, size(each.n_bytes)))
    if json:
        return
    table(rows, left=2)
    say(f"{size(n_bytes)} freed")


def _rows(items: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(name, "not installed" if value is None else str(value)) for name, value in items]


def examine() -> dict[str, Any]:
    """What this machine offers, by name; "packages" is a dict of versions."""
    return {
        "textseq": __version__,
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": thread_count(0),
        "simd lanes": _lanes(),
        "gpu": _gpu(),
        "numba cache": _numba_cache(),
        "corpora": _corpora(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _lanes() -> str:
    """Floats in the widest register, as the CPU kernels of word2vec see it."""
    try:
        from llvmlite import binding

        features: dict[str, bool] = binding.get_host_cpu_features()  # type: ignore[no-untyped-call]
    except (ImportError, RuntimeError) as error:
        return f"unknown ({error})"
    for feature, lanes in (("avx512f", 16), ("avx", 8)):
        if features.get(feature):
            return f"{lanes} ({feature})"
    return "4"


def _gpu() -> str:
    """The GPU that torch sees, or why it sees none."""
    if _version("torch") is None:
        return "none: torch is not installed"
    try:
        answer = subprocess.run(
            [sys.executable, "-c", _ASK_TORCH], capture_output=True, text=True, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"unknown: torch did not answer in {_SECONDS} s"
    if answer.returncode:
        reason = (answer.stderr.strip().splitlines() or ["no message"])[-1]
        return f"none: torch does not start ({reason})"
    found, detail = json_module.loads(answer.stdout)
    if found:
        return str(detail)
    if detail is None:
        return f"none: torch {_version('torch')} is a build without CUDA"
    return f"none: torch for CUDA {detail} sees no GPU (is a driver installed?)"


def _numba_cache() -> str:
    """Whether compiled kernels can be kept; without it each run compiles them again."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    folder = Path(chosen) if chosen else Path(__file__).parents[1] / "word2vec" / "kernels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return f"{folder} (writable)"
    except OSError as error:
        reason = error.strerror or "not writable"
        return f"{folder} ({reason}); NUMBA_CACHE_DIR names another folder"


def _corpora() -> str:
    tasks = (REVIEWS, TAGGED, SPANS, *TRANSLATION, SCENES)
    try:
        found = [bundled(name) for name in (CORPUS, ANALOGIES, PAIRS)]
        for name in tasks:
            found += [bundled(name.format(split)) for split in SPLITS]
    except FileNotFoundError as error:
        return f"missing: {error}"
    return f"{len(found)} files in {found[0].parent}"
