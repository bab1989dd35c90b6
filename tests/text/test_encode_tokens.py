"""Sentences that are cut already: as many ids as tokens, and the same as from lines."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from textseq.config import TextConfig
from textseq.text.encode import encode_lines
from textseq.text.encode_tokens import encode_tokens
from textseq.text.vocab import Vocab

EVERY_WORD = TextConfig(min_count=1)


def test_tokens_are_cleaned_and_never_cut():
    sentences = [["한", "a b", "\x07"], [], ["é", "<unk>"]]
    corpus = encode_tokens(sentences, EVERY_WORD)
    assert corpus.offsets.tolist() == [0, 3, 3, 5]
    assert corpus.decode(0) == ["한", "a b", "<unk>"]  # nothing is left of the bell
    assert corpus.decode(2) == ["é", "<unk>"]
    assert corpus.vocab.counts.sum() == corpus.n_tokens == 5
    assert corpus.text_config == EVERY_WORD
    with pytest.raises(TypeError, match="encode_lines"):
        encode_tokens(["a b"], EVERY_WORD)


def test_rare_tokens_and_a_given_vocab():
    corpus = encode_tokens([["a", "b", "a"]], TextConfig(min_count=2))
    assert corpus.vocab.tokens == ["<pad>", "<unk>", "a"]
    assert corpus.vocab.counts.tolist() == [0, 1, 2]
    other = encode_tokens([["c", "a", ""]], TextConfig(), vocab=corpus.vocab)
    assert other.ids.tolist() == [1, 2, 1]
    assert encode_tokens([], TextConfig(), vocab=corpus.vocab).offsets.tolist() == [0]
    with pytest.raises(ValueError, match="min_count is 5; lower it"):
        encode_tokens([["a", "b", "a"]], TextConfig())
    with pytest.raises(ValueError, match="no tokens"):
        encode_tokens([[], []], TextConfig())
    with pytest.raises(KeyError):
        encode_tokens([["z"]], EVERY_WORD, vocab=Vocab(["a"], specials=()))


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=5), min_size=1, max_size=5))
@settings(derandomize=True, deadline=None)
def test_the_same_ids_as_from_lines(sentences: list[list[str]]):
    assume(any(sentences))
    config = TextConfig(min_count=1, max_vocab=3)
    ours = encode_tokens(sentences, config)
    lines = encode_lines([" ".join(tokens) for tokens in sentences], config)
    assert ours.ids.tolist() == lines.ids.tolist()
    assert ours.offsets.tolist() == lines.offsets.tolist()
    assert ours.vocab == lines.vocab
    assert ours.config.keys() == lines.config.keys()
