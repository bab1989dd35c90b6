"""Cleaning: str -> str, one named step each.

In: a line of text, one word, or a whole file. Out: the same text with some of its characters
changed; no step makes a line end. Steps are named in `TextConfig.clean` and applied in that
order. A new step is one function and one row of `STEPS`. The steps that parse stand in
markup.py and wiki.py, those that mask in masking.py. Nothing here reads files (corpus.py) or
cuts words (tokenizer.py).
"""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from textseq.text.cleaning import markup, masking, wiki
from textseq.text.notices import notify

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

# Category Cc without what str.isspace() calls white space: dropping that would join words.
_CONTROLS = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_CONTROL = re.compile(f"[{_CONTROLS}]+")
_NOT_ASCII = re.compile("[^\x00-\x7f]")


@dataclass(frozen=True)
class Step:
    """One cleaning step.

    `per_word`: cleaning a line and cutting it with `str.split` gives the same words as cutting
    it at the ASCII white space (str.isspace() below U+0080) first, then cleaning and cutting
    each piece. A piece may become no word or several. Such a step needs to see each distinct
    word only once.
    `needs`: a text in which this pattern is not found is left as it is; None: there is none.
    """

    apply: Callable[[str], str]
    per_word: bool
    help: str
    needs: re.Pattern[str] | None = None


# --- what nobody sees

# Soft hyphen, marks of direction, word joiner and invisible operators, byte order marks inside a
# text, anchors of annotations.
_NOWHERE = "\u00ad\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
_UNSEEN = f"{_NOWHERE}\u180e\u200b-\u200d"
_INVISIBLE_NEEDS = re.compile(f"[{_UNSEEN}]+")
_CONTROL_OR_INVISIBLE = re.compile(f"[{_CONTROLS}{_UNSEEN}]+")
# U+200C and U+200D (ZWNJ, ZWJ) shape the letters of scripts from Arabic to Mongolian, and join
# emoji; U+180E is Mongolian alone; U+200B stands between words of Thai, Lao, Burmese and Khmer.
_MONGOLIAN = "\u1800-\u18af"
_SHAPED = (
    f"\u0600-\u109f\u1700-\u17ff{_MONGOLIAN}\u1900-\u1cff\ua800-\ua8ff\ua980-\uabff\ufb50-\ufdff"
    "\ufe70-\ufefe\U00010a00-\U00011fff"
)
_EMOJI = "\u203c-\u2bff\u3030\u303d\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f"
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\ua9e0-\uaa7f"
_INVISIBLE = re.compile(
    f"[{_NOWHERE}]+|(?<![{_MONGOLIAN}])\u180e(?![{_MONGOLIAN}])"
    f"|(?<![{_UNSPACED}\u200b])\u200b++(?![{_UNSPACED}])"
    f"|(?<![{_SHAPED}{_EMOJI}\u200c\u200d])[\u200c\u200d]++(?![{_SHAPED}])"
)


def invisible(text: str) -> str:
    """Drop what nobody sees: soft hyphens, U+FEFF inside a text, zero widths, marks of direction.

    Joiners stay where a script or an emoji needs them (Persian, Hindi, families), and U+200B
    where it separates the words of Thai and its neighbours.
    """
    return text if text.isprintable() else _INVISIBLE_NEEDS.sub(_without_invisible, text)


def _without_invisible(match: re.Match[str]) -> str:
    """What stays of a run; its neighbours decide, and are all that the slow pattern looks at."""
    (start, stop), text = match.span(), match.string
    before, after = text[max(start - 1, 0) : start], text[stop : stop + 1]
    cleaned = _INVISIBLE.sub("", before + _CONTROL.sub("", match[0]) + after)
    return cleaned[len(before) : len(cleaned) - len(after)]


def _control_and_invisible(text: str) -> str:
    """The steps `control` and `invisible`, which most text runs through, in one pass."""
    return text if text.isprintable() else _CONTROL_OR_INVISIBLE.sub(_without_invisible, text)


# --- Unicode forms

_MANY_MARKS = 500  # one behind the other; no language stacks more than a few


def _normalized(form: Form, text: str) -> str:
    if len(text) > _MANY_MARKS:
        text = _with_marks_in_order(text, "NFKD" if "K" in form else "NFD")
    return unicodedata.normalize(form, text)


