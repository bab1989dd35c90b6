"""gensim.downloader: refused, in one line.

In: a name. Out: an error that says how gensim's own downloads become files that are read here.
"""

from __future__ import annotations

from typing import NoReturn


def load(name: str, return_path: bool = False) -> NoReturn:
    """NotImplementedError: what gensim downloads, it can write for textseq."""
    raise NotImplementedError(
        f"{name!r} is not downloaded here: gensim's downloader.load({name!r}).save_word2vec_format"
        "('FILE') writes what KeyedVectors.load_word2vec_format('FILE') reads"
    )


info = load
