"""Writing: the files of translators and captioners, and what they write as lines.

In: parallel files, tables, arrays, images. Out: texts or rows of features, data sets with the texts
that should be written; a line for each text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, Unpack

from numpy.typing import ArrayLike

from textseq.bundled import SCENES, TRANSLATION
from textseq.config import Errors, Recipe, TextConfig
from textseq.rnn.data.captioned import feature_columns, read_captioned, read_items
from textseq.rnn.data.dataset import Prepare, SequenceDataset
from textseq.rnn.data.feature_tables import is_array
from textseq.rnn.data.images import ImageShape
from textseq.rnn.data.pairs import as_in, read_pairs, usable
from textseq.rnn.models.captioner import Captioner
from textseq.rnn.models.text_generator import TARGET, GeneratedText, TextGenerator
from textseq.rnn.models.translator import SOURCE, Translator
from textseq.rnn.tasks.parts import PartFiles, Parts, as_first, learnt_columns, read_others
from textseq.rnn.tasks.pipeline import OF_TABLES, SEARCH, Pipeline
from textseq.text.notices import notify
from textseq.text.reading.corpus import TextSource, find_sources, read_lines
from textseq.text.reading.sources import readable_twice
from textseq.text.reading.tables import Column, Columns, TableOptions

M = TypeVar("M", bound=TextGenerator)
_HOW = ("header", "quoted", "table", "separator")


def as_line(text: GeneratedText) -> str:
    """A text as one line."""
    return text.text.replace("\n", " ")


class WritingPipeline(Pipeline[M]):
    """What is written: its line, its scores, its search."""

    search_options = SEARCH
    report_options = ("beam", "length_penalty", "bleu_tokenizer")

    def show(self, prediction: GeneratedText) -> str:
        """The text as a line."""
        return as_line(prediction)

    def score_line(self, scores: dict[str, float]) -> str:
        """BLEU, where it can be had, chrF, exact matches, perplexity."""
        bleu = scores.get("bleu")  # the history has no score that is none
        return (
            f"BLEU {'-' if bleu is None else f'{bleu:.1f}'}  chrF {scores['chrf']:.1f}  "
            f"exact {scores['exact']:.3f}  perplexity {scores['perplexity']:.2f}"
        )


class TranslationPipeline(WritingPipeline[Translator]):
    """A text to its translation."""

    bundled = TRANSLATION
    example_options = ("text", "target", *OF_TABLES)
    aligns = True

    @classmethod
    def read_parts(
        cls, files: PartFiles, recipe: Recipe[Any], *,
        text: Columns = "text", target: Columns = "target", **how: Any,
    ) -> Parts:  # fmt: skip
        """Pairs; those are left out of the training that `usable` leaves out."""
        columns: dict[str, Any] = {"text": text, "target": target, "seen": {}, **how}
        prepare = Prepare(config=recipe.text)
        first = read_pairs(files.train, prepare, shared=recipe.options.shared, **columns)
        others = as_first(columns)
        parts = read_others(
            first, files, recipe, lambda given: read_pairs(given, as_in(first), **others),
            learnt_columns(columns, text, target),
        )  # fmt: skip
        longest = recipe.options.max_length
        kept = usable(parts.train, longest)
        n_left_out = len(parts.train) - len(kept)
        if n_left_out:
            pairs = "1 pair" if n_left_out == 1 else f"{n_left_out:,} pairs"
            notify(f"left out: {pairs}, empty or of more than {longest} tokens")
        return parts._replace(train=kept)

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


class CaptionPipeline(WritingPipeline[Captioner]):
    """Numbers or an image to a text."""

    bundled = (SCENES,)

    input_options = ("features", "image_column", *OF_TABLES)
    example_options = ("features", "caption", "image_column", *OF_TABLES)
    reads_lines = False

    @classmethod
    def read_parts(
        cls, files: PartFiles, recipe: Recipe[Any], *,
        caption: Column = "caption", image: ImageShape | None = None, **how: Any,
    ) -> Parts:  # fmt: skip
        """Features, or with `image` images, and their texts; as `read_captioned` reads them."""
        columns: dict[str, Any] = {"caption": caption, **how}
        seen: dict[str, Any] = {}
        with readable_twice(find_sources(list(files.train))) as sources:
            learnt = _learnt(sources, columns, recipe.text)
            first = read_captioned(sources, recipe.text, image=image, seen=seen, **columns)
        if not len(first):
            raise ValueError(f"no rows in {', '.join(files.train)}")
        others = as_first(columns | {"seen": seen}) | {"vocab": first.target_vocab, "image": image}
        made = first.target_text_config
        return read_others(
            first, files, recipe, lambda given: read_captioned(given, made, **others), seen | learnt
        )

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


def _learnt(
    sources: list[TextSource], columns: dict[str, Any], config: TextConfig
) -> dict[str, Any]:
    """The columns as `predict` needs them: by name, also where all but the caption were meant."""
    columns = {name: given for name, given in columns.items() if name != "bad_rows"}
    if is_array(sources[0].name):
        return columns
    used: list[Any] = [columns["caption"]]
    if "image_column" in columns:
        used.append(columns["image_column"])
    else:
        how = {name: given for name, given in columns.items() if name in _HOW}
        given = columns.get("features")
        chosen = feature_columns(sources, given, columns["caption"], config, **how)
        columns |= {"features": list(chosen)}
        used += chosen
    # Settled here, where all columns are known: `predict` reads fewer of them.
    return {"header": any(isinstance(name, str) for name in used)} | columns
