"""The command `evaluate`: the scores of any trained sequence model on labelled data.

In: the folder of a model, and data of the kind that it was trained on. Out: its scores with their
95 % intervals and what they are of, and for labels who was taken for whom. Which model it is, is
not known here (trained_model.py).
"""

from __future__ import annotations

from typing import Annotated, Any

from textseq.cli.display import data, json_line, many, say, table
from textseq.cli.label_display import (
    calibration_json,
    confusion_json,
    show_calibration,
    show_confusion,
)
from textseq.cli.options import Json, Only, Quiet, argument
from textseq.cli.score_display import report_json, report_rows
from textseq.cli.train_writer import check_bleu_tokenizer
from textseq.cli.trained_model import (
    BleuName,
    ColumnFlags,
    DeviceFlags,
    Model,
    SearchFlags,
    example_reader,
    load_pipeline,
    options_given,
)
from textseq.config import TextConfig


def evaluate(
    files: Annotated[
        list[str], argument("FILES", "Data of the kind that the model was trained on.")
    ],
    *,
    model: Model = None,
    written: ColumnFlags,
    how: SearchFlags,
    bleu_tokenizer: BleuName = None,
    run: DeviceFlags,
    text: Annotated[TextConfig, Only("encoding", "errors")],
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score any trained sequence model on labelled data.

    Columns are those that training read, unless options name others. Intervals are 95 %, by
    bootstrap over the examples, or over blocks of the text for a language model. There is no micro
    F1: where each text has one label, it is the accuracy.

    Examples:
      textseq evaluate test.tsv
      textseq evaluate test.conllu --model ./textseq-tagger --tags upos --json
      textseq evaluate test.de test.en --model ./textseq-translator --beam 1
    """
    pipeline = load_pipeline(model, run.device)
    loaded = pipeline.model
    given = {**vars(how), "bleu_tokenizer": bleu_tokenizer}
    search = options_given(loaded.task, pipeline.report_options, given)
    if pipeline.search_options:
        search = {"beam": 5} | search  # as train-... scores and `predict` writes
    check_bleu_tokenizer(bleu_tokenizer or "auto")
    dataset = example_reader(pipeline, written.columns(), text)(files)
    if not len(dataset):
        raise ValueError(f"no examples in {', '.join(files)}")
    report = loaded.report(dataset, run.batch_size, **search)
    confusion = report.confusion
    labels = [] if confusion is None else loaded.sides["labels"].vocab.tokens
    if json:
        found: dict[str, Any] = {"task": loaded.task, "n": len(dataset), **report_json(report)}
        if confusion is not None:
            found |= confusion_json(confusion, labels)
        if report.calibration is not None:
            found |= calibration_json(report.calibration)
        json_line(found)
        return
    table(report_rows(report))
    if confusion is not None:
        data("")
        show_confusion(confusion, labels)
    if report.calibration is not None:
        data("")
        show_calibration(report.calibration)
    if not quiet:
        say(f"{loaded.task}, {many(len(dataset), 'example')}")
