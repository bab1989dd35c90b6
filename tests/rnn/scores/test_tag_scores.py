"""Counts of sentences and the scores of their sums, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.rnn.data.tag_schemes import spans_of
from textseq.rnn.scores.tag_scores import N_COUNTS, counts_of, tag_scores


def test_of_words():
    one = counts_of(np.array([True, False, True]), np.array([False, True, True]), None)
    two = counts_of(np.array([True]), np.array([False]), None)
    assert one == [1, 0, 3, 2, 2, 1, 0, 0, 0]
    assert two == [1, 1, 1, 1, 0, 0, 0, 0, 0]
    scores = tag_scores(np.add(one, two), spans=False)
    assert scores == {"accuracy": 3 / 4, "accuracy_unknown": 1 / 2, "sentences": 1 / 2}
    assert tag_scores(np.array(two), spans=False) == {"accuracy": 1.0, "sentences": 1.0}


def test_of_spans():
    gold, chosen = ["B-X", "I-X", "O", "B-Y"], ["B-X", "I-X", "B-Y", "O"]
    hits = np.array([one == other for one, other in zip(gold, chosen, strict=True)])
    counts = counts_of(hits, np.zeros(4, np.bool_), (spans_of(gold), spans_of(chosen)))
    assert counts == [1, 0, 4, 2, 0, 0, 1, 2, 2]
    scores = tag_scores(np.array(counts), spans=True)
    assert (scores["precision"], scores["recall"], scores["f1"]) == pytest.approx((0.5, 0.5, 0.5))


def test_words_without_a_tag_do_not_count():
    hits, rare = np.array([True, False, False]), np.array([False, True, True])
    tagged = np.array([True, False, True])
    assert counts_of(hits, rare, None, tagged) == [1, 0, 2, 1, 1, 0, 0, 0, 0]
    assert counts_of(hits, rare, None, np.zeros(3, np.bool_)) == [0] * 9


def test_of_nothing():
    scores = tag_scores(np.zeros(N_COUNTS, np.int64), spans=True)
    assert scores == dict.fromkeys(["accuracy", "sentences", "precision", "recall", "f1"], 0.0)
