"""The command that gives a model away: export.

In: the folder of a classifier, a tagger or a language model. Out: an ONNX file for programs without
torch. What its ids stand for stays in the model's folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from textseq.cli.display import say
from textseq.cli.options import Force, Quiet, argument, bad, value_option
from textseq.cli.trained_model import usual_model


def export(
    model: Annotated[
        Path | None,
        argument(
            "MODEL", "What train-classifier, -tagger or -lm wrote (default: the one that is here)."
        ),
    ] = None,
    *,
    out: Annotated[
        Path | None,
        value_option(
            "FILE", "Where the ONNX file goes (default: here, named like the model).", "--out", "-o"
        ),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Write a trained network as an ONNX file.

    Its inputs are ids (B, T) and lengths (B,), of a tagger the spelling of words too, of a language
    model ids and a state; its outputs probabilities, and of a language model their logarithms and
    the state to go on from. A tagger with a CRF gives scores, and those of the steps between tags.

    Examples:
      textseq export
      textseq export ./my-tagger --out my-tagger.onnx
    """
    from textseq.rnn.models.model import SequenceModel
    from textseq.rnn.show.export import export_onnx

    folder = usual_model() if model is None else model
    place = Path(f"{folder.resolve().name}.onnx") if out is None else out
    if place.suffix != ".onnx":
        raise bad(f"--out {place} does not end in .onnx")
    if place.exists() and not force:
        raise FileExistsError(f"{place} exists already; choose another name or overwrite it")
    loaded = SequenceModel.load(folder)
    export_onnx(loaded, place, overwrite=force)
    if not quiet:
        where = " and ".join(f"{folder}/{side}/vocab.txt" for side in loaded.sides)
        say(f"{place}; its ids are lines of {where}")
