"""Masking: URLs, e-mail addresses, numbers and user names, replaced by a mask or dropped.

In: a line of text, or one word. Out: the same text with <url> <email> <number> <user> in their
place, or without them. What is found has no white space in it and is recognised by what stands
directly beside it, so a line and its words give the same. Nothing is looked up or checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MASKS = ("<url>", "<email>", "<number>", "<user>")

# Scripts that put words and endings directly behind a name or a number: 5명, 2024年, a@b.kr로.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc"
    "\U00020000-\U0003ffff"
)
_WORD = rf"[^\W{_UNSPACED}]"  # a word character of any other script
_LETTER = rf"[^\W\d_{_UNSPACED}]"

# --- URLs

_SCHEMES = "https?|s?ftps?|wss?|file|git|ssh|svn|ircs?|gopher|nntp|telnet|rtsp|rtmp|s3|gs"
# Names without a scheme are URLs where the top domain can hardly be anything else, or where a
# path follows: example.com, bit.ly/x, but not end.It, Node.js, U.S. or i.e./that.
_TOPS = "com|net|org|edu|gov|mil|info|biz"
_TOPS_WITH_PATH = (
    "ai|app|at|au|be|br|ca|cc|ch|cn|co|cz|de|dev|dk|es|eu|fi|fm|fr|gg|gl|in|io|it|jp|kr|ly|me|mx"
    "|nl|no|nz|pl|pt|ru|se|to|tv|tw|ua|uk|us|vn"
)
# Marks of CJK text end a URL, since no space comes before them.
_NO_URL = '\\s<>"“”„«»‹›。，、！？；：（）「」『』【】《》〈〉…'
_HOST_CHAR = rf"[^{_NO_URL}/?#{_UNSPACED}]"
# Hangul or Han may begin a part of a host (한국.kr), but behind naver.com they are the next word.
_HOST = rf"(?:{_HOST_CHAR}|(?<=[/.@{_UNSPACED}])[{_UNSPACED}])++"
_PATH = rf"(?:[/?#][^{_NO_URL}]*+)?+"
_LABELS = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}"
_URL = re.compile(
    rf"(?<![A-Za-z0-9])(?:{_SCHEMES})://(?=[\w\[/])(?:{_HOST})?+{_PATH}"
    rf"|(?<![A-Za-z0-9.@])www\.(?=[^{_NO_URL}./?#]){_HOST}{_PATH}"
    rf"|(?<![A-Za-z0-9.@_/-]){_LABELS}"
    rf"(?:(?:{_TOPS})(?![A-Za-z0-9_@-]|\.[A-Za-z0-9])|(?:{_TOPS_WITH_PATH})(?=/))"
    rf"(?::\d{{1,5}})?+{_PATH}",
    re.IGNORECASE,
)
URL_NEEDS = re.compile(r"://|\.[A-Za-z]")
_BEHIND_URL = ".,;:!?'’‘`*|~"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def _url_end(text: str, start: int, stop: int) -> int:
    """Where a URL ends that was taken up to the next white space: see http://a.b/(c)).

    Marks at its end belong to the sentence, and brackets that close what is not open in it.
    """
    open_ones = {
        close: text.count(open_, start, stop) - text.count(close, start, stop)
        for close, open_ in _PAIRS.items()
    }
    while stop > start:
        last = text[stop - 1]
        if last in _PAIRS and open_ones[last] < 0:
            open_ones[last] += 1
        elif last not in _BEHIND_URL:
            break
        stop -= 1
    return stop


# --- e-mail addresses, numbers, user names

# Bounded as the standard bounds them (64 before the @, 63 a part), so that no text takes long.
_TOP = rf"(?:xn--[a-z0-9]{{2,59}}|{_LETTER}{{2,63}})"
_DOMAIN = rf"(?:{_WORD}(?:(?:{_WORD}|-){{0,61}}{_WORD})?\.){{1,8}}{_TOP}"
_EMAIL = re.compile(rf"(?<!{_WORD}){_WORD}(?:{_WORD}|[.+%'-]){{0,63}}@{_DOMAIN}(?!{_WORD})")
EMAIL_NEEDS = re.compile("@")

# 3.14 · 1,000 · -5 · 1e6 · .5 · ٣٫١٤; not 2nd, x2, 0x1f, 5km: there digits are part of a word.
# A keycap (digit, U+FE0F, U+20E3) is an emoji.
_NUMBER = re.compile(
    rf"(?:(?<!{_WORD})(?<![-+\u2212.,)\]{_UNSPACED}])[-+\u2212])?"
    rf"(?<!{_WORD})(?<!\d[.,\u066b\u066c])(?:(?<!\.)\.)?\d++(?:[.,\u066b\u066c]\d++)*+(?:[eE][-+]?\d++)?+"
    rf"(?!{_WORD}|[\ufe0f\u20e3])"
)
NUMBER_NEEDS = re.compile(r"\d")

# Not in an e-mail (a@b) or a URL (/@b). A name has a letter: "@ 3" and "@3" are prices.
_NAME = rf"{_WORD}++(?:[.-]{_WORD}++)*+"
_USER = re.compile(
    rf"(?<!{_WORD})(?<![@/.+-])@(?:(?=\d*+[^\W\d])"
    rf"(?:{_NAME}|(?:[{_UNSPACED}]|{_WORD})++))(?:@{_DOMAIN}(?!{_WORD}))?+"
)
USER_NEEDS = EMAIL_NEEDS


def mask_urls(text: str) -> str:
    """URLs become <url>: any known scheme://, www. and plain names such as example.com/x."""
    return _replace_urls(text, lambda start, stop: "<url>")


def drop_urls(text: str) -> str:
    """URLs go; what `mask_urls` finds."""
    return _replace_urls(text, lambda start, stop: _gap(text, start, stop))


def _replace_urls(text: str, new: Callable[[int, int], str]) -> str:
    if not URL_NEEDS.search(text):
        return text

    def replace(match: re.Match[str]) -> str:
        start, stop = match.start(), _url_end(text, *match.span())
        return new(start, stop) + text[stop : match.end()]

    return _URL.sub(replace, text)


def mask_emails(text: str) -> str:
    """E-mail addresses become <email>."""
    return _EMAIL.sub("<email>", text) if "@" in text else text


def drop_emails(text: str) -> str:
    """E-mail addresses go."""
    return _drop(_EMAIL, text) if "@" in text else text


def mask_numbers(text: str) -> str:
    """Numbers become <number>, in the digits of any script, with sign, point and exponent."""
    return _NUMBER.sub("<number>", text)


def drop_numbers(text: str) -> str:
    """Numbers go; what `mask_numbers` finds."""
    return _drop(_NUMBER, text)


def mask_users(text: str) -> str:
    """User names become <user>: @name, @name@host."""
    return _USER.sub("<user>", text) if "@" in text else text


def drop_users(text: str) -> str:
    """User names go; what `mask_users` finds."""
    return _drop(_USER, text) if "@" in text else text


def _drop(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: _gap(text, *match.span()), text)


def _gap(text: str, start: int, stop: int) -> str:
    """What is left where text was dropped: a space if the words beside it would be joined."""
    joined = text[max(start - 1, 0) : start].isalnum() and text[stop : stop + 1].isalnum()
    return " " if joined else ""
