"""Tags: the files of taggers, and their predictions as lines.

In: CoNLL-U, columns of tokens and tags, plain lines. Out: sentences, data sets with tags;
"token/tag token/tag".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from textseq.config import Errors
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.tag_schemes import spans_of
from textseq.rnn.data.tagged_text import TagFormat, is_tagged, read_sentences, read_tagged
from textseq.rnn.models.tagger import Tagged, Tagger
from textseq.rnn.tasks.pipeline import Pipeline
from textseq.text.reading.conll import ConllColumns

_WRITTEN = ("format", "token", "tag", "separator", "strip_prefix", "comment")


class TagPipeline(Pipeline[Tagger]):
    """A tag for each word: taggers, trained or solved."""

    input_options = _WRITTEN
    example_options = (*_WRITTEN, "tags")

    def read_inputs(
        self,
        inputs: Sequence[str],
        *,
        format: TagFormat = "auto",
        token: int = 0,
        tag: int = -1,
        separator: str | None = None,
        strip_prefix: str = "",
        comment: str | None = None,
        encoding: str = "utf-8",
        errors: Errors = "strict",
    ) -> Iterator[str | list[str]]:
        """Sentences from files: tokens of CoNLL-U and columns, else lines; see `read_sentences`."""
        text = self.model.text_config.replace(encoding=encoding, errors=errors)
        return read_sentences(
            inputs, text, format=format, token=token, tag=tag, separator=separator,
            strip_prefix=strip_prefix, comment=comment, known=self.model.tags,
        )  # fmt: skip

    def is_tagged(self, name: str, **written: Any) -> bool:
        """Whether a file is CoNLL-U or columns with tags that the model knows; `written` says how
        columns are: tag, separator, comment."""
        text = self.model.text_config.replace(errors="replace")
        return is_tagged(name, text, self.model.tags, ConllColumns(**written))

    def read_labelled(
        self,
        inputs: Sequence[str],
        *,
        format: TagFormat = "auto",
        tags: str = "upos",
        token: int = 0,
        tag: int = -1,
        separator: str | None = None,
        strip_prefix: str = "",
        comment: str | None = None,
        encoding: str = "utf-8",
        errors: Errors = "strict",
    ) -> Examples:
        """Sentences with their tags from files; see `read_tagged`."""
        return read_tagged(
            inputs, self.model.text_config.replace(encoding=encoding, errors=errors),
            format=format, tags=tags, token=token, tag=tag, separator=separator,
            strip_prefix=strip_prefix, comment=comment, known=self.model.tags,
        )  # fmt: skip

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
