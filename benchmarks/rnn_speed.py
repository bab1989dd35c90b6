"""What does training cost beside the recurrent layers alone, and beside the loops of tutorials?

In: SST-2 and NSMC. Out: two tables. The first: where the time of an epoch goes, beside a bare
nn.LSTM forward and backward on batches of the same shapes. The second: whole trainings of one
network by fit() and by two loops as tutorials have them, with their accuracy on the same rows:
everything padded to the longest text; and batches padded to their own longest and packed. All are
of the same sizes, with the same Adam, and shuffled; in rounds in turn (A B C A B C).

    python benchmarks/rnn.py DATA --only speed
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from textseq.config import RNNConfig, TextConfig, TrainConfig, thread_count
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.training.fit import fit

RNN = RNNConfig(hidden=128, dim=100)
TRAIN = TrainConfig(batch_size=32, epochs=2, lr=2e-3, device="cpu", patience=99)
SETS = {
    "SST-2, words": ("sst2/train.tsv", "sst2/dev.tsv", 0, 1, False, "word"),
    "NSMC, characters": (
        "nsmc/nsmc_train.tsv.gz", "nsmc/nsmc_test.tsv.gz", "document", "label", True, "char",
    ),
}  # fmt: skip
# Rows at most: all of SST-2, and of NSMC what keeps a seed under three minutes.
N_TRAIN = {"SST-2, words": 7_000, "NSMC, characters": 10_000}
N_VALID = 2_000


class Sets:
    """Rows to train on, and rows to score."""

    def __init__(self, data: Path, name: str) -> None:
        train, valid, text, label, header, tokenizer = SETS[name]
        config = TextConfig(min_count=2, tokenizer=tokenizer)
        columns: dict[str, Any] = {"header": header, "quoted": False, "config": config}
        whole = SequenceDataset.from_table(data / train, text, label, **columns)
        self.train = some(whole, N_TRAIN[name])
        known = {"vocab": whole.vocab, "label_vocab": whole.label_vocab}
        rest = SequenceDataset.from_table(data / valid, text, label, **columns, **known)
        self.valid = some(rest, N_VALID)


def some(dataset: SequenceDataset, n_rows: int) -> SequenceDataset:
    """At most so many rows, any of them: files may be sorted by label."""
    rows = np.random.default_rng(1).permutation(len(dataset))
    return dataset.select(rows[:n_rows])


# ---- 1. where the time goes


class Clock:
    """Seconds by name, of calls that are made through it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, timed."""

        @functools.wraps(function)
        def run(*given: Any, **named: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*given, **named)
            finally:
                spent = time.perf_counter() - start
                self.seconds[name] = self.seconds.get(name, 0.0) + spent

        return run


def bare(model: Classifier, sets: Sets, epoch: int) -> float:
    """Two nn.LSTM, one a direction, forward and backward on an epoch's shapes; seconds."""
    batches = model.batches(sets.train, TRAIN.batch_size, TRAIN.seed, epoch, pin_memory=False)
    shapes = [tuple(batch.inputs.shape) for batch in batches]
    layers = [nn.LSTM(RNN.dim, RNN.hidden, batch_first=True) for _ in range(2)]
    total = 0.0
    for shape in shapes:
        vectors = torch.randn(*shape, RNN.dim, requires_grad=True)
        start = time.perf_counter()
        outputs = [layer(vectors)[0] for layer in layers]
        torch.autograd.backward([states.sum() for states in outputs])
        total += time.perf_counter() - start
    return total


def epoch(model: Classifier, sets: Sets, clock: Clock) -> float:
    """One epoch of fit(), less what the model and Adam take of it; `clock` knows the parts."""
    start = time.perf_counter()
    with_clock = {
        (model, "loss"): "network, forward",
        (torch.autograd, "backward"): "network, backward",
        (torch.amp.GradScaler, "step"): "Adam",  # with what torch does around its step
        (model, "evaluate"): "validation",
        (model, "finish"): "validation",
    }
    old = {(home, name): getattr(home, name) for home, name in with_clock}
    try:
        for (home, name), part in with_clock.items():
            setattr(home, name, clock.timed(part, old[home, name]))
        fit(model, sets.train, sets.valid.select(range(64)), TRAIN.replace(epochs=1))
    finally:
        for (home, name), function in old.items():
            setattr(home, name, function)
    return time.perf_counter() - start


def overhead(sets: Sets, rounds: int) -> list[str]:
    """Medians over the rounds, and all as shares of the bare layers."""
    model = Classifier.for_dataset(sets.train, RNN, pooling="max")
    seconds: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        clock = Clock()
        alone, whole = bare(model, sets, number + 1), epoch(model, sets, clock)
        parts = dict(clock.seconds)
        whole -= parts.pop("validation")
        parts["loop: batches, clipping, reports"] = whole - sum(parts.values())
        parts |= {"all of it": whole, "two bare nn.LSTM": alone}
        for name, spent in parts.items():
            if number:  # the first round warms up
                seconds.setdefault(name, []).append(spent)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    least = medians["two bare nn.LSTM"]
    return [f"{name:34} {spent:6.2f} s {spent / least:7.1%}" for name, spent in medians.items()]


# ---- 2. whole trainings


