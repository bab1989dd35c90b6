"""Class weights: how much an error counts, for each label.

In: weights by the names of labels or in their order, or the labels of a data set. Out: a number for
each label, in their order. What is done with them is the business of label_model.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from textseq.config import OptionError
from textseq.config.tasks import check_class_weights
from textseq.rnn.data.labels import known_spellings, spelled_as
from textseq.rnn.data.vocabs import some

ClassWeights = Mapping[str, float] | Sequence[float]  # by names, or in the order of the labels


def weights_of(given: Mapping[str, float], labels: Sequence[str]) -> list[float]:
    """Class weights in the order of the labels; OptionError unless they are for all of them."""
    check_class_weights(given)
    spelled = known_spellings(labels)
    given = {
        label if label in labels else spelled_as(label, spelled): weight
        for label, weight in given.items()
    }
    if set(given) != set(labels):
        wrong = [label for label in given if label not in labels]
        missing = [label for label in labels if label not in given]
        what = f"names {some(wrong)}" if wrong else f"has no weight for {some(missing)}"
        known = f"the labels are {some(labels)}, and each has a weight"
        raise OptionError("class_weights", f"{what}; {known}")
    return [given[label] for label in labels]


def balanced_weights(labels: NDArray[np.int64], n_labels: int) -> list[float]:
    """N / (C n_c) for each class c of n_c examples; a class without any counts as if it had one."""
    counts = np.maximum(np.bincount(labels, minlength=n_labels), 1)
    weights: list[float] = (len(labels) / (n_labels * counts)).tolist()
    return weights


def as_mapping(weights: ClassWeights | None) -> dict[str, float] | None:
    """Class weights of which it is only asked whether there are any."""
    if weights is None:
        return None
    if isinstance(weights, Mapping):
        return dict(weights)
    return dict(zip(map(str, range(len(weights))), weights, strict=True))
