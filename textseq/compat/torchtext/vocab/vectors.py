"""torchtext.vocab.vectors: vectors by token, from files that are here already.

In: the path of a file in any format that textseq reads, of a folder of ours, or the name of one
in the folder `cache`. Out: `vectors`, `stoi`, `itos`, `dim`. Nothing is downloaded, and no cache
is written; torchtext's own `.pt` is a pickle and is not read.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from textseq.compat.torchtext.local_files import unpack_beside

_CACHE = ".vector_cache"
_GLOVE = "http://nlp.stanford.edu/data/"
_FASTTEXT = "https://dl.fbaipublicfiles.com/fasttext/vectors-wiki/"
_CHAR_NGRAMS = "http://www.logos.t.u-tokyo.ac.jp/~hassy/publications/arxiv2016jmt/"


class Vectors:
    """Vectors by token: `vectors` is (V, D) float32, `stoi` has the row of a token.

    A token that stands twice has its first row, and no other. `unk_init` makes of (D,) zeros the
    vector of an unknown token, which is zero without it.
    """

    def __init__(
        self,
        name: str | os.PathLike[str],
        cache: str | os.PathLike[str] | None = None,
        url: str | None = None,
        unk_init: Callable[[Tensor], Tensor] | None = None,
        max_vectors: int | None = None,
    ) -> None:
        """The file or folder `name`, or `cache`/`name`; the first `max_vectors` of it.

        `url` is where people get it, for the error; an archive of its name in `cache` is unpacked
        there. RuntimeError where there is none, ValueError for a file that is no vectors.
        """
        self.unk_init: Callable[[Tensor], Tensor] = unk_init or Tensor.zero_
        path = _find(Path(name), Path(cache or _CACHE), url)
        self.itos, self.vectors = _read(path, max_vectors or None)
        self.stoi = {token: row for row, token in enumerate(self.itos)}
        self.dim = self.vectors.shape[1]

    def __getitem__(self, token: str) -> Tensor:
        """(D,) of a token, known or not."""
        row = self.stoi.get(token)
        return self.unk_init(torch.zeros(self.dim)) if row is None else self.vectors[row]

    def __contains__(self, token: str) -> bool:
        return token in self.stoi

    def __len__(self) -> int:
        return len(self.vectors)

    def get_vecs_by_tokens(
        self, tokens: str | list[str], lower_case_backup: bool = False
    ) -> Tensor:
        """(D,) of a token, (N, D) of a list; `lower_case_backup`: unknown ones in lower case."""
        given = tokens if isinstance(tokens, list) else [tokens]
        if lower_case_backup:
            given = [token if token in self.stoi else token.lower() for token in given]
        rows = torch.stack([self[token] for token in given])
        return rows if isinstance(tokens, list) else rows[0]


def _find(name: Path, cache: Path, url: str | None) -> Path:
    if name.exists():
        return name
    path = cache / name
    if path.exists():
        return path
    archive = cache / (url or "").rsplit("/", 1)[-1]
    if url and archive.is_file():
        unpack_beside(archive, cache)
        if path.exists():
            return path
    said = f"no vectors found at {path}; nothing is downloaded here"
    if Path(f"{path}.pt").exists():
        said += f", and {path.name}.pt is a pickle, which is not read"
    raise RuntimeError(said + (f": {url} belongs into {cache}" if url else ""))


def _read(path: Path, limit: int | None) -> tuple[list[str], Tensor]:
    from textseq.vectors.files.formats import read_vectors
    from textseq.vectors.files.open_folder import open_folder

    if path.is_dir():
        found = open_folder(path)
    else:
        # As in torchtext, a word that is no UTF-8 does not end the reading.
        found = read_vectors(path, errors="replace", duplicates="first", limit=limit)
    rows = np.array(found.vectors[:limit], np.float32)  # of its own: a file may be read-only
    return list(found.vocab.tokens[:limit]), torch.from_numpy(rows)


class GloVe(Vectors):
    """GloVe's vectors: glove.NAME.DIMd.txt, or the zip of NAME, in `cache`."""

    url = {name: f"{_GLOVE}glove.{name}.zip" for name in ("twitter.27B", "6B")} | {
        name: f"{_GLOVE}glove.{name}.300d.zip" for name in ("42B", "840B")
    }

    def __init__(self, name: str = "840B", dim: int | str = 300, **kwargs: Any) -> None:
        """KeyError for a name other than 42B, 840B, twitter.27B and 6B."""
        if name not in self.url:
            raise KeyError(f"there is no GloVe {name!r}; there are {', '.join(self.url)}")
        super().__init__(f"glove.{name}.{dim}d.txt", url=self.url[name], **kwargs)


class FastText(Vectors):
    """fastText's vectors of Wikipedia: wiki.LANGUAGE.vec in `cache`."""

    url_base = f"{_FASTTEXT}wiki.{{}}.vec"

    def __init__(self, language: str = "en", **kwargs: Any) -> None:
        super().__init__(f"wiki.{language}.vec", url=self.url_base.format(language), **kwargs)


class CharNGram(Vectors):
    """Vectors of character n-grams: charNgram.txt, or its archive, in `cache`.

    A token has the mean of its n-grams of 2 to 4 characters, its begin and end among them.
    """

    name = "charNgram.txt"
    url = f"{_CHAR_NGRAMS}jmt_pre-trained_embeddings.tar.gz"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(self.name, url=self.url, **kwargs)

    def __getitem__(self, token: str) -> Tensor:
        """(1, D) of a token; without any n-gram that is known, what `unk_init` makes."""
        chars = ["#BEGIN#", *token, "#END#"]
        keys = (
            f"{order}gram-{''.join(chars[start : start + order])}"
            for order in (2, 3, 4)
            for start in range(len(chars) - order + 1)
        )
        known = [] if token == "<unk>" else [self.stoi[key] for key in keys if key in self.stoi]
        if not known:
            return self.unk_init(torch.zeros(1, self.dim))
        return self.vectors[known].mean(0, keepdim=True)


_GLOVE_DIMS = {
    "42B": (300,), "840B": (300,), "twitter.27B": (25, 50, 100, 200), "6B": (50, 100, 200, 300),
}  # fmt: skip
pretrained_aliases: dict[str, Callable[..., Vectors]] = {
    "charngram.100d": partial(CharNGram),
    "fasttext.en.300d": partial(FastText, language="en"),
    "fasttext.simple.300d": partial(FastText, language="simple"),
    **{
        f"glove.{name}.{dim}d": partial(GloVe, name=name, dim=str(dim))
        for name, dims in _GLOVE_DIMS.items()
        for dim in dims
    },
}
