from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from textseq.rnn.layers.decoding import (
    GREEDY,
    Hypothesis,
    Sampling,
    beam_search,
    collect,
    draw_ids,
    generate_ids,
    probabilities,
)

LOGITS = torch.log(torch.tensor([[0.5, 0.25, 0.15, 0.1]]))
EOS = 3


def shares(**options: Any) -> list[float]:
    return [round(share, 6) for share in probabilities(LOGITS, Sampling(**options))[0].tolist()]


def test_the_default_is_the_distribution_of_the_model():
    assert shares() == [0.5, 0.25, 0.15, 0.1]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"temperature": 0.0}, [1, 0, 0, 0]),
        ({"temperature": 1e-9}, [1, 0, 0, 0]),
        ({"temperature": 0.5}, [0.25 / 0.345, 0.0625 / 0.345, 0.0225 / 0.345, 0.01 / 0.345]),
        ({"top_k": 1}, [1, 0, 0, 0]),
        ({"top_k": 2}, [2 / 3, 1 / 3, 0, 0]),
        ({"top_k": 9}, [0.5, 0.25, 0.15, 0.1]),
        ({"top_p": 0.4}, [1, 0, 0, 0]),
        ({"top_p": 0.6}, [2 / 3, 1 / 3, 0, 0]),
        ({"top_p": 0.8}, [0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9, 0]),
        ({"top_p": 1e-9}, [1, 0, 0, 0]),
        # Of the two tokens that top_k leaves, the first alone holds 2/3.
        ({"top_k": 2, "top_p": 0.6}, [1, 0, 0, 0]),
    ],
)
def test_masses_by_hand(options: dict[str, Any], wanted: list[float]):
    assert shares(**options) == pytest.approx(wanted, abs=1e-6)


def test_of_equal_tokens_the_first_stays():
    even = torch.zeros(1, 4)
    assert probabilities(even, Sampling(top_k=1))[0].tolist() == [1, 0, 0, 0]
    assert probabilities(even, Sampling(top_p=0.5))[0].tolist() == [0.5, 0.5, 0, 0]
    assert probabilities(even, Sampling(temperature=0))[0].tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -0.1}, "temperature is -0.1; the least that works is 0"),
        ({"temperature": math.nan}, "temperature is nan"),
        ({"temperature": math.inf}, "temperature is inf"),
        ({"top_k": 0}, "top_k is 0; the least that works is 1"),
        ({"top_p": 0.0}, "top_p is 0.0; it is above 0 and at most 1"),
        ({"top_p": 1.1}, "top_p is 1.1"),
    ],
)
def test_options_out_of_range(options: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        Sampling(**options)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.lists(st.floats(-30, 30), min_size=1, max_size=12),
    st.sampled_from([0.0, 0.3, 1.0, 3.0]),
    st.one_of(st.none(), st.integers(1, 12)),
    st.floats(0.01, 1.0),
    st.floats(0, 1, exclude_max=True),
)
def test_only_what_may_be_drawn_is_drawn(
    logits: list[float], temperature: float, top_k: int | None, top_p: float, place: float
):
    scores = torch.tensor([logits])
    found = probabilities(scores, Sampling(temperature, top_k, top_p))
    assert float(found.sum()) == pytest.approx(1)
    kept = found[0] > 0
    assert kept[scores.argmax()] or bool((scores[0][kept] == scores.max()).any())
    assert int(kept.sum()) <= (top_k or 12)
    # No token that is left out is likelier than one that stays.
    if not bool(kept.all()) and temperature > 0:
        assert float(scores[0][~kept].max()) <= float(scores[0][kept].min()) or bool(
            found[0][kept].min() < 1e-300
        )
    drawn = int(draw_ids(found, torch.tensor([place], dtype=torch.float64)))
    assert found[0, drawn] > 0


