"""The command `train-tagger`: from tagged sentences to a folder that tags words.

In: CoNLL-U or columns of tokens and tags (nothing: the bundled sentences), options, word vectors.
Out: the model's folder, and its scores on stdout where there is something to score it on. Reading,
training and scoring are the library's.
"""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from textseq.bundled import SPANS, TAGGED
from textseq.cli.display import say
from textseq.cli.options import Defaults, Given, Only, argument, bad, choice_option
from textseq.cli.reading import check_options
from textseq.cli.recipe_choice import choose_recipe
from textseq.cli.score_display import show_report
from textseq.cli.sequence_data import (
    bundled_data,
    check_valid_share,
    say_why_no_spans,
    tagged_parts,
)
from textseq.cli.sequence_training import (
    TAGGER,
    check_places,
    train_and_save,
    vectors_to_begin_with,
)
from textseq.cli.train_flags import DataFlags, RecipeFlags, RunFlags, TagFlags
from textseq.config import RNNConfig, TaggerConfig, TextConfig, TrainConfig, recipes

BUNDLED = {"tagged": TAGGED, "spans": SPANS}


def train_tagger(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        argument("FILES", "CoNLL-U, or a token and its tag a line; packed ones too."),
    ] = None,
    *,
    own_data: Annotated[
        str | None,
        choice_option(
            "--bundled",
            tuple(BUNDLED),
            "Without FILES: parts of speech (default), or names in BIO.",
            show_default=False,
        ),
    ] = None,
    written: TagFlags,
    more: DataFlags,
    run: Annotated[RunFlags, Defaults(RunFlags(TAGGER))],
    recipe: RecipeFlags,
    options: Given[TaggerConfig],
    network: Given[RNNConfig],
    training: Given[TrainConfig],
    text: Annotated[
        Given[TextConfig],
        Defaults(recipes.TAGGER.text),
        Only("clean", "tokenizer", "min_count", "max_vocab", "encoding", "errors"),
    ],
) -> None:
    """Train a tagger of words (many to many, in step).

    Parts of speech, or spans such as names in BIO, IOB1, BIOES, BMES or BILOU; for spans a CRF
    chooses the tags of a sentence together. --tokenizer is for the text that `predict` gets. Ctrl-C
    leaves a checkpoint.

    Examples:
      textseq train-tagger
      textseq train-tagger --bundled spans
      textseq train-tagger train.conllu --valid dev.conllu --tags xpos
      textseq train-tagger ner.txt --tag 3 --vectors ./textseq-vectors --lower
    """
    from textseq.rnn.models.tagger import Tagger

    check_valid_share(more.valid_share)
    chosen = choose_recipe(context, "tagger", recipe, options, network, training, text)
    if run.vectors is not None and chosen.network.input == "one-hot":
        raise bad("--input one-hot takes no --vectors")
    if files and own_data:
        raise bad("--bundled is for training without FILES")
    check_options(chosen.text)
    place = check_places(context, run)
    columns = written.columns()
    if not files:
        columns["format"] = "auto"
        files, more = bundled_data(more, BUNDLED[own_data or "tagged"])
    parts = tagged_parts(files, more, chosen.text, columns, seed=chosen.training.seed)
    model = Tagger.for_dataset(parts.train, chosen, vectors=vectors_to_begin_with(run))
    say_why_no_spans(model, parts.train)
    model.info["columns"] = {name: value for name, value in columns.items() if value is not None}
    train_and_save(context, model, parts.train, parts.valid, chosen, place, run, show=shown)
    scored, name = parts.scored
    show_report(model.report(scored), name, len(scored), "sentence", json=run.json)
    if not (run.quiet or run.json):
        say(f"next: echo 'Some text to tag.' | textseq predict --model {shlex.quote(str(run.out))}")


def shown(scores: dict[str, float]) -> str:
    """The scores of an epoch in a few words."""
    words = f"accuracy {scores['accuracy']:.4f}"
    if "f1" in scores:
        return f"span F1 {scores['f1']:.4f}  {words}"
    if "accuracy_unknown" in scores:
        return f"{words}  of unknown words {scores['accuracy_unknown']:.4f}"
    return words
