from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.text.vocab import BOS, EOS, PAD, UNK, Vocab
from textseq.text.vocab.specials import Specials

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
    vocab.save(folder, overwrite=True)
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
    assert vocab.encode(iter("ab")).tolist() == [0, 1]
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
    with pytest.raises(ValueError, match="special tokens '<unk>' are not among the 3 tokens"):
        Vocab(["a", "b", PAD])
    with pytest.raises(ValueError, match="1 tokens stand twice"):
        Vocab(["a", "a"], specials=())["a"]
    with pytest.raises(ValueError, match="counts are float64"):
        Vocab(["a"], np.array([0.5]), specials=())
    for default_id in (-1, 2):
        with pytest.raises(ValueError, match=rf"default_id is {default_id}; ids are 0\.\.1"):
            Vocab(["a", "b"], specials=(), default_id=default_id)


# ---- special tokens


def test_specials_may_stand_anywhere():
    bert = Vocab(["[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "a"],
                 specials=("[UNK]", "[SEP]", "[PAD]", "[CLS]"))  # fmt: skip
    assert (bert.pad_id, bert.unk_id, bert.bos_id, bert.eos_id) == (0, 2, 3, 4)
    assert bert.special_ids == (2, 4, 0, 3)
    assert not bert.specials_first
    assert bert.encode(["a", "b"]).tolist() == [5, 2]
    assert bert.decode([3, 5, 1, 4], skip_specials=True) == ["a", "[unused1]"]
    assert "a" in repr(bert)
    assert Vocab.from_counts({"a": 1}).specials_first
    assert Vocab(["a"], specials=()).specials_first


def test_specials_last():
    vocab = Vocab.from_counts({"a": 1, "b": 2, UNK: 4}, specials_at="last")
    assert vocab.tokens == ["b", "a", PAD, UNK]
    assert vocab.counts.tolist() == [2, 1, 0, 4]
    assert (vocab.pad_id, vocab.unk_id, vocab["x"]) == (2, 3, 3)
    with pytest.raises(ValueError, match="specials_at is 'middle'; it can be first, last"):
        Vocab.from_counts({}, specials_at="middle")  # type: ignore[arg-type]


# ---- the default id


def test_the_default_id_is_that_of_unk_unless_another_is_given():
    assert Vocab([PAD, UNK]).default_id == 1
    assert Vocab(["a"], specials=()).default_id is None
    other = Vocab([PAD, UNK, "other"], default_id=2)
    assert other["x"] == 2
    assert other.encode(["x", PAD]).tolist() == [2, 0]
    assert other != Vocab([PAD, UNK, "other"])
    assert other.with_default_id(None) == Vocab([PAD, UNK, "other"])


# ---- many at once


def test_encode_batch():
    vocab = Vocab.from_counts({"a": 2, "b": 1})
    ids, offsets = vocab.encode_batch([["a", "x"], (), iter(["b"])])
    assert (ids.tolist(), offsets.tolist()) == ([2, 1, 3], [0, 2, 2, 3])
    assert (ids.dtype, offsets.dtype) == (np.int32, np.int64)
    ids, offsets = vocab.encode_batch([])
    assert (ids.shape, offsets.tolist()) == ((0,), [0])


def test_arrays_keep_their_shape():
    vocab = Vocab.from_counts({"a": 2, "b": 1})
    ids = vocab.encode(np.array([["a", "b"], ["x", ""]]))
    assert ids.tolist() == [[2, 3], [1, 1]]
    assert ids.dtype == np.int32
    assert vocab.decode(ids) == [["a", "b"], [UNK, UNK]]
    assert vocab.decode(ids, skip_specials=True) == [["a", "b"], []]
    assert vocab.decode(ids[None]) == [[["a", "b"], [UNK, UNK]]]
    assert vocab.decode([[2], []]) == [["a"], []]


def test_an_unknown_token_in_an_array_is_named():
    vocab = Vocab(["a", "b"], specials=())
    with pytest.raises(KeyError, match="'x' is not among the 2 tokens"):
        vocab.encode(np.array([["a", "x"], ["y", "b"]]))


# ---- counts


def test_counts():
    vocab = Vocab.from_counts({"b": 3, "a": 3, "c": 1, UNK: 1})
    assert [vocab.count(token) for token in ("a", UNK, "nowhere")] == [3, 1, 0]
    assert vocab.frequencies().tolist() == [0, 1 / 8, 3 / 8, 3 / 8, 1 / 8]
    assert vocab.most_common(2) == [("a", 3), ("b", 3)]
    assert vocab.most_common() == [("a", 3), ("b", 3), ("c", 1)]
    assert Vocab([PAD, UNK]).frequencies().tolist() == [0, 0]
    unsorted = Vocab(["b", "a", "c"], np.array([1, 1, 9]), specials=())
    assert unsorted.most_common() == [("c", 9), ("a", 1), ("b", 1)]


def of_text(words: list[str], **options: int) -> Vocab:
    """The Vocab of a text, <unk> counting what was left out."""
    vocab = Vocab.from_counts(Counter(words), **options)
    vocab.counts[1] += len(words) - vocab.counts.sum()
    return vocab


@given(
    parts=st.lists(st.lists(st.sampled_from([*"abcdé", UNK, PAD, ""])), min_size=1),
    min_count=st.integers(1, 3),
    max_vocab=st.none() | st.integers(1, 4),
)
@settings(max_examples=100, derandomize=True, deadline=None)
def test_merged_parts_are_the_whole(parts: list[list[str]], min_count: int, max_vocab: int | None):
    limits = {"min_count": min_count, "max_vocab": max_vocab}
    merged = Vocab.merge((of_text(part) for part in parts), **limits)
    assert merged == of_text(list(chain.from_iterable(parts)), **limits)


def test_merge_wants_the_same_specials_and_default():
    one, other = Vocab.from_counts({"a": 1}), Vocab.from_counts({"b": 1}, specials=(PAD,))
    with pytest.raises(ValueError, match="same specials; given were <pad>; <pad>, <unk>"):
        Vocab.merge([one, other])
    with pytest.raises(ValueError, match="no Vocab to merge"):
        Vocab.merge([])
    with pytest.raises(ValueError, match="same default token"):
        Vocab.merge([one, one.with_default_id(2)])
    with pytest.raises(ValueError, match="same default token, and it is kept"):
        Vocab.merge([one.with_default_id(2)], min_count=2)
    more = Vocab.from_counts({"b": 9, "a": 1}).with_default_id(3)
    merged = Vocab.merge([one.with_default_id(2), more])
    assert (merged.tokens[2:], merged.default_id) == (["b", "a"], 3)
    last = Vocab.merge([Vocab.from_counts({"a": 1}, specials_at="last")], specials_at="last")
    assert last.tokens == ["a", PAD, UNK]


# ---- other Vocabs made of one


def test_extended_leaves_the_first_one_alone():
    vocab = Vocab.from_counts({"a": 2, "b": 1}).with_default_id(2)
    more = vocab.extended(["x", "y"], at=2)
    assert more.tokens == [PAD, UNK, "x", "y", "a", "b"]
    assert more.counts.tolist() == [0, 0, 0, 0, 2, 1]
    assert more.tokens[more["nowhere"]] == "a"
    assert vocab.tokens == [PAD, UNK, "a", "b"]
    assert vocab.extended(["x"]).tokens[-1] == "x"
    special = vocab.extended([BOS], at=0, special=True)
    assert (special.bos_id, special.pad_id, special.specials) == (0, 1, (PAD, UNK, BOS))
    for wrong in (-1, 5):
        with pytest.raises(ValueError, match=rf"at is {wrong}; .* 0\.\.4"):
            vocab.extended(["x"], at=wrong)
    with pytest.raises(ValueError, match="'b' is a token already, with the id 3"):
        vocab.extended(["x", "b"])
    with pytest.raises(ValueError, match="1 tokens stand twice"):
        vocab.extended(["x", "x"])["x"]


# ---- spelling and files


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
    with pytest.raises(ValueError, match=r"counts\.npy is damaged"):
        Vocab.load(tmp_path, ())


@pytest.mark.parametrize("counts", [np.zeros(2, np.int32), np.zeros((2, 1), np.int64), np.zeros(0)])
def test_other_counts_are_refused(counts: np.ndarray, tmp_path: Path):
    Vocab(["a", "b"], specials=()).save(tmp_path)
    np.save(tmp_path / "counts.npy", counts, allow_pickle=False)
    with pytest.raises(ValueError, match=r"counts\.npy is damaged"):
        Vocab.load(tmp_path, ())


def test_a_counts_file_that_claims_more_than_it_holds(tmp_path: Path):
    Vocab(["a"], specials=()).save(tmp_path)
    with (tmp_path / "counts.npy").open("wb") as file:
        header = {"descr": "<i8", "fortran_order": False, "shape": (10**12,)}
        np.lib.format.write_array_header_1_0(file, header)
        file.write(bytes(8))
    with pytest.raises(ValueError, match=r"counts\.npy is damaged"):
        Vocab.load(tmp_path, ())
    (tmp_path / "counts.npy").unlink()
    with pytest.raises(ValueError, match=r"counts\.npy is missing"):
        Vocab.load(tmp_path, ())


def test_specials_and_default_come_back(tmp_path: Path):
    vocab = Vocab.from_counts({"a": 1, "b": 1}, specials_at="last").with_default_id(0)
    vocab.save(tmp_path)
    again = Vocab.load(tmp_path, vocab.specials, default_id=0)
    assert again == vocab
    again.counts[0] += 1  # not a view of the file


@pytest.mark.parametrize("counts", [[1, -1], [2**62, 2**62], [-(2**63), 0]])
def test_counts_that_cannot_be(tmp_path: Path, counts: list[int]):
    Vocab(["a", "b"], np.array([1, 2]), ()).save(tmp_path)
    np.save(tmp_path / "counts.npy", np.array(counts, np.int64), allow_pickle=False)
    with pytest.raises(ValueError, match=r"counts\.npy is damaged: it holds .*; counts are 0"):
        Vocab.load(tmp_path, ())


def test_special_tokens_are_looked_for_once():
    """A config may name as many as it likes; each was looked for among all tokens."""

    class Counted(list[str]):
        walks = 0

        def __iter__(self) -> Any:
            Counted.walks += 1
            return super().__iter__()

        def __contains__(self, token: object) -> bool:
            Counted.walks += 1
            return super().__contains__(token)

        def index(self, *given: Any) -> int:
            Counted.walks += 1
            return super().index(*given)

    words = Counted(f"w{number}" for number in range(100))
    names = [f"w{number}" for number in range(99, 0, -1)]
    assert list(Specials(words, names).ids.values()) == list(range(99, 0, -1))
    assert Counted.walks < 5
