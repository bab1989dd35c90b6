from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import TextConfig, TokenizerName
from textseq.rnn.models.text_stream import TextStream
from textseq.text.encode import train_tokenizer
from textseq.text.tokens.adapter import Tokenizer
from textseq.text.tokens.tokenizer import load_tokenizer

LINES = ["the cat sat on the mat .", "the dogs sat , too", "naïve café 서울 東京 🙂"] * 3


@pytest.fixture(
    scope="module", params=["whitespace", "word", "char", "bpe", "wordpiece", "unigram"]
)
def tokenizer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Tokenizer:
    name: TokenizerName = request.param
    config = TextConfig(tokenizer=name, subword_vocab=400)
    if name in ("bpe", "wordpiece", "unigram"):
        path = tmp_path_factory.mktemp("subword") / "tokenizer.json"
        config = train_tokenizer(iter(LINES), config, path)
    return load_tokenizer(config)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            ["the", "cats", "서울", "👩‍👩‍👧", "ß", "देवनागरी", "مرحبا", "中文", "z\u2028y", ","]
        ),
        max_size=12,
    ),
    st.integers(0, 12),
)
def test_the_pieces_are_the_joined_line(tokenizer: Tokenizer, words: list[str], n_before: int):
    tokens = tokenizer.split(" ".join(words))
    stream = TextStream(tokenizer.join)
    pieces = [stream.start(tokens[:n_before])] if n_before else []
    pieces += [stream.add(token) for token in tokens[n_before:]]
    pieces.append(stream.end_line())
    assert "".join(pieces) == tokenizer.join(tokens)


def test_a_character_waits_for_its_bytes(tmp_path: Path):
    config = TextConfig(tokenizer="bpe", subword_vocab=300)
    config = train_tokenizer(iter(LINES), config, tmp_path / "tokenizer.json")
    tokenizer = load_tokenizer(config)
    tokens = ["▁a", "▁", "<0xC3>", "<0x9F>", "!"]
    assert tokenizer.join(tokens) == "a ß!"
    stream = TextStream(tokenizer.join)
    assert [stream.add(token) for token in tokens] == ["a", " ", "", "ß", "!"]


def test_bytes_that_make_no_character_do_not_wait_forever(tmp_path: Path):
    config = TextConfig(tokenizer="bpe", subword_vocab=300)
    config = train_tokenizer(iter(LINES), config, tmp_path / "tokenizer.json")
    stream = TextStream(load_tokenizer(config).join)
    pieces = [stream.add("<0x9F>") for _ in range(3)]
    assert pieces == ["", "", ""]
    assert stream.add("<0x9F>") == "\ufffd" * 4
    assert stream.add("<0xC3>") + stream.end_line() == "\ufffd"


def test_a_line_begins_anew():
    stream = TextStream(" ".join)
    assert [stream.add("a"), stream.add("b"), stream.end_line(), stream.add("c")] == [
        "a", " b", "", "c",
    ]  # fmt: skip
