"""WordVectors: answers known by hand, the folder on disk, and what is refused."""

from __future__ import annotations

import io
import json
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.text.vocab import Vocab
from textseq.vectors.questions import Neighbour
from textseq.vectors.scores.evaluation import (
    AnalogySection,
    evaluate_analogies,
    evaluate_pairs,
)
from textseq.vectors.scores.vector_scores import explain_uncounted
from textseq.vectors.word_vectors import UnknownWordError, WordVectors


def make(rows: dict[str, list[float]], **others: object) -> WordVectors:
    return WordVectors(
        Vocab(list(rows), specials=()), np.array(list(rows.values()), np.float32), **others
    )


def random_vectors(n_words: int, dim: int, seed: int = 0) -> WordVectors:
    rng = np.random.default_rng(seed)
    words = [f"w{number}" for number in range(n_words)]
    return WordVectors(
        Vocab(words, np.arange(n_words)[::-1].copy(), specials=()),
        rng.standard_normal((n_words, dim)).astype(np.float32),
        config={"dim": dim},
    )


@pytest.fixture
def compass() -> WordVectors:
    """Directions in the plane, of unequal lengths: only the angle may matter."""
    return make(
        {
            "east": [2, 0],
            "north": [0, 3],
            "northeast": [5, 5],
            "west": [-1, 0],
            "nowhere": [0, 0],
        }
    )


# ---- known answers


def test_lookup(compass: WordVectors) -> None:
    assert (len(compass), compass.dim) == (5, 2)
    assert "north" in compass
    assert "south" not in compass
    assert list(compass)[:2] == ["east", "north"]
    np.testing.assert_array_equal(compass["north"], [0, 3])
    np.testing.assert_array_equal(compass.vector("west"), [-1, 0])
    np.testing.assert_array_equal(compass.norms, np.float32([2, 3, math.sqrt(50), 1, 0]))
    assert repr(compass) == "WordVectors(5 words of dim 2)"
    with pytest.raises(ValueError, match="read-only"):
        compass["north"][0] = 1


def test_similarity_is_the_cosine(compass: WordVectors) -> None:
    assert compass.similarity("east", "west") == -1
    assert compass.similarity("east", "north") == 0
    assert compass.similarity("east", "northeast") == pytest.approx(math.sqrt(0.5))
    assert compass.similarity("nowhere", "east") == 0
    assert compass.similarity("nowhere", "nowhere") == 0


def test_nearest_word(compass: WordVectors) -> None:
    words = [word for word, _ in compass.nearest("east")]
    # north and nowhere both have cosine 0: the more frequent one comes first.
    assert words == ["northeast", "north", "nowhere", "west"]
    best = compass.nearest("east", 1)
    assert best == [Neighbour("northeast", pytest.approx(math.sqrt(0.5)))]
    assert compass.nearest("east", 0) == []


def test_nearest_vector_may_be_a_word_itself(compass: WordVectors) -> None:
    assert compass.nearest(np.array([0, 1e30]), 1) == [Neighbour("north", 1.0)]
    assert [n.word for n in compass.nearest(np.zeros(2), 2)] == ["east", "north"]


def test_nearest_exclude_and_restrict(compass: WordVectors) -> None:
    assert [n.word for n in compass.nearest("east", restrict=2)] == ["north"]
    kept = compass.nearest("east", exclude=["northeast", "no such word"], n=1)
    assert kept[0].word == "north"
    assert compass.nearest("east", exclude="northeast", n=1)[0].word == "north"
    assert compass.nearest("west", restrict=1)[0].word == "east"
    assert compass.nearest("east", restrict=1) == []


def test_nearest_ties_at_the_edge_go_by_frequency() -> None:
    vectors = make({"query": [1, 0], **{f"w{k}": [1, 1] for k in range(50)}})
    assert [n.word for n in vectors.nearest("query", 3)] == ["w0", "w1", "w2"]


