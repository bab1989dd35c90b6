"""What a folder given to a command holds: word vectors, or a vocabulary and its text options.

In: any folder of ours with a vocabulary (vocab, encoded corpus, word vectors), or a file of
vectors. Out: WordVectors; a Vocab with special tokens and a TextConfig. Folders of kind "vocab"
are also written here. No folder is looked for: the commands say which one.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.artifact import CONFIG, new_folder, read_config, write_config
from textseq.config import TextConfig

if TYPE_CHECKING:
    from textseq.text.vocab import Vocab
    from textseq.vectors.word_vectors import WordVectors

FOLDER_FORMAT = "textseq"  # our folder, beside the names in vectors.formats.FORMATS
KIND = "vocab"
MADE_BY = "textseq vocab --out FOLDER"


def load_vectors(path: Path, format: str | None = None, **options: Any) -> WordVectors:
    """The vectors of a folder of ours, or of a file in a format of others."""
    if format != FOLDER_FORMAT and path.is_file():
        from textseq.vectors.formats import read_vectors

        return read_vectors(path, format, **options)
    from textseq.vectors.word_vectors import WordVectors

    if not path.exists() and os.environ.get("TEXTSEQ_VECTORS") == str(path):
        raise FileNotFoundError(f"there is no {path}, which TEXTSEQ_VECTORS names")
    return WordVectors.load(path)


def is_ours(path: str | Path) -> bool:
    """Whether this is a folder that textseq wrote."""
    return (Path(path) / CONFIG).is_file()


def save_vocab(vocab: Vocab, text: TextConfig, out: Path, *, overwrite: bool) -> None:
    """Write a folder of kind "vocab"."""
    with new_folder(out, overwrite=overwrite) as folder:
        write_config(folder, KIND, {"text": text.to_json(), "specials": list(vocab.specials)})
        vocab.save(folder)


def load_vocab(path: Path) -> tuple[Vocab, TextConfig | None]:
    """The vocabulary of a folder, and how text becomes its tokens (None: it does not say)."""
    import numpy as np

    from textseq.text.vocab import DEFAULT_SPECIALS, Vocab

    kind = _kind(path)
    config = read_config(path, kind if kind in _KINDS else KIND, made_by=MADE_BY)
    try:
        # Vectors from elsewhere do not say how their text was prepared.
        text = TextConfig.from_json(config["text"]) if "text" in config else None
        if kind != "word-vectors":
            return Vocab.load(path, config["specials"]), text
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path / CONFIG} is damaged: {error!r}") from None
    # Word vectors leave the special tokens out. With them in front, ids are again those of
    # the corpus that the vectors come from.
    words = Vocab.load(path, specials=())
    kept = [row for row, word in enumerate(words.tokens) if word not in DEFAULT_SPECIALS]
    tokens = [*DEFAULT_SPECIALS, *(words.tokens[row] for row in kept)]
    counts = [*(0 for _ in DEFAULT_SPECIALS), *words.counts[kept].tolist()]
    return Vocab(tokens, np.array(counts, np.int64), DEFAULT_SPECIALS), text


_KINDS = (KIND, "encoded-corpus", "word-vectors")


def _kind(path: Path) -> Any:
    """The kind a folder claims to be; None where nothing can be read (read_config says why)."""
    try:
        return json.loads((path / CONFIG).read_text(encoding="utf-8"))["kind"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
