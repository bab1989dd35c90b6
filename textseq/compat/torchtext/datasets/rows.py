"""Rows: how the files of a data set become what torchtext gives for it.

In: the path of a file that is there, packed or not. Out: tuples, lists or lines, one at a time.
ValueError names the file and the row of it that is none. All of it can be sent to the processes of
a DataLoader, wherever they are not forks: hence functions with names, and no closures.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from textseq.artifact import parse_json, short
from textseq.compat.torchtext.local_files import open_text, read_text

Cells = Sequence[str]
Rows = Callable[[Path], Iterator[Any]]


def csv_rows(
    make: Callable[[Cells], Any],
    *,
    separator: str = ",",
    quoted: bool = True,
    header: bool = False,
    keep: Callable[[Cells], bool] = bool,
) -> Rows:
    """`make` of the cells of each row that `keep` holds for; empty lines are no rows."""
    return partial(_made_of_csv, make, separator, quoted, header, keep)


def _made_of_csv(
    make: Callable[[Cells], Any],
    separator: str,
    quoted: bool,
    header: bool,
    keep: Callable[[Cells], bool],
    path: Path,
) -> Iterator[Any]:
    quoting: Any = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    with open_text(path) as lines:
        reader = csv.reader(lines, delimiter=separator, quoting=quoting)
        try:
            for cells in reader:
                if reader.line_num == 1 and header:
                    continue
                if keep(cells):
                    yield make(cells)
        except UnicodeDecodeError:
            raise
        except (csv.Error, ValueError, LookupError) as error:
            raise ValueError(
                f"{path}, line {reader.line_num:,} is no row of this data set: "
                f"{type(error).__name__}: {short(str(error))}"
            ) from None


def labelled(cells: Cells) -> tuple[int, str]:
    """The number in the first cell, and the others with a blank between them."""
    return int(cells[0]), " ".join(cells[1:])


def stripped_lines(path: Path) -> Iterator[str]:
    """The lines without their ends."""
    with open_text(path) as lines:
        for line in lines:
            yield line.rstrip("\n")


def whole_lines(path: Path) -> Iterator[str]:
    """The lines with their ends."""
    with open_text(path) as lines:
        yield from lines


def bare_lines(path: Path) -> Iterator[str]:
    """The lines without white space at either end."""
    return (line.strip() for line in whole_lines(path))


def column_sentences(separator: str) -> Rows:
    """For each block of lines its columns: words, then tags."""
    return partial(_sentences, separator)


def _sentences(separator: str, path: Path) -> Iterator[list[list[str]]]:
    columns: list[list[str]] = []
    for line in bare_lines(path):
        if not line:
            if columns:
                yield columns
            columns = []
            continue
        for place, cell in enumerate(line.split(separator)):
            if place == len(columns):
                columns.append([])
            columns[place].append(cell)
    if columns:
        yield columns


def squad_questions(path: Path) -> Iterator[tuple[str, str, list[str], list[int]]]:
    """Context, question, answers and where they begin; [""] and [-1] where there is no answer."""
    try:
        for article in parse_json(read_text(path))["data"]:
            for paragraph in article["paragraphs"]:
                for asked in paragraph["qas"]:
                    texts = [answer["text"] for answer in asked["answers"]] or [""]
                    starts = [answer["answer_start"] for answer in asked["answers"]] or [-1]
                    yield paragraph["context"], asked["question"], texts, starts
    except UnicodeDecodeError:
        raise
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(f"{path} is not SQuAD's JSON: {short(str(error))}") from None