def test_analogy_by_hand() -> None:
    vectors = make(
        {
            "man": [1, 0, 0],
            "woman": [1, 1, 0],
            "king": [1, 0, 1],
            "queen": [1, 1, 1],
            "x": [0, 0, 1],
        }
    )
    assert vectors.analogy("man", "king", "woman", 1)[0].word == "queen"
    assert vectors.analogy("man", "king", "woman", 1, method="3cosmul")[0].word == "queen"
    assert {n.word for n in vectors.analogy("man", "king", "woman")} == {"queen", "x"}
    # king/|king| - man + woman/|woman| = (.414, .707, .707), of length 1.0824
    exact = (math.sqrt(2) - 1 + 2 * math.sqrt(0.5)) / math.sqrt(3) / 1.08239
    assert vectors.analogy("man", "king", "woman", 1)[0].similarity == pytest.approx(exact, 1e-5)


def test_cos_mul_score_by_hand() -> None:
    vectors = make({"a": [1, 0], "b": [0, 1], "c": [-1, 0], "d": [0, 2]})
    # d has cosines 0, 1, 0 with a, b, c; moved to 0..1: 1/2, 1, 1/2.
    (answer,) = vectors.analogy("a", "b", "c", method="3cosmul")
    assert answer == Neighbour("d", pytest.approx(1 * 0.5 / (0.5 + 0.001)))


def test_odd_one_out() -> None:
    vectors = make({"cat": [1, 0.1], "dog": [1, -0.1], "cow": [9, 0], "tax": [0, 1], "0": [0, 0]})
    assert vectors.odd_one_out(["cat", "tax", "dog", "cow"]) == "tax"
    assert vectors.odd_one_out(["cat", "0", "dog"]) == "0"
    assert vectors.odd_one_out(["0", "0", "0"]) == "0"
    with pytest.raises(ValueError, match="three words or more"):
        vectors.odd_one_out(["cat", "dog"])
    with pytest.raises(ValueError, match="three words or more"):
        vectors.odd_one_out("cat")


@pytest.mark.parametrize("scale", [1e-30, 1e-20, 1.0, 1e20, 1e30])
def test_tiny_and_huge_vectors_have_right_angles(scale: float) -> None:
    vectors = make({"a": [scale, 0], "b": [scale, scale], "c": [0, -scale]})
    assert vectors.similarity("a", "b") == pytest.approx(math.sqrt(0.5), rel=1e-5)
    assert vectors.nearest("a", 1) == [Neighbour("b", pytest.approx(math.sqrt(0.5), rel=1e-5))]


def test_similarity_never_leaves_minus_one_to_one() -> None:
    vectors = random_vectors(300, 7)
    twins = WordVectors(
        Vocab([*vectors, *(f"{w}'" for w in vectors)], specials=()),
        np.concatenate([vectors.vectors, vectors.vectors * 3]),
    )
    for word in vectors:
        assert twins.nearest(word, 1)[0].similarity <= 1


# ---- the fast way against the plain way


