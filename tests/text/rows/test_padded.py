"""The folder of padded rows: what is in it, who can read it, and what is left after a failure."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from textseq.config import PadConfig, TextConfig
from textseq.text.encode import encode_files, encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.rows import lengths, sequences
from textseq.text.rows import padded as module
from textseq.text.rows.padded import Output, PaddedCorpus, load_padded, write_padded
from textseq.text.rows.sequences import pad
from textseq.text.vocab import Vocab

LINES = ["the cat saw the dog", "", "the 고양이 👩‍👩‍👧", "the end <pad>"]
TEXT = TextConfig(min_count=1)
PADS = [
    PadConfig(),
    PadConfig(max_length=3, pad_side="left", truncate_side="left"),
    PadConfig(max_length=3, overlap=1),
    PadConfig(percentile=50),
]


class Vectors:
    """What write_padded needs of word vectors."""

    vocab = Vocab(["cat", "the", "고양이"], specials=())
    vectors = np.array([[1, 2], [3, 4], [5, 6]], np.float32)


@pytest.fixture
def corpus(monkeypatch: pytest.MonkeyPatch) -> EncodedCorpus:
    """A small corpus, to be written in blocks that are smaller still."""
    monkeypatch.setattr(sequences, "_CELLS", 7)
    monkeypatch.setattr(module, "_BLOCK_BYTES", 50)
    monkeypatch.setattr(module, "_FILE_BYTES_AT_ONCE", 3)
    return encode_lines(LINES, TEXT)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "padded"


def damage(folder: Path, **changes: Any) -> None:
    """Change entries of config.json."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --- what one gets


@pytest.mark.parametrize("config", PADS, ids=repr)
def test_ids(corpus: EncodedCorpus, out: Path, config: PadConfig):
    written, expected = write_padded(corpus, out, config), pad(corpus, config)
    for padded in (written, load_padded(out)):
        assert (padded.values == expected.ids).all()
        assert (padded.lengths == expected.lengths).all()
        assert (padded.sequence == expected.sequence).all()
        assert (padded.mask == expected.mask).all()
        assert padded.padded().unpad()[0].tolist() == expected.unpad()[0].tolist()
        assert (len(padded), padded.length, padded.output) == (*expected.ids.shape, "ids")
        assert padded.vocab == corpus.vocab
        assert padded.text_config == TEXT
    assert written.values.dtype == np.int32
    assert np.load(out / "ids.npy", allow_pickle=False).shape == expected.ids.shape
    windows = {"sequence.npy"} if config.overlap is not None else set()
    names = {"config.json", "vocab.txt", "counts.npy", "lengths.npy", "ids.npy"}
    assert files(out) == names | windows
    assert f"{len(expected)} rows of {written.length} as ids" in repr(written)


@pytest.mark.parametrize("config", PADS, ids=repr)
def test_one_hot_as_scipy_and_numpy_read_it(corpus: EncodedCorpus, out: Path, config: PadConfig):
    rows, depth = pad(corpus, config), len(corpus.vocab)
    expected = np.eye(depth, dtype=np.uint8)[rows.ids] * rows.mask[..., None]
    write_padded(corpus, out, config, output="one-hot")
    flat = scipy.sparse.load_npz(out / "one_hot.npz")
    assert isinstance(flat, scipy.sparse.csr_array)
    assert flat.dtype == np.uint8
    assert (flat.toarray() == expected.reshape(-1, depth)).all()
    # The same as scipy would have written.
    scipy.sparse.save_npz(out / "again.npz", scipy.sparse.csr_array(expected.reshape(-1, depth)))
    with np.load(out / "one_hot.npz") as ours, np.load(out / "again.npz") as theirs:
        assert set(ours) == set(theirs)
        for name in theirs:
            assert ours[name].tolist() == theirs[name].tolist(), name
    assert (load_padded(out).values.toarray() == flat.toarray()).all()
    dense = write_padded(corpus, out, config, output="one-hot", sparse=False, overwrite=True)
    assert (dense.values == expected).all()
    assert (np.load(out / "one_hot.npy", allow_pickle=False) == expected).all()
    with pytest.raises(ValueError, match="holds one-hot, not ids"):
        dense.padded()


