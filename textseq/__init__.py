"""textseq: from raw text to word vectors to sequence models, on one path."""

__version__ = "0.1.0"
