"""The command `train-classifier`: from labelled texts to a folder that gives texts their labels.

In: tables or a folder with labels (nothing: the bundled reviews), options, word vectors. Out: the
model's folder, and on stdout its scores beside those of a plain model of averaged vectors that saw
the same data. Reading, training and scoring are the library's.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from textseq.bundled import REVIEWS
from textseq.cli.display import Meter, data, json_line, many, say, table
from textseq.cli.ending import told_stop
from textseq.cli.folders import load_vectors
from textseq.cli.label_display import confusion_json, show_confusion
from textseq.cli.options import Force, Json, Quiet, bad, number, one_of, other_default, plain
from textseq.cli.reading import check_options
from textseq.cli.score_display import report_json
from textseq.cli.sequence_data import (
    BadRowsOption,
    CellSeparator,
    Header,
    LabelSmoothing,
    Parts,
    Quoted,
    TableKind,
    Test,
    TextColumn,
    Valid,
    ValidShare,
    bundled_files,
    check_label_smoothing,
    check_valid_share,
    column,
    label_weights,
    labelled_parts,
    learnt_columns,
    row_options,
    table_columns,
    weights_of,
)
from textseq.cli.sequence_training import (
    CLASSIFIER,
    Curves,
    Log,
    Out,
    Resume,
    TensorBoard,
    VectorsOption,
    check_places,
    train_and_save,
)
from textseq.config import Pooling, RNNConfig, Schedule, TextConfig, TokenizerName, TrainConfig

if TYPE_CHECKING:
    from textseq.rnn.data.dataset import SequenceDataset
    from textseq.rnn.models.label_model import LabelModel

Config = TypeVar("Config", TextConfig, RNNConfig, TrainConfig)
POOLINGS = ("max", "mean", "last", "attention")


@dataclass(frozen=True)
class ClassifierText(TextConfig):
    """Text options as labelled texts want them: words and marks, few of them unknown."""

    lowercase: bool = other_default(TextConfig, "lowercase", True)
    tokenizer: TokenizerName = other_default(TextConfig, "tokenizer", "word")
    min_count: int = other_default(TextConfig, "min_count", 2)


@dataclass(frozen=True)
class ClassifierRNN(RNNConfig):
    """Labelled texts are few, so more is dropped."""

    dropout: float = other_default(RNNConfig, "dropout", 0.5)
    embedding_dropout: float = other_default(RNNConfig, "embedding_dropout", 0.3)


@dataclass(frozen=True)
class ClassifierTraining(TrainConfig):
    """Few epochs whose steps become shorter: longer training learns the texts by heart."""

    epochs: int = other_default(TrainConfig, "epochs", 6)
    lr: float = other_default(TrainConfig, "lr", 2e-3)
    schedule: Schedule = other_default(TrainConfig, "schedule", "linear")


LabelColumn = Annotated[
    Any,
    typer.Option("--label", parser=column, metavar="COLUMN", help="Name or number (from 0)."),
]


def train_classifier(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILES",
            help="TSV, CSV or JSONL; or one folder with a folder of files for each label.",
            show_default=False,
        ),
    ] = None,
    *,
    text_column: TextColumn = "text",
    label_column: LabelColumn = "label",
    header: Header = None,
    quoted: Quoted = None,
    table_kind: TableKind = None,
    separator: CellSeparator = None,
    bad_rows: BadRowsOption = "error",
    valid: Valid = None,
    valid_share: ValidShare = 0.1,
    test: Test = None,
    out: Out = CLASSIFIER,
    vectors: VectorsOption = None,
    pooling: Annotated[
        str,
        typer.Option(
            parser=one_of(*POOLINGS),
            metavar="|".join(POOLINGS),
            help="How the states of a text become one.",
            autocompletion=lambda: list(POOLINGS),
        ),
    ] = "attention",
    balanced: Annotated[
        bool, typer.Option("--balanced", help="Let rare labels count as much as frequent ones.")
    ] = False,
    class_weights: Annotated[
        Any,
        typer.Option(
            "--class-weights", parser=label_weights, metavar="LABEL=X,...", show_default=False,
            help="Instead of --balanced: how much an error counts, for each label.",
        ),
    ] = None,
    label_smoothing: LabelSmoothing = 0.0,
    max_length: Annotated[
        int, typer.Option(parser=number(int, 1), metavar="N", help="Tokens read of a text.")
    ] = 1000,
    baseline: Annotated[
        bool,
        typer.Option("--baseline/--no-baseline", help="Train the model of averaged vectors too."),
    ] = True,
    rnn: ClassifierRNN,
    train: ClassifierTraining,
    text: ClassifierText,
    resume: Resume = False,
    log: Log = None,
    curves: Curves = None,
    tensorboard: TensorBoard = None,
    json: Json = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Train a classifier of texts (many to one).

    Beside it stands a plain model of averaged word vectors, which does not know the order of words.
    Probabilities are calibrated on the validation data. Ctrl-C leaves a checkpoint.

    Examples:
      textseq train-classifier
      textseq train-classifier reviews.tsv --text review --label stars --vectors ./textseq-vectors
      textseq train-classifier aclImdb/train --test aclImdb/test --cell gru --pooling attention
    """
    from textseq.rnn.models.bag_of_vectors import BagOfVectors
    from textseq.rnn.models.classifier import Classifier

    check_valid_share(valid_share)
    check_label_smoothing(label_smoothing)
    if balanced and class_weights is not None:
        raise bad("--balanced makes weights of its own; give it or --class-weights")
    if vectors is not None and rnn.input == "one-hot":
        raise bad("--input one-hot takes no --vectors")
    # What is kept is plain configs, not those of this command.
    config, rnn_config = plain(TextConfig, text), plain(RNNConfig, rnn)
    train_config = plain(TrainConfig, train)
    check_options(config)
    place = check_places(context, out, log, curves, resume=resume, force=force)
    columns = table_columns(
        header, quoted, table_kind, separator, text=text_column, label=label_column
    )
    rows = row_options(bad_rows)
    if not files:
        if valid or test:
            raise bad("--valid and --test go with FILES")
        columns = {"text": "text", "label": "label"}
        files, valid, test = bundled_files(REVIEWS)
    parts = labelled_parts(
        files, valid, test, config, columns | rows, valid_share=valid_share, seed=train.seed
    )
    labels = parts.train.label_vocab
    if class_weights is not None and labels is not None:
        class_weights = weights_of(class_weights, labels.tokens)
    table_of = None if vectors is None else load_vectors(vectors)
    options: dict[str, Any] = {"vectors": table_of, "balanced": balanced, "seed": train.seed}
    options |= {"label_smoothing": label_smoothing, "max_length": max_length}
    options |= {"class_weights": class_weights}
    how: Pooling = pooling  # type: ignore[assignment]
    model = Classifier.for_dataset(parts.train, rnn_config, pooling=how, **options)
    model.info["columns"] = learnt_columns(columns, rows)
    train_and_save(
        context, model, parts.train, parts.valid, train_config, place,
        resume=resume, force=force, quiet=quiet,
        log=log, curves=curves, tensorboard=tensorboard, show=_shown,
    )  # fmt: skip
    models: dict[str, LabelModel] = {"classifier": model}
    if baseline:
        models["averaged vectors"] = averaged = BagOfVectors.for_dataset(
            parts.train, rnn_config, **options
        )
        _fit_quietly(averaged, parts, train_config, quiet=quiet)
    _show_scores(models, *parts.scored, out, json=json, quiet=quiet)


