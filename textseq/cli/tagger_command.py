"""The command `train-tagger`: from tagged sentences to a folder that tags words.

In: CoNLL-U or columns of tokens and tags (nothing: the bundled sentences), options, word vectors.
Out: the model's folder, and its scores on stdout where there is something to score it on. Reading,
training and scoring are the library's.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.bundled import SPANS, TAGGED
from textseq.cli.display import say
from textseq.cli.folders import load_vectors
from textseq.cli.options import Force, Json, Only, Quiet, bad, number, one_of, other_default, plain
from textseq.cli.reading import check_options
from textseq.cli.score_display import show_report
from textseq.cli.sequence_data import (
    SEPARATORS,
    TAG_FORMATS,
    Comment,
    Test,
    Valid,
    ValidShare,
    bundled_files,
    cell_separator,
    check_valid_share,
    say_why_no_spans,
    tagged_parts,
)
from textseq.cli.sequence_training import (
    TAGGER,
    Curves,
    Log,
    Out,
    Resume,
    TensorBoard,
    VectorsOption,
    check_places,
    train_and_save,
)
from textseq.config import RNNConfig, TextConfig, TokenizerName, TrainConfig

if TYPE_CHECKING:
    from textseq.rnn.data.dataset import SequenceDataset
    from textseq.rnn.models.tagger import Tagger

BUNDLED = {"tagged": TAGGED, "spans": SPANS}
CHARACTERS = ("cnn", "lstm", "none")


@dataclass(frozen=True)
class TaggerText(TextConfig):
    """Text options as a tagger wants them: raw text is cut at words and marks, as treebanks are."""

    tokenizer: TokenizerName = other_default(TextConfig, "tokenizer", "word")
    min_count: int = other_default(TextConfig, "min_count", 2)


def train_tagger(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILES",
            help="CoNLL-U, or a token and its tag a line; packed ones too.",
            show_default=False,
        ),
    ] = None,
    *,
    own_data: Annotated[
        str | None,
        typer.Option(
            "--bundled",
            parser=one_of(*BUNDLED),
            metavar="|".join(BUNDLED),
            help="Without FILES: parts of speech (default), or names in BIO.",
            show_default=False,
            autocompletion=lambda: list(BUNDLED),
        ),
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            parser=one_of(*TAG_FORMATS),
            metavar="|".join(TAG_FORMATS),
            help="auto goes by names and content.",
            autocompletion=lambda: list(TAG_FORMATS),
        ),
    ] = "auto",
    tags: Annotated[
        str, typer.Option(metavar="COLUMN", help="CoNLL-U: upos, xpos, deprel, feats ...")
    ] = "upos",
    token: Annotated[
        int, typer.Option(parser=number(int), metavar="N", help="Columns: that of the token.")
    ] = 0,
    tag: Annotated[
        int,
        typer.Option(parser=number(int), metavar="N", help="Columns: that of the tag (-1: last)."),
    ] = -1,
    separator: Annotated[
        str,
        typer.Option(
            parser=cell_separator,
            metavar="|".join(SEPARATORS),
            help="Between columns; auto: tabs where each line has them; blank: tabs and spaces.",
            autocompletion=lambda: list(SEPARATORS),
        ),
    ] = "auto",
    strip_prefix: Annotated[
        str, typer.Option(metavar="TEXT", help="Columns: taken off tokens that begin with it.")
    ] = "",
    comment: Comment = None,
    valid: Valid = None,
    valid_share: ValidShare = 0.1,
    test: Test = None,
    out: Out = TAGGER,
    vectors: VectorsOption = None,
    crf: Annotated[
        bool | None,
        typer.Option(
            "--crf/--no-crf",
            help="Choose a sentence's tags together (default: for spans).",
            show_default=False,
        ),
    ] = None,
    characters: Annotated[
        str,
        typer.Option(
            parser=one_of(*CHARACTERS),
            metavar="|".join(CHARACTERS),
            help="How the spelling of words is read.",
            autocompletion=lambda: list(CHARACTERS),
        ),
    ] = "cnn",
    character_dim: Annotated[
        int, typer.Option(parser=number(int, 1), metavar="N", help="Embedding of a character.")
    ] = 32,
    character_size: Annotated[
        int, typer.Option(parser=number(int, 2), metavar="N", help="Vector of a word's spelling.")
    ] = 64,
    lower: Annotated[
        bool, typer.Option("--lower", help="Look words up in lower case; spelling keeps its case.")
    ] = False,
    rnn: RNNConfig,
    train: TrainConfig,
    text: Annotated[
        TaggerText, Only("clean", "tokenizer", "min_count", "max_vocab", "encoding", "errors")
    ],
    resume: Resume = False,
    log: Log = None,
    curves: Curves = None,
    tensorboard: TensorBoard = None,
    json: Json = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Train a tagger of words (many to many, in step).

    Parts of speech, or spans such as names in BIO, IOB1, BIOES, BMES or BILOU; for spans a CRF
    chooses the tags of a sentence together. --tokenizer is for the text that `predict` gets. Ctrl-C
    leaves a checkpoint.

    Examples:
      textseq train-tagger
      textseq train-tagger --bundled spans
      textseq train-tagger train.conllu --valid dev.conllu --test test.conllu --tags xpos
      textseq train-tagger ner.txt --token 0 --tag 3 --vectors ./textseq-vectors --lower
    """
    from textseq.rnn.models.tagger import Tagger

    check_valid_share(valid_share)
    if vectors is not None and rnn.input == "one-hot":
        raise bad("--input one-hot takes no --vectors")
    if characters == "lstm" and character_size % 2:
        raise bad(f"--character-size is {character_size}; for two directions it is even")
    if files and own_data:
        raise bad("--bundled is for training without FILES")
    config = plain(TextConfig, text)
    check_options(config)
    place = check_places(context, out, log, curves, resume=resume, force=force)
    columns: dict[str, Any] = {"format": format, "tags": tags, "token": token, "tag": tag}
    columns |= {"separator": SEPARATORS[separator], "strip_prefix": strip_prefix}
    columns["comment"] = comment
    if not files:
        if valid or test:
            raise bad("--valid and --test go with FILES")
        columns["format"] = "auto"
        files, valid, test = bundled_files(BUNDLED[own_data or "tagged"])
    parts = tagged_parts(
        files, valid, test, config, columns, valid_share=valid_share, seed=train.seed
    )
    options: dict[str, Any] = {
        "vectors": None if vectors is None else load_vectors(vectors),
        "crf": crf,
        "characters": characters,
        "character_dim": character_dim,
        "character_size": character_size,
        "lower": lower,
        "min_count": text.min_count,
        "max_vocab": text.max_vocab,
        "tokenizer": text.tokenizer,
    }
    model = Tagger.for_dataset(parts.train, rnn, **options, seed=train.seed)
    say_why_no_spans(model, parts.train)
    model.info["columns"] = {name: value for name, value in columns.items() if value is not None}
    train_and_save(
        context, model, parts.train, parts.valid, train, place,
        resume=resume, force=force, quiet=quiet,
        log=log, curves=curves, tensorboard=tensorboard, show=shown,
    )  # fmt: skip
    _show_scores(model, *parts.scored, out, json=json, quiet=quiet)


# ---- showing


def shown(scores: dict[str, float]) -> str:
    """The scores of an epoch in a few words."""
    words = f"accuracy {scores['accuracy']:.4f}"
    if "f1" in scores:
        return f"span F1 {scores['f1']:.4f}  {words}"
    if "accuracy_unknown" in scores:
        return f"{words}  of unknown words {scores['accuracy_unknown']:.4f}"
    return words


def _show_scores(
    model: Tagger, dataset: SequenceDataset, name: str, out: Path, *, json: bool, quiet: bool
) -> None:
    """All scores, the chief ones with their interval."""
    show_report(model.report(dataset), name, len(dataset), "sentence", json=json)
    if not (quiet or json):
        where = shlex.quote(str(out))
        say(f"next: echo 'Some text to tag.' | textseq predict --model {where}")
