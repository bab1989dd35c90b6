"""Evaluation: hand-made questions, the plain way beside the batch, real question files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.questions import AnalogyMethod
from textseq.vectors.scores.evaluation import (
    AnalogySection,
    average_ranks,
    evaluate_analogies,
    evaluate_pairs,
    pearson,
    read_analogies,
    read_word_pairs,
    spearman,
)
from textseq.vectors.word_vectors import WordVectors


def make(rows: dict[str, list[float]]) -> WordVectors:
    return WordVectors(Vocab(list(rows), specials=()), np.array(list(rows.values()), np.float32))


@pytest.fixture
def royals() -> WordVectors:
    return make(
        {
            "man": [1, 0, 0],
            "woman": [1, 1, 0],
            "king": [1, 0, 1],
            "queen": [1, 1, 1],
            "Man": [9, 0, 0],
            "apple": [0, 0, 1],
        }
    )


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        (tmp_path / "questions").write_bytes(text.encode())
        return tmp_path / "questions"

    return write


# ---- analogies


def test_analogies_by_hand(royals: WordVectors) -> None:
    sections = [
        AnalogySection(
            "family", (("man", "king", "woman", "queen"), ("man", "king", "woman", "apple"))
        ),
        AnalogySection("gram1", (("MAN", "woman", "King", "QUEEN"), ("man", "x", "king", "queen"))),
        AnalogySection("gram2-none", ()),
    ]
    result = evaluate_analogies(royals, sections)
    family, gram1, gram2 = result.sections
    assert (family.correct, family.counted, family.skipped, family.accuracy) == (1, 2, 0, 0.5)
    assert (gram1.correct, gram1.counted, gram1.skipped, gram1.accuracy) == (1, 1, 1, 1.0)
    assert (gram2.correct, gram2.counted, gram2.skipped, gram2.accuracy) == (0, 0, 0, None)
    assert (result.total.correct, result.total.counted, result.total.skipped) == (2, 3, 1)
    assert result.semantic is not None
    assert result.syntactic is not None
    assert (result.semantic.counted, result.syntactic.counted) == (2, 1)
    assert result.vocabulary == 5  # "Man" is "man"
    assert (result.restrict, result.lowercase, result.method) == (30_000, True, "3cosadd")
    assert "skipped" in result.rule


def test_case_matters_if_asked(royals: WordVectors) -> None:
    sections = [AnalogySection("family", (("MAN", "king", "woman", "queen"),))]
    result = evaluate_analogies(royals, sections, lowercase=False)
    assert (result.total.counted, result.total.skipped) == (0, 1)
    assert result.vocabulary == 6
    assert result.semantic is None
    assert result.syntactic is None


def test_the_most_frequent_spelling_stands_for_the_word() -> None:
    vectors = make({"Paris": [1, 0], "paris": [0, 1], "b": [1, 1], "c": [1, -1], "d": [-1, 0]})
    pairs = [("PARIS", "d", 0.0), ("paris", "b", 1.0), ("Paris", "c", 1.0)]
    # With "Paris" = (1, 0) the cosines are -1, .707, .707.
    assert evaluate_pairs(vectors, pairs).spearman == pytest.approx(1)


def test_the_cut_is_a_cut(royals: WordVectors) -> None:
    sections = [AnalogySection("family", (("man", "king", "woman", "queen"),))]
    assert evaluate_analogies(royals, sections, restrict=3).total.skipped == 1
    assert evaluate_analogies(royals, sections, restrict=4).total.correct == 1
    assert evaluate_analogies(royals, sections, restrict=None).total.correct == 1
    with pytest.raises(ValueError, match="restrict is 0"):
        evaluate_analogies(royals, sections, restrict=0)
    with pytest.raises(ValueError, match="method is 'x'; it can be 3cosadd, 3cosmul"):
        evaluate_analogies(royals, sections, method="x")  # type: ignore[arg-type]


def plain_answer(vectors: WordVectors, words: list[str], n_candidates: int, method: str) -> str:
    """The best answer to one question: the formulas as the papers have them, in float64."""
    exact = vectors.vectors.astype(np.float64)
    unit = {w: row / np.linalg.norm(row) for w, row in zip(vectors, exact, strict=True)}
    a, b, c = (unit[word] for word in words)
    best, best_score = "", -np.inf
    for candidate in vectors.vocab.tokens[:n_candidates]:
        d = unit[candidate]
        if method == "3cosadd":
            score = d @ b - d @ a + d @ c
        else:
            near_a, near_b, near_c = (d @ a + 1) / 2, (d @ b + 1) / 2, (d @ c + 1) / 2
            score = near_b * near_c / (near_a + 0.001)
        if candidate not in words and score > best_score:
            best, best_score = candidate, score
    return best


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_batch_equals_one_question_at_a_time(method: AnalogyMethod) -> None:
    rng = np.random.default_rng(0)
    n_words, restrict = 311, 201
    # A shared offset, so that a fair part of the answers is right.
    base = rng.standard_normal((n_words, 24))
    base[1::2] = base[::2][: len(base[1::2])]
    base[1::2, 0] += 4
    base += 0.6 * rng.standard_normal(base.shape)
    words = [f"w{k}" for k in range(n_words)]
    vectors = WordVectors(Vocab(words, specials=()), base)
    starts = rng.integers(0, 110, (300, 2)) * 2
    questions = tuple((f"w{a}", f"w{a + 1}", f"w{c}", f"w{c + 1}") for a, c in starts)
    result = evaluate_analogies(
        vectors, [AnalogySection("all", questions)], restrict=restrict, method=method
    )
    correct = counted = 0
    for a, b, c, expected in questions:
        if max(int(word[1:]) for word in (a, b, c, expected)) < restrict:
            counted += 1
            best = plain_answer(vectors, [a, b, c], restrict, method)
            (ours,) = vectors.analogy(a, b, c, 1, restrict=restrict, method=method)
            assert ours.word == best
            correct += best == expected
    assert 0.05 < correct / counted < 0.95, correct / counted
    assert (result.total.correct, result.total.counted) == (correct, counted)
    assert result.total.skipped == 300 - counted


def test_reading_analogies(file: Callable[[str], Path]) -> None:
    text = "\ufeff// no question\n: one two\na b c d\n\n# more\n: gram\nö\u2028 \u00a0x y z\n"
    # Only a line feed ends a line, so U+2028 parts words.
    assert read_analogies(file(text.replace("\n", "\r\n"))) == [
        AnalogySection("one two", (("a", "b", "c", "d"),)),
        AnalogySection("gram", (("ö", "x", "y", "z"),)),
    ]
    assert read_analogies(file("a b c d\n"))[0].name == "questions"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there are no questions in it"),
        (": a\n: b\n", "there are no questions in it"),
        (": a\n\na b c\n", "line 3 has 3 words; a question has 4"),
        (": a\na b c d e\n", "line 2 has 5 words; a question has 4"),
    ],
)
def test_bad_analogy_files(file: Callable[[str], Path], text: str, message: str) -> None:
    path = file(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_analogies(path)
    assert str(path) in str(caught.value)


# ---- rated pairs


def test_average_ranks() -> None:
    np.testing.assert_array_equal(average_ranks([10, 20, 20, 5, 20]), [2, 4, 4, 1, 4])
    np.testing.assert_array_equal(average_ranks([7, 7]), [1.5, 1.5])
    assert average_ranks([]).shape == (0,)


def test_correlations_by_hand() -> None:
    # Ranks 1 2 3 4 5 and 2 1 4 3 5: differences 1 1 1 1 0, so 1 - 6 * 4 / (5 * 24) = .8
    assert spearman([1, 2, 3, 4, 5], [20, 10, 400, 300, 5000]) == pytest.approx(0.8)
    # Ranks 1 2.5 2.5 4 and 1 2 3 4, centered -1.5 0 0 1.5 and -1.5 -.5 .5 1.5:
    # 4.5 / sqrt(4.5 * 5) = .94868
    assert spearman([1, 2, 2, 3], [1, 2, 3, 4]) == pytest.approx(0.9486833)
    # Centered -1 0 1 and -4/3 -1/3 5/3: 3 / sqrt(2 * 14/3) = .98198
    assert pearson([1, 2, 3], [1, 2, 4]) == pytest.approx(0.9819805)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert spearman([1, 2, 3], [5, 5, 5]) is None
    assert pearson([1], [2]) is None


def test_correlations_against_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    for n in (2, 3, 63, 1023):
        x, y = rng.standard_normal(n), rng.integers(0, 50, n) + np.arange(n)
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
        assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic)


def test_pairs_by_hand() -> None:
    vectors = make({"a": [1, 0], "b": [2, 1], "c": [1, 1], "d": [0, 1], "zero": [0, 0]})
    # Cosines with a: .894, .707, 0, and 0 for the zero vector.
    pairs = [("a", "b", 9.0), ("A", "c", 8.0), ("a", "d", 1.0), ("zero", "a", 1.0), ("a", "?", 5.0)]
    result = evaluate_pairs(vectors, pairs)
    assert result.spearman == pytest.approx(1)
    assert result.pearson == pytest.approx(
        np.corrcoef([0.894427, 0.707107, 0, 0], [9, 8, 1, 1])[0, 1]
    )
    assert (result.counted, result.skipped, result.vocabulary) == (4, 1, 5)
    assert evaluate_pairs(vectors, pairs, lowercase=False).skipped == 2
    assert evaluate_pairs(vectors, pairs, restrict=3).counted == 2


def test_pairs_without_an_answer() -> None:
    vectors = make({"a": [1, 0], "b": [2, 1]})
    for pairs in ([("x", "y", 1.0)], [("a", "b", 1.0)], [("a", "b", 1.0), ("b", "a", 2.0)]):
        result = evaluate_pairs(vectors, pairs)
        assert (result.spearman, result.pearson) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "tiger\tcat\t7.35\nnew york\tcity\t8\n",
        "\ufeff# comment\r\n\r\nWord 1\tWord 2\tMean\r\ntiger\tcat\t7.35\r\nnew york\tcity\t8\r\n",
        "word1,word2,score\ntiger, cat, 7.35\nnew york,city,8,\n",
        "word1\tword2\tPOS\tSimLex999\ntiger\tcat\tN\t7.35\t1\nnew york\tcity\tN\t8\t2\n",
    ],
)
def test_reading_pairs(file: Callable[[str], Path], text: str) -> None:
    assert read_word_pairs(file(text)) == [("tiger", "cat", 7.35), ("new york", "city", 8.0)]


def test_reading_pairs_parted_by_spaces(file: Callable[[str], Path]) -> None:
    assert read_word_pairs(file("sun  sunlight 50.0\nnan inf -1\n")) == [
        ("sun", "sunlight", 50.0),
        ("nan", "inf", -1.0),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no line has two words and a number"),
        ("# only\n", "no line has two words and a number"),
        ("header line here\n", "line 1 is 'header line here', not two words and a number"),
        ("word1\tword2\tscore\n", "no line has two words and a number"),
        ("a b 1\na b\n", "line 2 is 'a b', not two words and a number"),
        ("a b 1\na b nan\n", "line 2 is 'a b nan', not"),
        ("one header\ntwo headers\na b 1\n", "line 1 is 'one header', not"),
        ("a\tb\t1\n\tb\t1\n", "not two words and a number"),
    ],
)
def test_bad_pair_files(file: Callable[[str], Path], text: str, message: str) -> None:
    path = file(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_word_pairs(path)
    assert str(path) in str(caught.value)


def test_bytes_that_are_not_text(tmp_path: Path) -> None:
    (tmp_path / "q").write_bytes(b"a b 1\n\xff b 2\n")
    for read in (read_word_pairs, read_analogies):
        with pytest.raises(ValueError, match="byte 6 is not UTF-8"):
            read(tmp_path / "q")


# ---- results and real files


def test_results_are_json(royals: WordVectors) -> None:
    sections = [
        AnalogySection("gram", (("man", "king", "woman", "queen"),)),
        AnalogySection("x", ()),
    ]
    out = json.loads(json.dumps(evaluate_analogies(royals, sections).to_json(), allow_nan=False))
    assert out["total"] == {
        "name": "total",
        "correct": 1,
        "counted": 1,
        "skipped": 0,
        "accuracy": 1.0,
    }
    assert [section["name"] for section in out["sections"]] == ["gram", "x"]
    assert out["semantic"]["accuracy"] is None
    assert {"vocabulary", "restrict", "lowercase", "method", "rule"} <= set(out)
    pairs = json.loads(json.dumps(evaluate_pairs(royals, []).to_json(), allow_nan=False))
    assert pairs["counted"] == 0
    assert pairs["spearman"] is None


def test_real_question_files(data: Path) -> None:
    folder = data / "embed_eval"
    sections = read_analogies(folder / "questions-words.txt")
    assert sum(len(section.questions) for section in sections) == 19_544
    assert len(sections) == 14
    assert sections[0].questions[0] == ("Athens", "Greece", "Baghdad", "Iraq")
    assert sum(section.name.startswith("gram") for section in sections) == 9
    counts = {
        "wordsim353.tsv": 353,
        "EN-WS-353-ALL.txt": 353,
        "EN-WS-353-SIM.txt": 203,
        "EN-WS-353-REL.txt": 252,
        "EN-MEN-TR-3k.txt": 3000,
    }
    for name, n_pairs in counts.items():
        assert len(read_word_pairs(folder / name)) == n_pairs
    assert read_word_pairs(folder / "wordsim353.tsv")[0] == ("love", "sex", 6.77)


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_correlation_of_numbers_of_any_size(scale: float) -> None:
    x, y = [0.1, 0.5, 0.2, 0.9], [1.0, 3.0, 2.5, 4.0]
    assert pearson(x, [scale * value for value in y]) == pytest.approx(pearson(x, y))
    assert pearson(x, [1.7e308, -1.7e308, 0, 0]) is not None
