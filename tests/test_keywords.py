"""Keywords that a public function does not know: refused, with the near one that it knows."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import textseq
from textseq import (
    Classifier,
    EchoClassifier,
    EchoStateConfig,
    EchoTagger,
    RNNConfig,
    SequenceDataset,
    Tagger,
    TextConfig,
    find_recipe,
)
from textseq.keywords import near_name, only_options

CONFIG = TextConfig(min_count=1)


def texts() -> SequenceDataset:
    return SequenceDataset.from_texts(["a b", "c"], ["x", "y"], config=CONFIG)


def tagged() -> SequenceDataset:
    return SequenceDataset.from_sentences([(["a", "b"], ["X", "Y"])], config=CONFIG)


def made(model: str, **named: Any) -> Any:
    """A model by its constructor, which needs what `for_dataset` finds out."""
    small = EchoStateConfig(units=9, density=0.9).filled(text=True).to_json()
    if model == "EchoTagger":
        sides = Tagger.for_dataset(tagged(), hidden=2, dim=2, characters="none").sides
        return EchoTagger(sides, RNNConfig(dim=2), echo=small, **named)
    sides = Classifier.for_dataset(texts(), hidden=2, dim=2).sides
    if model == "EchoClassifier":
        return EchoClassifier(sides, RNNConfig(dim=2), echo=small, **named)
    return getattr(textseq, model)(sides, RNNConfig(dim=2, hidden=2), **named)


# What each that takes **keywords is called with: a call, a wrong name, and the one that is meant.
CALLS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "BagOfVectors": (lambda **k: made("BagOfVectors", **k), "max_lenght", "max_length"),
    "Classifier": (lambda **k: made("Classifier", **k), "poling", "pooling"),
    "EchoClassifier": (lambda **k: made("EchoClassifier", **k), "poling", "pooling"),
    "EchoTagger": (lambda **k: made("EchoTagger", **k), "carh_size", "character_size"),
    "SequenceModel": (lambda **k: made("Classifier", **k), "label_smothing", "label_smoothing"),
    "from_conll": (lambda **k: SequenceDataset.from_conll("x", **k), "tagg", "tag"),
    "from_conllu": (lambda **k: SequenceDataset.from_conllu("x", **k), "confg", "config"),
    "from_datasets": (lambda **k: SequenceDataset.from_datasets("x", **k), "lable", "label"),
    "from_features": (lambda **k: SequenceDataset.from_features([], [], **k), "confg", "config"),
    "from_folder": (lambda **k: SequenceDataset.from_folder("x", **k), "lables", "labels"),
    "from_parallel": (lambda **k: SequenceDataset.from_parallel("x", "y", **k), "vocb", "vocab"),
    "from_sentences": (lambda **k: SequenceDataset.from_sentences([], **k), "confg", "config"),
    "from_table": (lambda **k: SequenceDataset.from_table("x", **k), "seperator", "separator"),
    "from_texts": (lambda **k: SequenceDataset.from_texts(["a"], **k), "lables", "labels"),
    "for_labels": (lambda **k: Classifier.for_labels(
        texts(), RNNConfig(), vectors=None, balanced=False, class_weights=None, seed=1, **k
    ), "poling", "pooling"),
    "restore": (lambda **k: Classifier.restore(
        Classifier.for_dataset(texts(), hidden=2, dim=2).sides, RNNConfig(), **k
    ), "poling", "pooling"),
    "replace": (lambda **k: find_recipe("tagger").replace(**k), "hiden", "hidden"),
}  # fmt: skip


def takers() -> Iterator[tuple[str, Callable[..., Any]]]:
    """All public functions, constructors and methods that take **keywords."""
    for name in textseq.__all__:
        public = getattr(textseq, name)
        found = {name: public} if inspect.isfunction(public) else {}
        if inspect.isclass(public):
            found = {
                name if key == "__init__" else key: getattr(public, key)
                for key in dir(public)
                if (key == "__init__" or key[0] != "_")
                and getattr(getattr(public, key), "__module__", "").startswith("textseq")
            }
        for key, function in found.items():
            if inspect.isroutine(function) and any(
                parameter.kind is parameter.VAR_KEYWORD
                for parameter in inspect.signature(function).parameters.values()
            ):
                yield key, function


def test_every_taker_of_keywords_is_tested_here():
    names = {name for name, _ in takers()}
    assert {"from_texts", "for_dataset", "Classifier"} <= names
    assert names - {"for_dataset", "answers"} == CALLS.keys()


@pytest.mark.parametrize("name", CALLS)
def test_an_unknown_keyword_is_refused(name: str):
    call, wrong, right = CALLS[name]
    with pytest.raises(TypeError, match=f"'{wrong}'; did you mean '{right}'"):
        call(**{wrong: None})


@pytest.mark.parametrize("name", ["vectros", "lerning_rate", "hiden"])
@pytest.mark.parametrize(
    "model",
    [n for n in textseq.__all__ if hasattr(getattr(textseq, n), "for_dataset")],
)
def test_for_dataset_refuses_it_too(model: str, name: str):
    known = {"vectros": "vectors", "lerning_rate": "input_scaling", "hiden": "hidden"}
    with pytest.raises(TypeError, match=rf"{model}\.for_dataset takes no '{name}'") as caught:
        getattr(textseq, model).for_dataset(None, **{name: None})
    assert name == "lerning_rate" or f"did you mean '{known[name]}'" in str(caught.value)


def test_configs_refuse_it_when_they_are_changed():
    with pytest.raises(TypeError, match="TextConfig takes no 'lower'; did you mean 'lowercase'"):
        CONFIG.replace(lower=True)
    with pytest.raises(ValueError, match="no option 'lower'; did you mean 'lowercase'"):
        TextConfig.from_json({"lower": True})


def test_near_names():
    assert near_name("lables", ["text", "labels"]) == (
        "; did you mean 'labels'? There are text, labels"
    )
    assert near_name("x", ["text", "labels"]) == "; there are text, labels"
    many = [f"name{number}" for number in range(50)]
    assert near_name("nam7", many) == "; did you mean 'name7'?"


def test_the_names_of_a_typed_dict_and_of_the_function_are_known():
    from typing import TypedDict, Unpack

    class Options(TypedDict, total=False):
        width: int

    @only_options(Options)
    def draw(text: str, *, height: int = 1, **options: Unpack[Options]) -> tuple[Any, ...]:
        return text, height, options

    assert draw("a", height=2, width=3) == ("a", 2, {"width": 3})
    assert draw(text="a") == ("a", 1, {})
    with pytest.raises(TypeError, match="draw takes no 'widht'; did you mean 'width'"):
        draw("a", widht=3)  # type: ignore[call-arg]
