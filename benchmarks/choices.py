"""Why these defaults? Tiles, learning rates and negatives, each with its speed and quality.

In: a text file and evaluation files. Out: a line for each choice. A tile of T centers shares K
noise words; T=1 with as many noise words as negatives is word2vec's own form, one window at a time.
Two parts: `shapes` are tiles and learning rates for 5 negatives; `negatives` are 5 to 32 negatives,
and 5 without subsampling, each with the tile that follows from them, beside T=1 and beside gensim
at its usual rates (0.025, CBOW 0.05; with the first seed only, since it takes long), all on lines
of 1,000 words, which gensim does not cut.

    python benchmarks/choices.py CORPUS --pairs WS353 MEN --analogies FILE --seeds 1 2
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import quality
import report
from word2vec import SETTINGS, Trainer, cut_lines, gensim_trainer, textseq_trainer

from textseq.config import Mode, TextConfig, Word2VecConfig
from textseq.text.encode import encode_files
from textseq.text.encoded import EncodedCorpus
from textseq.word2vec.objectives import OBJECTIVES, choose_lr
from textseq.word2vec.sampling import Sampler
from textseq.word2vec.tile import Tile
from textseq.word2vec.train import train_word2vec

EXACT, CLASSIC = dict(OBJECTIVES["exact cbow"].options), dict(OBJECTIVES["cbow"].options)
SHAPES = [(1, 5), (6, 16), (14, 16), (14, 32), (22, 32), (22, 48)]
CBOW_SHAPES = [(1, 5), (8, 16), (8, 32), (16, 32), (8, 48)]
CHOICES: dict[str, list[dict[str, Any]]] = {
    "shapes": [
        *({"tile": t, "tile_negatives": k} for t, k in SHAPES),
        *(CLASSIC | {"tile": t, "tile_negatives": k} for t, k in CBOW_SHAPES),
        *({"lr": lr} for lr in (0.0125, 0.025, 0.035, 0.05)),
        *(CLASSIC | {"lr": lr} for lr in (0.025, 0.05, 0.07, 0.1)),
        *(EXACT | {"lr": lr} for lr in (0.07, 0.15, 0.2, 0.3)),
        EXACT | {"tile_negatives": 64},
    ],
    "negatives": [
        {"mode": mode} | more
        for mode in get_args(Mode)
        for more in (*({"negatives": n} for n in (5, 10, 20, 32)), {"subsample": 0.0})
    ],
}
RESULTS = {"shapes": "choices.txt", "negatives": "choices-negatives.txt"}
GENSIM_RATES = {"skipgram": 0.025, "cbow": 0.05}


class Row(NamedTuple):
    """A system with its options."""

    name: str
    trainer: Trainer
    once: bool = False  # with the first seed only


def rows(
    part: str,
    modes: Sequence[Mode],
    corpus: EncodedCorpus,
    lines: Path,
    epochs: int,
    threads: int,
    *,
    peer: bool,
    chosen: Sequence[int] = (),
) -> Iterator[Row]:
    """All systems of a part, or the chosen ones, those to be compared one after the other."""

    def ours(choice: dict[str, Any]) -> Row:
        return Row(described(corpus, choice), textseq_trainer(corpus, epochs, threads, **choice))

    for number, choice in enumerate(CHOICES[part]):
        if choice.get("mode", "skipgram") not in modes or (chosen and number not in chosen):
            continue
        yield ours(choice)
        if part == "negatives":
            yield ours(choice | {"tile": 1})
            if peer:
                mode, lr = choice["mode"], GENSIM_RATES[choice["mode"]]
                given = {"negatives": 5, "subsample": 1e-4} | choice
                del given["mode"]
                trainer = gensim_trainer(
                    lines, corpus.n_tokens, epochs, threads, mode, lr, **given
                )  # fmt: skip
                yield Row(line_of(f"{mode} (gensim)", given, "", "", lr), trainer, once=True)


def described(corpus: EncodedCorpus, choice: dict[str, Any]) -> str:
    """The options that differ, and the tile that follows from them."""
    config = Word2VecConfig(**SETTINGS | choice)
    sampler = Sampler.from_counts(corpus.vocab.counts, len(corpus.vocab.specials), config)
    tile = Tile.choose(config, sampler)
    mode = config.mode if config.mode == "skipgram" else f"cbow {config.cbow_gradient}"
    given = {"negatives": config.negatives, "subsample": config.subsample}
    return line_of(mode, given, tile.centers, tile.negatives, choose_lr(config))


def line_of(mode: str, given: dict[str, Any], centers: object, noise: object, lr: object) -> str:
    return f"{mode:18}{given['negatives']:>4}{given['subsample']:>8}{centers:>4}{noise:>5}{lr:>8}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Tiles, learning rates and negatives.")
    quality.add_options(parser)
    parser.add_argument("--part", choices=list(CHOICES), default="negatives")
    parser.add_argument("--modes", nargs="+", choices=get_args(Mode), default=get_args(Mode))
    parser.add_argument("--choices", nargs="+", type=int, default=(), help="by number from 0")
    parser.add_argument("--no-gensim", action="store_true", help="leave gensim out")
    report.add_write_option(parser, " or ".join(RESULTS.values()))
    options = parser.parse_args()
    report.require_green("tests/word2vec/test_kernels.py", "tests/word2vec/test_tile.py")
    judge = quality.Quality(options.pairs, options.analogies)
    columns = "".join(f"{name:>20}" for name in judge.names)
    packages = ["numpy", "numba"] if options.no_gensim else ["numpy", "numba", "gensim"]
    lines = [report.head(packages), ""]
    lines += [line_of("mode", {"negatives": "neg", "subsample": "sub"}, "T", "K", "lr")]
    lines[-1] += f"{'words/s':>12}{columns}"
    with tempfile.TemporaryDirectory() as folder:
        cut = Path(folder) / "corpus.txt"
        cut_lines(options.corpus, cut)
        corpus = encode_files(cut, TextConfig(clean=()), Path(folder) / "encoded")
        train_word2vec(corpus, Word2VecConfig(epochs=1))  # compiles, warms
        given = options.epochs, options.threads
        for name, train, once in rows(
            options.part, options.modes, corpus, cut, *given, peer=not options.no_gensim,
            chosen=options.choices,
        ):  # fmt: skip
            runs = [train(seed) for seed in options.seeds[: 1 if once else None]]
            speed = statistics.median(speed for speed, _ in runs)
            scores = zip(*(judge.score(vectors) for _, vectors in runs if vectors), strict=True)
            cells = "".join(
                f"{statistics.mean(each):>11.3f} +-{statistics.pstdev(each):5.3f} "
                for each in scores
            )
            lines.append(f"{name}{speed:12,.0f}{cells}")
            print(lines[-1], flush=True)
    report.publish("\n".join(lines), RESULTS[options.part], write=options.write)


if __name__ == "__main__":
    main()
