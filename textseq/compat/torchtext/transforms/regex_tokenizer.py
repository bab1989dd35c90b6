"""RegexTokenizer: replace by regular expressions of RE2, one after another, then cut at spaces.

In: (pattern, replacement) pairs as RE2 has them. Out: tokens. RE2 is that of pyarrow, which takes
a tenth of a millisecond for each pattern and line; where Python's `re` does the same for certain,
it is asked instead (`_python_twin`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from textseq.compat.torchtext.transforms.base import Transform

Replace = Callable[[str], str]

# What means the same to RE2 and to Python, once \s, \d and \w are spelled out: literals, escaped
# signs, plain classes, groups that are counted, and quantifiers that are not possessive.
_ESCAPE = r"\\(?:[tnrfsdw]|[!-/:-@\[-`{-~ ])"
_IN_CLASS = rf"(?:[^\[\]\\^&~|-]|{_ESCAPE}|[a-zA-Z0-9]-[a-zA-Z0-9])"
_ATOM = rf"(?:[^\\\[\](){{}}^$.|+*?]|{_ESCAPE}|\[\^?{_IN_CLASS}+\])"
_PLAIN = re.compile(rf"(?:{_ATOM}(?:[+*?]\??(?![+*?]))?|\((?!\?)|\)(?![+*?{{])|\|)+")
_SPELLED = {r"\s": r"\t\n\f\r ", r"\d": "0-9", r"\w": "0-9A-Za-z_"}
_PARTS = re.compile(r"\\.|\[|\]|[^\\\[\]]+", re.DOTALL)


class RegexTokenizer(Transform):
    """Cut a line at spaces, after all that `patterns_list` says has been replaced.

    Patterns and replacements are RE2's: no lookaround, `\\1` for a group, \\s, \\d and \\w of
    ASCII. ValueError for one that RE2 does not take.
    """

    def __init__(self, patterns_list: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self.patterns_list = [(pattern, replacement) for pattern, replacement in patterns_list]
        self._replaces = [_replacer(*pair) for pair in self.patterns_list]

    def forward(self, line: str) -> list[str]:
        """The tokens of a line; only spaces part them, line ends and tabs do not."""
        for replace in self._replaces:
            line = replace(line)
        return [token for token in line.split(" ") if token]

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_replaces": None}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._replaces = [_replacer(*pair) for pair in self.patterns_list]


def _replacer(pattern: str, replacement: str) -> Replace:
    """What replaces all matches in a line; ValueError for what RE2 refuses."""
    by_re2 = re2_replacer(pattern, replacement)
    return _python_twin(pattern, replacement) or by_re2


def re2_replacer(pattern: str, replacement: str) -> Replace:
    """The same, by RE2 itself; ValueError for what it refuses."""
    import pyarrow
    import pyarrow.compute

    pa: Any = pyarrow

    def replace(line: str) -> str:
        replaced = pa.compute.replace_substring_regex(
            pa.scalar(line), pattern=pattern, replacement=replacement
        )
        return str(replaced.as_py())

    try:
        replace("")
    except pa.ArrowInvalid as error:
        raise ValueError(f"RE2 does not take {pattern!r}, {replacement!r}: {error}") from None
    return replace


def _python_twin(pattern: str, replacement: str) -> Replace | None:
    """The same by Python's `re`, or None where it may differ: RE2 skips some empty matches."""
    if not _PLAIN.fullmatch(pattern):
        return None
    try:
        compiled = re.compile(_spelled_out(pattern))
    except (re.error, RecursionError):
        return None
    if compiled.fullmatch(""):
        return None
    # In RE2's replacements only \0 to \9 and \\ mean something, and it has seen to that.
    template = re.sub(r"\\(\d)", r"\\g<\1>", replacement)
    return lambda line: compiled.sub(template, line)


def _spelled_out(pattern: str) -> str:
    """The pattern with \\s, \\d and \\w as RE2 has them: of ASCII, and no \\v among \\s."""
    parts, in_class = [], False
    for part in _PARTS.findall(pattern):
        if part in _SPELLED:
            parts.append(_SPELLED[part] if in_class else f"[{_SPELLED[part]}]")
            continue
        in_class = part == "[" or (in_class and part != "]")
        parts.append(part)
    return "".join(parts)
