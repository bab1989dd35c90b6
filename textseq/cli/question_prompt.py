"""The prompt of `nearest`: one question after another, on a terminal.

In: lines that a person types: words, sums of words, analogies. Out: tables on stdout; errors and
help on stderr, which do not end it. Lines are edited by readline, with what was typed before
(arrows, Ctrl-R; line_history.py keeps it for the next time) and words to complete (Tab).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textseq.advice import in_a_shell
from textseq.cli.display import data, say
from textseq.cli.line_history import add_to_history, history_file, read_history
from textseq.cli.neighbour_display import show_neighbours
from textseq.cli.question_lines import word_finder
from textseq.stopping import answered

if TYPE_CHECKING:
    from textseq.text.vocab import Vocab
    from textseq.vectors.word_vectors import WordVectors

_HELP = """\
  king                      words near it; of several words, each by itself
  king - man + 0.5 * woman  words near a sum: signs between blanks, weights with *
  man : king :: woman       what is to the last as the second is to the first
  Tab                       completes a word; arrows bring back what was typed
  Ctrl-C, Ctrl-D            clear the line, end"""
_MOST_COMPLETIONS = 50


def prompt(vectors: WordVectors, options: dict[str, Any]) -> None:
    """Ask and answer until Ctrl-D; `options` are those of `WordVectors.nearest`."""
    history = history_file() if _edit_lines(vectors.vocab) else None
    lines: list[str] = []
    if history is not None:
        _bring_back(read_history(history))
    try:
        _ask_lines(vectors, options, lines)
    finally:
        if history is not None:
            add_to_history(history, lines)


def _ask_lines(vectors: WordVectors, options: dict[str, Any], lines: list[str]) -> None:
    """The same; what is typed is put behind `lines`."""
    find = word_finder(vectors)
    say(f"{len(vectors):,} words of dim {vectors.dim}; ? for help, Ctrl-D ends")
    while True:
        try:
            line = input("> ").strip()
            lines.append(line)
            if line == "?":
                say(_HELP)
            elif line:
                _answer(line, vectors, find, options)
        except EOFError:
            say("")
            return
        except KeyboardInterrupt:
            answered()
            say("")
        except (UnicodeError, ValueError, KeyError) as error:
            say(f"textseq: {in_a_shell(str(error))}")


def _answer(
    line: str, vectors: WordVectors, find: Callable[[str], str], options: dict[str, Any]
) -> None:
    """Answer one line; ValueError and KeyError for what is no question."""
    cells = line.split()
    if line not in vectors and "::" in cells:
        a, b, c = map(find, _analogy(cells))
        n = {} if options["n"] is None else {"n": options["n"]}
        show_neighbours(vectors.analogy(a, b, c, restrict=options["restrict"], **n))
    elif line not in vectors and not {"+", "-"}.isdisjoint(cells):
        signed = [(sign, (find(word), weight)) for sign, word, weight in _terms(cells)]
        added, subtracted = ([term for sign, term in signed if sign == s] for s in "+-")
        show_neighbours(vectors.nearest_combined(added, subtracted, **options))
    else:
        words = [line]
        if len(cells) > 1:
            try:
                find(line)
            except KeyError:
                words = cells
        for word in words:
            answer = vectors.nearest(find(word), **options)
            if len(words) > 1:
                data(word)
            show_neighbours(answer, indent="  " if len(words) > 1 else "")


def _analogy(cells: list[str]) -> tuple[str, str, str]:
    """The words of "a : b :: c"."""
    first, _, c = " ".join(cells).partition(" :: ")
    a, _, b = first.partition(" : ")
    if not (a and b and c):
        raise ValueError("an analogy is a : b :: c, with blanks around the signs")
    return a, b, c


def _terms(cells: list[str]) -> list[tuple[str, str, float]]:
    """The sign, the word and the weight of each term of a sum."""
    terms: list[tuple[str, list[str]]] = []
    for cell in cells if cells[0] in ("+", "-") else ["+", *cells]:
        if cell in ("+", "-"):
            terms.append((cell, []))
        else:
            terms[-1][1].append(cell)
    found = []
    for sign, words in terms:
        weight = 1.0
        if len(words) > 2 and words[1] == "*":
            with suppress(ValueError):
                weight = float(words[0])
                words = words[2:]
        if not words:
            raise ValueError(f"a word is missing behind {sign}")
        found.append((sign, " ".join(words), weight))
    return found


def _edit_lines(vocab: Vocab) -> bool:
    """History and completion, where Python has readline; without it lines are as they are."""
    try:
        import readline
    except ImportError:
        return False
    matches: list[str] = []

    def complete(begun: str, number: int) -> str | None:
        if number == 0:
            found = (token for token in vocab.tokens if token.startswith(begun))
            matches[:] = [each for _, each in zip(range(_MOST_COMPLETIONS), found, strict=False)]
        return matches[number] if number < len(matches) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" ")
    is_libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")
    return True


def _bring_back(lines: list[str]) -> None:
    """Put lines before those that will be typed."""
    import readline

    for line in lines:
        readline.add_history(line)
