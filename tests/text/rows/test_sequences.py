"""Padding: every row is what a few lines of Python make of its sequence."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import PadConfig, PadSide, TextConfig
from textseq.text.encode import encode_lines
from textseq.text.rows import sequences as module
from textseq.text.rows.sequences import Flat, Padded, Padder, flatten, pad

SIDES: tuple[PadSide, ...] = ("right", "left")
ragged = st.lists(st.lists(st.integers(2, 99), max_size=12), max_size=12)


def plainly(sequences: list[list[int]], config: PadConfig, room: int) -> list[tuple[int, list]]:
    """Each row's sequence and tokens, before bos, eos and padding."""
    rows = []
    for number, tokens in enumerate(sequences):
        if config.overlap is None:
            kept = tokens[:room] if config.truncate_side == "right" else tokens[-room:]
            rows.append((number, kept))
            continue
        start = 0
        rows.append((number, tokens[:room]))
        while start + room < len(tokens):
            start += room - config.overlap
            rows.append((number, tokens[start : start + room]))
    return rows


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    sequences=ragged,
    max_length=st.none() | st.integers(3, 9),
    overlap=st.none() | st.integers(0, 8),
    pad_side=st.sampled_from(SIDES),
    truncate_side=st.sampled_from(SIDES),
    bos_id=st.none() | st.just(100),
    eos_id=st.none() | st.just(101),
    steps=st.tuples(st.integers(1, 40), st.integers(1, 5)),
    data=st.data(),
)
def test_rows_are_what_plain_python_makes(
    sequences: list[list[int]],
    max_length: int | None,
    overlap: int | None,
    pad_side: PadSide,
    truncate_side: PadSide,
    bos_id: int | None,
    eos_id: int | None,
    steps: tuple[int, int],
    data: st.DataObject,
):
    specials = (bos_id is not None) + (eos_id is not None)
    percentile = data.draw(st.sampled_from([0.0, 50.0, 90.0, 100.0]))
    longest = sorted(map(len, sequences))
    length = max_length or specials + max(
        1, longest[max(0, -(-int(percentile) * len(longest) // 100) - 1)] if longest else 1
    )
    room = length - specials
    overlap = None if overlap is None else min(overlap, room - 1)
    config = PadConfig(max_length, percentile, pad_side, truncate_side, overlap)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CELLS", steps[0])
        patch.setattr(module, "_SEQUENCES_AT_ONCE", steps[1])
        padded = pad(sequences, config, pad_id=-7, bos_id=bos_id, eos_id=eos_id)
    expected = plainly(sequences, config, room)
    assert padded.sequence.tolist() == [number for number, _ in expected]
    assert padded.ids.shape == padded.mask.shape == (len(expected), length)
    for row, mask, n, (_, tokens) in zip(
        padded.ids.tolist(), padded.mask, padded.lengths.tolist(), expected, strict=True
    ):
        whole = [*([bos_id] if bos_id else []), *tokens, *([eos_id] if eos_id else [])]
        blank = [-7] * (length - len(whole))
        assert row == (whole + blank if pad_side == "right" else blank + whole)
        assert n == mask.sum() == len(whole)
        assert mask.tolist() == [token != -7 for token in row]
    assert [row.tolist() for row in padded.unpad()] == [
        row[mask].tolist() for row, mask in zip(padded.ids, padded.mask, strict=True)
    ]
    padder = Padder(sequences, config, bos_id=bos_id, eos_id=eos_id)
    assert (padder.n_rows, padder.n_kept) == (len(padded), padded.lengths.sum())


@settings(derandomize=True, deadline=None)
@given(sequences=ragged, room=st.integers(1, 7), data=st.data())
def test_windows_hold_every_token_and_share_the_overlap(
    sequences: list[list[int]], room: int, data: st.DataObject
):
    overlap = data.draw(st.integers(0, room - 1))
    padded = pad(sequences, PadConfig(max_length=room, overlap=overlap))
    for number, tokens in enumerate(sequences):
        windows = [
            row.tolist()
            for row, of in zip(padded.unpad(), padded.sequence, strict=True)
            if of == number
        ]
        again = windows[0]
        for before, window in pairwise(windows):
            assert len(before) == room  # only the last may be shorter
            assert len(window) > overlap  # and it brings something new
            assert before[room - overlap :] == window[:overlap]
            again = again + window[overlap:]
        assert again == tokens


def test_shapes_and_types():
    padded = pad([[2, 3, 4], [], np.array([5], np.uint8)])
    assert padded.ids.tolist() == [[2, 3, 4], [0, 0, 0], [5, 0, 0]]
    assert padded.lengths.tolist() == [3, 0, 1]
    assert (padded.ids.dtype, padded.lengths.dtype) == (np.int32, np.int64)
    assert (padded.sequence.dtype, padded.mask.dtype) == (np.int64, np.bool_)
    assert len(padded) == 3
    part = padded[1:]
    assert isinstance(part, Padded)
    assert part.sequence.tolist() == [1, 2]
    assert np.shares_memory(part.ids, padded.ids)


def test_sides_are_independent():
    sequences = [[1, 2, 3, 4], [5]]
    for pad_side, truncate_side, expected in (
        ("right", "right", [[1, 2, 3], [5, 0, 0]]),
        ("right", "left", [[2, 3, 4], [5, 0, 0]]),
        ("left", "right", [[1, 2, 3], [0, 0, 5]]),
        ("left", "left", [[2, 3, 4], [0, 0, 5]]),
    ):
        config = PadConfig(max_length=3, pad_side=pad_side, truncate_side=truncate_side)
        assert pad(sequences, config).ids.tolist() == expected


def test_bos_and_eos_survive_the_cut():
    assert pad([[4, 5, 6], [4]], 4, bos_id=2, eos_id=3).ids.tolist() == [[2, 4, 5, 3], [2, 4, 3, 0]]
    assert pad([[4, 5, 6], []], bos_id=2, eos_id=3).ids.tolist() == [
        [2, 4, 5, 6, 3],
        [2, 3, 0, 0, 0],
    ]
    left = PadConfig(max_length=4, pad_side="left", truncate_side="left")
    assert pad([[4, 5, 6], [4]], left, eos_id=3).ids.tolist() == [[4, 5, 6, 3], [0, 0, 4, 3]]
    with pytest.raises(ValueError, match=r"max_length is 2; .* the least that works is 3"):
        pad([[4]], 2, bos_id=2, eos_id=3)


def test_the_length_of_most_sequences():
    sequences = [[7] * n for n in range(1, 101)]
    assert pad(sequences, PadConfig(percentile=95)).ids.shape == (100, 95)
    assert pad(sequences, PadConfig(percentile=95), bos_id=1).ids.shape == (100, 96)
    assert pad(sequences, PadConfig(percentile=0)).ids.shape == (100, 1)


@pytest.mark.parametrize("sequences", [[], [[]], [[], []]], ids=repr)
def test_nothing_to_pad(sequences: list[list[int]]):
    padded = pad(sequences)
    assert padded.ids.tolist() == [[0]] * len(sequences)
    assert padded.lengths.tolist() == [0] * len(sequences)
    assert pad(sequences, PadConfig(max_length=2, overlap=1)).ids.shape == (len(sequences), 2)


def test_a_corpus_is_read_where_it_is():
    corpus = encode_lines(["the cat saw", "", "한국 the 👩‍👩‍👧"], TextConfig(min_count=1))
    assert flatten(corpus) is corpus
    padded = pad(corpus, pad_id=corpus.vocab.pad_id or 0)
    assert [row.tolist() for row in padded.unpad()] == [line.tolist() for line in corpus]
    assert corpus.vocab.decode(padded.ids[2]) == ["한국", "the", "👩‍👩‍👧"]


def test_one_very_long_sequence_in_windows():
    tokens = np.arange(300_000, dtype=np.int32)
    padded = pad(Flat(tokens, np.array([0, tokens.size])), PadConfig(max_length=16, overlap=15))
    assert padded.ids.shape == (tokens.size - 15, 16)
    assert (padded.ids == np.arange(16) + np.arange(len(padded))[:, None]).all()


def test_overlap_leaves_room_for_something_new():
    with pytest.raises(ValueError, match=r"overlap is 4; in rows of 4 tokens the most .* is 3"):
        pad([[1]], PadConfig(max_length=4, overlap=4))
    with pytest.raises(ValueError, match="the most that works is 1"):
        pad([[1]], PadConfig(max_length=4, overlap=2), bos_id=5, eos_id=6)


def test_bytes_are_named_before_they_are_taken():
    offsets = np.arange(0, 10**9, 10**6)
    huge = Flat(np.zeros(0, np.int32), np.append(offsets, offsets[-1] + 10**9))
    with pytest.raises(ValueError, match=r"\(1000, 1000000000\) as int32 needs 4\.0 TB, the limit"):
        pad(huge)
    with pytest.raises(ValueError, match="needs 24 B, the limit is 23 B; give a lower max_length"):
        pad([[1, 2, 3], [4]], max_bytes=23)
    assert pad([[1, 2, 3], [4]], max_bytes=24).ids.size == 6


@pytest.mark.parametrize(
    ("sequences", "message"),
    [
        (["the cat"], "sequence 0 is of <U7 .*vocab.encode"),
        ([[1], [[2]]], r"sequence 1 is of int64 and shape \(1, 1\)"),
        ([[1.5]], "float64"),
        ([[True]], "bool"),
        ([[2**31]], "32 bits"),
        ([np.array([2**64 - 1], np.uint64)], "32 bits"),
    ],
)
def test_what_is_no_sequence_of_ids_is_refused(sequences: Any, message: str):
    with pytest.raises(ValueError, match=message):
        pad(sequences)


def test_tensors_share_memory_and_feed_a_network():
    import torch

    padded = pad([[2, 3, 4], [5]])
    ids, lengths, mask = tensors = padded.torch()
    assert (ids.dtype, lengths.dtype, mask.dtype) == (torch.int32, torch.int64, torch.bool)
    padded.ids[0, 0] = 9
    assert ids[0, 0] == 9
    embedded = torch.nn.Embedding(10, 4, padding_idx=0)(tensors.ids)
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        embedded, lengths, batch_first=True, enforce_sorted=False
    )
    assert len(packed.data) == mask.sum() == 4
    padded.ids.flags.writeable = False
    copy = padded[1:].torch()
    assert copy.ids.tolist() == [[5, 0, 0]]
    copy.ids[0, 0] = 1
    assert padded.ids[1, 0] == 5


def test_padding_alone_does_not_load_torch():
    code = "import sys; from textseq.text.rows.sequences import pad; pad([[1]])"
    code += "; assert not {'torch', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
