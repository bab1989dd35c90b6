import dataclasses
import json
import math
import re
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest

from textseq import config
from textseq.config import (
    EchoStateConfig,
    FilterConfig,
    PadConfig,
    PadSide,
    RNNConfig,
    TextConfig,
    TrainConfig,
    Word2VecConfig,
    choice,
    dumps,
)
from textseq.config.base import Config

CONFIGS = [
    value
    for value in vars(config).values()
    if isinstance(value, type) and issubclass(value, Config)
]


@pytest.mark.parametrize("cls", CONFIGS)
def test_every_option_has_one_sentence_of_help(cls: type):
    for field in dataclasses.fields(cls):
        help_text = field.metadata["help"]
        assert help_text[0].isupper(), field.name
        assert help_text.endswith("."), field.name


@pytest.mark.parametrize("cls", CONFIGS)
def test_json_brings_back_the_same_options(cls: Any):
    options = cls()
    assert cls.from_json(json.loads(dumps(options.to_json()))) == options
    assert cls.from_json({}) == options


def test_json_round_trip_of_changed_options():
    options = TextConfig(clean=("nfkc",), max_vocab=7, errors="ignore", lowercase=True)
    assert TextConfig.from_json(json.loads(dumps(options.to_json()))) == options
    assert TextConfig(clean=()).steps == ()
    assert options.steps == ("nfkc", "lowercase")


def test_configs_do_not_change():
    options = Word2VecConfig()
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.dim = 3  # type: ignore[misc]
    assert options.replace(dim=3).dim == 3
    assert options.dim == 100


@pytest.mark.parametrize(
    ("cls", "options", "message"),
    [
        (TextConfig, {"errors": "skip"}, "errors is 'skip'; it can be strict, replace, ignore"),
        (TextConfig, {"tokenizer": "words"}, "tokenizer is 'words'; it can be whitespace, word"),
        (TextConfig, {"min_count": 0}, "min_count is 0; the least that works is 1"),
        (TextConfig, {"max_vocab": 0}, "max_vocab is 0; the least that works is 1"),
        (Word2VecConfig, {"dim": 0}, "dim is 0; the least that works is 1"),
        (Word2VecConfig, {"window": 65}, "window is 65; the most that works is 64"),
        (Word2VecConfig, {"subsample": math.nan}, "subsample is nan; the least that works is 0"),
        (Word2VecConfig, {"lr": math.inf}, "lr is inf; the most that works is 10"),
        (RNNConfig, {"forget_bias": math.inf}, "forget_bias is inf; a finite number works"),
        (RNNConfig, {"forget_bias": math.nan}, "forget_bias is nan; a finite number works"),
        (TrainConfig, {"clip_norm": math.inf}, "clip_norm is inf; a finite number works"),
        (EchoStateConfig, {"ridge": math.inf}, "ridge is inf; a finite number works"),
    ],
)
def test_values_out_of_range(cls: Any, options: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        cls(**options)
    with pytest.raises(ValueError, match=message):
        cls().replace(**options)


def test_an_unknown_option_names_the_known_ones():
    with pytest.raises(ValueError, match=r"Word2VecConfig has no option 'ws'; there are .*window"):
        Word2VecConfig.from_json({"ws": 5})


def test_json_is_readable_and_strict():
    assert dumps({"name": "é"}) == '{\n  "name": "é"\n}\n'
    with pytest.raises(ValueError, match="JSON"):
        dumps({"lr": math.nan})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Word2VecConfig(dim="100"), "dim is '100'; it takes int"),  # type: ignore[arg-type]
        (lambda: Word2VecConfig(dim=True), "dim is True; it takes int"),
        (lambda: Word2VecConfig(lr="x"), "lr is 'x'; it takes float or None"),  # type: ignore[arg-type]
        (lambda: TextConfig(clean="nfc"), "clean is 'nfc'; it takes a list"),  # type: ignore[arg-type]
        (lambda: TextConfig(lowercase=1), "lowercase is 1; it takes bool"),  # type: ignore[arg-type]
    ],
)
def test_a_value_of_the_wrong_type_is_named(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()
    assert TrainConfig(epochs=10**400).epochs == 10**400
    assert Word2VecConfig(lr=1).lr == 1  # a whole number will do for a float


@pytest.mark.parametrize(
    ("cls", "options", "message"),
    [
        (TextConfig, "x", "TextConfig is 'x'; it takes a dict"),
        (TextConfig, None, "TextConfig is None; it takes a dict"),
        (TextConfig, {"min_count": -1}, "min_count is -1; the least that works is 1"),
        (TextConfig, {"clean": "nfc"}, "clean is 'nfc'; it takes a list"),
        (TextConfig, {"clean": [["nfc"]]}, "clean holds .*; it takes str"),
        (TextConfig, {"tokenizer": {}}, "tokenizer is {}; it can be whitespace"),
        (TextConfig, {"z" * 999: 1}, "TextConfig has no option 'zzz"),
        (RNNConfig, {"hidden": 10**30}, "hidden is 1000.*; the most that works is 65536"),
        (RNNConfig, {"dim": "x" * 999}, "dim is 'xxx.*; it takes int"),
        (Word2VecConfig, {"lr": [1]}, r"lr is .*1.*; it takes float"),
    ],
)
def test_options_of_a_folder_name_it(cls: Any, options: Any, message: str):
    with pytest.raises(ValueError, match=f"^{message}"):
        cls.from_json(options)
    with pytest.raises(ValueError, match=f"^there/config.json is damaged: {message}") as caught:
        cls.from_json(options, Path("there/config.json"))
    assert len(str(caught.value)) < 400


# --- what means the same is the same


def test_lists_are_tuples():
    config = TextConfig(clean=["nfc", "html"])  # type: ignore[arg-type]
    assert config == TextConfig(clean=("nfc", "html"))
    assert hash(config) == hash(TextConfig(clean=("nfc", "html")))
    assert config.replace(clean=[]).clean == ()
    with pytest.raises(ValueError, match="clean holds 1; it takes str"):
        TextConfig(clean=[1])  # type: ignore[list-item]
    with pytest.raises(ValueError, match=re.escape("such as ['nfc']")):
        TextConfig(clean="nfc")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("config", "name", "given", "kept"),
    [
        (RNNConfig, "cell", "LSTM", "lstm"),
        (RNNConfig, "input", "one_hot", "one-hot"),
        (RNNConfig, "input", "One-Hot", "one-hot"),
        (TextConfig, "tokenizer", "WordPiece", "subword"),
        (Word2VecConfig, "mode", "CBOW", "cbow"),
        (TrainConfig, "schedule", "Cosine", "cosine"),
    ],
)
def test_choices_are_kept_as_they_are_spelled(config: Any, name: str, given: str, kept: str):
    kept = "wordpiece" if kept == "subword" else kept
    made = config(**{name: given})
    assert getattr(made, name) == kept
    assert made == config(**{name: kept})
    assert made.to_json()[name] == kept
    with pytest.raises(ValueError, match=f"{name} is 'LSTMs'; it can be .*{kept}"):
        config(**{name: "LSTMs"})


