"""A grammar as a table, sentences drawn from it, and their parts for training and testing.

In: a table with a rule a line, `slot = phrase | phrase`, whose phrases hold words and [slots], and
a `Dice`. Out: sentences, words and marks separated by spaces; `parts` puts different ones into
train, valid and heldout. A phrase may begin with its weight (`3* the [noun]`); `%` goes on with the
rule of the line before. Knows no task, and of English only a and an.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

from miniworld_grammar import SLOT, Dice

DRAWS = 40  # for each wanted example; a grammar that repeats itself more is too small
T = TypeVar("T")
Rules = Mapping[str, Sequence[str]]


def rules(table: str) -> dict[str, list[str]]:
    """Slot -> its phrases, each as often as its weight says."""
    found: dict[str, list[str]] = {}
    slot = ""
    for line in table.strip().splitlines():
        phrases = line.strip()
        if phrases.startswith("%"):
            phrases = phrases[1:]
        else:
            slot, _, phrases = phrases.partition(" = ")
            found[slot] = []
        for phrase in filter(None, map(str.strip, phrases.split("|"))):
            weight, star, rest = phrase.partition("* ")
            found[slot] += [rest] * int(weight) if star else [phrase]
    return found


def write(phrase: str, grammar: Rules, dice: Dice) -> str:
    """The phrase with every [slot] replaced by a phrase of that slot, down to the words."""
    return SLOT.sub(lambda match: write(dice.one(grammar[match[1]]), grammar, dice), phrase)


def with_articles(words: Sequence[str]) -> list[str]:
    """a old dog -> an old dog, by the letter, not the sound."""
    return [
        "an" if word == "a" and after[:1].lower() in tuple("aeio") else word
        for word, after in zip(words, [*words[1:], ""], strict=True)
    ]


def parts(
    draw: Callable[[], T], key: Callable[[T], Hashable], sizes: Mapping[str, int]
) -> dict[str, list[T]]:
    """Part -> its examples; no key comes twice, in one part or in two.

    RuntimeError where the grammar has too few sentences for that.
    """
    seen: set[Hashable] = set()
    found: dict[str, list[T]] = {}
    for name, size in sizes.items():
        found[name] = []
        for _ in range(DRAWS * size):
            if len(found[name]) == size:
                break
            example = draw()
            if key(example) not in seen:
                seen.add(key(example))
                found[name].append(example)
        if len(found[name]) < size:
            raise RuntimeError(f"only {len(found[name])} different examples of {size} for {name}")
    return found
