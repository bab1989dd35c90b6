"""The public names: what means the same is called the same, and what help() shows runs."""

from __future__ import annotations

import dataclasses
import doctest
import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import numpy as np
import pytest

import textseq
from textseq import (
    RECIPES,
    BagOfVectors,
    Classifier,
    EchoClassifier,
    EchoSeries,
    EncodedCorpus,
    FilterConfig,
    Recipe,
    SequenceDataset,
    TextConfig,
    TrainConfig,
    Vocab,
    count_files,
    encode_files,
    evaluate_vectors,
    fit,
    split,
    train_tokenizer,
)
from textseq.config.base import Config
from textseq.text.notices import TextNotice

# Names of others for `overwrite`, `notify`, `progress`, `threads`, `seed`, `batch_size`.
OTHER_NAMES = {
    "force", "replace", "exist_ok", "notice", "callback", "on_notice", "warn", "say", "verbose",
    "progress_callback", "on_progress", "tick", "n_threads", "num_workers", "n_jobs",
    "random_state", "rng", "bs", "lower_case", "quiet",
}  # fmt: skip
# What fills a folder that is new and empty, by contract.
FILLS = {"SequenceModel.write"}
SHOWN = [
    *(name for name in textseq.__all__ if hasattr(getattr(textseq, name), "predict")),
    "SequenceDataset", "Vocab", "WordVectors", "fit", "SequenceModel",
]  # fmt: skip


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """All that can be called by a public name, each once: functions, constructors, methods."""
    for name in textseq.__all__:
        public = getattr(textseq, name)
        if inspect.isfunction(public):
            yield name, public
        elif inspect.isclass(public):
            for key in vars(public):
                value = getattr(public, key)
                if (key == "__init__" or key[0] != "_") and inspect.isroutine(value):
                    yield f"{name}.{key}", value


