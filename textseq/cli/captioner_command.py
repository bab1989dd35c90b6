"""The command `train-captioner`: from rows of numbers, or images, with a text each, to a folder.

In: tables, a .npy array with a text, or a table that names image files (nothing: the bundled
scenes). Out: the model's folder, its scores and some texts on stdout. Reading, training and
scoring are the library's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from textseq.cli.options import bad, number_option, value_option
from textseq.cli.train_command import CommandLine, train_command
from textseq.cli.train_flags import TableFlags, column
from textseq.cli.train_writer import TrainWriter
from textseq.config import Recipe
from textseq.config.tasks import CAPTIONER


@dataclass(repr=False, eq=False)
class TrainCaptioner(TrainWriter):
    """Train a captioner of numbers or images (one to many).

    Features are standardised with the mean and the spread that they have in training. A row out is
    a text, written word by word. Ctrl-C leaves a checkpoint.

    Examples:
      textseq train-captioner
      textseq train-captioner colors.csv --features r,g,b --caption name
      textseq train-captioner photos.csv --images file --caption text
    """

    model = "captioner"
    recipe = CAPTIONER
    name = "captioner"
    unit = "row"
    files = "CSV, TSV or JSONL; or an array.npy and a text with a line for each row."
    next = "textseq predict {file} --model {out}"

    features: Annotated[
        str | None,
        value_option(
            "A,B,...", 'Columns of numbers, also "pixel*" (default: all but the caption).'
        ),
    ] = None
    images: Annotated[
        Any,
        value_option(
            "COLUMN",
            "Instead: the column of image files, beside the table.",
            "--images",
            parser=column,
        ),
    ] = None
    image_size: Annotated[int, number_option("Pixels a side that images get.", low=4)] = 32
    grey: Annotated[bool, typer.Option("--grey/--colour", help="Look at grey images.")] = False
    pixels: Annotated[
        str | None,
        value_option(
            "CxHxW", "The features are pixels of images: channels, height, width (1x8x8)."
        ),
    ] = None
    caption: Annotated[
        Any, value_option("COLUMN", "That of the text.", "--caption", parser=column)
    ] = "caption"

    def check(self, line: CommandLine) -> None:
        """Numbers or images, and columns only of files."""
        super().check(line)
        if self.images is not None and (self.features is not None or self.pixels is not None):
            raise bad("--images takes the place of --features and --pixels")
        own = line.more.valid or line.more.test or self.pixels is not None
        if not line.files and (own or self.columns(*line.written) != {"caption": "caption"}):
            raise bad("without FILES the bundled scenes are read, which have columns of their own")
        if self.pixels is not None:
            _pixels(self.pixels)

    def columns(self, tables: TableFlags) -> dict[str, Any]:
        """Numbers, or images, and a text."""
        of_images = {} if self.images is None else {"image": self._shape}
        named = {"features": self.features, "image_column": self.images}
        return tables.columns(caption=self.caption, **named) | of_images

    @property
    def _shape(self) -> Any:
        """That of images, as they are read."""
        from textseq.rnn.data.images import image_shape

        return image_shape(self.image_size, 1 if self.grey else 3)

    def of_model(self, recipe: Recipe[Any]) -> dict[str, Any]:
        """The shape of images."""
        if self.pixels is not None:
            return {"image": _pixels(self.pixels)}
        return {"image": None if self.images is None else self._shape}


train_captioner = train_command(TrainCaptioner)


def _pixels(given: str) -> Any:
    from textseq.rnn.data.images import ImageShape

    parts = given.lower().split("x")
    if len(parts) != 3 or not all(part.isdecimal() and int(part) for part in parts):
        raise bad(f"--pixels is {given!r}; channels x height x width work, such as 1x8x8")
    return ImageShape(*map(int, parts))
