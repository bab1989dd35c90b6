"""The command `textseq`: find the command, run it, turn what goes wrong into one line.

In: the arguments of the command line. Out: an exit status: 0, 1, 2 for a wrong use, 130 for
Ctrl-C, 143 for SIGTERM, 129 for SIGHUP. The commands themselves are in their own files, one for
each group of them; a new command is a function there and a row in COMMANDS.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, Annotated, Any, TextIO

import typer
import typer.main

from textseq import __version__
from textseq.advice import in_a_shell
from textseq.cli.display import say
from textseq.cli.errors import describe
from textseq.cli.folders import TRAINED
from textseq.cli.help import FLAG, command_class
from textseq.cli.options import unfold
from textseq.stopping import raise_what_was_lost, terminating_raises
from textseq.text.notices import TextNotice

# Where each command is; the function is named like the command, with _ for -.
COMMANDS = {
    "clean": "clean_command",
    "tokenize": "text_commands",
    "vocab": "text_commands",
    "encode": "text_commands",
    "merge": "text_commands",
    "stats": "stats_command",
    "corpora": "corpora_command",
    "train-w2v": "train_commands",
    **{f"train-{name}": f"{name}_command" for name in TRAINED},
    "predict": "predict_command",
    "evaluate": "evaluate_command",
    "generate": "generate_command",
    "export": "export_command",
    "nearest": "nearest_command",
    "analogy": "vector_commands",
    "similarity": "vector_commands",
    "rank": "vector_commands",
    "closer": "vector_commands",
    "odd-one-out": "vector_commands",
    "embed": "embed_command",
    "eval-w2v": "eval_command",
    "plot": "plot_command",
    "explore": "explore_command",
    "convert": "convert_command",
    "index": "index_command",
    "push": "hub_commands",
    "pull": "hub_commands",
    "compare": "compare_command",
    "align": "compare_command",
    "weat": "weat_command",
    "grad-flow": "gradient_command",
    "doctor": "doctor",
}
# What they do in a line, so that a list of them loads none; those without one are asked.
SUMMARIES = {
    "clean": "Clean text, line for line, and filter its lines.",
    "tokenize": "Cut text into tokens or ids, line for line.",
    "vocab": "Count words: token, tab, count, the most frequent first.",
    "encode": "Turn text into ids: a corpus, or rows of one length.",
    "merge": "Put the shards of a corpus or vocabulary together.",
    "stats": "Show how long lines are, and what a fixed length costs.",
    "corpora": "List known corpora, show one, or fetch one.",
    "train-w2v": "Train word vectors with word2vec.",
    "predict": "Predict with any trained sequence model.",
    "evaluate": "Score any trained sequence model on labelled data.",
    "generate": "Generate text with a trained language model.",
    "export": "Write a trained network as an ONNX file.",
    "nearest": "List the words nearest to each word, or to a sum.",
    "analogy": "Answer the question: A is to B as C is to what?",
    "similarity": "Print the cosine of two words or texts, -1 to 1.",
    "rank": "Print the position of B among the words near A.",
    "closer": "List the words that are nearer to A than B is.",
    "odd-one-out": "Print the word that fits the others least.",
    "embed": "Print a vector for each line of text, as a list in JSON.",
    "eval-w2v": "Score vectors: analogies by section, and rated pairs.",
    "plot": "Draw words as points on a plane.",
    "explore": "Make a page to search and walk through the words.",
    "convert": "Convert word vectors to another format, or from one.",
    "index": "Make an index of word vectors, for approximate answers.",
    "push": "Put word vectors on the Hugging Face hub.",
    "pull": "Fetch word vectors from the Hugging Face hub.",
    "compare": "List the words that mean something else in B.",
    "align": "Turn the vectors B into the space of A.",
    "weat": "Test whether words X lean to A more than words Y do.",
    "grad-flow": "Show how gradients vanish or explode.",
    "doctor": "Show versions, CPU, GPU, caches and corpora; or tidy up.",
}
_COMPLETING = "_TEXTSEQ_COMPLETE"  # set by the shell that asks for completions


def make_app(
    names: Sequence[str] = tuple(COMMANDS), *, options: bool = True, whole_help: bool = False
) -> typer.Typer:
    """The application with these commands; building one of them is faster than all.

    Without `options` there are their names and what they do, which is all that a list needs.
    `whole_help`: with each option, not only those that people set.
    """
    app = typer.Typer(
        # Its two options make typer load pydantic (40 ms) even where only --help is asked.
        add_completion=len(names) > 1,
        # Without markup, typer does not load rich (50 ms) and help is plain text.
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(_about)
    for name in names:
        if not options and name in SUMMARIES:
            app.command(name, help=SUMMARIES[name])(_nothing)
            continue
        module = importlib.import_module(f"textseq.cli.{COMMANDS[name]}")
        function = getattr(module, name.replace("-", "_"))
        # \b keeps the lines of the examples apart.
        help = (function.__doc__ or "").replace("\n    Examples:\n", "\n    \b\n    Examples:\n")
        if options:
            kind = command_class(function, whole=whole_help)
            app.command(name, help=help, cls=kind)(unfold(function))
        else:
            app.command(name, help=help)(_nothing)
    return app


def _nothing() -> None:
    """A command in a list of them."""


def _about(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of errors.")] = False,
) -> None:
    """From raw text to word vectors to sequence models.

    \b
    Examples:
      textseq train-w2v --mode cbow && textseq nearest king
      textseq COMMAND --help
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    end = arguments.index("--") if "--" in arguments else len(arguments)
    flags, rest = arguments[:end], arguments[end:]
    # These two may stand anywhere, as people add them to a line that is there already.
    debug = "--debug" in flags
    flags = [flag for flag in flags if flag != "--debug"]
    if "--version" in flags:
        flags, rest = ["--version"], []
    _prepare_streams()
    with warnings.catch_warnings():
        warnings.simplefilter("always", TextNotice)
        warnings.showwarning = _notices(warnings.showwarning)
        status = _guarded(flags, rest, debug=debug)
    _seal(sys.stdout, sys.stderr)
    return status


