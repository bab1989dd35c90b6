"""fastText's model files: against fastText itself, what is written, and what is refused."""

from __future__ import annotations

import gzip
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.files.formats import detect_format, read_vectors, write_vectors
from textseq.vectors.files.open_folder import open_folder
from textseq.vectors.files.quantised_rows import QuantisedRows
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import WordVectors

UNKNOWN = ["unknown", "서울역", "é", "zzzz", "kingly"]


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text of 400 words, and a label before each line."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijk", k=rng.randint(2, 7))) for _ in range(390)]
    words += ["king", "queen", "kings", "서울", "서울에", "naïve", "straße", "don't", "x", "~"]
    path = tmp_path_factory.mktemp("text") / "text"
    with path.open("w", encoding="utf-8") as file:
        for _ in range(2000):
            side = rng.randrange(2)
            chosen = rng.choices(words[side * 150 : side * 150 + 250], k=8)
            file.write(f"__label__{side} {' '.join(chosen)}\n")
    return path


def trained(text: Path, how: str = "unsupervised", **options: Any) -> Any:
    fasttext = pytest.importorskip("fasttext")
    # Each thread sets a tenth of the first numbers; the rest are whatever is in memory.
    given = {"dim": 10, "epoch": 1, "bucket": 800, "thread": 10, "verbose": 0, "loss": "ns"}
    return getattr(fasttext, f"train_{how}")(str(text), minCount=1, **given | options)


def check(vectors: WordVectors, model: Any) -> None:
    """Words, known and unknown ones, have the vectors that fastText gives them."""
    assert list(vectors) == model.words
    frequencies = model.get_words(include_freq=True)[1]
    assert vectors.vocab.counts.tolist() == frequencies.tolist()
    whole = np.stack([model.get_word_vector(word) for word in model.words])
    for word in ("king", model.words[0]):  # before all are made
        np.testing.assert_allclose(vectors[word], model.get_word_vector(word), atol=1e-6)
    np.testing.assert_allclose(vectors.vectors, whole, atol=1e-6)
    for word in UNKNOWN:
        if word in vectors:
            np.testing.assert_allclose(vectors[word], model.get_word_vector(word), atol=1e-6)
        else:
            assert not model.get_word_vector(word).any()


@pytest.mark.parametrize(
    "options",
    [
        {}, {"minn": 1, "maxn": 2}, {"minn": 0, "maxn": 0}, {"model": "cbow", "loss": "hs"},
        {"minn": 0, "maxn": 3, "bucket": 50}, {"minn": 4, "maxn": 2},
    ],
    ids=str,
)  # fmt: skip
def test_unsupervised_models(tmp_path: Path, text: Path, options: dict[str, Any]):
    model = trained(text, **options)
    model.save_model(str(tmp_path / "m.bin"))
    assert detect_format(tmp_path / "m.bin") == "fasttext-bin"
    vectors = read_vectors(tmp_path / "m.bin")
    check(vectors, model)
    assert vectors.config["mode"] == options.get("model", "skipgram")
    assert isinstance(vectors, SubwordVectors) == (options.get("maxn") != 0)
    vectors.save(tmp_path / "folder")
    check(open_folder(tmp_path / "folder"), model)
    if options.get("loss") == "hs":  # its output is that of nodes, not of words
        assert vectors.output_vectors is None
    else:
        np.testing.assert_array_equal(vectors.output_vectors, model.get_output_matrix())


@pytest.mark.parametrize("maxn", [0, 4])
def test_supervised_models(tmp_path: Path, text: Path, maxn: int):
    model = trained(text, "supervised", minn=2 if maxn else 0, maxn=maxn, lr=0.05)
    model.save_model(str(tmp_path / "m.bin"))
    vectors = read_vectors(tmp_path / "m.bin")
    check(vectors, model)
    assert vectors.output_vectors is None
    assert not any(word.startswith("__label__") for word in vectors)
    if maxn:
        # In files of version 11 supervised models had no n-grams, whatever they said.
        data = bytearray((tmp_path / "m.bin").read_bytes())
        data[4:8] = struct.pack("<i", 11)
        (tmp_path / "old.bin").write_bytes(data)
        old = read_vectors(tmp_path / "old.bin")
        theirs = pytest.importorskip("fasttext").load_model(str(tmp_path / "old.bin"))
        np.testing.assert_allclose(old["king"], theirs.get_word_vector("king"), atol=1e-6)
        assert (type(old), "kingly" in old) == (WordVectors, False)