@pytest.mark.parametrize("config", PADS, ids=repr)
def test_dense(corpus: EncodedCorpus, out: Path, config: PadConfig):
    padded = write_padded(corpus, out, config, output="dense", vectors=Vectors())
    known = dict(zip(Vectors.vocab.tokens, Vectors.vectors.tolist(), strict=True))
    rows = pad(corpus, config)
    assert padded.values.dtype == np.float32
    for row, mask, tokens in zip(padded.values.tolist(), rows.mask, rows.ids, strict=True):
        words = corpus.vocab.decode(tokens)
        assert row == [
            known.get(word, [0, 0]) if kept else [0, 0]
            for word, kept in zip(words, mask, strict=True)
        ]
    assert np.load(out / "dense.npy", allow_pickle=False).shape == (*rows.ids.shape, 2)


def test_padding_is_zeros_and_a_text_that_spells_it_has_a_word(corpus: EncodedCorpus, out: Path):
    assert corpus.vocab.decode(corpus[3])[-1] == "<unk>"  # written "<pad>"
    encoded = write_padded(corpus, out, output="one-hot", sparse=False).values
    assert encoded.sum(axis=2).tolist() == pad(corpus).mask.astype(int).tolist()
    assert encoded[3, 2, 1] == 1


def test_bos_and_eos(out: Path):
    vocab = Vocab(
        ["<pad>", "<unk>", "<bos>", "<eos>", "a"], specials=("<pad>", "<unk>", "<bos>", "<eos>")
    )
    corpus = encode_lines(["a", "a a a"], TEXT, vocab=vocab)
    padded = write_padded(corpus, out, PadConfig(max_length=4), bos_id=2, eos_id=3)
    assert padded.values.tolist() == [[2, 4, 3, 0], [2, 4, 4, 3]]
    assert padded.lengths.tolist() == [3, 4]
    assert padded.config["bos_id"] == 2


def test_arrays_are_mapped_and_read_only(corpus: EncodedCorpus, out: Path):
    padded = write_padded(corpus, out)
    base = padded.values
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        padded.values[0, 0] = 1
    assert padded.padded()[:2].torch().ids.tolist() == padded.values[:2].tolist()


def test_the_same_corpus_makes_the_same_bytes(corpus: EncodedCorpus, tmp_path: Path):
    for name in ("one", "two"):
        write_padded(corpus, tmp_path / name, output="one-hot")
    for name in files(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_progress_counts_the_rows(corpus: EncodedCorpus, out: Path):
    seen: list[tuple[int, int]] = []
    write_padded(corpus, out, progress=lambda done, total: seen.append((done, total)))
    assert [total for _, total in seen] == [4] * len(seen)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1] == (4, 4)
    assert len(seen) > 1


# --- what is refused


def test_nothing_is_written_before_all_is_known_to_fit(corpus: EncodedCorpus, out: Path):
    for options, message in (
        (
            {"max_bytes": 79},
            r"ids\.npy of shape \(4, 5\) as int32 needs 80 B, .* 79 B; give a lower",
        ),
        ({"output": "one-hot", "max_bytes": 1}, r"one_hot\.npz"),
        ({"output": "one-hot", "sparse": False, "max_bytes": 9}, r"one_hot\.npy .* sparse=True"),
        ({"output": "vectors"}, "output is 'vectors'; it can be ids, one-hot, dense"),
        ({"output": "dense"}, "needs vectors"),
        ({"output": "ids", "vectors": Vectors()}, "vectors go with 'dense'"),
        ({"pad": PadConfig(max_length=2, overlap=2)}, "overlap is 2"),
    ):
        with pytest.raises(ValueError, match=message):
            write_padded(corpus, out, **options)  # type: ignore[arg-type]
    assert not list(out.parent.iterdir())
    assert len(write_padded(corpus, out, max_bytes=80)) == 4
    with pytest.raises(FileExistsError, match="exists already"):
        write_padded(corpus, out)


def test_a_row_that_no_memory_holds(corpus: EncodedCorpus, out: Path, monkeypatch: Any):
    monkeypatch.setattr(module, "MAX_BYTES", 19)
    with pytest.raises(ValueError, match=r"a row of ids\.npy of shape \(5,\)"):
        write_padded(corpus, out)
    monkeypatch.setattr(module, "MAX_BYTES", 20)
    assert write_padded(corpus, out).length == 5


