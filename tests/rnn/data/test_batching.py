"""Batches: each example once, about one length, the same by seed; streams lose no token."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from textseq.config import TextConfig
from textseq.rnn.data.batch import IGNORE
from textseq.rnn.data.batching import BucketBatchSampler, lm_batches, padding_share
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.vocabs import with_specials
from textseq.text.encode import encode_lines
from textseq.text.encode_tokens import encode_tokens
from textseq.text.encoded import EncodedCorpus

LENGTHS = st.lists(st.integers(0, 30), max_size=60)
SKEWED = np.random.default_rng(0).geometric(0.05, 3000)


@given(
    LENGTHS,
    st.integers(1, 9),
    st.sampled_from([None, 1, 20, 100]),
    st.booleans(),
    st.sampled_from([1, 2, 100]),
)
@settings(derandomize=True, deadline=None)
def test_each_example_is_in_one_batch(lengths, batch_size, max_tokens, shuffle, pool):
    sampler = BucketBatchSampler(
        lengths, batch_size, max_tokens=max_tokens, shuffle=shuffle, pool=pool
    )
    for epoch in (0, 3):
        sampler.set_epoch(epoch)
        batches = list(sampler)
        assert len(sampler) == len(batches)
        assert sorted(chain.from_iterable(batches)) == list(range(len(lengths)))
        assert all(type(row) is int for row in chain.from_iterable(batches))
        for batch in batches:
            longest = max(1, *(lengths[row] for row in batch)) if batch else 0
            assert 1 <= len(batch) <= batch_size
            assert max_tokens is None or len(batch) == 1 or len(batch) * longest <= max_tokens
    if max_tokens is None:
        assert len(sampler) == -(-len(lengths) // batch_size)


def test_the_seed_and_the_epoch_decide():
    def batches(seed: int, epoch: int) -> list[list[int]]:
        sampler = BucketBatchSampler(SKEWED, 16, seed=seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    assert batches(1, 0) == batches(1, 0)
    assert batches(1, 0) != batches(1, 1) != batches(2, 1)
    # Not the order alone changes but who meets whom.
    assert set(map(frozenset, batches(1, 0))) != set(map(frozenset, batches(1, 1)))
    sampler = BucketBatchSampler(SKEWED, 16)
    first = list(sampler)
    sampler.set_epoch(1)
    assert list(sampler) != first
    sampler.set_epoch(0)
    assert list(sampler) == first


def test_without_shuffling_the_order_is_fixed():
    assert list(BucketBatchSampler([3, 1, 2, 2, 9], 2, shuffle=False, pool=1)) == [
        [0, 1],
        [2, 3],
        [4],
    ]
    # One pool of two batches, longest first, then the next.
    sampler = BucketBatchSampler([3, 1, 2, 2, 9], 2, shuffle=False, pool=2)
    assert list(sampler) == [[0, 2], [3, 1], [4]]


def test_buckets_need_little_padding():
    loose = padding_share(SKEWED, BucketBatchSampler(SKEWED, 32, pool=1))
    tight = padding_share(SKEWED, BucketBatchSampler(SKEWED, 32))
    assert loose > 0.7
    assert tight < 0.1
    assert padding_share([1, 3], [[0, 1]]) == pytest.approx(2 / 6)
    assert padding_share([0, 1], [[0, 1]]) == padding_share([], []) == 0.0
    assert padding_share([[1, 2], [3, 2]], [[0, 1]]) == pytest.approx(2 / 10)


def test_two_sides_are_sorted_together():
    # Ten pairs of each of 36 kinds: sorted by both sides, a batch of ten is of one kind.
    kinds = np.array([[first, second] for first in range(2, 8) for second in range(2, 8)])
    pairs = np.repeat(kinds, 10, axis=0)
    assert padding_share(pairs, BucketBatchSampler(pairs, 10)) == 0.0
    assert padding_share(pairs, BucketBatchSampler(pairs[:, 0], 10)) > 0.1
    for batch in BucketBatchSampler(pairs, None, max_tokens=40):
        assert len(batch) * pairs[batch].max() <= 40


@pytest.mark.parametrize("n_rows", [1, 7, 64, 101])
@pytest.mark.parametrize("world_size", [1, 2, 3, 5])
@pytest.mark.parametrize("drop_last", [False, True])
def test_ranks_share_the_batches(n_rows: int, world_size: int, drop_last: bool):
    lengths = SKEWED[:n_rows]
    options = {"batch_size": 4, "drop_last": drop_last, "world_size": world_size}
    ranks = [list(BucketBatchSampler(lengths, rank=rank, **options)) for rank in range(world_size)]
    assert len({len(batches) for batches in ranks}) == 1
    rows = list(chain.from_iterable(chain.from_iterable(ranks)))
    n_batches = n_rows // 4 if drop_last else -(-n_rows // 4)
    if drop_last:
        assert len(rows) == len(set(rows)) == n_batches // world_size * world_size * 4
    else:
        assert set(rows) == set(range(n_rows))
        batches = [tuple(batch) for rank in ranks for batch in rank]
        assert len(batches) == -(-n_batches // world_size) * world_size
        assert len(set(batches)) == n_batches


def test_ranks_have_like_lengths_in_each_step():
    ranks = [list(BucketBatchSampler(SKEWED, 8, rank=rank, world_size=4)) for rank in range(4)]
    longest = np.array([[SKEWED[batch].max() for batch in rank] for rank in ranks])
    spread = longest.max(axis=0) - longest.min(axis=0)
    assert np.median(spread) <= 2


def test_the_rank_is_torchs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 1)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 2)
    assert list(BucketBatchSampler(SKEWED, 8)) == list(
        BucketBatchSampler(SKEWED, 8, rank=1, world_size=2)
    )


RANK = """
import sys, json, torch.distributed as dist
from textseq.rnn.data.batching import BucketBatchSampler
meeting, rank = "file://" + sys.argv[1], int(sys.argv[2])
dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
sampler = BucketBatchSampler([n % 9 for n in range(101)], 8)
sampler.set_epoch(2)
gathered = [None, None]
dist.all_gather_object(gathered, list(sampler))
print(json.dumps(gathered))
dist.destroy_process_group()
"""


@pytest.mark.slow
@pytest.mark.skipif(not torch.distributed.is_gloo_available(), reason="this torch has no gloo")
def test_two_processes_share_an_epoch(tmp_path: Path):
    arguments = [sys.executable, "-c", RANK, str(tmp_path / "meeting")]
    processes = [
        subprocess.Popen([*arguments, str(rank)], stdout=subprocess.PIPE, text=True)
        for rank in range(2)
    ]
    told = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    assert told[0] == told[1]
    first, second = told[0]
    assert len(first) == len(second) == 7
    rows = [row for batch in first + second for row in batch]
    assert set(rows) == set(range(101))
    assert len({tuple(batch) for batch in first + second}) == 13  # one of 14 is a repetition


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": None}, "give batch_size, max_tokens or both"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"pool": 0}, "pool is 0"),
        ({"rank": 1}, "go together"),
        ({"rank": 2, "world_size": 2}, r"it is 0\.\.1"),
        ({"lengths": [0.5]}, "whole numbers"),
    ],
)
def test_samplers_that_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        BucketBatchSampler(**({"lengths": [1, 2]} | options))


@pytest.mark.slow
@pytest.mark.parametrize("tokenizer", ["word", "char"])
@pytest.mark.parametrize("name", ["sst2", "nsmc"])
def test_padding_of_real_reviews(data: Path, name: str, tokenizer: str):
    config = TextConfig(tokenizer=tokenizer)
    path, text = {
        "sst2": (data / "sst2" / "train.tsv", 0),
        "nsmc": (data / "nsmc" / "nsmc_train.tsv.gz", "document"),
    }[name]
    lengths = SequenceDataset.from_table(path, text, label=None, config=config).lengths
    for batch_size in (32, 64):
        share = padding_share(lengths, BucketBatchSampler(lengths, batch_size))
        assert share / (1 - share) < 0.05  # padding per token, the stricter count
        assert padding_share(lengths, BucketBatchSampler(lengths, batch_size, pool=1)) > 0.5


# --- streams


def stream(corpus: EncodedCorpus, *, eos: bool) -> list[int]:
    lines = [[*line.tolist(), *([corpus.vocab.eos_id] if eos else [])] for line in corpus]
    return list(chain.from_iterable(lines))


def corpus_of(lines: list[int]) -> EncodedCorpus:
    """Lines of these many tokens, all of them different."""
    numbers = iter(range(10_000))
    sentences = [[f"w{next(numbers)}" for _ in range(n)] for n in lines]
    return with_specials(encode_tokens(sentences, TextConfig(min_count=1)))


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=20),
    st.integers(1, 7),
    st.integers(1, 9),
    st.booleans(),
)
@settings(derandomize=True, deadline=None)
def test_streams_go_on_and_lose_nothing(lines, batch_size, steps, eos):
    assume(sum(lines) > 1)
    corpus = corpus_of(lines)
    flat = stream(corpus, eos=eos)
    batches = lm_batches(corpus, batch_size, steps, eos=eos)
    seen = list(batches)
    assert len(batches) == len(seen)
    assert batches.n_targets == len(flat) - 1
    widths = [inputs.shape[1] for inputs, _ in seen]
    assert widths[:-1] == [steps] * (len(seen) - 1)
    assert 1 <= widths[-1] <= steps
    assert all(a.shape == b.shape and a.shape[0] == batch_size for a, b in seen)
    inputs = torch.cat([batch.inputs for batch in seen], dim=1)
    targets = torch.cat([batch.targets for batch in seen], dim=1)
    # Within a row each target is the next input, over the borders of batches too.
    there = targets[:, :-1] != IGNORE
    assert torch.equal(inputs[:, 1:][there], targets[:, :-1][there])
    # The rows are stretches of the stream, one behind the other.
    assert targets[targets != IGNORE].tolist() == flat[1:]
    assert inputs[targets != IGNORE].tolist() == flat[:-1]


def test_a_stream_by_hand():
    corpus = corpus_of([2, 0, 3])
    ids, eos = corpus.ids.tolist(), corpus.vocab.eos_id
    a, b, c, d, e = ids
    first, second = lm_batches(corpus, 2, 2, eos=True)
    # The stream is a b . . c d e . : seven targets, four for the first row.
    assert first.inputs.tolist() == [[a, b], [c, d]]
    assert first.targets.tolist() == [[b, eos], [d, e]]
    assert second.inputs.tolist() == [[eos, eos], [e, eos]]
    assert second.targets.tolist() == [[eos, c], [eos, IGNORE]]
    assert first.inputs.dtype == first.targets.dtype == torch.int64


def test_streams_that_cannot_be():
    corpus = encode_lines(["a b c"], TextConfig(min_count=1))
    with pytest.raises(ValueError, match="no <eos>; with_specials"):
        lm_batches(corpus, 1, 1, eos=True)
    with pytest.raises(ValueError, match="batch_size is 0"):
        lm_batches(corpus, 0, 1)
    with pytest.raises(ValueError, match="steps is 0"):
        lm_batches(corpus, 1, 0)
    with pytest.raises(ValueError, match="1 tokens; prediction needs two"):
        lm_batches(encode_lines(["a"], TextConfig(min_count=1)), 1, 1)


def test_a_dataloader_takes_the_sampler():
    sampler = BucketBatchSampler([1, 2, 3, 4, 5], 2, seed=3)
    loader = DataLoader(list(range(5)), batch_sampler=sampler, collate_fn=list)
    assert list(loader) == list(sampler)
    assert len(loader) == 3
