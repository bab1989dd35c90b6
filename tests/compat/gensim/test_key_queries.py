"""Each question is asked of gensim and of ours, on the same vectors; and what differs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from textseq.compat.gensim.models import KeyedVectors

A_VECTOR = np.linspace(-1, 1, 17, dtype=np.float32)
Both = tuple[Any, KeyedVectors]
Same = Callable[[Any, Any], None]

NEAREST: list[dict[str, Any]] = [
    {"positive": "w3"},
    {"positive": ["w3", "w4"], "negative": ["w5"]},
    {"positive": "w3", "negative": "w4", "topn": 3},
    {"positive": [("w3", 0.5), "w4", ("w9", -2.0)], "negative": [("w5", -0.7)]},
    {"positive": A_VECTOR},
    {"positive": [A_VECTOR, "w7", (A_VECTOR * 3, 0.2)]},
    {"positive": np.stack([A_VECTOR, A_VECTOR**2])},
    {"positive": 12},
    {"positive": [np.int64(12), "w13"], "negative": [14]},
    {"positive": "w3", "topn": None},
    {"positive": "w3", "topn": 0},
    {"positive": "w3", "topn": 500},
    {"positive": "w3", "restrict_vocab": 20},
    {"positive": "w50", "restrict_vocab": 20, "topn": None},
    {"positive": "w30", "clip_start": 20, "clip_end": 60},
    {"positive": "w30", "clip_start": 150},
    {"positive": ["w30", "w30"]},
]


@pytest.mark.parametrize("asked", NEAREST, ids=lambda asked: "-".join(asked))
def test_most_similar(both: Both, same: Same, asked: dict[str, Any]):
    theirs, ours = (kv.most_similar(**asked) for kv in both)
    assert type(theirs) is type(ours)
    same(theirs, ours)


@pytest.mark.parametrize(
    "asked",
    [
        {"positive": "w3"},
        {"positive": ["w3", "w4"], "negative": ["w5"]},
        {"positive": ["w3"], "negative": ["w4", "w5"], "topn": 4},
        {"positive": [A_VECTOR / np.linalg.norm(A_VECTOR), "w3"]},
        {"positive": "w3", "topn": None},
        {"positive": "w3", "topn": 0},
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of gensim's own
def test_most_similar_cosmul(both: Both, same: Same, asked: dict[str, Any]):
    theirs, ours = (kv.most_similar_cosmul(**asked) for kv in both)
    same(theirs, ours)


OTHERS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("similarity", ("w1", "w2"), {}),
    ("similarity", (1, "w1"), {}),
    ("distance", ("w1", "w2"), {}),
    ("distances", ("w1",), {}),
    ("distances", (A_VECTOR, ["w4", "w2"]), {}),
    ("n_similarity", (["w1", "w2"], ["w3"]), {}),
    ("n_similarity", (["w1", "unknown"], ["w3", "w4"]), {}),
    ("similar_by_word", ("w8",), {"topn": 4}),
    ("similar_by_key", ("w8", 4, 50), {}),
    ("similar_by_vector", (A_VECTOR,), {"topn": 7}),
    ("relative_cosine_similarity", ("w1", "w2", 5), {}),
    ("get_mean_vector", (["w1", "w2"],), {}),
    ("get_mean_vector", (["w1", "none", A_VECTOR],), {"weights": [1.0, 2.0, -3.0]}),
    ("get_mean_vector", (["w1", "w2"],), {"pre_normalize": False, "post_normalize": True}),
    ("get_vector", ("w5",), {}),
    ("get_vector", ("w5",), {"norm": True}),
    ("get_normed_vectors", (), {}),
    ("__getitem__", ("w5",), {}),
    ("__getitem__", (["w5", 7],), {}),
]


@pytest.mark.parametrize(("name", "given", "options"), OTHERS)
def test_numbers(both: Both, same: Same, name: str, given: Any, options: dict[str, Any]):
    theirs, ours = (getattr(kv, name)(*given, **options) for kv in both)
    assert getattr(theirs, "dtype", None) == getattr(ours, "dtype", None)
    same(theirs, ours)


@pytest.mark.parametrize("use_norm", [True, False])
def test_rank_by_centrality(both: Both, same: Same, use_norm: bool):
    words = ["w1", "w2", "none", "w3", "w4"]
    theirs, ours = ([(key, n) for n, key in kv.rank_by_centrality(words, use_norm)] for kv in both)
    same(theirs, ours)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("doesnt_match", (["w1", "w2", "w3", "w4"],)),
        ("most_similar_to_given", ("w1", ["w2", "w3", "w4"])),
        ("closer_than", ("w1", "w2")),
        ("rank", ("w1", "w2")),
        ("rank", ("w1", "w1")),
        ("has_index_for", ("w1",)),
        ("has_index_for", (210,)),
        ("has_index_for", (211,)),
        ("has_index_for", (-1,)),
        ("__contains__", ("none",)),
        ("get_index", ("w17",)),
        ("get_index", ("none", 5)),
        ("get_vecattr", ("w17", "count")),
        ("__len__", ()),
        ("__str__", ()),
    ],
)
def test_answers(both: Both, name: str, given: tuple[Any, ...]):
    theirs, ours = (getattr(kv, name)(*given) for kv in both)
    assert theirs == ours


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("most_similar", ("none",)),
        ("most_similar", ()),
        ("most_similar", (-1,)),
        ("most_similar_cosmul", ("none",)),
        ("similarity", ("w1", "none")),
        ("distances", ("w1", ["none"])),
        ("get_vector", ("none",)),
        ("get_index", ("none",)),
        ("__getitem__", (["w1", "none"],)),
        ("n_similarity", (["w1"], [])),
        ("doesnt_match", ([],)),
        ("doesnt_match", (["none"],)),
        ("get_mean_vector", ([],)),
        ("get_mean_vector", (["w1"], [1.0, 2.0])),
        ("get_mean_vector", (["none"], None, True, False, False)),
        ("rank", ("w1", "none")),
        ("most_similar_to_given", ("w1", [])),
        ("get_vecattr", ("w1", "none")),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of gensim's own
def test_errors(both: Both, name: str, given: tuple[Any, ...]):
    kinds = []
    for kv in both:
        with pytest.raises(Exception, match=r"\S") as error:
            getattr(kv, name)(*given)
        kinds.append(error.type)
    assert kinds[0] is kinds[1]


def test_a_cosine_with_itself_is_1(ours: KeyedVectors):
    assert all(ours.similarity(key, key) == 1 for key in ours.index_to_key)


def test_numbers_by_hand():
    kv = KeyedVectors(2)
    kv.add_vectors(["east", "north", "west"], [[2, 0], [0, 3], [-1, 0]])
    assert kv.similarity("east", "west") == -1
    assert kv.most_similar("east") == [("north", 0.0), ("west", -1.0)]
    # (2, 0) and (0, 3) count alike: their mean points north-east.
    np.testing.assert_allclose(kv.get_mean_vector(["east", "north"]), [0.5, 0.5])
    np.testing.assert_allclose(kv.distances("north"), [1, 0, 1])


def test_equals_stand_in_the_order_of_their_rows():
    kv = KeyedVectors(2)
    kv.add_vectors(list("abcdefgh"), [[1, 0]] + [[0, 1]] * 7)
    assert [key for key, _ in kv.most_similar("a", topn=4)] == list("bcde")


def test_the_zero_vector_is_like_nothing():
    kv = KeyedVectors(2)
    kv.add_vectors(["zero", "one"], [[0, 0], [1, 0]])
    assert kv.most_similar("one") == [("zero", 0.0)]
    assert kv.similarity("zero", "one") == 0
    assert kv.distances("zero").tolist() == [1, 1]
    assert not kv.get_vector("zero", norm=True).any()


def test_cosmul_looks_among_the_first_words(ours: KeyedVectors):
    found = ours.most_similar_cosmul("w3", topn=50, restrict_vocab=20)
    assert {key for key, _ in found} == {f"w{n}" for n in range(20)} - {"w3"}


def test_word_movers_distance(both: Both):
    pytest.importorskip("ot")
    one, other = ["w1", "w2", "w2", "none"], ["w2", "w4"]
    theirs, ours = (kv.wmdistance(one, other) for kv in both)
    assert ours == pytest.approx(theirs)
    assert both[1].wmdistance(one, one) == 0
    assert both[1].wmdistance(["w1"], ["none"]) == float("inf")
    assert both[1].wmdistance(["w1"], ["w1", "w1"]) == 0
