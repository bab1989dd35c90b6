from dataclasses import dataclass

import numpy as np
import pytest

from textseq.text.vocab import PAD, UNK, Vocab


@dataclass
class Table:
    vocab: Vocab
    vectors: np.ndarray


@pytest.fixture
def table() -> Table:
    return Table(Vocab(["the", "cat"], specials=()), np.array([[1, 2], [3, 6]], np.float32))


VOCAB = Vocab.from_counts({"cat": 6, "The": 3, "dog": 1})


def test_known_words_have_their_vectors_and_the_rest_zeros(table: Table):
    matrix = VOCAB.embedding_matrix(table)
    assert matrix.dtype == np.float32
    assert matrix.tolist() == [[0, 0], [0, 0], [3, 6], [0, 0], [0, 0]]


def test_lower_takes_the_vector_of_the_lowercase(table: Table):
    assert VOCAB.embedding_matrix(table, lower=True).tolist()[3:] == [[1, 2], [0, 0]]
    exact = Table(Vocab(["The", "the"], specials=()), table.vectors)
    assert VOCAB.embedding_matrix(exact, lower=True)[3].tolist() == [1, 2]
    cls = Vocab(["[CLS]"], specials=("[CLS]",))
    low = Table(Vocab(["[cls]"], specials=()), table.vectors[:1])
    assert cls.embedding_matrix(low, lower=True).tolist() == [[0, 0]]


def test_mean(table: Table):
    matrix = VOCAB.embedding_matrix(table, "mean")
    assert matrix.tolist() == [[0, 0], [2, 4], [3, 6], [2, 4], [2, 4]]


def test_normal(table: Table):
    many = Vocab.from_counts({f"w{n}": 1 for n in range(20_000)} | {"cat": 2})
    matrix = many.embedding_matrix(table, "normal")
    assert matrix[many["cat"]].tolist() == [3, 6]
    assert matrix[many.pad_id].tolist() == [0, 0]
    drawn = matrix[3:]
    assert drawn.std() == pytest.approx(table.vectors.std(), rel=0.03)
    assert drawn.mean() == pytest.approx(0, abs=0.05)
    assert np.array_equal(matrix, many.embedding_matrix(table, "normal"))
    assert not np.array_equal(matrix, many.embedding_matrix(table, "normal", seed=2))
    assert many.embedding_matrix(table, "normal", scale=0.5)[3:].std() == pytest.approx(
        0.5, rel=0.03
    )
    assert not many.embedding_matrix(table, "normal", scale=0.0)[3:].any()


def test_pad_is_zeros_even_with_a_vector():
    table = Table(Vocab([PAD, UNK], specials=()), np.ones((2, 3), np.float32))
    assert Vocab([PAD, UNK]).embedding_matrix(table).tolist() == [[0, 0, 0], [1, 1, 1]]
    last = Vocab(["a", UNK, PAD]).embedding_matrix(table, "mean")
    assert last.tolist() == [[1, 1, 1], [1, 1, 1], [0, 0, 0]]


def test_errors(table: Table):
    with pytest.raises(ValueError, match="oov is 'random'; it can be zeros, normal, mean"):
        VOCAB.embedding_matrix(table, "random")  # type: ignore[arg-type]
    for scale in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="scale is"):
            VOCAB.embedding_matrix(table, "normal", scale=scale)
    table.vectors[1, 0] = np.nan
    with pytest.raises(ValueError, match=r"1 of 1 vectors hold NaN or inf; .* 'cat'"):
        VOCAB.embedding_matrix(table)


def test_no_words_and_no_vectors(table: Table):
    assert Vocab([], specials=()).embedding_matrix(table).shape == (0, 2)
    none = Table(Vocab([], specials=()), np.zeros((0, 4), np.float32))
    for oov in ("zeros", "mean", "normal"):
        assert VOCAB.embedding_matrix(none, oov).tolist() == np.zeros((5, 4)).tolist()


def test_coverage(table: Table):
    assert VOCAB.coverage(table) == pytest.approx(0.6)
    assert VOCAB.coverage(table, lower=True) == pytest.approx(0.9)
    rare = Vocab.from_counts({"cat": 6, UNK: 2})
    assert rare.coverage(table) == pytest.approx(0.75)
    assert Vocab([PAD, UNK, "cat", "dog"]).coverage(table) == pytest.approx(0.5)
    assert Vocab([PAD, UNK]).coverage(table) == 0.0
    special = Table(Vocab([PAD, UNK, "cat"], specials=()), np.ones((3, 1), np.float32))
    assert Vocab([PAD, UNK, "cat"], np.array([5, 1, 1])).coverage(special) == pytest.approx(0.5)
