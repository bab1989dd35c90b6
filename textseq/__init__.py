"""textseq: from raw text to word vectors to sequence models, on one path.

The public names are below. Each is imported on first use (PEP 562), so that `import textseq`
costs nothing and `textseq --help` never waits for what it does not need.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textseq.config import (
        EchoStateConfig,
        FilterConfig,
        PadConfig,
        RNNConfig,
        TextConfig,
        TrainConfig,
        Word2VecConfig,
    )
    from textseq.fetch.corpus_folder import fetch_corpus
    from textseq.rnn.data.batching import BucketBatchSampler, lm_batches
    from textseq.rnn.data.dataset import SequenceDataset
    from textseq.rnn.data.splits import split
    from textseq.rnn.echo.echo_series import EchoSeries
    from textseq.rnn.echo.echo_state import EchoClassifier, EchoTagger
    from textseq.rnn.models.bag_of_vectors import BagOfVectors
    from textseq.rnn.models.captioner import Captioner
    from textseq.rnn.models.classifier import Classifier
    from textseq.rnn.models.language_model import LanguageModel
    from textseq.rnn.models.model import SequenceModel
    from textseq.rnn.models.tagger import Tagger
    from textseq.rnn.models.translator import Translator
    from textseq.rnn.show.saliency import explain
    from textseq.rnn.training.fit import fit
    from textseq.text.cleaning.steps import clean
    from textseq.text.encode import count_files, encode_files, encode_lines, train_tokenizer
    from textseq.text.encoded import EncodedCorpus
    from textseq.text.encoded.merging import merge_corpora, merge_vocabs
    from textseq.text.encoded.vocab_folder import load_vocab, save_vocab
    from textseq.text.ray_encode import encode_on_ray
    from textseq.text.rows.encodings import dense, one_hot
    from textseq.text.rows.padded import load_padded, write_padded
    from textseq.text.rows.sequences import pad
    from textseq.text.tokens.tokenizer import load_tokenizer
    from textseq.text.vocab import Vocab
    from textseq.vectors.formats import read_vectors, write_vectors
    from textseq.vectors.word_vectors import WordVectors
    from textseq.word2vec.ray_train import train_on_ray
    from textseq.word2vec.train import train_word2vec

__version__ = "0.1.0"

__all__ = [
    "BagOfVectors",
    "BucketBatchSampler",
    "Captioner",
    "Classifier",
    "EchoClassifier",
    "EchoSeries",
    "EchoStateConfig",
    "EchoTagger",
    "EncodedCorpus",
    "FilterConfig",
    "LanguageModel",
    "PadConfig",
    "RNNConfig",
    "SequenceDataset",
    "SequenceModel",
    "Tagger",
    "TextConfig",
    "TrainConfig",
    "Translator",
    "Vocab",
    "Word2VecConfig",
    "WordVectors",
    "clean",
    "count_files",
    "dense",
    "encode_files",
    "encode_lines",
    "encode_on_ray",
    "explain",
    "fetch_corpus",
    "fit",
    "lm_batches",
    "load_padded",
    "load_tokenizer",
    "load_vocab",
    "merge_corpora",
    "merge_vocabs",
    "one_hot",
    "pad",
    "read_vectors",
    "save_vocab",
    "split",
    "train_on_ray",
    "train_tokenizer",
    "train_word2vec",
    "write_padded",
    "write_vectors",
]

_HOMES = {
    "BagOfVectors": "textseq.rnn.models.bag_of_vectors",
    "BucketBatchSampler": "textseq.rnn.data.batching",
    "Captioner": "textseq.rnn.models.captioner",
    "Classifier": "textseq.rnn.models.classifier",
    "EchoClassifier": "textseq.rnn.echo.echo_state",
    "EchoSeries": "textseq.rnn.echo.echo_series",
    "EchoStateConfig": "textseq.config",
    "EchoTagger": "textseq.rnn.echo.echo_state",
    "EncodedCorpus": "textseq.text.encoded",
    "FilterConfig": "textseq.config",
    "LanguageModel": "textseq.rnn.models.language_model",
    "PadConfig": "textseq.config",
    "RNNConfig": "textseq.config",
    "SequenceDataset": "textseq.rnn.data.dataset",
    "SequenceModel": "textseq.rnn.models.model",
    "Tagger": "textseq.rnn.models.tagger",
    "TextConfig": "textseq.config",
    "TrainConfig": "textseq.config",
    "Translator": "textseq.rnn.models.translator",
    "Vocab": "textseq.text.vocab",
    "Word2VecConfig": "textseq.config",
    "WordVectors": "textseq.vectors.word_vectors",
    "clean": "textseq.text.cleaning.steps",
    "count_files": "textseq.text.encode",
    "dense": "textseq.text.rows.encodings",
    "encode_files": "textseq.text.encode",
    "encode_lines": "textseq.text.encode",
    "encode_on_ray": "textseq.text.ray_encode",
    "explain": "textseq.rnn.show.saliency",
    "fetch_corpus": "textseq.fetch.corpus_folder",
    "fit": "textseq.rnn.training.fit",
    "lm_batches": "textseq.rnn.data.batching",
    "load_padded": "textseq.text.rows.padded",
    "load_tokenizer": "textseq.text.tokens.tokenizer",
    "load_vocab": "textseq.text.encoded.vocab_folder",
    "merge_corpora": "textseq.text.encoded.merging",
    "merge_vocabs": "textseq.text.encoded.merging",
    "one_hot": "textseq.text.rows.encodings",
    "pad": "textseq.text.rows.sequences",
    "read_vectors": "textseq.vectors.formats",
    "save_vocab": "textseq.text.encoded.vocab_folder",
    "split": "textseq.rnn.data.splits",
    "train_on_ray": "textseq.word2vec.ray_train",
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
