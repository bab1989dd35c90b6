"""What does the way from raw text to padded batches cost? Ours beside what people use for it.

In: a folder of raw text, and texts with labels for the padding. Out: five tables: text to ids,
subwords, memory, look-ups, padding. Times are medians of rounds in turn (A B A B ...). Every system
reads files and ends with arrays of ids on disk, ours with a whole folder. The tests run first.

    python benchmarks/text.py CORPUS [--texts nsmc_train.tsv.gz:document sst2.tsv:0] [--write]
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import report
import text_parts

TESTS = ("tests/text/scan", "tests/text/test_encode.py", "tests/text/tokens/test_tokenizer.py")
SHARE_BYTES = 1 << 24  # of the corpus, for what would take too long on all of it
SUBWORDS = 8000

PEAK = """
import json, resource, sys
from pathlib import Path
from textseq import TextConfig, encode_files
if __name__ == "__main__":
    config = TextConfig.from_json(json.loads(sys.argv[1]))
    encode_files(sys.argv[2:], config, "out", overwrite=True)
    own = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
    print(own // 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def in_turn(runs: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The median seconds of each, after a first round that compiles and fills the caches."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            if number:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}


# --- 1. cleaning, words, ids


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a plain file."""
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from file


def by_hand(path: Path) -> None:
    """A loop in Python, as in the tutorials: NFC, lower case, a regular expression, a Counter."""
    cut = re.compile(r"\w+(?:['.,]\w+)*|[^\w\s]")
    token_lists = [
        cut.findall(unicodedata.normalize("NFC", line).lower()) for line in lines_of(path)
    ]
    counts = Counter(token for tokens in token_lists for token in tokens)
    kept = [token for token, n in counts.most_common() if n >= 5]
    ids = {token: number for number, token in enumerate(["<pad>", "<unk>", *kept])}
    flat = [ids.get(token, 1) for tokens in token_lists for token in tokens]
    np.save("by-hand.npy", np.array(flat, np.int32))


def by_gensim(path: Path) -> None:
    """gensim's tokenize (letters only) and Dictionary."""
    from gensim.corpora import Dictionary
    from gensim.utils import tokenize

    token_lists = [list(tokenize(line, lower=True)) for line in lines_of(path)]
    dictionary = Dictionary(token_lists, prune_at=None)
    dictionary.filter_extremes(no_below=5, no_above=1.0, keep_n=None)
    flat = [number for tokens in token_lists for number in dictionary.doc2idx(tokens)]
    np.save("gensim.npy", np.array(flat, np.int32))


def by_tokenizers(path: Path) -> None:
    """tokenizers: NFC, lower case, Whitespace (words and runs of signs), WordLevel, all cores."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(
        vocab_size=10**7, min_frequency=5, special_tokens=["<pad>", "<unk>"], show_progress=False
    )
    tokenizer.train_from_iterator(lines_of(path), trainer)
    save_encoded(tokenizer, path, "tokenizers.npy")


def save_encoded(tokenizer: Any, path: Path, name: str) -> None:
    """Encode the lines in batches, on all cores, and save the ids."""
    parts, lines = [], list(lines_of(path))
    for start in range(0, len(lines), 2048):
        encoded = tokenizer.encode_batch_fast(lines[start : start + 2048], add_special_tokens=False)
        parts.append(np.concatenate([np.array(each.ids, np.int32) for each in encoded]))
    np.save(name, np.concatenate(parts))


def words(corpus: Path, share: Path, rounds: int) -> str:
    """The first table."""
    from textseq import TextConfig, encode_files

    plain = TextConfig(tokenizer="word", lowercase=True)
    light = plain.replace(clean=("nfc", "control", "quotes", "dashes", "mask-urls"))
    heavy = plain.replace(clean=("html", *light.clean))
    wiki = plain.replace(clean=("mojibake", "html", "wiki", *light.clean))

    def ours(path: Path, config: Any) -> Callable[[], Any]:
        return lambda: encode_files(path, config, "ours", overwrite=True)

    runs = {
        "textseq: nfc, control, lower case": (corpus, ours(corpus, plain)),
        "textseq: + quotes, dashes, mask-urls": (corpus, ours(corpus, light)),
        "textseq: + html": (corpus, ours(corpus, heavy)),
        "textseq: nfc, control, lower case; share": (share, ours(share, plain)),
        "textseq: + html; share": (share, ours(share, heavy)),
        "textseq: + html, mojibake, wiki; share": (share, ours(share, wiki)),
        "Python by hand: nfc, lower case; share": (share, lambda: by_hand(share)),
        "tokenizers: nfc, lower case; share": (share, lambda: by_tokenizers(share)),
        "gensim: lower case; share": (share, lambda: by_gensim(share)),
    }
    n_words = {path: len(path.read_bytes().split()) for path in (corpus, share)}
    medians = in_turn({name: run for name, (_, run) in runs.items()}, rounds)
    lines = [f"{'text to ids, with the word tokenizer':46}{'seconds':>9}{'M words/s':>11}"]
    for name, median in medians.items():
        rate = n_words[runs[name][0]] / median / 1e6
        lines.append(f"{name:46}{median:9.2f}{rate:11.2f}")
    lines.append(
        f"words are what stands between white space: {n_words[corpus]:,}; share: "
        f"{n_words[share]:,} ({share.stat().st_size / 1e6:.0f} MB)"
    )
    return "\n".join(lines)


# --- 2. subwords


def subwords(share: Path, rounds: int) -> str:
    """The second table: the same tokenizer.json, by us and by tokenizers used by hand."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    from textseq import TextConfig, encode_files
    from textseq.text.encode import train_tokenizer

    base = TextConfig(clean=(), subword_vocab=SUBWORDS)
    trained = train_tokenizer(share, base.replace(tokenizer="bpe"), "bpe.json")
    theirs = Tokenizer(models.BPE())
    theirs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    theirs.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=SUBWORDS, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    theirs.train([str(share)], trainer)
    theirs.save("gpt2.json")
    gpt2 = base.replace(tokenizer="json", tokenizer_file="gpt2.json")

    def hand(file: str) -> Callable[[], None]:
        return lambda: save_encoded(Tokenizer.from_file(file), share, "hand.npy")

    runs: dict[str, Callable[[], Any]] = {
        "bpe of textseq, encode_files": lambda: encode_files(share, trained, "o", overwrite=True),
        "bpe of textseq, tokenizers by hand": hand("bpe.json"),
        "byte-level as GPT-2, encode_files": lambda: encode_files(share, gpt2, "o", overwrite=True),
        "byte-level as GPT-2, tokenizers by hand": hand("gpt2.json"),
    }
    medians = in_turn(runs, rounds)
    megabytes = share.stat().st_size / 1e6
    lines = [f"{f'subwords, vocabulary {SUBWORDS:,}; share':46}{'seconds':>9}{'MB/s':>11}"]
    for name, median in medians.items():
        lines.append(f"{name:46}{median:9.2f}{megabytes / median:11.1f}")
    one, its_hand, other, other_hand = medians.values()
    lines.append(f"times as fast as by hand: {its_hand / one:.2f} (bpe), {other_hand / other:.2f}")
    return "\n".join(lines)


# --- 3. memory


def memory(corpus: Path) -> str:
    """The third table: peaks of whole processes on the corpus once and four times."""
    jobs = {
        "whitespace": {"tokenizer": "whitespace"},
        "word, lower case, html": {"tokenizer": "word", "lowercase": True, "clean": ["html"]},
        "char": {"tokenizer": "char"},
        "bpe, trained on a sample of 10 MB": {"tokenizer": "bpe", "subword_sample": 10},
    }
    lines = [f"{'peak of a whole process, MiB':46}{'1 x':>9}{'4 x':>11}{'  workers':>10}"]
    for name, options in jobs.items():
        peaks = []
        for times in (1, 4):
            command = [sys.executable, "-c", PEAK, json.dumps(options), *[str(corpus)] * times]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            peaks.append([int(number) for number in done.stdout.split()])
        (once, _), (four, child) = peaks
        lines.append(f"{name:46}{once:9}{four:11}{child:10}")
    return "\n".join(lines)


def first_bytes(corpus: Path) -> Path:
    """The beginning of the corpus, up to the last line end in it."""
    share = Path("share.txt")
    with corpus.open("rb") as file:
        share.write_bytes(file.read(SHARE_BYTES).rpartition(b"\n")[0] + b"\n")
    return share.resolve()


def as_one_file(folder: Path) -> Path:
    """All files of the folder as one, unpacked, so that all systems can read it."""
    whole = Path("corpus.txt")
    files = sorted(folder.rglob("*.gz")) if folder.is_dir() else [folder]
    with whole.open("wb") as out:
        for path in files:
            data = path.read_bytes()
            out.write(gzip.decompress(data) if path.suffix == ".gz" else data)
    return whole.resolve()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--texts", nargs="*", default=[], metavar="FILE:COLUMN")
    parser.add_argument("--rounds", type=int, default=5)
    report.add_write_option(parser, "text.txt")
    options = parser.parse_args()
    report.require_green(*TESTS, "-m", "not slow")
    texts = [str(Path(text).resolve()) for text in options.texts]
    source = options.corpus.resolve()
    with tempfile.TemporaryDirectory() as folder, text_parts.inside(folder):
        corpus = as_one_file(source)
        share = first_bytes(corpus)
        tables = [
            words(corpus, share, options.rounds),
            subwords(share, options.rounds),
            memory(corpus),
            text_parts.lookups(share, options.rounds),
            *([text_parts.padding(texts)] if texts else []),
        ]
        size = f"{corpus.stat().st_size:,} bytes"
    head = report.head(["numpy", "numba", "tokenizers", "gensim", "torch", "pyarrow"])
    head += f"\ncorpus: {source.name}, {size}; medians of {options.rounds} rounds in turn"
    report.publish("\n\n".join([head, *tables]), "text.txt", write=options.write)


if __name__ == "__main__":
    main()
