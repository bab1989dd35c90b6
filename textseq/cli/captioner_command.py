"""The command `train-captioner`: from rows of numbers, or images, with a text each, to a folder.

In: tables, a .npy array with a text, or a table that names image files (nothing: the bundled
scenes). Out: the model's folder, its scores and some texts on stdout. Reading, training and
scoring are the library's.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.bundled import SCENES
from textseq.cli.display import say
from textseq.cli.options import Defaults, Given, argument, bad, number_option, value_option
from textseq.cli.reading import check_options, sources_of
from textseq.cli.recipe_choice import choose_recipe
from textseq.cli.sequence_data import (
    OF_LINES,
    ONE_WAY,
    Parts,
    as_first,
    bundled_data,
    check_valid_share,
    parts_of,
    row_options,
)
from textseq.cli.sequence_training import (
    CAPTIONER,
    check_places,
    train_and_save,
    vectors_to_begin_with,
)
from textseq.cli.train_flags import DataFlags, RecipeFlags, RunFlags, TableFlags, column
from textseq.cli.translator_command import check_bleu_tokenizer, show_judgement, shown_scores
from textseq.config import CaptionerConfig, Recipe, RNNConfig, TextConfig, TrainConfig
from textseq.config.recipes import CAPTIONER as RECIPE

if TYPE_CHECKING:
    from textseq.text.reading.sources import TextSource


def train_captioner(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        argument(
            "FILES", "CSV, TSV or JSONL; or an array.npy and a text with a line for each row."
        ),
    ] = None,
    *,
    features: Annotated[
        str | None,
        value_option(
            "A,B,...", 'Columns of numbers, also "pixel*" (default: all but the caption).'
        ),
    ] = None,
    images: Annotated[
        Any,
        value_option(
            "COLUMN",
            "Instead: the column of image files, beside the table.",
            "--images",
            parser=column,
        ),
    ] = None,
    image_size: Annotated[int, number_option("Pixels a side that images get.", low=4)] = 32,
    grey: Annotated[bool, typer.Option("--grey/--colour", help="Look at grey images.")] = False,
    pixels: Annotated[
        str | None,
        value_option(
            "CxHxW", "The features are pixels of images: channels, height, width (1x8x8)."
        ),
    ] = None,
    caption: Annotated[
        Any, value_option("COLUMN", "That of the text.", "--caption", parser=column)
    ] = "caption",
    tables: TableFlags,
    more: DataFlags,
    run: Annotated[RunFlags, Defaults(RunFlags(CAPTIONER))],
    recipe: RecipeFlags,
    options: Given[CaptionerConfig],
    network: Annotated[Given[RNNConfig], Defaults(RECIPE.network), ONE_WAY],
    training: Annotated[Given[TrainConfig], Defaults(RECIPE.training)],
    text: Annotated[Given[TextConfig], Defaults(RECIPE.text), OF_LINES],
) -> None:
    """Train a captioner of numbers or images (one to many).

    Features are standardised with the mean and the spread that they have in training. A row out is
    a text, written word by word. Ctrl-C leaves a checkpoint.

    Examples:
      textseq train-captioner
      textseq train-captioner colors.csv --features r,g,b --caption name
      textseq train-captioner photos.csv --images file --caption text
    """
    from textseq.rnn.data.images import image_shape
    from textseq.rnn.models.captioner import Captioner

    check_valid_share(more.valid_share)
    chosen = choose_recipe(context, "captioner", recipe, options, network, training, text)
    how_to_write: CaptionerConfig = chosen.options
    check_bleu_tokenizer(how_to_write.bleu_tokenizer)
    if images is not None and (features is not None or pixels is not None):
        raise bad("--images takes the place of --features and --pixels")
    if run.vectors is not None and chosen.network.input == "one-hot":
        raise bad("--input one-hot takes no --vectors")
    shape = None if images is None else image_shape(image_size, 1 if grey else 3)
    check_options(chosen.text)
    place = check_places(context, run)
    columns = tables.columns(features=features, caption=caption, image_column=images)
    rows = row_options(tables.bad_rows)
    if not files:
        if more.valid or more.test or columns != {"caption": "caption"} or pixels is not None:
            raise bad("without FILES the bundled scenes are read, which have columns of their own")
        files, more = bundled_data(more, SCENES)
    with sources_of(files, twice=True) as sources:  # for the columns, and for the rows
        learnt = _learnt(sources, columns, chosen.text)
        parts = _read(sources, more, chosen, columns | rows, shape)
    model = Captioner.for_dataset(
        parts.train,
        chosen,
        image=shape if pixels is None else _pixels(pixels),
        vectors=vectors_to_begin_with(run),
    )
    model.info["columns"] = rows["seen"] | learnt
    train_and_save(context, model, parts.train, parts.valid, chosen, place, run, show=shown_scores)
    scored, name = parts.scored
    show_judgement(model, scored, name, how_to_write, "row", json=run.json)
    if not run.quiet:
        where = f" --model {shlex.quote(str(run.out))}"
        say(f"next: textseq predict {shlex.quote(files[0])}{where}")


def _read(
    sources: list[TextSource],
    more: DataFlags,
    recipe: Recipe[Any],
    columns: dict[str, Any],
    shape: Any,
) -> Parts:
    """Rows to train on, to validate on and perhaps to test on, under the Vocab of the first."""
    from textseq.rnn.data.captioned import read_captioned

    first = read_captioned(sources, recipe.text, image=shape, **columns)
    files = [source.name for source in sources]
    if not len(first):
        raise ValueError(f"no rows in {', '.join(files)}")
    like = {"image": shape, "vocab": first.target_vocab, **as_first(columns)}
    made = first.target_text_config
    return parts_of(
        first, more, lambda given: read_captioned(given, made, **like),
        seed=recipe.training.seed, files=files,
    )  # fmt: skip


def _pixels(given: str) -> Any:
    from textseq.rnn.data.images import ImageShape

    parts = given.lower().split("x")
    if len(parts) != 3 or not all(part.isdecimal() and int(part) for part in parts):
        raise bad(f"--pixels is {given!r}; channels x height x width work, such as 1x8x8")
    return ImageShape(*map(int, parts))


_HOW = ("header", "quoted", "table", "separator")


def _learnt(
    sources: list[TextSource], columns: dict[str, Any], config: TextConfig
) -> dict[str, Any]:
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
