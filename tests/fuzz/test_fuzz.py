"""Mutated inputs in small numbers, and that the harness sees what it is there to see."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# A reader that does on its inputs whatever a reader must not do.
FAULTY = """
import json, os, signal, sys
sys.path[:0] = [{here!r}, {root!r}]
from harness import Reader, run

def make(folder):
    (folder / "a.txt").write_text("1\\n")

def read(folder):
    if (folder / "a.txt").read_bytes() == b"1\\n":
        return
    {fault}

tally = run(Reader("faulty", make, read), 5, 1)
print(json.dumps([tally.results, tally.clear, tally.unclear, tally.over_memory, tally.crashes,
                  tally.hangs]))
"""


@pytest.mark.parametrize(
    ("fault", "place"),
    [
        ("return", 0),
        ("raise ValueError(f'{folder} is damaged')", 1),
        ("raise ValueError('damaged')", 2),
        ("raise IndexError(f'{folder}')", 2),
        ("raise BaseException(f'{folder}')", 2),
        ("bytearray(1 << 31)", 3),
        ("raise ValueError(f'{folder}: not enough memory')", 3),
        ("os.kill(os.getpid(), 11)", 4),
        ("os._exit(3)", 4),
        ("os.kill(os.getpid(), signal.SIGALRM)", 5),
    ],
)
def test_a_fault_is_seen(fault: str, place: int):
    program = FAULTY.format(here=str(HERE), root=str(HERE.parents[1]), fault=fault)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert sum(counts) == 5
    assert counts[place] >= 3, counts  # a mutation may be none
    assert sum(counts[1:]) == (counts[place] if place else 0)


def test_the_same_seed_makes_the_same_inputs():
    sys.path.insert(0, str(HERE))
    try:
        import random

        from mutations import mutate
    finally:
        sys.path.remove(str(HERE))
    header = b'\x10\0\0\0\0\0\0\0{"__metadata__":{}}'
    for name, data in (
        ("a.json", b'{"a": [1, 2.5, "x"], "b": {"c": null}}'),
        ("a.npy", b"\x93NUMPY\x01\0\x36\0{'descr': '<f4', 'fortran_order': False, "
         b"'shape': (3,)}\n" + bytes(12)),
        ("a.safetensors", header),
        ("a.txt", b"3 2\nthe 1 2\n"),
        ("a.bin", bytes(range(256))),
    ):  # fmt: skip
        made = [
            [mutate(name, data, random.Random(seed), [b"x"]) for seed in range(300)]
            for _ in range(2)
        ]
        assert made[0] == made[1]
        assert len(set(made[0])) > 100


@pytest.mark.slow
def test_every_reader_gives_a_result_or_one_clear_line():
    """TEXTSEQ_FUZZ_COUNT: how many inputs, of all readers together."""
    count = os.environ.get("TEXTSEQ_FUZZ_COUNT", "8000")
    done = subprocess.run(
        [sys.executable, str(HERE), "--count", count, "--jobs", "2"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
