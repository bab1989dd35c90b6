"""CRF: against all paths counted one by one, and against finite differences."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.rnn.data.tag_schemes import legal_steps, scheme_of
from textseq.rnn.layers.crf import CRF

BIO = ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"]
BIOES = ["B-X", "E-X", "I-X", "O", "S-X"]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def made(n_tags: int, seed: int = 0, legal: np.ndarray | None = None) -> CRF:
    crf = CRF(np.ones((n_tags + 1, n_tags + 1), np.bool_) if legal is None else legal).double()
    torch.manual_seed(seed)
    with torch.no_grad():
        crf.steps.normal_()
    return crf


def all_scores(crf: CRF, emissions: torch.Tensor) -> dict[tuple[int, ...], float]:
    """The score of every legal path in one sentence (T, K), by the definition."""
    n_places, n_tags = emissions.shape
    steps, legal, of_tags = crf.steps.tolist(), crf.legal.tolist(), emissions.tolist()
    found = {}
    for path in itertools.product(range(n_tags), repeat=n_places):
        pairs = list(itertools.pairwise([n_tags, *path, n_tags]))
        if all(legal[before][after] for before, after in pairs):
            found[path] = sum(steps[before][after] for before, after in pairs)
            found[path] += sum(of_tags[pos][tag] for pos, tag in enumerate(path))
    return found


@settings(derandomize=True, deadline=None, max_examples=25)
@given(
    lengths=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    n_tags=st.integers(1, 4),
    seed=st.integers(0, 1000),
)
def test_all_paths(lengths: list[int], n_tags: int, seed: int):
    crf = made(n_tags, seed)
    emissions = torch.randn(len(lengths), max(lengths), n_tags, dtype=torch.float64) * 2
    tags = torch.randint(n_tags, (len(lengths), max(lengths)))
    of_lengths = torch.tensor(lengths)
    nll = crf.nll(emissions, tags, of_lengths).detach()
    best = crf.decode(emissions, of_lengths)
    marginals = crf.marginals(emissions, of_lengths).detach()
    for row, length in enumerate(lengths):
        scores = all_scores(crf, emissions[row, :length])
        log_all = math.log(sum(map(math.exp, scores.values())))
        wanted = log_all - scores[tuple(tags[row, :length].tolist())]
        assert float(nll[row]) == pytest.approx(wanted, abs=1e-9)
        found = tuple(best[row, :length].tolist())
        assert scores[found] == pytest.approx(max(scores.values()), abs=1e-9)
        for pos, tag in itertools.product(range(length), range(n_tags)):
            through = sum(math.exp(s - log_all) for path, s in scores.items() if path[pos] == tag)
            assert float(marginals[row, pos, tag]) == pytest.approx(through, abs=1e-9)


@pytest.mark.parametrize("tags", [BIO, BIOES], ids=["bio", "bioes"])
def test_decoding_takes_legal_paths_only(tags: list[str]):
    crf = made(len(tags), 3, legal_steps(tags, scheme_of(tags)))
    torch.manual_seed(1)
    emissions = torch.randn(20, 4, len(tags), dtype=torch.float64) * 5
    lengths = torch.tensor([1 + row % 4 for row in range(20)])
    best = crf.decode(emissions, lengths)
    marginals = crf.marginals(emissions, lengths).detach()
    changed = 0
    for row, length in enumerate(lengths.tolist()):
        scores = all_scores(crf, emissions[row, :length])
        found = tuple(best[row, :length].tolist())
        assert scores[found] == pytest.approx(max(scores.values()))
        total = sum(math.exp(value) for value in scores.values())
        through = sum(math.exp(s) for path, s in scores.items() if path[0] == found[0]) / total
        assert float(marginals[row, 0, found[0]]) == pytest.approx(through, abs=1e-9)
        changed += found != tuple(emissions[row, :length].argmax(1).tolist())
    assert changed  # else the rules were not needed


def test_gradients():
    crf = made(3)
    emissions = torch.randn(3, 4, 3, dtype=torch.float64, requires_grad=True)
    tags, lengths = torch.randint(3, (3, 4)), torch.tensor([4, 1, 3])
    steps = crf.steps

    def nll(emissions: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        del steps  # the parameter itself, which gradcheck changes in place
        return crf.nll(emissions, tags, lengths)

    assert torch.autograd.gradcheck(nll, (emissions, steps))
    # And the closed form: marginals less the given tags, inside; nothing at padding.
    crf.nll(emissions, tags, lengths).sum().backward()
    given = torch.nn.functional.one_hot(tags, 3)
    inside = torch.arange(4) < lengths[:, None]
    wanted = (crf.marginals(emissions, lengths) - given) * inside[:, :, None]
    assert torch.allclose(emissions.grad, wanted, atol=1e-12)


def test_padding_and_neighbours_do_not_matter():
    crf = made(4)
    emissions, tags = torch.randn(3, 6, 4, dtype=torch.float64), torch.randint(4, (3, 6))
    lengths = torch.tensor([2, 6, 4])
    together = crf.nll(emissions, tags, lengths), crf.decode(emissions, lengths)
    spoiled = emissions.clone()
    spoiled[0, 2:], spoiled[2, 4:] = 1e3, -1e3
    assert torch.equal(crf.nll(spoiled, tags, lengths), together[0])
    for row, length in enumerate(lengths.tolist()):
        one, n = emissions[row : row + 1, :length], lengths[row : row + 1]
        alone = crf.nll(one, tags[row : row + 1, :length], n)
        assert torch.allclose(alone, together[0][row])
        assert torch.equal(crf.decode(one, n)[0], together[1][row, :length])


def test_known_answer():
    crf = made(2)
    with torch.no_grad():
        crf.steps.zero_()
    emissions = torch.zeros(1, 3, 2, dtype=torch.float64)
    nll = crf.nll(emissions, torch.zeros(1, 3, dtype=torch.int64), torch.tensor([3]))
    assert nll.tolist()[0] == pytest.approx(3 * math.log(2))  # eight paths, all alike


def test_large_scores_stay_finite():
    crf = CRF(legal_steps(BIO, "bio"))
    emissions = torch.full((1, 50, 5), 1e4)
    emissions[0, ::2, 0] = -1e4
    emissions.requires_grad_()
    nll = crf.nll(emissions, torch.zeros(1, 50, dtype=torch.int64), torch.tensor([50]))
    nll.sum().backward()
    assert bool(torch.isfinite(nll).all())
    assert bool(torch.isfinite(emissions.grad).all())
    assert bool(torch.isfinite(crf.marginals(emissions, torch.tensor([50]))).all())


def test_there_is_a_best_path_where_none_is_legal():
    tags = ["B-X", "E-X"]
    crf = CRF(legal_steps(tags, "bioes"))
    assert crf.decode(torch.tensor([[[0.0, 1.0]]]), torch.tensor([1])).tolist() == [[1]]


def test_a_long_sentence():
    crf = CRF(legal_steps(BIO, "bio"))
    emissions = torch.randn(1, 20_000, 5)
    with torch.inference_mode():
        path = crf.decode(emissions, torch.tensor([20_000]))[0].tolist()
    legal = legal_steps(BIO, "bio")
    assert all(legal[pair] for pair in itertools.pairwise([5, *path, 5]))
