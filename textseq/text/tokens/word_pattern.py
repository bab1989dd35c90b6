"""The pattern behind the tokenizer `word`: what is one word, number, mark or symbol in any script.

In: nothing. Out: a compiled `re` pattern, whose matches in order are the tokens. It follows the
word boundaries of UAX #29; what it keeps whole and what it cuts, `tokenizer.word` says. It needs
no dictionary, so that Han characters stand alone and Thai runs stay whole.
"""

from __future__ import annotations

import functools
import re
import unicodedata

# What counts as what. `re` has no \p{M} and its \w leaves out the marks of category M, so that
# it would cut हिन्दी into pieces; the sets are built from `unicodedata` on first use (70 ms).
_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN_ASTRAL = "\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u3096\u309b-\u309f\u30fc"  # the long-vowel mark U+30FC serves both kinds
_KATAKANA = "\u309b\u309c\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_KANA_ASTRAL = "\U0001aff0-\U0001b16f"
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff"
)
_FLAG_LETTER = "\U0001f1e6-\U0001f1ff"
_SKIN_TONE = "\U0001f3fb-\U0001f3ff"
_INSIDE_WORD = "'’＇\u00b7\u2027\u05f3\u05f4"  # apostrophes, Catalan l·l, Hebrew geresh
_INSIDE_NUMBER = ".,\u066b\u066c"
# What cleaning puts in the place of text, and the special tokens: one token each.
WHOLE_TOKENS = ("<pad>", "<unk>", "<bos>", "<eos>", "<url>", "<email>", "<number>", "<user>")
_MASK = f"<(?:{'|'.join(mask[1:-1] for mask in WHOLE_TOKENS)})>"


@functools.cache
def make_word_pattern(ascii_only: bool) -> re.Pattern[str]:
    """One match a token; on ASCII text both patterns give the same, one of them faster."""
    if ascii_only:
        rule = _word_rule("[A-Za-z]", "[A-Za-z0-9_]", "[A-Za-z0-9_]++")
        return re.compile(rf"{rule}|{_MASK}|[^\t-\r\x1c- ]")

    apart = re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}{_KANA_ASTRAL}]")
    marks, letters, word_chars = [], [], []
    # Planes 2 and 3 hold Han only, which is a rule of its own; plane 14 tags and marks.
    for code in (*range(0x20000), *range(0xE0000, 0xE0200)):
        char = chr(code)
        if _extends(char):
            marks.append(code)
        elif (char.isalnum() or char == "_") and not apart.match(char):
            word_chars.append(code)
            if char.isalpha() and code < 0x10000:
                letters.append(code)
    mark, _ = _one_and_run(marks)
    one, run = _one_and_run(sorted([*word_chars, *marks]))
    after_emoji = f"(?:{mark}|[{_SKIN_TONE}])*+"
    rules = (
        _word_rule(f"[{_ranges(letters)}]", one, run),
        f"[{_HAN}{_HAN_ASTRAL}]{mark}*+",
        f"[{_HIRAGANA}](?:[{_HIRAGANA}]|{mark})*+",
        f"[{_KATAKANA}{_KANA_ASTRAL}](?:[{_KATAKANA}{_KANA_ASTRAL}]|{mark})*+",
        f"[{_FLAG_LETTER}]{{2}}",
        f"[{_EMOJI}]{after_emoji}(?:(?<=\u200d)[{_EMOJI}]{after_emoji})*+",
        _MASK,
        f"[^\\s\u200b]{mark}*+",  # any other mark or symbol, alone
    )
    return re.compile("|".join(rules))


def _word_rule(letter: str, one: str, run: str) -> str:
    """Initials (U.S. · e.g. · J.R.R.), or runs of word characters with their joints."""
    initials = f"(?:{letter}\\.)+{letter}(?!{one})\\.?"
    joint = f"(?:[{_INSIDE_WORD}]|(?<=\\d)[{_INSIDE_NUMBER}](?=\\d))"
    return f"{initials}|{run}(?:{joint}{run})*+"


def _extends(char: str) -> bool:
    """Whether a character belongs to the one before it: marks, joiners, soft hyphens."""
    category = unicodedata.category(char)
    return category[0] == "M" or (category == "Cf" and char != "\u200b")


def _one_and_run(codes: list[int]) -> tuple[str, str]:
    """Patterns for one and for one or more characters of these, given in rising order."""
    low = _ranges([code for code in codes if code < 0x10000])
    high = _ranges([code for code in codes if code >= 0x10000])
    # `re` looks up a set of 16 bits in one step, but walks through the ranges above it one by
    # one: behind this guard they cost nothing where they are not met (twice the speed).
    guarded = f"(?=[\U00010000-\U0010ffff])[{high}]"
    return f"(?:[{low}]|{guarded})", f"(?:[{low}]++|{guarded}++)++"


def _ranges(codes: list[int]) -> str:
    """The inside of a [...] for these code points, given in rising order."""
    parts = []
    start = 0
    for stop in range(1, len(codes) + 1):
        if stop == len(codes) or codes[stop] != codes[stop - 1] + 1:
            parts.append(f"{chr(codes[start])}-{chr(codes[stop - 1])}")
            start = stop
    return "".join(parts)
