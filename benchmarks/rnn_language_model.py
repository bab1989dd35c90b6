"""How well does a small recurrent language model predict English characters and words?

In: the folder of real data (tinyshakespeare, wikitext-2 without its training part). Out: a table of
perplexities, on text that follows the training text. No peer trains on so little of wikitext-2, so
beside the words stands an interpolated Kneser-Ney trigram model of the same tokens, from this file.

    python benchmarks/rnn_language_model.py DATA [--seeds 3]
"""

from __future__ import annotations

import argparse
import gzip
import math
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from textseq.config import Recipe, find_recipe
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.language_data import cut, stream_of
from textseq.rnn.models.language_model import LanguageModel
from textseq.rnn.training.fit import fit
from textseq.text.encode import encode_lines

SHAKESPEARE = find_recipe("language-model", "tinyshakespeare")
WIKITEXT = find_recipe("language-model", "wikitext2")


def lines_of(path: Path) -> list[str]:
    """The lines of a packed file."""
    text = gzip.decompress(path.read_bytes()).decode("utf-8")
    return text.removesuffix("\n").split("\n")


def shakespeare(data: Path) -> tuple[Examples, Examples]:
    """The first 90 % of the characters, and the rest."""
    corpus = encode_lines(lines_of(data / "lm_small/tinyshakespeare.txt.gz"), SHAKESPEARE.text)
    return cut(stream_of(corpus), 0.1)


def wikitext(data: Path) -> tuple[Examples, Examples]:
    """wikitext-2's test part to learn from, its validation part to predict."""
    train, valid = (
        lines_of(data / f"lm_small/wikitext-2.{part}.txt.gz") for part in ("test", "valid")
    )
    first = stream_of(encode_lines(train, WIKITEXT.text))
    return first, Examples(encode_lines(valid, first.text_config, vocab=first.vocab))


def kneser_ney(train: Examples, valid: Examples, discount: float = 0.75) -> float:
    """The perplexity of an interpolated Kneser-Ney trigram model of the same tokens."""
    trigrams = Counter(threes(train))
    pairs: Counter[tuple[int, int]] = Counter()  # before how many kinds of words a pair stands
    for _, b, c in trigrams:
        pairs[b, c] += 1
    words: Counter[int] = Counter()
    for _, c in pairs:
        words[c] += 1
    after3: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for (a, b, _), count in trigrams.items():
        after3[a, b][0] += count
        after3[a, b][1] += 1
    after2: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for (b, _), count in pairs.items():
        after2[b][0] += count
        after2[b][1] += 1
    n_words, n_kinds = words.total(), len(train.vocab)

    def share(a: int, b: int, c: int) -> float:
        value = max(words[c] - discount, 0) / n_words + discount * len(words) / n_words / n_kinds
        if b in after2:
            total, kinds = after2[b]
            value = (max(pairs[b, c] - discount, 0) + discount * kinds * value) / total
        if (a, b) in after3:
            total, kinds = after3[a, b]
            value = (max(trigrams[a, b, c] - discount, 0) + discount * kinds * value) / total
        return value

    return math.exp(-statistics.fmean(math.log(share(*three)) for three in threes(valid)))


def threes(part: Examples) -> Iterator[tuple[int, int, int]]:
    """Each three neighbours of a corpus as one stream, line ends among them."""
    eos_id = part.vocab.eos_id
    assert eos_id is not None
    stream = [word_id for line in part.inputs for word_id in (*line.tolist(), eos_id)]
    return zip(stream, stream[1:], stream[2:], strict=False)


def trained(
    train: Examples, valid: Examples, recipe: Recipe[Any]
) -> tuple[dict[str, float], float, float]:
    """Scores of the best epoch, seconds of training, tokens a second."""
    model = LanguageModel.for_dataset(train, recipe)
    start = time.perf_counter()
    history = fit(model, train, valid, recipe)
    seconds = time.perf_counter() - start
    rate = sum(each["items"] for each in history.epochs) / sum(
        each["seconds"] for each in history.epochs
    )
    return history.best_scores, seconds, rate


def run(data: Path, seeds: int) -> str:
    """The table; each row the mean of the seeds."""
    rows = [
        "text            model                      perplexity       bits/char   seconds  tokens/s"
    ]

    def row(text: str, model: str, scores: list[dict[str, float]], more: str = "") -> None:
        found = [each["perplexity"] for each in scores]
        spread = f" ±{statistics.stdev(found):.2f}" if len(found) > 1 else ""
        bits = [each["bits_per_char"] for each in scores if "bits_per_char" in each]
        shown = f"{statistics.fmean(bits):.3f}" if bits else "-"
        rows.append(
            f"{text:<15} {model:<26} {statistics.fmean(found):>8.2f}{spread:<8} {shown:>9} {more}"
        )

    jobs = (
        ("tinyshakespeare", "LSTM 256, characters", shakespeare, SHAKESPEARE),
        ("wikitext-2 test", "LSTM 200, words, tied", wikitext, WIKITEXT),
    )
    for text, name, read, recipe in jobs:
        train, valid = read(data)
        results = [trained(train, valid, recipe.replace(seed=seed)) for seed in range(1, seeds + 1)]
        seconds = statistics.fmean(each[1] for each in results)
        rate = statistics.fmean(each[2] for each in results)
        row(text, name, [each[0] for each in results], f"{seconds:>9.0f} {rate:>9,.0f}")
        if read is wikitext:
            row(text, "Kneser-Ney trigrams", [{"perplexity": kneser_ney(train, valid)}])
            unknown = results[0][0]["unknown"]
            rows.append(f"  {len(train.vocab):,} words; {unknown:.1%} of the tokens are <unk>")
    rows.append("perplexity is per token, line ends included; tokenizers: char, whitespace")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    given = parser.parse_args()
    print(run(given.data, given.seeds))


if __name__ == "__main__":
    main()
