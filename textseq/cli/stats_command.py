"""The command stats: how long the lines of a text are, before one decides where to cut them.

In: text, or one encoded folder. Out, on stdout: lines, tokens, vocabulary, the lengths with a
histogram, and what a fixed length would cut off and fill up. Text is encoded into a temporary
folder; the numbers are those of text/rows/lengths.py, here is only which are shown and how.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from textseq.cli.display import data, json_line, table
from textseq.cli.folders import is_ours
from textseq.cli.options import Json, Only, Quiet, TextFiles, bad, number_option
from textseq.cli.reading import (
    Threads,
    VocabFolder,
    check_options,
    inputs_of,
    reading,
    vocab_and_options,
)
from textseq.config import SUBWORD, PadConfig, TextConfig
from textseq.unfinished import temporary_folder

if TYPE_CHECKING:
    from textseq.text.encoded import EncodedCorpus
    from textseq.text.rows.lengths import Fit, LengthCounts

LENGTHS = (16, 32, 64, 128, 256, 512)
PERCENTILES = (90.0, 95.0, 99.0, 100.0)
BLOCKS = "▏▎▍▌▋▊▉█"  # eighths of a column
BAR = 40  # columns of the longest bar, at most
_LENGTHS_AT_ONCE = 1 << 20  # ids looked at in one step


def stats(
    files: TextFiles = None,
    *,
    text: TextConfig,
    pad: Annotated[PadConfig, Only("max_length", "percentile")],
    vocab: VocabFolder = None,
    bins: Annotated[int, number_option("Bars of the histogram.", low=1)] = 20,
    threads: Threads = 0,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show how long lines are, and what a fixed length costs.

    FILES is text as for `encode`, or one encoded folder.

    Examples:
      textseq stats reviews.txt --tokenizer word --min-count 2
      textseq stats ./textseq-corpus --max-length 100
    """
    from textseq.text.rows.lengths import LengthCounts

    with _encoded(inputs_of(files), text, vocab, threads, quiet=quiet) as (corpus, own_words):
        lengths = LengthCounts.between(corpus.offsets)
        words = _own_words(corpus, text) if own_words else _words(corpus)
        unit = corpus.text_config.unit
    fits = _fits(lengths, pad)
    bounds, counts = (part.tolist() for part in lengths.histogram(bins))
    if json:
        stats = asdict(lengths.stats())
        bars = zip(pairwise(bounds), counts, strict=True)
        json_line(
            {
                f"{unit}s": stats.pop("n"),
                "tokens": stats.pop("n_tokens"),
                **asdict(words),
                "length": stats,
                "histogram": [{"from": low, "to": high - 1, "n": n} for (low, high), n in bars],
                "fits": [{"percentile": share, **asdict(fit)} for share, fit in fits],
            }
        )
        return
    table(_summary(unit, words, lengths))
    data("")
    table(histogram(bounds, counts, unit), left=3)
    data("")
    table(_fit_rows(fits, unit), left=0)


@dataclass(frozen=True)
class Words:
    """The words of a text."""

    vocabulary: int  # without special tokens
    distinct: int | None  # before min_count and max_vocab; None: not known any more
    unknown: float | None  # the share of <unk> among the tokens; None: there is no <unk>


# --- counting


@contextmanager
def _encoded(
    inputs: list[str], text: TextConfig, vocab: Path | None, threads: int, *, quiet: bool
) -> Iterator[tuple[EncodedCorpus, bool]]:
    """The corpus, and whether its Vocab still has the words that min_count would drop."""
    from textseq.text.encode import encode_files
    from textseq.text.encoded import EncodedCorpus

    if len(inputs) == 1 and is_ours(inputs[0]):
        if text != TextConfig() or vocab is not None:
            raise bad(
                f"{inputs[0]} is encoded already; text options (--lowercase, --vocab ...) "
                "go to `textseq encode`"
            )
        corpus = EncodedCorpus.load(inputs[0])
        corpus.check_ids()
        yield corpus, False
        return
    given, text = vocab_and_options(vocab, text)
    check_options(text)
    own = given is None and text.tokenizer not in SUBWORD
    if own:  # with all words at hand, what the options would drop can be told
        text = text.replace(min_count=1, max_vocab=None)
    with temporary_folder() as folder:
        with reading("encode", quiet=quiet) as progress:
            corpus = encode_files(
                inputs, text, folder / "corpus", vocab=given, threads=threads,
                progress=progress,
            )  # fmt: skip
        yield corpus, own


