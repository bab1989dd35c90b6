"""Fonts: which of those on the machine draw the scripts of some labels.

In: texts. Out: names of font families for matplotlib, which takes each character from the first
that has it; a notice of scripts for which there is no font. Nothing is drawn, and no font is loaded
for texts that matplotlib's own font covers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from textseq.extras import comes_with
from textseq.text.notices import notify

_OWN = "DejaVu Sans"  # comes with matplotlib
_UNNAMED = "other characters"


def font_families(texts: Iterable[str]) -> list[str]:
    """Families, the best first, that have the characters of these texts between them.

    Of fonts that have as many of the missing characters the first by name is taken, sans before
    serif. A TextNotice names the scripts that no font has; their characters become empty boxes.
    """
    with comes_with("plot", "matplotlib", "pictures need matplotlib"):
        from matplotlib.font_manager import FontProperties, fontManager
        from matplotlib.ft2font import FT2Font

    own = FT2Font(fontManager.findfont(FontProperties(family=_OWN))).get_charmap()
    families = [_OWN]
    missing = {
        char
        for char in set().union(*texts)
        if ord(char) not in own and char.isprintable() and not _is_invisible(char)
    }
    if not missing:
        return families
    fonts = {}
    for font in sorted(filter(_is_plain, fontManager.ttflist), key=_preference):
        if font.name not in fonts:
            try:
                charmap = FT2Font(font.fname).get_charmap()
            except (RuntimeError, OSError):  # bitmaps only, or gone since the list was made
                continue
            fonts[font.name] = {char for char in missing if ord(char) in charmap}
    while missing:
        best = max(fonts, key=lambda name: len(fonts[name] & missing), default=None)
        if best is None or not fonts[best] & missing:
            break
        families.append(best)
        missing -= fonts[best]
    if missing:
        scripts = sorted({_script(char) for char in missing})
        example = "".join(sorted(missing)[:5])
        notify(f"no font on this machine has {', '.join(scripts)} ({example}); boxes stand for it")
    return families


def _is_invisible(char: str) -> bool:
    """Joiners, direction marks and variation selectors, which few fonts have."""
    return unicodedata.category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f"


def _is_plain(font: Any) -> bool:
    """Upright and of regular weight, which matplotlib would choose of its family."""
    return font.style == "normal" and str(font.weight) in ("400", "normal", "regular")


def _preference(font: Any) -> tuple[bool, bool, str]:
    """Fonts in the manner of the first one come before others."""
    return "Sans" not in font.name, "Mono" in font.name, font.name


def _script(char: str) -> str:
    """The script of a character, by the first word of its Unicode name: Hangul, Thai, CJK."""
    first = unicodedata.name(char, "").partition(" ")[0]
    if first == "CJK":
        return first
    return first.capitalize() if unicodedata.category(char)[0] in "LM" and first else _UNNAMED
