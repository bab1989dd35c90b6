"""The tagger on real data: parts of speech of English EWT, names of WikiANN.

In: the folder of data (ud_english_ewt, wikiann_en), how many seeds, word vectors if there are any.
Out: a table of test scores beside the most frequent tag of each word, which knows no sentence.
Published for comparison: EWT UPOS 88.3 (BiLSTM with GloVe, no characters), about 95.4 (Stanza).
WikiANN-en F1: 81, a BiLSTM-CRF with characters and fastText vectors of all of Wikipedia, on these
very parts (Rahimi, Li and Cohn, 2019, "Massively Multilingual Transfer for NER", table 4, HSup);
82.5 (DistilBERT) and 83.1 (BERT base), fine-tuned, on the validation part, by their model cards on
huggingface.co (Gladiator/distilbert-base-uncased_ner_wikiann,
vagrawal787/bert-finetuned-ner-wikiann).
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from english_vectors import english_vectors

from textseq.config import Recipe, TextConfig, find_recipe
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.tagged_text import read_tagged
from textseq.rnn.models.tagger import Tagger
from textseq.rnn.scores.metrics import accuracy, span_f1
from textseq.rnn.training.fit import fit
from textseq.vectors.word_vectors import WordVectors

# Those that look words up in lower case get word vectors.
EWT, WIKIANN = find_recipe("tagger", "ewt"), find_recipe("tagger", "wikiann")
PLAIN = EWT.replace(lower=False)


@dataclass(frozen=True)
class Task:
    """A data set: its three files, which score counts, what is compared, how the files are read."""

    name: str
    files: tuple[str, ...]
    score: str
    models: dict[str, Recipe[Any]]
    columns: dict[str, Any] = field(default_factory=dict)

    def read(self, data: Path) -> list[SequenceDataset]:
        """Train, valid, test."""
        return [
            read_tagged([str(data / name)], TextConfig(), **self.columns) for name in self.files
        ]


TASKS = {
    "ewt": Task(
        "EWT UPOS",
        tuple(f"ud_english_ewt/en_ewt-ud-{part}.conllu.gz" for part in ("train", "dev", "test")),
        "accuracy",
        {
            "BiLSTM, words alone": PLAIN.replace(characters="none"),
            "BiLSTM, words + characters": PLAIN,
            "BiLSTM, vectors of textseq + characters": EWT,
        },
    ),
    "wikiann": Task(
        "WikiANN-en names",
        tuple(f"wikiann_en/{part}.gz" for part in ("train", "dev", "test")),
        "f1",
        {
            "BiLSTM-CRF, words + characters": PLAIN,
            "BiLSTM-CRF, vectors of textseq + characters": EWT,
            "all vectors, frozen; characters by LSTM": WIKIANN,
        },
        {"strip_prefix": "en:"},
    ),
}


def most_frequent(task: Task, parts: list[SequenceDataset]) -> float:
    """The score of giving each word its most frequent tag, unknown words that of rare ones."""
    train, _, test = parts
    seen: dict[str, Counter[str]] = {}
    for tokens, tags in rows_of(train):
        for token, tag in zip(tokens, tags, strict=True):
            seen.setdefault(token, Counter())[tag] += 1
    rare: Counter[str] = Counter()
    for counts in seen.values():
        if counts.total() == 1:
            rare += counts
    best = {token: counts.most_common(1)[0][0] for token, counts in seen.items()}
    other = rare.most_common(1)[0][0]
    gold = [tags for _, tags in rows_of(test)]
    pred = [[best.get(token, other) for token in tokens] for tokens, _ in rows_of(test)]
    if task.score == "f1":
        return span_f1(gold, pred).f1
    flat = [[tag for row in rows for tag in row] for rows in (pred, gold)]
    return accuracy(flat[0], flat[1])


def rows_of(dataset: SequenceDataset) -> list[tuple[list[str], list[str]]]:
    """Words and tags of each sentence."""
    assert dataset.label_vocab is not None
    tags = dataset.label_vocab
    return [(dataset.vocab.decode(e.inputs), tags.decode(e.target)) for e in dataset]


def trained(
    task: Task, parts: list[SequenceDataset], seed: int, chosen: Recipe[Any], vectors: WordVectors
) -> tuple[float, float, float]:
    """The test score, that of unknown words in accuracy, and the seconds of training."""
    train, valid, test = parts
    start = time.monotonic()
    recipe = chosen.replace(seed=seed)
    model = Tagger.for_dataset(train, recipe, vectors=vectors if chosen.options.lower else None)
    fit(model, train, valid, recipe)
    seconds = time.monotonic() - start
    scores = model.evaluate(test)
    return scores[task.score], scores.get("accuracy_unknown", float("nan")), seconds


def table(task: Task, data: Path, seeds: int, vectors: WordVectors) -> list[str]:
    """The rows of one task, each the mean of the seeds."""
    parts = task.read(data)
    lines = [
        f"{task.name}: {task.score}, {'one seed' if seeds == 1 else f'mean of {seeds} seeds'}",
        f"  {'most frequent tag of each word':42} {most_frequent(task, parts):6.1%}",
    ]
    for name, chosen in task.models.items():
        found = [trained(task, parts, seed, chosen, vectors) for seed in range(1, seeds + 1)]
        score, unknown, seconds = (mean(column) for column in zip(*found, strict=True))
        spread = f"{stdev(row[0] for row in found):4.1%}" if seeds > 1 else ""
        lines.append(f"  {name:42} {score:6.1%}  {spread:4}  {unknown:7.1%}  {seconds:7.0f}")
    return lines


def run(
    data: Path, seeds: int, vectors: Path | None = None, only: Sequence[str] = tuple(TASKS)
) -> str:
    """The table."""
    given = english_vectors(data) if vectors is None else WordVectors.load(vectors)
    lines = [f"{'':44} {'test':>6}  {'+-':>4}  {'unknown':>7}  {'seconds':>7}"]
    for name in only:
        lines += table(TASKS[name], data, seeds, given)
    return "\n".join(lines)


def main() -> None:
    """The table of this part alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--vectors", type=Path, help="a folder, to train none")
    parser.add_argument("--only", nargs="+", choices=TASKS, default=list(TASKS))
    given = parser.parse_args()
    print(run(given.data, given.seeds, given.vectors, given.only))


if __name__ == "__main__":
    main()
