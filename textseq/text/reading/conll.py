"""Sentences that are cut into tokens already, each with its tag: CoNLL-U and CoNLL columns.

In: files with one token a line and an empty line behind each sentence. Out: `Sentence`s. Trees
(heads, relations) are not read. How the columns of a file are written is found in column_layout.py;
ids are made in text/encode_tokens.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple, TypedDict, Unpack

from textseq.advice import advise
from textseq.config import TextConfig
from textseq.keywords import only_options
from textseq.text.notices import notify
from textseq.text.reading.column_layout import (
    BLANK,
    DOCUMENT,
    HEAD_LINES,
    PLUS,
    ColumnLayout,
    is_conllu,
    may_differ,
    split_at_blanks,
    split_row_ends,
)
from textseq.text.reading.corpus import Inputs, TextSource, find_sources, read_lines_of
from textseq.text.reading.quotes import cut_row
from textseq.text.reading.sources import name_sources

CONLLU_COLUMNS = (
    "id",
    "form",
    "lemma",
    "upos",
    "xpos",
    "feats",
    "head",
    "deprel",
    "deps",
    "misc",
)
# Columns that are lists, where "_" is the empty one and says that there is nothing; in all others
# it says that nothing is known.
EMPTY_MEANS_NONE = ("feats", "deps", "misc")

_NO_TEXT = "\ufeff\ufffe\uffff \t"  # WNUT-17's development data ends in a line of U+FFFF


class Sentence(NamedTuple):
    """Tokens and as many tags."""

    tokens: list[str]
    tags: list[str]


# ---- CoNLL-U


def read_conllu(
    inputs: Inputs, config: TextConfig, *, tags: str = "upos", form: str = "form"
) -> Iterator[Sentence]:
    """The sentences of CoNLL-U files: the columns `form` and `tags` of each syntactic word.

    A first line `# global.columns = ...` names other columns (CoNLL-U Plus). The lines of multiword
    tokens (id 3-4) and of empty nodes (id 8.1) are left out. Raises ValueError, with file and line,
    for a line with another number of columns or with an empty tag; and for a file whose tags are
    all "_". Where both columns are the same one, no tags are asked for.
    """
    sources = find_sources(inputs)
    named = {tags.lower(), form.lower()}
    if not named <= set(CONLLU_COLUMNS) and not any(
        _may_name_columns(source, config) for source in sources
    ):
        wrong = next(name for name in (form, tags) if name.lower() not in CONLLU_COLUMNS)
        where, others = name_sources(sources), ", ".join(CONLLU_COLUMNS)
        raise ValueError(f"{where}: CoNLL-U has no column {wrong!r}; {others}")
    return (
        sentence
        for source in sources
        for sentence in parse_conllu(
            source.name, read_lines_of([source], config), tags=tags, form=form
        )
    )


def _may_name_columns(source: TextSource, config: TextConfig) -> bool:
    """Whether a file is CoNLL-U Plus; of what can be read only once, that is seen later."""
    return source.once or next(read_lines_of([source], config), "").startswith(PLUS)


def parse_conllu(
    name: str, lines: Iterable[str], *, tags: str = "upos", form: str = "form"
) -> Iterator[Sentence]:
    """The sentences of one file, whose lines these are; see `read_conllu`."""
    tags, form = tags.lower(), form.lower()
    columns: tuple[str, ...] = CONLLU_COLUMNS
    places = _places(columns, form, tags, name, 0)
    n_words, tagged = 0, tags == form
    begun = Sentence([], [])
    for number, line in enumerate(split_row_ends(iter(lines)), 1):
        if not line.strip(" \t"):
            if begun.tokens:
                yield begun
                begun = Sentence([], [])
            continue
        if line[0] == "#":
            if line.startswith(PLUS):
                columns = tuple(line.removeprefix(PLUS).lower().split())
                places = _places(columns, form, tags, name, number)
            continue
        cells = line.split("\t")
        if len(cells) != len(columns):
            format = "CoNLL-U" if columns == CONLLU_COLUMNS else "the first line"
            raise ValueError(
                f"{name}, line {number}: {len(cells)} columns between tabs; {format} has "
                f"{len(columns)}"
            )
        if places is None:
            raise ValueError(
                f"{name}, line {number}: CoNLL-U has no column {form!r} or none {tags!r}; "
                f"{', '.join(CONLLU_COLUMNS)}"
            )
        token_place, tag_place, id_place = places
        if id_place is not None and ("-" in cells[id_place] or "." in cells[id_place]):
            continue
        if not n_words and id_place is not None and cells[id_place].casefold() == "id":
            notify(f"{name}, line {number}: left out as the names of the columns")
            continue
        tag = cells[tag_place]
        if not tag.strip() and tags != form:
            raise ValueError(f"{name}, line {number}: {_missing(tags)}")
        n_words += 1
        tagged = tagged or tag != "_"
        begun.tokens.append(cells[token_place])
        begun.tags.append(tag)
    if begun.tokens:
        yield begun
    if n_words and not tagged:
        raise ValueError(
            f"{name}: the tags are missing: the column {tags!r} is '_' for each of the "
            f"{n_words} words; fill it in, or name another column"
        )


def _places(
    columns: Sequence[str], form: str, tags: str, name: str, number: int
) -> tuple[int, int, int | None] | None:
    """Where token, tag and id stand; None where CoNLL-U has no such column, unless a line says."""
    for column in (form, tags):
        if column not in columns:
            if columns == CONLLU_COLUMNS:
                return None
            raise ValueError(
                f"{name}, line {number}: there is no column {column!r}; {', '.join(columns)}"
            )
    return (
        columns.index(form),
        columns.index(tags),
        columns.index("id") if "id" in columns else None,
    )


# ---- columns


class ConllColumns(NamedTuple):
    """Which columns are read and how they are written; see ConllOptions."""

    token: int = 0
    tag: int = -1
    separator: str | None = None
    strip_prefix: str = ""
    comment: str | None = None


class ConllOptions(TypedDict, total=False):
    """Which columns of a file are read, and how they are written.

    `token` and `tag`: the numbers of the columns (default: 0, and -1, the last one). `separator`:
    None for tabs where each line has them, else for spaces and tabs, which "blank" means in any
    case. `strip_prefix` is taken off the tokens that begin with it. `comment`: what begins lines
    that are no tokens, "" for none; None: "#", where the line does not fit the others (a notice
    says how many there were).
    """

    token: int
    tag: int
    separator: str | None
    strip_prefix: str
    comment: str | None


@only_options(ConllOptions)
def read_conll(
    inputs: Inputs, config: TextConfig, **columns: Unpack[ConllOptions]
) -> Iterator[Sentence]:
    """The sentences of files in columns: one of tokens and one of tags; see ConllOptions.

    -DOCSTART- lines are left out, and a first line of names such as word and tag, the tag of no
    other line (a notice says so), also where it stands again; one that only looks like it gets a
    notice. Raises ValueError, with file and line, for a line with another number of columns than
    the others or with an empty tag, and for CoNLL-U; where both columns are the same one, no tags
    are asked for.
    """
    read = ConllColumns(**columns)
    return (
        sentence
        for source in find_sources(inputs)
        for sentence in parse_columns(source.name, read_lines_of([source], config), read)
    )


def parse_columns(name: str, lines: Iterator[str], columns: ConllColumns) -> Iterator[Sentence]:
    """The sentences of one file, whose lines these are; see `read_conll`."""
    token, tag, _, prefix, comment = columns
    lines = split_row_ends(lines)
    head = list(islice(lines, HEAD_LINES))
    layout = ColumnLayout(head, columns.separator, comment, tag, token)
    if token == 0:
        _check_tokens(name, head, layout)
    if layout.header is not None:
        shown = ", ".join(map(repr, layout.cut(head[layout.header])[:5]))
        notify(f"{name}, line {layout.header + 1}: left out as the names of the columns: {shown}")
    elif layout.likely_header is not None and tag != token:
        shown = ", ".join(map(repr, layout.cut(head[layout.likely_header])[:5]))
        notify(
            f"{name}, line {layout.likely_header + 1} looks like the names of the columns "
            f"({shown}), and is read as a token and its tag; if it names them, take it out"
        )
    header = None if layout.header is None else head[layout.header]
    n_headers = 0
    cut, n_columns = layout.cut, layout.n_columns
    # What most lines do not begin with, so that they need no closer look.
    marks = {(comment or "#")[0], DOCUMENT[0]}
    with_tags, stripped = tag != token, layout.stripped
    n_comments, first_comment = 0, ""
    begun = Sentence([], [])
    for number, line in enumerate(chain(head, lines), 1):
        if not line.strip(" \t") or line == header:
            n_headers += line == header
            if begun.tokens:
                yield begun
                begun = Sentence([], [])
            continue
        if line[0] in marks:
            if line.startswith(DOCUMENT):
                continue
            if layout.is_comment(line, at_start=not begun.tokens):
                n_comments += 1
                first_comment = first_comment or f"line {number}: {line[:40]!r}"
                continue
        cells = cut(line)
        while len(cells) > n_columns and not cells[-1].strip(" "):
            cells.pop()  # a tab too many at the end shifts nothing
        if len(cells) != n_columns:
            if not line.strip(_NO_TEXT):
                continue
            if begun.tokens or not may_differ(len(cells), n_columns, token, tag):
                why = _other_number(line, len(cells), n_columns, layout)
                if n_columns == 1 or len(cells) == 1:
                    why += _right_separator(head, columns, layout)
                raise ValueError(f"{name}, line {number}: " + why)
            n_columns = len(cells)
        try:
            word, label = cells[token], cells[tag]
        except IndexError:
            why = _too_few(len(cells), columns) + _right_separator(head, columns, layout)
            raise ValueError(f"{name}, line {number}: " + why) from None
        if with_tags:
            label = label.strip()
            if not label or n_columns == 1:
                why = _missing(tag)
                if n_columns == 1:
                    why = _too_few(1, columns) + _right_separator(head, columns, layout)
                raise ValueError(f"{name}, line {number}: " + why)
        if stripped:
            word = word.strip(" ") or word  # but a token may be a blank
        begun.tokens.append(word.removeprefix(prefix) if prefix else word)
        begun.tags.append(label)
    if begun.tokens:
        yield begun
    if n_headers > 1:
        notify(
            f"{name}: the names of the columns stand there {n_headers:,} times; all were left out"
        )
    if n_comments and comment is None:
        lines_are = "1 line that begins" if n_comments == 1 else f"{n_comments:,} lines that begin"
        were = "was" if n_comments == 1 else "were"
        notice = f"{name}: {lines_are} with # {were} left out as comments ({first_comment})"
        keeps = "; " + advise("comment", "") + " keeps them as tokens"
        notify(notice + (keeps if layout.comments_fit else ""))


def _check_tokens(name: str, head: Sequence[str], layout: ColumnLayout) -> None:
    """ValueError for a file whose first column cannot be tokens."""
    if is_conllu(head):
        reads = advise("format", "conllu") + " reads it"
        raise ValueError(f"{name}: this is CoNLL-U, not columns; " + reads)
    why = layout.why_no_tokens(head)
    if why is not None:
        named = "name the column of the tokens, such as " + advise("token", 1)
        raise ValueError(f"{name}: column 0 {why}; " + named)


def _missing(column: str | int) -> str:
    return f"the tag is missing: column {column} is empty; fill it in, or leave the sentence out"


def _too_few(n_columns: int, columns: ConllColumns) -> str:
    return f"{n_columns} columns; columns {columns.token} and {columns.tag} are asked for"


def _right_separator(head: Sequence[str], columns: ConllColumns, layout: ColumnLayout) -> str:
    """What to say of the separator that nearly all lines have; nothing where there is none."""
    rows = [line for line in head if line.strip(_NO_TEXT) and line[0] not in "#-"] or head
    for separator in ("\t", BLANK, ",", ";", "|"):
        cells = [
            split_at_blanks(row) if separator == BLANK else cut_row(row, separator) for row in rows
        ]
        ((n_columns, n_rows),) = Counter(map(len, cells)).most_common(1) or ((0, 0),)
        fits = all(-n_columns <= place < n_columns for place in (columns.token, columns.tag))
        if separator != layout.separator and n_columns > 1 and fits and n_rows >= 0.9 * len(rows):
            return "; " + advise("separator", separator) + " fits these lines"
    return ""


def _other_number(line: str, n_columns: int, others: int, layout: ColumnLayout) -> str:
    between = " between tabs" if layout.separator == "\t" else ""
    text = f"{n_columns} columns{between}; the lines before have {others}"
    if layout.separator == BLANK and "\t" in line:
        return f"{text}; " + advise("separator", "\t") + " cuts at tabs alone"
    if layout.stripped and " " in line:
        return f"{text}; " + advise("separator", BLANK) + " cuts at spaces too"
    if line.startswith("#"):
        return f"{text}; " + advise("comment", "#") + " leaves such lines out"
    return text
