"""Recipes with names: those of tasks.py, which are defaults, and those of the README's figures.

In: nothing. Out: RECIPES, by task and name; the others are what benchmarks/rnn_*.py run.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from textseq.advice import with_article
from textseq.config.networks import RNNConfig
from textseq.config.recipe import Recipe
from textseq.config.tasks import CAPTIONER, CLASSIFIER, DEFAULTS, LANGUAGE_MODEL, TAGGER, TRANSLATOR
from textseq.config.text import TextConfig
from textseq.keywords import near_name

# ---- those of the README's table

# Networks alone, with the training that their figures are of.
_SST2 = CLASSIFIER.replace(
    min_count=1, embedding_dropout=0.5, word_dropout=0.2, dim=200, weight_decay=0.1,
    epochs=6, lr=2e-3, ngrams=0,
)  # fmt: skip
_NSMC = CLASSIFIER.replace(
    text=TextConfig(tokenizer="korean", min_count=3),
    network=RNNConfig(hidden=200, dropout=0.5, embedding_dropout=0.3, word_dropout=0.1, dim=150),
    epochs=5, batch_size=64, lr=2e-3, weight_decay=0.1, ngrams=0,
)  # fmt: skip
_EWT = TAGGER.replace(dropout=0.5, embedding_dropout=0.2, lower=True, epochs=10)
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

_NAMED: dict[str, dict[str, Recipe[Any]]] = {
    "classifier": {"sst2": _SST2, "nsmc": _NSMC},
    "tagger": {"ewt": _EWT, "wikiann": _WIKIANN},
    "language-model": {
        "bundled": _TALES, "tinyshakespeare": _SHAKESPEARE, "wikitext2": _WIKITEXT,
    },
    "translator": {"bundled": _PHRASES, "multi30k": _MULTI30K},
    "captioner": {"digits": _DIGITS, "e2e": _E2E},
}  # fmt: skip
RECIPES: Mapping[str, Mapping[str, Recipe[Any]]] = MappingProxyType(
    {
        recipe.task: MappingProxyType({"default": recipe} | _NAMED.get(recipe.task, {}))
        for recipe in DEFAULTS
    }
)


def find_recipe(task: str, name: str = "default") -> Recipe[Any]:
    """The recipe of this name; ValueError names the tasks, or the recipes that the task has."""
    if task not in RECIPES:
        raise ValueError(f"no task {task!r}{near_name(task, RECIPES)}")
    recipes = RECIPES[task]
    if name not in recipes:
        raise ValueError(f"no recipe {name!r} of {with_article(task)}{near_name(name, recipes)}")
    return recipes[name]
