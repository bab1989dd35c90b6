"""What every benchmark says of itself: machine, versions, date, command; and that tests passed.

In: names of packages and tests. Out: lines of text, and a file under results/. No path and no
name of the machine is written.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import ParamSpec, TypeVar

from textseq.config import thread_count

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "benchmarks" / "results"

P = ParamSpec("P")
T = TypeVar("T")


def require_green(*tests: str) -> None:
    """Run these tests; without them green there are no numbers."""
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", *tests], cwd=REPOSITORY)
    if done.returncode:
        sys.exit("the tests fail: no numbers")


def cpu_model() -> str:
    """The name of the processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def version_of(package: str) -> str:
    """The installed version, or that there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def head(packages: list[str]) -> str:
    """Command, machine, versions and date, a line each."""
    # Paths say something about a machine, so only file names stay of them.
    words = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    system = f"{platform.system()} {platform.machine()}"
    versions = ", ".join(f"{name} {version_of(name)}" for name in ["textseq", *packages])
    return "\n".join(
        [
            f"command: python benchmarks/{Path(sys.argv[0]).name} {' '.join(words)}",
            f"machine: {cpu_model()}, {thread_count(0)} cores, {system}",
            f"versions: python {platform.python_version()}, {versions}",
            f"date: {datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
        ]
    )


def add_write_option(parser: argparse.ArgumentParser, name: str) -> None:
    """The option --write, which keeps the report."""
    parser.add_argument("--write", action="store_true", help=f"keep it in results/{name}")


def publish(text: str, name: str, *, write: bool) -> None:
    """Print a report, and keep it where asked."""
    print(text)
    if write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / name).write_text(text + "\n", encoding="utf-8")


class Results:
    """Lines of a report, printed and on disk as soon as they are known; `minutes` is its time."""

    def __init__(self, places: Sequence[Path], minutes: float) -> None:
        self.places, self.minutes = places, minutes
        self.lines: list[str] = []
        self.began = time.perf_counter()

    @property
    def left(self) -> float:
        """Seconds until the time is used up."""
        return 60 * self.minutes - (time.perf_counter() - self.began)

    def add(self, *lines: str) -> None:
        """More lines."""
        for line in lines:
            print(line, flush=True)
        self.lines += lines
        for place in self.places:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("\n".join(self.lines) + "\n", encoding="utf-8")

    def measure(
        self, what: str, measurement: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """What a measurement gives; None, and a line that says why, if it fails or is too late."""
        if self.left <= 0:
            self.add(f"{what}: skipped, the {self.minutes:g} minutes are used up")
            return None
        try:
            return measurement(*args, **kwargs)
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            self.add(f"{what}: {type(error).__name__}: {reason}")
        return None

    def measure_line(
        self, what: str, measurement: Callable[P, str], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """A measurement's own line behind its name."""
        line = self.measure(what, measurement, *args, **kwargs)
        if line is not None:
            self.add(f"{what}: {line}")
