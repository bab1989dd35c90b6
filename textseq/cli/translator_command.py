"""The command `train-translator`: from texts and their translations to a folder that translates.

In: parallel files or tables (nothing: the bundled pairs), options, word vectors. Out: the model's
folder, its scores and some translations on stdout, and a picture of its attention where one is
asked for. Reading, training and scoring are the library's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from textseq.cli.display import say
from textseq.cli.folders import load_vectors
from textseq.cli.options import bad, value_option
from textseq.cli.train_command import CommandLine, train_command
from textseq.cli.train_flags import TableFlags, TextColumn, column, table_flags
from textseq.cli.train_writer import TrainWriter
from textseq.config import Recipe
from textseq.config.tasks import TRANSLATOR

if TYPE_CHECKING:
    from textseq.rnn.tasks.parts import Parts
    from textseq.rnn.tasks.pipeline import Pipeline


@dataclass(repr=False, eq=False)
class TrainTranslator(TrainWriter):
    """Train a translator with attention (many to many).

    The encoder reads the source, the decoder writes the target and looks back at what it needs.
    Each side has subwords of its own, or --shared ones. --valid and --test are given once for each
    file, in the order of FILES. The bundled pairs get a smaller model
    (--hidden 128 --dim 128 --dropout 0.1 --subword-vocab 400 --lr 0.006 --epochs 9). Ctrl-C leaves
    a checkpoint.

    Examples:
      textseq train-translator
      textseq train-translator train.de train.en --valid val.de --valid val.en
      textseq train-translator pairs.tsv --text de --target en --shared
    """

    model = "translator"
    recipe = TRANSLATOR
    name = "translator"
    unit = "pair"
    files = "A text and its translation, line for line; or CSV, TSV or JSONL with both."

    text_column: TextColumn = "text"
    target: Annotated[
        Any, value_option("COLUMN", "Tables: that of its translation.", "--target", parser=column)
    ] = "target"
    target_vectors: Annotated[
        Path | None, value_option("PATH", "The same for target words.", "--target-vectors")
    ] = None
    picture: Annotated[
        Path | None, value_option("FILE", "Draw the attention of one translation (PNG ...).")
    ] = None

    def check(self, line: CommandLine) -> None:
        """Two files of lines or tables, and vectors that fit."""
        super().check(line)
        if line.recipe.options.shared and self.target_vectors is not None:
            raise bad("--shared has one table of embeddings; give --vectors alone")
        vectors = (line.run.vectors, self.target_vectors)
        if line.recipe.network.input == "one-hot" and vectors != (None, None):
            raise bad("--input one-hot takes no vectors")
        more, (tables,) = line.more, line.written
        if not line.files and (more.valid or more.test or table_flags(line.context)):
            raise bad("--valid, --test and columns go with FILES")
        if line.files and tables.table_kind is None:
            _check_files(line.files, more.valid, more.test)
            self.check_tables(line)

    def pictures(self) -> tuple[Path | None, ...]:
        """That of the attention."""
        return (self.picture,)

    def columns(self, tables: TableFlags) -> dict[str, Any]:
        """A text and its translation."""
        return tables.columns(text=self.text_column, target=self.target)

    def of_model(self, recipe: Recipe[Any]) -> dict[str, Any]:
        """The vectors of target words."""
        named = self.target_vectors
        return {"target_vectors": None if named is None else load_vectors(named)}

    def show(self, line: CommandLine, pipeline: Pipeline[Any], parts: Parts, **more: Any) -> None:
        """The scores, some texts, and the attention of one translation."""
        super().show(line, pipeline, parts, **more)
        if self.picture is None:
            return
        from textseq.rnn.show.attention_picture import draw_attention

        drawn = _drawn(pipeline.model, parts.scored[0])
        if drawn:
            alignment = pipeline.model.align(drawn, beam=line.recipe.options.beam)
            draw_attention(alignment, self.picture)
        if not line.run.quiet:
            shows = "shows the attention of one translation"
            say(f"{self.picture} {shows if drawn else 'is not drawn: no scored text has a token'}")


train_translator = train_command(TrainTranslator)


def _check_files(*given: list[str] | None) -> None:
    """A wrong use unless each is two files of lines, or tables."""
    from textseq.text.reading.tables import is_table

    for files in given:
        if files and len(files) != 2 and not any(map(is_table, files)):
            raise bad(
                f"given was {', '.join(files)}; a text and its translation are two files, line for "
                "line, and --valid or --test stands before each of its files; tables (.tsv, .csv, "
                ".jsonl) have both"
            )


def _drawn(model: Any, scored: Any) -> str:
    """The source text whose translation is drawn: the first one that is neither short nor long."""
    from textseq.rnn.models.translator import SOURCE
    from textseq.text.tokens.tokenizer import load_tokenizer

    lengths = scored.lengths[:, 0]
    fitting = [row for row in range(len(scored)) if 5 <= lengths[row] <= 20]
    row = fitting[0] if fitting else int(lengths.argmax())
    vocab, config = model.sides[SOURCE]
    return load_tokenizer(config).join(vocab.decode(scored[row].inputs))
