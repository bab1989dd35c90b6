"""BLEU's tokenizers: which of sacrebleu's cuts texts of which script.

In: references, or the name of a tokenizer. Out: sacrebleu's BLEU with that tokenizer. Its own
default, 13a, takes a Chinese, Japanese or Thai sentence for one word, so that nearly every score is
0; by a language's name (`trg_lang`) it knows "zh", "ja" and "ko" only, and others are 13a without a
word. Nothing is scored here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from textseq.config import BleuTokenizer, choice

_LOOKED_AT = 2000  # references that show the script of all
# Of all letters from which on a script decides. A sign of it stands for a word or a syllable, and
# zh and char leave the words of other scripts much as 13a does.
_SHARE = 0.2
_KANA_SHARE = 0.1  # of Han and Kana together, in Japanese; Chinese has next to none

_HAN = "㐀-䶿一-鿿豈-﫿\U00020000-\U000323af々〇"
_KANA = "ぁ-ゖァ-ヺㇰ-ㇿｦ-ｯｱ-ﾝ"
_HANGUL = "가-힣ᄀ-ᇿㄱ-ㆎꥠ-ꥼힰ-ퟻ"
# Written without spaces between words: Thai, Lao, Tibetan, Burmese, Khmer, Tai Le, Javanese ...
_UNSPACED = (
    "\u0e01-\u0e4e\u0e81-\u0ece\u0f40-\u0fbc\u1000-\u109f\u1780-\u17d3\u1950-\u19df"
    "\u1a20-\u1aad\ua980-\ua9df\uaa60-\uaadf"
)
_SCRIPTS = {
    script: re.compile(f"[{signs}]")
    for script, signs in (
        ("han", _HAN), ("kana", _KANA), ("hangul", _HANGUL), ("unspaced", _UNSPACED),
    )
}  # fmt: skip
_LETTER = re.compile(r"[^\W\d_]|[\u0e31-\u0e4e]")


def bleu_metric(tokenizer: str, references: Iterable[str], *, lowercase: bool = False) -> Any:
    """sacrebleu's BLEU; "auto" is the tokenizer for the script of the references.

    ValueError for a tokenizer that there is not, or that lacks what it needs.
    """
    name = choice("tokenizer of BLEU", tokenizer, BleuTokenizer)
    if name != "auto":
        return _made(name, lowercase)
    for candidate in _candidates(references):
        try:
            return _made(candidate, lowercase)
        except ValueError:  # an extra of sacrebleu that is not installed
            continue
    return _made("char", lowercase)


def _candidates(references: Iterable[str]) -> tuple[str, ...]:
    """What fits the script that most of the text is in, the best first; the last always works."""
    text = "\n".join(islice(references, _LOOKED_AT))
    if text.isascii():
        return ("13a",)
    n = {script: len(pattern.findall(text)) for script, pattern in _SCRIPTS.items()}
    cjk, least = n["han"] + n["kana"], max(1.0, _SHARE * len(_LETTER.findall(text)))
    most = max(cjk, n["hangul"], n["unspaced"])
    if most < least:
        return ("13a",)
    if most == n["hangul"]:
        return ("ko-mecab", "char")
    if most == n["unspaced"]:
        return ("char",)
    return ("ja-mecab", "char") if n["kana"] >= _KANA_SHARE * cjk else ("zh",)


def _made(name: str, lowercase: bool) -> Any:
    from sacrebleu.metrics.bleu import BLEU

    try:
        # force: no log lines that ask whether the texts are tokenized already; they may well be.
        return BLEU(tokenize=name, lowercase=lowercase, force=True)
    except (ImportError, RuntimeError, OSError, AssertionError, AttributeError, TypeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(
            f"sacrebleu has no tokenizer {name!r} here ({reason[:200]}); char, zh, intl and 13a "
            "need nothing"
        ) from None
