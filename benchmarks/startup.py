"""How long does a command take before it answers?

In: nothing; a random model of 71,000 words of dim 100 is made in a temporary folder.
Out: the median time of whole processes, each command in turn so that all meet the same machine.
The floor is what Python and numpy take alone. `--write` keeps the table in results/startup.txt.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import report

from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

N_WORDS, DIM = 71_000, 100
LIMIT_MS = 300

MODEL = "MODEL"  # stands for the folder of the model
COMMANDS: dict[str, list[str]] = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import numpy'": ["-c", "import numpy"],
    "python -c 'import typer'": ["-c", "import typer"],
    "python -c 'import textseq'": ["-c", "import textseq"],
    "textseq --version": ["-m", "textseq", "--version"],
    "textseq --help": ["-m", "textseq", "--help"],
    "textseq train-w2v --help": ["-m", "textseq", "train-w2v", "--help"],
    "textseq nearest king": ["-m", "textseq", "nearest", "king", "--vectors", MODEL],
    "textseq similarity king w7": ["-m", "textseq", "similarity", "king", "w7", "--vectors", MODEL],
}


def make_model(path: Path) -> None:
    """Random vectors; what they say does not matter, their size does."""
    words = ["king", *(f"w{number}" for number in range(1, N_WORDS))]
    rows = np.random.default_rng(1).standard_normal((N_WORDS, DIM), np.float32)
    WordVectors(Vocab(words, np.arange(N_WORDS, 0, -1), specials=()), rows).save(path)


def measure(rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each process, `rounds` times in turn, after one round to warm the disk."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        make_model(model)
        for number in range(rounds + 1):
            for name, arguments in COMMANDS.items():
                command = [str(model) if part == MODEL else part for part in arguments]
                start = time.perf_counter()
                subprocess.run(
                    [sys.executable, *command], check=True, stdout=subprocess.DEVNULL, cwd=folder
                )
                if number:
                    times[name].append(1e3 * (time.perf_counter() - start))
    return times


def table(times: dict[str, list[float]]) -> str:
    """Median, least and most, in milliseconds."""
    lines = [f"{'command':30}{'median':>10}{'least':>10}{'most':>10}   (ms, whole processes)"]
    for name, each in times.items():
        lines.append(f"{name:30}{statistics.median(each):10.0f}{min(each):10.0f}{max(each):10.0f}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time how long textseq takes to start.")
    parser.add_argument("--rounds", type=int, default=15)
    report.add_write_option(parser, "startup.txt")
    options = parser.parse_args()
    report.require_green("tests/test_architecture.py")
    times = measure(options.rounds)
    head = f"{report.head(['numpy', 'typer'])}\nmodel: {N_WORDS:,} words of dim {DIM}"
    report.publish(f"{head}\n\n{table(times)}", "startup.txt", write=options.write)
    slow = [
        name
        for name in ("textseq --help", "textseq nearest king")
        if statistics.median(times[name]) >= LIMIT_MS
    ]
    if slow:
        sys.exit(f"slower than {LIMIT_MS} ms: {', '.join(slow)}")


if __name__ == "__main__":
    main()
