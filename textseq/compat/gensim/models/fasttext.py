"""FastText: refused, in one line.

In: anything. Out: an error that says what works: Word2Vec, or the vectors that fastText has made.
"""

from __future__ import annotations

from typing import Any, NoReturn


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise NotImplementedError(
        "FastText is not trained here; Word2Vec trains whole words, and the .vec file of a model "
        "that fastText has trained is read by KeyedVectors.load_word2vec_format"
    )


class FastText:
    """NotImplementedError, whatever is asked of it."""

    def __init__(self, *_: Any, **__: Any) -> None:
        _refuse()

    load = staticmethod(_refuse)


load_facebook_model = load_facebook_vectors = _refuse
