"""Cleaning a corpus, and a report of what that did: each step, each filter, samples to look at.

In: lines (or whole files, each one str), the names of cleaning steps, a `FilterConfig`.
Out: the lines that are left, each without a newline; on request a `CleaningReport`, which counts
while the lines go by. With a report the lines are the same as without, only slower. What a step
does is in steps.py, what a filter drops in filters.py. Nothing is shown here.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from textseq.config import FilterConfig
from textseq.text.cleaning.filters import LineFilter
from textseq.text.cleaning.steps import make_cleaner

_SEED = 1
SAMPLE_CHARS = 200  # of a changed text, at most; what is in the middle is left out
_CONTEXT = 40  # characters kept before and behind a change
GAP = " … "  # where something was left out


@dataclass(frozen=True)
class Sample:
    """One line that changed, or that was dropped after cleaning: then `after` is None.

    `line` counts from 1 over the whole input. `by`: the steps that changed it, in their order,
    or the reason to drop it. Long texts are cut to about SAMPLE_CHARS around the change, with a
    GAP for what is missing.
    """

    line: int
    before: str
    after: str | None
    by: tuple[str, ...]


@dataclass
class StepReport:
    """What one cleaning step did.

    Characters are counted as a bag: "Abba" to "abba" is one removed and one added, and only to
    move a character is no change of their number.
    """

    name: str
    lines_changed: int = 0
    chars_removed: int = 0
    chars_added: int = 0
    samples: list[Sample] = field(default_factory=list)


@dataclass
class DropReport:
    """What was dropped for one reason of `LineFilter.reasons`; `chars` are those dropped."""

    reason: str
    lines: int = 0
    chars: int = 0
    samples: list[Sample] = field(default_factory=list)


@dataclass
class CleaningReport:
    """What cleaning did to a corpus; complete when its last line has gone by.

    `n_samples`: how many lines to keep as samples, of those that are left but changed, and of
    each step and reason; all have the same chance, and the same input gives the same samples.
    """

    n_samples: int = 3
    lines_in: int = 0
    lines_out: int = 0
    lines_changed: int = 0  # of those that are left
    chars_in: int = 0
    chars_out: int = 0
    steps: list[StepReport] = field(default_factory=list)
    dropped: list[DropReport] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)  # before all steps and after them

    def to_json(self) -> dict[str, Any]:
        """The report as a dict that `json` can write."""
        options = asdict(self)
        del options["n_samples"]
        return options


def clean_lines(
    texts: Iterable[str],
    steps: Sequence[str],
    filters: FilterConfig | None = None,
    report: CleaningReport | None = None,
    *,
    keep_lines: bool = False,
) -> Iterator[str]:
    """Each text after the steps, less those that the filters drop; in their order.

    A newline inside a text becomes a space, after the steps have seen it, unless texts are to
    `keep_lines`. `report`, a new one, is filled on the way. ValueError, at once, for an unknown
    step.
    """
    clean = make_cleaner(steps)
    line_filter = LineFilter(filters or FilterConfig())
    if report is not None:
        return _Reporter(report, steps, line_filter).lines(texts, keep_lines=keep_lines)
    lines = (clean(text) if keep_lines else join_lines(clean(text)) for text in texts)
    return filter(line_filter.keep, lines) if line_filter.reasons else lines


def join_lines(text: str) -> str:
    """The text with a space for each newline."""
    return text.replace("\n", " ") if "\n" in text else text


class _Reporter:
    """The same as the fast way, step by step and with open eyes."""

    def __init__(
        self, report: CleaningReport, steps: Sequence[str], line_filter: LineFilter
    ) -> None:
        self._report = report
        self._filter = line_filter
        report.steps[:] = [StepReport(name) for name in steps]
        report.dropped[:] = [DropReport(reason) for reason in line_filter.reasons]
        self._changed = _Reservoir(report.samples, report.n_samples)
        self._steps = [
            (step, make_cleaner([step.name]), _Reservoir(step.samples, report.n_samples))
            for step in report.steps
        ]
        self._drops = {
            drop.reason: (drop, _Reservoir(drop.samples, report.n_samples))
            for drop in report.dropped
        }

    def lines(self, texts: Iterable[str], *, keep_lines: bool) -> Iterator[str]:
        report = self._report
        for source in texts:
            report.lines_in += 1
            report.chars_in += len(source)
            text, by = source, []
            for step, apply, samples in self._steps:
                after = apply(text)
                if after != text:
                    _count(step, text, after)
                    samples.offer(report.lines_in, text, after, (step.name,))
                    text = after
                    by.append(step.name)
            before, line = (source, text) if keep_lines else (join_lines(source), join_lines(text))
            reason = self._filter.reason_to_drop(line)
            if reason is not None:
                drop, samples = self._drops[reason]
                drop.lines += 1
                drop.chars += len(line)
                samples.offer(report.lines_in, line, None, (reason,))
                continue
            report.lines_out += 1
            report.chars_out += len(line)
            if line != before:
                report.lines_changed += 1
                self._changed.offer(report.lines_in, before, line, tuple(by))
            yield line


def _count(step: StepReport, before: str, after: str) -> None:
    old, new = Counter(before), Counter(after)
    step.lines_changed += 1
    step.chars_removed += (old - new).total()
    step.chars_added += (new - old).total()


class _Reservoir:
    """A fair sample of a stream whose length is not known: each line has the same chance."""

    def __init__(self, samples: list[Sample], n_samples: int) -> None:
        self._samples = samples
        self._n_samples = n_samples
        self._n_offered = 0
        self._random = random.Random(_SEED)

    def offer(self, line: int, before: str, after: str | None, by: tuple[str, ...]) -> None:
        """Perhaps keep one more, in the place of another; they stay in the order of lines."""
        self._n_offered += 1
        if len(self._samples) >= self._n_samples:
            place = self._random.randrange(self._n_offered)
            if place >= self._n_samples:
                return
            del self._samples[place]
        self._samples.append(Sample(line, *_cut(before, after), by))


def _cut(before: str, after: str | None) -> tuple[str, str | None]:
    """Both texts, the parts far from their first and last difference left out."""
    if after is None:  # the beginning of a line shows best which one it was
        return before[:SAMPLE_CHARS] + GAP.rstrip() * (len(before) > SAMPLE_CHARS), None
    head = _common_prefix(before, after)
    tail = _common_suffix(before, after, min(len(before), len(after)) - head)
    return _shorten(before, head, tail), _shorten(after, head, tail)


def _shorten(text: str, n_before: int, n_behind: int) -> str:
    """A text of which so many characters at each end do not matter, save some as context."""
    start = n_before - _CONTEXT if n_before > _CONTEXT + len(GAP) else 0
    stop = len(text) - (n_behind - _CONTEXT if n_behind > _CONTEXT + len(GAP) else 0)
    inside = text[start:stop]
    if len(inside) > SAMPLE_CHARS:
        half = (SAMPLE_CHARS - len(GAP)) // 2
        inside = inside[:half] + GAP + inside[-half:]
    return (GAP.lstrip() if start else "") + inside + (GAP.rstrip() if stop < len(text) else "")


def _common_prefix(one: str, other: str) -> int:
    """How many characters both begin with, found by halves: comparing slices is fast."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_suffix(one: str, other: str, most: int) -> int:
    """How many characters both end with, of at most so many."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low
