import builtins
import gzip
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.cli.errors import describe
from textseq.config import TextConfig
from textseq.text.tokens import korean
from textseq.text.tokens.tokenizer import Tokenizer, load_tokenizer
from textseq.text.tokens.word_pattern import MASKS

pytest.importorskip("kiwipiepy")

awkward = st.sampled_from(
    "aZé09.,'<>\u0301\u093f한글했갔ㅋㅠㄱ\u1112\u1161\u11ab漢かﷺ\u200b\u200d\ufeff👩💻\ufe0f🏽🇰𐌰\ud800"
    "\0\x1c\x85\u00a0\u2028\u3000 \t\r\n"
)
texts = st.lists(
    st.characters() | awkward | st.sampled_from(["학교에 ", "갔다. ", "<url>", "https://a.kr/b "]),
    max_size=30,
).map("".join)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return load_tokenizer(TextConfig(tokenizer="korean"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("나는 학교에 갔다.", "나 는 학교 에 가 었 다 ."),
        ("했다", "하 었 다"),
        ("\u1112\u1161\u11ab글 사랑", "\u1112\u1161\u11ab글 사랑"),
        ("hello World 3.14 1,000!", "hello World 3.14 1,000 !"),
        ("👩\u200d💻 정말 👍🏽", "👩\u200d💻 정말 👍🏽"),
        ("हिन्दी में عربي", "हिन्दी में عربي"),
        ("<url>에 <unk>", "<url> 에 <unk>"),
        ("a\ud800b", "a \ufffd b"),
        ("", ""),
        (" \t\u3000", ""),
    ],
)
def test_morphemes(tokenizer: Tokenizer, text: str, expected: str):
    assert tokenizer.split(text) == expected.split()


def test_contracted_morphemes_share_a_syllable(tokenizer: Tokenizer):
    assert tokenizer.spans("학교에 갔다") == [(0, 2), (2, 3), (4, 5), (4, 5), (5, 6)]


def test_masks_are_kept_whole(tokenizer: Tokenizer):
    text = "학교".join(MASKS)
    assert [token for token in tokenizer.split(text) if token != "학교"] == list(MASKS)


@given(text=texts)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_spans_rise_inside_the_text(tokenizer: Tokenizer, text: str):
    spans = tokenizer.spans(text)
    assert len(spans) == len(tokenizer.split(text))
    starts = [start for start, _ in spans]
    assert starts == sorted(starts)
    assert all(0 <= start <= stop <= len(text) for start, stop in spans)


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\u3164")))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_what_is_not_korean_stays_as_it_is(tokenizer: Tokenizer, text: str):
    hangul = any(
        "\u1100" <= c <= "\u11ff" or "\u3130" <= c <= "\u318f" or c >= "\ua960" for c in text
    )
    kept = "".join(tokenizer.split(text))
    assert hangul or "".join(kept.split()) == "".join(text.split())


def test_many_lines_at_once_are_the_same(tokenizer: Tokenizer):
    lines = ["나는 학교에 갔다.", "", " ", "hello", "a\ud800", "<url>에", "ㅋ" * 5000] * 5
    assert tokenizer.split_all is not None
    assert tokenizer.split_all(lines) == [tokenizer.split(line) for line in lines]
    assert tokenizer.split_all([]) == []


def test_it_has_no_vocabulary_and_looks_at_whole_lines(tokenizer: Tokenizer):
    assert tokenizer.tokens is None
    assert tokenizer.encode_all is None
    assert not tokenizer.per_word
    assert tokenizer is korean.korean_tokenizer()
    assert tokenizer.join(["학교", "에"]) == "학교 에"


def test_without_kiwipiepy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name == "kiwipiepy":
            raise ModuleNotFoundError("No module named 'kiwipiepy'", name="kiwipiepy")
        return real(name, *args, **options)

    korean._kiwi.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "textseq\[ko\]"') as caught:
        load_tokenizer(TextConfig(tokenizer="korean"))
    assert 'pip install "textseq[ko]"' in describe(caught.value)[0]


# --- real text


def test_on_korean_text_everything_is_covered(tokenizer: Tokenizer, data: Path):
    content = gzip.decompress((data / "kowiki" / "kowiki-AA-00.txt.gz").read_bytes())
    lines = content.decode("utf-8").split("\n")[:150]
    assert tokenizer.split_all is not None
    tokens = tokenizer.split_all(lines)
    for line in lines:
        covered = {pos for start, stop in tokenizer.spans(line) for pos in range(start, stop)}
        assert covered >= {pos for pos, char in enumerate(line) if not char.isspace()}
    assert sum(map(len, tokens)) > 1.5 * sum(len(line.split()) for line in lines)
    assert {"는", "을", "에", "하", "다"} <= {token for line in tokens for token in line}


def test_other_languages_lose_nothing(tokenizer: Tokenizer, data: Path):
    with zipfile.ZipFile(data / "messy" / "udhr.zip") as archive:
        for language in ("Hindi-UTF8", "Chinese_Mandarin-UTF8", "English-Latin1"):
            name = next(name for name in archive.namelist() if name.endswith(language))
            text = archive.read(name).decode("latin-1" if "Latin1" in name else "utf-8", "replace")[
                :3000
            ]
            assert "".join(tokenizer.split(text[:3000])) == "".join(text[:3000].split())
