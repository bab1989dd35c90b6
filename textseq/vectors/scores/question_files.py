"""Question files: analogies and rated pairs, in the layouts in which they are handed round.

In: a file of questions (as questions-words.txt, MSR's two files, pairs as in BATS), a folder of
them, or a file of rated pairs. Out: sections of questions; pairs with their ratings. Cells are
parted by tabs, semicolons, bars, commas or blanks, whichever fits all lines, and may be quoted.
Nothing is scored here.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

from textseq.packing import PACKED, read_chunks, unpacked, without_packing
from textseq.vectors.scores.pair_columns import (
    find_columns,
    is_index,
    is_label,
    is_pair,
    looks_like_names,
    parse_number,
)

# a, b, c and the answer; where several are right, all of them.
Question = tuple[str, str, str, str | tuple[str, ...]]
Pair = tuple[str, str, float]

_SEPARATORS = ("\t", ";", "|", ",", None)  # None: blanks
_QUESTIONS, _ANSWERS = ".questions", ".answers"  # of MSR
_HEADER_CELL = re.compile(r"(word|term|query|item|w|q)?[ _-]?[1-4a-d]")
# What the columns of pairs are called, besides word1 and word2.
_PAIR_NAMES = frozenset([
    ("source", "target"), ("src", "tgt"), ("from", "to"), ("word", "answer"), ("word", "answers"),
    ("question", "answer"), ("query", "answer"), ("left", "right"), ("input", "output"),
    ("first", "second"), ("first word", "second word"), ("base", "derived"), ("word", "target"),
    ("term", "answer"), ("singular", "plural"), ("source word", "target word"),
])  # fmt: skip


class _Line(NamedTuple):
    number: int
    text: str


def _lines(path: Path, *, comments: bool = False) -> Iterator[_Line]:
    """Numbered lines with something on them; lines end as in any system, CR alone too."""
    with path.open("rb") as file:
        data = b"".join(unpacked(str(path), read_chunks(file)))
    utf_16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # what spreadsheets call Unicode text
    try:
        text = data.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: byte {error.start:,} is not UTF-{16 if utf_16 else 8}") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and (comments or not _is_comment(line)):
            yield _Line(number, line.strip(" "))


def _is_comment(line: str) -> bool:
    return line.startswith(("#", "//"))


def _cells(line: str, separator: str | None) -> list[str]:
    """The cells of a line, without white space around them and without their quotes."""
    if separator is None:
        cells = line.split()
        quoted = [cell for cell in cells if len(cell) > 2 and cell[0] == cell[-1] == '"']
        return [cell[1:-1] for cell in cells] if len(quoted) == len(cells) else cells
    if '"' in line:
        try:
            cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
        except csv.Error:
            cells = []
        if len(cells) > 1:  # else a quote that is a character opened a cell and took all
            return [cell.strip() for cell in cells]
    return [cell.strip() for cell in line.split(separator)]


# ---- analogies


@dataclass(frozen=True)
class AnalogySection:
    """Questions of one kind: (a, b, c, d) for "a is to b as c is to d"; d may be several words."""

    name: str
    questions: tuple[Question, ...]


def read_analogies(path: str | os.PathLike[str]) -> list[AnalogySection]:
    """The sections of a file: ": name" lines, and lines of four words as in questions-words.txt.

    Lines of two words are pairs as in BATS ("bird", TAB, "wing/feather"): each asks for the second
    word of every other, and any of the words between slashes is right; the first of them stands in
    the question. Lines of three words need their answers in a file beside, as MSR's
    word_relationship.questions and .answers. A number or a label in front of four words is left
    out, or is the section's name. A folder is all its files, a section each. Questions before any
    ": name" are a section called "questions".
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(
            file
            for file in path.rglob("*.txt*")
            if without_packing(file.name).endswith(".txt") and file.is_file()
        )
        if not files:
            raise ValueError(f"{path}: there is no .txt in this folder")
        return [
            AnalogySection(_name_in_folder(file, section.name), section.questions)
            for file in files
            for section in _read_file(file)
        ]
    return _read_file(path)


def _name_in_folder(file: Path, section: str) -> str:
    stem = Path(without_packing(file.name)).stem
    return stem if section == "questions" else f"{stem}: {section}"


