"""The command `predict`: any trained sequence model on new data.

In: the folder of a model, and text, tables or images. Out: one line for each of them, in order;
with reasons for a classifier, and with a picture of the attention for a translator. Which model it
is, is not known here (trained_model.py).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.advice import with_article
from textseq.cli.arriving import arriving, is_open_pipe
from textseq.cli.display import data, json_line, say
from textseq.cli.label_display import colored_words, numbered_words
from textseq.cli.options import (
    Force,
    Json,
    Only,
    TextFiles,
    bad,
    number_option,
    value_option,
)
from textseq.cli.reading import inputs_of
from textseq.cli.trained_model import (
    OF_INPUTS,
    ColumnFlags,
    DeviceFlags,
    Model,
    SearchFlags,
    input_reader,
    load_pipeline,
    options_given,
)
from textseq.config import TextConfig

if TYPE_CHECKING:
    from textseq.rnn.show.saliency import Saliency
    from textseq.rnn.tasks.pipeline import Pipeline

_BATCHES = 32  # of an open pipe that are answered together, sorted by length


def predict(
    files: TextFiles = None,
    *,
    model: Model = None,
    written: Annotated[ColumnFlags, OF_INPUTS],
    explain: Annotated[
        bool, typer.Option("--explain", help="Show which words have decided a label.")
    ] = False,
    how: SearchFlags,
    max_tokens: Annotated[
        int | None, number_option("Models that write: of a text at most (default: 500).", low=1)
    ] = None,
    attention: Annotated[
        Path | None,
        value_option(
            "FILE", "Translators: draw what was looked at for the first text (PNG, SVG or PDF)."
        ),
    ] = None,
    run: DeviceFlags,
    text: Annotated[TextConfig, Only("encoding", "errors")],
    json: Json = False,
    force: Force = False,
) -> None:
    """Predict with any trained sequence model.

    One line for each text. Texts are lines; of tables (.tsv, .csv, .jsonl) the column --text,
    by default the one that training read, or else "text". With --explain words are coloured, green
    for the label and red against it; elsewhere than on a terminal each gets a number, and these add
    up to the change of the log odds (integrated gradients). Lines of an open pipe are answered as
    they come.

    Examples:
      echo 'not a bad film at all' | textseq predict
      textseq predict new.csv --text review --json > predictions.jsonl
      textseq predict reviews.txt --model ./textseq-classifier --explain
      echo 'ein Hund rennt .' | textseq predict --attention dog.png
    """
    if attention is not None and attention.exists() and not force:
        raise FileExistsError(f"{attention} exists already; --force replaces it")
    pipeline = load_pipeline(model, run.device)
    loaded = pipeline.model
    search = {**vars(how), "max_tokens": max_tokens}
    search = options_given(loaded.task, pipeline.search_options, search)
    inputs = inputs_of(files)
    items = iter(input_reader(pipeline, written.columns(), text)(inputs))
    if attention is not None:
        items = _draw_attention(pipeline, items, attention, how.beam)
    if explain:
        _explain(pipeline, items, run.batch_size, json=json)
        return
    pipe = inputs == ["-"] and is_open_pipe()
    for part in arriving(items, _BATCHES * run.batch_size) if pipe else _parts(items):
        for prediction in loaded.predict(part, run.batch_size, **search):
            if json:
                json_line(pipeline.as_json(prediction))
            else:
                data(pipeline.show(prediction))
        sys.stdout.flush()


def _parts(items: Iterator[Any]) -> Iterable[Iterable[Any]]:
    """All items together; where a person types them, each by itself, to be answered at once."""
    return ([item] for item in items) if sys.stdin.isatty() else [items]


# ---- why


def _draw_attention(
    pipeline: Pipeline[Any], items: Iterator[Any], picture: Path, beam: int | None
) -> Iterator[Any]:
    """The same items; the translation of the first is drawn."""
    from textseq.pictures.figure import check_picture
    from textseq.rnn.show.attention_picture import draw_attention

    model = pipeline.model
    if not pipeline.aligns:
        raise bad(f"--attention is for translators; this is {with_article(model.task)}")
    check_picture(picture)
    first = next(items, None)
    if first is None:
        raise ValueError("there is no text; --attention draws the first one")
    draw_attention(model.align(first, beam=5 if beam is None else beam), picture)
    say(f"{picture} shows the attention of the first translation")
    return chain([first], items)


def _explain(pipeline: Pipeline[Any], texts: Iterable[str], batch_size: int, *, json: bool) -> None:
    """Predictions with the words that made them."""
    from textseq.rnn.show.saliency import explain

    model = pipeline.model
    if not pipeline.explains:
        raise bad(f"--explain is for classifiers; this is {with_article(model.task)}")
    dumb = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    colored = sys.stdout.isatty() and not dumb
    for text in texts:
        (prediction,) = model.predict([text], batch_size)
        reasons = explain(model, text, prediction.label)
        if json:
            json_line(pipeline.as_json(prediction) | {"tokens": _token_rows(reasons)})
        else:
            words = colored_words(reasons) if colored else numbered_words(reasons)
            data(f"{pipeline.show(prediction)}\t{words}")
        sys.stdout.flush()


def _token_rows(reasons: Saliency) -> list[dict[str, Any]]:
    return [
        {"token": token, "start": start, "stop": stop, "weight": round(weight, 6)}
        for token, (start, stop), weight in zip(
            reasons.tokens, reasons.spans, reasons.weights, strict=True
        )
    ]