@pytest.mark.parametrize(("n_words", "dim"), [(1, 1), (2, 3), (63, 5), (1023, 17), (5000, 100)])
def test_nearest_equals_a_plain_sort(n_words: int, dim: int) -> None:
    vectors = random_vectors(n_words, dim)
    exact = vectors.vectors.astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    for word_id in range(0, n_words, max(1, n_words // 3)):
        cosines = exact @ exact[word_id]
        order = [i for i in np.argsort(-cosines, kind="stable") if i != word_id][:10]
        found = vectors.nearest(f"w{word_id}")
        np.testing.assert_allclose([n.similarity for n in found], cosines[order], atol=2e-6)
        if dim > 1:  # in one dimension all cosines are 1 or -1 but for rounding
            assert [n.word for n in found] == [f"w{i}" for i in order]


def test_batch_equals_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = random_vectors(501, 9)
    words = [f"w{k}" for k in range(0, 501, 7)]
    # Small blocks, the last of them not full.
    monkeypatch.setattr("textseq.vectors.search.float_scan._SCORES_AT_ONCE", 501 * 5)
    batch = vectors.nearest(words, 4, exclude=["w3"], restrict=300)
    assert len(batch) == len(words)
    for word, found in zip(words, batch, strict=True):
        alone = vectors.nearest(word, 4, exclude=["w3"], restrict=300)
        assert [n.word for n in found] == [n.word for n in alone]
        np.testing.assert_allclose(
            [n.similarity for n in found], [n.similarity for n in alone], atol=1e-6
        )
    assert vectors.nearest([]) == []


# ---- words that are not there


def test_unknown_word_names_near_spellings(compass: WordVectors) -> None:
    with pytest.raises(UnknownWordError) as caught:
        compass["norht"]
    message = str(caught.value)
    assert message.startswith("'norht' is not among the 5 words; near spellings: north")
    assert isinstance(caught.value, KeyError)
    with pytest.raises(UnknownWordError, match=r"^'qqq' is not among the 5 words$"):
        compass.nearest(["east", "qqq"])
    assert str(pickle.loads(pickle.dumps(caught.value))) == message


def test_wrong_questions(compass: WordVectors) -> None:
    with pytest.raises(ValueError, match=r"shape \(3,\) was given; the words have \(2,\)"):
        compass.nearest(np.zeros(3))
    with pytest.raises(ValueError, match="the vector given holds NaN or inf"):
        compass.nearest(np.array([np.nan, 0]))
    with pytest.raises(ValueError, match="n is -1"):
        compass.nearest("east", -1)
    with pytest.raises(ValueError, match="restrict is 0"):
        compass.nearest("east", restrict=0)
    with pytest.raises(ValueError, match="method is 'add'; it can be 3cosadd, 3cosmul"):
        compass.analogy("east", "west", "north", method="add")  # type: ignore[arg-type]


# ---- what cannot be WordVectors


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite(bad: float) -> None:
    rows = {f"w{k}": [1.0, 2.0] for k in range(5000)}
    rows["w4567"][1] = rows["w4999"][0] = bad
    with pytest.raises(ValueError, match=r"2 of 5,000 vectors hold NaN, inf .* that of 'w4567'"):
        make(rows)
    good = np.ones((5000, 2), np.float32)
    with pytest.raises(ValueError, match="w4567"):
        WordVectors(
            Vocab(list(rows), specials=()),
            good,
            output_vectors=np.array(list(rows.values()), np.float32),
        )


def test_float64_beyond_float32_is_refused() -> None:
    with pytest.raises(ValueError, match="too large for float32; the first is that of 'b'"):
        WordVectors(Vocab(["a", "b"], specials=()), np.array([[1.0], [1e300]]))


def test_shapes_and_words() -> None:
    two = Vocab(["a", "b"], specials=())
    with pytest.raises(ValueError, match="2 words but 3 vectors"):
        WordVectors(two, np.ones((3, 4)))
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        WordVectors(two, np.ones(2))
    with pytest.raises(ValueError, match=r"shape \(0, 4\)"):
        WordVectors(Vocab([], specials=()), np.ones((0, 4)))
    with pytest.raises(ValueError, match=r"output vectors have shape \(2, 3\), not \(2, 4\)"):
        WordVectors(two, np.ones((2, 4)), output_vectors=np.ones((2, 3)))
    with pytest.raises(ValueError, match="words only, not <pad>, <unk>"):
        WordVectors(Vocab(["<pad>", "<unk>"]), np.ones((2, 4)))
    with pytest.raises(ValueError, match="stand twice"):
        WordVectors(Vocab(["a", "a"], specials=()), np.ones((2, 4)))


# ---- on disk


@pytest.mark.parametrize("mmap", [True, False])
def test_round_trip(tmp_path: Path, mmap: bool) -> None:
    words = ["the", "\u00a0", "🙂", "한국어", "a b", "new\nline", "back\\slash", "", "\x85", "\r"]
    rng = np.random.default_rng(0)
    rows, output = rng.standard_normal((2, len(words), 3)).astype(np.float32)
    counts = np.arange(len(words))[::-1].copy()
    vectors = WordVectors(
        Vocab(words, counts, specials=()), rows, config={"mode": "cbow"}, output_vectors=output
    )
    vectors.save(tmp_path / "v")
    again = WordVectors.load(tmp_path / "v", mmap=mmap)
    assert again.vocab == vectors.vocab
    assert again.config == {"mode": "cbow"}
    np.testing.assert_array_equal(again.vectors, rows)
    np.testing.assert_array_equal(again.output_vectors, output)
    assert again.vectors.dtype == np.float32
    again.save(tmp_path / "w")
    for file in (tmp_path / "v").iterdir():
        assert file.read_bytes() == (tmp_path / "w" / file.name).read_bytes()


def test_a_view_of_padded_rows_is_saved_without_the_padding(tmp_path: Path) -> None:
    padded = np.arange(64, dtype=np.float32).reshape(4, 16)
    vectors = WordVectors(Vocab(list("abcd"), specials=()), padded[:, :5])
    assert vectors.vectors.base is not None  # no copy was made
    vectors.save(tmp_path / "v")
    np.testing.assert_array_equal(WordVectors.load(tmp_path / "v").vectors, padded[:, :5])
    assert (tmp_path / "v" / "vectors.npy").stat().st_size == 128 + 4 * 5 * 4


@settings(max_examples=30, deadline=None)
@given(
    words=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, unique=True),
    seed=st.integers(0, 99),
)
def test_any_words_come_back(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], seed: int
) -> None:
    folder = tmp_path_factory.mktemp("round") / "trip"
    rows = np.random.default_rng(seed).standard_normal((len(words), 2)).astype(np.float32)
    WordVectors(Vocab(words, specials=()), rows).save(folder)
    again = WordVectors.load(folder)
    assert list(again) == words
    np.testing.assert_array_equal(again.vectors, rows)


