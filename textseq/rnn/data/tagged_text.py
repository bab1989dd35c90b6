"""Tagged text: the files that taggers read, to learn from and to tag.

In: CoNLL-U, or columns of tokens and tags; to be tagged, these or plain lines. Out: a data set that
has its words as they are written, or a stream of sentences. How files are read is the business of
text/reading/conll.py; which format a file has is decided here, by its name and by its first lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Literal, Unpack

import numpy as np

from textseq.config import TextConfig, choice
from textseq.keywords import only_options
from textseq.packing import without_packing
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.tag_schemes import nearly_spans
from textseq.rnn.data.vocabs import check_tags, some, tags_of
from textseq.text.encoded import EncodedCorpus
from textseq.text.notices import notify
from textseq.text.reading.column_layout import (
    DOCUMENT,
    HEAD_LINES,
    ColumnLayout,
    is_conllu,
    split_row_ends,
)
from textseq.text.reading.conll import (
    CONLLU_COLUMNS,
    ConllColumns,
    ConllOptions,
    parse_columns,
    parse_conllu,
)
from textseq.text.reading.corpus import TextSource, find_sources, naming, read_lines_of
from textseq.text.reading.sources import readable_twice
from textseq.text.vocab import Vocab

TagFormat = Literal["auto", "conllu", "conll"]
_COLUMNS = (".conll", ".conll2003", ".bio", ".iob", ".iob2", ".bioes")
_ROWS = 10  # lines that say what the look of a file is
_FIRST = 50  # lines that are seen at once of what may be typed, as long as they are comments


@only_options(ConllOptions)
def read_tagged(
    inputs: Sequence[str],
    config: TextConfig,
    *,
    format: TagFormat = "auto",
    tags: str = "upos",
    known: Vocab | None = None,
    **columns: Unpack[ConllOptions],
) -> SequenceDataset:
    """Sentences with their tags; `auto` takes files named .conllu for CoNLL-U, others by content.

    `tags` is a column of CoNLL-U; `columns` are for other files, as in `read_conll`. Every word is
    kept, whatever min_count says. Notices say what was left out, and which tags are not
    `known`. ValueError for files without a token, for both formats together, and for files without
    any of the `known` tags.
    """
    config = config.replace(min_count=1, max_vocab=None)
    format = choice("format", format, TagFormat)
    with readable_twice(find_sources(list(inputs))) as sources:
        if _is_conllu(sources, config, format):
            # The columns by their numbers, where a file is no .conllu by its name.
            by_number = not all(_ending(source.name) == ".conllu" for source in sources)
            token, tag = columns.get("token", 0), columns.get("tag", -1)
            if by_number and tag != -1:
                tags = _conllu_column(tag)
            form = _conllu_column(token) if by_number and token != 0 else "form"
            found = SequenceDataset.from_conllu(sources, tags, form, config=config)
        else:
            found = SequenceDataset.from_conll(sources, config=config, **columns)
    if known is not None and found.label_vocab is not None:
        with naming(list(inputs)):
            check_tags(found.label_vocab.tokens, known.tokens)
        _notify_unknown(inputs, tags_of(found.label_vocab), known)
    return found


def _notify_unknown(inputs: Sequence[str], tags: Vocab, known: Vocab) -> None:
    """Name the tags that a model cannot give."""
    counts = dict(zip(tags.tokens, tags.counts.tolist(), strict=True))
    unknown = [tag for tag in tags.tokens if tag not in known]
    if unknown:
        n = sum(counts[tag] for tag in unknown)
        words = "1 word has a tag" if n == 1 else f"{n:,} words have tags"
        notify(
            f"{', '.join(inputs[:3])}: {words} that the training data has not, which is never "
            f"right: {some(unknown)}"
        )


def _is_conllu(sources: Sequence[TextSource], config: TextConfig, format: TagFormat) -> bool:
    if format != "auto":
        return format == "conllu"
    found = {
        _ending(source.name) == ".conllu"
        or is_conllu(islice(read_lines_of([source], config), HEAD_LINES))
        for source in sources
    }
    if len(found) > 1:
        names = ", ".join(source.name for source in sources)
        raise ValueError(f"{names}: CoNLL-U and columns cannot be read together")
    return True in found


def _conllu_column(number: int) -> str:
    """The name of a column of CoNLL-U."""
    if not -len(CONLLU_COLUMNS) <= number < len(CONLLU_COLUMNS):
        raise ValueError(f"column {number} is asked for; CoNLL-U has 0..{len(CONLLU_COLUMNS) - 1}")
    return CONLLU_COLUMNS[number]


def why_no_spans(train: Examples) -> str | None:
    """Why tags that nearly write spans are learnt as tags of words; None where they are none."""
    corpus = train.targets
    if train.target_kind != "tags" or not isinstance(corpus, EncodedCorpus):
        return None
    rows = [corpus[int(row)] for row in (range(len(corpus)) if train.rows is None else train.rows)]
    names = corpus.vocab.tokens
    flat = np.concatenate([np.zeros(0, np.int32), *rows])
    counts = dict(zip(names, np.bincount(flat, minlength=len(names)).tolist(), strict=True))
    known = {name: counts[name] for name in tags_of(corpus.vocab).tokens}
    return nearly_spans(known, names, (row.tolist() for row in rows))


# ---- to be tagged


@only_options(ConllOptions)
def read_sentences(
    inputs: Sequence[str],
    config: TextConfig,
    *,
    format: TagFormat = "auto",
    known: Vocab | None = None,
    **columns: Unpack[ConllOptions],
) -> Iterator[str | list[str]]:
    """Sentences to tag, one by one: the tokens of CoNLL-U and of columns, else lines.

    `auto` goes by names, and by the first lines: CoNLL-U, or columns with `known` tags, or with the
    look of columns.
    """
    format, with_tags = choice("format", format, TagFormat), ConllColumns(**columns)
    for source in find_sources(list(inputs)):
        lines = read_lines_of([source], config)
        how = _format_by_name(source.name) if format == "auto" else format
        if format == "auto" and how != "conllu":
            found_how, lines = _by_content(lines, with_tags, known, source)
            how = how if found_how == "auto" else found_how
        # The tokens alone, in either format: the tags are what is looked for.
        if how == "conllu":
            found = parse_conllu(source.name, lines, tags="form")
            yield from (sentence.tokens for sentence in found)
        elif how == "conll":
            tokens_alone = with_tags._replace(tag=with_tags.token)
            found = parse_columns(source.name, lines, tokens_alone)
            yield from (sentence.tokens for sentence in found)
        else:
            yield from lines


def is_tagged(
    name: str, config: TextConfig, known: Vocab | None = None, columns: ConllColumns | None = None
) -> bool:
    """Whether a file is CoNLL-U or columns, by its name or, where it can be read again, by its
    first lines; columns have `known` tags."""
    if _format_by_name(name) != "auto":
        return True
    if name == "-":
        return False
    sources = find_sources([name])
    columns = columns or ConllColumns()
    for source in sources:
        if source.once:
            return False
        lines = read_lines_of([source], config)
        if _by_content(lines, columns, known, source)[0] == "auto":
            return False
    return True


def _by_content(
    lines: Iterator[str], columns: ConllColumns, known: Vocab | None, source: TextSource
) -> tuple[TagFormat, Iterator[str]]:
    """The format that the first lines are in, "auto" for plain text; and all lines.

    Of what may be typed no more is read than has to be: an answer may be waited for.
    """
    head: list[str] = []
    n_lines = _FIRST if source.size is None else HEAD_LINES
    for line in islice(lines, n_lines):
        head.append(line)
        if source.size is None and line.strip(" \t") and not line.startswith("# "):
            break
    rows = list(split_row_ends(iter(head)))
    how: TagFormat = "auto"
    if is_conllu(rows):
        how = "conllu"
    elif known is not None and _are_columns(rows, columns, known):
        how = "conll"
    return how, chain(head, lines)


def _are_columns(head: Sequence[str], columns: ConllColumns, known: Vocab) -> bool:
    """Whether these lines are columns: by tags that are known, nearly always, or by their look,
    which is that of several sentences with as many columns in each line as no text has."""
    layout = ColumnLayout(head, columns.separator, columns.comment, columns.tag)
    rows: Iterable[str] = (
        line for place, line in enumerate(head) if line.strip(" \t") and place != layout.header
    )
    cells = [
        layout.cut(line)
        for line in rows
        if not line.startswith(DOCUMENT) and not layout.is_comment(line, at_start=True)
    ]
    n_columns, at_tabs = layout.n_columns, layout.separator == "\t"
    if n_columns < 2 or any(len(row) != n_columns for row in cells):
        return False
    ends = [place for place, line in enumerate(head) if not line.strip(" \t")]
    between = any(place + 1 < len(head) and head[place + 1].strip(" \t") for place in ends)
    if between and len(cells) >= _ROWS and (at_tabs or n_columns > 2):
        return True
    if not -n_columns <= columns.tag < n_columns:
        return False
    n_known = sum(row[columns.tag].strip() in known for row in cells)
    enough = 1 if at_tabs else 3  # a line of two words may end in "O" or "X"
    return n_known >= max(enough, 0.9 * len(cells))


def _format_by_name(name: str) -> TagFormat:
    ending = _ending(name)
    return "conllu" if ending == ".conllu" else "conll" if ending in _COLUMNS else "auto"


def _ending(name: str) -> str:
    """How the name ends, packed or not: .conllu of a.conllu.gz."""
    name = without_packing(name).lower()
    return name[name.rfind(".") :] if "." in name else ""
