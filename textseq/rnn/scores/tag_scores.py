"""Scores of tags: what each sentence brings to them, and what all sentences make of it.

In: of a sentence which words are tagged right and which are unknown, and its tags where they write
spans. Out: nine counts, which add up over sentences, the scores of such sums, and their intervals.
Which tags a model chooses is not known here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.rnn.data.tag_schemes import Span
from textseq.rnn.scores.metrics import Interval, bootstrap, span_scores
from textseq.rnn.scores.share_intervals import enough, share_interval

N_COUNTS = 9


def counts_of(
    hits: NDArray[np.bool_],
    unknown: NDArray[np.bool_],
    spans: tuple[set[Span], set[Span]] | None,
    tagged: NDArray[np.bool_] | None = None,
) -> list[int]:
    """Of a sentence: 1, whether all is right; words and how many are right; the same of unknown
    words; spans that are right, predicted, gold (0 without `spans`, the gold ones and the chosen).

    Words that are not `tagged` do not count, nor does a sentence without any that is.
    """
    if tagged is not None:
        hits, unknown = hits[tagged], unknown[tagged]
    counts = tagged is None or bool(tagged.any())
    found = [counts, counts and hits.all(), len(hits), hits.sum(), unknown.sum()]
    found.append((hits & unknown).sum())
    of_spans = [0, 0, 0]
    if spans is not None:
        gold, chosen = spans
        of_spans = [len(gold & chosen), len(chosen), len(gold)]
    return [int(count) for count in (*found, *of_spans)]


def tag_scores(totals: NDArray[Any], *, spans: bool) -> dict[str, float]:
    """Accuracies, the share of whole sentences, and of spans precision, recall and F1, each 0..1.

    `totals` (9,): sums of `counts_of`. Without unknown words there is no accuracy of them.
    """
    sentences, whole, words, right, unknown, unknown_right, *of_spans = totals.tolist()
    scores = {"accuracy": right / max(1, words)}
    if unknown:
        scores["accuracy_unknown"] = unknown_right / unknown
    scores["sentences"] = whole / max(1, sentences)
    if spans:
        found = span_scores(*of_spans)
        scores |= {"precision": found.precision, "recall": found.recall, "f1": found.f1}
    return scores


def tag_intervals(counts: NDArray[np.int64], *, spans: bool) -> dict[str, Interval]:
    """Between which values accuracy and F1 lie in 95 % of data sets like this one (N, 9).

    Sentences are what is drawn, since the words of one are not independent. Where no span is wrong
    all draws are the same: F1 then has the interval of so many whole sentences. None of a handful.
    """
    found = {"accuracy": share_interval(counts[:, 3], counts[:, 2])}
    if spans:
        right, chosen, gold = counts[:, 6:].T
        wrong = (right < chosen) | (right < gold)
        found["f1"] = (
            bootstrap(counts, lambda totals: tag_scores(totals, spans=True)["f1"])
            if wrong.any()
            else share_interval(n := int((gold > 0).sum()), n)
        )
    return enough(found, int(counts[:, 0].sum()))