def _with_marks_in_order(text: str, apart: Form) -> str:
    """The text with long runs of marks in canonical order, which is the same to Unicode.

    unicodedata moves each mark to its place by swaps: 100,000 marks would take it minutes.
    """

    def is_mark(char: str) -> bool:
        return all(map(unicodedata.combining, unicodedata.normalize(apart, char)))

    parts, done = [], 0
    for pos in range(0, len(text), _MANY_MARKS):  # a long run holds one of these positions
        if pos < done or not is_mark(text[pos]):
            continue
        start = stop = pos
        while start > done and is_mark(text[start - 1]):
            start -= 1
        while stop < len(text) and is_mark(text[stop]):
            stop += 1
        if stop - start >= _MANY_MARKS:
            marks = "".join(unicodedata.normalize(apart, char) for char in text[start:stop])
            parts += [text[done:start], *sorted(marks, key=unicodedata.combining)]
            done = stop
    return "".join([*parts, text[done:]]) if parts else text


def nfc(text: str) -> str:
    """Compose letters and their marks (e + U+0301 -> é, Hangul jamo -> syllables)."""
    return text if text.isascii() else _normalized("NFC", text)


def nfd(text: str) -> str:
    """Take letters and their marks apart (é -> e + U+0301, Hangul syllables -> jamo)."""
    return text if text.isascii() else _normalized("NFD", text)


def nfkc(text: str) -> str:
    """Replace look-alike forms by plain ones and compose (ﬁ -> fi, ² -> 2, Ａ -> A)."""
    return text if text.isascii() else _normalized("NFKC", text)


def control(text: str) -> str:
    """Drop control characters which are not white space (NUL, BEL, DEL ...)."""
    return text if text.isprintable() else _CONTROL.sub("", text)


def whitespace(text: str) -> str:
    """Turn each run of Unicode white space into one space; none at the ends."""
    return " ".join(text.split())


def mojibake(text: str) -> str:
    """Repair text that was decoded wrongly (schÃ¶n -> schön); lone surrogates become U+FFFD."""
    return text if text.isascii() else _ftfy()(text)


# Text that was decoded wrongly is made of controls, soft hyphens, quotes and accented capitals.
SPOIL_MOJIBAKE = {
    "nfd", "nfkc", "control", "invisible", "whitespace", "lowercase", "casefold", "accents",
    "drop-punctuation", "quotes", "dashes",
}  # fmt: skip


@functools.cache
def _ftfy() -> Callable[[str], str]:
    """ftfy with its repair of encodings alone: the rest of what it does is steps of their own."""
    import ftfy

    config = ftfy.TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        remove_control_chars=False,
        normalization=None,
        explain=False,
    )
    return functools.partial(ftfy.fix_text, config=config)


# Letters of Latin, Greek and Cyrillic, and the marks that may stand on them once they are
# taken apart. Marks of other scripts are vowels or part of the letter: they stay.
_MARKED = re.compile(
    "(?<=[A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u0370-\u0373\u0376-\u0377"
    "\u037b-\u037d\u037f-\u0482\u048a-\u052f\u1c80-\u1c8f\u1d00-\u1d7f\u1e00-\u1fff\u2c60-\u2c7f"
    "\ua640-\ua66e\ua680-\ua69b\ua722-\ua787\ua78b-\ua7ff\uab30-\uab69])"
    "[\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]+"
)


def accents(text: str) -> str:
    """Strip the marks of Latin, Greek and Cyrillic letters (é -> e, й -> и); the rest is in NFC.

    ø, ł and ß have no marks and stay; so do Hangul, vowel signs and the dots of kana.
    """
    if text.isascii():
        return text
    return _normalized("NFC", _MARKED.sub("", _normalized("NFD", text)))


# --- punctuation

_SINGLE, _DOUBLE = "‘’‚‛‹›ʼ´❛❜＇", "“”„‟«»❝❞〝〞〟＂"
_QUOTES = str.maketrans(dict.fromkeys(_SINGLE, "'") | dict.fromkeys(_DOUBLE, '"'))
_QUOTES_NEED = re.compile(f"[{_SINGLE}{_DOUBLE}]")
_HYPHENS = "‐‑‒–—―−⁃⸺⸻﹘﹣－֊־"
_DASHES = str.maketrans(dict.fromkeys(_HYPHENS, "-") | {"…": "...", "⋯": "...", "‥": ".."})
_DASHES_NEED = re.compile(f"[{_HYPHENS}…⋯‥]")
_REPEATS = re.compile(r"([^\s\d])\1{3,}")
_DIGIT = re.compile(r"\d")
_PUNCTUATION_NEEDS = re.compile(r"[^\w\s]|_")


