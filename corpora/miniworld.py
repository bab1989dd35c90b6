"""Write the bundled corpora and their answer sheets, or check that they are what this writes.

    python corpora/miniworld.py            writes the files beside this one
    python corpora/miniworld.py --check    exit 1 if a file beside it is missing or differs

In: nothing but a seed and a size. Out: miniworld.txt.gz (English), miniworld-ko.txt.gz (Korean),
and beside each its analogies and neighbours, for English also rated pairs. One sentence a line,
words separated by spaces. The standard library is all it needs; the sentences come from
`miniworld_en.py` and `miniworld_ko.py`, whose words are tables. It trains and scores nothing.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator

import miniworld_en
import miniworld_ko
import miniworld_truth as truth
from miniworld_grammar import Dice
from shipping import write_or_check

SEED = 1
ENGLISH_TOKENS, KOREAN_TOKENS = 1_000_000, 200_000
ENGLISH_MIN_COUNT, KOREAN_MIN_COUNT = 50, 30  # of a word on an answer sheet
COMPANY_MIN_COUNT = 5  # of a word in a neighbour set: the usual min_count of training


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


def main(arguments: list[str] | None = None) -> int:
    return write_or_check(make, "miniworld.py", arguments)


if __name__ == "__main__":
    sys.exit(main())
