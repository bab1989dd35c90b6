"""Solving n-grams: the linear model of texts that every network has to be better than.

In: a data set with labels to learn from, and one to choose by. Out: an `Ngrams` layer: TF-IDF of
the n-grams of a text (Salton and Buckley, 1988; the idf that scikit-learn has), and multinomial
logistic regression with a penalty on the squares of the weights, which scipy's L-BFGS solves. The
best of a few penalties is taken, by the loss on the second data set. What becomes of the scores is
the business of label_model.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from textseq.config import OptionError
from textseq.rnn.data.examples import Examples
from textseq.rnn.layers.ngrams import Ngrams, longest_ngram, ngram_keys
from textseq.rnn.scores.calibration import mean_loss
from textseq.text.encoded import EncodedCorpus

PENALTIES = (1.0, 0.25, 0.06, 0.015)  # on half the squares, beside the sum of losses; from strong
MOST_WEIGHTS = 1 << 22  # n-grams times labels: L-BFGS keeps twenty such arrays, 700 MB at most
WORDS, CHARACTERS = 2, 3  # in the longest n-gram where none is asked for
MIN_TEXTS = 2  # in how many texts an n-gram is at least
_SEARCH = {"maxcor": 5, "maxiter": 150, "gtol": 1e-5, "ftol": 1e-7}  # of L-BFGS, for a mean loss
_TEXTS_AT_ONCE = 1 << 14


class _Occurrences(NamedTuple):
    """The n-grams of many texts: whose they are, and which; each as often as it occurs."""

    rows: NDArray[np.int64]
    keys: NDArray[np.int64]


def words_of_ngrams(asked: int | None, train: Examples) -> int:
    """Words in the longest n-gram: 2 by default, of characters 3.

    ValueError for more than a number of 64 bits can hold; the default is less then.
    """
    most = longest_ngram(len(train.vocab))
    if asked is None:
        config = train.text_config
        of_characters = config is not None and config.tokenizer == "char"
        return min(most, CHARACTERS if of_characters else WORDS)
    if asked > most:
        raise OptionError("ngrams", f"is {asked}; with {len(train.vocab):,} words {most} is most")
    return asked


def solve_ngrams(
    train: Examples,
    valid: Examples,
    *,
    n: int,
    n_labels: int,
    max_length: int,
    class_weights: NDArray[np.float64] | None = None,
) -> Ngrams:
    """The layer for the labels of `train`, with the penalty that is best on `valid`.

    `n`: words in the longest n-gram. `max_length`: tokens read of a text. `class_weights` (C,):
    what an error counts. The more frequent n-grams are kept where there are very many.
    """
    assert isinstance(train.inputs, EncodedCorpus)
    n_words = len(train.inputs.vocab)
    keys, idf = _known(train, n, n_words, max_length, MOST_WEIGHTS // n_labels)
    layer = Ngrams(n, n_words, len(keys), n_labels)
    layer.keys.copy_(torch.from_numpy(keys))
    layer.idf.copy_(torch.from_numpy(idf))
    shown = np.ones(len(train)) if class_weights is None else class_weights[train.labels]
    features = _features(train, n, n_words, max_length, keys, idf)
    unseen = _features(valid, n, n_words, max_length, keys, idf)
    least, found = np.inf, np.zeros((len(keys) + 1, n_labels))
    solution = found
    for penalty in PENALTIES:
        solution = _solve(features, train.labels, shown, penalty, solution)
        loss = mean_loss(unseen @ solution[:-1] + solution[-1], valid.labels)
        if not loss < least:
            break  # a weaker one fits the training texts more still
        least, found = loss, solution
    layer.weight.copy_(torch.from_numpy(found[:-1]))
    layer.bias.copy_(torch.from_numpy(found[-1]))
    return layer


def _occurrences(
    dataset: Examples, n: int, n_words: int, max_length: int
) -> Iterator[_Occurrences]:
    """Of some texts after others; the rows are numbers of examples."""
    for start in range(0, len(dataset), _TEXTS_AT_ONCE):
        lines = [
            np.asarray(dataset[number].inputs[:max_length], np.int64)
            for number in range(start, min(start + _TEXTS_AT_ONCE, len(dataset)))
        ]
        lengths = np.array([len(line) for line in lines])
        ids = torch.from_numpy(np.concatenate(lines))
        whose = np.repeat(np.arange(start, start + len(lines)), lengths)
        rows, keys = [], []
        for size in range(1, n + 1):
            if len(ids) < size:
                break
            inside = whose[: len(ids) - size + 1] == whose[size - 1 :]
            keys.append(ngram_keys(ids, size, n_words + 1).numpy()[inside])
            rows.append(whose[: len(ids) - size + 1][inside])
        if rows:
            yield _Occurrences(np.concatenate(rows), np.concatenate(keys))


def _known(
    train: Examples, n: int, n_words: int, max_length: int, most: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The n-grams of enough texts, ascending; the idf of each, 1 + log (1 + N) / (1 + texts)."""
    keys, counts = np.empty(0, np.int64), np.empty(0, np.int64)
    for part in _occurrences(train, n, n_words, max_length):
        order = np.lexsort((part.keys, part.rows))
        rows, found = part.rows[order], part.keys[order]
        first = np.ones(len(rows), bool)
        first[1:] = (rows[1:] != rows[:-1]) | (found[1:] != found[:-1])
        both = np.concatenate([keys, found[first]])
        weights = np.concatenate([counts, np.ones(int(first.sum()), np.int64)])
        keys, where = np.unique(both, return_inverse=True)
        counts = np.bincount(where, weights=weights, minlength=len(keys)).astype(np.int64)
    enough = np.flatnonzero(counts >= MIN_TEXTS)
    if len(enough) > most:
        enough = np.sort(enough[np.argsort(-counts[enough], kind="stable")[:most]])
    idf = 1 + np.log((1 + len(train)) / (1 + counts[enough]))
    return keys[enough], idf


