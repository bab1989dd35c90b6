"""Tagged text: the files that taggers read, to learn from and to tag.

In: CoNLL-U, or columns of tokens and tags; to be tagged, these or plain lines. Out: a data set that
has its words as they are written, or a stream of sentences. How files are read is the business of
text/reading/conll.py; which format a file has is decided here, by its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from textseq.config import TextConfig, choice
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.vocabs import check_tags
from textseq.text.reading.conll import read_conll, read_conllu
from textseq.text.reading.corpus import naming, read_lines
from textseq.text.vocab import Vocab

TagFormat = Literal["auto", "conllu", "conll"]
_PACKED = (".gz", ".bz2", ".xz", ".zst")
_COLUMNS = (".conll", ".conll2003", ".bio", ".iob", ".iob2", ".bioes")


def read_tagged(
    inputs: Sequence[str],
    config: TextConfig,
    *,
    format: TagFormat = "auto",
    tags: str = "upos",
    token: int = 0,
    tag: int = -1,
    separator: str | None = None,
    strip_prefix: str = "",
    known: Vocab | None = None,
) -> SequenceDataset:
    """Sentences with their tags; `auto` takes files named .conllu for CoNLL-U, others for columns.

    `tags` is a column of CoNLL-U; the other options are of columns, as in `read_conll`. Every
    word is kept, whatever min_count says. ValueError for files without a token, for both formats
    together, and for files without any of the `known` tags.
    """
    config = config.replace(min_count=1, max_vocab=None)
    format = choice("format", format, TagFormat)
    if _is_conllu(inputs, format):
        found = SequenceDataset.from_conllu(list(inputs), tags, config=config)
    else:
        found = SequenceDataset.from_conll(
            list(inputs), token=token, tag=tag, separator=separator, strip_prefix=strip_prefix,
            config=config,
        )  # fmt: skip
    if known is not None and found.label_vocab is not None:
        with naming(list(inputs)):
            check_tags(found.label_vocab.tokens, known.tokens)
    return found


def read_sentences(
    inputs: Sequence[str],
    config: TextConfig,
    *,
    token: int = 0,
    separator: str | None = None,
    strip_prefix: str = "",
) -> Iterator[str | list[str]]:
    """Sentences to tag, one by one: the tokens of CoNLL files, by their names, else lines."""
    for name in inputs:
        if _ending(name) == ".conllu":
            # The tokens alone, here too: the tags are what is looked for.
            yield from (sentence.tokens for sentence in read_conllu(name, config, tags="form"))
        elif _ending(name) in _COLUMNS:
            # The tokens alone: the file may have no tags.
            sentences = read_conll(
                name, config, token=token, tag=token, separator=separator,
                strip_prefix=strip_prefix,
            )  # fmt: skip
            yield from (sentence.tokens for sentence in sentences)
        else:
            yield from read_lines(name, config)


def _is_conllu(inputs: Sequence[str], format: TagFormat) -> bool:
    if format != "auto":
        return format == "conllu"
    found = {_ending(name) == ".conllu" for name in inputs}
    if len(found) > 1:
        raise ValueError(f"{', '.join(inputs)}: CoNLL-U and columns cannot be read together")
    return True in found


def _ending(name: str) -> str:
    """How the name ends, packed or not: .conllu of a.conllu.gz."""
    name = name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return name[name.rfind(".") :] if "." in name else ""
