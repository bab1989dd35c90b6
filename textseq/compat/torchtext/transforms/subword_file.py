"""Subwords from the files of a published model, by the one door that textseq has for them.

In: what a tokenizer.json would say, made of vocabulary and merges. Out: tokens and ids. The
package `tokenizers` is known to textseq.text only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textseq.artifact import parse_json
from textseq.compat.torchtext.local_files import local_path, read_text

UNKNOWN = "\x01unknown"  # stands for what the vocabulary lacks, which is an error


class SubwordFile:
    """A tokenizer made of local files; it is copied and sent elsewhere as what it was made of."""

    def __init__(self, name: str, spec: dict[str, Any]) -> None:
        """`name`: of the file that errors name; ValueError where `spec` is no tokenizer."""
        from textseq.text.tokens.subword import load_subword

        self.name, self.spec = name, spec
        try:
            tokenizer = load_subword(name, content=json.dumps(spec).encode())
        except ValueError as error:
            reason = str(error).removeprefix(f"{name} is not a tokenizer.json: ")
            raise ValueError(f"{name} and what goes with it make no tokenizer: {reason}") from None
        assert tokenizer.encode_all is not None
        assert tokenizer.tokens is not None
        self._encode_all, self._tokens = tokenizer.encode_all, tokenizer.tokens

    def __reduce__(self) -> tuple[Any, ...]:
        return SubwordFile, (self.name, self.spec)

    def ids(self, text: str) -> list[int]:
        """The ids of a text; ValueError where the vocabulary lacks a part of it."""
        return self.ids_of([text])[0]

    def ids_of(self, texts: list[str]) -> list[list[int]]:
        """The ids of many texts, in several threads."""
        found = self._encode_all(texts)
        unknown = self.spec["model"]["vocab"].get(UNKNOWN)
        if unknown is not None:
            for text, ids in zip(texts, found, strict=True):
                if unknown in ids:
                    raise ValueError(f"{self.name} lacks letters of {text[:60]!r}")
        return found

    def tokens_of(self, ids: list[int]) -> list[str]:
        """The tokens of ids."""
        return [self._tokens[token_id] for token_id in ids]


def read_ids(path: str, is_id: Callable[[Any], bool]) -> dict[str, Any]:
    """A JSON file of ids by token; ValueError that names it for anything else."""
    file = local_path(path)
    try:
        ids = parse_json(read_text(file))
    except ValueError as error:
        raise ValueError(f"{file} is not a vocabulary in JSON: {error}") from None
    if not isinstance(ids, dict) or not all(map(is_id, ids.values())):
        raise ValueError(f"{file} is not a vocabulary in JSON, of an id for each token")
    return ids


def read_vocabulary(path: str) -> dict[str, int]:
    """The same of ids that are whole numbers, one at least."""
    ids = read_ids(path, lambda token_id: type(token_id) is int and token_id >= 0)
    if not ids:
        raise ValueError(f"{local_path(path)} is not a vocabulary in JSON, of an id for each token")
    return ids


def read_merges(path: str) -> list[tuple[str, str]]:
    """The pairs of a merges file, best first; its first line is a header, as all of them have.

    ValueError names the line that is no pair.
    """
    file = local_path(path)
    merges = []
    for number, line in enumerate(read_text(file).split("\n")[1:], start=2):
        pair = line.split()
        if len(pair) == 2:
            merges.append((pair[0], pair[1]))
        elif pair:
            raise ValueError(f"{file}, line {number:,}: {line[:60]!r} is no pair to merge")
    return merges


def file_of(path: str) -> str:
    """The name by which errors call a file."""
    return str(Path(path))
