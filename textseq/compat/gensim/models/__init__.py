"""gensim.models: Word2Vec, KeyedVectors and Phrases."""

from textseq.compat.gensim.models import (
    callbacks,
    fasttext,
    keyedvectors,
    phrases,
    word2vec,
)
from textseq.compat.gensim.models.fasttext import FastText
from textseq.compat.gensim.models.keyedvectors import KeyedVectors
from textseq.compat.gensim.models.phrases import FrozenPhrases, Phrases
from textseq.compat.gensim.models.word2vec import Word2Vec

__all__ = [
    "FastText",
    "FrozenPhrases",
    "KeyedVectors",
    "Phrases",
    "Word2Vec",
    "callbacks",
    "fasttext",
    "keyedvectors",
    "phrases",
    "word2vec",
]
