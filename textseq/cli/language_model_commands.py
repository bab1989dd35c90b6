"""The commands of language models: train-lm and generate.

In: text, tables, an encoded corpus, or nothing (a part of the bundled corpus); a trained folder
and a prompt. Out: the model's folder, with progress on stderr, and its scores on stdout where they
are asked for; text on stdout as it is made. Encoding, training and choosing tokens are the
library's.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.bundled import CORPUS, bundled
from textseq.cli.display import json_line, say
from textseq.cli.folders import is_ours, load_vectors
from textseq.cli.options import Force, Json, Only, Quiet, bad, number, one_of, other_default, plain
from textseq.cli.reading import check_options, reading
from textseq.cli.score_display import show_report
from textseq.cli.sequence_data import ONE_WAY, Quoted, TextColumn
from textseq.cli.sequence_training import (
    LANGUAGE_MODEL,
    Curves,
    Log,
    Out,
    Resume,
    TensorBoard,
    VectorsOption,
    check_places,
    train_and_save,
)
from textseq.config import RNNConfig, Schedule, TextConfig, TrainConfig

if TYPE_CHECKING:
    from textseq.rnn.data.examples import Examples
    from textseq.rnn.prompt import Prompt
    from textseq.text.encoded import EncodedCorpus
    from textseq.text.vocab import Vocab

BUNDLED_LINES = 20_000  # a quarter of the bundled corpus: enough for a model in a minute
BUNDLED_EPOCHS = 3


@dataclass(frozen=True)
class LanguageModelRNN(RNNConfig):
    """Options of the cells; every token is a target, so that less dropout is needed."""

    dropout: float = other_default(RNNConfig, "dropout", 0.1)
    embedding_dropout: float = other_default(RNNConfig, "embedding_dropout", 0.05)


@dataclass(frozen=True)
class LanguageModelTraining(TrainConfig):
    """Training options as language models want them."""

    lr: float = other_default(TrainConfig, "lr", 5e-3)
    schedule: Schedule = other_default(TrainConfig, "schedule", "cosine")


def train_lm(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILES",
            help="Text, a column of tables, or one encoded folder; nothing: the bundled corpus.",
            show_default=False,
        ),
    ] = None,
    *,
    text_column: TextColumn = "text",
    quoted: Quoted = None,
    valid: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Text, or an encoded folder, to validate on (default: the end of FILES).",
        ),
    ] = None,
    valid_share: Annotated[
        float, typer.Option(parser=number(float), metavar="X", help="How much of FILES that is.")
    ] = 0.05,
    test: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", show_default=False,
            help="Text, or an encoded folder, to score the model on.",
        ),
    ] = None,
    out: Out = LANGUAGE_MODEL,
    vectors: VectorsOption = None,
    k1: Annotated[
        int,
        typer.Option("--k1", parser=number(int, 1), metavar="N", help="Tokens between updates."),
    ] = 35,
    k2: Annotated[
        int | None,
        typer.Option(
            "--k2", parser=number(int, 1), metavar="N",
            help="Tokens that a gradient reaches back over (default: as --k1).",
        ),
    ] = None,
    forget: Annotated[
        float,
        typer.Option(
            parser=number(float, 0), metavar="X",
            help="Share of the streams that begin anew before an update.",
        ),
    ] = 0.02,
    tied: Annotated[
        bool, typer.Option("--tied/--not-tied", help="Output weights are the embeddings.")
    ] = True,
    epochs: Annotated[
        int | None,
        typer.Option(
            parser=number(int, 1), metavar="N",
            help="Passes over the data, at most (default: 10; 3 over the bundled corpus).",
        ),
    ] = None,
    rnn: Annotated[LanguageModelRNN, ONE_WAY],
    train: Annotated[
        LanguageModelTraining,
        Only("batch_size", "lr", "schedule", "warmup", "weight_decay", "clip_norm", "accumulate",
             "patience", "mixed_precision", "device", "threads", "seed"),
    ],
    text: TextConfig,
    resume: Resume = False,
    log: Log = None,
    curves: Curves = None,
    tensorboard: TensorBoard = None,
    json: Json = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Train a recurrent language model.

    It reads the text as --batch-size streams side by side, updates every --k1 tokens and carries
    the state on. Perplexity is told per token of the tokenizer, line ends (<eos>) included, and
    per word between white space, so that models with other tokenizers can be compared. --test is
    scored once, by the best epoch; --json without it scores the validation text.

    Examples:
      textseq train-lm && textseq generate --prompt 'the king'
      textseq train-lm plays.txt --tokenizer char --min-count 1 --k1 100 --hidden 256
      textseq train-lm news.txt.gz --tokenizer bpe --valid later.txt --test last.txt --k1 35 --k2 70
    """
    check_places(out, log, curves, resume=resume, force=force)
    if not 0 < valid_share < 1:
        raise bad(f"--valid-share is {valid_share:g}; it is above 0 and below 1")
    if k2 is not None and k2 < k1:
        raise bad(f"--k2 is {k2}; a gradient reaches back over at least the --k1 {k1} tokens")
    if not forget <= 1:
        raise bad(f"--forget is {forget:g}; it is a share, 0 to 1")
    if tied and rnn.input == "one-hot":
        raise bad("--input one-hot has no embeddings for the output to share; add --not-tied")
    from textseq.rnn.language_model import LanguageModel

    epochs = epochs or (10 if files else BUNDLED_EPOCHS)
    config = plain(TrainConfig, train).replace(epochs=epochs)
    columns: dict[str, Any] = {"text": text_column, "quoted": quoted}
    columns = {name: value for name, value in columns.items() if value is not None}
    given = (files or [], valid, valid_share, test)
    with _read(*given, text, columns, quiet=quiet) as (first, last, unseen):
        model = LanguageModel.for_dataset(
            first, plain(RNNConfig, rnn), seed=config.seed, tied=tied, steps=k1, back_steps=k2,
            forget=forget, vectors=None if vectors is None else load_vectors(vectors),
        )  # fmt: skip
        model.info["columns"] = columns
        tokenizer = model.text_config.tokenizer

        def show(scores: dict[str, float]) -> str:
            shown = f"perplexity {scores['perplexity']:.2f} a token ({tokenizer})"
            if "bits_per_char" in scores:
                return f"{shown}, {scores['bits_per_char']:.3f} bits a character"
            shown += f", {scores['word_perplexity']:.2f} a word"
            return f"{shown}, {scores['unknown']:.1%} <unk>" if scores["unknown"] else shown

        train_and_save(
            context, model, first, last, config, out, resume=resume, force=force, quiet=quiet,
            log=log, curves=curves, tensorboard=tensorboard, show=show,
        )  # fmt: skip
        if unseen is not None:
            show_report(model.report(unseen), "test", len(unseen), "line", json=json)
        elif json:
            show_report(model.report(last), "validation", len(last), "line", json=True)
    if not quiet:
        where = "" if out == LANGUAGE_MODEL else f" --model {out}"
        say(f"next: textseq generate{where}")


