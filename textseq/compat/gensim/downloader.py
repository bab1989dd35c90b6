"""gensim.downloader: refused. Nothing is downloaded here."""

from __future__ import annotations

from typing import NoReturn


def load(name: str, return_path: bool = False) -> NoReturn:
    """NotImplementedError: what gensim downloads, it can write for textseq."""
    raise NotImplementedError(
        f"{name!r} is not downloaded here: gensim's downloader.load({name!r}).save_word2vec_format"
        "('FILE') writes what KeyedVectors.load_word2vec_format('FILE') reads"
    )


info = load
