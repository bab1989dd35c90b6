"""The commands `predict` and `evaluate`: any trained sequence model on new data.

In: the folder of a model, and text or tables. Out: for `predict` one line for each text, in order;
for `evaluate` scores with their 95 % intervals. Both know no task: what a model reads and how its
predictions look is its own business, in the methods of `Predictor`.
"""

from __future__ import annotations

import inspect
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast

import typer

from textseq.cli.display import data, json_line, say, table
from textseq.cli.label_display import colored_words, numbered_words, show_confusion
from textseq.cli.options import Json, Only, Quiet, TextFiles, bad, kebab, number
from textseq.cli.reading import inputs_of
from textseq.cli.sequence_data import Quoted, column
from textseq.cli.sequence_training import (
    CAPTIONER,
    CLASSIFIER,
    LANGUAGE_MODEL,
    TAGGER,
    TRANSLATOR,
)
from textseq.config import TextConfig

if TYPE_CHECKING:
    from textseq.rnn.data.examples import Examples
    from textseq.rnn.model import SequenceModel
    from textseq.rnn.saliency import Saliency


class Predictor(Protocol):
    """What `predict` and `evaluate` ask of a model, beside what SequenceModel has.

    The keyword arguments of the two readers are the options of the commands that were given, by
    their Python names (`text`, `label`, `tags`, `features` ...), and `encoding` and `errors`
    always. A model names those it understands; the others are usage errors. Where `info["columns"]`
    says how the training data was read, the readers get that too, unless an option says otherwise.
    A model may have `intervals(dataset)`, 95 % intervals by score, and `confusion(dataset)`.
    """

    def read_inputs(self, inputs: Sequence[str], **columns: Any) -> Iterable[Any]:
        """What `predict` takes, from files or "-": a stream, so that memory does not grow."""

    def predict(self, items: Iterable[Any], batch_size: int = 64) -> Iterator[Any]:
        """A prediction for each item, in order."""

    def show(self, prediction: Any) -> str:
        """A prediction as one line, without its end."""

    def as_json(self, prediction: Any) -> dict[str, Any]:
        """A prediction as JSON."""

    def read_labelled(self, inputs: Sequence[str], **columns: Any) -> Examples:
        """A data set with targets, for `evaluate`, under the model's own vocabularies."""


Model = Annotated[
    Path | None,
    typer.Option(
        "--model",
        "-m",
        metavar="FOLDER",
        help="What a train-... command wrote (default: the one that is here).",
        show_default=False,
    ),
]
BatchSize = Annotated[
    int, typer.Option("--batch-size", parser=number(int, 1), metavar="N", help="Texts at a time.")
]
Device = Annotated[
    str, typer.Option("--device", metavar="auto|cpu|cuda", help="Where the model runs.")
]


def _columns_option(flag: str, help: str) -> Any:
    return typer.Option(flag, parser=column, metavar="COLUMN", help=help, show_default=False)


Text = Annotated[Any, _columns_option("--text", "Tables: the column of the text.")]
Label = Annotated[Any, _columns_option("--label", "Tables: the column of the label.")]
Tags = Annotated[
    str | None,
    typer.Option("--tags", metavar="COLUMN", help="CoNLL-U: upos, xpos ...", show_default=False),
]
Token = Annotated[Any, _columns_option("--token", "CoNLL columns: that of the token.")]
Tag = Annotated[Any, _columns_option("--tag", "CoNLL columns: that of the tag.")]
Prefix = Annotated[
    str | None,
    typer.Option(
        "--strip-prefix", metavar="TEXT", help="CoNLL columns: what begins the tokens.",
        show_default=False,
    ),
]  # fmt: skip
Features = Annotated[
    str | None,
    typer.Option(
        "--features", metavar="A,B,...", help="Tables: the columns of features.", show_default=False
    ),
]
Caption = Annotated[Any, _columns_option("--caption", "Tables: the column of the caption.")]


def predict(
    files: TextFiles = None,
    *,
    model: Model = None,
    text_column: Text = None,
    features: Features = None,
    quoted: Quoted = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show which words have decided a label.")
    ] = False,
    batch_size: BatchSize = 64,
    device: Device = "auto",
    text: Annotated[TextConfig, Only("encoding", "errors")],
    json: Json = False,
) -> None:
    """Predict with any trained sequence model.

    One line out for each text in. Texts are lines; of tables (.tsv, .csv, .jsonl) the column that
    training read, or --text. With --explain words are coloured, green for the label and red against
    it; elsewhere than on a terminal each gets a number, and these add up to the change of the
    log odds (integrated gradients).

    Examples:
      echo 'not a bad film at all' | textseq predict
      textseq predict new.csv --text review --json > predictions.jsonl
      textseq predict reviews.txt --model ./textseq-classifier --explain
    """
    loaded = load_model(model, device)
    given = {"text": text_column, "features": features, "quoted": quoted}
    reader = _reader(loaded, "read_inputs", given, text)
    items = reader(inputs_of(files))
    if explain:
        _explain(loaded, items, batch_size, json=json)
        return
    for prediction in loaded.predict(items, batch_size):
        if json:
            json_line(loaded.as_json(prediction))
        else:
            data(loaded.show(prediction))


