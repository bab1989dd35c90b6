from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from textseq import __version__
from textseq.cli import doctor

Run = Callable[..., Any]  # `run` of conftest.py


def test_doctor(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "_gpu", lambda: "none: not asked in this test")
    facts = json.loads(run("doctor", "--json").out)
    assert facts["textseq"] == __version__
    assert facts["packages"]["numpy"] == np.__version__
    assert re.fullmatch(r"\d\d files in .*corpora", facts["corpora"])
    text = run("doctor").out
    for name in (*facts, *facts["packages"]):
        assert name == "packages" or f"\n{name} " in f"\n{text}"


@pytest.mark.parametrize(
    ("status", "out", "err", "shown"),
    [
        (0, '[true, "NVIDIA H100"]', "", "NVIDIA H100"),
        (0, "[false, null]", "", "is a build without CUDA"),
        (0, '[false, "13.0"]', "", "none: torch for CUDA 13.0 sees no GPU"),
        (1, "", "Traceback\nOSError: libcuda", "none: torch does not start (OSError: libcuda)"),
    ],
)
def test_why_there_is_no_gpu(
    monkeypatch: pytest.MonkeyPatch, status: int, out: str, err: str, shown: str
):
    answer = subprocess.CompletedProcess([], status, out, err)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
    monkeypatch.setattr(doctor, "_version", lambda name: "2.13.0")
    assert shown in doctor._gpu()