def quotes(text: str) -> str:
    """Turn typographic quotes and apostrophes into " and ' (“ „ « -> ", ’ ‘ ‹ -> ')."""
    return text.translate(_QUOTES) if _QUOTES_NEED.search(text) else text


def dashes(text: str) -> str:
    """Turn dashes, hyphens and the minus sign into -, and the ellipsis into three points."""
    return text.translate(_DASHES) if _DASHES_NEED.search(text) else text


def repeats(text: str) -> str:
    """Shorten a character that stands more than 3 times in a row to 3; digits stay."""
    return _REPEATS.sub(r"\1\1\1", text)


def digits(text: str) -> str:
    """Turn each decimal digit of any script into 0."""
    return _DIGIT.sub("0", text)


def drop_punctuation(text: str) -> str:
    """Drop punctuation and symbols (categories P and S, emoji too), or put a space for them.

    A space stands where words would be joined: well-known -> well known. What is inside a word
    or number stays: don't, l·l, 1,000.5; so do the masks of masking.py: <url>.
    """
    if not _PUNCTUATION_NEEDS.search(text):
        return text
    return _punctuation().sub(_replace_punctuation, text)


def _replace_punctuation(match: re.Match[str]) -> str:
    if match[1]:  # inside a word, or a mask
        return match[1]
    (start, stop), text = match.span(), match.string
    between = start > 0 and stop < len(text)
    return " " if between and not (text[start - 1].isspace() or text[stop].isspace()) else ""


@functools.cache
def _punctuation() -> re.Pattern[str]:
    """What stays (group 1), or a run of punctuation and symbols."""
    codes = [code for code in range(0x20000) if unicodedata.category(chr(code))[0] in "PS"]
    one = f"[{_ranges(codes)}]"
    # What hangs on a symbol goes with it: variation selectors, joiners and tags of emoji.
    hangs = "[\u0300-\u036f\u200d\u20e3\ufe00-\ufe0f\U000e0020-\U000e007f]"
    masks = "|".join(masking.MASKS)
    stays = (
        r"(?<=[\w\u0300-\u036f])['’＇](?=\w)|(?<=[lL])·(?=[lL])|(?<=\d)[.,\u066b\u066c](?=\d)"
        r"|(?<=[\u05d0-\u05ea])[\u05f3\u05f4](?=[\u05d0-\u05ea])"
    )
    # The look ahead only saves time: most characters are letters.
    rule = f"({masks}|{stays})|(?:(?!{masks}|{stays}){one}{hangs}*+)++"
    return re.compile(f"(?=[^\\w\\s]|_)(?:{rule})")


def _ranges(codes: list[int]) -> str:
    """The inside of a [...] for these code points, given in rising order."""
    starts = [code for code, before in zip(codes, [-2, *codes], strict=False) if code - before > 1]
    stops = [code for code, after in zip(codes, [*codes[1:], -2], strict=True) if after - code != 1]
    pairs = zip(starts, stops, strict=True)
    return "".join(f"\\U{start:08x}-\\U{stop:08x}" for start, stop in pairs)


# --- the table

