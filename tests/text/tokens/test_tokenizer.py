import gzip
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import TextConfig, TokenizerName
from textseq.text.tokens.adapter import replace_surrogates
from textseq.text.tokens.tokenizer import TOKENIZERS, load_tokenizer, split_words
from textseq.text.tokens.word_pattern import WHOLE_TOKENS, make_word_pattern

NAMES = sorted(TOKENIZERS)
awkward = st.sampled_from(
    "aZé09_.,'’·-:!?\u0301\u093f\u064e한ㄱ漢々〇かきーカ゛ｶﾞ\u3099हिपﷺ٣\u066b\u200b\u200c\u200d\u00ad\ufeff"
    "👩💻❤\ufe0f🏽🇰🇷🏴\U000e0067\U000e007f𐌰𝒜𠀀\U000e0100\0\x1c\x85\u00a0\u2028 \t\n"
)
texts = st.lists(st.characters() | awkward, max_size=40).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't; she's", "I|don't|;|she's"),
        ("'tis the dogs' l’été", "'|tis|the|dogs|'|l’été"),
        ("3.14 1,000,000.5 1'000 5,", "3.14|1,000,000.5|1'000|5|,"),
        ("192.168.0.1:80", "192.168.0.1|:|80"),
        ("the U.S. is, e.g., here", "the|U.S.|is|,|e.g.|,|here"),
        ("J.R.R.Tolkien т.е. A.", "J.R.R.|Tolkien|т.е.|A|."),
        ("end.Next one...", "end|.|Next|one|.|.|."),
        ("well-known e-mail", "well|-|known|e|-|mail"),
        ("snake_case x2 2nd m²", "snake_case|x2|2nd|m²"),
        ("(a) [b]--c", "(|a|)|[|b|]|-|-|c"),
        ("cafe\u0301 col·lecció", "cafe\u0301|col·lecció"),
        ("한국어 형태소,분석", "한국어|형태소|,|분석"),
        ("\u1112\u1161\u11ab글", "\u1112\u1161\u11ab글"),
        ("हिन्दी में।", "हिन्दी|में|।"),
        ("عَرَبِيّ، نص", "عَرَبِيّ|،|نص"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("我爱NLP。", "我|爱|NLP|。"),
        ("葛\U000e0100飾区𠀀", "葛\U000e0100|飾|区|𠀀"),
        ("私はコーヒーを飲む", "私|は|コーヒー|を|飲|む"),
        ("か\u3099き ｶﾞ", "か\u3099き|ｶﾞ"),
        ("ภาษาไทย กข\u200bคง", "ภาษาไทย|กข|คง"),
        ("hi👩\u200d💻👍🏽!", "hi|👩\u200d💻|👍🏽|!"),
        ("🇰🇷🇺🇸 1\ufe0f\u20e3", "🇰🇷|🇺🇸|1\ufe0f\u20e3"),
        ("❤\ufe0f\u200d🔥☂", "❤\ufe0f\u200d🔥|☂"),
        ("a\ud800b", "a|\ud800|b"),
        ("see<url>, <unk><pad>", "see|<url>|,|<unk>|<pad>"),
        ("<user>한 <email>\u0301", "<user>|한|<email>|\u0301"),
        ("<URL> <urls> < url> <url", "<|URL|>|<|urls|>|<|url|>|<|url"),
        ("", ""),
    ],
)
def test_word(text: str, expected: str):
    assert split_words(text) == [token for token in expected.split("|") if token]


def test_word_keeps_masks_whole():
    for text in (" ".join(WHOLE_TOKENS), "".join(WHOLE_TOKENS), "é".join(WHOLE_TOKENS)):
        assert [token for token in split_words(text) if token != "é"] == list(WHOLE_TOKENS)


def test_whitespace_and_char():
    assert TOKENIZERS["whitespace"].split(" a\u00a0b\x1cc\u3000d-e.\n") == ["a", "b", "c", "d-e."]
    assert TOKENIZERS["char"].split("e\u0301 한") == ["e", "\u0301", " ", "한"]


def test_join():
    assert TOKENIZERS["word"].join(["a", "b"]) == "a b"
    assert TOKENIZERS["char"].join(["a", " ", "b"]) == "a b"