@pytest.mark.parametrize("norms", [False, True])
@pytest.mark.parametrize("cutoff", [0, 600])
def test_quantised_models(tmp_path: Path, text: Path, norms: bool, cutoff: int):
    model = trained(text, "supervised", minn=2, maxn=4, lr=0.05)
    model.quantize(input=str(text), cutoff=cutoff, qnorm=norms, dsub=4, verbose=0)
    model.save_model(str(tmp_path / "m.ftz"))
    vectors = read_vectors(tmp_path / "m.ftz")
    assert isinstance(vectors, SubwordVectors)
    assert (vectors.subwords.buckets is not None) == bool(cutoff)
    check(vectors, pytest.importorskip("fasttext").load_model(str(tmp_path / "m.ftz")))
    vectors.save(tmp_path / "folder")
    check(open_folder(tmp_path / "folder"), model)
    if cutoff:
        with pytest.raises(ValueError, match="cannot be written as fasttext-bin: they were pruned"):
            write_vectors(vectors, tmp_path / "again.bin", "fasttext-bin")


def test_quantised_rows_by_hand():
    # Two parts, of two numbers and of one: centroid c of part 0 is (c, c + 0.5), of part 1 -c.
    codes = np.array([[0, 3], [255, 7]], np.uint8)
    number = np.arange(256, dtype=np.float32)
    centroids = np.concatenate([np.stack([number, number + 0.5], axis=1).ravel(), -number])
    rows = QuantisedRows(codes, centroids, 2, np.array([2, 1], np.float32))
    assert rows.shape == (2, 3)
    assert rows[:].tolist() == [[0, 1, -6], [255, 255.5, -7]]
    assert rows.chosen([1])[[0]].tolist() == [[255, 255.5, -7]]


# ---- what is written


def some_vectors() -> SubwordVectors:
    rng = np.random.default_rng(0)
    rows = [rng.standard_normal((n, 6)).astype(np.float32) for n in (4, 4, 40)]
    vocab = Vocab(["</s>", "king", "서울", "a b"], np.array([9, 5, 5, 1]), specials=())
    table = NgramTable(NgramHashes("fasttext", 40, 2, 4), rows[2])
    return SubwordVectors(vocab, rows[0], table, own=True, output_vectors=rows[1])


def test_what_is_written_is_read(tmp_path: Path):
    vectors = some_vectors()
    write_vectors(vectors, tmp_path / "v.bin", "fasttext-bin")
    again = read_vectors(tmp_path / "v.bin")
    assert isinstance(again, SubwordVectors)
    assert again.vocab == vectors.vocab
    np.testing.assert_array_equal(again.vectors, vectors.vectors)
    np.testing.assert_array_equal(again["kin"], vectors["kin"])
    np.testing.assert_array_equal(again.output_vectors, vectors.output_vectors)
    write_vectors(again, tmp_path / "twice.bin", "fasttext-bin")  # by now it has the means alone
    np.testing.assert_allclose(
        read_vectors(tmp_path / "twice.bin").vectors, vectors.vectors, atol=1e-6
    )
    assert [list(read_vectors(tmp_path / "v.bin", limit=n)) for n in (1, 3)] == [
        ["</s>"], ["</s>", "king", "서울"],
    ]  # fmt: skip
    np.testing.assert_allclose(
        read_vectors(tmp_path / "v.bin", limit=2)["kin"], vectors["kin"], atol=1e-6
    )


