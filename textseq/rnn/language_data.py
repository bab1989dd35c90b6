"""Data of language models: a corpus as one stream, its first and last part, its measures.

In: an EncodedCorpus. Out: Examples to train and evaluate with, batches in the form that fit()
takes, and how many words and unknown tokens there are. Which tokens follow each other in a batch
is decided in data/batching.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch

from textseq.config import SUBWORD, TextConfig
from textseq.rnn.data.batch import Batch
from textseq.rnn.data.batching import lm_batches
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.vocabs import with_specials
from textseq.text.encoded import EncodedCorpus
from textseq.text.tokens.tokenizer import load_tokenizer

_UNITS = {"char": "character", "korean": "morpheme"}  # tokens that are neither word nor subword


def stream_of(corpus: EncodedCorpus) -> Examples:
    """A corpus to train on or evaluate with: its Vocab gets <eos> (and <bos>) if it has none."""
    return Examples(with_specials(corpus))


def cut(dataset: Examples, share: float) -> tuple[Examples, Examples]:
    """The first part of a corpus and the last one, which holds `share` of the tokens.

    Cut between two lines, nothing copied: what is learnt is judged on text that comes after.
    ValueError where a part would have no line.
    """
    corpus = dataset.inputs
    if not isinstance(corpus, EncodedCorpus) or dataset.rows is not None:
        raise ValueError("only a whole corpus can be cut")
    offsets = corpus.offsets
    line = int(np.searchsorted(offsets, corpus.n_tokens * (1 - share)))
    line = min(max(line, 1), len(corpus) - 1)
    if not 0 < share < 1 or line < 1:
        raise ValueError(f"a share of {share} of the {len(corpus)} lines of {corpus.name} is none")
    pos = int(offsets[line])
    parts = (
        (corpus.ids[:pos], offsets[: line + 1]),
        (corpus.ids[pos:], offsets[line:] - pos),
    )
    first, last = (
        Examples(EncodedCorpus(ids, ends, corpus.vocab, corpus.config, name=f"{corpus.name}, {of}"))
        for (ids, ends), of in zip(parts, ("the first part", "the last part"), strict=True)
    )
    return first, last


class Streams:
    """The batches of a corpus in order, in the form of all others."""

    def __init__(self, corpus: EncodedCorpus, batch_size: int, steps: int, *, eos: bool) -> None:
        """As `lm_batches`, with fewer rows than `batch_size` where not all would have a target."""
        # A row without a target would only cost time.
        n_rows = min(batch_size, max(1, corpus.n_tokens - 1))
        self._batches = lm_batches(corpus, n_rows, steps, eos=eos)

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[Batch]:
        rows = torch.arange(self._batches.batch_size)
        for inputs, targets in self._batches:
            yield Batch(inputs, torch.full_like(rows, inputs.shape[1]), rows, targets)


class Sizes(NamedTuple):
    """Of a corpus: words between white space, line ends among them, and tokens that are <unk>."""

    n_words: int
    n_unknown: int


def sizes_of(corpus: EncodedCorpus, text: TextConfig, *, eos: bool) -> Sizes:
    """Measure a corpus; `eos`: line ends are words too, as they are in published perplexities."""
    unk_id, n_unknown = corpus.vocab.unk_id, 0
    if unk_id is not None:
        n_unknown = int(np.count_nonzero(corpus.ids == unk_id))
    n_words = len(corpus) if eos else 0
    join = load_tokenizer(text).join
    for line in range(len(corpus)):
        n_words += len(join(corpus.decode(line)).split())
    return Sizes(n_words, n_unknown)


def signatures_of(text: TextConfig, *, eos: bool) -> dict[str, str]:
    """What a perplexity is of: only those of the same tokens can be compared."""
    unit = "subword" if text.tokenizer in SUBWORD else _UNITS.get(text.tokenizer, "word")
    ends = ", <eos> too" if eos else ""
    return {
        "perplexity": f"per {unit} ({text.tokenizer}{ends})",
        "word_perplexity": "per word between white space",
    }