def _features(
    dataset: Examples, n: int, n_words: int, max_length: int,
    keys: NDArray[np.int64], idf: NDArray[np.float64],
) -> Any:  # fmt: skip
    """A sparse (N, K): idf times how often, divided by the root of the sum over all occurrences."""
    from scipy.sparse import csr_array

    rows, columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for part in _occurrences(dataset, n, n_words, max_length):
        places = np.searchsorted(keys, part.keys)
        known = places < len(keys)
        known[known] = keys[places[known]] == part.keys[known]
        rows.append(part.rows[known])
        columns.append(places[known])
    row, column = np.concatenate(rows), np.concatenate(columns)
    squares = np.bincount(row, weights=idf[column] ** 2, minlength=len(dataset))
    values = idf[column] / np.sqrt(squares[row])
    shape = (len(dataset), len(keys))
    return csr_array((values, (row, column)), shape=shape)  # type: ignore[no-untyped-call]


def _solve(
    features: Any,
    labels: NDArray[np.int64],
    shown: NDArray[np.float64],
    penalty: float,
    start: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(K + 1, C): the weights with the least loss, the last row the bias, which has no penalty."""
    from scipy.optimize import minimize

    n_rows, n_labels = len(labels), start.shape[1]
    every, transposed, total = np.arange(n_rows), features.T.tocsr(), shown.sum()

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(-1, n_labels)
        scores = features @ weights[:-1] + weights[-1]
        scores -= scores.max(axis=1, keepdims=True)
        log_total = np.log(np.exp(scores).sum(axis=1))
        value = float(shown @ (log_total - scores[every, labels]))
        wrong = np.exp(scores - log_total[:, None])
        wrong[every, labels] -= 1
        wrong *= shown[:, None]
        gradient = np.empty_like(weights)
        gradient[:-1] = transposed @ wrong + penalty * weights[:-1]
        gradient[-1] = wrong.sum(axis=0)
        value += penalty / 2 * float(np.vdot(weights[:-1], weights[:-1]))
        return value / total, gradient.ravel() / total

    search = {"jac": True, "method": "L-BFGS-B", "options": _SEARCH}
    solved = minimize(loss, start.ravel(), **search)  # type: ignore[no-untyped-call]
    found: NDArray[np.float64] = solved.x.reshape(-1, n_labels)
    return found
