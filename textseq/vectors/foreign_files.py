"""Files that people try to read as vectors and that are none: archives, pickles, fastText's models.

In: the first bytes of a file. Out: what it is and what to do instead, None for any other file.
"""

from __future__ import annotations

import struct

from textseq.vectors.files import LARGEST_DIM

_BY_MAGIC = {
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"\x93NUMPY": "a NumPy array without words",
}
_PICKLE = (
    "a pickle, which can run code when read; in gensim, save_word2vec_format writes a file that "
    "can be read here"
)
_FASTTEXT = (
    "a fastText model (.bin){}; its word vectors are in the .vec file beside it, or gensim writes "
    "them: load_facebook_vectors(...).save_word2vec_format(...)"
)
_FASTTEXT_MAGIC = b"\xba\x16\x4f\x2f"  # 0x2F4F16BA, since 2017


def describe_foreign(start: bytes) -> str | None:
    """What a file that begins with these bytes is, and what to do instead."""
    if start.startswith(_FASTTEXT_MAGIC):
        return _FASTTEXT.format("")
    if _is_old_fasttext(start):
        return _FASTTEXT.format(" of an early version")
    if start[:1] == b"\x80" and start[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return _PICKLE
    return next((advice for magic, advice in _BY_MAGIC.items() if start.startswith(magic)), None)


def _is_old_fasttext(start: bytes) -> bool:
    """Whether a file begins with the arguments of a fastText training, and no number before them.

    dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn, lrUpdateRate; t; the
    size of the dictionary, words and labels in it, and the tokens read.
    """
    if len(start) < 76:
        return False
    *arguments, t, size, n_words, n_labels, n_tokens = struct.unpack_from("<12id3iq", start)
    dim, window, epochs, min_count, negatives, n_grams, loss, model, *rest = arguments
    bucket, shortest, longest, _ = rest
    return bool(
        0 < dim <= LARGEST_DIM
        and 0 < window <= 10_000
        and epochs > 0
        and min_count >= 0
        and negatives >= 0
        and n_grams > 0
        and 1 <= loss <= 4
        and 1 <= model <= 3
        and bucket >= 0
        and 0 <= shortest <= longest <= 1000
        and 0 <= t <= 1
        and size == n_words + n_labels > 0
        and n_tokens >= 0
    )
