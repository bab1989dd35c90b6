"""Phrases, beside gensim's: counts, scores, what is joined; and folders of them."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.compat.gensim.models import phrases as ours
from textseq.compat.gensim.models.phrases import FrozenPhrases, Phrases

Sentences = list[list[str]]


@pytest.fixture
def modules() -> list[Any]:
    """gensim's and ours."""
    pytest.importorskip("gensim")
    return [importlib.import_module("gensim.models.phrases"), ours]


@pytest.fixture
def text() -> Sentences:
    """Sentences with words that like to stand together, and small words between."""
    rng = np.random.default_rng(11)
    pairs = [["new", "york"], ["bank", "of", "america"], ["the", "end"], ["a", "of", "b"]]
    singles = [f"w{n}" for n in range(30)] + ["of", "the", "new"]
    return [
        [w for _ in range(rng.integers(0, 7)) for w in _some(rng, pairs, singles)]
        for _ in range(400)
    ]


def _some(rng: np.random.Generator, pairs: Sentences, singles: list[str]) -> list[str]:
    return pairs[rng.integers(4)] if rng.random() < 0.3 else [singles[rng.integers(33)]]


def a_scorer(
    worda_count: int, wordb_count: int, bigram_count: int, len_vocab: int, min_count: int,
    corpus_word_count: int,
) -> float:  # fmt: skip
    return bigram_count / (worda_count + wordb_count)


OPTIONS: list[dict[str, Any]] = [
    {},
    {"min_count": 1, "threshold": 0.5},
    {"min_count": 2, "threshold": 1.0, "delimiter": " "},
    {"min_count": 1, "threshold": 0.2, "scoring": "npmi"},
    {"min_count": 1, "threshold": -0.5, "scoring": "npmi"},
    {"threshold": 1, "connector_words": ours.ENGLISH_CONNECTOR_WORDS},
    {"threshold": 1, "connector_words": ["of", "new"], "scoring": "npmi"},
    {"threshold": 0.1, "scoring": a_scorer},
    {"max_vocab_size": 30, "threshold": 0.1, "min_count": 1},
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(options) or "defaults")
def test_phrases(modules: list[Any], text: Sentences, options: dict[str, Any]):
    found = []
    for module in modules:
        phrases = module.Phrases(text, **options)
        phrases.add_vocab([["new", "york", "of"], ["york", "w1"]])
        frozen = module.Phraser(phrases)
        found.append({
            "vocab": list(phrases.vocab.items()),
            "numbers": (phrases.corpus_word_count, phrases.min_reduce),
            "exported": phrases.export_phrases(),
            "found": phrases.find_phrases(text),
            "joined": [phrases[sentence] for sentence in text],
            "corpus": list(frozen[text]),
            "analyzed": [list(frozen.analyze_sentence(sentence)) for sentence in text[:9]],
            "shown": (str(phrases), str(frozen)),
        })  # fmt: skip
    theirs, ours_ = found
    for name, value in theirs.items():
        assert ours_[name] == value, name
    assert ours.ENGLISH_CONNECTOR_WORDS == modules[0].ENGLISH_CONNECTOR_WORDS


def test_a_corpus_is_joined_each_time(text: Sentences):
    phrases = Phrases(text, threshold=1)
    corpus = phrases[text]
    assert list(corpus) == list(corpus) == [phrases[sentence] for sentence in text]
    assert len(corpus) == len(text)
    assert corpus[3] == phrases[text[3]]
    assert list(phrases[iter(text)]) == list(corpus)
    assert phrases[[]] == phrases[iter(())] == []
    twice = Phrases(corpus, threshold=1)[corpus]
    assert any("bank_of_america" in sentence for sentence in twice)


def test_scores_by_hand():
    # 3 of (4 - 1) pairs in 10 * 100 chances, times 50.
    assert ours.original_scorer(10, 100, 4, 50, 1, 0) == pytest.approx(3 / 1000 * 50)
    assert ours.original_scorer(0, 100, 4, 50, 1, 0) == float("-inf")
    # ln(0.1 / (0.2 * 0.5)) = 0: as often together as by chance.
    assert ours.npmi_scorer(20, 50, 10, 0, 1, 100) == pytest.approx(0)
    assert ours.npmi_scorer(10, 10, 10, 0, 1, 100) == pytest.approx(1)
    assert ours.npmi_scorer(10, 10, 10, 0, 11, 100) == float("-inf")


@pytest.mark.parametrize(
    "options",
    [
        {"min_count": 0},
        {"threshold": -1},
        {"threshold": 2, "scoring": "npmi"},
        {"scoring": "no such scoring"},
        {"scoring": lambda worda_count: 1},
    ],
)
def test_errors(modules: list[Any], options: dict[str, Any]):
    said = []
    for module in modules:
        with pytest.raises(ValueError, match=r"\S") as error:
            module.Phrases([["a", "b"]], **options)
        said.append(str(error.value))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "options",
    [o for o in OPTIONS if o.get("scoring") != a_scorer],
    ids=lambda options: "-".join(options) or "defaults",
)
def test_saving(text: Sentences, tmp_path: Path, options: dict[str, Any]):
    phrases = Phrases(text, **options)
    for made in (phrases, phrases.freeze()):
        made.save(tmp_path / "x")
        loaded = type(made).load(tmp_path / "x")
        assert vars(loaded).keys() == vars(made).keys()
        for name, value in vars(made).items():
            assert getattr(loaded, name) == value, name
        assert list(loaded[text]) == list(made[text])
        with pytest.raises(ValueError, match="holds"):
            (Phrases if type(made) is FrozenPhrases else FrozenPhrases).load(tmp_path / "x")
    loaded = Phrases.load(_saved(phrases, tmp_path / "y"))
    loaded.add_vocab([["new", "york"]])


def _saved(phrases: Phrases, path: Path) -> Path:
    phrases.save(str(path))
    return path


def test_a_scorer_of_ones_own_is_not_saved(text: Sentences, tmp_path: Path):
    with pytest.raises(NotImplementedError, match="'default' and 'npmi'"):
        Phrases(text, scoring=a_scorer).save(tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_a_pickle_is_not_read(tmp_path: Path):
    (tmp_path / "x").write_bytes(b"\x80\x04K\x01.")
    for kind in (Phrases, FrozenPhrases):
        with pytest.raises(ValueError, match=r"compat\.gensim\.convert"):
            kind.load(tmp_path / "x")


def test_damaged_folders(text: Sentences, tmp_path: Path):
    Phrases(text).save(tmp_path / "x")
    for name, damage in (
        ("config.json", ('"default"', '"os.system"')),
        ("tokens.txt", ("w1", "w\n1")),
    ):
        path = tmp_path / "x" / name
        before = path.read_text(encoding="utf-8")
        path.write_text(before.replace(*damage), encoding="utf-8")
        with pytest.raises(ValueError, match=str(tmp_path)):
            Phrases.load(tmp_path / "x")
        path.write_text(before, encoding="utf-8")
