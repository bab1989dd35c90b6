"""Readers of word vectors, in folders and in the formats of others, and the files that rate them.

In: nothing. Out: `readers`, a row for each: how a small valid input is made, and how it is read and
used. Heavy packages are imported where they run.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness import Reader
from sample import TEXT, command, config

from textseq.vectors.files.format_table import VECTOR_FORMATS

# --- vectors


def _vectors_of(n: int = 20, dim: int = 5) -> Any:
    import numpy as np

    from textseq.text.vocab import Vocab
    from textseq.vectors.word_vectors import WordVectors

    words = list(dict.fromkeys(" ".join(TEXT).split()))
    words += [f"word{number}" for number in range(n)]
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((len(words), dim)).astype(np.float32)
    counts = np.arange(len(words), 0, -1).astype(np.int64)
    return WordVectors(Vocab(words, counts, ()), rows, config={"text": config().to_json()},
                       output_vectors=rows[::-1])  # fmt: skip


def word_vectors(folder: Path) -> None:
    _vectors_of().save(folder / "vectors")


def _ask(vectors: Any) -> None:
    words = vectors.vocab.tokens
    vectors.nearest(words[0], n=3)
    vectors.similarity(words[0], words[-1])
    if len(words) > 2:
        vectors.analogy(*words[:3], n=1)


def _use_vectors(folder: Path) -> None:
    from textseq.text.encoded.vocab_folder import load_vocab
    from textseq.vectors.word_vectors import WordVectors

    _ask(WordVectors.load(folder / "vectors"))
    load_vocab(folder / "vectors")


def _with_copy(folder: Path) -> None:
    word_vectors(folder)
    _use_copy(folder)


def _use_copy(folder: Path) -> None:
    """As a folder of large vectors, which has a copy of them and keeps its words in their file."""
    from textseq.text.vocab import vocab
    from textseq.vectors.search import search
    from textseq.vectors.word_vectors import WordVectors

    if (folder / "vectors" / "vectors.npy").exists():
        os.utime(folder / "vectors" / "vectors.npy", ns=(1, 1))  # as when the copy was made
    large = search._LARGE, vocab._LARGE_FILE
    search._LARGE = vocab._LARGE_FILE = 0
    try:
        vectors = WordVectors.load(folder / "vectors")
        vectors.nearest(vectors.vocab.token_of(0), n=3)
        _ask(vectors)
    finally:
        search._LARGE, vocab._LARGE_FILE = large


def _with_index(folder: Path) -> None:
    from textseq.config import IndexConfig
    from textseq.vectors.search import neighbour_index
    from textseq.vectors.word_vectors import WordVectors

    neighbour_index.thread_count = lambda _: 1  # threads of OpenMP do not live on in a fork
    word_vectors(folder)
    WordVectors.load(folder / "vectors").build_index(IndexConfig(links=4))


def _use_index(folder: Path) -> None:
    from textseq.vectors.word_vectors import WordVectors

    vectors = WordVectors.load(folder / "vectors")
    vectors.nearest([vectors.vocab.token_of(0), vectors.vocab.token_of(3)], 3, approximate=True)


def _vector_file(format: str, name: str, folder: Path) -> None:
    from textseq.vectors.files.formats import write_vectors

    write_vectors(_vectors_of(), folder / name, format)


def _use_vector_file(format: str | None, name: str, folder: Path) -> None:
    from textseq.vectors.files.formats import read_vectors

    _ask(read_vectors(folder / name, format))


def _subwords() -> Any:
    import numpy as np

    from textseq.vectors.ngrams import NgramHashes
    from textseq.vectors.subword_vectors import NgramTable, SubwordVectors

    words = _vectors_of(4)
    rows = np.random.default_rng(2).standard_normal((30, words.dim)).astype(np.float32)
    table = NgramTable(NgramHashes("fasttext", 30, 2, 4), rows)
    return SubwordVectors(words.vocab, words.vectors, table, own=True)


def _subword_folder(folder: Path) -> None:
    _subwords().save(folder / "vectors")


def _subword_file(folder: Path) -> None:
    from textseq.vectors.files.formats import write_vectors

    write_vectors(_subwords(), folder / "a.bin", "fasttext-bin")


def _use_subwords(read: Any, name: str, folder: Path) -> None:
    from textseq.vectors.word_vectors import UnknownWordError

    vectors = read(folder / name)
    with suppress(UnknownWordError):
        vectors.nearest("caterpillar", n=2)
    _ask(vectors)


def _floret_file(folder: Path) -> None:
    from textseq.vectors.files.formats import write_vectors
    from textseq.vectors.ngrams import NgramHashes
    from textseq.vectors.subword_vectors import NgramTable, SubwordVectors

    words = _subwords()
    hashes = NgramHashes("floret", 30, 2, 3, 2, 7)
    table = NgramTable(hashes, words.subwords.rows)
    vectors = SubwordVectors(words.vocab, words.vectors, table)
    write_vectors(vectors, folder / "a.floret", "floret")
    (folder / "words.txt").write_text("\n".join(words))


def _read_floret(path: Path) -> Any:
    from textseq.vectors.files.formats import read_vectors

    return read_vectors(path, "floret", only_words=path.parent / "words.txt")


def _open_folder(path: Path) -> Any:
    from textseq.vectors.files.open_folder import open_folder

    return open_folder(path)


def _read_file(path: Path) -> Any:
    from textseq.vectors.files.formats import read_vectors

    return read_vectors(path, "fasttext-bin")


def _spacy_folder(folder: Path) -> None:
    from textseq.vectors.files.formats import write_vectors

    write_vectors(_vectors_of(), folder / "vectors", "spacy")


def _pruned_folder(folder: Path) -> None:
    """As spaCy leaves it when many words have to share a row."""
    import numpy as np

    from textseq.vectors.files.spacy_keys import keys_of, write_map

    _spacy_folder(folder)
    vocab, words = folder / "vectors" / "vocab", _vectors_of().vocab.tokens
    with (vocab / "vectors").open("wb") as file:
        np.save(file, _vectors_of().vectors[:3], allow_pickle=False)
    (vocab / "key2row").write_bytes(write_map(keys_of(words), np.arange(len(words)) % 3))


def _spacy_table(folder: Path) -> None:
    from textseq.vectors.files.formats import write_vectors
    from textseq.vectors.ngrams import NgramHashes
    from textseq.vectors.subword_vectors import NgramTable, SubwordVectors

    words = _subwords()
    table = NgramTable(NgramHashes("floret", 30, 2, 3, 2, 7), words.subwords.rows)
    vectors = SubwordVectors(words.vocab, words.vectors, table)
    write_vectors(vectors, folder / "vectors", "spacy")


def _hub_folder(folder: Path) -> None:
    from textseq.vectors.files.formats import write_vectors

    write_vectors(_subwords(), folder / "vectors", "hub", quantise="int8")


def _read_foreign(name: str, path: Path) -> Any:
    from textseq.vectors.files.formats import read_vectors

    return read_vectors(path, name)


def _convert(folder: Path) -> None:
    command("convert", str(folder / "vectors"), str(folder / "out.txt"), "--to", "word2vec-text")


# --- evaluation files


def _analogies(folder: Path) -> None:
    (folder / "questions.txt").write_text(": family\nthe cat sat on\na dog and cat\n: gram1\n"
                                          "cat dog the a\n")  # fmt: skip


def _use_analogies(folder: Path) -> None:
    from textseq.vectors.scores.evaluation import evaluate_analogies, read_analogies

    evaluate_analogies(_shared_vectors(), read_analogies(folder / "questions.txt"))


def _two_files(folder: Path) -> None:
    (folder / "w.questions").write_text("the cat sat\na dog and\ncat dog the\n")
    (folder / "w.answers").write_text("DT_NN on\nDT_NN cat\nNN_DT a\n")


def _use_two_files(folder: Path) -> None:
    from textseq.vectors.scores.evaluation import evaluate_analogies, read_analogies

    evaluate_analogies(_shared_vectors(), read_analogies(folder / "w.questions"))


def _pairs_of_words(folder: Path) -> None:
    (folder / "L01.txt").write_text("the\tcat/dog\na\tsat\nand\tdog/on/cat\n")
    (folder / "I01.txt").write_text('"the","cat","a","dog"\n"a","b","c","d"\n')


def _use_pairs_of_words(folder: Path) -> None:
    from textseq.vectors.scores.evaluation import evaluate_analogies, read_analogies

    evaluate_analogies(_shared_vectors(), read_analogies(folder))


def _rated_table(folder: Path) -> None:
    (folder / "pairs.csv").write_text(
        ',"word1","word2","POS","score"\n0,"cat","dog","N","7,5"\n1,the,a,D,3\n'
        '2,"sat ""x""",on,V,1\n'
    )


