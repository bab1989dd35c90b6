"""SequenceDataset: texts and what is to be learnt of them, ready for torch.

In: texts, tables, tagged sentences, parallel files, folders or Hugging Face `datasets`. Out:
encoded corpora side by side, whose examples and batches examples.py gives. Reading itself is
the business of text/reading/ and hub.py; nothing is trained or split here.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypedDict, TypeVar, Unpack, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textseq.config import TextConfig
from textseq.keywords import only_options
from textseq.rnn.data import hub
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.label_sets import (
    encode_label_sets,
    label_set_names,
    labels_of_columns,
    split_labels,
)
from textseq.rnn.data.labels import is_missing, label_names, label_order, missing, spellings
from textseq.rnn.data.vocabs import (
    NO_TAG,
    check_label,
    encode_labels,
    encode_tags,
    label_vocab_of,
    with_no_tag,
    with_specials,
)
from textseq.text.encode import encode_lines, needs_training
from textseq.text.encode_tokens import encode_tokens
from textseq.text.encoded import EncodedCorpus
from textseq.text.given import as_items, require_order
from textseq.text.notices import Notify, notify, notifying
from textseq.text.reading.bad_rows import as_bad_rows
from textseq.text.reading.cell_numbers import explain_comma, read_number
from textseq.text.reading.conll import (
    EMPTY_MEANS_NONE,
    ConllOptions,
    Sentence,
    read_conll,
    read_conllu,
)
from textseq.text.reading.corpus import (
    Inputs,
    find_sources,
    naming,
    read_lines_of,
    read_parallel,
)
from textseq.text.reading.headers import describe_header, looks_like_header
from textseq.text.reading.table_columns import is_named, list_parts, split_name, strip_name
from textseq.text.reading.tables import (
    Column,
    Columns,
    TableOptions,
    TableRow,
    read_column_names,
    read_table_rows,
)
from textseq.text.rows.padded import PaddedCorpus, load_padded
from textseq.text.tokens.tokenizer import load_tokenizer
from textseq.text.vocab import Vocab

T = TypeVar("T")


class Prepare(TypedDict, total=False):
    """How text becomes ids; for a test set, `text_config` and the Vocabs of the training set.

    `config`: options of the text (default: TextConfig()); `target_config`: of the target texts
    (default: the same). `vocab`, `label_vocab`, `target_vocab`: made from the data if not given.
    `notify` gets each notice as a line (default: they are warnings).
    """

    config: TextConfig
    target_config: TextConfig | None
    vocab: Vocab | None
    label_vocab: Vocab | None
    target_vocab: Vocab | None
    notify: Notify | None


class TableDataset(Prepare, TableOptions, total=False):
    """The options of TableOptions and of Prepare."""


class ConllDataset(Prepare, ConllOptions, total=False):
    """The options of ConllOptions and of Prepare."""


class SequenceDataset(Examples):
    """N sequences with their targets, and the ways to read them: `SequenceDataset.from_...`.

    `SequenceDataset(inputs, targets)` takes corpora that were encoded before; see Examples.

    >>> config = TextConfig(tokenizer="word", lowercase=True, min_count=1)
    >>> data = SequenceDataset.from_texts(["Good!", "So bad.", "Fine."], [1, 0, 1], config=config)
    >>> train, test = split(data, (0.7, 0.3))
    >>> for batch in train.loader(batch_size=2, shuffle=True):
    ...     print(tuple(batch.inputs.shape), batch.lengths.tolist(), batch.targets.tolist())
    (2, ...) [...] [...]
    """

    # --- from text

    @classmethod
    @notifying
    @only_options(Prepare)
    def from_texts(
        cls,
        texts: Iterable[str],
        labels: Iterable[object] | None = None,
        *,
        label_sets: Iterable[Iterable[object]] | None = None,
        values: ArrayLike | None = None,
        pairs: Iterable[str] | None = None,
        groups: ArrayLike | None = None,
        **prepare: Unpack[Prepare],
    ) -> Self:
        """Texts with a label, a list of labels, a value or a target text each, or none of these.

        Labels become ids in sorted order, numbers by size, those of an ordered column (of pandas
        or Arrow) in its order; white space at their ends does not count. Target texts get a Vocab
        with <bos> and <eos>; neither is put into the ids, and the texts are kept, to score by.
        Raises as `encode_lines` does, and ValueError for a label that is unknown, missing or no
        single one, and for a value that is no finite number.
        """
        given_targets = (labels, label_sets, values, pairs)
        if sum(given is not None for given in given_targets) > 1:
            raise ValueError(
                "give labels, label_sets, values or pairs: a data set has one kind of target"
            )
        named, order = (None, None) if labels is None else _names_and_order(labels)
        config = prepare.get("config") or TextConfig()
        if groups is not None or any(given is not None for given in given_targets):
            texts = require_order(texts, "texts")
        inputs = _encoded(texts, config, prepare.get("vocab"))
        if pairs is not None:
            targets, given = _encoded_targets(pairs, "pairs", prepare)
            return cls(inputs, targets, groups=groups, target_texts=given)
        if label_sets is not None:
            sets, names = encode_label_sets(label_set_names(label_sets), prepare.get("label_vocab"))
            return cls(inputs, sets, label_vocab=names, groups=groups)
        if named is not None:
            label_vocab = prepare.get("label_vocab") or label_vocab_of(named, order)
            ids = encode_labels(named, label_vocab)
            return cls(inputs, ids, label_vocab=label_vocab, groups=groups)
        return cls(inputs, None if values is None else _finite(values), groups=groups)

    @classmethod
    @notifying
    @only_options(Prepare)
    def from_features(
        cls, features: ArrayLike, texts: Iterable[str], **prepare: Unpack[Prepare]
    ) -> Self:
        """Rows of features (N, D), numbers or pixels, with a text each, which a captioner learns.

        The options are those of target texts, as in `from_texts`.
        """
        targets, given = _encoded_targets(texts, "texts", prepare)
        return cls(np.asarray(features, np.float32), targets, target_texts=given)

    @classmethod
    @notifying
    @only_options(TableDataset)
    def from_table(
        cls,
        inputs: Inputs,
        text: Columns = "text",
        label: Columns | None = "label",
        *,
        label_separator: str | None = None,
        value: Column | None = None,
        pair: Column | None = None,
        group: Column | None = None,
        **options: Unpack[TableDataset],
    ) -> Self:
        """Columns of tables, by name or number; see `read_table`, whose options these are, beside
        those of Prepare.

        TSV, CSV, JSON (lines or a list), Parquet, Arrow, and fastText's __label__ lines. Several
        `text` columns are joined with a space. `value` (a number) or `pair` (a text) takes the
        place of `label`; label=None reads the text alone. With `label_separator` a cell holds any
        number of labels, in JSON also a list; several `label` columns hold 0 and 1 or name one
        each, and a row without a label is one, too. ValueError, with file and line, for a
        label that is empty or unknown; where it is empty, that is a bad row.
        """
        how, prepare = _split_options(options, TableOptions)
        if value is not None or pair is not None:
            label = None
        elif label is not None:
            columns_of_labels = _label_columns(inputs, label, options)
            if label_separator is not None or columns_of_labels:
                return cls._with_label_sets(
                    inputs, text, columns_of_labels or [label],  # type: ignore[list-item]
                    label_separator, group, how, prepare,
                )  # fmt: skip
        wanted = {"labels": label, "values": value, "pairs": pair, "groups": group}
        names = [name for name, column in wanted.items() if column is not None]
        columns = [text, *(column for column in wanted.values() if column is not None)]
        config, label_vocab = prepare.get("config") or TextConfig(), prepare.get("label_vocab")
        bad = as_bad_rows(how.get("bad_rows"))
        how["bad_rows"] = bad
        lines: list[str] = []
        found: dict[str, Any] = {name: [] for name in names}
        first: TableRow | None = None
        empty: TableRow | None = None
        n_empty, known = 0, set() if label_vocab is None else set(label_vocab.tokens)
        for row in read_table_rows(inputs, columns, config, **how):
            line, *cells = row.cells
            try:
                if label is not None:
                    cells[0] = name = strip_name(cells[0])
                    if is_missing(name):
                        raise _BadRow(missing(f"{row.name}, line {row.line}", name))
                    if label_vocab is not None and name not in known:
                        check_label(name, label_vocab, f"{row.name}, line {row.line}")
                        known.add(name)
                elif value is not None:
                    cells[0] = _number(cells[0], row)  # type: ignore[call-overload]
            except _BadRow as error:
                bad.refuse(str(error), some_fit=value is None or first is not None)
                continue
            first = first or row
            if not line:
                n_empty, empty = n_empty + 1, empty or row
            lines.append(line)
            for name, cell in zip(names, cells, strict=True):
                found[name].append(cell)
        bad.notify_skipped(some_left=bool(lines))
        if empty is not None:
            texts = "1 text is" if n_empty == 1 else f"{n_empty:,} texts are"
            notify(f"{texts} empty or null; the first: {empty.name}, line {empty.line}")
        labels = found.get("labels")
        if first and labels and first.number == 1 and not is_named(columns):
            # Of names that everybody knows read_table_rows has given notice.
            unsaid = how.get("header") is None and not first.noticed
            if unsaid and looks_like_header(lines, labels, len(list_parts(text))):
                notify(describe_header(first.name, first.line, first.cells))
        with naming(inputs):
            return cls.from_texts(lines, **found, **prepare)

    @classmethod
    def _with_label_sets(
        cls, inputs: Inputs, text: Columns, label: list[Column], separator: str | None,
        group: Column | None, how: TableOptions, prepare: Prepare,
    ) -> Self:  # fmt: skip
        config, vocab = prepare.get("config") or TextConfig(), prepare.get("label_vocab")
        bad = as_bad_rows(how.get("bad_rows"))
        how["bad_rows"] = bad
        if separator is not None:
            how["lists"] = separator
        columns: list[Columns] = [text, *label, *([] if group is None else [group])]
        rows = list(read_table_rows(inputs, columns, config, **how))
        bad.notify_skipped(some_left=bool(rows))

        def where(number: int) -> str:
            return f"{rows[number].name}, line {rows[number].line}"

        cells = [row.cells[1 : 1 + len(label)] for row in rows]
        if separator is None:
            sets = labels_of_columns(cells, list(map(str, label)), where)
        else:
            sets = [
                [each for cell in row for each in split_labels(cell, separator)] for row in cells
            ]
        for number, names in enumerate(sets):
            for name in names:
                check_label(name, vocab, where(number))
        groups = None if group is None else [row.cells[-1] for row in rows]
        with naming(inputs):
            return cls.from_texts(
                [row.cells[0] for row in rows], label_sets=sets, groups=groups, **prepare
            )

    @classmethod
    @notifying
    @only_options(Prepare)
    def from_folder(
        cls,
        folder: str | os.PathLike[str],
        labels: Sequence[str] | None = None,
        **prepare: Unpack[Prepare],
    ) -> Self:
        """A folder with a sub-folder for each label and a file for each text.

        `labels`: the sub-folders to read (default: all but hidden ones). Files come sorted.
        """
        config = (prepare.get("config") or TextConfig()).replace(unit="file")
        parent = Path(folder)
        if not parent.is_dir():
            raise FileNotFoundError(f"there is no folder {str(parent)!r}")
        labels = labels if labels is None else list(as_items(labels, "labels", "label"))
        if labels is None:
            labels = sorted(p.name for p in parent.iterdir() if p.is_dir() and p.name[0] != ".")
        if not labels:
            raise ValueError(f"{parent} has no sub-folders; there is one for each label")
        texts, found = [], []
        for label in labels:
            check_label(label, prepare.get("label_vocab"), str(parent / label))
            for source in find_sources(parent / label):
                texts.append("\n".join(read_lines_of([source], config)))
                found.append(label)
        with naming(parent):
            return cls.from_texts(texts, found, **(prepare | Prepare(config=config)))

    @classmethod
    @notifying
    @only_options(Prepare)
    def from_parallel(cls, source: Inputs, target: Inputs, **prepare: Unpack[Prepare]) -> Self:
        """Two texts whose lines are translations of each other; empty lines count."""
        config = prepare.get("config") or TextConfig()
        texts, pairs = read_parallel(source, target, config, prepare.get("target_config"))
        with naming(source, target):
            return cls.from_texts(texts, pairs=pairs, **prepare)

    @classmethod
    def from_rows(
        cls,
        rows: PaddedCorpus | str | os.PathLike[str],
        labels: Iterable[object] | None = None,
        *,
        values: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        label_vocab: Vocab | None = None,
    ) -> Self:
        """Rows of one length, padded on either side, that `encode --max-length` wrote, or their
        folder.

        Batches are padded anew, behind the tokens. `labels`, `values` and `groups` are of the
        sequences that the rows were made of: each window of one has the same. Without `groups` the
        windows of a sequence are one, so that `split` keeps them together. That rows were cut is
        not known to a model, which reads whole texts to predict. ValueError for rows with <bos> or
        <eos>, which no model reads in the texts that it predicts.
        """
        if labels is not None and values is not None:
            raise ValueError("give labels or values: a data set has one kind of target")
        if not isinstance(rows, PaddedCorpus):
            rows = load_padded(rows)
        if rows.config.get("bos_id") is not None or rows.config.get("eos_id") is not None:
            raise ValueError(
                f"the rows of {rows.path} have <bos> or <eos>, which models do not expect in what "
                "they read; rows that were written without them work"
            )
        inputs, at = rows.unpadded(), rows.sequence
        named, order = (None, None) if labels is None else _names_and_order(labels)
        n_sequences = int(at[-1]) + 1
        for name, given in (("labels", named), ("values", values), ("groups", groups)):
            if given is not None and np.shape(given) != (n_sequences,):
                raise ValueError(
                    f"{rows.path} has {n_sequences} sequences, but there are "
                    f"{' x '.join(map(str, np.shape(given)))} {name}"
                )
        if groups is not None:
            groups = np.asarray(groups)[at]
        elif len(at) > n_sequences:
            groups = at
        if values is not None:
            return cls(inputs, _finite(values)[at], groups=groups)
        if named is None:
            return cls(inputs, groups=groups)
        label_vocab = label_vocab or label_vocab_of(named, order)
        ids = encode_labels(named, label_vocab)[at]
        return cls(inputs, ids, label_vocab=label_vocab, groups=groups)

    # --- from tagged sentences

    @classmethod
    @notifying
    @only_options(Prepare)
    def from_sentences(
        cls, sentences: Iterable[tuple[Sequence[str], Sequence[str]]], **prepare: Unpack[Prepare]
    ) -> Self:
        """Sentences as (tokens, tags); tokens are cleaned one by one and never cut."""
        return cls._tagged(
            [
                Sentence(list(as_items(tokens, "tokens", "token")), label_names(tags))
                for tokens, tags in as_items(sentences, "pairs of tokens and tags", "pair")
            ],
            prepare,
        )

    @classmethod
    def _tagged(cls, pairs: list[Sentence], prepare: Prepare, *, gaps: bool = False) -> Self:
        """`gaps`: NO_TAG is no tag, but stands where there is none."""
        config = prepare.get("config") or TextConfig()
        tokens = [pair.tokens for pair in pairs]
        inputs = encode_tokens(tokens, config, vocab=prepare.get("vocab"))
        tags = [pair.tags for pair in pairs]
        counts = Counter(tag for row in tags for tag in row)
        n_gaps = counts.pop(NO_TAG, 0) if gaps else 0
        vocab = prepare.get("label_vocab") or label_vocab_of(counts)
        if n_gaps and NO_TAG not in vocab:
            vocab = with_no_tag(vocab, n_gaps)
        return cls(inputs, encode_tags(tags, vocab, inputs.config), aligned=True)

    @classmethod
    @notifying
    @only_options(Prepare)
    def from_conllu(
        cls, inputs: Inputs, tags: str = "upos", form: str = "form", **prepare: Unpack[Prepare]
    ) -> Self:
        """The words of CoNLL-U files with one of their columns; see `read_conllu`."""
        config = prepare.get("config") or TextConfig()
        sentences = list(read_conllu(inputs, config, tags=tags, form=form))
        with naming(inputs):
            return cls._tagged(sentences, prepare, gaps=tags not in EMPTY_MEANS_NONE)

    @classmethod
    @notifying
    @only_options(ConllDataset)
    def from_conll(cls, inputs: Inputs, **options: Unpack[ConllDataset]) -> Self:
        """Two columns of CoNLL files; the options are those of ConllOptions and of Prepare."""
        columns, prepare = _split_options(options, ConllOptions)
        config = prepare.get("config") or TextConfig()
        pairs = list(read_conll(inputs, config, **columns))
        with naming(inputs):
            return cls._tagged(pairs, prepare)

    # --- from and to `datasets`

    @classmethod
    @notifying
    @only_options(Prepare)
    def from_datasets(
        cls,
        data: Any,
        text: str = "text",
        label: str | None = "label",
        *,
        pair: str | None = None,
        group: str | None = None,
        split: str | None = None,
        load_options: Mapping[str, Any] | None = None,
        **prepare: Unpack[Prepare],
    ) -> Self:
        """A Hugging Face data set, or the name of one on the hub or in a local folder.

        Class labels keep the order of their names. Floats are values. Where `text` is a list of
        tokens, `label` is the list of their tags. `split` and `load_options` as `load_dataset`
        takes them (streaming=True works).
        """
        label = label if pair is None else None
        data = hub.open_dataset(data, split, load_options)
        target = label or pair
        names = [name for name in (text, target, group) if name is not None]
        columns = dict(zip(names, hub.read_columns(data, names), strict=True))
        texts = ["" if cell is None else cell for cell in columns[text].values]
        found = columns[target].values if target is not None else []
        if label is not None and columns[label].names is not None:
            ordered = prepare.get("label_vocab") or Vocab(columns[label].names or [], specials=())
            prepare["label_vocab"] = ordered
        if texts and isinstance(texts[0], list):
            if label is None:
                raise ValueError(f"{text!r} is a list of tokens; `label` names their tags")
            return cls.from_sentences(
                list(zip(texts, found, strict=True)),
                **prepare,
            )
        groups = columns[group].values if group is not None else None
        if pair is not None:
            pairs = ["" if cell is None else cell for cell in found]
            return cls.from_texts(texts, pairs=pairs, groups=groups, **prepare)
        if label is None:
            return cls.from_texts(texts, groups=groups, **prepare)
        named = label_names(found, lambda row: f"row {row}, {label!r}")
        if found and all(isinstance(cell, float) for cell in found):
            return cls.from_texts(texts, values=found, groups=groups, **prepare)
        return cls.from_texts(texts, named, groups=groups, **prepare)

    def to_datasets(self) -> Any:
        """The ids as a Hugging Face `datasets.Dataset` in the same memory; nothing is copied.

        Columns: `ids` (or `features`), and `label`, `value`, `tags` or `target_ids`. Of a part
        made by `select`, an index over the whole.
        """
        is_text = isinstance(self.inputs, EncodedCorpus)
        columns: dict[str, Any] = {"ids" if is_text else "features": self.inputs}
        names = None if self.label_vocab is None else self.label_vocab.tokens
        if self.target_kind == "labels":
            columns["label"] = self.targets if names is None else (self.targets, names)
        elif self.target_kind == "tags":
            columns["tags"] = self.targets
        elif self.target_kind == "label-sets":
            columns["labels"] = np.asarray(self.targets, np.float32)
        elif self.targets is not None:
            columns["value" if self.target_kind == "values" else "target_ids"] = self.targets
        whole = hub.as_dataset(columns)
        return whole if self.rows is None else whole.select(self.rows)


def _label_columns(
    inputs: Inputs, label: Columns, options: Mapping[str, Any]
) -> list[Column] | None:
    """The columns of labels, where there are several; "a,b" is one if a table has it."""
    if not isinstance(label, str | int):
        return list(label) if len(label) > 1 else None
    parts = split_name(label)
    if parts is None or inputs in ("-", ["-"]):
        return parts
    how, prepare = _split_options(options, TableOptions)
    names = read_column_names(inputs, prepare.get("config") or TextConfig(), **how)
    return None if label in [strip_name(name) for name in names] else parts


def _split_options(options: Mapping[str, Any], kind: type[T]) -> tuple[T, Prepare]:
    """Options of a reader, and those of Prepare."""
    own = kind.__annotations__
    read = {name: value for name, value in options.items() if name in own}
    return cast("T", read), cast("Prepare", {k: v for k, v in options.items() if k not in own})


def _names_and_order(labels: Iterable[object]) -> tuple[list[str], list[str] | None]:
    """The names of labels, and their order if they have one; each value has one name."""
    names, order = label_names(labels), label_order(labels)
    if other := spellings([*set(names), *(order or ())]):
        names = [other.get(name, name) for name in names]
        order = order and [other.get(name, name) for name in order]
    return names, order


def _encoded(texts: Iterable[str], config: TextConfig, vocab: Vocab | None) -> EncodedCorpus:
    if vocab is not None and needs_training(config):
        raise ValueError(
            f"a Vocab was given, but no {config.tokenizer} that makes its tokens; take the config "
            "of the first data set too: its text_config or target_text_config"
        )
    return encode_lines(texts, config, vocab=vocab)


def _encoded_targets(
    texts: Iterable[str], name: str, prepare: Prepare
) -> tuple[EncodedCorpus, list[str]]:
    """Target texts under a Vocab with <bos> and <eos>, and as they were given."""
    config = prepare.get("target_config") or prepare.get("config") or TextConfig()
    vocab, given = prepare.get("target_vocab"), list(require_order(texts, name))
    targets = _encoded(given, config, vocab)
    if vocab is None:
        targets = with_specials(targets)
    return targets, _as_texts(given, targets)


def _as_texts(given: Sequence[str | Sequence[str]], corpus: EncodedCorpus) -> list[str]:
    """Target texts as they were given; lists of tokens, which never were texts, are joined."""
    if all(isinstance(text, str) for text in given):
        return list(given)  # type: ignore[arg-type]
    tokenizer = load_tokenizer(corpus.text_config)
    join = " ".join if tokenizer.tokens is not None else tokenizer.join
    return [text if isinstance(text, str) else join(list(text)) for text in given]


class _BadRow(ValueError):
    """A row without a label, or without a number."""


def _number(cell: str, row: TableRow) -> float:
    value = read_number(cell, row.written.separator)
    if not math.isfinite(value):
        hint = explain_comma(cell)
        raise _BadRow(f"{row.name}, line {row.line}: {cell!r} is no finite number{hint}")
    return value


def _finite(values: ArrayLike) -> NDArray[np.float64]:
    """Values as an array; ValueError for one of which nothing can be learnt."""
    array = np.asarray(values, float)
    wrong = np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1))
    if len(wrong):
        raise ValueError(
            f"value number {wrong[0]} is {array[wrong[0]]}; values are finite numbers, so fill in "
            "or leave out what is missing"
        )
    return array
