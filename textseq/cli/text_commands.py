"""The commands from text to ids: tokenize, vocab, encode, merge.

In: files, folders, patterns or standard input; merge: folders. Out: lines on stdout, in order and
one for each line that came in, or a folder. How text is read, cleaned and cut is the business of
`text/`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli.display import data, json_line, many, say
from textseq.cli.folders import is_ours, load_vectors
from textseq.cli.options import (
    Force,
    Json,
    Quiet,
    TextFiles,
    Vectors,
    argument,
    bad,
    number_option,
    one_of,
    value_option,
)
from textseq.cli.places import take_place
from textseq.cli.reading import (
    Engine,
    ShardOption,
    Threads,
    VocabFolder,
    Workers,
    check_options,
    cleaner_of,
    cluster,
    count,
    inputs_of,
    reading,
    say_of_shard,
    sources_of,
    trained,
    vocab_and_options,
)
from textseq.config import FilterConfig, PadConfig, TextConfig
from textseq.unfinished import temporary_folder

if TYPE_CHECKING:
    from textseq.text.tokens.adapter import Tokenizer
    from textseq.text.vocab import Vocab

CORPUS = Path("textseq-corpus")
OUTPUTS = ("corpus", "ids", "one-hot", "dense")
_BATCH = 1 << 10  # lines that some tokenizers cut together, several times as fast


def tokenize(
    files: TextFiles = None,
    *,
    text: TextConfig,
    ids: Annotated[bool, typer.Option("--ids", help="Ids instead of tokens.")] = False,
    offsets: Annotated[
        bool,
        typer.Option(
            "--offsets", help="JSON with the place of each token in the line before cleaning."
        ),
    ] = False,
    vocab: VocabFolder = None,
    shard: ShardOption = None,
    json: Json = False,
) -> None:
    """Cut text into tokens or ids, line for line.

    --ids without --vocab counts the words of the same text first, as `textseq vocab` does; bpe,
    wordpiece and unigram without a --tokenizer-file are trained on it first.

    Examples:
      textseq tokenize --tokenizer word --lowercase page.txt
      textseq tokenize --tokenizer word --offsets page.txt | head -1
      textseq tokenize --ids --vocab ./textseq-vectors - < page.txt
    """
    from textseq.text.encode import needs_training
    from textseq.text.reading.corpus import read_units_of
    from textseq.text.reading.shards import shard_sources
    from textseq.text.tokens.tokenizer import load_tokenizer

    if ids and offsets:
        raise bad("--ids and --offsets were given; choose one of the two")
    table, text = vocab_and_options(vocab, text)
    check_options(text)
    twice = needs_training(text) or (ids and table is None)
    with (
        sources_of(files, twice=twice) as inputs,
        trained(inputs, text, quiet=True) as text,
    ):
        if ids and table is None:
            table = count(inputs, text, quiet=True)
        sources = inputs if shard is None else shard_sources(inputs, shard, text)
        units, tokenizer = read_units_of(sources, text), load_tokenizer(text)
        if offsets:
            _show_offsets(units, text, tokenizer)
            return
        for found in _cut(units, text, tokenizer):
            parts = iter([found]) if isinstance(found, list) else found
            if ids and table is not None:
                parts = (table.encode(tokens).tolist() for tokens in parts)
            if json:
                _show_json(parts)
            else:
                _show_words(parts)


def _show_words(parts: Iterator[list[Any]]) -> None:
    """The tokens or ids of a line on stdout; of a long line part by part."""
    # White space inside a token, as `char` and `--unit file` give it, is kept apart.
    lines = (" ".join([str(token).replace("\n", "\\n") for token in part]) for part in parts)
    sys.stdout.write(next(lines, ""))
    for line in lines:
        sys.stdout.write(" " + line)
    sys.stdout.write("\n")


def _show_json(parts: Iterator[list[Any]]) -> None:
    """The same as a JSON list."""
    lists = (dumps(part, ensure_ascii=False)[1:-1] for part in parts)
    sys.stdout.write("[" + next(lists, ""))
    for inside in lists:
        sys.stdout.write(", " + inside)
    sys.stdout.write("]\n")


def _cut(
    units: Iterator[str], text: TextConfig, tokenizer: Tokenizer
) -> Iterator[list[str] | Iterator[list[str]]]:
    """The tokens of each text, in order; those of a very long one in parts that are not empty."""
    from textseq.text.encode import takes_fast_path
    from textseq.text.tokens.tokenizer import LONG

    clean, by_char = cleaner_of(text), text.tokenizer == "char"
    in_parts = tokenizer.per_word or by_char
    batch: list[str] = []
    for unit in units:
        if len(unit) > LONG and in_parts:
            yield from _cut_all(batch, tokenizer)
            batch = []
            yield _parts(unit, clean, tokenizer, by_char=by_char, by_word=takes_fast_path(text))
        elif tokenizer.split_all is None:
            yield tokenizer.split(clean(unit))
        else:
            batch.append(clean(unit))
            if len(batch) == _BATCH:
                yield from _cut_all(batch, tokenizer)
                batch = []
    yield from _cut_all(batch, tokenizer)


def _cut_all(batch: list[str], tokenizer: Tokenizer) -> Iterator[list[str]]:
    if batch and tokenizer.split_all is not None:
        yield from tokenizer.split_all(batch)


def _parts(
    unit: str, clean: Callable[[str], str], tokenizer: Tokenizer, *, by_char: bool, by_word: bool
) -> Iterator[list[str]]:
    """The tokens of a long text, which would take many times its size, a part at a time."""
    from textseq.text.tokens.tokenizer import cut_long_text

    for piece in cut_long_text(unit if by_word else clean(unit), anywhere=by_char):
        if tokens := tokenizer.split(clean(piece) if by_word else piece):
            yield tokens


def _show_offsets(units: Iterator[str], text: TextConfig, tokenizer: Tokenizer) -> None:
    """Each line as [[token, start, stop], ...] in characters of what was read."""
    from textseq.text.cleaning.alignment import align

    clean = cleaner_of(text)
    for unit in units:
        cleaned = clean(unit)
        places = align(unit, cleaned, clean).spans(tokenizer.spans(cleaned))
        json_line(
            [[token, *place] for token, place in zip(tokenizer.split(cleaned), places, strict=True)]
        )


def vocab(
    context: typer.Context,
    files: TextFiles = None,
    *,
    text: TextConfig,
    filters: FilterConfig,
    out: Annotated[Path | None, value_option("FOLDER", "Write a folder.", "--out", "-o")] = None,
    shard: ShardOption = None,
    json: Json = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Count words: token, tab, count, the most frequent first.

    With bpe, wordpiece or unigram it trains the subwords, which a folder keeps as tokenizer.json.

    Examples:
      textseq vocab --min-count 1 corpus.txt.gz | head
      textseq vocab corpus/ --out ./words && textseq encode b/ --vocab ./words
      textseq vocab corpus/ --tokenizer bpe --subword-vocab 16000 --out ./subwords
    """
    from textseq.text.encode import needs_training
    from textseq.text.encoded.vocab_folder import save_vocab

    if out is not None:
        take_place(context, out, force=force)
    check_options(text)
    if shard is not None and needs_training(text):
        raise bad(f"--shard: train {text.tokenizer} on all of the text first, without --shard")
    if shard is not None and not quiet:
        say_of_shard(text)
    with (
        sources_of(files, twice=needs_training(text)) as inputs,
        trained(inputs, text, filters, quiet=quiet) as text,
    ):
        counted = count(inputs, text, filters, shard, quiet=quiet)
        if out is not None:
            more = {} if shard is None else {"shard": list(shard)}
            save_vocab(counted, text, out, more=more, overwrite=force)
    if out is not None:
        if not quiet:
            say(f"{many(_n_words(counted), 'word')} in {out}")
        return
    for token, n in counted.most_common():  # ids of subwords are in another order
        if json:
            json_line({"token": token, "count": n})
        else:
            token = token.replace("\t", "\\t").replace("\n", "\\n")  # only `char` gives such
            data(f"{token}\t{n}")


