"""What torchtext 0.18 does, written down by hand: the package itself is not needed."""

import copy
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import nn

from textseq.compat import torchtext
from textseq.compat.torchtext import (
    AddToken,
    LabelToIndex,
    PadTransform,
    Sequential,
    StrToIntTransform,
    ToTensor,
    Truncate,
    Vocab,
    VocabTransform,
    build_vocab_from_iterator,
    vocab,
)
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


# ---- transforms


def test_all_transforms_are_modules_and_public():
    for name in torchtext.__all__:
        thing = getattr(torchtext, name)
        assert not isinstance(thing, type) or issubclass(thing, nn.Module)


def test_vocab_transform(abc: Vocab):
    transform = VocabTransform(abc)
    assert transform(["a", "c"]) == [0, 2]
    assert transform([["a", "b"], [], ["c"]]) == [[0, 1], [], [2]]
    assert transform([]) == []
    with pytest.raises(RuntimeError, match="Token x not found"):
        transform(["x"])
    for wrong in ("a", ("a",), [1], [["a"], "b"], None):
        with pytest.raises(TypeError, match="Input type not supported"):
            transform(wrong)
    with pytest.raises(AssertionError):
        VocabTransform(abc.vocab)  # type: ignore[arg-type]


def test_truncate():
    transform = Truncate(2)
    assert transform([1, 2, 3]) == [1, 2]
    assert transform(["a"]) == ["a"]
    assert transform([[1, 2, 3], []]) == [[1, 2], []]
    assert transform([["a", "b", "c"], ["d"]]) == [["a", "b"], ["d"]]
    assert Truncate(0)([1]) == []
    given = [1]
    assert transform(given) is not given
    for wrong in ("abc", [1, "a"], [1.0], torch.tensor([1]), [[1], ["a"]]):
        with pytest.raises(TypeError, match="Input type not supported"):
            transform(wrong)


def test_add_token():
    assert AddToken(0)([1, 2]) == [0, 1, 2]
    assert AddToken(0, begin=False)([[1], []]) == [[1, 0], [0]]
    assert AddToken("<s>")(["a"]) == ["<s>", "a"]
    assert AddToken("</s>", begin=False)([["a"], []]) == [["a", "</s>"], ["</s>"]]
    assert AddToken("<s>")([]) == ["<s>"]
    for token, wrong in ((0, ["a"]), ("a", [1]), ("a", "b"), (0.5, ["a"])):
        with pytest.raises(TypeError, match="Input type not supported"):
            AddToken(token)(wrong)  # type: ignore[arg-type]


def test_pad_transform():
    pad = PadTransform(max_length=4, pad_value=9)
    assert pad(torch.tensor([1, 2])).tolist() == [1, 2, 9, 9]
    assert pad(torch.ones(2, 3)).tolist() == [[1, 1, 1, 9], [1, 1, 1, 9]]
    assert pad(torch.ones(1, 1, 3)).shape == (1, 1, 4)
    long = torch.arange(5)
    assert pad(long) is long
    assert pad(torch.tensor([], dtype=torch.long)).tolist() == [9, 9, 9, 9]
    assert pad(torch.tensor([1])).dtype == torch.int64


def test_to_tensor():
    one = ToTensor()([1, 2])
    assert (one.tolist(), one.dtype) == ([1, 2], torch.int64)
    assert ToTensor(dtype=torch.float32)([1]).dtype == torch.int64
    batch = ToTensor(padding_value=7, dtype=torch.int32)([[1, 2], [3], []])
    assert (batch.tolist(), batch.dtype) == ([[1, 2], [3, 7], [7, 7]], torch.int32)
    assert ToTensor(dtype=torch.float64)([[1], [2]]).dtype == torch.float64
    with pytest.raises(ValueError, match="length"):
        ToTensor()([[1, 2], [3]])
    for wrong in (["a"], [1.5], (1,), [[["a"]]]):
        with pytest.raises(TypeError, match="Input type not supported"):
            ToTensor()(wrong)


def test_label_to_index(tmp_path: Path):
    labels = LabelToIndex(["pos", "neg"])
    assert labels("neg") == 1
    assert labels(["neg", "pos"]) == [1, 0]
    assert labels.label_names == ["pos", "neg"]
    assert LabelToIndex(["pos", "neg"], sort_names=True).label_names == ["neg", "pos"]
    path = tmp_path / "labels.txt"
    path.write_bytes("긍정\r\n\n  부정\u2028x \n".encode())
    assert LabelToIndex(label_path=str(path)).label_names == ["긍정", "부정\u2028x"]
    with pytest.raises(RuntimeError, match="Token other not found"):
        labels("other")
    with pytest.raises(TypeError, match="Input type not supported"):
        labels(1)
    with pytest.raises(RuntimeError, match="Duplicate token found in tokens list: a"):
        LabelToIndex(["a", "a"])
    for wrong in ({}, {"label_names": ["a"], "label_path": str(path)}, {"label_names": []}):
        with pytest.raises(AssertionError):
            LabelToIndex(**wrong)


def test_str_to_int():
    assert StrToIntTransform()(["1", "-2"]) == [1, -2]
    assert StrToIntTransform()([["1"], []]) == [[1], []]
    with pytest.raises(TypeError, match="Input type not supported"):
        StrToIntTransform()([1])


def test_a_whole_pipeline():
    v = build_vocab_from_iterator(lines(), specials=["<pad>", "<unk>", "<s>"])
    v.set_default_index(v["<unk>"])
    pipeline = Sequential(
        VocabTransform(v), Truncate(2), AddToken(v["<s>"]), ToTensor(v["<pad>"]), PadTransform(4, 0)
    )
    assert isinstance(pipeline, nn.Sequential)
    assert pipeline([["b", "nowhere", "b"], ["a"]]).tolist() == [[2, 3, 1, 0], [2, 5, 0, 0]]
    assert [type(step) for step in pipeline[:2]] == [VocabTransform, Truncate]
    assert Sequential()(["as it was"]) == ["as it was"]
