"""Keys with vectors that grow and are written to, beside gensim's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from textseq.compat.gensim.models import KeyedVectors

Both = tuple[Any, KeyedVectors]


def equal(both: Both) -> None:
    theirs, ours = both
    assert theirs.index_to_key == ours.index_to_key
    assert theirs.key_to_index == ours.key_to_index
    assert theirs.vectors.dtype == ours.vectors.dtype
    np.testing.assert_allclose(theirs.vectors, ours.vectors)


def test_adding_and_replacing(both: Both):
    row = np.ones(17)
    for kv in both:
        kv.add_vectors("new", row)
        kv.add_vectors(["new", "newer"], [row * 2, row * 3])
        kv.add_vectors(["w1", "newest"], np.stack([row * 4, row * 5]), replace=True)
        kv["w2"] = row * 6
        kv[["w3", "last"]] = [row * 7, row * 8]
    equal(both)
    assert both[1]["new"].tolist() == row.tolist()


def test_room_for_vectors_is_filled(both: Both):
    kinds = [type(kv) for kv in both]
    both = tuple(kind(3, count=2) for kind in kinds)
    for kv in both:
        assert kv.add_vector("a", [1, 2, 3]) == 0
        assert kv.add_vector("b", [4, 5, 6]) == 1
        with pytest.warns(UserWarning, match=r"[Aa]dd"):
            assert kv.add_vector("c", [7, 8, 9]) == 2
    equal(both)


def test_the_first_value_decides_the_type_of_an_attribute(both: Both):
    for kv in both:
        kv.set_vecattr("w3", "weight", 2.5)
        kv.set_vecattr("w3", "part", "noun")
        assert kv.get_vecattr("w3", "weight") == 2.5
        assert kv.get_vecattr("w4", "weight") == 0
        assert kv.get_vecattr("w3", "part") == "noun"
        with pytest.raises(TypeError, match="weight"):
            kv.set_vecattr("w3", "weight", "heavy")


def test_sorting_by_count(both: Both):
    for kv in both:
        kv.expandos["count"] = np.arange(len(kv)) // 2  # each count twice
        kv.sort_by_descending_frequency()
    equal(both)


def test_vectors_for_some_keys(both: Both):
    keys = ["w9", "none", "w3", "w9"]
    for copied in (True, False):
        theirs, ours = (kv.vectors_for_all(keys, copy_vecattrs=copied) for kv in both)
        equal((theirs, ours))
        assert theirs.expandos["count"].tolist() == ours.expandos["count"].tolist()


def test_unit_lengths_for_good(both: Both):
    for kv in both:
        kv.unit_normalize_all()
    np.testing.assert_allclose(both[0].vectors, both[1].vectors, rtol=1e-6)


def test_rows_are_not_written_to_by_accident(ours: KeyedVectors):
    with pytest.raises(ValueError, match="read-only"):
        ours["w1"][0] = 5


def test_no_stale_lengths(ours: KeyedVectors):
    """In gensim the lengths of before go on counting."""
    ours.most_similar("w1")
    ours.vectors[:] = 0
    ours.vectors[:2, 0] = 5
    assert ours.most_similar("w0", topn=1) == [("w1", 1.0)]
    ours.vectors *= 2
    ours["w2"] = np.eye(17)[0] * 100
    ours.add_vectors(["new"], np.eye(17)[:1])
    assert ours.most_similar("w0", topn=3) == [("w1", 1.0), ("w2", 1.0), ("new", 1.0)]


def test_attributes_grow_with_the_keys(ours: KeyedVectors):
    ours.add_vectors(["new"], np.ones((1, 17)), extras={"count": np.array([77])})
    assert ours.get_vecattr("new", "count") == 77
    ours.add_vectors(["newer"], np.ones((1, 17)))
    assert ours.get_vecattr("newer", "count") == 0


@pytest.mark.parametrize("shape", [(2, 16), (17, 2), (34,), (1, 17)])
def test_vectors_of_a_wrong_shape(ours: KeyedVectors, shape: tuple[int, ...]):
    with pytest.raises(ValueError, match=r"\(2, 17\) fits"):
        ours.add_vectors(["new", "newer"], np.ones(shape))
    assert len(ours) == 211


def test_a_key_twice_among_the_added_is_one(ours: KeyedVectors):
    ours.add_vectors(["new", "new"], np.stack([np.zeros(17), np.ones(17)]))
    assert ours.index_to_key.count("new") == 1
    assert ours["new"].all()
