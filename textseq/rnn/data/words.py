"""Words: sentences as a tagger reads them, each word by its id and by its spelling.

In: examples whose Vocab has their words as they are written. Out: `WordBatch`es with ids under the
model's own Vocab, beside the characters of each different word, once; and the Vocab that a model
makes of its training set. What becomes of the characters is decided in characters.py.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from textseq.rnn.data.batch import IGNORE, Batch
from textseq.rnn.data.batching import BucketBatchSampler
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.one_pass import OnePass
from textseq.rnn.data.spelling import spelling
from textseq.rnn.data.vocabs import check_tags
from textseq.text.encoded import EncodedCorpus
from textseq.text.vocab import DEFAULT_SPECIALS, UNK, Vocab
from textseq.vectors.word_vectors import WordVectors

_USUAL = 256  # words of a sentence up to which a batch of predictions is full


@dataclass(frozen=True, kw_only=True)
class WordBatch(Batch):
    """A Batch of words with their characters.

    `forms` (B, T) int64: which of the F different words of the batch stands where. `characters`
    (F, L) int64, padded, with `character_lengths` (F,) int64 on the CPU, at least 1.
    """

    forms: Tensor
    characters: Tensor
    character_lengths: Tensor

    def to(self, device: torch.device | str | int, *, non_blocking: bool = False) -> Self:
        """The batch with all but its lengths on a device."""
        return dataclasses.replace(
            super().to(device, non_blocking=non_blocking),
            forms=self.forms.to(device, non_blocking=non_blocking),
            characters=self.characters.to(device, non_blocking=non_blocking),
        )

    def pin_memory(self) -> Self:
        """The batch in pinned memory."""
        return dataclasses.replace(
            super().pin_memory(),
            forms=self.forms.pin_memory(),
            characters=self.characters.pin_memory(),
        )


class WordTable:
    """How the words of a data set look to a model: from its Batch to a WordBatch.

    `word_ids` (V,) are the ids of the data set's words in the Vocab of the model; `tag_ids` those
    of its tags, IGNORE for a tag that the model does not know, or None where it has no tags.
    """

    def __init__(
        self, data: Examples, words: Vocab, characters: Vocab | None, tags: Vocab, *, lower: bool
    ) -> None:
        """`lower`: words are looked up in lower case; the characters keep their case.

        ValueError where the data set has targets that are no tags, or none that the model knows.
        """
        if data.target_kind not in ("none", "tags"):
            raise ValueError(f"the targets are {data.target_kind}; a tagger needs a tag a word")
        given = data.vocab
        special = set(given.special_ids)
        forms = ["" if number in special else form for number, form in enumerate(given.tokens)]
        self.word_ids = words.encode(forms if not lower else [form.lower() for form in forms])
        self.word_ids[list(special)] = words.unk_id or 0
        if given.pad_id is not None:
            self.word_ids[given.pad_id] = words.pad_id or 0
        self._pad_id = 0 if characters is None else characters.pad_id or 0
        spelled = [] if characters is None else map(spelling, forms)
        ids = np.zeros(0, np.int32)
        self._starts = np.zeros(len(forms) + 1, np.int64)
        if characters is not None:
            ids, self._starts = characters.encode_batch(spelled)
        self._spelled = ids
        self.tag_ids: NDArray[np.int64] | None = None
        if data.label_vocab is not None:
            check_tags(data.label_vocab.tokens, tags.tokens)
            known = [tags.ids.get(tag, IGNORE) for tag in data.label_vocab.tokens]
            self.tag_ids = np.array(known, np.int64)

    def __call__(self, batch: Batch) -> WordBatch:
        """The same examples, as the model reads them."""
        numbers, forms = np.unique(batch.inputs.numpy(), return_inverse=True)
        targets = batch.targets
        if targets is not None and self.tag_ids is not None:
            inside = targets != IGNORE
            known = torch.from_numpy(self.tag_ids)[targets.where(inside, 0)]
            targets = known.where(inside, IGNORE)
        lengths = np.maximum(self._starts[numbers + 1] - self._starts[numbers], 1)
        characters = np.full((len(numbers), lengths.max()), self._pad_id, np.int64)
        for row, number in enumerate(numbers.tolist()):
            spelled = self._spelled[self._starts[number] : self._starts[number + 1]]
            characters[row, : len(spelled)] = spelled
        return WordBatch(
            inputs=torch.from_numpy(self.word_ids[numbers][forms].astype(np.int64)),
            lengths=batch.lengths,
            rows=batch.rows,
            targets=targets,
            forms=torch.from_numpy(forms.reshape(batch.inputs.shape)),
            characters=torch.from_numpy(characters),
            character_lengths=torch.from_numpy(lengths),
        )


def word_batches(
    data: Examples,
    table: WordTable,
    batch_size: int,
    *,
    epoch: int | None = None,
    seed: int = 1,
    pin_memory: bool = False,
) -> OnePass[WordBatch]:
    """The WordBatches of one pass over a data set, in length buckets.

    `epoch`: which of the shuffled orders; None is the order of lengths, for predictions, where a
    very long sentence does not make others as long as itself.
    """
    sampler = BucketBatchSampler(
        data.lengths,
        batch_size,
        shuffle=epoch is not None,
        seed=seed,
        max_tokens=batch_size * _USUAL if epoch is None else None,
    )
    sampler.set_epoch(epoch or 0)
    return OnePass(data, sampler, table, pin_memory=pin_memory)


# --- what a training set holds


def word_counts(train: Examples) -> Counter[str]:
    """How often each word stands there; without special tokens."""
    inputs = cast("EncodedCorpus", train.inputs)
    if train.rows is None:
        ids = inputs.ids
    else:
        ids = np.concatenate([np.zeros(0, np.int32), *(inputs[row] for row in train.rows)])
    counts = np.bincount(ids, minlength=len(inputs.vocab))
    counts[list(inputs.vocab.special_ids)] = 0
    seen = np.flatnonzero(counts)
    tokens = inputs.vocab.tokens
    return Counter({tokens[number]: int(counts[number]) for number in seen.tolist()})


def word_vocab(
    counts: Counter[str],
    vectors: WordVectors | None,
    min_count: int,
    max_vocab: int | None,
    more_words: int,
    *,
    lower: bool,
) -> Vocab:
    """The words that get an embedding."""
    if lower:
        folded: Counter[str] = Counter()
        for word, count in counts.items():
            folded[word.lower()] += count
        counts = folded
    known = {} if vectors is None else vectors.vocab.ids
    kept = {
        word: count
        for word, count in counts.items()
        if count >= min_count or word in known or word.lower() in known
    }
    vocab = Vocab.from_counts(kept, max_vocab=max_vocab)
    rest = counts.total() - int(vocab.counts.sum())
    vocab.counts[vocab[UNK]] += rest
    others = (word for word in known if word not in counts and word not in DEFAULT_SPECIALS)
    more = list(islice(others, more_words))
    numbers = np.concatenate([vocab.counts, np.zeros(len(more), np.int64)])
    return Vocab([*vocab.tokens, *more], numbers)