def _use_rated_table(folder: Path) -> None:
    from textseq.vectors.scores.evaluation import evaluate_pairs, read_word_pairs

    evaluate_pairs(_shared_vectors(), read_word_pairs(folder / "pairs.csv"))


def _pairs(folder: Path) -> None:
    (folder / "pairs.tsv").write_text("word1\tword2\tscore\ncat\tdog\t7.5\nthe\ta\t3\nsat\ton\t1\n")


def _use_pairs(folder: Path) -> None:
    from textseq.vectors.scores.evaluation import evaluate_pairs, read_word_pairs

    evaluate_pairs(_shared_vectors(), read_word_pairs(folder / "pairs.tsv"))


def _word_sets(folder: Path) -> None:
    (folder / "sets.txt").write_text("# two\nx: the cat\ny: a, dog\nu: sat\nv: on and\n")


def _use_word_sets(folder: Path) -> None:
    from textseq.vectors.scores.word_groups import evaluate_categories
    from textseq.vectors.scores.word_sets import read_word_sets

    evaluate_categories(_shared_vectors(), read_word_sets(folder / "sets.txt"))


def _outlier_sets(folder: Path) -> None:
    (folder / "a.txt").write_text("the\na\n\ncat\ndog\n")


def _use_outlier_sets(folder: Path) -> None:
    from textseq.vectors.scores.word_groups import evaluate_outliers, read_outlier_sets

    evaluate_outliers(_shared_vectors(), read_outlier_sets(folder))


