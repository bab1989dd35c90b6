"""Search: floats, their int8 copy and the kernel answer as a plain sort by exact scores does."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.rows import norms_of, unit_rows
from textseq.vectors.search import (
    candidates,
    float_scan,
    int8_scan,
    int8_tiles,
    larger_scores,
    many_candidates,
    search,
)
from textseq.vectors.search.candidates import Best, Question, rank
from textseq.vectors.search.int8_rows import (
    OVERREAD,
    Stamp,
    int8_copy,
    open_copy,
    quantize,
    write_copy,
)
from textseq.vectors.search.search import COPY, OnDisk, Search
from textseq.vectors.word_vectors import WordVectors

pytestmark = pytest.mark.filterwarnings("ignore:.* is being made, once")
KINDS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "normal": lambda rows: rows,
    "zeros among them": lambda rows: rows * (np.arange(len(rows)) % 3 > 0)[:, None],
    "all zero": lambda rows: rows * 0,
    "all equal": lambda rows: np.ones_like(rows),
    "twins": lambda rows: rows[np.arange(len(rows)) // 2 * 2],
    "opposites": lambda rows: rows[:1] * np.resize([[1], [-1]], (len(rows), 1)),
    "huge": lambda rows: rows * 1e36,
    "tiny": lambda rows: rows * 1e-30,
    "denormal": lambda rows: rows * 1e-42,
    "of all lengths": lambda rows: rows * 10.0 ** (np.arange(len(rows)) % 70 - 35)[:, None],
    "one large number each": lambda rows: rows + 1e4 * (np.arange(rows.shape[1]) == 0),
    "near each other": lambda rows: 1 + rows * 1e-5,
}  # fmt: skip
SIZES = [(1, 1), (3, 1), (40, 7), (1023, 33), (700, 300)]
# All kinds of a size that is odd, all sizes of plain rows; the others take a minute.
KINDS_AND_SIZES = [
    pytest.param(
        kind, *size, marks=[] if kind == "normal" or size == (40, 7) else [pytest.mark.slow]
    )
    for kind in KINDS
    for size in SIZES
]


def rows_of(kind: str, n: int, dim: int) -> np.ndarray:
    rows = np.random.default_rng(n).standard_normal((n, dim))
    return KINDS[kind](rows).astype(np.float32)


def norms_from(rows: np.ndarray) -> Callable[[int, int], np.ndarray]:
    return lambda start, stop: norms_of(rows[start:stop], lambda row: f"w{start + row}")


def plain(question: Question, rows: np.ndarray, n: int, limit: int) -> Best:
    """All exact scores, sorted."""
    ids = np.setdiff1d(np.arange(limit), list(question.barred))
    return rank(question, ids, rows, n)


@pytest.fixture(params=["floats", "numpy", "kernel"])
def found(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Search]:
    """What makes a Search that goes this way, in small steps."""
    way = request.param
    monkeypatch.setattr(float_scan, "_SCORES_AT_ONCE", 1 << 9)
    monkeypatch.setattr(float_scan, "_NUMBERS_AT_ONCE", 1 << 12)
    monkeypatch.setattr(candidates, "_MOST_KEPT", 50)
    monkeypatch.setattr(candidates, "_FEW_RANKED", 0)
    monkeypatch.setattr(candidates, "_ROWS_AT_ONCE", 30)
    monkeypatch.setattr(int8_scan, "_FIRST_ROWS", 8)
    monkeypatch.setattr(int8_scan, "_NUMBERS_A_TASK", 1 << 12)
    monkeypatch.setattr(int8_scan, "_NUMBERS_A_KERNEL_TASK", 1 << 12)
    monkeypatch.setattr(int8_scan, "_NUMBERS_AT_ONCE", 1 << 10)
    monkeypatch.setattr(int8_scan, "_ROWS_A_TASK", 100)
    monkeypatch.setattr(int8_tiles, "_HITS", 1)
    monkeypatch.setattr(many_candidates, "_MOST_KEPT", 500)
    monkeypatch.setattr(many_candidates, "GROWTH", 2)
    monkeypatch.setattr(search, "_MANY", 10)
    monkeypatch.setattr(search, "_LARGE", sys.maxsize if way == "floats" else 0)

    monkeypatch.setattr(Search, "kernel_pays", way == "kernel")

    def make(rows: np.ndarray) -> Search:
        norms = norms_from(rows)
        made = Search(rows, norms, lambda limit: norms(0, limit))
        if way != "floats":
            made._copy = int8_copy(rows, norms)
        return made

    return make


@pytest.mark.parametrize(("kind", "n_words", "dim"), KINDS_AND_SIZES)
def test_answers_are_those_of_a_plain_sort(
    found: Callable[..., Search], kind: str, n_words: int, dim: int
):
    rows = rows_of(kind, n_words, dim)
    asked = Search.best
    rng = np.random.default_rng(1)
    some = rng.integers(0, n_words, 12)
    units = unit_rows(rows[some], norms_of(rows[some], str))
    ways = [
        [Question(units[:1])],
        [Question(units[:1], some.tolist())],
        [Question(np.zeros((1, dim), np.float32))],
        [Question(units[:3], some[:3].tolist(), 1)],
        [Question(units[:4], (), 2)],
        [Question(unit[None], {int(own), 0}) for own, unit in zip(some, units, strict=True)],
        [Question(units[:1]), Question(units[1:4], (), 1), Question(units[4:5], range(20))],
    ]
    made = found(rows)
    for questions in ways:
        for n in (1, 10, n_words, n_words + 5):
            for limit in {n_words, max(1, n_words // 2)}:
                answers = asked(made, questions, n, limit)
                for question, answer in zip(questions, answers, strict=True):
                    expected = plain(question, rows, n, limit)
                    np.testing.assert_array_equal(answer.ids, expected.ids)
                    np.testing.assert_array_equal(answer.scores, expected.scores)
    assert asked(made, ways[0], 0, n_words)[0].ids.size == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n_words", "dim"), [(1, 1), (40, 7), (300, 33)])
def test_larger_scores_are_those_of_a_plain_sort(
    found: Callable[..., Search], kind: str, n_words: int, dim: int,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    monkeypatch.setattr(larger_scores, "_MOST_DOUBTFUL", 20)
    rows = rows_of(kind, n_words, dim)
    asked = Search.larger
    some = np.random.default_rng(1).integers(0, n_words, 4)
    units = unit_rows(rows[some], norms_of(rows[some], str))
    questions = [Question(unit[None], {int(own), 0}) for own, unit in zip(some, units, strict=True)]
    exact = [rank(each, np.arange(n_words), rows, n_words) for each in questions]
    made = found(rows)
    for limit in {n_words, max(1, n_words // 2)}:
        for place in {0, n_words // 3, n_words - 1}:
            least = [best.scores[place] for best in exact]
            answers = asked(made, questions, least, limit)
            for one, best, score, ids in zip(questions, exact, least, answers, strict=True):
                larger = best.ids[(best.scores > score) & (best.ids < limit)]
                assert ids.tolist() == sorted(set(larger.tolist()) - set(one.barred))


def test_exact_scores_are_right():
    rows = rows_of("of all lengths", 200, 9)
    exact = rows.astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    unit = exact[7].astype(np.float32)[None]
    answer = rank(Question(unit), np.arange(200), rows, 200)
    np.testing.assert_allclose(answer.scores, np.sort(exact @ exact[7])[::-1], atol=1e-7)
    assert answer.ids[0] == 7


@pytest.mark.parametrize(("kind", "n_words", "dim"), KINDS_AND_SIZES)
def test_errors_of_the_copy_are_bounds(kind: str, n_words: int, dim: int):
    rows = rows_of(kind, n_words, dim)
    copy = quantize(rows, norms_of(rows, str))
    exact = rows.astype(np.float64)
    norms = np.linalg.norm(exact, axis=1, keepdims=True)
    off = exact / np.where(norms == 0, 1, norms) - copy.scales[:, None] * copy.codes.astype(float)
    assert (np.linalg.norm(off, axis=1) <= copy.errors).all()
    assert (copy.errors <= 1.001 * (0.51 * np.sqrt(dim) / 127) + 1e-4).all()  # and near ones


# ---- the file of the copy


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Vectors on disk, large enough for a copy."""
    monkeypatch.setattr(search, "_LARGE", 1)
    words = [f"w{number}" for number in range(500)]
    WordVectors(Vocab(words, specials=()), rows_of("normal", 500, 20)).save(tmp_path / "v")
    return tmp_path / "v"