def _fit_quietly(model: LabelModel, parts: Parts, train: TrainConfig, *, quiet: bool) -> None:
    """Train the plain model, which takes seconds; it is not kept."""
    from textseq.rnn.training.fit import FitInterrupted, Progress, fit

    with Meter("baseline", quiet=quiet) as meter:

        def update(step: Progress) -> None:
            done = (step.epoch - 1) * step.steps + step.step
            meter.update(
                done, step.epochs * step.steps, f"epoch {step.epoch}  loss {step.loss:.4f}"
            )

        stop = told_stop("stopping")
        try:
            fit(model, parts.train, parts.valid, train, progress=update, stop=stop)
        except FitInterrupted:
            say("textseq: stopped; the classifier is saved, only its baseline is not trained")
            raise typer.Exit(stop.status) from None


def _shown(scores: dict[str, float]) -> str:
    return f"accuracy {scores['accuracy']:.4f}  macro F1 {scores['macro_f1']:.4f}"


def _show_scores(
    models: dict[str, LabelModel],
    dataset: SequenceDataset,
    name: str,
    out: Path,
    *,
    json: bool,
    quiet: bool,
) -> None:
    """The scores of all models, each with its interval, and what the classifier confuses."""
    found = {who: model.report(dataset) for who, model in models.items()}
    confusion = found["classifier"].confusion
    assert confusion is not None
    labels = models["classifier"].sides["labels"].vocab.tokens
    if json:
        reports = {who.replace(" ", "_"): report_json(report) for who, report in found.items()}
        more = confusion_json(confusion, labels)
        json_line({"data": name, "n": len(dataset), **reports, **more})
        return
    rows = [[f"{many(len(dataset), 'text')} ({name})", "accuracy", "95 %", "macro F1", "95 %"]]
    for who, report in found.items():
        row = [who]
        for score in ("accuracy", "macro_f1"):
            low, high = report.intervals[score]
            row += [f"{report.scores[score]:.4f}", f"{low:.3f}..{high:.3f}"]
        rows.append(row)
    table(rows)
    data("")
    show_confusion(confusion, labels)
    if not quiet:
        where = "" if out == CLASSIFIER else f" --model {shlex.quote(str(out))}"
        say(f"next: echo 'some text' | textseq predict{where}")
