"""Scores on files of questions, beside gensim's: the numbers and what counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.compat.gensim.models import KeyedVectors

Both = tuple[Any, KeyedVectors]


@pytest.fixture
def questions(tmp_path: Path) -> str:
    """Questions with and without right answers, unknown words, bad lines, an empty section."""
    rng = np.random.default_rng(5)
    lines = [": first"]
    for number in range(120):
        a, b, c, d = rng.integers(0, 40, 4)
        lines.append(f"w{a} W{b} w{c} w{d if number % 3 else 300}")
        lines.append(f"w{a} w{a} w{3 * (c // 3) + 1} w{3 * (c // 3)}")
        if number == 60:
            lines += ["one two three", "", ": second part", ": empty"]
    path = tmp_path / "questions.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def spelled_twice(kv: Any) -> Any:
    """With W3 for w3 further down, which is the nearest to w4."""
    for number in range(0, 40, 3):
        kv.add_vectors(f"W{number}", kv[f"w{number + 1}"] * 0.9)
    del kv.expandos["count"]
    return kv


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"restrict_vocab": 25},
        {"case_insensitive": False},
        {"dummy4unknown": True},
        {"restrict_vocab": 215, "dummy4unknown": True},
    ],
    ids=lambda options: "-".join(options) or "defaults",
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_analogies(both: Both, questions: str, options: dict[str, Any]):
    for kv in both:
        spelled_twice(kv)
    (score, sections), (our_score, our_sections) = (
        kv.evaluate_word_analogies(questions, **options) for kv in both
    )
    assert our_score == score
    assert our_sections == sections
    if not options:
        assert min(len(sections[-1][part]) for part in ("correct", "incorrect")) > 10


def test_files_without_questions(both: Both, tmp_path: Path):
    path = tmp_path / "questions.txt"
    for text, kind in (("w1 w2 w3 w4\n", ValueError), (": a\n", ZeroDivisionError)):
        path.write_text(text, encoding="utf-8")
        for kv in both:
            with pytest.raises(kind):
                kv.evaluate_word_analogies(str(path))


PAIRS = """# words and ratings
w1\tW2\t3.5
w3\tw4\t1
w5\tw6\tmuch
w7\tw8

w9\tnone\t2
w10\tw11\t7.25
w12\tw199\t0.5
"""


@pytest.mark.parametrize(
    "options",
    [{}, {"restrict_vocab": 50}, {"case_insensitive": False}, {"dummy4unknown": True}],
    ids=lambda options: "-".join(options) or "defaults",
)
def test_pairs(both: Both, tmp_path: Path, options: dict[str, Any]):
    path = tmp_path / "pairs.tsv"
    path.write_text(PAIRS, encoding="utf-8")
    theirs, ours = (kv.evaluate_word_pairs(str(path), **options) for kv in both)
    for one, other in zip(theirs[:2], ours[:2], strict=True):
        assert one[0] == pytest.approx(other[0], rel=1e-5)
        assert one[1] == pytest.approx(other[1], rel=1e-4)
    assert theirs[2] == ours[2]


def test_pairs_in_another_layout(both: Both, tmp_path: Path):
    path = tmp_path / "pairs.csv"
    path.write_bytes(PAIRS.replace("\t", ";").replace("none", "né").encode("latin-1"))
    options = {"delimiter": ";", "encoding": "latin-1"}
    theirs, ours = (kv.evaluate_word_pairs(str(path), **options) for kv in both)
    assert theirs[0][0] == pytest.approx(ours[0][0], rel=1e-5)
    for kv in both:
        with pytest.raises(ValueError, match="No valid similarity judgements"):
            kv.evaluate_word_pairs(str(path), encoding="latin-1")
