"""Recipes: all options of a training in one value, and in TOML."""

from __future__ import annotations

import dataclasses
import pickle
import tomllib
from typing import Any

import pytest

from textseq.advice import in_a_shell
from textseq.config import (
    RECIPES,
    EchoStateConfig,
    OptionError,
    Recipe,
    RNNConfig,
    TextConfig,
    TrainConfig,
    TrialConfig,
    Word2VecConfig,
    find_recipe,
)
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.echo.echo_state import EchoClassifier
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.tagger import Tagger
from textseq.rnn.training.fit import fit

ALL = [(task, name) for task, recipes in RECIPES.items() for name in recipes]
CLASSIFIER = find_recipe("classifier")


@pytest.mark.parametrize(("task", "name"), ALL)
def test_toml_brings_back_the_same_recipe(task: str, name: str):
    recipe = RECIPES[task][name]
    assert recipe.task == task
    text = recipe.to_toml()
    assert find_recipe(task).with_toml(text) == recipe
    sections = tomllib.loads(text)
    options = {key for part in sections.values() if isinstance(part, dict) for key in part}
    for part in recipe.parts.values():
        assert {field.name for field in dataclasses.fields(part)} <= options


def test_a_part_of_a_file_leaves_the_rest():
    text = 'task = "classifier"\n[network]\nhidden = 7\ntrain_vectors_after = "none"\n'
    recipe = CLASSIFIER.with_toml(text)
    assert recipe == CLASSIFIER.replace(hidden=7, train_vectors_after=None)
    assert CLASSIFIER.with_toml("") == CLASSIFIER


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[network", "a.toml is no TOML"),
        ('task = "tagger"', "a.toml is for the task 'tagger', and classifier is asked for"),
        ("[netwrk]\nhidden = 3", "a.toml has 'netwrk'; its sections are text, network, training"),
        ("hidden = 3", "a.toml has 'hidden'; its sections are"),
        ("[network]\nhiden = 3", r"a.toml, \[network\]: RNNConfig has no option 'hiden'"),
        ("[network]\nhidden = 0", r"a.toml, \[network\]: hidden is 0; the least that works is 1"),
        ("[training]\nlr = 'x'", r"a.toml, \[training\]: lr is 'x'"),
    ],
)
def test_files_that_do_not_work(text: str, message: str):
    with pytest.raises(ValueError, match=message):
        CLASSIFIER.with_toml(text, "a.toml")


def test_class_weights_and_the_share_in_a_file():
    text = "[classifier]\nclass_weights = {bad = 2, 'so so' = 0.5}\n[data]\nvalid_share = 0.2\n"
    recipe = CLASSIFIER.with_toml(text)
    assert recipe.options.class_weights == {"bad": 2, "so so": 0.5}
    assert recipe.data.valid_share == 0.2
    assert CLASSIFIER.with_toml(recipe.to_toml()) == recipe
    assert recipe.with_toml("[classifier]\nclass_weights = 'none'").options == CLASSIFIER.options
    for wrong, message in (
        ("[data]\nvalid_share = 1.0", r"a.toml, \[data\]: valid_share is 1; it is between 0 and 1"),
        ("[classifier]\nclass_weights = {bad = 0}", "class_weights has 0 for 'bad'; a number"),
        ("[classifier]\nclass_weights = {bad = 'x'}", "class_weights has 'x' for 'bad'"),
        ("[classifier]\nclass_weights = ['bad=1']", "class_weights is "),
        ("[classifier]\nbalanced = true\nclass_weights = {bad = 1}", "balanced makes weights of"),
    ):
        with pytest.raises(ValueError, match=message):
            CLASSIFIER.with_toml(wrong, "a.toml")


def test_labels_of_all_characters_in_toml():
    weights = {'a\x7f"\\\n': 1.0, "b\x00": 2.0}
    recipe = CLASSIFIER.replace(class_weights=weights)
    assert r"a\u007F" in recipe.to_toml()
    assert CLASSIFIER.with_toml(recipe.to_toml()) == recipe
    with pytest.raises(ValueError, match=r"'\\ud800' has a lone surrogate, which TOML cannot hold"):
        CLASSIFIER.replace(class_weights={"\ud800": 1.0}).to_toml()


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"pos": True}, "class_weights has True for 'pos'; a number of"),
        ({"pos": float("nan")}, "class_weights has nan for 'pos'"),
        ({1: 2.0}, "class_weights has the label 1; a name works, such as '1'"),
        ([1, 2], r"class_weights is \[1, 2\]; it takes a table \(a dict\) or None"),
    ],
)
def test_class_weights_that_are_none(weights: Any, message: str):
    with pytest.raises(OptionError, match=message):
        CLASSIFIER.replace(class_weights=weights)


