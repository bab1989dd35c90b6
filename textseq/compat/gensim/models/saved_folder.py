"""Saved folder: vectors, and the model that trained them, as the word vectors of textseq.

In: KeyedVectors, a model's output vectors and options. Out: a folder of WordVectors, whose config
has under "gensim" what those know nothing of; and back. No pickle.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.compat.gensim.models.key_table import REAL, KeyTable

OPTIONS = (
    "vector_size", "alpha", "window", "min_count", "max_vocab_size", "sample", "seed", "workers",
    "min_alpha", "sg", "negative", "ns_exponent", "cbow_mean", "epochs", "sorted_vocab",
    "batch_words", "compute_loss", "comment", "max_final_vocab", "shrink_windows",
)  # fmt: skip
STATE = (
    "corpus_count", "corpus_total_words", "effective_min_count", "train_count",
    "min_alpha_yet_reached", "running_training_loss",
)  # fmt: skip
_OURS = "gensim"
_NUMBERS = "iufb"


def save(
    table: KeyTable,
    path: Any,
    *,
    output_vectors: NDArray[np.float32] | None = None,
    model: dict[str, Any] | None = None,
) -> None:
    """Write the folder, atomically; what textseq wrote there before is replaced.

    NotImplementedError for keys, vectors and attributes of other types than str, float32, numbers.
    """
    from textseq.text.vocab import Vocab
    from textseq.vectors.word_vectors import WordVectors

    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"a {type(path).__name__} was given where the name of a folder is due")
    keys, vectors = table.index_to_key, table.vectors
    others = [f"the key {key!r}" for key in keys if not isinstance(key, str)]
    if vectors.dtype != REAL:
        others.append(f"{vectors.dtype} vectors")
    if others or not keys:
        what = others[0] if others else "a table of no vectors"
        raise NotImplementedError(f"{what} cannot be saved; float32 vectors of str keys can")
    counts = table.expandos.get("count")
    attributes = {}
    for name, values in table.expandos.items():
        if values.dtype.kind not in _NUMBERS:
            raise NotImplementedError(f"the attribute {name!r} cannot be saved; numbers can")
        if name != "count":
            attributes[name] = {"dtype": values.dtype.str, "values": values.tolist()}
    ours = {"counted": counts is not None, "attributes": attributes, "model": model}
    if len(table.vectors_lockf) > 1:
        ours["lockf"] = table.vectors_lockf.tolist()
    vocab = Vocab(keys, None if counts is None else counts.astype(np.int64), specials=())
    WordVectors(
        vocab, vectors, config={_OURS: ours}, output_vectors=output_vectors, check=False
    ).save(path, overwrite=True)


def load_into(
    table: KeyTable, path: str | os.PathLike[str], mmap: str | None = None
) -> tuple[NDArray[np.float32] | None, dict[str, Any] | None]:
    """Fill an empty table with what a folder holds; its output vectors and a model's options.

    ValueError for a pickle of gensim's, which is not read here.
    """
    from textseq.vectors.word_vectors import WordVectors

    if mmap not in (None, "r"):
        raise NotImplementedError(f"mmap={mmap!r} is not supported; mmap='r' and None are")
    if Path(path).is_file():
        raise ValueError(
            f"{path} is a file, and a pickle if gensim saved it; where gensim is installed, "
            f"`python -m textseq.compat.gensim.convert {path} FOLDER` makes a folder of it"
        )
    found = WordVectors.load(path)
    ours = found.config.get(_OURS) or {}
    if not isinstance(ours, dict):
        raise ValueError(f"{path} is damaged: its options are no options of gensim's")
    table.vector_size = found.dim
    table.index_to_key = list(found.vocab.tokens)
    table.key_to_index = dict(found.vocab.ids)
    table.next_index = len(table)
    table.vectors = found.vectors if mmap else np.array(found.vectors)
    try:
        if ours.get("counted", True):
            table.expandos["count"] = found.vocab.counts
        for name, attribute in ours.get("attributes", {}).items():
            kind = np.dtype(attribute["dtype"])
            if kind.kind not in _NUMBERS:
                raise TypeError(f"{kind}")
            table.expandos[name] = np.array(attribute["values"], kind)
        table.vectors_lockf = np.array(ours.get("lockf", [1.0]), REAL)
        shapes = {values.shape for values in table.expandos.values()}
        shapes |= {table.vectors_lockf.shape} - {(1,)}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged: {error} in its attributes") from None
    if not shapes <= {(len(table),)}:
        raise ValueError(f"{path} is damaged: its attributes are not of {len(table)} words")
    output = found.output_vectors
    return (np.array(output) if output is not None and not mmap else output), ours.get("model")
