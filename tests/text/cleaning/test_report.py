from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import FilterConfig
from textseq.text.cleaning.filters import filter_lines
from textseq.text.cleaning.report import (
    GAP,
    SAMPLE_CHARS,
    CleaningReport,
    DropReport,
    Sample,
    StepReport,
    _cut,
    clean_lines,
    join_lines,
)
from textseq.text.cleaning.steps import STEPS, make_cleaner

LINES = ["A  b", "e\u0301\0", "plain", "", "plain", "x\ty"]
STEPS_HERE = ("nfc", "control", "whitespace", "lowercase")


def reported(
    lines: list[str], steps: tuple[str, ...], filters: FilterConfig | None = None, n: int = 3
) -> tuple[list[str], CleaningReport]:
    report = CleaningReport(n)
    return list(clean_lines(lines, steps, filters, report)), report


def test_known_counts_and_samples():
    left, report = reported(LINES, STEPS_HERE, FilterConfig(min_words=1, duplicates="exact"))
    assert left == ["a b", "é", "plain", "x y"]
    assert (report.lines_in, report.lines_out, report.lines_changed) == (6, 4, 3)
    assert (report.chars_in, report.chars_out) == (4 + 3 + 5 + 0 + 5 + 3, 3 + 1 + 5 + 3)
    assert report.steps == [
        StepReport("nfc", 1, 2, 1, [Sample(2, "e\u0301\0", "é\0", ("nfc",))]),
        StepReport("control", 1, 1, 0, [Sample(2, "é\0", "é", ("control",))]),
        StepReport(
            "whitespace", 2, 2, 1,
            [Sample(1, "A  b", "A b", ("whitespace",)), Sample(6, "x\ty", "x y", ("whitespace",))],
        ),
        StepReport("lowercase", 1, 1, 1, [Sample(1, "A b", "a b", ("lowercase",))]),
    ]  # fmt: skip
    assert report.dropped == [
        DropReport("too_few_words", 1, 0, [Sample(4, "", None, ("too_few_words",))]),
        DropReport("exact_duplicate", 1, 5, [Sample(5, "plain", None, ("exact_duplicate",))]),
    ]
    assert report.samples == [
        Sample(1, "A  b", "a b", ("whitespace", "lowercase")),
        Sample(2, "e\u0301\0", "é", ("nfc", "control")),
        Sample(6, "x\ty", "x y", ("whitespace",)),
    ]


def test_a_step_that_is_undone_changes_no_line():
    left, report = reported(["é"], ("nfd", "nfc"))
    assert left == ["é"]
    assert [step.lines_changed for step in report.steps] == [1, 1]
    assert report.lines_changed == 0
    assert report.samples == []


def test_a_step_may_stand_twice():
    _, report = reported(["e\u0301"], ("nfc", "nfd", "nfc"))
    assert [step.lines_changed for step in report.steps] == [1, 1, 1]


def test_nothing_in_nothing_out():
    left, report = reported([], ("nfc",), FilterConfig(duplicates="near"))
    assert left == []
    assert report == CleaningReport(
        steps=[StepReport("nfc")],
        dropped=[DropReport("exact_duplicate"), DropReport("near_duplicate")],
    )
    assert reported(["a\0"], ())[0] == ["a\0"]


def test_a_whole_file_is_one_line():
    assert list(clean_lines(["a\nb  c\n\nd\r\x85", "e"], ["lowercase"])) == ["a b  c  d\r\x85", "e"]
    left, report = reported(["a\nB  c\n\nd", "e"], ("whitespace",))
    assert left == ["a B c d", "e"]
    assert report.samples == [Sample(1, "a B  c  d", "a B c d", ("whitespace",))]
    # A newline that becomes a space is no work of a step.
    assert reported(["a\nb"], ("nfc",))[1].lines_changed == 0
    _, report = reported(["a\nb"], ("whitespace",))
    assert (report.steps[0].lines_changed, report.lines_changed) == (1, 0)
    assert join_lines("a\n\nb\u2028c") == "a  b\u2028c"


def test_unknown_steps_are_refused_at_once():
    for report in (None, CleaningReport()):
        with pytest.raises(ValueError, match="did you mean 'nfc'"):
            clean_lines(iter([]), ["nfcc"], None, report)


filters_of_any_kind = st.builds(
    FilterConfig,
    min_words=st.integers(0, 2),
    max_words=st.none() | st.integers(0, 3),
    min_chars=st.integers(0, 3),
    max_chars=st.none() | st.integers(0, 9),
    duplicates=st.sampled_from(["keep", "exact"]),
)
awkward_lines = st.lists(
    st.lists(
        st.sampled_from(
            [*"aA \t\r\n\0éßﬁ²각\u1100\u1161\u0301\u200d\u2028\ud800", "👩‍👩‍👧", "هذا", "हि"]
        )
        | st.characters(),
        max_size=8,
    ).map("".join),
    max_size=8,
)


