"""BLEU as torchtext defines it: numbers by hand, and against the definition word for word."""

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.compat.torchtext.data.metrics import bleu_score

SENTENCE = st.lists(st.sampled_from("abc"), max_size=8)


def test_by_hand():
    full = ["My", "full", "pytorch", "test"]
    assert bleu_score([full], [[full, ["Different"]]]) == 1.0
    assert bleu_score([full[:3]], [[full]]) == 0.0  # no 4-gram
    assert bleu_score([full], [[[*full, "!"]]]) == pytest.approx(math.exp(1 - 5 / 4), abs=1e-7)
    # 3 of 3 words, 1 of 2 pairs, 3 words for 4.
    found = bleu_score([["My", "pytorch", "test"]], [[full]], max_n=2, weights=[0.5, 0.5])
    assert found == pytest.approx(math.sqrt(0.5) * math.exp(1 - 4 / 3), abs=1e-7)
    # Of the corpus: 4 of 6, 3 of 4, 2 of 2, 1 of 1, lengths 6 and 6.
    candidates = [full, ["Another", "Sentence"]]
    found = bleu_score(candidates, [[full, ["Different"]], [["No", "Match"]]])
    assert found == pytest.approx((4 / 6 * 3 / 4) ** 0.25, abs=1e-7)
    assert bleu_score([[]], [[[]]]) == 0.0


def test_a_word_counts_as_often_as_in_one_reference():
    # "a" stands twice in one reference and once in the other: two of three are right.
    found = bleu_score([["a", "a", "a"]], [[["a", "b", "a"], ["a", "c", "d"]]], 1, [1.0])
    assert found == pytest.approx(2 / 3, abs=1e-7)


def test_of_two_lengths_equally_close_the_first_counts():
    candidate = ["a"] * 4
    shorter, longer = ["a"] * 3, ["a"] * 5
    first = bleu_score([candidate], [[shorter, longer]], 1, [1.0])
    second = bleu_score([candidate], [[longer, shorter]], 1, [1.0])
    assert first == 1.0
    assert second == pytest.approx(math.exp(1 - 5 / 4), abs=1e-7)


def test_a_token_with_a_blank_is_one_token():
    assert bleu_score([["New York", "is"]], [[["New York", "is"]]], 2, [0.5, 0.5]) == 1.0


def test_other_lengths_are_refused():
    with pytest.raises(AssertionError, match="weights has 2 numbers, max_n is 3"):
        bleu_score([["a"]], [[["a"]]], 3, [0.5, 0.5])
    with pytest.raises(AssertionError, match="1 candidates and 0 lists"):
        bleu_score([["a"]], [])


def plain_bleu(candidates: list, references: list, weights: list[float]) -> float:
    """The definition, order by order, in doubles."""
    score, length, wanted = 0.0, 0, 0
    for order, weight in enumerate(weights, start=1):
        right = total = 0
        for candidate, among in zip(candidates, references, strict=True):

            def grams(tokens: list[str], order: int = order) -> Counter:
                return Counter(tuple(tokens[i : i + order]) for i in range(len(tokens) - order + 1))

            for gram, n in grams(candidate).items():
                right += min(n, max(grams(reference)[gram] for reference in among))
                total += n
        if not right:
            return 0.0
        score += weight * math.log(right / total)
    for candidate, among in zip(candidates, references, strict=True):
        length += len(candidate)
        gaps = [abs(len(reference) - len(candidate)) for reference in among]
        wanted += len(among[gaps.index(min(gaps))])
    return math.exp(score + min(0.0, 1 - wanted / length))


@given(
    st.lists(
        st.tuples(SENTENCE, st.lists(SENTENCE, min_size=1, max_size=3)), min_size=1, max_size=4
    ),
    st.sampled_from([[1.0], [0.5, 0.5], [0.25] * 4, [0.7, 0.2, 0.1]]),
)
@settings(max_examples=200, deadline=None)
def test_it_is_the_definition(pairs: list, weights: list[float]):
    candidates, references = map(list, zip(*pairs, strict=True))
    found = bleu_score(candidates, references, len(weights), weights)
    assert found == pytest.approx(plain_bleu(candidates, references, weights), rel=1e-5)
