"""Writing: the files of translators and captioners, and what they write as lines.

In: parallel files, tables, arrays, images. Out: texts or rows of features, data sets with the texts
that should be written; a line for each text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Unpack

from numpy.typing import ArrayLike

from textseq.config import Errors, TextConfig
from textseq.rnn.data.captioned import read_captioned, read_items
from textseq.rnn.data.dataset import Prepare, SequenceDataset
from textseq.rnn.data.pairs import read_pairs
from textseq.rnn.models.captioner import Captioner
from textseq.rnn.models.text_generator import TARGET, GeneratedText
from textseq.rnn.models.translator import SOURCE, Translator
from textseq.rnn.tasks.pipeline import OF_TABLES, SEARCH, Pipeline
from textseq.text.reading.corpus import read_lines
from textseq.text.reading.tables import Column, Columns, TableOptions

_REPORT = ("beam", "length_penalty", "bleu_tokenizer")


def as_line(text: GeneratedText) -> str:
    """A text as one line."""
    return text.text.replace("\n", " ")


class TranslationPipeline(Pipeline[Translator]):
    """A text to its translation."""

    example_options = ("text", "target", *OF_TABLES)
    search_options = SEARCH
    report_options = _REPORT

    def read_inputs(
        self, inputs: Sequence[str], *, encoding: str = "utf-8", errors: Errors = "strict"
    ) -> Iterator[str]:
        """The lines of files."""
        return read_lines(list(inputs), self.text_options(SOURCE, encoding, errors))

    def read_labelled(
        self,
        inputs: Sequence[str],
        *,
        text: Columns = "text",
        target: Columns = "target",
        encoding: str = "utf-8",
        errors: Errors = "strict",
        **how: Unpack[TableOptions],
    ) -> SequenceDataset:
        """Two files, a text and its translation, or two columns of tables, as ids of this model."""
        prepare = Prepare(
            config=self.text_options(SOURCE, encoding, errors),
            target_config=self.text_options(TARGET, encoding, errors),
            vocab=self.model.sides[SOURCE].vocab,
            target_vocab=self.model.sides[TARGET].vocab,
        )
        return read_pairs(inputs, prepare, text=text, target=target, **how)

    def show(self, prediction: GeneratedText) -> str:
        """The text as a line."""
        return as_line(prediction)


class CaptionPipeline(Pipeline[Captioner]):
    """Numbers or an image to a text."""

    input_options = ("features", "image_column", *OF_TABLES)
    example_options = ("features", "caption", "image_column", *OF_TABLES)
    search_options = SEARCH
    report_options = _REPORT
    reads_lines = False

    def read_inputs(
        self,
        inputs: Sequence[str],
        *,
        features: str | Sequence[Column] | None = None,
        image_column: Column | None = None,
        encoding: str = "utf-8",
        errors: Errors = "strict",
        **how: Unpack[TableOptions],
    ) -> Iterator[ArrayLike]:
        """Rows of features: of a .npy file, of tables, or of image files for a model of images."""
        return read_items(
            inputs,
            TextConfig(encoding=encoding, errors=errors),
            features=features,
            image_column=image_column,
            image=self.model.image,
            **how,
        )

    def read_labelled(
        self,
        inputs: Sequence[str],
        *,
        features: str | Sequence[Column] | None = None,
        caption: Column = "caption",
        image_column: Column | None = None,
        encoding: str = "utf-8",
        errors: Errors = "strict",
        **how: Unpack[TableOptions],
    ) -> SequenceDataset:
        """Features with their texts, as `read_captioned` reads them, in the model's Vocab."""
        return read_captioned(
            inputs,
            self.text_options(TARGET, encoding, errors),
            features=features,
            caption=caption,
            image_column=image_column,
            image=self.model.image,
            **how,
            vocab=self.model.sides[TARGET].vocab,
        )

    def show(self, prediction: GeneratedText) -> str:
        """The text as a line."""
        return as_line(prediction)
