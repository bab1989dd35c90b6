"""Encode: text to ids, from files to a folder or from lines in memory.

In: files (or lines) and the text options. Out: an EncodedCorpus, or only the Vocab. Steps that need
whole lines, and filters, run first (line_stage.py); after them, tokenizers that look at one word at
a time take the fast path (piece_scan.py), any others the plain one (plain_scan.py).
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from textseq.advice import advise
from textseq.artifact import CONFIG, check_free, new_folder, replaced
from textseq.config import SUBWORD, FilterConfig, TextConfig, thread_count
from textseq.config.unused import unused_options
from textseq.text.cleaning.steps import is_per_word, make_cleaner
from textseq.text.encode_tokens import encode_tokens
from textseq.text.encoded.corpus import EncodedCorpus, IdBlock, write_corpus
from textseq.text.given import as_items, is_tokens, peek
from textseq.text.notices import Notify, notifying
from textseq.text.notices import notify as give_notice
from textseq.text.reading.corpus import Inputs, find_sources, read_lines
from textseq.text.reading.shards import Shard, shard_sources
from textseq.text.reading.sources import TextSource, name_sources, readable_twice
from textseq.text.scan.line_stage import LineStage
from textseq.text.scan.plain_scan import PlainScan
from textseq.text.scan.spool import BlockReader, Limits, Spool, Tally
from textseq.text.text_options import TOKENIZER
from textseq.text.tokens.adapter import Tokenizer
from textseq.text.tokens.tokenizer import load_tokenizer
from textseq.text.vocab import Vocab
from textseq.text.vocab.own import make_own_vocab
from textseq.unfinished import temporary_folder

ReadingProgress = Callable[[int, float | None], None]

_AS_THEY_ARE = TextConfig(clean=())
_LINES_AT_ONCE = 1 << 14
_PART = 1 << 20  # characters


@notifying
def encode_files(
    inputs: Inputs | Iterable[str],
    config: TextConfig,
    out: str | os.PathLike[str],
    *,
    vocab: Vocab | None = None,
    filters: FilterConfig | None = None,
    shard: Shard | None = None,
    threads: int = 0,
    overwrite: bool = False,
    progress: ReadingProgress | None = None,
    notify: Notify | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> EncodedCorpus:
    """Encode text into the folder `out`, with its own Vocab or the one given.

    `filters` drop lines; `shard` (i, n) takes the i-th of n parts; `threads`: 0 for all. `progress`
    gets the bytes of text read so far and their share of all (None: unknown), `notify` each notice
    as a line (None: they are warnings). A subword tokenizer without a file is trained first. Memory
    does not grow with the text. Raises as `find_sources`, `read_blocks` and `new_folder` do, and
    ValueError for a text without words; then nothing is written.
    """
    check_free(out, overwrite=overwrite)
    if vocab is None:
        _tell_unused(config)
    text = _Text.find(inputs, config, filters, shard, thread_count(threads), limits)
    with new_folder(out, overwrite=overwrite) as folder, ExitStack() as copies:
        if needs_training(config):
            kept = copies.enter_context(readable_twice(text.sources, folder))
            text = replace(text, sources=kept)
            text = text.with_tokenizer(folder / TOKENIZER, progress)
        one_pass = _Pass(text, folder, keep_ids=True)
        with closing(one_pass):
            tally = one_pass.run(progress)
            tokenizer = load_tokenizer(text.config)
            may_be_empty, given = shard is not None, vocab is not None
            own = not given and tokenizer.tokens is not None  # ids are the tokenizer's
            if vocab is None:
                if not may_be_empty:
                    _check_words(tally, text, own=own)
                vocab = _vocab_of(tokenizer) if own else tally.vocab
            elif not (tally.n_tokens or may_be_empty):
                raise ValueError(f"no words in {text.name}")
            options = _options(text.config, one_pass.blocks.n_bytes, one_pass.blocks.digest)
            if one_pass.stage.dropped:
                options["filters"] = text.filters_json() | {"dropped": one_pass.stage.dropped}
            if shard is not None:
                options["shard"] = list(shard)
            options["vocab_given"] = given
            write_corpus(folder, one_pass.scan.ids(vocab), vocab, options, count=own)
    return EncodedCorpus.load(out)


@notifying
def count_files(
    inputs: Inputs | Iterable[str],
    config: TextConfig,
    *,
    filters: FilterConfig | None = None,
    shard: Shard | None = None,
    threads: int = 0,
    progress: ReadingProgress | None = None,
    notify: Notify | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Vocab:
    """The Vocab that `encode_files` would make; raises as it does.

    A subword tokenizer needs its file: `train_tokenizer` makes it.
    """
    _tell_unused(config)
    text = _Text.find(inputs, config, filters, shard, thread_count(threads), limits)
    tokenizer = load_tokenizer(config)
    one_pass = _Pass(text, None, keep_ids=tokenizer.tokens is not None)
    with closing(one_pass):
        tally = one_pass.run(progress)
        if tokenizer.tokens is None:
            if shard is None:
                _check_words(tally, text)
            return tally.vocab
        vocab = _vocab_of(tokenizer)
        for ids, _ in one_pass.scan.ids(vocab):
            vocab.counts[:] += np.bincount(ids, minlength=len(vocab))
        return vocab


@notifying
def train_tokenizer(
    inputs: Inputs | Iterable[str],
    config: TextConfig,
    path: str | os.PathLike[str],
    *,
    filters: FilterConfig | None = None,
    threads: int = 0,
    overwrite: bool = False,
    progress: ReadingProgress | None = None,
    notify: Notify | None = None,
) -> TextConfig:
    """Train the subword tokenizer of `config` on text and write it to `path`, a tokenizer.json.

    Returns the options with that file, for `encode_files` and all else that cuts text.
    FileExistsError where there is such a file already.
    """
    if not overwrite:
        check_free(path)
    text = _Text.find(inputs, config, filters, None, thread_count(threads), Limits())
    return text.with_tokenizer(Path(path), progress).config


@notifying
def encode_lines(
    lines: Iterable[str] | Iterable[Sequence[str]],
    config: TextConfig,
    *,
    vocab: Vocab | None = None,
    notify: Notify | None = None,
) -> EncodedCorpus:
    """Encode lines in memory; with a given Vocab there may be no words, or no lines, in them.

    An item that is a list, a tuple or an array is a sentence of tokens: then all of them are, and
    they are not cut again (`encode_tokens`); cleaning steps run on each token by itself.

    A subword tokenizer without a file is trained on the lines first; its file lasts as long as
    this process, or as a folder that the corpus is saved to.
    """
    if isinstance(lines, str):
        raise TypeError("a str is one line; give a list of lines, or files to encode_files")
    first, given = peek(as_items(lines, "lines", "line"))
    if is_tokens(first):
        return encode_tokens(given, config, vocab=vocab)
    if vocab is None:
        _tell_unused(config)
    if needs_training(config):
        given = iter(kept := list(given))
        path = _kept_folder() / f"{len(os.listdir(_kept_folder()))}.json"
        config = train_tokenizer(iter(kept), config, path)
    scan, hashed, n_bytes = PlainScan(config, None), hashlib.blake2b(digest_size=32), 0
    rest = read_lines(given, config)
    while batch := list(islice(rest, _LINES_AT_ONCE)):
        text = "".join([line + "\n" for line in batch])
        for start in range(0, len(text), _PART):  # a line may be very long
            data = text[start : start + _PART].encode()
            hashed.update(data)
            n_bytes += len(data)
        del text
        scan.add(batch)
    tally, tokenizer = scan.tally(), load_tokenizer(config)
    own = vocab is None and tokenizer.tokens is not None
    if vocab is None:
        _check_words(tally, _Text([], config, name="the lines given"), own=own)
        vocab = _vocab_of(tokenizer) if own else tally.vocab
    parts, offsets = [np.empty(0, np.int32)], [np.zeros(1, np.int64)]
    n_tokens = 0
    for part, line_ends in scan.ids(vocab):
        offsets.append(line_ends + n_tokens)
        parts.append(part)
        n_tokens += len(part)
    ids, starts = np.concatenate(parts), np.concatenate(offsets)
    if own:
        vocab.counts[:] = np.bincount(ids, minlength=len(vocab))
    options = _options(config, n_bytes, hashed.hexdigest()) | {
        "n_tokens": len(ids),
        "n_sequences": len(starts) - 1,
        **vocab.options,
    }
    return EncodedCorpus(ids, starts, vocab, options)


def as_corpus(given: EncodedCorpus | Iterable[Sequence[str]] | str) -> EncodedCorpus:
    """An EncodedCorpus of what is given to be trained on: itself, its folder, sentences or lines.

    Sentences are lists of tokens, which are taken as they are; lines are cut at white space. Both
    are encoded with the default min_count. TypeError for a str that is no folder of a corpus.
    """
    if isinstance(given, EncodedCorpus):
        return given
    if isinstance(given, str | os.PathLike):
        if os.path.isfile(os.path.join(given, CONFIG)):
            return EncodedCorpus.load(given)
        raise TypeError(
            f"{os.fspath(given)!r} is no folder of an encoded corpus; encode_files makes one of a "
            "file, encode_lines of lists of tokens"
        )
    try:
        sentences = as_items(given, "sentences (lists of tokens)", "sentence")
        return encode_lines(sentences, _AS_THEY_ARE)
    except ValueError as error:
        if "min_count" not in str(error):
            raise
        raise ValueError(
            f"{error}: encode_lines(sentences, TextConfig(min_count=1)) makes a corpus of all words"
        ) from None


def _tell_unused(config: TextConfig) -> None:
    """Give notice of options that have no effect on a text that gets a vocabulary of its own."""
    for sentence in unused_options(config):
        give_notice(sentence)


def needs_training(config: TextConfig) -> bool:
    """Whether the tokenizer is one that is trained on the text, and has not been yet."""
    return config.tokenizer in SUBWORD and config.tokenizer_file is None


def takes_fast_path(config: TextConfig) -> bool:
    """Whether cleaning and tokenizer may look at each distinct word once."""
    return is_per_word(config.steps) and load_tokenizer(config).per_word


# --- a text, and a pass over it


@dataclass(frozen=True)
class _Text:
    """What is read, and how."""

    sources: list[TextSource]
    config: TextConfig
    filters: FilterConfig | None = None
    shard: Shard | None = None
    threads: int = 1
    limits: Limits = Limits()
    name: str = "nothing"

    @classmethod
    def find(
        cls, inputs: Inputs | Iterable[str], config: TextConfig, filters: FilterConfig | None,
        shard: Shard | None, threads: int, limits: Limits,
    ) -> _Text:  # fmt: skip
        sources = find_sources(inputs)
        name = name_sources(sources)
        if shard is not None:
            if needs_training(config):
                raise ValueError(
                    f"a shard alone would train another {config.tokenizer} than the whole text; "
                    "train it first (`textseq vocab --out FOLDER`), then encode with --vocab"
                )
            sources = shard_sources(sources, shard, config)
        if config.unit == "file" and all(source.gives_lines for source in sources):
            config = config.replace(unit="line")  # each item is one text already
        return cls(sources, config, filters, shard, threads, limits, name)

    def filters_json(self) -> dict[str, Any]:
        return {} if self.filters is None else self.filters.to_json()

    def blocks(self, stage: LineStage) -> BlockReader:
        # Subwords are trained, and words counted, on any part of a line.
        by_word = needs_training(self.config) or takes_fast_path(stage.rest)
        return BlockReader(
            self.sources, self.config, self.limits.block_bytes, stage, self.threads,
            whole_lines=not (stage.is_idle and by_word),
        )  # fmt: skip

    def with_tokenizer(self, path: Path, progress: ReadingProgress | None) -> _Text:
        """Train the tokenizer into the file `path`."""
        from textseq.text.tokens.subword_training import train_subword

        stage = LineStage(self.config, self.filters)
        with closing(self.blocks(stage)) as blocks:
            tick = _ticker(blocks, progress)
            lines = _cleaned_lines(blocks, stage.rest, tick)
            first = next((line for line in lines if line.strip()), None)
            if first is None:
                raise ValueError(f"no words in {self.name}")
            trained = train_subword(chain((first,), lines), self.config, tick=tick)
        with replaced(path) as fresh:
            fresh.write_text(trained, encoding="utf-8", newline="\n")
        return replace(self, config=self.config.replace(tokenizer_file=str(path)))


class _Scan(Protocol):
    """One pass over text, by either path: `run`, then `tally`, then `ids`."""

    def run(self, blocks: BlockReader, tick: Callable[[], None]) -> None: ...
    def tally(self) -> Tally: ...
    def ids(self, vocab: Vocab) -> Iterator[IdBlock]: ...
    def close(self) -> None: ...


class _Pass:
    """One pass over a text; `close` ends what it has started."""

    def __init__(self, text: _Text, folder: Path | None, *, keep_ids: bool) -> None:
        self.stage = LineStage(text.config, text.filters)
        self.blocks = text.blocks(self.stage)
        self.scan = self._new_scan(text, folder, keep_ids)

    def _new_scan(self, text: _Text, folder: Path | None, keep_ids: bool) -> _Scan:
        rest = self.stage.rest
        if not takes_fast_path(rest):
            return PlainScan(rest, Spool(folder))
        from textseq.text.scan.piece_scan import PieceScan  # loads numba

        return PieceScan(rest, folder, threads=text.threads, keep_ids=keep_ids, limits=text.limits)

    def run(self, progress: ReadingProgress | None) -> Tally:
        self.scan.run(self.blocks, _ticker(self.blocks, progress))
        return self.scan.tally()

    def close(self) -> None:
        self.blocks.close()
        self.scan.close()


def _ticker(blocks: BlockReader, progress: ReadingProgress | None) -> Callable[[], None]:
    def tick() -> None:
        if progress is not None:
            progress(blocks.n_bytes, blocks.share)

    return tick


def _cleaned_lines(
    blocks: BlockReader, rest: TextConfig, tick: Callable[[], None]
) -> Iterator[str]:
    """Lines for training; a very long one in several pieces, which end between words."""
    clean = make_cleaner(rest.steps)
    while (taken := blocks.take()) is not None:
        yield from map(clean, taken[1].decode("utf-8").split("\n"))
        tick()


@functools.cache
def _kept_folder() -> Path:
    """For tokenizers trained in memory; it goes with the process."""
    lasting = ExitStack()
    atexit.register(lasting.close)
    return lasting.enter_context(temporary_folder())


# --- what comes out


def _vocab_of(tokenizer: Tokenizer) -> Vocab:
    return make_own_vocab(tokenizer.tokens or (), tokenizer.specials)


def _check_words(tally: Tally, text: _Text, *, own: bool = False) -> None:
    """ValueError if there would be no words to learn from."""
    if not tally.n_tokens:
        raise ValueError(f"no words in {text.name}")
    if not own and len(tally.vocab) == len(tally.vocab.specials):
        raise ValueError(
            f"no word is left of the {tally.n_distinct} in {text.name}: the most frequent one "
            f"stands there {tally.top_count} times, "
            + advise("min_count")
            + f" is {text.config.min_count}; lower it"
        )


def _options(config: TextConfig, n_bytes: int, digest: str) -> dict[str, Any]:
    """What config.json says of a corpus, beside its sizes."""
    return {"text": config.to_json(), "source": {"bytes": n_bytes, "blake2b": digest}}
