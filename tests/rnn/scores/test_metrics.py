"""Metrics: numbers worked out by hand, and the field's own tools as witnesses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.rnn.scores import metrics
from textseq.rnn.scores.metrics import (
    accuracy,
    bleu,
    bootstrap,
    bootstrap_confusion,
    chrf,
    class_scores,
    confusion_matrix,
    exact_match,
    f1,
    macro_f1,
    perplexity,
    span_counts,
    span_f1,
    spans_of,
)

GOLD, PRED = [0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 2]


def test_labels_by_hand():
    assert accuracy(PRED, GOLD) == pytest.approx(4 / 6)
    assert confusion_matrix(PRED, GOLD, 3).tolist() == [[2, 1, 0], [1, 1, 0], [0, 0, 1]]
    scores = class_scores(confusion_matrix(PRED, GOLD, 3))
    assert scores.precision == pytest.approx([2 / 3, 1 / 2, 1])
    assert scores.recall == pytest.approx([2 / 3, 1 / 2, 1])
    assert scores.support.tolist() == [3, 2, 1]
    assert f1(PRED, GOLD, 3) == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert f1(PRED, GOLD, 3, "micro") == accuracy(PRED, GOLD)


def test_a_class_that_is_nowhere_has_no_part_in_macro_f1():
    assert f1(PRED, GOLD, 5) == f1(PRED, GOLD, 3)
    assert f1([0, 0], [0, 1], 2) == pytest.approx((2 / 3 + 0) / 2)  # one that is missed has


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
@settings(derandomize=True, deadline=None)
def test_labels_as_scikit_learn_counts(pairs):
    sklearn_metrics = pytest.importorskip("sklearn.metrics")
    pred, gold = map(list, zip(*pairs, strict=True))
    wanted = sklearn_metrics.confusion_matrix(gold, pred, labels=range(4))
    assert confusion_matrix(pred, gold, 4).tolist() == wanted.tolist()
    seen = sorted({*pred, *gold})
    wanted = sklearn_metrics.f1_score(gold, pred, labels=seen, average="macro", zero_division=0)
    assert f1(pred, gold, 4) == pytest.approx(wanted)


def test_labels_that_do_not_fit():
    assert math.isnan(accuracy([], []))
    assert math.isnan(f1([], [], 2))
    with pytest.raises(ValueError, match="predictions but"):
        accuracy([1], [1, 2])
    with pytest.raises(ValueError, match=r"gold label ids are 0..2; they can be 0..1"):
        confusion_matrix([0, 1], [0, 2], 2)
    with pytest.raises(ValueError, match="macro, micro"):
        f1([0], [0], 1, "mean")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("", set()),
        ("O O", set()),
        ("B-PER I-PER O B-LOC", {("PER", 0, 2), ("LOC", 3, 4)}),
        ("B-PER B-PER", {("PER", 0, 1), ("PER", 1, 2)}),
        ("I-PER I-PER O I-LOC", {("PER", 0, 2), ("LOC", 3, 4)}),  # IOB1, or a mistake
        ("B-PER I-LOC I-LOC", {("PER", 0, 1), ("LOC", 1, 3)}),
        ("S-PER B-LOC I-LOC E-LOC", {("PER", 0, 1), ("LOC", 1, 4)}),
        ("U-PER B-LOC L-LOC O", {("PER", 0, 1), ("LOC", 1, 3)}),
        ("E-PER E-PER", {("PER", 0, 1), ("PER", 1, 2)}),
        ("B-PER O I-PER", {("PER", 0, 1), ("PER", 2, 3)}),
        ("B I O", {("", 0, 2)}),
        ("B-a-b I-a-b", {("a-b", 0, 2)}),
        ("NOUN B-X VERB", {("X", 1, 2)}),
    ],
)
def test_spans(tags, spans):
    assert spans_of(tags.split()) == spans


TAGS = st.lists(st.sampled_from(["O", "B-x", "I-x", "B-y", "I-y"]), max_size=8)


@given(st.lists(st.tuples(TAGS, st.randoms(use_true_random=False)), min_size=1, max_size=6))
@settings(derandomize=True, deadline=None)
def test_span_f1_as_seqeval_counts(rows):
    seqeval = pytest.importorskip("seqeval.metrics")
    gold = [tags for tags, _ in rows]
    pred = [[rng.choice(["O", "B-x", "I-x", "B-y", "I-y"]) for _ in tags] for tags, rng in rows]
    found = span_f1(gold, pred, "lenient")
    assert found.f1 == pytest.approx(seqeval.f1_score(gold, pred, zero_division=0))


def test_span_f1_by_hand():
    gold = [["B-x", "I-x", "O", "B-y"], ["B-x"]]
    pred = [["B-x", "O", "O", "B-y"], ["B-x"]]
    assert span_counts(gold, pred).tolist() == [[1, 2, 2], [1, 1, 1]]
    assert span_f1(gold, pred) == (2 / 3, 2 / 3, 2 / 3, 2, 3, 3)
    assert span_f1(gold, [["O"] * 4, ["O"]]) == (0, 0, 0, 0, 0, 3)
    assert span_f1([], []).f1 == 0
    assert span_f1(gold, gold).f1 == 1
    with pytest.raises(ValueError, match="sentence 1 has 1 gold tags but 2"):
        span_f1(gold, [pred[0], ["O", "O"]])


@pytest.mark.parametrize("layout", ["{}-PER", "{}_PER", "PER-{}", "PER_{}", "{}"])
@pytest.mark.parametrize("scheme", [None, "lenient", "bio"])
def test_a_stray_tag_hides_no_span(layout: str, scheme):
    gold = [["O", layout.format("B"), layout.format("I"), "0"], [layout.format("B"), "O"]]
    assert span_f1(gold, gold, scheme) == (1, 1, 1, 2, 2, 2)


def test_losses_and_matches():
    assert perplexity(math.log(50)) == pytest.approx(50)
    assert perplexity(0.0) == 1
    assert perplexity(1e6) == math.inf
    assert exact_match(["a", "b c"], ["a", "b"]) == 0.5
    assert exact_match([np.array([1, 2]), [3]], [[1, 2], [3, 4]]) == 0.5
    assert math.isnan(exact_match([], []))
    with pytest.raises(ValueError, match="1 predictions but 2"):
        exact_match(["a"], ["a", "b"])


def test_bleu_and_chrf():
    pytest.importorskip("sacrebleu")
    texts = ["the cat sat on the mat .", "a dog ran ."]
    perfect = bleu(texts, texts)
    assert perfect.score == pytest.approx(100)
    assert perfect.interval is None
    assert "tok:13a" in perfect.signature
    assert "case:mixed" in perfect.signature
    assert bleu(["The cat sat on the mat .", texts[1]], texts, lowercase=True).score == (
        pytest.approx(100)
    )
    assert bleu(["x y z", "u v w"], texts).score < 5
    assert chrf(texts, texts).score == pytest.approx(100)
    assert "nw:2" in chrf(texts, texts, word_order=2).signature
    mixed = bleu([texts[0], "no ."] * 20, texts * 20, n_resamples=50)
    assert mixed.interval is not None
    low, high = mixed.interval
    assert low < mixed.score < high
    nearly = bleu([*texts * 20, "no ."], [*texts * 20, "a dog ran ."], n_resamples=50)
    assert nearly.interval is not None
    assert nearly.interval[0] < nearly.score <= nearly.interval[1] <= 100
    with pytest.raises(ValueError, match="1 texts for 2 references"):
        bleu(["a"], texts)


def test_without_sacrebleu(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sacrebleu", None)
    with pytest.raises(ModuleNotFoundError, match="pip install sacrebleu") as caught:
        bleu(["a"], ["a"])
    assert caught.value.name == "sacrebleu"


def test_the_bootstrap_of_a_mean_is_about_two_standard_errors_wide():
    scores = np.r_[np.ones(320), np.zeros(80)]
    low, high = bootstrap(scores)
    error = math.sqrt(0.8 * 0.2 / 400)
    assert (low, high) == pytest.approx((0.8 - 1.96 * error, 0.8 + 1.96 * error), abs=0.008)
    assert bootstrap(scores) == (low, high)  # the same seed, the same draws
    narrow = bootstrap(scores, share=0.5)
    assert low < narrow[0] < 0.8 < narrow[1] < high
    assert bootstrap(np.ones(9)) == (1, 1)
    assert all(map(math.isnan, bootstrap([])))


def test_the_bootstrap_of_counts():
    counts = np.array([[1, 2, 2], [1, 1, 1]] * 50)

    def score(totals):
        return metrics.span_scores(*totals).f1

    low, high = bootstrap(counts, score)
    assert low < score(counts.sum(axis=0)) < high


def test_the_bootstrap_of_a_confusion_matrix_is_that_of_its_examples():
    matrix = np.array([[300, 50], [30, 20]])
    right = np.r_[np.ones(320), np.zeros(80)]

    def share_right(matrices):
        return np.trace(matrices, axis1=1, axis2=2) / matrices.sum(axis=(1, 2))

    assert bootstrap_confusion(matrix, share_right) == pytest.approx(bootstrap(right), abs=0.008)
    low, high = bootstrap_confusion(matrix, macro_f1)
    assert low < float(macro_f1(matrix)) < high
    assert all(map(math.isnan, bootstrap_confusion(np.zeros((2, 2)), macro_f1)))


@pytest.mark.parametrize("options", [{"share": 1.0}, {"share": 0.0}, {"n_resamples": 0}])
def test_a_bootstrap_that_is_none(options):
    with pytest.raises(ValueError, match="share is"):
        bootstrap([1.0], **options)
    with pytest.raises(ValueError, match=r"\(N,\) or \(N, K\)"):
        bootstrap(np.ones((2, 2, 2)))
