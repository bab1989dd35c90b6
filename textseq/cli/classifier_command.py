"""The command `train-classifier`: from labelled texts to a folder that gives texts their labels.

In: tables or a folder with labels (nothing: the bundled reviews), options, word vectors. Out: the
model's folder, and on stdout its scores beside those of a plain model of averaged vectors that saw
the same data. Reading, training and scoring are the library's.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.bundled import REVIEWS
from textseq.cli.display import Meter, data, json_line, many, say, table
from textseq.cli.ending import told_stop
from textseq.cli.label_display import confusion_json, show_confusion
from textseq.cli.options import Defaults, Given, argument, bad, value_option
from textseq.cli.reading import check_options
from textseq.cli.recipe_choice import choose_recipe
from textseq.cli.score_display import report_json
from textseq.cli.sequence_data import (
    Parts,
    bundled_data,
    check_valid_share,
    label_weights,
    labelled_parts,
    learnt_columns,
    row_options,
    weights_of,
)
from textseq.cli.sequence_training import (
    CLASSIFIER,
    check_places,
    train_and_save,
    vectors_to_begin_with,
)
from textseq.cli.train_flags import (
    DataFlags,
    LabelColumn,
    RecipeFlags,
    RunFlags,
    TableFlags,
    TextColumn,
)
from textseq.config import ClassifierConfig, RNNConfig, TextConfig, TrainConfig, recipes

if TYPE_CHECKING:
    from textseq.rnn.data.dataset import SequenceDataset
    from textseq.rnn.models.label_model import LabelModel


def train_classifier(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        argument(
            "FILES", "TSV, CSV or JSONL; or one folder with a folder of files for each label."
        ),
    ] = None,
    *,
    text_column: TextColumn = "text",
    label_column: LabelColumn = "label",
    tables: TableFlags,
    more: DataFlags,
    run: Annotated[RunFlags, Defaults(RunFlags(CLASSIFIER))],
    recipe: RecipeFlags,
    options: Given[ClassifierConfig],
    class_weights: Annotated[
        Any,
        value_option(
            "LABEL=X,...",
            "Instead of --balanced: how much an error counts, for each label.",
            "--class-weights",
            parser=label_weights,
        ),
    ] = None,
    baseline: Annotated[
        bool,
        typer.Option("--baseline/--no-baseline", help="Train the model of averaged vectors too."),
    ] = True,
    network: Annotated[Given[RNNConfig], Defaults(recipes.CLASSIFIER.network)],
    training: Annotated[Given[TrainConfig], Defaults(recipes.CLASSIFIER.training)],
    text: Annotated[Given[TextConfig], Defaults(recipes.CLASSIFIER.text)],
) -> None:
    """Train a classifier of texts (many to one).

    Beside it stands a plain model of averaged word vectors, which does not know the order of words.
    Probabilities are calibrated on the validation data. Ctrl-C leaves a checkpoint.

    Examples:
      textseq train-classifier
      textseq train-classifier reviews.tsv --text review --label stars
      textseq train-classifier aclImdb/train --test aclImdb/test --cell gru
    """
    from textseq.rnn.models.bag_of_vectors import BagOfVectors
    from textseq.rnn.models.classifier import Classifier

    check_valid_share(more.valid_share)
    chosen = choose_recipe(context, "classifier", recipe, options, network, training, text)
    if chosen.options.balanced and class_weights is not None:
        raise bad("--balanced makes weights of its own; give it or --class-weights")
    if run.vectors is not None and chosen.network.input == "one-hot":
        raise bad("--input one-hot takes no --vectors")
    check_options(chosen.text)
    place = check_places(context, run)
    columns = tables.columns(text=text_column, label=label_column)
    rows = row_options(tables.bad_rows)
    if not files:
        columns = {"text": "text", "label": "label"}
        files, more = bundled_data(more, REVIEWS)
    parts = labelled_parts(files, more, chosen.text, columns | rows, seed=chosen.training.seed)
    labels = parts.train.label_vocab
    if class_weights is not None and labels is not None:
        class_weights = weights_of(class_weights, labels.tokens)
    given = {"vectors": vectors_to_begin_with(run), "class_weights": class_weights}
    model = Classifier.for_dataset(parts.train, chosen, **given)
    model.info["columns"] = learnt_columns(columns, rows)
    train_and_save(context, model, parts.train, parts.valid, chosen, place, run, show=_shown)
    models: dict[str, LabelModel] = {"classifier": model}
    if baseline:
        averaged = BagOfVectors.for_dataset(parts.train, chosen, **given)
        models["averaged vectors"] = averaged
        _fit_quietly(averaged, parts, chosen.training, quiet=run.quiet)
    _show_scores(models, *parts.scored, run)


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
    run: RunFlags,
) -> None:
    """The scores of all models, each with its interval, and what the classifier confuses."""
    found = {who: model.report(dataset) for who, model in models.items()}
    confusion = found["classifier"].confusion
    assert confusion is not None
    labels = models["classifier"].sides["labels"].vocab.tokens
    if run.json:
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
    if not run.quiet:
        where = "" if run.out == CLASSIFIER else f" --model {shlex.quote(str(run.out))}"
        say(f"next: echo 'some text' | textseq predict{where}")
