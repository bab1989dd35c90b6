"""What the commands that read text share: inputs, progress, and options that fit a vocabulary.

In: arguments of a command. Out: the same in the form that `text/` takes, or a usage error. No text
is read here but what can be read only once, where it has to be kept to be read twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from textseq.cli.display import Meter, duration, rate_line, say
from textseq.cli.options import bad, choice_option, kebab, number_option, value_option
from textseq.config import SUBWORD, FilterConfig, TextConfig
from textseq.unfinished import temporary_folder

if TYPE_CHECKING:
    from textseq.text.reading.shards import Shard
    from textseq.text.reading.sources import Inputs, TextSource
    from textseq.text.vocab import Vocab

VocabFolder = Annotated[
    Path | None,
    value_option("FOLDER", "A vocab, encoded or vectors folder, with its options.", "--vocab"),
]
Threads = Annotated[int, number_option("CPU threads (0: all of them).", low=0)]


def shard(given: Any) -> Any:
    """The parser of --shard."""
    from textseq.text.reading.shards import parse_shard

    try:
        return parse_shard(str(given))
    except ValueError as error:
        raise bad(str(error)) from None


ShardOption = Annotated[
    Any,
    value_option(
        "I/N",
        "Only the I-th of N parts of the input; `textseq merge` puts them together.",
        "--shard",
        parser=shard,
    ),
]


Engine = Annotated[
    str,
    choice_option(
        "--engine",
        ("local", "ray"),
        "This machine, or a Ray cluster: that of RAY_ADDRESS, else one begun here.",
    ),
]
Workers = Annotated[
    int,
    number_option(
        "With --engine ray: processes that work at the same time (0: as fits the cluster).", low=0
    ),
]


@contextmanager
def cluster(engine: str, workers: int) -> Iterator[None]:
    """For as long as a command needs it: the Ray cluster that --engine ray asks for."""
    if engine == "local":
        if workers:
            raise bad("--workers goes with --engine ray; here --threads says how many")
        yield
        return
    from textseq.ray_cluster import ray_cluster

    with ray_cluster():
        yield


@contextmanager
def reading(task: str, *, quiet: bool) -> Iterator[Callable[[int, float | None], None]]:
    """A progress function for work on text: bytes that are done, and their share of all."""
    with Meter(task, quiet=quiet) as meter:

        def progress(n_bytes: int, share: float | None) -> None:
            seconds, total = meter.seconds, n_bytes / share if share else None
            speed = rate_line(n_bytes / 1e6, total and total / 1e6, seconds, "MB")
            done = f"{n_bytes / 1e6:,.0f} MB  {speed}  {duration(seconds)}"
            meter.update(n_bytes, total, done)

        yield progress


def inputs_of(files: list[str] | None) -> list[str]:
    """The files given, or standard input."""
    return files or ["-"]


def cleaner_of(text: TextConfig) -> Callable[[str], str]:
    """The cleaning steps as one function; an unknown step is a wrong option."""
    from textseq.text.cleaning.steps import make_cleaner

    try:
        return make_cleaner(text.steps)
    except ValueError as error:
        raise bad(f"--clean: {error}") from None


def check_options(text: TextConfig) -> None:
    """What the config itself cannot check: cleaning steps, and a tokenizer that can be loaded."""
    cleaner_of(text)
    if text.tokenizer_file is not None or text.tokenizer == "korean":
        from textseq.text.tokens.tokenizer import load_tokenizer

        load_tokenizer(text)


def vocab_and_options(folder: Path | None, text: TextConfig) -> tuple[Vocab | None, TextConfig]:
    """A vocabulary comes with the options that made its tokens; others would not fit it."""
    if folder is None:
        return None, text
    from textseq.text.encoded.vocab_folder import load_vocab

    vocab, made_with = load_vocab(folder)
    if made_with is None:
        return vocab, text
    default = TextConfig()
    for name in ("clean", "lowercase", "unit", "tokenizer", "tokenizer_file", "min_count",
                 "max_vocab", "subword_vocab", "subword_sample", "korean_forms"):  # fmt: skip
        given = getattr(text, name)
        if given not in (getattr(default, name), getattr(made_with, name)):
            raise bad(f"{kebab(name)} comes with {folder} and cannot be given beside --vocab")
    return vocab, made_with.replace(encoding=text.encoding, errors=text.errors)


def say_of_shard(text: TextConfig) -> None:
    """Tell, before the work, what `textseq merge` would refuse after it."""
    if text.tokenizer not in SUBWORD and (text.min_count > 1 or text.max_vocab is not None):
        say("this part leaves words out; to merge it later, make it with --min-count 1 alone")


@contextmanager
def sources_of(files: list[str] | None, *, twice: bool) -> Iterator[list[TextSource]]:
    """What the files given are; what can be read only once is copied if it is read `twice`."""
    from textseq.text.reading.sources import find_sources, readable_twice

    sources = find_sources(inputs_of(files))
    if not twice:
        yield sources
        return
    with readable_twice(sources) as kept:
        yield kept


@contextmanager
def trained(
    inputs: Inputs, text: TextConfig, filters: FilterConfig | None = None, *, quiet: bool
) -> Iterator[TextConfig]:
    """The options with a tokenizer file; a subword tokenizer without one is trained on the text."""
    from textseq.text.encode import needs_training, train_tokenizer

    if not needs_training(text):
        yield text
        return
    with temporary_folder() as folder:
        with reading("train subwords", quiet=quiet) as progress:
            path = folder / "tokenizer.json"
            text = train_tokenizer(
                inputs, text, path, filters=filters, progress=progress,
            )  # fmt: skip
        yield text


def count(
    inputs: Inputs,
    text: TextConfig,
    filters: FilterConfig | None = None,
    part: Shard | None = None,
    *,
    quiet: bool,
) -> Vocab:
    """The vocabulary of a text."""
    from textseq.text.encode import count_files

    with reading("count", quiet=quiet) as progress:
        return count_files(inputs, text, filters=filters, shard=part, progress=progress)
