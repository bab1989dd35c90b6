from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import TextConfig
from textseq.rnn.data.batch import IGNORE
from textseq.rnn.data.examples import Examples
from textseq.rnn.language_data import Streams, cut, sizes_of, stream_of
from textseq.text.encode import encode_lines

TEXT = TextConfig(min_count=1)


def test_a_stream_has_line_ends():
    data = stream_of(encode_lines(["b a", "a"], TEXT))
    assert data.vocab.specials == ("<pad>", "<unk>", "<bos>", "<eos>")
    assert [data.vocab.decode(line) for line in data.inputs] == [["b", "a"], ["a"]]


@settings(derandomize=True, deadline=None, max_examples=50)
@given(
    st.lists(st.lists(st.sampled_from("abc"), max_size=5), min_size=2, max_size=12).filter(
        lambda lines: any(lines)
    ),
    st.floats(0.01, 0.99),
)
def test_the_parts_are_the_whole(lines: list[list[str]], share: float):
    whole = stream_of(encode_lines([" ".join(line) for line in lines], TEXT))
    first, last = cut(whole, share)
    assert [line.tolist() for part in (first, last) for line in part.inputs] == [
        line.tolist() for line in whole.inputs
    ]
    assert len(first) > 0
    assert len(last) > 0
    assert np.shares_memory(first.inputs.ids, whole.inputs.ids) or not first.inputs.n_tokens


def test_the_last_part_has_its_share():
    first, last = cut(stream_of(encode_lines(["a b c d"] * 100, TEXT)), 0.1)
    assert (len(first), len(last)) == (90, 10)


@pytest.mark.parametrize(("n_lines", "share"), [(1, 0.5), (5, 0.0), (5, 1.0)])
def test_no_part_may_be_empty(n_lines: int, share: float):
    with pytest.raises(ValueError, match=f"a share of {share} of the {n_lines} lines"):
        cut(stream_of(encode_lines(["a b"] * n_lines, TEXT)), share)


def test_only_a_corpus_can_be_cut():
    with pytest.raises(ValueError, match="only a whole corpus can be cut"):
        cut(Examples(np.zeros((4, 2), np.float32)), 0.5)
    with pytest.raises(ValueError, match="only a whole corpus can be cut"):
        cut(stream_of(encode_lines(["a b"] * 9, TEXT)).select([1, 2]), 0.5)


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_every_token_but_the_first_is_a_target(batch_size: int):
    data = stream_of(encode_lines(["a b", "", "c"], TEXT))
    batches = list(Streams(data.inputs, batch_size, 2, eos=True))
    targets = [
        int(target) for batch in batches for target in batch.targets.flatten() if target != IGNORE
    ]
    wanted = data.vocab.encode(["b", "<eos>", "<eos>", "c", "<eos>"])
    assert sorted(targets) == sorted(wanted.tolist())
    assert len(Streams(data.inputs, batch_size, 2, eos=True)) == len(batches)
    assert all(len(batch) == len(batches[0]) for batch in batches)


def test_sizes_by_hand():
    vocab = encode_lines(["a b c"], TEXT).vocab
    corpus = encode_lines(["a b x", "", "y"], TEXT, vocab=vocab)
    assert sizes_of(corpus, TEXT, eos=True) == (4 + 3, 2)
    assert sizes_of(corpus, TEXT, eos=False) == (4, 2)
