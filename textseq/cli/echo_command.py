"""The command `train-esn`: an echo state network for a series, for labels or for tags.

In: a table of numbers (nothing: the Mackey-Glass series), labelled texts or tagged sentences,
options. Out: the model's folder, and on stdout its scores; of a series its continuation, if asked
for. Reading, training and scoring are the library's; scores are shown by echo_display.py.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.bundled import REVIEWS, TAGGED
from textseq.cli.display import Meter, duration, many, rate_line
from textseq.cli.folders import load_vectors
from textseq.cli.options import Force, Json, Only, Quiet, bad, number, one_of, other_default, plain
from textseq.cli.reading import check_options
from textseq.cli.sequence_data import (
    SEPARATORS,
    TAG_FORMATS,
    BadRowsGiven,
    Comment,
    Header,
    Parts,
    Quoted,
    TableKind,
    Test,
    Valid,
    ValidShare,
    bundled_files,
    cell_separator,
    check_valid_share,
    column,
    labelled_parts,
    learnt_columns,
    row_options,
    say_why_no_spans,
    table_columns,
    tagged_parts,
)
from textseq.cli.sequence_training import (
    ECHO_STATE,
    Out,
    VectorsOption,
    check_places,
    save_model,
)
from textseq.config import EchoStateConfig, RNNConfig, TextConfig, TokenizerName

if TYPE_CHECKING:
    from textseq.cli.places import Places
    from textseq.rnn.echo.echo_model import EchoModel
    from textseq.rnn.echo.echo_state import EchoClassifier, EchoTagger

TASKS = ("series", "classifier", "tagger")
POOLINGS = ("mean", "last")
GENERATED = 6000  # steps of the Mackey-Glass series


@dataclass(frozen=True)
class EchoText(TextConfig):
    """Text options as for the models that are trained step by step."""

    lowercase: bool = other_default(TextConfig, "lowercase", True)
    tokenizer: TokenizerName = other_default(TextConfig, "tokenizer", "word")
    min_count: int = other_default(TextConfig, "min_count", 2)


@dataclass(frozen=True)
class EchoRNN(RNNConfig):
    """Random embeddings have to be longer than trained ones to tell words apart."""

    dim: int = other_default(RNNConfig, "dim", 300)


def train_esn(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILES",
            help="A table with --series; labelled texts; or tagged sentences (.conllu, .conll).",
            show_default=False,
        ),
    ] = None,
    *,
    task: Annotated[
        str | None,
        typer.Option(
            parser=one_of(*TASKS), metavar="|".join(TASKS), show_default=False,
            help="What is learnt (default: by the other options and the names of FILES).",
            autocompletion=lambda: list(TASKS),
        ),
    ] = None,
    series: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...", show_default=False,
            help="Columns of numbers, by name or number (from 0), whose next row is predicted.",
        ),
    ] = None,
    held_out: Annotated[
        float,
        typer.Option(
            parser=number(float, 0.0), metavar="X",
            help="Series: share at its end to score the model on.",
        ),
    ] = 0.2,
    free_run: Annotated[
        int | None,
        typer.Option(
            parser=number(int, 1), metavar="N", show_default=False,
            help="Series: write the next N rows; the scores then go to standard error.",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", show_default=False,
            help="Series: predicted against true rows (PNG, SVG or PDF).",
        ),
    ] = None,
    text_column: Annotated[
        Any,
        typer.Option("--text", parser=column, metavar="COLUMN", help="Labels: name or number."),
    ] = "text",
    label_column: Annotated[
        Any,
        typer.Option("--label", parser=column, metavar="COLUMN", help="Labels: name or number."),
    ] = "label",
    header: Header = None,
    quoted: Quoted = None,
    table_kind: TableKind = None,
    bad_rows: BadRowsGiven = None,
    format: Annotated[
        str,
        typer.Option(
            parser=one_of(*TAG_FORMATS), metavar="|".join(TAG_FORMATS),
            help="Tags: auto goes by names and content.",
        ),
    ] = "auto",
    tags: Annotated[
        str, typer.Option(metavar="COLUMN", help="CoNLL-U: upos, xpos, deprel, feats ...")
    ] = "upos",
    token: Annotated[
        int, typer.Option(parser=number(int), metavar="N", help="Tags: column of the token.")
    ] = 0,
    tag: Annotated[
        int,
        typer.Option(parser=number(int), metavar="N", help="Tags: column of the tag (-1: last)."),
    ] = -1,
    separator: Annotated[
        str,
        typer.Option(
            parser=cell_separator, metavar="|".join(SEPARATORS),
            help="What stands between columns; auto: as the first lines show.",
        ),
    ] = "auto",
    strip_prefix: Annotated[
        str, typer.Option(metavar="TEXT", help="Tags: taken off tokens that begin with it.")
    ] = "",
    comment: Comment = None,
    valid: Valid = None,
    valid_share: ValidShare = 0.1,
    test: Test = None,
    out: Out = ECHO_STATE,
    vectors: VectorsOption = None,
    pooling: Annotated[
        str,
        typer.Option(
            parser=one_of(*POOLINGS), metavar="|".join(POOLINGS),
            help="Labels: how the states of a text become one.",
        ),
    ] = "mean",
    balanced: Annotated[
        bool, typer.Option("--balanced", help="Labels: let rare ones count as much.")
    ] = False,
    character_size: Annotated[
        int,
        typer.Option(
            parser=number(int, 0), metavar="N", help="Tags: vector of a word's spelling (0: none)."
        ),
    ] = 400,
    echo: EchoStateConfig,
    rnn: Annotated[EchoRNN, Only("dim")],
    text: Annotated[
        EchoText,
        Only("clean", "lowercase", "tokenizer", "min_count", "max_vocab", "encoding", "errors"),
    ],
    json: Json = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Train an echo state network: its readout alone.

    A random reservoir stays as it is, and a linear map of its states is learnt in one pass, without
    gradients through time, which takes seconds. It goes on with a series (alone: a generated one),
    or gives labels or tags to text. Stopped before the model is written, it leaves nothing.

    Examples:
      textseq train-esn
      textseq train-esn weather.csv --series temperature,pressure --plot weather.png
      textseq train-esn weather.csv --series temperature --free-run 24 > tomorrow.csv
      textseq train-esn reviews.tsv --text review --label stars
      textseq train-esn --task tagger
    """
    what = _task(files, task, series)
    if what != "series" and (free_run is not None or plot is not None or series is not None):
        raise bad("--series, --free-run and --plot are for series")
    check_valid_share(valid_share)
    if not 0 < held_out < 1:
        raise bad(f"--held-out is {held_out:g}; it is between 0 and 1")
    if character_size % 2:
        raise bad(f"--character-size is {character_size}; for two directions it is even")
    place = check_places(context, out, plot, resume=False, force=force)
    config = plain(TextConfig, text)
    if what == "series":
        if valid or test or vectors is not None:
            raise bad("--valid, --test and --vectors are for text; a series has --held-out")
        if bad_rows is not None:
            raise bad("--bad-rows is for labels; a series without some of its rows is another one")
        _series(
            files, series, table_columns(header, quoted, table_kind, separator), config, echo,
            held_out, free_run, plot, place,
            json=json, force=force, quiet=quiet,
        )  # fmt: skip
        return
    check_options(config)
    given: dict[str, Any] = {
        "vectors": None if vectors is None else load_vectors(vectors),
        "echo": echo,
    }
    sharing: dict[str, Any] = {"valid_share": valid_share, "seed": echo.seed}
    columns: dict[str, Any]
    if not files:
        if valid or test:
            raise bad("--valid and --test go with FILES")
        files, valid, test = bundled_files(REVIEWS if what == "classifier" else TAGGED)
        format, text_column, label_column = "auto", "text", "label"
        header = quoted = table_kind = None
    model: EchoClassifier | EchoTagger
    if what == "classifier":
        from textseq.rnn.echo.echo_state import EchoClassifier

        columns = table_columns(
            header, quoted, table_kind, separator, text=text_column, label=label_column
        )
        rows = row_options(bad_rows)
        try:
            parts = labelled_parts(files, valid, test, config, columns | rows, **sharing)
        except ValueError as error:
            if not _NO_COLUMN.search(str(error)) or task is not None:
                raise
            raise ValueError(
                f"{error}; --text and --label name columns of texts, --series those of a series"
            ) from None
        columns = learnt_columns(columns, rows)
        pool: Any = pooling
        model = EchoClassifier.for_dataset(
            parts.train, plain(RNNConfig, rnn), pooling=pool, balanced=balanced, **given
        )
    else:
        from textseq.rnn.echo.echo_state import EchoTagger

        columns = {"format": format, "tags": tags, "token": token, "tag": tag}
        columns |= {"separator": SEPARATORS[separator], "strip_prefix": strip_prefix}
        columns["comment"] = comment
        cased = config.replace(lowercase=False)  # words are looked up in lower case, no more
        parts = tagged_parts(files, valid, test, cased, columns, **sharing)
        given |= {name: getattr(text, name) for name in ("min_count", "max_vocab", "tokenizer")}
        model = EchoTagger.for_dataset(
            parts.train, plain(RNNConfig, rnn), lower=text.lowercase,
            character_size=character_size, **given,
        )  # fmt: skip
        say_why_no_spans(model, parts.train)
    model.info["columns"] = {name: value for name, value in columns.items() if value is not None}
    _learn_and_save(model, parts, place, json=json, force=force, quiet=quiet)


