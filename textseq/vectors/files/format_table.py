"""The table of vector formats: what `convert`, detection by content and the tests go through.

In: nothing. Out: VECTOR_FORMATS, a row for each format by its name, and FOLDER_FORMATS, those that
are folders. A format is a file of this folder with `matches(start)`, `read(source)` and
`write(vectors, handle)`, which a row imports when it is asked: so the command line can name the
formats without loading numpy. Of a format of folders they take the folder and the options,
and `check_language(language)` refuses what it cannot name.
"""

from __future__ import annotations

import importlib
from typing import IO, TYPE_CHECKING, Any, NamedTuple

HUB = "hf:"  # what a place on the Hugging Face hub begins with

if TYPE_CHECKING:
    from pathlib import Path

    from textseq.config import Quantisation, VectorChangeConfig, VectorFileConfig
    from textseq.vectors.files.vector_file import VectorFile
    from textseq.vectors.word_vectors import WordVectors


class VectorFormat(NamedTuple):
    """One row of the table.

    `module`: the file. `suffix`: of names that mean this format. `any_word`: words with white space
    come back as they were. `certain`: no file of another kind begins as these do. `needs`: what
    vectors must have, so that they can be written; the words of such a file are those that are
    asked for. `beside`: the name of a second file in the same folder, which has the words.
    `quantises`: its numbers may take less than four bytes.
    """

    module: str
    suffix: str | None = None
    any_word: bool = False
    certain: bool = False
    needs: str | None = None
    beside: str | None = None
    quantises: bool = False

    def matches(self, start: bytes) -> bool:
        """Whether a file that begins with these bytes, its first megabyte, has this format."""
        found: bool = self._file().matches(start)
        return found

    def read(self, source: VectorFile) -> WordVectors:
        """The vectors of an open file; ValueError that names it and says what is wrong."""
        vectors: WordVectors = self._file().read(source)
        return vectors

    def write(
        self, vectors: WordVectors, handle: IO[bytes], quantise: Quantisation = "none"
    ) -> None:
        """Write all words with their vectors."""
        self._file().write(vectors, handle, *((quantise,) if self.quantises else ()))

    def write_beside(self, vectors: WordVectors, handle: IO[bytes]) -> None:
        """Write the second file."""
        self._file().write_beside(vectors, handle)

    def _file(self) -> Any:
        return importlib.import_module(f"textseq.vectors.files.{self.module}")


class FolderFormat(NamedTuple):
    """One row of the table of folders.

    `module`: the file. `any_word` and `quantises` as of a VectorFormat.
    """

    module: str
    any_word: bool = True
    quantises: bool = False

    def matches(self, folder: Path) -> bool:
        """Whether a folder has the files of this format."""
        found: bool = self._file().matches(folder)
        return found

    def read(self, folder: Path, options: VectorFileConfig) -> WordVectors:
        """The vectors of a folder; ValueError that names the file and says what is wrong."""
        vectors: WordVectors = self._file().read(folder, options)
        return vectors

    def check_language(self, language: str) -> None:
        """ValueError for a language that such a folder cannot name."""
        self._file().check_language(language)

    def write(self, vectors: WordVectors, folder: Path, options: VectorChangeConfig) -> None:
        """Fill an empty folder; of the options `quantise` and `language` are left to do."""
        self._file().write(vectors, folder, options)

    def _file(self) -> Any:
        return importlib.import_module(f"textseq.vectors.files.{self.module}")


# Of two rows that match a file the upper one names it, unless the lower one is certain. What is
# written in a certain format may match others, what is written in another one matches no other.
VECTOR_FORMATS: dict[str, VectorFormat] = {
    "word2vec-text": VectorFormat("word2vec_text_format"),
    "word2vec-binary": VectorFormat("word2vec_binary_format", ".bin"),
    "fasttext-bin": VectorFormat("fasttext_bin_format", any_word=True, certain=True),
    "fasttext": VectorFormat("word2vec_text_format", ".vec"),
    "floret": VectorFormat("floret_format", ".floret", certain=True, needs="floret's n-grams"),
    "tensorboard": VectorFormat("tensorboard_format", ".tsv", beside="metadata.tsv"),
    "glove": VectorFormat("glove_format"),
    "numpy": VectorFormat("numpy_format", ".npz", any_word=True, certain=True, quantises=True),
    "safetensors": VectorFormat(
        "safetensors_format", ".safetensors", any_word=True, certain=True, quantises=True
    ),
    "parquet": VectorFormat(
        "parquet_format", ".parquet", any_word=True, certain=True, quantises=True
    ),
}

FOLDER_FORMATS: dict[str, FolderFormat] = {
    "spacy": FolderFormat("spacy_folder"),
    "hub": FolderFormat("hub_folder", quantises=True),
}