@contextmanager
def _read(
    files: list[str],
    valid: str | None,
    share: float,
    test: str | None,
    text: TextConfig,
    columns: dict[str, Any],
    *,
    quiet: bool,
) -> Iterator[tuple[Examples, Examples, Examples | None]]:
    """What is learnt, what it is validated and what it is tested on; encoded text lasts as long as
    the block."""
    from textseq.rnn.language_data import cut, stream_of
    from textseq.text.encoded import EncodedCorpus

    encoded = len(files) == 1 and is_ours(files[0])
    if encoded and text != TextConfig():
        raise bad(
            f"{files[0]} is encoded already; text options (--lowercase, --min-count ...) go to "
            "`textseq encode`"
        )
    with tempfile.TemporaryDirectory(prefix="textseq-") as folder:
        if encoded:
            corpus = EncodedCorpus.load(files[0])
        else:
            check_options(text)
            corpus = _encoded(files, text, columns, Path(folder) / "train", quiet=quiet)
        dataset = stream_of(corpus)

        def more(given: str, name: str) -> Examples:
            if is_ours(given):
                return stream_of(EncodedCorpus.load(given))
            config = dataset.text_config.replace(encoding=text.encoding, errors=text.errors)
            options: dict[str, Any] = {"vocab": dataset.vocab, "quiet": quiet}
            return stream_of(_encoded([given], config, columns, Path(folder) / name, **options))

        first, last = cut(dataset, share) if valid is None else (dataset, more(valid, "valid"))
        yield first, last, None if test is None else more(test, "test")


def _encoded(
    files: list[str],
    text: TextConfig,
    columns: dict[str, Any],
    place: Path,
    *,
    vocab: Vocab | None = None,
    quiet: bool,
) -> EncodedCorpus:
    from textseq.rnn.labelled_text import read_texts
    from textseq.text.encode import encode_files, encode_lines
    from textseq.text.reading.corpus import naming, read_lines
    from textseq.text.reading.tables import is_table

    if not files:
        lines = read_lines([str(bundled(CORPUS))], TextConfig())
        return encode_lines(islice(lines, BUNDLED_LINES), text)
    if any(map(is_table, files)):
        texts = list(read_texts(files, text, **columns))
        with naming(files):
            return encode_lines(texts, text, vocab=vocab)
    with reading("encode", quiet=quiet) as progress:
        return encode_files(
            files, text, place, vocab=vocab, progress=progress, told=None if quiet else say
        )


