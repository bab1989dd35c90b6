"""Which vector of a text is the best: the mean of its words, SIF, or word mover's distance?

In: the folder of real data, word vectors, files of rated sentences (CSV: two sentences and a score
a line, as the STS benchmark of Cer et al. 2017). Out: a table. Rated sentences: Pearson's and
Spearman's correlation of similarity with the ratings. Captions: how often the caption nearest to
one, of all those of 1,000 pictures, is of the same picture. Questions (TREC) and news (AG News):
how often the nearest text of the training part has the label of a text of the test part. SIF is
shown by its parts: the weights alone; less what the texts themselves have in common, or what lines
of the Wikipedia have; and other smoothing. Word mover's distance is asked of rated sentences only:
one takes milliseconds.

    python benchmarks/text_vectors.py DATA VECTORS --sts stsb-dev.csv stsb-test.csv [--write]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import report
from english_vectors import english_text
from numpy.typing import NDArray

from textseq.cli.folders import load_vectors
from textseq.config import TextVectorConfig
from textseq.vectors.preparation import Preparation
from textseq.vectors.scores.evaluation import pearson, spearman
from textseq.vectors.text_vectors import TextVectors
from textseq.vectors.word_movers import word_movers_distance
from textseq.vectors.word_vectors import WordVectors

N_PICTURES, N_NEWS, N_LINES = 1000, 2000, 20_000
_ROWS_AT_ONCE = 1000


class Method(NamedTuple):
    """A vector of a text; `common`: which texts say what is removed."""

    name: str
    config: TextVectorConfig
    common: str = ""  # "these texts", "Wikipedia" or nothing


class Labelled(NamedTuple):
    """Texts with a name for each: a picture, or a class."""

    texts: list[str]
    names: NDArray[np.str_]


METHODS = [
    Method("mean", TextVectorConfig()),
    Method("mean, less the common part of these texts", TextVectorConfig(), "these texts"),
    *(
        Method(f"SIF {a:g}{where and ', less the common part of ' + where}",
               TextVectorConfig(method="sif", smoothing=a), where)
        for a in (1e-2, 1e-3, 1e-4)
        for where in ("", "these texts", "Wikipedia")
    ),
]  # fmt: skip


# ---- data


def rated(path: Path) -> tuple[list[str], list[str], list[float]]:
    """First sentences, second sentences, ratings."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    return [row[0] for row in rows], [row[1] for row in rows], [float(row[2]) for row in rows]


def captions(data: Path) -> Labelled:
    """The five captions of each of the first pictures."""
    raw = gzip.decompress((data / "flickr8k_captions" / "Flickr8k.token.txt.gz").read_bytes())
    rows = [line.split("\t") for line in raw.decode("utf-8").split("\n") if line]
    rows = rows[: 5 * N_PICTURES]
    return Labelled([text for _, text in rows], np.array([name.split("#")[0] for name, _ in rows]))


def questions(data: Path, part: str) -> Labelled:
    """TREC's questions and their coarse labels."""
    lines = (data / "trec" / f"TREC.{part}").read_text(encoding="latin-1").split("\n")
    rows = [line.split(" ", 1) for line in lines if line.strip()]
    return Labelled([text for _, text in rows], np.array([name.split(":")[0] for name, _ in rows]))


def news(data: Path, name: str) -> Labelled:
    """Titles and beginnings of news; the labels of the two files differ by one."""
    raw = gzip.decompress((data / "agnews" / name).read_bytes()).decode("utf-8")
    rows = [row for row in csv.reader(raw.splitlines()) if len(row) > 1]
    if "test" in name:
        return Labelled(
            [f"{title} {text}" for _, title, text in rows[:N_NEWS]],
            np.array([str(int(label) - 1) for label, *_ in rows[:N_NEWS]]),
        )
    rows = [row for row in rows if row[1].isdigit()]  # less its header
    return Labelled([text for text, _ in rows], np.array([label for _, label in rows]))


# ---- scores


def fitted(
    method: Method, vectors: WordVectors, own: Sequence[str], lines: Sequence[str]
) -> TextVectors:
    """A method that knows what its texts have in common."""
    made = TextVectors(vectors, method.config)
    if method.common:
        made.fit(own if method.common == "these texts" else lines)
    return made


