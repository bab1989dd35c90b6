"""The commands of language models: train-lm and generate.

In: text, tables, an encoded corpus, or nothing (a part of the bundled corpus); a trained folder
and prompts. Out: the model's folder, with progress on stderr, and its scores on stdout where they
are asked for; text on stdout as it is made. Encoding, training and choosing tokens are the
library's.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.bundled import CORPUS, bundled
from textseq.cli.display import json_line, many, say
from textseq.cli.folders import is_ours
from textseq.cli.options import (
    Defaults,
    Given,
    Json,
    Only,
    Quiet,
    argument,
    bad,
    choice_option,
    kebab,
    number_option,
    value_option,
)
from textseq.cli.reading import check_options, reading
from textseq.cli.recipe_choice import choose_recipe
from textseq.cli.score_display import show_report
from textseq.cli.sequence_data import (
    ONE_WAY,
    as_first,
    check_tables,
    learnt_columns,
    row_options,
    table_flags,
)
from textseq.cli.sequence_training import (
    LANGUAGE_MODEL,
    check_places,
    train_and_save,
    vectors_to_begin_with,
)
from textseq.cli.train_flags import (
    DataFlags,
    RecipeFlags,
    RunFlags,
    TableFlags,
    TextColumn,
)
from textseq.cli.trained_model import TextGiven, input_reader
from textseq.config import LanguageModelConfig, RNNConfig, TextConfig, TrainConfig, recipes
from textseq.unfinished import temporary_folder

if TYPE_CHECKING:
    from textseq.rnn.data.examples import Examples

BUNDLED_LINES = 20_000  # a quarter of the bundled corpus: enough for a model in a minute


def train_lm(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        argument(
            "FILES", "Text, a column of tables, or one encoded folder; nothing: the bundled corpus."
        ),
    ] = None,
    *,
    text_column: TextColumn = "text",
    tables: TableFlags,
    more: Annotated[DataFlags, Defaults(DataFlags(valid_share=0.05))],
    run: Annotated[RunFlags, Defaults(RunFlags(LANGUAGE_MODEL))],
    recipe: RecipeFlags,
    options: Given[LanguageModelConfig],
    network: Annotated[Given[RNNConfig], Defaults(recipes.LANGUAGE_MODEL.network), ONE_WAY],
    training: Annotated[Given[TrainConfig], Defaults(recipes.LANGUAGE_MODEL.training)],
    text: Given[TextConfig],
) -> None:
    """Train a recurrent language model.

    It reads the text as --batch-size streams side by side, updates every --k1 tokens and carries
    the state on. Perplexity is told per token of the tokenizer, line ends (<eos>) included, and
    per word between white space, so that models with other tokenizers can be compared. --valid and
    --test (text, tables or one encoded folder; without, the end of FILES is validated on) are given
    once for each file. --test is scored once, by the best epoch; --json without it scores the
    validation text. The bundled corpus is read --epochs 3 times.

    Examples:
      textseq train-lm && textseq generate --prompt 'the king'
      textseq train-lm plays.txt --tokenizer char --min-count 1 --k1 100
      textseq train-lm news.csv --text body --valid later.csv --valid more.jsonl
      textseq train-lm news.txt.gz --tokenizer bpe --test last.txt --k1 35 --k2 70
    """
    place = check_places(context, run)
    if not 0 < more.valid_share < 1:
        raise bad(f"--valid-share is {more.valid_share:g}; it is above 0 and below 1")
    chosen = choose_recipe(
        context, "language-model", recipe, options, network, training, text,
        bundled=not files
    )  # fmt: skip
    if chosen.options.tied and chosen.network.input == "one-hot":
        raise bad("--input one-hot has no embeddings for the output to share; add --not-tied")
    from textseq.rnn.models.language_model import LanguageModel

    columns = tables.columns(text=text_column)
    rows = row_options(tables.bad_rows)
    given = (files or [], more.valid or [], more.test or [])
    texts = [name for names in given for name in names if not is_ours(name)]
    if tables.table_kind is None:
        check_tables(table_flags(context), texts)
    with _read(
        *given, more.valid_share, chosen.text, columns | rows, quiet=run.quiet
    ) as (first, last, unseen):  # fmt: skip
        model = LanguageModel.for_dataset(first, chosen, vectors=vectors_to_begin_with(run))
        model.info["columns"] = learnt_columns(columns, rows)
        tokenizer = model.text_config.tokenizer

        def show(scores: dict[str, float]) -> str:
            shown = f"perplexity {scores['perplexity']:.2f} a token ({tokenizer})"
            if "bits_per_char" in scores:
                return f"{shown}, {scores['bits_per_char']:.3f} bits a character"
            shown += f", {scores['word_perplexity']:.2f} a word"
            return f"{shown}, {scores['unknown']:.1%} <unk>" if scores["unknown"] else shown

        train_and_save(context, model, first, last, chosen, place, run, show=show)
        if unseen is not None:
            show_report(model.report(unseen), "test", len(unseen), "line", json=run.json)
        elif run.json:
            show_report(model.report(last), "validation", len(last), "line", json=True)
    if not run.quiet:
        where = "" if run.out == LANGUAGE_MODEL else f" --model {shlex.quote(str(run.out))}"
        say(f"next: textseq generate{where}")


@contextmanager
def _read(
    files: list[str],
    valid: list[str],
    test: list[str],
    share: float,
    text: TextConfig,
    columns: dict[str, Any],
    *,
    quiet: bool,
) -> Iterator[tuple[Examples, Examples, Examples | None]]:
    """What is learnt, what it is validated and what it is tested on; encoded text lasts as long as
    the block."""
    from textseq.rnn.data.language_data import encode_texts, stream_of, stream_size
    from textseq.text.encode import encode_lines
    from textseq.text.encoded import EncodedCorpus
    from textseq.text.reading.corpus import read_lines

    encoded, *_ = [_is_encoded(given) for given in (files, valid, test)]  # all, before the work
    if encoded and text != TextConfig():
        raise bad(
            f"{files[0]} is encoded already; text options (--lowercase, --min-count ...) go to "
            "`textseq encode`"
        )
    with temporary_folder() as folder:

        def read(given: list[str], name: str, config: TextConfig, **vocab: Any) -> Examples:
            if _is_encoded(given):
                return stream_of(EncodedCorpus.load(given[0]))
            with reading("encode", quiet=quiet) as progress:
                corpus = encode_texts(
                    given, config, folder / name, progress=progress,
                    **vocab,
                    columns=columns if name == "train" else as_first(columns),
                )  # fmt: skip
            return stream_of(corpus)

        if not encoded:
            check_options(text)
        if files:
            dataset = read(files, "train", text)
        else:
            lines = read_lines([str(bundled(CORPUS))], TextConfig())
            dataset = stream_of(encode_lines(islice(lines, BUNDLED_LINES), text))
        config = dataset.text_config.replace(encoding=text.encoding, errors=text.errors)

        def more(given: list[str], name: str) -> Examples:
            found = read(given, name, config, vocab=dataset.vocab)
            if stream_size(found) < 2:
                raise ValueError(f"no examples in {', '.join(given)}, which --{name} names")
            return found

        parts = (dataset, more(valid, "valid")) if valid else _cut(dataset, share, files)
        yield *parts, more(test, "test") if test else None


def _is_encoded(given: list[str]) -> bool:
    """Whether this is an encoded folder; one among other inputs is a wrong use."""
    ours = [name for name in given if is_ours(name)]
    if ours and len(given) > 1:
        raise bad(f"{', '.join(given)}: {ours[0]} is an encoded folder; give it alone")
    return bool(ours)


def _cut(dataset: Examples, share: float, files: list[str]) -> tuple[Examples, Examples]:
    """What is learnt and what it is validated on; ValueError where one has nothing to predict."""
    from textseq.rnn.data.language_data import cut, stream_size
    from textseq.text.reading.corpus import naming

    n_lines = len(dataset)
    if n_lines > 1:
        first, last = cut(dataset, share)
        if min(stream_size(first), stream_size(last)) > 1:
            return first, last
    with naming(files):
        raise ValueError(
            f"a share of {share:g} of the {many(n_lines, 'line')} leaves a part of fewer than "
            "two tokens, and a prediction needs two; give data of its own with --valid, or "
            + ("try another --valid-share" if n_lines > 1 else "more lines")
        )


# ---- generate


def generate(
    files: Annotated[
        list[str] | None,
        argument("FILES", "Prompts: each line of text (-: standard input), or a column of tables."),
    ] = None,
    *,
    prompt: Annotated[
        str | None, value_option("TEXT", "What is gone on from (-: each line).", "--prompt", "-p")
    ] = None,
    text_column: TextGiven = None,
    tables: TableFlags,
    model: Annotated[
        Path, value_option("FOLDER", "What `train-lm` wrote.", "--model", "-m")
    ] = LANGUAGE_MODEL,
    n: Annotated[int, number_option("How many texts.", "--samples", "-n", low=1)] = 1,
    max_tokens: Annotated[int, number_option("Tokens of a text, at most.", low=1)] = 200,
    temperature: Annotated[
        float, number_option("Below 1: safer, above: bolder; 0: greedy.", kind=float, low=0)
    ] = 0.8,
    top_k: Annotated[
        int | None, number_option("Only the N most likely tokens (default: all).", low=1)
    ] = None,
    top_p: Annotated[
        float, number_option("Only the likeliest tokens of this share.", kind=float, low=None)
    ] = 1.0,
    stop_at: Annotated[
        str,
        choice_option(
            "--stop-at", ("eos", "none"), "End a text with its line, or go on to --max-tokens."
        ),
    ] = "eos",
    seed: Annotated[int, number_option("The same seed, the same text.", low=0)] = 1,
    device: Annotated[
        str, choice_option("--device", ("auto", "cpu", "cuda"), "Where it runs.")
    ] = "cpu",
    text: Annotated[TextConfig, Only("encoding", "errors")],
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Generate text with a trained language model.

    The prompt is printed first, then what follows, as it is made. The samples of one seed differ,
    and the first ones stay the same if more are wanted. Each line of FILES is a prompt, of tables
    (.tsv, .csv, .jsonl) each row of the column --text, by default the one that training read, or
    else "text". An empty one is the beginning of a line. --prompt - takes each line of standard
    input.

    Examples:
      textseq generate --prompt 'the king' --temperature 0.7 -n 5
      textseq generate -m ./plays -p 'ROMEO:' --stop-at none --max-tokens 500
      textseq generate --prompt - --top-p 0.9 --json < beginnings.txt
      textseq generate beginnings.txt -n 3 --json
      textseq generate plays.csv --text beginning --max-tokens 50
    """
    from textseq.rnn.layers.decoding import Sampling
    from textseq.rnn.models.language_model import LanguageModel
    from textseq.rnn.models.prompt import read_prompt
    from textseq.rnn.tasks.language import LanguagePipeline
    from textseq.rnn.training.fit import pick_torch_device

    columns = {
        "text": text_column, "header": tables.header, "quoted": tables.quoted,
        "separator": tables.separator, "bad_rows": tables.bad_rows,
    }  # fmt: skip
    if files and prompt is not None:
        raise bad(f"--prompt {prompt!r} and FILES were given; the prompts are one or the other")
    files = ["-"] if prompt == "-" else files or []
    if tables.table_kind is None:
        given_flags = [kebab(name) for name, value in columns.items() if value is not None]
        check_tables(given_flags, files)
    columns["table"] = tables.table_kind
    try:
        sampling = Sampling(temperature, top_k, top_p)
    except ValueError as error:
        name, _, rest = str(error).partition(" is ")
        raise bad(f"--{name.replace('_', '-')} is {rest}") from None
    loaded = LanguageModel.load(model, str(pick_torch_device(device)))
    read = input_reader(LanguagePipeline(loaded), columns, text)
    prompts = read(files) if files else [prompt or ""]
    for given in prompts:
        begun = read_prompt(loaded, given)
        if begun.unknown and not quiet:
            say(f"textseq: not in the vocabulary: {', '.join(dict.fromkeys(begun.unknown))}")
        for sample in range(n):
            # Texts of neighbouring seeds must not be each other's samples.
            number_ = seed * 1_000_003 + sample
            pieces = begun.go_on(
                sampling, max_tokens=max_tokens, seed=number_, stop_at_eos=stop_at == "eos"
            )
            if json:
                json_line({"prompt": given, "sample": sample, "text": begun.text + "".join(pieces)})
            else:
                for piece in chain([begun.text], pieces, ["\n"]):
                    _put(piece)
                if stop_at == "none" and sample < n - 1:
                    _put("\n")  # an empty line between texts of several lines


def _put(text: str) -> None:
    """Text on stdout, at once."""
    sys.stdout.write(text)
    sys.stdout.flush()
