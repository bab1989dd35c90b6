"""Column layout: what the first lines of a file with one token a line say of all the others.

In: lines. Out: whether they are CoNLL-U; else what stands between their columns, how many there
are, and which lines that begin with # are comments. No sentence is made here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from textseq.text.reading.quotes import cut_row, parse_simple_row

HEAD_LINES = 1000
BLANK = "blank"  # the separator of columns that any spaces and tabs stand between
DOCUMENT = "-DOCSTART-"
PLUS = "# global.columns ="  # the first line of CoNLL-U Plus, which names its columns

_BLANKS = re.compile(r"[ \t]+")  # and no other white space: a token may be a no-break space
_ID = re.compile(r"[0-9]{1,9}([-.][0-9]+)?")
_FIRST_ID = re.compile(r"1(-[0-9]+)?|0\.1")
_DOCUMENTS = ("#begin document", "#end document")  # of CoNLL-2011 and -2012
_SPAN_TAG = re.compile(r"O|[BIESMLU][-_].+")
_N_CONLLU = 10
# CoNLL-2005, -2009 and -2012 have a column for each predicate of a sentence behind so many others.
_WITH_ROLES = 6
# What the columns are called where the first line names them.
# fmt: off
_NAMES = frozenset((
    "bio", "chunk", "deprel", "entity", "feats", "form", "head", "id", "idx", "index", "iob",
    "label", "labels", "lemma", "ner", "ner_tag", "ner_tags", "ner-tag", "pos", "pos_tag",
    "pos_tags", "pos-tag", "postag", "sent_id", "sentence", "sentence_id", "tag", "tags", "text",
    "tok", "token", "tokens", "toks", "upos", "upostag", "word", "words", "xpos", "xpostag",
))
# fmt: on
_OF_TABLES = (",", ";", "|")  # what stands between columns where cells may be quoted in any case
_DOUBLED = re.compile(r'"([^"]|"")*""([^"]|"")*"')  # a cell in quotes with some inside
_FEW = 10  # rows, of which nothing can be seen
_SAME = 20  # lines with one and the same first cell, which is no token then


def split_row_ends(lines: Iterator[str]) -> Iterator[str]:
    """The lines; of a file whose line ends are carriage returns alone those between them.

    It is one where the first line that is not empty holds them and is all that there is, or where
    what stands between them has as many columns each.
    """
    before: list[str] = []
    for line in lines:
        before.append(line)
        if line.strip(" \t"):
            break
    if not before or "\r" not in before[-1]:
        return chain(before, lines)
    more = next(lines, None)
    if more is not None:
        before.append(more)
        pieces = [piece for piece in before[-2].split("\r") if piece.strip(" \t")]
        sizes = {len(split_at_blanks(piece)) for piece in pieces if not piece.startswith("#")}
        if len(sizes) != 1 or sizes == {1}:
            return chain(before, lines)
    return (piece for line in chain(before, lines) for piece in line.split("\r"))


def is_conllu(head: Iterable[str]) -> bool:
    """Whether these are lines of CoNLL-U: ten cells between tabs, the first of them numbers.

    The numbers begin anew with each sentence; the first one may have lost its beginning. CoNLL-U
    Plus, which names its columns in the first line, may have other columns. One line in ten may be
    wrong: the reader of CoNLL-U will name it.
    """
    n_rows = n_right = n_sentences = n_begun = n_on = 0
    due = ""  # the number behind that of the line before; "": a sentence begins
    for line in split_row_ends(iter(head)):
        if line.startswith(PLUS):
            return True
        if line.startswith("#"):
            continue
        if not line.strip(" \t"):
            due = ""
            continue
        cells = line.split("\t")
        right = len(cells) == _N_CONLLU and bool(_ID.fullmatch(cells[0]))
        n_rows, n_right = n_rows + 1, n_right + right
        if not due:
            n_sentences += 1
            n_begun += right and bool(_FIRST_ID.fullmatch(cells[0]))
        n_on += right and cells[0] == due
        number = re.split("[-.]", cells[0])[0] if right else ""
        due = str(int(number) + 1) if right and cells[0] == number else due or "?"
    if not n_right or n_right < 0.9 * n_rows:
        return False
    # One of the sentences may be without its beginning, if its numbers or the others go on as due.
    return n_begun >= 0.9 * n_sentences or (n_begun >= 0.9 * (n_sentences - 1) and n_on > 0)


def split_at_blanks(line: str) -> list[str]:
    """The cells between any spaces and tabs."""
    return _BLANKS.split(line.strip(" \t"))


class ColumnLayout:
    """How the columns of a file are written, as its first lines say.

    `cut` gives the cells of a line; `n_columns` is how many there are, 0 of a file without lines.
    """

    def __init__(
        self,
        head: Sequence[str],
        separator: str | None,
        comment: str | None,
        tag: int,
        token: int | None = None,
    ) -> None:
        """`separator`: None to be found, `BLANK`, or what stands between columns. `comment`: None
        to be found, "" for no comments, or what they begin with. `tag`: the column of the tag, if
        it is not that of the `token`.
        """
        rows = [line for line in head if line.strip(" \t") and not line.startswith(DOCUMENT)]
        plain = [line for line in rows if not line.startswith(comment or "#")]
        rows = rows if comment == "" else plain or rows
        self.separator = _separator_of(rows) if separator is None else separator
        self.stripped = separator is None and self.separator != BLANK
        self.cut: Callable[[str], list[str]] = _cutter(self.separator, rows, self.stripped)
        self.n_columns = len(self.cut(rows[0])) if rows else 0
        self._comment, self._tag = comment, -1 if tag == token else tag
        self.likely_header: int | None = None  # of a first row that is read all the same
        self.header = self._header(head, token or 0)
        first = None if self.header is None else head[self.header]
        self._tags = {self._tag_of(self.cut(line)) for line in plain if line != first}
        self._marks_sentences = _mark_sentences(head)
        self._words: set[str] = set()  # what comments were seen to begin with
        self.comments_fit = True  # whether all of them have as many columns as other lines
        before = ""
        for line in head:
            if line.startswith("#"):
                self.is_comment(line, at_start=not before.strip(" \t") or before[0] == "#")
            before = line

    def _tag_of(self, cells: Sequence[str]) -> str:
        return cells[self._tag].strip() if -len(cells) <= self._tag < len(cells) else ""

    def _header(self, head: Sequence[str], token: int) -> int | None:
        """The number of a first row that only names the columns; None without one.

        No other line has its tag, but for the same row again, where files were joined. What stands
        for its token and its tag are names of columns, or all other tags write spans.
        """
        places = (place for place, line in enumerate(head) if self._may_be_row(line))
        first = next(places, None)
        if first is None:
            return None
        cells = self.cut(head[first])
        tag = self._tag_of(cells)
        if len(cells) != self.n_columns or not -len(cells) <= token < len(cells):
            return None
        others = [self.cut(head[place]) for place in places if head[place] != head[first]]
        counts = Counter(map(self._tag_of, others))
        if not others or tag in counts:
            return None
        names = {cells[token].lstrip("#").strip().casefold(), tag.casefold()}
        if names <= _NAMES and len(names) > 1:
            return first
        if len(others) < _FEW or len(counts) < 2 or _SPAN_TAG.fullmatch(tag):
            return None
        if all(map(_SPAN_TAG.fullmatch, counts)):
            return first
        if self._stands_out(cells, token, counts) and _are_apart(cells, others):
            self.likely_header = first
        return None

    def _stands_out(self, cells: Sequence[str], token: int, counts: Counter[str]) -> bool:
        """Whether a tag that no other line has is none: all others are met again, and it is not
        written as they are, or in capitals as its token is."""
        tag = self._tag_of(cells)
        if min(counts.values()) < 2 or not tag[:1].isalpha():
            return False
        if tag.upper() != tag or any(other.upper() != other for other in counts):
            return True
        return len(cells[token]) > 1 and cells[token].isupper()

    def _may_be_row(self, line: str) -> bool:
        return bool(line.strip(" \t")) and not line.startswith(DOCUMENT) and not _is_marked(line)

    def is_comment(self, line: str, *, at_start: bool) -> bool:
        """Whether a line, at the start of a sentence or inside, is a comment and no token.

        Words may begin with # too: they have as many columns as all others. A comment with as many
        stands before each sentence, or nearly, and has no tag; or it begins as others do.
        """
        if self._comment is not None:
            return bool(self._comment) and line.startswith(self._comment)
        if not line.startswith("#"):
            return False
        cells = self.cut(line)
        if line.startswith(_DOCUMENTS):
            self.comments_fit = self.comments_fit and len(cells) == self.n_columns
            return True
        marked = _is_marked(line)
        word = split_at_blanks(line)[0]
        if len(cells) != self.n_columns:
            named = "=" in line or ":" in line or len(split_at_blanks(line)) > 1
            if not (marked or word in self._words or (at_start and named)):
                return False
            self._words.add(word)
            self.comments_fit = False
            return True
        if self.n_columns == 1:
            return False
        tag = self._tag_of(cells)
        is_tag = tag in self._tags or bool(_SPAN_TAG.fullmatch(tag))
        if word in self._words:
            if at_start and not marked:
                return True
            if not is_tag and tag.upper() != tag:  # SYM may be a tag that stands only here
                return True
        return marked and at_start and self._marks_sentences and not is_tag

    def why_no_tokens(self, head: Iterable[str]) -> str | None:
        """What the first of three or more columns has instead of tokens; None where it may be them.

        It may number the tokens of each sentence, or name the document of all of them.
        """
        if self.n_columns < 3:
            return None
        n_rows = due = 0
        found: set[str] = set()
        numbers = True
        for place, line in enumerate(head):
            if not line.strip(" \t"):
                due = 0
                continue
            if place == self.header or line.startswith(DOCUMENT):
                continue
            if self.is_comment(line, at_start=not due):
                continue
            first = self.cut(line)[0]
            numbers = numbers and first in ((str(due),) if due else ("0", "1"))
            if not numbers and len(found) > 1:
                return None
            n_rows, due = n_rows + 1, int(first) + 1 if numbers else 1
            found.add(first)
        if numbers and len(found) > 1:
            return "numbers the tokens"
        return "is the same in each line" if len(found) == 1 and n_rows >= _SAME else None


def may_differ(n_columns: int, others: int, token: int, tag: int) -> bool:
    """Whether one sentence may have another number of columns than others have.

    It may where each predicate has a column, and the columns are counted from the left.
    """
    return min(n_columns, others) >= _WITH_ROLES and min(token, tag) >= 0


def _are_apart(cells: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether none of these cells stands in the same column of other rows."""
    return not any(cell == there for row in others for cell, there in zip(cells, row, strict=False))


