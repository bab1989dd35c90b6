"""Word2Vec: words, counts, first vectors and errors are gensim's; what is learnt is as good."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.compat.gensim.models import KeyedVectors, Word2Vec
from textseq.compat.gensim.models.callbacks import CallbackAny2Vec
from textseq.compat.gensim.models.word2vec import LineSentence
from textseq.compat.gensim.utils import RULE_DEFAULT, RULE_DISCARD, RULE_KEEP

Sentences = list[list[str]]
MORE = [["a1", "new", "newer"], ["newer", "newer", "b3"], []]


@pytest.fixture
def kinds() -> list[Any]:
    """gensim's class and ours."""
    return [pytest.importorskip("gensim.models").Word2Vec, Word2Vec]


def keep_some(word: str, count: int, min_count: int) -> int:
    return {"a1": RULE_DISCARD, "rare": RULE_KEEP}.get(word, RULE_DEFAULT)


# ---- the vocabulary


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"min_count": 1},
        {"min_count": 60, "sample": 0},
        {"max_final_vocab": 7, "min_count": 1},
        {"max_final_vocab": 500},
        {"sorted_vocab": 0, "min_count": 1},
        {"max_vocab_size": 10, "min_count": 1},
        {"trim_rule": keep_some},
        {"sample": 40.0},
        {"vector_size": 3, "seed": 5},
    ],
    ids=lambda options: "-".join(options) or "defaults",
)
def test_the_vocabulary(kinds: list[Any], sentences: Sentences, options: dict[str, Any]):
    built, rule = [], options.get("trim_rule")
    for kind in kinds:
        model = kind(**{k: v for k, v in options.items() if k != "trim_rule"})
        found = model.scan_vocab([*sentences, ["rare"], []])
        raw = dict(model.raw_vocab)
        dry = model.prepare_vocab(dry_run=True, trim_rule=rule)
        model.build_vocab([*sentences, ["rare"], []], trim_rule=rule)
        built.append((model, found, raw, dry))
    (theirs, *said), (ours, *our_words) = built
    assert said == our_words
    for name in ("index_to_key", "key_to_index"):
        assert getattr(theirs.wv, name) == getattr(ours.wv, name)
    for name in ("corpus_count", "corpus_total_words", "effective_min_count", "min_count"):
        assert getattr(theirs, name) == getattr(ours, name)
    assert theirs.wv.expandos["count"].tolist() == ours.wv.expandos["count"].tolist()
    assert np.array_equal(theirs.wv.vectors, ours.wv.vectors)  # the first ones
    assert theirs.syn1neg.shape == ours.syn1neg.shape
    assert str(theirs) == str(ours)
    assert not ours.raw_vocab


def test_an_update_of_the_vocabulary(kinds: list[Any], sentences: Sentences):
    built = []
    for kind in kinds:
        model = kind(min_count=2, vector_size=4)
        model.build_vocab(sentences)
        model.build_vocab(MORE, update=True)
        built.append(model)
    theirs, ours = built
    assert ours.wv.index_to_key == theirs.wv.index_to_key
    assert ours.wv.index_to_key[-1] == "newer"
    assert theirs.wv.expandos["count"].tolist() == ours.wv.expandos["count"].tolist()
    assert np.array_equal(theirs.wv.vectors, ours.wv.vectors)
    assert theirs.syn1neg.shape == ours.syn1neg.shape
    ours.train(MORE, total_examples=ours.corpus_count, epochs=2)
    assert ours.syn1neg[-1].any()


def test_a_vocabulary_from_counts(kinds: list[Any]):
    built = []
    for kind in kinds:
        model = kind(min_count=2)
        model.build_vocab_from_freq({"x": 3, "y": 1, "z": 5}, corpus_count=9)
        model.build_vocab_from_freq({"y": 2, "z": 1}, update=True)
        built.append((model.wv.index_to_key, model.wv.expandos["count"].tolist()))
    assert built[0] == built[1] == (["z", "x", "y"], [6, 3, 2])


# ---- training


@pytest.mark.parametrize("sg", [0, 1])
def test_words_of_a_sentence_become_alike(sentences: Sentences, sg: int):
    model = Word2Vec(sentences, vector_size=16, sg=sg, workers=1, sample=0, epochs=40)
    nearest = [key for key, _ in model.wv.most_similar("a1", topn=8)]
    assert sum(key.startswith("a") for key in nearest) >= 7
    # What a word predicts is of its own half, too.
    found = model.predict_output_word(["b1", "b2"], topn=5)
    assert all(word.startswith("b") for word, _ in found or [])


