"""Texts and tokens in memory, whatever holds them; and a single str, which is none of these."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from textseq import (
    SequenceDataset,
    TextConfig,
    Vocab,
    Word2VecConfig,
    WordVectors,
    clean,
    encode_files,
    encode_lines,
    merge_corpora,
    merge_vocabs,
    pad,
    train_word2vec,
)
from textseq.text.encode import as_corpus
from textseq.text.given import as_items, has_columns

LINES = ["the cat sat", "", "on the mat"]
SENTENCES = [["the", "cat"], [], ["New York", "the"]]
ALL = TextConfig(min_count=1)
VOCAB = Vocab.from_counts({"a": 2, "b": 1})
VECTORS = WordVectors(Vocab(["a", "b", "c"], specials=()), np.eye(3, dtype=np.float32))

HOLDERS: list[Callable[[list[str]], Any]] = [
    list, tuple, iter, np.array, pd.Series, pa.array, lambda x: pa.chunked_array([x[:1], x[1:]]),
    lambda x: np.array(x, object), lambda x: np.array(x, np.dtypes.StringDType()),
    lambda x: dict.fromkeys(x), lambda x: pd.Series(x, dtype="string[pyarrow]"),
]  # fmt: skip


@pytest.mark.parametrize("hold", [*HOLDERS[:9], HOLDERS[10]])
def test_lines_in_whatever_holds_them(hold: Callable[[list[str]], Any]):
    corpus = encode_lines(hold(LINES), ALL)
    assert [corpus.decode(line) for line in range(3)] == [line.split() for line in LINES]
    dataset = SequenceDataset.from_texts(hold(LINES), hold(["x", "y", "x"]), config=ALL)
    assert dataset.labels.tolist() == [0, 1, 0]


class Again:
    """Sentences that can be read again and again, as gensim's LineSentence."""

    def __iter__(self) -> Iterator[list[str]]:
        return iter(SENTENCES)


@pytest.mark.parametrize(
    "given",
    [
        SENTENCES, iter(SENTENCES), (sentence for sentence in SENTENCES), Again(),
        [tuple(sentence) for sentence in SENTENCES],
        [np.array(sentence, object) for sentence in SENTENCES],
        [pa.array(sentence, pa.string()) for sentence in SENTENCES],
        pd.Series(SENTENCES),
    ],
    ids=lambda given: type(given).__name__,
)  # fmt: skip
def test_lists_of_tokens_are_sentences(given: Any):
    corpus = encode_lines(given, ALL)
    assert [corpus.decode(line) for line in range(3)] == SENTENCES
    assert corpus.vocab.count("the") == 2


def test_tokens_are_cleaned_one_by_one_and_never_cut():
    config = TextConfig(min_count=1, lowercase=True, tokenizer="char")
    corpus = encode_lines([["New York", "The"], ["the"]], config)
    assert [corpus.decode(line) for line in range(2)] == [["new york", "the"], ["the"]]
    known = encode_lines([["b", "x"]], ALL, vocab=VOCAB)
    assert known.ids.tolist() == [VOCAB["b"], VOCAB.unk_id]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([["a"], "b"], "a str is not a list of tokens"),
        (["b", ["a"]], r"a list where a line \(str\) is due"),
        ([["a", 1]], r"a int where a token \(str\) is due"),
        ([["a", None]], r"a NoneType where a token \(str\) is due"),
        ([1, 2], r"a int where a line \(str\) is due"),
        (pa.array(["a", None]), r"a NoneType where a line \(str\) is due"),
        (pd.Series(["a", np.nan], dtype=object), r"a float where a line \(str\) is due"),
        (pd.DataFrame({"text": ["a"], "label": ["b"]}), "choose one of its columns: text, label"),
        (pa.table({"text": ["a"], "label": ["b"]}), "choose one of its columns: text, label"),
        ({"text": ["a"]}, "choose one of its columns: text"),
        (7, "a int is not iterable; lines are due"),
        (None, "a NoneType is not iterable; lines are due"),
        (np.array("a"), "a ndarray is not iterable; lines are due"),
    ],
    ids=str,
)
def test_what_is_no_text_is_named(given: Any, message: str):
    with pytest.raises(TypeError, match=message):
        encode_lines(given, ALL)


def test_files_are_named_and_tokens_are_not(tmp_path: Path):
    with pytest.raises(TypeError, match="a list is not the name of a file; encode_lines takes"):
        encode_files([["a", "b"]], ALL, tmp_path / "out")  # type: ignore[list-item]
    with pytest.raises(TypeError, match="choose one of its columns: text"):
        encode_files(pd.DataFrame({"text": ["a"]}), ALL, tmp_path / "out")


# --- a single str


