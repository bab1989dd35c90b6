"""Judgement: scores of texts are sacrebleu's, of the texts themselves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from textseq.rnn.scores.bleu_tokenizers import bleu_metric
from textseq.rnn.scores.judgement import score_texts
from textseq.rnn.scores.metrics import bleu, chrf

sacrebleu: Any = pytest.importorskip("sacrebleu")

CHARS = {
    "latin": ("13a", " ", ["the", "cat's", "Été", "runs,", "3.5", "(so)", "a-b", "don't", "end."]),
    "zh": ("zh", "", [*"我们今天去北京看朋友他昨买了本新书，。", "GPT-2", "3.5"]),
    "ja": ("char", "", list("きょうは東京へ行きますデータをよむ。")),
    "ko": ("char", " ", ["우리는", "오늘", "서울에", "갔다.", "친구를", "만났다"]),
    "th": ("char", "", list("ฉันกินข้าวที่บ้านวันนี้")),
}


def lines(script: str, n: int, seed: int) -> list[str]:
    _, space, pieces = CHARS[script]
    rng = np.random.default_rng(seed)
    return [space.join(rng.choice(pieces, size=rng.integers(4, 15))) for _ in range(n)]


@pytest.mark.parametrize("script", CHARS)
@pytest.mark.parametrize("lowercase", [False, True])
def test_scores_are_sacrebleu_s_in_five_scripts(script: str, lowercase: bool):
    references = lines(script, 60, 1)
    # Half of them near their references, half of them like nothing.
    near = [
        text[:-2] + other[:2] for text, other in zip(references, [*references[1:], ""], strict=True)
    ]
    hypotheses = near[:30] + lines(script, 30, 2)
    tokenize = CHARS[script][0]
    expected = sacrebleu.corpus_bleu(
        hypotheses, [references], tokenize=tokenize, lowercase=lowercase
    )
    found = score_texts(hypotheses, references, lowercase=lowercase)
    assert found.bleu.score == expected.score > 1
    assert f"case:{'lc' if lowercase else 'mixed'}|" in found.bleu.signature
    assert f"tok:{tokenize}|" in found.bleu.signature
    of_characters = sacrebleu.metrics.CHRF(lowercase=lowercase)
    assert found.chrf.score == of_characters.corpus_score(hypotheses, [references]).score
    assert found.chrf.signature == str(of_characters.get_signature())


@pytest.mark.parametrize(
    ("texts", "tokenizer"),
    [
        (["我们明天去北京看朋友。"], "zh"),
        (["我用 GPT-2 和 transformers 库写代码。"], "zh"),
        (["繁體中文也是"], "zh"),
        (["今日は東京へ行きます。"], "char"),
        (["データサイエンス"], "char"),
        (["우리는 오늘 서울에 갔다"], "char"),
        (["ฉันกินข้าว"], "char"),
        (["ຂ້ອຍກິນເຂົ້າ"], "char"),
        (["ខ្ញុំញ៉ាំបាយ"], "char"),
        (["ကျွန်တော် ထမင်းစား"], "char"),
        (["The city of 北京 is large and very old, as everybody here knows."], "13a"),
        (["हम आज दिल्ली गए", "Привет, мир"], "13a"),
        (["مرحبا بالعالم"], "13a"),
        (["...", "", "123"], "13a"),
    ],
)
def test_tokenizer_by_script(texts: list[str], tokenizer: str, monkeypatch: pytest.MonkeyPatch):
    # As where sacrebleu's extras for Japanese and Korean are missing.
    from sacrebleu.tokenizers import tokenizer_ja_mecab, tokenizer_ko_mecab

    for module in (tokenizer_ja_mecab, tokenizer_ko_mecab):
        monkeypatch.setattr(module, "MeCab", None)
    assert bleu_metric("auto", texts).tokenizer.signature() == tokenizer


def test_tokenizer_by_name():
    texts = ["我们明天去北京看朋友。"]
    assert "tok:intl|" in bleu(texts, texts, tokenizer="intl").signature
    assert bleu(texts, texts, tokenizer="ZH").score == pytest.approx(100)
    with pytest.raises(ValueError, match="tokenizer of BLEU is 'de'; it can be auto, 13a"):
        bleu(texts, texts, tokenizer="de")


def test_a_tokenizer_that_lacks_its_package(monkeypatch: pytest.MonkeyPatch):
    from sacrebleu.tokenizers import tokenizer_ja_mecab

    monkeypatch.setattr(tokenizer_ja_mecab, "MeCab", None)
    with pytest.raises(ValueError, match=r"no tokenizer 'ja-mecab' here .*sacrebleu\[ja\]"):
        bleu(["今日は"], ["今日は"], tokenizer="ja-mecab")


def test_no_bleu_where_no_line_has_four_tokens():
    texts = ["a b c", "d", ""]
    found = score_texts(texts, texts, 100)
    assert math.isnan(found.bleu.score)
    assert found.bleu.interval is None
    assert "tok:13a" in found.bleu.signature
    assert found.note == "no line has four tokens"
    assert found.exact == 1.0
    assert found.chrf.score == 100
    assert score_texts(["a"], ["a b c."]).bleu.score == 0.0  # a sign is a token: there are four
    assert score_texts(["a b c d"], ["a b c"]).bleu.score > 0  # as sacrebleu smoothes it
    assert score_texts(["a b c d"], ["a b c d"]).note == ""


def test_exact_is_words_and_signs_however_spaced():
    references = ["It rains.", "don't go", "no where", "The End"]
    hypotheses = ["It rains .", " don't  go ", "nowhere", "the end"]
    assert score_texts(hypotheses, references).exact == 0.5
    assert score_texts(hypotheses, references, lowercase=True).exact == 0.75
    low, high = score_texts(hypotheses, references, 200).exact_interval or (0, 0)
    assert 0 <= low < 0.5 < high <= 1


def test_intervals_come_with_any_scores():
    references = [f"line {number} of some text here" for number in range(20)]
    for hypotheses in (references, ["x"] * 20, ["x"] * 19 + references[:1]):
        found = score_texts(hypotheses, references, 100)
        for score in (found.bleu, found.chrf):
            assert score.interval is not None
            assert 0 <= score.interval[0] <= score.interval[1] <= 100
            assert "bs:100|" in score.signature


def test_case_of_chrf():
    assert chrf(["ABC"], ["abc"]).score < 1
    assert chrf(["ABC"], ["abc"], lowercase=True).score == 100
