"""Workers: the cleaning of blocks, in this process or in several.

In: blocks of UTF-8 that hold whole lines (or one file each), and the names of the steps. Out: the
same blocks after the steps, in order. A process is a Python that reads blocks from its standard
input and writes them, cleaned, to its standard output, each behind its length.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import IO, Any

from textseq.text.cleaning.steps import STEPS, make_cleaner
from textseq.text.notices import TextNotice

_LENGTH_BYTES = 8
_PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from textseq.text.scan.workers import serve_cleaning
serve_cleaning(sys.argv[2])
"""


def make_block_cleaner(
    steps: Sequence[str], *, by_file: bool, keep_lines: bool = False
) -> Callable[[bytes], bytes]:
    """A function that applies the steps to each line of a block, or to it as one file.

    A file becomes one line, unless it is to `keep_lines`.

    Whoever reads the block next takes one "\\r" from the end of each line, as from any text; a
    line that ends with one after the steps gets another, so that it keeps its own.
    """
    clean_text = make_cleaner(steps)
    needs = [STEPS[name].needs for name in steps]

    def clean_file(block: bytes) -> bytes:
        text = block.decode("utf-8").replace("\r\n", "\n").removesuffix("\n")
        cleaned = clean_text(text)
        return _encoded(cleaned if keep_lines else cleaned.replace("\n", " "))

    def clean_lines(block: bytes) -> bytes:
        text = block.decode("utf-8")
        if all(need is not None and need.search(text) is None for need in needs):
            return block
        lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
        del text  # a long line is in memory as rarely as can be
        return _encoded("\n".join(map(clean_text, lines)))

    return clean_file if by_file else clean_lines


def _encoded(text: str) -> bytes:
    return (text + "\n").replace("\r\n", "\r\r\n").encode()


class CleaningWorkers:
    """Processes that clean blocks, each fed by a thread; for `with`."""

    def __init__(
        self, steps: Sequence[str], n: int, *, by_file: bool, keep_lines: bool = False
    ) -> None:
        # Not multiprocessing: its workers would run the user's own script again (spawn), or
        # inherit the threads of this process in the middle of their work (fork).
        job = json.dumps({"steps": list(steps), "by_file": by_file, "keep_lines": keep_lines})
        # -P: nothing of the folder that the user is in; a json.py may lie there.
        path = json.dumps(list(map(str, sys.path)))
        command = [sys.executable, "-P", "-c", _PROGRAM, path, job]
        # In a group of their own they do not see the Ctrl-C of a terminal: it is for this process.
        self._processes = [
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
            )
            for _ in range(n)
        ]
        self._free = deque(self._processes)
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(n)

    def __enter__(self) -> CleaningWorkers:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for process in self._processes:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()

    def map(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The cleaned pieces, in order; a few of them are under way at a time."""
        waiting: deque[Future[bytes]] = deque()
        for piece in pieces:
            waiting.append(self._threads.submit(self._clean, piece))
            if len(waiting) > 2 * len(self._processes):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _clean(self, piece: bytes) -> bytes:
        with self._lock:
            process = self._free.popleft()  # as many threads as processes: there is one
        try:
            _send(process.stdin, piece)
            answer = _receive(process.stdout)
        except OSError:
            answer = None  # it is gone
        finally:
            with self._lock:
                self._free.append(process)
        if answer is None:
            status = process.wait()
            raise RuntimeError(f"a cleaning process ended early (status {status})")
        return answer


def _send(pipe: IO[bytes] | Any, data: bytes) -> None:
    pipe.write(len(data).to_bytes(_LENGTH_BYTES, "little"))
    pipe.write(data)
    pipe.flush()


def _receive(pipe: IO[bytes] | Any) -> bytes | None:
    """What was sent, or None where the pipe has ended."""
    length = pipe.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        return None
    data: bytes = pipe.read(n_bytes := int.from_bytes(length, "little"))
    return data if len(data) == n_bytes else None


def serve_cleaning(job: str) -> None:
    """The life of a worker: clean what comes in until no more comes."""
    warnings.simplefilter("ignore", TextNotice)  # whom it works for has given it
    clean = make_block_cleaner(**json.loads(job))
    # A broken pipe: whom it works for was ended, and so is it.
    with suppress(BrokenPipeError), open(0, "rb") as source, open(1, "wb") as target:
        while (block := _receive(source)) is not None:
            _send(target, clean(block))
