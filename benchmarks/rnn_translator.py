"""How well does the encoder-decoder with attention translate, and how long does it learn?

In: the folder of real data (Multi30k). Out: BLEU and chrF of the Flickr 2016 test set, cased and
detokenized, by sacrebleu with its signature; greedy and beam search, German to English and back;
beside what is published for models of this kind.

    python benchmarks/rnn_translator.py DATA [--epochs 12] [--only de-en en-de]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from textseq.config import find_recipe
from textseq.rnn.data.dataset import Prepare
from textseq.rnn.data.pairs import as_in, read_pairs
from textseq.rnn.models.text_generator import judged
from textseq.rnn.models.translator import Translator
from textseq.rnn.training.fit import fit
from textseq.text.reading.corpus import read_lines

RECIPE = find_recipe("translator", "multi30k")
EPOCHS = RECIPE.training.epochs
# Tokenized, lowercased or by other scripts in part: near, not the same measure.
PUBLISHED = {
    "de-en": "published: GRU 20.6, GRU + attention 28.3, subwords + attention 33.5",
    "en-de": "published: conditional GRU about 38",
}


class Result(NamedTuple):
    """Of one training: scores of greedy and beam search, seconds of training and of translating."""

    greedy: float
    beam: float
    chrf: float
    train: float
    epochs: int
    translate: float
    signature: str


def one_run(data: Path, source: str, target: str, seed: int, epochs: int = EPOCHS) -> Result:
    """Train once and translate the test set."""
    folder, recipe = data / "multi30k_en_de", RECIPE.replace(epochs=epochs, seed=seed)

    def files(part: str) -> list[str]:
        return [str(folder / f"{part}.{language}.gz") for language in (source, target)]

    train = read_pairs(files("train"), Prepare(config=recipe.text), shared=recipe.options.shared)
    valid = read_pairs(files("val"), as_in(train))
    model = Translator.for_dataset(train, recipe)
    start = time.monotonic()
    history = fit(model, train, valid, recipe)
    seconds = time.monotonic() - start
    sources, references = (
        list(read_lines(file, recipe.text)) for file in files("test_2016_flickr")
    )
    greedy = judged([each.text for each in model.predict(sources, beam=1)], references)
    start = time.monotonic()
    texts = [each.text for each in model.predict(sources, beam=5)]
    took = time.monotonic() - start
    found = judged(texts, references)
    return Result(
        greedy.bleu.score, found.bleu.score, found.chrf.score,
        seconds, len(history.epochs), took, found.bleu.signature,
    )  # fmt: skip


def run(
    data: Path, seeds: int, directions: Sequence[str] = ("de-en",), epochs: int = EPOCHS
) -> str:
    """The table; each row the mean of the seeds."""
    network = RECIPE.network
    lines = [
        f"Multi30k, Flickr 2016 test, 1,000 sentences; {network.cell} of {network.hidden}, shared "
        f"BPE of {RECIPE.text.subword_vocab}; seeds: {seeds}",
        "",
        "direction  BLEU greedy  BLEU beam 5  chrF beam 5  epochs  s an epoch  beam 5, sentences/s",
    ]
    for direction in directions:
        pair = direction.split("-")
        results = [one_run(data, *pair, seed, epochs) for seed in range(1, seeds + 1)]
        mean = [statistics.mean(values) for values in zip(*(r[:6] for r in results), strict=True)]
        greedy, beam, chrf, seconds, n_epochs, took = mean
        lines.append(
            f"{direction:<9}  {greedy:>11.1f}  {beam:>11.1f}  {chrf:>11.1f}  {n_epochs:>6.0f}  "
            f"{seconds / n_epochs:>10.0f}  {1000 / took:>19.0f}"
        )
        if seeds > 1:
            greedy, beam, chrf = (statistics.stdev(r[n] for r in results) for n in range(3))
            lines.append(f"{'+-':<9}  {greedy:>11.1f}  {beam:>11.1f}  {chrf:>11.1f}")
        lines += [f"           {PUBLISHED[direction]}", f"           {results[0].signature}"]
    return "\n".join(lines)


def main() -> None:
    """Parse the options and show the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path, help="the folder of real data")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--only", nargs="+", choices=PUBLISHED, default=["de-en"])
    options = parser.parse_args()
    print(run(options.data, options.seeds, options.only, options.epochs))


if __name__ == "__main__":
    main()
