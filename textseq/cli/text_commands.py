"""The commands from text to ids: clean, tokenize, vocab, encode.

In: files, folders, patterns or standard input. Out: lines on stdout, in order and one for each
line that came in, or a folder. How text is read, cleaned and cut is the business of `text/`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.artifact import check_free
from textseq.cli.display import Meter, data, duration, json_line, rate_line, say
from textseq.cli.folders import load_vocab, save_vocab
from textseq.cli.options import Force, Json, Only, Quiet, TextFiles, bad, kebab, number
from textseq.config import TextConfig

if TYPE_CHECKING:
    from textseq.text.vocab import Vocab

CORPUS = Path("textseq-corpus")
VocabFolder = Annotated[
    Path | None,
    typer.Option(
        "--vocab", metavar="FOLDER", help="A vocab, encoded or vectors folder, with its options."
    ),
]
Threads = Annotated[
    int, typer.Option(parser=number(int, 0), metavar="N", help="CPU threads (0: all of them).")
]


def clean(
    files: TextFiles = None,
    *,
    text: Annotated[TextConfig, Only("clean", "lowercase", "encoding", "errors")],
) -> None:
    """Apply the cleaning steps to text, line for line.

    Examples:
      textseq clean --clean nfkc,control,whitespace --lowercase page.txt
      zcat news.gz | textseq clean | less
    """
    from textseq.text.corpus import read_lines

    apply = _cleaner(text)
    for line in read_lines(_inputs(files), text):
        data(apply(line))


def tokenize(
    files: TextFiles = None,
    *,
    text: TextConfig,
    ids: Annotated[bool, typer.Option("--ids", help="Ids instead of tokens.")] = False,
    vocab: VocabFolder = None,
    json: Json = False,
) -> None:
    """Cut text into tokens or ids, line for line.

    --ids without --vocab counts the words of the same text first, as `textseq vocab` does.

    Examples:
      textseq tokenize --tokenizer word --lowercase page.txt
      textseq tokenize --ids --vocab ./textseq-vectors - < page.txt
    """
    from textseq.text.corpus import read_lines
    from textseq.text.tokenizer import make_tokenizer

    table, text = _vocab_and_options(vocab, text)
    apply, cut = _cleaner(text), make_tokenizer(text.tokenizer)
    with _readable_twice(_inputs(files), needed=ids and table is None) as inputs:
        if ids and table is None:
            table = _count(inputs, text, quiet=True)
        for line in read_lines(inputs, text):
            tokens: list[str] | list[int] = cut(apply(line))
            if ids and table is not None:
                tokens = table.encode(tokens).tolist()  # type: ignore[arg-type]
            if json:
                json_line(tokens)
            else:
                data(" ".join(map(str, tokens)))


def vocab(
    files: TextFiles = None,
    *,
    text: TextConfig,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Write a folder.")
    ] = None,
    json: Json = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Count words: token, tab, count, the most frequent first.

    Examples:
      textseq vocab --min-count 1 corpus.txt.gz | head
      textseq vocab corpus/ --out ./words && textseq encode corpus/ --vocab ./words
    """
    if out is not None:
        check_free(out, overwrite=force)
    check_options(text)
    counted = _count(_inputs(files), text, quiet=quiet)
    n_special = len(counted.specials)
    if out is not None:
        save_vocab(counted, text, out, overwrite=force)
        if not quiet:
            say(f"{len(counted) - n_special:,} words in {out}")
        return
    words = zip(counted.tokens[n_special:], counted.counts[n_special:].tolist(), strict=True)
    for token, count in words:
        if json:
            json_line({"token": token, "count": count})
        else:
            token = token.replace("\t", "\\t")  # only `char` gives such a token
            data(f"{token}\t{count}")


def encode(
    files: TextFiles = None,
    *,
    text: TextConfig,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the result goes.")
    ] = CORPUS,
    vocab: VocabFolder = None,
    threads: Threads = 0,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Turn text into a folder of ids, to be read in no time.

    Examples:
      textseq encode corpus/*.txt.gz --lowercase --out ./corpus
      textseq encode test.txt --vocab ./corpus --out ./test
    """
    from textseq.text.encoded import encode_files

    check_free(out, overwrite=force)
    table, text = _vocab_and_options(vocab, text)
    check_options(text)
    with reading("encode", quiet=quiet) as progress:
        corpus = encode_files(
            _inputs(files), text, out, vocab=table, threads=threads, overwrite=force,
            progress=progress,
        )  # fmt: skip
    if not quiet:
        say(f"{corpus.n_tokens:,} tokens in {len(corpus):,} lines, {len(corpus.vocab):,} words")
        say(f"they are in {out}; next: textseq train-w2v {out}")


@contextmanager
def reading(task: str, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A progress function for work on text: it takes the bytes that are done."""
    with Meter(task, quiet=quiet) as meter:

        def progress(n_bytes: int) -> None:
            seconds = meter.seconds
            speed = rate_line(n_bytes / 1e6, None, seconds, "MB")
            meter.update(n_bytes, None, f"{n_bytes / 1e6:,.0f} MB  {speed}  {duration(seconds)}")

        yield progress


def _inputs(files: list[str] | None) -> list[str]:
    return files or ["-"]


def _cleaner(text: TextConfig) -> Callable[[str], str]:
    """The cleaning steps as one function; an unknown step is a wrong option."""
    from textseq.text.cleaning import make_cleaner

    try:
        return make_cleaner(text.steps)
    except ValueError as error:
        raise bad(f"--clean: {error}") from None


def check_options(text: TextConfig) -> None:
    """What the config itself cannot check; BadParameter for an unknown cleaning step."""
    _cleaner(text)


def _vocab_and_options(folder: Path | None, text: TextConfig) -> tuple[Vocab | None, TextConfig]:
    """A vocabulary comes with the options that made its tokens; others would not fit it."""
    if folder is None:
        return None, text
    vocab, made_with = load_vocab(folder)
    if made_with is None:
        return vocab, text
    default = TextConfig()
    for name in ("clean", "lowercase", "tokenizer", "min_count", "max_vocab"):
        given = getattr(text, name)
        if given not in (getattr(default, name), getattr(made_with, name)):
            raise bad(f"{kebab(name)} comes with {folder} and cannot be given beside --vocab")
    return vocab, made_with.replace(encoding=text.encoding, errors=text.errors)


@contextmanager
def _readable_twice(inputs: list[str], *, needed: bool) -> Iterator[list[str]]:
    """The inputs, standard input in a temporary file if it has to be read a second time."""
    if not needed or "-" not in inputs:
        yield inputs
        return
    with tempfile.NamedTemporaryFile(prefix="textseq-") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        yield [file.name if name == "-" else name for name in inputs]


def _count(inputs: list[str], text: TextConfig, *, quiet: bool) -> Vocab:
    from textseq.text.encoded import count_files

    with reading("count", quiet=quiet) as progress:
        return count_files(inputs, text, progress=progress)
