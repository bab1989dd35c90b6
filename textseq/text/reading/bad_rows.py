"""Rows of tables that cannot be read: an error, or left out and counted.

In: what is wrong with a row. Out: a ValueError, or at the end one notice that says how many rows
are missing and what the first of them was.
"""

from __future__ import annotations

from typing import Literal

from textseq.advice import advise
from textseq.text.notices import notify

BadRowsRule = Literal["error", "skip"]


class BadRows:
    """What becomes of rows that cannot be read: `how` is "error" or "skip"."""

    def __init__(self, how: BadRowsRule = "error") -> None:
        if how not in ("error", "skip"):
            raise ValueError(f"bad_rows is {how!r}; it can be 'error' or 'skip'")
        self.skipped, self._first = 0, ""
        self.skips = how == "skip"

    def refuse(self, message: str, *, more: str = "", some_fit: bool = True) -> None:
        """There is a bad row: ValueError, or one more is left out.

        `more`: what else helps, which is said before "skip" is, and without it where no row would
        be left (`some_fit`).
        """
        if not self.skips:
            skip = "; " + advise("bad_rows", "skip") + " leaves such rows out"
            raise ValueError(message + more + (skip if some_fit else ""))
        self.skipped += 1
        self._first = self._first or message

    def notify_skipped(self, *, some_left: bool = True) -> None:
        """Say how many rows were left out, if any, and whether these were all (`some_left`)."""
        if self.skipped:
            rows = "1 bad row was" if self.skipped == 1 else f"{self.skipped:,} bad rows were"
            if not some_left:
                rows = f"all rows ({self.skipped:,}) are bad and were"
            first = self._first if len(self._first) <= 300 else f"{self._first[:300]}..."
            notify(f"{rows} left out; the first: " + first)


def as_bad_rows(given: BadRowsRule | BadRows | None) -> BadRows:
    """What is given as the option `bad_rows`, which may be one that others count with."""
    return given if isinstance(given, BadRows) else BadRows(given or "error")