def test_overwriting(tmp_path: Path, compass: WordVectors) -> None:
    compass.save(tmp_path / "v")
    with pytest.raises(FileExistsError, match="exists already"):
        compass.save(tmp_path / "v")
    opened = WordVectors.load(tmp_path / "v")
    opened.save(tmp_path / "v", overwrite=True)  # even while it is mapped
    assert opened.nearest("east", 1)[0].word == "northeast"
    assert [path.name for path in tmp_path.iterdir()] == ["v"]


def test_config_cannot_hide_what_the_folder_is(tmp_path: Path) -> None:
    make({"a": [1]}, config={"kind": "corpus", "format": 99, "x": 1}).save(tmp_path / "v")
    assert WordVectors.load(tmp_path / "v").config == {"x": 1}


def test_no_folder_and_other_folders(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="`textseq train-w2v` makes it"):
        WordVectors.load(tmp_path / "none")
    with pytest.raises(ValueError, match=r"not a textseq folder.*`textseq train-w2v`"):
        WordVectors.load(tmp_path)
    header = {"kind": "encoded-corpus", "format": 1, "textseq": "0"}
    (tmp_path / "config.json").write_text(json.dumps(header))
    with pytest.raises(ValueError, match="holds encoded-corpus, not word-vectors"):
        WordVectors.load(tmp_path)


def npy(array: np.ndarray, *, claims: str | None = None) -> bytes:
    """Bytes of a .npy file; `claims` replaces the shape in its header."""
    out = io.BytesIO()
    np.save(out, array)
    data = out.getvalue()
    if claims is not None:
        true = f"'shape': {array.shape}, }}".encode()
        lie = f"'shape': {claims}, }}".encode()
        start = data.index(true)
        end = data.index(b"\n", start)
        data = data[:start] + lie.ljust(end - start) + data[end:]
    return data


FLOATS = np.ones((5, 2), np.float32)
DAMAGE = {
    "truncated": (npy(FLOATS)[:-5], "which are 40 bytes; it has 35"),
    "header cut": (npy(FLOATS)[:50], "damaged"),
    "empty": (b"", "damaged"),
    "not npy": (b"hello, this is no array at all", "it is no .npy file"),
    "10^12 rows": (npy(FLOATS, claims="(1000000000000, 2)"), r"its shape is \(1000000000000, 2\)"),
    "10^30 rows": (npy(FLOATS, claims=f"({10**30}, 2)"), "damaged"),
    "negative": (npy(FLOATS, claims="(5, -2)"), "damaged"),
    "code": (npy(FLOATS, claims="__import__('os')"), "damaged"),
    "other rows": (npy(FLOATS[:4]), r"its shape is \(4, 2\), not \(5, (any|2)\)"),
    "flat": (npy(FLOATS[:, 0]), r"its shape is \(5,\)"),
    "no numbers": (npy(FLOATS[:, :0]), "damaged"),
    "float64": (npy(FLOATS.astype(np.float64)), "it holds float64, not float32"),
    "big-endian": (npy(FLOATS.astype(">f4")), "it holds >f4, not float32"),
    "objects": (npy(FLOATS).replace(b"'<f4'", b"'|O' "), "damaged"),
}


