"""The command `train-lm`: from text to a folder that goes on with text.

In: text, tables, an encoded corpus, or nothing (a part of the bundled corpus). Out: the model's
folder, and its scores on stdout where they are asked for. Encoding and training are the library's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textseq.cli.folders import is_ours
from textseq.cli.options import Only, bad
from textseq.cli.train_command import ONE_WAY, CommandLine, TrainTask, train_command
from textseq.cli.train_flags import TableFlags, TextColumn
from textseq.config import RNNConfig, TextConfig
from textseq.config.tasks import LANGUAGE_MODEL

if TYPE_CHECKING:
    from textseq.rnn.tasks.parts import Parts
    from textseq.rnn.tasks.pipeline import Pipeline


@dataclass(repr=False, eq=False)
class TrainLm(TrainTask):
    """Train a recurrent language model.

    It reads the text as --batch-size streams side by side, updates every --k1 tokens and carries
    the state on. Perplexity is told per token of the tokenizer, line ends (<eos>) included, and
    per word between white space, so that models with other tokenizers can be compared. --valid and
    --test (text, tables or one encoded folder; without, the end of FILES is validated on) are given
    once for each file. --test is scored once, by the best epoch; --json without it scores the
    validation text. The bundled corpus is read --epochs 3 times.

    Examples:
      textseq train-lm && textseq generate --prompt 'the king'
      textseq train-lm plays.txt --tokenizer char --min-count 1 --k1 100
      textseq train-lm news.csv --text body --valid later.csv --valid more.jsonl
      textseq train-lm news.txt.gz --tokenizer bpe --test last.txt --k1 35 --k2 70
    """

    model = "language-model"
    recipe = LANGUAGE_MODEL
    name = "lm"
    unit = "line"
    files = "Text, a column of tables, or one encoded folder; nothing: the bundled corpus."
    only: ClassVar[dict[type, Only]] = {RNNConfig: ONE_WAY}
    encodes = True
    next = "textseq generate{model}"

    text_column: TextColumn = "text"

    def check(self, line: CommandLine) -> None:
        """An encoded folder stands alone, and has its text options already."""
        given = (line.files, line.more.valid or [], line.more.test or [])
        encoded, *_ = [_is_encoded(names) for names in given]
        if encoded and line.recipe.text != TextConfig():
            raise bad(
                f"{line.files[0]} is encoded already; text options (--lowercase, --min-count ...) "
                "go to `textseq encode`"
            )
        if line.recipe.options.tied and line.recipe.network.input == "one-hot":
            raise bad("--input one-hot has no embeddings for the output to share; add --not-tied")
        self.check_tables(line)

    def columns(self, tables: TableFlags) -> dict[str, Any]:
        """The text."""
        return tables.columns(text=self.text_column)

    def show(self, line: CommandLine, pipeline: Pipeline[Any], parts: Parts, **more: Any) -> None:
        """The scores of the test text; of the validation text only where a machine asks."""
        if parts.test is not None or line.run.json:
            super().show(line, pipeline, parts, **more)


train_lm = train_command(TrainLm)


def _is_encoded(given: list[str]) -> bool:
    """Whether this is an encoded folder; one among other inputs is a wrong use."""
    ours = [name for name in given if is_ours(name)]
    if ours and len(given) > 1:
        raise bad(f"{', '.join(given)}: {ours[0]} is an encoded folder; give it alone")
    return bool(ours)
