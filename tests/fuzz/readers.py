"""Readers: everything of textseq that opens what may come from a stranger, by name."""

from __future__ import annotations

from itertools import chain

import read_compat
import read_corpora
import read_models
import read_texts
import read_torchtext
import read_vectors
from harness import Reader

READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in chain(
        read_corpora.readers(),
        read_vectors.readers(),
        read_texts.readers(),
        read_models.readers(),
        read_compat.readers(),
        read_torchtext.readers(),
    )
}
