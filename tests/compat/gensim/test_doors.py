"""What a script imports, what that costs, and what is refused there."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.compat.gensim import models as OURS
from textseq.compat.gensim.models import KeyedVectors, Phrases, Word2Vec
from textseq.vectors.word_vectors import WordVectors

PATHS = {
    "models": ["Word2Vec", "KeyedVectors", "Phrases", "FastText"],
    "models.word2vec": ["Word2Vec", "LineSentence", "PathLineSentences", "Text8Corpus"],
    "models.keyedvectors": ["KeyedVectors", "Word2VecKeyedVectors", "load_word2vec_format"],
    "models.phrases": [
        "Phrases", "Phraser", "FrozenPhrases", "ENGLISH_CONNECTOR_WORDS", "original_scorer",
        "npmi_scorer",
    ],
    "models.callbacks": ["CallbackAny2Vec"],
    "models.fasttext": ["FastText", "load_facebook_vectors", "load_facebook_model"],
    "utils": [
        "simple_preprocess", "tokenize", "deaccent", "to_unicode", "RULE_KEEP", "RULE_DEFAULT",
        "RULE_DISCARD", "save_as_line_sentence", "keep_vocab_item", "prune_vocab",
    ],
    "downloader": ["load", "info"],
}  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_paths_of_gensim(path: str):
    theirs = pytest.importorskip("gensim") and importlib.import_module(f"gensim.{path}")
    ours = importlib.import_module(f"textseq.compat.gensim.{path}")
    for name in PATHS[path]:
        assert hasattr(theirs, name)
        assert hasattr(ours, name)


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_the_door_is_light():
    heavy = ("torch", "numba", "scipy", "pyarrow", "pickle5", "gensim", "typer", "tokenizers")
    code = (
        "import sys; import textseq.compat.gensim as gensim; gensim.models.Word2Vec; "
        "kv = gensim.models.KeyedVectors(2); kv.add_vectors(['a', 'b'], [[1, 0], [0, 1]]); "
        f"kv.most_similar('a'); print([m for m in {heavy} if m in sys.modules])"
    )
    assert run(code) == "[]\n"


def test_training_loads_no_torch():
    code = (
        "import sys; from textseq.compat.gensim.models import Word2Vec; "
        "Word2Vec([['a', 'b']] * 9, vector_size=4, epochs=1); print('torch' in sys.modules)"
    )
    assert run(code) == "False\n"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("models.FastText", "Word2Vec trains whole words"),
        ("models.FastText.load", "load_word2vec_format"),
        ("models.fasttext.load_facebook_vectors", "load_word2vec_format"),
        ("downloader.load", "save_word2vec_format"),
        ("models.Word2Vec().score", "predict_output_word"),
    ],
)
def test_what_is_refused(call: str, says: str):
    gensim = importlib.import_module("textseq.compat.gensim")
    with pytest.raises(NotImplementedError, match=says):
        eval(f"gensim.{call}", {"gensim": gensim})("glove-wiki-gigaword-50")


# ---- folders


def test_textseq_reads_what_is_saved(ours: KeyedVectors, tmp_path: Path):
    ours.save(tmp_path / "kv")
    vectors = WordVectors.load(tmp_path / "kv")
    assert np.array_equal(vectors.vectors, ours.vectors)
    assert vectors.vocab.counts.tolist() == ours.expandos["count"].tolist()
    assert [tuple(n) for n in vectors.nearest("w3", 4)] == [
        (key, pytest.approx(cosine, abs=1e-6)) for key, cosine in ours.most_similar("w3", topn=4)
    ]
    vectors.save(tmp_path / "again")
    loaded = KeyedVectors.load(tmp_path / "again")
    assert loaded.get_vecattr("w3", "count") == ours.get_vecattr("w3", "count")


def test_vectors_come_back(ours: KeyedVectors, tmp_path: Path):
    ours.set_vecattr("w3", "weight", 0.25)
    del ours.expandos["count"]
    ours.save(tmp_path / "kv")
    loaded = KeyedVectors.load(tmp_path / "kv", mmap="r")
    assert loaded.expandos.keys() == {"weight"}
    assert loaded.get_vecattr("w3", "weight") == 0.25
    assert not loaded.vectors.flags.writeable
    loaded.add_vectors("new", np.ones(17))
    assert len(loaded) == 212


def wrong(what: str) -> KeyedVectors:
    kv = KeyedVectors(2, dtype=np.float64 if what == "float64" else np.float32)
    if what == "key None":  # room that was never filled
        return KeyedVectors(2, count=3)
    if what != "no vectors":
        kv.add_vectors([7 if what == "key 7" else "a"], [[1, 2]])
    if what == "attribute 'part'":
        kv.set_vecattr("a", "part", "noun")
    return kv


@pytest.mark.parametrize("what", ["no vectors", "float64", "key 7", "key None", "attribute 'part'"])
def test_what_a_folder_does_not_hold(tmp_path: Path, what: str):
    with pytest.raises(NotImplementedError, match=what):
        wrong(what).save(tmp_path / "kv")
    assert not list(tmp_path.iterdir())


def test_nothing_of_others_is_replaced(ours: KeyedVectors, tmp_path: Path):
    (tmp_path / "file").write_text("precious", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("precious", encoding="utf-8")
    for name in ("file", "folder"):
        with pytest.raises(FileExistsError, match="left alone; choose another name, or remove it"):
            ours.save(tmp_path / name)
    with (tmp_path / "file").open("rb") as file, pytest.raises(TypeError, match="name of a folder"):
        ours.save(file)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"gensim": {', '"gensim": [1], "x": {'),
        ('"dtype": "<f8"', '"dtype": "O"'),
        ('"dtype": "<f8"', '"type": "O"'),
        ('"values": [', '"values": ["x", '),
        ('"values": [', '"values": [0.5, '),
        ('"options": {', '"others": {'),
        ('"workers": 1', '"workers": 0'),
        ('"seed": 1', '"seed": null'),
    ],
)
def test_damaged_folders(tmp_path: Path, old: str, new: str):
    model = Word2Vec([["a", "b"]] * 9, vector_size=4, epochs=1, workers=1)
    model.wv.set_vecattr("a", "weight", 0.5)
    model.save(tmp_path / "model")
    config = tmp_path / "model" / "config.json"
    text = config.read_text(encoding="utf-8")
    assert old in text
    config.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=str(tmp_path / "model")):
        Word2Vec.load(tmp_path / "model")


@pytest.mark.parametrize("kind", [KeyedVectors, Word2Vec, Phrases])
def test_pickles_and_nothing(tmp_path: Path, kind: Any):
    (tmp_path / "old.model").write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(ValueError, match=r"python -m textseq\.compat\.gensim\.convert"):
        kind.load(tmp_path / "old.model")
    with pytest.raises(FileNotFoundError):
        kind.load(tmp_path / "nothing")


# ---- what gensim saved


def test_converting(sentences: list[list[str]], tmp_path: Path):
    theirs = pytest.importorskip("gensim.models")
    model = theirs.Word2Vec(sentences, vector_size=8, min_count=2, workers=1, sg=1)
    phrases = theirs.Phrases(sentences, threshold=0.01, scoring="npmi")
    for name, made in (
        ("model", model),
        ("wv", model.wv),
        ("phrases", phrases),
        ("frozen", phrases.freeze()),
    ):
        made.save(str(tmp_path / name))
        command = [sys.executable, "-m", "textseq.compat.gensim.convert"]
        subprocess.run([*command, tmp_path / name, tmp_path / f"{name}.new"], check=True)
    ours = Word2Vec.load(tmp_path / "model.new")
    assert np.array_equal(ours.syn1neg, model.syn1neg)
    assert (ours.sg, ours.min_count, ours.corpus_count) == (1, 2, len(sentences))
    for wv in (ours.wv, KeyedVectors.load(tmp_path / "wv.new")):
        assert wv.key_to_index == model.wv.key_to_index
        assert np.array_equal(wv.vectors, model.wv.vectors)
        assert wv.expandos["count"].tolist() == model.wv.expandos["count"].tolist()
    loaded = Phrases.load(tmp_path / "phrases.new")
    assert loaded.vocab == phrases.vocab
    assert loaded.export_phrases() == phrases.export_phrases()
    frozen = importlib.import_module("textseq.compat.gensim.models.phrases").FrozenPhrases
    assert frozen.load(tmp_path / "frozen.new").phrasegrams == phrases.freeze().phrasegrams


def test_what_is_not_converted():
    convert = importlib.import_module("textseq.compat.gensim.convert")
    theirs = pytest.importorskip("gensim.models")
    for given, says in (
        (theirs.Word2Vec([["a", "b"]] * 9, hs=1, negative=0, workers=1), "hs=1"),
        (theirs.FastText([["a", "b"]] * 9, vector_size=2, workers=1), r"its \.wv is"),
        ([1, 2], "a list is not converted"),
    ):
        with pytest.raises((TypeError, NotImplementedError), match=says):
            convert.from_gensim(given)


# ---- the same doors


METHODS = {
    "Word2Vec": ["__init__", "build_vocab", "train", "prepare_vocab", "scan_vocab",
                 "build_vocab_from_freq", "predict_output_word", "estimate_memory", "reset_from"],
    "KeyedVectors": ["__init__", "add_vector", "add_vectors", "get_vector", "get_mean_vector",
                     "most_similar", "most_similar_cosmul", "similar_by_word", "similar_by_vector",
                     "distances", "n_similarity", "rank_by_centrality", "wmdistance",
                     "evaluate_word_analogies", "evaluate_word_pairs", "save_word2vec_format",
                     "load_word2vec_format", "intersect_word2vec_format", "vectors_for_all",
                     "relative_cosine_similarity", "allocate_vecattrs", "fill_norms"],
    "Phrases": ["__init__", "add_vocab", "find_phrases", "export_phrases"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "method"), [(kind, name) for kind, names in METHODS.items() for name in names]
)
def test_parameters_and_defaults(kind: str, method: str):
    """In gensim's order, so that they may be given by position; ours may take more behind them."""
    theirs, ours = (
        inspect.signature(getattr(getattr(module, kind), method)).parameters
        for module in (pytest.importorskip("gensim.models"), OURS)
    )
    named = [p for p in theirs.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    for one, other in zip(named, ours.values(), strict=False):
        assert one.name == other.name
        assert one.default == other.default
    assert len(ours) >= len(named)