def test_corpora_that_cannot_be_padded(out: Path):
    no_pad = encode_lines(["a"], TEXT, vocab=Vocab(["<unk>", "a"], specials=("<unk>",)))
    assert write_padded(no_pad, out, output="one-hot", sparse=False).values.tolist() == [[[0, 1]]]
    empty = encode_lines([], TEXT, vocab=Vocab(["<pad>", "a"], specials=("<pad>",)))
    with pytest.raises(ValueError, match="no sequences"):
        write_padded(empty, out, overwrite=True)
    wrong = EncodedCorpus(np.array([7], np.int32), np.array([0, 1]), no_pad.vocab, no_pad.config)
    with pytest.raises(ValueError, match="holds the id 7"):
        write_padded(wrong, out, output="one-hot", overwrite=True)
    assert load_padded(out).vocab == no_pad.vocab  # what was there is still there


def test_folders_that_lie_are_refused(corpus: EncodedCorpus, tmp_path: Path):
    def fresh(**options: Any) -> Path:
        config = options.pop("config", PadConfig(max_length=3, overlap=1))
        write_padded(corpus, tmp_path / "it", config, overwrite=True, **options)
        return tmp_path / "it"

    for changes in (
        {"n_rows": 3}, {"n_rows": -1}, {"length": 4}, {"length": "3"}, {"n_sequences": 9},
        {"output": "dense"}, {"output": "words"}, {"specials": 3}, {"pad": {"max_length": "x"}},
        {"pad": None}, {"text": None}, {"sparse": 1},
    ):  # fmt: skip
        folder = fresh()
        damage(folder, **changes)
        with pytest.raises(ValueError, match=f"{folder}.* is damaged"):
            load_padded(folder)
    for name in ("ids.npy", "lengths.npy", "sequence.npy", "counts.npy"):
        folder = fresh()
        (folder / name).write_bytes((folder / name).read_bytes()[:-3])
        with pytest.raises(ValueError, match=f"{name} is damaged"):
            load_padded(folder)
        (folder / name).unlink()
        with pytest.raises(ValueError, match=f"{name} is missing"):
            load_padded(folder)
    folder = fresh()
    longer = np.load(folder / "lengths.npy", allow_pickle=False) + 1
    np.save(folder / "lengths.npy", longer, allow_pickle=False)
    with pytest.raises(ValueError, match=r"lengths are not 0\.\.3"):
        load_padded(folder)
    with pytest.raises(FileNotFoundError, match="textseq encode --output"):
        load_padded(tmp_path / "nowhere")


def test_a_damaged_sparse_array(corpus: EncodedCorpus, out: Path):
    write_padded(corpus, out, output="one-hot")
    whole = (out / "one_hot.npz").read_bytes()
    wrong = scipy.sparse.csr_array(np.ones((2, 2), np.uint8))
    scipy.sparse.save_npz(out / "one_hot.npz", wrong)
    with pytest.raises(ValueError, match=r"in 'indptr', its shape is \(3,\), not"):
        _ = load_padded(out).values
    (out / "one_hot.npz").write_bytes(whole[:-9])
    with pytest.raises(ValueError, match=r"one_hot\.npz is damaged"):
        _ = load_padded(out).values
    (out / "one_hot.npz").unlink()
    with pytest.raises(ValueError, match=r"one_hot\.npz is missing"):
        _ = load_padded(out).values


def test_a_failure_leaves_what_was_there(
    corpus: EncodedCorpus, out: Path, monkeypatch: pytest.MonkeyPatch
):
    write_padded(corpus, out)
    before = (out / "ids.npy").read_bytes()

    def full(*_: Any) -> Iterator[Any]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sequences.Padder, "fill", full)
    for output in ("ids", "one-hot"):
        with pytest.raises(OSError, match="No space"):
            write_padded(corpus, out, PadConfig(max_length=2), output=output, overwrite=True)
    assert (out / "ids.npy").read_bytes() == before
    assert [path.name for path in out.parent.iterdir()] == ["padded"]


# --- in bulk


