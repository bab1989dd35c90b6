"""torchtext.datasets: data sets by name, from files that are here already.

In: a root and splits. Out: data pipes that give what torchtext's give. Files are looked for in
ROOT/datasets/NAME, where torchtext keeps them (ROOT is ~/.cache/torch/text unless given), those
that textseq can fetch also in ROOT; archives are unpacked there once. Nothing is downloaded, and
checksums are the business of whoever downloads.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, NoReturn

from textseq.compat.torchtext.datasets.irregular import CC100, IMDB, EnWik9, Multi30k
from textseq.compat.torchtext.datasets.local_dataset import Root, as_pipe, find_file, for_splits
from textseq.compat.torchtext.datasets.table import TABLE

__all__ = [
    "AG_NEWS",
    "CC100",
    "CNNDM",
    "IMDB",
    "IWSLT2016",
    "IWSLT2017",
    "MNLI",
    "MRPC",
    "QNLI",
    "QQP",
    "RTE",
    "SST2",
    "STSB",
    "UDPOS",
    "WNLI",
    "AmazonReviewFull",
    "AmazonReviewPolarity",
    "CoLA",
    "CoNLL2000Chunking",
    "DBpedia",
    "EnWik9",
    "Multi30k",
    "PennTreebank",
    "SQuAD1",
    "SQuAD2",
    "SogouNews",
    "WikiText2",
    "WikiText103",
    "YahooAnswers",
    "YelpReviewFull",
    "YelpReviewPolarity",
]


def _known(name: str) -> Callable[..., Any]:
    """The function of a row of TABLE."""
    row = TABLE[name]
    splits: tuple[str, ...] | str = tuple(row.files)
    if len(splits) == 1:
        splits = splits[0]

    def dataset(root: Root | None = None, split: str | Sequence[str] = splits) -> Any:
        def pipe(part: str) -> Any:
            path = find_file(name, root, row.files[part], row.archives, row.corpus)
            return as_pipe(row.split_rows.get(part, row.rows), path)

        return for_splits(name, split, row.files, pipe)

    dataset.__name__ = dataset.__qualname__ = name
    dataset.__doc__ = f"""{name} of local files: a data pipe for a split, a tuple for several.

    Splits are {", ".join(row.files)}; TypeError for others, FileNotFoundError without a file.
    """
    return dataset


def _refused(name: str) -> Callable[..., NoReturn]:
    """The function of a data set that is an archive of archives, or of thousands of files."""

    def dataset(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            f"{name} is not read here; unpacked by hand, `textseq.SequenceDataset` reads its texts "
            "(from_parallel, from_texts)"
        )

    dataset.__name__ = dataset.__qualname__ = name
    dataset.__doc__ = f"{name} is refused with a NotImplementedError."
    return dataset


AG_NEWS = _known("AG_NEWS")
AmazonReviewFull = _known("AmazonReviewFull")
AmazonReviewPolarity = _known("AmazonReviewPolarity")
CNNDM = _refused("CNNDM")
CoLA = _known("CoLA")
CoNLL2000Chunking = _known("CoNLL2000Chunking")
DBpedia = _known("DBpedia")
IWSLT2016 = _refused("IWSLT2016")
IWSLT2017 = _refused("IWSLT2017")
MNLI = _known("MNLI")
MRPC = _known("MRPC")
PennTreebank = _known("PennTreebank")
QNLI = _known("QNLI")
QQP = _known("QQP")
RTE = _known("RTE")
SQuAD1 = _known("SQuAD1")
SQuAD2 = _known("SQuAD2")
SST2 = _known("SST2")
STSB = _known("STSB")
SogouNews = _known("SogouNews")
UDPOS = _known("UDPOS")
WNLI = _known("WNLI")
WikiText103 = _known("WikiText103")
WikiText2 = _known("WikiText2")
YahooAnswers = _known("YahooAnswers")
YelpReviewFull = _known("YelpReviewFull")
YelpReviewPolarity = _known("YelpReviewPolarity")

DATASETS: dict[str, Callable[..., Any]] = {name: globals()[name] for name in __all__}


def _module(name: str) -> ModuleType:
    """torchtext has a module for each; scripts import from it, and set the URLs in it."""
    module = ModuleType(f"{__name__}.{name.lower()}", f"{name}; what URL holds is not fetched.")
    vars(module).update({name: DATASETS[name], "URL": {}, "DATASET_NAME": name})
    return module


for _name in __all__:
    sys.modules[f"{__name__}.{_name.lower()}"] = globals()[_name.lower()] = _module(_name)
