"""The Vocabs of the target side: class labels, tags, and texts that begin and end.

In: labels as str, or an EncodedCorpus. Out: a Vocab without special tokens and ids of labels; or
the corpus under a Vocab that has <bos> and <eos> as well. No text is read here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.advice import either
from textseq.rnn.data.labels import (
    is_missing,
    known_spellings,
    missing,
    sorted_labels,
    spelled_as,
)
from textseq.text.encoded import EncodedCorpus
from textseq.text.vocab import BOS, EOS, PAD, UNK, Vocab


def label_vocab_of(
    labels: Iterable[str] | Mapping[str, int], order: Sequence[str] | None = None
) -> Vocab:
    """The Vocab of labels or tags: no special tokens, in sorted order, numbers by their size.

    `labels`: one by one, or counted. `order`: all of them in another order, which they have of
    themselves. Not by count as words are: "0" and "1" have the ids 0 and 1 in every sample of a
    data set.
    """
    counts = Counter(labels)
    if not counts:
        raise ValueError("there are no labels")
    tokens = sorted_labels(counts) if order is None else list(dict.fromkeys(order))
    return Vocab(tokens, np.array([counts[label] for label in tokens], np.int64), specials=())


NO_TAG = "_"  # what stands where a word has no tag; in a Vocab of tags it is a special token


def with_no_tag(vocab: Vocab, n: int) -> Vocab:
    """The tags and, as a special token behind them, NO_TAG, seen `n` times; tags keep their ids."""
    counts = np.append(vocab.counts, n)
    specials = (*vocab.specials, NO_TAG)
    return Vocab([*vocab.tokens, NO_TAG], counts, specials, default_id=vocab.default_id)


def no_tag_id(vocab: Vocab) -> int | None:
    """The id that stands where a word has no tag; None where each has one."""
    return vocab.ids[NO_TAG] if NO_TAG in vocab.specials else None


def tags_of(vocab: Vocab) -> Vocab:
    """The Vocab less what stands where there is no tag: what a model learns to choose from."""
    gap = no_tag_id(vocab)
    if gap is None:
        return vocab
    specials = [token for token in vocab.specials if token != NO_TAG]
    kept = [token for token in vocab.tokens if token != NO_TAG]
    return Vocab(kept, np.delete(vocab.counts, gap), specials)


def encode_labels(labels: Sequence[str], vocab: Vocab) -> NDArray[np.int32]:
    """Ids of labels, shape (n,); ValueError for one that the Vocab lacks, unless it has <unk>.

    A number, or true and false, may be spelled in another way than there.
    """
    missing = [label for label in set(labels) if label not in vocab]  # a few names, many rows
    if missing:
        spelled = known_spellings(vocab.tokens)
        labels = [label if label in vocab else spelled_as(label, spelled) for label in labels]
        if vocab.default_id is None:
            for pos, label in enumerate(labels):
                if label not in vocab:
                    raise ValueError(f"label {label!r} (number {pos}) " + _unknown(vocab))
    return vocab.encode(labels)


def check_label(label: str, vocab: Vocab | None, where: str) -> None:
    """ValueError that says where, for a label that is missing or that the Vocab lacks.

    `vocab`: None where the labels are still to be gathered.
    """
    if is_missing(label):
        raise ValueError(missing(where, label))
    if vocab is None or vocab.default_id is not None or label in vocab:
        return
    if spelled_as(label, known_spellings(vocab.tokens)) not in vocab:
        raise ValueError(f"{where}: label {label!r} " + _unknown(vocab))


def _unknown(vocab: Vocab) -> str:
    return f"is none of {some(vocab.tokens)}" + either(
        f"; a Vocab with the special token {UNK} takes any",
        ", the labels of the training data; correct it, leave it out, or train with such data too",
    )


def check_tags(tags: Sequence[str], known: Sequence[str]) -> None:
    """ValueError where none of the tags of some data is known to a model; no tags at all pass.

    O does not count, which all spans have around them.
    """
    named = [tag for tag in tags if tag != "O"]
    if named and not set(named) & set(known):
        raise ValueError(
            f"none of the tags here ({some(named)}) is known; known are {some(known)}, so the same "
            "column of the same kind of tags works"
        )


def some(names: Sequence[str]) -> str:
    """The first names of many, for a message."""
    return ", ".join(map(repr, names[:20])) + (", ..." if len(names) > 20 else "")


def encode_tags(
    rows: Sequence[Sequence[str]], vocab: Vocab, config: dict[str, Any]
) -> EncodedCorpus:
    """Tags as a corpus with one id for each; raises as `encode_labels` does."""
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    ids = encode_labels([tag for tags in rows for tag in tags], vocab)
    return EncodedCorpus(ids, offsets, vocab, config, name="the tags")


def with_specials(corpus: EncodedCorpus) -> EncodedCorpus:
    """The same text under a Vocab that has <pad>, <unk>, <bos> and <eos>, whatever they are called.

    The corpus itself if it has all four. What is missing comes behind the other special tokens;
    a word spelled like it is unknown from then on. New ids are made in memory.
    """
    corpus.check_ids()
    old = corpus.vocab
    roles = ((old.pad_id, PAD), (old.unk_id, UNK), (old.bos_id, BOS), (old.eos_id, EOS))
    missing = [token for word_id, token in roles if word_id is None]
    if not missing:
        return corpus
    counts = dict(zip(old.tokens, old.counts.tolist(), strict=True))
    others = [token for token in old.tokens if token not in missing]
    at = len(old.specials) if old.specials_first else len(others)
    tokens = [*others[:at], *missing, *others[at:]]
    vocab = Vocab(
        tokens,
        np.array([0 if token in missing else counts[token] for token in tokens], np.int64),
        (*old.specials, *missing),
    )
    unk_id = vocab.unk_id
    assert unk_id is not None
    vocab.counts[unk_id] += sum(counts.get(token, 0) for token in missing)
    becomes = np.array([vocab.ids[token] for token in old.tokens], np.int32)
    becomes[[old.ids[token] for token in missing if token in old]] = unk_id
    if old.default_id != old.unk_id and old.default_id is not None:
        vocab = vocab.with_default_id(int(becomes[old.default_id]))
    config = corpus.config | {"specials": list(vocab.specials)}
    return EncodedCorpus(becomes[corpus.ids], corpus.offsets, vocab, config, name=corpus.name)