def test_draw_by_hand():
    table = torch.tensor([[0.5, 0.0, 0.5, 0.0]], dtype=torch.float64).expand(5, 4)
    places = torch.tensor([0.0, 0.49, 0.5, 0.75, 1 - 1e-16], dtype=torch.float64)
    assert draw_ids(table, places).tolist() == [0, 0, 2, 2, 2]


def test_drawn_tokens_have_their_frequencies():
    steps = generate_ids(
        lambda ids, state: (LOGITS.expand(len(ids), 4), state),
        None,
        torch.zeros(1, dtype=torch.int64),
        max_tokens=4000,
        sampling=Sampling(),
    )
    (ids,) = collect(steps, 1)
    counts = torch.bincount(torch.tensor(ids), minlength=4) / 4000
    assert counts.tolist() == pytest.approx([0.5, 0.25, 0.15, 0.1], abs=0.03)


# --- a little model: what follows depends on the whole row so far

V = 4
TABLE = torch.randn(40, V, generator=torch.Generator().manual_seed(3)) * 1.5


def step(ids: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    state = (state * 5 + ids + 1) % len(TABLE)
    return TABLE[state], state


def pick(state: Tensor, rows: Tensor) -> Tensor:
    return state[rows]


def start(n_rows: int) -> tuple[Tensor, Tensor]:
    """States, all different, and first ids."""
    return torch.arange(n_rows) * 7 % len(TABLE), torch.arange(n_rows) % (V - 1)


def log_prob_of(row: int, ids: list[int]) -> float:
    state, last = start(row + 1)
    state, last, total = state[row:], last[row:], 0.0
    for word_id in ids:
        logits, state = step(last, state)
        total += float(logits.double().log_softmax(1)[0, word_id])
        last = torch.tensor([word_id])
    return total


def greedy(n_rows: int, max_tokens: int = 6, **options: Any) -> list[list[int]]:
    state, first = start(n_rows)
    steps = generate_ids(step, state, first, max_tokens=max_tokens, eos_id=EOS, **options)
    return collect(steps, n_rows, EOS)


def test_greedy_takes_the_likeliest():
    for row, ids in enumerate(greedy(8)):
        state, last = start(8)
        state, last = state[row : row + 1], last[row : row + 1]
        expected = []
        for _ in range(6):
            logits, state = step(last, state)
            last = logits.argmax(1)
            if int(last) == EOS:
                break
            expected.append(int(last))
        assert ids == expected


def test_a_tiny_temperature_is_greedy():
    assert greedy(8, sampling=Sampling(temperature=1e-6)) == greedy(8, sampling=GREEDY)
    assert greedy(8, sampling=Sampling(top_k=1)) == greedy(8)


def test_what_is_drawn_does_not_depend_on_the_other_rows():
    together = greedy(8, sampling=Sampling(), seeds=range(10, 18))
    assert len({tuple(ids) for ids in together}) > 4
    assert greedy(3, sampling=Sampling(), seeds=range(10, 13)) == together[:3]
    assert greedy(8, sampling=Sampling(), seeds=range(10, 18)) == together
    assert greedy(8, sampling=Sampling(), seeds=range(20, 28)) != together


def test_rows_end_at_their_own_lengths():
    state, first = start(4)
    limits = [0, 1, 2, 5]
    made = list(generate_ids(step, state, first, max_tokens=limits))

    assert [len(ids) for ids in collect(made, 4)] == limits
    assert list(generate_ids(step, state, first, max_tokens=0)) == []


def test_banned_ids_never_come():
    for ids in greedy(8, banned=[0, 2], sampling=Sampling(temperature=5.0)):
        assert not {0, 2} & set(ids)


@pytest.mark.parametrize("options", [{"max_tokens": [1, 2]}, {"seeds": [1]}, {"max_tokens": -1}])
def test_generate_says_what_does_not_fit(options: dict[str, Any]):
    state, first = start(3)
    with pytest.raises(ValueError, match=r"for 3 rows|the least that works is 0"):
        next(generate_ids(step, state, first, **({"max_tokens": 3} | options)))


# --- beam search


def search(n_rows: int, **options: Any) -> list[list[Hypothesis]]:
    state, first = start(n_rows)
    options = {"max_tokens": 5, "width": 3} | options
    return beam_search(step, state, first, pick=pick, eos_id=EOS, **options)


def all_sequences(max_tokens: int) -> list[tuple[list[int], bool]]:
    """Every sequence that ends, and those of full length that do not."""
    words = [word_id for word_id in range(V) if word_id != EOS]
    ended = [
        (list(ids), True) for n in range(max_tokens) for ids in itertools.product(words, repeat=n)
    ]
    return ended + [(list(ids), False) for ids in itertools.product(words, repeat=max_tokens)]


@pytest.mark.parametrize("length_penalty", [0.0, 0.6, 1.0, 2.0])
def test_a_wide_beam_finds_the_best_of_all(length_penalty: float):
    rows = search(6, width=300, max_tokens=4, length_penalty=length_penalty)
    for row, found in enumerate(rows):
        best = max(
            log_prob_of(row, [*ids, EOS]) / (len(ids) + 1) ** length_penalty
            for ids, ended in all_sequences(4)
            if ended
        )
        assert found[0].ended
        assert found[0].score == pytest.approx(best)
        assert found[0].log_prob == pytest.approx(log_prob_of(row, [*found[0].ids, EOS]))


def test_length_penalty_by_hand():
    for found in search(5, n_best=3, length_penalty=0.5):
        for each in found:
            length = len(each.ids) + each.ended
            assert each.score == pytest.approx(each.log_prob / math.sqrt(length))
        ended = [each.score for each in found if each.ended]
        assert ended == sorted(ended, reverse=True)


def test_a_penalty_of_length_makes_longer_sequences():
    def mean(length_penalty: float) -> float:
        found = search(40, width=6, max_tokens=12, length_penalty=length_penalty)
        return sum(len(best[0].ids) for best in found) / len(found)

    assert mean(0.0) < mean(2.0)


@pytest.mark.parametrize("max_tokens", [1, 2, 6])
def test_width_one_is_greedy(max_tokens: int):
    found = search(12, width=1, max_tokens=max_tokens)
    assert [best[0].ids for best in found] == greedy(12, max_tokens)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_rows_do_not_depend_on_each_other(width: int):
    limits = [1, 9, 3, 5, 2, 7, 4, 6]
    together = search(8, width=width, max_tokens=limits)
    for row in range(8):
        state, first = start(8)
        alone = beam_search(
            step, state[[row]], first[[row]], pick=pick, eos_id=EOS, width=width,
            max_tokens=[limits[row]],
        )  # fmt: skip
        assert alone[0] == together[row]


def test_nothing_longer_than_asked_and_nothing_banned():
    for best in search(8, width=4, n_best=4, max_tokens=3, banned=[1]):
        for each in best:
            assert len(each.ids) + each.ended <= 3
            assert 1 not in each.ids
    assert search(2, max_tokens=0) == [[Hypothesis([], 0.0, 0.0, False)]] * 2
    state, first = start(0)
    assert beam_search(step, state, first, pick=pick, eos_id=EOS, max_tokens=3) == []


def test_where_only_eos_is_left_the_sequence_is_empty():
    (best,) = search(1, banned=[0, 1, 2], n_best=2)
    assert best == [Hypothesis([], 0.0, 0.0, True)]  # fewer than n_best: there are no more


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "width is 0"),
        ({"n_best": 4}, "n_best is 4; with width 3 it can be 1..3"),
        ({"length_penalty": -1.0}, "length_penalty is -1.0"),
        ({"max_tokens": -1}, "max_tokens is -1"),
        ({"max_tokens": [1, 2, 3]}, "3 lengths at most for 2 rows"),
    ],
)
def test_beams_out_of_range(options: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        search(2, **options)