@pytest.mark.parametrize("plain", [False, True])
def test_what_is_written_fasttext_and_gensim_open(tmp_path: Path, plain: bool):
    fasttext = pytest.importorskip("fasttext")
    vectors: WordVectors = some_vectors()
    if plain:
        vocab = Vocab(["king", "queen"], specials=())  # of no known counts
        vectors = WordVectors(vocab, np.array([[1, 2], [3, 4]], np.float32))
    write_vectors(vectors, tmp_path / "v.bin", "fasttext-bin")
    model = fasttext.load_model(str(tmp_path / "v.bin"))
    assert model.words == list(vectors)
    words = [*vectors, *([] if plain else ["kin", "서울역"])]
    for word in words:
        np.testing.assert_allclose(model.get_word_vector(word), vectors[word], atol=1e-6)
    if not plain:
        np.testing.assert_array_equal(model.get_output_matrix(), vectors.output_vectors)
    gensim = pytest.importorskip("gensim.models.fasttext")
    theirs = gensim.load_facebook_vectors(tmp_path / "v.bin")
    for word in words:
        if word != "</s>":  # which gensim makes of n-grams
            np.testing.assert_allclose(theirs[word], vectors[word], atol=1e-6)


def test_words_that_would_not_come_back(tmp_path: Path):
    for word in ("", "a\0b"):
        with pytest.raises(ValueError, match="cannot be written as fasttext-bin"):
            write_vectors(
                WordVectors(Vocab(["x", word], specials=()), np.eye(2)), tmp_path / "v",
                "fasttext-bin",
            )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


# ---- what is refused

HEAD = 4 + 4 + 56  # magic, version, arguments


def old_form(data: bytes, n_words: int) -> bytes:
    """A model as it was written before there was a magic number: no pruning, no quantising."""
    matrix = HEAD + 28
    for _ in range(n_words):
        matrix = data.index(b"\0", matrix) + 10
    rows = int.from_bytes(data[matrix + 1 : matrix + 9], "little")
    dim = int.from_bytes(data[matrix + 9 : matrix + 17], "little")
    output = matrix + 17 + 4 * rows * dim
    head = data[8 : HEAD + 20] + data[HEAD + 28 : matrix]
    return head + data[matrix + 1 : output] + data[output + 1 :]


@pytest.fixture
def model(tmp_path: Path) -> Callable[..., Path]:
    """A small model with some bytes changed."""
    write_vectors(some_vectors(), tmp_path / "good.bin", "fasttext-bin")
    good = (tmp_path / "good.bin").read_bytes()

    def write(change: Callable[[bytes], bytes]) -> Path:
        (tmp_path / "v.bin").write_bytes(change(good))
        return tmp_path / "v.bin"

    return write


def test_models_without_a_magic_number(model: Callable[..., Path]):
    path = model(lambda data: old_form(data, 4))
    assert detect_format(path) == "fasttext-bin"
    old = read_vectors(path)
    np.testing.assert_array_equal(old.vectors, some_vectors().vectors)
    np.testing.assert_array_equal(old["kin"], some_vectors()["kin"])
    gensim = pytest.importorskip("gensim.models.fasttext")
    np.testing.assert_allclose(gensim.load_facebook_vectors(path)["kin"], old["kin"], atol=1e-6)


def put(offset: int, numbers: str, *values: float) -> Callable[[bytes], bytes]:
    packed = struct.pack("<" + numbers, *values)
    return lambda data: data[:offset] + packed + data[offset + len(packed) :]


