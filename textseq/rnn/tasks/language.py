"""Language: the files of language models, and how likely they are as lines.

In: plain text, tables, encoded text. Out: lines, streams of tokens; "log probability, tab,
perplexity".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Unpack

from textseq.config import Errors
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.labelled_text import read_texts
from textseq.rnn.models.language_model import LanguageModel, TextScore
from textseq.rnn.tasks.pipeline import OF_TABLES, Pipeline
from textseq.text.encode import encode_lines
from textseq.text.reading.corpus import read_lines
from textseq.text.reading.tables import Columns, TableOptions


class LanguagePipeline(Pipeline[LanguageModel]):
    """How likely a text is."""

    example_options = ("text", *OF_TABLES)

    def read_inputs(
        self, inputs: Sequence[str], *, encoding: str = "utf-8", errors: Errors = "strict"
    ) -> Iterable[str]:
        """The lines of files or "-"."""
        return read_lines(inputs, self.model.text_config.replace(encoding=encoding, errors=errors))

    def read_labelled(
        self,
        inputs: Sequence[str],
        *,
        text: Columns = "text",
        encoding: str = "utf-8",
        errors: Errors = "strict",
        **how: Unpack[TableOptions],
    ) -> Examples:
        """The text of files or "-", of tables a column, under the model's vocabulary."""
        model = self.model
        config = model.text_config.replace(encoding=encoding, errors=errors)
        lines = read_texts(inputs, config, text, **how)
        return Examples(encode_lines(lines, model.text_config, vocab=model.vocab))

    def show(self, prediction: TextScore) -> str:
        """Log probability (nats) and perplexity of a text, with a tab between them."""
        return f"{prediction.log_prob:.4f}\t{prediction.perplexity:.4g}"