@pytest.mark.parametrize(
    "use",
    [
        lambda: encode_lines("a text", ALL),
        lambda: VOCAB.encode("a text"),
        lambda: VOCAB.encode(b"a text"),  # type: ignore[arg-type]
        lambda: VOCAB.encode_batch("a text"),
        lambda: VOCAB.encode_batch(["a text"]),
        lambda: VOCAB.decode("12"),
        lambda: VOCAB.decode(2),  # type: ignore[arg-type]
        lambda: VOCAB.decode(np.int64(2)),  # type: ignore[arg-type]
        lambda: Vocab("abc", specials=()),
        lambda: Vocab(["a"], specials="a"),
        lambda: Vocab.from_counts(["a", "b"]),  # type: ignore[arg-type]
        lambda: pad("abc"),
        lambda: clean("a text", "nfc"),
        lambda: clean(["a text"], ["nfc"]),  # type: ignore[arg-type]
        lambda: SequenceDataset.from_texts("abc", ["x", "y", "z"]),
        lambda: SequenceDataset.from_texts(["a", "b", "c"], "xyz"),
        lambda: SequenceDataset.from_texts(["a", "b", "c"], pairs="xyz", config=ALL),
        lambda: SequenceDataset.from_sentences([("ab", ["X", "Y"])]),
        lambda: SequenceDataset.from_sentences([(["a", "b"], "XY")]),
        lambda: SequenceDataset.from_sentences("ab"),  # type: ignore[arg-type]
        lambda: train_word2vec("the cat sat"),  # type: ignore[arg-type]
        lambda: merge_corpora("folder", "out"),
        lambda: merge_vocabs("folder", "out"),
        lambda: VECTORS.similarity(["a"], "b"),  # type: ignore[arg-type]
        lambda: VECTORS.vector(["a", "b"]),  # type: ignore[arg-type]
        lambda: VECTORS.nearest(7),  # type: ignore[call-overload]
    ],
)
def test_one_str_is_no_list_of_them(use: Callable[[], object]):
    with pytest.raises(TypeError, match=r"due|takes|list|no folder of an encoded corpus"):
        use()


def test_a_folder_of_labels_takes_a_list(tmp_path: Path):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "text").write_text("some words\n" * 9)
    with pytest.raises(TypeError, match=re.escape("[label] makes a list of one")):
        SequenceDataset.from_folder(tmp_path, "ab")
    assert len(SequenceDataset.from_folder(tmp_path, ["a"], config=ALL)) == 1


@pytest.mark.parametrize("hold", [list, tuple, np.array, pd.Series, pa.array])
def test_words_to_ask_in_whatever_holds_them(hold: Callable[[list[str]], Any]):
    wanted = VECTORS.nearest(["a", "c"], 1)
    assert VECTORS.nearest(hold(["a", "c"]), 1) == wanted
    assert VECTORS.odd_one_out(hold(["a", "b", "c"])) == "a"


def test_vectors_are_still_asked_by_a_vector():
    assert VECTORS.nearest(np.array([0.0, 1.0, 0.1]), 1)[0].word == "b"


# --- training without a corpus


def test_vectors_are_trained_on_lists_of_tokens(tmp_path: Path):
    rng = np.random.default_rng(0)
    sentences = [[f"word {n}" for n in rng.integers(20, size=10)] for _ in range(200)]
    config = Word2VecConfig(dim=8, epochs=1, threads=1, device="cpu")
    vectors = train_word2vec(sentences, config)
    assert sorted(vectors) == sorted(f"word {n}" for n in range(20))
    again = train_word2vec(encode_lines(iter(sentences), TextConfig(clean=())), config)
    assert np.array_equal(again.vectors, vectors.vectors)
    lines = train_word2vec([" ".join(sentence) for sentence in sentences], config)
    assert "word" in lines
    corpus = encode_files(iter(["a b c"] * 9), TextConfig(), tmp_path / "corpus")
    assert as_corpus(corpus) is corpus
    assert as_corpus(tmp_path / "corpus").vocab == corpus.vocab
    assert as_corpus(str(tmp_path / "corpus")).ids.tolist() == corpus.ids.tolist()


def test_tokens_are_taken_as_they_are():
    corpus = as_corpus([["e\u0301", "A\0"]] * 5)
    assert corpus.decode(0) == ["e\u0301", "A\0"]


def test_words_that_are_all_too_rare_are_told_of():
    with pytest.raises(ValueError, match=r"stands there 2 times, min_count is 5; .*min_count=1"):
        train_word2vec([["a", "b"], ["a"]])
    with pytest.raises(ValueError, match="there are no tokens in the sentences given"):
        train_word2vec([[], []])


def test_as_items_says_what_is_due():
    assert as_items(["a"], "texts") == ["a"]
    with pytest.raises(TypeError, match=re.escape("texts are due; [text] makes a list of one")):
        as_items("a", "texts")
    assert not has_columns(pd.Series(["a"]))
    assert not has_columns(pa.array(["a"]))


@pytest.mark.parametrize("holder", [set, frozenset])
@pytest.mark.parametrize("what", ["labels", "texts", "pairs"])
def test_sets_have_no_order_for_what_stands_beside_others(holder: Any, what: str):
    given: dict[str, Any] = {"texts": ["a", "b", "c"], "labels": ["x", "y", "z"]}
    if what == "pairs":
        given["pairs"] = given.pop("labels")
    given[what] = holder(given[what])
    with pytest.raises(TypeError, match=f"a {holder.__name__} has no order; {what} in a list"):
        SequenceDataset.from_texts(**given, config=ALL)
    given[what] = dict.fromkeys(["x", "y", "z"]).keys()  # which have the order of the dict
    assert len(SequenceDataset.from_texts(**given, config=ALL)) == 3
