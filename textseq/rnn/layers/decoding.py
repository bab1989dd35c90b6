"""Decoding: from the scores of the next token to whole sequences, for every model that generates.

In: a `step`, which reads one token of each row and gives the scores of the next; where to begin.
Out: ids: the most likely token at each step (greedy), drawn ones (temperature, top-k, top-p), or
the best sequences of a beam search. It knows no model and no words, and changes no weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from textseq.config import OptionError

S = TypeVar("S")  # whatever a model has to remember of each row

# ids (B,) that are read now, and the state before them -> logits (B, V) and the state after.
StepFunction = Callable[[Tensor, S], tuple[Tensor, S]]
# A state and rows (N,) int64, in any order and any number of times -> the state of these rows.
Pick = Callable[[S, Tensor], S]


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn; the default draws from the model's distribution as it is.

    `temperature`: logits are divided by it, 0 takes the most likely token. `top_k`: only so many
    of the most likely tokens (None: all). `top_p`: only the fewest tokens, the most likely first,
    that hold this share of the probability; at least one. Applied in this order.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < math.inf:
            raise OptionError("temperature", f"is {self.temperature}; the least that works is 0")
        if self.top_k is not None and self.top_k < 1:
            raise OptionError("top_k", f"is {self.top_k}; the least that works is 1")
        if not 0 < self.top_p <= 1:
            raise OptionError("top_p", f"is {self.top_p}; it is above 0 and at most 1")


GREEDY = Sampling(temperature=0.0)


# --- one token


def probabilities(logits: Tensor, sampling: Sampling) -> Tensor:
    """(B, V) logits -> (B, V) float64: what each token is drawn with; 0 for those left out.

    Of tokens that score the same, the smaller id is the more likely one.
    """
    scores = logits.double()
    if sampling.temperature == 0:
        return torch.zeros_like(scores).scatter_(1, scores.argmax(1, keepdim=True), 1.0)
    # Less the greatest first: a tiny temperature must not make infinities.
    scores = (scores - scores.amax(1, keepdim=True)) / sampling.temperature
    if sampling.top_k is None and sampling.top_p == 1.0:
        return scores.softmax(1)
    ordered, ids = scores.sort(dim=1, descending=True, stable=True)
    if sampling.top_k is not None:
        ordered[:, sampling.top_k :] = -math.inf
    shares = ordered.softmax(1)
    if sampling.top_p < 1.0:
        # A token stays if those before it do not hold the share yet.
        shares = shares.masked_fill(shares.cumsum(1) - shares >= sampling.top_p, 0.0)
        shares /= shares.sum(1, keepdim=True)
    return torch.zeros_like(shares).scatter_(1, ids, shares)


def draw_ids(shares: Tensor, points: Tensor) -> Tensor:
    """(B, V) probabilities and (B,) numbers in [0, 1) -> (B,) ids, by the inverse of the sums."""
    sums = shares.cumsum(1)
    # Sums end near 1, not at it: what lies behind the last one is the last likely token.
    found = torch.searchsorted(sums, points[:, None] * sums[:, -1:], right=True).squeeze(1)
    likely = shares.shape[1] - 1 - (shares > 0).flip(1).to(torch.uint8).argmax(1)
    return torch.minimum(found, likely)


def _ban(logits: Tensor, banned: Sequence[int]) -> Tensor:
    if not banned:
        return logits
    return logits.index_fill(1, torch.tensor(banned, device=logits.device), -math.inf)


# --- one sequence a row


def generate_ids(
    step: StepFunction[S],
    state: S,
    first: Tensor,
    *,
    max_tokens: int | Sequence[int],
    eos_id: int | None = None,
    banned: Sequence[int] = (),
    sampling: Sampling = GREEDY,
    seeds: Sequence[int] | None = None,
) -> Iterator[Tensor]:
    """The ids (B,) of each step, as they are made, for rows that begin with the ids `first` (B,).

    Each row ends behind `eos_id`, which counts, or after `max_tokens` (one number, or one a row);
    an ended row gives -1, and when all have ended, so has the iterator. `banned` ids are never
    taken. What is drawn depends on the row's own seed (default: 0, 1, ...), not on the others.
    """
    limits = torch.tensor(_limits(max_tokens, len(first)), device=first.device)
    seeds = range(len(first)) if seeds is None else seeds
    if len(seeds) != len(first):
        raise ValueError(f"{len(seeds)} seeds for {len(first)} rows")
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    ended, ids = limits <= 0, first
    n_made = 0
    while not bool(ended.all()):
        with torch.inference_mode():
            logits, state = step(ids, state)
            logits = _ban(logits, banned)
            if sampling.temperature == 0:
                ids = logits.argmax(1)
            else:
                points = [
                    torch.rand((), generator=each, dtype=torch.float64) for each in generators
                ]
                shares = probabilities(logits, sampling)
                ids = draw_ids(shares, torch.stack(points).to(shares.device))
            made = ids.masked_fill(ended, -1)
            n_made += 1
            ended = ended | (n_made >= limits)
            if eos_id is not None:
                ended = ended | (ids == eos_id)
        yield made


def collect(steps: Iterable[Tensor], n_rows: int, eos_id: int | None = None) -> list[list[int]]:
    """The rows that `generate_ids` made, as lists of ids, without `eos_id`."""
    made = [ids.tolist() for ids in steps]
    skipped = (-1, eos_id)
    return [[ids[row] for ids in made if ids[row] not in skipped] for row in range(n_rows)]


def _limits(max_tokens: int | Sequence[int], n_rows: int) -> list[int]:
    limits = [max_tokens] * n_rows if isinstance(max_tokens, int) else list(max_tokens)
    if len(limits) != n_rows:
        raise ValueError(f"{len(limits)} lengths at most for {n_rows} rows")
    if any(limit < 0 for limit in limits):
        raise ValueError(f"max_tokens is {min(limits)}; the least that works is 0")
    return limits


# --- beam search


class Hypothesis(NamedTuple):
    """A sequence that beam search found.

    `ids` without <eos>; `log_prob` in nats, <eos> included; `score` = log_prob / n_tokens **
    length_penalty, where <eos> is a token too; `ended`: whether <eos> came before max_tokens.
    """

    ids: list[int]
    log_prob: float
    score: float
    ended: bool


def beam_search(
    step: StepFunction[S],
    state: S,
    first: Tensor,
    *,
    pick: Pick[S],
    eos_id: int,
    max_tokens: int | Sequence[int],
    width: int = 5,
    length_penalty: float = 1.0,
    banned: Sequence[int] = (),
    n_best: int = 1,
) -> list[list[Hypothesis]]:
    """For each row the `n_best` sequences found, the best first (fewer if there are no more).

    `first` (B,) are the ids that rows begin with, `state` is before them. At each position the
    `width` best continuations of a row live on. A row is done when `width` of them have ended,
    when none that lives can become better than the `n_best` that ended, or after `max_tokens`
    (<eos> counts); then living ones follow behind the ended. Rows do not depend on each other.
    `length_penalty`: 0 compares sums of log probabilities, which prefers short sequences; 1
    their means. Width 1 is greedy decoding.
    """
    _check_beam(width, n_best, length_penalty)
    beams = [
        _Beams(row, limit, eos_id, width, length_penalty, n_best)
        for row, limit in enumerate(_limits(max_tokens, len(first)))
    ]
    found = beams
    alive = [each for each in beams if each.limit > 0]
    rows = [each.row for each in alive]
    with torch.inference_mode():
        state = pick(state, torch.tensor(rows, dtype=torch.int64, device=first.device))
        ids = first[rows]
        while alive:
            logits, state = step(ids, state)
            log_probs = _ban(logits, banned).double().log_softmax(1)
            alive, ids, parents = _advance(alive, log_probs)
            state = pick(state, parents)
    return [each.best() for each in found]


def _check_beam(width: int, n_best: int, length_penalty: float) -> None:
    if width < 1:
        raise ValueError(f"width is {width}; the least that works is 1")
    if not 1 <= n_best <= width:
        raise ValueError(f"n_best is {n_best}; with width {width} it can be 1..{width}")
    if not 0 <= length_penalty < math.inf:
        raise ValueError(f"length_penalty is {length_penalty}; the least that works is 0")


class _Beams:
    """The search of one row: sequences that live, and those that have ended."""

    def __init__(
        self, row: int, limit: int, eos_id: int, width: int, length_penalty: float, n_best: int
    ) -> None:
        self.row, self.limit, self.eos_id, self.width = row, limit, eos_id, width
        self.length_penalty, self.n_best = length_penalty, n_best
        self.living: list[tuple[list[int], float]] = [([], 0.0)]
        self.ended: list[Hypothesis] = []

    def extend(self, candidates: Iterable[tuple[float, int, int]]) -> list[int]:
        """Go one token on with (log_prob, beam, id), the best first; the beams of the living."""
        living: list[tuple[list[int], float]] = []
        parents: list[int] = []
        for rank, (log_prob, beam, word_id) in enumerate(candidates):
            if log_prob == -math.inf or len(living) == self.width:
                break
            ids = self.living[beam][0]
            if word_id != self.eos_id:
                living.append(([*ids, word_id], log_prob))
                parents.append(beam)
            elif rank < self.width:
                self.ended.append(self._score(ids, log_prob, ended=True))
        self.living = living
        return parents

    def _score(self, ids: list[int], log_prob: float, *, ended: bool) -> Hypothesis:
        n_tokens = max(1, len(ids) + ended)
        return Hypothesis(ids, log_prob, log_prob / n_tokens**self.length_penalty, ended)

    @property
    def is_done(self) -> bool:
        if not self.living or len(self.ended) >= self.width:
            return True
        if len(self.living[0][0]) >= self.limit:
            return True
        if len(self.ended) < self.n_best:
            return False
        # A sum only falls, and no sequence is longer than the limit.
        reachable = self.living[0][1] / self.limit**self.length_penalty
        kept = sorted((each.score for each in self.ended), reverse=True)[: self.n_best]
        return bool(kept[-1] >= reachable)

    def best(self) -> list[Hypothesis]:
        cut = [self._score(ids, log_prob, ended=False) for ids, log_prob in self.living]
        by_score = [
            *sorted(self.ended, key=lambda each: -each.score),
            *sorted(cut, key=lambda each: -each.score),
        ]
        return by_score[: self.n_best]


def _advance(alive: list[_Beams], log_probs: Tensor) -> tuple[list[_Beams], Tensor, Tensor]:
    """All searches one token on: those that go on, the ids they read next, their rows in the state.

    `log_probs` (N, V): a line for each living sequence, search by search.
    """
    device, n_ids = log_probs.device, log_probs.shape[1]
    width = max(len(each.living) for each in alive)
    sums = log_probs.new_full((len(alive), width, n_ids), -math.inf)
    rows = [(row, beam) for row, each in enumerate(alive) for beam in range(len(each.living))]
    before = [log_prob for each in alive for _, log_prob in each.living]
    at = torch.tensor(rows, device=device)
    sums[at[:, 0], at[:, 1]] = (
        log_probs + torch.tensor(before, dtype=log_probs.dtype, device=device)[:, None]
    )
    # Twice the width: were all of the best to end, as many would still be there to go on.
    n_candidates = min(2 * alive[0].width, width * n_ids)
    values, where = sums.flatten(1).topk(n_candidates, dim=1)
    going_on, parents, ids = [], [], []
    start = 0
    for each, best, at in zip(alive, values.tolist(), where.tolist(), strict=True):
        n_living = len(each.living)
        candidates = ((v, w // n_ids, w % n_ids) for v, w in zip(best, at, strict=True))
        chosen = each.extend(candidates)
        if not each.is_done:
            going_on.append(each)
            parents += [start + beam for beam in chosen]
            ids += [sequence[-1] for sequence, _ in each.living]
        start += n_living
    return (
        going_on,
        torch.tensor(ids, dtype=torch.int64, device=device),
        torch.tensor(parents, dtype=torch.int64, device=device),
    )
