"""Read mutated inputs by the thousand and say what became of them.

    python tests/fuzz --count 1000000 --seed 1 --jobs 1 > report.txt
    python tests/fuzz --only 'model: *' --count 500
    python tests/fuzz --only vocab --show 17        # the input of one number, in a folder

The count is shared out by weight; in a run of a million each reader gets its least in any case.
Exit status 1 where an input was neither read nor refused in one clear line.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",  # an arena of each thread would count as memory
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONHASHSEED": "0",
}


def main() -> int:
    """Run, print the table and samples of what was found."""
    if any(os.environ.get(name) != value for name, value in _ONE_THREAD.items()):
        os.environ.update(_ONE_THREAD)  # they are read when a process begins
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from harness import judge, read_one, run
    from readers import READERS

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=20_000, help="inputs of all readers together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="readers at the same time")
    parser.add_argument("--only", action="append", default=[], help="readers by pattern")
    parser.add_argument("--faults", type=int, default=40, help="samples of each reader to print")
    parser.add_argument("--show", type=int, help="make only the input of this number")
    given = parser.parse_args()
    chosen = [
        reader
        for name, reader in READERS.items()
        if not given.only or any(fnmatchcase(name, pattern) for pattern in given.only)
    ]
    if given.show is not None:
        folder = read_one(chosen[0], given.seed, given.show, Path(tempfile.mkdtemp()))
        print(folder, *judge(chosen[0], folder), sep="\n")
        return 0
    total = sum(reader.weight for reader in chosen)
    counts = [
        max(
            round(given.count * reader.weight / total),
            min(reader.least, given.count * reader.least // 1_000_000),
            1,
        )
        for reader in chosen
    ]
    print(
        f"{'reader':<34}{'inputs':>9}{'results':>9}{'clear':>9}{'unclear':>8}{'memory':>7}"
        f"{'crash':>6}{'hang':>5}{'ms':>8}{'slowest':>9}{'MB':>6}",
        flush=True,
    )
    start, tallies = time.perf_counter(), []
    with ThreadPoolExecutor(given.jobs) as pool:
        for tally in pool.map(lambda job: run(*job, given.seed, most_faults=given.faults),
                              zip(chosen, counts, strict=True)):  # fmt: skip
            tallies.append(tally)
            print(
                f"{tally.reader:<34}{tally.inputs:>9,}{tally.results:>9,}{tally.clear:>9,}"
                f"{tally.unclear:>8,}{tally.over_memory:>7,}{tally.crashes:>6,}{tally.hangs:>5,}"
                f"{1000 * tally.seconds / tally.inputs:>8.2f}{1000 * tally.slowest:>9.0f}"
                f"{tally.most_bytes >> 20:>6,}",
                flush=True,
            )
            for number, kind, line in tally.faults:
                print(f"    input {number}, {kind}: {line[:600]}", flush=True)
    seconds = time.perf_counter() - start
    inputs, faults = sum(t.inputs for t in tallies), sum(t.n_faults for t in tallies)
    print(f"\n{inputs:,} inputs in {seconds:,.0f} s ({inputs / seconds:,.0f} a second), "
          f"seed {given.seed}: {faults:,} faults")  # fmt: skip
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
