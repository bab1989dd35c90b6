"""Are the default recipes better than the plain configs they are made of?

In: the folder of real data. Out: a row for each set: test scores of the task's own recipe, and of
the plain TextConfig, RNNConfig and TrainConfig, which Python used until both had one default; for
the tagger, whose recipe is the plain configs, of the classifier's network and training instead.
The larger sets are cut, so that all of it takes half an hour.

    python benchmarks/defaults.py DATA [--seeds 3] [--only sst2 ...] [--write]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import statistics
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import report

from textseq.config import Recipe, RNNConfig, TextConfig, TrainConfig, find_recipe
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.language_data import cut, stream_of
from textseq.rnn.data.splits import split
from textseq.rnn.data.vocabs import with_specials
from textseq.rnn.models.captioner import Captioner
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.language_model import LanguageModel
from textseq.rnn.models.tagger import Tagger
from textseq.rnn.models.translator import Translator
from textseq.rnn.training.fit import fit
from textseq.text.encode import encode_lines
from textseq.text.reading.corpus import read_lines

N_REVIEWS, N_SENTENCES, N_PAIRS, N_COLOURS = 15_000, 4_000, 5_000, 10_000
TESTS = ("tests/test_recipes.py",)


class Parts(NamedTuple):
    train: Any
    valid: Any
    test: Any


def sst2(data: Path, text: TextConfig) -> Parts:
    how: dict[str, Any] = {"header": False, "quoted": False, "config": text}
    train = SequenceDataset.from_table(data / "sst2/train.tsv", 0, 1, **how)
    how |= {"vocab": train.vocab, "label_vocab": train.label_vocab}
    files = (data / f"sst2/{part}.tsv" for part in ("dev", "test"))
    return Parts(train, *(SequenceDataset.from_table(file, 0, 1, **how) for file in files))


def nsmc(data: Path, text: TextConfig) -> Parts:
    whole = SequenceDataset.from_table(
        data / "nsmc/nsmc_train.tsv.gz", text="document", label="label", config=text
    )
    rows = np.random.default_rng(1).permutation(len(whole))[: 2 * N_REVIEWS]
    train, valid = whole.select(rows[:N_REVIEWS]), whole.select(rows[N_REVIEWS:][:2000])
    return Parts(train, valid, whole.select(rows[N_REVIEWS + 2000 :]))


def ewt(data: Path, text: TextConfig) -> Parts:
    parts = []
    for part in ("train", "dev", "test"):
        known = {"label_vocab": parts[0].label_vocab} if parts else {}
        file = data / f"ud_english_ewt/en_ewt-ud-{part}.conllu.gz"
        parts.append(SequenceDataset.from_conllu(str(file), **known))
    return Parts(parts[0].select(np.arange(N_SENTENCES)), *parts[1:])


def wikiann(data: Path, text: TextConfig) -> Parts:
    """Names; the file has a language before each token."""
    parts = []
    for part in ("train", "dev", "test"):
        known = {"label_vocab": parts[0].label_vocab} if parts else {}
        file = str(data / f"wikiann_en/{part}.gz")
        parts.append(SequenceDataset.from_conll(file, strip_prefix="en:", **known))
    rows = np.arange(N_SENTENCES)
    return Parts(parts[0].select(rows), parts[1].select(rows), parts[2].select(rows))


def wikitext2(data: Path, text: TextConfig) -> Parts:
    packed = (data / "lm_small/wikitext-2.test.txt.gz").read_bytes()
    corpus = encode_lines(gzip.decompress(packed).decode("utf-8").split("\n")[:2000], text)
    train, valid = cut(stream_of(corpus), 0.1)
    return Parts(train, valid, valid)


def colours(data: Path, text: TextConfig) -> Parts:
    with (data / "color_names/colornames.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["name"], row["hex"]) for row in islice(csv.DictReader(file), N_COLOURS)]
    seen = [[int(code[start : start + 2], 16) for start in (1, 3, 5)] for _, code in rows]
    names = [name for name, _ in rows]
    corpus = with_specials(encode_lines(names, text.replace(tokenizer="char", min_count=1)))
    whole = SequenceDataset(np.array(seen, np.float32), corpus, target_texts=names)
    return Parts(*split(whole, [0.8, 0.1, 0.1], seed=1, duplicates="keep"))


def multi30k(data: Path, text: TextConfig) -> Parts:
    def pairs(part: str, **how: Any) -> SequenceDataset:
        files = (data / f"multi30k_en_de/{part}.{language}.gz" for language in ("de", "en"))
        source, target = (islice(read_lines(str(f), text), N_PAIRS) for f in files)
        return SequenceDataset.from_parallel(source, target, **how)

    train = pairs("train", config=text)
    known = {
        "config": train.text_config, "vocab": train.vocab,
        "target_config": train.target_text_config, "target_vocab": train.target_vocab,
    }  # fmt: skip
    return Parts(train, pairs("val", **known), pairs("test_2016_flickr", **known))


class Job(NamedTuple):
    task: str
    model: Any
    read: Callable[[Path, TextConfig], Parts]
    score: str
    options: dict[str, Any] = {}  # noqa: RUF012 - a NamedTuple's default


JOBS = {
    "sst2": Job("classifier", Classifier, sst2, "accuracy"),
    "nsmc": Job("classifier", Classifier, nsmc, "accuracy"),
    "ewt": Job("tagger", Tagger, ewt, "accuracy"),
    "wikiann": Job("tagger", Tagger, wikiann, "f1"),
    "wikitext2": Job("language-model", LanguageModel, wikitext2, "perplexity"),
    "colours": Job("captioner", Captioner, colours, "perplexity"),
    "multi30k": Job("translator", Translator, multi30k, "bleu"),
}


def other(recipe: Recipe[Any]) -> Recipe[Any]:
    """What the recipe is compared with."""
    if recipe.task == "tagger":
        labels = find_recipe("classifier")
        training = labels.training.replace(threads=1, seed=recipe.training.seed)
        return recipe.replace(network=labels.network, training=training)
    plain = TrainConfig(threads=1, seed=recipe.training.seed)
    return recipe.replace(text=TextConfig(), network=RNNConfig(), training=plain)


def score(job: Job, data: Path, recipe: Recipe[Any]) -> float:
    """Train once, on one thread; the score of the test part."""
    parts = job.read(data, recipe.text)
    model = job.model.for_dataset(parts.train, recipe)
    fit(model, parts.train, parts.valid, recipe)
    return float(model.evaluate(parts.test)[job.score])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=JOBS, default=list(JOBS))
    report.add_write_option(parser, "defaults.txt")
    given = parser.parse_args()
    report.require_green(*TESTS)
    lines = [f"{'set':10} {'score':11} {'the recipe':>24} {'compared':>24} {'seconds':>9}"]
    for name in given.only:
        job, start = JOBS[name], time.monotonic()
        found: tuple[list[float], list[float]] = ([], [])
        for seed in range(1, given.seeds + 1):
            own = find_recipe(job.task).replace(seed=seed, threads=1)
            for scores, recipe in zip(found, (own, other(own)), strict=True):  # in turn
                scores.append(score(job, given.data, recipe))
        cells = []
        for scores in found:
            spread = f" +-{statistics.stdev(scores):.3f}" if len(scores) > 1 else ""
            cells.append(f"{statistics.mean(scores):.3f}{spread}")
        seconds = time.monotonic() - start
        lines.append(f"{name:10} {job.score:11} {cells[0]:>24} {cells[1]:>24} {seconds:9.0f}")
        print(lines[-1], flush=True)
    head = report.head(["torch", "numpy"])
    report.publish("\n".join([head, f"seeds: {given.seeds}", "", *lines]), "defaults.txt",
                   write=given.write)  # fmt: skip


if __name__ == "__main__":
    main()
