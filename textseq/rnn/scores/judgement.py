"""Judgement: what texts are worth beside their references.

In: texts that a model wrote and the texts as they were given, as str. Out: BLEU, chrF and exact
matches, each of the texts themselves, so that sacrebleu says the same of the two files. What the
texts were made of, ids and words that no vocabulary has, is not known here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from textseq.rnn.scores.metrics import CorpusScore, Interval, bleu, chrf
from textseq.rnn.scores.share_intervals import share_interval
from textseq.text.tokens.tokenizer import split_words


class Judgement(NamedTuple):
    """BLEU and chrF (0..100) with their signatures, and the share of exact matches (0..1).

    BLEU is NaN where no line has four tokens; `note` says so, it is "" else.
    """

    bleu: CorpusScore
    chrf: CorpusScore
    exact: float
    exact_interval: Interval | None = None
    note: str = ""


def score_texts(
    hypotheses: Sequence[str],
    references: Sequence[str],
    n_resamples: int = 0,
    *,
    tokenizer: str = "auto",
    lowercase: bool = False,
) -> Judgement:
    """The scores of texts, one reference for each; with `n_resamples` with their intervals.

    `tokenizer` is BLEU's, by sacrebleu's name, or "auto". With `lowercase` case does not count, in
    any of the three. A text is an exact match that has the words and signs of its reference,
    however they are spaced: a model of words writes "it rains ." where a person writes "it rains."
    """

    def score(function: Callable[..., CorpusScore], **options: object) -> CorpusScore:
        options["lowercase"] = lowercase
        try:
            return function(hypotheses, references, n_resamples=n_resamples, **options)
        except TypeError:
            # sacrebleu 2.6 cannot take the mean of resamples of which some, not all, score 0.
            return function(hypotheses, references, **options)

    found = score(bleu, tokenizer=tokenizer)
    right = [
        _words(one, lowercase) == _words(other, lowercase)
        for one, other in zip(hypotheses, references, strict=True)
    ]
    return Judgement(
        found,
        score(chrf),
        sum(right) / len(right),
        share_interval(sum(right), len(right)) if n_resamples else None,
        "no line has four tokens" if math.isnan(found.score) else "",
    )


def _words(text: str, lowercase: bool) -> list[str]:
    return split_words(text.lower() if lowercase else text)
