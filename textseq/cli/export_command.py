"""The command that gives a model away: export.

In: the folder of a classifier. Out: an ONNX file for programs without torch. What the ids and the
labels are stays in the model's folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from textseq.cli.display import say
from textseq.cli.options import Force, Quiet, bad
from textseq.cli.sequence_training import CLASSIFIER


def export(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A folder that train-classifier has written.")
    ] = CLASSIFIER,
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Where the ONNX file goes.")
    ] = Path("textseq-classifier.onnx"),
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Write a classifier as an ONNX file.

    Its inputs are ids (B, T) and lengths (B,), its output the probabilities (B, C).

    Examples:
      textseq export
      textseq export ./my-classifier --out my-classifier.onnx
    """
    from textseq.rnn.export import export_onnx
    from textseq.rnn.model import SequenceModel

    if out.suffix != ".onnx":
        raise bad(f"--out {out} does not end in .onnx")
    if out.exists() and not force:
        raise FileExistsError(f"{out} exists already; choose another name or overwrite it")
    export_onnx(SequenceModel.load(model), out, overwrite=force)
    if not quiet:
        say(f"{out}; the words of the ids are in {model}/source/vocab.txt, the labels in "
            f"{model}/labels/vocab.txt")  # fmt: skip
