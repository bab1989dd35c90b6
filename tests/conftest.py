"""What all tests share: where the real data is, and compiled code that is no older than its source.

Real data is optional: the variable TEXTSEQ_TEST_DATA names its folder, or it lies in shared/data
beside the repository. Tests that need it are skipped where it is missing.
"""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from textseq.stopping import SIGNALS
from textseq.text.notices import TextNotice

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_configure() -> None:
    """What was compiled before is thrown away, and Ctrl-C works in processes that tests start.

    Numba notices a change of a function's own file, not of the files it calls into. A shell starts
    what runs in its background with SIGINT ignored, which would be handed on.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for folder in {path.parent for path in (REPOSITORY / "textseq").rglob("__pycache__/*.nbi")}:
        sources = [*folder.parent.glob("*.py"), *folder.parent.parent.glob("*.py")]
        newest = max(path.stat().st_mtime for path in sources)
        for path in [*folder.glob("*.nbi"), *folder.glob("*.nbc")]:
            if path.stat().st_mtime < newest:
                path.unlink(missing_ok=True)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument and number: packed ones hold the second they were packed in.

    All workers of pytest-xdist must collect the same names.
    """
    return argname if isinstance(val, bytes) else None


@pytest.fixture
def notices() -> Iterator[list[str]]:
    """What is said of the texts that a test reads; without this fixture a notice fails the test."""
    said: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always", TextNotice)
        warnings.showwarning = lambda message, *_: said.append(str(message))
        yield said


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data."""
    default = REPOSITORY.parent / "shared" / "data"
    folder = Path(os.environ.get("TEXTSEQ_TEST_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no test data in {folder}; TEXTSEQ_TEST_DATA names another folder")
    return folder


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A local Ray for all tests of a file: it takes seconds to begin."""
    from textseq.ray_cluster import ray_cluster

    with ray_cluster() as ray:
        yield ray


@pytest.fixture
def usual_signals() -> Iterator[None]:
    """Signals do what they do in a process of one's own, whatever has been set before.

    Ray takes SIGTERM for itself, and a process that was begun by nohup ignores SIGHUP.
    """
    usual = dict.fromkeys(SIGNALS, signal.SIG_DFL) | {signal.SIGINT: signal.default_int_handler}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, signal.SIG_DFL if handler is None else handler)