def units(made: TextVectors, texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of length 1; zeros for texts without a known word."""
    rows = made.vectors(texts)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths == 0, 1, lengths)


def nearest_same(
    asked: NDArray[np.float32], names: NDArray[np.str_],
    known: NDArray[np.float32], known_names: NDArray[np.str_],
) -> float:  # fmt: skip
    """The share of rows whose nearest known row has their name; a row is not its own."""
    right = 0
    for start in range(0, len(asked), _ROWS_AT_ONCE):
        scores = asked[start : start + _ROWS_AT_ONCE] @ known.T
        if asked is known:
            scores[np.arange(len(scores)), start + np.arange(len(scores))] = -2
        found = known_names[scores.argmax(axis=1)]
        right += int((found == names[start : start + _ROWS_AT_ONCE]).sum())
    return right / len(asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("vectors", type=Path, help="a folder of textseq's")
    parser.add_argument("--sts", type=Path, nargs="*", default=[], help="CSV of rated sentences")
    report.add_write_option(parser, "text_vectors.txt")
    given = parser.parse_args()
    report.require_green("-n", "0", "tests/vectors/test_text_vectors.py")
    files = [report.RESULTS / "text_vectors.txt"] if given.write else []
    results = report.Results(files, minutes=20)
    vectors = load_vectors(given.vectors)
    source = vectors.config.get("word2vec", {})
    results.add(report.head(["numpy", "scipy"]))
    results.add(
        f"vectors: {len(vectors):,} words of dim {vectors.dim}, {source.get('mode', 'of a file')}, "
        f"{source.get('epochs', '?')} epochs"
    )
    lines = [
        line for line in itertools.islice(english_text(given.data), 10 * N_LINES) if line.strip()
    ]
    lines = lines[:N_LINES]
    sets = {path.stem: rated(path) for path in given.sts}
    pictures = captions(given.data)
    asked, known = questions(given.data, "test"), questions(given.data, "train")
    new, old = (news(given.data, f) for f in ("ag_news_csv.test.csv.gz", "ag_small.train.csv.gz"))
    results.add(
        *(f"{name}: {len(scores):,} pairs" for name, (_, _, scores) in sets.items()),
        f"captions: {len(pictures.texts):,} of {N_PICTURES:,} pictures; TREC: {len(asked.texts):,} "
        f"against {len(known.texts):,}; AG News: {len(new.texts):,} against {len(old.texts):,}",
        f"Wikipedia: {len(lines):,} lines",
        "",
    )
    heads = [f"{name} {what}" for name in sets for what in ("r", "rho")]
    width = max(len(method.name) for method in METHODS)
    results.add("  ".join([" " * width, *heads, "captions", "TREC", "AG News"]))

    def show(name: str, scores: Sequence[float | None]) -> None:
        cells = [
            f"{'-' if score is None else f'{score:.3f}':>{len(head)}}"
            for head, score in zip([*heads, "captions", "TREC", "AG News"], scores, strict=True)
        ]
        results.add("  ".join([f"{name:<{width}}", *cells]))

    for method in METHODS:
        scores: list[float | None] = []
        for ours, theirs, ratings in sets.values():
            made = fitted(method, vectors, [*ours, *theirs], lines)
            cosines = np.vecdot(units(made, ours), units(made, theirs))
            scores += [pearson(cosines, ratings), spearman(cosines, ratings)]
        made = fitted(method, vectors, pictures.texts, lines)
        rows = units(made, pictures.texts)
        scores.append(nearest_same(rows, pictures.names, rows, pictures.names))
        for test, train in ((asked, known), (new, old)):
            made = fitted(method, vectors, train.texts, lines)
            rows = units(made, train.texts)
            scores.append(nearest_same(units(made, test.texts), test.names, rows, train.names))
        show(method.name, scores)
    moved: list[float | None] = []
    preparation = Preparation(vectors)
    for ours, theirs, ratings in sets.values():
        pairs = zip(ours, theirs, strict=True)
        near = [-min(word_movers_distance(preparation, a, b), 2.0) for a, b in pairs]
        moved += [pearson(near, ratings), spearman(near, ratings)]
    if moved:
        show("word mover's distance", [*moved, None, None, None])


if __name__ == "__main__":
    main()