def _read_file(path: Path) -> list[AnalogySection]:
    suffix = Path(without_packing(path.name)).suffix
    if suffix == _ANSWERS and (beside := _beside(path, _QUESTIONS)) is not None:
        path, suffix = beside, _QUESTIONS
    lines = list(_lines(path))
    asked = [line for line in lines if not line.text.startswith(":")]
    n_cells, separator = _layout(asked)
    if n_cells == 3 and suffix == _QUESTIONS:
        return _read_two_files(path, asked)
    rows = {line.number: _cells(line.text, separator) for line in asked}
    if asked and n_cells in (2, 4, 5):
        first = rows[asked[0].number]
        is_header = _is_header if n_cells > 2 else _is_header_of_pairs
        if is_header(first[-4:], separator):
            del rows[asked[0].number]
            asked = asked[1:]
    front = [cells[0] for cells in rows.values()] if n_cells == 5 else []
    has_numbers, has_labels = is_index(front), is_label(front)
    sections: list[tuple[str, list[list[str]]]] = []
    for line in lines:
        if line.text.startswith(":"):
            sections.append((line.text[1:].strip(), []))
            continue
        cells = rows.get(line.number)
        if cells is None:
            continue
        if n_cells == 5 and (has_numbers or has_labels):
            name, cells = cells[0], cells[1:]
            if has_labels and (not sections or sections[-1][0] != name):
                sections.append((name, []))
        if len(cells) != 4 and n_cells != 2:
            raise _no_question(path, line, len(cells))
        if not sections:
            sections.append(("questions", []))
        sections[-1][1].append(cells)
    if n_cells == 2 and asked and max(len(cells) for _, cells in sections) < 2:
        raise _no_question(path, asked[0], 2)
    make = _of_pairs if n_cells == 2 else _of_fours
    made = [AnalogySection(name, make(cells)) for name, cells in sections]
    if not any(section.questions for section in made):
        raise ValueError(f"{path}: there are no questions in it")
    return made


def _layout(lines: Sequence[_Line]) -> tuple[int, str | None]:
    """How many cells all lines have, and what parts them; (0, None) where that differs."""
    for separator in _SEPARATORS:
        sizes = {len(_cells(line.text, separator)) for line in lines}
        if len(sizes) == 1 and sizes <= {2, 3, 4, 5}:
            return sizes.pop(), separator
    return 0, None


def _no_question(path: Path, line: _Line, n_words: int) -> ValueError:
    more = ""
    if n_words == 3:
        name = _named(path, _ANSWERS).name
        more = f"; where answers are in a file of their own, it is called {name}"
    elif n_words == 2:
        more = "; lines of pairs make questions from two lines on, if all are pairs"
    return ValueError(f"{path}: line {line.number:,} has {n_words} words; a question has 4{more}")


def _of_fours(rows: Sequence[Sequence[str]]) -> tuple[Question, ...]:
    return tuple((a, b, c, d) for a, b, c, d in rows)


def _of_pairs(rows: Sequence[Sequence[str]]) -> tuple[Question, ...]:
    """Each pair with every other one."""
    pairs = [(left, _alternatives(right)) for left, right in rows]
    return tuple(
        (a, b[0], c, d[0] if len(d) == 1 else d) for (a, b), (c, d) in permutations(pairs, 2)
    )


def _alternatives(cell: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in cell.split("/" if "/" in cell else ","))
    return tuple(filter(None, parts)) or (cell,)


def _named(path: Path, suffix: str) -> Path:
    """The file of the same name, less its packing, with another suffix."""
    return path.with_name(without_packing(path.name)).with_suffix(suffix)


def _beside(path: Path, suffix: str) -> Path | None:
    """The file beside another of this suffix, packed or not; None where there is none."""
    plain = _named(path, suffix)
    files = (plain.with_name(plain.name + packing) for packing in ("", *PACKED))
    return next((file for file in files if file.is_file()), None)


def _read_two_files(path: Path, asked: Sequence[_Line]) -> list[AnalogySection]:
    """Three words in one file, in the other what kind of question it is and the answer."""
    other = _beside(path, _ANSWERS)
    if other is None:
        raise _no_question(path, asked[0], 3)
    answers = list(_lines(other))
    if len(answers) != len(asked):
        raise ValueError(f"{path} has {len(asked)} questions, {other} has {len(answers)} answers")
    sections: dict[str, list[Question]] = {}
    for question, answer in zip(asked, answers, strict=True):
        a, b, c = question.text.split()
        kind, _, word = (
            answer.text.rpartition(" ")
            if "\t" not in answer.text
            else (answer.text.rpartition("\t"))
        )
        sections.setdefault(kind.strip() or "questions", []).append((a, b, c, word.strip()))
    return [AnalogySection(name, tuple(found)) for name, found in sections.items()]


def _is_header(cells: Sequence[str], separator: str | None) -> bool:
    """Whether the first row of a table has names: word1, word2 ... or a, b, c, d."""
    names = [cell.lower() for cell in cells]
    return separator is not None and (
        len(set(names)) == len(names) and all(map(_HEADER_CELL.fullmatch, names))
    )


