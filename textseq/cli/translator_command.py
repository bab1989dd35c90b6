"""The command `train-translator`: from texts and their translations to a folder that translates.

In: parallel files or tables (nothing: the bundled pairs), options, word vectors. Out: the model's
folder, its scores and some translations on stdout, and a picture of its attention where one is
asked for. Reading, training and scoring are the library's.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from textseq.bundled import SPLITS, TRANSLATION, bundled
from textseq.cli.display import data, many, say
from textseq.cli.folders import load_vectors
from textseq.cli.options import (
    Force,
    Json,
    Quiet,
    bad,
    number,
    one_of,
    other_default,
    plain,
    was_given,
)
from textseq.cli.reading import check_options
from textseq.cli.score_display import show_report
from textseq.cli.sequence_data import (
    OF_LINES,
    BadRowsOption,
    CellSeparator,
    Header,
    LabelSmoothing,
    Quoted,
    TableKind,
    Test,
    TextColumn,
    Valid,
    ValidShare,
    as_first,
    check_label_smoothing,
    check_tables,
    check_valid_share,
    column,
    learnt_columns,
    parts_of,
    row_options,
    table_columns,
    table_flags,
)
from textseq.cli.sequence_training import (
    TRANSLATOR,
    Curves,
    Log,
    Out,
    Resume,
    TensorBoard,
    VectorsOption,
    check_places,
    train_and_save,
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
    from textseq.rnn.data.dataset import SequenceDataset
    from textseq.rnn.models.text_generator import TextGenerator

ATTENTIONS = ("multiplicative", "additive")


@dataclass(frozen=True)
class TranslatorText(TextConfig):
    """Text options as translation wants them: subwords, so that any word can be written."""

    tokenizer: TokenizerName = other_default(TextConfig, "tokenizer", "bpe")
    subword_vocab: int = other_default(TextConfig, "subword_vocab", 6000)
    min_count: int = other_default(TextConfig, "min_count", 2)


@dataclass(frozen=True)
class TranslatorRNN(RNNConfig):
    """The recurrent options, larger than for labels."""

    cell: Cell = other_default(RNNConfig, "cell", "gru")
    hidden: int = other_default(RNNConfig, "hidden", 256)
    dim: int = other_default(RNNConfig, "dim", 256)


@dataclass(frozen=True)
class TranslatorTraining(TrainConfig):
    """Training options as translation wants them."""

    epochs: int = other_default(TrainConfig, "epochs", 15)
    batch_size: int = other_default(TrainConfig, "batch_size", 64)
    lr: float = other_default(TrainConfig, "lr", 2e-3)
    schedule: Schedule = other_default(TrainConfig, "schedule", "cosine")
    warmup: float = other_default(TrainConfig, "warmup", 0.02)
    patience: int = other_default(TrainConfig, "patience", 5)


InputFeeding = Annotated[
    bool,
    typer.Option("--input-feeding", help="Feed each output to the next step too (slower)."),
]
Tied = Annotated[bool, typer.Option("--tied/--not-tied", help="Output weights are the embeddings.")]
TeacherForcing = Annotated[
    float,
    typer.Option(
        parser=number(float, 0.0), metavar="X",
        help="Share of true words that the decoder reads in training; the rest are its own.",
    ),
]  # fmt: skip
Beam = Annotated[
    int, typer.Option(parser=number(int, 1), metavar="N", help="Width of the beam in scoring.")
]
BleuTokenizerOption = Annotated[
    str,
    typer.Option(
        "--bleu-tokenizer", parser=one_of(*get_args(BleuTokenizer)), metavar="NAME",
        help=f"sacrebleu's for BLEU: {', '.join(get_args(BleuTokenizer))} (auto: by script).",
        autocompletion=lambda: list(get_args(BleuTokenizer)),
    ),
]  # fmt: skip
LengthPenalty = Annotated[
    float,
    typer.Option(
        parser=number(float, 0.0, finite=True), metavar="X",
        help="In scoring: more than 1 is for longer texts.",
    ),
]  # fmt: skip


def train_translator(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILES",
            help="A text and its translation, line for line; or CSV, TSV or JSONL with both.",
            show_default=False,
        ),
    ] = None,
    *,
    text_column: TextColumn = "text",
    target: Annotated[
        Any,
        typer.Option(
            "--target", parser=column, metavar="COLUMN", help="Tables: that of its translation."
        ),
    ] = "target",
    header: Header = None,
    quoted: Quoted = None,
    table_kind: TableKind = None,
    separator: CellSeparator = None,
    bad_rows: BadRowsOption = "error",
    valid: Valid = None,
    valid_share: ValidShare = 0.05,
    test: Test = None,
    out: Out = TRANSLATOR,
    vectors: VectorsOption = None,
    target_vectors: Annotated[
        Path | None,
        typer.Option("--target-vectors", metavar="PATH", help="The same for target words."),
    ] = None,
    shared: Annotated[
        bool,
        typer.Option("--shared/--separate", help="One vocabulary and embedding for both sides."),
    ] = False,
    attention: Annotated[
        str,
        typer.Option(
            parser=one_of(*ATTENTIONS),
            metavar="|".join(ATTENTIONS),
            help="How source states are scored.",
            autocompletion=lambda: list(ATTENTIONS),
        ),
    ] = "multiplicative",
    input_feeding: InputFeeding = False,
    tied: Tied = True,
    label_smoothing: LabelSmoothing = 0.1,
    teacher_forcing: TeacherForcing = 1.0,
    max_length: Annotated[
        int,
        typer.Option(parser=number(int, 1), metavar="N", help="Leave out pairs of more tokens."),
    ] = 200,
    beam: Beam = 5,
    length_penalty: LengthPenalty = 1.0,
    bleu_tokenizer: BleuTokenizerOption = "auto",
    picture: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the attention of one translation (PNG ...)."),
    ] = None,
    rnn: TranslatorRNN,
    train: TranslatorTraining,
    text: Annotated[TranslatorText, OF_LINES],
    resume: Resume = False,
    log: Log = None,
    curves: Curves = None,
    tensorboard: TensorBoard = None,
    json: Json = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Train a translator with attention (many to many).

    The encoder reads the source, the decoder writes the target and looks back at what it needs.
    Each side has subwords of its own, or --shared ones. --valid and --test are given once for each
    file, in the order of FILES. The bundled pairs get a smaller model
    (--hidden 128 --dim 128 --dropout 0.1 --subword-vocab 400 --lr 0.006 --epochs 9). Ctrl-C leaves
    a checkpoint.

    Examples:
      textseq train-translator
      textseq train-translator train.de train.en --valid val.de --valid val.en
      textseq train-translator pairs.tsv --text de --target en --test unseen.tsv --shared
    """
    from textseq.rnn.data.dataset import Prepare
    from textseq.rnn.data.pairs import as_in, read_pairs, usable
    from textseq.rnn.models.translator import Translator

    check_shares(valid_share, label_smoothing, teacher_forcing)
    check_bleu_tokenizer(bleu_tokenizer)
    if shared and target_vectors is not None:
        raise bad("--shared has one table of embeddings; give --vectors alone")
    if rnn.input == "one-hot" and (vectors is not None or target_vectors is not None):
        raise bad("--input one-hot takes no vectors")
    if not files:
        rnn, train, text = (_for_bundled(context, options) for options in (rnn, train, text))
    config = plain(TextConfig, text)
    check_options(config)
    place = check_places(context, out, log, curves, picture, resume=resume, force=force)
    if picture is not None:
        from textseq.rnn.show.curves import check_picture

        check_picture(picture)
    columns = table_columns(header, quoted, table_kind, separator, text=text_column, target=target)
    flags = table_flags(context)
    if not files:
        if valid or test or flags:
            raise bad("--valid, --test and columns go with FILES")
        files, valid, test = bundled_pairs()
    if table_kind is None:
        _check_files(files, valid, test)
    if table_kind is None:
        check_tables(flags, files)
    rows = row_options(bad_rows)
    how = columns | rows
    first = read_pairs(files, Prepare(config=config), shared=shared, **how)
    parts = parts_of(
        first, valid, test, lambda more: read_pairs(more, as_in(first), **as_first(how)),
        valid_share=valid_share, seed=train.seed, files=files,
    )  # fmt: skip
    to_train = usable(parts.train, max_length)
    n_left_out = len(parts.train) - len(to_train)
    if n_left_out and not quiet:
        left_out = many(n_left_out, "pair")
        say(f"left out: {left_out}, empty or of more than {max_length} tokens")
    options: dict[str, Any] = {
        "attention": attention, "input_feeding": input_feeding, "tied": tied,
        "label_smoothing": label_smoothing, "teacher_forcing": teacher_forcing,
        "vectors": None if vectors is None else load_vectors(vectors),
        "target_vectors": None if target_vectors is None else load_vectors(target_vectors),
        "bleu_tokenizer": bleu_tokenizer, "seed": train.seed,
    }  # fmt: skip
    model = Translator.for_dataset(to_train, plain(RNNConfig, rnn), **options)
    model.info["columns"] = learnt_columns(columns, rows)
    train_and_save(
        context, model, to_train, parts.valid, plain(TrainConfig, train), place,
        resume=resume, force=force, quiet=quiet,
        log=log, curves=curves, tensorboard=tensorboard, show=shown_scores,
    )  # fmt: skip
    scored, name = parts.scored
    show_judgement(model, scored, name, beam, "pair", json=json, length_penalty=length_penalty)
    if picture is not None:
        from textseq.rnn.show.attention_picture import draw_attention

        drawn = _drawn(model, scored)
        if drawn:
            draw_attention(model.align(drawn, beam=beam), picture)
        if not quiet:
            shows = "shows the attention of one translation"
            say(f"{picture} {shows if drawn else 'is not drawn: no scored text has a token'}")
    if not quiet:
        where = f" --model {shlex.quote(str(out))}"
        say(f"next: echo 'some text' | textseq predict{where}")


