import builtins
import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.cli.errors import describe
from textseq.config import TextConfig
from textseq.text.encode import encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.encoded.vocab_folder import load_vocab
from textseq.text.tokens import korean
from textseq.text.tokens.adapter import Tokenizer
from textseq.text.tokens.tokenizer import load_tokenizer
from textseq.text.tokens.word_pattern import WHOLE_TOKENS
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

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
    text = "학교".join(WHOLE_TOKENS)
    assert [token for token in tokenizer.split(text) if token != "학교"] == list(WHOLE_TOKENS)


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
    assert tokenizer is korean.make_korean_tokenizer()
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


ENDINGS = "내가 본 사람이 갑니다. 볼 것"  # Kiwi: 보 + U+11AB, 가 + U+11B8니다, 보 + U+11AF


def test_endings_are_spelled_as_one_types_them(tokenizer: Tokenizer):
    found = tokenizer.split(ENDINGS)
    assert {"\u3134", "\u3142니다", "\u3139"} <= set(found)
    assert tokenizer.split_all is not None
    assert tokenizer.split_all([ENDINGS, ""]) == [found, []]
    assert len(tokenizer.spans(ENDINGS)) == len(found)
    kiwi = load_tokenizer(TextConfig(tokenizer="korean", korean_forms="kiwi"))
    assert {"\u11ab", "\u11b8니다", "\u11af"} <= set(kiwi.split(ENDINGS))
    assert len(kiwi.split(ENDINGS)) == len(found)


def test_names_have_no_space_inside(tokenizer: Tokenizer):
    text = "알베르트 아인슈타인은 과학자다"
    assert tokenizer.split(text)[0] == "알베르트_아인슈타인"
    kiwi = load_tokenizer(TextConfig(tokenizer="korean", korean_forms="kiwi"))
    assert kiwi.split(text)[0] == "알베르트 아인슈타인"
    assert tokenizer.spans(text)[0] == (0, 10)


def test_folders_made_before_go_on_with_their_own_forms(tmp_path: Path):
    kiwi = TextConfig(tokenizer="korean", korean_forms="kiwi", min_count=1)
    encode_lines([ENDINGS], kiwi).save(tmp_path / "before")
    config = tmp_path / "before" / "config.json"
    options = json.loads(config.read_text(encoding="utf-8"))
    del options["text"]["korean_forms"]  # as before there was a choice
    config.write_text(json.dumps(options), encoding="utf-8")
    corpus = EncodedCorpus.load(tmp_path / "before")
    assert corpus.text_config == kiwi
    vocab, text = load_vocab(tmp_path / "before")
    assert text == kiwi
    again = encode_lines([ENDINGS], text, vocab=vocab)
    assert vocab.unk_id not in again.ids
    new = encode_lines([ENDINGS], TextConfig(tokenizer="korean", min_count=1))
    new.save(tmp_path / "new")
    assert EncodedCorpus.load(tmp_path / "new").text_config.korean_forms == "typed"
    assert TextConfig.from_json({"tokenizer": "word"}).korean_forms == "typed"


def test_vectors_made_either_way_answer_to_either_spelling():
    for words in (["\u11ab", "알베르트 아인슈타인"], ["\u3134", "알베르트_아인슈타인"]):
        vectors = WordVectors(Vocab(words, specials=()), np.eye(2, dtype=np.float32))
        assert vectors.word_id("\u3134") == vectors.word_id("\u11ab") == 0
        assert vectors.word_id("알베르트_아인슈타인") == vectors.word_id("알베르트 아인슈타인") == 1
        with pytest.raises(KeyError):
            vectors.word_id("\u3137")
        vocab = Vocab(["\u3134", "\u11ab", "알베르트_아인슈타인", "\u3137"], specials=())
        matrix = vocab.embedding_matrix(vectors)
        assert matrix.tolist() == [[1, 0], [1, 0], [0, 1], [0, 0]]
