"""Labels: the files of classifiers, and their predictions as lines.

In: tables, folders with a folder a label, fastText's files, plain text. Out: texts, data sets with
labels; "label, tab, probability".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Unpack

from textseq.bundled import REVIEWS
from textseq.config import Errors, Recipe
from textseq.rnn.data.dataset import Prepare, SequenceDataset
from textseq.rnn.data.labelled_text import are_labelled, read_labelled, read_texts
from textseq.rnn.models.label_model import LabelModel, LabelPrediction
from textseq.rnn.tasks.parts import PartFiles, Parts, as_first, learnt_columns, read_others
from textseq.rnn.tasks.pipeline import OF_TABLES, Pipeline
from textseq.text.reading.tables import Column, Columns, TableOptions


class LabelPipeline(Pipeline[LabelModel]):
    """A text to one label: classifiers, trained or solved."""

    bundled = (REVIEWS,)
    input_options = ("text", *OF_TABLES)
    example_options = ("text", "label", *OF_TABLES)
    explains = True

    @classmethod
    def read_parts(
        cls, files: PartFiles, recipe: Recipe[Any], *,
        text: Columns = "text", label: Column = "label", **how: Any,
    ) -> Parts:  # fmt: skip
        """Labelled texts; each part has its share of every label."""
        columns: dict[str, Any] = {"text": text, "label": label, "seen": {}, **how}
        first = read_labelled(files.train, Prepare(config=recipe.text), **columns)
        if not len(first):
            raise ValueError(f"no texts in {', '.join(files.train)}")
        others = Prepare(config=first.text_config, vocab=first.vocab, label_vocab=first.label_vocab)
        return read_others(
            first, files, recipe, lambda given: read_labelled(given, others, **as_first(columns)),
            learnt_columns(columns, text, label), stratify=True,
        )  # fmt: skip

    def read_inputs(
        self,
        inputs: Sequence[str],
        *,
        text: Columns = "text",
        encoding: str = "utf-8",
        errors: Errors = "strict",
        **how: Unpack[TableOptions],
    ) -> Iterator[str]:
        """The texts of files: of tables (by their names) the column `text`, of others each line.

        With the unit "file" each other file is one text; fastText's files are read without labels.
        """
        config = self.text_options("source", encoding, errors)
        if are_labelled(inputs, config):
            how["unnamed"], text = "fasttext", "text"
        return read_texts(inputs, config, text, **how)

    def read_labelled(
        self,
        inputs: Sequence[str],
        *,
        text: Columns = "text",
        label: Column = "label",
        encoding: str = "utf-8",
        errors: Errors = "strict",
        **how: Unpack[TableOptions],
    ) -> SequenceDataset:
        """Tables with the columns `text` and `label`, or one folder with a folder a label.

        They become ids as in training; ValueError for a label that was not there.
        """
        sides, config = self.model.sides, self.text_options("source", encoding, errors)
        vocabs = {"vocab": sides["source"].vocab, "label_vocab": sides["labels"].vocab}
        prepare = Prepare(config=config, **vocabs)  # type: ignore[typeddict-item]
        return read_labelled(inputs, prepare, text=text, label=label, **how)

    def score_line(self, scores: dict[str, float]) -> str:
        """Accuracy and macro F1."""
        return f"accuracy {scores['accuracy']:.4f}  macro F1 {scores['macro_f1']:.4f}"

    def show(self, prediction: LabelPrediction) -> str:
        """Label, tab, probability."""
        return f"{prediction.label}\t{prediction.probability:.4f}"
