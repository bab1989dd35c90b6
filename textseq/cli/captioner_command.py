"""The command `train-captioner`: from rows of numbers, or images, with a text each, to a folder.

In: tables, a .npy array with a text, or a table that names image files (nothing: the bundled
scenes). Out: the model's folder, its scores and some texts on stdout. Reading, training and
scoring are the library's.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from textseq.bundled import SCENES
from textseq.cli.display import say
from textseq.cli.folders import load_vectors
from textseq.cli.options import Force, Json, Quiet, bad, number, other_default, plain
from textseq.cli.reading import check_options, sources_of
from textseq.cli.sequence_data import (
    OF_LINES,
    ONE_WAY,
    BadRowsOption,
    CellSeparator,
    Header,
    LabelSmoothing,
    Parts,
    Quoted,
    TableKind,
    Test,
    Valid,
    ValidShare,
    as_first,
    bundled_files,
    column,
    parts_of,
    row_options,
    table_columns,
)
from textseq.cli.sequence_training import (
    CAPTIONER,
    Curves,
    Log,
    Out,
    Resume,
    TensorBoard,
    VectorsOption,
    check_places,
    train_and_save,
)
from textseq.cli.translator_command import (
    Beam,
    BleuTokenizerOption,
    InputFeeding,
    LengthPenalty,
    TeacherForcing,
    Tied,
    check_bleu_tokenizer,
    check_shares,
    show_judgement,
    shown_scores,
)
from textseq.config import (
    BleuTokenizer,
    Cell,
    RNNConfig,
    Schedule,
    TextConfig,
    TokenizerName,
    TrainConfig,
)

if TYPE_CHECKING:
    from textseq.text.reading.sources import Source


@dataclass(frozen=True)
class CaptionText(TextConfig):
    """Text options as captions want them: words and marks, few of them unknown."""

    tokenizer: TokenizerName = other_default(TextConfig, "tokenizer", "word")
    min_count: int = other_default(TextConfig, "min_count", 2)


@dataclass(frozen=True)
class CaptionerRNN(RNNConfig):
    """The recurrent options of a writer of short texts."""

    cell: Cell = other_default(RNNConfig, "cell", "gru")
    dropout: float = other_default(RNNConfig, "dropout", 0.1)


@dataclass(frozen=True)
class CaptionerTraining(TrainConfig):
    """Training options as captions want them."""

    epochs: int = other_default(TrainConfig, "epochs", 15)
    lr: float = other_default(TrainConfig, "lr", 2e-3)
    schedule: Schedule = other_default(TrainConfig, "schedule", "cosine")
    patience: int = other_default(TrainConfig, "patience", 5)


def train_captioner(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILES",
            help="CSV, TSV or JSONL; or an array.npy and a text with a line for each row.",
            show_default=False,
        ),
    ] = None,
    *,
    features: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...",
            help='Columns of numbers, also "pixel*" (default: all but the caption).',
            show_default=False,
        ),
    ] = None,
    images: Annotated[
        Any,
        typer.Option(
            "--images", parser=column, metavar="COLUMN", show_default=False,
            help="Instead: the column of image files, beside the table.",
        ),
    ] = None,
    image_size: Annotated[
        int,
        typer.Option(parser=number(int, 4), metavar="N", help="Pixels a side that images get."),
    ] = 32,
    grey: Annotated[bool, typer.Option("--grey/--colour", help="Look at grey images.")] = False,
    pixels: Annotated[
        str | None,
        typer.Option(
            metavar="CxHxW", show_default=False,
            help="The features are pixels of images: channels, height, width (1x8x8).",
        ),
    ] = None,
    caption: Annotated[
        Any, typer.Option("--caption", parser=column, metavar="COLUMN", help="That of the text.")
    ] = "caption",
    header: Header = None,
    quoted: Quoted = None,
    table_kind: TableKind = None,
    separator: CellSeparator = None,
    bad_rows: BadRowsOption = "error",
    valid: Valid = None,
    valid_share: ValidShare = 0.1,
    test: Test = None,
    out: Out = CAPTIONER,
    vectors: VectorsOption = None,
    input_feeding: InputFeeding = False,
    tied: Tied = True,
    label_smoothing: LabelSmoothing = 0.0,
    teacher_forcing: TeacherForcing = 1.0,
    beam: Beam = 5,
    length_penalty: LengthPenalty = 1.0,
    bleu_tokenizer: BleuTokenizerOption = "auto",
    rnn: Annotated[CaptionerRNN, ONE_WAY],
    train: CaptionerTraining,
    text: Annotated[CaptionText, OF_LINES],
    resume: Resume = False,
    log: Log = None,
    curves: Curves = None,
    tensorboard: TensorBoard = None,
    json: Json = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Train a captioner of numbers or images (one to many).

    Features are standardised with the mean and the spread that they have in training. A row out is
    a text, written word by word. Ctrl-C leaves a checkpoint.

    Examples:
      textseq train-captioner
      textseq train-captioner colors.csv --features r,g,b --caption name --tokenizer char
      textseq train-captioner photos.csv --images file --caption text --image-size 64
    """
    from textseq.rnn.data.images import image_shape
    from textseq.rnn.models.captioner import Captioner

    check_shares(valid_share, label_smoothing, teacher_forcing)
    check_bleu_tokenizer(bleu_tokenizer)
    if images is not None and (features is not None or pixels is not None):
        raise bad("--images takes the place of --features and --pixels")
    if vectors is not None and rnn.input == "one-hot":
        raise bad("--input one-hot takes no --vectors")
    shape = None if images is None else image_shape(image_size, 1 if grey else 3)
    config = plain(TextConfig, text)
    check_options(config)
    place = check_places(context, out, log, curves, resume=resume, force=force)
    columns = table_columns(
        header, quoted, table_kind, separator,
        features=features, caption=caption, image_column=images,
    )  # fmt: skip
    rows = row_options(bad_rows)
    if not files:
        if valid or test or columns != {"caption": "caption"} or pixels is not None:
            raise bad("without FILES the bundled scenes are read, which have columns of their own")
        files, valid, test = bundled_files(SCENES)
    with sources_of(files, twice=True) as sources:  # for the columns, and for the rows
        learnt = _learnt(sources, columns, config)
        parts = _read(sources, valid, test, config, columns | rows, shape, valid_share, train.seed)
    model = Captioner.for_dataset(
        parts.train,
        plain(RNNConfig, rnn),
        image=shape if pixels is None else _pixels(pixels),
        vectors=None if vectors is None else load_vectors(vectors),
        input_feeding=input_feeding,
        tied=tied,
        label_smoothing=label_smoothing,
        teacher_forcing=teacher_forcing,
        bleu_tokenizer=cast("BleuTokenizer", bleu_tokenizer),
        seed=train.seed,
    )
    model.info["columns"] = rows["seen"] | learnt
    train_and_save(
        context, model, parts.train, parts.valid, plain(TrainConfig, train), place,
        resume=resume, force=force, quiet=quiet,
        log=log, curves=curves, tensorboard=tensorboard, show=shown_scores,
    )  # fmt: skip
    scored, name = parts.scored
    show_judgement(model, scored, name, beam, "row", json=json, length_penalty=length_penalty)
    if not quiet:
        where = f" --model {shlex.quote(str(out))}"
        say(f"next: textseq predict {shlex.quote(files[0])}{where}")


