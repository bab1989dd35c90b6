"""The command `train-tagger`: from tagged sentences to a folder that tags words.

In: CoNLL-U or columns of tokens and tags (nothing: the bundled sentences), options, word vectors.
Out: the model's folder, and its scores on stdout. Reading, training and scoring are the library's.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from textseq.bundled import SPANS, TAGGED
from textseq.cli.options import Only, bad, choice_option
from textseq.cli.train_command import CommandLine, TrainTask, train_command
from textseq.cli.train_flags import TagFlags
from textseq.config import TextConfig
from textseq.config.tasks import TAGGER

BUNDLED = {"tagged": TAGGED, "spans": SPANS}


@dataclass(repr=False, eq=False)
class TrainTagger(TrainTask):
    """Train a tagger of words (many to many, in step).

    Parts of speech, or spans such as names in BIO, IOB1, BIOES, BMES or BILOU; for spans a CRF
    chooses the tags of a sentence together. --tokenizer is for the text that `predict` gets. Ctrl-C
    leaves a checkpoint.

    Examples:
      textseq train-tagger
      textseq train-tagger --bundled spans
      textseq train-tagger train.conllu --valid dev.conllu --tags xpos
      textseq train-tagger ner.txt --tag 3 --vectors ./textseq-vectors --lower
    """

    model = "tagger"
    recipe = TAGGER
    name = "tagger"
    unit = "sentence"
    files = "CoNLL-U, or a token and its tag a line; packed ones too."
    written = (TagFlags,)
    only: ClassVar[dict[type, Only]] = {
        TextConfig: Only("clean", "tokenizer", "min_count", "max_vocab", "encoding", "errors")
    }
    next = "echo 'Some text to tag.' | textseq predict --model {out}"

    own_data: Annotated[
        str | None,
        choice_option(
            "--bundled",
            tuple(BUNDLED),
            "Without FILES: parts of speech (default), or names in BIO.",
            show_default=False,
        ),
    ] = None

    def check(self, line: CommandLine) -> None:
        """--bundled is instead of FILES."""
        if line.files and self.own_data:
            raise bad("--bundled is for training without FILES")

    def columns(self, tags: TagFlags) -> dict[str, Any]:
        """How tagged text is written."""
        return tags.columns()

    def bundled(self, tags: TagFlags) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Parts of speech or names; the file says its format."""
        names = (BUNDLED[self.own_data],) if self.own_data else ()
        return names, dataclasses.replace(tags, format="auto").columns()


train_tagger = train_command(TrainTagger)
