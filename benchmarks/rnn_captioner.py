"""Can a captioner spell what it sees, and say what a colour is called?

In: the folder of real data (optdigits, color names, E2E NLG). Out: exact strings of digits that are
spelled letter by letter from 64 pixels, beside logistic regression on the same pixels; perplexity a
character of colour names, beside one that does not see the colour; BLEU of restaurants described
from their slots.

    python benchmarks/rnn_captioner.py DATA [--seeds 3]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.config import TextConfig, find_recipe
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.splits import split
from textseq.rnn.data.vocabs import with_specials
from textseq.rnn.models.captioner import Captioner
from textseq.rnn.training.fit import fit
from textseq.text.encode import encode_lines
from textseq.text.vocab import Vocab

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
DIGITS, E2E = find_recipe("captioner", "digits"), find_recipe("captioner", "e2e")
COLOURS = DIGITS.replace(dim=64, hidden=192, epochs=5, batch_size=64, lr=3e-3)

Features = NDArray[np.float32]


def data_set(
    features: Features, texts: list[str], config: TextConfig, vocab: Vocab | None = None
) -> SequenceDataset:
    """Features with their texts."""
    targets = encode_lines(texts, config, vocab=vocab)
    targets = with_specials(targets) if vocab is None else targets
    return SequenceDataset(features, targets, target_texts=texts)


# --- digits


def digits(data: Path, name: str) -> tuple[Features, list[int]]:
    """Pixels (N, 64) and the digits."""
    lines = (data / "optdigits" / f"optdigits.{name}").read_text(encoding="utf-8").split("\n")
    rows = np.array([line.split(",") for line in lines[1:] if line], np.float32)
    return rows[:, :-1], rows[:, -1].astype(int).tolist()


def spelled(data: Path, seeds: int) -> str:
    """Exact strings, by pixels as numbers and by small convolutions."""
    pixels, gold = digits(data, "tra")
    test_pixels, test_gold = digits(data, "tes")
    lines = ["optdigits, 1,797 test images, spelled digits      exact strings  s a training"]
    for name, image in (("64 numbers", None), ("image 1x8x8", (1, 8, 8))):
        exact, took = [], []
        for seed in range(1, seeds + 1):
            whole = data_set(pixels, [WORDS[digit] for digit in gold], DIGITS.text)
            texts = [WORDS[digit] for digit in test_gold]
            test = data_set(test_pixels, texts, DIGITS.text, whole.target_vocab)
            train, valid = split(whole, [0.9, 0.1], seed=seed)
            recipe = DIGITS.replace(seed=seed)
            model = Captioner.for_dataset(train, recipe, image=image)
            start = time.monotonic()
            fit(model, train, valid, recipe)
            took.append(time.monotonic() - start)
            exact.append(model.report(test, beam=5).scores["exact"])
        share, seconds = statistics.mean(exact), statistics.mean(took)
        lines.append(f"  captioner, {name:<37}{share:>12.1%}  {seconds:>12.0f}")
    lines.append(
        f"  logistic regression (no spelling){_linear(pixels, gold, test_pixels, test_gold):>28.1%}"
    )
    return "\n".join(lines)


def _linear(
    pixels: Features, gold: list[int], test_pixels: Features, test_gold: list[int]
) -> float:
    from sklearn.linear_model import LogisticRegression

    model: Any = LogisticRegression(max_iter=3000)
    return float(model.fit(pixels / 16, gold).score(test_pixels / 16, test_gold))


# --- colours


def colours(data: Path, seeds: int) -> str:
    """Perplexity a character: the colour seen, and another row's colour in its place."""
    with (data / "color_names" / "colornames.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["name"], row["hex"]) for row in csv.DictReader(file)]
    features = np.array(
        [[int(code[start : start + 2], 16) for start in (1, 3, 5)] for _, code in rows], np.float32
    )
    whole = data_set(features, [name for name, _ in rows], DIGITS.text)
    train, valid, test = split(whole, [0.9, 0.05, 0.05], seed=1, duplicates="keep")
    shuffled = np.random.default_rng(1).permutation(len(whole))
    names = whole.target_texts
    blind = SequenceDataset(features[shuffled], whole.targets, target_texts=names).select(test.rows)
    found: list[tuple[float, float]] = []
    for seed in range(1, seeds + 1):
        recipe = COLOURS.replace(seed=seed)
        model = Captioner.for_dataset(train, recipe)
        fit(model, train, valid, recipe)
        found.append((model.evaluate(test)["perplexity"], model.evaluate(blind)["perplexity"]))
    seen, unseen = (statistics.mean(values) for values in zip(*found, strict=True))
    shades = np.array([[220, 20, 30], [20, 40, 160], [240, 230, 140]], np.float32)
    said = ", ".join(answer.text for answer in model.predict(shades))
    return "\n".join(
        [
            "colour names, perplexity a character on unseen names",
            f"  the colour seen {seen:.3f}   another colour in its place {unseen:.3f}",
            f"  a red, a blue, a yellow are called: {said}",
        ]
    )


# --- restaurants


def restaurants(data: Path, seeds: int) -> str:
    """E2E NLG: slots as 0/1 features, the name and the near place left out of the text."""
    train_rows, test_rows = (_slots(data, name) for name in ("devset", "testset_w_refs"))
    values = sorted({value for slots, _ in train_rows for value in slots})
    place = {value: column for column, value in enumerate(values)}

    def features(rows: list[tuple[list[str], str]]) -> Features:
        matrix = np.zeros((len(rows), len(values)), np.float32)
        for row, (slots, _) in enumerate(rows):
            matrix[row, [place[value] for value in slots if value in place]] = 1
        return matrix

    config = E2E.text
    whole = data_set(features(train_rows), [text for _, text in train_rows], config)
    train, valid = split(whole, [0.9, 0.1], seed=1)
    references: dict[tuple[str, ...], list[str]] = {}
    for slots, text in test_rows:
        references.setdefault(tuple(slots), []).append(text)
    inputs = features([(list(slots), "") for slots in references])
    said: list[list[str]] = []
    for seed in range(1, seeds + 1):
        recipe = E2E.replace(seed=seed)
        model = Captioner.for_dataset(train, recipe)
        fit(model, train, valid, recipe)
        said.append([answer.text for answer in model.predict(inputs)])
    import sacrebleu

    most = max(map(len, references.values()))
    cut = [[model.text_of(encode_lines([t], config, vocab=whole.target_vocab).ids) for t in texts]
           for texts in references.values()]  # fmt: skip
    streams = [[texts[n] if n < len(texts) else "" for texts in cut] for n in range(most)]
    metric: Any = sacrebleu.metrics.BLEU(force=True)
    scores = [metric.corpus_score(answers, streams).score for answers in said]
    spread = f" +-{statistics.stdev(scores):.1f}" if seeds > 1 else ""
    lengths = Counter(len(texts) for texts in references.values())
    return "\n".join(
        [
            f"E2E NLG, trained on {len(train):,} texts of its development part; {len(inputs)} test "
            f"inputs with {min(lengths)}..{max(lengths)} references",
            f"  BLEU {statistics.mean(scores):.1f}{spread}   {metric.get_signature()}",
            f"  for example: {said[-1][0]}",
        ]
    )


def _slots(data: Path, name: str) -> list[tuple[list[str], str]]:
    """The slots of each row without those whose values are copied, and its text without these."""
    packed = (data / "e2e_nlg" / f"{name}.csv.gz").read_bytes()
    rows = []
    for row in csv.DictReader(io.StringIO(gzip.decompress(packed).decode("utf-8"))):
        slots, text = [], row["ref"]
        for slot in row["mr"].split(", "):
            kind, _, value = slot.rstrip("]").partition("[")
            if kind in ("name", "near"):
                text = text.replace(value, f"x{kind}")
                value = "given"
            slots.append(f"{kind}={value}")
        rows.append((slots, text))
    return rows


def run(data: Path, seeds: int) -> str:
    """The three tables."""
    return "\n\n".join(part(data, seeds) for part in (spelled, colours, restaurants))


def main() -> None:
    """Parse the options and show the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path, help="the folder of real data")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    print(run(options.data, options.seeds))


if __name__ == "__main__":
    main()
