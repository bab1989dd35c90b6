"""Data sets that are not one file a split: reviews in folders, two languages, one of many.

In: a root, and what each of them asks for. Out: data pipes, as for those of table.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from textseq.compat.torchtext.datasets.local_dataset import (
    Root,
    as_pipe,
    find_file,
    for_splits,
)
from textseq.compat.torchtext.datasets.rows import stripped_lines
from textseq.compat.torchtext.local_files import read_text

_SENTIMENTS = {"neg": 1, "pos": 2}
# As fetch/ has them, and as torchtext unpacks its archives.
_MULTI30K = {
    "train": ("train", "training.tar.gz"),
    "valid": ("val", "validation.tar.gz"),
    "test": ("test", "mmt16_task1_test.tar.gz"),
}
_TESTS = ("test_2016_flickr", "test2016")


def IMDB(root: Root | None = None, split: str | Sequence[str] = ("train", "test")) -> Any:
    """Film reviews: (1 or 2 for negative or positive, text), the negative ones first, by name."""

    def pipe(part: str) -> Any:
        folder = find_file(
            "IMDB", root, [f"{home}{part}/neg" for home in ("aclImdb/", "aclImdb_v1/", "")],
            ("aclImdb_v1.tar.gz",), "imdb",
        )  # fmt: skip
        return as_pipe(_reviews, folder.parent)

    return for_splits("IMDB", split, ("train", "test"), pipe)


def _reviews(folder: Path) -> Iterator[tuple[int, str]]:
    for sentiment, label in _SENTIMENTS.items():
        if (folder / sentiment).is_file():  # as torchtext writes it: a review a line
            yield from ((label, line) for line in stripped_lines(folder / sentiment))
            continue
        for path in sorted((folder / sentiment).glob("*.txt")):
            yield label, read_text(path).rstrip("\n")


def Multi30k(
    root: Root | None = None,
    split: str | Sequence[str] = ("train", "valid", "test"),
    language_pair: Sequence[str] = ("de", "en"),
) -> Any:
    """Captions: (source, target), German and English; AssertionError for other languages.

    The test part is that of 2016.
    """
    if sorted(language_pair) != ["de", "en"]:
        raise AssertionError(
            f"language_pair is {tuple(language_pair)}; it is ('de', 'en') or ('en', 'de')"
        )

    def pipe(part: str) -> Any:
        stem, archive = _MULTI30K[part]
        stems = (stem, *(_TESTS if part == "test" else ()))
        paths = [
            find_file(
                "Multi30k", root,
                [f"{each}.{language}{gz}" for each in stems for gz in ("", ".gz")],
                (archive,), "multi30k",
            )
            for language in language_pair
        ]  # fmt: skip
        return as_pipe(_pairs, *paths)

    return for_splits("Multi30k", split, _MULTI30K, pipe)


def _pairs(source: Path, target: Path) -> Iterator[tuple[str, str]]:
    lines = zip_longest(stripped_lines(source), stripped_lines(target))
    for number, pair in enumerate(lines, start=1):
        if None in pair:
            raise ValueError(
                f"{source} and {target} are no pairs: one of them has no line {number:,}"
            )
        yield pair


def EnWik9(root: Root | None = None) -> Any:
    """The first billion bytes of Wikipedia, line by line."""
    path = find_file("EnWik9", root, ("enwik9",), ("enwik9.zip",), "enwik9")
    return as_pipe(stripped_lines, path)


def CC100(root: Root | None = None, language_code: str = "en") -> Any:
    """Lines of Common Crawl: (language_code, line); the code is that of the file's name."""
    if not language_code.replace("_", "").replace("-", "").isalpha():
        raise ValueError(f"Invalid language code {language_code}")
    names = [f"{language_code}.txt{packed}" for packed in ("", ".xz")]
    return as_pipe(_with_code, find_file("CC100", root, names), language_code)


def _with_code(path: Path, code: str) -> Iterator[tuple[str, str]]:
    return ((code, line) for line in stripped_lines(path))