class Plain(nn.Module):
    """The same network as tutorials write it."""

    def __init__(self, n_words: int, n_labels: int, *, packed: bool) -> None:
        super().__init__()
        self.packed = packed
        self.embedding = nn.Embedding(n_words, RNN.dim, padding_idx=0)
        self.drop_words = nn.Dropout(RNN.embedding_dropout)
        self.lstm = nn.LSTM(RNN.dim, RNN.hidden, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(RNN.dropout)
        self.output = nn.Linear(2 * RNN.hidden, n_labels)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(B, T) -> (B, C): the largest of all states in each place."""
        vectors = self.drop_words(self.embedding(ids))
        if self.packed:
            rows = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
            states, _ = pad_packed_sequence(self.lstm(rows)[0], batch_first=True)
        else:
            states, _ = self.lstm(vectors)
        states = self.drop(states)
        return self.output(states.masked_fill((ids == 0)[:, :, None], -torch.inf).amax(1))


def plain_batches(ids: Tensor, lengths: Tensor, order: Tensor, *, packed: bool) -> Iterator[Tensor]:
    """Row numbers, ids and lengths of each batch."""
    for rows in order.split(TRAIN.batch_size):
        width = int(lengths[rows].max()) if packed else ids.shape[1]
        yield rows, ids[rows, :width], lengths[rows]  # type: ignore[misc]


def padded(dataset: SequenceDataset) -> tuple[Tensor, Tensor, Tensor]:
    """All of a data set as ids padded to its longest text, lengths, and labels."""
    batch = dataset.batch(range(len(dataset)))
    assert batch.targets is not None
    return batch.inputs, batch.lengths, batch.targets


def plain_training(sets: Sets, seed: int, *, packed: bool) -> tuple[float, float]:
    """A loop as in tutorials: seconds, and the accuracy of its best epoch."""
    torch.manual_seed(seed)
    n_labels = len(sets.train.label_vocab or ())
    model = Plain(len(sets.train.vocab), n_labels, packed=packed)
    train, valid = padded(sets.train), padded(sets.valid)
    optimizer = torch.optim.Adam(model.parameters(), lr=TRAIN.lr)
    best, seconds = 0.0, 0.0
    for _ in range(TRAIN.epochs):
        start = time.perf_counter()
        model.train()
        order = torch.randperm(len(train[0]))
        for rows, ids, lengths in plain_batches(*train[:2], order, packed=packed):
            optimizer.zero_grad()
            functional.cross_entropy(model(ids, lengths), train[2][rows]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), TRAIN.clip_norm)
            optimizer.step()
        seconds += time.perf_counter() - start
        model.eval()
        right = 0
        with torch.inference_mode():
            order = torch.arange(len(valid[0]))
            for rows, ids, lengths in plain_batches(*valid[:2], order, packed=packed):
                right += int((model(ids, lengths).argmax(1) == valid[2][rows]).sum())
        best = max(best, right / len(valid[0]))
    return seconds, best


def our_training(sets: Sets, seed: int) -> tuple[float, float]:
    """The same by fit()."""
    model = Classifier.for_dataset(sets.train, RNN, seed=seed, pooling="max")
    history = fit(model, sets.train, sets.valid, TRAIN.replace(seed=seed))
    seconds = sum(entry["seconds"] for entry in history.epochs)
    return seconds, max(entry["valid"]["accuracy"] for entry in history.epochs)


def trainings(sets: Sets, seeds: int) -> list[str]:
    """A line for each loop: seconds, how many times those of fit(), accuracy."""
    runs: dict[str, Callable[[int], tuple[float, float]]] = {
        "fit()": lambda seed: our_training(sets, seed),
        "tutorial, padded to the longest": lambda seed: plain_training(sets, seed, packed=False),
        "tutorial, unsorted and packed": lambda seed: plain_training(sets, seed, packed=True),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for seed in range(1, seeds + 1):
        for name, run in runs.items():
            found[name].append(run(seed))
    ours = statistics.median(seconds for seconds, _ in found["fit()"])
    lines = []
    for name, results in found.items():
        seconds = statistics.median(spent for spent, _ in results)
        accuracy = statistics.mean(score for _, score in results)
        lines.append(f"{name:34} {seconds:6.2f} s {seconds / ours:7.2f} x  accuracy {accuracy:.1%}")
    return lines


def run(data: Path, seeds: int) -> str:
    """Both tables for both data sets."""
    threads = thread_count(TRAIN.threads)
    torch.set_num_threads(threads)
    lines = [
        f"bidirectional LSTM of {RNN.hidden}, embeddings of {RNN.dim}, batches of "
        f"{TRAIN.batch_size}, {TRAIN.epochs} epochs, {threads} threads, {seeds} seeds"
    ]
    for name in SETS:
        sets = Sets(data, name)
        lengths = sets.train.lengths
        lines += [
            "",
            f"{name}: {len(lengths):,} texts of {lengths.mean():.1f} tokens, "
            f"the longest of {lengths.max()}",
            "",
            "one epoch, in shares of the bare layers",
            *overhead(sets, rounds=max(2, seeds)),
            "",
            "training, as often as the seconds of fit()",
            *trainings(sets, seeds),
        ]
    return "\n".join(lines)