def encode(
    context: typer.Context,
    files: TextFiles = None,
    *,
    text: TextConfig,
    filters: FilterConfig,
    pad: PadConfig,
    output: Annotated[
        str | None,
        typer.Option(
            parser=one_of(*OUTPUTS),
            metavar="|".join(OUTPUTS),
            help="A corpus of ids, or rows of one length: ids, one-hot, or dense vectors "
            "(default: corpus; ids with an option for the length).",
        ),
    ] = None,
    vectors: Vectors = None,  # type: ignore[assignment]
    out: Annotated[Path, value_option("FOLDER", "Where the result goes.", "--out", "-o")] = CORPUS,
    vocab: VocabFolder = None,
    shard: ShardOption = None,
    threads: Threads = 0,
    engine: Engine = "local",
    workers: Workers = 0,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Turn text into ids: a corpus, or rows of one length.

    Also an encoded folder becomes rows. The result is a folder, to be read in no time.

    Rows of one length are ids.npy (lines, length), one_hot.npz (SciPy, sparse: one row a token) or
    dense.npy (lines, length, dim), which needs --vectors; lengths.npy tells how long each line is.

    Examples:
      textseq encode corpus/*.txt.gz --lowercase --out ./corpus
      textseq encode test.txt --vocab ./corpus --out ./test
      textseq encode ./corpus --max-length 64 --output ids --out ./rows
      textseq encode big/*.txt --shard 3/8 --min-count 1 --out ./part-3
      textseq encode big/ --engine ray --out ./corpus
    """
    from textseq.text.encode import encode_files
    from textseq.text.encoded import EncodedCorpus
    from textseq.text.reading.sources import find_sources

    take_place(context, out, force=force)
    if output is None:
        output = "corpus" if pad == PadConfig() else "ids"
    if output == "corpus" and pad != PadConfig():
        raise bad("a corpus keeps the length of its lines; give --output ids, one-hot or dense")
    if output == "dense" and vectors is None:
        raise bad("--output dense takes its vectors from --vectors, a folder or a file")
    if engine == "ray" and (shard is not None or threads or output != "corpus"):
        raise bad("--engine ray makes a whole corpus; no --shard, --threads or rows of one length")
    encoded = files is not None and len(files) == 1 and is_ours(files[0])
    if encoded and (output == "corpus" or vocab is not None or text != TextConfig()):
        raise bad(f"{files and files[0]} is encoded already; --output ids, one-hot or dense")
    table, text = vocab_and_options(vocab, text)
    check_options(text)
    if shard is not None and table is None and not quiet:
        say_of_shard(text)

    sources = [] if encoded else find_sources(inputs_of(files))

    def encode_into(folder: Path) -> EncodedCorpus:
        with cluster(engine, workers), reading("encode", quiet=quiet) as progress:
            if engine == "ray":
                from textseq.text.ray_encode import encode_on_ray

                return encode_on_ray(
                    inputs_of(files), text, folder, vocab=table, filters=filters, workers=workers,
                    overwrite=force, progress=progress,
                )  # fmt: skip
            return encode_files(
                sources, text, folder, vocab=table, filters=filters, shard=shard,
                threads=threads, overwrite=force, progress=progress,
            )  # fmt: skip

    if output == "corpus":
        corpus = encode_into(out)
        if not quiet:
            words = many(_n_words(corpus.vocab), "word")
            of = f" of {many(len(sources), 'file')}" if len(sources) > 1 else ""
            say(f"{many(corpus.n_tokens, 'token')} in {many(len(corpus), 'line')}{of}, {words}")
            for why, n in corpus.config.get("filters", {}).get("dropped", {}).items():
                say(f"{many(n, 'line')} dropped: {why.replace('_', ' ')}")
            next_step = f"train-w2v {out}" if shard is None else "merge"
            say(f"they are in {out}; next: textseq {next_step}")
        return
    from textseq.text.rows.padded import write_padded

    with temporary_folder() as folder:
        corpus = EncodedCorpus.load(files[0]) if files and encoded else encode_into(folder / "c")
        rows = write_padded(
            corpus, out, pad, output=output, overwrite=force,  # type: ignore[arg-type]
            vectors=None if vectors is None else load_vectors(vectors),
        )  # fmt: skip
    if not quiet:
        say(f"{many(len(rows), 'row')} of length {rows.length} in {out} ({output})")


def merge(
    context: typer.Context,
    parts: Annotated[list[str], argument("PARTS", "Folders that --shard has made.")],
    *,
    out: Annotated[Path, value_option("FOLDER", "Where the result goes.", "--out", "-o")] = CORPUS,
    min_count: Annotated[int, number_option("Words seen fewer times become <unk>.", low=1)] = 5,
    max_vocab: Annotated[int | None, number_option("Keep at most this many words.", low=1)] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Put the shards of a corpus or vocabulary together.

    The result is what one run over all of the text gives. Parts with words of their own are
    made with --min-count 1; which words stay is decided here.

    Examples:
      textseq encode big/*.txt --shard 1/2 --min-count 1 --out ./part-1
      textseq encode big/*.txt --shard 2/2 --min-count 1 --out ./part-2
      textseq merge ./part-1 ./part-2 --out ./corpus
    """
    from textseq.text.encoded.merging import merge_corpora, merge_vocabs
    from textseq.text.encoded.vocab_folder import VOCAB_KIND, read_kind

    take_place(context, out, force=force)
    only_vocabs = all(read_kind(part) == VOCAB_KIND for part in parts)
    if only_vocabs:
        words = merge_vocabs(parts, out, min_count=min_count, max_vocab=max_vocab, overwrite=force)
        told = f"{many(_n_words(words), 'word')} in {out}"
    else:
        corpus = merge_corpora(
            parts, out, min_count=min_count, max_vocab=max_vocab, overwrite=force
        )
        told = f"{many(corpus.n_tokens, 'token')} in {many(len(corpus), 'line')} in {out}"
    if not quiet:
        say(told)


def _n_words(vocab: Vocab) -> int:
    return len(vocab) - len(vocab.specials)
