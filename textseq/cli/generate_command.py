"""The command `generate`: text that a trained language model goes on with.

In: the folder of a language model, and prompts. Out: text on stdout as it is made. Choosing tokens
is the library's.
"""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path
from typing import Annotated

from textseq.cli.display import json_line, say
from textseq.cli.folders import default_folder
from textseq.cli.options import (
    Json,
    Only,
    Quiet,
    argument,
    bad,
    choice_option,
    kebab,
    number_option,
    value_option,
)
from textseq.cli.train_flags import TableFlags, check_tables
from textseq.cli.trained_model import TextGiven, input_reader
from textseq.config import LARGEST_SEED, OptionError, TextConfig

MODEL = default_folder("lm")


def generate(
    files: Annotated[
        list[str] | None,
        argument("FILES", "Prompts: each line of text (-: standard input), or a column of tables."),
    ] = None,
    *,
    prompt: Annotated[
        str | None, value_option("TEXT", "What is gone on from (-: each line).", "--prompt", "-p")
    ] = None,
    text_column: TextGiven = None,
    tables: TableFlags,
    model: Annotated[
        Path, value_option("FOLDER", "What `train-lm` wrote.", "--model", "-m")
    ] = MODEL,
    n: Annotated[int, number_option("How many texts.", "--samples", "-n", low=1)] = 1,
    max_tokens: Annotated[int, number_option("Tokens of a text, at most.", low=1)] = 200,
    temperature: Annotated[
        float, number_option("Below 1: safer, above: bolder; 0: greedy.", kind=float, low=0)
    ] = 0.8,
    top_k: Annotated[
        int | None, number_option("Only the N most likely tokens (default: all).", low=1)
    ] = None,
    top_p: Annotated[
        float, number_option("Only the likeliest tokens of this share.", kind=float, low=None)
    ] = 1.0,
    stop_at: Annotated[
        str,
        choice_option(
            "--stop-at", ("eos", "none"), "End a text with its line, or go on to --max-tokens."
        ),
    ] = "eos",
    seed: Annotated[int, number_option("The same seed, the same text.", low=0)] = 1,
    device: Annotated[
        str, choice_option("--device", ("auto", "cpu", "cuda"), "Where it runs.")
    ] = "cpu",
    text: Annotated[TextConfig, Only("encoding", "errors")],
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Generate text with a trained language model.

    The prompt is printed first, then what follows, as it is made. The samples of one seed differ,
    and the first ones stay the same if more are wanted. Each line of FILES is a prompt, of tables
    (.tsv, .csv, .jsonl) each row of the column --text, by default the one that training read, or
    else "text". An empty one is the beginning of a line. --prompt - takes each line of standard
    input.

    Examples:
      textseq generate --prompt 'the king' --temperature 0.7 -n 5
      textseq generate -m ./plays -p 'ROMEO:' --stop-at none --max-tokens 500
      textseq generate --prompt - --top-p 0.9 --json < beginnings.txt
      textseq generate beginnings.txt -n 3 --json
      textseq generate plays.csv --text beginning --max-tokens 50
    """
    from textseq.rnn.layers.decoding import Sampling
    from textseq.rnn.models.language_model import LanguageModel
    from textseq.rnn.models.prompt import read_prompt
    from textseq.rnn.tasks.language import LanguagePipeline
    from textseq.rnn.training.fit import pick_torch_device

    columns = {
        "text": text_column, "header": tables.header, "quoted": tables.quoted,
        "separator": tables.separator, "bad_rows": tables.bad_rows,
    }  # fmt: skip
    if files and prompt is not None:
        raise bad(f"--prompt {prompt!r} and FILES were given; the prompts are one or the other")
    files = ["-"] if prompt == "-" else files or []
    if tables.table_kind is None:
        given_flags = [kebab(name) for name, value in columns.items() if value is not None]
        check_tables(given_flags, files)
    columns["table"] = tables.table_kind
    try:
        sampling = Sampling(temperature, top_k, top_p)
    except OptionError as error:
        raise bad(f"{kebab(error.option)} {error.problem}") from None
    loaded = LanguageModel.load(model, str(pick_torch_device(device)))
    read = input_reader(LanguagePipeline(loaded), columns, text)
    prompts = read(files) if files else [prompt or ""]
    for given in prompts:
        begun = read_prompt(loaded, given)
        if begun.unknown and not quiet:
            say(f"textseq: not in the vocabulary: {', '.join(dict.fromkeys(begun.unknown))}")
        for sample in range(n):
            # Texts of neighbouring seeds must not be each other's samples.
            number_ = (seed * 1_000_003 + sample) % (LARGEST_SEED + 1)
            pieces = begun.go_on(
                sampling, max_tokens=max_tokens, seed=number_, stop_at_eos=stop_at == "eos"
            )
            if json:
                json_line({"prompt": given, "sample": sample, "text": begun.text + "".join(pieces)})
            else:
                for piece in chain([begun.text], pieces, ["\n"]):
                    _put(piece)
                if stop_at == "none" and sample < n - 1:
                    _put("\n")  # an empty line between texts of several lines


def _put(text: str) -> None:
    """Text on stdout, at once."""
    sys.stdout.write(text)
    sys.stdout.flush()
