"""Encode tokens: sentences that are cut already, from lists of tokens to ids.

In: sentences in memory. Out: an EncodedCorpus with as many ids. Tokens are cleaned one by one and
never cut again, so that token and tag stay together; text that has to be cut is for encode.py.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from textseq.advice import advise
from textseq.config import TextConfig
from textseq.text.cleaning.steps import make_cleaner
from textseq.text.encoded.corpus import EncodedCorpus
from textseq.text.given import as_items
from textseq.text.vocab import DEFAULT_SPECIALS, UNK, Vocab


def encode_tokens(
    sentences: Iterable[Sequence[str]], config: TextConfig, *, vocab: Vocab | None = None
) -> EncodedCorpus:
    """Encode sentences of tokens in memory: as many ids as tokens, with or without a Vocab given.

    The cleaning steps of `config` are taken on each token by itself, its tokenizer is not used. A
    token of which cleaning leaves nothing is <unk>. ValueError for no tokens, and where min_count
    leaves none.
    """
    clean = make_cleaner(config.steps)
    cleaned: dict[str, str] = {}  # a token is cleaned once
    numbers: dict[str, int] = {}  # in the order of first sight
    hashed, n_bytes = hashlib.blake2b(digest_size=32), 0
    firsts = array("i")
    line_ends = [0]
    for tokens in sentences:
        if isinstance(tokens, str):
            raise TypeError("a str is not a list of tokens; encode_lines cuts lines into tokens")
        for token in as_items(tokens, "the tokens of a sentence", "token"):
            if token not in cleaned:
                if not isinstance(token, str):
                    raise TypeError(f"a {type(token).__name__} where a token (str) is due: {token}")
                cleaned[token] = clean(token)
            firsts.append(numbers.setdefault(cleaned[token], len(numbers)))
        line_ends.append(len(firsts))
        data = "".join(f"{token}\t" for token in tokens).encode("utf-8", "surrogatepass") + b"\n"
        hashed.update(data)
        n_bytes += len(data)
    ids = np.array(firsts, np.int32)
    if vocab is None:
        vocab = _vocab(numbers, np.bincount(ids, minlength=len(numbers)).tolist(), config)
    # "" stands for what cleaning removed, even if somebody's Vocab has such a word.
    becomes = vocab.encode_words(token or UNK for token in numbers)
    options = {
        "text": config.to_json(),
        "source": {"bytes": n_bytes, "blake2b": hashed.hexdigest()},
        "n_tokens": len(ids),
        "n_sequences": len(line_ends) - 1,
        "specials": list(vocab.specials),
    }
    return EncodedCorpus(becomes[ids], np.array(line_ends, np.int64), vocab, options)


def _vocab(numbers: dict[str, int], counts: list[int], config: TextConfig) -> Vocab:
    """The Vocab of all tokens seen; what is too rare is counted as <unk>."""
    counted = Counter(dict(zip(numbers, counts, strict=True)))
    n_tokens = counted.total()
    if not n_tokens:
        raise ValueError("there are no tokens in the sentences given")
    for token in ("", *DEFAULT_SPECIALS):
        del counted[token]
    vocab = Vocab.from_counts(counted, min_count=config.min_count, max_vocab=config.max_vocab)
    if len(vocab) == len(vocab.specials):
        raise ValueError(
            f"no token is left of the {len(counted)}: the most frequent one stands there "
            f"{max(counted.values(), default=0)} times, "
            + advise("min_count")
            + f" is {config.min_count}; lower it"
        )
    vocab.counts[vocab.ids[UNK]] += n_tokens - vocab.counts.sum()
    return vocab
