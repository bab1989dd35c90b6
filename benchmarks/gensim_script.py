"""A script as people write them for gensim: train, ask, evaluate, save, load.

In: a text of one sentence a line, rated pairs, analogies. Out: the seconds of each step, by the
clock and of all threads together, and scores, as JSON. compat_gensim.py runs it as it is, and with
another import line.

    python benchmarks/gensim_script.py CORPUS PAIRS ANALOGIES FOLDER --sg 1
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

BEGAN, BEGAN_CPU = time.perf_counter(), time.process_time()

from gensim.models import KeyedVectors, Phrases, Word2Vec  # noqa: E402

seconds = {"import": (time.perf_counter() - BEGAN, time.process_time() - BEGAN_CPU)}


@contextmanager
def timed(step: str) -> Iterator[None]:
    """Add a step to the seconds."""
    start, start_cpu = time.perf_counter(), time.process_time()
    yield
    seconds[step] = (time.perf_counter() - start, time.process_time() - start_cpu)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus")
    parser.add_argument("pairs")
    parser.add_argument("analogies")
    parser.add_argument("folder", help="where to save")
    parser.add_argument("--sg", type=int, default=0, help="1: skip-gram, 0: CBOW")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()

    with open(options.corpus, encoding="utf-8") as file:
        sentences = [line.split() for line in file]

    with timed("phrases"):
        phrases = Phrases(sentences[:20_000], min_count=10, threshold=20).freeze()
        joined = [phrases[sentence] for sentence in sentences[:2_000]]

    with timed("train"):
        model = Word2Vec(
            sentences, vector_size=100, window=5, min_count=5, sg=options.sg, negative=5,
            sample=1e-4, workers=options.workers, epochs=options.epochs, seed=options.seed,
            compute_loss=True,
        )  # fmt: skip

    wv = model.wv
    asked = wv.index_to_key[:1000]
    with timed("most_similar, 1,000 words"):
        nearest = [wv.most_similar(word, topn=10) for word in asked]
    with timed("most_similar, 1,000 analogies"):
        for a, b, c in zip(asked, asked[1:], asked[2:], strict=False):
            wv.most_similar(positive=[b, c], negative=[a], topn=1)

    with timed("evaluate_word_pairs"):
        _, spearman, unknown = wv.evaluate_word_pairs(options.pairs)
    with timed("evaluate_word_analogies"):
        accuracy, _ = wv.evaluate_word_analogies(options.analogies, restrict_vocab=10_000)

    with timed("save and load the model"):
        model.save(f"{options.folder}/model")
        model = Word2Vec.load(f"{options.folder}/model")
    with timed("save and load binary"):
        wv.save_word2vec_format(f"{options.folder}/vectors.bin", binary=True)
        KeyedVectors.load_word2vec_format(f"{options.folder}/vectors.bin", binary=True)
    with timed("save and load text"):
        wv.save_word2vec_format(f"{options.folder}/vectors.txt")
        loaded = KeyedVectors.load_word2vec_format(f"{options.folder}/vectors.txt")
    assert loaded.index_to_key == wv.index_to_key
    assert len(model.wv) == len(wv)

    seconds["all"] = (time.perf_counter() - BEGAN, time.process_time() - BEGAN_CPU)
    print(
        json.dumps({
            "words": model.corpus_total_words,
            "vocabulary": len(wv),
            "seconds": seconds,
            "spearman": float(spearman[0]),
            "unknown": unknown,
            "analogies": accuracy,
            "loss": model.get_latest_training_loss(),
            "phrases": sum(map(len, joined)),
            "nearest": nearest[asked.index("king")] if "king" in asked else [],
        })
    )  # fmt: skip


if __name__ == "__main__":
    main()
