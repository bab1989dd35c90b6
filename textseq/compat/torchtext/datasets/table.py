"""The data sets that torchtext knows, as files: what `datasets` goes through.

In: nothing. Out: TABLE, a row for each by its name. Where a corpus of fetch/ has the same text, the
row names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from textseq.compat.torchtext.datasets.rows import (
    Cells,
    Rows,
    bare_lines,
    column_sentences,
    csv_rows,
    labelled,
    squad_questions,
    whole_lines,
)

ENTAILED = {"entailment": 0, "not_entailment": 1}
NLI = {"entailment": 0, "neutral": 1, "contradiction": 2}


@dataclass(frozen=True)
class Known:
    """One data set. `files`: for each split the patterns of its file, the likeliest first.

    `archives`: what holds them, unpacked on first use. `corpus`: its name in fetch/. `rows` reads
    a file, `split_rows` that of a split that is read differently.
    """

    files: Mapping[str, tuple[str, ...]]
    rows: Rows
    archives: tuple[str, ...] = ()
    corpus: str | None = None
    split_rows: Mapping[str, Rows] = field(default_factory=dict)


def _reviews(folder: str) -> Known:
    files = {split: (f"{folder}/{split}.csv",) for split in ("train", "test")}
    return Known(files, csv_rows(labelled), (f"{folder}.tar.gz",))


def _glue(folder: str, archive: str, rows: Rows, test: Rows) -> Known:
    files = {split: (f"{folder}/{split}.tsv",) for split in ("train", "dev", "test")}
    return Known(files, rows, (archive,), split_rows={"test": test})


_tsv = partial(csv_rows, separator="\t", header=True)


def _has_four(cells: Cells) -> bool:
    return len(cells) == 4


def _is_judged(cells: Cells) -> bool:
    """Whether the judges agreed on a label, which is "-" otherwise."""
    return cells[0] in NLI


def _wikitext(name: str) -> Known:
    files = {
        split: (f"{name}/wiki.{split}.tokens", f"wiki.{split}.tokens")
        for split in ("train", "valid", "test")
    }
    return Known(files, whole_lines, (f"{name}-v1.zip",), name)


def _squad(version: str) -> Known:
    files = {split: (f"{split}-v{version}.json",) for split in ("train", "dev")}
    return Known(files, squad_questions)


def _pair(cells: Cells) -> tuple[str, str]:
    return cells[1], cells[2]


def _entailed(cells: Cells) -> tuple[int, str, str]:
    return ENTAILED[cells[3]], cells[1], cells[2]


def _acceptable(cells: Cells) -> tuple[str, int, str]:
    return cells[0], int(cells[1]), cells[3]


def _judged(cells: Cells) -> tuple[int, str, str]:
    return NLI[cells[0]], cells[5], cells[6]


def _paraphrase(cells: Cells) -> tuple[int, str, str]:
    return int(cells[0]), cells[3], cells[4]


def _question(cells: Cells) -> tuple[int, str, str]:
    return int(cells[-1]), cells[3], cells[4]


def _sentiment(cells: Cells) -> tuple[str, int]:
    return cells[0].strip(), int(cells[1])


def _unlabelled(cells: Cells) -> tuple[str]:
    return (cells[1].strip(),)


def _similar(cells: Cells) -> tuple[int, float, str, str]:
    return int(cells[3]), float(cells[4]), cells[5], cells[6]


def _coreferent(cells: Cells) -> tuple[int, str, str]:
    return int(cells[3]), cells[1], cells[2]


_ENTAILMENT = (_tsv(_entailed, quoted=False), _tsv(_pair, quoted=False))

TABLE: dict[str, Known] = {
    "AG_NEWS": Known(
        {split: (f"{split}.csv",) for split in ("train", "test")},
        csv_rows(labelled),
        corpus="ag-news",
    ),
    "AmazonReviewFull": _reviews("amazon_review_full_csv"),
    "AmazonReviewPolarity": _reviews("amazon_review_polarity_csv"),
    "CoLA": Known(
        {
            "train": ("cola_public/raw/in_domain_train.tsv",),
            "dev": ("cola_public/raw/in_domain_dev.tsv",),
            "test": ("cola_public/raw/out_of_domain_dev.tsv",),
        },
        _tsv(_acceptable, quoted=False, keep=_has_four),
        ("cola_public_1.1.zip",),
    ),
    "CoNLL2000Chunking": Known(
        {split: (f"{split}.txt", f"{split}.txt.gz") for split in ("train", "test")},
        column_sentences(" "),
    ),
    "DBpedia": _reviews("dbpedia_csv"),
    "MNLI": Known(
        {
            split: (f"multinli_1.0/multinli_1.0_{split}.txt", f"multinli_1.0_{split}.txt")
            for split in ("train", "dev_matched", "dev_mismatched")
        },
        _tsv(_judged, quoted=False, keep=_is_judged),
        ("multinli_1.0.zip",),
    ),
    "MRPC": Known(
        {split: (f"msr_paraphrase_{split}.txt",) for split in ("train", "test")},
        _tsv(_paraphrase, quoted=False),
    ),
    "PennTreebank": Known(
        {split: (f"ptb.{split}.txt",) for split in ("train", "valid", "test")}, bare_lines
    ),
    "QNLI": _glue("QNLI", "QNLIv2.zip", *_ENTAILMENT),
    "QQP": Known(
        {"train": ("quora_duplicate_questions.tsv",)},
        _tsv(_question),
    ),
    "RTE": _glue("RTE", "RTE.zip", *_ENTAILMENT),
    "SQuAD1": _squad("1.1"),
    "SQuAD2": _squad("2.0"),
    "SST2": _glue(
        "SST-2",
        "SST-2.zip",
        _tsv(_sentiment),
        _tsv(_unlabelled),
    ),
    "STSB": Known(
        {split: (f"stsbenchmark/sts-{split}.csv",) for split in ("train", "dev", "test")},
        _tsv(
            _similar,
            quoted=False,
            header=False,
        ),
        ("Stsbenchmark.tar.gz",),
    ),
    "SogouNews": _reviews("sogou_news_csv"),
    "UDPOS": Known(
        {
            split: (f"{name}.txt", f"*.{name}.txt")
            for split, name in (("train", "train"), ("valid", "dev"), ("test", "test"))
        },
        column_sentences("\t"),
        ("en-ud-v2.zip",),
    ),
    "WNLI": _glue("WNLI", "WNLI.zip", _tsv(_coreferent), _tsv(_pair)),
    "WikiText103": _wikitext("wikitext-103"),
    "WikiText2": _wikitext("wikitext-2"),
    "YahooAnswers": _reviews("yahoo_answers_csv"),
    "YelpReviewFull": _reviews("yelp_review_full_csv"),
    "YelpReviewPolarity": _reviews("yelp_review_polarity_csv"),
}
