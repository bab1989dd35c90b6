"""Data of language models: a corpus as one stream, its first and last part, its measures.

In: text files, tables, or an EncodedCorpus. Out: Examples to train and evaluate with, batches in
the form that fit() takes, and how many words and unknown tokens there are. Which tokens follow each
other in a batch is decided in data/batching.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from textseq.config import SUBWORD, TextConfig
from textseq.rnn.data.batch import Batch
from textseq.rnn.data.batching import lm_batches
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.labelled_text import read_texts
from textseq.rnn.data.vocabs import with_specials
from textseq.text.encode import ReadingProgress, encode_files, encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.reading.corpus import naming
from textseq.text.reading.tables import reads_as_table
from textseq.text.tokens.tokenizer import load_tokenizer
from textseq.text.vocab import Vocab

_UNITS = {"char": "character", "korean": "morpheme"}  # tokens that are neither word nor subword
_LINES = "the lines given"  # what encode.py and those below it call lines that come from no file


def encode_texts(
    inputs: Sequence[str],
    config: TextConfig,
    out: str | os.PathLike[str],
    *,
    vocab: Vocab | None = None,
    columns: dict[str, Any] | None = None,
    progress: ReadingProgress | None = None,
) -> EncodedCorpus:
    """Encode files, or the text of tables, into the folder `out`, as `encode_files` does.

    `columns`: how tables are read, as `read_texts` takes it; a row is a line. Tables that are
    encoded with a given Vocab may be without words; they stay in memory, as ids. ValueError, which
    names the files, as `read_texts` and `encode_files` raise it.
    """
    how: Any = columns or {}
    if not any(reads_as_table(name, how) for name in inputs):
        return encode_files(list(inputs), config, out, vocab=vocab, progress=progress)
    # It is read only once: where a tokenizer has to be trained first, encode_files keeps a copy.
    lines = read_texts(inputs, config, **(columns or {}))
    try:
        if vocab is not None:
            return encode_lines(lines, config, vocab=vocab)
        return encode_files(lines, config, out, progress=progress)
    except ValueError as error:
        if _LINES not in str(error):
            raise  # it is about a table, and names it
        with naming(list(inputs)):
            raise


def stream_of(corpus: EncodedCorpus) -> Examples:
    """A corpus to train on or evaluate with: its Vocab gets <eos> (and <bos>) if it has none."""
    return Examples(with_specials(corpus))


def stream_size(dataset: Examples) -> int:
    """Tokens of a whole corpus with a line end behind each line; a prediction needs two."""
    corpus = _whole(dataset, "read in order")
    return corpus.n_tokens + len(corpus)


def cut(dataset: Examples, share: float) -> tuple[Examples, Examples]:
    """The first part of a corpus and the last one, which holds `share` of the tokens.

    Cut between two lines, nothing copied: the model is validated on text that comes after.
    ValueError where a part would have no line.
    """
    corpus = _whole(dataset, "cut")
    offsets = corpus.offsets
    line = int(np.searchsorted(offsets, corpus.n_tokens * (1 - share)))
    line = min(max(line, 1), len(corpus) - 1)
    if not 0 < share < 1 or line < 1:
        lines = f"{len(corpus)} line{'' if len(corpus) == 1 else 's'}"
        raise ValueError(
            f"a share of {share} of the {lines} of {corpus.name} is none; two lines or more can be "
            "cut, at a share above 0 and below 1"
        )
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


def _whole(dataset: Examples, done: str) -> EncodedCorpus:
    if not isinstance(dataset.inputs, EncodedCorpus) or dataset.rows is not None:
        raise ValueError(f"only a whole corpus can be {done}")
    return dataset.inputs


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
