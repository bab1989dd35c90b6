"""Token file: one token a line, line number - 1 is its id.

In: tokens. Out: a text file that people and other tools can read, and the tokens again.
Lines end at newlines only; in a token a newline is `\\n` and a backslash is doubled.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def write_tokens(path: Path, tokens: Sequence[str]) -> None:
    """Write the file; ValueError for a token that UTF-8 cannot hold."""
    lines = "".join(escape(token) + "\n" for token in tokens)
    try:
        data = lines.encode("utf-8")
    except UnicodeEncodeError as error:
        token = lines[lines.rfind("\n", 0, error.start) + 1 :].split("\n")[0]
        raise ValueError(f"token {token!r} holds half a surrogate pair") from None
    path.write_bytes(data)


def read_tokens(path: Path) -> list[str]:
    """The tokens of a file; ValueError where it is damaged or cut off."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is damaged: {error}") from None
    tokens = text.split("\n")
    if tokens.pop() != "":
        raise ValueError(f"{path} is cut off: no newline at its end")
    if "\\" in text:
        tokens = [unescape(token) if "\\" in token else token for token in tokens]
    return tokens


def escape(token: str) -> str:
    """A token as it stands in its line."""
    return token.replace("\\", "\\\\").replace("\n", "\\n")


def unescape(line: str) -> str:
    """The token of a line."""
    # A doubled backslash must not meet the n after it, so the pairs are set apart first.
    return "\\".join(part.replace("\\n", "\n") for part in line.split("\\\\"))
