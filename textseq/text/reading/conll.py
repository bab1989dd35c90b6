"""Sentences that are cut into tokens already, each with its tag: CoNLL-U and CoNLL columns.

In: files with one token a line and an empty line behind each sentence. Out: `Sentence`s, and
`encode_tokens` makes ids of them. Tokens are cleaned one by one and never cut again, so that
token and tag stay together. Trees (heads, relations) are not read.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from textseq.config import TextConfig
from textseq.text.cleaning.steps import make_cleaner
from textseq.text.encoded import EncodedCorpus
from textseq.text.given import each_of
from textseq.text.reading.corpus import Inputs, Source, find_sources, read_lines_of
from textseq.text.vocab import UNK, Vocab

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
_BLANKS = re.compile(r"[ \t]+")  # and no other white space: a token may be a no-break space


class Sentence(NamedTuple):
    """Tokens and as many tags."""

    tokens: list[str]
    tags: list[str]


def read_conllu(
    inputs: Inputs, config: TextConfig, *, tags: str = "upos", form: str = "form"
) -> Iterator[Sentence]:
    """The sentences of CoNLL-U files: the columns `form` and `tags` of each syntactic word.

    The lines of multiword tokens (id 3-4) and of empty nodes (id 8.1) are left out. Raises
    ValueError, with file and line, for a line without ten columns or with an empty tag; and for a
    file whose tags are all "_". Where both columns are the same one, no tags are asked for.
    """
    for column in (form, tags):
        if column not in CONLLU_COLUMNS:
            raise ValueError(f"CoNLL-U has no column {column!r}; {', '.join(CONLLU_COLUMNS)}")
    token_place, tag_place = CONLLU_COLUMNS.index(form), CONLLU_COLUMNS.index(tags)

    def cut(line: str) -> tuple[str, str] | None:
        if line.startswith("#"):
            return None
        cells = line.split("\t")
        if len(cells) != len(CONLLU_COLUMNS):
            raise ValueError(f"{len(cells)} columns between tabs; CoNLL-U has 10")
        if "-" in cells[0] or "." in cells[0]:
            return None
        return cells[token_place], _tag(cells[tag_place], None if tags == form else tags)

    sources = find_sources(inputs)
    if tags == form:
        return _sentences(sources, config, cut)
    return (sentence for source in sources for sentence in _with_tags(source, config, cut, tags))


def read_conll(
    inputs: Inputs,
    config: TextConfig,
    *,
    token: int = 0,
    tag: int = -1,
    separator: str | None = None,
    strip_prefix: str = "",
) -> Iterator[Sentence]:
    """The sentences of files in columns: column `token` and column `tag` of each line.

    `separator`: None for spaces and tabs. `strip_prefix` is taken off the tokens that begin with
    it. -DOCSTART- lines are left out. Raises ValueError, with file and line, for a line with too
    few columns or with an empty tag; where both columns are the same one, no tags are asked for.
    """
    least = max(place + 1 if place >= 0 else -place for place in (token, tag))
    least = max(least, 2 if token != tag else 1)

    def cut(line: str) -> tuple[str, str] | None:
        if line.startswith("-DOCSTART-"):
            return None
        cells = _BLANKS.split(line.strip(" \t")) if separator is None else line.split(separator)
        if len(cells) < least:
            raise ValueError(f"{len(cells)} columns; columns {token} and {tag} are asked for")
        label = _tag(cells[tag], None if tag == token else tag)
        return cells[token].removeprefix(strip_prefix), label

    return _sentences(find_sources(inputs), config, cut)


def _tag(cell: str, column: str | int | None) -> str:
    """The tag in a cell; ValueError for an empty one, unless no column is asked for."""
    if column is not None and not cell.strip():
        raise ValueError(
            f"the tag is missing: column {column} is empty; fill it in, or leave the sentence out"
        )
    return cell


def _with_tags(
    source: Source, config: TextConfig, cut: Callable[[str], tuple[str, str] | None], column: str
) -> Iterator[Sentence]:
    """The sentences of a CoNLL-U file; ValueError at its end where no word had a tag."""
    n_words, tagged = 0, False
    for sentence in _sentences([source], config, cut):
        n_words += len(sentence.tags)
        tagged = tagged or any(tag != "_" for tag in sentence.tags)
        yield sentence
    if n_words and not tagged:
        raise ValueError(
            f"{source.name}: the tags are missing: the column {column!r} is '_' for each of the "
            f"{n_words} words; fill it in, or name another column"
        )


def _sentences(
    sources: list[Source], config: TextConfig, cut: Callable[[str], tuple[str, str] | None]
) -> Iterator[Sentence]:
    """Lines gathered into sentences; one without a token is none."""
    for source in sources:
        begun = Sentence([], [])
        for number, line in enumerate(read_lines_of([source], config), 1):
            if not line.strip(" \t"):
                if begun.tokens:
                    yield begun
                    begun = Sentence([], [])
                continue
            try:
                pair = cut(line)
            except ValueError as error:
                raise ValueError(f"{source.name}, line {number}: {error}") from None
            if pair is not None:
                begun.tokens.append(pair[0])
                begun.tags.append(pair[1])
        if begun.tokens:
            yield begun


def encode_tokens(
    sentences: Iterable[Sequence[str]], config: TextConfig, *, vocab: Vocab | None = None
) -> EncodedCorpus:
    """Encode sentences of tokens in memory: as many ids as tokens, with or without a Vocab given.

    The cleaning steps of `config` are taken on each token by itself, its tokenizer is not used. A
    token of which cleaning leaves nothing is <unk>. ValueError for no tokens, and where min_count
    leaves none.
    """
    clean = make_cleaner(config.steps)
    cleaned: dict[str, str] = {}  # a token is cleaned once
    numbers: dict[str, int] = {}  # in the order of first sight
    hashed, n_bytes = hashlib.blake2b(digest_size=32), 0
    firsts = array("i")
    line_ends = [0]
    for tokens in sentences:
        if isinstance(tokens, str):
            raise TypeError("a str is not a list of tokens; encode_lines cuts lines into tokens")
        for token in each_of(tokens, "the tokens of a sentence", "token"):
            if token not in cleaned:
                if not isinstance(token, str):
                    raise TypeError(f"a {type(token).__name__} where a token (str) is due: {token}")
                cleaned[token] = clean(token)
            firsts.append(numbers.setdefault(cleaned[token], len(numbers)))
        line_ends.append(len(firsts))
        data = "".join(f"{token}\t" for token in tokens).encode("utf-8", "surrogatepass") + b"\n"
        hashed.update(data)
        n_bytes += len(data)
    ids = np.array(firsts, np.int32)
    if vocab is None:
        vocab = _vocab(numbers, np.bincount(ids, minlength=len(numbers)).tolist(), config)
    # "" stands for what cleaning removed, even if somebody's Vocab has such a word.
    becomes = vocab.encode(token or UNK for token in numbers)
    options = {
        "text": config.to_json(),
        "source": {"bytes": n_bytes, "blake2b": hashed.hexdigest()},
        "n_tokens": len(ids),
        "n_sequences": len(line_ends) - 1,
        "specials": list(vocab.specials),
    }
    return EncodedCorpus(becomes[ids], np.array(line_ends, np.int64), vocab, options)


def _vocab(numbers: dict[str, int], counts: list[int], config: TextConfig) -> Vocab:
    """The Vocab of all tokens seen; what is too rare is counted as <unk>."""
    counted = Counter(dict(zip(numbers, counts, strict=True)))
    n_tokens = counted.total()
    if not n_tokens:
        raise ValueError("there are no tokens in the sentences given")
    del counted[""]
    vocab = Vocab.from_counts(counted, min_count=config.min_count, max_vocab=config.max_vocab)
    if len(vocab) == len(vocab.specials):
        raise ValueError(
            f"no token is left of the {len(counted)}: the most frequent one stands there "
            f"{max(counted.values(), default=0)} times, min_count is {config.min_count}; lower it"
        )
    vocab.counts[vocab.ids[UNK]] += n_tokens - vocab.counts.sum()
    return vocab
