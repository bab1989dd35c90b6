"""What torchtext 0.18 does with a Vocab, written down by hand: the package itself is not needed."""

import copy
from collections import Counter

import pytest
from torch import nn

from textseq.compat.torchtext.vocab import Vocab, build_vocab_from_iterator, vocab
from textseq.text.vocab import Vocab as TextVocab

# ---- vocab and build_vocab_from_iterator


def test_vocab_keeps_the_order_of_the_dict():
    v = vocab({"x": 1, "b": 3, "a": 5, "rare": 0})
    assert v.get_itos() == ["x", "b", "a"]
    assert vocab({"x": 1, "b": 3, "a": 5}, min_freq=3).get_itos() == ["b", "a"]
    assert vocab(Counter(["b", "a", "b"])).get_itos() == ["b", "a"]
    assert len(vocab({})) == 0


def test_specials_stand_in_front_or_behind_whatever_their_count():
    counts = {"a": 5, "<unk>": 1, "b": 3}
    assert vocab(counts, 3, ["<pad>", "<unk>"]).get_itos() == ["<pad>", "<unk>", "a", "b"]
    v = vocab(counts, 3, ["<pad>", "<unk>"], special_first=False)
    assert v.get_itos() == ["a", "b", "<pad>", "<unk>"]
    assert list(counts) == ["a", "<unk>", "b"]
    assert v.vocab.specials == ("<pad>", "<unk>")
    assert v.vocab.counts.tolist() == [5, 3, 0, 1]


def test_a_special_twice_is_an_error():
    with pytest.raises(RuntimeError, match="Duplicate token found in tokens list: <unk>"):
        vocab({"a": 1}, specials=["<pad>", "<unk>", "<unk>"])


def lines() -> list[list[str]]:
    return [list(line) for line in ("bac", "ba", "b", "cc")] + [["<unk>", "é"]]


def test_build_sorts_by_falling_count_then_by_token():
    v = build_vocab_from_iterator(iter(lines()))
    assert v.get_itos() == ["b", "c", "a", "<unk>", "é"]
    assert build_vocab_from_iterator([["a", "b"], ["b", "a"]]).get_itos() == ["a", "b"]
    assert build_vocab_from_iterator(["ba", iter("b")]).get_itos() == ["b", "a"]
    assert build_vocab_from_iterator([]).get_itos() == []


def test_build_with_min_freq_and_specials():
    v = build_vocab_from_iterator(lines(), min_freq=2, specials=["<unk>"])
    assert v.get_itos() == ["<unk>", "b", "c", "a"]
    v = build_vocab_from_iterator(lines(), min_freq=3, specials=["<unk>"], special_first=False)
    assert v.get_itos() == ["b", "c", "<unk>"]


def test_max_tokens_counts_the_specials():
    v = build_vocab_from_iterator(lines(), specials=["<unk>", "<pad>"], max_tokens=4)
    assert v.get_itos() == ["<unk>", "<pad>", "b", "c"]
    with pytest.raises(AssertionError, match="max_tokens is 2"):
        build_vocab_from_iterator(lines(), specials=["<unk>", "<pad>"], max_tokens=2)
    with pytest.raises(AssertionError):
        build_vocab_from_iterator(lines(), max_tokens=0)


def test_a_special_among_the_most_frequent_takes_a_place_of_max_tokens():
    text = [["<unk>"] * 9, ["a"] * 5, ["b"] * 3]
    v = build_vocab_from_iterator(text, specials=["<unk>"], max_tokens=3)
    assert v.get_itos() == ["<unk>", "a"]  # of the first two, <unk> and a, one is a special


# ---- Vocab


@pytest.fixture
def abc() -> Vocab:
    return vocab({"a": 1, "b": 1, "c": 1})


def test_it_is_a_module_over_our_vocab(abc: Vocab):
    assert isinstance(abc, nn.Module)
    assert isinstance(abc.vocab, TextVocab)
    assert not abc.is_jitable
    assert abc.state_dict() == {}
    twin = copy.deepcopy(abc)
    twin.append_token("d")
    assert (len(twin), len(abc)) == (4, 3)


def test_lookup(abc: Vocab):
    assert len(abc) == 3
    assert "a" in abc
    assert "x" not in abc
    assert abc["b"] == 1
    assert abc(["c", "a"]) == [2, 0]
    assert abc.lookup_indices(["c", "a"]) == [2, 0]
    assert abc.lookup_indices([]) == []
    assert type(abc(["c"])[0]) is int
    assert abc.lookup_token(2) == "c"
    assert abc.lookup_tokens([2, 0]) == ["c", "a"]
    assert abc.get_stoi() == {"a": 0, "b": 1, "c": 2}
    assert abc.get_itos() == ["a", "b", "c"]
    abc.get_itos().append("x")
    abc.get_stoi()["x"] = 3
    assert "x" not in abc
    for wrong in ("abc", ("a",)):
        with pytest.raises(TypeError, match="takes a list of str, not"):
            abc(wrong)


def test_an_unknown_token_needs_a_default_index(abc: Vocab):
    message = "Token x not found and default index is not set"
    assert abc.get_default_index() is None
    with pytest.raises(RuntimeError, match=message):
        abc["x"]
    with pytest.raises(RuntimeError, match=message):
        abc(["a", "x", "y"])
    for index in (0, 2, -1, 99):
        abc.set_default_index(index)
        assert abc.get_default_index() == index
        assert abc["x"] == index
        assert abc(["x", "b"]) == [index, 1]
    abc.set_default_index(None)
    with pytest.raises(RuntimeError, match=message):
        abc["x"]


def test_unk_among_the_specials_is_no_default():
    v = vocab({"a": 1}, specials=["<unk>"])
    with pytest.raises(RuntimeError, match="default index is not set"):
        v["x"]


def test_insert_and_append(abc: Vocab):
    abc.set_default_index(1)
    abc.insert_token("x", 0)
    abc.insert_token("y", 4)
    abc.append_token("z")
    assert abc.get_itos() == ["x", "a", "b", "c", "y", "z"]
    assert abc.get_stoi() == {t: i for i, t in enumerate(abc.get_itos())}
    assert abc(["z", "a", "nowhere"]) == [5, 1, 1]  # the default index has not moved
    for index in (-1, 7):
        message = f"Specified index {index} is out of bounds for vocab of size 6"
        with pytest.raises(RuntimeError, match=message):
            abc.insert_token("w", index)
    message = "Token b already exists in the Vocab with index: 2"
    with pytest.raises(RuntimeError, match=message):
        abc.append_token("b")
    with pytest.raises(RuntimeError, match=message):
        abc.insert_token("b", 0)
    assert len(abc) == 6


@pytest.mark.parametrize("index", [-1, 3])
def test_indices_out_of_bounds(abc: Vocab, index: int):
    message = f"Specified index {index} is out of bounds for vocab of size 3"
    with pytest.raises(RuntimeError, match=message):
        abc.lookup_token(index)
    message = f"Specified index {index} at position 1 is out of bounds for vocab of size 3"
    with pytest.raises(RuntimeError, match=message):
        abc.lookup_tokens([0, index])


def test_torchscript_is_refused_by_name(abc: Vocab):
    with pytest.raises(NotImplementedError, match="TorchScript"):
        abc.__prepare_scriptable__()