def _is_marked(line: str) -> bool:
    """Whether a line begins as comments do, and not as a word such as #this."""
    return line[:1] == "#" and line[1:2] in ("", " ", "\t", "#")


def _mark_sentences(head: Iterable[str]) -> bool:
    """Whether half of the sentences or more begin with what may be a comment."""
    n_sentences = n_marked = 0
    inside = marked = False
    for line in head:
        if not line.strip(" \t"):
            inside = marked = False
        elif not inside and _is_marked(line):
            marked = True
        elif not inside:
            n_sentences, n_marked, inside = n_sentences + 1, n_marked + marked, True
    return n_marked > 0 and 2 * n_marked >= n_sentences


def _separator_of(rows: Sequence[str]) -> str:
    """A tab where each line has one, unless tabs only align the columns; else blanks."""
    n_tabs = sum("\t" in line for line in rows)
    if n_tabs == 0:
        return BLANK
    between_tabs = {line.count("\t") for line in rows}
    if len(between_tabs) == 1:
        return "\t"
    if len({len(split_at_blanks(line)) for line in rows}) == 1:
        return BLANK
    return "\t" if n_tabs >= 0.9 * len(rows) else BLANK


def _are_quoted(rows: Sequence[str], separator: str) -> bool:
    """Whether a file that is no table by its separator has quotes around its cells all the same.

    Each line but a header has some, as R writes them, or cells of quotes alone have them doubled,
    as pandas writes them. A token that is one quote is the token of a file without.
    """
    quoted = [line for line in rows if '"' in line]
    # R writes a quote inside as \", which needs no look here.
    cells = [parse_simple_row(line.replace('\\"', ""), separator) for line in quoted]
    if not quoted or None in cells:
        return False
    if len(quoted) > 1 and set(quoted) >= set(rows[1:]):
        return True
    return any(_DOUBLED.fullmatch(cell) for line in quoted for cell in line.split(separator))


def _cutter(separator: str, rows: Sequence[str], stripped: bool) -> Callable[[str], list[str]]:
    if separator in _OF_TABLES or (separator in "\t " and _are_quoted(rows, separator)):
        return lambda line: cut_row(line, separator)
    if separator == BLANK:
        if _are_quoted(rows, " "):
            return lambda line: cut_row(line, " ")
        return split_at_blanks
    if stripped and rows and all(line.endswith(separator) for line in rows):
        return lambda line: line.removesuffix(separator).split(separator)
    return lambda line: line.split(separator)