def made_again(folder: Path) -> bool:
    """Whether a question makes the file anew; its answers are right in any case."""
    before = (folder / COPY).stat().st_mtime_ns
    os.utime(folder / COPY, ns=(before - 1, before - 1))
    check_answers(folder)
    return (folder / COPY).stat().st_mtime_ns != before - 1


def check_answers(folder: Path) -> None:
    vectors = WordVectors.load(folder)
    for word_id in (0, 250, 499):
        answer = vectors.nearest(f"w{word_id}")
        question = Question(vectors.units([word_id]), [word_id])
        best = plain(question, vectors.vectors, 10, 500)
        assert [word for word, _ in answer] == [f"w{number}" for number in best.ids]


def test_the_copy_is_made_once(folder: Path):
    vectors = WordVectors.load(folder)
    vectors.similarity("w1", "w2")
    assert not (folder / COPY).exists()
    vectors.nearest("w1")
    assert (folder / COPY).stat().st_size == 64 + 500 * (20 + 8) + OVERREAD
    assert not made_again(folder)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["v"]
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.filterwarnings("always")
def test_the_copy_is_announced_when_it_is_made(folder: Path, notices: list[str]):
    WordVectors.load(folder).nearest("w1")
    size = (folder / COPY).stat().st_size
    assert notices == [
        f"{folder / COPY} is being made, once ({size / 1000:.1f} kB): an int8 copy of 500 vectors, "
        "by which questions take less time and memory"
    ]
    WordVectors.load(folder).nearest("w1")
    assert len(notices) == 1


