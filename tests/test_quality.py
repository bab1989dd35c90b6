"""Training on the bundled corpora gives vectors that know what the corpora say.

The bounds leave room for other machines and threads; what is reached is more (corpora/README.md).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from textseq.bundled import ANALOGIES, CORPUS, PAIRS, bundled
from textseq.config import TextConfig, Word2VecConfig
from textseq.text.encode import encode_files
from textseq.text.encoded import EncodedCorpus
from textseq.vectors.scores.evaluation import (
    evaluate_analogies,
    evaluate_pairs,
    read_analogies,
    read_word_pairs,
)
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec.train import train_word2vec

# One thread: with more, the order of updates varies and so may king's fifth neighbour. With some
# seeds that is a relative whom the set does not name (husband, grandfather).
ONCE = Word2VecConfig(threads=1, seed=3)
MODES = {
    "skipgram": ONCE,
    "cbow": ONCE.replace(mode="cbow"),
    "exact-cbow": ONCE.replace(mode="cbow", cbow_gradient="exact"),
}


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> EncodedCorpus:
    folder = tmp_path_factory.mktemp("english") / "corpus"
    return encode_files(bundled(CORPUS), TextConfig(), folder)


@pytest.fixture(scope="module")
def korean(tmp_path_factory: pytest.TempPathFactory) -> EncodedCorpus:
    folder = tmp_path_factory.mktemp("korean") / "corpus"
    return encode_files(bundled("miniworld-ko.txt.gz"), TextConfig(), folder)


@pytest.fixture(scope="module", params=MODES.values(), ids=MODES)
def vectors(english: EncodedCorpus, request: pytest.FixtureRequest) -> WordVectors:
    """English vectors with default options, in each mode."""
    return train_word2vec(english, request.param)


def neighbours(path: Path) -> dict[str, set[str]]:
    """The words that belong with each word."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {word: set(near.split(",")) for word, near in (line.split("\t") for line in lines)}


def share_of_neighbours(vectors: WordVectors, expected: dict[str, set[str]]) -> float:
    """The share of the five nearest of each word that belong with it."""
    found = [
        near in words for word, words in expected.items() for near, _ in vectors.nearest(word, 5)
    ]
    return sum(found) / len(found)


def test_analogies(vectors: WordVectors):
    result = evaluate_analogies(vectors, read_analogies(bundled(ANALOGIES)))
    assert (result.total.counted, result.total.skipped) == (2552, 0)
    assert result.total.accuracy is not None
    assert result.total.accuracy >= 0.9
    weakest = min(result.sections, key=lambda section: section.accuracy or 0)
    assert (weakest.accuracy or 0) >= 0.7, weakest


def test_neighbours(vectors: WordVectors):
    expected = neighbours(bundled("miniworld.neighbours.tsv"))
    assert share_of_neighbours(vectors, expected) >= 0.85
    nearest = {word for word, _ in vectors.nearest("king", 5)}
    # With the exact gradient a rare relative comes near that the set does not name.
    exact = vectors.config["word2vec"]["cbow_gradient"] == "exact"
    assert len(nearest - expected["king"]) <= exact, nearest


def test_rated_pairs(vectors: WordVectors):
    result = evaluate_pairs(vectors, read_word_pairs(bundled(PAIRS)))
    assert (result.counted, result.skipped) == (300, 0)
    assert result.spearman is not None
    assert result.spearman > 0.5


@pytest.mark.parametrize("mode", MODES)
def test_korean(korean: EncodedCorpus, mode: str):
    vectors = train_word2vec(korean, MODES[mode])
    result = evaluate_analogies(vectors, read_analogies(bundled("miniworld-ko.analogies.txt")))
    assert (result.total.counted, result.total.skipped) == (892, 0)
    assert result.total.accuracy is not None
    assert result.total.accuracy >= 0.85
    expected = neighbours(bundled("miniworld-ko.neighbours.tsv"))
    assert share_of_neighbours(vectors, expected) >= 0.7


def test_the_loss_falls(vectors: WordVectors):
    loss = vectors.config["loss"]
    assert len(loss) == 5
    assert loss[-1] < 0.9 * loss[0]
