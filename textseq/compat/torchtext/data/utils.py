"""torchtext.data.utils: tokenizers by name, n-grams, sort keys.

In: a name, or a function. Out: a function from str to list[str]. `basic_english` is here; the
others are packages of others, asked where they are installed.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

__all__ = ["get_tokenizer", "interleave_keys", "ngrams_iterator"]

Cut = Callable[[str], list[str]]

# Set apart, or a blank; quotes and <br /> are gone by then, in this order.
_BASIC_ENGLISH = str.maketrans({sign: f" {sign} " for sign in "'.,()!?"} | {";": " ", ":": " "})


def _split_tokenizer(x: str) -> list[str]:
    return x.split()


def _basic_english_normalize(line: str) -> list[str]:
    """Lower case, signs apart, no double quotes, no line breaks of HTML, no colons."""
    line = line.lower().replace('"', "").replace("<br />", " ")
    return line.translate(_BASIC_ENGLISH).split()


def get_tokenizer(tokenizer: Any, language: str = "en") -> Cut:
    """The tokenizer of a name, of None (`str.split`), or the function that is given.

    Names: basic_english, and, where the package is installed, spacy (`language` names the model),
    moses, toktok, revtok and subword. ValueError for others, ModuleNotFoundError that names the
    package.
    """
    if tokenizer is None:
        return _split_tokenizer
    if tokenizer == "basic_english":
        if language != "en":
            raise ValueError(f"basic_english is for the language 'en', not {language!r}")
        return _basic_english_normalize
    if callable(tokenizer):
        return tokenizer  # type: ignore[no-any-return]
    if tokenizer == "spacy":
        return partial(_spacy_tokenize, spacy=_spacy_model(language))
    if tokenizer == "moses":
        return _package("sacremoses", tokenizer).MosesTokenizer().tokenize  # type: ignore[no-any-return]
    if tokenizer == "toktok":
        _package("nltk", tokenizer)
        toktok: Any = importlib.import_module("nltk.tokenize.toktok").ToktokTokenizer()
        return toktok.tokenize  # type: ignore[no-any-return]
    if tokenizer in ("revtok", "subword"):
        tokenize: Any = _package("revtok", tokenizer).tokenize
        return partial(tokenize, decap=True) if tokenizer == "subword" else tokenize
    raise ValueError(
        f"there is no tokenizer {tokenizer!r}; it is a function, None, basic_english, spacy, "
        "moses, toktok, revtok or subword"
    )


def _package(name: str, tokenizer: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ModuleNotFoundError(
            f"the tokenizer {tokenizer!r} needs {name}; `pip install {name}` brings it", name=name
        ) from None


def _spacy_model(language: str) -> Any:
    """spaCy's model of this name, or the one that spaCy 2 had under this short name."""
    spacy = _package("spacy", "spacy")
    try:
        return spacy.load(language)
    except OSError:
        model = getattr(spacy.errors, "OLD_MODEL_SHORTCUTS", {}).get(language)
        if model is None:
            raise
    warnings.warn(f"spaCy has no model {language!r}; {model!r} is loaded", stacklevel=3)
    return spacy.load(model)


def _spacy_tokenize(x: str, spacy: Any) -> list[str]:
    return [token.text for token in spacy.tokenizer(x)]


def ngrams_iterator(token_list: Sequence[str], ngrams: int) -> Iterator[str]:
    """The tokens, then their n-grams of 2, of 3 ... of `ngrams`, with a blank between tokens."""
    yield from token_list
    for order in range(2, ngrams + 1):
        for start in range(len(token_list) - order + 1):
            yield " ".join(token_list[start : start + order])


def interleave_keys(a: int, b: int) -> int:
    """A sort key whose bits are in turn those of `a` and of `b`, which have 16 each.

    What is near in both is near in it. ValueError outside 0..65535.
    """
    if not (0 <= a < 1 << 16 and 0 <= b < 1 << 16):
        raise ValueError(f"{a} and {b} are not both from 0 to 65535")
    return int("".join(one + other for one, other in zip(f"{a:016b}", f"{b:016b}", strict=True)), 2)