def test_balanced_and_class_weights_drop_each_other():
    weighted = CLASSIFIER.replace(class_weights={"pos": 1, "neg": 2})
    assert weighted.replace(balanced=True).options == CLASSIFIER.replace(balanced=True).options
    assert weighted.replace(balanced=False) == weighted
    assert weighted.options.replace(balanced=True).replace(class_weights={"a": 1}).balanced is False
    with pytest.raises(ValueError, match="balanced makes weights of its own"):
        CLASSIFIER.replace(balanced=True, class_weights={"pos": 1})
    with pytest.raises(ValueError, match=r"own; give it or class_weights") as no:
        weighted.with_toml("[classifier]\nbalanced = true", "a.toml")
    assert in_a_shell(str(no.value)) == str(no.value)  # a file has no flags


def test_parts_of_another_task():
    echo = find_recipe("echo-state")
    options = find_recipe("tagger").options
    for changes, error, message in (
        ({"task": "tagger"}, ValueError, "task is 'tagger'; a recipe of a classifier keeps its"),
        ({"options": options}, TypeError, "options is a TaggerConfig; it takes a ClassifierConfig"),
        ({"echo": EchoStateConfig()}, TypeError, "echo is an EchoStateConfig; it takes None in a"),
        ({"echo": 3}, TypeError, "echo is an int; it takes an EchoStateConfig or None"),
    ):
        with pytest.raises(error, match=message):
            CLASSIFIER.replace(**changes)
        with pytest.raises(error, match=message):
            Classifier.for_dataset(data(), **changes)
    with pytest.raises(TypeError, match="echo is None; it takes an EchoStateConfig in a recipe of"):
        echo.replace(echo=None)
    with pytest.raises(TypeError, match="options is a TaggerConfig; it takes a ClassifierConfig"):
        Classifier.for_dataset(data(), dataclasses.replace(CLASSIFIER, options=options))
    assert CLASSIFIER.replace(task="classifier") == CLASSIFIER


def test_options_without_effect_on_a_reservoir():
    echo = find_recipe("echo-state")
    assert echo.with_toml("[network]\ndim = 9\n").network.dim == 9
    assert echo.with_toml(echo.to_toml()) == echo  # which names them all
    with pytest.raises(ValueError, match=r"a.toml, \[network\]: hidden has no effect on a reserv"):
        echo.with_toml("[network]\nhidden = 7\n", "a.toml")
    assert echo.with_toml("[network]\ncell = 'LSTM'\n") == echo  # as it is, in other letters
    with pytest.raises(ValueError, match="dropout has no effect on a reservoir; here dim and inp"):
        echo.replace(dropout=0.1)
    changed = echo.replace(bidirectional=False, dim=9)
    assert (changed.echo.bidirectional, changed.network.dim) == (False, 9)  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="dropout has no effect on a reservoir"):
        EchoClassifier.for_dataset(data(), hidden=128, dropout=0.9)


@pytest.mark.parametrize("model", [Classifier, EchoClassifier])
def test_seeds_of_models_are_those_of_configs(model: type[Any]):
    for seed, message in ((2**80, "seed is 1208925.*; the most that works"), ("x", "seed is 'x'")):
        with pytest.raises(OptionError, match=message):
            model.for_dataset(data(), seed=seed)


@pytest.mark.parametrize("kind", [TrainConfig, EchoStateConfig, TrialConfig, Word2VecConfig])
def test_seeds_are_of_63_bits(kind: type[Any]):
    assert kind(seed=2**63 - 1).seed == 2**63 - 1
    with pytest.raises(OptionError, match="seed is 9223372036854775808; the most that works") as no:
        kind(seed=2**63)
    assert no.value.option == "seed"
    assert str(pickle.loads(pickle.dumps(no.value))) == str(no.value)  # from another process


def test_the_largest_seed_trains():
    small = CLASSIFIER.replace(hidden=2, dim=2, epochs=1, threads=1, seed=2**63 - 1)
    assert fit(Classifier.for_dataset(data(), small), data(), data(), small).best_epoch == 1


