"""Write the bundled corpora and their answer sheets, or check that they are what this writes.

    python corpora/miniworld.py            writes the files beside this one
    python corpora/miniworld.py --check    exit 1 if a file beside it is missing or differs

In: nothing but a seed and a size. Out: miniworld.txt.gz (English), miniworld-ko.txt.gz (Korean),
and beside each its analogies and neighbours, for English also rated pairs. One sentence a line,
words separated by spaces. The standard library is all it needs; the sentences come from
`miniworld_en.py` and `miniworld_ko.py`, whose words are tables. It trains and scores nothing.
"""

import argparse
import gzip
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import miniworld_en
import miniworld_ko
import miniworld_truth as truth
from miniworld_grammar import Dice

SEED = 1
ENGLISH_TOKENS, KOREAN_TOKENS = 1_000_000, 200_000
ENGLISH_MIN_COUNT, KOREAN_MIN_COUNT = 50, 30  # of a word on an answer sheet
COMPANY_MIN_COUNT = 5  # of a word in a neighbour set: the usual min_count of training


def compress(text: str) -> bytes:
    """gzip without a time or a file name, so that the same text is the same file."""
    buffer = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=buffer, mtime=0) as file:
        file.write(text.encode())
    return buffer.getvalue()


def text_of(
    generate: Callable[[int, int], Iterator[str]], n_tokens: int, seed: int
) -> tuple[str, Counter[str]]:
    sentences = list(generate(n_tokens, seed))
    return "\n".join(sentences) + "\n", Counter(" ".join(sentences).split())


def make(
    seed: int = SEED, n_english: int = ENGLISH_TOKENS, n_korean: int = KOREAN_TOKENS
) -> dict[str, str]:
    """File name -> text, the corpora uncompressed under their .gz names."""
    english, counts = text_of(miniworld_en.generate, n_english, seed)
    korean, counts_ko = text_of(miniworld_ko.generate, n_korean, seed)
    dice = Dice(seed)
    return {
        "miniworld.txt.gz": english,
        "miniworld.analogies.txt": truth.analogies(
            truth.analogy_pairs(), counts, ENGLISH_MIN_COUNT, dice
        ),
        "miniworld.pairs.tsv": truth.rated_pairs(counts, ENGLISH_MIN_COUNT, dice),
        "miniworld.neighbours.tsv": truth.neighbours_table(
            truth.neighbours(), counts, COMPANY_MIN_COUNT
        ),
        "miniworld-ko.txt.gz": korean,
        "miniworld-ko.analogies.txt": truth.analogies(
            miniworld_ko.analogy_pairs(), counts_ko, KOREAN_MIN_COUNT, dice
        ),
        "miniworld-ko.neighbours.tsv": truth.neighbours_table(
            miniworld_ko.neighbours(), counts_ko, COMPANY_MIN_COUNT
        ),
    }


def shipped(path: Path) -> str | None:
    """The text of a shipped file, None where there is none."""
    if not path.is_file():
        return None
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write or check the miniworld corpora.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder")
    options = parser.parse_args(arguments)
    # Texts are compared, not compressed bytes: another zlib may pack the same text differently.
    texts = make()
    stale = [name for name, text in texts.items() if shipped(options.out / name) != text]
    if options.check:
        for name in stale:
            print(f"{name} is not what the generator makes; run: python corpora/miniworld.py")
        return 1 if stale else 0
    for name in stale:
        data = compress(texts[name]) if name.endswith(".gz") else texts[name].encode()
        (options.out / name).write_bytes(data)
    for name, text in texts.items():
        size = (options.out / name).stat().st_size
        words = text.split()
        detail = f"{len(words):,} tokens, {len(set(words)):,} types" if ".gz" in name else ""
        print(f"{name:28} {size:>9,} bytes  {text.count(chr(10)):>7,} lines  {detail}".rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