# Those that are per word: no rule of Unicode (composition, order of marks, final sigma) looks
# past a character of ASCII white space, no pattern matches it, and white space stays where it
# was. The others read sentences (mojibake) or documents.
STEPS: dict[str, Step] = {
    "nfc": Step(nfc, True, "Compose letters and marks; Hangul jamo become syllables.", _NOT_ASCII),
    "nfd": Step(nfd, True, "Take letters and marks apart.", _NOT_ASCII),
    "nfkc": Step(
        nfkc, True, "Replace compatibility forms (ligatures, full width) and compose.", _NOT_ASCII
    ),
    "control": Step(control, True, "Drop control characters which are not white space.", _CONTROL),
    "invisible": Step(
        invisible, True, "Drop soft hyphens, zero widths and such, but not what scripts need.",
        _INVISIBLE_NEEDS,
    ),
    "whitespace": Step(whitespace, True, "Turn each run of white space into one space."),
    "lowercase": Step(str.lower, True, "Lowercase every letter."),
    "casefold": Step(str.casefold, True, "Fold case for comparison (ß -> ss)."),
    "mojibake": Step(mojibake, False, "Repair wrongly decoded text (schÃ¶n -> schön).", _NOT_ASCII),
    "accents": Step(
        accents, True, "Strip marks of Latin, Greek and Cyrillic letters; the rest in NFC.",
        _NOT_ASCII,
    ),
    "html": Step(
        markup.html, False, "Drop HTML tags, scripts and comments; decode entities.",
        markup.HTML_NEEDS,
    ),
    "wiki": Step(
        wiki.wiki, False, "Drop wiki markup, boxes, references, tables; keep the text.",
        wiki.WIKI_NEEDS,
    ),
    "mask-urls": Step(
        masking.mask_urls, True, "Turn URLs into <url>.",
        masking.URL_NEEDS,
    ),
    "drop-urls": Step(masking.drop_urls, True, "Drop URLs.", masking.URL_NEEDS),
    "mask-emails": Step(
        masking.mask_emails, True, "Turn e-mail addresses into <email>.", masking.EMAIL_NEEDS
    ),
    "drop-emails": Step(masking.drop_emails, True, "Drop e-mail addresses.", masking.EMAIL_NEEDS),
    "mask-numbers": Step(
        masking.mask_numbers, True, "Turn numbers into <number> (not 2nd, x2).",
        masking.NUMBER_NEEDS,
    ),
    "drop-numbers": Step(
        masking.drop_numbers, True, "Drop numbers (not 2nd, x2).", masking.NUMBER_NEEDS
    ),
    "mask-users": Step(masking.mask_users, True, "Turn @name into <user>.", masking.USER_NEEDS),
    "drop-users": Step(masking.drop_users, True, "Drop @name.", masking.USER_NEEDS),
    "drop-punctuation": Step(
        drop_punctuation, True, "Drop punctuation, symbols and emoji; keep don't, 1,000.5, <url>.",
        _PUNCTUATION_NEEDS,
    ),
    "repeats": Step(
        repeats, True, "Shorten runs of one character to 3 (soooo -> sooo); not digits.", _REPEATS
    ),
    "quotes": Step(quotes, True, "Turn typographic quotes into ' and \".", _QUOTES_NEED),
    "dashes": Step(
        dashes, True, "Turn dashes and minus signs into -, an ellipsis into ...", _DASHES_NEED
    ),
    "digits": Step(digits, True, "Turn each digit into 0.", _DIGIT),
}  # fmt: skip


# Those that change no text of ASCII alone.
_LEAVE_ASCII = frozenset(["nfc", "nfd", "nfkc", "mojibake", "accents", "invisible"])


def clean(text: str, steps: Sequence[str]) -> str:
    """The text after these steps, in their order; ValueError for an unknown name."""
    if not isinstance(text, str):
        raise TypeError(f"a {type(text).__name__} was given; clean takes one text, a str")
    return make_cleaner(steps)(text)


def make_cleaner(steps: Sequence[str]) -> Callable[[str], str]:
    """These steps as one function; ValueError for an unknown name."""
    if isinstance(steps, str):
        raise TypeError(f"the steps are a list; [{steps!r}] is one of a single step")
    functions = _functions(steps)
    if "mojibake" in steps:
        spoilers = [name for name in steps[: steps.index("mojibake")] if name in SPOIL_MOJIBAKE]
        if spoilers:
            notify(
                f"the cleaning step mojibake comes after {spoilers[0]}, which changes the "
                "characters that it repairs; put mojibake first"
            )
    if len(functions) == 1:
        return functions[0]

    # Most words are ASCII, and most steps leave them; only entities make other signs of ASCII.
    for_ascii = functions
    if not {"html", "wiki"} & set(steps):
        for_ascii = _functions([name for name in steps if name not in _LEAVE_ASCII])

    def apply_all(text: str) -> str:
        for function in for_ascii if text.isascii() else functions:
            text = function(text)
        return text

    return apply_all


def _functions(steps: Sequence[str]) -> list[Callable[[str], str]]:
    found = {name: _step(name).apply for name in steps}
    functions: list[Callable[[str], str]] = []
    for name in steps:
        if name == "invisible" and functions and functions[-1] is control:
            functions[-1] = _control_and_invisible
        else:
            functions.append(found[name])
    return functions


def is_per_word(steps: Sequence[str]) -> bool:
    """Whether all of these steps may be applied to each distinct word once."""
    return all(_step(name).per_word for name in steps)


def _step(name: str) -> Step:
    if name not in STEPS:
        near = difflib.get_close_matches(name.lower(), STEPS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ";"
        raise ValueError(f"no cleaning step {name!r}{hint} the steps are {', '.join(STEPS)}")
    return STEPS[name]