@pytest.mark.parametrize("limit", [40, 499])
def test_a_part_of_the_words_uses_the_copy_of_all(
    folder: Path, limit: int, monkeypatch: pytest.MonkeyPatch
):
    whole = WordVectors.load(folder)
    words = [f"w{k}" for k in range(0, limit, 7)]

    def ask(vectors: WordVectors) -> list[object]:
        three = (words[1], words[2], words[3])
        alone = [vectors.nearest(word) for word in words]
        analogies = [vectors.analogy(*three, method=way) for way in ("3cosadd", "3cosmul")]
        pairs = [vectors.rank(*three[:2]), vectors.closer(*three[1:])]
        return [vectors.nearest(words), *alone, *analogies, *pairs]

    own = Vocab(whole.vocab.tokens[:limit], specials=())
    expected = ask(WordVectors(own, whole.vectors[:limit]))
    part = WordVectors.load(folder).first(limit)
    part.nearest("w1")
    assert not (folder / COPY).exists()  # a copy of all costs more than one look at some
    whole.nearest("w1")
    part = WordVectors.load(folder).first(limit)
    with monkeypatch.context() as context:
        context.setattr(search, "scan_floats", None)
        context.setattr(Search, "kernel_pays", False)
        assert [part.nearest(word) for word in words] == expected[1 : len(words) + 1]
    assert ask(part) == expected


def test_many_questions_to_a_part_make_the_copy(folder: Path):
    part = WordVectors.load(folder).first(250)
    part.nearest("w1")
    assert not (folder / COPY).exists()
    answer = part.nearest("w2")
    assert (folder / COPY).exists()
    assert answer == part.nearest("w2")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:40],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: b"x" + data[1:],
        lambda data: data[:64] + np.full(500, np.nan, np.float32).tobytes() + data[2064:],
        lambda data: data[:64] + np.full(500, -1, np.float32).tobytes() + data[2064:],
        lambda data: data[:2064] + np.full(500, np.inf, np.float32).tobytes() + data[4064:],
        lambda data: data[:2064] + bytes(2000) + data[4064:],
        lambda data: data[:4064] + bytes(10_000) + data[14_064:],
    ],
    ids=["empty", "in its head", "cut", "longer", "other magic", "NaN scales", "negative scales",
         "infinite errors", "no errors", "no codes"],
)  # fmt: skip
def test_a_damaged_copy_is_made_anew(folder: Path, damage: Callable[[bytes], bytes]):
    check_answers(folder)
    good = (folder / COPY).read_bytes()
    (folder / COPY).write_bytes(damage(good))
    assert made_again(folder)
    assert (folder / COPY).read_bytes() == good