@pytest.mark.parametrize("sg", [0, 1])
def test_what_training_returns(kinds: list[Any], sentences: Sentences, sg: int):
    """Gensim draws the words that it trains, ours says what is expected of such draws."""
    said = []
    for kind in kinds:
        model = kind(min_count=1, sg=sg, sample=0.01, workers=1, vector_size=8)
        model.build_vocab(sentences)
        counted = model.train(
            sentences, total_examples=len(sentences), epochs=20, compute_loss=True
        )
        said.append((*counted, model.get_latest_training_loss()))
    (kept, read, loss), (our_kept, our_read, our_loss) = said
    assert our_read == read
    assert our_kept == pytest.approx(kept, rel=0.02)
    assert our_loss == pytest.approx(loss, rel=0.2)


def test_a_seed_gives_the_same_vectors(sentences: Sentences):
    one, other, third = (
        Word2Vec(sentences, vector_size=8, workers=workers, seed=seed)
        for workers, seed in ((1, 3), (4, 3), (1, 4))
    )
    assert np.array_equal(one.wv.vectors, other.wv.vectors)  # a few words are trained by one thread
    assert not np.array_equal(one.wv.vectors, third.wv.vectors)


def test_in_one_step_or_in_two(sentences: Sentences):
    whole = Word2Vec(sentences, vector_size=8, workers=1, epochs=3)
    model = Word2Vec(vector_size=8, workers=1, epochs=3)
    model.build_vocab(sentences)
    model.train(sentences, total_examples=model.corpus_count, epochs=model.epochs)
    assert np.array_equal(whole.wv.vectors, model.wv.vectors)
    assert np.array_equal(whole.syn1neg, model.syn1neg)


def test_each_training_draws_anew(sentences: Sentences):
    """A loop over `train(epochs=1)` must not drop the same words each time."""
    drawn = []
    model = Word2Vec(sentences, vector_size=8, workers=1, sample=1e-3, alpha=0.01)
    for _ in range(2):
        model.init_weights()
        model.train(sentences, total_examples=600, epochs=1)
        drawn.append(model.wv.vectors.copy())
    assert not np.array_equal(*drawn)


