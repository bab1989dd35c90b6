"""Examples: what a data set holds, one example at a time or in batches.

In: encoded corpora, or arrays of features, labels and values. Out: `examples[i]`, an `Example`
of views; `select`, a part without a copy; `loader()`, a DataLoader of padded `Batch`es.
No text is read here (data.py does) and none is encoded.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from textseq.config import TextConfig
from textseq.rnn.data.batch import IGNORE, Batch, pad_lines
from textseq.rnn.data.batching import POOL, BucketBatchSampler
from textseq.rnn.data.shared_arrays import pack_array, unpack_array
from textseq.rnn.data.vocabs import no_tag_id
from textseq.text.encoded import EncodedCorpus
from textseq.text.vocab import Vocab

TargetKind = Literal["none", "labels", "label-sets", "values", "tags", "sequences"]


class Example(NamedTuple):
    """One row of a SequenceDataset; the arrays are views.

    `row`: its number in the data set. `inputs`: ids (T,) int32, or features (D,) float32.
    `target`: a label id, a float or floats, tag ids (T,), target ids (T',), or None.
    """

    row: int
    inputs: NDArray[Any]
    target: NDArray[Any] | int | float | None


class Examples(Dataset[Example]):
    """N sequences with their targets; SequenceDataset (data.py) is one that can read files.

    `inputs`: a corpus, or features (N, D) float32. `targets`: label ids (N,), label sets
    (N, C) of truth values, values (N,) or (N, K) float32, a corpus of tags or of target texts, or
    None; `target_kind` says which.
    `label_vocab`: of labels or tags, or None. `target_texts`: the target texts as they were given,
    which no ids can give back, or None where only ids are known. `rows` (N,) int64: of a part made
    by `select`, where its examples lie in `inputs` and `targets`; else None.
    """

    def __init__(
        self,
        inputs: EncodedCorpus | NDArray[np.floating],
        targets: EncodedCorpus | NDArray[Any] | None = None,
        *,
        aligned: bool = False,
        label_vocab: Vocab | None = None,
        groups: ArrayLike | None = None,
        target_texts: Sequence[str] | None = None,
    ) -> None:
        """`aligned`: the target corpus has a tag for each token, else it has texts.

        A Vocab of texts without <pad> gets it, behind all its tokens.

        ValueError where inputs, targets, their texts and groups do not fit together; it names the
        line.
        """
        self.inputs = _checked_inputs(inputs)
        self.target_kind: TargetKind = _kind(targets, aligned=aligned)
        if isinstance(targets, EncodedCorpus) and not aligned:
            targets = targets.with_pad()
        self.label_vocab = label_vocab
        self.targets = targets
        if isinstance(targets, EncodedCorpus):
            targets.check_ids()
            if aligned:
                self.label_vocab = targets.vocab
        elif self.target_kind == "values":
            self.targets = np.ascontiguousarray(targets, np.float32)
        elif self.target_kind == "labels":
            self.targets = _checked_labels(np.asarray(targets), label_vocab)
        elif self.target_kind == "label-sets":
            n_columns = np.asarray(targets).shape[1]
            if label_vocab is not None and n_columns != len(label_vocab):
                raise ValueError(f"{n_columns} columns for {len(label_vocab)} labels")
        self._groups = None if groups is None else np.unique(groups, return_inverse=True)[1]
        self._target_texts = target_texts
        if target_texts is not None and self.target_kind != "sequences":
            raise ValueError(f"target_texts go with target texts; these are {self.target_kind}")
        self.rows: NDArray[np.int64] | None = None
        for name, given in (
            ("targets", self.targets), ("groups", self._groups), ("target texts", target_texts),
        ):  # fmt: skip
            if given is not None and len(given) != len(self.inputs):
                raise ValueError(f"{len(self.inputs)} inputs but {len(given)} {name}")
        if aligned:
            _check_aligned(self.inputs, targets)

    def __len__(self) -> int:
        return len(self.inputs) if self.rows is None else len(self.rows)

    def __getitem__(self, number: int) -> Example:
        """One example; its arrays are views. IndexError where there is none."""
        row = operator.index(number)
        row += len(self) if row < 0 else 0
        if not 0 <= row < len(self):
            raise IndexError(f"example {number} of {len(self)}")
        stored = row if self.rows is None else int(self.rows[row])
        target = None if self.targets is None else self.targets[stored]
        return Example(row, self.inputs[stored], target)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self):,} examples, {self.target_kind}, {self.inputs!r})"

    def select(self, rows: ArrayLike) -> Self:
        """The examples of these numbers, in this order; their ids are not copied."""
        chosen = np.asarray(rows)
        chosen = chosen.astype(np.int64) if not chosen.size else chosen
        if chosen.ndim != 1 or chosen.dtype.kind not in "iu":
            raise ValueError(f"rows are whole numbers of shape (n,), not {chosen.dtype}")
        if chosen.size and not 0 <= chosen.min() <= chosen.max() < len(self):
            raise IndexError(f"rows {chosen.min()}..{chosen.max()} of {len(self)} examples")
        # Not copy.copy, which goes by __getstate__ and would map the files anew.
        part = object.__new__(type(self))
        part.__dict__.update(self.__dict__)
        part.rows = (chosen if self.rows is None else self.rows[chosen]).astype(np.int64)
        return part

    def _of_rows(self, array: NDArray[Any]) -> NDArray[Any]:
        return array if self.rows is None else array[self.rows]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(N,) tokens of each example; (N, 2) with those of its target text; 1 for features."""
        sides: list[Any] = [self.inputs]
        if self.target_kind == "sequences":
            sides.append(self.targets)
        lengths = [
            np.diff(side.offsets)
            if isinstance(side, EncodedCorpus)
            else np.ones(len(side), np.int64)
            for side in sides
        ]
        return self._of_rows(lengths[0] if len(lengths) == 1 else np.stack(lengths, axis=1))

    @property
    def labels(self) -> NDArray[np.int64]:
        """(N,) label ids; ValueError where the targets are something else."""
        if self.target_kind != "labels":
            raise ValueError(f"the targets are {self.target_kind}, not labels")
        return self._of_rows(np.asarray(self.targets))

    @property
    def label_sets(self) -> NDArray[np.bool_]:
        """(N, C) which labels each example has; ValueError where the targets are something else."""
        if self.target_kind != "label-sets":
            raise ValueError(f"the targets are {self.target_kind}, not label-sets")
        return self._of_rows(np.asarray(self.targets))

    @property
    def values(self) -> NDArray[np.float32]:
        """(N,) or (N, K) numbers; ValueError where the targets are something else."""
        if self.target_kind != "values":
            raise ValueError(f"the targets are {self.target_kind}, not values")
        return self._of_rows(np.asarray(self.targets))

    @property
    def groups(self) -> NDArray[np.int64] | None:
        """(N,) the number of each example's group; None without groups."""
        return None if self._groups is None else self._of_rows(self._groups)

    @property
    def vocab(self) -> Vocab:
        """The Vocab of the inputs; ValueError for features."""
        return self._corpus.vocab

    @property
    def target_vocab(self) -> Vocab:
        """The Vocab of the target texts; ValueError where there are none."""
        return self._target_corpus.vocab

    @property
    def text_config(self) -> TextConfig:
        """The options of the inputs, to prepare other text in the same way."""
        return self._corpus.text_config

    @property
    def target_text_config(self) -> TextConfig:
        """The options of the target texts; ValueError where there are none."""
        return self._target_corpus.text_config

    @property
    def target_texts(self) -> list[str] | None:
        """The target texts of the examples as they were given, to score by; None if not known."""
        texts = self._target_texts
        if texts is None or self.rows is None:
            return None if texts is None else list(texts)
        return [texts[row] for row in self.rows.tolist()]

    @property
    def _target_corpus(self) -> EncodedCorpus:
        if self.target_kind != "sequences" or not isinstance(self.targets, EncodedCorpus):
            raise ValueError(f"the targets are {self.target_kind}, not texts")
        return self.targets

    @property
    def _corpus(self) -> EncodedCorpus:
        if not isinstance(self.inputs, EncodedCorpus):
            raise ValueError("the inputs are features, not text")
        return self.inputs

    # --- batches

    def batch(self, rows: Iterable[int]) -> Batch:
        """The batch of these examples, numbers 0..N - 1, padded to the longest and no further.

        An empty text becomes one <unk> (or <pad>, where there is none), so that no length is 0 and
        a model has a state. ValueError for no rows, IndexError for one that is not there.
        """
        numbers = np.fromiter(rows, np.int64)
        if not numbers.size:
            raise ValueError("a batch has at least one example")
        if not 0 <= numbers.min() <= numbers.max() < len(self):
            raise IndexError(f"examples {numbers.min()}..{numbers.max()} of {len(self)}")
        stored = numbers if self.rows is None else self.rows[numbers]
        inputs, lengths = self._inputs_at(stored)
        targets, target_lengths = self._targets_at(stored, inputs.shape[1])
        return Batch(inputs, lengths, torch.from_numpy(numbers), targets, target_lengths)

    def collate(self, examples: Iterable[Example]) -> Batch:
        """The `collate_fn` of a DataLoader over this data set; `loader` makes one without it."""
        return self.batch(example.row for example in examples)

    def _inputs_at(self, stored: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        if not isinstance(self.inputs, EncodedCorpus):
            features = torch.from_numpy(self.inputs[stored])
            return features, torch.ones(len(stored), dtype=torch.int64)
        pad_id, unk_id = _pad_id(self.inputs.vocab), self.inputs.vocab.unk_id
        inputs, lengths = pad_lines(self.inputs, stored, pad_id, width=1)
        empty = lengths == 0
        inputs[empty, 0] = pad_id if unk_id is None else unk_id
        return inputs, lengths.clamp_min_(1)

    def _targets_at(
        self, stored: NDArray[np.int64], n_columns: int
    ) -> tuple[Tensor | None, Tensor | None]:
        if self.targets is None:
            return None, None
        if not isinstance(self.targets, EncodedCorpus):
            kind = np.int64 if self.target_kind == "labels" else np.float32
            return torch.from_numpy(self.targets[stored].astype(kind)), None
        if self.target_kind == "tags":
            tags = pad_lines(self.targets, stored, IGNORE, width=n_columns)[0]
            gap = no_tag_id(self.targets.vocab)
            return tags if gap is None else tags.masked_fill_(tags == gap, IGNORE), None
        return pad_lines(self.targets, stored, _pad_id(self.target_vocab))

    def loader(
        self,
        batch_size: int | None = 32,
        *,
        max_tokens: int | None = None,
        shuffle: bool = False,
        bucket: bool = True,
        seed: int = 1,
        drop_last: bool = False,
        workers: int = 0,
        pin_memory: bool = False,
        rank: int | None = None,
        world_size: int | None = None,
    ) -> DataLoader[Any]:
        """A DataLoader that gives `Batch`es; with `bucket`, of examples of about one length.

        Call `loader.batch_sampler.set_epoch(n)` before epoch n; see BucketBatchSampler for the
        options. `Batch.rows` says which examples a batch holds.
        """
        sampler = BucketBatchSampler(
            self.lengths,
            batch_size,
            max_tokens=max_tokens,
            shuffle=shuffle,
            seed=seed,
            pool=POOL if bucket else 1,
            drop_last=drop_last,
            rank=rank,
            world_size=world_size,
        )
        return DataLoader(
            range(len(self)),  # type: ignore[arg-type] # numbers; `batch` fetches them all at once
            batch_sampler=sampler,
            collate_fn=self.batch,
            num_workers=workers,
            pin_memory=pin_memory,
            # Without its own, a loader draws from torch's generator and so moves everybody else.
            generator=torch.Generator().manual_seed(seed),
        )

    def __getstate__(self) -> dict[str, Any]:
        """For spawned workers: arrays mapped from disk go by their path."""
        state = self.__dict__.copy()
        return state | {name: pack_array(state[name]) for name in ("inputs", "targets")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        opened = {name: unpack_array(state[name]) for name in ("inputs", "targets")}
        self.__dict__.update(state | opened)


# --- what fits together


def _kind(targets: EncodedCorpus | NDArray[Any] | None, *, aligned: bool) -> TargetKind:
    if isinstance(targets, EncodedCorpus):
        return "tags" if aligned else "sequences"
    if aligned:
        raise ValueError("aligned=True goes with a corpus of tags")
    if targets is None:
        return "none"
    kind, n_axes = np.asarray(targets).dtype.kind, np.ndim(targets)
    if kind in "iu" and n_axes == 1:
        return "labels"
    if kind == "b" and n_axes == 2:
        return "label-sets"
    if kind == "f" and n_axes in (1, 2):
        return "values"
    raise ValueError(
        f"targets of type {np.asarray(targets).dtype} with {n_axes} axes; label ids are whole "
        "numbers (N,), label sets truth values (N, C), values floats (N,) or (N, K)"
    )


def _checked_inputs(
    inputs: EncodedCorpus | NDArray[np.floating],
) -> EncodedCorpus | NDArray[np.float32]:
    if isinstance(inputs, EncodedCorpus):
        inputs = inputs.with_pad()
        inputs.check_ids()
        return inputs
    if inputs.ndim != 2 or inputs.dtype.kind != "f":
        raise ValueError(f"features are floats of shape (N, D), not {inputs.dtype} {inputs.shape}")
    return np.ascontiguousarray(inputs, np.float32)


def _checked_labels(labels: NDArray[Any], label_vocab: Vocab | None) -> NDArray[np.int64]:
    if labels.size:
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or (label_vocab is not None and high >= len(label_vocab)):
            wanted = "0 and more" if label_vocab is None else f"0..{len(label_vocab) - 1}"
            raise ValueError(f"label ids are {low}..{high}; they can be {wanted}")
    return np.ascontiguousarray(labels, np.int64)


def _check_aligned(inputs: Any, tags: Any) -> None:
    """ValueError, with the line, unless there is a tag for each token."""
    if not isinstance(inputs, EncodedCorpus):
        raise ValueError("features have no tokens to tag")
    wrong = np.flatnonzero(np.diff(inputs.offsets) != np.diff(tags.offsets))
    if len(wrong):
        line = int(wrong[0])
        raise ValueError(f"line {line} has {len(inputs[line])} tokens but {len(tags[line])} tags")


def _pad_id(vocab: Vocab) -> int:
    assert vocab.pad_id is not None  # `with_pad` has seen to it
    return vocab.pad_id
