"""A question reads the rows that it is about, and no others."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors import word_vectors
from textseq.vectors.files.formats import read_vectors, write_vectors
from textseq.vectors.scores.evaluation import AnalogySection, evaluate_analogies, evaluate_pairs
from textseq.vectors.word_vectors import WordVectors

N_WORDS, DIM = 5000, 8


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows were looked at, each time."""
    looked: list[int] = []
    norms_of = word_vectors.norms_of

    def counting(rows: Any, words: Any) -> Any:
        looked.append(len(rows))
        return norms_of(rows, words)

    monkeypatch.setattr(word_vectors, "norms_of", counting)
    return looked


@pytest.fixture
def vectors(tmp_path: Path) -> WordVectors:
    rows = np.random.default_rng(0).standard_normal((N_WORDS, DIM), np.float32)
    words = [f"w{number}" for number in range(N_WORDS)]
    WordVectors(Vocab(words, specials=()), rows).save(tmp_path / "v")
    return WordVectors.load(tmp_path / "v")


def test_rows_that_questions_read(vectors: WordVectors, seen: list[int]):
    cosine = vectors.similarity("w3", "w4999")
    assert seen == [2]
    odd = vectors.odd_one_out(["w1", "w2", "w4999"])
    assert seen == [2, 3]
    near = vectors.nearest("w4999", 3, restrict=100)
    assert seen == [2, 3, 1, 100]
    more = vectors.nearest("w4999", 3, restrict=150)
    assert seen[4:] == [1, 50]  # the first 100 are known
    answer = vectors.analogy("w1", "w2", "w4999", 3, restrict=100)
    assert seen[6:] == [3]
    whole = WordVectors(vectors.vocab, np.array(vectors.vectors))  # all norms at once
    assert whole.similarity("w3", "w4999") == cosine
    assert whole.odd_one_out(["w1", "w2", "w4999"]) == odd
    assert whole.nearest("w4999", 3, restrict=100) == near
    assert whole.nearest("w4999", 3, restrict=150) == more
    assert whole.analogy("w1", "w2", "w4999", 3, restrict=100) == answer
    del seen[:]
    assert len(vectors.nearest("w1")) == 10
    assert seen == [1, N_WORDS - 150]


def test_rows_that_scores_read(vectors: WordVectors, seen: list[int]):
    section = AnalogySection("a", (("w1", "w2", "w3", "w4"),))
    evaluate_analogies(vectors, [section], restrict=50)
    assert seen == [50]
    evaluate_pairs(vectors, [("w1", "w4000", 1.0), ("w2", "w3", 2.0)])
    assert seen == [50, 2, 2]


def test_who_asks_very_often_gets_all_lengths_once(vectors: WordVectors, seen: list[int]):
    for _ in range(1000):
        vectors.similarity("w1", "w2")
    assert len(seen) < 30
    assert seen[-1] == N_WORDS


def test_a_number_that_is_not_finite_is_found_where_it_is_read(tmp_path: Path):
    rows = np.ones((300, 2), np.float32)
    rows[200, 1] = np.nan
    words = [f"w{number}" for number in range(300)]
    vectors = WordVectors(Vocab(words, specials=()), rows, check=False)
    assert vectors.similarity("w1", "w2") == pytest.approx(1)
    with pytest.raises(ValueError, match="the first is that of 'w200'"):
        vectors.similarity("w1", "w200")
    with pytest.raises(ValueError, match="the first is that of 'w200'"):
        vectors.nearest("w1")


def test_the_first_words(vectors: WordVectors):
    first = vectors.first(10)
    assert list(first) == [f"w{number}" for number in range(10)]
    assert np.shares_memory(first.vectors, vectors.vectors)
    assert vectors.first(N_WORDS + 1) is vectors
    assert first.similarity("w1", "w9") == vectors.similarity("w1", "w9")
    with pytest.raises(ValueError, match="n is 0; it is a number of words"):
        vectors.first(0)


def test_safetensors_stay_on_disk(vectors: WordVectors, tmp_path: Path, seen: list[int]):
    write_vectors(vectors, tmp_path / "v.safetensors", "safetensors")
    del seen[:]
    again = read_vectors(tmp_path / "v.safetensors")
    assert again.similarity("w3", "w4999") == vectors.similarity("w3", "w4999")
    assert seen == [2, 2]


_PEAK = """
import json, sys
from textseq.cli.app import main
status = main(sys.argv[1:])
# Not ru_maxrss, which is that of the process that has started this one, if it was larger.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([status, int(peak.split()[1]) * 1024]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the peak")
@pytest.mark.parametrize("kind", ["folder", "safetensors"])
def test_two_words_of_300_megabytes_take_no_300_megabytes(kind: str, tmp_path: Path):
    n_words, dim = 20_000, 4000
    words = [f"w{number}" for number in range(n_words)]
    small = WordVectors(Vocab(words, specials=()), np.ones((n_words, 1), np.float32))
    small.save(tmp_path / "v")
    with (tmp_path / "v" / "vectors.npy").open("wb") as file:  # of zeros, which take no room
        header = {"descr": "<f4", "fortran_order": False, "shape": (n_words, dim)}
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + 4 * n_words * dim)
    path = tmp_path / "v"
    if kind == "safetensors":
        path = tmp_path / "v.safetensors"
        write_vectors(WordVectors.load(tmp_path / "v"), path, "safetensors")
    assert sum(each.stat().st_size for each in tmp_path.rglob("*.npy")) > 300e6
    for command in (
        ["similarity", "w1", "w19999"],
        ["odd-one-out", "w1", "w2", "w19999"],
        ["nearest", "w19999", "--restrict", "100"],
        ["nearest", "w1", "--limit", "100"],
    ):
        argv = [sys.executable, "-c", _PEAK, *command, "--vectors", str(path)]
        done = subprocess.run(argv, capture_output=True, check=True, text=True)
        status, peak = json.loads(done.stdout.splitlines()[-1])
        assert status == 0, done.stderr
        assert peak < 150e6, command