def _guarded(flags: Sequence[str], rest: Sequence[str], *, debug: bool) -> int:
    """Run it, and say in one line what went wrong."""
    try:
        with terminating_raises():  # so that what is half written is removed
            status = _run([*flags, *rest] or ["--help"])
            sys.stdout.flush()
            raise_what_was_lost()
    except BrokenPipeError:
        status = 0  # the reader has seen enough (`| head`)
    except SystemExit as end:  # of a library: Ray ends a process so that is told to by SIGTERM
        status = end.code if isinstance(end.code, int) else 1
    except BaseException as error:
        if debug:
            traceback.print_exc()
        message, status = describe(error)
        with suppress(OSError):
            sys.stdout.flush()
        with suppress(OSError):
            print(f"textseq: {message}", file=sys.stderr, flush=True)
    return status


def _notices(show: Callable[..., None]) -> Callable[..., None]:
    """`show`, but what the library says of a text is a plain line, once each."""
    said: set[str] = set()

    def show_warning(message: Warning | str, category: type[Warning], *place: Any) -> None:
        if not issubclass(category, TextNotice):
            show(message, category, *place)
        elif str(message) not in said:
            said.add(str(message))
            say(f"textseq: {in_a_shell(str(message))}")

    return show_warning


def _run(arguments: list[str]) -> int:
    if arguments == ["--version"]:
        print(f"textseq {__version__}")
        return 0
    completing = _COMPLETING in os.environ
    known = arguments[0] in COMMANDS and not completing
    names = [arguments[0]] if known else tuple(COMMANDS)
    whole = FLAG in arguments[: arguments.index("--")] if "--" in arguments else FLAG in arguments
    if whole:
        arguments = ["--help" if argument == FLAG else argument for argument in arguments]
    app = make_app(names, options=known or completing, whole_help=whole)
    command = typer.main.get_command(app)
    if completing:
        command.main(args=arguments, prog_name="textseq")
    try:
        # Not command.main(): it shows errors in its own way, usage text first.
        with command.make_context("textseq", arguments, obj=arguments) as context:
            command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    return 0


def _prepare_streams() -> None:
    """UTF-8 on stdout whatever the locale; streams that were closed (`>&-`) swallow all."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - for the life of the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    # Bytes of a file name that are no text go out as they came in.
    _reconfigure(sys.stdout, encoding="utf-8", errors="surrogateescape", newline="\n")
    _reconfigure(sys.stderr, errors="backslashreplace")


def _reconfigure(stream: TextIO, **settings: Any) -> None:
    change = getattr(stream, "reconfigure", None)
    if change is not None:
        change(**settings)


def _seal(*streams: IO[str]) -> None:
    """Keep the interpreter from failing again, at its end, at what could not be written."""
    for stream in streams:
        try:
            stream.flush()
        except OSError:
            with suppress(OSError):  # also io.UnsupportedOperation: a stream without a file
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
