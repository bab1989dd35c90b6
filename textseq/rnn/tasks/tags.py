"""Tags: the files of taggers, and their predictions as lines.

In: CoNLL-U, columns of tokens and tags, plain lines. Out: sentences, data sets with tags;
"token/tag token/tag".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from textseq.bundled import TAGGED
from textseq.config import Errors, Recipe
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.tag_schemes import spans_of
from textseq.rnn.data.tagged_text import is_tagged, read_sentences, read_tagged, why_no_spans
from textseq.rnn.models.tagger import Tagged, Tagger
from textseq.rnn.tasks.parts import PartFiles, Parts, read_others
from textseq.rnn.tasks.pipeline import Pipeline
from textseq.text.notices import notify
from textseq.text.reading.conll import ConllColumns

_WRITTEN = ("format", "token", "tag", "separator", "strip_prefix", "comment")


class TagPipeline(Pipeline[Tagger]):
    """A tag for each word: taggers, trained or solved."""

    bundled = (TAGGED,)
    input_options = _WRITTEN
    example_options = (*_WRITTEN, "tags")

    @classmethod
    def read_parts(cls, files: PartFiles, recipe: Recipe[Any], **written: Any) -> Parts:
        """Tagged sentences; `written` as `read_tagged` takes it.

        ValueError for validation or test data without any tag of the training data.
        """
        first = read_tagged(files.train, recipe.text, **written)
        others = {"known": first.label_vocab, **written}
        parts = read_others(
            first, files, recipe, lambda given: read_tagged(given, recipe.text, **others),
            {name: value for name, value in written.items() if value is not None},
        )  # fmt: skip
        why = why_no_spans(parts.train)
        if why is not None:
            notify(f"no span F1: {why}")
        return parts

    def read_inputs(
        self,
        inputs: Sequence[str],
        *,
        encoding: str = "utf-8",
        errors: Errors = "strict",
        **written: Any,
    ) -> Iterator[str | list[str]]:
        """Sentences from files: tokens of CoNLL-U and columns, else lines; `written` says how files
        are, as `read_sentences` takes it."""
        text = self.model.text_config.replace(encoding=encoding, errors=errors)
        return read_sentences(inputs, text, known=self.model.tags, **written)

    def is_tagged(self, name: str, **written: Any) -> bool:
        """Whether a file is CoNLL-U or columns with tags that the model knows; `written` says how
        columns are: tag, separator, comment."""
        text = self.model.text_config.replace(errors="replace")
        return is_tagged(name, text, self.model.tags, ConllColumns(**written))

    def read_labelled(
        self,
        inputs: Sequence[str],
        *,
        encoding: str = "utf-8",
        errors: Errors = "strict",
        **written: Any,
    ) -> Examples:
        """Sentences with their tags from files; `written` as `read_tagged` takes it."""
        text = self.model.text_config.replace(encoding=encoding, errors=errors)
        return read_tagged(inputs, text, known=self.model.tags, **written)

    def score_line(self, scores: dict[str, float]) -> str:
        """The F1 of spans where there are any, accuracy, and that of unknown words."""
        words = f"accuracy {scores['accuracy']:.4f}"
        if "f1" in scores:
            return f"span F1 {scores['f1']:.4f}  {words}"
        if "accuracy_unknown" in scores:
            return f"{words}  of unknown words {scores['accuracy_unknown']:.4f}"
        return words

    def show(self, prediction: Tagged) -> str:
        """The tokens, each with its tag behind a slash."""
        return " ".join(map("/".join, zip(prediction.tokens, prediction.tags, strict=True)))

    def as_json(self, prediction: Tagged) -> dict[str, Any]:
        """Tokens, tags, probabilities; and the spans: their kind, start, stop and tokens."""
        shares = [round(share, 6) for share in prediction.probabilities]
        row: dict[str, Any] = {
            "tokens": prediction.tokens,
            "tags": prediction.tags,
            "probabilities": shares,
        }
        if self.model.scheme is None:
            return row
        spans = sorted(spans_of(prediction.tags), key=lambda span: span[1])
        return row | {
            "spans": [
                {
                    "kind": kind,
                    "start": start,
                    "stop": stop,
                    "tokens": prediction.tokens[start:stop],
                }
                for kind, start, stop in spans
            ]
        }