def evaluate(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILES", help="Data of the kind that the model was trained on."),
    ],
    *,
    model: Model = None,
    text_column: Text = None,
    label: Label = None,
    tags: Tags = None,
    token: Token = None,
    tag: Tag = None,
    strip_prefix: Prefix = None,
    features: Features = None,
    caption: Caption = None,
    quoted: Quoted = None,
    batch_size: BatchSize = 64,
    device: Device = "auto",
    text: Annotated[TextConfig, Only("encoding", "errors")],
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score any trained sequence model on labelled data.

    Columns are those that training read, unless options name others. Intervals are 95 %, by
    bootstrap over the examples.

    Examples:
      textseq evaluate test.tsv
      textseq evaluate test.conllu --model ./textseq-tagger --tags upos --json
      textseq evaluate test.de test.en --model ./textseq-translator
    """
    loaded = load_model(model, device)
    given = {
        "text": text_column, "label": label, "tags": tags, "token": token, "tag": tag,
        "strip_prefix": strip_prefix, "features": features, "caption": caption, "quoted": quoted,
    }  # fmt: skip
    dataset = _reader(loaded, "read_labelled", given, text)(files)
    if not len(dataset):
        raise ValueError(f"no examples in {', '.join(files)}")
    scores = loaded.evaluate(dataset, batch_size)
    intervals = _optional(loaded, "intervals", dataset, batch_size) or {}
    confusion = _optional(loaded, "confusion", dataset, batch_size)
    labels = loaded.sides["labels"].vocab.tokens if confusion is not None else []
    if json:
        found: dict[str, Any] = {"task": loaded.task, "n": len(dataset)}
        found["scores"] = {name: _finite(value) for name, value in scores.items()}
        found["intervals"] = {name: list(map(_finite, ends)) for name, ends in intervals.items()}
        if confusion is not None:
            found |= {"labels": labels, "confusion": confusion.tolist()}
        json_line(found)
        return
    rows = []
    for name, value in scores.items():
        low, high = intervals.get(name, (math.nan, math.nan))
        rows.append([name, f"{value:.4f}", f"{low:.4f}..{high:.4f}" if name in intervals else ""])
    table(rows)
    if confusion is not None:
        data("")
        show_confusion(confusion.tolist(), labels)
    if not quiet:
        say(f"{loaded.task}, {len(dataset):,} examples")


# ---- the model and what it reads


_USUAL = (CLASSIFIER, TAGGER, LANGUAGE_MODEL, TRANSLATOR, CAPTIONER)


def usual_model() -> Path:
    """The one folder of a model that stands here under the name that a train-... command gives it.

    Without any it is the classifier's, so that the error says which command makes it.
    """
    found = [folder for folder in _USUAL if folder.exists()]
    if len(found) > 1:
        raise bad(f"which --model? Here are {', '.join(map(str, found))}")
    return found[0] if found else CLASSIFIER


def load_model(folder: Path | None, device: str = "auto") -> Any:
    """The model of a folder (None: the usual one), with the methods of a Predictor."""
    from textseq.rnn.model import SequenceModel
    from textseq.rnn.training import choose_device

    if device not in ("auto", "cpu", "cuda"):
        raise bad(f"--device is {device!r}; it can be auto, cpu, cuda")
    model: SequenceModel = SequenceModel.load(folder or usual_model(), str(choose_device(device)))
    return cast("Any", model)


def _reader(
    model: Any, name: str, given: dict[str, Any], text: TextConfig
) -> Callable[[Sequence[str]], Any]:
    """A reader of the model with the options given; one that it does not know is a wrong use."""
    function = getattr(model, name)
    takes = set(inspect.signature(function).parameters)
    options = {key: value for key, value in given.items() if value is not None}
    for key in options:
        if key not in takes:
            known = ", ".join(kebab(other) for other in given if other in takes)
            raise bad(f"{kebab(key)} is nothing that a {model.task} reads; it takes {known}")
    learnt = model.info.get("columns", {})
    columns = {key: value for key, value in learnt.items() if key in takes} | options
    columns |= {"encoding": text.encoding, "errors": text.errors}
    return lambda inputs: function(inputs, **columns)


def _optional(model: SequenceModel, name: str, *arguments: Any) -> Any:
    method = getattr(model, name, None)
    return None if method is None else method(*arguments)


def _finite(value: float) -> float | None:
    """JSON has no NaN."""
    return value if math.isfinite(value) else None


# ---- why


def _explain(model: Any, texts: Iterable[str], batch_size: int, *, json: bool) -> None:
    """Predictions with the words that made them."""
    from textseq.rnn.label_model import LabelModel
    from textseq.rnn.saliency import explain

    if not isinstance(model, LabelModel):
        raise bad(f"--explain is for classifiers; this is a {model.task}")
    dumb = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    colored = sys.stdout.isatty() and not dumb
    for text in texts:
        (prediction,) = model.predict([text], batch_size)
        reasons = explain(model, text, prediction.label)
        if json:
            json_line(model.as_json(prediction) | {"tokens": _token_rows(reasons)})
        else:
            words = colored_words(reasons) if colored else numbered_words(reasons)
            data(f"{model.show(prediction)}\t{words}")


def _token_rows(reasons: Saliency) -> list[dict[str, Any]]:
    return [
        {"token": token, "start": start, "stop": stop, "weight": round(weight, 6)}
        for token, (start, stop), weight in zip(
            reasons.tokens, reasons.spans, reasons.weights, strict=True
        )
    ]
