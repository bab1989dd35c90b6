"""Metrics: how good predictions are, as the field counts it.

In: predicted and gold labels, tags or texts; losses. Out: accuracy, F1, spans, perplexity, BLEU and
chrF, and how far a score would wander on other data of the same kind (bootstrap). Ids and words
only: no model is known here, and nothing is predicted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textseq.config import choice
from textseq.rnn.data.tag_schemes import Scheme, Span, SpanReader, kept_scheme, spans_of

Average = Literal["macro", "micro"]
Interval = tuple[float, float]
RESAMPLES = 1000


# --- labels


def accuracy(pred: ArrayLike, gold: ArrayLike) -> float:
    """The share of right answers, 0..1; NaN of none. ValueError unless both have one shape."""
    pred, gold = _same_shape(pred, gold)
    return float((pred == gold).mean()) if gold.size else math.nan


def confusion_matrix(pred: ArrayLike, gold: ArrayLike, n_classes: int) -> NDArray[np.int64]:
    """(C, C): how often a gold label (the row) was called what (the column).

    Label ids are 0..C-1; ValueError for others.
    """
    pred, gold = checked_labels(pred, gold, n_classes)
    cells = gold * n_classes + pred
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


def checked_labels(
    pred: ArrayLike, gold: ArrayLike, n_classes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Label ids as (N,) each; ValueError unless they have one shape and are 0..C-1."""
    pred, gold = _same_shape(pred, gold)
    for name, ids in (("predicted", pred), ("gold", gold)):
        if ids.size and not 0 <= int(ids.min()) <= int(ids.max()) < n_classes:
            raise ValueError(
                f"{name} label ids are {ids.min()}..{ids.max()}; they can be 0..{n_classes - 1}"
            )
    return pred.astype(np.int64).ravel(), gold.astype(np.int64).ravel()  # [] is of floats


class ClassScores(NamedTuple):
    """Of each class, (C,): precision, recall and F1, 0..1, and how often it is the gold label."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]


def class_scores(confusion: ArrayLike) -> ClassScores:
    """Scores by class of a confusion matrix (..., C, C); what would be 0/0 is 0."""
    matrix = np.asarray(confusion)
    right = np.diagonal(matrix, axis1=-2, axis2=-1).astype(float)
    called, support = matrix.sum(axis=-2), matrix.sum(axis=-1)
    return ClassScores(
        right / np.maximum(called, 1),
        right / np.maximum(support, 1),
        2 * right / np.maximum(called + support, 1),
        support,
    )


def f1(pred: ArrayLike, gold: ArrayLike, n_classes: int, average: Average = "macro") -> float:
    """F1 over classes, 0..1; NaN of none.

    `macro`: the mean over the classes that are gold or predicted somewhere; `micro`: over all
    answers together, which for single labels is the accuracy.
    """
    average = choice("average", average, Average)
    if average == "micro":
        return accuracy(pred, gold)
    pred, gold = checked_labels(pred, gold, n_classes)
    right, called, support = (
        np.bincount(ids, minlength=n_classes) for ids in (gold[pred == gold], pred, gold)
    )
    return float(macro_f1_of(right, called, support))


def macro_f1(confusion: ArrayLike) -> NDArray[np.float64]:
    """The macro F1 of confusion matrices (..., C, C), shape (...); NaN where nothing is."""
    matrix = np.asarray(confusion)
    right = np.diagonal(matrix, axis1=-2, axis2=-1)
    return macro_f1_of(right, matrix.sum(axis=-2), matrix.sum(axis=-1))


def macro_f1_of(
    right: NDArray[np.int64], called: NDArray[np.int64], support: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The same (...) from the sums of classes (..., C): right answers, answers, gold labels."""
    answers = called + support
    seen = answers > 0
    n_seen = seen.sum(axis=-1)
    scores = 2 * right.astype(float) / np.maximum(answers, 1)
    total = np.where(seen, scores, 0.0).sum(axis=-1)
    mean: NDArray[np.float64] = np.where(n_seen, total / np.maximum(n_seen, 1), np.nan)
    return mean


