"""torchtext.data.metrics: BLEU of a corpus that is cut into tokens already.

It differs from sacrebleu (`textseq.rnn.scores`): nothing is tokenized, nothing is smoothed, the
score is between 0 and 1, and of two references that are equally close in length the first counts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import torch


def bleu_score(
    candidate_corpus: Sequence[Sequence[str]],
    references_corpus: Sequence[Sequence[Sequence[str]]],
    max_n: int = 4,
    weights: Sequence[float] = (0.25, 0.25, 0.25, 0.25),
) -> float:
    """BLEU (Papineni et al. 2002) from 0 to 1, 0 where any order has no match at all.

    `weights`: one for each order from 1 to `max_n`. AssertionError for other lengths. It is
    reckoned in float32, as torchtext's is; a token with a blank in it is one token here.
    """
    if max_n != len(weights):
        raise AssertionError(f"weights has {len(weights)} numbers, max_n is {max_n}")
    if len(candidate_corpus) != len(references_corpus):
        raise AssertionError(
            f"there are {len(candidate_corpus):,} candidates and "
            f"{len(references_corpus):,} lists of references"
        )
    matches, totals = [0] * max_n, [0] * max_n
    length = references_length = 0
    for candidate, references in zip(candidate_corpus, references_corpus, strict=True):
        length += len(candidate)
        references_length += min(
            (len(reference) for reference in references), key=lambda n: abs(n - len(candidate))
        )
        for order in range(1, max_n + 1):
            most: Counter[tuple[str, ...]] = Counter()
            for reference in references:
                most |= _ngrams(reference, order)
            found = _ngrams(candidate, order)
            matches[order - 1] += (found & most).total()
            totals[order - 1] += found.total()
    if min(matches) == 0:
        return 0.0
    precisions = torch.tensor(matches, dtype=torch.float32) / torch.tensor(totals)
    logs = torch.tensor(weights) * torch.log(precisions)
    # One after another, since float32 is not the same in every order.
    score = torch.exp(sum(logs, torch.tensor(0.0)))
    return math.exp(min(1 - references_length / length, 0)) * score.item()


def _ngrams(tokens: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(tokens[start:] for start in range(order)), strict=False))