def test_replace_by_name_and_by_part():
    recipe = CLASSIFIER.replace(dropout=0.1, lr=0.5, pooling="max", min_count=9)
    assert recipe.network.dropout == 0.1
    assert recipe.training.lr == 0.5
    assert recipe.options.pooling == "max"
    assert recipe.text.min_count == 9
    assert CLASSIFIER.replace(text=TextConfig(), min_count=3).text == TextConfig(min_count=3)
    with pytest.raises(TypeError, match="a recipe of a classifier takes no 'depth'"):
        CLASSIFIER.replace(depth=3)
    with pytest.raises(ValueError, match="hidden is 0"):
        CLASSIFIER.replace(hidden=0)


@pytest.mark.parametrize(
    ("recipe", "options"),
    [
        (find_recipe("tagger"), {"characters": "none", "crf": False, "train_vectors_after": None}),
        (find_recipe("translator"), {"bleu_tokenizer": "none", "clean": ()}),
    ],
)
def test_the_word_none_is_a_value_where_it_is_a_choice(
    recipe: Recipe[Any], options: dict[str, Any]
):
    changed = recipe.replace(**options)
    assert recipe.with_toml(changed.to_toml()) == changed


def test_words_of_the_command_line_for_nothing():
    text = "[network]\ntrain_vectors_after = 'never'\n[text]\nclean = 'none'\n"
    assert CLASSIFIER.with_toml(text) == CLASSIFIER.replace(train_vectors_after=None, clean=())


def test_parts_that_are_none():
    with pytest.raises(TypeError, match="text is None; it takes a TextConfig"):
        CLASSIFIER.replace(text=None)
    with pytest.raises(TypeError, match="a recipe of an echo-state takes no 'lr'"):
        find_recipe("echo-state").replace(lr=0.5)
    with pytest.raises(TypeError, match="a str was given; a Recipe works, an RNNConfig"):
        Classifier.for_dataset(data(), "sst2")  # type: ignore[arg-type]


def test_names_of_recipes():
    with pytest.raises(ValueError, match=f"no task 'lm'; there are {', '.join(RECIPES)}"):
        find_recipe("lm")
    assert find_recipe("classifier", "sst2").network.dim == 200
    with pytest.raises(ValueError, match="no recipe 'sst' of a classifier; did you mean 'sst2'"):
        find_recipe("classifier", "sst")


# ---- in Python


def data() -> SequenceDataset:
    rows = [("a good film", "pos"), ("a bad film", "neg")] * 8
    texts, labels = zip(*rows, strict=True)
    return SequenceDataset.from_texts(texts, labels, config=TextConfig(min_count=1))


def test_models_are_made_by_their_recipe():
    small = CLASSIFIER.replace(hidden=4, dim=4, pooling="mean", max_length=9, seed=3)
    model = Classifier.for_dataset(data(), small)
    assert (model.rnn.hidden, model.options["pooling"], model.max_length) == (4, "mean", 9)
    same = Classifier.for_dataset(
        data(), RNNConfig(hidden=4, dim=4, dropout=0.5, embedding_dropout=0.3), pooling="mean",
        max_length=9, seed=3,
    )  # fmt: skip
    ours, theirs = model.state_dict(), same.state_dict()
    assert all(ours[name].equal(theirs[name]) for name in ours)
    # Without any, the task's own, which is that of the command line.
    assert Classifier.for_dataset(data()).rnn == CLASSIFIER.network
    assert Classifier.for_dataset(data(), hidden=4).rnn == CLASSIFIER.network.replace(hidden=4)


def test_a_recipe_of_another_task():
    with pytest.raises(
        ValueError, match="this recipe is for the task tagger; one for classifier works"
    ):
        Classifier.for_dataset(data(), find_recipe("tagger"))
    with pytest.raises(TypeError, match=r"Tagger\.for_dataset takes no 'pooling'"):
        Tagger.for_dataset(data(), pooling="max")


def test_fit_reads_the_recipe():
    small = CLASSIFIER.replace(hidden=4, dim=4, epochs=2, threads=1)
    losses = []
    for given in (small, small.training):
        model = Classifier.for_dataset(data(), small)
        history = fit(model, data(), data(), given)
        losses.append([entry["train_loss"] for entry in history.epochs])
    assert losses[0] == losses[1]
    assert len(losses[0]) == 2
    # Without any, that of the model.
    model = Classifier.for_dataset(data(), small, seed=1)
    history = fit(model, data(), data())
    assert [entry["train_loss"] for entry in history.epochs] == losses[0]
    with pytest.raises(ValueError, match="this recipe is for the task tagger; one for classifier"):
        fit(model, data(), data(), find_recipe("tagger"))
