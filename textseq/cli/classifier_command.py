"""The command `train-classifier`: from labelled texts to a folder that gives texts their labels.

In: tables or a folder with labels (nothing: the bundled reviews), options, word vectors. Out: the
model's folder, and on stdout its scores beside those of its two parts, the network and the linear
model of n-grams, and of a plain model of averaged vectors, which all saw the same data. Reading,
training and scoring are the library's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli.display import Meter, data, json_line, many, say, table
from textseq.cli.ending import told_stop
from textseq.cli.label_display import (
    calibration_json,
    calibration_line,
    confusion_json,
    show_confusion,
)
from textseq.cli.options import bad, kebab, was_given
from textseq.cli.score_display import interval_of, report_json
from textseq.cli.sequence_training import vectors_to_begin_with
from textseq.cli.train_command import CommandLine, TrainTask, train_command
from textseq.cli.train_flags import LabelColumn, LabelSeparator, TableFlags, TextColumn, ValueColumn
from textseq.config.tasks import CLASSIFIER

if TYPE_CHECKING:
    from textseq.rnn.models.label_model import LabelModel
    from textseq.rnn.models.model import Report
    from textseq.rnn.tasks.parts import Parts
    from textseq.rnn.tasks.pipeline import Pipeline


@dataclass(repr=False, eq=False)
class TrainClassifier(TrainTask):
    """Train a classifier of texts (many to one).

    What its network says is added to what a linear model says that knows words and pairs of words
    (--ngrams), as far as that is better on the validation data; the scores of both are shown, and
    those of a plain model of averaged word vectors, which does not know the order of words.
    Probabilities are calibrated on the validation data. Ctrl-C leaves a checkpoint.

    Examples:
      textseq train-classifier
      textseq train-classifier reviews.tsv --text review --label stars
      textseq train-classifier posts.csv --label topics --label-separator ";"
      textseq train-classifier reviews.csv --text review --value stars
      textseq train-classifier aclImdb/train --test aclImdb/test --cell gru
    """

    model = "classifier"
    recipe = CLASSIFIER
    name = "classifier"
    files = "TSV, CSV or JSONL; or one folder with a folder of files for each label."

    text_column: TextColumn = "text"
    label_column: LabelColumn = "label"
    label_separator: LabelSeparator = None
    value_column: ValueColumn = None
    baseline: Annotated[
        bool,
        typer.Option("--baseline/--no-baseline", help="Train the model of averaged vectors too."),
    ] = True

    def check(self, line: CommandLine) -> None:
        """One kind of target."""
        for option in ("label_column", "label_separator"):
            if self.value_column is not None and was_given(line.context, option):
                name = kebab(option.removesuffix("_column"))
                raise bad(f"{name} is for labels, --value for a number; give one of them")

    def columns(self, tables: TableFlags) -> dict[str, Any]:
        """A text and its label, its labels, or its number."""
        return tables.columns(
            text=self.text_column, label=self.label_column,
            label_separator=self.label_separator, value=self.value_column,
        )  # fmt: skip

    def show(self, line: CommandLine, pipeline: Pipeline[Any], parts: Parts, **more: Any) -> None:
        """The scores of all models, each with its interval, and what the classifier confuses."""
        model, (dataset, name) = pipeline.model, parts.scored
        found = {"classifier": model.report(dataset)}
        if model.ngrams is not None:
            for part in ("network", "n-grams"):
                found[f"its {part} alone"] = model.report(dataset, part=part)
        if self.baseline:
            found["averaged vectors"] = _fit_baseline(line, parts).report(dataset)
        confusion = found["classifier"].confusion
        labels = [] if confusion is None else model.sides["labels"].vocab.tokens
        calibration = found["classifier"].calibration
        if line.run.json:
            reports = {_key(who): report_json(report) for who, report in found.items()}
            more = {} if confusion is None else confusion_json(confusion, labels)
            if calibration is not None:
                more |= calibration_json(calibration)
            json_line({"data": name, "n": len(dataset), **reports, **more})
            return
        if confusion is None:
            _show_others(found, name, len(dataset))
            return
        rows = [[f"{many(len(dataset), 'text')} ({name})", "accuracy", "95 %", "macro F1", "95 %"]]
        for who, report in found.items():
            row = [who]
            for score in ("accuracy", "macro_f1"):
                row += [f"{report.scores[score]:.4f}", interval_of(report, score, 3)]
            rows.append(row)
        table(rows)
        data("")
        show_confusion(confusion, labels)
        if calibration is not None:
            data(calibration_line(calibration))
        if not line.run.quiet:
            _say_which(found)


train_classifier = train_command(TrainClassifier)


def _key(who: str) -> str:
    """A row's name in JSON."""
    return who.removeprefix("its ").removesuffix(" alone").replace(" ", "_").replace("-", "")


def _say_which(found: dict[str, Report]) -> None:
    """That a simpler model is better, where one is."""
    accuracy = {who: report.scores["accuracy"] for who, report in found.items()}
    best = max(accuracy, key=accuracy.__getitem__)  # the first of equal ones
    ahead = 100 * (accuracy[best] - accuracy["classifier"])
    if best in _BETTER:
        say(f"note: {best.removeprefix('its ')}: {ahead:.1f} points better here; {_BETTER[best]}")


_BETTER = {
    "its network alone": "--ngrams 0 trains it without the others",
    "its n-grams alone": "the order of words says nothing that they lack, or --epochs are few",
    "averaged vectors": "BagOfVectors is that model in Python",
}


def _show_others(found: dict[str, Report], name: str, n: int) -> None:
    """The scores of models of label sets or of numbers, side by side."""
    rows = [[f"{many(n, 'text')} ({name})", *(part for who in found for part in (who, "95 %"))]]
    for score in found["classifier"].scores:
        row = [score]
        for report in found.values():
            row += [f"{report.scores[score]:.4f}", interval_of(report, score, 3)]
        rows.append(row)
    table(rows)


def _fit_baseline(line: CommandLine, parts: Parts) -> LabelModel:
    """The plain model, trained, which takes seconds; it is not kept."""
    from textseq.rnn.models.bag_of_vectors import BagOfVectors
    from textseq.rnn.training.fit import FitInterrupted, Progress, fit

    vectors = vectors_to_begin_with(line.run)
    model = BagOfVectors.for_dataset(parts.train, line.recipe, vectors=vectors)
    with Meter("baseline", quiet=line.run.quiet) as meter:

        def update(step: Progress) -> None:
            done = (step.epoch - 1) * step.steps + step.step
            meter.update(
                done, step.epochs * step.steps, f"epoch {step.epoch}  loss {step.loss:.4f}"
            )

        stop = told_stop("stopping")
        try:
            fit(model, parts.train, parts.valid, progress=update, stop=stop)
        except FitInterrupted:
            say("textseq: stopped; the classifier is saved, only its baseline is not trained")
            raise typer.Exit(stop.status) from None
    return model
