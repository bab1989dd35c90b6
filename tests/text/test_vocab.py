from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.text.vocab import BOS, EOS, PAD, UNK, Vocab

AWKWARD = [
    "",
    "\n",
    "\\",
    "\\n",
    "\\\\n",
    "\r",
    "\r\n",
    "\u00a0",
    "\u2028",
    "\x85",
    " ",
    "\0",
    "한",
]


def round_trip(vocab: Vocab, folder: Path) -> Vocab:
    vocab.save(folder)
    return Vocab.load(folder, vocab.specials)


def test_order_is_specials_then_falling_count_then_token():
    counts = Counter({"b": 2, "a": 2, "c": 3, "é": 1, "Z": 1})
    vocab = Vocab.from_counts(counts)
    assert vocab.tokens == [PAD, UNK, "c", "a", "b", "Z", "é"]
    assert vocab.counts.tolist() == [0, 0, 3, 2, 2, 1, 1]
    assert vocab.counts.dtype == np.int64
    backwards = Counter(dict(reversed(counts.items())))
    assert Vocab.from_counts(backwards) == vocab


def test_min_count_and_max_vocab():
    counts = {"a": 3, "b": 2, "c": 2, "d": 1}
    assert Vocab.from_counts(counts, min_count=2).tokens[2:] == ["a", "b", "c"]
    assert Vocab.from_counts(counts, max_vocab=2).tokens == [PAD, UNK, "a", "b"]
    assert Vocab.from_counts(counts, min_count=9).tokens == [PAD, UNK]
    assert Vocab.from_counts(counts, max_vocab=2, specials=()).tokens == ["a", "b"]


def test_a_special_token_seen_in_the_text_stands_once_with_its_count():
    vocab = Vocab.from_counts({"a": 1, UNK: 5}, specials=(PAD, UNK, BOS, EOS))
    assert vocab.tokens == [PAD, UNK, BOS, EOS, "a"]
    assert vocab.counts.tolist() == [0, 5, 0, 0, 1]
    assert (vocab.pad_id, vocab.unk_id, vocab.bos_id, vocab.eos_id) == (0, 1, 2, 3)
    assert Vocab(["a"], specials=()).pad_id is None


def test_encode_and_decode():
    vocab = Vocab.from_counts({"a": 2, "b": 1})
    ids = vocab.encode(["b", "x", "a", ""])
    assert ids.tolist() == [3, 1, 2, 1]
    assert ids.dtype == np.int32
    assert vocab.decode(ids) == ["b", UNK, "a", UNK]
    assert vocab.decode([]) == []
    assert vocab.encode([]).shape == (0,)
    assert vocab.encode(iter("ab")).tolist() == [2, 3]
    assert (len(vocab), list(vocab)[2:], "a" in vocab, "x" in vocab) == (4, ["a", "b"], True, False)


def test_unknown_tokens_without_unk_are_errors():
    vocab = Vocab(["a", "b"], specials=())
    assert vocab.encode("ab").tolist() == [0, 1]
    with pytest.raises(KeyError, match="'x' is not among the 2 tokens"):
        vocab["x"]
    with pytest.raises(KeyError, match="'x'"):
        vocab.encode(["a", "x"])


@pytest.mark.parametrize("ids", [[-1], [0, 4], np.array([1, 9])])
def test_ids_out_of_range_are_errors(ids: list[int]):
    with pytest.raises(IndexError, match=r"they are 0\.\.3"):
        Vocab.from_counts({"a": 2, "b": 1}).decode(ids)


def test_a_vocab_that_does_not_hold_together():
    with pytest.raises(ValueError, match="2 tokens but 1 counts"):
        Vocab([PAD, UNK], np.zeros(1, np.int64))
    with pytest.raises(ValueError, match="begins with its special tokens <pad>, <unk>"):
        Vocab(["a", "b"])
    with pytest.raises(ValueError, match="1 tokens stand twice"):
        Vocab(["a", "a"], specials=())["a"]


def test_suggest_finds_other_cases_and_near_spellings():
    vocab = Vocab.from_counts(dict.fromkeys(["King", "kings", "queen", "king's", "wing"], 1))
    assert vocab.suggest("king")[0] == "King"
    assert "queen" in vocab.suggest("quean")
    assert vocab.suggest("zzzzzz") == []


def test_awkward_tokens_come_back(tmp_path: Path):
    vocab = Vocab.from_counts(dict.fromkeys(AWKWARD, 3))
    assert round_trip(vocab, tmp_path) == vocab
    lines = (tmp_path / "vocab.txt").read_bytes().split(b"\n")
    assert len(lines) == len(vocab) + 1  # line number - 1 = id
    assert lines[vocab["한"]].decode() == "한"
    empty = Vocab([], specials=())
    assert round_trip(empty, tmp_path) == empty


tokens = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\\n\n\r "), max_size=6)


@given(counts=st.dictionaries(tokens, st.integers(1, 2**62), max_size=20))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_every_vocab_comes_back(counts: dict[str, int], tmp_path_factory: pytest.TempPathFactory):
    vocab = Vocab.from_counts(counts)
    again = round_trip(vocab, tmp_path_factory.mktemp("vocab"))
    assert again == vocab
    assert again.decode(again.encode(counts)) == list(counts)


def test_half_a_surrogate_pair_is_named(tmp_path: Path):
    with pytest.raises(ValueError, match=r"token 'a\\ud800' holds half a surrogate pair"):
        Vocab(["b", "a\ud800", "c"], specials=()).save(tmp_path)


def test_damaged_files(tmp_path: Path):
    Vocab.from_counts({"a": 2, "b": 1}).save(tmp_path)
    text = (tmp_path / "vocab.txt").read_bytes()
    (tmp_path / "vocab.txt").write_bytes(text[:-1])
    with pytest.raises(ValueError, match=r"vocab\.txt is cut off"):
        Vocab.load(tmp_path, (PAD, UNK))
    (tmp_path / "vocab.txt").write_bytes(text + b"c\n")
    with pytest.raises(ValueError, match="5 tokens but 4 counts"):
        Vocab.load(tmp_path, (PAD, UNK))
    (tmp_path / "vocab.txt").write_bytes(b"<pad>\n\xff\n")
    with pytest.raises(ValueError, match=r"vocab\.txt is damaged"):
        Vocab.load(tmp_path, (PAD, UNK))
    (tmp_path / "vocab.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"vocab\.txt"):
        Vocab.load(tmp_path, (PAD, UNK))


def test_a_pickle_is_never_read(tmp_path: Path):
    Vocab(["a"], specials=()).save(tmp_path)
    np.save(tmp_path / "counts.npy", np.array([object()]), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        Vocab.load(tmp_path, ())
