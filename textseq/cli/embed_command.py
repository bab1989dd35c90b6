"""The command `embed`: texts become vectors.

In: lines of files or of standard input, and word vectors. Out: one row for each line, in order: a
list of numbers in JSON on stdout, or a .npy file. How it is done is in vectors/text_vectors.py.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from textseq.cli.display import json_line, many, say
from textseq.cli.folders import load_vectors
from textseq.cli.options import VECTORS, Force, Json, Only, TextFiles, Vectors, bad, value_option
from textseq.cli.reading import inputs_of
from textseq.cli.vector_commands import Common, text_vectors
from textseq.config import TextConfig, TextVectorConfig, VectorFileConfig


def embed(
    files: TextFiles = None,
    *,
    how: TextVectorConfig,
    common: Common = None,
    out: Annotated[
        Path | None,
        value_option("FILE", "Write a .npy file (lines, dim) of float32 instead.", "--out", "-o"),
    ] = None,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    text: Annotated[TextConfig, Only("encoding", "errors")],
    json: Json = False,
    force: Force = False,
) -> None:
    """Print a vector for each line of text, as a list in JSON.

    Texts are cleaned and cut as the corpus of the vectors was. A line without a word that has a
    vector gets zeros.

    Examples:
      textseq embed reviews.txt --out reviews.npy
      textseq embed reviews.txt --method sif --common reviews.txt > vectors.jsonl
      echo 'the old king' | textseq embed | textseq nearest --numbers
    """
    if out is not None:
        if json:
            raise bad("--json is for standard output; --out writes a .npy file")
        if out.is_dir() or (out.exists() and not force):
            raise FileExistsError(f"{out} exists already; --force replaces it")
    from textseq.arrays import ArrayWriter
    from textseq.artifact import replaced
    from textseq.text.reading.corpus import read_line_lists

    asked = load_vectors(vectors, file)
    made = text_vectors(asked, how, common)
    n_lines = n_empty = 0
    with ExitStack() as opened:
        writer = None
        if out is not None:
            path = opened.enter_context(replaced(out))
            writer = opened.enter_context(ArrayWriter(path, "float32", (asked.dim,)))
        for lines in read_line_lists(inputs_of(files), text):
            rows = made.vectors(lines)
            n_lines, n_empty = n_lines + len(lines), n_empty + int((~rows.any(axis=1)).sum())
            if writer is not None:
                writer.append(rows)
                continue
            for line, row in zip(lines, rows, strict=True):
                vector = [float(str(x)) for x in row]  # as short as float32 allows
                json_line({"text": line, "vector": vector} if json else vector)
            sys.stdout.flush()  # for whoever waits for them
    if n_empty:
        say(f"textseq: {n_empty:,} of {many(n_lines, 'line')} have no word with a vector")
