"""textseq: from raw text to word vectors to sequence models, on one path.

The public names are below. Each is imported on first use (PEP 562), so that `import textseq`
costs nothing and `textseq --help` never waits for what it does not need.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textseq.config import TextConfig, Word2VecConfig
    from textseq.text.encode import encode_files, encode_lines
    from textseq.text.encoded import EncodedCorpus
    from textseq.text.vocab import Vocab
    from textseq.vectors.formats import read_vectors, write_vectors
    from textseq.vectors.word_vectors import WordVectors
    from textseq.word2vec.train import train_word2vec

__version__ = "0.1.0"

__all__ = [
    "EncodedCorpus",
    "TextConfig",
    "Vocab",
    "Word2VecConfig",
    "WordVectors",
    "encode_files",
    "encode_lines",
    "read_vectors",
    "train_word2vec",
    "write_vectors",
]

_HOMES = {
    "EncodedCorpus": "textseq.text.encoded",
    "TextConfig": "textseq.config",
    "Vocab": "textseq.text.vocab",
    "Word2VecConfig": "textseq.config",
    "WordVectors": "textseq.vectors.word_vectors",
    "encode_files": "textseq.text.encode",
    "encode_lines": "textseq.text.encode",
    "read_vectors": "textseq.vectors.formats",
    "train_word2vec": "textseq.word2vec.train",
    "write_vectors": "textseq.vectors.formats",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'textseq' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(home), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
