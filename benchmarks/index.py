"""What does an approximate index give for its time and memory? Four libraries, and no index at all.

In: folders of word vectors (--real), or numbers of words, for which seeded clusters are made as in
vectors.py. Out: for each library, with the type of the numbers that its index holds, seconds to
build it, its size beside that of the vectors, milliseconds of one question and of one in a batch
(all of the processor, so that other programs beside it count little), and how many of the ten
nearest it finds (recall): of all words, of the rarest tenth, and how many words it finds by their
own vector. Beside them our exact scan by the int8 copy, and what textseq makes of the library that
it takes: candidates of the index, ranked by their true cosines.
Libraries that are not installed are left out. `--write` keeps the table in results/index.txt.

    python benchmarks/index.py --real FOLDER [--ours FOLDER] [--words 1000000] [--scratch FOLDER]
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import report
from numpy.typing import NDArray
from vectors import make_vectors

from textseq.config import thread_count
from textseq.vectors.search.search import COPY
from textseq.vectors.word_vectors import WordVectors

_N_ASKED = 1000
_N_ALONE = 200
_N_FOUND = 10
_WIDTHS = (64, 128, 256)  # candidates that a search keeps
_LINKS = 16
_BUILD = 80  # candidates that each new word is linked among
_SEED = 3

Rows = NDArray[np.float32]
Ids = NDArray[np.integer]


class Made(NamedTuple):
    """An index: what searches it with so many candidates in so many threads, and its bytes."""

    search: Callable[[Rows, int, int, int], Ids]  # units, n, candidates, threads
    n_bytes: int


def make_usearch(dtype: str) -> Callable[[Rows, Path], Made]:
    """By usearch."""

    def make(units: Rows, path: Path) -> Made:
        from usearch.index import Index

        index = Index(ndim=units.shape[1], metric="cos", dtype=dtype, connectivity=_LINKS,
                      expansion_add=_BUILD)  # fmt: skip
        index.add(np.arange(len(units)), units, threads=thread_count(0))
        index.save(str(path))

        def search(asked: Rows, n: int, width: int, threads: int) -> Ids:
            index.expansion_search = width
            return np.atleast_2d(index.search(asked, n, threads=threads).keys).astype(np.int64)

        return Made(search, path.stat().st_size)

    return make


def make_faiss(kind: str) -> Callable[[Rows, Path], Made]:
    """By faiss; `kind` is float32 or the name of a quantizer."""

    def make(units: Rows, path: Path) -> Made:
        import faiss

        faiss.omp_set_num_threads(thread_count(0))
        product, dim = faiss.METRIC_INNER_PRODUCT, units.shape[1]
        if kind == "float32":
            index = faiss.IndexHNSWFlat(dim, _LINKS, product)
        else:
            index = faiss.IndexHNSWSQ(dim, getattr(faiss.ScalarQuantizer, kind), _LINKS, product)
            index.train(units)
        index.hnsw.efConstruction = _BUILD
        index.add(units)
        faiss.write_index(index, str(path))

        def search(asked: Rows, n: int, width: int, threads: int) -> Ids:
            faiss.omp_set_num_threads(threads)
            return index.search(asked, n, params=faiss.SearchParametersHNSW(efSearch=width))[1]

        return Made(search, path.stat().st_size)

    return make


def make_hnswlib(units: Rows, path: Path) -> Made:
    """By hnswlib, which has float32 only."""
    import hnswlib

    index = hnswlib.Index("cosine", units.shape[1])
    index.init_index(len(units), _LINKS, _BUILD)
    index.add_items(units, num_threads=thread_count(0))
    index.save_index(str(path))

    def search(asked: Rows, n: int, width: int, threads: int) -> Ids:
        index.set_ef(width)
        return index.knn_query(asked, n, num_threads=threads)[0].astype(np.int64)

    return Made(search, path.stat().st_size)


def make_voyager(dtype: str) -> Callable[[Rows, Path], Made]:
    """By voyager."""

    def make(units: Rows, path: Path) -> Made:
        import voyager

        index = voyager.Index(
            voyager.Space.Cosine, units.shape[1], M=_LINKS, ef_construction=_BUILD,
            storage_data_type=getattr(voyager.StorageDataType, dtype),
        )  # fmt: skip
        index.add_items(units, num_threads=thread_count(0))
        index.save(str(path))

        def search(asked: Rows, n: int, width: int, threads: int) -> Ids:
            found = index.query(asked, n, num_threads=threads, query_ef=width)[0]
            return np.atleast_2d(found).astype(np.int64)

        return Made(search, path.stat().st_size)

    return make


LIBRARIES: dict[str, tuple[str, Callable[[Rows, Path], Made]]] = {
    "faiss float32": ("faiss", make_faiss("float32")),
    "faiss bfloat16": ("faiss", make_faiss("QT_bf16")),
    "faiss int8": ("faiss", make_faiss("QT_8bit")),
    "usearch float32": ("usearch", make_usearch("f32")),
    "usearch bfloat16": ("usearch", make_usearch("bf16")),
    "usearch int8": ("usearch", make_usearch("i8")),
    "hnswlib float32": ("hnswlib", make_hnswlib),
    "voyager float32": ("voyager", make_voyager("Float32")),
    "voyager float8": ("voyager", make_voyager("E4M3")),
}


class Asked(NamedTuple):
    """The questions: words of all ranks, and the rarest; with the ids of the ten nearest."""

    ids: NDArray[np.int64]
    units: Rows
    best: Ids

    def recall(self, found: Ids) -> float:
        """The share of the ten nearest that was found; the word itself does not count."""
        hits = [
            len(set(its[its != own][:_N_FOUND].tolist()) & set(best.tolist()))
            for own, its, best in zip(self.ids, found, self.best, strict=True)
        ]
        return float(np.mean(hits)) / _N_FOUND


def ask(vectors: WordVectors, ids: NDArray[np.int64]) -> Asked:
    """Questions about these words, answered exactly."""
    units = vectors.units(ids)
    answers = vectors.nearest([vectors.vocab.token_of(i) for i in ids.tolist()], _N_FOUND)
    best = np.array([[vectors.word_id(each.word) for each in answer] for answer in answers])
    return Asked(ids, units, best)


def milliseconds(work: Callable[[], Any], n: int) -> float:
    """Of each of `n` things that are done, the best of three times."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1e3 * min(times) / n


