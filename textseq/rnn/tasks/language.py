"""Language: the files of language models, and how likely they are as lines.

In: plain text, tables, encoded text. Out: lines, streams of tokens; "log probability, tab,
perplexity".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Unpack

from textseq.advice import advise
from textseq.bundled import CORPUS, bundled
from textseq.config import Errors, Recipe, TextConfig
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.labelled_text import read_texts
from textseq.rnn.data.language_data import cut, encode_texts, stream_of, stream_size
from textseq.rnn.models.language_model import LanguageModel, TextScore
from textseq.rnn.tasks.parts import PartFiles, Parts, as_first, check_examples, learnt_columns
from textseq.rnn.tasks.pipeline import OF_TABLES, Pipeline
from textseq.text.encode import encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.reading.corpus import naming, read_lines
from textseq.text.reading.tables import Columns, TableOptions
from textseq.unfinished import is_whole

BUNDLED_LINES = 20_000  # a quarter of the bundled corpus: enough for a model in a minute


class LanguagePipeline(Pipeline[LanguageModel]):
    """How likely a text is."""

    bundled_text = CORPUS
    example_options = ("text", *OF_TABLES)

    @classmethod
    def read_parts(
        cls, files: PartFiles, recipe: Recipe[Any], *, text: Columns = "text", **how: Any
    ) -> Parts:
        """Text, of tables a column, or one encoded folder; no files: lines of the bundled corpus.

        Without validation data the end of the first is cut off.
        """
        columns: dict[str, Any] = {"text": text, "seen": {}, **how}

        def read(name: str, given: Sequence[str], config: TextConfig, **vocab: Any) -> Examples:
            if len(given) == 1 and is_whole(given[0]):
                return stream_of(EncodedCorpus.load(given[0]))
            if files.folder is None:
                raise ValueError("text is encoded into a folder, and none was given")
            like = columns if name == "train" else as_first(columns)
            corpus = encode_texts(
                given, config, files.folder / name, columns=like, progress=files.progress, **vocab
            )
            return stream_of(corpus)

        def read_more(name: str, given: Sequence[str], option: str) -> Examples:
            found = read(name, given, config, vocab=first.vocab)
            check_examples(max(0, stream_size(found) - 1), given, option)
            return found

        if files.train:
            first = read("train", files.train, recipe.text)
        else:
            lines = read_lines([str(bundled(cls.bundled_text))], TextConfig())
            first = stream_of(encode_lines(islice(lines, BUNDLED_LINES), recipe.text))
        config = first.text_config.replace(encoding=recipe.text.encoding, errors=recipe.text.errors)
        if files.valid:
            train, valid = first, read_more("valid", files.valid, advise("valid"))
        else:
            train, valid = _cut(first, recipe.data.valid_share, files.train)
        test = read_more("test", files.test, advise("test")) if files.test else None
        return Parts(train, valid, test, learnt_columns(columns, text))

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

    def score_line(self, scores: dict[str, float]) -> str:
        """Perplexity and what it is of, bits or that of words, and how much is <unk>."""
        shown = (
            f"perplexity {scores['perplexity']:.2f} a token ({self.model.text_config.tokenizer})"
        )
        if "bits_per_char" in scores:
            return f"{shown}, {scores['bits_per_char']:.3f} bits a character"
        shown += f", {scores['word_perplexity']:.2f} a word"
        return f"{shown}, {scores['unknown']:.1%} <unk>" if scores["unknown"] else shown

    def show(self, prediction: TextScore) -> str:
        """Log probability (nats) and perplexity of a text, with a tab between them."""
        return f"{prediction.log_prob:.4f}\t{prediction.perplexity:.4g}"


def _cut(dataset: Examples, share: float, files: Sequence[str]) -> tuple[Examples, Examples]:
    """What is learnt and what it is validated on; ValueError where one has nothing to predict."""
    n_lines = len(dataset)
    if n_lines > 1:
        first, last = cut(dataset, share)
        if min(stream_size(first), stream_size(last)) > 1:
            return first, last
    lines = "1 line" if n_lines == 1 else f"{n_lines:,} lines"
    other = "try another " + advise("valid_share") if n_lines > 1 else "more lines"
    with naming(list(files)):
        raise ValueError(
            f"a share of {share:g} of the {lines} leaves a part of fewer than two tokens, and a "
            "prediction needs two; give data of its own with " + advise("valid") + ", or " + other
        )