_NO_COLUMN = re.compile(r" has no (column )?'(text|label)'")


def _task(files: list[str] | None, task: str | None, series: str | None) -> str:
    """What is to be learnt."""
    if task is not None:
        if task == "series" and files and series is None:
            raise bad("which columns of FILES are the series? --series A,B names them")
        return task
    if series is not None and not files:
        raise bad("--series names columns of FILES; there are none")
    if series is not None or not files:
        return "series"
    from textseq.rnn.data.tagged_text import is_tagged

    plainly = TextConfig(errors="replace")
    return "tagger" if any(is_tagged(name, plainly) for name in files) else "classifier"


def _series(
    files: list[str] | None,
    given: str | None,
    how: dict[str, Any],
    config: TextConfig,
    echo: EchoStateConfig,
    held_out: float,
    free_run: int | None,
    plot: Path | None,
    place: Places,
    *,
    json: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Learn the first part of a series, score the rest, go on behind its end."""
    from textseq.cli.echo_display import show_series
    from textseq.rnn.echo.echo_series import FEWEST_ROWS, EchoSeries
    from textseq.rnn.echo.series import mackey_glass, read_series

    if plot is not None:
        from textseq.rnn.show.curves import check_picture

        check_picture(plot)  # now, not behind the training
    if files:
        columns = [column(name.strip()) for name in (given or "").split(",")]
        seen: dict[str, Any] = {}
        series = read_series(files, columns, config, seen=seen, **how)
        how = seen | how
    else:
        columns, series = ["x"], mackey_glass(GENERATED)
    n_learnt = len(series) - round(held_out * len(series))
    if n_learnt < FEWEST_ROWS:
        raise ValueError(
            f"the series has {many(len(series), 'row')}, {n_learnt} of them to learn from "
            f"(--held-out {held_out:g}); {FEWEST_ROWS} or more are needed"
        )
    start = time.perf_counter()
    model = EchoSeries.for_series(series[:n_learnt], echo, columns=columns)
    seconds = time.perf_counter() - start
    model.info["data"] = {"train": n_learnt, "held_out": len(series) - n_learnt}
    model.info["columns"] = how if files else {}
    save_model(model, place, force=force)
    show_series(
        model, series, n_learnt, seconds, free_run, plot, place.out, named=bool(files),
        json=json, quiet=quiet,
    )  # fmt: skip


def _learn_and_save(
    model: EchoModel, parts: Parts, place: Places, *, json: bool, force: bool, quiet: bool
) -> None:
    from textseq.cli.echo_display import show_scores

    start = time.perf_counter()
    with _progress(quiet=quiet) as told:
        ridge = model.learn(parts.train, parts.valid, told)
    seconds = time.perf_counter() - start
    model.info |= {"ridge": ridge, "data": {"train": len(parts.train), "valid": len(parts.valid)}}
    save_model(model, place, force=force)
    show_scores(model, parts, seconds, place.out, json=json, quiet=quiet)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Any]:
    with Meter("learn", quiet=quiet) as meter:

        def told(done: int, total: int) -> None:
            speed = rate_line(done, total, meter.seconds, "examples")
            meter.update(done, total, f"{speed}  {duration(meter.seconds)}")

        yield told