def library_lines(
    name: str, make: Callable[[Rows, Path], Made], units: Rows, some: Asked, rare: Asked, path: Path
) -> Iterator[str]:
    """The lines of a library: one for each number of candidates."""
    start = time.process_time()
    made = make(units, path)
    seconds = time.process_time() - start
    wanted = _N_FOUND + 1
    for width in _WIDTHS:

        def alone(width: int = width) -> None:
            for unit in some.units[:_N_ALONE]:
                made.search(unit[None], wanted, width, 1)

        one = milliseconds(alone, _N_ALONE)
        many = milliseconds(
            lambda width=width: made.search(some.units, wanted, width, thread_count(0)), _N_ASKED
        )
        found, of_rare = (
            made.search(asked.units, wanted, width, thread_count(0)) for asked in (some, rare)
        )
        own = np.mean([i in row for i, row in zip(rare.ids, of_rare, strict=True)])
        yield (
            f"  {name:18}{width:6}{seconds:9.0f}{made.n_bytes / 1e6:9.0f}{one:9.2f}{many:9.3f}"
            f"{some.recall(found):9.3f}{rare.recall(of_rare):9.3f}{own:9.3f}"
        )
        name, seconds = "", seconds
    path.unlink()


def exact_line(vectors: WordVectors, some: Asked, path: Path) -> str:
    """Our own exact way, by the int8 copy where there is one: of large vectors."""
    words = [vectors.vocab.token_of(i) for i in some.ids.tolist()]
    one = milliseconds(lambda: [vectors.nearest(w) for w in words[:_N_ALONE]], _N_ALONE)
    many = milliseconds(lambda: vectors.nearest(words), _N_ASKED)
    copy = path / COPY
    what, size = (
        ("exact, int8", f"{copy.stat().st_size / 1e6:.0f}") if copy.exists() else ("exact", "")
    )
    return f"  {what:18}{'':6}{'':9}{size:>9}{one:9.2f}{many:9.3f}{1:9.3f}{1:9.3f}{1:9.3f}"