def test_every_choice_of_every_config_may_be_in_capitals():
    n_choices = 0
    for cls in (TextConfig, FilterConfig, PadConfig, Word2VecConfig, RNNConfig, TrainConfig):
        for name, hint in get_type_hints(cls).items():
            for each in get_args(hint) if get_origin(hint) is Literal else ():
                if each != "json":  # which needs a file
                    assert getattr(cls(**{name: each.upper()}), name) == each
                    n_choices += 1
    assert n_choices > 25


def test_numbers_of_numpy_are_numbers():
    config = Word2VecConfig(
        dim=np.int64(50),
        subsample=np.float64(1e-4),
        dynamic_window=np.True_,  # type: ignore[arg-type]
    )
    assert config == Word2VecConfig(dim=50, subsample=1e-4, dynamic_window=True)
    assert json.loads(dumps(config.to_json()))["dim"] == 50
    assert type(config.dim) is int
    with pytest.raises(ValueError, match=r"dim is 1\.5; it takes int"):
        Word2VecConfig(dim=np.float64(1.5))  # type: ignore[arg-type]


def test_paths_are_str():
    config = TextConfig(tokenizer="json", tokenizer_file=Path("a") / "b.json")  # type: ignore[arg-type]
    assert config.tokenizer_file == str(Path("a") / "b.json")


def test_choice_is_one_rule_for_functions_too():
    assert choice("side", "Left", PadSide) == "left"
    with pytest.raises(ValueError, match="side is 'up'; it can be right, left"):
        choice("side", "up", PadSide)
    with pytest.raises(ValueError, match="side is 1; it can be right, left"):
        choice("side", 1, PadSide)
