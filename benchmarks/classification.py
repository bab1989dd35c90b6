"""Does the default classifier beat a linear model on sets that nobody tuned it for?

In: the folder of real data. Out: for each set the test accuracy (mean and spread of the seeds) of
`Classifier` with the default recipe, whole and in its two parts (the network alone, the n-grams
alone), and of scikit-learn's TF-IDF of words and word pairs (of texts without spaces: of 1 to 3
characters) with logistic regression, whose C is chosen on the same validation part. Each seed has
a validation part of its own where the set has none.

    python benchmarks/classification.py DATA [--seeds 3] [--only trec6 ...]
        [--network lr=0.002 ...] [--write]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import report

from textseq.config import Recipe, find_recipe
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.training.fit import fit

COLUMNS = ("model", "network", "n-grams", "linear")
PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0)  # scikit-learn's C
TESTS = ("tests/rnn/models/test_solved_ngrams.py", "tests/rnn/layers/test_ngrams.py")
N_REVIEWS, N_TEST = 20_000, 5_000


class Texts(NamedTuple):
    texts: list[str]
    labels: list[str]

    def part(self, rows: Sequence[int]) -> Texts:
        return Texts([self.texts[row] for row in rows], [self.labels[row] for row in rows])


class Parts(NamedTuple):
    train: Texts
    valid: Texts
    test: Texts


def _read(path: Path, encoding: str = "utf-8") -> list[str]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return raw.decode(encoding).rstrip("\n").split("\n")


def _cut(whole: Texts, seed: int, test: Texts | None = None) -> Parts:
    """A tenth to validate on, by the seed; 15 % to test on, the same for all seeds."""
    order = np.random.default_rng(0).permutation(len(whole.texts)).tolist()
    n_test = 0 if test is not None else len(order) * 15 // 100
    held, rest = order[:n_test], np.random.default_rng(seed).permutation(order[n_test:]).tolist()
    n_valid = len(rest) // 10
    found = whole.part(held) if test is None else test
    return Parts(whole.part(rest[n_valid:]), whole.part(rest[:n_valid]), found)


def sst2(data: Path, seed: int) -> Parts:
    parts = []
    for part in ("train", "dev", "test"):
        rows = [line.split("\t") for line in _read(data / f"sst2/{part}.tsv")]
        parts.append(Texts([row[0] for row in rows], [row[1] for row in rows]))
    return Parts(*parts)


def mr(data: Path, seed: int) -> Parts:
    texts: dict[str, str] = {}
    for label in ("neg", "pos"):
        for line in _read(data / f"mr_polarity/rt-polarity.{label}", "windows-1252"):
            texts.setdefault(line, label)
    return _cut(Texts(list(texts), list(texts.values())), seed)


def agnews(data: Path, seed: int) -> Parts:
    rows = list(csv.reader(_read(data / "agnews/ag_news_csv.test.csv.gz")))
    test = Texts([f"{row[1]} {row[2]}" for row in rows], [str(int(row[0]) - 1) for row in rows])
    rows = list(csv.reader(_read(data / "agnews/ag_small.train.csv.gz")))
    known = set(test.texts)
    rows = [row for row in rows if row[0] not in known]
    return _cut(Texts([row[0] for row in rows], [row[1] for row in rows]), seed, test)


def nsmc(data: Path, seed: int) -> Parts:
    def rows(part: str, n: int) -> Texts:
        lines = [line.split("\t") for line in _read(data / f"nsmc/nsmc_{part}.tsv.gz")[1:]]
        chosen = np.random.default_rng(0).permutation(len(lines))[:n]
        return Texts([lines[row][1] for row in chosen], [lines[row][2] for row in chosen])

    return _cut(rows("train", N_REVIEWS), seed, rows("test", N_TEST))


def zh_reviews(data: Path, seed: int) -> Parts:
    texts: dict[str, str] = {}
    for label in ("neg", "pos"):
        for line in _read(data / f"zh_reviews/{label}.txt.gz"):
            if line.strip():
                texts.setdefault(line.strip(), label)
    return _cut(Texts(list(texts), list(texts.values())), seed)


def _trec(data: Path, seed: int, *, fine: bool) -> Parts:
    def rows(part: str) -> Texts:
        lines = [line.split(" ", 1) for line in _read(data / f"trec/TREC.{part}", "latin-1")]
        labels = [kind if fine else kind.split(":")[0] for kind, _ in lines]
        return Texts([text for _, text in lines], labels)

    return _cut(rows("train"), seed, rows("test"))


class Set(NamedTuple):
    read: Callable[[Path, int], Parts]
    options: dict[str, Any] = {}  # noqa: RUF012 - a NamedTuple's default
    characters: bool = False  # what scikit-learn counts, where words and pairs get less


SETS = {
    "trec6": Set(lambda data, seed: _trec(data, seed, fine=False)),
    "trec50": Set(lambda data, seed: _trec(data, seed, fine=True)),
    "sst2": Set(sst2),
    "mr": Set(mr),
    "agnews": Set(agnews),
    "nsmc": Set(nsmc, {"tokenizer": "korean"}, characters=True),
    "zh_reviews": Set(zh_reviews, {"tokenizer": "char"}, characters=True),
}


def network(parts: Parts, recipe: Recipe[Any]) -> dict[str, float]:
    """Accuracy of the model, and of its parts."""
    train = SequenceDataset.from_texts(parts.train.texts, parts.train.labels, config=recipe.text)
    known = {"vocab": train.vocab, "label_vocab": train.label_vocab}
    valid, test = (
        SequenceDataset.from_texts(each.texts, each.labels, config=train.text_config, **known)
        for each in (parts.valid, parts.test)
    )
    model = Classifier.for_dataset(train, recipe)
    started = time.process_time()
    fit(model, train, valid, recipe)
    found = {"seconds": time.process_time() - started}
    found["model"] = model.evaluate(test)["accuracy"]
    for part in ("network", "n-grams") if model.ngrams is not None else ():
        found[part] = model.evaluate(test, part=part)["accuracy"]
    return found


def linear(parts: Parts, *, characters: bool) -> float:
    """Accuracy of scikit-learn's TF-IDF and logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    kind = {"analyzer": "char", "ngram_range": (1, 3)} if characters else {"ngram_range": (1, 2)}
    tfidf = TfidfVectorizer(**kind)
    train = tfidf.fit_transform(parts.train.texts)
    valid, test = tfidf.transform(parts.valid.texts), tfidf.transform(parts.test.texts)
    models = [
        LogisticRegression(C=strength, max_iter=1000).fit(train, parts.train.labels)
        for strength in PENALTIES
    ]
    best = max(models, key=lambda model: model.score(valid, parts.valid.labels))
    return float(best.score(test, parts.test.labels))


