"""textseq: from raw text to word vectors to sequence models, on one path.

The public names are below. Each is imported on first use (PEP 562), so that `import textseq`
costs nothing and `textseq --help` never waits for what it does not need.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textseq.config import FilterConfig, PadConfig, TextConfig, Word2VecConfig
    from textseq.fetch.corpus_folder import fetch_corpus
    from textseq.rnn.data.batching import BucketBatchSampler, lm_batches
    from textseq.rnn.data.dataset import SequenceDataset
    from textseq.rnn.data.splits import split
    from textseq.text.cleaning.steps import clean
    from textseq.text.encode import encode_files, encode_lines, train_tokenizer
    from textseq.text.encoded import EncodedCorpus
    from textseq.text.merging import merge_corpora
    from textseq.text.rows.encodings import dense, one_hot
    from textseq.text.rows.padded import load_padded, write_padded
    from textseq.text.rows.sequences import pad
    from textseq.text.tokens.tokenizer import load_tokenizer
    from textseq.text.vocab import Vocab
    from textseq.vectors.formats import read_vectors, write_vectors
    from textseq.vectors.word_vectors import WordVectors
    from textseq.word2vec.train import train_word2vec

__version__ = "0.1.0"

__all__ = [
    "BucketBatchSampler",
    "EncodedCorpus",
    "FilterConfig",
    "PadConfig",
    "SequenceDataset",
    "TextConfig",
    "Vocab",
    "Word2VecConfig",
    "WordVectors",
    "clean",
    "dense",
    "encode_files",
    "encode_lines",
    "fetch_corpus",
    "lm_batches",
    "load_padded",
    "load_tokenizer",
    "merge_corpora",
    "one_hot",
    "pad",
    "read_vectors",
    "split",
    "train_tokenizer",
    "train_word2vec",
    "write_padded",
    "write_vectors",
]

_HOMES = {
    "BucketBatchSampler": "textseq.rnn.data.batching",
    "EncodedCorpus": "textseq.text.encoded",
    "FilterConfig": "textseq.config",
    "PadConfig": "textseq.config",
    "SequenceDataset": "textseq.rnn.data.dataset",
    "TextConfig": "textseq.config",
    "Vocab": "textseq.text.vocab",
    "Word2VecConfig": "textseq.config",
    "WordVectors": "textseq.vectors.word_vectors",
    "clean": "textseq.text.cleaning.steps",
    "dense": "textseq.text.rows.encodings",
    "encode_files": "textseq.text.encode",
    "encode_lines": "textseq.text.encode",
    "fetch_corpus": "textseq.fetch.corpus_folder",
    "lm_batches": "textseq.rnn.data.batching",
    "load_padded": "textseq.text.rows.padded",
    "load_tokenizer": "textseq.text.tokens.tokenizer",
    "merge_corpora": "textseq.text.merging",
    "one_hot": "textseq.text.rows.encodings",
    "pad": "textseq.text.rows.sequences",
    "read_vectors": "textseq.vectors.formats",
    "split": "textseq.rnn.data.splits",
    "train_tokenizer": "textseq.text.encode",
    "train_word2vec": "textseq.word2vec.train",
    "write_padded": "textseq.text.rows.padded",
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