def _compare(folder: Path) -> None:
    from textseq.config import CompareConfig
    from textseq.text.notices import TextNotice
    from textseq.vectors.comparison.change import compare_vectors
    from textseq.vectors.word_vectors import WordVectors

    vectors = WordVectors.load(folder / "vectors")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TextNotice)
        compare_vectors(_other_vectors(), vectors, CompareConfig(min_count=1), noise=[vectors])


@cache
def _other_vectors() -> Any:
    from textseq.vectors.word_vectors import WordVectors

    vectors = _vectors_of()
    return WordVectors(vectors.vocab, vectors.vectors[::-1])


@cache
def _shared_vectors() -> Any:
    return _vectors_of()


# --- all of them


def readers() -> Iterator[Reader]:
    """The rows."""
    yield Reader("vectors", word_vectors, _use_vectors, 3)
    yield Reader("vectors: large", _with_copy, _use_copy, 3)
    if find_spec("faiss") is not None:
        yield Reader("vectors: index", _with_index, _use_index, 3, ("graph.faiss", "config.json"))
    yield Reader("vectors: convert", word_vectors, _convert, 0.5)
    yield Reader("vectors: compare", word_vectors, _compare, 1)
    files = [
        (format, f"a{row.suffix or '.txt'}")
        for format, row in VECTOR_FORMATS.items()
        if row.needs is None
    ]
    for format, name in [*files, ("word2vec-text", "a.txt.gz")]:
        make = partial(_vector_file, format, name)
        use = partial(_use_vector_file, format, name)
        # Each file of Parquet is read by a process of its own, which takes half a second.
        share = {"weight": 0.05, "least": 100} if format == "parquet" else {"weight": 6}
        yield Reader(f"vectors: {format} {name}", make, use, **share)
    for made, fill in [("", _spacy_folder), (" pruned", _pruned_folder), (" table", _spacy_table)]:
        use = partial(_use_subwords, partial(_read_foreign, "spacy"), "vectors")
        names = ("vectors", "key2row", "strings.json", "vectors.cfg")
        yield Reader(f"vectors: spacy{made}", fill, use, 3, names)
    use = partial(_use_subwords, partial(_read_foreign, "hub"), "vectors")
    yield Reader("vectors: hub", _hub_folder, use, 3)
    make = partial(_vector_file, "word2vec-binary", "a.bin")
    yield Reader("vectors: any", make, partial(_use_vector_file, None, "a.bin"), 6)
    use = partial(_use_subwords, _open_folder, "vectors")
    yield Reader("vectors: n-grams", _subword_folder, use, 3)
    use = partial(_use_subwords, _read_file, "a.bin")
    yield Reader("vectors: n-grams a.bin", _subword_file, use, 6)
    use = partial(_use_subwords, _read_floret, "a.floret")
    yield Reader("vectors: floret", _floret_file, use, 6)
    yield Reader("analogies", _analogies, _use_analogies, 3)
    yield Reader("analogies: two files", _two_files, _use_two_files, 1)
    yield Reader("analogies: a folder", _pairs_of_words, _use_pairs_of_words, 1)
    yield Reader("word sets", _word_sets, _use_word_sets, 1)
    yield Reader("outlier sets", _outlier_sets, _use_outlier_sets, 1)
    yield Reader("rated pairs", _pairs, _use_pairs, 3)
    yield Reader("rated pairs: table", _rated_table, _use_rated_table, 2)