# ---- generate


def generate(
    *,
    prompt: Annotated[
        str,
        typer.Option("--prompt", "-p", metavar="TEXT", help="What is gone on from (-: each line)."),
    ] = "",
    model: Annotated[
        Path, typer.Option("--model", "-m", metavar="FOLDER", help="What `train-lm` wrote.")
    ] = LANGUAGE_MODEL,
    n: Annotated[
        int,
        typer.Option("--samples", "-n", parser=number(int, 1), metavar="N", help="How many texts."),
    ] = 1,
    max_tokens: Annotated[
        int, typer.Option(parser=number(int, 1), metavar="N", help="Tokens of a text, at most.")
    ] = 200,
    temperature: Annotated[
        float,
        typer.Option(
            parser=number(float, 0.0), metavar="X", help="Below 1: safer, above: bolder; 0: greedy."
        ),
    ] = 0.8,
    top_k: Annotated[
        int | None,
        typer.Option(
            parser=number(int, 1), metavar="N", help="Only the N most likely tokens (default: all)."
        ),
    ] = None,
    top_p: Annotated[
        float,
        typer.Option(
            parser=number(float), metavar="X", help="Only the likeliest tokens of this share."
        ),
    ] = 1.0,
    stop_at: Annotated[
        str,
        typer.Option(
            parser=one_of("eos", "none"), metavar="eos|none",
            help="End a text with its line, or go on to --max-tokens.",
            autocompletion=lambda: ["eos", "none"],
        ),
    ] = "eos",
    seed: Annotated[
        int, typer.Option(parser=number(int, 0), metavar="N", help="The same seed, the same text.")
    ] = 1,
    device: Annotated[
        str,
        typer.Option(
            parser=one_of("auto", "cpu", "cuda"), metavar="auto|cpu|cuda", help="Where it runs.",
        ),
    ] = "cpu",
    json: Json = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Generate text with a trained language model.

    The prompt is printed first, then what follows, as it is made. The samples of one seed differ,
    and the first ones stay the same if more are wanted. --prompt - takes each line of standard
    input as a prompt.

    Examples:
      textseq generate --prompt 'the king' --temperature 0.7 -n 5
      textseq generate --model ./plays --prompt 'ROMEO:' --stop-at none --max-tokens 500
      textseq generate --prompt - --top-p 0.9 --json < beginnings.txt
    """
    from textseq.rnn.decoding import Sampling
    from textseq.rnn.language_model import LanguageModel
    from textseq.rnn.prompt import read_prompt
    from textseq.rnn.training import choose_device

    try:
        sampling = Sampling(temperature, top_k, top_p)
    except ValueError as error:
        name, _, rest = str(error).partition(" is ")
        raise bad(f"--{name.replace('_', '-')} is {rest}") from None
    loaded = LanguageModel.load(model, str(choose_device(device)))
    for given in _prompts(prompt):
        begun = read_prompt(loaded, given)
        if begun.unknown and not quiet:
            say(f"textseq: not in the vocabulary: {', '.join(dict.fromkeys(begun.unknown))}")
        for sample in range(n):
            # Texts of neighbouring seeds must not be each other's samples.
            number_ = seed * 1_000_003 + sample
            pieces = begun.go_on(
                sampling, max_tokens=max_tokens, seed=number_, stop_at_eos=stop_at == "eos"
            )
            if json:
                json_line({"prompt": given, "sample": sample, "text": begun.text + "".join(pieces)})
            else:
                _write(begun, pieces)
                if stop_at == "none" and sample < n - 1:
                    _put("\n")  # an empty line between texts of several lines


def _prompts(prompt: str) -> Iterator[str]:
    """The prompt, or each line of standard input."""
    if prompt != "-":
        yield prompt
        return
    from textseq.text.reading.corpus import read_lines

    yield from read_lines(["-"], TextConfig())


def _write(begun: Prompt, pieces: Iterator[str]) -> None:
    _put(begun.text)
    for piece in pieces:
        _put(piece)
    _put("\n")


def _put(text: str) -> None:
    """Text on stdout, at once."""
    sys.stdout.write(text)
    sys.stdout.flush()