@pytest.mark.parametrize("name", NAMES)
def test_load_tokenizer(name: TokenizerName):
    assert load_tokenizer(TextConfig(tokenizer=name)) is TOKENIZERS[name]


@pytest.mark.parametrize("name", ["bpe", "wordpiece", "unigram"])
def test_subwords_need_their_file(name: TokenizerName):
    with pytest.raises(ValueError, match=f"'{name}', which is trained on text first"):
        load_tokenizer(TextConfig(tokenizer=name))


@given(st.text(st.characters() | st.sampled_from("\ud800\udfffé")))
@settings(derandomize=True, deadline=None)
def test_replace_surrogates(text: str):
    replaced = replace_surrogates(text)
    assert len(replaced) == len(text)
    for old, new in zip(text, replaced, strict=True):
        assert new == ("\ufffd" if "\ud800" <= old <= "\udfff" else old)


@pytest.mark.parametrize("name", NAMES)
@given(text=texts)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_spans_are_where_the_tokens_stand(name: TokenizerName, text: str):
    tokenizer = TOKENIZERS[name]
    assert [text[start:stop] for start, stop in tokenizer.spans(text)] == tokenizer.split(text)


@pytest.mark.parametrize("name", NAMES)
@given(text=texts)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_nothing_is_lost_but_white_space(name: TokenizerName, text: str):
    check_nothing_lost(name, text)


@pytest.mark.parametrize("name", [name for name in NAMES if TOKENIZERS[name].per_word])
@given(text=texts)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_per_word_tokenizers_see_one_word_at_a_time(name: TokenizerName, text: str):
    split = TOKENIZERS[name].split
    assert split(text) == [token for piece in text.split() for token in split(piece)]


@given(text=st.text(st.characters(max_codepoint=0x7F) | st.sampled_from("a.'1, _")))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_the_pattern_for_ascii_agrees_with_the_full_one(text: str):
    assert make_word_pattern(True).findall(text) == make_word_pattern(False).findall(text)


def test_word_is_linear_in_the_length_of_the_text():
    for part in ("a.", "a'", "1,", "é.", "\u0301", "👩\u200d", "か", "_"):
        assert "".join(split_words(part * 100_000)) == part * 100_000


def check_nothing_lost(name: str, text: str) -> None:
    kept = "".join(TOKENIZERS[name].split(text))  # type: ignore[index]
    expected = text if name == "char" else "".join(text.split())
    assert kept == (expected.replace("\u200b", "") if name == "word" else expected)


# --- real text


@pytest.fixture(scope="module")
def declarations(data: Path) -> dict[str, str]:
    """The Universal Declaration of Human Rights by language."""
    encodings = {"UTF8": "utf-8", "Arabic": "cp1256", "Latin1": "latin-1", "Cyrillic": "cp1251"}
    texts = {}
    with zipfile.ZipFile(data / "messy" / "udhr.zip") as archive:
        for path in archive.namelist():
            language, _, encoding = Path(path).name.rpartition("-")
            if encoding in encodings:
                texts[language] = archive.read(path).decode(encodings[encoding], "replace")
    return texts


@pytest.mark.parametrize("name", NAMES)
def test_on_every_language_nothing_is_lost(name: str, declarations: dict[str, str]):
    assert len(declarations) > 200
    for text in declarations.values():
        check_nothing_lost(name, text)


@pytest.mark.parametrize(
    ("language", "tokens"),
    [
        ("Hindi", ["मानव", "अधिकारों", "की", "।"]),
        ("Arabic_Alarabia", ["حقوق", "الإنسان", "،"]),
        ("Korean_Hankuko", ["모든", "사람은"]),
        ("Chinese_Mandarin", ["人", "权", "，"]),
        ("Japanese_Nihongo", ["すべての", "人", "は"]),
        ("French_Francais", ["l'homme", "d'une"]),
    ],
)
def test_word_finds_the_words_of_each_script(
    language: str, tokens: list[str], declarations: dict[str, str]
):
    assert set(tokens) <= set(split_words(declarations[language]))


def test_word_keeps_korean_words_whole(data: Path):
    text = gzip.decompress((data / "kowiki" / "kowiki-AA-00.txt.gz").read_bytes()).decode("utf-8")
    for line in text.split("\n")[:2000]:
        hangul = [t for t in line.split() if all("가" <= char <= "힣" for char in t)]
        assert set(hangul) <= set(split_words(line))