def _own_words(corpus: EncodedCorpus, text: TextConfig) -> Words:
    """The words that are left by the options; the Vocab has all, by falling count."""
    counts = corpus.vocab.counts[len(corpus.vocab.specials) :]
    kept = counts[counts >= text.min_count][: text.max_vocab]
    specials = corpus.vocab.counts.sum() - counts.sum()  # <pad> and <unk> spelled out
    if corpus.vocab.unk_id is not None:
        specials -= corpus.vocab.counts[corpus.vocab.unk_id]
    known = int(kept.sum()) + int(specials)
    return Words(len(kept), len(counts), 1 - known / max(1, corpus.n_tokens))


def _words(corpus: EncodedCorpus) -> Words:
    """The words of ids that are what they are."""
    vocab, unknown = corpus.vocab, None
    if vocab.unk_id is not None:
        starts = range(0, corpus.n_tokens, _LENGTHS_AT_ONCE)
        n_unknown = sum(
            int((corpus.ids[start : start + _LENGTHS_AT_ONCE] == vocab.unk_id).sum())
            for start in starts
        )
        unknown = n_unknown / max(1, corpus.n_tokens)
    return Words(len(vocab) - len(vocab.specials), None, unknown)


def _fits(lengths: LengthCounts, pad: PadConfig) -> list[tuple[float | None, Fit]]:
    """What rows of round lengths cost, and of the lengths that most sequences do not exceed."""
    asked = () if pad.max_length is None else (pad.max_length,)
    fixed = [(None, lengths.fit(length)) for length in sorted({*LENGTHS, *asked})]
    shares = sorted({*PERCENTILES, pad.percentile})
    return [*fixed, *((share, lengths.fit(lengths.at(share))) for share in shares)]


# --- showing


def _summary(unit: str, words: Words, lengths: LengthCounts) -> list[tuple[str, str]]:
    stats = lengths.stats()
    rows = [(f"{unit}s", f"{stats.n:,}"), (f"empty {unit}s", f"{stats.empty:,}")]
    rows += [("tokens", f"{stats.n_tokens:,}"), ("vocabulary", f"{words.vocabulary:,}")]
    if words.distinct is not None:
        rows.append(("different words", f"{words.distinct:,}"))
    if words.unknown is not None:
        rows.append(("<unk>", percent(words.unknown)))
    rows += [("shortest", f"{stats.min:,}"), ("mean length", f"{stats.mean:,.1f}")]
    rows += [("median", f"{stats.median:,}"), ("longest", f"{stats.max:,}")]
    return rows


def histogram(bounds: Sequence[int], counts: Sequence[int], unit: str) -> list[list[str]]:
    """Rows of a table: lengths, how many have them, a bar."""
    labels = ["length", *(_range(low, high - 1) for low, high in pairwise(bounds))]
    numbers = [f"{unit}s", *(f"{n:,}" for n in counts)]
    label_width, number_width = max(map(len, labels)), max(map(len, numbers))
    columns = shutil.get_terminal_size().columns - label_width - number_width - 5
    bars = ["", *(bar(n, max(counts), max(1, min(BAR, columns))) for n in counts)]
    return [
        [label.rjust(label_width), number.rjust(number_width), drawn]
        for label, number, drawn in zip(labels, numbers, bars, strict=True)
    ]


def _range(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"


def bar(n: int, most: int, columns: int) -> str:
    """A bar of `columns` for `most`; what is not zero is seen."""
    eighths = max(round(8 * columns * n / most), 1) if n else 0
    whole, rest = divmod(eighths, 8)
    return BLOCKS[-1] * whole + (BLOCKS[rest - 1] if rest else "")


def _fit_rows(fits: list[tuple[float | None, Fit]], unit: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("", "--max-length", f"{unit}s that fit", "tokens cut off", "padding")
    ]
    for share, fit in fits:
        costs = percent(fit.fit), percent(fit.tokens_cut), percent(fit.padding)
        rows.append(("" if share is None else f"{share:g}%", f"{fit.max_length:,}", *costs))
    return rows


def percent(share: float) -> str:
    """A share in %; only nothing is 0.0%, only all is 100.0%."""
    if 0 < share < 0.0005:
        return "<0.1%"
    return ">99.9%" if 0.9995 <= share < 1 else f"{share:.1%}"
