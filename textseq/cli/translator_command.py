"""The command `train-translator`: from texts and their translations to a folder that translates.

In: parallel files or tables (nothing: the bundled pairs), options, word vectors. Out: the model's
folder, its scores and some translations on stdout, and a picture of its attention where one is
asked for. Reading, training and scoring are the library's.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.bundled import TRANSLATION
from textseq.cli.display import data, many, say
from textseq.cli.folders import load_vectors
from textseq.cli.options import Defaults, Given, argument, bad, value_option
from textseq.cli.reading import check_options
from textseq.cli.recipe_choice import choose_recipe
from textseq.cli.score_display import show_report
from textseq.cli.sequence_data import (
    OF_LINES,
    as_first,
    bundled_data,
    check_tables,
    check_valid_share,
    learnt_columns,
    parts_of,
    row_options,
    table_flags,
)
from textseq.cli.sequence_training import (
    TRANSLATOR,
    check_places,
    train_and_save,
    vectors_to_begin_with,
)
from textseq.cli.train_flags import (
    DataFlags,
    RecipeFlags,
    RunFlags,
    TableFlags,
    TextColumn,
    column,
)
from textseq.config import CaptionerConfig, RNNConfig, TextConfig, TrainConfig, TranslatorConfig
from textseq.config.recipes import TRANSLATOR as RECIPE

if TYPE_CHECKING:
    from textseq.rnn.data.dataset import SequenceDataset
    from textseq.rnn.models.text_generator import TextGenerator


def train_translator(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        argument(
            "FILES", "A text and its translation, line for line; or CSV, TSV or JSONL with both."
        ),
    ] = None,
    *,
    text_column: TextColumn = "text",
    target: Annotated[
        Any, value_option("COLUMN", "Tables: that of its translation.", "--target", parser=column)
    ] = "target",
    tables: TableFlags,
    more: Annotated[DataFlags, Defaults(DataFlags(valid_share=0.05))],
    run: Annotated[RunFlags, Defaults(RunFlags(TRANSLATOR))],
    target_vectors: Annotated[
        Path | None, value_option("PATH", "The same for target words.", "--target-vectors")
    ] = None,
    recipe: RecipeFlags,
    options: Given[TranslatorConfig],
    picture: Annotated[
        Path | None, value_option("FILE", "Draw the attention of one translation (PNG ...).")
    ] = None,
    network: Annotated[Given[RNNConfig], Defaults(RECIPE.network)],
    training: Annotated[Given[TrainConfig], Defaults(RECIPE.training)],
    text: Annotated[Given[TextConfig], Defaults(RECIPE.text), OF_LINES],
) -> None:
    """Train a translator with attention (many to many).

    The encoder reads the source, the decoder writes the target and looks back at what it needs.
    Each side has subwords of its own, or --shared ones. --valid and --test are given once for each
    file, in the order of FILES. The bundled pairs get a smaller model
    (--hidden 128 --dim 128 --dropout 0.1 --subword-vocab 400 --lr 0.006 --epochs 9). Ctrl-C leaves
    a checkpoint.

    Examples:
      textseq train-translator
      textseq train-translator train.de train.en --valid val.de --valid val.en
      textseq train-translator pairs.tsv --text de --target en --shared
    """
    from textseq.rnn.data.dataset import Prepare
    from textseq.rnn.data.pairs import as_in, read_pairs, usable
    from textseq.rnn.models.translator import Translator

    check_valid_share(more.valid_share)
    chosen = choose_recipe(
        context, "translator", recipe, options, network, training, text,
        bundled=not files
    )  # fmt: skip
    how_to_write: TranslatorConfig = chosen.options
    check_bleu_tokenizer(how_to_write.bleu_tokenizer)
    if how_to_write.shared and target_vectors is not None:
        raise bad("--shared has one table of embeddings; give --vectors alone")
    if chosen.network.input == "one-hot" and (run.vectors, target_vectors) != (None, None):
        raise bad("--input one-hot takes no vectors")
    check_options(chosen.text)
    place = check_places(context, run, picture)
    if picture is not None:
        from textseq.pictures.figure import check_picture

        check_picture(picture)
    columns = tables.columns(text=text_column, target=target)
    flags = table_flags(context)
    if not files:
        if more.valid or more.test or flags:
            raise bad("--valid, --test and columns go with FILES")
        files, more = bundled_data(more, *TRANSLATION)
    if tables.table_kind is None:
        _check_files(files, more.valid, more.test)
        check_tables(flags, files)
    rows = row_options(tables.bad_rows)
    how = columns | rows
    first = read_pairs(files, Prepare(config=chosen.text), shared=how_to_write.shared, **how)
    parts = parts_of(
        first, more, lambda given: read_pairs(given, as_in(first), **as_first(how)),
        seed=chosen.training.seed, files=files,
    )  # fmt: skip
    to_train = usable(parts.train, how_to_write.max_length)
    n_left_out = len(parts.train) - len(to_train)
    if n_left_out and not run.quiet:
        left_out = many(n_left_out, "pair")
        say(f"left out: {left_out}, empty or of more than {how_to_write.max_length} tokens")
    model = Translator.for_dataset(
        to_train, chosen, vectors=vectors_to_begin_with(run),
        target_vectors=None if target_vectors is None else load_vectors(target_vectors),
    )  # fmt: skip
    model.info["columns"] = learnt_columns(columns, rows)
    train_and_save(context, model, to_train, parts.valid, chosen, place, run, show=shown_scores)
    scored, name = parts.scored
    show_judgement(model, scored, name, how_to_write, "pair", json=run.json)
    if picture is not None:
        from textseq.rnn.show.attention_picture import draw_attention

        drawn = _drawn(model, scored)
        if drawn:
            draw_attention(model.align(drawn, beam=how_to_write.beam), picture)
        if not run.quiet:
            shows = "shows the attention of one translation"
            say(f"{picture} {shows if drawn else 'is not drawn: no scored text has a token'}")
    if not run.quiet:
        where = f" --model {shlex.quote(str(run.out))}"
        say(f"next: echo 'some text' | textseq predict{where}")


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
    how_to_write: CaptionerConfig,
    unit: str,
    *,
    json: bool,
) -> None:
    """The scores of what beam search writes, and on a screen the first three texts."""
    from textseq.rnn.tasks.writing import as_line

    beam = how_to_write.beam
    search: dict[str, Any] = {"beam": beam, "length_penalty": how_to_write.length_penalty}
    report, how = model.report(scored, **search), f", beam {beam}"
    show_report(report, name, len(scored), unit, json=json, how=how, **search)
    if json:
        return
    data("")
    answers = model.answers(scored.select(range(min(3, len(scored)))), 3, **search)
    for answer, reference in zip(answers, model.references(scored), strict=False):
        data(f"{as_line(answer)}\t(reference: {' '.join(reference.split())})")


def _drawn(model: Any, scored: SequenceDataset) -> str:
    """The source text whose translation is drawn: the first one that is neither short nor long."""
    from textseq.rnn.models.translator import SOURCE
    from textseq.text.tokens.tokenizer import load_tokenizer

    lengths = scored.lengths[:, 0]
    fitting = [row for row in range(len(scored)) if 5 <= lengths[row] <= 20]
    row = fitting[0] if fitting else int(lengths.argmax())
    vocab, config = model.sides[SOURCE]
    return load_tokenizer(config).join(vocab.decode(scored[row].inputs))