class Watcher(CallbackAny2Vec):
    """Notes what happens, and what the vectors and the loss are then."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, float, float]] = []

    def _note(self, what: str, model: Word2Vec) -> None:
        first = float(model.wv.vectors[0, 0])
        self.seen.append((what, first, model.get_latest_training_loss()))

    def on_train_begin(self, model: Any) -> None:
        self._note("train begins", model)

    def on_epoch_begin(self, model: Any) -> None:
        self._note("epoch begins", model)

    def on_epoch_end(self, model: Any) -> None:
        self._note("epoch ends", model)

    def on_train_end(self, model: Any) -> None:
        self._note("train ends", model)


def test_callbacks_see_each_epoch(sentences: Sentences):
    options: dict[str, Any] = {"vector_size": 8, "workers": 1, "epochs": 3, "compute_loss": True}
    model = Word2Vec(sentences, callbacks=[watcher := Watcher()], **options)
    what, first, loss = zip(*watcher.seen, strict=True)
    assert what == ("train begins", *("epoch begins", "epoch ends") * 3, "train ends")
    assert len(set(first)) == 4  # before, and after each epoch
    assert loss[0] == loss[1] == 0
    assert 0 < loss[2] < loss[4] < loss[6] == loss[7]
    # Watching changes nothing.
    assert np.array_equal(model.wv.vectors, Word2Vec(sentences, **options).wv.vectors)


def test_an_error_in_a_callback_ends_the_training(sentences: Sentences):
    class Stopper(CallbackAny2Vec):
        def on_epoch_end(self, model: Any) -> None:
            raise RuntimeError("enough")

    model = Word2Vec(vector_size=8, workers=1)
    model.build_vocab(sentences)
    before = model.wv.vectors.copy()
    with pytest.raises(RuntimeError, match="enough"):
        model.train(sentences, total_examples=600, epochs=3, callbacks=[Stopper()])
    assert not np.array_equal(model.wv.vectors, before)


def test_locked_vectors_stay(sentences: Sentences):
    model = Word2Vec(vector_size=8, workers=1)
    model.build_vocab(sentences)
    before = model.wv.vectors.copy()
    model.wv.vectors_lockf = np.ones(len(model.wv), np.float32)
    model.wv.vectors_lockf[3] = 0
    model.train(sentences, total_examples=600, epochs=2)
    moved = (model.wv.vectors != before).any(axis=1)
    assert np.flatnonzero(~moved).tolist() == [3]
    model.build_vocab(MORE * 3, update=True)
    assert model.wv.vectors_lockf.tolist() == [float(n != 3) for n in range(len(model.wv))]


def test_longer_vectors_than_the_words_are_many():
    model = Word2Vec([["a", "b"]] * 3, min_count=1, vector_size=130, epochs=1)
    assert model.wv.vectors.shape == model.syn1neg.shape == (2, 130)


def test_unknown_words_are_left_out_before_the_window(sentences: Sentences):
    """Rare words between two others bring these next to each other, as in gensim."""
    rare = iter(range(1_000_000))
    spread = [[part for word in s for part in (word, f"x{next(rare)}")] for s in sentences]
    options: dict[str, Any] = {
        "vector_size": 8,
        "workers": 1,
        "window": 1,
        "sample": 0,
        "epochs": 60,
    }
    one, other = (Word2Vec(given, **options) for given in (sentences, spread))
    assert one.wv.index_to_key == other.wv.index_to_key
    nearest = [key for key, _ in other.wv.most_similar("a1", topn=8)]
    assert sum(key.startswith("a") for key in nearest) >= 7


def test_a_model_of_other_words(sentences: Sentences):
    one, other = Word2Vec(sentences, vector_size=8), Word2Vec(MORE, min_count=1, vector_size=8)
    one.reset_from(other)
    assert one.wv.key_to_index == other.wv.key_to_index
    assert one.wv.vectors.shape == (4, 8)
    one.train(MORE, total_examples=3, epochs=1)


def test_prediction_as_gensim_reckons_it(kinds: list[Any], sentences: Sentences):
    theirs = kinds[0](sentences, vector_size=8, workers=1)
    ours = Word2Vec(vector_size=8)
    ours.build_vocab(sentences)
    ours.wv.vectors, ours.syn1neg = theirs.wv.vectors, theirs.syn1neg
    for context in (["a1", "b2"], ["a1", 3, "none"]):
        found, expected = (m.predict_output_word(context, topn=6) for m in (ours, theirs))
        assert [w for w, _ in found] == [w for w, _ in expected]
        np.testing.assert_allclose([p for _, p in found], [p for _, p in expected], rtol=1e-5)
    assert ours.predict_output_word(["none"]) is None


# ---- errors


@pytest.mark.parametrize(
    "given",
    [
        {"sentences": 3},
        {"sentences": (s for s in [["a"]])},
        {"sentences": [["a"]], "corpus_file": "x"},
        {"corpus_file": "no such file"},
        {"corpus_file": Path(__file__).with_suffix(".py.gz")},
        {"sentences": [["a"]], "no_such_option": 1},
        {"sentences": []},
        {"sentences": [[]]},
        {"sentences": [["a"]]},  # fewer than min_count
        {"sentences": [["a", "b"]], "min_count": 1, "negative": 0},
        {"sentences": [["a", "b"]], "min_count": 1, "epochs": 0},
    ],
    ids=lambda given: "-".join(given),
)
def test_errors(kinds: list[Any], given: dict[str, Any]):
    raised = []
    for kind in kinds:
        with pytest.raises(Exception, match=r"\S") as error:
            kind(**given)
        raised.append(error.type)
    assert raised[0] is raised[1]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"epochs": 1},
        {"total_examples": 2},
        {"total_examples": 2, "epochs": 0},
        {"total_words": 2, "epochs": 1, "corpus_file": "x"},
    ],
)
def test_errors_of_train(kinds: list[Any], given: dict[str, Any]):
    raised = []
    for kind in kinds:
        model = kind(min_count=1)
        with pytest.raises(RuntimeError, match="first build vocabulary"):
            model.train([["a", "b"]], total_examples=1, epochs=1)
        model.build_vocab([["a", "b"]])
        with pytest.raises((TypeError, ValueError)) as error:
            model.train([["a", "b"]], **given)
        raised.append(error.type)
        with pytest.raises(RuntimeError):
            kind().build_vocab([["a", "b"]], update=True)
    assert raised[0] is raised[1]


@pytest.mark.parametrize(
    ("options", "works"),
    [
        ({"hs": 1}, "hs=0"),
        ({"cbow_mean": 0}, "cbow_mean=1"),
        ({"null_word": 1}, "null_word=0"),
        ({"window": 1000}, "window is 1000; the most that works is 64"),
        ({"vector_size": 5000}, "vector_size is 5000; the most"),
        ({"negative": 65}, "negative is 65"),
    ],
)
def test_what_is_not_supported_says_what_is(options: dict[str, Any], works: str):
    with pytest.raises(NotImplementedError, match=works):
        Word2Vec([["a", "b"]] * 5, **options)


def test_words_without_output_vectors(sentences: Sentences):
    model = Word2Vec(sentences, vector_size=8, workers=1)
    model.wv.add_vectors("new", np.ones(8))
    with pytest.raises(RuntimeError, match="not all words"):
        model.train(sentences, total_examples=600, epochs=1)


def test_no_workers():
    with pytest.raises(ValueError, match="workers is -1"):
        Word2Vec(workers=-1)


def test_warnings_are_logged(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        model = Word2Vec(["human", "machine"], min_count=1, vector_size=4)
        assert "should be a list of words" in caplog.text
        model.train([["h", "u"]], total_examples=1, epochs=1)
        assert "Effective 'alpha' higher" in caplog.text


# ---- on disk


def test_saving(sentences: Sentences, tmp_path: Path):
    path = tmp_path / "a.model"
    model = Word2Vec(sentences, vector_size=8, workers=2, window=3, ns_exponent=np.float64(0.5))
    model.wv.set_vecattr("a1", "weight", 2.5)
    model.save(path)
    model.save(str(path), sep_limit=0)  # again
    for mmap in (None, "r"):
        loaded = Word2Vec.load(str(path), mmap=mmap)
        assert vars(loaded).keys() == vars(model).keys()
        for name, value in vars(model).items():
            if name not in ("wv", "syn1neg"):
                assert getattr(loaded, name) == value
        assert np.array_equal(loaded.syn1neg, model.syn1neg)
        assert np.array_equal(loaded.wv.vectors, model.wv.vectors)
        assert loaded.wv.key_to_index == model.wv.key_to_index
        assert loaded.wv.get_vecattr("a1", "weight") == 2.5
        assert loaded.wv.vectors.flags.writeable == (mmap is None)
        loaded.build_vocab(MORE, update=True)
        loaded.train(MORE, total_examples=3, epochs=1)
        loaded.train(sentences, total_examples=600, epochs=1)
        assert not np.array_equal(loaded.wv.vectors[:5], model.wv.vectors[:5])
    assert np.array_equal(KeyedVectors.load(path).vectors, model.wv.vectors)
    with pytest.raises(AttributeError, match="on the class"):
        model.load(path)


def test_vectors_are_no_model(ours: KeyedVectors, tmp_path: Path):
    ours.save(tmp_path / "kv")
    with pytest.raises(AttributeError, match="KeyedVectors"):
        Word2Vec.load(tmp_path / "kv")


def test_a_file_of_sentences(sentences: Sentences, tmp_path: Path):
    path = tmp_path / "sentences.txt"
    path.write_text("".join(" ".join(s) + "\n" for s in sentences), encoding="utf-8")
    options: dict[str, Any] = {"vector_size": 8, "workers": 1}
    models = [
        Word2Vec(sentences, **options),
        Word2Vec(corpus_file=str(path), **options),
        Word2Vec(LineSentence(path), **options),
    ]
    for model in models[1:]:
        assert model.wv.index_to_key == models[0].wv.index_to_key
        assert np.array_equal(model.wv.vectors, models[0].wv.vectors)
        assert model.corpus_count == len(sentences)
    models[1].train(corpus_file=path, total_words=9, epochs=1)
    models[0].train(sentences, total_examples=9, epochs=1)
    assert np.array_equal(models[0].wv.vectors, models[1].wv.vectors)
