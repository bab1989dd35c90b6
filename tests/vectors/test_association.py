"""WEAT: angles in the plane by hand, all partitions one by one, and drawn ones."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.comparison import association
from textseq.vectors.comparison.association import _draw_subsets, weat
from textseq.vectors.comparison.published_sets import PUBLISHED_TESTS, find_test
from textseq.vectors.scores.word_sets import read_word_sets
from textseq.vectors.word_vectors import WordVectors


def at_angles(**degrees: float) -> WordVectors:
    angles = np.radians(list(degrees.values()))
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return WordVectors(Vocab(list(degrees), specials=()), 3 * rows)


PLANE = at_angles(a=0, b=90, x1=10, x2=20, x3=30, y1=60, y2=70, y3=80, middle=45)
X, Y = ["x1", "x2", "x3"], ["y1", "y2", "y3"]


def test_by_hand():
    found = weat(PLANE, X, Y, ["a"], ["b"])
    leans = [np.cos(np.radians(d)) - np.sin(np.radians(d)) for d in (10, 20, 30, 60, 70, 80)]
    assert list(found.associations[0].values()) == pytest.approx(leans[:3], abs=1e-6)
    assert list(found.associations[1].values()) == pytest.approx(leans[3:], abs=1e-6)
    # The angles mirror each other at 45 degrees.
    assert found.difference == pytest.approx(2 * np.mean(leans[:3]), abs=1e-6)
    assert found.effect_size == pytest.approx(1.911795, abs=1e-6)
    assert (found.n_partitions, found.exact, found.seed) == (20, True, None)
    assert found.p == 1 / 20  # none of the 19 others is as large
    assert found.p_two_sided == 2 / 20  # nor as small, but for X and Y exchanged


def test_the_other_direction():
    found = weat(PLANE, Y, X, ["a"], ["b"])
    assert found.effect_size == pytest.approx(-1.911795, abs=1e-6)
    assert (found.p, found.p_two_sided) == (1.0, 0.1)


def test_the_largest_effect_is_two():
    vectors = at_angles(a=0, b=90, x1=0, x2=0, y1=90, y2=90)
    found = weat(vectors, ["x1", "x2"], ["y1", "y2"], ["a"], ["b"])
    assert found.effect_size == pytest.approx(2)
    assert found.p == 1 / 6


@pytest.mark.parametrize(("n_x", "n_y"), [(2, 2), (4, 4), (3, 5), (7, 2)])
def test_all_partitions_one_by_one(n_x: int, n_y: int):
    rng = np.random.default_rng(n_x)
    names = [*(f"x{i}" for i in range(n_x)), *(f"y{i}" for i in range(n_y)), "a", "a2", "b"]
    vectors = WordVectors(Vocab(names, specials=()), rng.standard_normal((len(names), 6)))
    x, y = names[:n_x], names[n_x : n_x + n_y]
    found = weat(vectors, x, y, ["a", "a2"], ["b"])

    def lean(word: str) -> float:
        to_a = np.mean([vectors.similarity(word, "a"), vectors.similarity(word, "a2")])
        return float(to_a - vectors.similarity(word, "b"))

    leans = {word: lean(word) for word in (*x, *y)}
    differences = []
    for chosen in combinations(leans, n_x):
        rest = [leans[word] for word in leans if word not in chosen]
        differences.append(np.mean([leans[word] for word in chosen]) - np.mean(rest))
    assert found.n_partitions == len(differences)
    assert found.p == np.mean(np.array(differences) >= differences[0] - 1e-6)
    assert found.effect_size == pytest.approx(
        differences[0] / np.std(list(leans.values())), rel=1e-5
    )


def test_drawn_partitions_come_near_the_exact_ones(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(association, "_AT_ONCE", 300)
    rng = np.random.default_rng(0)
    names = [f"w{i}" for i in range(18)]
    vectors = WordVectors(Vocab(names, specials=()), rng.standard_normal((18, 5)))
    sets = names[:8], names[8:16], names[16:17], names[17:]
    exact = weat(vectors, *sets)
    assert exact.n_partitions == 12_870
    drawn = weat(vectors, *sets, partitions=5000)
    assert (drawn.n_partitions, drawn.exact, drawn.seed) == (5000, False, 1)
    assert drawn.p == pytest.approx(exact.p, abs=0.02)
    assert drawn.p == weat(vectors, *sets, partitions=5000).p
    assert drawn.p != weat(vectors, *sets, partitions=5000, seed=2).p
    # The observed one and all but one of the others: what is missing changes little.
    assert weat(vectors, *sets, partitions=12_869).p == exact.p


def test_none_is_drawn_twice_nor_the_observed_one():
    drawn = np.concatenate(list(_draw_subsets(6, 3, 19, seed=1)))
    assert {tuple(subset) for subset in drawn.tolist()} == set(combinations(range(6), 3)) - {
        (0, 1, 2)
    }
    assert len(drawn) == 19


def test_unknown_words_are_left_out():
    found = weat(PLANE, [*X, "x9"], ["y8", *Y], ["a"], ["b", "c"])
    assert found.left_out == {"x": ["x9"], "y": ["y8"], "a": [], "b": ["c"]}
    assert found.effect_size == weat(PLANE, X, Y, ["a"], ["b"]).effect_size
    assert found.to_json()["left_out"]["b"] == ["c"]


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ((["x1", "z"], Y, ["a"], ["b"]), "{0} has 2 words, of which 1 has a vector; 2 or more"),
        ((X, Y, ["z"], ["b"]), "{2} has 1 word, of which 0 have a vector; 1 or more"),
        ((X, ["x1", *Y], ["a"], ["b"]), "'x1' stands twice in {0} and {1}"),
        ((X, Y, ["a", "a"], ["b"]), "'a' stands twice in {2} and {3}"),
        (
            (["x1", "x2"], ["y1", "y2"], ["middle"], ["zero"]),
            "are associated with {2} and {3} alike",
        ),
    ],
    ids=["targets", "attributes", "both", "twice", "alike"],
)
def test_what_cannot_be_tested(sets: tuple[list[str], ...], message: str):
    vectors = at_angles(a=0, b=90, x1=10, x2=10, x3=30, y1=80, y2=80, y3=70, middle=45, zero=45)
    with pytest.raises(ValueError, match=message.format(*"xyab")):
        weat(vectors, *sets)
    names = ["flowers", "insects", "pleasant", "unpleasant"]
    with pytest.raises(ValueError, match=message.format(*names)):
        weat(vectors, *sets, names=names)
    with pytest.raises(ValueError, match="partitions is 0"):
        weat(PLANE, X, Y, ["a"], ["b"], partitions=0)


def test_word_sets(tmp_path: Path):
    path = tmp_path / "sets.txt"
    path.write_text("\ufeff# flowers\r\nflowers: rose lily\r\n\r\nplaces: New York, Rome,\n")
    assert read_word_sets(path) == {"flowers": ["rose", "lily"], "places": ["New York", "Rome"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b\nrose lily\n", "line 2 is 'rose lily'; a set is"),
        ("a:\n", "line 1 is 'a:'"),
        (": b\n", "line 1 is ': b'"),
        ("a: b\na: c\n", "line 2: there is a set 'a' already"),
        ("a: b c b\n", "line 1: 'b' stands twice in 'a'"),
        ("# nothing\n", "there are no word sets in it"),
    ],
)
def test_wrong_word_sets(tmp_path: Path, text: str, message: str):
    path = tmp_path / "sets.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_word_sets(path)
    path.write_bytes(b"a: \xff\n")
    with pytest.raises(ValueError, match="byte 3 is not UTF-8"):
        read_word_sets(path)


# ---- words as the corpus has them, and sets of a size


def test_words_are_prepared_as_the_corpus_was():
    vectors = WordVectors(PLANE.vocab, PLANE.vectors, config={"text": {"lowercase": True}})
    found = weat(vectors, ["X1", "x2", "X3"], Y, ["A"], ["b"])
    assert list(found.associations[0]) == ["X1", "x2", "X3"]
    assert found.effect_size == weat(PLANE, X, Y, ["a"], ["b"]).effect_size
    with pytest.raises(ValueError, match="'x1' and 'X1' are the same word to these vectors"):
        weat(vectors, ["x1", "X1"], Y, ["a"], ["b"])
    as_it_is = WordVectors(PLANE.vocab, PLANE.vectors, config={"text": {}})
    assert weat(as_it_is, [*X, "X1"], Y, ["a"], ["b"]).left_out["x"] == ["X1"]


def test_balance():
    found = weat(PLANE, [*X, "x9"], [*Y, "middle"], ["a"], ["b"], balance=True, seed=2)
    assert (found.left_out["x"], len(found.balanced), found.seed) == (["x9"], 1, 2)
    assert found.balanced[0] in [*Y, "middle"]
    assert found.left_out["y"] == []
    assert [len(each) for each in found.associations] == [3, 3]
    rest = [word for word in [*Y, "middle"] if word not in found.balanced]
    assert found.effect_size == weat(PLANE, X, rest, ["a"], ["b"]).effect_size
    assert "as many of the larger" in found.rule
    drawn = {
        weat(PLANE, X, [*Y, "middle"], ["a"], ["b"], balance=True, seed=seed).balanced[0]
        for seed in range(20)
    }
    assert len(drawn) > 1
    even = weat(PLANE, X, Y, ["a"], ["b"], balance=True)
    assert (even.balanced, even.seed) == ([], None)
    other_way = weat(PLANE, [*Y, "middle"], X, ["a"], ["b"], balance=True, seed=2)
    assert other_way.balanced == found.balanced
    with pytest.raises(ValueError, match="y has 4 words, of which 1 has a vector"):
        weat(PLANE, X, ["y1", "q", "r", "s"], ["a"], ["b"], balance=True)


# ---- the published tests


SIZES = {
    1: (25, 25, 25, 25), 2: (25, 25, 25, 25), 3: (32, 32, 25, 25), 4: (16, 16, 25, 25),
    5: (16, 16, 8, 8), 6: (8, 8, 8, 8), 7: (8, 8, 8, 8), 8: (8, 8, 8, 8), 9: (6, 6, 7, 7),
    10: (8, 8, 8, 8),
}  # fmt: skip


def test_the_sizes_of_the_paper():
    sizes = {
        number: tuple(len(words) for words in test.sets.values())
        for number, test in PUBLISHED_TESTS.items()
    }
    assert sizes == SIZES


@pytest.mark.parametrize("number", PUBLISHED_TESTS)
def test_a_published_test(number: int):
    sets = list(find_test(number).sets.values())
    every = sorted({word.lower() for words in sets for word in words})
    rng = np.random.default_rng(number)
    rows = rng.standard_normal((len(every), 20))
    vectors = WordVectors(Vocab(every, specials=()), rows, config={"text": {"lowercase": True}})
    found = weat(vectors, *sets, partitions=200)
    assert found.left_out == {"x": [], "y": [], "a": [], "b": []}
    assert -2 < found.effect_size < 2


def test_another_number():
    with pytest.raises(ValueError, match="there is no WEAT 11; there are 1 to 10"):
        find_test(11)
