"""Harness: mutated inputs in, and for each a verdict: a result, one clear line, or a fault.

In: a Reader, how many inputs, a seed. Out: a Tally. Each batch of inputs is read by a forked child
of its own, so that a crash of native code is one more verdict and the run goes on. What counts as
clear is what a person at a shell would see: one line that names the file or the folder.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import re
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mutations import mutate

BATCH = 1000
ROOM_BYTES = 200_000_000  # beside ten times the file
CPU_SECONDS = 10.0
WALL_SECONDS = 120.0  # other work may run on the machine
_LONGEST_MESSAGE = 2000
_NO_MEMORY = re.compile(
    r"not enough memory|MemoryError|Unable to allocate|[Cc]annot allocate|can't allocate memory"
    r"|not enough memory|bad_alloc|out of memory|ArrayMemoryError"
)


@dataclass(frozen=True)
class Reader:
    """One way to read files. `make` fills an empty folder, `read` reads what is in it.

    `names`: patterns of the files that are mutated. `weight`: its share of a large run. `least`:
    inputs that it gets in any case, of a run of a million.
    """

    name: str
    make: Callable[[Path], object]
    read: Callable[[Path], object]
    weight: float = 1.0
    names: tuple[str, ...] = ("*",)
    least: int = 10_000


@dataclass
class Tally:
    """What became of the inputs of one reader; `faults` are samples: (number, kind, message)."""

    reader: str
    inputs: int = 0
    results: int = 0
    clear: int = 0
    unclear: int = 0
    over_memory: int = 0
    crashes: int = 0
    hangs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    most_bytes: int = 0
    faults: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def n_faults(self) -> int:
        """Inputs that were neither read nor refused in one clear line."""
        return self.unclear + self.over_memory + self.crashes + self.hangs


KINDS = ("results", "clear", "unclear", "over_memory")


def run(reader: Reader, count: int, seed: int, *, most_faults: int = 40) -> Tally:
    """Read `count` mutated inputs, in a process of its own that may import what it likes."""
    place = tempfile.mkdtemp(prefix="fuzz-", dir=_fast_disk())
    report = Path(place, "report.json")
    sys.stdout.flush()
    child = os.fork()
    if not child:
        status = 1
        try:
            _silence(Path(place, "stderr"))
            tally = _run_here(reader, count, seed, Path(place), most_faults)
            report.write_text(json.dumps(asdict(tally)))
            status = 0
        except BaseException:
            import traceback

            Path(place, "failure").write_text(traceback.format_exc())
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    try:
        if status or not report.exists():
            failure = Path(place, "failure")
            out = failure.read_text() if failure.exists() else f"status {status}"
            return Tally(reader.name, 1, unclear=1, faults=[(0, "no valid input", out)])
        found = json.loads(report.read_text())
        found["faults"] = [tuple(fault) for fault in found["faults"]]
        return Tally(**found)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def read_one(reader: Reader, seed: int, number: int, place: Path) -> Path:
    """Only make the input of one number, to look at it; its folder."""
    valid, work = place / "valid", place / "work"
    _make(reader, valid)
    shutil.copytree(valid, work)
    _apply(_changes(reader, _files(reader, valid), seed, number), work)
    return work


def judge(reader: Reader, folder: Path) -> tuple[str, str]:
    """The verdict on one input, one of KINDS, and the line that a person would see."""
    from textseq.cli.errors import describe
    from textseq.text.notices import TextNotice

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a warning is a second line, and says nothing to people
            warnings.simplefilter("ignore", ResourceWarning)
            warnings.simplefilter("ignore", TextNotice)  # that is a line for people
            reader.read(folder)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # native code raises what is no Exception
        line, _ = describe(error)
        if isinstance(error, MemoryError) or _NO_MEMORY.search(line):
            return "over_memory", line
        if "a fault of textseq" in line or str(folder) not in line or "\n" in line:
            return "unclear", f"{type(error).__name__}: {line}"
        if len(line) > _LONGEST_MESSAGE:
            return "unclear", f"{len(line)} characters: {line}"
        return "clear", line
    return "results", ""


# --- in the process of one reader


def _run_here(reader: Reader, count: int, seed: int, place: Path, most_faults: int) -> Tally:
    valid, work = place / "valid", place / "work"
    _make(reader, valid)
    shutil.copytree(valid, work)
    verdict, line = judge(reader, work)
    if verdict != "results":
        raise RuntimeError(f"the valid input is not read: {line}")
    files = _files(reader, valid)
    shared = mmap.mmap(-1, 4096)
    log = place / "log"
    log.touch()
    tally = Tally(reader.name)
    number = 0
    while number < count:
        stop = min(number + BATCH, count)
        child = os.fork()
        if not child:
            _batch(reader, files, seed, range(number, stop), place, shared)
        _, status = os.waitpid(child, 0)
        counts = struct.unpack("<6qd2q", shared[:72])
        at = counts[0]
        for name, n in zip(KINDS, counts[1:5], strict=True):
            setattr(tally, name, getattr(tally, name) + n)
        tally.seconds += counts[6]
        tally.slowest = max(tally.slowest, counts[7] / 1e6)
        tally.most_bytes = max(tally.most_bytes, counts[8])
        if status == 0:
            number = stop
            continue
        killer = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        hung = killer in (signal.SIGPROF, signal.SIGALRM)
        what = "hang" if hung else "crash"
        tally.hangs += hung
        tally.crashes += not hung
        why = signal.Signals(killer).name if killer else f"exit {os.WEXITSTATUS(status)}"
        with log.open("a") as file:
            file.write(json.dumps((at, what, why)) + "\n")
        number = at + 1
    tally.inputs = count
    faults = [tuple(json.loads(line)) for line in log.read_text().splitlines()]
    tally.faults = _different(faults)[:most_faults]
    return tally


def _different(faults: list[Any]) -> list[Any]:
    """One of each kind first: messages that differ in numbers and names only are the same."""
    seen: dict[str, int] = {}
    for _, kind, line in faults:
        key = kind + re.sub(r"/\S+|\d+|'[^']*'", "#", line)[:80]
        seen[key] = seen.get(key, 0) + 1
    found, done = [], set()
    for number, kind, line in faults:
        key = kind + re.sub(r"/\S+|\d+|'[^']*'", "#", line)[:80]
        if key not in done:
            done.add(key)
            found.append((number, kind, f"[{seen[key]}x] {line}"))
    return found


def _batch(
    reader: Reader, files: dict[str, bytes], seed: int, numbers: range, place: Path, shared: Any
) -> None:
    """Read the inputs of these numbers, and exit; what was counted is in `shared`."""
    work = place / "work"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(place / "valid", work)
    size = sum(map(len, files.values()))
    room = ROOM_BYTES + 10 * size
    limit = _status("VmSize") + room + (64 << 20)  # and stacks of threads, which nobody fills
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    counts = dict.fromkeys(KINDS, 0)
    seconds, slowest, most = 0.0, 0, 0
    with (place / "log").open("a") as log:
        for number in numbers:
            values = (number, *(counts[kind] for kind in KINDS), 0, seconds, slowest, most)
            shared[:72] = struct.pack("<6qd2q", *values)
            changes = _changes(reader, files, seed, number)
            _apply(changes, work)
            _reset_peak()
            before = _resident()
            signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
            signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)
            start = time.perf_counter()
            verdict, line = judge(reader, work)
            spent = time.perf_counter() - start
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            grown = _status("VmHWM") - before
            if verdict in ("results", "clear") and grown > room:
                verdict, line = "over_memory", f"{grown >> 20} MB more: {line}"
            counts[verdict] += 1
            if verdict in ("unclear", "over_memory"):
                log.write(json.dumps((number, verdict, line[:700])) + "\n")
                log.flush()
            seconds, slowest = seconds + spent, max(slowest, int(spent * 1e6))
            most = max(most, grown)
            _restore(changes, files, work, place / "valid")
    values = (numbers[-1], *(counts[kind] for kind in KINDS), 0, seconds, slowest, most)
    shared[:72] = struct.pack("<6qd2q", *values)
    os._exit(0)


def _make(reader: Reader, folder: Path) -> None:
    folder.mkdir()
    reader.make(folder)


def _files(reader: Reader, valid: Path) -> dict[str, bytes]:
    paths = [path for path in sorted(valid.rglob("*")) if path.is_file()]
    files = {
        str(path.relative_to(valid)): path.read_bytes()
        for path in paths
        if any(path.match(pattern) for pattern in reader.names)
    }
    assert files, f"{reader.name} has no files that match {reader.names}"
    return files


def _changes(
    reader: Reader, files: dict[str, bytes], seed: int, number: int
) -> dict[str, bytes | None]:
    """New contents by file; None: the file is gone."""
    rng = random.Random(f"{seed}/{reader.name}/{number}")
    names = list(files)
    changes: dict[str, bytes | None] = {}
    for _ in range(rng.choice((1, 1, 1, 1, 2))):
        name = rng.choice(names)
        if rng.random() < 0.01 and len(names) > 1:
            changes[name] = None
            continue
        others = [files[other] for other in names if other != name]
        changes[name] = mutate(name, changes.get(name) or files[name], rng, others)
    return changes


def _apply(changes: dict[str, bytes | None], work: Path) -> None:
    for name, data in changes.items():
        path = work / name
        if data is None:
            path.unlink(missing_ok=True)
        else:
            path.unlink(missing_ok=True)  # what is mapped must not change under its reader
            path.write_bytes(data)


def _restore(
    changes: dict[str, bytes | None], files: dict[str, bytes], work: Path, valid: Path
) -> None:
    for name in changes:
        (work / name).unlink(missing_ok=True)
        (work / name).write_bytes(files[name])
    for path in work.iterdir():  # what the reader has written
        if not (valid / path.name).exists():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _status(name: str) -> int:
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(name + ":"):
                return int(line.split()[1]) << 10
    return 0


def _resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def _reset_peak() -> None:
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def _silence(path: Path) -> None:
    """Native code reports its panics to stderr."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(handle, 2)


def _fast_disk() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
