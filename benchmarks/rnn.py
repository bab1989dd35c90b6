"""How good are the sequence models, and how fast do they learn? Each task beside a named peer.

In: the folder of real data. Out: a report with one part for each file rnn_<task>.py beside this
one, which has `run(data, seeds)` and gives a table; the tests of the tasks run first.

    python benchmarks/rnn.py DATA [--only speed classifier] [--seeds 3] [--write]
"""

from __future__ import annotations

import argparse
import importlib
import time
from pathlib import Path

import report

PACKAGES = ["torch", "numpy", "scikit-learn", "sacrebleu", "reservoirpy"]
HERE = Path(__file__).parent


def parts() -> dict[str, Path]:
    """The parts by the names of their tasks."""
    return {path.stem.removeprefix("rnn_"): path for path in sorted(HERE.glob("rnn_*.py"))}


def main() -> None:
    """Parse the options, run the tests, then part by part."""
    known = parts()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path, help="the folder of real data")
    parser.add_argument(
        "--only", nargs="+", choices=known, default=list(known), metavar="PART",
        help=f"some of {', '.join(known)}",
    )  # fmt: skip
    parser.add_argument("--seeds", type=int, default=3, help="how many; scores are their means")
    report.add_write_option(parser, "rnn-PART.txt")
    options = parser.parse_args()
    report.require_green("tests/rnn", "-m", "not slow")
    for name in options.only:
        start = time.monotonic()
        table = importlib.import_module(known[name].stem).run(options.data, options.seeds)
        minutes = (time.monotonic() - start) / 60
        text = "\n".join([report.head(PACKAGES), "", table, "", f"took {minutes:.1f} minutes"])
        report.publish(text, f"rnn-{name}.txt", write=options.write)


if __name__ == "__main__":
    main()