@pytest.mark.parametrize("name", ["vectors.npy", "output_vectors.npy"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_arrays_are_named(
    tmp_path: Path, compass: WordVectors, name: str, damage: str
) -> None:
    data, message = DAMAGE[damage]
    compass.save(tmp_path / "v")
    (tmp_path / "v" / name).write_bytes(data)
    with pytest.raises(ValueError, match=message) as caught:
        WordVectors.load(tmp_path / "v")
    assert f"{name} is damaged" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("counts.npy", npy(np.ones(4, np.int64)), "5 tokens but 4 counts"),
        ("counts.npy", npy(np.ones(5)), "counts.npy is damaged: it holds float64, not int64"),
        ("counts.npy", npy(np.ones(5, np.int64), claims="(1000000000000,)"), "counts.npy"),
        ("vocab.txt", b"a\nb\nc\nd\n", "4 tokens but 5 counts"),
        ("vocab.txt", b"a\nb\nc\nd\ne", "cut off"),
        ("vocab.txt", b"a\nb\nc\nd\n\xff\n", "vocab.txt is damaged: .*utf-8"),
        ("vocab.txt", None, "vocab.txt is missing"),
        ("counts.npy", None, "counts.npy is missing"),
        ("vectors.npy", None, "vectors.npy is missing"),
    ],
)
def test_damaged_folders(
    tmp_path: Path, compass: WordVectors, name: str, data: bytes | None, message: str
) -> None:
    compass.save(tmp_path / "v")
    (tmp_path / "v" / name).unlink()
    if data is not None:
        (tmp_path / "v" / name).write_bytes(data)
    with pytest.raises(ValueError, match=message) as caught:
        WordVectors.load(tmp_path / "v")
    assert str(tmp_path / "v") in str(caught.value)


def test_nan_on_disk_is_found_by_the_first_question(tmp_path: Path, compass: WordVectors) -> None:
    compass.save(tmp_path / "v")
    rows = compass.vectors.copy()
    rows[3, 1] = np.nan
    (tmp_path / "v" / "vectors.npy").write_bytes(npy(rows))
    opened = WordVectors.load(tmp_path / "v")
    with pytest.raises(ValueError, match=r"1 of 5 vectors hold NaN.* that of 'west'"):
        opened.nearest("east")


def test_numbers_that_are_none_name_the_folder(tmp_path: Path, compass: WordVectors) -> None:
    compass.save(tmp_path / "v")
    bad = FLOATS.copy()
    bad[2, 1] = np.nan
    (tmp_path / "v" / "vectors.npy").write_bytes(npy(bad))
    vectors = WordVectors.load(tmp_path / "v")
    with pytest.raises(ValueError, match=r"/v is damaged: 1 of 5 vectors hold NaN"):
        vectors.nearest(vectors.vocab.tokens[0])


def test_korean_endings_are_found_in_either_spelling() -> None:
    kiwi, typed = "\u11ab다", "ㄴ다"
    for held, asked in ((kiwi, typed), (typed, kiwi)):
        rows = np.array([[1, 0], [1, 1], [0, 1]], np.float32)
        vectors = WordVectors(Vocab([held, "가", "나"], specials=()), rows)
        assert asked in vectors
        assert held in vectors
        assert "ㄹ다" not in vectors
        assert 1 not in vectors
        np.testing.assert_array_equal(vectors[asked], vectors[held])
        assert [near.word for near in vectors.nearest("나", 2, exclude=[asked])] == ["가"]
        pairs = evaluate_pairs(vectors, [(asked, "가", 2.0), (asked, "나", 1.0)])
        assert (pairs.counted, pairs.spearman) == (2, pytest.approx(1))
        questions = [AnalogySection("x", ((asked, "가", "나", (asked, "가")),))]
        assert evaluate_analogies(vectors, questions).total.counted == 1
        why = explain_uncounted(vectors, [(asked, "마")], restrict=None, lowercase=True)
        assert (why.n_words, why.n_known) == (2, 1)