def parameters_of(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(function).parameters


def test_what_means_the_same_is_called_the_same():
    for name, function in functions():
        assert not OTHER_NAMES & set(parameters_of(function)), name


def test_all_that_writes_takes_overwrite():
    found = set()
    for name, function in functions():
        verb = name.rpartition(".")[2].partition("_")[0]
        if verb in ("save", "write") or "out" in parameters_of(function):
            found.add(name)
            if name not in FILLS:
                overwrite = parameters_of(function)["overwrite"]
                assert (overwrite.kind, overwrite.default) == (overwrite.KEYWORD_ONLY, False), name
    assert {
        "encode_files",
        "merge_vocabs",
        "save_vocab",
        "write_vectors",
        "WordVectors.save",
    } < found


def test_all_that_takes_long_takes_notify():
    found = set()
    for name, function in functions():
        parameters = parameters_of(function)
        if "progress" in parameters:
            found.add(name)
            assert parameters["notify"].default is None, name
    assert {"encode_files", "fetch_corpus", "fit", "train_on_ray", "train_word2vec"} < found
    for name, function in functions():
        if name.startswith("SequenceDataset.from_") and name != "SequenceDataset.from_rows":
            with pytest.raises(TypeError, match="did you mean 'notify'"):
                function(notfy=print)
    assert "notify" in parameters_of(evaluate_vectors)


def test_notices_go_to_notify(tmp_path: Path):
    page = tmp_path / "page.txt"
    page.write_bytes("<html><body>\n<b>a b</b>\n</body></html>\n".encode("utf-16-le"))
    config = TextConfig(min_count=1, encoding="utf-16-le")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("a b\nc\n" * 40)
    (tmp_path / "texts" / "b.zip").write_bytes(b"PK\x03\x04")
    config = TextConfig(min_count=1)
    lines: list[str] = []
    with pytest.warns(TextNotice, match=r"left out, as no text: .*b\.zip"):
        expected = count_files(tmp_path / "texts", config)
    assert count_files(tmp_path / "texts", config, notify=lines.append) == expected
    encode_files(tmp_path / "texts", config, tmp_path / "out", notify=lines.append)
    table = tmp_path / "a.csv"
    table.write_text("text,label\na,x\n,y\n")
    SequenceDataset.from_table(table, config=config, notify=lines.append)
    assert len(lines) == 3
    assert "b.zip" in lines[0] == lines[1]
    assert "1 text is empty or null" in lines[2]
    with pytest.warns(TextNotice, match="empty or null"):  # afterwards as before
        SequenceDataset.from_table(table, config=config)


def test_a_tokenizer_and_a_vocab_are_not_overwritten_unasked(tmp_path: Path):
    config = TextConfig(tokenizer="bpe", subword_vocab=40)
    lines = ["ab ab abc"] * 5
    train_tokenizer(iter(lines), config, tmp_path / "t.json")
    with pytest.raises(FileExistsError, match=r"t\.json exists already"):
        train_tokenizer(iter(lines), config, tmp_path / "t.json")
    again = train_tokenizer(iter(lines), config, tmp_path / "t.json", overwrite=True)
    assert again.tokenizer_file == str(tmp_path / "t.json")
    Vocab(["a"], specials=()).save(tmp_path)
    with pytest.raises(FileExistsError, match=r"vocab\.txt exists already"):
        Vocab(["b"], specials=()).save(str(tmp_path))
    Vocab(["b"], specials=()).save(tmp_path, overwrite=True)
    assert Vocab.load(tmp_path, specials=[]).tokens == ["b"]


def test_what_help_shows_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    names = {name: getattr(textseq, name) for name in textseq.__all__}
    finder = doctest.DocTestFinder(recurse=False)
    report: list[str] = []
    for name in SHOWN:
        test = next(iter(finder.find(getattr(textseq, name), name, globs=names)))
        commands = sum(len(example.source.splitlines()) for example in test.examples)
        assert 3 <= commands <= 6, name
        # Verbose by default where pytest is.
        runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
        runner.run(test, out=report.append)
    assert not report, "".join(report)


# ---- what is given is what is kept


def configs() -> list[type[Config]]:
    found, todo = [], [Config]
    while todo:
        kinds = todo.pop().__subclasses__()
        found += [kind for kind in kinds if kind.__module__.startswith("textseq.config")]
        todo += kinds
    return found


def test_lists_are_taken_where_tuples_are_kept():
    n_tuples = 0
    for kind in configs():
        hints = get_type_hints(kind)
        for field in dataclasses.fields(kind):  # type: ignore[arg-type]
            if get_origin(hints[field.name]) is tuple:
                n_tuples += 1
                given = kind(**{field.name: list(field.default)})
                assert given == kind(), field.name
                assert hash(given) == hash(kind())
                assert kind.from_json(given.to_json()) == given
    assert n_tuples
    assert TextConfig(clean=["nfc"]).clean == ("nfc",)  # type: ignore[arg-type]
    assert {TextConfig, FilterConfig, TrainConfig} <= set(configs())


def test_lists_and_tuples_elsewhere(tmp_path: Path):
    assert Vocab(("<pad>", "a"), specials=["<pad>"]).specials == ("<pad>",)
    config = TextConfig(min_count=1)
    texts = SequenceDataset.from_texts(("a", "b", "c", "d"), ("x", "y", "x", "y"), config=config)
    assert [len(part) for part in split(texts, [0.5, 0.5])] == [2, 2]
    table = tmp_path / "a.csv"
    table.write_text("t,u,label\na,b,x\nc,d,y\n")
    for text in (["t", "u"], ("t", "u")):
        found = SequenceDataset.from_table(table, text, config=config)
        assert isinstance(found.inputs, EncodedCorpus)
        assert found.inputs.decode(0) == ["a", "b"]


def test_recipes_are_not_changed():
    with pytest.raises(TypeError):
        RECIPES["new"] = {}  # type: ignore[index]
    with pytest.raises(TypeError):
        RECIPES["tagger"]["new"] = RECIPES["tagger"]["default"]  # type: ignore[index]
    assert isinstance(RECIPES["tagger"]["default"], Recipe)


# ---- what does not go together


def test_fit_says_what_is_solved_and_not_trained():
    data = SequenceDataset.from_texts(["a", "b"] * 5, ["x", "y"] * 5)
    model = EchoClassifier.for_dataset(data, units=50, dim=4)
    with pytest.raises(
        TypeError, match=r"EchoClassifier is solved.*; model\.learn\(train, valid\)"
    ):
        fit(model, data, data)
    series = EchoSeries.for_series(np.sin(np.arange(60.0))[:, None])
    with pytest.raises(TypeError, match=r"EchoSeries\.for_series\(series\)"):
        fit(series, data, data)


def test_fit_says_what_validation_data_is_for():
    data = SequenceDataset.from_texts(["a", "b"] * 5, ["x", "y"] * 5)
    model = BagOfVectors.for_dataset(data, hidden=2, dim=2)
    with pytest.raises(TypeError, match=r"valid is None; .* split"):
        fit(model, data, None)  # type: ignore[arg-type]
    assert Classifier.solved_by == ""