# What learns the bundled pairs in less than a minute.
_BUNDLED = {
    "hidden": 128, "dim": 128, "dropout": 0.1, "subword_vocab": 400, "lr": 6e-3, "epochs": 9,
}  # fmt: skip


def _for_bundled(context: typer.Context, options: Any) -> Any:
    """The options as the bundled pairs want them, where the command line does not say."""
    changes = {}
    for name, value in _BUNDLED.items():
        if hasattr(options, name) and not was_given(context, name):
            changes[name] = value
    return options.replace(**changes)


def bundled_pairs() -> list[list[str]]:
    """The bundled pairs of training, validation and test: the two files of each."""
    return [[str(bundled(name.format(part))) for name in TRANSLATION] for part in SPLITS]


def _check_files(*given: list[str] | None) -> None:
    """A wrong use unless each is two files of lines, or tables."""
    from textseq.text.reading.tables import is_table

    for files in given:
        if files and len(files) != 2 and not any(map(is_table, files)):
            raise bad(
                f"given was {', '.join(files)}; a text and its translation are two files, line for "
                "line, and --valid or --test stands before each of its files; tables (.tsv, .csv, "
                ".jsonl) have both"
            )


def check_shares(valid_share: float, label_smoothing: float, teacher_forcing: float) -> None:
    """A wrong use for shares that are none."""
    check_valid_share(valid_share)
    check_label_smoothing(label_smoothing)
    if not 0 <= teacher_forcing <= 1:
        raise bad(f"--teacher-forcing is {teacher_forcing:g}; it is 0..1")


