"""Does a small recurrent classifier beat a linear model of n-grams on the same rows?

In: the folder of real data (SST-2 sentences, NSMC; English Wikipedia and novels for the vectors).
Out: a table of test accuracies with their 95 % intervals: the classifier with vectors that textseq
trained, with random ones, on one-hot vectors; averaged vectors; and TF-IDF with logistic regression
by scikit-learn, the peer. The validation part is for early stopping and calibration only.

    python benchmarks/rnn_classifier.py DATA [--seeds 3] [--vectors FOLDER] [--only sst2]
"""

from __future__ import annotations

import argparse
import gzip
import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from english_vectors import english_vectors

from textseq.config import Recipe, Word2VecConfig, find_recipe
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.splits import split
from textseq.rnn.models.bag_of_vectors import BagOfVectors
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.scores.metrics import bootstrap
from textseq.rnn.training.fit import fit
from textseq.text.encode import encode_lines
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec.train import train_word2vec

Rows = tuple[list[str], list[str]]  # texts and labels
SST2, NSMC = find_recipe("classifier", "sst2"), find_recipe("classifier", "nsmc")
# SST-2 was cut as the Penn Treebank: "do n't". In running text that is one word.
_CLITIC = re.compile(r" (n't|'\w+)\b")


class Parts(NamedTuple):
    train: SequenceDataset
    valid: SequenceDataset
    test: SequenceDataset


# --- data


def sst2(data: Path, part: str) -> Rows:
    """Sentences and labels of "train", "dev" or "test"."""
    lines = (data / "sst2" / f"{part}.tsv").read_text(encoding="utf-8").split("\n")
    rows = [line.split("\t") for line in lines if line]
    return [_CLITIC.sub(r"\1", text) for text, _ in rows], [label for _, label in rows]


def nsmc(data: Path, part: str) -> Rows:
    """Reviews and labels of "train" or "test"; lone quotes are text."""
    lines = gzip.decompress((data / "nsmc" / f"nsmc_{part}.tsv.gz").read_bytes()).decode("utf-8")
    rows = [line.split("\t") for line in lines.split("\n")[1:] if line]
    return [row[1] for row in rows], [row[2] for row in rows]


def under(rows: Rows, first: SequenceDataset) -> SequenceDataset:
    """Rows as ids of another data set's vocabularies."""
    return SequenceDataset.from_texts(
        *rows, config=first.text_config, vocab=first.vocab, label_vocab=first.label_vocab
    )


def chosen(rows: Rows, part: SequenceDataset) -> Rows:
    """The rows that a part of their data set holds."""
    numbers = range(len(rows[0])) if part.rows is None else part.rows.tolist()
    return [rows[0][n] for n in numbers], [rows[1][n] for n in numbers]


# --- models


class Result(NamedTuple):
    """Which test rows are right, and how long training took."""

    right: np.ndarray
    seconds: float


def trained(
    kind: type[Classifier] | type[BagOfVectors], parts: Parts, recipe: Recipe[Any], **given: Any
) -> Result:
    """A model trained on the first part, early stopping on the second, judged on the third."""
    start = time.perf_counter()
    model = kind.for_dataset(parts.train, recipe, **given)
    fit(model, parts.train, parts.valid, recipe)
    seconds = time.perf_counter() - start
    pred = model.logits_of(parts.test).argmax(axis=1)
    return Result(pred == parts.test.labels, seconds)