def _read(
    sources: list[Source],
    valid: list[str] | None,
    test: list[str] | None,
    config: TextConfig,
    columns: dict[str, Any],
    shape: Any,
    valid_share: float,
    seed: int,
) -> Parts:
    """Rows to train on, to validate on and perhaps to test on, under the Vocab of the first."""
    from textseq.rnn.data.captioned import read_captioned

    first = read_captioned(sources, config, image=shape, **columns)
    files = [source.name for source in sources]
    if not len(first):
        raise ValueError(f"no rows in {', '.join(files)}")
    like = {"image": shape, "vocab": first.target_vocab, **as_first(columns)}
    made = first.target_text_config
    return parts_of(
        first, valid, test, lambda more: read_captioned(more, made, **like),
        valid_share=valid_share, seed=seed, files=files,
    )  # fmt: skip


def _pixels(given: str) -> Any:
    from textseq.rnn.data.images import ImageShape

    parts = given.lower().split("x")
    if len(parts) != 3 or not all(part.isdecimal() and int(part) for part in parts):
        raise bad(f"--pixels is {given!r}; channels x height x width work, such as 1x8x8")
    return ImageShape(*map(int, parts))


_HOW = ("header", "quoted", "table", "separator")


def _learnt(sources: list[Source], columns: dict[str, Any], config: TextConfig) -> dict[str, Any]:
    """The columns as `predict` needs them: by name, also where all but the caption were meant."""
    from textseq.rnn.data.captioned import feature_columns
    from textseq.rnn.data.feature_tables import is_array

    if is_array(sources[0].name):
        return columns
    used: list[Any] = [columns["caption"]]
    if "image_column" in columns:
        used.append(columns["image_column"])
    else:
        how = {name: given for name, given in columns.items() if name in _HOW}
        given = columns.get("features")
        chosen = feature_columns(sources, given, columns["caption"], config, **how)
        columns = columns | {"features": list(chosen)}
        used += chosen
    # Settled here, where all columns are known: `predict` reads fewer of them.
    return {"header": any(isinstance(name, str) for name in used)} | columns
