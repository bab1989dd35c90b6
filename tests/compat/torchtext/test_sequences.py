"""Transforms of sequences and torchtext.functional, as torchtext 0.18 has them."""

from pathlib import Path

import pytest
import torch
from torch import nn

from textseq.compat.torchtext import functional, transforms
from textseq.compat.torchtext.transforms import (
    AddToken,
    LabelToIndex,
    PadTransform,
    Sequential,
    StrToIntTransform,
    ToTensor,
    Truncate,
    VocabTransform,
)
from textseq.compat.torchtext.vocab import Vocab, build_vocab_from_iterator, vocab

LINES = [list(line) for line in ("bac", "ba", "b", "cc")] + [["<unk>", "é"]]


@pytest.fixture
def abc() -> Vocab:
    return vocab({"a": 1, "b": 1, "c": 1})


def test_all_transforms_are_modules_and_refuse_torchscript_by_name():
    for name in transforms.__all__:
        assert issubclass(getattr(transforms, name), nn.Module)
    with pytest.raises(NotImplementedError, match="textseq's Truncate does not compile"):
        Truncate(2).__prepare_scriptable__()


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
    v = build_vocab_from_iterator(LINES, specials=["<pad>", "<unk>", "<s>"])
    v.set_default_index(v["<unk>"])
    pipeline = Sequential(
        VocabTransform(v), Truncate(2), AddToken(v["<s>"]), ToTensor(v["<pad>"]), PadTransform(4, 0)
    )
    assert isinstance(pipeline, nn.Sequential)
    assert pipeline([["b", "nowhere", "b"], ["a"]]).tolist() == [[2, 3, 1, 0], [2, 5, 0, 0]]
    assert [type(step) for step in pipeline[:2]] == [VocabTransform, Truncate]
    assert Sequential()(["as it was"]) == ["as it was"]


def test_the_functions_are_the_modules_with_their_options_given():
    assert functional.truncate([[1, 2, 3], []], max_seq_len=2) == [[1, 2], []]
    assert functional.add_token(["a"], "x") == ["x", "a"]
    assert functional.add_token([[1], []], token_id=0, begin=False) == [[1, 0], [0]]
    assert functional.str_to_int([["1"], []]) == [[1], []]
    batch = functional.to_tensor([[1, 2], [3]], padding_value=0, dtype=torch.int16)
    assert (batch.tolist(), batch.dtype) == ([[1, 2], [3, 0]], torch.int16)
    for name in ("to_tensor", "str_to_int"):
        with pytest.raises(TypeError, match="Input type not supported"):
            getattr(functional, name)("text")