def test_a_copy_of_other_vectors_is_made_anew(folder: Path):
    check_answers(folder)
    other = rows_of("normal", 501, 20)[1:]
    WordVectors(Vocab([f"w{k}" for k in range(500)], specials=()), other).save(folder.parent / "o")
    stale = (folder / COPY).read_bytes()
    WordVectors.load(folder.parent / "o").save(folder, overwrite=True)
    assert not (folder / COPY).exists()  # it is no part of what was saved
    (folder / COPY).write_bytes(stale)
    assert made_again(folder)
    # Of another file with the same length and date, the numbers tell.
    stamp = Stamp.of(folder / "vectors.npy")
    (folder / "vectors.npy").write_bytes(
        (folder / "vectors.npy").read_bytes()[:128] + bytes(40_000)
    )
    os.utime(folder / "vectors.npy", ns=(stamp.mtime_ns, stamp.mtime_ns))
    assert Stamp.of(folder / "vectors.npy") == stamp
    assert made_again(folder)


def test_vectors_that_were_replaced_meanwhile(folder: Path):
    vectors = WordVectors.load(folder)
    first = vectors.vectors.copy()
    other = WordVectors(vectors.vocab, rows_of("normal", 501, 20)[1:])
    other.save(folder, overwrite=True)
    os.utime(folder / "vectors.npy", ns=(1, 1))
    for _ in range(5):
        answer = vectors.nearest("w3")
        best = plain(Question(vectors.units([3]), [3]), first, 10, 500)
        assert [word for word, _ in answer] == [f"w{number}" for number in best.ids]
    assert not (folder / COPY).exists()


def test_where_no_file_can_be_written_the_copy_is_in_memory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(search, "write_copy", refuse)
    monkeypatch.setattr(search, "_KERNEL_PAYS", 2 * 500 * 20)
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    vectors = WordVectors.load(folder)
    first, second = (vectors.nearest("w1") for _ in range(2))
    assert vectors._search._copy is None
    assert first == second == vectors.nearest("w1")
    assert vectors._search._copy is not None
    assert not (folder / COPY).exists()
    check_answers(folder)


def test_numbers_that_are_not_finite_are_named(folder: Path):
    rows = WordVectors.load(folder).vectors.copy()
    rows[77, 3] = np.nan
    WordVectors(Vocab([f"w{k}" for k in range(500)], specials=()), rows, check=False).save(
        folder, overwrite=True
    )
    for _ in range(2):
        with pytest.raises(ValueError, match=r"v is damaged: 1 of 500 vectors hold NaN.*'w77'"):
            WordVectors.load(folder).nearest("w1")
    assert not list(folder.glob("*.int8"))
    assert not list(folder.glob(".*"))


def _ask(folder: str) -> None:
    search._LARGE = 1
    check_answers(Path(folder))


def test_two_processes_at_once(folder: Path):
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_ask, args=[str(folder)]) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(60)
    assert [each.exitcode for each in both] == [0, 0]
    assert not made_again(folder)
    assert not list(folder.glob(".*"))


def test_copies_in_memory_and_in_a_file_are_the_same(tmp_path: Path):
    rows = rows_of("of all lengths", 9000, 5)
    (tmp_path / "vectors.npy").write_bytes(b"")
    stamp = Stamp.of(tmp_path / "vectors.npy")
    norms = norms_from(rows)
    write_copy(tmp_path / COPY, rows, norms, stamp)
    in_file, in_memory = open_copy(tmp_path / COPY, rows, stamp), int8_copy(rows, norms)
    assert in_file is not None
    for name in ("codes", "scales", "errors"):
        np.testing.assert_array_equal(getattr(in_file, name), getattr(in_memory, name))
    write_copy(tmp_path / "f", np.asfortranarray(rows), norms, stamp)  # as a .npy file may have it
    assert open_copy(tmp_path / "f", rows, stamp) is not None
    assert open_copy(tmp_path / COPY, rows[1:], stamp) is None
    assert open_copy(tmp_path / COPY, rows, Stamp(0, 0)) is None
    assert OnDisk.of(tmp_path / "none") is None
