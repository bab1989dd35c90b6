"""Notices: what a person should hear of a text that is read all the same.

In: a sentence. Out: a warning of the kind `TextNotice`, which Python shows once, and the command
line as one line unless it is to be quiet. What cannot be read at all is an error, where it is read.
"""

from __future__ import annotations

import warnings


class TextNotice(UserWarning):
    """Text was read, though perhaps not as it was meant."""


def notify(message: str) -> None:
    """Tell it, in one line, to whoever asked for the text."""
    warnings.warn(message, TextNotice, stacklevel=2)