FIRST = HEAD + 28  # the first word, </s>
MATRIX = FIRST + 4 * 10 + 4 + 4 + 6 + 3
REFUSED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "newer": (put(4, "i", 13), "of version 13; up to 12 is read"),
    "no words": (put(HEAD, "2i", 0, 0), "claims 0 words"),
    "10^9 words": (put(HEAD, "2i", 10**9, 10**9), "claims 1,000,000,000 words"),
    "-1 labels": (put(HEAD + 8, "i", -1), "-1 labels"),
    "a word more": (put(HEAD, "2i", 5, 5), "entry 5 of its dictionary|within word 5|claims 5"),
    "a label": (put(FIRST + 5 + 8, "b", 1), "entry 1 of its dictionary is neither word nor label"),
    "count": (put(FIRST + 5, "q", -1), "entry 1 of its dictionary"),
    "no word": (lambda data: data[:FIRST] + data[FIRST + 4 :], "row 1 has no word"),
    "twice": (lambda data: data.replace(b"\0king\0", b"\0</s>\0"), "'</s>' stands twice"),
    "not UTF-8": (lambda data: data.replace(b"king", b"k\xff\xffg"), "not UTF-8"),
    "dim": (put(8, "i", 7), "claims dim 7, its rows have 6"),
    "bucket": (put(8 + 8 * 4, "i", 41), "has 44 rows, not 4 of words and 41"),
    "bucket of 2^31": (put(8 + 8 * 4, "i", 2**31 - 1), "has 44 rows"),
    "no bucket": (put(8 + 8 * 4, "i", -3), "has 44 rows, not 4"),
    "maxn": (put(8 + 10 * 4, "i", 10**6), "have 2 to 1000000 characters"),
    "10^12 rows": (put(MATRIX + 1, "q", 10**12), "the file is cut off or the header is wrong"),
    "-1 rows": (put(MATRIX + 1, "q", -1), "the file is cut off or the header is wrong"),
    "2^63 rows": (put(MATRIX + 1, "q", 2**63 - 1), "the file is cut off or the header is wrong"),
    "pruned": (put(HEAD + 20, "q", 2**60), "the file is cut off or the header is wrong"),
    "quantised": (put(MATRIX, "b", 1), "is not|has|are not|claims dim"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_bad_files_are_refused_by_name(model: Callable[..., Path], case: str):
    change, message = REFUSED[case]
    path = model(change)
    with pytest.raises(ValueError, match=message) as caught:
        read_vectors(path, "fasttext-bin")
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("old", [False, True])
def test_cut_at_every_byte(model: Callable[..., Path], old: bool):
    path = model(lambda data: old_form(data, 4) if old else data)
    data = path.read_bytes()
    assert len(read_vectors(path)) == 4
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(ValueError, match=r"v\.bin"):
            read_vectors(path, "fasttext-bin")


def test_words_that_stand_twice_or_are_no_text(model: Callable[..., Path]):
    twice = model(lambda data: data.replace(b"\0king\0", b"\0</s>\0"))
    kept = read_vectors(twice, duplicates="first")
    assert list(kept) == ["</s>", "서울", "a b"]
    np.testing.assert_allclose(kept["서울"], some_vectors()["서울"], atol=1e-6)
    assert kept.output_vectors is not None
    np.testing.assert_array_equal(kept.output_vectors, some_vectors().output_vectors[[0, 2, 3]])
    no_text = model(lambda data: data.replace(b"king", b"k\xff\xffg"))
    assert list(read_vectors(no_text, errors="ignore"))[1] == "kg"


def test_numbers_that_are_none_are_found_when_used(model: Callable[..., Path]):
    path = model(put(MATRIX + 17 + 24, "f", float("nan")))
    vectors = read_vectors(path)
    with pytest.raises(ValueError, match=r"v\.bin is damaged: 1 of 4 .* that of 'king'"):
        vectors.nearest("kin")


def test_other_names_for_a_model_say_which_one_reads_it(model: Callable[..., Path]):
    path = model(lambda data: data)
    for format in ("fasttext", "word2vec-binary", "glove"):
        with pytest.raises(ValueError, match="this is fasttext-bin; format='fasttext-bin' reads"):
            read_vectors(path, format)


def test_packed_models(model: Callable[..., Path]):
    path = model(gzip.compress)
    assert detect_format(path) == "fasttext-bin"
    vectors = read_vectors(path)
    np.testing.assert_array_equal(vectors["kin"], some_vectors()["kin"])
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match="cut off or damaged"):
        read_vectors(path)