def _same_shape(pred: ArrayLike, gold: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    pred, gold = np.asarray(pred), np.asarray(gold)
    if pred.shape != gold.shape:
        raise ValueError(f"{pred.shape} predictions but {gold.shape} gold labels")
    return pred, gold


# --- spans


class SpanScores(NamedTuple):
    """Precision, recall and F1 over spans, 0..1; and how many: right, predicted, gold."""

    precision: float
    recall: float
    f1: float
    n_right: int
    n_pred: int
    n_gold: int


def span_scores(n_right: int, n_pred: int, n_gold: int) -> SpanScores:
    """The scores of these numbers; what would be 0/0 is 0."""
    precision, recall = n_right / max(n_pred, 1), n_right / max(n_gold, 1)
    score = 2 * n_right / max(n_pred + n_gold, 1)
    return SpanScores(precision, recall, score, n_right, n_pred, n_gold)


def span_counts(
    gold_tags: Iterable[Sequence[str]],
    pred_tags: Iterable[Sequence[str]],
    read: Callable[[Sequence[str]], set[Span]] = spans_of,
) -> NDArray[np.int64]:
    """(N, 3): of each sentence how many spans are right, predicted, gold; for `bootstrap`.

    A span is right if its kind, start and stop are; `read` finds them, by default leniently.
    ValueError unless both have as many tags.
    """
    rows = []
    for line, (gold, pred) in enumerate(zip(gold_tags, pred_tags, strict=True)):
        if len(gold) != len(pred):
            raise ValueError(f"sentence {line} has {len(gold)} gold tags but {len(pred)} predicted")
        in_gold = read(gold)
        in_pred = in_gold if pred == gold else read(pred)
        rows.append((len(in_gold & in_pred), len(in_pred), len(in_gold)))
    return np.array(rows, np.int64).reshape(-1, 3)


def span_f1(
    gold_tags: Iterable[Sequence[str]],
    pred_tags: Iterable[Sequence[str]],
    scheme: Scheme | Literal["lenient"] | None = None,
) -> SpanScores:
    """Precision, recall and F1 over the spans of all sentences together.

    Spans are what `scheme` allows and nothing else (seqeval's strict mode); None: the scheme that
    the gold tags keep to. "lenient", and where they keep to none: every row of tags has a reading,
    as the conlleval script counts.
    """
    gold, pred = list(gold_tags), list(pred_tags)
    names = list(dict.fromkeys(tag for tags in gold for tag in tags))
    if scheme is None:
        ids = {tag: number for number, tag in enumerate(names)}
        found = kept_scheme(names, ([ids[tag] for tag in tags] for tags in gold))
    else:
        chosen = choice("scheme", scheme, Literal[Scheme, "lenient"])
        found = None if chosen == "lenient" else chosen
    read = spans_of if found is None else SpanReader(names, found)
    totals = span_counts(gold, pred, read).sum(axis=0).tolist()
    return span_scores(*totals)


# --- losses and texts


def perplexity(loss: float) -> float:
    """exp of a mean loss in nats; infinite where that is too large."""
    return math.exp(loss) if loss < 709 else math.inf


def exact_match(pred: Sequence[Any], gold: Sequence[Any]) -> float:
    """The share of predictions that are the same as their gold, 0..1; NaN of none."""
    if len(pred) != len(gold):
        raise ValueError(f"{len(pred)} predictions but {len(gold)} gold ones")
    return sum(map(_equal, pred, gold)) / len(gold) if len(gold) else math.nan


def _equal(one: Any, other: Any) -> bool:
    return bool(np.array_equal(one, other))


class CorpusScore(NamedTuple):
    """A score of 0..100, sacrebleu's signature of it, and its 95 % interval where asked for.

    The score is NaN where there is none.
    """

    score: float
    signature: str
    interval: Interval | None


def bleu(
    hypotheses: Sequence[str],
    references: Sequence[str],
    *,
    tokenizer: str = "auto",
    lowercase: bool = False,
    n_resamples: int = 0,
) -> CorpusScore:
    """BLEU of a corpus by sacrebleu, one reference for each text, tokenized there.

    `tokenizer`: one of sacrebleu's; "auto" is zh, ja-mecab, ko-mecab (char for these two where
    sacrebleu's extra is missing), char or 13a, by the script of the references; the signature names
    it. NaN where no line has four tokens, where sacrebleu has 0 for the perfect texts too. With
    `n_resamples` there is an interval too, by sacrebleu's bootstrap.
    """
    _check_texts(hypotheses, references)
    from textseq.rnn.scores.bleu_tokenizers import bleu_metric

    metric = bleu_metric(tokenizer, references, lowercase=lowercase)
    longest = metric.max_ngram_order
    lines = chain(references, hypotheses)
    if any(len(metric.tokenizer(text.rstrip()).split()) >= longest for text in lines):
        return _text_score(metric, hypotheses, references, n_resamples)
    found = _text_score(metric, hypotheses, references, 0)
    return CorpusScore(math.nan, found.signature, None)


def chrf(
    hypotheses: Sequence[str],
    references: Sequence[str],
    *,
    word_order: int = 0,
    lowercase: bool = False,
    n_resamples: int = 0,
) -> CorpusScore:
    """chrF of a corpus by sacrebleu (chrF++ with word_order=2), one reference for each text."""
    _check_texts(hypotheses, references)
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF(word_order=word_order, lowercase=lowercase)
    return _text_score(metric, hypotheses, references, n_resamples)


def _check_texts(hypotheses: Sequence[str], references: Sequence[str]) -> None:
    try:
        import sacrebleu  # noqa: F401
    except ModuleNotFoundError as error:
        # The command line makes `pip install NAME` of the name.
        raise ModuleNotFoundError(
            "BLEU and chrF need sacrebleu; `pip install sacrebleu` brings it", name=error.name
        ) from None
    if len(hypotheses) != len(references) or not len(references):
        raise ValueError(f"{len(hypotheses)} texts for {len(references)} references")


def _text_score(
    metric: Any, hypotheses: Sequence[str], references: Sequence[str], n_resamples: int
) -> CorpusScore:
    result = metric.corpus_score(list(hypotheses), [list(references)], n_bootstrap=n_resamples or 1)
    interval = None
    if n_resamples > 1:
        mean, half = float(result._mean), float(result._ci)
        # A half width on both sides of the mean, which is more than there is near the ends.
        low, high = (float(np.clip(end, 0.0, 100.0)) for end in (mean - half, mean + half))
        interval = low, high
    return CorpusScore(float(result.score), str(metric.get_signature()), interval)


# --- intervals


def bootstrap(
    scores: ArrayLike,
    statistic: Callable[[NDArray[np.float64]], float] | None = None,
    *,
    share: float = 0.95,
    n_resamples: int = RESAMPLES,
    seed: int = 1,
) -> Interval:
    """Between which values a score lies in `share` of the data sets like this one (percentiles).

    `scores` (N,) or (N, K): what each example brings. `statistic` makes the score of the sums of
    resampled examples (K,), for example F1 of counts; None: the mean. NaN of no examples.
    """
    if not 0 < share < 1 or n_resamples < 1:
        raise ValueError(f"share is {share} and n_resamples {n_resamples}; they are 0..1 and >= 1")
    rows = np.asarray(scores, np.float64)
    if rows.ndim not in (1, 2):
        raise ValueError(f"scores are (N,) or (N, K), not {rows.shape}")
    if not len(rows):
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    found = np.empty(n_resamples)
    for number in range(n_resamples):
        totals = rows[rng.integers(len(rows), size=len(rows))].sum(axis=0)
        found[number] = totals / len(rows) if statistic is None else statistic(totals)
    return percentiles(found, share)


def bootstrap_confusion(
    confusion: ArrayLike,
    statistic: Callable[[NDArray[np.int64]], ArrayLike],
    *,
    share: float = 0.95,
    n_resamples: int = RESAMPLES,
    seed: int = 1,
) -> Interval:
    """`bootstrap` for a score of a confusion matrix: `statistic` takes (n, C, C) and gives (n,).

    Drawing N examples anew is drawing the N counts of the cells, so that N costs nothing.
    """
    matrix = np.asarray(confusion)
    total = int(matrix.sum())
    if not total:
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    filled = np.flatnonzero(matrix)  # an empty cell stays empty
    draws = rng.multinomial(total, matrix.ravel()[filled] / total, size=n_resamples)
    at_once = max(1, (1 << 22) // matrix.size)
    found = []
    for start in range(0, n_resamples, at_once):
        part = draws[start : start + at_once]
        cells = np.zeros((len(part), matrix.size), np.int64)
        cells[:, filled] = part
        found.append(np.asarray(statistic(cells.reshape(-1, *matrix.shape)), float))
    return percentiles(np.concatenate(found), share)


def percentiles(values: NDArray[np.float64], share: float) -> Interval:
    """The ends of the middle `share` of values."""
    tail = (1 - share) / 2 * 100
    low, high = np.percentile(values, [tail, 100 - tail]).tolist()
    return low, high
