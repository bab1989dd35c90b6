"""Pipeline: from files to what a model takes, and from what it says to lines and JSON.

In: names of files, options that say how they are written, a recipe or a trained model. Out: the
parts of a training; a stream of what `predict` takes, a data set for `report`; predictions and
scores as text. A task has its own class, in a file beside this one; table.py finds it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textseq.config import Errors, Recipe, TextConfig
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.tasks.parts import PartFiles, Parts
from textseq.text.reading.tables import TableOptions

M = TypeVar("M", bound=SequenceModel)
# The options of tables, by the names that their readers take.
OF_TABLES = tuple(TableOptions.__annotations__)
SEARCH = ("beam", "length_penalty", "max_tokens")


class Pipeline(ABC, Generic[M]):
    """What the commands that train ask of a task, and `predict` and `evaluate` of a model.

    `bundled`: the data that comes with textseq, {} for the part; `bundled_text`: the text, where
    `read_parts` without files reads one as a whole. The readers take `encoding` and
    `errors`, and of the other options those that are named in `input_options` and
    `example_options`. `search_options` are those of `predict`, `report_options` those of `report`.
    `reads_lines`: its inputs are texts, a line each, or a column of tables, whether or not
    `read_inputs` knows tables. `explains`: saliency.py says which words have decided; `aligns`:
    `align` of its models says what was looked at.
    """

    bundled: ClassVar[tuple[str, ...]] = ()
    bundled_text: ClassVar[str] = ""
    input_options: ClassVar[tuple[str, ...]] = ()
    example_options: ClassVar[tuple[str, ...]] = ()
    search_options: ClassVar[tuple[str, ...]] = ()
    report_options: ClassVar[tuple[str, ...]] = ()
    reads_lines: ClassVar[bool] = True
    explains: ClassVar[bool] = False
    aligns: ClassVar[bool] = False

    def __init__(self, model: M) -> None:
        self.model = model

    @classmethod
    def read_parts(cls, files: PartFiles, recipe: Recipe[Any], **columns: Any) -> Parts:
        """The data of a training; `columns` as `read_labelled` takes them."""
        raise NotImplementedError(f"{cls.__name__} reads no parts")

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

    def score_line(self, scores: dict[str, float]) -> str:
        """The validation scores of an epoch in a few words."""
        return "  ".join(f"{name} {value:.4g}" for name, value in scores.items())

    def is_tagged(self, name: str, **written: Any) -> bool:
        """Whether a file has a token a line, with tags that the model knows."""
        return False

    def text_options(self, side: str, encoding: str, errors: Errors) -> TextConfig:
        """`SequenceModel.text_options`, for files in this encoding."""
        return self.model.text_options(side).replace(encoding=encoding, errors=errors)
