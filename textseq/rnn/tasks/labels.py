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
from textseq.rnn.models.label_model import LabelModel
from textseq.rnn.models.label_set_target import LabelSetPrediction
from textseq.rnn.models.number_target import NumberPrediction
from textseq.rnn.tasks.parts import PartFiles, Parts, as_first, learnt_columns, read_others
from textseq.rnn.tasks.pipeline import OF_TABLES, Pipeline
from textseq.text.reading.table_columns import split_name
from textseq.text.reading.tables import Column, Columns, TableOptions

SEPARATOR = "|"  # between labels of a text, where nobody has said another
# The scores of other targets than one label that are shown in a line.
SHOWN = {
    "micro_f1": "micro F1", "exact_match": "exact match",
    "ranking_precision": "ranking precision", "rmse": "RMSE", "r2": "R2",
}  # fmt: skip


class LabelPipeline(Pipeline[LabelModel]):
    """A text to one label: classifiers, trained or solved."""

    bundled = (REVIEWS,)
    input_options = ("text", *OF_TABLES)
    example_options = ("text", "label", "label_separator", "value", *OF_TABLES)
    explains = True

    @classmethod
    def read_parts(
        cls, files: PartFiles, recipe: Recipe[Any], *,
        text: Columns = "text", label: Columns = "label", label_separator: str | None = None,
        value: Column | None = None, **how: Any,
    ) -> Parts:  # fmt: skip
        """Labelled texts; each part has its share of every label, where a text has one."""
        target: dict[str, Any] = {"label": label} if value is None else {"value": value}
        if label_separator is not None:
            target["label_separator"] = label_separator
        columns: dict[str, Any] = {"text": text, **target, "seen": {}, **how}
        first = read_labelled(files.train, Prepare(config=recipe.text), **columns)
        if not len(first):
            raise ValueError(f"no texts in {', '.join(files.train)}")
        others = Prepare(config=first.text_config, vocab=first.vocab, label_vocab=first.label_vocab)
        return read_others(
            first, files, recipe, lambda given: read_labelled(given, others, **as_first(columns)),
            learnt_columns(columns, text, label if value is None else value),
            stratify=first.target_kind == "labels",
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
        label: Columns | None = None,
        label_separator: str | None = None,
        value: Column | None = None,
        encoding: str = "utf-8",
        errors: Errors = "strict",
        **how: Unpack[TableOptions],
    ) -> SequenceDataset:
        """Tables with the columns `text` and `label`, or one folder with a folder a label.

        They become ids as in training; ValueError for a label that was not there. Of a model of
        numbers `label` or `value` (None: "value") is the column of the number.
        """
        sides, config = self.model.sides, self.text_options("source", encoding, errors)
        if "labels" not in sides:
            prepare = Prepare(config=config, vocab=sides["source"].vocab)
            value = value if label is None else label  # type: ignore[assignment]
            return read_labelled(
                inputs, prepare, text=text, value="value" if value is None else value, **how
            )
        prepare = Prepare(
            config=config, vocab=sides["source"].vocab, label_vocab=sides["labels"].vocab
        )
        label = "label" if label is None else label
        target = self.model.target
        if target is not None and label_separator is None and _is_one(label):
            label_separator = SEPARATOR
        if value is not None:
            raise ValueError("this model learnt labels, no numbers; the column of labels works")
        if target is None and label_separator is not None:
            raise ValueError("this model learnt one label for each text; no separator works")
        return read_labelled(
            inputs, prepare, text=text, label=label, label_separator=label_separator, **how
        )

    def score_line(self, scores: dict[str, float]) -> str:
        """Accuracy and macro F1, or what stands for them."""
        if "accuracy" not in scores:
            return "  ".join(
                f"{SHOWN[name]} {scores[name]:.4f}" for name in SHOWN if name in scores
            )
        return f"accuracy {scores['accuracy']:.4f}  macro F1 {scores['macro_f1']:.4f}"

    def show(self, prediction: Any) -> str:
        """Label, tab, probability; of several labels both with a separator; a number."""
        if isinstance(prediction, NumberPrediction):
            return f"{prediction.value:.6g}"
        if isinstance(prediction, LabelSetPrediction):
            mark = self.model.info.get("columns", {}).get("label_separator") or SEPARATOR
            shares = (f"{prediction.probabilities[label]:.4f}" for label in prediction.labels)
            return f"{mark.join(prediction.labels)}\t{mark.join(shares)}"
        return f"{prediction.label}\t{prediction.probability:.4f}"


def _is_one(label: Columns) -> bool:
    return isinstance(label, str | int) and split_name(label) is None
