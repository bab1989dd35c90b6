"""How fast does text become ids? Ours beside `wc -w`, pyarrow, tokenizers and a Counter.

In: a text file, cut at white space. Out: a table of medians, timed in turn (A B A B ...). Ours
writes the whole folder (ids, vocabulary, fsync); the others only count, or only make ids in
memory. The tests run first, and without them green there are no numbers.

    python benchmarks/scan.py CORPUS [--threads 1 2] [--repeat 5] [--write]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import report

SLOW_SHARE = 1 << 24  # bytes given to what would take too long on all of the text

PEAK = """
import sys
from pathlib import Path
from textseq.config import TextConfig
from textseq.text.encode import encode_files
encode_files(sys.argv[1], TextConfig(clean=()), sys.argv[2], threads=int(sys.argv[3]))
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def run_ours(corpus: Path, threads: int) -> None:
    """Text file to folder."""
    from textseq.config import TextConfig
    from textseq.text.encode import encode_files

    with tempfile.TemporaryDirectory() as folder:
        encode_files(corpus, TextConfig(clean=()), Path(folder) / "out", threads=threads)


def run_wc(corpus: Path) -> None:
    """Count words, nothing else."""
    subprocess.run(["wc", "-w", corpus], check=True, stdout=subprocess.DEVNULL)


def run_pyarrow(corpus: Path) -> None:
    """Count each distinct word."""
    import pyarrow.compute

    lines = pyarrow.array([corpus.read_text(encoding="utf-8")], pyarrow.large_string())
    words = pyarrow.compute.ascii_split_whitespace(lines).flatten()
    pyarrow.compute.value_counts(words)


def run_counter(corpus: Path) -> None:
    """Count each distinct word."""
    Counter(corpus.read_text(encoding="utf-8").split())


def tokenizers_runner(corpus: Path) -> Callable[[], None]:
    """Words to ids, with a ready vocabulary, on all cores; the training of it is not timed."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = corpus.read_text(encoding="utf-8").split()
    vocab = {"<unk>": 0} | {word: number for number, word in enumerate(dict.fromkeys(words), 1)}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    lines = [" ".join(words[start : start + 1000]) for start in range(0, len(words), 1000)]

    def run() -> None:
        tokenizer.encode_batch_fast(lines)

    return run


def peak_mib(corpus: Path, threads: int) -> int | None:
    """Peak memory of ours in a process of its own; None where the system does not tell it."""
    if not Path("/proc/self/status").exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", PEAK, corpus, f"{folder}/out", str(threads)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout) // 1024


def first_bytes(corpus: Path, n_bytes: int, folder: Path) -> Path:
    """The beginning of the corpus, up to the last space in it, as a file."""
    share = folder / "share.txt"
    with corpus.open("rb") as file:
        share.write_bytes(file.read(n_bytes).rpartition(b" ")[0])
    return share


def measure(corpus: Path, thread_counts: list[int], repeat: int, folder: Path) -> str:
    """Time all in turn and say what came out."""
    share = first_bytes(corpus, SLOW_SHARE, folder)
    n_words, share_words = (len(path.read_bytes().split()) for path in (corpus, share))
    part = f"on the first {share.stat().st_size / 1e6:.0f} MB"

    runs: list[tuple[str, int, Callable[[], None]]] = [
        (f"textseq, {threads} thread{'s' * (threads > 1)}: file -> folder", n_words,
         lambda threads=threads: run_ours(corpus, threads))
        for threads in thread_counts
    ]  # fmt: skip
    runs.append(("wc -w: number of words only", n_words, lambda: run_wc(corpus)))
    if shutil.which("wc") is None:
        runs.pop()
    runs.append(("pyarrow split + value_counts", n_words, lambda: run_pyarrow(corpus)))
    runs.append(("Python Counter(text.split())", n_words, lambda: run_counter(corpus)))
    runs.append((f"tokenizers WordLevel, {part}", share_words, tokenizers_runner(share)))

    seconds: list[list[float]] = [[] for _ in runs]
    for number in range(repeat + 1):
        for (_, _, run), times in zip(runs, seconds, strict=True):
            start = time.perf_counter()
            run()
            if number:  # the first round warms up: it compiles and fills the caches
                times.append(time.perf_counter() - start)

    medians = [statistics.median(times) for times in seconds]
    rates = [n / median for (_, n, _), median in zip(runs, medians, strict=True)]
    wc_rate = next((r for (name, _, _), r in zip(runs, rates, strict=True) if "wc" in name), None)
    lines = [f"{'':44} {'seconds':>8} {'min':>7} {'M words/s':>10} {'x wc':>6}"]
    for (name, _, _), times, median, rate in zip(runs, seconds, medians, rates, strict=True):
        ratio = f"{rate / wc_rate:6.2f}" if wc_rate else ""
        lines.append(f"{name:44} {median:8.3f} {min(times):7.3f} {rate / 1e6:10.1f} {ratio}")
    for threads, rate in zip(thread_counts, rates, strict=False):
        per_thread = f"{rate / threads / 1e6:.1f} M words/s a thread"
        lines.append(f"textseq, {threads}: {per_thread}, peak {peak_mib(corpus, threads)} MiB")

    head = [
        report.head(["numpy", "numba", "pyarrow", "tokenizers"]),
        f"corpus: {corpus.name}, {corpus.stat().st_size:,} bytes, {n_words:,} words",
        f"median of {repeat} rounds in turn, after one that is not counted",
    ]
    return "\n".join([*head, "", *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeat", type=int, default=5)
    report.add_write_option(parser, "scan.txt")
    options = parser.parse_args()

    report.require_green("tests/text/scan/test_piece_scan.py", "-m", "not slow")
    with tempfile.TemporaryDirectory() as folder:
        text = measure(options.corpus.resolve(), options.threads, options.repeat, Path(folder))
    report.publish(text, "scan.txt", write=options.write)


if __name__ == "__main__":
    main()
