"""Vocabularies in folders: one of its own, or the one that a corpus or word vectors carry.

In: a Vocab and the text options that made its tokens, or any folder of ours that has both. Out: the
folder of kind "vocab", or the two again. Word vectors leave the special tokens out; here they are
put back, in front or where their tokenizer.json has them, so that ids are again those of the
corpus that the vectors come from.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from textseq.artifact import (
    CONFIG,
    new_folder,
    of_one_folder,
    read_config,
    read_json,
    write_config,
)
from textseq.config import TextConfig
from textseq.text.text_options import load_text_options, save_text_options
from textseq.text.tokens.tokenizer import load_tokenizer
from textseq.text.vocab import DEFAULT_SPECIALS, PAD, Vocab
from textseq.text.vocab.own import matches

VOCAB_KIND = "vocab"
VOCAB_MADE_BY = "textseq vocab --out FOLDER"
_KINDS = (VOCAB_KIND, "encoded-corpus", "word-vectors", "padded-corpus")


def save_vocab(
    vocab: Vocab,
    text: TextConfig,
    out: str | os.PathLike[str],
    *,
    more: dict[str, Any] | None = None,
    overwrite: bool = False,
) -> None:
    """Write a folder of kind "vocab"; `more` goes into its config.json."""
    with new_folder(out, overwrite=overwrite) as folder:
        options = {"text": save_text_options(folder, text), **vocab.options}
        write_config(folder, VOCAB_KIND, options | (more or {}))
        vocab.save(folder)


@of_one_folder
def load_vocab(path: str | os.PathLike[str]) -> tuple[Vocab, TextConfig | None]:
    """The vocabulary of a folder, and how text becomes its tokens (None: it does not say)."""
    folder = Path(path)
    kind = read_kind(folder)
    config = read_config(folder, kind if kind in _KINDS else VOCAB_KIND, made_by=VOCAB_MADE_BY)
    # Vectors from elsewhere do not say how their text was prepared.
    text = load_text_options(folder, config["text"]) if config.get("text") else None
    if kind != "word-vectors":
        return Vocab.of_folder(folder, config), text
    specials = config.get("specials", list(DEFAULT_SPECIALS))
    if not (isinstance(specials, list) and all(isinstance(token, str) for token in specials)):
        raise ValueError(f"{folder} is damaged: its config names the specials {specials!r}")
    try:
        return _with_specials(Vocab.load(folder, specials=()), specials, text), text
    except ValueError as error:
        raise ValueError(f"{folder} is damaged: {error}") from None


def _with_specials(words: Vocab, specials: list[str], text: TextConfig | None) -> Vocab:
    """The Vocab of a corpus, of that of word vectors, which have no special tokens."""
    counts = dict.fromkeys(specials, 0)
    for word, count in zip(words.tokens, words.counts.tolist(), strict=True):
        counts.setdefault(word, count)
    tokens = list(counts)
    if text is not None and text.tokenizer_file is not None:
        own = load_tokenizer(text).tokens or ()
        if matches(own, tokens):  # its special tokens may stand anywhere
            tokens = [*own, *(token for token in tokens if token == PAD and token not in own)]
    return Vocab(tokens, np.array([counts[token] for token in tokens], np.int64), specials)


def read_kind(path: str | os.PathLike[str]) -> Any:
    """The kind a folder claims to be; None where nothing can be read (read_config says why)."""
    try:
        return read_json(Path(path) / CONFIG)["kind"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
