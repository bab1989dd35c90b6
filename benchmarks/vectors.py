"""How fast are questions to word vectors, and what memory do they take? Beside gensim, in turn.

In: numbers of words; for each a folder of seeded vectors is made: clusters, with lengths that fall
as those of trained vectors do. Or a folder of real ones (--real). Out: milliseconds of a warm
question, of one in a batch, of analogies; seconds and peak memory (resident, file pages included)
of whole processes; and how many of a thousand answers are those of the plain way. Both sides are
asked in turn, medians are given. `--write` keeps the table in results/vectors.txt.

    python benchmarks/vectors.py --words 1000000 3000000 [--real FOLDER] [--scratch FOLDER]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import report

from textseq.arrays import ArrayWriter
from textseq.text.vocab import Vocab
from textseq.vectors.search import search
from textseq.vectors.search.search import COPY
from textseq.vectors.word_vectors import WordVectors

DIM = 300
_WORDS_A_CLUSTER = 100
_ROWS_AT_ONCE = 100_000
_N_CHECKED = 1000
_N_ALONE = 100

# Runs a command and says its time and the most memory it took. Not ru_maxrss: that is the largest
# of the process that started this one, too.
_PEAK = """
import json, sys
{run}
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps(int(peak.split()[1]) * 1024))
"""
_OURS = """
from textseq.cli.app import main
assert main(["nearest", {word!r}, "--vectors", {path!r}]) == 0
"""
_GENSIM = """
from gensim.models import KeyedVectors
print(KeyedVectors.load({path!r}, mmap="r").most_similar({word!r}))
"""


def make_vectors(path: Path, n_words: int) -> None:
    """A folder of seeded vectors; they are never in memory as a whole."""
    rng = np.random.default_rng(1)
    names = Vocab([f"w{number}" for number in range(n_words)], np.arange(n_words, 0, -1), ())
    WordVectors(names, np.ones((n_words, 1), np.float32)).save(path)
    centers = rng.standard_normal((n_words // _WORDS_A_CLUSTER + 1, DIM), np.float32)
    centers += 0.5 * rng.standard_normal(DIM, np.float32)  # trained vectors have a common part
    with ArrayWriter(path / "vectors.npy", np.float32, (DIM,)) as out:
        for start in range(0, n_words, _ROWS_AT_ONCE):
            n = min(_ROWS_AT_ONCE, n_words - start)
            rows = centers[rng.integers(0, len(centers), n)]
            rows += rng.standard_normal((n, DIM), np.float32)
            rank = np.arange(start + 10, start + n + 10)
            rows *= (rank**-0.15).astype(np.float32)[:, None]
            out.append(rows)


def in_turn(rounds: int, *ways: Callable[[int], Any]) -> list[float]:
    """Median milliseconds of each way, round by round; a first round warms them up."""
    times: list[list[float]] = [[] for _ in ways]
    for number in range(-1, rounds):
        for way, its in zip(ways, times, strict=True):
            start = time.perf_counter()
            way(number)
            if number >= 0:
                its.append(1e3 * (time.perf_counter() - start))
    return [statistics.median(its) for its in times]


def process(code: str) -> tuple[float, int]:
    """Seconds of a new process, and its peak memory in bytes."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _PEAK.format(run=code)], capture_output=True, text=True, check=True
    )
    return time.perf_counter() - start, json.loads(done.stdout.splitlines()[-1])