def shown(values: list[float]) -> str:
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.4f} +-{spread:.4f}"


def scores_of(name: str, data: Path, seeds: int, changes: dict[str, Any]) -> dict[str, list[float]]:
    """By kind of model, a score of each seed."""
    job, scores = SETS[name], dict[str, list[float]]()
    for seed in range(1, seeds + 1):
        parts = job.read(data, seed)
        recipe = find_recipe("classifier").replace(threads=1, seed=seed)
        found = network(parts, recipe.replace(**job.options, **changes))
        found["linear"] = linear(parts, characters=job.characters)
        for which, score in found.items():
            scores.setdefault(which, []).append(score)
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--network", nargs="+", default=[], metavar="OPTION=NUMBER")
    report.add_write_option(parser, "classification.txt")
    args = parser.parse_args()
    report.require_green(*TESTS)
    pairs = (given.split("=") for given in args.network)
    changes = {name: json.loads(value) for name, value in pairs}
    columns = ("the model", "its network", "its n-grams", "scikit-learn")
    lines = [f"{'set':12}" + "".join(f"{column:>16}" for column in columns) + "  seconds"]
    for name in args.only:
        scores = scores_of(name, args.data, args.seeds, changes)
        cells = [f"{shown(scores[which]) if which in scores else '-':>16}" for which in COLUMNS]
        lines.append(f"{name:12}{''.join(cells)}{statistics.mean(scores['seconds']):9.0f}")
        print(lines[-1], flush=True)
    head = report.head(["torch", "scikit-learn", "scipy", "numpy"])
    report.publish("\n".join([head, f"seeds: {args.seeds}; accuracy on the test part", "", *lines]),
                   "classification.txt", write=args.write)  # fmt: skip


if __name__ == "__main__":
    main()
