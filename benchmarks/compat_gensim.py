"""How fast is a gensim script with one import changed, and how good are its vectors?

In: a text file, rated pairs, analogies. Out: the seconds of each step of gensim_script.py, run with
gensim and with textseq.compat.gensim in turn, each a process of its own with two workers: by the
clock, and of all threads together, which says more where other work runs on the machine. Medians,
and mean scores. The corpus is the first `--words` words of the file; lines are sentences.

    python benchmarks/compat_gensim.py CORPUS --pairs WS353 --analogies FILE
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import report

SCRIPT = Path(__file__).with_name("gensim_script.py")
IMPORTS = {"gensim": "gensim", "textseq": "textseq.compat.gensim"}
MODES = {"skip-gram": 1, "CBOW": 0}


def cut(corpus: Path, n_words: int, target: Path) -> None:
    """Write the lines of the first words."""
    with corpus.open(encoding="utf-8") as source, target.open("w", encoding="utf-8") as file:
        for line in source:
            if n_words <= 0:
                break
            n_words -= len(line.split())
            file.write(line)


def script_for(library: str, folder: Path) -> Path:
    """The script with the import line of that library."""
    text = SCRIPT.read_text(encoding="utf-8")
    changed = text.replace("from gensim.models import", f"from {IMPORTS[library]}.models import")
    assert len(set(text.split("\n")) - set(changed.split("\n"))) == (library != "gensim")
    path = folder / f"{library}_script.py"
    path.write_text(changed, encoding="utf-8")
    return path


def run(script: Path, given: list[str]) -> dict[str, Any]:
    """What the script says, as a process of its own."""
    command = [sys.executable, str(script), *given]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return found


def table(mode: str, found: dict[str, list[dict[str, Any]]]) -> list[str]:
    """A line for each step: medians, and how many times as fast ours is."""
    lines = [f"{mode:32}{'gensim':>9}{'textseq':>9}{'x':>6}{'gensim':>12}{'textseq':>9}{'x':>6}"]
    for step in found["gensim"][0]["seconds"]:
        line = f"{step:32}"
        for which, gap in ((0, ""), (1, "   ")):  # by the clock, of all threads
            theirs, ours = (
                statistics.median(r["seconds"][step][which] for r in runs)
                for runs in found.values()
            )
            line += f"{gap}{theirs:9.2f}{ours:9.2f}{theirs / ours:6.1f}"
        lines.append(line)
    for score in ("spearman", "analogies"):
        theirs, ours = (statistics.mean(r[score] for r in runs) for runs in found.values())
        lines.append(f"{score:32}{theirs:9.3f}{ours:9.3f}")
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--analogies", required=True)
    parser.add_argument("--words", type=int, default=8_000_000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--modes", nargs="+", choices=list(MODES), default=list(MODES))
    report.add_write_option(parser, "compat_gensim.txt")
    options = parser.parse_args()
    report.require_green("-n", "0", "tests/compat/gensim")
    lines = [report.head(["gensim", "numpy", "numba"])]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cut(options.corpus, options.words, folder / "corpus.txt")
        scripts = {library: script_for(library, folder) for library in IMPORTS}
        for mode in options.modes:
            found: dict[str, list[dict[str, Any]]] = {library: [] for library in IMPORTS}
            for seed in options.seeds:
                for library, script in scripts.items():
                    place = folder / f"{library}-{mode}-{seed}"
                    place.mkdir()
                    given = [
                        str(folder / "corpus.txt"),
                        options.pairs,
                        options.analogies,
                        str(place),
                    ]
                    choices = {"sg": MODES[mode], "seed": seed, "epochs": options.epochs}
                    given += [f"--{key}={value}" for key, value in choices.items()]
                    found[library].append(run(script, given))
            first = found["textseq"][0]
            if mode == options.modes[0]:
                size = f"{first['words']:,} words, {first['vocabulary']:,} of them distinct"
                lines += [
                    f"corpus: {size}; {options.epochs} epochs, 2 workers",
                    "seconds by the clock, then of all threads; x: how many times as fast",
                    "",
                ]
            lines += table(mode, found)
    report.publish("\n".join(lines).rstrip(), "compat_gensim.txt", write=options.write)


if __name__ == "__main__":
    main()
