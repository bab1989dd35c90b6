"""Pipeline: from files to what a model takes, and from what it says to lines and JSON.

In: a trained model, names of files, options that say how they are written. Out: a stream of what
`predict` takes, a data set for `report`, and predictions as text. A task has its own class, in a
file beside this one; table.py finds it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textseq.config import Errors, TextConfig
from textseq.rnn.models.model import SequenceModel
from textseq.text.reading.tables import TableOptions

M = TypeVar("M", bound=SequenceModel)
# The options of tables, by the names that their readers take.
OF_TABLES = tuple(TableOptions.__annotations__)
SEARCH = ("beam", "length_penalty", "max_tokens")


class Pipeline(ABC, Generic[M]):
    """What `textseq predict` and `textseq evaluate` ask of a task, with one of its models.

    The readers take `encoding` and `errors`, and of the other options those that are named in
    `input_options` and `example_options`. `search_options` are those of `predict`,
    `report_options` those of `report`. `reads_lines`: its inputs are texts, a line each, or a
    column of tables, whether or not `read_inputs` knows tables.
    """

    input_options: ClassVar[tuple[str, ...]] = ()
    example_options: ClassVar[tuple[str, ...]] = ()
    search_options: ClassVar[tuple[str, ...]] = ()
    report_options: ClassVar[tuple[str, ...]] = ()
    reads_lines: ClassVar[bool] = True

    def __init__(self, model: M) -> None:
        self.model = model

    @abstractmethod
    def read_inputs(
        self, inputs: Sequence[str], *, encoding: str = "utf-8", errors: Errors = "strict"
    ) -> Iterable[Any]:
        """What `predict` takes, from files or "-": a stream, so that memory does not grow."""

    @abstractmethod
    def read_labelled(
        self, inputs: Sequence[str], *, encoding: str = "utf-8", errors: Errors = "strict"
    ) -> Any:
        """A data set with targets, under the model's own vocabularies."""

    @abstractmethod
    def show(self, prediction: Any) -> str:
        """A prediction as one line, without its end."""

    def as_json(self, prediction: Any) -> dict[str, Any]:
        """A prediction as JSON: the fields of its tuple by name."""
        found: dict[str, Any] = prediction._asdict()
        return found

    def is_tagged(self, name: str, **written: Any) -> bool:
        """Whether a file has a token a line, with tags that the model knows."""
        return False

    def text_options(self, side: str, encoding: str, errors: Errors) -> TextConfig:
        """`SequenceModel.text_options`, for files in this encoding."""
        return self.model.text_options(side).replace(encoding=encoding, errors=errors)