def processes(rounds: int, codes: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Median seconds and most megabytes of new processes, in turn."""
    seen: dict[str, list[tuple[float, int]]] = {name: [] for name in codes}
    for _ in range(rounds):
        for name, code in codes.items():
            seen[name].append(process(code))
    return {
        name: (statistics.median(t for t, _ in each), max(peak for _, peak in each) / 1e6)
        for name, each in seen.items()
    }


def plain_answers(vectors: WordVectors, words: Sequence[str]) -> list[Any]:
    """Answers without a copy: by the floats themselves."""
    large, search._LARGE = search._LARGE, sys.maxsize
    try:
        return vectors.nearest(list(words))
    finally:
        search._LARGE = large


def cold(path: Path, word: str, rounds: int, scratch: Path) -> list[str]:
    """Lines of whole processes; the first one of ours makes the copy, where there is one."""
    ours = _OURS.format(word=word, path=str(path))
    (path / COPY).unlink(missing_ok=True)
    first = process(ours)
    codes = {"textseq nearest": ours}
    if importlib.util.find_spec("gensim"):
        kept = scratch / "vectors.kv"
        keyed_vectors(WordVectors.load(path)).save(str(kept))
        codes["gensim: load(mmap='r'), most_similar"] = _GENSIM.format(word=word, path=str(kept))
    found = processes(rounds, codes)
    size = (path / COPY).stat().st_size if (path / COPY).exists() else 0
    lines = [f"  {'whole processes':44}{'s':>10}{'peak MB':>10}"]
    if size:
        what = f"textseq nearest, the first one (copy {size / 1e6:.0f} MB)"
        lines.append(f"  {what:44}{first[0]:10.2f}{first[1] / 1e6:10.0f}")
    lines += [f"  {name:44}{s:10.2f}{mb:10.0f}" for name, (s, mb) in found.items()]
    return lines


def keyed_vectors(vectors: WordVectors) -> Any:
    """The same vectors as gensim has them; the numbers are shared."""
    from gensim.models import KeyedVectors

    theirs = KeyedVectors(vectors.dim)
    theirs.vectors = vectors.vectors
    theirs.index_to_key, theirs.key_to_index = vectors.vocab.tokens, vectors.vocab.ids
    theirs.norms = None
    theirs.fill_norms()
    return theirs


def warm(path: Path, rounds: int) -> list[str]:
    """Lines of questions to vectors that are open."""
    import numba  # noqa: F401 - otherwise it is loaded after a few questions

    vectors = WordVectors.load(path)
    rng = np.random.default_rng(2)
    words = [vectors.vocab.tokens[i] for i in rng.integers(0, len(vectors), _N_CHECKED)]

    def three(number: int) -> tuple[str, str, str]:
        a, b, c = (words[3 * number % 900 + k] for k in range(3))
        return a, b, c

    rows: dict[str, tuple[Callable[[int], Any], Callable[[Any], Callable[[int], Any]]]] = {
        "one word": (
            lambda k: vectors.nearest(words[k]),
            lambda kv: lambda k: kv.most_similar(words[k]),
        ),
        "analogy, 3CosAdd": (
            lambda k: vectors.analogy(*three(k)),
            lambda kv: lambda k: kv.most_similar([three(k)[1], three(k)[2]], [three(k)[0]]),
        ),
        "analogy, 3CosMul": (
            lambda k: vectors.analogy(*three(k), method="3cosmul"),
            lambda kv: lambda k: kv.most_similar_cosmul([three(k)[1], three(k)[2]], [three(k)[0]]),
        ),
    }
    theirs = keyed_vectors(vectors) if importlib.util.find_spec("gensim") else None
    lines = [f"  {'warm, ms a question':44}{'textseq':>10}{'gensim':>10}{'ratio':>10}"]
    for name, (our_way, their_way) in rows.items():
        if theirs is None:
            lines.append(f"  {name:44}{in_turn(rounds, our_way)[0]:10.1f}")
            continue
        ours, other = in_turn(rounds, our_way, their_way(theirs))
        lines.append(f"  {name:44}{ours:10.1f}{other:10.1f}{other / ours:10.1f}")
    many = in_turn(max(1, rounds // 10), lambda _: vectors.nearest(words))[0] / len(words)
    lines.append(f"  {f'a batch of {len(words):,}':44}{many:10.2f}{'-':>10}")
    plain, batch = plain_answers(vectors, words), vectors.nearest(words)
    same = sum(a == b for a, b in zip(batch, plain, strict=True))
    alone = [vectors.nearest(word) for word in words[:_N_ALONE]]
    same_alone = sum(a == b for a, b in zip(alone, plain, strict=False))
    lines.append(
        f"  as the plain way, words and cosines: {same:,} of {len(words):,} answers in a batch, "
        f"{same_alone} of {len(alone)} one by one"
    )
    return lines


def measured(path: Path, what: str, options: argparse.Namespace, scratch: Path) -> list[str]:
    """The block of one folder."""
    vectors = WordVectors.load(path)
    word = vectors.vocab.token_of(len(vectors) // 3)
    title = f"{what}: {len(vectors):,} words of dim {vectors.dim}"
    del vectors
    return ["", title, *cold(path, word, options.rounds, scratch), *warm(path, options.rounds)]


def main() -> None:
    """Make the folders, ask, and remove them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--words", type=int, nargs="*", default=[1_000_000, 3_000_000])
    parser.add_argument("--real", type=Path, help="a folder of real vectors")
    parser.add_argument(
        "--scratch", type=Path, help="where the folders are made; 9 GB for 3M words"
    )
    parser.add_argument("--rounds", type=int, default=20)
    report.add_write_option(parser, "vectors.txt")
    options = parser.parse_args()
    report.require_green("tests/vectors/test_search.py")
    places = [report.RESULTS / "vectors.txt"] if options.write else []
    results = report.Results(places, minutes=float("inf"))
    results.add(*report.head(["numpy", "numba", "gensim"]).splitlines())
    results.add(f"load when it began: {os.getloadavg()[0]:.1f}")
    for n_words in options.words:
        with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
            path = Path(folder) / "vectors"
            make_vectors(path, n_words)
            results.add(*measured(path, "clusters", options, Path(folder)))
    if options.real is not None:
        with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
            results.add(*measured(options.real, "real vectors", options, Path(folder)))


if __name__ == "__main__":
    main()