def check_bleu_tokenizer(name: str) -> None:
    """A wrong use for a tokenizer that lacks its package: now, not when an epoch is scored."""
    if name == "auto":
        return
    from textseq.rnn.scores.bleu_tokenizers import bleu_metric

    try:
        bleu_metric(name, ())
    except ValueError as error:
        raise bad(f"--bleu-tokenizer: {error}") from None


def shown_scores(scores: dict[str, float]) -> str:
    """The scores of an epoch, for the line on stderr."""
    bleu = scores.get("bleu")  # the history has no score that is none
    return (
        f"BLEU {'-' if bleu is None else f'{bleu:.1f}'}  chrF {scores['chrf']:.1f}  "
        f"exact {scores['exact']:.3f}  perplexity {scores['perplexity']:.2f}"
    )


def show_judgement(
    model: TextGenerator,
    scored: SequenceDataset,
    name: str,
    beam: int,
    unit: str,
    *,
    json: bool,
    length_penalty: float = 1.0,
) -> None:
    """The scores of what beam search writes, and on a screen the first three texts."""
    search: dict[str, Any] = {"beam": beam, "length_penalty": length_penalty}
    report, how = model.report(scored, **search), f", beam {beam}"
    show_report(report, name, len(scored), unit, json=json, how=how, **search)
    if json:
        return
    data("")
    answers = model.answers(scored.select(range(min(3, len(scored)))), 3, **search)
    for answer, reference in zip(answers, model.references(scored), strict=False):
        data(f"{model.show(answer)}\t(reference: {' '.join(reference.split())})")


def _drawn(model: Any, scored: SequenceDataset) -> str:
    """The source text whose translation is drawn: the first one that is neither short nor long."""
    from textseq.rnn.models.translator import SOURCE
    from textseq.text.tokens.tokenizer import load_tokenizer

    lengths = scored.lengths[:, 0]
    fitting = [row for row in range(len(scored)) if 5 <= lengths[row] <= 20]
    row = fitting[0] if fitting else int(lengths.argmax())
    vocab, config = model.sides[SOURCE]
    return load_tokenizer(config).join(vocab.decode(scored[row].inputs))
