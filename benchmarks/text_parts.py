"""Two tables of benchmarks/text.py: how fast tokens become ids, and how much of a batch is padding.

In: a plain text; texts of a table. Out: lines of text. Nothing is timed but look-ups.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

N_TOKENS, N_WORDS = 1_000_000, 70_000


@contextlib.contextmanager
def inside(folder: str) -> Iterator[None]:
    """Work in a folder, and come back."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def lookups(text: Path, rounds: int) -> str:
    """A million tokens as they stand in the text, by a dict comprehension and by a Vocab."""
    import pyarrow

    from textseq import Vocab

    words = text.read_text(encoding="utf-8").lower().split()[:N_TOKENS]
    counts = dict(Counter(words).most_common(N_WORDS))
    vocab = Vocab.from_counts(counts)
    ids, unk_id = dict(vocab.ids), vocab.unk_id
    fixed = np.array([word[:16] for word in words])  # fixed width: longer ones are cut
    short, arrow = fixed.tolist(), pyarrow.array(words)
    assert unk_id is not None

    def comprehension(tokens: list[str]) -> Callable[[], Any]:
        return lambda: [ids.get(token, unk_id) for token in tokens]

    runs: dict[str, Callable[[], Any]] = {
        "list: [ids.get(token, 1) for token in tokens]": comprehension(words),
        "list: vocab.encode(tokens)": lambda: vocab.encode(words),
        "the same, at most 16 letters: comprehension": comprehension(short),
        "NumPy <U16 array: vocab.encode(array)": lambda: vocab.encode(fixed),
        "pyarrow array: vocab.encode(array)": lambda: vocab.encode(arrow),
    }
    assert vocab.encode(arrow).tolist() == comprehension(words)()
    assert vocab.encode(fixed).tolist() == comprehension(short)()
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(2 * rounds + 1):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            if number:
                seconds[name].append(time.perf_counter() - start)
    medians = [statistics.median(times) for times in seconds.values()]
    bases = [medians[0], medians[0], medians[2], medians[2], medians[0]]
    title = f"ids of {len(words):,} tokens, {len(vocab):,} words"
    lines = [f"{title:46}{'ms':>9}{'x as fast':>11}"]
    for name, median, base in zip(runs, medians, bases, strict=True):
        lines.append(f"{name:46}{1e3 * median:9.1f}{base / median:11.2f}")
    return "\n".join(lines)


def padding(texts: list[str]) -> str:
    """How much padding is added for each token, in buckets and without; FILE:COLUMN each."""
    from textseq import TextConfig
    from textseq.rnn.data.batching import BucketBatchSampler
    from textseq.rnn.data.dataset import SequenceDataset

    title = "padding, % of the tokens"
    lines = [f"{title:46}{'buckets':>9}{'without':>11}"]
    for given in texts:
        path, _, column = given.rpartition(":")
        name: str | int = int(column) if column.isdigit() else column
        for tokenizer in ("word", "char"):
            config = TextConfig(tokenizer=tokenizer)  # type: ignore[arg-type]
            lengths = SequenceDataset.from_table(path, text=name, label=None, config=config).lengths
            for batch_size in (32, 64):
                shares = [
                    added(lengths, BucketBatchSampler(lengths, batch_size, pool=pool))
                    for pool in (100, 1)
                ]
                what = f"{Path(path).parent.name}, {tokenizer}, batches of {batch_size}"
                lines.append(f"{what:46}{shares[0]:9.1f}{shares[1]:11.1f}")
    return "\n".join(lines)


def added(lengths: np.ndarray, batches: Any) -> float:
    """Padding in percent of the tokens."""
    from textseq.rnn.data.batching import padding_share

    share = padding_share(lengths, batches)
    return 100 * share / (1 - share)