def linear(train: Rows, valid: Rows, test: Rows, **options: Any) -> Result:
    """TF-IDF n-grams and logistic regression; C is 1 or 10, whichever is better on `valid`."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    start = time.perf_counter()
    grams = TfidfVectorizer(**options)
    inputs, judged = grams.fit_transform(train[0]), grams.transform(valid[0])
    models = [LogisticRegression(max_iter=1000, C=c).fit(inputs, train[1]) for c in (1.0, 10.0)]
    best = max(models, key=lambda model: model.score(judged, valid[1]))
    seconds = time.perf_counter() - start
    return Result(best.predict(grams.transform(test[0])) == np.array(test[1]), seconds)


# --- the table


def row(data: str, model: str, results: list[Result]) -> str:
    """Mean accuracy over the seeds; the interval is of the test rows."""
    scores = [100 * float(result.right.mean()) for result in results]
    spread = f"±{statistics.stdev(scores):.2f}" if len(scores) > 1 else ""
    low, high = bootstrap(np.mean([result.right for result in results], axis=0))
    seconds = statistics.fmean(result.seconds for result in results)
    return (
        f"{data:<6} {model:<34} {statistics.fmean(scores):>6.2f} {spread:<6} "
        f"{100 * low:>5.1f}..{100 * high:.1f} {seconds:>8.0f}"
    )


def sst2_rows(data: Path, seeds: int, vectors: WordVectors) -> Iterator[str]:
    texts = {part: sst2(data, part) for part in ("train", "dev", "test")}
    first = SequenceDataset.from_texts(*texts["train"], config=SST2.text)
    parts = Parts(first, under(texts["dev"], first), under(texts["test"], first))

    def each(kind: Any, recipe: Recipe[Any], n_runs: int = seeds, **given: Any) -> list[Result]:
        runs = (recipe.replace(seed=seed) for seed in range(1, n_runs + 1))
        return [trained(kind, parts, run, **given) for run in runs]

    yield row("sst2", "BiLSTM 128, vectors of textseq", each(Classifier, SST2, vectors=vectors))
    yield row("sst2", "BiLSTM 128, random vectors", each(Classifier, SST2))
    one_hot = SST2.replace(input="one-hot", embedding_dropout=0.0)
    yield row("sst2", "BiLSTM 128, one-hot", each(Classifier, one_hot, 1))
    yield row("sst2", "averaged vectors of textseq", each(BagOfVectors, SST2, vectors=vectors))
    peer = linear(*texts.values(), ngram_range=(1, 2), token_pattern=r"\S+")
    yield row("sst2", "TF-IDF words 1-2, scikit-learn", [peer])


def nsmc_rows(data: Path, seeds: int) -> Iterator[str]:
    texts = {part: nsmc(data, part) for part in ("train", "test")}
    whole = SequenceDataset.from_texts(*texts["train"], config=NSMC.text)
    train, valid = split(whole, [0.95, 0.05], stratify=True)
    rows = [chosen(texts["train"], part) for part in (train, valid)]
    parts = Parts(train, valid, under(texts["test"], whole))
    # Vectors of the training reviews alone; no other Korean text of this kind is there.
    corpus = encode_lines(rows[0][0], whole.text_config, vocab=whole.vocab)
    given = {"vectors": train_word2vec(corpus, Word2VecConfig(dim=NSMC.network.dim, epochs=10))}
    runs = [NSMC.replace(seed=seed) for seed in range(1, seeds + 1)]
    found = [trained(Classifier, parts, run, **given) for run in runs]
    yield row("nsmc", "BiLSTM 200, morphemes, own vectors", found)
    plain = [trained(BagOfVectors, parts, run, **given) for run in runs]
    yield row("nsmc", "averaged vectors of morphemes", plain)
    peer = linear(*rows, texts["test"], ngram_range=(1, 3), analyzer="char", min_df=2)
    yield row("nsmc", "TF-IDF characters 1-3, scikit-learn", [peer])


def run(data: Path, seeds: int, vectors: Path | None = None, only: str | None = None) -> str:
    """The table; each row the mean of the seeds (one-hot and peers: one run)."""
    lines = ["data   model                              accuracy      95 % of rows  seconds"]
    if only in (None, "sst2"):
        start = time.perf_counter()
        made = english_vectors(data) if vectors is None else WordVectors.load(vectors)
        if vectors is None:
            lines.append(f"  vectors trained in {time.perf_counter() - start:.0f} s")
        lines += sst2_rows(data, seeds, made)
    if only in (None, "nsmc"):
        lines += nsmc_rows(data, seeds)
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--vectors", type=Path, help="a folder, to train none")
    parser.add_argument("--only", choices=["sst2", "nsmc"])
    given = parser.parse_args()
    print(run(given.data, given.seeds, given.vectors, given.only))


if __name__ == "__main__":
    main()
