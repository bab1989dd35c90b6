"""A tiny sentence machine: dice, and templates whose [slots] a frame fills.

In: a template such as "the [noun] [do.past] [when]" and a frame {slot: choices}.
Out: the sentence, a str. Every random draw is `random.Random.random()`, whose sequence Python
promises to keep; nothing else of `random` is used, so a seed means the same text everywhere.
Does not know a language: the inflections behind `.past` are passed in as functions.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
Frame = dict[str, str | list[str]]
Topic = tuple[int, list[str], list[Frame]]  # weight, templates, the frames they are about

REDRAWS = 4
SHORTEST, LONGEST = 4, 8  # sentences in a paragraph
SLOT = re.compile(r"\[([a-z_]+)(?:\.([a-z]+))?\]")


class Dice:
    """Seeded choices: `one` is uniform, `early` prefers the front of a list, `chance` is a coin."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def chance(self, probability: float) -> bool:
        return self._random() < probability

    def below(self, n: int) -> int:
        return int(self._random() * n)

    def one(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def early(self, items: Sequence[T]) -> T:
        u = self._random()
        return items[int(len(items) * u * (0.4 + 0.6 * u))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        keyed = sorted((self._random(), pos) for pos in range(len(items)))
        return [items[pos] for _, pos in keyed]


def fill(
    template: str, frame: Frame, dice: Dice, inflections: dict[str, Callable[[str], str]]
) -> str:
    """Replace each slot by a choice from the frame, inner slots first, inflected last.

    A slot that comes twice in a sentence gets two different choices where it has them.
    """
    used: set[str] = set()

    def replace(match: re.Match[str]) -> str:
        choices = frame[match[1]]
        if isinstance(choices, str):
            chosen = choices
        else:
            chosen = dice.early(choices)
            for _ in range(REDRAWS):
                if chosen in used:
                    chosen = dice.early(choices)
        if "[" in chosen:
            chosen = SLOT.sub(replace, chosen)
        else:
            used.add(chosen)
        return inflections[match[2]](chosen) if match[2] else chosen

    return SLOT.sub(replace, template)


def paragraphs(topics: Sequence[Topic], dice: Dice) -> Iterator[tuple[str, Frame]]:
    """Endless (template, frame): some templates of one topic about one frame, then the next.

    Topics come by weight; inside a topic each frame has its turn before any has a second one.
    """
    total = sum(weight for weight, _, _ in topics)
    waiting: list[list[Frame]] = [[] for _ in topics]
    while True:
        draw, pos = dice.below(total), 0
        while draw >= topics[pos][0]:
            draw -= topics[pos][0]
            pos += 1
        _, templates, frames = topics[pos]
        if not waiting[pos]:
            waiting[pos] = dice.shuffled(frames)
        frame = waiting[pos].pop()
        n_sentences = SHORTEST + dice.below(LONGEST - SHORTEST + 1)
        for template in dice.shuffled(templates)[:n_sentences]:
            yield template, frame
