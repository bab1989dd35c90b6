"""Fonts for labels: none is loaded for nothing, each script finds one where there is one."""

from __future__ import annotations

import pytest

from textseq.pictures.fonts import font_families
from textseq.text.notices import TextNotice

pytest.importorskip("matplotlib")
from matplotlib.font_manager import fontManager
from matplotlib.ft2font import FT2Font

SCRIPTS = {
    "Korean": "왕과 여왕", "Chinese": "国王 女王", "Japanese": "東京 かな カナ",
    "Thai": "ราชินี", "Arabic": "ملكة", "Devanagari": "क्षत्रिय",
}  # fmt: skip


@pytest.mark.parametrize("text", ["king", "naïve Ωmega Жук", "ملكة", "", "a\u200db\u202e\ufe0f"])
def test_the_own_font_is_enough(text: str):
    assert font_families([text]) == ["DejaVu Sans"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_character_is_in_one_of_the_fonts_or_named(script: str):
    text = SCRIPTS[script]
    on_the_machine = {font.name: font.fname for font in fontManager.ttflist}
    has = any(
        all(ord(char) in FT2Font(path).get_charmap() for char in text if char != " ")
        for name, path in on_the_machine.items()
        if name.startswith("Noto Sans")
    )
    if not has:
        pytest.skip("no font of the machine has it")
    families = font_families(["king", text])
    charmaps = [FT2Font(on_the_machine[name]).get_charmap() for name in families]
    assert all(any(ord(char) in charmap for charmap in charmaps) for char in text)


@pytest.mark.parametrize(
    ("texts", "named"),
    [(["왕", "国"], r"CJK, Hangul \(国왕\)"), (["a🧿"], r"other characters \(🧿\)")],
)
def test_what_has_no_font_is_named(monkeypatch: pytest.MonkeyPatch, texts: list[str], named: str):
    own = [font for font in fontManager.ttflist if font.name == "DejaVu Sans"]
    monkeypatch.setattr(fontManager, "ttflist", own)
    with pytest.warns(TextNotice, match=f"no font on this machine has {named}"):
        assert font_families(texts) == ["DejaVu Sans"]
