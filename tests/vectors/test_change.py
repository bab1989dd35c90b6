"""Change: planted moves among random ones, noise by hand, what is left out and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.config import CompareConfig, Word2VecConfig
from textseq.text.vocab import Vocab
from textseq.vectors.comparison import change_picture
from textseq.vectors.comparison.change import compare_vectors
from textseq.vectors.comparison.change_picture import change_plane, draw_change
from textseq.vectors.word_vectors import UnknownWordError, WordVectors

N_WORDS, DIM = 1000, 20
COUNTS = np.arange(N_WORDS, 0, -1) + 49  # the last words are seen 50 times
WORDS = [f"w{number}" for number in range(N_WORDS)]


def random_rows(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((N_WORDS, DIM)).astype(np.float32)


def make(rows: np.ndarray, counts: np.ndarray | None = COUNTS, turned: int = 0) -> WordVectors:
    """The rows, in a space of their own."""
    turn, _ = np.linalg.qr(np.random.default_rng(turned).standard_normal((DIM, DIM)))
    return WordVectors(Vocab(WORDS[: len(rows)], counts, specials=()), rows @ turn)


def moved(seed: int, amount: float | np.ndarray = 0.4) -> np.ndarray:
    return random_rows(1) + amount * random_rows(seed)


A = make(random_rows(1))


@pytest.mark.parametrize(("measure", "n_others"), [("aligned", 0), ("neighbours", 1)])
def test_planted_words_lead(measure: str, n_others: int):
    rows = moved(2)
    rows[[10, 500, 990]] = rows[[500, 990, 10]]
    found = compare_vectors(A, make(rows, turned=3), CompareConfig(measure=measure))
    assert {change.word for change in found.changes[:3]} == {"w10", "w500", "w990"}
    assert found.n_significant == 3 + n_others  # a word between those that went
    assert (found.n_shared, len(found.changes)) == (N_WORDS, N_WORDS)
    assert [change.z for change in found.changes] == sorted(
        (change.z for change in found.changes), reverse=True
    )


def test_what_moves_at_random_is_not_significant():
    assert compare_vectors(A, make(moved(2), turned=3)).n_significant == 0


def test_rare_words_that_all_move_are_not_unusual():
    rows = moved(2, np.linspace(0.1, 0.8, N_WORDS)[:, None])
    found = compare_vectors(A, make(rows))
    assert found.n_significant == 0
    assert found.of("w990").usual > 5 * found.of("w5").usual


def test_distances_by_hand():
    found = compare_vectors(A, make(moved(2), turned=3))
    a, b = random_rows(1)[7].astype(float), moved(2)[7].astype(float)
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert found.of("w7").distance == pytest.approx(1 - cosine, abs=0.01)
    assert (found.of("w7").count_a, found.of("w7").count_b) == (1042, 1042)
    assert found.of("w7").noise is None


def test_words_that_move_by_seed_too_are_usual():
    amount = np.full((N_WORDS, 1), 0.3)
    amount[300:310] = 3.0  # a random direction in each run
    b, run, other = (make(moved(seed, amount), turned=seed) for seed in (2, 3, 4))
    assert compare_vectors(A, b).n_significant == 10
    found = compare_vectors(A, b, noise=[run, other])
    assert found.n_significant == 0
    assert found.n_noise_runs == 2
    for word in ("w5", "w305"):
        single = [compare_vectors(A, each).of(word).distance for each in (run, other)]
        assert found.of(word).noise == pytest.approx(np.mean(single))


def test_noise_lets_small_changes_be_seen():
    """What a word moves in any run is explained away; the planted move is what is left."""
    amount = np.exp(np.random.default_rng(5).normal(-1.5, 0.6, (N_WORDS, 1)))
    rows = moved(2, amount)
    rows[100:110] += 0.9 * random_rows(7)[100:110]
    planted = {f"w{number}" for number in range(100, 110)}

    def n_found(noise: list[WordVectors]) -> int:
        changes = compare_vectors(A, make(rows), noise=noise).changes
        return len(planted & {change.word for change in changes[:10]})

    assert n_found([make(moved(3, amount)), make(moved(4, amount))]) > n_found([]) + 2


def test_a_run_that_lacks_words():
    run = make(moved(3)[:900], COUNTS[:900])
    found = compare_vectors(A, make(moved(2)), noise=[run])
    assert found.of("w950").noise is None
    assert found.of("w950").z is not None


def test_the_floor():
    found = compare_vectors(A, make(moved(2)), CompareConfig(min_count=1000))
    assert len(found.changes) == 50  # 1,049 down to 1,000
    rare = found.of("w900")
    assert rare.distance > 0
    assert (rare.usual, rare.z, rare.p, rare.q) == (None,) * 4
    assert found.of("w900").distance == pytest.approx(
        compare_vectors(A, make(moved(2))).of("w900").distance
    )
    assert len(compare_vectors(A, make(moved(2)), CompareConfig(restrict=40)).changes) == 40


def test_the_rarer_side_counts():
    other = np.roll(COUNTS, 500)
    found = compare_vectors(A, make(moved(2), other), CompareConfig(min_count=300))
    words = {change.word for change in found.changes}
    assert words == {w for w, *n in zip(WORDS, COUNTS, other, strict=True) if min(n) >= 300}


def test_bands():
    bands = compare_vectors(A, make(moved(2))).bands()
    assert [(band.low, band.high, band.n_words) for band in bands] == [
        (50, 99, 50), (100, 999, 900), (1000, 1049, 50),
    ]  # fmt: skip
    assert len(bands[0].most) == 3
    assert all(int(word[1:]) >= 950 for word in bands[0].most)


def test_neighbours_are_those_of_each_side():
    rows = moved(2)
    found = compare_vectors(A, make(rows, turned=3))
    in_a, in_b = found.neighbours("w3", 5)
    assert [near.word for near in in_a] == [near.word for near in A.nearest("w3", 5)]
    assert in_a[0].similarity == pytest.approx(A.similarity("w3", in_a[0].word))
    assert [near.word for near in in_b] == [near.word for near in make(rows).nearest("w3", 5)]


def test_without_counts(notices: list[str]):
    found = compare_vectors(make(random_rows(1), None), make(moved(2)))
    assert notices == [
        "one side or both have no counts of words, so min_count says nothing; the 10,000 first "
        "words of both are compared, by rank"
    ]
    assert not found.counted
    assert found.config.restrict == 10_000
    assert (found.of("w7").count_a, found.of("w7").count_b) == (None, 1042)
    assert [band.low for band in found.bands()] == [1, 10, 100, 1000]


def test_few_words(notices: list[str]):
    found = compare_vectors(A, make(moved(2)), CompareConfig(restrict=5))
    assert "5 words are compared" in notices[0]
    assert [change.z for change in found.changes] == [None] * 5
    distances = [change.distance for change in found.changes]
    assert distances == sorted(distances, reverse=True)
    assert found.n_significant == 0


def test_zero_vectors_are_left_out():
    rows = moved(2)
    rows[3] = 0
    found = compare_vectors(A, make(rows))
    assert found.n_shared == N_WORDS - 1
    assert "w3" not in {change.word for change in found.changes}


def test_unknown_words():
    found = compare_vectors(A, make(moved(2)[:900], COUNTS[:900]))
    for word in ("w950", "zebra"):
        with pytest.raises(UnknownWordError):
            found.of(word)


def test_other_dimensions():
    b = WordVectors(Vocab(WORDS, COUNTS, specials=()), moved(2)[:, :7])
    with pytest.raises(ValueError, match="measure='neighbours' compares them without"):
        compare_vectors(A, b)
    assert len(compare_vectors(A, b, CompareConfig(measure="neighbours")).changes) == N_WORDS


@pytest.mark.parametrize("measure", ["aligned", "neighbours"])
def test_the_same_vectors(measure: str):
    with pytest.raises(ValueError, match="both sides are the same vectors, perhaps turned"):
        compare_vectors(A, make(random_rows(1), turned=9), CompareConfig(measure=measure))
    with pytest.raises(ValueError, match="the first side and a run given as noise are the same"):
        compare_vectors(A, make(moved(2)), CompareConfig(measure=measure), noise=[A])


def test_most_words_stayed():
    rows = random_rows(1)
    rows[[10, 500]] = rows[[500, 10]]
    found = compare_vectors(A, make(rows, turned=2))
    assert {change.word for change in found.changes[:2]} == {"w10", "w500"}
    assert found.changes[1].z > 5 * abs(found.changes[2].z)


def test_nothing_to_compare():
    one = WordVectors(Vocab(["w3"], specials=()), moved(2)[:1])
    with pytest.raises(ValueError, match="one word is shared"):
        compare_vectors(A, one)
    with pytest.raises(ValueError, match="min_count=1049 or less compares some"):
        compare_vectors(A, make(moved(2)), CompareConfig(min_count=5000))
    other = WordVectors(Vocab([f"W{n}" for n in range(N_WORDS)], specials=()), moved(2))
    with pytest.raises(ValueError, match="no word is shared"):
        compare_vectors(A, other)
    with pytest.raises(ValueError, match="has none of the words that are compared"):
        compare_vectors(A, make(moved(2)), noise=[other])


def test_a_plane_that_keeps_distances():
    """Two words that differ lie in a plane as far apart as they are."""
    found = compare_vectors(A, make(moved(2), turned=3))
    places = change_plane(found, "w3", [], np.eye(DIM))
    a, b = A.units([3])[0], found.b.units([3])[0]
    assert np.linalg.norm(places[0] - places[1]) == pytest.approx(np.linalg.norm(a - b), rel=1e-5)


def test_a_picture(tmp_path: Path):
    pytest.importorskip("matplotlib")
    found = compare_vectors(A, make(moved(2), turned=3))
    for name in ("one.svg", "again.svg"):
        draw_change(found, ["w1", "w2", "w3"], tmp_path / name, labels=("old", "new"))
    drawn = (tmp_path / "one.svg").read_text()
    assert "<!-- w2 -->" in drawn
    assert "<!-- old -->" in drawn
    assert "<!-- nearest in old -->" in drawn
    assert f"<!-- {found.neighbours('w2', 1)[1][0].word} -->" in drawn
    with pytest.raises(FileExistsError):
        draw_change(found, ["w1"], tmp_path / "one.svg")
    with pytest.raises(ValueError, match="1 to 9 have room"):
        draw_change(found, [], tmp_path / "none.png")
    with pytest.raises(ValueError, match="does not end in"):
        draw_change(found, ["w1"], tmp_path / "one.gif")


def test_labels_of_a_picture_stand_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("matplotlib")
    figures: list[Any] = []
    monkeypatch.setattr(
        change_picture, "save_figure", lambda figure, *_, **__: figures.append(figure)
    )
    rows = random_rows(1)
    rows[1:9] = rows[0] + 0.01 * rows[1:9]  # all on a spot
    found = compare_vectors(make(rows), make(0.9 * rows + 0.1 * random_rows(2), turned=3))
    draw_change(found, ["w0", "w500"], tmp_path / "v.png", labels=("old", "new"))
    (figure,) = figures
    figure.draw_without_rendering()
    for panel, word in zip(figure.axes, ("w0", "w500"), strict=True):
        shown = {text.get_text(): text.get_window_extent() for text in panel.texts}
        shown.pop("")  # arrows, and lines to labels
        of_a, of_b = found.neighbours(word, 8)
        assert shown.keys() == {"old", "new", *(near.word for near in [*of_a, *of_b])}
        boxes = [*shown.values(), panel.title.get_window_extent()]
        for number, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[:number])


SWAPPED = {"door": "voice", "voice": "door", "church": "letter", "letter": "church"}


@pytest.mark.slow
def test_words_swapped_in_three_lines_of_four(data: Path, tmp_path: Path):
    """Real text: by two seeds nothing moves, and words that were swapped lead."""
    import gzip
    import re

    from textseq.word2vec.train import train_word2vec

    lines = []
    for path in sorted((data / "novels_en").glob("*.gz"))[:10]:
        text = gzip.decompress(path.read_bytes()).decode("utf-8-sig").lower()
        lines += [re.findall("[a-z]+", line) for line in text.split("\n")]
    swapped = [
        [SWAPPED.get(w, w) for w in line] if number % 4 else line
        for number, line in enumerate(lines)
    ]

    def train(lines: list[list[str]], seed: int) -> WordVectors:
        return train_word2vec(lines, Word2VecConfig(dim=50, seed=seed, threads=1))

    a, again, b = train(lines, 1), train(lines, 2), train(swapped, 3)
    assert compare_vectors(a, again).n_significant == 0  # two seeds of one text
    found = compare_vectors(a, b, noise=[again])
    assert {change.word for change in found.changes[:4]} == set(SWAPPED)
    assert 2 <= found.n_significant <= 6
