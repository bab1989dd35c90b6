"""Recipes with names: the default of each task, and those that reach the README's figures.

In: nothing. Out: RECIPES, by task and name. Each default was measured beside the plain configs
(benchmarks/results/defaults.txt); the others are what benchmarks/rnn_*.py run.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from textseq.config.networks import EchoStateConfig, RNNConfig, TrainConfig
from textseq.config.recipe import Recipe
from textseq.config.tasks import (
    CaptionerConfig,
    ClassifierConfig,
    EchoTextConfig,
    LanguageModelConfig,
    TaggerConfig,
    TranslatorConfig,
)
from textseq.config.text import TextConfig
from textseq.keywords import near_name

# ---- the defaults

# Labelled texts are few: more is dropped than elsewhere, and few epochs whose steps become shorter
# learn less of them by heart.
CLASSIFIER = Recipe(
    "classifier",
    TextConfig(lowercase=True, tokenizer="word", min_count=2),
    RNNConfig(dropout=0.5, embedding_dropout=0.3),
    TrainConfig(epochs=6, lr=2e-3, schedule="linear"),
    ClassifierConfig(),
)
# Raw text is cut at words and marks, as treebanks are.
TAGGER = Recipe(
    "tagger", TextConfig(tokenizer="word", min_count=2), RNNConfig(), TrainConfig(), TaggerConfig()
)
# Every token is a target, so less is dropped.
LANGUAGE_MODEL = Recipe(
    "language-model",
    TextConfig(),
    RNNConfig(dropout=0.1, embedding_dropout=0.05),
    TrainConfig(lr=5e-3, schedule="cosine"),
    LanguageModelConfig(),
)
# Subwords, so that any word can be written.
TRANSLATOR = Recipe(
    "translator",
    TextConfig(tokenizer="bpe", subword_vocab=6000, min_count=2),
    RNNConfig(cell="gru", hidden=256, dim=256),
    TrainConfig(epochs=15, batch_size=64, lr=2e-3, schedule="cosine", warmup=0.02, patience=5),
    TranslatorConfig(),
)
CAPTIONER = Recipe(
    "captioner",
    TextConfig(tokenizer="word", min_count=2),
    RNNConfig(cell="gru", dropout=0.1),
    TrainConfig(epochs=15, lr=2e-3, schedule="cosine", patience=5),
    CaptionerConfig(),
)
# Random embeddings have to be longer than trained ones to tell words apart.
ECHO_STATE = Recipe(
    "echo-state",
    TextConfig(lowercase=True, tokenizer="word", min_count=2),
    RNNConfig(dim=300),
    TrainConfig(),
    EchoTextConfig(),
    EchoStateConfig(),
)

# ---- those of the README's table

_SST2 = CLASSIFIER.replace(
    min_count=1, embedding_dropout=0.5, word_dropout=0.2, dim=200, weight_decay=0.1
)
_NSMC = CLASSIFIER.replace(
    text=TextConfig(tokenizer="korean", min_count=3),
    network=RNNConfig(hidden=200, dropout=0.5, embedding_dropout=0.3, word_dropout=0.1, dim=150),
    epochs=5, batch_size=64, weight_decay=0.1,
)  # fmt: skip
_EWT = TAGGER.replace(dropout=0.5, embedding_dropout=0.2, lower=True)
# Names are mostly words that the training text lacks: their vectors must stay beside the others.
_WIKIANN = _EWT.replace(more_words=100_000, characters="lstm", train_vectors_after=None, epochs=20)
_MULTI30K = TRANSLATOR.replace(
    subword_vocab=5000, min_count=1, embedding_dropout=0.1, epochs=12, patience=4, shared=True
)
_SHAKESPEARE = LANGUAGE_MODEL.replace(
    tokenizer="char", min_count=1, hidden=256, dim=64, embedding_dropout=0.0,
    epochs=8, lr=4e-3, patience=8, steps=100,
)  # fmt: skip
_WIKITEXT = LANGUAGE_MODEL.replace(
    min_count=3, hidden=200, dim=200, dropout=0.5, embedding_dropout=0.2,
    batch_size=20, patience=10,
)  # fmt: skip
_DIGITS = CAPTIONER.replace(tokenizer="char", min_count=1, dim=32, patience=3)
_E2E = CAPTIONER.replace(lowercase=True, hidden=192, dim=96, dropout=0.3, epochs=12, patience=4)

# What learns the bundled data in a minute.
_TALES = LANGUAGE_MODEL.replace(epochs=3)
_PHRASES = TRANSLATOR.replace(
    hidden=128, dim=128, dropout=0.1, subword_vocab=400, lr=6e-3, epochs=9
)

_TABLE: dict[str, dict[str, Recipe[Any]]] = {
    "classifier": {"default": CLASSIFIER, "sst2": _SST2, "nsmc": _NSMC},
    "tagger": {"default": TAGGER, "ewt": _EWT, "wikiann": _WIKIANN},
    "language-model": {
        "default": LANGUAGE_MODEL, "bundled": _TALES,
        "tinyshakespeare": _SHAKESPEARE, "wikitext2": _WIKITEXT,
    },
    "translator": {"default": TRANSLATOR, "bundled": _PHRASES, "multi30k": _MULTI30K},
    "captioner": {"default": CAPTIONER, "digits": _DIGITS, "e2e": _E2E},
    "echo-state": {"default": ECHO_STATE},
}  # fmt: skip
RECIPES: Mapping[str, Mapping[str, Recipe[Any]]] = MappingProxyType(
    {task: MappingProxyType(recipes) for task, recipes in _TABLE.items()}
)


def find_recipe(task: str, name: str = "default") -> Recipe[Any]:
    """The recipe of this name; ValueError names the tasks, or the recipes that the task has."""
    if task not in RECIPES:
        raise ValueError(f"no task {task!r}{near_name(task, RECIPES)}")
    recipes = RECIPES[task]
    if name not in recipes:
        raise ValueError(f"no recipe {name!r} of a {task}{near_name(name, recipes)}")
    return recipes[name]