def own_line(vectors: WordVectors, some: Asked, rare: Asked, path: Path) -> str:
    """What textseq makes of it."""
    start = time.process_time()
    vectors.build_index(overwrite=True)
    seconds = time.process_time() - start
    words, rare_words = (
        [vectors.vocab.token_of(i) for i in asked.ids.tolist()] for asked in (some, rare)
    )

    def found(asked: list[str]) -> Ids:
        answers = vectors.nearest(asked, _N_FOUND, approximate=True)
        rows = [[vectors.word_id(each.word) for each in answer] for answer in answers]
        return np.array([row + [-1] * (_N_FOUND - len(row)) for row in rows])

    one = milliseconds(
        lambda: [vectors.nearest(w, approximate=True) for w in words[:_N_ALONE]], _N_ALONE
    )
    many = milliseconds(lambda: vectors.nearest(words, approximate=True), _N_ASKED)
    size = sum(each.stat().st_size for each in (path / "index").iterdir())
    return (
        f"  {'textseq --approximate':24}{seconds:9.0f}{size / 1e6:9.0f}{one:9.2f}{many:9.3f}"
        f"{some.recall(found(words)):9.3f}{rare.recall(found(rare_words)):9.3f}{1:9.3f}"
    )


def measured(path: Path, what: str, results: report.Results, names: list[str]) -> None:
    """The block of one folder."""
    import numba  # noqa: F401 - otherwise it is loaded after a few questions

    vectors = WordVectors.load(path)
    n_words = len(vectors)
    rng = np.random.default_rng(_SEED)
    some = ask(vectors, np.sort(rng.choice(n_words, _N_ASKED, replace=False)))
    tail = n_words - n_words // 10
    rare = ask(vectors, tail + np.sort(rng.choice(n_words - tail, _N_ASKED, replace=False)))
    units = vectors.units(slice(None))
    results.add(
        "",
        f"{what}: {n_words:,} words of dim {vectors.dim}, {units.nbytes / 1e6:.0f} MB of float32",
        f"  {'CPU time':18}{'width':>6}{'build s':>9}{'MB':>9}{'one ms':>9}{'batch ms':>9}"
        f"{'recall':>9}{'of rare':>9}{'itself':>9}",
        exact_line(vectors, some, path),
        own_line(vectors, some, rare, path),
    )
    for name in names:
        package, make = LIBRARIES[name]
        if importlib.util.find_spec(package) is None:
            results.add(f"  {name:18} not installed")
            continue
        for line in library_lines(name, make, units, some, rare, path / "trial.index"):
            results.add(line)


def main() -> None:
    """Ask all of them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--real", type=Path, nargs="*", default=[], help="folders of real vectors")
    parser.add_argument("--ours", type=Path, nargs="*", default=[], help="the same; only ours")
    parser.add_argument("--words", type=int, nargs="*", default=[], help="sizes of made ones")
    parser.add_argument("--scratch", type=Path, help="where these are made")
    parser.add_argument("--libraries", nargs="*", default=list(LIBRARIES), choices=list(LIBRARIES))
    report.add_write_option(parser, "index.txt")
    options = parser.parse_args()
    report.require_green("tests/vectors/test_neighbour_index.py")
    places = [report.RESULTS / "index.txt"] if options.write else []
    results = report.Results(places, minutes=float("inf"))
    packages = ["numpy", "numba", "faiss-cpu", "usearch", "hnswlib", "voyager"]
    results.add(*report.head(packages).splitlines())
    results.add(
        f"load when it began: {os.getloadavg()[0]:.1f}",
        f"HNSW throughout, {_LINKS} links a word, {_BUILD} candidates when it is built; width: "
        "candidates of a question",
        f"recall at {_N_FOUND}: of {_N_ASKED:,} words of all ranks, and of as many of the rarest "
        "tenth; itself: rare words found by their own vector",
    )
    for folder in options.real:
        measured(folder, "real vectors", results, options.libraries)
    for folder in options.ours:
        measured(folder, "real vectors", results, [])
    for n_words in options.words:
        with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
            path = Path(folder) / "vectors"
            make_vectors(path, n_words)
            measured(path, "clusters", results, options.libraries)


if __name__ == "__main__":
    main()
