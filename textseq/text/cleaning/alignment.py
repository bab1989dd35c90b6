"""Alignment: from positions in cleaned text back to those in its source.

In: a text, what cleaning made of it, and the cleaner as a function. Out: for (start, stop) in the
cleaned text the (start, stop) in the source that it came from, in characters. The steps are not
looked into: a cut is right where its two sides, cleaned apart, give the whole. What cannot be cut
(a link in wiki markup, a letter and its mark) is mapped as one. Tokens are the tokenizer's.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

_Span = tuple[int, int]

_BETWEEN_WORDS = (re.compile(r"\s+"), re.compile(r"[\W_]+"))
_LETTER_BY_LETTER = 16  # from this length on downwards, each character is tried alone
# Characters cleaned for one text: so many times its length and so many more. Ordinary lines
# need a tenth; what is not cut by then is mapped as one.
_MOST_TIMES, _MOST_MORE = 60, 20_000


@dataclass(frozen=True)
class SourceMap:
    """Which part of the source each part of the cleaned text came from.

    Part i is cleaned[cleaned_cuts[i]:cleaned_cuts[i + 1]] and comes from the same part of
    source_cuts; where `same[i]`, the two are equal, character by character.
    """

    source_cuts: tuple[int, ...]
    cleaned_cuts: tuple[int, ...]
    same: tuple[bool, ...]

    def span(self, start: int, stop: int) -> _Span:
        """Where cleaned[start:stop] came from: (start, stop) in the source, empty if that is.

        ValueError unless 0 <= start <= stop <= the length of the cleaned text.
        """
        if start == stop and 0 <= start <= self.cleaned_cuts[-1]:
            place = self._place(start)
            return place, place
        if not 0 <= start < stop <= self.cleaned_cuts[-1]:
            raise ValueError(
                f"({start}, {stop}) is no span of a text of {self.cleaned_cuts[-1]} characters"
            )
        # Of parts that begin at one position only the last has text; the others were dropped.
        first = bisect_right(self.cleaned_cuts, start) - 1
        last = bisect_left(self.cleaned_cuts, stop) - 1
        source_start, source_stop = self.source_cuts[first], self.source_cuts[last + 1]
        if self.same[first]:
            source_start += start - self.cleaned_cuts[first]
        if self.same[last]:
            source_stop = self.source_cuts[last] + stop - self.cleaned_cuts[last]
        return source_start, source_stop

    def _place(self, pos: int) -> int:
        """The position in the source before the character `pos` of the cleaned text."""
        if pos == self.cleaned_cuts[-1]:
            return self.source_cuts[-1]
        return self.span(pos, pos + 1)[0]

    def spans(self, spans: Iterable[_Span]) -> list[_Span]:
        """`span` of each, for the spans of a tokenizer."""
        return [self.span(start, stop) for start, stop in spans]


def align(source: str, cleaned: str, clean: Callable[[str], str]) -> SourceMap:
    """How `cleaned`, which is clean(source), goes back to `source`."""
    parts = [_Part(0, len(source), 0, len(cleaned))]  # still to do, the first one last
    budget = _MOST_TIMES * len(source) + _MOST_MORE
    source_cuts, cleaned_cuts, same = [0], [0], []
    while parts:
        part = parts.pop()
        before = source[part.start : part.stop]
        after = cleaned[part.cleaned_start : part.cleaned_stop]
        smaller: list[tuple[int, int]] | None = None
        if before != after and after and len(before) > 1:
            for smaller, cost in _cuts(before, after, clean):
                budget -= cost
                if smaller is not None or budget < 0:
                    break
        if smaller is None:
            source_cuts.append(part.stop)
            cleaned_cuts.append(part.cleaned_stop)
            same.append(before == after)
            continue
        edges = [(0, 0), *smaller, (len(before), len(after))]
        for (start, cleaned_start), (stop, cleaned_stop) in zip(
            reversed(edges[:-1]), reversed(edges[1:]), strict=True
        ):
            if start < stop:
                parts.append(
                    _Part(
                        part.start + start,
                        part.start + stop,
                        part.cleaned_start + cleaned_start,
                        part.cleaned_start + cleaned_stop,
                    )
                )
    return SourceMap(tuple(source_cuts), tuple(cleaned_cuts), tuple(same))


class _Part(NamedTuple):
    """source[start:stop], which became cleaned[cleaned_start:cleaned_stop]."""

    start: int
    stop: int
    cleaned_start: int
    cleaned_stop: int


def _cuts(
    before: str, after: str, clean: Callable[[str], str]
) -> Iterator[tuple[list[tuple[int, int]] | None, int]]:
    """Tries to cut in turn: the positions (in before, in after) or None, and what the try cost.

    The middle first, then positions ever nearer to the ends: where a long part cannot be cut, what
    stands beside it can.
    """
    size = len(before)
    if size <= _LETTER_BY_LETTER:
        letters = [clean(letter) for letter in before]
        found = None
        if "".join(letters) == after:
            stops = accumulate(map(len, letters[:-1]))
            found = list(enumerate(stops, start=1))
        yield found, size
    tried: set[_Span] = set()
    share = 2
    while size // share:
        for place in (size // share, size - size // share):
            # First between words, where one is near: most steps leave words apart.
            stop = min(place + size // share // 2 + 16, size)
            for pattern in _BETWEEN_WORDS:
                near = pattern.search(before, place, stop)
                if near is not None and near.span() not in tried:
                    tried.add(near.span())
                    yield _cut_between_words(before, after, clean, near), size
            if 0 < place < size and (place, place) not in tried:
                tried.add((place, place))
                left, right = clean(before[:place]), clean(before[place:])
                yield ([(place, len(left))] if left + right == after else None), size
        share *= 2


def _cut_between_words(
    before: str, after: str, clean: Callable[[str], str], near: re.Match[str]
) -> list[tuple[int, int]] | None:
    """Cut on both sides of white space or a mark that becomes white space, or nothing.

    What it becomes may depend on what stands beside it: b-c -> b c, but b- -> b.
    """
    start, stop = near.span()
    left, right = clean(before[:start]), clean(before[stop:])
    n_between = len(after) - len(left) - len(right)
    if n_between < 0 or not (after.startswith(left) and after.endswith(right)):
        return None
    if after[len(left) : len(left) + n_between].strip() or (not n_between and clean(near[0])):
        return None
    return [(start, len(left)), (stop, len(left) + n_between)]