def _is_header_of_pairs(cells: Sequence[str], separator: str | None) -> bool:
    """Whether the first pair is the names of the columns: word1 and word2, source and target."""
    one, other = (" ".join(re.split(r"[\s_-]+", cell.lower())) for cell in cells)
    if len(one) > 1 and one[-1:] + other[-1:] in ("12", "ab") and one[:-1] == other[:-1]:
        stem = one[:-1].rstrip()
        return bool(stem) and (
            one[-1] == "1" or stem != one[:-1] or bool(_HEADER_CELL.fullmatch(one))
        )
    return separator is not None and (one, other) in _PAIR_NAMES


# ---- rated pairs


class RatedPairs(NamedTuple):
    """Pairs with their ratings, and what a reader of the scores should know of how they were read.

    `notes` are sentences: which of several columns of numbers was taken, which line was left out.
    """

    pairs: list[Pair]
    notes: list[str]


def read_word_pairs(path: str | os.PathLike[str]) -> list[Pair]:
    """Rated pairs, as `read_rated_pairs` reads them, without its notes."""
    return read_rated_pairs(path).pairs


def read_rated_pairs(path: str | os.PathLike[str]) -> RatedPairs:
    """Rated pairs: two words and a number a line.

    The words are the columns that a header calls word1 and word2 (or whatever 1 and 2, a and b);
    without one the first two, behind a column that numbers the lines or has a few labels only. The
    rating is the column that a header calls score, rating, similarity, mean or the like, else the
    first of numbers behind the words (SimLex-999 has a column between them); it may have a decimal
    comma, in quotes where commas part the cells. The names stand in the first line, or in the last
    comment. A line that begins as a comment does and has two words and a rating as the others is a
    pair.

    ValueError with the line for one that has no rating, or a cell too many.
    """
    path = Path(path)
    lines = list(_lines(path, comments=True))
    rows = [line for line in lines if not _is_comment(line.text)]
    if not rows:
        raise ValueError(f"{path}: no line has two words and a number")

    def n_pairs(separator: str | None) -> int:
        first, *others = (is_pair(_cells(row.text, separator)) for row in rows)
        return 2 * sum(others) or first  # which may be a header

    separator = max(_SEPARATORS, key=n_pairs)
    table = [(row, _cells(row.text, separator)) for row in rows]
    notes: list[str] = []
    header: list[str] = []
    if len(table) > 1 or not is_pair(table[0][1]):
        is_header, is_sure = looks_like_names([cells for _, cells in table])
        if is_header:
            line, header = table.pop(0)
            if not is_sure and table:
                notes.append(
                    f"{path}: line {line.number:,}, {line.text[:60]!r}, is taken for the names of "
                    "the columns"
                )
    if not table:
        raise ValueError(f"{path}: no line has two words and a number")
    width = max(len(cells) for _, cells in table)
    if not header:
        before = [line.text for line in lines[: lines.index(rows[0])]]
        header = _cells(before[-1].lstrip("#/ "), separator) if before else []
        header = header if len(header) == width else []
    found = find_columns([cells for _, cells in table], header)
    if found.note:
        doubt = "; a number with a decimal comma needs quotes" if separator == "," else ""
        notes.append(f"{path}: {found.note}{doubt if not header else ''}")
    kept = {line.number for line, _ in table}
    pairs: list[Pair] = []
    for line in lines:
        cells = _cells(line.text, separator)
        words = [cells[place] if place < len(cells) else "" for place in found.words]
        rating = parse_number(cells, found.rating)
        if line.number not in kept:
            # A comment, or a word such as "#1": what has a rating where all others have it.
            is_row = _is_comment(line.text) and line.text.lstrip("#/")[:1] != " "
            if not is_row or len(cells) != width or rating is None or not all(words):
                continue
        if rating is None or not all(words):
            raise ValueError(
                f"{path}: line {line.number:,} is {line.text[:60]!r}, not two words and a number"
            )
        if separator == "," and _has_decimal_comma(cells, found.rating, header, width, table):
            raise ValueError(
                f"{path}: line {line.number:,} is {line.text[:60]!r}, which has a cell more than "
                "others; a number with a decimal comma needs quotes, or tabs between the cells"
            )
        pairs.append((words[0], words[1], rating))
    return RatedPairs(pairs, notes)


def _has_decimal_comma(
    cells: Sequence[str],
    place: int,
    header: Sequence[str],
    width: int,
    table: Sequence[tuple[_Line, Sequence[str]]],
) -> bool:
    """Whether the rating's digits go on in a cell for which the file has no column."""
    n_columns = len(header) or min(len(row) for _, row in table)
    return (
        len(cells) == n_columns + 1
        and all(cell.lstrip("-").isdigit() for cell in cells[place : place + 2])
        and place == n_columns - 1
    )
