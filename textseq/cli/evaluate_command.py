"""The command `evaluate`: the scores of any trained sequence model on labelled data.

In: the folder of a model, and data of the kind that it was trained on. Out: its scores with their
95 % intervals and what they are of, and for labels who was taken for whom. Which model it is, is
not known here (trained_model.py).
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from textseq.cli.display import data, json_line, many, say, table
from textseq.cli.label_display import confusion_json, show_confusion
from textseq.cli.options import Json, Only, Quiet, one_of
from textseq.cli.score_display import report_json, report_rows
from textseq.cli.sequence_data import (
    TAG_FORMATS,
    BadRowsGiven,
    Comment,
    Header,
    Quoted,
    TableKind,
    column,
)
from textseq.cli.trained_model import (
    BatchSize,
    Beam,
    BleuName,
    Device,
    Features,
    Images,
    LengthPenalty,
    Model,
    Prefix,
    Separator,
    Text,
    Token,
    load_model,
    reader,
    taken,
)
from textseq.cli.translator_command import check_bleu_tokenizer
from textseq.config import TextConfig


def _column(flag: str, help: str) -> Any:
    return typer.Option(flag, parser=column, metavar="COLUMN", help=help, show_default=False)


def evaluate(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILES", help="Data of the kind that the model was trained on."),
    ],
    *,
    model: Model = None,
    text_column: Text = None,
    label: Annotated[Any, _column("--label", "Tables: the column of the label.")] = None,
    target: Annotated[Any, _column("--target", "Tables: the column of the translation.")] = None,
    format: Annotated[
        str | None,
        typer.Option(
            parser=one_of(*TAG_FORMATS), metavar="|".join(TAG_FORMATS), show_default=False,
            help="Tagged text; auto goes by names and content.",
        ),
    ] = None,
    tags: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="CoNLL-U: upos, xpos ...", show_default=False),
    ] = None,
    token: Token = None,
    tag: Annotated[Any, _column("--tag", "CoNLL columns: that of the tag.")] = None,
    separator: Separator = None,
    strip_prefix: Prefix = None,
    comment: Comment = None,
    features: Features = None,
    images: Images = None,
    caption: Annotated[Any, _column("--caption", "Tables: the column of the caption.")] = None,
    header: Header = None,
    quoted: Quoted = None,
    table_kind: TableKind = None,
    bad_rows: BadRowsGiven = None,
    beam: Beam = None,
    length_penalty: LengthPenalty = None,
    bleu_tokenizer: BleuName = None,
    batch_size: BatchSize = 64,
    device: Device = "auto",
    text: Annotated[TextConfig, Only("encoding", "errors")],
    json: Json = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Score any trained sequence model on labelled data.

    Columns are those that training read, unless options name others. Intervals are 95 %, by
    bootstrap over the examples, or over blocks of the text for a language model. There is no micro
    F1: where each text has one label, it is the accuracy.

    Examples:
      textseq evaluate test.tsv
      textseq evaluate test.conllu --model ./textseq-tagger --tags upos --json
      textseq evaluate test.de test.en --model ./textseq-translator --length-penalty 1.2
    """
    loaded = load_model(model, device)
    columns = {
        "text": text_column, "label": label, "target": target, "format": format, "tags": tags,
        "token": token, "tag": tag, "separator": separator, "strip_prefix": strip_prefix,
        "comment": comment, "features": features, "image_column": images, "caption": caption,
        "header": header, "quoted": quoted, "table": table_kind, "bad_rows": bad_rows,
    }  # fmt: skip
    how = {"beam": beam, "length_penalty": length_penalty, "bleu_tokenizer": bleu_tokenizer}
    search = taken(loaded, "report", how)
    if hasattr(loaded, "search"):
        search = {"beam": 5} | search  # as train-... scores and `predict` writes
    check_bleu_tokenizer(bleu_tokenizer or "auto")
    dataset = reader(loaded, "read_labelled", columns, text)(files)
    if not len(dataset):
        raise ValueError(f"no examples in {', '.join(files)}")
    report = loaded.report(dataset, batch_size, **search)
    confusion = report.confusion
    labels = [] if confusion is None else loaded.sides["labels"].vocab.tokens
    if json:
        found: dict[str, Any] = {"task": loaded.task, "n": len(dataset), **report_json(report)}
        if confusion is not None:
            found |= confusion_json(confusion, labels)
        json_line(found)
        return
    table(report_rows(report))
    if confusion is not None:
        data("")
        show_confusion(confusion, labels)
    if not quiet:
        say(f"{loaded.task}, {many(len(dataset), 'example')}")