@given(
    lines=awkward_lines,
    steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=4).map(tuple),
    filters=filters_of_any_kind,
    n=st.integers(0, 3),
)
@settings(max_examples=300, derandomize=True, deadline=None)
@pytest.mark.filterwarnings("ignore::textseq.text.notices.TextNotice")
def test_with_a_report_the_lines_are_the_same(
    lines: list[str], steps: tuple[str, ...], filters: FilterConfig, n: int
):
    left, report = reported(lines, steps, filters, n)
    assert left == list(clean_lines(lines, steps, filters))
    clean = make_cleaner(steps)
    assert left == list(filter_lines([join_lines(clean(line)) for line in lines], filters))
    assert not any("\n" in line for line in left)
    # The books balance.
    assert report.lines_in == len(lines)
    assert report.lines_out == len(left)
    assert report.lines_in - report.lines_out == sum(drop.lines for drop in report.dropped)
    change = sum(step.chars_added - step.chars_removed for step in report.steps)
    chars_dropped = sum(drop.chars for drop in report.dropped)
    assert report.chars_out == report.chars_in + change - chars_dropped
    for part in (*report.steps, *report.dropped, report):
        changed = getattr(part, "lines_changed", None)
        n_found = part.lines if isinstance(part, DropReport) else changed
        assert len(part.samples) == min(n, n_found or 0)
        numbers = [sample.line for sample in part.samples]
        assert numbers == sorted(set(numbers))


def test_with_near_duplicates_the_lines_are_the_same_too():
    lines = ["some longer words here", "Some longer words here", "other things", "x"] * 2
    near = FilterConfig(duplicates="near")
    assert reported(lines, ("nfc",), near)[0] == list(clean_lines(lines, ("nfc",), near))


# ---- samples


def test_samples_are_the_same_every_time_and_spread():
    lines = [f"L{number}" for number in range(10_000)]
    _, report = reported(lines, ("lowercase",), n=200)
    _, again = reported(lines, ("lowercase",), n=200)
    assert report == again
    numbers = [sample.line for sample in report.samples]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 200
    # 50 of each quarter, give or take 5 standard deviations.
    for quarter in range(4):
        n_found = sum(quarter * 2500 < number <= (quarter + 1) * 2500 for number in numbers)
        assert 20 < n_found < 80


def test_a_report_is_json():
    _, report = reported(LINES, STEPS_HERE, FilterConfig(max_words=1))
    found: dict[str, Any] = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert list(found) == [
        "lines_in", "lines_out", "lines_changed", "chars_in", "chars_out",
        "steps", "dropped", "samples",
    ]  # fmt: skip
    assert found["steps"][0] == {
        "name": "nfc", "lines_changed": 1, "chars_removed": 2, "chars_added": 1,
        "samples": [{"line": 2, "before": "e\u0301\0", "after": "é\0", "by": ["nfc"]}],
    }  # fmt: skip
    assert found["dropped"][0]["reason"] == "too_many_words"
    assert found["dropped"][0]["samples"][0]["after"] is None


# ---- long lines are cut around what changed


def test_short_texts_are_not_cut():
    assert _cut("a b", "a c") == ("a b", "a c")
    assert _cut("a" * SAMPLE_CHARS, None) == ("a" * SAMPLE_CHARS, None)
    assert _cut("", "") == ("", "")


def test_one_change_in_a_long_line():
    before = "a" * 1000 + "OLD" + "b" * 1000
    after = "a" * 1000 + "N" + "b" * 1000
    left, right = "… " + "a" * 40, "b" * 40 + " …"
    assert _cut(before, after) == (left + "OLD" + right, left + "N" + right)
    assert _cut(before, after[:1000]) == (
        left + before[1000:1058] + " … " + "b" * 98, left,
    )  # fmt: skip
    assert _cut("x" + before, before) == (
        "x" + before[:40] + " …", before[:40] + " …",
    )  # fmt: skip


def test_dropped_lines_show_their_beginning():
    assert _cut("ab" * 1000, None) == ("ab" * (SAMPLE_CHARS // 2) + " …", None)


@given(
    head=st.text("ab", max_size=400),
    old=st.text("abc", max_size=400),
    new=st.text("abd", max_size=400),
    tail=st.text("ab", max_size=400),
)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_samples_are_short_and_keep_the_change(head: str, old: str, new: str, tail: str):
    before, after = head + old + tail, head + new + tail
    shown = _cut(before, after)
    assert shown[1] is not None
    for text, cut in ((before, shown[0]), (after, shown[1])):
        assert len(cut) <= SAMPLE_CHARS + 2 * len(GAP)
        pieces = cut.replace("… ", "").replace(" …", GAP).split(GAP)
        assert all(piece in text for piece in pieces)
        assert len(text) > SAMPLE_CHARS or "…" in cut or cut == text
    assert (shown[0] == shown[1]) <= (before == after or GAP in shown[0])


def test_a_change_in_a_huge_line_is_found_fast():
    before = "a" * 5_000_000 + "B" + "a" * 5_000_000
    around = "a" * 40
    _, report = reported([before], ("lowercase",))
    assert report.samples == [
        Sample(1, f"… {around}B{around} …", f"… {around}b{around} …", ("lowercase",))
    ]
