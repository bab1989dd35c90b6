"""What the commands that train sequence models do with their data: options, and three parts.

In: what a person gives as training, validation and test data. Out: the three of them as data sets,
where no validation data was given a share of the first. How one of them is read is the business
of the commands.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from textseq.bundled import SPLITS, bundled
from textseq.cli.display import say
from textseq.cli.options import Only, bad, was_given
from textseq.cli.train_flags import DataFlags
from textseq.config import TextConfig

if TYPE_CHECKING:
    from textseq.rnn.data.dataset import SequenceDataset
    from textseq.rnn.models.tagger import Tagger


# The options of cells that read in one direction: of all models that write text.
ONE_WAY = Only(
    "cell", "hidden", "layers", "dim", "input", "train_vectors_after", "dropout",
    "embedding_dropout", "word_dropout", "initialisation", "forget_bias",
)  # fmt: skip
# The text options of a line that is read or written by itself.
OF_LINES = Only(
    "clean", "lowercase", "tokenizer", "tokenizer_file", "subword_vocab", "subword_sample",
    "korean_forms", "min_count", "max_vocab", "encoding", "errors",
)  # fmt: skip

# The options of tables, by the parameters that they set where something is trained.
_OF_TABLES = {
    "text_column": "--text", "target": "--target", "header": "--header", "quoted": "--quoted",
    "separator": "--separator", "bad_rows": "--bad-rows",
}  # fmt: skip


def label_weights(given: Any) -> Any:
    """The parser of a weight for each label, bad=2,good=1; a label with a comma stands in "..."."""
    weights: dict[str, float] = {}
    try:
        parts = next(csv.reader([str(given)], skipinitialspace=True), [])
    except csv.Error as error:
        raise bad(f"{given!r} was given: {error}; bad=2,good=1 works") from None
    for part in parts:
        label, is_, number_given = part.rpartition("=")
        try:
            weight = float(number_given)
        except ValueError:
            weight = math.nan
        # What lies outside of these is 0 or inf in a loss of 32 bits.
        if not is_ or not 1e-9 <= weight <= 1e9:
            raise bad(f"{part!r} was given; a label and 1e-9..1e9 work, such as bad=2")
        if label in weights:
            raise bad(f"{label!r} was given twice; a label has one weight")
        weights[label] = weight
    return weights


def row_options(bad_rows: str | None) -> dict[str, Any]:
    """What becomes of bad rows, and where it goes how the first file is written."""
    return {"bad_rows": bad_rows or "error", "seen": {}}


def as_first(columns: dict[str, Any]) -> dict[str, Any]:
    """How tables are read that come after those of the training, each in the format of its name;
    where that says nothing, in the format of the training."""
    names = (columns.get("seen") or {}).get("names")
    first = {"seen": None, "names": names, "table": None, "unnamed": columns.get("table")}
    return columns | first


def learnt_columns(columns: dict[str, Any], rows: dict[str, Any]) -> dict[str, Any]:
    """The columns as a model keeps them, with what the files have told (`rows`: of row_options).

    Whether there is a header is settled here, where all columns are known: for `predict`, which
    reads one of them by its number, the others may have had names.
    """
    names = [columns.get(key) for key in ("text", "label", "target")]
    seen: dict[str, Any] = rows["seen"]
    return {"header": any(isinstance(name, str) for name in names)} | seen | columns


def table_flags(context: typer.Context) -> list[str]:
    """Which options of tables the command line gives to a command that trains."""
    return [flag for name, flag in _OF_TABLES.items() if was_given(context, name)]


def check_tables(flags: Sequence[str], files: Sequence[str]) -> None:
    """A wrong use for options of tables, where no file is one."""
    from textseq.text.reading.tables import is_table

    if flags and not any(map(is_table, files)):
        raise bad(
            f"{' and '.join(flags)} {'is' if len(flags) == 1 else 'are'} for tables, and no file "
            "here is one (.tsv, .csv, .jsonl ... by their names); --table says what others are"
        )


def weights_of(given: dict[str, float], labels: Sequence[str]) -> list[float]:
    """The class weights in the order of the labels; a wrong use unless they are for all of them."""
    from textseq.rnn.data.labels import known_spellings, spelled_as
    from textseq.rnn.data.vocabs import some

    spelled = known_spellings(labels)
    given = {
        label if label in labels else spelled_as(label, spelled): weight
        for label, weight in given.items()
    }
    if set(given) != set(labels):
        wrong = [label for label in given if label not in labels]
        missing = [label for label in labels if label not in given]
        what = f"names {some(wrong)}" if wrong else f"has no weight for {some(missing)}"
        raise bad(f"--class-weights {what}; the labels are {some(labels)}, and each has a weight")
    return [given[label] for label in labels]


def check_valid_share(share: float) -> None:
    """A wrong use unless something is left on both sides."""
    if not 0 < share < 1:
        raise bad(f"--valid-share is {share:g}; it is between 0 and 1")


class Parts(NamedTuple):
    """What is learnt, what it is validated on, and what the model is scored on, if anything."""

    train: SequenceDataset
    valid: SequenceDataset
    test: SequenceDataset | None

    @property
    def scored(self) -> tuple[SequenceDataset, str]:
        """What the scores are of, and its name."""
        return (self.valid, "validation") if self.test is None else (self.test, "test")


def parts_of(
    first: SequenceDataset,
    more: DataFlags,
    read: Callable[[list[str]], SequenceDataset],
    *,
    seed: int,
    stratify: bool = False,
    files: Sequence[str] = (),
) -> Parts:
    """The parts; `read` gives the data set of what was given, under the Vocabs of the first.

    `files`: where the first came from, for messages. ValueError for validation or test data
    without examples: now, not when the model is trained.
    """
    from textseq.rnn.data.splits import split
    from textseq.text.reading.corpus import naming

    def read_some(option: str, given: list[str]) -> SequenceDataset:
        found = read(given)
        if not len(found):
            raise ValueError(f"no examples in {', '.join(given)}, which {option} names")
        return found

    to_test = read_some("--test", more.test) if more.test else None
    if more.valid:
        return Parts(first, read_some("--valid", more.valid), to_test)
    shares = [1 - more.valid_share, more.valid_share]
    with naming(list(files)):
        to_train, to_validate = split(first, shares, seed=seed, stratify=stratify)
    return Parts(to_train, to_validate, to_test)


def labelled_parts(
    files: list[str], more: DataFlags, config: TextConfig, columns: dict[str, Any], *, seed: int
) -> Parts:
    """Labelled texts; `columns` and `rows` as `read_labelled` takes them."""
    from textseq.rnn.data.dataset import Prepare
    from textseq.rnn.data.labelled_text import read_labelled

    first = read_labelled(files, Prepare(config=config), **columns)
    if not len(first):
        raise ValueError(f"no texts in {', '.join(files)}")
    others = Prepare(config=first.text_config, vocab=first.vocab, label_vocab=first.label_vocab)
    return parts_of(
        first, more, lambda given: read_labelled(given, others, **as_first(columns)),
        seed=seed, stratify=True, files=files,
    )  # fmt: skip


def tagged_parts(
    files: list[str], more: DataFlags, config: TextConfig, columns: dict[str, Any], *, seed: int
) -> Parts:
    """Tagged sentences; `columns` as `read_tagged` takes them.

    ValueError for validation or test data without any tag of the training data.
    """
    from textseq.rnn.data.tagged_text import read_tagged

    first = read_tagged(files, config, **columns)
    others = columns | {"known": first.label_vocab}
    return parts_of(
        first, more, lambda given: read_tagged(given, config, **others), seed=seed, files=files,
    )  # fmt: skip


def say_why_no_spans(model: Tagger, train: SequenceDataset) -> None:
    """One line where tags are nearly spans, which then have no F1 and no CRF of their own."""
    from textseq.rnn.data.tagged_text import why_no_spans

    why = why_no_spans(train) if model.scheme is None else None
    if why is not None:
        say(f"no span F1: {why}")


def bundled_data(more: DataFlags, *names: str) -> tuple[list[str], DataFlags]:
    """The bundled files of training, and those of validation and test; names have {} for the
    part. A wrong use where `more` has such files already."""
    if more.valid or more.test:
        raise bad("--valid and --test go with FILES")
    files, valid, test = ([str(bundled(name.format(part))) for name in names] for part in SPLITS)
    return files, DataFlags(valid=valid, test=test)
