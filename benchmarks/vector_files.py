"""How long do files of vectors take to open, read and write, and how much memory, beside gensim?

In: nothing; a fastText model and a table of vectors, both random, are made in a temporary folder.
Out: of each call, in a process of its own and after its imports: seconds, seconds of processor
time, and the most memory that the process held, pages of mapped files included. Compiled code is
loaded, not compiled: one call before warms it. `--write` keeps the table in
results/vector_files.txt.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import report

from textseq.text.vocab import Vocab
from textseq.vectors.files.formats import write_vectors
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import WordVectors

_OURS = "from textseq.vectors.files.formats import read_vectors, write_vectors\n"
_GENSIM = "from gensim.models import KeyedVectors\nfrom gensim.models.fasttext import "
_GENSIM += "load_facebook_vectors\n"
# What is done: (imports and what comes before, the call).
CALLS: dict[str, tuple[str, str]] = {
    ".bin, textseq: opened": (_OURS, "read_vectors('model.bin')"),
    ".bin, textseq: a vector of an unknown word": (_OURS, "read_vectors('model.bin')['unknown']"),
    ".bin, textseq: first nearest": (_OURS, "read_vectors('model.bin').nearest('unknown')"),
    ".bin, gensim: loaded": (_GENSIM, "load_facebook_vectors('model.bin')"),
    ".bin, gensim: first nearest": (
        _GENSIM, "load_facebook_vectors('model.bin').most_similar('unknown')",
    ),
    "text, textseq: read": (_OURS, "read_vectors('v.txt')"),
    "text, gensim: read": (_GENSIM, "KeyedVectors.load_word2vec_format('v.txt')"),
    "text, textseq: written": (
        _OURS + "v = read_vectors('v.bin')\n",
        "write_vectors(v, 'ours.txt', 'word2vec-text', overwrite=True)",
    ),
    "text, gensim: written": (
        _GENSIM + "v = KeyedVectors.load_word2vec_format('v.bin', binary=True)\n",
        "v.save_word2vec_format('theirs.txt')",
    ),
    "word2vec binary, textseq: read": (_OURS, "read_vectors('v.bin')"),
    "word2vec binary, gensim: read": (
        _GENSIM, "KeyedVectors.load_word2vec_format('v.bin', binary=True)",
    ),
}  # fmt: skip
_PROGRAM = """
import json, time
{before}
start, cpu = time.perf_counter(), time.process_time()
{call}
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
most = int(status["VmHWM"].split()[0]) / 1e3
print(json.dumps([seconds, cpu, most]))
"""


def make_files(folder: Path, n_words: int, dim: int, bucket: int) -> None:
    """A model with n-grams, and its words alone as text and binary."""
    rng = np.random.default_rng(1)
    words = [f"{''.join(rng.choice(list('abcdefghij'), 5))}{k}" for k in range(n_words)]
    rows = rng.standard_normal((n_words, dim), np.float32) / 10
    vocab = Vocab(words, np.arange(n_words, 0, -1), specials=())
    hashes = NgramHashes("fasttext", bucket, 3, 6)
    table = NgramTable(hashes, rng.standard_normal((bucket, dim), np.float32) / 10)
    write_vectors(
        SubwordVectors(vocab, rows, table, own=True), folder / "model.bin", "fasttext-bin"
    )
    for name, format in (("v.txt", "word2vec-text"), ("v.bin", "word2vec-binary")):
        write_vectors(WordVectors(vocab, rows), folder / name, format)


def measure(folder: Path, rounds: int) -> dict[str, list[list[float]]]:
    """Seconds, processor seconds and megabytes of each call, `rounds` times in turn."""
    found: dict[str, list[list[float]]] = {name: [] for name in CALLS}
    for number in range(rounds + 1):
        for name, (before, call) in CALLS.items():
            if not number and "gensim" in name:
                continue
            program = _PROGRAM.format(before=before, call=call)
            done = subprocess.run(
                [sys.executable, "-c", program], check=True, cwd=folder, capture_output=True
            )
            if number:
                found[name].append(json.loads(done.stdout))
    return found


def table(found: dict[str, list[list[float]]]) -> str:
    """The medians."""
    lines = [f"{'call':46}{'seconds':>10}{'processor':>11}{'MB':>8}"]
    for name, each in found.items():
        seconds, cpu, most = (statistics.median(column) for column in zip(*each, strict=True))
        lines.append(f"{name:46}{seconds:10.2f}{cpu:11.2f}{most:8,.0f}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time files of vectors beside gensim.")
    parser.add_argument("--words", type=int, default=200_000)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--bucket", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    report.add_write_option(parser, "vector_files.txt")
    options = parser.parse_args()
    report.require_green(
        "tests/vectors/test_fasttext_bin_format.py", "tests/vectors/test_formats.py"
    )
    with tempfile.TemporaryDirectory() as folder:
        make_files(Path(folder), options.words, options.dim, options.bucket)
        found = measure(Path(folder), options.rounds)
    model = f"{options.words:,} words, {options.bucket:,} rows of n-grams, dim {options.dim}"
    text = [report.head(["numpy", "numba", "gensim"]), f"model: {model}", "", table(found)]
    report.publish("\n".join(text), "vector_files.txt", write=options.write)


if __name__ == "__main__":
    main()