@pytest.mark.parametrize("output", ["ids", "one-hot", "dense"])
def test_memory_does_not_grow_with_the_corpus(
    output: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for room, name in (
        (sequences, "_SEQUENCES_AT_ONCE"),
        (sequences, "_CELLS"),
        (lengths, "_OFFSETS_AT_ONCE"),
    ):
        monkeypatch.setattr(room, name, 1 << 12)
    vocab = Vocab(["<pad>", "<unk>", "the", "cat"])
    peaks = []
    for n in (1_000, 51_000):
        ids = np.resize(np.arange(4, dtype=np.int32), n * 20)
        corpus = EncodedCorpus(ids, np.arange(n + 1) * 20, vocab, {"text": TEXT.to_json()})
        vectors = Vectors() if output == "dense" else None
        tracemalloc.start()
        write_padded(corpus, tmp_path / str(n), PadConfig(32), output=output, vectors=vectors)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # 6.4 MB of ids more; only `sequence`, 8 bytes a row, is made in memory when the folder is read.
    assert peaks[1] - peaks[0] < 50_000 * 8 + 200_000


def test_real_text_in_every_output(data: Path, tmp_path: Path):
    corpus = encode_files(
        data / "multi30k_en_de" / "val.en.gz", TextConfig(tokenizer="word"), tmp_path / "c"
    )
    config = PadConfig(percentile=95)
    padded = write_padded(corpus, tmp_path / "ids", config)
    assert isinstance(padded, PaddedCorpus)
    flat = write_padded(corpus, tmp_path / "hot", config, output="one-hot").values
    rows = padded.padded()
    assert flat.shape == (rows.ids.size, len(corpus.vocab))
    assert (flat.indices == rows.ids[rows.mask]).all()
    kept = sum(len(line) <= padded.length for line in corpus)
    assert 0.95 <= kept / len(corpus) < 1
    for line, row in zip(corpus, rows.unpad(), strict=True):
        assert (line[: padded.length] == row).all()


def test_a_trained_tokenizer_travels_along(tmp_path: Path):
    Path(tmp_path / "text").write_text("unhappy happily happy\n" * 20, encoding="utf-8")
    config = TextConfig(tokenizer="bpe", subword_vocab=20)
    corpus = encode_files(tmp_path / "text", config, tmp_path / "corpus")
    padded = write_padded(corpus, tmp_path / "padded", PadConfig(max_length=4))
    assert json.loads((tmp_path / "padded" / "config.json").read_text())["text"] == {
        **corpus.config["text"], "tokenizer_file": "tokenizer.json",
    }  # fmt: skip
    again = encode_lines(["happy"], padded.text_config, vocab=padded.vocab)
    assert padded.text_config.tokenizer_file == str(tmp_path / "padded" / "tokenizer.json")
    assert again.vocab.unk_id not in again[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pad": None}, "PadConfig is None"),
        ({"pad": {"max_length": -1}}, "max_length is -1"),
        ({"text": "x"}, "its text options are 'x'"),
        ({"n_rows": 10**18, "length": 10**18}, "its config names 1000000000000000000 rows"),
        ({"n_rows": 10**12}, "lengths.npy is damaged"),
        ({"length": 10**12}, "ids.npy is damaged"),
    ],
)
def test_a_config_that_lies(corpus: EncodedCorpus, out: Path, changes: Any, message: str):
    write_padded(corpus, out, PadConfig(3))
    path = out / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(ValueError, match=message) as caught:
        load_padded(out)
    assert str(out) in str(caught.value)


def test_rows_whose_sequences_do_not_rise(corpus: EncodedCorpus, out: Path):
    write_padded(corpus, out, PadConfig(2, overlap=1))
    numbers = np.load(out / "sequence.npy", allow_pickle=False)
    assert len(numbers) > 4
    for wrong in (-1, 10**6, numbers[-1]):
        changed = numbers.copy()
        changed[1] = wrong
        np.save(out / "sequence.npy", changed, allow_pickle=False)
        with pytest.raises(ValueError, match="its rows are not of sequences 0"):
            load_padded(out)


def test_a_side_that_the_config_does_not_name(corpus: EncodedCorpus, out: Path):
    write_padded(corpus, out, PadConfig(3))
    path = out / "config.json"
    config = json.loads(path.read_text())
    del config["pad"]["pad_side"]
    path.write_text(json.dumps(config))
    assert load_padded(out).pad_side == "right"


def test_ones_that_are_not_where_they_are_said_to_be(corpus: EncodedCorpus, out: Path):
    """The arrays of a sparse matrix are those that the config names, or none are made."""
    written = write_padded(corpus, out, PadConfig(3), output="one-hot").values
    for name, array in {
        "indices": np.full_like(written.indices, 10**6),
        "indptr": written.indptr[::-1],
        "data": written.data.astype(np.float64),
        "shape": np.array([10**12, 3]),
    }.items():
        arrays = {
            "format": np.array(b"csr"), "shape": np.array(written.shape),
            "indices": written.indices, "indptr": written.indptr, "data": written.data,
        }  # fmt: skip
        np.savez(out / "one_hot.npz", **(arrays | {name: array}))
        with pytest.raises(ValueError, match=r"one_hot\.npz is damaged"):
            _ = load_padded(out).values
