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
from importlib import metadata
from pathlib import Path

from textseq.config import thread_count

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "benchmarks" / "results"


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
