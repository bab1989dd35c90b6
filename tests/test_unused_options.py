"""Options without effect: which are told and where; recipes and defaults are left in peace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from textseq.advice import in_a_shell
from textseq.config import (
    RECIPES,
    EchoTextConfig,
    RNNConfig,
    TaggerConfig,
    TextConfig,
    find_recipe,
)
from textseq.config.unused import unused_of_recipe, unused_options
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.echo.echo_state import EchoClassifier, EchoTagger
from textseq.rnn.models.bag_of_vectors import BagOfVectors
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.tagger import Tagger
from textseq.text.encode import count_files, encode_files, encode_lines

LABELLED = SequenceDataset.from_texts(["a good day", "a bad day"] * 3, ["+", "-"] * 3)
TAGGED = SequenceDataset.from_sentences([(["the", "cat"], ["DET", "NOUN"])] * 5)


# ---- the rules


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (TextConfig(subword_vocab=500), ["subword_vocab has no effect here; it goes with "
            "tokenizer='bpe', tokenizer='wordpiece' or tokenizer='unigram'"]),
        (TextConfig(tokenizer="bpe", subword_vocab=500), []),
        (TextConfig(tokenizer="word", korean_forms="kiwi"),
            ["korean_forms has no effect here; it goes with tokenizer='korean'"]),
        (TextConfig(tokenizer="korean", korean_forms="kiwi"), []),
        (RNNConfig(cell="gru", forget_bias=3.0),
            ["forget_bias has no effect here; it goes with cell='lstm'"]),
        (RNNConfig(cell="lstm", forget_bias=3.0), []),
        (RNNConfig(cell="gru"), []),
        (RNNConfig(input="one-hot", dim=50), []),
        (TaggerConfig(characters="none", character_size=10),
            ["character_size has no effect here; it goes with characters='cnn' or "
             "characters='lstm'"]),
        (TaggerConfig(character_size=10), []),
    ],
)  # fmt: skip
def test_what_goes_with_what(config: Any, told: list[str]):
    assert unused_options(config) == told


def test_as_a_shell_has_it():
    (told,) = unused_options(RNNConfig(cell="gru", forget_bias=3.0))
    assert in_a_shell(told) == "--forget-bias has no effect here; it goes with --cell lstm"


@pytest.mark.parametrize(
    "recipe",
    [recipe for of_task in RECIPES.values() for recipe in of_task.values()],
    ids=[f"{task} {name}" for task, of_task in RECIPES.items() for name in of_task],
)
def test_no_recipe_is_told_of(recipe: Any):
    assert unused_of_recipe(recipe) == []
    for part in recipe.parts.values():
        assert unused_options(part) == []


def test_what_another_recipe_has_is_not_told_of():
    # Its 6,000 subwords are of the default, and nobody has asked for them.
    assert unused_options(find_recipe("translator").replace(tokenizer="word").text) == []


def test_what_a_model_does_not_have():
    recipe = find_recipe("echo-state").replace(pooling="last", washout=5)
    assert unused_of_recipe(recipe, ("pooling", "washout")) == [
        "pooling has no effect on this model", "washout has no effect on this model",
    ]  # fmt: skip
    assert unused_options(EchoTextConfig(), without=("pooling",)) == []


# ---- where they are told


@pytest.mark.parametrize(
    ("model", "options", "told"),
    [
        (Classifier, {"cell": "gru", "forget_bias": 2.0, "hidden": 4},
            ["forget_bias has no effect here; it goes with cell='lstm'"]),
        (Classifier, {"cell": "gru", "hidden": 4}, []),
        (BagOfVectors, {"hidden": 4, "pooling": "max", "cell": "gru"},
            ["cell has no effect on this model", "pooling has no effect on this model"]),
        (BagOfVectors, {"hidden": 4, "dropout": 0.1}, []),
        (EchoClassifier, {"units": 50, "dim": 4, "character_size": 10},
            ["character_size has no effect on this model"]),
        (EchoClassifier, {"units": 50, "dim": 4, "pooling": "last"}, []),
    ],
)  # fmt: skip
def test_of_models_for_labels(
    model: Any, options: dict[str, Any], told: list[str], notices: list[str]
):
    model.for_dataset(LABELLED, **options)
    assert notices == told


def test_a_recipe_of_another_model_is_taken_as_it_is():
    recipe = find_recipe("classifier").replace(cell="gru", pooling="max", hidden=4)
    assert Classifier.for_dataset(LABELLED, recipe).rnn.cell == "gru"
    assert BagOfVectors.for_dataset(LABELLED, recipe).recipe == recipe


def test_of_taggers(notices: list[str]):
    EchoTagger.for_dataset(TAGGED, units=50, dim=4, character_size=4, pooling="last")
    assert notices == ["pooling has no effect on this model"]
    Tagger.for_dataset(TAGGED, hidden=4, characters="none", character_dim=5, min_count=1)
    assert notices[1:] == [
        "character_dim has no effect here; it goes with characters='cnn' or characters='lstm'"
    ]


def test_of_text(tmp_path: Path, notices: list[str]):
    file = tmp_path / "t.txt"
    file.write_text("a b a b\n")
    config = TextConfig(min_count=1, subword_sample=7)
    corpus = encode_lines(["a b"], config)
    encode_files(file, config, tmp_path / "corpus")
    count_files(file, config)
    assert len(notices) == 3
    assert {notice.partition(" ")[0] for notice in notices} == {"subword_sample"}
    # What has a vocabulary was told of when that was made.
    encode_lines(["a b"], config, vocab=corpus.vocab)
    encode_files(file, config, tmp_path / "again", vocab=corpus.vocab)
    assert len(notices) == 3


# ---- what is refused


def test_options_of_text_are_refused_where_there_are_ids():
    with pytest.raises(TypeError, match=r"takes no 'unit': it is .* did you mean 'units'\?"):
        EchoClassifier.for_dataset(LABELLED, unit=3)
    with pytest.raises(
        TypeError, match=r"takes no 'lowercase': .* says it where the text is read$"
    ):
        Classifier.for_dataset(LABELLED, lowercase=True)
    # A tagger chooses its words itself.
    assert Tagger.for_dataset(TAGGED, hidden=4, max_vocab=1).sides["source"].vocab.tokens


@pytest.mark.parametrize("option", ["leak", "spectral_radius"])
def test_never_is_no_default(option: str):
    recipe = find_recipe("echo-state")
    with pytest.raises(
        ValueError, match=rf"\[reservoir\]: {option} is 'never'; it takes .*, 0\.\."
    ):
        recipe.with_toml(f"[reservoir]\n{option} = 'never'\n")
    whole = recipe.with_toml(f"[reservoir]\n{option} = 'none'\n")
    assert getattr(whole.echo, option) is None
    network = find_recipe("tagger").with_toml("[network]\ntrain_vectors_after = 'never'\n").network
    assert network.train_vectors_after is None


@pytest.mark.parametrize("value", [0, 0.0, -0.5])
def test_shares_that_are_nothing(value: float):
    with pytest.raises(ValueError, match=f"leak is {value}; it is above 0"):
        find_recipe("echo-state").replace(leak=value)


def test_labels_that_no_file_can_hold():
    message = r"label number 1: '\\ud800b' holds half a surrogate pair"
    with pytest.raises(ValueError, match=message):
        SequenceDataset.from_texts(["a", "b"], ["+", "\ud800b"])
    with pytest.raises(ValueError, match="holds half a surrogate pair"):
        SequenceDataset.from_sentences([(["a"], ["\udfff"])])
