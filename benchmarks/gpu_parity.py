"""Does the GPU kernel agree with the reference on this GPU? tests/word2vec/test_gpu.py says so.

In: the results to add lines to. Out, for `gpu.py`: how many tests passed, and which failed.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import report

SHARE = 1 / 3  # of the time
PARTS = ("skipgram", "cbow and not skipgram", "not cbow and not skipgram")  # by test names
FAILURES_SHOWN = 20


def parity(out: report.Results, folder: Path) -> bool:
    """Whether the parity tests pass on this GPU, or have not failed yet when their time is up."""
    if importlib.util.find_spec("pytest") is None:
        out.add("parity with the reference: NOT TESTED, pytest is not installed")
        return True
    began, until = time.perf_counter(), out.left * SHARE
    logs = [folder / f"parity-{number}.log" for number in range(len(PARTS))]
    # Side by side, because nearly all of their time is the compiler's.
    runs = [start_tests(part, log) for part, log in zip(PARTS, logs, strict=True)]
    codes = [ended(run, until - (time.perf_counter() - began)) for run in runs]
    said = "".join(log.read_text(errors="replace") for log in logs)
    summary = [line for line in said.splitlines() if line.startswith(("FAILED", "ERROR"))]
    failures = summary or [line for line in said.splitlines() if " FAILED" in line]
    green = not failures and all(code in (0, None) for code in codes)
    agrees = "agrees" if None not in codes else "agrees so far, but was UNFINISHED in its time"
    out.add(
        f"parity with the reference: {agrees if green else 'FAILS'}; {said.count(' PASSED')} tests "
        f"passed in {time.perf_counter() - began:.0f} s",
        *failures[:FAILURES_SHOWN],
    )
    if not green:
        print(said[-10_000:], flush=True)
    return green


def start_tests(names: str, log: Path) -> subprocess.Popen[bytes]:
    """Some of the tests, by pytest in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-vv", "-rf", "--tb=short", "--color=no"]
    # The project's own options make errors of warnings, and CUDA and Triton have some.
    command += ["-W", "default", "-p", "no:cacheprovider", "-k", names]
    with log.open("wb") as file:
        return subprocess.Popen(
            [*command, "tests/word2vec/test_gpu.py"], cwd=report.REPOSITORY,
            stdout=file, stderr=subprocess.STDOUT, env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )  # fmt: skip


def ended(run: subprocess.Popen[bytes], seconds: float) -> int | None:
    """The exit code of a process; None if it was still at work after so long, and was stopped."""
    try:
        return run.wait(max(0.0, seconds))
    except subprocess.TimeoutExpired:
        run.kill()
        run.wait()
        return None
